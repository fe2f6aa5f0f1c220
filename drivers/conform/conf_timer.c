/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_timer.c - timers; in WORKER.  Timers of one device run in the order of their times, so
 * one that is due later (a fence) tells that an earlier one would have run.
 */
#include "conf.h"

#define FAR_MS	1000000

static void
timer0(void *arg)
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
timer1(void *arg)
{
	struct conf_softc *sc = arg;

	sc->sc_fired[1]++;
	sc->sc_order[sc->sc_norder++ % 8] = 11;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

/* Locked: until all that was due has run; has the fence? */
static int
fence(struct conf_softc *sc)
{
	sc->sc_fired[1] = 0;
	pdk_timer_arm(&sc->sc_timer[1], 2 * CONF_SHORT_MS);
	CONF_WAIT(sc, sc->sc_fired[1] != 0);
	return sc->sc_fired[1] == 1;
}

/* Each check begins so, with the lock; and ends by end(). */
static void
begin(struct conf_softc *sc)
{
	pdk_timer_init(&sc->sc_dev, &sc->sc_timer[0], timer0, sc);
	pdk_timer_init(&sc->sc_dev, &sc->sc_timer[1], timer1, sc);
	pdk_lock(&sc->sc_dev);
	sc->sc_fired[0] = sc->sc_fired[1] = sc->sc_norder = sc->sc_rearm = 0;
}

static void
end(struct conf_softc *sc)
{
	sc->sc_rearm = 0;
	pdk_timer_stop(&sc->sc_timer[0]);
	pdk_timer_stop(&sc->sc_timer[1]);
	pdk_unlock(&sc->sc_dev);
	pdk_timer_drain(&sc->sc_timer[0]);
	pdk_timer_drain(&sc->sc_timer[1]);
}

/* Ticks for milliseconds that are rounded down: too early. */
static void
timer_once(struct conf_softc *sc)
{
	uint64_t start;

	begin(sc);
	start = pdk_uptime_ms();
	pdk_timer_arm(&sc->sc_timer[0], CONF_SHORT_MS);
	CONF_WAIT(sc, sc->sc_fired[0] != 0);
	CONF_OK(sc, sc->sc_fired[0] == 1, "the handler did not run while WORKER waited");
	CONF_OK(sc, pdk_uptime_ms() + 1 >= start + CONF_SHORT_MS, "it ran before its time");
	CONF_OK(sc, fence(sc), "the timer behind it did not run");
	CONF_OK(sc, sc->sc_fired[0] == 1, "it ran again");
	end(sc);
}

/*
 * The stop that does not cancel.  callout_stop() and timeout_del() do nothing once the handler
 * has begun, and it may have begun and stand at the lock; DragonFly's waits for it, and so
 * for ever if that has not to do with the lock.
 */
static void
timer_stop(struct conf_softc *sc)
{
	begin(sc);
	pdk_timer_arm(&sc->sc_timer[0], 1);
	DELAY(5000);				/* due by now, and kept out by the lock */
	pdk_timer_stop(&sc->sc_timer[0]);
	CONF_OK(sc, fence(sc), "the timer behind it did not run");
	CONF_OK(sc, sc->sc_fired[0] == 0, "the handler ran after pdk_timer_stop()");
	pdk_timer_stop(&sc->sc_timer[0]);	/* of one that is not armed: harmless */
	end(sc);
}

/*
 * The callout that is linked to itself: one that is initialised again, or put on its list
 * again, while it is armed.  The list then has no end, and the handler none either.
 */
static void
timer_rearm(struct conf_softc *sc)
{
	int behind;

	begin(sc);
	pdk_timer_arm(&sc->sc_timer[0], FAR_MS);
	pdk_timer_arm(&sc->sc_timer[0], 1);
	CONF_WAIT(sc, sc->sc_fired[0] != 0);
	CONF_OK(sc, sc->sc_fired[0] != 0, "arming again has not moved the time forward");
	behind = fence(sc);
	if (!CONF_OK(sc, sc->sc_fired[0] <= 1, "armed twice the handler ran more than once") ||
	    !CONF_OK(sc, behind, "the timer behind it did not run")) {
		end(sc);
		return;
	}
	sc->sc_fired[0] = 0;
	pdk_timer_arm(&sc->sc_timer[0], CONF_SHORT_MS);
	pdk_timer_arm(&sc->sc_timer[0], FAR_MS);
	CONF_OK(sc, fence(sc), "the timer behind it did not run");
	CONF_OK(sc, sc->sc_fired[0] == 0, "arming again has not moved the time back");
	end(sc);
}

/* A mark of being armed that is cleared behind the handler, and with it what the handler armed. */
static void
timer_rearms_itself(struct conf_softc *sc)
{
	begin(sc);
	sc->sc_rearm = 3;
	pdk_timer_arm(&sc->sc_timer[0], 1);
	CONF_WAIT(sc, sc->sc_fired[0] == 4);
	CONF_OK(sc, fence(sc), "the timer behind it did not run");
	CONF_OK(sc, sc->sc_fired[0] == 4, "a handler that arms its timer 3 times ran not 4 times");
	end(sc);
}

/* A stopped timer that cannot be armed any more: callout_drain()'s mark that stays. */
static void
timer_after_stop(struct conf_softc *sc)
{
	begin(sc);
	pdk_timer_arm(&sc->sc_timer[0], FAR_MS);
	pdk_timer_stop(&sc->sc_timer[0]);
	pdk_unlock(&sc->sc_dev);
	pdk_timer_drain(&sc->sc_timer[0]);
	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_timer[0], 1);
	CONF_WAIT(sc, sc->sc_fired[0] != 0);
	CONF_OK(sc, sc->sc_fired[0] == 1, "after stop and drain it is not armed again");
	end(sc);
}

