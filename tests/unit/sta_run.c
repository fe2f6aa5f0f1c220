/* SPDX-License-Identifier: BSD-2-Clause */
/* The station layer on a network: what changes it, what ends it, what comes after. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

/* On one access point's network. */
static struct fakeap *
joined(uint8_t chan, bool secure)
{
	struct fakeap *ap;

	world_new(&w);
	ap = world_ap(&w, chan, secure);
	world_join(&w, "home", secure ? "passphrase" : NULL);
	world_up(&w);
	ok(world_show(&w, world_until(&w, "running", 5000)), "joined");
	w.ops[0] = w.log[0] = w.events[0] = '\0';
	return ap;
}

/* What the core was told since, without what a scan needs. */
static bool
told(const char *ops)
{
	return strcmp(w.ops, ops) == 0;
}

static void
deauthenticated(void)
{
	struct fakeap *ap = joined(36, true);
	unsigned handshakes = ap->handshakes;

	world_run(&w, 20000);
	w.ops[0] = '\0';
	world_bye(&w, ap, DOT11_DEAUTH, 2);
	world_run(&w, 1);
	like(w.log, "disconnected: deauthenticated by the access point: authentication no longer "
	    "valid", "a deauthentication is explained");
	like(w.events, "\"reason\":2,\"by\":\"ap\"", "and is an event");
	ok(world_until(&w, "running", 100) && ap->handshakes == handshakes + 1,
	    "it comes back at once");
	ok(told("leave join:36/20 assoc:1 "), "without a scan");
	ok(w.carrier_downs == 0, "the host's link stays");
	world_bye(&w, ap, DOT11_DISASSOC, 8);
	world_run(&w, 1);
	like(w.log, "disassociated by the access point", "a disassociation likewise");
	ok(!world_is(&w, "running"), "but not at once again, so soon behind the other");
	ok(world_until(&w, "running", 5000), "a moment later");
	w.ap[0].silent = false;
	world_end(&w);
}

/* An access point that throws its stations out again and again is asked less and less often. */
static void
thrown_out(void)
{
	struct fakeap *ap = joined(36, false);
	unsigned tries, i;

	for (i = 0; i < 6; i++) {
		world_until(&w, "running", 60000);
		world_bye(&w, ap, DOT11_DEAUTH, 4);
		world_run(&w, 1);
	}
	tries = ap->auths;
	world_run(&w, 10000);
	ok(ap->auths == tries, "after the sixth time there is a long pause");
	ok(!w.carrier, "and the host's link goes down");
	world_end(&w);
}

static void
foreign_deauth(void)
{
	struct fakeap *ap = joined(36, false), other;

	other = *ap;
	other.bssid[5] ^= 0x40;
	world_bye(&w, &other, DOT11_DEAUTH, 2);
	world_run(&w, 1);
	ok(world_is(&w, "running"), "what another access point says is not for us");
	world_end(&w);
}

static void
beacon_loss(void)
{
	struct fakeap *ap = joined(36, true);

	world_run(&w, 20000);
	sta_beacon_miss(w.st);
	world_run(&w, 300);
	ok(ap->probes >= 1 && world_is(&w, "running"), "missed beacons: it asks, and is answered");
	ap->mute = true;
	world_run(&w, 2000);
	sta_beacon_miss(w.st);
	world_run(&w, 3000);
	ok(world_is(&w, "running"), "an access point that answers is there");
	ap->silent = true;
	sta_beacon_miss(w.st);
	world_run(&w, 1500);
	ok(world_is(&w, "running"), "one that does not is asked again");
	world_run(&w, 500);
	ok(!world_is(&w, "running"), "and then given up");
	like(w.log, "the access point is gone: not heard for", "which is told");
	ok(w.carrier, "the host's link waits for a while");
	world_run(&w, 8000);
	ok(!w.carrier && w.carrier_downs == 1, "and goes");
	ap->silent = ap->mute = false;
	ok(world_until(&w, "running", 90000) && w.carrier, "when it is there again, so are we");
	world_end(&w);
}

static void
keep_alive(void)
{
	struct fakeap *ap = joined(36, false);

	world_run(&w, 100000);
	ok(ap->nulls == 3, "an idle station says that it is there");
	world_end(&w);
}

