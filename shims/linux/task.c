/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * task.c - WORKER: one thread per device that runs tasks first in, first out.
 */
#include "softc.h"

#include <errno.h>

#define TASK_MAGIC	0x7461736b

/* A call into WORKER that its caller waits for; on the caller's stack. */
struct call {
	struct pdk_task	 task;
	struct pdk_softc *sc;
	int		(*fn)(void *);
	void		*arg;
	int		 result;
	bool		 done;
};

static void
check_init(const struct pdk_task *tk, enum shim_rule_id id, const char *call)
{
	if (tk->tk_magic != TASK_MAGIC)
		shim_violation(shim_cur(id), R_pdk_task_init,
		    "%s() of a task that pdk_task_init() has not prepared", call);
}

static void
init_task(struct pdk_softc *sc, struct pdk_task *tk, void (*fn)(void *), void *arg)
{
	*tk = (struct pdk_task){ .tk_sc = sc, .tk_fn = fn, .tk_arg = arg,
	    .tk_magic = TASK_MAGIC };
}

/* Locked. */
static void
enqueue(struct pdk_softc *sc, struct pdk_task *tk, const void *site)
{
	hyp_trace(sc->hyp, "task", tk->tk_queued ? "post again" : "post", (uintptr_t)tk, 0);
	if (tk->tk_queued)
		return;
	TAILQ_INSERT_TAIL(&sc->tasks, tk, tk_link);
	tk->tk_queued = true;
	tk->tk_site = site;
	hyp_cond_wake(&sc->work_cv);
}

void
pdk_task_init(struct pdk_dev *dev, struct pdk_task *tk, void (*fn)(void *), void *arg)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_task_init);
	shim_check_quiet(sc, tk, sizeof(*tk), R_pdk_task_init, "prepared again");
	init_task(sc, tk, fn, arg);
}

void
pdk_task_post(struct pdk_task *tk)
{
	struct pdk_softc *sc = tk->tk_sc;

	check_init(tk, R_pdk_task_post, __func__);
	SHIM_CHECK(sc, pdk_task_post);
	enqueue(sc, tk, SHIM_SITE());
}

void
pdk_task_cancel(struct pdk_task *tk)
{
	struct pdk_softc *sc = tk->tk_sc;

	check_init(tk, R_pdk_task_cancel, __func__);
	SHIM_CHECK(sc, pdk_task_cancel);
	if (!tk->tk_queued)
		return;
	TAILQ_REMOVE(&sc->tasks, tk, tk_link);
	tk->tk_queued = false;
}

void
shim_task_init(struct pdk_softc *sc, struct pdk_task *tk, void (*fn)(void *), void *arg)
{
	init_task(sc, tk, fn, arg);
}

void
shim_task_post(struct pdk_task *tk)
{
	struct pdk_softc *sc = tk->tk_sc;
	bool taken = shim_lock_if(sc);

	enqueue(sc, tk, SHIM_SITE());
	shim_unlock_if(sc, taken);
}

void
shim_task_cancel(struct pdk_task *tk)
{
	struct pdk_softc *sc = tk->tk_sc;
	bool taken = shim_lock_if(sc);

	if (tk->tk_queued) {
		TAILQ_REMOVE(&sc->tasks, tk, tk_link);
		tk->tk_queued = false;
	}
	shim_unlock_if(sc, taken);
}

static void
call_run(void *arg)
{
	struct call *c = arg;
	int result = c->fn(c->arg);

	SHIM_LEFT_UNLOCKED(c->sc, c->fn);
	shim_lock(c->sc);
	c->result = result;
	c->done = true;			/* who sees this sees no task running */
	c->sc->running = NULL;
	shim_unlock(c->sc);
}

/* Unlocked; not from WORKER. */
static int
call_wait(struct pdk_softc *sc, int (*fn)(void *), void *arg, const void *site)
{
	struct call c = { .sc = sc, .fn = fn, .arg = arg };

	init_task(sc, &c.task, call_run, &c);
	hyp_order(&sc->worker, SHIM_WORKER);
	shim_lock(sc);
	enqueue(sc, &c.task, site);
	while (!c.done) {
		hyp_await(&sc->worker, SHIM_WORKER);
		shim_cond_wait(sc, &sc->done_cv, 0);
		hyp_awaited();
	}
	shim_unlock(sc);
	return c.result;
}

