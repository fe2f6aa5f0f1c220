/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.c - the INIT firmware: it reads the non-volatile memory and calibrates the radio, then
 * makes room for the runtime firmware.  WORKER, with the lock.
 */
#include "iwm.h"

#define CALIB_TIMEOUT	3000	/* ms */

static int
calibrate(struct iwm_softc *sc)
{
	int error;

	iwm_phydb_clear(&sc->sc_phydb);
	sc->sc_events &= ~IWM_EV_INITDONE;
	if ((error = iwm_send_tx_ant_cfg(sc)) != 0 || (error = iwm_send_phy_cfg(sc)) != 0)
		return error;
	error = iwm_wait_events(sc, IWM_EV_INITDONE, CALIB_TIMEOUT);
	if (error == ETIMEDOUT) {
		IWM_FAIL(sc, error, "firmware: calibration not complete within %u ms; %s",
		    CALIB_TIMEOUT, iwm_irq_advice(sc));
		iwm_report(sc, "time-out");
	}
	return error;
}

static int
run(struct iwm_softc *sc, int calib)
{
	int error;

	if ((error = iwm_start_hw(sc)) != 0 ||
	    (error = iwm_start_ucode(sc, IWM_UCODE_INIT)) != 0 ||
	    (error = iwm_send_bt_init_conf(sc)) != 0)
		return error;
	if (sc->sc_nvm.nchans == 0 && (error = iwm_nvm_read(sc)) != 0)
		return error;
	if (!calib)
		return 0;
	return calibrate(sc);
}

/*
 * Run the INIT firmware: non-volatile memory when not read yet, calibration when asked (not
 * with the radio switched off).  The card is stopped afterwards in any case.
 */
int
iwm_run_init(struct iwm_softc *sc, int calib)
{
	int error;

	error = run(sc, calib);
	iwm_stop_device(sc, 0);
	return error;
}
