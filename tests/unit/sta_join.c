/* SPDX-License-Identifier: BSD-2-Clause */
/* The station layer from nothing to a network, and what may go wrong on the way. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

static void
fresh(void)
{
	world_new(&w);
}

static void
open_network(void)
{
	struct fakeap *ap;

	fresh();
	ap = world_ap(&w, 6, false);
	world_join(&w, "home", NULL);
	world_up(&w);
	ok(world_show(&w, world_until(&w, "running", 3000)), "an open network is joined");
	ok(strstr(w.ops, "scan abort join:6/20 assoc:1 ") != NULL,
	    "a network that is heard well ends the scan; join and assoc in this order");
	ok(strstr(w.ops, "key:") == NULL && ap->auths == 1 && ap->assocs == 1,
	    "one authentication, one association, no keys");
	ok(strcmp(w.reached, "scanned\nassociated\n") == 0, "milestones");
	ok(w.carrier && w.carrier_ups == 1, "the host has a link");
	like(w.log, "wifi: home: connected (open, channel 6, 20 MHz, -50 dBm)", "a line says so");
	ok(w.bss.bintval == 100 && w.bss.dtim_period == 2 && w.bss.aid == 1 &&
	    w.bss.nrates == 8 && w.bss.rates[0] == 12 && w.bss.basic_rates == 0x15 &&
	    w.bss.flags == (PDK_BSS_SHSLOT | PDK_BSS_QOS | PDK_BSS_HT) &&
	    w.bss.wme[PDK_AC_VO].txop == 47 && w.bss.wme[PDK_AC_VI].txop == 94 &&
	    w.bss.wme[PDK_AC_BK].aifsn == 7, "the core knows rates, QoS and times");
	world_end(&w);
	ok(ap->byes == 1 && ap->bye_reason == 3, "at the end it says good-bye");
}

static void
wpa2(bool hw)
{
	struct fakeap *ap;

	fresh();
	w.hw = hw;
	ap = world_ap(&w, 36, true);
	ap->wide = true;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	ok(world_show(&w, world_until(&w, "running", 3000)), hw ? "WPA2 with a card that encrypts" :
	    "WPA2 with software CCMP");
	ok(ap->handshakes == 1, "both ends have the keys");
	ok(strstr(w.ops, "join:36/40 assoc:1") != NULL, "40 MHz, as both can");
	ok((strstr(w.ops, "key:p0 key:g1") != NULL) == hw, "the card has keys if it wants them");
	if (hw)
		ok(memcmp(w.ptk.key, ap->auth.ptk + 32, 16) == 0 && w.ptk.len == 16 &&
		    w.ptk.cipher == PDK_CIPHER_CCMP && !w.ptk.group && w.gtk.group &&
		    memcmp(w.gtk.key, ap->auth.gtk, 16) == 0 && w.gtk.tsc == 0x010203040506,
		    "they are the right ones");
	like(w.log, "(wpa2-psk, channel 36, 40 MHz", "a line says so");
	like(w.events, "\"what\":\"associated\"", "an event says so");
	world_end(&w);
}

/* What the association request tells. */
static void
request(void)
{
	struct fakeap *ap;
	const uint8_t *p;

	fresh();
	ap = world_ap(&w, 6, true);
	ap->capinfo |= DOT11_CAP_SPECTRUM;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_until(&w, "running", 3000);
	p = ap->last_assoc;
	ok(dot11_le16(p) == (DOT11_CAP_ESS | DOT11_CAP_PRIVACY | DOT11_CAP_SHPREAMBLE |
	    DOT11_CAP_SHSLOT | DOT11_CAP_SPECTRUM) && dot11_le16(p + 2) == 10,
	    "capabilities and listen interval");
	ok(memcmp(p + 4, "\0\4home\1\x08\x0c\x12\x18\x24\x30\x48\x60\x6c", 16) == 0,
	    "SSID and common rates");
	ok(memmem(p, ap->last_assoc_len, ap->auth.sta_rsn, 22) != NULL, "the RSN element");
	ok(memmem(p, ap->last_assoc_len, "\x2d\x1a\x2c\x00\x17\xff\xff", 7) != NULL,
	    "HT capabilities, of 20 MHz where the channel is");
	ok(memmem(p, ap->last_assoc_len, "\xdd\x07\x00\x50\xf2\x02\x00\x01\x00", 9) != NULL,
	    "WMM");
	ok(memmem(p, ap->last_assoc_len, "\x21\x02", 2) != NULL &&
	    memmem(p, ap->last_assoc_len, "\x24\x06\x24\x01\x28\x01\x34\x01", 8) != NULL,
	    "power and channels, where the access point manages its spectrum");
	world_end(&w);
}

