/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wait.c - waiting in WORKER for what BH sees, without hanging on a card that is gone, and
 * the report when nothing came.
 */
#include "iwm.h"

/* A pulled card raises no interrupt; look at it this often while waiting. */
#define LOOK_AGAIN	50	/* ms */

void
iwm_wake(struct iwm_softc *sc)
{
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

void
iwm_event(struct iwm_softc *sc, unsigned events)
{
	sc->sc_events |= events;
	iwm_wake(sc);
}

void
iwm_sleep(struct iwm_softc *sc, unsigned ms)
{
	uint64_t end = pdk_uptime_ms() + ms + 1, now;

	while ((now = pdk_uptime_ms()) < end)
		(void)pdk_wait(&sc->sc_dev, &sc->sc_sleepchan, (unsigned)(end - now));
}

int
iwm_wait_events(struct iwm_softc *sc, unsigned events, unsigned ms)
{
	uint64_t end = pdk_uptime_ms() + ms, now;

	for (;;) {
		if ((sc->sc_events & events) == events && (sc->sc_flags & IWM_F_FATAL) == 0)
			return 0;
		if ((sc->sc_flags & IWM_F_GONE) != 0 || iwm_check_card(sc) != 0)
			return ENXIO;
		if ((sc->sc_flags & IWM_F_FATAL) != 0)
			return EIO;
		now = pdk_uptime_ms();
		if (now >= end)
			return ETIMEDOUT;
		(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, MIN(end - now, LOOK_AGAIN));
	}
}

/* Is it the interrupt that is missing, or the card that is silent? */
const char *
iwm_irq_advice(struct iwm_softc *sc)
{
	if ((iwm_read(sc, CSR_INT) & sc->sc_intmask) != 0)
		return "the card raised the cause but no interrupt arrived; check the host's "
		    "interrupt set-up";
	return "the card raised no cause; its firmware or DMA stands still";
}

void
iwm_report(struct iwm_softc *sc, const char *what)
{
	uint32_t tx = 0, err = 0, rx = 0;

	if (iwm_nic_lock(sc) == 0) {
		tx = iwm_read(sc, FH_TSSR_TX_STATUS_REG);
		err = iwm_read(sc, FH_TSSR_TX_ERROR_REG);
		rx = iwm_read(sc, FH_MEM_RSSR_RX_STATUS_REG);
		iwm_nic_unlock(sc);
	}
	if ((sc->sc_flags & IWM_F_GONE) != 0)
		return;
	pdk_printf(&sc->sc_dev, "%s: CSR_INT 0x%08x mask 0x%08x CSR_FH_INT_STATUS 0x%08x "
	    "CSR_GP_CNTRL 0x%08x CSR_RESET 0x%08x", what, iwm_read(sc, CSR_INT),
	    iwm_read(sc, CSR_INT_MASK), iwm_read(sc, CSR_FH_INT_STATUS),
	    iwm_read(sc, CSR_GP_CNTRL), iwm_read(sc, CSR_RESET));
	pdk_printf(&sc->sc_dev, "%s: FH TX status 0x%08x error 0x%08x RX status 0x%08x, "
	    "%s firmware, last command %s, %u queued", what, tx, err, rx,
	    iwm_ucode_name(sc->sc_ucode), iwm_cmd_last(sc), sc->sc_tx[IWM_CMD_QUEUE].queued);
}
