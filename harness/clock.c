/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time; see clock.h.  The TSC's rate is not asked for but measured: between clock_init() and
 * the conversion, which is exact enough for a trace as soon as that is a few milliseconds.
 */
#include <stdatomic.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/hypercall.h"
#include "harness/memcheck.h"
#include "harness/rr.h"

/* Above this many microseconds the processor is given to others meanwhile. */
#define DELAY_SPIN	50
#define RATE_TRIES	4

bool clock_tsc_;

static uint64_t start_ns, start_ticks;
static unsigned slow = 1;	/* times that usual things take, under valgrind */

/*
 * The driver's clock: base + the TSF of the page, or the wall's + ahead.  Whoever sees the
 * page sees the base that goes with it.
 */
static _Atomic(const struct air_page *) page;
static _Atomic uint64_t base, ahead;

uint64_t
clock_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t
page_ns(const struct air_page *p)
{
	bool stands;

	return air_page_tsf(p, clock_mono_ns() / 1000, &stands) * 1000;
}

/* For a driver the wall's time goes as slowly as it does, so that its time-outs mean the same. */
static uint64_t
wall_ns(void)
{
	return clock_mono_ns() / slow;
}

uint64_t
clock_now_ns(void)
{
	const struct air_page *p = atomic_load_explicit(&page, memory_order_acquire);

	return p != NULL ? base + page_ns(p) : wall_ns() + ahead;
}

uint64_t
hyp_clock_ns(void)
{
	if (rr_replays())
		return rr_look(0);
	return turn_mine() ? rr_look(clock_now_ns()) : clock_now_ns();
}

bool
clock_follows(void)
{
	return atomic_load_explicit(&page, memory_order_relaxed) != NULL;
}

void
clock_use_page(const struct air_page *p)
{
	base = clock_now_ns() - page_ns(p);
	atomic_store_explicit(&page, p, memory_order_release);
}

void
clock_use_wall(void)
{
	ahead = clock_now_ns() - wall_ns();
	atomic_store_explicit(&page, NULL, memory_order_release);
}

uint64_t
clock_wall_from(uint64_t ns)
{
	return ns * slow;
}

uint64_t
clock_to_tsf(uint64_t ns)
{
	return (ns - base + 999) / 1000;
}

void
clock_wall_delay(unsigned us)
{
	uint64_t ns = (uint64_t)us * 1000 * slow, end = clock_mono_ns() + ns;
	struct timespec ts = { .tv_sec = (time_t)(ns / 1000000000),
	    .tv_nsec = (long)(ns % 1000000000) };

	if (us > DELAY_SPIN)
		nanosleep(&ts, NULL);
	while (clock_mono_ns() < end)
		continue;
}

/* Invariant TSC: CPUID 80000007h EDX bit 8 (Intel SDM vol. 3, 18.17.1). */
static bool
tsc_is_invariant(void)
{
#if defined(__x86_64__)
	unsigned a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8)) != 0;
#else
	return false;
#endif
}

void
clock_init(void)
{
	clock_tsc_ = tsc_is_invariant();
	slow = memcheck_slow();
	start_ns = clock_mono_ns();
	start_ticks = clock_ticks();
}

uint64_t
clock_run_ns(void)
{
	return clock_mono_ns() - start_ns;
}

/* The best of some tries: this thread may lose the processor between the two clocks. */
void
clock_rate(struct clock_rate *r)
{
	uint64_t before, ns, after, best = UINT64_MAX;
	int i;

	for (i = 0; i < RATE_TRIES; i++) {
		before = clock_ticks();
		ns = clock_run_ns();
		after = clock_ticks();
		if (after - before >= best)
			continue;
		best = after - before;
		*r = (struct clock_rate){ ns, before + best / 2 - start_ticks };
	}
}

uint64_t
clock_rate_ns(const struct clock_rate *r, uint64_t ticks)
{
	if (!clock_tsc_)
		return ticks - start_ns;
	if (r->ticks == 0 || ticks < start_ticks)
		return 0;
	return (uint64_t)((double)(ticks - start_ticks) * ((double)r->ns / (double)r->ticks));
}

uint64_t
clock_ticks_to_run_ns(uint64_t ticks)
{
	struct clock_rate r = { 0, 0 };

	clock_rate(&r);
	return clock_rate_ns(&r, ticks);
}
