/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm's choice of rates against a channel that is known: it finds the best rate, follows when
 * the channel changes, and the table always ends with what arrives.
 */
#include <stdlib.h>

#include <pdk.h>
#include <pdk80211.h>

#include "drivers/iwm/rates.h"
#include "drivers/iwm/rateword.h"
#include "tests/unit/tap.h"

static const uint8_t b[] = { 2, 4, 11, 22 };
static const uint8_t g[] = { 2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108 };
static const uint8_t a[] = { 12, 18, 24, 36, 48, 72, 96, 108 };

static struct pdk80211_bss
bss(unsigned channel, const uint8_t *rates, unsigned n)
{
	struct pdk80211_bss s = { .chan = { .num = (uint8_t)channel, .width = 20 } };

	memcpy(s.rates, rates, n);
	s.nrates = (uint8_t)n;
	return s;
}

static struct pdk80211_bss
ht(unsigned channel, int wide, int streams)
{
	struct pdk80211_bss s = bss(channel, channel > 14 ? a : g, channel > 14 ? 8 : 12);

	s.flags = PDK_BSS_HT;
	s.mcs[0] = 0xff;
	s.mcs[1] = streams > 1 ? 0xff : 0;
	s.htcaps = 0x006e;
	if (wide) {
		s.chan.width = 40;
		s.chan.sco = 1;
	}
	return s;
}

static uint32_t seed = 3;

static unsigned
chance(void)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % 1000;
}

/* Rates up to place `limit` arrive, those above hardly. */
static int
arrives(const struct iwm_rates *r, uint32_t word, unsigned limit)
{
	unsigned i;

	for (i = 0; i < r->n && r->r[i].word != word; i++)
		continue;
	return chance() < (i <= limit ? 980u : 30u);
}

/* Frames for a while; the table is renewed when it says so.  How many renewals. */
static unsigned
run(struct iwm_rates *r, unsigned limit, unsigned frames, uint64_t *now)
{
	uint32_t table[LQ_MAX_RETRY_NUM];
	unsigned i, n = 0, tries;

	iwm_rates_table(r, table);
	for (i = 0; i < frames; i++) {
		for (tries = 1; tries < 16 && !arrives(r, table[tries - 1], limit); tries++)
			continue;
		iwm_rates_frame(r, tries, 1);
		*now += 1;
		if (iwm_rates_decide(r, *now)) {
			iwm_rates_table(r, table);
			n++;
		}
	}
	return n;
}

static void
test_sets(void)
{
	struct pdk80211_bss s = bss(6, g, 12);
	struct iwm_rates r;
	struct iwm_rate w;
	unsigned i, sorted = 1, mimo = 0, cck = 0;

	iwm_rates_init(&r, &s, 3, -50);
	for (i = 1; i < r.n; i++)
		sorted &= r.r[i - 1].nominal <= r.r[i].nominal;
	ok(r.n == 12 && sorted, "a network of 11g has its 12 rates, from slow to fast");
	s = bss(6, b, 4);
	iwm_rates_init(&r, &s, 1, 0);
	ok(r.n == 4, "one of 11b four");
	s = bss(36, g, 12);
	iwm_rates_init(&r, &s, 2, 0);
	for (i = 0; i < r.n; i++)
		cck += (r.r[i].word & RATE_MCS_CCK_MSK) != 0;
	ok(r.n == 8 && cck == 0 && (r.r[0].word & RATE_MCS_ANT_B_MSK) != 0,
	    "no CCK in the 5 GHz band; the antenna there is");
	s = ht(36, 0, 2);
	s.htcaps &= ~0x0c;
	iwm_rates_init(&r, &s, 3, 0);
	for (i = 0; i < r.n; i++)
		mimo += iwm_rate_parse(r.r[i].word, &w) && w.nss == 2;
	ok(mimo == 0, "one stream for an access point that saves power on its receivers");
	s = ht(36, 1, 2);
	iwm_rates_init(&r, &s, 3, 0);
	for (i = 0; i < r.n; i++)
		if (iwm_rate_parse(r.r[i].word, &w) && w.nss == 2)
			mimo++;
	ok(iwm_rate_parse(r.r[r.n - 1].word, &w) && w.mcs == 15 && w.width == 40 && w.sgi &&
	    r.r[r.n - 1].nominal == 3000, "40 MHz, two streams, short guard interval: 300 Mb/s");
	ok(mimo == 4 && r.r[0].word == (iwm_rate_legacy(12) | RATE_MCS_ANT_A_MSK),
	    "two streams only above one; the lowest rate of the band as last resort");
	iwm_rates_init(&r, &s, 1, 0);
	for (mimo = i = 0; i < r.n; i++)
		mimo += !iwm_rate_parse(r.r[i].word, &w) || w.nss != 1;
	ok(mimo == 0, "one antenna: one stream");
	s = bss(1, g, 0);
	iwm_rates_init(&r, &s, 3, 0);
	ok(r.n == 1 && r.r[0].word != 0, "a network that tells no rates gets the lowest");
}

