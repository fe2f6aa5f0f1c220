/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_task.c - tasks and calls into WORKER; from CONFIG, where they can be watched: a
 * task cannot begin while CONFIG has the lock, since it is taken off the queue under it.
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

static void
task2(void *arg)
{
	struct conf_softc *sc = arg;
	struct pdk_wchan wc = { 0 };

	ran(sc, 2);
	pdk_lock(&sc->sc_dev);
	(void)pdk_wait(&sc->sc_dev, &wc, 1);	/* WORKER may */
	pdk_unlock(&sc->sc_dev);
}

static void
forget(struct conf_softc *sc)
{
	sc->sc_ran[0] = sc->sc_ran[1] = sc->sc_ran[2] = sc->sc_norder = 0;
}

static void
test_fifo(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	forget(sc);
	pdk_task_post(&sc->sc_task[2]);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[1]);
	pdk_unlock(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
	CONF_OK(sc, sc->sc_norder == 3 && sc->sc_order[0] == 2 && sc->sc_order[1] == 0 &&
	    sc->sc_order[2] == 1, "tasks run first in, first out; drain waits for all");
}

static void
test_coalesce(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	forget(sc);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[0]);
	pdk_unlock(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
	CONF_OK(sc, sc->sc_ran[0] == 1, "a queued task is not queued again");
}

static void
test_cancel(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	forget(sc);
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[1]);
	pdk_task_cancel(&sc->sc_task[0]);
	pdk_task_cancel(&sc->sc_task[0]);
	pdk_unlock(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
	CONF_OK(sc, sc->sc_ran[0] == 0 && sc->sc_ran[1] == 1,
	    "a cancelled task does not run, the one behind it does");
}

static void
test_again(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	forget(sc);
	sc->sc_again = 1;
	pdk_task_post(&sc->sc_task[0]);
	pdk_task_post(&sc->sc_task[1]);
	pdk_unlock(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);	/* the second post may be later than the first drain */
	CONF_OK(sc, sc->sc_ran[0] == 2 && sc->sc_order[1] == 1 && sc->sc_order[2] == 0,
	    "a running task may be queued again, and comes last");
}

static int
nested(void *arg)
{
	struct conf_softc *sc = arg;

	return sc->sc_ran[1] == 1 ? 17 : 18;
}

static int
called(void *arg)
{
	struct conf_softc *sc = arg;
	struct pdk_wchan wc = { 0 };

	pdk_assert_unlocked(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	(void)pdk_wait(&sc->sc_dev, &wc, 1);	/* so this is WORKER */
	pdk_unlock(&sc->sc_dev);
	return pdk_call(&sc->sc_dev, nested, sc);
}

static void
test_call(struct conf_softc *sc)
{
	int result;

	pdk_lock(&sc->sc_dev);
	forget(sc);
	pdk_task_post(&sc->sc_task[1]);
	pdk_unlock(&sc->sc_dev);
	result = pdk_call(&sc->sc_dev, called, sc);
	CONF_OK(sc, result == 17,
	    "pdk_call() runs in WORKER, after what was posted before, nested it is a call");
}

void
conf_config_tasks(struct conf_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_task[0], task0, sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_task[1], task1, sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_task[2], task2, sc);
	pdk_worker_drain(&sc->sc_dev);
	CONF_OK(sc, 1, "pdk_worker_drain() with no task is harmless");
	test_fifo(sc);
	test_coalesce(sc);
	test_cancel(sc);
	test_again(sc);
	test_call(sc);
}
