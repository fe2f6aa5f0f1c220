/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simthread.c - threads, sleeping, time, mutexes, callouts, soft interrupts, memory: see simkern.h.
 *
 * All run with `big` locked, and only the thread that is `curlwp`: switching is handing it over.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "simkern.h"

#define TICK		10000		/* us */

int k_live, cold, hz = 100;
char k_console[8192];
void (*k_event)(void);
void (*k_race)(void);
bool k_hold_softints, k_no_threads;

struct k_turn { pthread_t pthread; pthread_cond_t cond; };

static struct k_turn main_turn = { .cond = PTHREAD_COND_INITIALIZER };
static struct lwp main_thread = { .name = "main", .turn = &main_turn, .ready = true };
static TAILQ_HEAD(, lwp) threads = TAILQ_HEAD_INITIALIZER(threads);
static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;
static uint64_t now = 1000000;
static int ipl, kernel_locks;
struct lwp *curlwp = &main_thread;

_Noreturn void
k_panic(const char *what, const char *file, int line)
{
	printf("Bail out! panic: %s at %s:%d (%s)\n", what, file, line, curlwp->name);
	fflush(stdout);
	_Exit(1);
}

static void __attribute__((__constructor__))
init(void)
{
	pthread_mutex_lock(&big);
	TAILQ_INSERT_TAIL(&threads, &main_thread, link);
}

/* ---- messages, memory ---- */

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

void
k_say(const char *fmt, va_list ap)
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

/* The size is remembered: kmem_free(9) has to be told the same. */
void *
k_malloc(size_t n, int how)
{
	size_t *p;

	KASSERT(n != 0 && (how == KM_SLEEP || how == KM_NOSLEEP));
	KASSERT(how == KM_NOSLEEP || (!curlwp->interrupt && curlwp->nlocks == 0));
	p = k_take(n + 16);
	*p = n;
	k_live++;
	return p + 2;
}

void
k_free(void *p, size_t n)
{
	size_t *q = p;

	KASSERT(p != NULL && q[-2] == n);
	k_live--;
	k_give(q - 2);
}

/* ---- threads ---- */

static struct lwp *
next_ready(struct lwp *self)
{
	struct lwp *t = self;

	do {
		t = TAILQ_NEXT(t, link) != NULL ? TAILQ_NEXT(t, link) : TAILQ_FIRST(&threads);
		if (t->ready)
			return t;
	} while (t != self);
	return NULL;
}

static void
hand_over(struct lwp *self, struct lwp *to)
{
	if (to == self)
		return;
	curlwp = to;
	pthread_cond_signal(&to->turn->cond);
	while (curlwp != self)
		pthread_cond_wait(&self->turn->cond, &big);
}

void
k_in_interrupt(const char *name, void (*fn)(void *), void *arg)
{
	struct lwp it = { .name = name, .interrupt = true }, *was = curlwp;

	curlwp = &it;
	fn(arg);
	KASSERT(it.nlocks == 0);
	curlwp = was;
}

static void
call(void *arg)
{
	(*(void (**)(void))arg)();
}

static bool	pass(void);

/* Until somebody wakes `chan`, or `until` if that is not 0; false: the time is over. */
static bool
sleep_on(const void *chan, uint64_t until)
{
	struct lwp *self = curlwp, *t;
	int was = ipl, locks = kernel_locks;

	KASSERT(!self->interrupt && self->nlocks == 0);
	self->chan = chan;
	self->until = until;
	self->ready = self->timed_out = false;
	ipl = kernel_locks = 0;		/* the kernel lock is given up */
	while ((t = next_ready(self)) == NULL) {
		if (k_event != NULL)
			k_in_interrupt("event", call, &k_event);
		if (next_ready(self) == NULL && !pass())
			k_panic("all threads sleep for ever", __FILE__, __LINE__);
	}
	hand_over(self, t);
	self->chan = NULL;
	self->until = 0;
	ipl = was;
	kernel_locks = locks;
	return !self->timed_out;
}

void
wakeup(const void *chan)
{
	struct lwp *t;

	TAILQ_FOREACH(t, &threads, link) {
		if (t->chan == chan && !t->ready) {
			t->until = 0;
			t->ready = true;
		}
	}
}

void
k_yield(void)
{
	hand_over(curlwp, next_ready(curlwp));
}

static void *
run(void *arg)
{
	struct lwp *self = arg;

	pthread_mutex_lock(&big);
	while (curlwp != self)
		pthread_cond_wait(&self->turn->cond, &big);
	self->fn(self->arg);
	k_panic("a thread returns instead of exiting", __FILE__, __LINE__);
}

