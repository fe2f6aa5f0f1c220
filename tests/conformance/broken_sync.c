/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_sync.c - lock, wait, timer and task rules, broken.
 */
#include "broken.h"

static int
keeps_lock(void *arg)
{
	pdk_lock(arg);
	return 0;
}

static void
case_lock_twice(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
}

static void
case_timer_never_prepared(struct broken_softc *sc)
{
	struct pdk_timer t = { .tm_fn = NULL };

	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&t, 1);
}

static void
case_timer_prepared_armed(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_timer, 10000);
	pdk_timer_init(&sc->sc_dev, &sc->sc_timer, NULL, sc);
}

static void
case_task_never_prepared(struct broken_softc *sc)
{
	struct pdk_task t = { .tk_fn = NULL };

	pdk_lock(&sc->sc_dev);
	pdk_task_post(&t);
}

static void
case_task_prepared_queued(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_task_post(&sc->sc_task);
	pdk_task_init(&sc->sc_dev, &sc->sc_task, NULL, sc);
}

static void
case_bh_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_done = 1;
}

static void
case_task_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

static void
case_attach_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

static void
case_tx_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_tx_error = EIO;
}

static void
case_timer_armed_after_detach(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_timer, 10000);
	pdk_unlock(&sc->sc_dev);
}

static void
case_task_queued_after_detach(struct broken_softc *sc)
{
	sc->sc_slow = 1;
	pdk_lock(&sc->sc_dev);
	pdk_task_post(&sc->sc_task);
	pdk_unlock(&sc->sc_dev);
}

static void
case_timer_armed_asleep(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_timer, 10000);
	pdk_unlock(&sc->sc_dev);
}

static void
case_task_queued_asleep(struct broken_softc *sc)
{
	sc->sc_slow = 1;
	pdk_lock(&sc->sc_dev);
	pdk_task_post(&sc->sc_task);
	pdk_unlock(&sc->sc_dev);
}

static void
case_suspend_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

static void
case_resume_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

/* No rule is broken in these, but whoever asks what the driver does has to get an answer. */
static void
case_waits_for_ever(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	for (;;)
		(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 1000000);
}

static void
case_lock_held_for_ever(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	for (;;)
		DELAY(1000000);
}

static void
case_timer_stop_never_prepared(struct broken_softc *sc)
{
	struct pdk_timer t = { .tm_fn = NULL };

	pdk_lock(&sc->sc_dev);
	pdk_timer_stop(&t);
}

static void
case_timer_drain_never_prepared(struct broken_softc *sc)
{
	struct pdk_timer t = { .tm_fn = NULL };

	sc->sc_done = 1;
	pdk_timer_drain(&t);
}

static void
case_task_cancel_never_prepared(struct broken_softc *sc)
{
	struct pdk_task t = { .tk_fn = NULL };

	pdk_lock(&sc->sc_dev);
	pdk_task_cancel(&t);
}

static void
case_attach_late_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

static void
case_detach_leaves_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

static void
case_call_leaves_locked(struct broken_softc *sc)
{
	(void)pdk_call(&sc->sc_dev, keeps_lock, &sc->sc_dev);
}

static void
case_timer_armed_by_failed_attach(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_timer, 10000);
	pdk_unlock(&sc->sc_dev);
	sc->sc_attach_error = EIO;
}

const struct broken_case broken_sync_cases[] = {
	CASE(IN_WORKER, lock_twice),
	CASE(IN_WORKER, timer_never_prepared),
	CASE(IN_WORKER, timer_prepared_armed),
	CASE(IN_WORKER, task_never_prepared),
	CASE(IN_WORKER, task_prepared_queued),
	CASE(IN_BH, bh_leaves_locked),
	CASE(IN_TASK, task_leaves_locked),
	CASE(IN_CONFIG, attach_leaves_locked),
	CASE(IN_TX, tx_leaves_locked),
	CASE(IN_DETACH, timer_armed_after_detach),
	CASE(IN_DETACH, task_queued_after_detach),
	CASE(IN_SUSPEND, timer_armed_asleep),
	CASE(IN_SUSPEND, task_queued_asleep),
	CASE(IN_SUSPEND, suspend_leaves_locked),
	CASE(IN_RESUME, resume_leaves_locked),
	CASE(IN_WORKER, waits_for_ever),
	CASE(IN_WORKER, lock_held_for_ever),
	CASE(IN_WORKER, timer_stop_never_prepared),
	CASE(IN_WORKER, timer_drain_never_prepared),
	CASE(IN_WORKER, task_cancel_never_prepared),
	CASE(IN_WORKER, attach_late_leaves_locked),
	CASE(IN_DETACH, detach_leaves_locked),
	CASE(IN_CONFIG, call_leaves_locked),
	CASE(IN_CONFIG, timer_armed_by_failed_attach),
	{ NULL, IN_CONFIG, NULL },
};