/* One timer of the system behind all timers of a driver, with the time of the last. */
static void
timer_order(struct conf_softc *sc)
{
	begin(sc);
	pdk_timer_arm(&sc->sc_timer[0], 3 * CONF_SHORT_MS);
	pdk_timer_arm(&sc->sc_timer[1], 1);
	CONF_WAIT(sc, sc->sc_norder == 2);
	CONF_OK(sc, sc->sc_norder == 2 && sc->sc_order[0] == 11 && sc->sc_order[1] == 10,
	    "two timers did not run in the order of their times");
	end(sc);
}

/* callout_stop() for callout_drain(): the handler runs on, in memory that is freed. */
static void
timer_drain(struct conf_softc *sc)
{
	int after;

	begin(sc);
	sc->sc_rearm = FAR_MS;
	pdk_timer_arm(&sc->sc_timer[0], 0);
	CONF_WAIT(sc, sc->sc_fired[0] >= 3);
	CONF_OK(sc, sc->sc_fired[0] >= 3, "the handler does not run");
	sc->sc_rearm = 0;
	pdk_timer_arm(&sc->sc_timer[0], 1);
	pdk_unlock(&sc->sc_dev);
	pdk_timer_drain(&sc->sc_timer[0]);
	pdk_lock(&sc->sc_dev);
	after = sc->sc_fired[0];
	CONF_OK(sc, fence(sc), "the timer behind it did not run");
	CONF_OK(sc, sc->sc_fired[0] == after, "the handler ran after pdk_timer_drain()");
	end(sc);
	pdk_timer_drain(&sc->sc_timer[0]);	/* of one that is not armed: harmless */
}

const struct conf_check conf_timer_checks[] = {
	{ "timer_once", CONF_WORKER, timer_once, NULL, 0 },
	{ "timer_stop", CONF_WORKER, timer_stop, NULL, 0 },
	{ "timer_rearm", CONF_WORKER, timer_rearm, NULL, 0 },
	{ "timer_rearms_itself", CONF_WORKER, timer_rearms_itself, NULL, 0 },
	{ "timer_after_stop", CONF_WORKER, timer_after_stop, NULL, 0 },
	{ "timer_order", CONF_WORKER, timer_order, NULL, 0 },
	{ "timer_drain", CONF_WORKER, timer_drain, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
