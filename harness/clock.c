/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time; see clock.h.  The TSC's rate is not asked for but measured: between clock_init() and
 * the conversion, which is exact enough for a trace as soon as that is a few milliseconds.
 */
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "harness/clock.h"
#include "harness/hypercall.h"

bool clock_tsc_;

static uint64_t start_ns, start_ticks;

uint64_t
clock_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t
hyp_clock_ns(void)
{
	return clock_mono_ns();
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
	start_ns = clock_mono_ns();
	start_ticks = clock_ticks();
}

uint64_t
clock_run_ns(void)
{
	return clock_mono_ns() - start_ns;
}

uint64_t
clock_ticks_to_run_ns(uint64_t ticks)
{
	uint64_t now_ns, now_ticks;

	if (!clock_tsc_)
		return ticks - start_ns;
	now_ns = clock_run_ns();
	now_ticks = clock_ticks() - start_ticks;
	if (now_ticks == 0 || ticks < start_ticks)
		return 0;
	return (uint64_t)((double)(ticks - start_ticks) * ((double)now_ns / (double)now_ticks));
}
