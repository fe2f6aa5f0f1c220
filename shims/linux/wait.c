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

/* The time is over at once, as far as the driver can tell; a loop that looks at the clock ends. */
static int
time_out(struct pdk_softc *sc)
{
	const void *site = sc->lock_site;

	shim_unlock(sc);
	hyp_clock_delay(FAULT_US);
	shim_lock(sc);
	sc->lock_site = site;
	return ETIMEDOUT;
}

int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *wc, unsigned ms)
{
	struct pdk_softc *sc = shim_sc(dev);
	uint64_t deadline;
	unsigned before;

	SHIM_CHECK(sc, pdk_wait);
	if (SHIM_FAULT(sc, wait))
		return time_out(sc);
	before = wc->wc_wakeups;
	deadline = hyp_clock_ns() + (uint64_t)ms * 1000000;
	hyp_trace_begin(sc->hyp, "wait", "sleep", (uintptr_t)wc, 0);
	sc->wait_site = SHIM_SITE();
	wc->wc_waiters++;
	while (wc->wc_wakeups == before &&
	    shim_cond_wait(sc, &sc->wait_cv, deadline) != ETIMEDOUT)
		continue;
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
	if (wc->wc_waiters != 0)
		hyp_cond_wake(&sc->wait_cv);
}
