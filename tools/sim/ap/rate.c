/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate.c - which rate a frame to a station goes out at: up one step after a run of frames that
 * got through at the first try, down one after two that did not.
 */
#include "tools/sim/ap/ap.h"

#define UP_AFTER	10u
#define DOWN_AFTER	2u
#define TRIES		3u
#define LAST_TRIES	4u

static void
add_legacy(struct sta *sta)
{
	struct rate_ctl *rc = &sta->rc;
	bool ofdm = false;

	for (unsigned i = 0; i < sta->nrates; i++)
		ofdm |= sta->rates[i] >= 12 && sta->rates[i] != 22;
	for (unsigned i = 0; i < sta->nrates; i++) {
		struct air_rate r = { .kind = AIR_RATE_LEGACY, .index = sta->rates[i] };

		/* 6 and 9 Mb/s between the CCK rates gain nothing. */
		if (sta->ap->freq < 5000 && ofdm && (r.index == 12 || r.index == 18))
			continue;
		if (air_rate_valid(&r, sta->ap->freq) && rc->n < AP_MAX_RATES)
			rc->rate[rc->n++] = r;
	}
}

static void
sort(struct rate_ctl *rc)
{
	for (unsigned i = 1; i < rc->n; i++)
		for (unsigned j = i; j > 0 && air_rate_100kbps(&rc->rate[j]) <
		    air_rate_100kbps(&rc->rate[j - 1]); j--) {
			struct air_rate t = rc->rate[j];

			rc->rate[j] = rc->rate[j - 1];
			rc->rate[j - 1] = t;
		}
}

void
rate_init(struct sta *sta)
{
	struct rate_ctl *rc = &sta->rc;

	*rc = (struct rate_ctl){ .n = 0 };
	if (sta->ht) {
		/* The lowest legacy rate stays as the last resort. */
		rc->rate[rc->n++] = (struct air_rate){ .kind = AIR_RATE_LEGACY,
		    .index = sta->ap->rates[0] & 0x7f };
		for (uint8_t mcs = 0; mcs < 8; mcs++)
			rc->rate[rc->n++] = (struct air_rate){ .kind = AIR_RATE_HT, .index = mcs,
			    .flags = sta->ht40 ? AIR_RATE_40MHZ : 0 };
	} else {
		add_legacy(sta);
		sort(rc);
	}
	/* Begin in the middle: neither a crawl nor a run of losses. */
	rc->cur = rc->n > 0 ? (rc->n - 1) * 2 / 3 : 0;
}

void
rate_lowest(const struct ap *ap, struct air_tx *tx, unsigned tries)
{
	tx->nrates = 1;
	tx->rate[0] = (struct air_rate){ .kind = AIR_RATE_LEGACY, .index = ap->rates[0] & 0x7f,
	    .tries = (uint8_t)tries };
}

void
rate_ladder(const struct sta *sta, struct air_tx *tx)
{
	const struct rate_ctl *rc = &sta->rc;
	unsigned cur = rc->cur, n = 0;

	if (rc->n == 0) {
		rate_lowest(sta->ap, tx, 2 * LAST_TRIES);
		return;
	}
	tx->rate[n] = rc->rate[cur];
	tx->rate[n++].tries = TRIES;
	if (cur > 1) {
		tx->rate[n] = rc->rate[cur - 1];
		tx->rate[n++].tries = TRIES;
	}
	if (cur > 0) {
		tx->rate[n] = rc->rate[0];
		tx->rate[n++].tries = LAST_TRIES;
	}
	tx->nrates = (uint8_t)n;
}

void
rate_result(struct sta *sta, const struct air_txstatus *st)
{
	struct rate_ctl *rc = &sta->rc;

	if (st->tries == 0 || rc->n == 0)
		return;
	if (st->result == AIR_TX_ACKED && st->tries == 1) {
		rc->bad = 0;
		if (++rc->good >= UP_AFTER && rc->cur + 1 < rc->n) {
			rc->cur++;
			rc->good = 0;
		}
		return;
	}
	rc->good = 0;
	if (++rc->bad >= DOWN_AFTER && rc->cur > 0) {
		rc->cur--;
		rc->bad = 0;
	}
}