static void
wrong_passphrase(void)
{
	struct fakeap *ap;

	fresh();
	ap = world_ap(&w, 36, true);
	world_join(&w, "home", "not the passphrase");
	world_up(&w);
	world_run(&w, 5000);
	ok(!w.carrier && ap->handshakes == 0, "a wrong passphrase gets nowhere");
	like(w.log, "passphrase", "a line names the passphrase");
	like(w.failed, "passphrase", "a run that cannot succeed ends");
	like(w.failed, "home: ", "and names the network");
	world_end(&w);

	fresh();
	w.wifi.stay = 1;
	ap = world_ap(&w, 36, true);
	world_join(&w, "home", "not the passphrase");
	world_up(&w);
	world_run(&w, 5000);
	ok(w.failed[0] == '\0' && world_is(&w, "waiting"), "one that is to stay waits");
	like(json_string_value(json_object_get(world_ask(&w, "{\"do\":\"status\"}"), "why")),
	    "passphrase", "and says why on request");
	ok(json_real_value(json_object_get(world_ask(&w, "{\"do\":\"status\"}"), "retry")) > 20,
	    "a long time");
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"home\",\"psk\":\"passphrase\"}");
	ok(world_until(&w, "running", 5000), "the right one is taken at once");
	world_end(&w);
}

/* Failures of the passphrase before say nothing of the next one. */
static void
another_passphrase(void)
{
	struct fakeap *ap;
	const char *why;

	fresh();
	w.wifi.stay = 1;
	ap = world_ap(&w, 36, true);
	world_join(&w, "home", "not the passphrase");
	world_up(&w);
	ok(world_until(&w, "waiting", 5000), "a wrong passphrase is suspected");
	ap->no_msg3 = true;
	world_ask(&w, "{\"do\":\"join\",\"ssid\":\"home\",\"psk\":\"passphrase\"}");
	ok(world_until(&w, "handshake", 5000) && world_until(&w, "waiting", 15000),
	    "another one gets no answer for once");
	why = json_string_value(json_object_get(world_ask(&w, "{\"do\":\"status\"}"), "why"));
	like(why, "took none of 1 proof", "which is told");
	ok(strstr(why, "wrong passphrase") == NULL, "without a suspicion that is the former's");
	ap->no_msg3 = false;
	ok(world_until(&w, "running", 10000), "and it is tried again soon");
	world_end(&w);
}

static void
refused(void)
{
	struct fakeap *ap;

	fresh();
	ap = world_ap(&w, 36, false);
	ap->auth_status = 17;
	world_join(&w, "home", NULL);
	world_up(&w);
	world_run(&w, 300);
	like(w.log, "refuses authentication: the access point cannot handle more stations "
	    "(status 17)", "a refusal is explained");
	ok(world_is(&w, "waiting"), "it waits for the next try");
	world_run(&w, 20000);
	ok(ap->auths >= 3 && ap->auths <= 8, "it tries again, less and less often");
	ap->auth_status = 0;
	ap->assoc_status = 1;
	world_run(&w, 30000);
	like(w.log, "refuses the association: unspecified failure", "of the association, too");
	ap->assoc_status = 0;
	ap->aid = 3000;
	world_run(&w, 60000);
	like(w.log, "association number that there is not (3000)", "a number that cannot be");
	ap->aid = 2007;
	world_run(&w, 130000);
	ok(world_show(&w, world_is(&w, "running")) && w.bss.aid == 2007,
	    "it succeeds when it is let in");
	world_end(&w);
}

static void
unanswered(void)
{
	struct fakeap *ap;

	fresh();
	ap = world_ap(&w, 36, false);
	ap->no_auth = true;
	world_join(&w, "home", NULL);
	world_up(&w);
	world_run(&w, 2000);
	ok(ap->auths == 6, "authentication is tried several times");
	like(w.log, "does not answer to authentication", "then given up");
	ap->no_auth = false;
	ap->no_assoc = true;
	world_until(&w, "associating", 5000);
	world_run(&w, 2000);
	ok(ap->assocs == 6 && ap->byes == 1, "association likewise, with a good-bye");
	like(w.log, "does not answer to association", "then given up");
	ap->no_assoc = false;
	ok(world_until(&w, "running", 30000), "and succeeds in the end");
	world_end(&w);
}

