/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns; see turn.h.  Its lock is a leaf: nothing else is locked with it held. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/queue.h>
#include <time.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/rr.h"
#include "harness/turn.h"

#define OFFER_NS	UINT64_C(1000000)	/* a turn has lasted */
#define PATIENCE_S	10		/* of who is not ours, for the driver to end its turn */

struct waiter {
	TAILQ_ENTRY(waiter) link;
	uint32_t	 thread;
	pthread_t	 self;
	pthread_cond_t	 cv;
	bool		 granted;
};

static struct {
	pthread_mutex_t	 lock;
	TAILQ_HEAD(, waiter) queue;	/* recording: first come, first served */
	_Atomic unsigned nqueue;
	bool		 busy;		/* somebody has the turn */
	_Atomic bool	 abandoned;
	uint64_t	 since;		/* recording: the turn's begin; its owner's */
	uint32_t	 last;		/* recording: who had the last turn; its owner's */
	uint32_t	 next;		/* replaying: whose turn it is, or will be */
	uint32_t	 threads, outsiders;	/* numbers given */
	unsigned	 alive, alive_outside;	/* that have one, and have not ended */
	bool		 joins;		/* replaying: who has the turn waits for the end of this */
	pthread_t	 joined;
	pthread_cond_t	 unlocked;	/* a mutex was: the generation is another */
	uint64_t	 generation;
	void		(*outside)(uint32_t thread);
} T = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .unlocked = PTHREAD_COND_INITIALIZER,
	.queue = TAILQ_HEAD_INITIALIZER(T.queue),
};

_Thread_local bool turn_mine_;
static _Thread_local uint32_t me;	/* this thread's number; 0: none yet */

uint32_t
turn_new_thread(void)
{
	uint32_t n;

	pthread_mutex_lock(&T.lock);
	n = ++T.threads;
	T.alive++;
	pthread_mutex_unlock(&T.lock);
	return n;
}

void
turn_begin(uint32_t thread)
{
	me = thread;
	if (thread < RR_OUTSIDER)
		return;
	pthread_mutex_lock(&T.lock);
	T.alive_outside++;
	pthread_mutex_unlock(&T.lock);
}

/*
 * Replaying, with the lock: who has the turn waits for the end of a thread, whose last turn is over
 * if all is as recorded.  If it waits for one, neither goes on.
 */
static void
check_joined(void)
{
	const struct waiter *w;

	TAILQ_FOREACH(w, &T.queue, link)
		if (pthread_equal(w->self, T.joined)) {
			pthread_mutex_unlock(&T.lock);
			rr_diverged("waits for the end of a thread that is to go on first");
		}
}

/* Replaying, with the lock: if all wait, and not for the one whose turn it is, that is the end. */
static void
check_stuck(void)
{
	const struct waiter *w;
	unsigned ours = 0;

	if (T.joins)
		check_joined();
	if (T.busy || T.alive == 0)
		return;
	TAILQ_FOREACH(w, &T.queue, link) {
		if (w->thread == T.next)
			return;
		ours += w->thread < RR_OUTSIDER;
	}
	if (ours < T.alive || T.next >= RR_OUTSIDER)
		return;
	pthread_mutex_unlock(&T.lock);
	rr_stuck(T.next);
}

/* With the lock; a waiter is the next one to go on. */
static void
grant(struct waiter *w)
{
	TAILQ_REMOVE(&T.queue, w, link);
	T.nqueue--;
	T.busy = true;
	w->granted = true;
	pthread_cond_signal(&w->cv);
}

/* With the lock: who may go on now, if anybody. */
static void
pass_on(void)
{
	struct waiter *w;

	TAILQ_FOREACH(w, &T.queue, link)
		if (rr_mode == RR_RECORD || w->thread == T.next) {
			grant(w);
			return;
		}
}

/* Replaying, with the lock: the turn goes to whom the recording says, or stays. */
static uint32_t
go_on(void)
{
	uint32_t newcomer = 0, thread;

	if (rr_get_turn(&thread)) {
		T.next = thread;
		if (thread >= RR_OUTSIDER + T.outsiders) {
			newcomer = thread;
			T.outsiders = thread - RR_OUTSIDER + 1;
		}
	}
	return newcomer;
}

void
turn_end(void)
{
	pthread_mutex_lock(&T.lock);
	T.alive--;
	if (rr_mode == RR_REPLAY && T.next == me && !T.busy) {
		rr_pass_looks();
		(void)go_on();
		pass_on();
	}
	if (rr_mode == RR_REPLAY)
		check_stuck();
	pthread_mutex_unlock(&T.lock);
}