static void
parameters(void)
{
	struct fakeap *ap = joined(6, false);

	world_run(&w, 1000);
	ok(told(""), "beacons without news are none");
	ap->erp = DOT11_ERP_PROTECT;
	world_run(&w, 200);
	ok(told("update:2 ") && (w.bss.flags & PDK_BSS_USEPROT) != 0, "protection of ERP");
	w.ops[0] = '\0';
	ap->capinfo &= (uint16_t)~DOT11_CAP_SHSLOT;
	ap->erp = 0;
	world_run(&w, 200);
	ok(told("update:3 ") && (w.bss.flags & (PDK_BSS_SHSLOT | PDK_BSS_USEPROT)) == 0,
	    "long slots");
	w.ops[0] = '\0';
	ap->htprot = 3;
	world_run(&w, 200);
	ok(told("update:8 ") && w.bss.htprot == 3, "protection of HT");
	w.ops[0] = '\0';
	ap->wide = true;
	world_run(&w, 200);
	ok(told("update:40 ") && w.bss.chan.width == 40 && w.bss.chan.sco == 1,
	    "a wider channel");
	w.ops[0] = '\0';
	ap->vo_aifsn = 4;
	ap->dtim = 3;
	world_run(&w, 200);
	ok(told("update:20 ") && w.bss.wme[PDK_AC_VO].aifsn == 4 && w.bss.dtim_period == 3,
	    "EDCA and DTIM");
	w.update_error = 5;
	ap->dtim = 1;
	world_run(&w, 200);
	ok(world_is(&w, "running"), "a core that cannot may be about to restart");
	world_run(&w, 1000);
	like(w.log, "the card does not follow a change of the network", "one that does not");
	ok(strstr(w.ops, "leave") != NULL, "has left the network");
	w.update_error = 0;
	ok(world_until(&w, "running", 30000) && w.bss.dtim_period == 1, "and joins it again");
	world_end(&w);

	ap = joined(6, false);
	w.update_error = 5;
	ap->dtim = 1;
	world_run(&w, 200);
	w.update_error = 0;
	w.ops[0] = '\0';
	world_restart(&w);
	ok(world_until(&w, "running", 100) && strstr(w.ops, "scan") == NULL,
	    "one that does is back at once");
	ok(strstr(w.log, "does not follow") == NULL, "and was dead, no more");
	world_end(&w);

	ap = joined(6, false);
	world_run(&w, 12000);
	w.join_error = 5;
	world_bye(&w, ap, DOT11_DEAUTH, 1);
	world_run(&w, 1);
	w.join_error = 0;
	w.ops[0] = '\0';
	world_restart(&w);
	ok(world_until(&w, "running", 100) && strstr(w.ops, "scan") == NULL,
	    "also when it has died in join");
	world_end(&w);
}

static void
channel_switch(void)
{
	struct fakeap *ap = joined(36, true);

	world_run(&w, 1000);
	ap->csa = (struct bss_csa){ .on = true, .chan = 40, .count = 5, .quiet = true };
	world_run(&w, 150);
	ok(told("") && world_ether(&w, (uint8_t[60]){ 2, 0, 0, 0, 9, 9, [12] = 8 }, 60) == 105,
	    "a change of channel is awaited quietly");
	ap->chan = 40;
	ap->csa.on = false;
	world_run(&w, 700);
	ok(strncmp(w.ops, "update:32 ", 10) == 0 && w.bss.chan.num == 40 && w.bss.chan.freq == 5200,
	    "then the core is tuned");
	like(w.log, "now on channel 40", "it is told");
	like(w.events, "{\"what\":\"channel\",\"channel\":40,\"freq\":5200}", "by an event");
	ok(world_ether(&w, (uint8_t[60]){ 2, 0, 0, 0, 9, 9, [12] = 8 }, 60) == 0,
	    "and data passes");
	world_run(&w, 5000);
	ok(world_is(&w, "running") && world_count(&w, "disconnects") == 0,
	    "without losing the network");
	ap->csa = (struct bss_csa){ .on = true, .chan = 149, .count = 3 };
	world_run(&w, 150);
	like(w.log, "moves to channel 149, which the card must not use",
	    "where it may not follow it leaves");
	ok(ap->byes == 1, "with a good-bye");
	world_end(&w);
}