int
kthread_create(int pri, int flags, void *ci, void (*fn)(void *), void *arg, struct lwp **lp,
    const char *fmt, ...)
{
	struct lwp *t;

	KASSERT(pri == PRI_NONE && flags == (KTHREAD_MPSAFE | KTHREAD_MUSTJOIN) && ci == NULL);
	KASSERT(*fmt != '\0');
	if (k_no_threads)
		return EAGAIN;
	t = k_take(sizeof(*t));
	t->turn = k_take(sizeof(*t->turn));
	t->name = "kthread";
	t->ready = true;
	t->fn = fn;
	t->arg = arg;
	pthread_cond_init(&t->turn->cond, NULL);
	TAILQ_INSERT_TAIL(&threads, t, link);
	if (pthread_create(&t->turn->pthread, NULL, run, t) != 0)
		k_panic("no thread", __FILE__, __LINE__);
	k_live++;
	*lp = t;
	return 0;
}

_Noreturn void
kthread_exit(int status)
{
	struct lwp *self = curlwp, *t;

	KASSERT(status == 0 && self->nlocks == 0);
	self->ready = false;
	self->done = true;
	wakeup(self);
	t = next_ready(self);
	KASSERT(t != NULL);
	TAILQ_REMOVE(&threads, self, link);
	curlwp = t;
	pthread_cond_signal(&t->turn->cond);
	pthread_mutex_unlock(&big);
	pthread_exit(NULL);
}

int
kthread_join(struct lwp *t)
{
	while (!t->done)
		(void)sleep_on(t, 0);
	pthread_mutex_unlock(&big);
	pthread_join(t->turn->pthread, NULL);
	pthread_mutex_lock(&big);
	pthread_cond_destroy(&t->turn->cond);
	k_give(t->turn);
	k_give(t);
	k_live--;
	return 0;
}

/* ---- mutexes, condition variables, the kernel lock ---- */

void
mutex_init(kmutex_t *m, int type, int level)
{
	KASSERT(type == MUTEX_DEFAULT && !m->there);
	m->there = true;
	m->ipl = level;
	k_live++;
}

void
mutex_destroy(kmutex_t *m)
{
	KASSERT(m->there && m->owner == NULL);
	m->there = false;
	k_live--;
}

/*
 * An adaptive one may have to wait, but not for itself; a hard interrupt takes spin
 * mutexes only.
 */
void
mutex_enter(kmutex_t *m)
{
	KASSERT(m->there && m->owner != curlwp);
	KASSERT(!cpu_intr_p() || m->ipl == IPL_NET);
	while (m->owner != NULL) {
		KASSERT(!curlwp->interrupt);
		k_yield();
	}
	m->owner = curlwp;
	curlwp->nlocks++;
}

void
mutex_exit(kmutex_t *m)
{
	KASSERT(m->owner == curlwp);
	m->owner = NULL;
	curlwp->nlocks--;
}

bool
mutex_owned(const kmutex_t *m)
{
	KASSERT(m->there);
	return m->owner == curlwp;
}

void
cv_init(kcondvar_t *cv, const char *name)
{
	KASSERT(cv->name == NULL);
	cv->name = name;
	k_live++;
}

void
cv_destroy(kcondvar_t *cv)
{
	KASSERT(cv->name != NULL);
	cv->name = NULL;
	k_live--;
}

void
cv_wait(kcondvar_t *cv, kmutex_t *m)
{
	KASSERT(cv->name != NULL);
	mutex_exit(m);
	(void)sleep_on(cv, 0);
	mutex_enter(m);
}

void
cv_signal(kcondvar_t *cv)
{
	KASSERT(cv->name != NULL);
	wakeup(cv);
}

void
cv_broadcast(kcondvar_t *cv)
{
	cv_signal(cv);
}

int
mtsleep(const void *chan, int pri, const char *what, int ticks, kmutex_t *m)
{
	bool woken;

	KASSERT(pri == 0 && *what != '\0' && ticks > 0);
	mutex_exit(m);
	woken = sleep_on(chan, now / TICK * TICK + (uint64_t)ticks * TICK);
	mutex_enter(m);
	return woken ? 0 : EWOULDBLOCK;
}

void
k_kernel_lock(int n)
{
	KASSERT(curlwp->nlocks == 0 && ipl < IPL_NET + (n < 0));
	kernel_locks += n;
	KASSERT(kernel_locks >= 0);
}

int
splnet(void)
{
	int was = ipl;

	ipl = MAX(ipl, IPL_NET);
	return was;
}

void
splx(int level)
{
	ipl = level;
}

/* ---- time, callouts ---- */

static TAILQ_HEAD(, callout) callouts = TAILQ_HEAD_INITIALIZER(callouts);
static callout_t *running;

