/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_locks.c - run-fake: locks that are taken twice, in no order, or never given back, and waits
 * for each other.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/fake_personality.h"

static pthread_mutex_t fake_a = PTHREAD_MUTEX_INITIALIZER, fake_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t fake_both;
static char fake_thing_a, fake_thing_b;

static void *
fake_a_then_b(void *arg)
{
	(void)arg;
	hyp_lock(&fake_a);
	hyp_lock(&fake_b);
	hyp_unlock(&fake_b);
	hyp_unlock(&fake_a);
	return NULL;
}

static void
fake_b_then_a(void)
{
	hyp_lock(&fake_b);
	hyp_lock(&fake_a);
}

/* Has what the other waits for, as a condition may be: in no order that one could know before. */
static void *
fake_crossed(void *arg)
{
	const char *mine = arg, *other = mine == &fake_thing_a ? &fake_thing_b : &fake_thing_a;

	hyp_hold(mine, mine == &fake_thing_a ? "thing a" : "thing b");
	pthread_barrier_wait(&fake_both);
	hyp_await(other, mine == &fake_thing_a ? "thing b" : "thing a");
	for (;;)
		pause();
	return NULL;
}

static void
wait_for_each_other(void)
{
	pthread_t t[2];

	pthread_barrier_init(&fake_both, NULL, 2);
	if (hyp_thread_start(&t[0], "left", fake_crossed, &fake_thing_a) == 0 &&
	    hyp_thread_start(&t[1], "right", fake_crossed, &fake_thing_b) == 0)
		for (;;)
			pause();
}

void __attribute__((noinline))
fake_misbehave_with_locks(void)
{
	pthread_t t;

	if (MODE("lock-twice")) {
		hyp_lock(&fake_a);
		hyp_lock(&fake_a);
	}
	if (MODE("lock-order") || MODE("lock-order-kept")) {
		if (hyp_thread_start(&t, "other", fake_a_then_b, NULL) != 0)
			abort();
		hyp_thread_join(t);
		if (MODE("lock-order"))
			fake_b_then_a();
		fake_a_then_b(NULL);
	}
	if (MODE("deadlock"))
		wait_for_each_other();
	if (MODE("blocked"))
		for (;;)
			pause();
}