static void
csa_action(void)
{
	uint8_t body[24 + 10] = { 0xd0 };
	struct fakeap *ap = joined(36, false);

	memcpy(body + 4, w.caps.mac, 6);
	memcpy(body + 10, ap->bssid, 6);
	memcpy(body + 16, ap->bssid, 6);
	memcpy(body + 24, (uint8_t[]){ 0, 4, 37, 3, 0, 40, 0, 62, 1, 3 }, 10);
	world_air(&w, ap, body, sizeof(body), 0);
	world_run(&w, 5);
	ok(w.bss.chan.num == 40 && w.bss.chan.sco == -1,
	    "a channel switch by action frame, at once, with its secondary channel");
	world_end(&w);
}

static void
roam(void)
{
	struct fakeap *a = joined(36, true), *b;

	b = world_ap(&w, 40, true);
	world_run(&w, 12000);
	ok(strstr(w.ops, "scan") == NULL, "a good level needs no look around");
	a->rssi = -75;
	b->rssi = -72;
	world_run(&w, 12000);
	ok(strstr(w.ops, "scan:bg") != NULL && w.bss.chan.num == 36,
	    "below a level it looks around, but does not go for little");
	b->rssi = -55;
	w.ops[0] = '\0';
	ok(world_show(&w, (world_run(&w, 70000), w.bss.chan.num == 40)), "a better one is taken");
	ok(strstr(w.ops, "leave join:40/20 assoc:1") != NULL, "leave, join, assoc");
	ok(b->reassocs == 1 && b->assocs == 0 && memcmp(b->from, a->bssid, 6) == 0,
	    "by reassociation that names the old one");
	ok(b->handshakes == 1 && a->byes == 0 && w.carrier_downs == 0 && world_is(&w, "running"),
	    "with new keys, and the host's link stays");
	like(w.log, "roaming from 02:00:00:00:01:00 (-75 dBm) to 02:00:00:00:01:01 (-55 dBm)",
	    "it is told");
	like(w.events, "\"roamed\":true", "by events");
	ok(world_count(&w, "roams") == 1 && world_count(&w, "disconnects") == 0, "it is counted");
	world_end(&w);
}

static void
roam_fails(void)
{
	struct fakeap *a = joined(36, true), *b;

	b = world_ap(&w, 40, true);
	a->rssi = -76;
	b->auth_status = 17;
	world_run(&w, 30000);
	ok(b->auths >= 1, "a roam is tried");
	ok(world_until(&w, "running", 3000) && w.bss.chan.num == 36 && w.carrier_downs == 0,
	    "when it fails the old one is joined again");
	world_end(&w);
}

static void
gone_to_other(void)
{
	struct fakeap *a = joined(36, true);

	world_ap(&w, 40, true);
	world_run(&w, 20000);
	a->silent = true;
	sta_beacon_miss(w.st);
	world_run(&w, 4000);
	ok(world_is(&w, "running") && w.bss.chan.num == 40 && w.carrier_downs == 0,
	    "when one is gone the other is found, before the host's link goes");
	world_end(&w);
}

static void
restart(void)
{
	struct fakeap *ap = joined(36, true);
	unsigned i, n = ap->handshakes;

	for (i = 0; i < 20; i++) {
		world_restart(&w);
		world_run(&w, 50);
	}
	ok(world_is(&w, "running") && ap->handshakes == n + 20,
	    "after each death of the firmware it is back");
	ok(strstr(w.ops, "scan") == NULL && w.carrier_downs == 0, "without a scan, link kept");
	like(w.log, "the firmware has died", "it is told");
	sta_down(w.st, false, "the firmware has died");
	w.joined = false;
	world_run(&w, 7000);
	ok(!w.carrier && world_is(&w, "down"), "a card that stays away takes the link with it");
	sta_up(w.st);
	world_run(&w, 3000);
	ok(world_is(&w, "running") && w.carrier, "until it is back");
	world_end(&w);
}

