/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - the driver as its system sees it: attach, attach_late, detach, suspend, resume.
 */
#include "iwm.h"

/* ---- attach ---- */

static void
free_all(struct iwm_softc *sc)
{
	iwm_fw_release(sc);
	iwm_phydb_clear(&sc->sc_phydb);
	iwm_cmd_free(sc);
	iwm_tx_free(sc);
	iwm_rx_free(sc);
	pdk_dma_free(&sc->sc_ict);
	pdk_dma_free(&sc->sc_fwdma);
	iwm_pci_detach(sc);
}

static int
alloc_all(struct iwm_softc *sc)
{
	int error;

	if ((error = pdk_dma_alloc(&sc->sc_dev, &sc->sc_fwdma, FH_MEM_TB_MAX_LENGTH, 16)) != 0 ||
	    (error = pdk_dma_alloc(&sc->sc_dev, &sc->sc_ict, 4096, 4096)) != 0 ||
	    (error = iwm_rx_alloc(sc)) != 0 || (error = iwm_tx_alloc(sc)) != 0 ||
	    (error = iwm_cmd_alloc(sc)) != 0)
		IWM_FAIL(sc, error, "no memory for DMA: error %d", error);
	return error;
}

static int
attach_intr(struct iwm_softc *sc)
{
	unsigned nvec = 1;
	int error;

	pdk_lock(&sc->sc_dev);
	iwm_intr_disable(sc);
	pdk_unlock(&sc->sc_dev);
	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_MSI | PDK_INTR_INTX, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, iwm_intr_filter, iwm_intr_bh, sc);
	if (error != 0) {
		pdk_intr_disestablish(&sc->sc_dev);
		IWM_FAIL(sc, error, "no interrupt: error %d", error);
	}
	return error;
}

static int
iwm_attach(struct pdk_dev *dev)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error;

	if ((error = iwm_pci_attach(sc)) != 0)
		return error;
	pdk_task_init(dev, &sc->sc_restart_task, iwm_restart_task, sc);
	pdk_task_init(dev, &sc->sc_rfkill_task, iwm_rfkill_task, sc);
	iwm_upcall_init(sc);
	iwm_scan_init(sc);
	iwm_net_init(sc);
	iwm_tev_init(sc);
	iwm_lq_init(sc);
	iwm_ba_init(sc);
	iwm_txq_watch_init(sc);
	iwm_tt_init(sc);
	if ((error = alloc_all(sc)) != 0 || (error = attach_intr(sc)) != 0)
		free_all(sc);
	return error;
}

/* ---- attach_late ---- */

static void
report_nvm(struct iwm_softc *sc)
{
	const struct iwm_nvm *n = &sc->sc_nvm;
	struct pdk_dev *dev = &sc->sc_dev;

	pdk_info(dev, "mac", "%02x:%02x:%02x:%02x:%02x:%02x", n->mac[0], n->mac[1], n->mac[2],
	    n->mac[3], n->mac[4], n->mac[5]);
	pdk_info(dev, "nvm", "0x%x", n->version);
	pdk_info(dev, "radio", "type %u step %u dash %u, TX chains 0x%x, RX chains 0x%x",
	    n->radio_type, n->radio_step, n->radio_dash, n->tx_ant, n->rx_ant);
}

/* Why the INIT firmware failed, if nobody said so: a refused command is only logged. */
static int
first_run(struct iwm_softc *sc)
{
	int error;

	pdk_lock(&sc->sc_dev);
	error = iwm_run_init(sc, 0);
	if (error != 0) {
		if ((sc->sc_flags & IWM_F_FAILED) == 0)
			IWM_FAIL(sc, error, "INIT firmware failed: error %d", error);
		iwm_intr_disable(sc);
	}
	pdk_unlock(&sc->sc_dev);
	return error;
}

static int
iwm_attach_late(struct pdk_dev *dev)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error;

	if ((error = iwm_fw_read(sc)) != 0 || (error = first_run(sc)) != 0)
		return error;
	report_nvm(sc);
	if ((error = iwm_wifi_attach(sc)) != 0)
		IWM_FAIL(sc, error, "802.11 layer: error %d", error);
	return error;
}

/* ---- detach ---- */

static int
stop_for_good(void *arg)
{
	struct iwm_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	sc->sc_flags |= IWM_F_DETACHING;
	pdk_task_cancel(&sc->sc_restart_task);
	pdk_task_cancel(&sc->sc_rfkill_task);
	iwm_tt_stop(sc);
	iwm_stop_device(sc, 1);
	pdk_unlock(&sc->sc_dev);
	return 0;
}

static int
iwm_detach(struct pdk_dev *dev)
{
	struct iwm_softc *sc = iwm_sc(dev);

	iwm_wifi_detach(sc);
	(void)pdk_call(dev, stop_for_good, sc);
	pdk_intr_disestablish(dev);
	iwm_scan_fini(sc);
	iwm_ba_fini(sc);
	iwm_txq_watch_fini(sc);
	iwm_tt_fini(sc);
	pdk_worker_drain(dev);
	free_all(sc);
	return 0;
}

/* ---- suspend, resume ---- */

/* The radio is down, so no firmware runs; what is left is the radio switch's interrupt. */
static int
iwm_suspend(struct pdk_dev *dev)
{
	struct iwm_softc *sc = iwm_sc(dev);

	pdk_lock(dev);
	iwm_stop_device(sc, 1);
	iwm_upcall_finish(sc);
	pdk_task_cancel(&sc->sc_restart_task);
	pdk_task_cancel(&sc->sc_rfkill_task);
	iwm_tt_stop(sc);
	pdk_task_cancel(&sc->sc_upcalls.task);
	pdk_unlock(dev);
	return 0;
}

/* To where attach_late() left the card; the switch may have been moved meanwhile. */
static int
iwm_resume(struct pdk_dev *dev)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error, blocked;

	iwm_pci_config(sc);
	pdk_lock(dev);
	sc->sc_flags &= ~IWM_F_FAILED;
	error = iwm_start_hw(sc);
	iwm_stop_device(sc, 0);
	iwm_tt_resume(sc);
	blocked = (sc->sc_flags & (IWM_F_RFKILL | IWM_F_CTKILL)) != 0;
	pdk_unlock(dev);
	if (error == 0)
		pdk80211_rfkill(dev, blocked);
	return error;
}

static const char *const iwm_states[] = { "alive", "scanned", "associated", "ip", NULL };

static const struct pdk_pci_driver iwm_driver = {
	.name = "iwm",
	.ids = iwm_ids,
	.softc_size = sizeof(struct iwm_softc),
	.dma_bits = 36,
	.states = iwm_states,
	.regs = iwm_regs,
	.attach = iwm_attach,
	.attach_late = iwm_attach_late,
	.detach = iwm_detach,
	.suspend = iwm_suspend,
	.resume = iwm_resume,
};
PDK_PCI_DRIVER(iwm, iwm_driver);
