/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recover.c - firmware that died and a radio switch that moved: told to the 802.11 layer from
 * WORKER, without the lock.
 */
#include "errlog.h"
#include "iwm.h"

/*
 * The firmware is dead: print why, silence the card, fail who waits.  When it was in
 * service it is started again.
 */
void
iwm_fw_died(struct iwm_softc *sc, const char *how)
{
	if ((sc->sc_flags & (IWM_F_FATAL | IWM_F_GONE)) != 0)
		return;
	/* In service this is no failure of an operation, so it gives nothing up. */
	if ((sc->sc_flags & IWM_F_UP) != 0)
		sc->sc_flags |= IWM_F_FAILED;
	sc->sc_flags |= IWM_F_FATAL;
	sc->sc_flags &= ~IWM_F_ALIVE;
	pdk_printf(&sc->sc_dev, "%s in the %s image, last command %s", how,
	    iwm_ucode_name(sc->sc_ucode), iwm_cmd_last(sc));
	if (!iwm_errlog(sc))
		IWM_FAIL(sc, EIO, "firmware: %s image: %s", iwm_ucode_name(sc->sc_ucode), how);
	iwm_intr_disable(sc);
	iwm_wake(sc);
	if ((sc->sc_flags & (IWM_F_UP | IWM_F_DETACHING)) == IWM_F_UP)
		pdk_task_post(&sc->sc_restart_task);
}

/* Count restarts; nonzero when there were too many lately. */
static int
too_many(struct iwm_softc *sc)
{
	uint64_t now = pdk_uptime_ms();

	if (sc->sc_restarts == 0 || now - sc->sc_restart_ms > IWM_RESTART_WINDOW) {
		sc->sc_restarts = 0;
		sc->sc_restart_ms = now;
	}
	return ++sc->sc_restarts > IWM_MAX_RESTARTS;
}

/* WORKER, unlocked. */
void
iwm_restart_task(void *arg)
{
	struct iwm_softc *sc = arg;
	int give_up;

	pdk_lock(&sc->sc_dev);
	if ((sc->sc_flags & IWM_F_UP) == 0) {
		pdk_unlock(&sc->sc_dev);
		return;
	}
	iwm_stop_device(sc, 0);
	give_up = too_many(sc);
	if (give_up) {
		sc->sc_flags &= ~IWM_F_FAILED;
		IWM_FAIL(sc, EIO, "firmware: died %u times within %u s; giving up",
		    sc->sc_restarts, IWM_RESTART_WINDOW / 1000);
	}
	iwm_upcall_finish(sc);
	pdk_unlock(&sc->sc_dev);
	if (!give_up)
		pdk80211_restart(&sc->sc_dev);
}

/* Look at the switch; tell of it if it was moved.  BH or WORKER, locked. */
void
iwm_rfkill_changed(struct iwm_softc *sc)
{
	unsigned old = sc->sc_flags & IWM_F_RFKILL;

	(void)iwm_check_rfkill(sc);
	if ((sc->sc_flags & IWM_F_RFKILL) == old || (sc->sc_flags & IWM_F_DETACHING) != 0)
		return;
	if (!sc->sc_80211)
		return;				/* iwm_wifi_attach() will tell */
	pdk_printf(&sc->sc_dev, "radio switched %s", old ? "on" : "off");
	pdk_task_post(&sc->sc_rfkill_task);
}

/* WORKER, unlocked. */
void
iwm_rfkill_task(void *arg)
{
	struct iwm_softc *sc = arg;
	int blocked;

	pdk_lock(&sc->sc_dev);
	blocked = (sc->sc_flags & (IWM_F_RFKILL | IWM_F_CTKILL)) != 0;
	if (blocked)
		iwm_down(sc);
	iwm_upcall_finish(sc);
	pdk_unlock(&sc->sc_dev);
	pdk80211_rfkill(&sc->sc_dev, blocked);
}
