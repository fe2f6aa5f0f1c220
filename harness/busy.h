/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busy.h - what each thread is doing: the calls of the driver that it is in, what it has, what it
 * waits for.  For the watchdog (hang.h) and its report.
 *
 *	hyp_call_begin("BH", edu_bh);		the driver's function is called
 *	hyp_hold(&sc->mtx, "the lock");	it has the lock
 *	hyp_await(in, "the interrupt handler", 0);	somebody else has that: wait
 *	...
 *	hyp_awaited();
 *	hyp_release(&sc->mtx);
 *	hyp_call_end();
 *
 * Each thread writes a record of its own, some nanoseconds each, without a lock.  Others read it
 * while it is written: every word by itself is right, and serial numbers tell whether two looks
 * saw the same thing.  What can be held and waited for is a `thing`: an address and a static name.
 */
#ifndef HARNESS_BUSY_H
#define HARNESS_BUSY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "harness/backtrace.h"

#define BUSY_THREADS	64
#define BUSY_PCS	10
#define BUSY_HOLDS	6
#define BUSY_CALLS	4

/* Where, by return addresses, innermost first. */
struct busy_place {
	_Atomic unsigned	 n;
	_Atomic uintptr_t	 pc[BUSY_PCS];
};

struct busy_held {
	_Atomic(const void *)	 thing;
	_Atomic(const char *)	 name;
	_Atomic uint64_t	 since;		/* ticks */
	_Atomic bool		 role;
	struct busy_place	 place;
};

struct busy_call {
	_Atomic(const char *)	 context;	/* "BH" */
	_Atomic(const void *)	 fn;		/* the driver's function, or NULL */
};

/* One thread. */
struct busy {
	_Atomic int		 tid;		/* 0: unused */
	char			 name[16];	/* with the list's lock, as tid and cpu */
	clockid_t		 cpu;

	_Atomic unsigned	 ncalls;
	_Atomic uint64_t	 call_serial;	/* of the outermost call; moves with each */
	_Atomic uint64_t	 call_since;	/* ticks */
	struct busy_call	 call[BUSY_CALLS];

	_Atomic uint64_t	 delayed_us;	/* that were asked for in this call */
	_Atomic uint64_t	 wakes;		/* waits that somebody ended */
	_Atomic unsigned	 outside;	/* at the host's, who may take his time */

	/* What it waits for; the serial is odd then. */
	_Atomic uint64_t	 wait_serial;
	_Atomic(const void *)	 wait_thing;
	_Atomic(const char *)	 wait_name;
	_Atomic uint64_t	 wait_since;	/* ticks */
	_Atomic uint64_t	 wait_since_ns;	/* of the driver's clock */
	_Atomic uint64_t	 wait_from;	/* ticks: what comes from here on may wake it */
	_Atomic bool		 wait_event;	/* not for who has it: for a wake-up */
	struct busy_place	 wait_place;

	/* Wake-ups that it waited for in vain, one after the other in this call. */
	_Atomic uint64_t	 vain_ns;	/* of the driver's clock */
	_Atomic unsigned	 vain;		/* how many */
	_Atomic uint64_t	 vain_since;	/* ticks, when the first began */
	_Atomic uint64_t	 vain_at;	/* the same, when the last was over */
	_Atomic(const void *)	 vain_thing;
	struct busy_place	 vain_place;	/* of the last */

	_Atomic unsigned	 nheld;
	struct busy_held	 held[BUSY_HOLDS];
};

/* ---- this thread; the rest is in hypercall.h ---- */

/* It is in no call of the driver's any more. */
void	busy_end_all(void);
/* This thread's, or NULL. */
struct busy *busy_self(void);
/* The name by which it has the thing, or `otherwise`. */
const char *busy_held_name(const void *thing, const char *otherwise);
/* A delay that the driver asked for. */
void	busy_delay(unsigned us);
/* What happens between is the host's (a disk, a pipe that nobody reads).  Calls nest. */
void	busy_outside(void);
void	busy_inside(void);

/* ---- all threads ---- */

/* fn for each thread that there is; none ends meanwhile. */
void	busy_each(void (*fn)(void *arg, unsigned slot, struct busy *), void *arg);
/* Who has the thing, or NULL; and what he calls it. */
struct busy *busy_holder(const void *thing);
const char *busy_name(const void *thing, const char *otherwise);
static inline bool
busy_waits(const struct busy *b)
{
	return (atomic_load_explicit(&b->wait_serial, memory_order_acquire) & 1) != 0;
}

/* The last wake-up of a thing; false: there was none, or it is long ago. */
struct busy_wake {
	_Atomic(const void *)	 thing;
	_Atomic uint64_t	 count;
	_Atomic uint64_t	 at;		/* ticks */
	_Atomic(const char *)	 context;
	struct busy_place	 place;
};
const struct busy_wake *busy_last_wake(const void *thing);

/* As a backtrace, for its lines. */
void	busy_backtrace(const struct busy_place *, struct backtrace *);

#endif /* HARNESS_BUSY_H */
