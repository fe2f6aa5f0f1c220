/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_worker.c - WORKER, its tasks, and waiting: taskqueue(9), sleep(9).
 *
 * The queue is the device's own, with one thread, so its tasks are first in, first out, one at a
 * time.  Posted while it is queued, a task is counted, and runs once; posted while it runs, once
 * more.
 */
#include "pdk_newbus.h"

int
pdk_worker_start(struct pdk_softc *sc)
{
	int error;

	sc->tq = taskqueue_create("pdk", M_WAITOK, taskqueue_thread_enqueue, &sc->tq);
	error = os_start_thread(&sc->tq, device_get_nameunit(sc->self));
	if (error != 0)
		taskqueue_free(sc->tq);
	return (error);
}

int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *wc, unsigned ms)
{
	int error;

	error = os_sleep(wc, &dev->pd_mtx, "pdkwait", ms);
	return (error == EWOULDBLOCK ? ETIMEDOUT : 0);
}

static void
pdk_task_run(void *arg, int pending __unused)
{
	struct pdk_task *tk = arg;

	tk->tk_sc->worker = curthread;
	tk->tk_fn(tk->tk_arg);		/* and the task may be gone */
}

void
pdk_task_init(struct pdk_dev *dev, struct pdk_task *tk, void (*fn)(void *), void *arg)
{
	TASK_INIT(&tk->tk_task, 0, pdk_task_run, tk);
	tk->tk_sc = dev->pd_sc;
	tk->tk_fn = fn;
	tk->tk_arg = arg;
}

/* taskqueue(9) counts what is queued already, and queues what is running once more. */
void
pdk_task_post(struct pdk_task *tk)
{
	taskqueue_enqueue(tk->tk_sc->tq, &tk->tk_task);
}

void
pdk_task_cancel(struct pdk_task *tk)
{
	(void)taskqueue_cancel(tk->tk_sc->tq, &tk->tk_task, NULL);
}

static void
pdk_nothing(void *arg __unused)
{
}

/* The thread is one, and takes what is first: what was posted ends before this. */
void
pdk_worker_drain(struct pdk_dev *dev)
{
	struct pdk_task last;

	pdk_task_init(dev, &last, pdk_nothing, NULL);
	taskqueue_enqueue(dev->pd_sc->tq, &last.tk_task);
	taskqueue_drain(dev->pd_sc->tq, &last.tk_task);
}

/* A call into WORKER that its caller waits for; on the caller's stack. */
struct pdk_callarg {
	struct pdk_task	  ca_task;
	int		(*ca_fn)(void *);
	void		 *ca_arg;
	int		  ca_result;
};

static void
pdk_call_run(void *arg)
{
	struct pdk_callarg *ca = arg;

	ca->ca_result = ca->ca_fn(ca->ca_arg);
}

int
pdk_call(struct pdk_dev *dev, int (*fn)(void *), void *arg)
{
	struct taskqueue *tq = dev->pd_sc->tq;
	struct pdk_callarg ca = { .ca_fn = fn, .ca_arg = arg };

	if (curthread == dev->pd_sc->worker)
		return (fn(arg));
	pdk_task_init(dev, &ca.ca_task, pdk_call_run, &ca);
	taskqueue_enqueue(tq, &ca.ca_task.tk_task);
	taskqueue_drain(tq, &ca.ca_task.tk_task);
	return (ca.ca_result);
}
