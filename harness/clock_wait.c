/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conditions, threads and who is at work; see hypercall.h.
 *
 * A waiter has a pthread condition of its own, under this file's lock, and not the user's
 * mutex: so who wakes it, or time itself, can count it as being at work in the same moment.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/hypercall.h"

/* Above this many microseconds the processor is given to others meanwhile. */
#define DELAY_SPIN	50

enum waiter_state { WAITS, WOKEN, DUE };

struct hyp_waiter {
	struct hyp_waiter *next;	/* of the same condition */
	LIST_ENTRY(hyp_waiter) all;
	pthread_cond_t	 cv;
	uint64_t	 deadline;	/* 0: none */
	enum waiter_state state;
	bool		 counted;	/* its thread counts, so it is at work when woken */
};

pthread_mutex_t clock_lock_ = PTHREAD_MUTEX_INITIALIZER;

static LIST_HEAD(, hyp_waiter) waiters = LIST_HEAD_INITIALIZER(waiters);
static unsigned at_work;
static unsigned pins;		/* who live by the wall's clock */
static _Thread_local unsigned depth;	/* of hyp_clock_enter(); above 0: this thread counts */

/* ---- counting; all with the lock ---- */

static void
begin_work(unsigned n)
{
	at_work += n;
}

static void
end_work(void)
{
	at_work--;
}

void
hyp_clock_enter(void)
{
	if (depth++ != 0)
		return;
	pthread_mutex_lock(&clock_lock_);
	begin_work(1);
	pthread_mutex_unlock(&clock_lock_);
}

void
hyp_clock_leave(void)
{
	if (--depth != 0)
		return;
	pthread_mutex_lock(&clock_lock_);
	end_work();
	pthread_mutex_unlock(&clock_lock_);
}

/* ---- waiting ---- */

static void
waiter_init(struct hyp_waiter *w, uint64_t deadline)
{
	pthread_condattr_t attr;

	*w = (struct hyp_waiter){ .deadline = deadline, .counted = depth > 0 };
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->cv, &attr);
	pthread_condattr_destroy(&attr);
}

static void
unlink_waiter(struct hyp_cond *c, struct hyp_waiter *w)
{
	struct hyp_waiter **p = &c->first;

	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	LIST_REMOVE(w, all);
}

static void
wait_a_while(struct hyp_waiter *w)
{
	struct timespec ts = { .tv_sec = (time_t)(w->deadline / 1000000000),
	    .tv_nsec = (long)(w->deadline % 1000000000) };

	if (w->deadline == 0)
		pthread_cond_wait(&w->cv, &clock_lock_);
	else
		pthread_cond_timedwait(&w->cv, &clock_lock_, &ts);
}

int
hyp_cond_wait(struct hyp_cond *c, pthread_mutex_t *m, uint64_t deadline)
{
	struct hyp_waiter w;

	waiter_init(&w, deadline);
	pthread_mutex_lock(&clock_lock_);
	w.next = c->first;
	c->first = &w;
	LIST_INSERT_HEAD(&waiters, &w, all);
	if (w.counted)
		end_work();
	pthread_mutex_unlock(m);
	while (w.state == WAITS && (deadline == 0 || hyp_clock_ns() < deadline))
		wait_a_while(&w);
	unlink_waiter(c, &w);
	if (w.counted && w.state == WAITS)
		begin_work(1);
	pthread_mutex_unlock(&clock_lock_);
	pthread_cond_destroy(&w.cv);
	pthread_mutex_lock(m);
	return w.state == WOKEN ? 0 : ETIMEDOUT;
}

void
hyp_cond_wake(struct hyp_cond *c)
{
	struct hyp_waiter *w;

	pthread_mutex_lock(&clock_lock_);
	for (w = c->first; w != NULL; w = w->next) {
		if (w->state == WAITS)
			begin_work(w->counted);
		w->state = WOKEN;
		pthread_cond_signal(&w->cv);
	}
	pthread_mutex_unlock(&clock_lock_);
}

void
hyp_clock_delay(unsigned us)
{
	uint64_t end = hyp_clock_ns() + (uint64_t)us * 1000;
	struct timespec ts = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L };

	if (us > DELAY_SPIN)
		nanosleep(&ts, NULL);
	while (hyp_clock_ns() < end)
		continue;
}

/* ---- threads ---- */

struct start {
	const char	*name;
	void		*(*fn)(void *);
	void		*arg;
};

static void *
thread_main(void *arg)
{
	struct start s = *(struct start *)arg;
	void *result;

	free(arg);
	pthread_setname_np(pthread_self(), s.name);
	depth = 1;		/* who started us has counted us already */
	result = s.fn(s.arg);
	hyp_clock_leave();
	return result;
}

int
hyp_thread_start(pthread_t *thread, const char *name, void *(*fn)(void *), void *arg)
{
	struct start *s = malloc(sizeof(*s));
	int error;

	if (s == NULL)
		return ENOMEM;
	*s = (struct start){ name, fn, arg };
	pthread_mutex_lock(&clock_lock_);
	begin_work(1);
	pthread_mutex_unlock(&clock_lock_);
	error = pthread_create(thread, NULL, thread_main, s);
	if (error == 0)
		return 0;
	pthread_mutex_lock(&clock_lock_);
	end_work();
	pthread_mutex_unlock(&clock_lock_);
	free(s);
	return error;
}

/* ---- parties of the wall's time ---- */

void
hyp_clock_pin(void)
{
	pthread_mutex_lock(&clock_lock_);
	pins++;
	pthread_mutex_unlock(&clock_lock_);
}

void
hyp_clock_unpin(void)
{
	pthread_mutex_lock(&clock_lock_);
	pins--;
	pthread_mutex_unlock(&clock_lock_);
}
