/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simthread.c - threads, sleeping, time, mutexes, callouts, task queues, memory: see simkern.h.
 *
 * All run with `big` locked, and only the thread that is `curthread`: switching is handing it over.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *k_take(size_t);
void k_give(void *);

void *
k_take(size_t n)
{
	return calloc(1, n);
}

void
k_give(void *p)
{
	free(p);
}

static void
leave_it(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
	_Exit(1);
}

#include "simkern.h"

int k_live, bootverbose, cold, hz = 100;
char k_console[8192];
void (*k_event)(void);
void (*k_race)(void);

_Noreturn void
k_panic(const char *what, const char *file, int line)
{
	char text[256];

	snprintf(text, sizeof(text), "Bail out! panic: %s at %s:%d\n", what, file, line);
	leave_it(text);
	__builtin_unreachable();
}

/* ---- messages, memory ---- */

void
k_message(const char *fmt, va_list ap)
{
	size_t len = strlen(k_console);

	vsnprintf(k_console + len, sizeof(k_console) - len, fmt, ap);
}

size_t
k_strlcpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
	return strlen(from);
}

/* ---- threads ---- */

struct thread {
	TAILQ_ENTRY(thread) link;
	const char	*name;
	pthread_t	 pthread;
	pthread_cond_t	 turn;
	bool		 interrupt;		/* not a thread: must not sleep */
	bool		 ready;
	void		*chan;
	sbintime_t	 until;			/* 0: no limit */
	bool		 timed_out;
	int		 nlocks;
	struct taskqueue *tq;
};

static struct thread main_thread = { .name = "main", .turn = PTHREAD_COND_INITIALIZER,
	.ready = true };
static TAILQ_HEAD(, thread) threads = TAILQ_HEAD_INITIALIZER(threads);
static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;
static sbintime_t now = SBT_1S;
struct thread *curthread = &main_thread;

static void __attribute__((__constructor__))
init(void)
{
	pthread_mutex_lock(&big);
	TAILQ_INSERT_TAIL(&threads, &main_thread, link);
}

static struct thread *
next_ready(struct thread *self)
{
	struct thread *t = self;

	do {
		t = TAILQ_NEXT(t, link) != NULL ? TAILQ_NEXT(t, link) : TAILQ_FIRST(&threads);
		if (t->ready)
			return t;
	} while (t != self);
	return NULL;
}

static void
hand_over(struct thread *self, struct thread *to)
{
	if (to == self)
		return;
	curthread = to;
	pthread_cond_signal(&to->turn);
	while (curthread != self)
		pthread_cond_wait(&self->turn, &big);
}

/* As an interrupt, or another processor: what `fn` does is not the current thread's. */
void
k_in_interrupt(const char *name, void (*fn)(void *), void *arg)
{
	struct thread it = { .name = name, .interrupt = true }, *was = curthread;

	curthread = &it;
	fn(arg);
	K_ASSERT(it.nlocks == 0);
	curthread = was;
}

static void
call(void *arg)
{
	(*(void (**)(void))arg)();
}

/* ---- time ---- */

static TAILQ_HEAD(, callout) callouts = TAILQ_HEAD_INITIALIZER(callouts);
static struct callout *expired;		/* its handler has not got its lock yet */

sbintime_t
sbinuptime(void)
{
	return now;
}

/* softclock: the handler gets the lock, and then looks whether it is still wanted. */
static void
expire(void *arg)
{
	struct callout *c = arg;

	expired = c;
	c->cancelled = false;
	if (k_race != NULL) {
		void (*race)(void) = k_race;

		k_race = NULL;
		k_in_interrupt("another processor", call, &race);
	}
	mtx_lock(c->mtx);
	expired = NULL;
	if (!c->cancelled)
		c->fn(c->arg);
	mtx_unlock(c->mtx);
}

/* Let time pass until the next thing happens.  False: nothing will. */
static bool
pass(void)
{
	struct callout *c, *first = NULL;
	struct thread *t, *soon = NULL;

	TAILQ_FOREACH(c, &callouts, link)
		if (first == NULL || c->time < first->time)
			first = c;
	TAILQ_FOREACH(t, &threads, link)
		if (t->until != 0 && (soon == NULL || t->until < soon->until))
			soon = t;
	if (first == NULL && soon == NULL)
		return false;
	K_ASSERT(now < 24 * 3600 * SBT_1S);	/* somebody looks again and again, in vain */
	if (soon == NULL || (first != NULL && first->time <= soon->until)) {
		now = MAX(now, first->time);
		first->pending = false;
		TAILQ_REMOVE(&callouts, first, link);
		k_in_interrupt("clock", expire, first);
	} else {
		now = MAX(now, soon->until);
		soon->until = 0;
		soon->timed_out = soon->ready = true;
	}
	return true;
}

