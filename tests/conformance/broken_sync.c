/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_sync.c - lock, wait, timer and task rules, broken.
 */
#include "broken.h"

static int
nothing(void *arg __unused)
{
	return 0;
}

static void
case_lock_twice(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
}

static void
case_lock_in_timer(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

static void
case_lock_in_filter(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
}

static void
case_unlock_unlocked(struct broken_softc *sc)
{
	pdk_unlock(&sc->sc_dev);
}

static void
case_unlock_in_timer(struct broken_softc *sc)
{
	pdk_unlock(&sc->sc_dev);
}

static void
case_assert_locked(struct broken_softc *sc)
{
	pdk_assert_locked(&sc->sc_dev);
}

static void
case_assert_unlocked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_assert_unlocked(&sc->sc_dev);
}

static void
case_wait_unlocked(struct broken_softc *sc)
{
	(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 1);
}

static void
case_wait_in_bh(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 1);
}

static void
case_wait_in_timer(struct broken_softc *sc)
{
	(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 1);
}

static void
case_wait_in_config(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 1);
}

static void
case_wake_unlocked(struct broken_softc *sc)
{
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
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
case_timer_arm_unlocked(struct broken_softc *sc)
{
	pdk_timer_arm(&sc->sc_timer, 1);
}

static void
case_timer_stop_unlocked(struct broken_softc *sc)
{
	pdk_timer_stop(&sc->sc_timer);
}

static void
case_timer_drain_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_timer_drain(&sc->sc_timer);
}

static void
case_timer_drain_in_timer(struct broken_softc *sc)
{
	pdk_timer_drain(&sc->sc_timer);
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
case_task_post_unlocked(struct broken_softc *sc)
{
	pdk_task_post(&sc->sc_task);
}

static void
case_task_cancel_unlocked(struct broken_softc *sc)
{
	pdk_task_cancel(&sc->sc_task);
}

static void
case_drain_in_worker(struct broken_softc *sc)
{
	pdk_worker_drain(&sc->sc_dev);
}

static void
case_drain_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
}

static void
case_call_in_bh(struct broken_softc *sc)
{
	(void)pdk_call(&sc->sc_dev, nothing, sc);
}

static void
case_call_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	(void)pdk_call(&sc->sc_dev, nothing, sc);
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

const struct broken_case broken_sync_cases[] = {
	CASE(IN_WORKER, lock_twice),
	CASE(IN_TIMER, lock_in_timer),
	CASE(IN_FILTER, lock_in_filter),
	CASE(IN_WORKER, unlock_unlocked),
	CASE(IN_TIMER, unlock_in_timer),
	CASE(IN_WORKER, assert_locked),
	CASE(IN_WORKER, assert_unlocked),
	CASE(IN_WORKER, wait_unlocked),
	CASE(IN_BH, wait_in_bh),
	CASE(IN_TIMER, wait_in_timer),
	CASE(IN_CONFIG, wait_in_config),
	CASE(IN_WORKER, wake_unlocked),
	CASE(IN_WORKER, timer_never_prepared),
	CASE(IN_WORKER, timer_prepared_armed),
	CASE(IN_WORKER, timer_arm_unlocked),
	CASE(IN_WORKER, timer_stop_unlocked),
	CASE(IN_WORKER, timer_drain_locked),
	CASE(IN_TIMER, timer_drain_in_timer),
	CASE(IN_WORKER, task_never_prepared),
	CASE(IN_WORKER, task_prepared_queued),
	CASE(IN_WORKER, task_post_unlocked),
	CASE(IN_WORKER, task_cancel_unlocked),
	CASE(IN_WORKER, drain_in_worker),
	CASE(IN_CONFIG, drain_locked),
	CASE(IN_BH, call_in_bh),
	CASE(IN_WORKER, call_locked),
	CASE(IN_BH, bh_leaves_locked),
	CASE(IN_TASK, task_leaves_locked),
	CASE(IN_CONFIG, attach_leaves_locked),
	CASE(IN_DETACH, timer_armed_after_detach),
	CASE(IN_DETACH, task_queued_after_detach),
	CASE(IN_SUSPEND, timer_armed_asleep),
	CASE(IN_SUSPEND, task_queued_asleep),
	CASE(IN_SUSPEND, suspend_leaves_locked),
	CASE(IN_RESUME, resume_leaves_locked),
	CASE(IN_WORKER, waits_for_ever),
	CASE(IN_WORKER, lock_held_for_ever),
	{ NULL, IN_CONFIG, NULL },
};