/* The firmware dies in each state; nothing of the old try disturbs the new one. */
static void
restart_in_every_state(void)
{
	static const char *const states[] = { "scanning", "authenticating", "associating",
	    "handshake", "running", "waiting" };
	struct fakeap *ap;
	unsigned i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		world_new(&w);
		ap = world_ap(&w, 36, true);
		ap->rssi = -70;
		ap->no_auth = i == 1;
		ap->no_assoc = i == 2;
		ap->no_msg1 = i == 3;
		ap->auth_status = i == 5;
		world_join(&w, "home", "passphrase");
		world_up(&w);
		ok(world_until(&w, states[i], 3000), states[i]);
		ap->no_auth = ap->no_assoc = ap->no_msg1 = false;
		ap->auth_status = 0;
		world_restart(&w);
		ok(world_show(&w, world_until(&w, "running", 5000)), "... and dead, and back");
		world_end(&w);
	}
}

static void
rfkill(void)
{
	struct fakeap *ap = joined(36, true);

	sta_rfkill(w.st, true);
	sta_down(w.st, true, "the radio is switched off");
	w.up = w.joined = false;
	world_run(&w, 100);
	ok(ap->byes == 1 && world_is(&w, "blocked"), "the switch: a good-bye, and it is blocked");
	sta_rfkill(w.st, false);
	w.up = true;
	sta_up(w.st);
	w.woken = true;
	ok(world_until(&w, "running", 3000), "and back");
	world_end(&w);
}

/* The access point gives new keys while data flows. */
static void
rekey(bool hw)
{
	struct fakeap *ap;
	uint8_t old[16];

	world_new(&w);
	w.hw = hw;
	ap = world_ap(&w, 36, true);
	world_join(&w, "home", "passphrase");
	world_up(&w);
	ok(world_until(&w, "running", 3000), "joined");
	memcpy(old, w.gtk.key, 16);
	new_gtk(&ap->auth, 2);
	group1(&ap->auth);
	{
		uint8_t body[1032] = { 0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e };

		memcpy(body + 8, ap->auth.out.p, ap->auth.out.len);
		world_data(&w, ap, &(struct fakedata){ .da = w.caps.mac, .sa = ap->bssid,
		    .body = body, .len = 8 + ap->auth.out.len, .qos = true, .tid = 7,
		    .seq = 99 });
	}
	world_run(&w, 10);
	ok(group2_ok(&ap->auth), "a new group key is confirmed");
	if (hw)
		ok(w.gtk.id == 2 && memcmp(w.gtk.key, ap->auth.gtk, 16) == 0 &&
		    memcmp(w.gtk.key, old, 16) != 0, "and in place");
	ok(world_is(&w, "running"), "nothing else changes");
	ok(json_integer_value(json_object_get(json_object_get(world_ask(&w,
	    "{\"do\":\"stats\"}"), "wpa"), "group_rekeys")) == 1, "it is counted");
	world_end(&w);
}

/* ---- block ack ---- */

static const struct mgmt_ba ask = { .action = DOT11_ACT_ADDBA_REQ, .token = 9, .tid = 3,
    .immediate = true, .window = 32, .ssn = 77 };

static void
ba_receive(void)
{
	struct fakeap *ap = joined(36, true);
	struct mgmt_ba q = ask;

	world_ba(&w, ap, &q);
	world_run(&w, 1);
	ok(told("ba:rx:3:32 ") && w.ssn == 77, "an agreement to receive begins");
	ok(ap->last_ba.action == DOT11_ACT_ADDBA_RESP && ap->last_ba.status == 0 &&
	    ap->last_ba.token == 9 && ap->last_ba.tid == 3 && ap->last_ba.window == 32 &&
	    ap->last_ba.immediate, "the answer says so");
	w.ops[0] = '\0';
	q.token = 10;
	q.window = 0;
	world_ba(&w, ap, &q);
	world_run(&w, 1);
	ok(told("ba:rxstop:3:0 ba:rx:3:64 ") && ap->last_ba.window == 64, "anew, any window");
	w.ops[0] = '\0';
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_DELBA, .tid = 3,
	    .initiator = true, .reason = 37 });
	world_run(&w, 1);
	ok(told("ba:rxstop:3:0 "), "and ends");
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_DELBA, .tid = 3,
	    .initiator = true, .reason = 37 });
	world_run(&w, 1);
	ok(told("ba:rxstop:3:0 "), "once");
	q.immediate = false;
	world_ba(&w, ap, &q);
	world_run(&w, 1);
	ok(ap->last_ba.status == 37, "delayed block ack is declined");
	q = ask;
	q.tid = 12;
	world_ba(&w, ap, &q);
	world_run(&w, 1);
	ok(ap->last_ba.status == 37, "a TID that there is not, too");
	w.no_ba = true;
	world_ba(&w, ap, &ask);
	world_run(&w, 1);
	ok(ap->last_ba.status == 37, "and what the core does not want");
	w.no_ba = false;
	world_ba(&w, ap, &ask);
	world_run(&w, 1);
	sta_ba_done(w.st, PDK_BA_RX_STOP, 3);
	world_run(&w, 1);
	ok(ap->last_ba.action == DOT11_ACT_DELBA && !ap->last_ba.initiator && ap->last_ba.tid == 3,
	    "what the core ends is told");
	world_end(&w);
}

