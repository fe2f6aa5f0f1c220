/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - time.
 *
 * A tick is the cheapest thing that can be read: the TSC where it is constant, else
 * CLOCK_MONOTONIC.  Only the trace keeps ticks; everything else is nanoseconds.
 */
#ifndef HARNESS_CLOCK_H
#define HARNESS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

extern bool clock_tsc_;		/* set by clock_init() before there are threads */

uint64_t clock_mono_ns(void);

static inline uint64_t
clock_ticks(void)
{
#if defined(__x86_64__)
	if (clock_tsc_)
		return __rdtsc();
#endif
	return clock_mono_ns();
}

/* First thing in main(): its moment is time 0. */
void	clock_init(void);

/* Nanoseconds since clock_init(). */
uint64_t clock_run_ns(void);

/* The run time at which clock_ticks() had this value.  Async-signal-safe. */
uint64_t clock_ticks_to_run_ns(uint64_t ticks);

#endif /* HARNESS_CLOCK_H */
