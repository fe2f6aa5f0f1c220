/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_sync.c - lock and waiting; in WORKER.
 */
#include "conf.h"

/* A lock that is recursive, or whose owner is not told from another. */
static void
lock_states(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;

	pdk_assert_unlocked(dev);
	pdk_lock(dev);
	pdk_assert_locked(dev);
	pdk_unlock(dev);
	pdk_assert_unlocked(dev);
}

/* tsleep(9) by ticks: of 1 ms they may be 0, which is for ever; or too few, which is too soon. */
static void
wait_timeout(struct conf_softc *sc)
{
	static const unsigned ms[] = { 1, CONF_SHORT_MS };
	struct pdk_dev *dev = &sc->sc_dev;
	struct pdk_wchan wc = { 0 };
	uint64_t start, woken;
	unsigned i;
	int error;

	pdk_lock(dev);
	for (i = 0; i < nitems(ms); i++) {
		start = woken = pdk_uptime_ms();
		do {				/* it may wake for no reason */
			error = pdk_wait(dev, &wc, ms[i]);
			pdk_assert_locked(dev);
			if (error == 0)
				woken = pdk_uptime_ms();
		} while (error == 0 && woken < start + CONF_LONG_MS);
		CONF_OK(sc, error == ETIMEDOUT, "a wait that nobody ends is not ETIMEDOUT");
		CONF_OK(sc, pdk_uptime_ms() + 1 >= start + ms[i], "it has ended before its time");
	}
	pdk_unlock(dev);
}

/* In TIMER: wakes the channel that the check waits on. */
static void
wake_fn(void *arg)
{
	struct conf_softc *sc = arg;

	sc->sc_fired[0]++;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

/*
 * tsleep(9) has its own ideas of the lock: one that is kept, so that nobody can wake; one that
 * is given up before the sleep begins, so that a wake-up between the two is lost.
 */
static void
wait_woken(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	int i, error, late = 0;

	pdk_timer_init(dev, &sc->sc_timer[0], wake_fn, sc);
	pdk_lock(dev);
	for (i = 0; i < 20; i++) {
		sc->sc_fired[0] = 0;
		pdk_timer_arm(&sc->sc_timer[0], 0);
		error = 0;
		while (sc->sc_fired[0] == 0 && error == 0)
			error = pdk_wait(dev, &sc->sc_wchan, CONF_LONG_MS);
		late |= error != 0;
		if (!CONF_OK(sc, sc->sc_fired[0] != 0, "nobody else got the lock meanwhile") || late)
			break;
	}
	CONF_OK(sc, !late, "a wake-up was lost");
	pdk_timer_stop(&sc->sc_timer[0]);
	pdk_unlock(dev);
	pdk_timer_drain(&sc->sc_timer[0]);
}

/* A wake-up that is remembered: the next wait would end before anything has happened. */
static void
wait_not_woken_before(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	struct pdk_wchan wc = { 0 }, other = { 0 };
	int i, ended = 0;

	pdk_lock(dev);
	for (i = 0; i < 5; i++) {
		pdk_wake(dev, &wc);
		pdk_wake(dev, &other);
		ended += pdk_wait(dev, &wc, 1) == 0;
	}
	CONF_OK(sc, ended < 5, "a wake-up is kept for who waits later");
	pdk_unlock(dev);
}

const struct conf_check conf_sync_checks[] = {
	{ "lock_states", CONF_WORKER, lock_states, NULL, 0 },
	{ "wait_timeout", CONF_WORKER, wait_timeout, NULL, 0 },
	{ "wait_woken", CONF_WORKER, wait_woken, NULL, 0 },
	{ "wait_not_woken_before", CONF_WORKER, wait_not_woken_before, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
