/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conditions, threads and who is at work; see hypercall.h.
 *
 * A waiter has a pthread condition of its own, under this file's lock, and not the user's
 * mutex: so who wakes it, or time itself, can count it as being at work in the same moment.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/hypercall.h"
#include "harness/rr.h"

enum waiter_state { WAITS, WOKEN, DUE };

struct hyp_waiter {
	struct hyp_waiter *next;	/* of the same condition */
	LIST_ENTRY(hyp_waiter) all;
	pthread_cond_t	 cv;
	uint64_t	 deadline;	/* 0: none */
	enum waiter_state state;
	bool		 counted;	/* its thread counts, so it is at work when woken */
	bool		 delay;		/* time may pass for it whatever others do */
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
	follow_tell();
}

static void
end_work(void)
{
	at_work--;
	follow_tell();
}

/* A delay lets time pass up to its end even when others are at work. */
struct clock_claim
clock_claim(void)
{
	struct clock_claim c = { at_work == 0 ? CLAIM_IDLE : CLAIM_BUSY, UINT64_MAX };
	const struct hyp_waiter *w;

	if (pins != 0)
		return (struct clock_claim){ .kind = CLAIM_WALL };
	LIST_FOREACH(w, &waiters, all)
		if (w->state == WAITS && w->deadline != 0 && w->deadline < c.until &&
		    (at_work == 0 || w->delay)) {
			c.kind = CLAIM_IDLE;
			c.until = w->deadline;
		}
	return c;
}

void
hyp_clock_enter(void)
{
	if (depth++ != 0)
		return;
	busy_outside();			/* the hub answers when it likes to */
	pthread_mutex_lock(&clock_lock_);
	at_work++;
	follow_ask();
	pthread_mutex_unlock(&clock_lock_);
	busy_inside();
	turn_take();
}

void
clock_interrupted(void)
{
	if (depth++ != 0)
		return;
	pthread_mutex_lock(&clock_lock_);
	begin_work(1);
	pthread_mutex_unlock(&clock_lock_);
	turn_take();
}

void
hyp_clock_leave(void)
{
	if (--depth != 0)
		return;
	turn_give();
	pthread_mutex_lock(&clock_lock_);
	end_work();
	pthread_mutex_unlock(&clock_lock_);
}

void
hyp_clock_pin(void)
{
	hyp_clock_enter();
	pthread_mutex_lock(&clock_lock_);
	pins++;
	follow_tell();
	pthread_mutex_unlock(&clock_lock_);
	hyp_clock_leave();
}

void
hyp_clock_unpin(void)
{
	pthread_mutex_lock(&clock_lock_);
	pins--;
	follow_tell();
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
}

static void
wait_a_while(struct hyp_waiter *w)
{
	struct timespec ts;
	uint64_t until;

	if (w->deadline == 0) {
		pthread_cond_wait(&w->cv, &clock_lock_);
		return;
	}
	until = clock_mono_ns() + follow_patience(w->deadline);
	ts.tv_sec = (time_t)(until / 1000000000);
	ts.tv_nsec = (long)(until % 1000000000);
	pthread_cond_timedwait(&w->cv, &clock_lock_, &ts);
}

/* With the lock: from at work to at work again, or woken. */
static void
rest(struct hyp_waiter *w, pthread_mutex_t *m)
{
	LIST_INSERT_HEAD(&waiters, w, all);
	at_work -= w->counted;
	follow_tell();
	if (m != NULL)
		hyp_unlock(m);
	turn_give();
	if (w->deadline != 0)
		busy_outside();		/* for a time only, whoever it waits for */
	while (w->state == WAITS && (w->deadline == 0 || clock_now_ns() < w->deadline))
		wait_a_while(w);
	if (w->deadline != 0)
		busy_inside();
	LIST_REMOVE(w, all);
	if (w->state == WAITS)
		at_work += w->counted;
	follow_tell();
}

/* Until woken or due; another thread's turn may come meanwhile. */
static int
wait_for(struct hyp_cond *c, pthread_mutex_t *m, uint64_t deadline)
{
	struct hyp_waiter w;

	waiter_init(&w, deadline);
	pthread_mutex_lock(&clock_lock_);
	w.next = c->first;
	c->first = &w;
	rest(&w, m);
	unlink_waiter(c, &w);
	pthread_mutex_unlock(&clock_lock_);
	pthread_cond_destroy(&w.cv);
	turn_take();
	return w.state == WOKEN ? 0 : ETIMEDOUT;
}

/*
 * Replaying, the recording says when the wait is over.  What comes next in it and is no turn was
 * before the wait: nothing but turns comes between its begin and end.
 */
static int
cond_wait(struct hyp_cond *c, pthread_mutex_t *m, uint64_t deadline, const char *name)
{
	int error = 0;

	if (rr_replays() && turn_mine()) {
		hyp_unlock(m);
		(void)rr_next_is(RR_TURN);
		turn_give();
		turn_take();
	} else
		error = wait_for(c, m, deadline);
	if (name != NULL)
		hyp_lock_as(m, name);
	else
		pthread_mutex_lock(m);
	if (turn_mine()) {
		rr_call(RR_WAITED, 0);
		error = (int)rr_result((uint64_t)error);
		rr_done();
	}
	return error;
}

int
hyp_cond_wait(struct hyp_cond *c, pthread_mutex_t *m, uint64_t deadline)
{
	return cond_wait(c, m, deadline, busy_held_name(m, "a mutex"));
}

int
clock_cond_wait(struct hyp_cond *c, pthread_mutex_t *m, uint64_t deadline)
{
	return cond_wait(c, m, deadline, NULL);
}