static void
lost_frames(void)
{
	struct fakeap *ap;

	fresh();
	ap = world_ap(&w, 36, true);
	ap->no_auth = true;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_until(&w, "authenticating", 1000);
	world_run(&w, 400);
	ap->no_auth = false;
	ap->no_assoc = true;
	world_until(&w, "associating", 1000);
	world_run(&w, 400);
	ap->no_assoc = false;
	ok(world_until(&w, "running", 1000), "lost answers are asked for again");
	ok(strstr(w.log, "next try") == NULL, "within one try");
	world_end(&w);
}

static void
no_handshake(void)
{
	struct fakeap *ap;

	fresh();
	ap = world_ap(&w, 36, true);
	ap->no_msg1 = true;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_until(&w, "handshake", 2000);
	world_run(&w, 11000);
	ok(ap->byes >= 1 && !w.carrier, "an access point without keys is left");
	like(w.log, "home: ", "with a reason");
	ap->no_msg1 = false;
	ok(world_until(&w, "running", 30000), "and tried again");
	world_end(&w);
}

static void
not_there(void)
{
	fresh();
	world_ap(&w, 36, false);
	world_join(&w, "elsewhere", NULL);
	world_up(&w);
	world_run(&w, 1000);
	like(w.log, "no access point of elsewhere is heard", "a network that is not there");
	like(w.events, "\"what\":\"failed\"", "is told by an event");
	memcpy(w.ap[0].ssid, "elsewhere", 9);
	w.ap[0].ssid_len = 9;
	ok(world_until(&w, "running", 20000), "and joined when it appears");
	world_end(&w);
}

static void
security(void)
{
	fresh();
	world_ap(&w, 36, true);
	world_join(&w, "home", NULL);
	world_up(&w);
	world_run(&w, 1000);
	ok(w.ap[0].auths == 0, "a secured network is not joined without a passphrase");
	like(w.log, "the network is secured (wpa2-psk); join it with its passphrase", "why");
	world_end(&w);

	fresh();
	world_ap(&w, 36, false);
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_run(&w, 1000);
	ok(w.ap[0].auths == 0, "nor an open one with one: it may be an impostor");
	like(w.log, "the network is open, but a passphrase was given", "why");
	world_end(&w);

	fresh();
	world_ap(&w, 36, true);
	w.ap[0].auth.rsn[7] = 2;		/* the group cipher is TKIP */
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_run(&w, 1000);
	ok(w.ap[0].auths == 0, "nor one whose group cipher is TKIP");
	like(w.log, "TKIP", "why");
	world_end(&w);
}

static void
hidden(void)
{
	fresh();
	world_ap(&w, 36, true);
	w.ap[0].hidden = true;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	ok(world_until(&w, "running", 3000), "a hidden network is found by its name");
	ok(w.scan.n_ssid == 1 && w.scan.ssid_len[0] == 4 &&
	    memcmp(w.scan.ssid[0], "home", 4) == 0, "for which is asked");
	world_run(&w, 1000);
	world_ask(&w, "{\"do\":\"bss\"}");
	ok(json_is_true(json_object_get(json_array_get(json_object_get(world_ask(&w,
	    "{\"do\":\"bss\"}"), "bss"), 0), "hidden")), "beacons do not make its name forgotten");
	world_end(&w);
}

static void
no_network(void)
{
	fresh();
	world_ap(&w, 1, true);
	world_ap(&w, 52, false);
	w.no_net = true;
	world_up(&w);
	world_run(&w, 1000);
	ok(world_is(&w, "idle") && strcmp(w.reached, "scanned\n") == 0,
	    "without a network to join it looks around once");
	like(w.log, "2 access points heard", "and says what it hears");
	ok(json_array_size(json_object_get(world_ask(&w, "{\"do\":\"bss\"}"), "bss")) == 2,
	    "the table has them");
	world_end(&w);
}

