/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em - driver for the Intel 82574L Gigabit Ethernet controller, which is also QEMU's e1000e.
 *
 * The device is reset in attach, once, to find it and its address; everything else is done when
 * the stack brings it up, and undone when it takes it down.
 */
#include "em.h"

static const struct pdk_reg em_regs[] = {
	{ 0, EM_CTRL, "CTRL" }, { 0, EM_STATUS, "STATUS" }, { 0, EM_EEC, "EEC" },
	{ 0, EM_CTRL_EXT, "CTRL_EXT" }, { 0, EM_MDIC, "MDIC" }, { 0, EM_ICR, "ICR" },
	{ 0, EM_ITR, "ITR" }, { 0, EM_ICS, "ICS" }, { 0, EM_IMS, "IMS" }, { 0, EM_IMC, "IMC" },
	{ 0, EM_EIAC, "EIAC" }, { 0, EM_IVAR, "IVAR" }, { 0, EM_EITR(0), "EITR[5]" },
	{ 0, EM_RCTL, "RCTL" },
	{ 0, EM_TCTL, "TCTL" }, { 0, EM_TIPG, "TIPG" }, { 0, EM_EXTCNF_CTRL, "EXTCNF_CTRL" },
	{ 0, EM_RDBAL, "RDBAL" }, { 0, EM_RDBAH, "RDBAH" }, { 0, EM_RDLEN, "RDLEN" },
	{ 0, EM_RDH, "RDH" }, { 0, EM_RDT, "RDT" }, { 0, EM_RDTR, "RDTR" },
	{ 0, EM_RXDCTL, "RXDCTL" }, { 0, EM_RADV, "RADV" }, { 0, EM_TDBAL, "TDBAL" },
	{ 0, EM_TDBAH, "TDBAH" }, { 0, EM_TDLEN, "TDLEN" }, { 0, EM_TDH, "TDH" },
	{ 0, EM_TDT, "TDT" }, { 0, EM_TIDV, "TIDV" }, { 0, EM_TXDCTL, "TXDCTL" },
	{ 0, EM_TARC0, "TARC0" }, { 0, EM_CRCERRS, "CRCERRS" }, { 0, EM_ALGNERRC, "ALGNERRC" },
	{ 0, EM_RXERRC, "RXERRC" }, { 0, EM_MPC, "MPC" }, { 0, EM_COLC, "COLC" },
	{ 0, EM_RLEC, "RLEC" }, { 0, EM_RUC, "RUC" }, { 0, EM_ROC, "ROC" },
	{ 0, EM_GPRC, "GPRC" }, { 0, EM_GPTC, "GPTC" }, { 0, EM_RNBC, "RNBC" },
	{ 0, EM_RXCSUM, "RXCSUM" }, { 0, EM_RFCTL, "RFCTL" }, { 0, EM_MTA(0), "MTA[128]" },
	{ 0, EM_RAL(0), "RAL[16:8]" }, { 0, EM_RAH(0), "RAH[16:8]" }, { 0, EM_GCR, "GCR" },
	{ 0, EM_GCR2, "GCR2" },
	{ 0, EM_EERD, "EERD" }, { 0, 0, NULL },
};

/* ---- up and down ---- */

/* The stack's, and no upcall will come of an interrupt any more; locked. */
static void
em_leave(struct em_softc *sc)
{
	sc->sc_up = false;
	pdk_timer_stop(&sc->sc_watch);
	pdk_task_cancel(&sc->sc_look);
	em_intr_off(sc);
	while (sc->sc_bh_runs)
		(void)pdk_wait(&sc->sc_dev, &sc->sc_bh_over, EM_WATCH_MS);
}

static void
em_down(struct pdk_dev *dev)
{
	struct em_softc *sc = (struct em_softc *)dev;

	pdk_lock(dev);
	em_leave(sc);
	pdk_unlock(dev);

	em_quiet(sc);
	em_rx_flush(sc);
	pdk_lock(dev);
	(void)em_tx_reap(sc);
	em_stats_fetch(sc);
	pdk_unlock(dev);
	(void)em_reset(sc);		/* from here the device touches no memory */

	pdk_lock(dev);
	(void)em_ring_empty(&sc->sc_rx);
	sc->sc_stats.tx_errors += em_ring_empty(&sc->sc_tx);
	sc->sc_link_known = false;
	pdk_unlock(dev);
}

