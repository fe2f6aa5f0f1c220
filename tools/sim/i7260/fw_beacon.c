/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_beacon.c - the beacons of the network that the station belongs to: whether they come, how
 * strong they are, and which of them the driver needs to see (beacon filtering).
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define MISSED_BEACONS		0xa2
#define MISSED_TELL		5	/* consecutive ones before the driver is told */
#define BF_LEN			44
#define FIXED			36	/* header, timestamp, interval, capabilities */

static uint64_t
interval_us(const struct fw_mac *m)
{
	return (uint64_t)m->bi * FW_TU;
}

void
beacon_start(struct card *c, unsigned id)
{
	struct fw_mac *m = &c->run.mac[id];

	m->missed = m->missed_since_rx = 0;
	m->bf_sum = 0;
	sim_timer_arm(&c->tbtt[id].timer, interval_us(m) * 3 / 2);
}

void
beacon_stop(struct card *c, unsigned id)
{
	sim_timer_stop(&c->tbtt[id].timer);
}

/* A beacon was due and has not come. */
void
beacon_fire(void *arg)
{
	struct card_timer *t = arg;
	struct card *c = t->card;
	struct fw_mac *m = &c->run.mac[t->id];
	uint32_t was = m->beacons;
	uint8_t b[20];

	if (c->fw != FW_RUNNING || !m->used || !m->assoc || m->bi == 0)
		return;
	radio_poll(c);
	if (m->beacons != was)
		return;			/* it has come after all and armed the timer */
	sim_timer_arm(&t->timer, interval_us(m));
	m->expected++;
	if (!sched_mac_on(c, t->id))
		return;			/* away, with a scan: not missed */
	m->missed++;
	m->missed_since_rx++;
	if (m->missed < MISSED_TELL)
		return;
	put32(b, t->id);
	put32(b + 4, m->missed_since_rx);
	put32(b + 8, m->missed);
	put32(b + 12, m->expected);
	put32(b + 16, m->beacons);
	fw_notify(c, MISSED_BEACONS, b, sizeof(b));
}

/* A frame of the own BSS was received. */
void
beacon_heard(struct card *c, unsigned id, const struct air_rx *rx, const uint8_t *f, size_t len)
{
	struct fw_mac *m = &c->run.mac[id];

	m->missed_since_rx = 0;
	if ((f[0] & 0xfc) != 0x80 || len < FIXED)
		return;
	m->signal = m->beacons == 0 ? rx->signal * 8 : m->signal + rx->signal - m->signal / 8;
	m->beacons++;
	m->expected++;
	m->missed = 0;
	if (m->assoc) {
		sim_timer_arm(&c->tbtt[id].timer, interval_us(m) * 3 / 2);
		power_beacon(c, id, f, len);
	}
}

/* Of what must not change unseen: all but timestamp and TIM. */
static uint32_t
checksum(const uint8_t *f, size_t len)
{
	uint32_t h = 0x811c9dc5u;
	size_t at, i;

	for (i = 32; i < FIXED; i++)
		h = (h ^ f[i]) * 0x01000193u;
	for (at = FIXED; at + 2 <= len && at + 2 + f[at + 1] <= len; at += 2u + f[at + 1])
		if (f[at] != 5)
			for (i = at; i < at + 2 + f[at + 1]; i++)
				h = (h ^ f[i]) * 0x01000193u;
	return h != 0 ? h : 1;
}

/* How much the signal may change before a beacon is passed on; 0: as it likes. */
static uint32_t
delta_of(const struct fw_mac *m, int signal)
{
	return m->bf_weak != 0 && -signal > (int)m->bf_weak ? m->bf_weak_delta : m->bf_delta;
}

/* Whether the driver is to have this beacon of the own BSS. */
bool
beacon_passes(struct card *c, unsigned id, const struct air_rx *rx, const uint8_t *f, size_t len)
{
	struct fw_mac *m = &c->run.mac[id];
	uint32_t sum, most = delta_of(m, rx->signal);
	int delta;

	if (!m->assoc || !m->bf_on || len < FIXED)
		return true;
	sum = checksum(f, len);
	delta = rx->signal > m->bf_signal ? rx->signal - m->bf_signal : m->bf_signal - rx->signal;
	if (sum == m->bf_sum && (most == 0 || (uint32_t)delta < most) &&
	    (m->bf_escape == 0 || m->bf_held < m->bf_escape)) {
		m->bf_held++;
		return false;
	}
	m->bf_sum = sum;
	m->bf_signal = rx->signal;
	m->bf_held = 0;
	return true;
}

/*
 * BEACON_FILTER_CONFIG version 2, words: 0 to 2 energy delta, delta of a weak signal, and from
 * where on it is weak; 6 turns it on; 8 escape timer.
 */
static void
beacon_filtering(struct card *c, const struct fw_req *rq)
{
	unsigned i;

	for (i = 0; i < FW_MAC_AUX; i++) {
		struct fw_mac *m = &c->run.mac[i];

		if (!m->used || m->type != MAC_TYPE_STA)
			continue;
		m->bf_on = get32(rq->data + 24) != 0;
		m->bf_delta = get32(rq->data);
		m->bf_weak_delta = get32(rq->data + 4);
		m->bf_weak = get32(rq->data + 8);
		m->bf_escape = get32(rq->data + 32);
	}
	fw_ok(c, rq);
}

const struct fw_cmd fw_beacon_cmds[] = {
	{ 0, 0xd2, "REPLY_BEACON_FILTERING_CMD", BF_LEN, BF_LEN, IMG_RUN, beacon_filtering },
	{ .name = NULL },
};
