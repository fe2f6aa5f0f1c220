/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - time, and the harness's own end of it; what personalities see is in hypercall.h.
 *
 * A tick is the cheapest thing that can be read: the TSC where it is constant, else
 * CLOCK_MONOTONIC.  Only the trace keeps ticks; everything else is nanoseconds.
 */
#ifndef HARNESS_CLOCK_H
#define HARNESS_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

extern bool clock_tsc_;		/* set by clock_init() before there are threads */

/* CLOCK_MONOTONIC in nanoseconds. */
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

/* Nanoseconds of the wall since clock_init(); the time of events, traces and time-outs. */
uint64_t clock_run_ns(void);

/* The run time at which clock_ticks() had this value.  Async-signal-safe. */
uint64_t clock_ticks_to_run_ns(uint64_t ticks);

/*
 * The same for many, which keep their order and distances: by one measurement of how fast
 * ticks go, taken not before the last of them.
 */
struct clock_rate {
	uint64_t	ns, ticks;	/* since clock_init() */
};
void	clock_rate(struct clock_rate *);
uint64_t clock_rate_ns(const struct clock_rate *, uint64_t ticks);

struct hyp_cond;
/* hyp_cond_wait() with a mutex that nobody holds for longer than a moment. */
int	clock_cond_wait(struct hyp_cond *, pthread_mutex_t *, uint64_t deadline);

/* hyp_clock_delay() by the wall's clock. */
void	clock_wall_delay(unsigned us);

/*
 * hyp_clock_enter() because of the device, which waits for us: time does not jump, and
 * nobody need be asked.
 */
void	clock_interrupted(void);

/*
 * hyp_clock_ns() follows the clock of a simulated air from here on, if the hub shows it; fd:
 * from vfio_take_clock(), now ours.  In a thread that counts.  Why not is logged.
 */
void	clock_follow(int fd);
/* No more.  Harmless when it does not. */
void	clock_unfollow(void);
/* Does it? */
bool	clock_follows(void);

#endif /* HARNESS_CLOCK_H */
