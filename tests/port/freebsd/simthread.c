/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simthread.c - sleeping, mutexes, callouts, task queues, memory, over kernel/threads.c: see
 * simkern.h.
 */
#include "simkern.h"

const uint64_t k_second = SBT_1S;
int bootverbose;

/* ---- sleeping, time ---- */

sbintime_t
sbinuptime(void)
{
	return (sbintime_t)k_now;
}

int
msleep_sbt(void *chan, struct mtx *mtx, int pri __unused, const char *what __unused, sbintime_t t,
    sbintime_t precision __unused, int flags __unused)
{
	bool woken;

	mtx_unlock(mtx);
	woken = k_sleep(chan, t != 0 ? k_now + (uint64_t)t : 0);
	mtx_lock(mtx);
	return woken ? 0 : EWOULDBLOCK;
}

void
k_delay(unsigned us)
{
	k_now += us * (k_second / 1000000);
	if (k_self->nlocks == 0 && !k_self->interrupt)
		k_in_event();
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
	K_CHECK(m->name != NULL && m->owner == NULL);
	m->name = NULL;
	k_live--;
}

void
mtx_lock(struct mtx *m)
{
	K_CHECK(m->name != NULL);
	K_CHECK(m->owner == NULL);		/* taken twice, or by one who sleeps */
	m->owner = curthread;
	k_self->nlocks++;
}

void
mtx_unlock(struct mtx *m)
{
	K_CHECK(m->owner == curthread);
	m->owner = NULL;
	k_self->nlocks--;
}

void *
k_malloc(size_t n, int flags)
{
	void *p;

	K_CHECK(n != 0 && (flags & (M_WAITOK | M_NOWAIT)) != 0);
	K_CHECK((flags & M_WAITOK) == 0 || (k_self->nlocks == 0 && !k_self->interrupt));
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

static TAILQ_HEAD(, callout) callouts = TAILQ_HEAD_INITIALIZER(callouts);
static struct callout *expired;		/* its handler has not got its lock yet */

static struct callout *
first_callout(void)
{
	struct callout *c, *first = NULL;

	TAILQ_FOREACH(c, &callouts, link)
		if (first == NULL || c->time < first->time)
			first = c;
	return first;
}

uint64_t
k_callout_next(void)
{
	struct callout *c = first_callout();

	return c == NULL ? UINT64_MAX : (uint64_t)c->time;
}

/* softclock: the handler gets the lock, and then looks whether it is still wanted. */
static void
expire(void *arg)
{
	struct callout *c = arg;

	expired = c;
	c->cancelled = false;
	k_in_race();
	mtx_lock(c->mtx);
	expired = NULL;
	if (!c->cancelled)
		c->fn(c->arg);
	mtx_unlock(c->mtx);
}

void
k_callout_expire(void)
{
	struct callout *c = first_callout();

	c->pending = false;
	TAILQ_REMOVE(&callouts, c, link);
	k_in_interrupt("clock", expire, c);
}

void
callout_init_mtx(struct callout *c, struct mtx *mtx, int flags)
{
	K_CHECK(flags == 0);
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
	K_CHECK(flags == 0);
	callout_stop(c);
	c->fn = fn;
	c->arg = arg;
	c->time = sbinuptime() + t;
	c->pending = true;
	TAILQ_INSERT_TAIL(&callouts, c, link);
	return 0;
}

int
callout_drain(struct callout *c)
{
	int stopped;

	K_CHECK(!k_self->interrupt && k_self->nlocks == 0);
	mtx_lock(c->mtx);
	stopped = callout_stop(c);
	mtx_unlock(c->mtx);
	return stopped;
}

/* ---- task queues ---- */

struct taskqueue {
	TAILQ_ENTRY(taskqueue) link;
	TAILQ_HEAD(, task) tasks;
	struct k_thread	*thread;
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

	K_CHECK(fn == taskqueue_thread_enqueue);
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
	K_CHECK(k_self->nlocks == 0);
	tq->running = NULL;
	k_wakeup(tq);				/* those that drain it */
}

static void
work(void *arg)
{
	struct taskqueue *tq = arg;

	while (!tq->dying) {
		struct task *t = TAILQ_FIRST(&tq->tasks);

		if (t != NULL)
			run_task(tq, t);
		else
			(void)k_sleep(tq->thread, 0);
	}
	k_thread_exit();
}

int
taskqueue_start_threads(struct taskqueue **tqp, int n, int pri __unused, const char *fmt __unused,
    ...)
{
	K_CHECK(n == 1);
	(*tqp)->thread = k_thread_start("worker", work, *tqp);
	return 0;
}

int
taskqueue_enqueue(struct taskqueue *tq, struct task *t)
{
	K_CHECK(t->fn != NULL && !tq->dying);
	if (t->pending++ == 0)
		TAILQ_INSERT_TAIL(&tq->tasks, t, link);
	k_wakeup(tq->thread);
	return 0;
}

int
taskqueue_cancel(struct taskqueue *tq, struct task *t, unsigned *pendp)
{
	K_CHECK(pendp == NULL);
	if (t->pending != 0)
		TAILQ_REMOVE(&tq->tasks, t, link);
	t->pending = 0;
	return tq->running == t ? EBUSY : 0;
}

void
taskqueue_drain(struct taskqueue *tq, struct task *t)
{
	K_CHECK(k_self != tq->thread);	/* it would wait for itself */
	K_CHECK(k_self->nlocks == 0 && !k_self->interrupt);
	while (t->pending != 0 || tq->running == t)
		(void)k_sleep(tq, 0);
}

void
taskqueue_free(struct taskqueue *tq)
{
	struct k_thread *t = tq->thread;

	while (!TAILQ_EMPTY(&tq->tasks) || tq->running != NULL)
		(void)k_sleep(tq, 0);
	tq->dying = true;
	k_wakeup(t);
	while (!t->done)
		(void)k_sleep(t, 0);
	k_thread_free(t);
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
