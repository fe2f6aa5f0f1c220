/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_ap.c - an access point's or IBSS's beacons: the driver gives a template, the firmware sends it
 * every beacon interval with the time and the DTIM count of the moment.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

#define BEACON_NOTIF		0x90
#define TEMPLATE_HDR		68	/* TX command, MAC, place and size of the TIM */
#define TEMPLATE_MAX		(TEMPLATE_HDR + FW_BEACON_MAX)

/* Beacons that were sent are told in a TX response with the time. */
static void
sent(struct card *c, void *arg, const struct air_txstatus *st)
{
	struct fw_template *t = &c->run.beacon[(uintptr_t)arg];
	uint8_t b[60] = { 0 };

	if (st == NULL || t->len == 0)
		return;
	b[0] = 1;
	put32(b + 4, t->rate);
	put16(b + 30, t->len);
	put16(b + 34, 0x80);
	put16(b + 36, st->result == AIR_TX_SENT ? TX_SUCCESS : TX_FAIL_DRAIN_FLOW);
	put32(b + 44, (uint32_t)st->tsf);
	put32(b + 48, (uint32_t)(st->tsf >> 32));
	put32(b + 52, 1);
	put32(b + 56, fw_gp2(c));
	fw_notify(c, BEACON_NOTIF, b, sizeof(b));
}

void
ap_fire(void *arg)
{
	struct card_timer *timer = arg;
	struct card *c = timer->card;
	struct fw_template *t = &c->run.beacon[timer->id];
	const struct fw_mac *m = &c->run.mac[timer->id];
	struct air_tx at = { .flags = AIR_TX_NOACK | AIR_TX_TSF, .nrates = 1, .prio = 7 };

	if (c->fw != FW_RUNNING || t->len == 0 || !m->used || m->bi == 0)
		return;
	sim_timer_arm(&timer->timer, (uint64_t)m->bi * FW_TU);
	if (t->tim != 0) {
		unsigned period = m->dtim_interval / m->bi;

		t->dtim = t->dtim == 0 ? (period != 0 ? period - 1 : 0) : t->dtim - 1;
		t->frame[t->tim + 2] = (uint8_t)t->dtim;
	}
	if (!sched_mac_on(c, timer->id) || !rate_to_air(c, t->rate, 20, &at.rate[0]))
		return;
	at.rate[0].tries = 1;
	put16(t->frame + 22, (unsigned)(t->seq++ & 0xfff) << 4);
	radio_send(c, &at, t->frame, t->len, sent, (void *)(uintptr_t)timer->id);
}

/* Template and MAC come in any order. */
void
ap_start(struct card *c, unsigned mac)
{
	if (c->run.mac[mac].used && c->run.beacon[mac].len != 0 && !c->tbeacon[mac].timer.armed)
		sim_timer_arm(&c->tbeacon[mac].timer, 0);
}

void
ap_stop(struct card *c, unsigned mac)
{
	sim_timer_stop(&c->tbeacon[mac].timer);
	c->run.beacon[mac].len = 0;
}

/* {TX command, MAC, where its TIM is, how long, frame} */
static void
beacon_template(struct card *c, const struct fw_req *rq)
{
	const uint8_t *d = rq->data;
	unsigned mac = get32(d + 56), tim = get32(d + 60), len = (unsigned)(rq->len - TEMPLATE_HDR);
	struct fw_template *t;
	struct air_rate r;

	if (mac >= FW_MAC_AUX || len < 36 || get16(d) != len ||
	    (tim != 0 && (tim < 36 || tim + 5 > len)) || !rate_to_air(c, get32(d + 12), 20, &r)) {
		fw_wrong(c, ERR_SYSASSERT, "beacon", "BEACON_TEMPLATE_CMD: MAC %u, %u bytes (%u in "
		    "the command), TIM at %u, rate %#x", mac, get16(d), len, tim, get32(d + 12));
		return;
	}
	t = &c->run.beacon[mac];
	t->len = (uint16_t)len;
	t->tim = (uint16_t)tim;
	t->rate = get32(d + 12);
	memcpy(t->frame, d + TEMPLATE_HDR, len);
	ap_start(c, mac);
	fw_ok(c, rq);
}

const struct fw_cmd fw_ap_cmds[] = {
	{ 0, 0x91, "BEACON_TEMPLATE_CMD", TEMPLATE_HDR, TEMPLATE_MAX, IMG_RUN, beacon_template },
	{ .name = NULL },
};