static int
em_up(struct pdk_dev *dev, const struct pdknet_config *conf)
{
	struct em_softc *sc = (struct em_softc *)dev;
	int error;

	error = em_reset(sc);
	if (error != 0)
		return error;
	em_drv_load(sc, true);
	em_intr_route(sc);
	pdk_lock(dev);
	em_filter(sc, conf);
	em_tx_start(sc);
	error = em_rx_start(sc);
	pdk_unlock(dev);
	if (error == 0)
		error = em_phy_start(sc);
	if (error != 0) {
		em_down(dev);
		return error;
	}
	pdk_lock(dev);
	sc->sc_up = true;
	sc->sc_tick = sc->sc_phy_hung = sc->sc_stuck = sc->sc_deaf = 0;
	sc->sc_heard = false;
	pdk_timer_arm(&sc->sc_watch, EM_WATCH_MS);
	em_intr_on(sc);
	pdk_unlock(dev);
	return 0;
}

static int
em_refilter(struct pdk_dev *dev, const struct pdknet_config *conf)
{
	struct em_softc *sc = (struct em_softc *)dev;

	pdk_lock(dev);
	em_filter(sc, conf);
	pdk_unlock(dev);
	return 0;
}

static int
em_stats(struct pdk_dev *dev, struct pdknet_stats *s)
{
	struct em_softc *sc = (struct em_softc *)dev;

	pdk_lock(dev);
	em_stats_fetch(sc);
	*s = sc->sc_stats;
	pdk_unlock(dev);
	return 0;
}

static const struct pdknet_ops em_ops = {
	.up = em_up, .down = em_down, .filter = em_refilter, .stats = em_stats, .tx = em_tx,
};

/* ---- the watch ---- */

/* Is there a reason to restart it?  Said if so.  WORKER, and up. */
static bool
em_hung(struct em_softc *sc, bool stuck)
{
	if (stuck) {
		pdk_printf(&sc->sc_dev, "nothing was sent for %u s (TDH %u, TDT %u); restarting\n",
		    EM_HANG_TICKS * EM_WATCH_MS / 1000, em_read(sc, EM_TDH), em_read(sc, EM_TDT));
		return true;
	}
	sc->sc_phy_hung = em_phy_hangs(sc) ? sc->sc_phy_hung + 1 : 0;
	if (sc->sc_phy_hung < EM_PHY_LOOKS)
		return false;
	pdk_printf(&sc->sc_dev, "the PHY hears nothing but errors; restarting\n");
	return true;
}

/* WORKER, as up and down. */
static void
em_look(void *arg)
{
	struct em_softc *sc = arg;
	bool up, stuck, deaf;

	pdk_lock(&sc->sc_dev);
	up = sc->sc_up;
	stuck = sc->sc_stuck >= EM_HANG_TICKS;
	deaf = sc->sc_deaf >= EM_DEAF_TICKS;
	pdk_unlock(&sc->sc_dev);
	if (!up)
		return;
	if (em_read(sc, EM_STATUS) == EM_GONE)
		pdk_fail(&sc->sc_dev, ENXIO, "the device is gone, it reads all ones");
	else if (deaf)
		pdk_fail(&sc->sc_dev, EIO, "no interrupt has come in %u s, though asked for each "
		    "second (%s)", EM_DEAF_TICKS * EM_WATCH_MS / 1000, em_intr_name(sc));
	else if (em_hung(sc, stuck))
		pdknet_restart(&sc->sc_dev);
}

/* Until the first one has come, an interrupt is asked for at each tick; locked. */
static bool
em_deaf(struct em_softc *sc)
{
	if (sc->sc_heard || sc->sc_deaf >= EM_DEAF_TICKS)
		return !sc->sc_heard;
	sc->sc_deaf++;
	em_write(sc, EM_ICS, EM_INT_LSC);
	return sc->sc_deaf >= EM_DEAF_TICKS;
}

/* A change of the link whose interrupt was lost is asked for once more; locked. */
static void
em_watch_link(struct em_softc *sc)
{
	struct pdknet_link link;

	em_link(sc, &link);
	if (!sc->sc_link_known || link.up != sc->sc_link.up)
		em_write(sc, EM_ICS, EM_INT_LSC);
}

/* TIMER, locked: does the transmitter get on, while there is a link to send over? */
static void
em_watch(void *arg)
{
	struct em_softc *sc = arg;
	bool bad;

	if (sc->sc_tx.used == 0 || !sc->sc_link.up || sc->sc_sent != sc->sc_sent_before)
		sc->sc_stuck = 0;
	else
		sc->sc_stuck++;
	sc->sc_sent_before = sc->sc_sent;
	bad = sc->sc_stuck >= EM_HANG_TICKS || em_read(sc, EM_STATUS) == EM_GONE ||
	    em_deaf(sc);
	if (bad || ++sc->sc_tick % EM_PHY_TICKS == 0)
		pdk_task_post(&sc->sc_look);
	if (bad)
		return;
	em_watch_link(sc);
	if (sc->sc_tick % EM_STATS_TICKS == 0)
		em_stats_fetch(sc);
	pdk_timer_arm(&sc->sc_watch, EM_WATCH_MS);
}

