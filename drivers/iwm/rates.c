/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rates.c - see rates.h.
 */
#include "rates.h"
#include "rateword.h"

/* A decision needs so many tries, or some and so much time. */
#define MANY_TRIES	24
#define SOME_TRIES	4
#define INTERVAL	100	/* ms */

#define FIRST_BACKOFF	2	/* decisions */
#define MAX_BACKOFF	32
#define GOOD		850	/* of 1000: worth a trial of the next rate */
#define HOPELESS	100

/* HT capabilities, 802.11-2016 9.4.2.56. */
#define HTCAP_SMPS	0x000c		/* none of it set: it hears one stream */
#define HTCAP_SGI20	0x0020
#define HTCAP_SGI40	0x0040

/* ---- the rates there are ---- */

static void
add(struct iwm_rates *r, uint32_t word, unsigned nominal)
{
	unsigned i;

	if (r->n == IWM_RATES_MAX)
		return;
	for (i = r->n; i > 0 && r->r[i - 1].nominal > nominal; i--)
		r->r[i] = r->r[i - 1];
	memset(&r->r[i], 0, sizeof(r->r[i]));
	r->r[i].word = word;
	r->r[i].nominal = nominal;
	r->n++;
}

static void
add_legacy(struct iwm_rates *r, const struct pdk80211_bss *bss, uint32_t ant)
{
	uint32_t word;
	unsigned i;

	for (i = 0; i < MIN(bss->nrates, PDK80211_NRATES); i++) {
		word = iwm_rate_legacy(bss->rates[i]);
		if (word == 0 || (bss->chan.num > 14 && (word & RATE_MCS_CCK_MSK) != 0))
			continue;
		add(r, word | ant, bss->rates[i] * 5);
	}
}

/* Of one stream, 20 MHz, long guard interval: 100 kb/s.  802.11-2016 19.5. */
static const uint16_t mcs_rate[8] = { 65, 130, 195, 260, 390, 520, 585, 650 };

/* Two streams only where they are faster than one can be: one is more robust. */
static void
add_ht(struct iwm_rates *r, const struct pdk80211_bss *bss, uint8_t tx_ant, uint32_t ant)
{
	int wide = bss->chan.width >= 40 && bss->chan.sco != 0;
	int two = (tx_ant & 3) == 3 && (bss->htcaps & HTCAP_SMPS) != 0;
	int sgi = (bss->htcaps & (wide ? HTCAP_SGI40 : HTCAP_SGI20)) != 0;
	unsigned mcs, nss, nominal, top = 0;
	uint32_t word;

	for (mcs = 0; mcs < 16; mcs++) {
		nss = mcs / 8 + 1;
		if (isclr(bss->mcs, mcs) || (nss == 2 && !two))
			continue;
		nominal = mcs_rate[mcs % 8] * nss;
		word = RATE_MCS_HT_MSK | mcs | (nss == 2 ? RATE_MCS_ANT_AB_MSK : ant);
		if (wide) {
			nominal = nominal * 27 / 13;
			word |= RATE_MCS_CHAN_WIDTH_40;
		}
		if (sgi) {
			nominal = nominal * 10 / 9;
			word |= RATE_MCS_SGI_MSK;
		}
		if (nss == 1)
			top = MAX(top, nominal);
		else if (nominal <= top)
			continue;
		add(r, word, nominal);
	}
}

static int
is_ht(uint32_t word)
{
	return (word & RATE_MCS_HT_MSK) != 0;
}

/* Beside HT rates, only the slowest of the others is of use, as a last resort. */
static void
prune(struct iwm_rates *r)
{
	unsigned i, n = 0, ht = 0;

	for (i = 0; i < r->n; i++)
		ht |= is_ht(r->r[i].word);
	for (i = 0; i < r->n; i++)
		if (!ht || i == 0 || is_ht(r->r[i].word))
			r->r[n++] = r->r[i];
	r->n = n;
}

/* Where to begin: the signal is a hint, trials do the rest. */
static unsigned
first_choice(const struct iwm_rates *r, int signal)
{
	if (signal == 0 || signal < -75)
		return r->n / 3;
	if (signal < -60)
		return r->n / 2;
	return r->n * 3 / 4;
}

void
iwm_rates_init(struct iwm_rates *r, const struct pdk80211_bss *bss, uint8_t tx_ant, int signal)
{
	uint32_t ant = (tx_ant & 1) != 0 ? RATE_MCS_ANT_A_MSK : RATE_MCS_ANT_B_MSK;

	memset(r, 0, sizeof(*r));
	add_legacy(r, bss, ant);
	if ((bss->flags & PDK_BSS_HT) != 0)
		add_ht(r, bss, tx_ant, ant);
	prune(r);
	if (r->n == 0)				/* a network without rates: its band's lowest */
		add(r, iwm_rate_legacy(bss->chan.num <= 14 ? 2 : 12) | ant, 10);
	r->cur = MIN(first_choice(r, signal), r->n - 1);
	r->backoff = r->wait = FIRST_BACKOFF;
}

