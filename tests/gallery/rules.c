/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules.c - a small driver for QEMU's edu with a network interface that never sends: an interrupt, a
 * timer, a map, an upcall, each of which has rules to break.
 */
#include <pdk.h>
#include <pdknet.h>

#include "bug.h"

#define EDU_ID		0x00
#define EDU_INTR_STATUS	0x24
#define EDU_INTR_RAISE	0x60
#define EDU_INTR_ACK	0x64

#define BUF_BYTES	512
#define WAIT_MS		20000
#define TICK_MS		1

struct toy_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	struct pdk_dmamap	sc_map;
	struct pdk_task		sc_task;
	struct pdk_timer	sc_tick;
	struct pdk_wchan	sc_wchan;
	int			sc_fired, sc_ticked;	/* locked */
};

static int
toy_filter(void *arg)
{
	struct toy_softc *sc = arg;
	uint32_t cause = bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_INTR_STATUS);

	if (cause == 0)
		return PDK_INTR_STRAY;
	if (bug("locks_in_the_filter"))
		pdk_lock(&sc->sc_dev);
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_ACK, cause);
	return PDK_INTR_BH;
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("sleeps_in_the_bottom_half"))
		pdk_free(pdk_zalloc(BUF_BYTES, PDK_WAITOK), BUF_BYTES);
	pdk_lock(&sc->sc_dev);
	sc->sc_fired = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	if (!bug("lock_kept_in_the_bottom_half"))
		pdk_unlock(&sc->sc_dev);
}

/* TIMER. */
static void
toy_tick(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("waits_in_the_timer"))
		(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 1);
	sc->sc_ticked = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

/* Wait for the interrupt and the timer. */
static int
toy_ring_bell(struct toy_softc *sc)
{
	int error = 0;

	if (bug("armed_without_the_lock"))
		pdk_timer_arm(&sc->sc_tick, TICK_MS);
	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_tick, TICK_MS);
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_RAISE, 1);
	while (!(sc->sc_fired && sc->sc_ticked) && error == 0)
		error = pdk_wait(&sc->sc_dev, &sc->sc_wchan, WAIT_MS);
	pdk_unlock(&sc->sc_dev);
	return error;
}

/* A buffer to the device and back. */
static int
toy_map(struct toy_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(BUF_BYTES);
	int error;

	if (m == NULL)
		return ENOMEM;
	error = pdk_map_create(&sc->sc_dev, &sc->sc_map, BUF_BYTES, 1);
	if (error == 0) {
		error = pdk_map_load_mbuf(&sc->sc_map, &m, 0);
		if (error == 0) {
			pdk_map_sync(&sc->sc_map, BUS_DMASYNC_PREREAD);
			pdk_map_sync(&sc->sc_map, BUS_DMASYNC_POSTREAD);
			if (bug("mbuf_freed_while_loaded"))
				m_freem(m);
			pdk_map_unload(&sc->sc_map);
			if (bug("map_used_after_unload"))
				(void)pdk_map_addr(&sc->sc_map, 0);
		}
		pdk_map_destroy(&sc->sc_map);
	}
	m_freem(m);
	if (error == 0 && bug("mbuf_freed_twice"))
		m_freem(m);
	return error;
}

static void
toy_tell_link(struct toy_softc *sc)
{
	static const struct pdknet_link link = { .up = 1, .full_duplex = 1, .mbps = 1000 };

	if (bug("lock_held_over_upcall"))
		pdk_lock(&sc->sc_dev);
	pdknet_link(&sc->sc_dev, &link);
	if (bug("lock_held_over_upcall"))
		pdk_unlock(&sc->sc_dev);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	unsigned nvec = 1;
	int error;

	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, toy_filter, toy_bh, sc);
	if (error == 0)
		error = toy_ring_bell(sc);
	pdk_intr_disestablish(&sc->sc_dev);
	if (error == 0)
		error = toy_map(sc);
	if (error != 0) {
		pdk_fail(&sc->sc_dev, error, "the bell does not ring");
		return;
	}
	toy_tell_link(sc);
	pdk_state(&sc->sc_dev, "rung");
}

/* ---- a network interface that nobody uses ---- */

static int
toy_up(struct pdk_dev *dev, const struct pdknet_config *config __unused)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	pdk_task_post(&sc->sc_task);
	pdk_unlock(dev);
	return 0;
}

static void
toy_down(struct pdk_dev *dev __unused)
{
}

static int
toy_filter_change(struct pdk_dev *dev __unused, const struct pdknet_config *config __unused)
{
	return 0;
}

static int
toy_stats(struct pdk_dev *dev __unused, struct pdknet_stats *st)
{
	*st = (struct pdknet_stats){ 0 };
	return 0;
}

static int
toy_tx(struct pdk_dev *dev __unused, struct mbuf *m __unused)
{
	return ENOBUFS;
}

static const struct pdknet_ops toy_net = {
	.up = toy_up, .down = toy_down, .filter = toy_filter_change, .stats = toy_stats,
	.tx = toy_tx,
};

static int
toy_attach_late(struct pdk_dev *dev)
{
	static const struct pdknet_caps caps = { .mac = { 2, 0, 0, 0, 0, 1 },
	    .max_mtu = PDKNET_MTU };

	return pdknet_attach(dev, &toy_net, &caps);
}

/* ---- its life ---- */

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, NULL);
	if (error != 0)
		return error;
	pdk_task_init(dev, &sc->sc_task, toy_task, sc);
	pdk_timer_init(dev, &sc->sc_tick, toy_tick, sc);
	return 0;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdknet_detach(dev);
	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_timer_drain(&sc->sc_tick);
	pdk_pci_unmap_bar(dev, 0);
	if (bug("register_read_after_unmap"))
		(void)bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_ID);
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const toy_states[] = { "rung", NULL };

static const struct pdk_pci_driver toy_driver = {
	.name = "gallery-rules",
	.ids = toy_ids,
	.softc_size = sizeof(struct toy_softc),
	.dma_bits = 28,
	.states = toy_states,
	.attach = toy_attach,
	.attach_late = toy_attach_late,
	.detach = toy_detach,
};
PDK_PCI_DRIVER(toy, toy_driver);