int
pdk_call(struct pdk_dev *dev, int (*fn)(void *), void *arg)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_call);
	if (shim_ctx.ctx == C_WORKER)
		return fn(arg);
	return call_wait(sc, fn, arg, SHIM_SITE());
}

static int
nothing(void *arg __unused)
{
	return 0;
}

void
pdk_worker_drain(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_worker_drain);
	(void)call_wait(sc, nothing, NULL, SHIM_SITE());
}

struct devcall {
	struct pdk_dev	*dev;
	int		(*fn)(struct pdk_dev *);
};

static int
devcall_run(void *arg)
{
	struct devcall *dc = arg;
	int result = dc->fn(dc->dev);

	SHIM_LEFT_UNLOCKED(dc->dev->pd_sc, dc->fn);
	return result;
}

int
shim_in_worker(struct pdk_softc *sc, int (*fn)(struct pdk_dev *))
{
	struct devcall dc = { .dev = sc->dev, .fn = fn };
	int error = call_wait(sc, devcall_run, &dc, (const void *)fn);

	SHIM_RETURNED(sc, error, fn);
	return error;
}

/* What of the driver a task runs, for texts. */
static const void *
function(const struct pdk_task *tk)
{
	const struct call *c = tk->tk_arg;

	if (tk->tk_fn != call_run)
		return (const void *)tk->tk_fn;
	if (c->fn != devcall_run)
		return (const void *)c->fn;
	return (const void *)((const struct devcall *)c->arg)->fn;
}

/* Locked on entry and return; the task may be freed or queued again by its handler. */
static void
run_one(struct pdk_softc *sc, struct pdk_task *tk)
{
	void (*fn)(void *) = tk->tk_fn;
	void *arg = tk->tk_arg;
	struct shim_ctx saved;

	TAILQ_REMOVE(&sc->tasks, tk, tk_link);
	tk->tk_queued = false;
	sc->running = function(tk);
	shim_unlock(sc);

	hyp_trace_begin(sc->hyp, "task", "run", (uintptr_t)tk, (uintptr_t)sc->running);
	hyp_role(&sc->worker, SHIM_WORKER);
	hyp_call_begin("WORKER", sc->running);
	saved = shim_enter(sc, C_WORKER);
	fn(arg);
	SHIM_LEFT_UNLOCKED(sc, fn);
	shim_leave(saved);
	hyp_call_end();
	hyp_release(&sc->worker);
	hyp_trace_end(sc->hyp, "task", "end", (uintptr_t)tk, 0);

	hyp_yield();
	shim_lock(sc);
	sc->running = NULL;
	hyp_cond_wake(&sc->done_cv);
}

static void *
worker_main(void *arg)
{
	struct pdk_softc *sc = arg;
	struct pdk_task *tk;

	shim_lock(sc);
	while (!sc->worker_stop) {
		tk = TAILQ_FIRST(&sc->tasks);
		if (tk != NULL)
			run_one(sc, tk);
		else
			shim_cond_wait(sc, &sc->work_cv, 0);
	}
	shim_unlock(sc);
	return NULL;
}

int
shim_worker_start(struct pdk_softc *sc)
{
	int error;

	TAILQ_INIT(&sc->tasks);
	error = SHIM_FAULT_HOST(sc, worker) ? EAGAIN :
	    hyp_thread_start(&sc->worker, "worker", worker_main, sc);
	sc->worker_up = error == 0;
	return error;
}

void
shim_worker_stop(struct pdk_softc *sc)
{
	if (!sc->worker_up)
		return;
	shim_lock(sc);
	sc->worker_stop = true;
	hyp_cond_wake(&sc->work_cv);
	shim_unlock(sc);
	hyp_thread_join(sc->worker);
	sc->worker_up = false;
}
