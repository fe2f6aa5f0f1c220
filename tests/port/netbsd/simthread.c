/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simthread.c - mutexes, condition variables, callouts, soft interrupts, over kernel/threads.c: see
 * simkern.h.
 */
#include "simkern.h"

#define TICK		10000		/* us */

const uint64_t k_second = 1000000;
bool k_hold_softints, k_no_threads;

static int ipl, kernel_locks;

/* ---- memory ---- */

/* kmem_free(9) has to be told the size. */
void *
k_malloc(size_t n, int how)
{
	KASSERT(n != 0 && (how == KM_SLEEP || how == KM_NOSLEEP));
	KASSERT(how == KM_NOSLEEP || (!k_self->interrupt && k_self->nlocks == 0));
	return k_take_sized(n);
}

/* ---- threads ---- */

/* The kernel lock is given up. */
static bool
sleep_on(const void *chan, uint64_t until)
{
	int was = ipl, locks = kernel_locks;
	bool woken;

	ipl = kernel_locks = 0;
	woken = k_sleep(chan, until);
	ipl = was;
	kernel_locks = locks;
	return woken;
}

int
kthread_create(int pri, int flags, void *ci, void (*fn)(void *), void *arg, struct lwp **lp,
    const char *fmt, ...)
{
	KASSERT(pri == PRI_NONE && flags == (KTHREAD_MPSAFE | KTHREAD_MUSTJOIN) && ci == NULL);
	KASSERT(*fmt != '\0');
	if (k_no_threads)
		return EAGAIN;
	*lp = (struct lwp *)k_thread_start("kthread", fn, arg);
	return 0;
}

_Noreturn void
kthread_exit(int status)
{
	KASSERT(status == 0);
	k_thread_exit();
}

int
kthread_join(struct lwp *l)
{
	struct k_thread *t = (struct k_thread *)l;

	while (!t->done)
		(void)sleep_on(t, 0);
	k_thread_free(t);
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
	KASSERT(m->there && m->owner != k_self);
	KASSERT(!cpu_intr_p() || m->ipl == IPL_NET);
	while (m->owner != NULL) {
		KASSERT(!k_self->interrupt);
		k_yield();
	}
	m->owner = k_self;
	k_self->nlocks++;
}

void
mutex_exit(kmutex_t *m)
{
	KASSERT(m->owner == k_self);
	m->owner = NULL;
	k_self->nlocks--;
}

bool
mutex_owned(const kmutex_t *m)
{
	KASSERT(m->there);
	return m->owner == k_self;
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
	k_wakeup(cv);
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
	woken = sleep_on(chan, k_now / TICK * TICK + (uint64_t)ticks * TICK);
	mutex_enter(m);
	return woken ? 0 : EWOULDBLOCK;
}

void
k_kernel_lock(int n)
{
	KASSERT(k_self->nlocks == 0 && ipl < IPL_NET + (n < 0));
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
	tv->tv_sec = (time_t)(k_now / k_second);
	tv->tv_usec = (suseconds_t)(k_now % k_second);
}

static callout_t *
first_callout(void)
{
	callout_t *c, *first = NULL;

	TAILQ_FOREACH(c, &callouts, link)
		if (first == NULL || c->time < first->time)
			first = c;
	return first;
}

uint64_t
k_callout_next(void)
{
	callout_t *c = first_callout();

	return c == NULL ? UINT64_MAX : c->time;
}

/* softclock: the callout is not pending any more, and its handler on its way to the lock. */
static void
expire(void *arg)
{
	callout_t *c = arg;

	running = c;
	k_in_race();
	c->fn(c->arg);
	running = NULL;
}

void
k_callout_expire(void)
{
	callout_t *c = first_callout();

	(void)callout_stop(c);
	k_in_interrupt("softclock", expire, c);
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
	c->time = k_now / TICK * TICK + (uint64_t)ticks * TICK;
	c->pending = true;
	TAILQ_INSERT_TAIL(&callouts, c, link);
}

/* Waits for the handler, which takes the device's lock: the caller must not have any. */
bool
callout_halt(callout_t *c, void *interlock)
{
	KASSERT(interlock == NULL && k_self->nlocks == 0 && !k_self->interrupt);
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

	KASSERT(k_self->nlocks == 0 && !k_self->interrupt);
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
	return strcmp(k_self->name, "interrupt") == 0;
}

bool
cpu_softintr_p(void)
{
	return k_self->interrupt && !cpu_intr_p();
}