/* Sleep on `chan`, until `limit` if that is not 0; false: the time is over. */
static bool
sleep_on(void *chan, sbintime_t limit)
{
	struct thread *self = curthread, *t;

	K_ASSERT(!self->interrupt);		/* must not sleep */
	K_ASSERT(self->nlocks == 0);		/* not with a mutex */
	self->chan = chan;
	self->until = limit;
	self->ready = self->timed_out = false;
	while ((t = next_ready(self)) == NULL) {
		if (k_event != NULL)
			k_in_interrupt("event", call, &k_event);
		if (next_ready(self) == NULL && !pass())
			k_panic("all threads sleep for ever", self->name, 0);
	}
	hand_over(self, t);
	self->chan = NULL;
	self->until = 0;
	return !self->timed_out;
}

void
wakeup(void *chan)
{
	struct thread *t;

	TAILQ_FOREACH(t, &threads, link) {
		if (t->chan == chan && !t->ready) {
			t->until = 0;
			t->ready = true;
		}
	}
}

int
msleep_sbt(void *chan, struct mtx *mtx, int pri __unused, const char *what __unused, sbintime_t t,
    sbintime_t precision __unused, int flags __unused)
{
	bool woken;

	mtx_unlock(mtx);
	woken = sleep_on(chan, t != 0 ? now + t : 0);
	mtx_lock(mtx);
	return woken ? 0 : EWOULDBLOCK;
}

void
k_clock(unsigned ms)
{
	sbintime_t until = now + mstosbt(ms);
	int chan;

	while (sleep_on(&chan, until))
		continue;
}

void
k_delay(unsigned us)
{
	now += (sbintime_t)us * (SBT_1S / 1000000);
	if (k_event != NULL && curthread->nlocks == 0 && !curthread->interrupt)
		k_in_interrupt("event", call, &k_event);
}

/* ---- mutexes ---- */

void
mtx_init(struct mtx *m, const char *name, const char *type __unused, int flags)
{
	memset(m, 0, sizeof(*m));
	m->name = name;
	m->spin = (flags & MTX_SPIN) != 0;
	k_live++;
}

void
mtx_destroy(struct mtx *m)
{
	K_ASSERT(m->name != NULL && m->owner == NULL);
	m->name = NULL;
	k_live--;
}

void
mtx_lock(struct mtx *m)
{
	K_ASSERT(m->name != NULL);
	K_ASSERT(m->owner == NULL);		/* taken twice, or by one who sleeps */
	m->owner = curthread;
	curthread->nlocks++;
}

void
mtx_unlock(struct mtx *m)
{
	K_ASSERT(m->owner == curthread);
	m->owner = NULL;
	curthread->nlocks--;
}

void *
k_malloc(size_t n, int flags)
{
	void *p;

	K_ASSERT(n != 0 && (flags & (M_WAITOK | M_NOWAIT)) != 0);
	K_ASSERT((flags & M_WAITOK) == 0 || (curthread->nlocks == 0 && !curthread->interrupt));
	p = k_take(n);
	if ((flags & M_ZERO) == 0)
		memset(p, 0x5a, n);
	k_live++;
	return p;
}

void
k_free(void *p)
{
	if (p != NULL)
		k_live--;
	k_give(p);
}

/* ---- callouts ---- */

void
callout_init_mtx(struct callout *c, struct mtx *mtx, int flags)
{
	K_ASSERT(flags == 0);
	memset(c, 0, sizeof(*c));
	c->mtx = mtx;
}

int
callout_stop(struct callout *c)
{
	mtx_assert(c->mtx, MA_OWNED);		/* else it may run after all */
	if (expired == c)
		c->cancelled = true;
	if (!c->pending)
		return 0;
	c->pending = false;
	TAILQ_REMOVE(&callouts, c, link);
	return 1;
}

int
callout_reset_sbt(struct callout *c, sbintime_t t, sbintime_t precision __unused,
    void (*fn)(void *), void *arg, int flags)
{
	K_ASSERT(flags == 0);
	callout_stop(c);
	c->fn = fn;
	c->arg = arg;
	c->time = now + t;
	c->pending = true;
	TAILQ_INSERT_TAIL(&callouts, c, link);
	return 0;
}

int
callout_drain(struct callout *c)
{
	int stopped;

	K_ASSERT(!curthread->interrupt && curthread->nlocks == 0);
	mtx_lock(c->mtx);
	stopped = callout_stop(c);
	mtx_unlock(c->mtx);
	return stopped;
}

/* ---- task queues ---- */

