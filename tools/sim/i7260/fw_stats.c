/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_stats.c - what the firmware measures: statistics (asked for, and every ten seconds while a
 * station is associated).  Beacons and air time are counted with any firmware file: whether it says
 * so (RADIO_BEACON_STATS) only the driver sees, and Intel's of version 17 do not.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define STATISTICS_NOTIF	0x9d
#define PERIOD_US		10000000u

#define FLAG_CLEAR		1u
#define FLAG_NO_NOTIF		2u

/* STATISTICS_NTFY version 10: offsets */
#define S_LEN			684
#define S_CHANNEL_BEACONS	184
#define S_MISSED		188
#define S_MAC			252
#define S_TEMPERATURE		496
#define S_GENERAL_MISSED	580
#define S_ENERGY		584		/* average of the filtered beacons */
#define S_RX_TIME		624
#define S_RF_TIME		632
#define S_SCAN_TIME		640
#define S_TX_TIME		648
#define S_BEACONS		656		/* per MAC */
#define S_BEACON_ENERGY		676

static void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static void
build(struct card *c, uint32_t flags, uint8_t *b)
{
	struct fw_run *r = &c->run;
	unsigned i;

	memset(b, 0, S_LEN);
	put32(b, flags);
	put32(b + S_TEMPERATURE, c->cfg.temperature);
	put64(b + S_RX_TIME, r->rx_time);
	put64(b + S_RF_TIME, r->rx_time + r->tx_time);
	put64(b + S_SCAN_TIME, r->scan_time);
	put64(b + S_TX_TIME, r->tx_time);
	for (i = 0; i < FW_NMACS; i++) {
		const struct fw_mac *m = &r->mac[i];

		if (!m->used || m->beacons == 0)
			continue;
		put32(b + S_BEACONS + 4 * i, m->beacons);
		b[S_BEACON_ENERGY + i] = (uint8_t)(-m->signal / 8);
		if (!m->assoc)
			continue;
		put32(b + S_MAC, i);
		put32(b + S_CHANNEL_BEACONS, m->beacons);
		put32(b + S_MISSED, m->missed);
		put32(b + S_GENERAL_MISSED, m->missed);
		b[S_ENERGY] = b[S_BEACON_ENERGY + i];
	}
}

static void
clear(struct card *c)
{
	unsigned i;

	c->run.rx_time = c->run.tx_time = c->run.scan_time = 0;
	for (i = 0; i < FW_NMACS; i++)
		c->run.mac[i].beacons = 0;
}

void
stats_fire(void *arg)
{
	struct card *c = arg;
	uint8_t b[S_LEN];
	unsigned i;

	if (c->fw != FW_RUNNING)
		return;
	sim_timer_arm(&c->stats, PERIOD_US);
	if (c->run.stats_quiet)
		return;
	for (i = 0; i < FW_NMACS && !c->run.mac[i].assoc; i++)
		continue;
	if (i == FW_NMACS)
		return;
	build(c, 0, b);
	fw_notify(c, STATISTICS_NOTIF, b, sizeof(b));
}

static void
statistics(struct card *c, const struct fw_req *rq)
{
	uint32_t flags = get32(rq->data);
	uint8_t b[S_LEN];

	c->run.stats_quiet = (flags & FLAG_NO_NOTIF) != 0;
	build(c, flags & FLAG_CLEAR, b);
	if ((flags & FLAG_CLEAR) != 0)
		clear(c);
	fw_reply(c, rq, b, sizeof(b));
}

const struct fw_cmd fw_stats_cmds[] = {
	{ 0, 0x9c, "STATISTICS_CMD", 4, 4, IMG_RUN, statistics },
	{ .name = NULL },
};
