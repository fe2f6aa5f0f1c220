/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inproc_clock.c - time and turns in one process, in place of harness/clock_follow.c: where that
 * tells an air's hub that nobody here is at work, this gives the card its turn, and lets time jump
 * when the card has nothing to do.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/hypercall.h"
#include "harness/threads.h"
#include "tests/fuzz/inproc.h"
#include "tests/fuzz/inproc_int.h"

#define LOOK_S		1		/* how often it is looked whether somebody hangs */
#define MOST_CPU_NS	UINT64_C(5000000000)	/* a run takes a thousandth of it */

/* Time stands still unless we move it. */
static struct air_page page = { .magic = AIR_PAGE_MAGIC, .version = AIR_PAGE_VERSION, .now = 1 };

/* All with clock_lock_, but `interrupt`, which is the card's. */
static struct {
	const struct inproc_card *card;
	pthread_t	 thread;
	bool		 started, on;
	bool		 idle;		/* nobody is at work ... */
	uint64_t	 until;		/* ... before this (ns) */
	pthread_cond_t	 rest;		/* for the card's thread */
	bool		 interrupt;
	uint64_t	 cpu;		/* of the process, when the run began */
} T = { .rest = PTHREAD_COND_INITIALIZER };

/* ---- for harness/clock_wait.c, with the lock ---- */

void
follow_tell(void)
{
	struct clock_claim c = clock_claim();

	T.idle = c.kind == CLAIM_IDLE;
	T.until = c.until;
	if (T.idle && T.on)
		pthread_cond_signal(&T.rest);
}

void
follow_ask(void)
{
	follow_tell();
}

/* Nobody need look at the clock: who is due is woken. */
uint64_t
follow_patience(uint64_t deadline)
{
	(void)deadline;
	return UINT64_C(3600000000000);
}

void
clock_follow(int fd)
{
	(void)close(fd);
}

void
clock_unfollow(void)
{
}

/* ---- time ---- */

static void
jump(uint64_t tsf)
{
	if (tsf > page.now >> 1)
		__atomic_store_n(&page.now, air_page_word(true, tsf), __ATOMIC_RELEASE);
	clock_due();
}

/* In place of the real one: the time that a processor takes is nobody else's. */
void	__wrap_hyp_clock_delay(unsigned us);

void
__wrap_hyp_clock_delay(unsigned us)
{
	pthread_mutex_lock(&clock_lock_);
	jump((page.now >> 1) + us);
	follow_tell();
	pthread_mutex_unlock(&clock_lock_);
}

void
inproc_time(unsigned ms)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct hyp_cond never;
	uint64_t until = hyp_clock_ns() + ms * UINT64_C(1000000);

	pthread_mutex_lock(&mutex);
	while (hyp_cond_wait(&never, &mutex, until) != ETIMEDOUT)
		continue;
	pthread_mutex_unlock(&mutex);
}

/* ---- turns ---- */

void
inproc_interrupt(void)
{
	T.interrupt = true;
}

/* With the lock.  Nobody is idle until the interrupt's thread has been at work, and says so. */
static void
raise_interrupt(void)
{
	uint64_t one = 1;

	T.interrupt = false;
	if (inproc_vector() < 0)
		return;
	T.idle = false;
	if (write(inproc_vector(), &one, sizeof(one)) != sizeof(one))
		inproc_found("an eventfd cannot be written");
}

/* With the lock: nobody is at work. */
static void
take_turn(void)
{
	bool did;

	pthread_mutex_unlock(&clock_lock_);
	did = T.card->turn();
	pthread_mutex_lock(&clock_lock_);
	if (T.interrupt)
		raise_interrupt();
	else if (!did && T.until == UINT64_MAX)
		inproc_found("everybody waits, and nobody for a time");
	else if (!did) {
		T.idle = false;
		jump(clock_to_tsf(T.until));
		follow_tell();
	}
}

/* ---- who never waits ---- */

static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
tell_stack(void *arg, const char *name, int tid, const struct backtrace *bt)
{
	static bt_line lines[BT_LINES];
	unsigned i, n = bt != NULL ? bt_lines(bt, lines, BT_LINES) : 0;

	(void)arg;
	fprintf(stderr, "thread %s (%d)\n", name, tid);
	for (i = 0; i < n; i++)
		fprintf(stderr, "    %s\n", lines[i]);
}

/* With the lock: by the processor's time, so that a busy machine is no hang. */
static void
look_for_hang(void)
{
	if (!T.on || cpu_ns() - T.cpu < MOST_CPU_NS)
		return;
	pthread_mutex_unlock(&clock_lock_);
	threads_each(tell_stack, NULL);
	inproc_found("hang: a thread does not come to a wait in %u s of the processor's time",
	    (unsigned)(MOST_CPU_NS / 1000000000));
}

/* With the lock. */
static void
rest(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += LOOK_S;
	if (pthread_cond_timedwait(&T.rest, &clock_lock_, &ts) == ETIMEDOUT)
		look_for_hang();
}

static void *
turns(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&clock_lock_);
	for (;;)
		if (T.on && T.idle)
			take_turn();
		else
			rest();
	return NULL;
}

void
inproc_clock_begin(const struct inproc_card *card)
{
	if (!T.started) {
		clock_init();
		bt_init();
		threads_init();
		hyp_clock_enter();	/* the caller's thread is at work, between runs too */
		pthread_mutex_lock(&clock_lock_);
		clock_use_page(&page);
		pthread_mutex_unlock(&clock_lock_);
		if (pthread_create(&T.thread, NULL, turns, NULL) != 0)
			inproc_found("no thread for the card");
		T.started = true;
	}
	pthread_mutex_lock(&clock_lock_);
	T.card = card;
	T.interrupt = false;
	T.cpu = cpu_ns();
	T.on = true;
	pthread_mutex_unlock(&clock_lock_);
}

void
inproc_clock_end(void)
{
	pthread_mutex_lock(&clock_lock_);
	T.on = false;
	pthread_mutex_unlock(&clock_lock_);
}
