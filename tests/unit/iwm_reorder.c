/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames brought into order: every number once, none before its time, nothing lost inside the
 * window, whatever comes.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/reorder.h"
#include "tests/unit/tap.h"

static uint16_t got[65536];
static unsigned ngot;

static void
out(void *arg, void *frame)
{
	(void)arg;
	got[ngot++ % 65536] = (uint16_t)((uintptr_t)frame - 1);
}

static void *
frame(unsigned seq)
{
	return (void *)(uintptr_t)((seq & 0xfff) + 1);
}

static int
feed(struct iwm_reorder *r, unsigned seq, uint64_t now)
{
	return iwm_reorder_frame(r, (uint16_t)seq, frame(seq), now);
}

static struct iwm_reorder
begin(unsigned ssn, unsigned size)
{
	struct iwm_reorder r;

	ngot = 0;
	iwm_reorder_init(&r, (uint16_t)ssn, size, out, NULL);
	return r;
}

/* What has come out, since begin(). */
static int
is(unsigned n, const uint16_t *want)
{
	return ngot == n && memcmp(got, want, n * sizeof(*want)) == 0;
}
#define IS(...)	is(sizeof((uint16_t[]){ __VA_ARGS__ }) / 2, (uint16_t[]){ __VA_ARGS__ })

static void
test_order(void)
{
	struct iwm_reorder r = begin(10, 64);

	ok(feed(&r, 10, 0) && feed(&r, 11, 0) && IS(10, 11) && r.held == 0,
	    "frames in order pass at once");
	ok(feed(&r, 14, 0) && feed(&r, 13, 0) && IS(10, 11) && r.held == 2,
	    "those before a gap's end are held");
	ok(feed(&r, 12, 0) && IS(10, 11, 12, 13, 14) && r.held == 0, "and pass when it is filled");
	ok(!feed(&r, 12, 0) && !feed(&r, 14, 0) && !feed(&r, 9, 0),
	    "what has passed, or is older than the agreement, is not wanted");
	ok(feed(&r, 17, 0) && !feed(&r, 17, 0) && r.held == 1, "nor what is held already");
	iwm_reorder_flush(&r);
	ok(IS(10, 11, 12, 13, 14, 17) && r.held == 0 && !feed(&r, 17, 0), "flush passes the rest");
}

static void
test_release(void)
{
	struct iwm_reorder r = begin(4093, 64);

	ok(feed(&r, 4094, 0) && feed(&r, 4095, 0) && feed(&r, 2, 0) && feed(&r, 60, 0) &&
	    r.held == 4 && ngot == 0, "frames behind several gaps are held");
	iwm_reorder_release(&r);
	ok(IS(4094, 4095, 2, 60) && r.held == 0 && r.head == 61,
	    "release passes them in order, and the next number is theirs");
	ok(feed(&r, 61, 0) && IS(4094, 4095, 2, 60, 61), "which passes at once");
	iwm_reorder_release(&r);
	ok(r.head == 62, "with nothing held it changes nothing");
}

/* The access point had sent it when it asked for the agreement; only the answer came between. */
static void
test_before(void)
{
	struct iwm_reorder r = begin(10, 64);

	ok(feed(&r, 8, 0) && feed(&r, 9, 0) && IS(8, 9) && r.head == 10,
	    "frames from before the agreement pass");
	ok(feed(&r, 11, 0) && !feed(&r, 9, 0) && feed(&r, 10, 0) && IS(8, 9, 10, 11),
	    "until the first of its own comes");
	r = begin(10, 64);
	iwm_reorder_bar(&r, 10);
	ok(!feed(&r, 9, 0) && ngot == 0, "or the access point says so");
}

static void
test_wrap(void)
{
	struct iwm_reorder r = begin(4094, 64);

	ok(feed(&r, 4095, 0) && feed(&r, 1, 0) && feed(&r, 0, 0) && ngot == 0, "across 4096: held");
	ok(feed(&r, 4094, 0) && IS(4094, 4095, 0, 1), "across 4096: in order");
	ok(!feed(&r, 4000, 0) && feed(&r, 2, 0), "4000 is before 2 now");
}

