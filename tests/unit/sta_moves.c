/* SPDX-License-Identifier: BSD-2-Clause */
/* The station layer on a network that changes its channel, and from one access point to another. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

static void
channel_switch(void)
{
	struct fakeap *ap = world_joined(&w, 36, true);

	world_run(&w, 1000);
	ap->csa = (struct bss_csa){ .on = true, .chan = 40, .count = 5, .quiet = true };
	world_run(&w, 150);
	ok(world_told(&w, "") &&
	    world_ether(&w, (uint8_t[60]){ 2, 0, 0, 0, 9, 9, [12] = 8 }, 60) == 105,
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
	struct fakeap *ap = world_joined(&w, 36, false);

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
	struct fakeap *a = world_joined(&w, 36, true), *b;

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
	struct fakeap *a = world_joined(&w, 36, true), *b;

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
	struct fakeap *a = world_joined(&w, 36, true);

	world_ap(&w, 40, true);
	world_run(&w, 20000);
	a->silent = true;
	sta_beacon_miss(w.st);
	world_run(&w, 4000);
	ok(world_is(&w, "running") && w.bss.chan.num == 40 && w.carrier_downs == 0,
	    "when one is gone the other is found, before the host's link goes");
	world_end(&w);
}

int
main(void)
{
	channel_switch();
	csa_action();
	roam();
	roam_fails();
	gone_to_other();
	return done();
}
