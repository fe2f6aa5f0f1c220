/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * turn.h - one thread of the driver's at a time, in an order that can be had again.
 *
 * Only while a run is recorded or replayed.  The threads that count for the clock (hypercall.h)
 * take turns: one has the turn from hyp_clock_enter() until it waits, delays, joins another
 * thread or leaves, and what the driver and the personality do then, they do alone.  A recording
 * says who had each turn; a replay gives the turns by it.  So all that depends on the order of
 * threads - who gets a lock first, what a condition's waiter sees - is the same again, and none
 * of it need be recorded.
 *
 * While recording, turns go first come, first served.  Threads that are not ours (the main
 * thread, a control client's) take turns as well when they come in by hyp_clock_enter().
 */
#ifndef HARNESS_TURN_H
#define HARNESS_TURN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Is this thread's turn?  False also when no turns are taken. */
extern _Thread_local bool turn_mine_;
static inline bool
turn_mine(void)
{
	return __builtin_expect(turn_mine_, 0);
}

/*
 * Wait for a turn, and end it.  Harmless when no turns are taken.  give may be followed by
 * another take at once.
 */
void	turn_take(void);
void	turn_give(void);
/* Recording: do others wait, and has this turn lasted?  If so, the same. */
bool	turn_wanted(void);
void	turn_offer(void);

/* A thread is about to be started: its number. */
uint32_t turn_new_thread(void);
/* In that thread, first; and its last turn has been given. */
void	turn_begin(uint32_t thread);
void	turn_end(void);

/* With the turn, which goes on after it: a mutex that others may hold over their turns. */
void	turn_lock(pthread_mutex_t *);
/* One was unlocked. */
void	turn_unlocked(void);

/*
 * pthread_join(), in a replay with the turn: a thread that waits for a turn of its own does not end,
 * and that is a divergence.
 */
void	turn_join(pthread_t);

/* Take no more turns: everybody runs free.  The driver did not give the turn back. */
void	turn_abandon(void);

/*
 * Replaying: how a thread is started that does what one did which was not ours; and the first
 * turn is looked up.
 */
void	turn_outside(void (*fn)(uint32_t thread));

#endif /* HARNESS_TURN_H */
