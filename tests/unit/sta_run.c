/* SPDX-License-Identifier: BSD-2-Clause */
/* The station layer on a network: what changes it, what ends it, what comes after. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

static void
deauthenticated(void)
{
	struct fakeap *ap = world_joined(&w, 36, true);
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
	ok(world_told(&w, "leave join:36/20 assoc:1 "), "without a scan");
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
	struct fakeap *ap = world_joined(&w, 36, false);
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
	struct fakeap *ap = world_joined(&w, 36, false), other;

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
	struct fakeap *ap = world_joined(&w, 36, true);

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
	struct fakeap *ap = world_joined(&w, 36, false);

	world_run(&w, 100000);
	ok(ap->nulls == 3, "an idle station says that it is there");
	world_end(&w);
}

static void
parameters(void)
{
	struct fakeap *ap = world_joined(&w, 6, false);

	world_run(&w, 1000);
	ok(world_told(&w, ""), "beacons without news are none");
	ap->erp = DOT11_ERP_PROTECT;
	world_run(&w, 200);
	ok(world_told(&w, "update:2 ") && (w.bss.flags & PDK_BSS_USEPROT) != 0,
	    "protection of ERP");
	w.ops[0] = '\0';
	ap->capinfo &= (uint16_t)~DOT11_CAP_SHSLOT;
	ap->erp = 0;
	world_run(&w, 200);
	ok(world_told(&w, "update:3 ") && (w.bss.flags & (PDK_BSS_SHSLOT | PDK_BSS_USEPROT)) == 0,
	    "long slots");
	w.ops[0] = '\0';
	ap->htprot = 3;
	world_run(&w, 200);
	ok(world_told(&w, "update:8 ") && w.bss.htprot == 3, "protection of HT");
	w.ops[0] = '\0';
	ap->wide = true;
	world_run(&w, 200);
	ok(world_told(&w, "update:40 ") && w.bss.chan.width == 40 && w.bss.chan.sco == 1,
	    "a wider channel");
	w.ops[0] = '\0';
	ap->vo_aifsn = 4;
	ap->dtim = 3;
	world_run(&w, 200);
	ok(world_told(&w, "update:20 ") && w.bss.wme[PDK_AC_VO].aifsn == 4 &&
	    w.bss.dtim_period == 3, "EDCA and DTIM");
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

	ap = world_joined(&w, 6, false);
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

	ap = world_joined(&w, 6, false);
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

int
main(void)
{
	deauthenticated();
	thrown_out();
	foreign_deauth();
	beacon_loss();
	keep_alive();
	parameters();
	rekey(false);
	rekey(true);
	return done();
}