static void
regulatory(void)
{
	fresh();
	world_ap(&w, 11, false);		/* not a channel of this radio's */
	world_join(&w, "home", NULL);
	world_up(&w);
	world_run(&w, 1000);
	ok(w.ap[0].auths == 0, "nobody is joined on a channel that must not be used");
	like(w.log, "channel 11, which the card must not use", "why");
	world_end(&w);

	fresh();
	world_ap(&w, 52, false);
	world_join(&w, "home", NULL);
	world_up(&w);
	ok(world_until(&w, "running", 3000), "a passive channel is used where a beacon was heard");
	world_end(&w);

	fresh();
	world_ap(&w, 40, false);
	w.ap[0].wide = true;			/* above; the flags say below only */
	world_join(&w, "home", NULL);
	world_up(&w);
	world_until(&w, "running", 3000);
	ok(strstr(w.ops, "join:40/20") != NULL, "40 MHz only to the side that is allowed");
	world_end(&w);
}

static void
core_errors(void)
{
	fresh();
	world_ap(&w, 36, false);
	w.join_error = 5;
	world_join(&w, "home", NULL);
	world_up(&w);
	world_run(&w, 1000);
	like(w.log, "the card does not tune to channel 36: Input/output error", "join fails");
	ok(strstr(w.ops, "join:36/20 leave") != NULL, "and is undone");
	w.join_error = 0;
	w.assoc_error = 5;
	world_run(&w, 10000);
	like(w.log, "the card does not take the association", "assoc fails");
	w.assoc_error = 0;
	ok(world_until(&w, "running", 30000), "and it goes on when they do not");
	world_end(&w);

	fresh();
	w.hw = true;
	w.key_error = 95;
	world_ap(&w, 36, true);
	world_join(&w, "home", "passphrase");
	world_up(&w);
	ok(world_until(&w, "running", 3000), "a card that takes no key leaves it to the host");
	like(w.log, "the host encrypts instead", "which is told");
	world_end(&w);
}

static void
scan_hangs(void)
{
	fresh();
	world_ap(&w, 36, false);
	w.ap[0].rssi = -80;
	w.scan_hangs = true;
	world_join(&w, "home", NULL);
	world_up(&w);
	world_run(&w, 31000);
	ok(strstr(w.ops, "abort") != NULL && w.restarts == 0, "a scan without end is aborted");
	world_run(&w, 6000);
	ok(w.restarts == 1, "and then the card is started anew");
	w.scan_hangs = false;
	world_restart(&w);
	ok(world_until(&w, "running", 3000), "after which all is well");
	world_end(&w);
}

/* The system went to sleep before its end was looked at: it is not the end of the next. */
static void
scan_before_a_sleep(void)
{
	fresh();
	world_ap(&w, 36, false);
	w.ap[0].rssi = -80;
	world_join(&w, "home", NULL);
	world_up(&w);
	ok(world_is(&w, "scanning"), "the system goes to sleep while it scans");
	sta_down(w.st, true, "the system goes to sleep");
	sta_scan_done(w.st, true);
	w.scan_on = false;
	sta_up(w.st);
	ok(world_is(&w, "scanning") && w.scan_on, "afterwards it scans anew");
	ok(world_until(&w, "running", 3000) && strstr(w.events, "\"aborted\":true") == NULL,
	    "to the end");
	world_end(&w);
}

static void
two(void)
{
	fresh();
	world_ap(&w, 36, true);
	world_ap(&w, 6, true);
	w.ap[0].rssi = w.ap[1].rssi = -70;	/* not so loud that the scan would end */
	w.ap[1].rssi = -66;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_until(&w, "running", 3000);
	ok(w.bss.chan.num == 36, "5 GHz is preferred where it is nearly as strong");
	world_end(&w);

	fresh();
	world_ap(&w, 36, true);
	world_ap(&w, 6, true);
	w.ap[0].rssi = -70;
	w.ap[1].rssi = -75;
	w.ap[0].auth_status = 1;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	ok(world_until(&w, "running", 1000) && w.bss.chan.num == 6,
	    "when one refuses, the next is tried at once");
	world_end(&w);

	fresh();
	world_ap(&w, 36, true);
	world_ap(&w, 6, true);
	w.wifi.bssid = w.ap[1].bssid;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	ok(world_until(&w, "running", 3000) && w.bss.chan.num == 6, "one may be named");
	world_end(&w);
}

int
main(void)
{
	open_network();
	wpa2(false);
	wpa2(true);
	request();
	wrong_passphrase();
	another_passphrase();
	refused();
	unanswered();
	lost_frames();
	no_handshake();
	not_there();
	security();
	hidden();
	no_network();
	regulatory();
	core_errors();
	scan_hangs();
	scan_before_a_sleep();
	two();
	return done();
}
