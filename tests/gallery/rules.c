/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules.c - a small driver for QEMU's edu with a network interface that never sends: an interrupt, a
 * timer, a map, an upcall, each of which has rules to break.
 */
#include <pdk.h>
#include <pdknet.h>

#include "toy.h"

#define BUF_BYTES	512
#define WAIT_MS		20000
#define TICK_MS		1

struct toy_softc {
	struct toy		sc_toy;
	struct pdk_dmamap	sc_map;
	struct pdk_timer	sc_tick;
	int			sc_fired, sc_ticked;	/* locked */
};

static int
toy_filter(void *arg)
{
	struct toy_softc *sc = arg;

	if (toy_cause(&sc->sc_toy) == 0)
		return PDK_INTR_STRAY;
	if (bug("locks_in_the_filter"))
		pdk_lock(&sc->sc_toy.dev);
	return PDK_INTR_BH;
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("sleeps_in_the_bottom_half"))
		pdk_free(pdk_zalloc(BUF_BYTES, PDK_WAITOK), BUF_BYTES);
	pdk_lock(&sc->sc_toy.dev);
	sc->sc_fired = 1;
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
	if (!bug("lock_kept_in_the_bottom_half"))
		pdk_unlock(&sc->sc_toy.dev);
}

/* TIMER. */
static void
toy_tick(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("waits_in_the_timer"))
		(void)pdk_wait(&sc->sc_toy.dev, &sc->sc_toy.wchan, 1);
	sc->sc_ticked = 1;
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
}

/* Wait for the interrupt and the timer. */
static int
toy_ring_bell(struct toy_softc *sc)
{
	int error = 0;

	if (bug("armed_without_the_lock"))
		pdk_timer_arm(&sc->sc_tick, TICK_MS);
	pdk_lock(&sc->sc_toy.dev);
	pdk_timer_arm(&sc->sc_tick, TICK_MS);
	toy_write(&sc->sc_toy, EDU_INTR_RAISE, 1);
	while (!(sc->sc_fired && sc->sc_ticked) && error == 0)
		error = pdk_wait(&sc->sc_toy.dev, &sc->sc_toy.wchan, WAIT_MS);
	pdk_unlock(&sc->sc_toy.dev);
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
	error = pdk_map_create(&sc->sc_toy.dev, &sc->sc_map, BUF_BYTES, 1);
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
		pdk_lock(&sc->sc_toy.dev);
	pdknet_link(&sc->sc_toy.dev, &link);
	if (bug("lock_held_over_upcall"))
		pdk_unlock(&sc->sc_toy.dev);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	error = toy_connect(&sc->sc_toy, toy_filter, toy_bh);
	if (error == 0)
		error = toy_ring_bell(sc);
	pdk_intr_disestablish(&sc->sc_toy.dev);
	if (error == 0)
		error = toy_map(sc);
	if (error != 0) {
		pdk_fail(&sc->sc_toy.dev, error, "the bell does not ring");
		return;
	}
	toy_tell_link(sc);
	pdk_state(&sc->sc_toy.dev, "rung");
}

/* ---- a network interface that nobody uses ---- */

static int
toy_up(struct pdk_dev *dev, const struct pdknet_config *config __unused)
{
	while (bug("never_comes_up"))
		DELAY(1000);
	return toy_start(dev);
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

	error = toy_attach_regs(&sc->sc_toy, toy_task);
	if (error != 0)
		return error;
	pdk_timer_init(dev, &sc->sc_tick, toy_tick, sc);
	return 0;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdknet_detach(dev);
	toy_stop(&sc->sc_toy);
	pdk_timer_drain(&sc->sc_tick);
	toy_detach_regs(&sc->sc_toy);
	if (bug("register_read_after_unmap"))
		(void)toy_read(&sc->sc_toy, EDU_ID);
	return 0;
}

TOY_DRIVER("rules", "rung", toy_attach_late);
