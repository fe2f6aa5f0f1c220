/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_sync.c - lock, waiting, timers; in WORKER.
 */
#include "conf.h"

static void
test_lock(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;

	pdk_assert_unlocked(dev);
	pdk_lock(dev);
	pdk_assert_locked(dev);
	pdk_unlock(dev);
	pdk_assert_unlocked(dev);
	CONF_OK(sc, 1, "WORKER takes and gives the lock");
}

static void
test_wait_timeout(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	struct pdk_wchan wc = { 0 };
	uint64_t start;
	int error = 0;

	pdk_lock(dev);
	start = pdk_uptime_ms();
	while (error == 0)			/* it may wake for no reason */
		error = pdk_wait(dev, &wc, CONF_SHORT_MS);
	CONF_OK(sc, error == ETIMEDOUT, "pdk_wait() that nobody wakes gives ETIMEDOUT");
	CONF_OK(sc, pdk_uptime_ms() + 1 >= start + CONF_SHORT_MS,
	    "and not before its time");
	pdk_assert_locked(dev);
	CONF_OK(sc, 1, "and has the lock again");
	pdk_unlock(dev);
}

static void
timer_fn(void *arg)
{
	struct conf_softc *sc = arg;

	pdk_assert_locked(&sc->sc_dev);
	sc->sc_fired[0]++;
	sc->sc_order[sc->sc_norder++ % 8] = 10;
	if (sc->sc_rearm > 0) {
		sc->sc_rearm--;
		pdk_timer_arm(&sc->sc_timer[0], 1);
	}
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

static void
timer1_fn(void *arg)
{
	struct conf_softc *sc = arg;

	sc->sc_fired[1]++;
	sc->sc_order[sc->sc_norder++ % 8] = 11;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

static void
test_timer_once(struct conf_softc *sc)
{
	uint64_t start;

	pdk_lock(&sc->sc_dev);
	sc->sc_fired[0] = 0;
	start = pdk_uptime_ms();
	pdk_timer_arm(&sc->sc_timer[0], CONF_SHORT_MS);
	CONF_WAIT(sc, sc->sc_fired[0] != 0);
	CONF_OK(sc, sc->sc_fired[0] == 1, "a timer runs, with the lock, while WORKER waits");
	CONF_OK(sc, pdk_uptime_ms() + 1 >= start + CONF_SHORT_MS, "and not before its time");
	conf_pause(sc, CONF_SHORT_MS);
	CONF_OK(sc, sc->sc_fired[0] == 1, "and once");
	pdk_unlock(&sc->sc_dev);
}

/* The timer expires while the lock is held, so its handler is waiting for the lock. */
static void
test_timer_stop(struct conf_softc *sc)
{
	int before;

	pdk_lock(&sc->sc_dev);
	before = sc->sc_fired[0];
	pdk_timer_arm(&sc->sc_timer[0], 1);
	DELAY(5000);
	pdk_timer_stop(&sc->sc_timer[0]);
	conf_pause(sc, CONF_SHORT_MS);
	CONF_OK(sc, sc->sc_fired[0] == before,
	    "pdk_timer_stop() under the lock is final, even when the time has passed");
	pdk_timer_stop(&sc->sc_timer[0]);
	CONF_OK(sc, 1, "pdk_timer_stop() of a timer that is not armed is harmless");
	pdk_unlock(&sc->sc_dev);
}

static void
test_timer_rearm(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_fired[0] = 0;
	pdk_timer_arm(&sc->sc_timer[0], 1000000);
	pdk_timer_arm(&sc->sc_timer[0], 1);
	CONF_WAIT(sc, sc->sc_fired[0] != 0);
	conf_pause(sc, CONF_SHORT_MS);
	CONF_OK(sc, sc->sc_fired[0] == 1, "arming again moves the time, it does not add one");
	sc->sc_fired[0] = 0;
	sc->sc_rearm = 3;
	pdk_timer_arm(&sc->sc_timer[0], 1);
	CONF_WAIT(sc, sc->sc_fired[0] == 4);
	CONF_OK(sc, sc->sc_fired[0] == 4, "a handler may arm its own timer");
	pdk_unlock(&sc->sc_dev);
}

static void
test_timer_order(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_fired[0] = sc->sc_fired[1] = sc->sc_norder = 0;
	pdk_timer_arm(&sc->sc_timer[0], 3 * CONF_SHORT_MS);
	pdk_timer_arm(&sc->sc_timer[1], 1);
	CONF_WAIT(sc, sc->sc_norder == 2);
	CONF_OK(sc, sc->sc_norder == 2 && sc->sc_order[0] == 11 && sc->sc_order[1] == 10,
	    "two timers run in the order of their times");
	pdk_unlock(&sc->sc_dev);
}

static void
test_timer_drain(struct conf_softc *sc)
{
	int after;

	pdk_lock(&sc->sc_dev);
	sc->sc_fired[0] = 0;
	sc->sc_rearm = 1000000;
	pdk_timer_arm(&sc->sc_timer[0], 0);
	CONF_WAIT(sc, sc->sc_fired[0] >= 3);
	sc->sc_rearm = 0;
	pdk_unlock(&sc->sc_dev);
	pdk_timer_drain(&sc->sc_timer[0]);
	pdk_lock(&sc->sc_dev);
	after = sc->sc_fired[0];
	conf_pause(sc, CONF_SHORT_MS);
	CONF_OK(sc, after >= 3 && sc->sc_fired[0] == after,
	    "after pdk_timer_drain() the handler does not run");
	pdk_unlock(&sc->sc_dev);
	pdk_timer_drain(&sc->sc_timer[0]);
	CONF_OK(sc, 1, "pdk_timer_drain() of a timer that is not armed is harmless");
}

void
conf_worker_sync(struct conf_softc *sc)
{
	pdk_timer_init(&sc->sc_dev, &sc->sc_timer[0], timer_fn, sc);
	pdk_timer_init(&sc->sc_dev, &sc->sc_timer[1], timer1_fn, sc);
	test_lock(sc);
	test_wait_timeout(sc);
	test_timer_once(sc);
	test_timer_stop(sc);
	test_timer_rearm(sc);
	test_timer_order(sc);
	test_timer_drain(sc);
}