/* ---- attach and detach ---- */

static void
em_free(struct em_softc *sc)
{
	em_ring_free(&sc->sc_tx);
	em_ring_free(&sc->sc_rx);
	pdk_intr_disestablish(&sc->sc_dev);
	pdk_pci_unmap_bar(&sc->sc_dev, EM_BAR);
}

static int
em_find(struct em_softc *sc)
{
	int error;

	em_aspm_off(sc);
	error = em_reset(sc);
	if (error == 0)
		error = em_nvm_check(sc);
	if (error == 0)
		error = em_mac(sc);
	return error;
}

static int
em_rings(struct em_softc *sc)
{
	int error;

	error = em_ring_alloc(sc, &sc->sc_rx, sizeof(struct em_rxdesc), EM_RXBUF, 1);
	if (error == 0)
		error = em_ring_alloc(sc, &sc->sc_tx, sizeof(struct em_txdesc), EM_RXBUF,
		    EM_MAXSEGS);
	if (error != 0)
		pdk_fail(&sc->sc_dev, error, "no memory for rings of %u descriptors", EM_NDESC);
	return error;
}

/* Registers, as many as the chip has: what says that it is one need not be. */
static int
em_map(struct em_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	int error;

	error = pdk_pci_map_bar(dev, EM_BAR, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error == 0 && sc->sc_size < EM_BAR_SIZE) {
		pdk_fail(dev, ENXIO, "BAR %d has %u bytes, not the %u of an 82574L", EM_BAR,
		    (unsigned)sc->sc_size, EM_BAR_SIZE);
		pdk_pci_unmap_bar(dev, EM_BAR);
		error = ENXIO;
	}
	return error;
}

static int
em_attach(struct pdk_dev *dev)
{
	struct em_softc *sc = (struct em_softc *)dev;
	int error;

	error = em_map(sc);
	if (error != 0)
		return error;
	pdk_task_init(dev, &sc->sc_look, em_look, sc);
	pdk_timer_init(dev, &sc->sc_watch, em_watch, sc);
	error = em_find(sc);
	if (error == 0)
		error = em_rings(sc);
	if (error == 0)
		error = em_intr_setup(sc);
	if (error != 0)
		em_free(sc);
	return error;
}

static int
em_attach_late(struct pdk_dev *dev)
{
	struct em_softc *sc = (struct em_softc *)dev;
	struct pdknet_caps caps = { .max_mtu = PDKNET_MTU, .max_mcast = 4096,
	    .flags = PDKNET_CAP_RXCSUM | PDKNET_CAP_VLAN };

	memcpy(caps.mac, sc->sc_mac, sizeof(caps.mac));
	return pdknet_attach(dev, &em_ops, &caps);
}

static int
em_detach(struct pdk_dev *dev)
{
	struct em_softc *sc = (struct em_softc *)dev;

	pdknet_detach(dev);
	pdk_timer_drain(&sc->sc_watch);
	pdk_worker_drain(dev);
	em_drv_load(sc, false);
	em_free(sc);
	return 0;
}

/* The stack has taken the device down, and that was a reset: it is quiet. */
static int
em_suspend(struct pdk_dev *dev)
{
	em_drv_load((struct em_softc *)dev, false);
	return 0;
}

static int
em_resume(struct pdk_dev *dev)
{
	struct em_softc *sc = (struct em_softc *)dev;

	em_aspm_off(sc);
	return em_reset(sc);
}

static const struct pdk_pci_id em_ids[] = {
	{ 0x8086, 0x10d3 },		/* 82574L, QEMU's e1000e */
	{ 0, 0 },
};
static const char *const em_states[] = { "link", "ip", NULL };

static const struct pdk_pci_driver em_driver = {
	.name = "em",
	.ids = em_ids,
	.softc_size = sizeof(struct em_softc),
	.dma_bits = 64,
	.states = em_states,
	.regs = em_regs,
	.attach = em_attach,
	.attach_late = em_attach_late,
	.detach = em_detach,
	.suspend = em_suspend,
	.resume = em_resume,
};

PDK_PCI_DRIVER(em, em_driver);
