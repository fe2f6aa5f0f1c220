/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of access points; see bsstab.h. */
#include <stdio.h>
#include <stdlib.h>

#include "shims/linux/sta/bsstab.h"
#include "shims/linux/sta/dot11.h"

#define AVERAGE_NS	UINT64_C(5000000000)	/* an older level says nothing about now */
#define FAIL_DB		12			/* what a failed try takes off */
#define BAND5_DB	6			/* less crowded, wider */
#define STRONG_DBM	(-55)			/* more does not make it faster */

struct bsstab {
	unsigned	n;
	struct bss	e[BSSTAB_MAX];
};

struct bsstab *
bsstab_new(void)
{
	return calloc(1, sizeof(struct bsstab));
}

void
bsstab_free(struct bsstab *t)
{
	free(t);
}

unsigned
bsstab_count(const struct bsstab *t)
{
	return t->n;
}

struct bss *
bsstab_at(struct bsstab *t, unsigned i)
{
	return &t->e[i];
}

struct bss *
bsstab_find(struct bsstab *t, const uint8_t bssid[6])
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		if (dot11_same(t->e[i].bssid, bssid))
			return &t->e[i];
	return NULL;
}

/* A place for a new entry: free, or that of the one heard longest ago. */
static struct bss *
place(struct bsstab *t)
{
	struct bss *oldest = &t->e[0];
	unsigned i;

	if (t->n < BSSTAB_MAX)
		return &t->e[t->n++];
	for (i = 1; i < t->n; i++)
		if (t->e[i].heard < oldest->heard)
			oldest = &t->e[i];
	return oldest;
}

/* What the new frame does not tell is kept, as is the history. */
static void
merge(struct bss *fresh, const struct bss *old, uint64_t now)
{
	if (fresh->hidden) {
		fresh->ssid_len = old->ssid_len;
		memcpy(fresh->ssid, old->ssid, sizeof(fresh->ssid));
	} else if (!fresh->beacon)
		fresh->hidden = old->hidden;
	if (fresh->dtim == 0)
		fresh->dtim = old->dtim;
	fresh->fails = old->fails;
	fresh->not_before = old->not_before;
	if (now - old->heard < AVERAGE_NS)
		fresh->rssi16 = bss_average(old->rssi16, fresh->rssi);
}

struct bss *
bsstab_put(struct bsstab *t, const struct bss *heard, uint64_t now)
{
	struct bss fresh = *heard, *e = bsstab_find(t, heard->bssid);

	if (e != NULL)
		merge(&fresh, e, now);
	else
		e = place(t);
	*e = fresh;
	e->heard = now;
	return e;
}

void
bsstab_age(struct bsstab *t, uint64_t now)
{
	unsigned i = 0;

	while (i < t->n) {
		if (now - t->e[i].heard > BSSTAB_AGE_NS)
			t->e[i] = t->e[--t->n];
		else
			i++;
	}
}

static bool
same_name(const struct bsstab_want *w, const struct bss *b)
{
	return b->ssid_len == w->ssid_len && memcmp(b->ssid, w->ssid, w->ssid_len) == 0;
}

bool
bsstab_match(const struct bsstab_want *w, const struct bss *b, char *why, size_t len)
{
	struct rsn_choice choice;

	if (!same_name(w, b) || (w->bssid != NULL && !dot11_same(w->bssid, b->bssid)))
		return false;
	if (w->secure && b->sec.kind == RSN_OPEN) {
		snprintf(why, len, "the network is open, but a passphrase was given; join it "
		    "without one");
		return false;
	}
	if (!w->secure && b->sec.kind != RSN_OPEN) {
		snprintf(why, len, "the network is secured (%s); join it with its passphrase",
		    rsn_name(&b->sec));
		return false;
	}
	if (w->secure && rsn_select(&b->sec, &choice, why, len) != 0)
		return false;
	return w->usable == NULL || w->usable(w->arg, b, why, len);
}

int
bsstab_score(const struct bss *b)
{
	int dbm = bss_dbm(b->rssi16);

	if (dbm > STRONG_DBM)
		dbm = STRONG_DBM;
	return dbm + (b->chan > 14 ? BAND5_DB : 0) - (int)b->fails * FAIL_DB;
}

struct bss *
bsstab_best(struct bsstab *t, const struct bsstab_want *w, uint64_t now, char *why, size_t len)
{
	struct bss *best = NULL, *b;
	unsigned i;

	why[0] = '\0';
	for (i = 0; i < t->n; i++) {
		b = &t->e[i];
		if (now - b->heard > BSSTAB_FRESH_NS || !bsstab_match(w, b, why, len) ||
		    b->not_before > now)
			continue;
		if (best == NULL || bsstab_score(b) > bsstab_score(best))
			best = b;
	}
	return best;
}
