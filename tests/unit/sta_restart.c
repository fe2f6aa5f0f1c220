/* SPDX-License-Identifier: BSD-2-Clause */
/* The station layer when the firmware dies or the radio is switched off, and when that is over. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

static void
restart(void)
{
	struct fakeap *ap = world_joined(&w, 36, true);
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
	struct fakeap *ap = world_joined(&w, 36, true);

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

int
main(void)
{
	restart();
	restart_in_every_state();
	rfkill();
	return done();
}
