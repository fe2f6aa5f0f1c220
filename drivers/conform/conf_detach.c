/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_detach.c - what CONFIG can ask of WORKER, and how things come to their end; in detach,
 * since at boot, when attach runs, there may be no threads yet.
 */
#include "conf.h"

static void
task0(void *arg)
{
	struct conf_softc *sc = arg;
	struct pdk_wchan wc = { 0 };

	pdk_lock(&sc->sc_dev);
	(void)pdk_wait(&sc->sc_dev, &wc, CONF_SHORT_MS);
	sc->sc_ran[0]++;
	pdk_unlock(&sc->sc_dev);
}

/* A drain that returns while a task runs, or looks at the queue only: a task in freed memory. */
static void
drain_waits(struct conf_softc *sc)
{
	pdk_worker_drain(&sc->sc_dev);		/* of no task: harmless */
	pdk_task_init(&sc->sc_dev, &sc->sc_task[0], task0, sc);
	pdk_lock(&sc->sc_dev);
	sc->sc_ran[0] = 0;
	pdk_task_post(&sc->sc_task[0]);
	pdk_unlock(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	CONF_OK(sc, sc->sc_ran[0] == 1, "a task has not ended when pdk_worker_drain() returns");
	pdk_unlock(&sc->sc_dev);
}

static int
nested(void *arg)
{
	struct conf_softc *sc = arg;

	return sc->sc_ran[0] == 1 ? 17 : 18;
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

/* A call that overtakes the tasks, runs in its caller's thread, or waits for itself. */
static void
call_in_order(struct conf_softc *sc)
{
	int result;

	pdk_lock(&sc->sc_dev);
	sc->sc_ran[0] = 0;
	pdk_task_post(&sc->sc_task[0]);
	pdk_unlock(&sc->sc_dev);
	result = pdk_call(&sc->sc_dev, called, sc);
	CONF_OK(sc, result == 17 || result == 18, "pdk_call() does not return what its function did");
	CONF_OK(sc, result != 18, "pdk_call() ran before a task that was posted before");
	pdk_worker_drain(&sc->sc_dev);
}

/* An interface that goes after its device: down comes too late, or not at all. */
static void
detach_radio(struct conf_softc *sc)
{
	pdk80211_detach(&sc->sc_dev);
	CONF_OK(sc, sc->sc_ups == sc->sc_downs, "an up had no down when pdk80211_detach() returned");
	pdk80211_detach(&sc->sc_dev);		/* of what is not attached: harmless */
}

/* Vectors that stay reserved: the next attach finds none. */
static void
detach_interrupt(struct conf_softc *sc)
{
	pdk_intr_disestablish(&sc->sc_dev);
	CONF_OK(sc, pdk_intr_kind(&sc->sc_dev) == 0, "there is still an interrupt");
}

const struct conf_check conf_detach_checks[] = {
	{ "detach_radio", CONF_DETACH, detach_radio, NULL, 0 },
	{ "detach_interrupt", CONF_DETACH, detach_interrupt, NULL, 0 },
	{ "drain_waits", CONF_DETACH, drain_waits, NULL, 0 },
	{ "call_in_order", CONF_DETACH, call_in_order, NULL, 0 },
	{ NULL, CONF_DETACH, NULL, NULL, 0 },
};
