/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wait.c - pdk_wait() and pdk_wake().
 *
 * Only WORKER waits, and it is one thread, so one condition variable serves all channels
 * of a device; a channel is just a count of wake-ups.
 */
#include "softc.h"

#include <errno.h>

#define FAULT_US	1000

/* Over at once, as far as the driver can tell: the lock is given up for `us` microseconds. */
static int
over(struct pdk_softc *sc, unsigned us, int error)
{
	const void *site = sc->lock_site;

	shim_unlock(sc);
	if (us != 0)
		hyp_clock_delay(us);
	shim_lock(sc);
	sc->lock_site = site;
	return error;
}

int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *wc, unsigned ms)
{
	struct pdk_softc *sc = shim_sc(dev);
	uint64_t deadline;
	unsigned before;

	SHIM_CHECK(sc, pdk_wait);
	if (SHIM_FAULT(sc, wait))
		return over(sc, FAULT_US, ETIMEDOUT);	/* a loop that looks at the clock ends */
	if (__predict_false(shim_fault_on) && shim_fault_wakes(__builtin_frame_address(0)))
		return over(sc, 0, 0);
	before = wc->wc_wakeups;
	deadline = hyp_clock_ns() + (uint64_t)ms * 1000000;
	hyp_trace_begin(sc->hyp, "wait", "sleep", (uintptr_t)wc, 0);
	sc->wait_site = SHIM_SITE();
	wc->wc_waiters++;
	do {
		hyp_await_event(wc, "a wake-up");
	} while (shim_cond_wait(sc, &sc->wait_cv, deadline) != ETIMEDOUT &&
	    wc->wc_wakeups == before);
	hyp_awaited_event(wc, wc->wc_wakeups != before, (uint64_t)ms * 1000000);
	wc->wc_waiters--;
	sc->wait_site = NULL;
	hyp_trace_end(sc->hyp, "wait", wc->wc_wakeups == before ? "timeout" : "woken",
	    (uintptr_t)wc, ms);
	return wc->wc_wakeups == before ? ETIMEDOUT : 0;
}

void
pdk_wake(struct pdk_dev *dev, struct pdk_wchan *wc)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_wake);
	wc->wc_wakeups++;
	hyp_woke(wc);
	if (wc->wc_waiters != 0)
		hyp_cond_wake(&sc->wait_cv);
}
