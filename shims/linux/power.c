/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * power.c - suspend and resume: the radio or the Ethernet interface goes down first and comes up
 * last, the driver's functions run in WORKER, and between them nothing of the driver does.
 */
#include "softc.h"

#include <errno.h>

int
shim_suspend(struct pdk_softc *sc)
{
	struct shim_ctx saved = shim_enter(sc, C_CONFIG);
	int error;

	shim_80211_sleep(sc);
	shim_net_sleep(sc);
	error = shim_in_worker(sc, sc->drv->suspend);
	if (error == 0) {
		(void)hyp_power(sc->hyp, 0);
		shim_80211_quiet(sc);		/* it may have heard of something meanwhile */
		shim_net_quiet(sc);
		shim_check_idle(sc, R_rule_suspended, "after suspend");
	} else {
		shim_80211_wake(sc);
		shim_net_wake(sc);
	}
	shim_leave(saved);
	return error;
}

int
shim_resume(struct pdk_softc *sc)
{
	struct shim_ctx saved = shim_enter(sc, C_CONFIG);
	int error;

	error = SHIM_FAULT_HOST(sc, resume) ? EIO : hyp_power(sc->hyp, 1);
	if (error == 0)
		error = shim_in_worker(sc, sc->drv->resume);
	if (error == 0) {
		shim_80211_wake(sc);
		shim_net_wake(sc);
	}
	shim_leave(saved);
	return error;
}