static void
to_work(struct hyp_waiter *w, enum waiter_state why)
{
	if (w->state == WAITS)
		at_work += w->counted;
	w->state = why;
	pthread_cond_signal(&w->cv);
}

void
hyp_cond_wake(struct hyp_cond *c)
{
	bool outside = depth == 0;
	struct hyp_waiter *w;

	if (rr_replays())
		return;
	if (outside)
		hyp_clock_enter();
	pthread_mutex_lock(&clock_lock_);
	for (w = c->first; w != NULL; w = w->next)
		to_work(w, WOKEN);
	follow_tell();
	pthread_mutex_unlock(&clock_lock_);
	if (outside)
		hyp_clock_leave();
}

void
clock_due(void)
{
	uint64_t now = clock_now_ns();
	struct hyp_waiter *w;

	LIST_FOREACH(w, &waiters, all)
		if (w->state == WAITS && w->deadline != 0 && w->deadline <= now)
			to_work(w, DUE);
}

void
clock_look(void)
{
	struct hyp_waiter *w;

	LIST_FOREACH(w, &waiters, all)
		pthread_cond_signal(&w->cv);
}

/* In the wall's time, or in none. */
static void
delay_alone(unsigned us)
{
	turn_give();
	if (!rr_replays())
		clock_wall_delay(us);
	turn_take();
}

static void
delay_among_others(unsigned us)
{
	struct hyp_waiter w;

	waiter_init(&w, clock_now_ns() + (uint64_t)us * 1000);
	w.delay = true;
	pthread_mutex_lock(&clock_lock_);
	rest(&w, NULL);
	pthread_mutex_unlock(&clock_lock_);
	pthread_cond_destroy(&w.cv);
	turn_take();
}

void
hyp_clock_delay(unsigned us)
{
	busy_delay(us);
	if (rr_replays() && turn_mine() && rr_delayed())
		return;			/* nobody else came meanwhile */
	if (clock_follows())
		delay_among_others(us);
	else
		delay_alone(us);
	if (turn_mine())
		(void)rr_delayed();
}

/* ---- mutexes ---- */

void
hyp_lock_as(pthread_mutex_t *m, const char *name)
{
	hyp_order(m, name);
	if (pthread_mutex_trylock(m) != 0) {
		hyp_await(m, name);
		if (rr_mode == RR_OFF)
			pthread_mutex_lock(m);
		else
			turn_lock(m);
		hyp_awaited();
	}
	hyp_hold(m, name);
}

int
hyp_trylock_as(pthread_mutex_t *m, const char *name)
{
	if (pthread_mutex_trylock(m) != 0)
		return 0;
	hyp_hold(m, name);
	return 1;
}

void
hyp_unlock(pthread_mutex_t *m)
{
	hyp_release(m);
	pthread_mutex_unlock(m);
	if (rr_mode != RR_OFF)
		turn_unlocked();
}

void
hyp_yield(void)
{
	if (turn_mine())
		rr_chance();
}

/* ---- threads ---- */

struct start {
	const char	*name;
	void		*(*fn)(void *);
	void		*arg;
	uint32_t	 turn;		/* its number; 0: no turns are taken */
};

/* "the end of worker": a thing that a thread has all its life.  The strings live on. */
static const char *
end_of(const char *name)
{
	static char known[16][40];
	char text[sizeof(known[0])];
	unsigned i;

	snprintf(text, sizeof(text), "the end of %s", name);
	pthread_mutex_lock(&clock_lock_);
	for (i = 0; i < 15 && known[i][0] != '\0' && strcmp(known[i], text) != 0; i++)
		continue;
	if (known[i][0] == '\0')
		snprintf(known[i], sizeof(known[i]), "%s", i < 15 ? text : "the end of a thread");
	pthread_mutex_unlock(&clock_lock_);
	return known[i];
}

static void *
thread_main(void *arg)
{
	struct start s = *(struct start *)arg;
	void *result;

	free(arg);
	pthread_setname_np(pthread_self(), s.name);
	depth = 1;		/* who started us has counted us already */
	turn_begin(s.turn);
	turn_take();
	hyp_role((const void *)(uintptr_t)pthread_self(), end_of(s.name));
	result = s.fn(s.arg);
	hyp_release((const void *)(uintptr_t)pthread_self());
	hyp_clock_leave();
	if (s.turn != 0)
		turn_end();
	return result;
}

int
hyp_thread_start(pthread_t *thread, const char *name, void *(*fn)(void *), void *arg)
{
	struct start *s = malloc(sizeof(*s));
	int error;

	if (s == NULL)
		return ENOMEM;
	*s = (struct start){ name, fn, arg, rr_mode != RR_OFF ? turn_new_thread() : 0 };
	pthread_mutex_lock(&clock_lock_);
	begin_work(1);
	pthread_mutex_unlock(&clock_lock_);
	error = pthread_create(thread, NULL, thread_main, s);
	if (error == 0)
		return 0;
	pthread_mutex_lock(&clock_lock_);
	end_work();
	pthread_mutex_unlock(&clock_lock_);
	if (s->turn != 0)
		turn_end();
	free(s);
	return error;
}

/* A replay waits for the turn first: by then the other's last one is over. */
void
hyp_thread_join(pthread_t thread)
{
	const char *name = busy_name((const void *)(uintptr_t)thread, "the end of a thread");

	turn_give();
	if (rr_replays())
		turn_take();
	hyp_order((const void *)(uintptr_t)thread, name);
	hyp_await((const void *)(uintptr_t)thread, name);
	turn_join(thread);
	hyp_awaited();
	if (!rr_replays())
		turn_take();
}
