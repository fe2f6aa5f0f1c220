/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_worker.c - WORKER, its tasks, calls into it, waiting: kthread(9), condvar(9), mtsleep(9).
 *
 * WORKER is not a workqueue(9), because a work that is queued cannot be taken back, nor may
 * it be queued twice.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

#include <sys/kthread.h>

static void
worker(void *arg)
{
	struct pdk_dev *dev = arg;
	struct pdk_task *t;

	mutex_enter(&dev->pd_mtx);
	dev->pd_worker = curlwp;
	for (;;) {
		while ((t = TAILQ_FIRST(&dev->pd_tasks)) == NULL && !dev->pd_stop)
			cv_wait(&dev->pd_work_cv, &dev->pd_mtx);
		if (t == NULL)
			break;
		TAILQ_REMOVE(&dev->pd_tasks, t, tk_link);
		t->tk_queued = false;
		mutex_exit(&dev->pd_mtx);
		t->tk_fn(t->tk_arg);
		pdk_assert_unlocked(dev);
		mutex_enter(&dev->pd_mtx);
	}
	mutex_exit(&dev->pd_mtx);
	kthread_exit(0);
}

static void
worker_destroy(struct pdk_dev *dev)
{
	cv_destroy(&dev->pd_done_cv);
	cv_destroy(&dev->pd_work_cv);
}

int
pdk_worker_start(struct pdk_dev *dev)
{
	int error;

	cv_init(&dev->pd_work_cv, "pdkidle");
	cv_init(&dev->pd_done_cv, "pdkcall");
	TAILQ_INIT(&dev->pd_tasks);
	error = kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL, worker, dev,
	    &dev->pd_worker, "%s", device_xname(dev->pd_self));
	if (error != 0)
		worker_destroy(dev);
	return error;
}

void
pdk_worker_stop(struct pdk_dev *dev)
{
	mutex_enter(&dev->pd_mtx);
	dev->pd_stop = true;
	cv_signal(&dev->pd_work_cv);
	mutex_exit(&dev->pd_mtx);
	(void)kthread_join(dev->pd_worker);
	KASSERT(TAILQ_EMPTY(&dev->pd_tasks));
	worker_destroy(dev);
}

void
pdk_task_init(struct pdk_dev *dev, struct pdk_task *t, void (*fn)(void *), void *arg)
{
	t->tk_dev = dev;
	t->tk_fn = fn;
	t->tk_arg = arg;
	t->tk_queued = false;
}

void
pdk_task_post(struct pdk_task *t)
{
	struct pdk_dev *dev = t->tk_dev;

	KASSERT(mutex_owned(&dev->pd_mtx));
	if (t->tk_queued)
		return;
	t->tk_queued = true;
	TAILQ_INSERT_TAIL(&dev->pd_tasks, t, tk_link);
	cv_signal(&dev->pd_work_cv);
}

void
pdk_task_cancel(struct pdk_task *t)
{
	KASSERT(mutex_owned(&t->tk_dev->pd_mtx));
	if (!t->tk_queued)
		return;
	t->tk_queued = false;
	TAILQ_REMOVE(&t->tk_dev->pd_tasks, t, tk_link);
}

struct call {
	struct pdk_task	 task;
	struct pdk_dev	*dev;
	int		(*fn)(void *);
	void		*arg;
	int		 error;
	bool		 done;
};

static void
run_call(void *arg)
{
	struct call *c = arg;
	int error = c->fn(c->arg);

	mutex_enter(&c->dev->pd_mtx);
	c->error = error;
	c->done = true;
	cv_broadcast(&c->dev->pd_done_cv);
	mutex_exit(&c->dev->pd_mtx);	/* c is gone now */
}

/* The kernel lock, if the caller has it, is given up while it sleeps. */
int
pdk_call(struct pdk_dev *dev, int (*fn)(void *), void *arg)
{
	struct call c = { .dev = dev, .fn = fn, .arg = arg };

	if (curlwp == dev->pd_worker)
		return fn(arg);
	pdk_task_init(dev, &c.task, run_call, &c);
	mutex_enter(&dev->pd_mtx);
	pdk_task_post(&c.task);
	while (!c.done)
		cv_wait(&dev->pd_done_cv, &dev->pd_mtx);
	mutex_exit(&dev->pd_mtx);
	return c.error;
}

static int
nothing(void *arg)
{
	return 0;
}

/* Tasks run in turn: when this one has run, so have those before it. */
void
pdk_worker_drain(struct pdk_dev *dev)
{
	KASSERT(curlwp != dev->pd_worker);
	(void)pdk_call(dev, nothing, NULL);
}

int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *wc, unsigned ms)
{
	KASSERT(curlwp == dev->pd_worker);
	KASSERT(mutex_owned(&dev->pd_mtx));
	return mtsleep(wc, 0, "pdkwait", pdk_ms2ticks(ms), &dev->pd_mtx) == EWOULDBLOCK ?
	    ETIMEDOUT : 0;
}
