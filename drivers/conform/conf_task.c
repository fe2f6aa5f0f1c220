/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_task.c - tasks.  The first half of a check, in WORKER, posts them; none can begin before
 * it returns.  The second half is a task as well, posted behind them.
 */
#include "conf.h"

static void
ran(struct conf_softc *sc, int n)
{
	pdk_assert_unlocked(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	sc->sc_ran[n]++;
	sc->sc_order[sc->sc_norder++ % 8] = n;
	if (n == 0 && sc->sc_again > 0) {
		sc->sc_again--;
		pdk_task_post(&sc->sc_task[0]);
		sc->sc_order[sc->sc_norder++ % 8] = 5;	/* nothing runs in between */
	}
	pdk_unlock(&sc->sc_dev);
}

static void
task0(void *arg)
{
	ran(arg, 0);
}

static void
task1(void *arg)
{
	ran(arg, 1);
}

/* WORKER may wait. */
static void
task2(void *arg)
{
	struct conf_softc *sc = arg;
	struct pdk_wchan wc = { 0 };

	ran(sc, 2);
	pdk_lock(&sc->sc_dev);
	(void)pdk_wait(&sc->sc_dev, &wc, 1);
	pdk_unlock(&sc->sc_dev);
}

/* The tasks are prepared for each check: that none is queued is part of it.  Takes the lock. */
static void
begin(struct conf_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_task[0], task0, sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_task[1], task1, sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_task[2], task2, sc);
	pdk_lock(&sc->sc_dev);
	sc->sc_ran[0] = sc->sc_ran[1] = sc->sc_ran[2] = sc->sc_norder = sc->sc_again = 0;
}

/* A queue of several threads, or by priority; a task that runs in its poster's context. */
static void
task_fifo(struct conf_softc *sc)
{
	begin(sc);
	pdk_task_post(&sc->sc_task[2]);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[1]);
	CONF_OK(sc, sc->sc_norder == 0, "a task has begun before its poster has ended");
	pdk_unlock(&sc->sc_dev);
}

static void
task_fifo_then(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_norder == 3 && sc->sc_order[0] == 2 && sc->sc_order[1] == 0 &&
	    sc->sc_order[2] == 1, "tasks did not run first in, first out");
}

/* workqueue_enqueue(9) of what is queued already: linked to itself, or a panic. */
static void
task_coalesce(struct conf_softc *sc)
{
	begin(sc);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[0]);
	pdk_unlock(&sc->sc_dev);
}

static void
task_coalesce_then(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ran[0] == 1, "a task that was posted while queued ran not just once");
}

/* workqueue(9) cannot cancel; what is taken from the middle of a queue loses what is behind. */
static void
task_cancel(struct conf_softc *sc)
{
	begin(sc);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[1]);
	pdk_task_cancel(&sc->sc_task[0]);
	pdk_task_cancel(&sc->sc_task[0]);
	pdk_task_cancel(&sc->sc_task[2]);	/* never posted: harmless */
	pdk_unlock(&sc->sc_dev);
}

static void
task_cancel_then(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ran[0] == 0, "a task ran after pdk_task_cancel()");
	CONF_OK(sc, sc->sc_ran[1] == 1, "the task behind a cancelled one did not run");
}

/* Cancelled and posted again while the system still has the old entry: not at all, or twice. */
static void
task_after_cancel(struct conf_softc *sc)
{
	begin(sc);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_cancel(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[1]);
	pdk_task_post(&sc->sc_task[0]);
	pdk_unlock(&sc->sc_dev);
}

static void
task_after_cancel_then(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ran[0] == 1, "a task that was cancelled and posted ran not just once");
	CONF_OK(sc, sc->sc_ran[1] == 1, "the task before it ran not just once");
}

/* A task that posts itself and so keeps all others from running. */
static void
task_posts_itself(struct conf_softc *sc)
{
	begin(sc);
	sc->sc_again = 1;
	pdk_task_post(&sc->sc_task[0]);
	pdk_unlock(&sc->sc_dev);
}

static void
task_posts_itself_then(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ran[0] == 1 && sc->sc_norder == 2 && sc->sc_order[1] == 5,
	    "a task that posts itself was run again at once");
}

/*
 * A mark of being queued that is cleared behind the handler: what it has posted is lost.  The
 * task of the check before is still queued, behind its second half and before this one's.
 */
static void
task_posted_itself(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ran[0] == 1, "a task that posts itself ran before its turn");
}

static void
task_posted_itself_then(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ran[0] == 2, "a task that has posted itself did not run again");
}

static int
nested(void *arg)
{
	return *(int *)arg + 1;
}

/* pdk_call() that waits for a thread that is itself: for ever. */
static void
call_in_worker(struct conf_softc *sc)
{
	int seventeen = 17;

	CONF_OK(sc, pdk_call(&sc->sc_dev, nested, &seventeen) == 18,
	    "pdk_call() in WORKER does not return what the function has returned");
}

const struct conf_check conf_task_checks[] = {
	{ "task_fifo", CONF_WORKER, task_fifo, task_fifo_then, 0 },
	{ "task_coalesce", CONF_WORKER, task_coalesce, task_coalesce_then, 0 },
	{ "task_cancel", CONF_WORKER, task_cancel, task_cancel_then, 0 },
	{ "task_after_cancel", CONF_WORKER, task_after_cancel, task_after_cancel_then, 0 },
	{ "task_posts_itself", CONF_WORKER, task_posts_itself, task_posts_itself_then, 0 },
	{ "task_posted_itself", CONF_WORKER, task_posted_itself, task_posted_itself_then, 0 },
	{ "call_in_worker", CONF_WORKER, call_in_worker, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