static void
traffic(unsigned frames, uint8_t tos)
{
	uint8_t eth[100] = { 2, 0, 0, 0, 9, 9, 2, 0, 0, 0, 0, 5, 0x08, 0x00, 0x45, tos };

	for (; frames > 0; frames--)
		(void)world_ether(&w, eth, sizeof(eth));
	w.ngot = 0;
	world_run(&w, 1);
}

static void
ba_send(void)
{
	struct fakeap *ap = joined(36, true);

	w.ssn = 500;
	traffic(10, 0xa0);
	ok(ap->nba == 0, "little traffic needs no agreement");
	traffic(10, 0xa0);
	ok(told("ba:tx:5:64 ba:txrun:5:32 "), "more does: ready, asked, running");
	ok(ap->nba == 1 && ap->last_ba.action == DOT11_ACT_ADDBA_REQ && ap->last_ba.tid == 5 &&
	    ap->last_ba.ssn == 500 && ap->last_ba.immediate, "the request");
	traffic(100, 0xa0);
	ok(ap->nba == 1, "once");
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_DELBA, .tid = 5, .reason = 38 });
	world_run(&w, 1);
	like(w.ops, "ba:txstop:5:0 ", "the access point ends it");
	w.ops[0] = '\0';
	traffic(100, 0xa0);
	ok(told(""), "for a while");
	world_run(&w, 2000);
	traffic(100, 0xa0);
	like(w.ops, "ba:txrun:5:32 ", "then again");
	sta_ba_done(w.st, PDK_BA_TX_STOP, 5);
	world_run(&w, 1);
	ok(ap->last_ba.action == DOT11_ACT_DELBA && ap->last_ba.initiator,
	    "what the core ends is told");
	world_end(&w);
}

static void
ba_refused(void)
{
	struct fakeap *ap = joined(36, true);

	ap->refuse_ba = true;
	traffic(50, 0);
	ok(told("ba:tx:0:64 ba:txstop:0:0 "), "a refusal undoes it");
	w.ops[0] = '\0';
	world_run(&w, 20000);
	traffic(50, 0);
	ok(told(""), "and is respected");
	ap->refuse_ba = false;
	ap->mute_ba = true;
	world_run(&w, 20000);
	ap->nba = 0;
	traffic(50, 0);
	world_run(&w, 1500);
	ok(ap->nba == 2 && ap->last_ba.action == DOT11_ACT_DELBA, "no answer: taken back");
	world_end(&w);

	ap = joined(36, true);
	w.no_ba = true;
	traffic(50, 0);
	ok(ap->nba == 0 && strstr(w.ops, "ba:tx:0:64 ") != NULL,
	    "what the core does not want is not asked");
	world_end(&w);

	world_new(&w);
	ap = world_ap(&w, 36, false);
	ap->ht = false;
	world_join(&w, "home", NULL);
	world_up(&w);
	world_until(&w, "running", 3000);
	traffic(50, 0);
	world_ba(&w, ap, &ask);
	world_run(&w, 1);
	ok(ap->nba == 1 && ap->last_ba.action == DOT11_ACT_ADDBA_RESP && ap->last_ba.status == 37 &&
	    strstr(w.ops, "ba:") == NULL, "without HT there is none");
	world_end(&w);
}

int
main(void)
{
	deauthenticated();
	thrown_out();
	foreign_deauth();
	beacon_loss();
	keep_alive();
	parameters();
	channel_switch();
	csa_action();
	roam();
	roam_fails();
	gone_to_other();
	restart();
	restart_in_every_state();
	rfkill();
	rekey(false);
	rekey(true);
	ba_receive();
	ba_send();
	ba_refused();
	return done();
}
