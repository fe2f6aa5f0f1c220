/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_worker.c - WORKER, its tasks, calls into it, waiting: taskq(9), task_add(9), tsleep(9).
 *
 * During autoconfiguration (`cold') there are neither threads nor interrupts: pdk_call() calls
 * in place, and pdk_wait() can only let the time pass.
 */
#include "pdk_unit.h"

#include <sys/proc.h>

/* tsleep_nsec(9) is of 6.6; the tick based tsleep(9) is gone from its manual page since. */
int
pdk_tsleep(void *ident, const char *wmesg, unsigned ms)
{
#if OpenBSD >= 201911
	return tsleep_nsec(ident, PZERO, wmesg, ms == 0 ? INFSLP : MSEC_TO_NSEC(ms));
#else
	int ticks = 0;

	if (ms != 0)
		ticks = (int)MIN(((uint64_t)ms * hz + 999) / 1000 + 1, INT_MAX);
	return tsleep(ident, PZERO, wmesg, ticks);
#endif
}

/* WORKER.  The task may be gone when its function returns. */
static void
pdk_task_run(void *arg)
{
	struct pdk_task *t = arg;
	struct pdk_dev *d = t->tk_dev;

	d->pd_unit->pu_worker_proc = curproc;
	t->tk_fn(t->tk_arg);
	pdk_assert_unlocked(d);
	pdk_class_flush(d);
}

void
pdk_task_init(struct pdk_dev *d, struct pdk_task *t, void (*fn)(void *), void *arg)
{
	t->tk_dev = d;
	t->tk_fn = fn;
	t->tk_arg = arg;
	task_set(&t->tk_task, pdk_task_run, t);
}

/* task_add(9) leaves a queued task where it is, and queues a running one again. */
void
pdk_task_post(struct pdk_task *t)
{
	pdk_assert_locked(t->tk_dev);
	task_add(t->tk_dev->pd_unit->pu_worker, &t->tk_task);
}

void
pdk_task_cancel(struct pdk_task *t)
{
	pdk_assert_locked(t->tk_dev);
	task_del(t->tk_dev->pd_unit->pu_worker, &t->tk_task);
}

struct pdk_callarg {
	struct pdk_task	 task;
	int		(*fn)(void *);
	void		*arg;
	int		 error, done;
};

static void
pdk_call_run(void *arg)
{
	struct pdk_callarg *c = arg;

	c->error = c->fn(c->arg);
	c->done = 1;
	wakeup(c);
}

int
pdk_call(struct pdk_dev *d, int (*fn)(void *), void *arg)
{
	struct pdk_unit *u = d->pd_unit;
	struct pdk_callarg c;

	pdk_assert_unlocked(d);
	if (cold || (u->pu_worker_proc != NULL && u->pu_worker_proc == curproc))
		return fn(arg);
	memset(&c, 0, sizeof(c));
	c.fn = fn;
	c.arg = arg;
	pdk_task_init(d, &c.task, pdk_call_run, &c);
	pdk_lock(d);
	pdk_task_post(&c.task);
	pdk_unlock(d);
	while (!c.done)
		pdk_tsleep(&c, "pdkcall", 0);
	return c.error;
}

static int
pdk_nothing(void *arg __unused)
{
	return 0;
}

/* First in, first out: when this one has run, so have all that were posted before it. */
void
pdk_worker_drain(struct pdk_dev *d)
{
	(void)pdk_call(d, pdk_nothing, NULL);
}

/*
 * The lock's state belongs to whoever runs meanwhile.  No wakeup is lost: nobody else has the
 * kernel lock until this thread is on the sleep queue.
 */
int
pdk_wait(struct pdk_dev *d, struct pdk_wchan *wc, unsigned ms)
{
	int error, ipl = d->pd_ipl;

	pdk_assert_locked(d);
	d->pd_locked = 0;
	if (cold) {
		for (; ms != 0; ms--)
			DELAY(1000);
		error = EWOULDBLOCK;
	} else
		error = pdk_tsleep(wc, "pdkwait", MAX(ms, 1));
	KASSERT(!d->pd_locked);
	d->pd_locked = 1;
	d->pd_ipl = ipl;
	return error == EWOULDBLOCK ? ETIMEDOUT : 0;
}
