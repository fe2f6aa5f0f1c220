/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate.c - what a rate means: its speed, the air time of a frame, the signal it needs.
 */
#include "tools/sim/air/air.h"
#include "tools/sim/air/rate.h"

/* Data bits per symbol, one stream. IEEE 802.11-2016, tables 19-27 and 19-31. */
static const uint16_t ht20_ndbps[8] = { 26, 52, 78, 104, 156, 208, 234, 260 };
static const uint16_t ht40_ndbps[8] = { 54, 108, 162, 216, 324, 432, 486, 540 };

#define SIGNAL_EXTENSION	6u	/* us, ERP and HT in 2.4 GHz */
#define SERVICE_AND_TAIL	(16u + 6u)

static bool
is_2ghz(unsigned freq)
{
	return freq < 3000;
}

static bool
is_cck(const struct air_rate *r)
{
	return r->kind == AIR_RATE_LEGACY &&
	    (r->index == 2 || r->index == 4 || r->index == 11 || r->index == 22);
}

static bool
is_ofdm(const struct air_rate *r)
{
	if (r->kind != AIR_RATE_LEGACY)
		return false;
	switch (r->index) {
	case 12: case 18: case 24: case 36: case 48: case 72: case 96: case 108:
		return true;
	default:
		return false;
	}
}

static unsigned
streams(const struct air_rate *r)
{
	return r->index / 8u + 1;
}

static unsigned
ht_ndbps(const struct air_rate *r)
{
	const uint16_t *t = (r->flags & AIR_RATE_40MHZ) != 0 ? ht40_ndbps : ht20_ndbps;

	return t[r->index % 8u] * streams(r);
}

bool
air_rate_valid(const struct air_rate *r, unsigned freq)
{
	if (r->kind == AIR_RATE_HT)
		return r->index < 32 &&
		    (r->flags & ~(AIR_RATE_40MHZ | AIR_RATE_SGI | AIR_RATE_GF)) == 0;
	if ((r->flags & ~AIR_RATE_SHORTPRE) != 0)
		return false;
	return is_ofdm(r) || (is_cck(r) && is_2ghz(freq));
}

unsigned
air_rate_100kbps(const struct air_rate *r)
{
	if (r->kind == AIR_RATE_HT && r->index < 32)
		return (r->flags & AIR_RATE_SGI) != 0 ? ht_ndbps(r) * 25 / 9 :
		    ht_ndbps(r) * 10 / 4;
	return is_cck(r) || is_ofdm(r) ? r->index * 5u : 0;
}

/* ---- air time -------------------------------------------------------------------------- */

unsigned
air_preamble(const struct air_rate *r)
{
	static const uint8_t ltf[4] = { 1, 2, 4, 4 };

	if (is_cck(r))
		return (r->flags & AIR_RATE_SHORTPRE) != 0 && r->index != 2 ? 96 : 192;
	if (r->kind != AIR_RATE_HT)
		return 20;
	if ((r->flags & AIR_RATE_GF) != 0)
		return 8 + 8 + 8 + 4u * (ltf[streams(r) - 1] - 1u);
	return 8 + 8 + 4 + 8 + 4 + 4u * ltf[streams(r) - 1];
}

unsigned
air_payload_time(const struct air_rate *r, size_t len)
{
	size_t bits = len * 8, ndbps, nes, nsym;

	if (is_cck(r))
		return (unsigned)((bits * 2 + r->index - 1) / r->index);
	if (r->kind != AIR_RATE_HT) {
		ndbps = r->index * 2u;
		return (unsigned)((bits + SERVICE_AND_TAIL + ndbps - 1) / ndbps * 4);
	}
	ndbps = ht_ndbps(r);
	/* A second encoder above 300 Mb/s. */
	nes = ndbps * 10 / 4 > 3000 ? 2 : 1;
	nsym = (bits + 16 + 6 * nes + ndbps - 1) / ndbps;
	if ((r->flags & AIR_RATE_SGI) == 0)
		return (unsigned)(nsym * 4);
	/* 3.6 us each, filled up to 4 us. */
	return (unsigned)((nsym * 36 + 39) / 40 * 4);
}

unsigned
air_duration(const struct air_rate *r, unsigned freq, size_t len)
{
	unsigned us = air_preamble(r) + air_payload_time(r, len);

	return !is_cck(r) && is_2ghz(freq) ? us + SIGNAL_EXTENSION : us;
}

struct air_rate
air_ack_rate(const struct air_rate *r)
{
	struct air_rate ack = { .kind = AIR_RATE_LEGACY };
	unsigned speed = air_rate_100kbps(r);

	if (is_cck(r)) {
		ack.index = r->index == 2 ? 2 : 4;
		ack.flags = r->flags & AIR_RATE_SHORTPRE;
	} else {
		ack.index = speed >= 240 ? 48 : speed >= 120 ? 24 : 12;
	}
	return ack;
}

unsigned
air_sifs(unsigned freq)
{
	return is_2ghz(freq) ? 10 : 16;
}

/* ---- the signal a rate needs ----------------------------------------------------------- */

int
air_rate_margin(const struct air_rate *r)
{
	static const uint8_t ht[8] = { 3, 6, 8, 11, 15, 19, 20, 22 };
	static const struct {
		uint8_t	index, db;
	} legacy[] = { { 2, 0 }, { 4, 2 }, { 11, 4 }, { 22, 6 }, { 12, 3 }, { 18, 4 },
	    { 24, 6 }, { 36, 8 }, { 48, 11 }, { 72, 15 }, { 96, 19 }, { 108, 20 } };

	if (r->kind == AIR_RATE_HT)
		return ht[r->index % 8u] + ((r->flags & AIR_RATE_40MHZ) != 0 ? 3 : 0) +
		    (streams(r) > 1 ? 3 : 0);
	for (unsigned i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++)
		if (legacy[i].index == r->index)
			return legacy[i].db;
	return 0;
}

/* ---- channels -------------------------------------------------------------------------- */

unsigned
air_chan_freq(unsigned channel)
{
	if (channel >= 1 && channel <= 13)
		return 2407 + 5 * channel;
	if (channel == 14)
		return 2484;
	if (channel >= 36 && channel <= 177)
		return 5000 + 5 * channel;
	return 0;
}

unsigned
air_freq_chan(unsigned freq)
{
	if (freq == 2484)
		return 14;
	if (freq >= 2412 && freq <= 2472 && (freq - 2407) % 5 == 0)
		return (freq - 2407) / 5;
	if (freq >= 5180 && freq <= 5885 && freq % 5 == 0)
		return (freq - 5000) / 5;
	return 0;
}
