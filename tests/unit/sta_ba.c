/* SPDX-License-Identifier: BSD-2-Clause */
/* Block ack agreements of the station layer: to receive, to send, and those that are refused. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

static const struct mgmt_ba ask = { .action = DOT11_ACT_ADDBA_REQ, .token = 9, .tid = 3,
    .immediate = true, .window = 32, .ssn = 77 };

static void
ba_receive(void)
{
	struct fakeap *ap = world_joined(&w, 36, true);
	struct mgmt_ba q = ask;

	world_ba(&w, ap, &q);
	world_run(&w, 1);
	ok(world_told(&w, "ba:rx:3:32 ") && w.ssn == 77, "an agreement to receive begins");
	ok(ap->last_ba.action == DOT11_ACT_ADDBA_RESP && ap->last_ba.status == 0 &&
	    ap->last_ba.token == 9 && ap->last_ba.tid == 3 && ap->last_ba.window == 32 &&
	    ap->last_ba.immediate, "the answer says so");
	w.ops[0] = '\0';
	q.token = 10;
	q.window = 0;
	world_ba(&w, ap, &q);
	world_run(&w, 1);
	ok(world_told(&w, "ba:rxstop:3:0 ba:rx:3:64 ") && ap->last_ba.window == 64,
	    "anew, any window");
	w.ops[0] = '\0';
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_DELBA, .tid = 3,
	    .initiator = true, .reason = 37 });
	world_run(&w, 1);
	ok(world_told(&w, "ba:rxstop:3:0 "), "and ends");
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_DELBA, .tid = 3,
	    .initiator = true, .reason = 37 });
	world_run(&w, 1);
	ok(world_told(&w, "ba:rxstop:3:0 "), "once");
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
	struct fakeap *ap = world_joined(&w, 36, true);

	w.ssn = 500;
	traffic(10, 0xa0);
	ok(ap->nba == 0, "little traffic needs no agreement");
	traffic(10, 0xa0);
	ok(world_told(&w, "ba:tx:5:64 ba:txrun:5:32 "), "more does: ready, asked, running");
	ok(ap->nba == 1 && ap->last_ba.action == DOT11_ACT_ADDBA_REQ && ap->last_ba.tid == 5 &&
	    ap->last_ba.ssn == 500 && ap->last_ba.immediate, "the request");
	traffic(100, 0xa0);
	ok(ap->nba == 1, "once");
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_DELBA, .tid = 5, .reason = 38 });
	world_run(&w, 1);
	like(w.ops, "ba:txstop:5:0 ", "the access point ends it");
	w.ops[0] = '\0';
	traffic(100, 0xa0);
	ok(world_told(&w, ""), "for a while");
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
	struct fakeap *ap = world_joined(&w, 36, true);

	ap->refuse_ba = true;
	traffic(50, 0);
	ok(world_told(&w, "ba:tx:0:64 ba:txstop:0:0 "), "a refusal undoes it");
	w.ops[0] = '\0';
	world_run(&w, 20000);
	traffic(50, 0);
	ok(world_told(&w, ""), "and is respected");
	ap->refuse_ba = false;
	ap->mute_ba = true;
	world_run(&w, 20000);
	ap->nba = 0;
	traffic(50, 0);
	world_run(&w, 1500);
	ok(ap->nba == 2 && ap->last_ba.action == DOT11_ACT_DELBA, "no answer: taken back");
	world_end(&w);

	ap = world_joined(&w, 36, true);
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
	ba_receive();
	ba_send();
	ba_refused();
	return done();
}