static void
test_window(void)
{
	struct iwm_reorder r = begin(0, 8);

	ok(feed(&r, 1, 0) && feed(&r, 3, 0) && feed(&r, 7, 0) && ngot == 0, "a window of 8");
	ok(feed(&r, 8, 0) && IS(1) && r.head == 2, "one beyond it: what no longer fits passes");
	ok(feed(&r, 100, 0) && IS(1, 3, 7, 8) && r.held == 1 && r.head == 93,
	    "far beyond it: all before pass, in order");
	ok(!feed(&r, 92, 0) && feed(&r, 93, 0) && got[4] == 93, "it begins where it must");
	r = begin(0, 0);
	ok(r.size == IWM_REORDER_SIZE && begin(0, 65).size == IWM_REORDER_SIZE,
	    "a size that is none is the largest");
	r = begin(5, 1);
	ok(feed(&r, 6, 0) && feed(&r, 5, 0) == 0 && IS(6), "a window of one only drops what is old");
}

static void
test_bar(void)
{
	struct iwm_reorder r = begin(10, 64);

	(void)feed(&r, 12, 0);
	(void)feed(&r, 13, 0);
	(void)feed(&r, 20, 0);
	iwm_reorder_bar(&r, 12);
	ok(IS(12, 13) && r.head == 14, "a BlockAckReq ends a gap");
	iwm_reorder_bar(&r, 5);
	ok(IS(12, 13) && r.head == 14, "one that is old changes nothing");
	iwm_reorder_bar(&r, 30);
	ok(IS(12, 13, 20) && r.head == 30 && r.held == 0, "one ahead of all passes all");
}

static void
test_time(void)
{
	struct iwm_reorder r = begin(10, 64);

	ok(iwm_reorder_expire(&r, 5) == 0, "nothing is held, nothing to wait for");
	(void)feed(&r, 12, 1000);
	(void)feed(&r, 15, 1030);
	ok(iwm_reorder_expire(&r, 1040) == 60 && ngot == 0, "the oldest has 60 ms left");
	ok(iwm_reorder_expire(&r, 1100) == 30 && IS(12) && r.head == 13,
	    "its time is over; the younger one waits on");
	(void)feed(&r, 13, 1101);
	(void)feed(&r, 14, 1101);
	ok(IS(12, 13, 14, 15) && iwm_reorder_expire(&r, 1102) == 0, "or its gap is filled");
	(void)feed(&r, 20, 2000);
	(void)feed(&r, 18, 2050);
	ok(iwm_reorder_expire(&r, 2100) == 0 && IS(12, 13, 14, 15, 18, 20) && r.head == 21,
	    "a younger one before an expired one passes before it");
}

static uint32_t seed = 7;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* Shuffled within the window, some twice, some never: out comes an increasing sequence. */
static void
test_storm(void)
{
	struct iwm_reorder r = begin(3000, 64);
	unsigned base = 3000, i, bad = 0, lost = 0, wanted = 0;
	uint16_t last = 2999;
	uint64_t now = 0;
	uint8_t sent[4096] = { 0 };

	for (i = 0; i < 200000; i++) {
		unsigned seq = (base + rnd(40)) & 0xfff;

		now += rnd(4);
		wanted += !sent[seq];
		(void)feed(&r, seq, now);
		sent[seq] = 1;
		if (rnd(3) == 0) {
			sent[(base + 2048) & 0xfff] = 0;
			base++;
		}
		if (rnd(50) == 0)
			(void)iwm_reorder_expire(&r, now);
	}
	iwm_reorder_flush(&r);
	for (i = ngot > 65536 ? ngot - 65536 : 0; i < ngot; i++) {
		uint16_t s = got[i % 65536];

		if (i > 0 && (((s - last) & 0xfff) == 0 || ((s - last) & 0xfff) >= 0x800))
			bad++;
		last = s;
	}
	for (i = 0; i < IWM_REORDER_SIZE; i++)
		lost += r.frame[i] != NULL;
	ok(bad == 0 && ngot > 30000, "numbers only grow");
	ok(lost == 0 && r.held == 0 && ngot <= wanted, "nothing is left, nothing came twice");
}

int
main(void)
{
	test_order();
	test_release();
	test_before();
	test_wrap();
	test_window();
	test_bar();
	test_time();
	test_storm();
	return done();
}
