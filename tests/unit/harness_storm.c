/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a storm of interrupts, and what is none.  Prints TAP. */
#include "harness/storm.h"
#include "harness/trace.h"
#include "tests/unit/tap.h"

#define US	UINT64_C(1000)
#define S	UINT64_C(1000000000)

static struct trace_entry
entry(enum trace_op op, uint64_t a, uint64_t b)
{
	return (struct trace_entry){ .head = (uint64_t)op << 56, .a = a, .b = b };
}

/* n strays, `every` ns apart, and one that is claimed after each `per` of them (0: none). */
static bool
strays(unsigned n, uint64_t every, unsigned per)
{
	struct storm s = { 0 };
	uint64_t now = S, did = 0;

	for (; n > 0; n--, now += every) {
		if (storm_judge(&s, false, 0, now) != STORM_NONE)
			return true;
		if (per != 0 && n % per == 0)
			(void)storm_judge(&s, true, did++, now);
	}
	return false;
}

static void
test_strays(void)
{
	ok(!strays(STORM_STRAYS - 1, US, 0), "fewer strays than a thousand are none");
	ok(strays(STORM_STRAYS, US, 0), "a thousand in a millisecond are one");
	ok(strays(2 * STORM_STRAYS, S / 50, 0), "fifty a second are, in the end");
	ok(!strays(100 * STORM_STRAYS, S / 10, 0), "ten a second are none, however long");
	ok(!strays(100 * STORM_STRAYS, US, 100), "nor are a hundred for each that is claimed");
	ok(strays(100 * STORM_STRAYS, US, 1000), "a thousand for each that is claimed are one");
}

/* n that were claimed; what was done changes after each `change`, a pause comes after `pause`. */
static bool
claims(unsigned n, unsigned change, unsigned pause)
{
	struct storm s = { 0 };
	unsigned i;

	for (i = 1; i <= n; i++) {
		if (storm_judge(&s, true, i / change, i * US) != STORM_NONE)
			return true;
		if (i % pause == 0 && storm_suspects(&s))
			storm_paused(&s);
	}
	return false;
}

static void
test_claims(void)
{
	unsigned many = 10 * STORM_SAME;

	ok(claims(STORM_SAME, many, many), "the very same without a pause is one");
	ok(!claims(many, STORM_SAME / 2, many), "none where something is new now and then");
	ok(!claims(many, many, STORM_SAME / 2), "none where a pause comes now and then");
	ok(!claims(many, 1, many), "none where each is another, as at a card under load");
}

/* As intr_storm.c does it: more is looked at only where as many things were done each time. */
static unsigned
looks(unsigned n, unsigned change)
{
	struct storm s = { 0 };
	unsigned i, looked = 0;

	for (i = 1; i <= n; i++) {
		looked += storm_suspects(&s);
		(void)storm_judge(&s, true, storm_suspects(&s) ? i : i / change, i * US);
	}
	return looked;
}

static void
test_looks(void)
{
	ok(looks(STORM_SUSPECT, STORM_SAME) == 0, "before it is suspected nobody looks closer");
	ok(looks(10 * STORM_SAME, 1) == 0, "nor where each time another number of things is done");
	ok(looks(STORM_SAME, 10 * STORM_SAME) < 2 * STORM_SAME / STORM_SUSPECT,
	    "one that is suspected and does other things is looked at a few times");
}

static void
test_did(void)
{
	struct trace_entry a[] = { entry(TRACE_READ, 0x24, 1), entry(TRACE_WRITE, 0x64, 1) };
	struct trace_entry b[] = { entry(TRACE_READ, 0x24, 1), entry(TRACE_WRITE, 0x64, 2) };
	struct trace_entry frame = entry(TRACE_OTHER, (uintptr_t)"net", (uintptr_t)"rx");

	a[0].ticks = 1;
	ok(storm_did(a, 2, 7) == storm_did(a, 2, 8), "the same is the same");
	b[1].b = 1;
	ok(storm_did(a, 2, 7) == storm_did(b, 2, 7), "whenever it was");
	b[1].b = 2;
	ok(storm_did(a, 2, 7) != storm_did(b, 2, 7), "another value is another");
	ok(storm_did(a, 2, 7) != storm_did(a, 1, 7), "so is one less");
	ok(storm_did(&frame, 1, 7) == 7 && storm_did(&frame, 1, 8) == 8,
	    "a frame that is handed up is like nothing else");
}

int
main(void)
{
	test_strays();
	test_claims();
	test_looks();
	test_did();
	return done();
}
