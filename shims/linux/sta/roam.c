/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * roam.c - from a weak access point to a better one of the same network.  Below a level the
 * neighbours are looked for in the background, less and less often while none is better; one that
 * is clearly better is taken.
 */
#include "shims/linux/sta/sta_int.h"

#define LOOK_NS		(2 * SECOND)
#define GAP_FIRST	(8 * SECOND)
#define GAP_MOST	(64 * SECOND)
#define WEAK_DBM	(-68)
#define POOR_DBM	(-78)		/* then less of a gain is worth the change */
#define GAIN_DB		8
#define GAIN_POOR_DB	4

static int
level(struct sta *st)
{
	return bss_dbm(atomic_load(&st->rx.rssi16));
}

void
roam_begin(struct sta *st)
{
	st->roam_gap = GAP_FIRST;
	st->roam_next = sta_now() + LOOK_NS;
	sta_timer(st, T_ROAM, LOOK_NS);
}

void
roam_look(struct sta *st)
{
	int dbm = level(st);

	if (st->state != ST_RUNNING)
		return;
	sta_timer(st, T_ROAM, LOOK_NS);
	if (dbm == 0 || dbm >= WEAK_DBM) {
		st->roam_gap = GAP_FIRST;
		return;
	}
	if (st->want.has_bssid || st->scanning || st->csa.on || st->probes != 0 ||
	    sta_now() < st->roam_next)
		return;
	st->roam_next = sta_now() + st->roam_gap;
	if (st->roam_gap < GAP_MOST)
		st->roam_gap *= 2;
	scan_start(st, true);
}

/* The best of the network but the present one; copied. */
static bool
other(struct sta *st, struct bss *out)
{
	struct bsstab_want w;
	struct bss *b;
	char why[STA_WHY_LEN];
	bool found = false;
	unsigned i;

	join_want(st, &w);
	pthread_mutex_lock(&st->mtx);
	for (i = 0; i < bsstab_count(st->tab); i++) {
		b = bsstab_at(st->tab, i);
		if (dot11_same(b->bssid, st->bss.bssid) || b->not_before > sta_now() ||
		    sta_now() - b->heard > BSSTAB_FRESH_NS ||
		    !bsstab_match(&w, b, why, sizeof(why)) ||
		    (found && bsstab_score(b) <= bsstab_score(out)))
			continue;
		*out = *b;
		found = true;
	}
	pthread_mutex_unlock(&st->mtx);
	return found;
}

void
roam_decide(struct sta *st)
{
	int dbm = level(st), gain = dbm < POOR_DBM ? GAIN_POOR_DB : GAIN_DB;
	uint8_t from[DOT11_ADDR_LEN];
	struct bss b;

	if (st->state != ST_RUNNING || st->want.has_bssid || dbm == 0 || dbm >= WEAK_DBM ||
	    !other(st, &b) || bss_dbm(b.rssi16) < dbm + gain)
		return;
	tell_roam(st, &b);
	memcpy(from, st->bss.bssid, sizeof(from));
	join_teardown(st, 0);
	retry_carrier(st, false);
	join_try(st, &b, from);
}
