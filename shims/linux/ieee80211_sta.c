/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ieee80211_sta.c - the station layer on the shim: its task in WORKER, its alarm, its mbufs, its
 * context; what sta/sta.h calls sta_port_*().  The port is the struct shim_80211.
 */
#include "softc.h"
#include "ieee80211.h"

#include <errno.h>

static void
work(void *arg)
{
	struct shim_80211 *w = arg;

	/* While the radio is down nothing but up changes that. */
	sta_work(w->sta);
}

/* TIMER, locked. */
static void
alarm_rings(void *arg)
{
	struct shim_80211 *w = arg;

	shim_task_post(&w->sta_task);
}

int
shim_80211_station(struct pdk_softc *sc, struct shim_80211 *w)
{
	struct sta_conf conf = { .hyp = sc->hyp, .dev = sc->dev, .ops = w->ops, .caps = &w->caps,
	    .states = sc->drv->states, .port = w };

	shim_task_init(sc, &w->sta_task, work, w);
	pdk_timer_init(sc->dev, &w->sta_alarm, alarm_rings, w);
	w->sta = sta_new(&conf);
	return w->sta == NULL ? ENOMEM : 0;
}

static int
nothing(struct pdk_dev *dev __unused)
{
	return 0;
}

/* What an upcall has posted may run at this moment: nothing new begins, and it ends. */
void
shim_80211_station_stop(struct pdk_softc *sc, struct shim_80211 *w)
{
	shim_lock(sc);
	w->sta_quiet = true;
	pdk_timer_stop(&w->sta_alarm);
	shim_task_cancel(&w->sta_task);
	shim_unlock(sc);
	(void)shim_in_worker(sc, nothing);
}

void
sta_port_wake(void *port)
{
	struct shim_80211 *w = port;
	bool taken = shim_lock_if(w->sc);

	w->sta_wakes++;
	hyp_cond_wake(&w->sta_cv);
	if (!w->sta_quiet)
		shim_task_post(&w->sta_task);
	shim_unlock_if(w->sc, taken);
}

void
sta_port_alarm(void *port, uint64_t when)
{
	struct shim_80211 *w = port;
	uint64_t now = hyp_clock_ns(), ms;

	shim_lock(w->sc);
	if (when == UINT64_MAX || w->sta_quiet)
		pdk_timer_stop(&w->sta_alarm);
	else {
		ms = when > now ? (when - now + 999999) / 1000000 : 0;
		pdk_timer_arm(&w->sta_alarm, (unsigned)MIN(ms, 3600000));
	}
	shim_unlock(w->sc);
}

struct mbuf *
sta_port_mbuf(void *port, size_t len)
{
	struct shim_80211 *w = port;

	if (SHIM_FAULT_HOST(w->sc, stack_mbuf))
		return NULL;
	return shim_mbuf_get(w->sc, len, SHIM_SITE());
}

/* Wait for the next wake; false: the time is over. */
static bool
await_wake(struct shim_80211 *w, unsigned seen, uint64_t deadline)
{
	bool woken;

	shim_lock(w->sc);
	while (w->sta_wakes == seen &&
	    shim_cond_wait(w->sc, &w->sta_cv, deadline) != ETIMEDOUT)
		;
	woken = w->sta_wakes != seen;
	shim_unlock(w->sc);
	return woken;
}

void
sta_port_wait(void *port, unsigned ms, bool (*done)(void *), void *arg)
{
	struct shim_80211 *w = port;
	uint64_t deadline = hyp_clock_ns() + (uint64_t)ms * 1000000;
	unsigned seen;

	do {
		shim_lock(w->sc);
		seen = w->sta_wakes;
		shim_unlock(w->sc);
	} while (!done(arg) && await_wake(w, seen, deadline));
}

void
sta_port_enter(void *port)
{
	struct shim_80211 *w = port;

	w->sta_saved = shim_enter(w->sc, C_TX);
}

void
sta_port_leave(void *port)
{
	shim_leave(((struct shim_80211 *)port)->sta_saved);
}

void
sta_port_restart(void *port)
{
	shim_follow_restart(&((struct shim_80211 *)port)->life);
}

void
sta_port_working(void *port)
{
	((struct shim_80211 *)port)->life.restarts = 0;
}

void
sta_port_returned(void *port, void (*fn)(void))
{
	shim_left_unlocked(((struct shim_80211 *)port)->sc, fn);
}