void
getmicrouptime(struct timeval *tv)
{
	tv->tv_sec = (time_t)(now / 1000000);
	tv->tv_usec = (suseconds_t)(now % 1000000);
}

/* softclock: the callout is not pending any more, and its handler on its way to the lock. */
static void
expire(void *arg)
{
	callout_t *c = arg;

	running = c;
	if (k_race != NULL) {
		void (*race)(void) = k_race;

		k_race = NULL;
		k_in_interrupt("another processor", call, &race);
	}
	c->fn(c->arg);
	running = NULL;
}

/* Let time pass until the next thing happens.  False: nothing will. */
static bool
pass(void)
{
	callout_t *c, *first = NULL;
	struct lwp *t, *soon = NULL;

	TAILQ_FOREACH(c, &callouts, link)
		if (first == NULL || c->time < first->time)
			first = c;
	TAILQ_FOREACH(t, &threads, link)
		if (t->until != 0 && (soon == NULL || t->until < soon->until))
			soon = t;
	if (first == NULL && soon == NULL)
		return false;
	if (soon == NULL || (first != NULL && first->time <= soon->until)) {
		now = MAX(now, first->time);
		(void)callout_stop(first);
		k_in_interrupt("softclock", expire, first);
	} else {
		now = MAX(now, soon->until);
		soon->until = 0;
		soon->timed_out = soon->ready = true;
	}
	return true;
}

void
k_clock(unsigned ms)
{
	uint64_t until = now + (uint64_t)ms * 1000;
	int chan;

	while (sleep_on(&chan, until))
		continue;
}

void
callout_init(callout_t *c, unsigned flags)
{
	KASSERT(flags == CALLOUT_MPSAFE);
	memset(c, 0, sizeof(*c));
	c->there = true;
}

void
callout_setfunc(callout_t *c, void (*fn)(void *), void *arg)
{
	KASSERT(c->there && !c->pending);
	c->fn = fn;
	c->arg = arg;
}

bool
callout_pending(callout_t *c)
{
	return c->pending;
}

bool
callout_stop(callout_t *c)
{
	KASSERT(c->there);
	if (c->pending)
		TAILQ_REMOVE(&callouts, c, link);
	c->pending = false;
	return running == c;
}

/* The tick that has begun counts as one. */
void
callout_schedule(callout_t *c, int ticks)
{
	KASSERT(ticks > 0);
	(void)callout_stop(c);
	c->time = now / TICK * TICK + (uint64_t)ticks * TICK;
	c->pending = true;
	TAILQ_INSERT_TAIL(&callouts, c, link);
}

/* Waits for the handler, which takes the device's lock: the caller must not have any. */
bool
callout_halt(callout_t *c, void *interlock)
{
	KASSERT(interlock == NULL && curlwp->nlocks == 0 && !curlwp->interrupt);
	KASSERT(running != c);			/* only a thread could wait for that */
	return callout_stop(c);
}

/* ---- soft interrupts ---- */

struct softint { TAILQ_ENTRY(softint) link; void (*fn)(void *); void *arg; bool pending, busy; };
static TAILQ_HEAD(, softint) softints = TAILQ_HEAD_INITIALIZER(softints);

void *
softint_establish(unsigned flags, void (*fn)(void *), void *arg)
{
	struct softint *si = k_malloc(sizeof(*si), KM_SLEEP);

	KASSERT(flags == (SOFTINT_NET | SOFTINT_MPSAFE));
	si->fn = fn;
	si->arg = arg;
	TAILQ_INSERT_TAIL(&softints, si, link);
	return si;
}

void
softint_disestablish(void *cookie)
{
	struct softint *si = cookie;

	KASSERT(curlwp->nlocks == 0 && !curlwp->interrupt);
	while (si->pending || si->busy)
		k_softints();
	TAILQ_REMOVE(&softints, si, link);
	k_free(si, sizeof(*si));
}

void
softint_schedule(void *cookie)
{
	struct softint *si = cookie;

	si->pending = true;
	if (!k_hold_softints && !cpu_intr_p())
		k_softints();
}

void
k_softints(void)
{
	struct softint *si;

	TAILQ_FOREACH(si, &softints, link) {
		if (!si->pending)
			continue;
		si->pending = false;
		si->busy = true;
		k_in_interrupt("softnet", si->fn, si->arg);
		si->busy = false;
	}
}

void
k_softint_of(void *cookie)
{
	struct softint *si = cookie;

	si->fn(si->arg);
}

bool
cpu_intr_p(void)
{
	return strcmp(curlwp->name, "interrupt") == 0;
}

bool
cpu_softintr_p(void)
{
	return curlwp->interrupt && !cpu_intr_p();
}
