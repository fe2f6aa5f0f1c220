/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock_int.h - what the files of the clock share: clock.c (time), clock_wait.c (who is at work
 * and what the others wait for), clock_follow.c (telling a simulated air's hub of that).
 */
#ifndef HARNESS_CLOCK_INT_H
#define HARNESS_CLOCK_INT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "vfio/air_clock.h"

/* Guards all of it; a leaf: nothing else is locked, and nobody called, with it held. */
extern pthread_mutex_t clock_lock_;

/* ---- clock.c: hyp_clock_ns() goes on without a jump in both; with the lock ---- */

/* What hyp_clock_ns() is, whatever a recording says. */
uint64_t clock_now_ns(void);
/* By the air's clock; the page is never unmapped. */
void	clock_use_page(const struct air_page *);
/* By CLOCK_MONOTONIC. */
void	clock_use_wall(void);
/* How long the wall's clock takes for so many ns of hyp_clock_ns(), while that goes by it. */
uint64_t clock_wall_from(uint64_t ns);
/* The first TSF at which hyp_clock_ns() is `ns` or later; while the page is in use. */
uint64_t clock_to_tsf(uint64_t ns);

/* ---- clock_wait.c; with the lock ---- */

/* What the hub may know of us. */
struct clock_claim {
	enum { CLAIM_BUSY, CLAIM_IDLE, CLAIM_WALL } kind;
	uint64_t	until;		/* IDLE: ns, or UINT64_MAX: for ever */
};
struct clock_claim clock_claim(void);
/* Time has come or jumped: who waited for it is at work. */
void	clock_due(void);
/* The pace has changed: all who wait look at the clock again. */
void	clock_look(void);

/* ---- clock_follow.c; with the lock ---- */

/* The claim may have changed: tell the hub. */
void	follow_tell(void);
/*
 * Something came from outside, and we have to be at work: give the lock up until time does not
 * jump any more.
 */
void	follow_ask(void);
/*
 * How many ns of the wall to wait for `deadline` before looking again.  Sees to it that a hub
 * which has stopped does not stop us.
 */
uint64_t follow_patience(uint64_t deadline);

#endif /* HARNESS_CLOCK_INT_H */
