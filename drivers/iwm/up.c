/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * up.c - radio on and off.  WORKER, with the lock.
 */
#include "iwm.h"

static int
start(struct iwm_softc *sc)
{
	int error;

	if ((error = iwm_run_init(sc, 1)) != 0 || (error = iwm_start_hw(sc)) != 0 ||
	    (error = iwm_start_ucode(sc, IWM_UCODE_REGULAR)) != 0)
		return error;
	return iwm_setup_runtime(sc);
}

/* Where the switch is now; the interrupt may not have come yet. */
static int
radio_allowed(struct iwm_softc *sc)
{
	if (iwm_check_card(sc) != 0)
		return ENXIO;
	if ((sc->sc_flags & IWM_F_CTKILL) != 0)
		return EPERM;
	if (!iwm_check_rfkill(sc))
		return 0;
	pdk_printf(&sc->sc_dev, IWM_RFKILL_TEXT);
	return EPERM;
}

/*
 * Calibrate, start the runtime firmware and set it up.  EPERM: the radio is switched off.
 * After an error the card is stopped.
 */
int
iwm_up(struct iwm_softc *sc)
{
	int error;

	if ((sc->sc_flags & IWM_F_UP) != 0)
		return 0;
	sc->sc_flags &= ~IWM_F_FAILED;
	if ((error = radio_allowed(sc)) != 0)
		return error;
	if ((error = start(sc)) != 0) {
		/* Who has not said why yet has met a refusal that is in the log. */
		if ((sc->sc_flags & IWM_F_FAILED) == 0)
			IWM_FAIL(sc, error, "firmware: %s image: set-up failed after %s: "
			    "error %d", iwm_ucode_name(sc->sc_ucode), iwm_cmd_last(sc), error);
		iwm_stop_device(sc, 0);
		return error;
	}
	sc->sc_flags |= IWM_F_UP;
	pdk_state(&sc->sc_dev, "alive");
	return 0;
}

/*
 * In order while the firmware follows: one that is cut short may still have to tell something.
 * Behind the radio switch it need not follow, and iwlwifi (mvm/ops.c) stops it at once, too.
 */
void
iwm_down(struct iwm_softc *sc)
{
	if ((sc->sc_flags & IWM_F_UP) == 0)
		return;
	if ((sc->sc_flags & (IWM_F_FATAL | IWM_F_GONE | IWM_F_RFKILL)) == 0) {
		iwm_scan_stop(sc);
		iwm_net_leave(sc);
	}
	iwm_stop_device(sc, 0);
}
