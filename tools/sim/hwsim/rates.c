/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rates.c - rates and status, between hwsim's way to write them and the air's.
 */
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/hwsim/hwsim.h"

/* hwsim's rates, in units of 500 kb/s: all in 2.4 GHz, from OFDM_FIRST on in 5 GHz. */
static const uint8_t legacy[] = { 2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108 };
#define NLEGACY		(sizeof(legacy) / sizeof(legacy[0]))
#define OFDM_FIRST	4u

static unsigned
first_rate(unsigned freq)
{
	return freq < 3000 ? 0 : OFDM_FIRST;
}

static bool
from_legacy(const struct hwsim_rate *in, unsigned freq, struct air_rate *out)
{
	unsigned i = (unsigned)in->idx + first_rate(freq);

	if (i >= NLEGACY)
		return false;
	*out = (struct air_rate){ .kind = AIR_RATE_LEGACY, .index = legacy[i] };
	if ((in->flags & HWSIM_RC_SHORTPRE) != 0 && i > 0 && i < OFDM_FIRST)
		out->flags = AIR_RATE_SHORTPRE;
	return true;
}

static bool
from_ht(const struct hwsim_rate *in, struct air_rate *out)
{
	unsigned mcs = (unsigned)in->idx;

	/* VHT: MCS 0..9 in the low half, streams - 1 in the high half. */
	if ((in->flags & HWSIM_RC_VHT) != 0)
		mcs = ((unsigned)in->idx & 0xf) > 7 ? 7 + 8 * ((unsigned)in->idx >> 4) :
		    ((unsigned)in->idx & 0xf) + 8 * ((unsigned)in->idx >> 4);
	if (mcs > 31)
		return false;
	*out = (struct air_rate){ .kind = AIR_RATE_HT, .index = (uint8_t)mcs };
	if ((in->flags & HWSIM_RC_SGI) != 0)
		out->flags |= AIR_RATE_SGI;
	if ((in->flags & HWSIM_RC_GF) != 0)
		out->flags |= AIR_RATE_GF;
	return true;
}

unsigned
hwsim_ladder(const struct hwsim_tx *tx, struct air_rate rate[HWSIM_RATES])
{
	unsigned n;

	for (n = 0; n < HWSIM_RATES && tx->rate[n].idx >= 0; n++) {
		const struct hwsim_rate *in = &tx->rate[n];
		bool ok = (in->flags & (HWSIM_RC_MCS | HWSIM_RC_VHT)) != 0 ?
		    from_ht(in, &rate[n]) : from_legacy(in, tx->freq, &rate[n]);

		if (!ok || !air_rate_valid(&rate[n], tx->freq))
			break;
		rate[n].tries = in->count == 0 ? 1 : in->count;
	}
	if (n != 0)
		return n;
	rate[0] = (struct air_rate){ .kind = AIR_RATE_LEGACY,
	    .index = legacy[first_rate(tx->freq)], .tries = 1 };
	return 1;
}

uint32_t
hwsim_air_flags(const struct hwsim_tx *tx)
{
	uint32_t flags = 0;
	uint16_t fc = dot11_le16(tx->frame);

	if ((tx->flags & HWSIM_TX_NO_ACK) != 0)
		flags |= AIR_TX_NOACK;
	if ((tx->rate[0].flags & HWSIM_RC_RTS) != 0)
		flags |= AIR_TX_RTS;
	if ((tx->rate[0].flags & HWSIM_RC_CTSSELF) != 0)
		flags |= AIR_TX_CTSSELF;
	if (tx->len >= 36 && (DOT11_IS(fc, DOT11_BEACON) || DOT11_IS(fc, DOT11_PROBE_RESP)))
		flags |= AIR_TX_TSF;
	return flags;
}

uint8_t
hwsim_prio(const uint8_t *frame, size_t len)
{
	/* Access category of a TID: voice 5, video 4, best effort 2, background 1. */
	static const uint8_t by_tid[8] = { 2, 1, 1, 2, 4, 4, 5, 5 };
	struct dot11 f;

	if (dot11_parse(frame, len, &f) != 0)
		return 0;
	if (DOT11_IS(f.fc, DOT11_BEACON))
		return 7;
	if (f.type == DOT11_TYPE_MGT)
		return 6;
	/* A BAR must not overtake the frames of its TID. */
	if (DOT11_IS(f.fc, DOT11_BAR) && len >= 18)
		return by_tid[dot11_le16(frame + 16) >> 12 & 7];
	return f.has_qos ? by_tid[f.qos & 7] : 2;
}

void
hwsim_status_unsent(const struct hwsim_tx *tx, struct hwsim_txinfo *info)
{
	memset(info, 0, sizeof(*info));
	info->cookie = tx->cookie;
	info->flags = tx->flags & (HWSIM_TX_REQ_STATUS | HWSIM_TX_NO_ACK);
	memcpy(info->rate, tx->rate, sizeof(info->rate));
	for (unsigned i = 1; i < HWSIM_RATES; i++)
		info->rate[i] = (struct hwsim_rate){ .idx = -1 };
}

void
hwsim_status(const struct hwsim_tx *tx, const struct air_txstatus *st, struct hwsim_txinfo *info)
{
	hwsim_status_unsent(tx, info);
	if (st->tries == 0)
		return;
	for (unsigned i = 0; i <= st->rung && i < HWSIM_RATES; i++)
		info->rate[i] = tx->rate[i];
	if (st->rung < HWSIM_RATES)
		info->rate[st->rung].count = st->rate.tries;
	if (st->result == AIR_TX_ACKED) {
		info->flags |= HWSIM_TX_ACKED;
		info->signal = st->ack_signal;
	}
}

uint32_t
hwsim_rx_rate(const struct air_rate *rate, unsigned freq)
{
	unsigned first = first_rate(freq), kbps = air_rate_100kbps(rate), best = first;

	/* The OFDM rates are behind the CCK ones: the last that fits is of the right kind. */
	for (unsigned i = first; i < NLEGACY; i++) {
		bool same = rate->kind == AIR_RATE_LEGACY && legacy[i] == rate->index;
		bool below = rate->kind == AIR_RATE_HT && i >= OFDM_FIRST &&
		    legacy[i] * 5u <= kbps;

		if (same || below)
			best = i;
	}
	return best - first;
}