/* With the lock; false: not within the patience of one that is not ours. */
static bool
queue_up(void)
{
	struct waiter w = { .thread = me, .self = pthread_self() };
	struct timespec ts;
	bool in_time = true;

	pthread_cond_init(&w.cv, NULL);
	TAILQ_INSERT_TAIL(&T.queue, &w, link);
	T.nqueue++;
	if (!T.busy)
		pass_on();
	if (rr_mode == RR_REPLAY)
		check_stuck();
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += PATIENCE_S;
	busy_outside();
	while (!w.granted && !T.abandoned && in_time) {
		if (rr_mode == RR_RECORD && me >= RR_OUTSIDER)
			in_time = pthread_cond_timedwait(&w.cv, &T.lock, &ts) != ETIMEDOUT;
		else
			pthread_cond_wait(&w.cv, &T.lock);
	}
	busy_inside();
	if (!w.granted) {
		TAILQ_REMOVE(&T.queue, &w, link);
		T.nqueue--;
	}
	pthread_cond_destroy(&w.cv);
	return w.granted || T.abandoned;
}

void
turn_take(void)
{
	bool in_time = true;

	if (rr_mode == RR_OFF || turn_mine_ || T.abandoned)
		return;
	if (me == 0 && rr_mode == RR_REPLAY)
		return;			/* not one of those who are recorded */
	pthread_mutex_lock(&T.lock);
	if (me == 0)
		me = RR_OUTSIDER + T.outsiders++;
	if (rr_mode == RR_RECORD && !T.busy && TAILQ_EMPTY(&T.queue))
		T.busy = true;
	else
		in_time = queue_up();
	pthread_mutex_unlock(&T.lock);
	if (!in_time)
		turn_abandon();
	if (T.abandoned)
		return;
	turn_mine_ = true;
	T.since = clock_mono_ns();
	if (rr_mode == RR_RECORD && T.last != me) {
		T.last = me;
		rr_put_turn(me);
	}
}

void
turn_give(void)
{
	uint32_t newcomer = 0;

	if (!turn_mine_)
		return;
	turn_mine_ = false;
	pthread_mutex_lock(&T.lock);
	T.busy = false;
	if (rr_mode == RR_REPLAY)
		newcomer = go_on();
	pass_on();
	pthread_mutex_unlock(&T.lock);
	if (newcomer != 0)
		T.outside(newcomer);
}

bool
turn_wanted(void)
{
	return rr_mode == RR_RECORD && T.nqueue != 0 && clock_mono_ns() - T.since >= OFFER_NS;
}

void
turn_offer(void)
{
	if (!turn_wanted())
		return;
	turn_give();
	turn_take();
}

void
turn_lock(pthread_mutex_t *m)
{
	uint64_t seen;

	while (pthread_mutex_trylock(m) != 0) {
		if (!turn_mine_) {
			pthread_mutex_lock(m);
			return;
		}
		seen = T.generation;	/* changes only in somebody's turn */
		turn_give();
		pthread_mutex_lock(&T.lock);
		while (rr_mode == RR_RECORD && T.generation == seen && !T.abandoned)
			pthread_cond_wait(&T.unlocked, &T.lock);
		pthread_mutex_unlock(&T.lock);
		turn_take();
		if (rr_mode == RR_REPLAY && T.generation == seen)
			rr_diverged("waits for a lock that another thread has");
	}
}

void
turn_unlocked(void)
{
	pthread_mutex_lock(&T.lock);
	T.generation++;
	pthread_cond_broadcast(&T.unlocked);
	pthread_mutex_unlock(&T.lock);
}

void
turn_join(pthread_t thread)
{
	if (rr_mode != RR_REPLAY || !turn_mine_) {
		pthread_join(thread, NULL);
		return;
	}
	pthread_mutex_lock(&T.lock);
	T.joins = true;
	T.joined = thread;
	check_joined();
	pthread_mutex_unlock(&T.lock);
	pthread_join(thread, NULL);
	pthread_mutex_lock(&T.lock);
	T.joins = false;
	pthread_mutex_unlock(&T.lock);
}

void
turn_abandon(void)
{
	struct waiter *w;

	pthread_mutex_lock(&T.lock);
	T.abandoned = true;
	TAILQ_FOREACH(w, &T.queue, link)
		pthread_cond_signal(&w->cv);
	pthread_cond_broadcast(&T.unlocked);
	pthread_mutex_unlock(&T.lock);
	rr_fatal("the driver did not come back from a call");
}

void
turn_outside(void (*fn)(uint32_t thread))
{
	uint32_t newcomer;

	T.outside = fn;
	T.next = 0;
	pthread_mutex_lock(&T.lock);
	newcomer = go_on();
	pthread_mutex_unlock(&T.lock);
	if (newcomer != 0)	/* it asked before the driver's first thread began */
		fn(newcomer);
}
