/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.c - one thread per device runs timer handlers with the driver's lock.
 *
 * The list of armed timers is under that lock, and the thread holds it from taking a timer
 * off the list until its handler has returned.  So a stop under the lock is final, and
 * who has got the lock knows that no handler runs.
 */
#include "softc.h"

#include <errno.h>

#define TIMER_MAGIC	0x74696d65

static void
check_init(const struct pdk_timer *tm, enum shim_rule_id id, const char *call)
{
	if (tm->tm_magic != TIMER_MAGIC)
		shim_violation(shim_cur(id), R_pdk_timer_init,
		    "%s() of a timer that pdk_timer_init() has not prepared", call);
}

static void
disarm(struct pdk_timer *tm)
{
	if (!tm->tm_armed)
		return;
	TAILQ_REMOVE(&tm->tm_sc->timers, tm, tm_link);
	tm->tm_armed = false;
}

/* Insert by time; timers of one time run in the order in which they were armed. */
static void
insert(struct pdk_softc *sc, struct pdk_timer *tm)
{
	struct pdk_timer *t;

	TAILQ_FOREACH_REVERSE(t, &sc->timers, shim_timerq, tm_link)
		if (t->tm_when <= tm->tm_when)
			break;
	if (t != NULL)
		TAILQ_INSERT_AFTER(&sc->timers, t, tm, tm_link);
	else
		TAILQ_INSERT_HEAD(&sc->timers, tm, tm_link);
	tm->tm_armed = true;
}

void
pdk_timer_init(struct pdk_dev *dev, struct pdk_timer *tm, void (*fn)(void *), void *arg)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_timer_init);
	shim_check_quiet(sc, tm, sizeof(*tm), R_pdk_timer_init, "prepared again");
	*tm = (struct pdk_timer){ .tm_sc = sc, .tm_fn = fn, .tm_arg = arg,
	    .tm_magic = TIMER_MAGIC };
}

void
pdk_timer_arm(struct pdk_timer *tm, unsigned ms)
{
	struct pdk_softc *sc = tm->tm_sc;

	check_init(tm, R_pdk_timer_arm, __func__);
	SHIM_CHECK(sc, pdk_timer_arm);
	disarm(tm);
	tm->tm_when = hyp_clock_ns() + (uint64_t)ms * 1000000;
	tm->tm_site = SHIM_SITE();
	insert(sc, tm);
	hyp_trace(sc->hyp, "timer", "arm", (uintptr_t)tm, ms);
	if (TAILQ_FIRST(&sc->timers) == tm)
		hyp_cond_wake(&sc->timer_cv);
}

void
pdk_timer_stop(struct pdk_timer *tm)
{
	struct pdk_softc *sc = tm->tm_sc;

	check_init(tm, R_pdk_timer_stop, __func__);
	SHIM_CHECK(sc, pdk_timer_stop);
	disarm(tm);
}

void
pdk_timer_drain(struct pdk_timer *tm)
{
	struct pdk_softc *sc = tm->tm_sc;

	check_init(tm, R_pdk_timer_drain, __func__);
	SHIM_CHECK(sc, pdk_timer_drain);
	shim_lock(sc);
	disarm(tm);
	shim_unlock(sc);
}

/* Locked; the handler may arm its timer again, or free it. */
static void
fire(struct pdk_softc *sc, struct pdk_timer *tm)
{
	void (*fn)(void *) = tm->tm_fn;
	struct shim_ctx saved;

	disarm(tm);
	hyp_trace_begin(sc->hyp, "timer", "run", (uintptr_t)tm, (uintptr_t)fn);
	sc->lock_site = (const char *)fn + 1;
	hyp_call_begin("TIMER", (const void *)fn);
	saved = shim_enter(sc, C_TIMER);
	fn(tm->tm_arg);
	shim_leave(saved);
	hyp_call_end();
	hyp_trace_end(sc->hyp, "timer", "end", (uintptr_t)tm, 0);
}

static void *
timer_main(void *arg)
{
	struct pdk_softc *sc = arg;
	struct pdk_timer *tm;

	shim_lock(sc);
	while (!sc->timer_stop) {
		tm = TAILQ_FIRST(&sc->timers);
		if (tm == NULL) {
			shim_cond_wait(sc, &sc->timer_cv, 0);
		} else if (tm->tm_when > hyp_clock_ns()) {
			shim_cond_wait(sc, &sc->timer_cv, tm->tm_when);
		} else {
			fire(sc, tm);
			shim_unlock(sc);	/* let others have it between two handlers */
			hyp_yield();
			shim_lock(sc);
		}
	}
	shim_unlock(sc);
	return NULL;
}

int
shim_timer_start(struct pdk_softc *sc)
{
	int error;

	TAILQ_INIT(&sc->timers);
	error = SHIM_FAULT_HOST(sc, timer) ? EAGAIN :
	    hyp_thread_start(&sc->timer, "timer", timer_main, sc);
	sc->timer_up = error == 0;
	return error;
}

void
shim_timer_stop(struct pdk_softc *sc)
{
	if (!sc->timer_up)
		return;
	shim_lock(sc);
	sc->timer_stop = true;
	hyp_cond_wake(&sc->timer_cv);
	shim_unlock(sc);
	hyp_thread_join(sc->timer);
	sc->timer_up = false;
}

void
shim_check_quiet(struct pdk_softc *sc, const void *p, size_t size, enum shim_rule_id id,
    const char *what)
{
	const char *start = p, *end = start + size;
	const struct pdk_timer *tm;
	const struct pdk_task *tk;
	bool taken;

	taken = shim_lock_if(sc);
	TAILQ_FOREACH(tm, &sc->timers, tm_link)
		if ((const char *)tm >= start && (const char *)tm < end)
			shim_violation(sc, id, "a timer that is armed is %s; it was armed at %s",
			    what, SHIM_WHERE(tm->tm_site));
	TAILQ_FOREACH(tk, &sc->tasks, tk_link)
		if ((const char *)tk >= start && (const char *)tk < end)
			shim_violation(sc, id, "a task that is queued is %s; it was posted at %s",
			    what, SHIM_WHERE(tk->tk_site));
	shim_unlock_if(sc, taken);
}