/* ---- the table ---- */

static unsigned
put(uint32_t *table, unsigned at, uint32_t word, unsigned times)
{
	while (times-- > 0 && at < LQ_MAX_RETRY_NUM)
		table[at++] = word;
	return at;
}

/* The best twice, then slower and slower, at last what arrives if anything does. */
void
iwm_rates_table(struct iwm_rates *r, uint32_t table[LQ_MAX_RETRY_NUM])
{
	unsigned at = 0, i = r->cur, step = 1;

	if (r->probing)
		at = put(table, at, r->r[r->cur + 1].word, 1);
	at = put(table, at, r->r[i].word, 2);
	while (i > 0 && at < LQ_MAX_RETRY_NUM - 2) {
		i = i > step ? i - step : 0;
		at = put(table, at, r->r[i].word, 2);
		step = at > 6 ? 2 : 1;
	}
	(void)put(table, at, r->r[0].word, LQ_MAX_RETRY_NUM);
	memcpy(r->table, table, sizeof(r->table));
}

/* ---- what came of frames ---- */

static struct iwm_rate_entry *
find(struct iwm_rates *r, uint32_t word)
{
	unsigned i;

	for (i = 0; i < r->n; i++)
		if (r->r[i].word == word)
			return &r->r[i];
	return NULL;
}

static void
count(struct iwm_rates *r, uint32_t word, unsigned tries, unsigned oks)
{
	struct iwm_rate_entry *e = find(r, word);

	if (e == NULL)
		return;
	e->tries += tries;
	e->oks += oks;
	r->tries += tries;
}

void
iwm_rates_frame(struct iwm_rates *r, unsigned tries, int ok)
{
	unsigned i;

	for (i = 0; i < tries; i++)
		count(r, r->table[MIN(i, LQ_MAX_RETRY_NUM - 1)], 1, ok && i == tries - 1);
}

/* The firmware may have used less than the table's word says; then its place decides. */
void
iwm_rates_agg(struct iwm_rates *r, uint32_t word, unsigned sent, unsigned acked)
{
	count(r, find(r, word) != NULL ? word : r->table[0], sent, MIN(acked, sent));
}

/* ---- decisions ---- */

static void
smooth(struct iwm_rate_entry *e)
{
	unsigned now;

	if (e->tries == 0)
		return;
	now = e->oks * 1000 / e->tries;
	e->prob = e->known ? (e->prob + now) / 2 : now;
	e->known = 1;
	e->tries = e->oks = 0;
}

/* Expected throughput; of a rate that was never tried, what a faster one has shown. */
static unsigned
worth(const struct iwm_rates *r, unsigned i)
{
	unsigned j, prob = 0;

	for (j = i; j < r->n && j <= r->cur + 1; j++)
		if (r->r[j].known) {
			prob = r->r[j].prob;
			break;
		}
	if (j > i && prob < 500)
		prob = 500;			/* slower ones do better */
	return prob < HOPELESS ? 0 : prob * r->r[i].nominal;
}

static unsigned
best(const struct iwm_rates *r)
{
	unsigned i, top = 0, last = MIN(r->cur + 1, r->n - 1);

	for (i = 0; i <= last; i++)
		if ((r->r[i].known || i < r->cur) && worth(r, i) > worth(r, top))
			top = i;
	return top;
}

/* After a trial: was it worth it? */
static void
end_trial(struct iwm_rates *r, unsigned old)
{
	r->probing = 0;
	if (r->cur > old)
		r->backoff = FIRST_BACKOFF;
	else
		r->backoff = MIN(r->backoff * 2, MAX_BACKOFF);
	r->wait = r->backoff;
}

int
iwm_rates_decide(struct iwm_rates *r, uint64_t now)
{
	unsigned i, old = r->cur;
	int was = r->probing;

	if (r->tries < SOME_TRIES || (r->tries < MANY_TRIES && now - r->decided < INTERVAL))
		return 0;
	if (r->probing && r->r[r->cur + 1].tries == 0)
		return 0;			/* nobody has used the new table yet */
	r->decided = now;
	r->tries = 0;
	for (i = 0; i < r->n; i++)
		smooth(&r->r[i]);
	r->cur = best(r);
	if (was)
		end_trial(r, old);
	else if (r->cur == old && r->cur + 1 < r->n && r->r[r->cur].prob >= GOOD) {
		if (r->wait > 0)
			r->wait--;
		r->probing = r->wait == 0;
	} else if (r->cur < old)
		r->wait = r->backoff;
	return r->cur != old || r->probing != was;
}