struct taskqueue {
	TAILQ_ENTRY(taskqueue) link;
	TAILQ_HEAD(, task) tasks;
	struct thread	*thread;
	struct task	*running;
	bool		 dying;
};

static TAILQ_HEAD(, taskqueue) queues = TAILQ_HEAD_INITIALIZER(queues);
struct taskqueue *taskqueue_thread;

void
taskqueue_thread_enqueue(void *tq __unused)
{
}

struct taskqueue *
taskqueue_create(const char *name __unused, int flags, void (*fn)(void *), void *arg __unused)
{
	struct taskqueue *tq = k_malloc(sizeof(*tq), flags | M_ZERO);

	K_ASSERT(fn == taskqueue_thread_enqueue);
	TAILQ_INIT(&tq->tasks);
	TAILQ_INSERT_TAIL(&queues, tq, link);
	return tq;
}

static void
run_task(struct taskqueue *tq, struct task *t)
{
	int pending = t->pending;

	TAILQ_REMOVE(&tq->tasks, t, link);
	t->pending = 0;
	tq->running = t;
	t->fn(t->arg, pending);			/* and it may be gone */
	K_ASSERT(curthread->nlocks == 0);
	tq->running = NULL;
	wakeup(tq);				/* those that drain it */
}

static void *
work(void *arg)
{
	struct taskqueue *tq = arg;
	struct thread *self = tq->thread;

	pthread_mutex_lock(&big);
	while (curthread != self)
		pthread_cond_wait(&self->turn, &big);
	while (!tq->dying) {
		struct task *t = TAILQ_FIRST(&tq->tasks);

		if (t != NULL)
			run_task(tq, t);
		else
			(void)sleep_on(self, 0);
	}
	self->ready = false;
	TAILQ_REMOVE(&threads, self, link);
	main_thread.ready = true;
	curthread = &main_thread;		/* who waits for the end */
	pthread_cond_signal(&main_thread.turn);
	pthread_mutex_unlock(&big);
	return NULL;
}

int
taskqueue_start_threads(struct taskqueue **tqp, int n, int pri __unused, const char *fmt __unused,
    ...)
{
	struct thread *t = k_take(sizeof(*t));

	K_ASSERT(n == 1);
	t->name = "worker";
	t->ready = true;
	pthread_cond_init(&t->turn, NULL);
	TAILQ_INSERT_TAIL(&threads, t, link);
	(*tqp)->thread = t;
	if (pthread_create(&t->pthread, NULL, work, *tqp) != 0)
		k_panic("no thread", __FILE__, __LINE__);
	return 0;
}

int
taskqueue_enqueue(struct taskqueue *tq, struct task *t)
{
	K_ASSERT(t->fn != NULL && !tq->dying);
	if (t->pending++ == 0)
		TAILQ_INSERT_TAIL(&tq->tasks, t, link);
	tq->thread->ready = tq->thread->ready || tq->thread->chan == tq->thread;
	return 0;
}

int
taskqueue_cancel(struct taskqueue *tq, struct task *t, unsigned *pendp)
{
	K_ASSERT(pendp == NULL);
	if (t->pending != 0)
		TAILQ_REMOVE(&tq->tasks, t, link);
	t->pending = 0;
	return tq->running == t ? EBUSY : 0;
}

void
taskqueue_drain(struct taskqueue *tq, struct task *t)
{
	K_ASSERT(curthread != tq->thread);	/* it would wait for itself */
	K_ASSERT(curthread->nlocks == 0 && !curthread->interrupt);
	while (t->pending != 0 || tq->running == t)
		(void)sleep_on(tq, 0);
}

void
taskqueue_free(struct taskqueue *tq)
{
	struct thread *t = tq->thread;

	K_ASSERT(curthread == &main_thread);
	while (!TAILQ_EMPTY(&tq->tasks) || tq->running != NULL)
		(void)sleep_on(tq, 0);
	tq->dying = true;
	t->ready = true;
	main_thread.ready = false;
	hand_over(&main_thread, t);
	pthread_mutex_unlock(&big);
	pthread_join(t->pthread, NULL);
	pthread_mutex_lock(&big);
	pthread_cond_destroy(&t->turn);
	k_give(t);
	TAILQ_REMOVE(&queues, tq, link);
	k_free(tq);
}

static bool
busy(void)
{
	struct taskqueue *tq;

	TAILQ_FOREACH(tq, &queues, link)
		if (!TAILQ_EMPTY(&tq->tasks) || tq->running != NULL)
			return true;
	return false;
}

void
k_drain(void)
{
	while (busy())
		k_clock(1);
}

/* Time stands still. */
void
k_run(void)
{
	int chan;

	while (sleep_on(&chan, now))
		continue;
}