static void
test_table(void)
{
	struct pdk80211_bss s = ht(6, 0, 2);
	uint32_t t[LQ_MAX_RETRY_NUM];
	struct iwm_rates r;
	struct iwm_rate w;
	unsigned i, signal, bad = 0, words = 1;

	for (signal = 30; signal < 95; signal++) {
		iwm_rates_init(&r, &s, 3, -(int)signal);
		iwm_rates_table(&r, t);
		for (i = 0; i < LQ_MAX_RETRY_NUM; i++)
			words &= t[i] != 0 && iwm_rate_parse(t[i], &w);
		bad += t[LQ_MAX_RETRY_NUM - 1] != r.r[0].word || t[0] != r.r[r.cur].word;
	}
	ok(words && bad == 0, "the table begins with the choice and ends with the slowest");
}

static void
test_search(void)
{
	struct pdk80211_bss s = ht(36, 0, 2);
	struct iwm_rates r;
	uint64_t now = 1000;
	unsigned limit, wrong = 0, n;

	for (limit = 0; limit < 13; limit++) {
		iwm_rates_init(&r, &s, 3, -65);
		(void)run(&r, MIN(limit, r.n - 1), 4000, &now);
		wrong += r.cur != MIN(limit, r.n - 1);
	}
	ok(wrong == 0, "whichever rate is the best that arrives, it is found");
	n = run(&r, r.n - 1, 2000, &now);
	ok(r.cur == r.n - 1 && n < 10, "at the top there is nothing left to try");
	(void)run(&r, 2, 300, &now);
	ok(r.cur == 2, "when the channel gets worse it goes down soon");
	(void)run(&r, 8, 6000, &now);
	ok(r.cur == 8, "and up again when it gets better");
	n = run(&r, 8, 10000, &now);
	ok(r.cur == 8 && n > 2 && n < 60, "trials that fail become rare");
}

/* Frames that go out together. */
static void
test_aggregates(void)
{
	struct pdk80211_bss s = ht(36, 1, 2);
	uint32_t t[LQ_MAX_RETRY_NUM];
	struct iwm_rates r;
	uint64_t now = 0;
	unsigned i, j, acked;

	iwm_rates_init(&r, &s, 3, -70);
	iwm_rates_table(&r, t);
	for (i = 0; i < 600; i++) {
		for (acked = j = 0; j < 20; j++)
			acked += arrives(&r, t[0], 9) != 0;
		iwm_rates_agg(&r, t[0], 20, acked);
		now += 5;
		if (iwm_rates_decide(&r, now))
			iwm_rates_table(&r, t);
	}
	ok(r.cur == 9, "A-MPDUs teach, too");
	iwm_rates_agg(&r, 0xffffffff, 5, 9);
	iwm_rates_frame(&r, 300, 0);
	ok(iwm_rates_decide(&r, now + 500) >= 0, "nonsense from the firmware is survived");
}

static void
test_words(void)
{
	struct iwm_rate w;
	unsigned i, bad = 0;

	for (i = 0; i < sizeof(g); i++)
		bad += !iwm_rate_parse(iwm_rate_legacy(g[i]), &w) || w.rate != g[i] ||
		    w.cck != (g[i] <= 11 || g[i] == 22);
	ok(bad == 0, "legacy rates, to a word and back");
	ok(iwm_rate_legacy(7) == 0 && !iwm_rate_parse(0x3f, &w), "what is no rate");
	ok(iwm_rate_parse(RATE_MCS_VHT_MSK | 0x19 | 2 << RATE_MCS_CHAN_WIDTH_POS, &w) &&
	    w.mcs == 9 && w.nss == 2 && w.width == 80, "VHT words");
}

int
main(void)
{
	test_words();
	test_sets();
	test_table();
	test_search();
	test_aggregates();
	return done();
}
