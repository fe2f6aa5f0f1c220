/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads.c - see threads.h.
 *
 * All run with `big` locked, and only the thread that is `k_self`: switching is handing it over.
 */
#include "threads.h"
#include "kernel.h"

static struct k_thread main_thread = { .name = "main", .turn = PTHREAD_COND_INITIALIZER,
	.ready = true };
static TAILQ_HEAD(, k_thread) threads = TAILQ_HEAD_INITIALIZER(threads);
static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;

struct k_thread *k_self = &main_thread;
uint64_t k_now;
void (*k_race)(void);

static void __attribute__((__constructor__))
init(void)
{
	pthread_mutex_lock(&big);
	TAILQ_INSERT_TAIL(&threads, &main_thread, link);
	k_now = k_second;
}

/* ---- whose turn it is ---- */

static struct k_thread *
next_ready(struct k_thread *self)
{
	struct k_thread *t = self;

	do {
		t = TAILQ_NEXT(t, link) != NULL ? TAILQ_NEXT(t, link) : TAILQ_FIRST(&threads);
		if (t->ready)
			return t;
	} while (t != self);
	return NULL;
}

static void
wait_for_turn(struct k_thread *self)
{
	while (k_self != self)
		pthread_cond_wait(&self->turn, &big);
}

static void
hand_over(struct k_thread *self, struct k_thread *to)
{
	if (to == self)
		return;
	k_self = to;
	pthread_cond_signal(&to->turn);
	wait_for_turn(self);
}

void
k_yield(void)
{
	hand_over(k_self, next_ready(k_self));
}

/* ---- what is not a thread ---- */

void
k_in_interrupt(const char *name, void (*fn)(void *), void *arg)
{
	struct k_thread it = { .name = name, .interrupt = true }, *was = k_self;

	k_self = &it;
	fn(arg);
	K_CHECK(it.nlocks == 0);
	k_self = was;
}

static void
call(void *arg)
{
	(*(void (**)(void))arg)();
}

void
k_in_event(void)
{
	if (k_event != NULL)
		k_in_interrupt("event", call, &k_event);
}

void
k_in_race(void)
{
	void (*race)(void) = k_race;

	k_race = NULL;
	if (race != NULL)
		k_in_interrupt("another processor", call, &race);
}

/* ---- sleeping, time ---- */

/* Let time pass until the next thing happens.  False: nothing will. */
static bool
pass(void)
{
	struct k_thread *t, *soon = NULL;
	uint64_t next = k_callout_next();

	TAILQ_FOREACH(t, &threads, link)
		if (t->until != 0 && (soon == NULL || t->until < soon->until))
			soon = t;
	if (next == UINT64_MAX && soon == NULL)
		return false;
	K_CHECK(k_now < 24 * 3600 * k_second);	/* somebody looks again and again, in vain */
	if (soon == NULL || next <= soon->until) {
		k_now = next > k_now ? next : k_now;
		k_callout_expire();
	} else {
		k_now = soon->until > k_now ? soon->until : k_now;
		soon->until = 0;
		soon->timed_out = soon->ready = true;
	}
	return true;
}

bool
k_sleep(const void *chan, uint64_t until)
{
	struct k_thread *self = k_self, *t;

	K_CHECK(!self->interrupt);
	K_CHECK(self->nlocks == 0);
	self->chan = chan;
	self->until = until;
	self->ready = self->timed_out = false;
	while ((t = next_ready(self)) == NULL) {
		k_in_event();
		if (next_ready(self) == NULL && !pass())
			k_panic("all threads sleep for ever", self->name, 0);
	}
	hand_over(self, t);
	self->chan = NULL;
	self->until = 0;
	return !self->timed_out;
}

void
k_wakeup(const void *chan)
{
	struct k_thread *t;

	TAILQ_FOREACH(t, &threads, link) {
		if (t->chan == chan && !t->ready) {
			t->until = 0;
			t->ready = true;
		}
	}
}

static void
sleep_until(uint64_t until)
{
	int chan;

	while (k_sleep(&chan, until))
		continue;
}

void
k_clock(unsigned ms)
{
	sleep_until(k_now + (ms * k_second + 999) / 1000);
}

void
k_run(void)
{
	sleep_until(k_now);
}

/* ---- beginning, end ---- */

static void *
run(void *arg)
{
	struct k_thread *self = arg;

	pthread_mutex_lock(&big);
	wait_for_turn(self);
	self->fn(self->arg);
	k_panic("a thread returns instead of exiting", __FILE__, __LINE__);
}

struct k_thread *
k_thread_start(const char *name, void (*fn)(void *), void *arg)
{
	struct k_thread *t = k_take(sizeof(*t));

	t->name = name;
	t->ready = true;
	t->fn = fn;
	t->arg = arg;
	pthread_cond_init(&t->turn, NULL);
	TAILQ_INSERT_TAIL(&threads, t, link);
	if (pthread_create(&t->pthread, NULL, run, t) != 0)
		k_panic("no thread", __FILE__, __LINE__);
	k_live++;
	return t;
}

_Noreturn void
k_thread_exit(void)
{
	struct k_thread *self = k_self, *t;

	K_CHECK(self->nlocks == 0);
	self->ready = false;
	self->done = true;
	k_wakeup(self);
	t = next_ready(self);
	K_CHECK(t != NULL);
	TAILQ_REMOVE(&threads, self, link);
	k_self = t;
	pthread_cond_signal(&t->turn);
	pthread_mutex_unlock(&big);
	pthread_exit(NULL);
}

void
k_thread_free(struct k_thread *t)
{
	K_CHECK(t->done);
	pthread_mutex_unlock(&big);
	pthread_join(t->pthread, NULL);
	pthread_mutex_lock(&big);
	pthread_cond_destroy(&t->turn);
	k_give(t);
	k_live--;
}
