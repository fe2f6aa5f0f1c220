/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads.h - threads and time of the small kernels that have threads.
 *
 * They are threads of the process, of which one runs at a time, until it sleeps: then the others,
 * then k_event(), and when nobody can go on, time passes until somebody can.
 */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct k_thread {
	TAILQ_ENTRY(k_thread) link;
	const char	*name;
	pthread_t	 pthread;
	pthread_cond_t	 turn;
	void		(*fn)(void *);
	void		*arg;
	bool		 interrupt;		/* not a thread: must not sleep */
	bool		 ready, done, timed_out;
	const void	*chan;
	uint64_t	 until;			/* 0: no limit */
	int		 nlocks;		/* mutexes it has: with any it must not sleep */
};
extern struct k_thread *k_self;			/* the one that runs */
extern uint64_t	 k_now;				/* in the system's unit; never 0 */

/* Begin a thread, whose `fn` has to end in k_thread_exit(). */
struct k_thread *k_thread_start(const char *name, void (*fn)(void *), void *arg);
_Noreturn void k_thread_exit(void);		/* wakes those that sleep on the thread */
void	k_thread_free(struct k_thread *);	/* one that is `done` */

/* Until somebody wakes `chan`, or `until` if that is not 0; false: the time is over. */
bool	k_sleep(const void *chan, uint64_t until);
void	k_wakeup(const void *chan);
void	k_yield(void);				/* as when another thread gets the processor */
void	k_run(void);				/* let the others run until all sleep; no time passes */

/* Call `fn` as what is not the current thread: an interrupt, another processor. */
void	k_in_interrupt(const char *name, void (*fn)(void *), void *arg);
void	k_in_event(void);			/* k_event(), if there is one */
/* In the middle of a callout's expiry: what another processor does meanwhile, once. */
extern void (*k_race)(void);
void	k_in_race(void);

/* ---- what the system tells ---- */

extern const uint64_t k_second;			/* in its unit of time */
uint64_t k_callout_next(void);			/* when the first is due; UINT64_MAX: there is none */
void	k_callout_expire(void);			/* that one */

#endif /* THREADS_H */
