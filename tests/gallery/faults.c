/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults.c - a small driver for QEMU's edu that has something of each kind to give back, and
 * bugs on the ways where it does.
 */
#include <pdk.h>

#include "bug.h"

#define EDU_FACTORIAL	0x08
#define EDU_STATUS	0x20
#define EDU_STATUS_BUSY		0x01
#define EDU_INTR_STATUS	0x24
#define EDU_INTR_RAISE	0x60
#define EDU_INTR_ACK	0x64
#define EDU_GONE	0xffffffff

#define TABLE_BYTES	512
#define RING_BYTES	4096
#define BUF_BYTES	2048
#define WAIT_MS		200
#define TRIES		3
#define POLL_US		20000
#define POLL_STEP	1000

struct toy_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	uint8_t			*sc_table;
	struct pdk_dma		sc_ring;
	struct pdk_dmamap	sc_map;
	struct mbuf		*sc_m;		/* loaded in sc_map, when there is one */
	struct pdk_task		sc_task;
	struct pdk_timer	sc_watchdog;
	struct pdk_wchan	sc_wchan;
	int			sc_fired;	/* locked */
};

static int
toy_filter(void *arg)
{
	struct toy_softc *sc = arg;
	uint32_t cause = bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_INTR_STATUS);

	if (cause == 0 || cause == EDU_GONE)
		return PDK_INTR_STRAY;
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_ACK, cause);
	return PDK_INTR_BH;
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	sc->sc_fired = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

/* TIMER: nobody answered; who waits sees it by himself. */
static void
toy_watchdog(void *arg)
{
	struct toy_softc *sc = arg;

	pdk_printf(&sc->sc_dev, "the device is slow\n");
}

/* With the lock: wait until the device has interrupted. */
static int
toy_await(struct toy_softc *sc)
{
	int error = 0;

	while (!sc->sc_fired && error == 0) {
		error = pdk_wait(&sc->sc_dev, &sc->sc_wchan, WAIT_MS);
		if (bug("waits_for_ever"))
			error = 0;
	}
	return error;
}

/* Have the device interrupt, and wait for it. */
static int
toy_ring_bell(struct toy_softc *sc)
{
	int error;

	pdk_lock(&sc->sc_dev);
	sc->sc_fired = 0;
	pdk_timer_arm(&sc->sc_watchdog, 10 * WAIT_MS);
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_RAISE, 1);
	error = toy_await(sc);
	if (error != 0 && bug("lock_kept_after_timeout"))
		return error;
	if (error == 0 || !bug("timer_left_armed"))
		pdk_timer_stop(&sc->sc_watchdog);
	if (error != 0 && bug("lock_held_over_sleep"))
		pdk_intr_disestablish(&sc->sc_dev);
	pdk_unlock(&sc->sc_dev);
	return error;
}

/* Have the device compute 5!, and mark that place of the table. */
static int
toy_compute(struct toy_softc *sc)
{
	uint32_t n, us;

	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_FACTORIAL, 5);
	for (us = 0; (bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_STATUS) & EDU_STATUS_BUSY) != 0;
	    us += POLL_STEP) {
		if (us >= POLL_US && !bug("polls_for_ever"))
			return ETIMEDOUT;
		DELAY(POLL_STEP);
	}
	n = bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_FACTORIAL);
	if (n >= TABLE_BYTES && !bug("trusts_the_device"))
		return EIO;
	sc->sc_table[n] = 1;
	return 0;
}

static int
toy_ring(struct toy_softc *sc)
{
	unsigned nvec = 1;
	int error, try;

	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, toy_filter, toy_bh, sc);
	if (error != 0)
		return error;
	error = ETIMEDOUT;
	for (try = 0; error == ETIMEDOUT && try < TRIES; try++)
		error = toy_ring_bell(sc);
	pdk_intr_disestablish(&sc->sc_dev);
	return error;
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	error = toy_ring(sc);
	if (error == 0)
		error = toy_compute(sc);
	if (error == 0)
		pdk_state(&sc->sc_dev, "rung");
	else if (!bug("fails_in_silence"))
		pdk_fail(&sc->sc_dev, error, "the device does not answer");
}

static int
toy_attach_late(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	pdk_task_post(&sc->sc_task);
	pdk_unlock(dev);
	return 0;
}

/* What toy_alloc() made, all or in part. */
static void
toy_free(struct toy_softc *sc)
{
	if (sc->sc_m != NULL) {
		pdk_map_unload(&sc->sc_map);
		m_freem(sc->sc_m);
		sc->sc_m = NULL;
	}
	pdk_map_destroy(&sc->sc_map);
	pdk_dma_free(&sc->sc_ring);
	if (sc->sc_table != NULL)
		pdk_free(sc->sc_table, TABLE_BYTES);
	sc->sc_table = NULL;
}

static int
toy_load(struct toy_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(BUF_BYTES);
	int error;

	if (m == NULL && !bug("loads_no_mbuf"))
		return ENOMEM;
	error = pdk_map_load_mbuf(&sc->sc_map, &m, 0);
	if (error == 0 || bug("unloads_what_is_not_loaded"))
		sc->sc_m = m;
	if (error != 0)
		m_freem(m);
	if (error != 0 && bug("freed_twice_after_error"))
		m_freem(m);
	return error;
}

static int
toy_alloc(struct toy_softc *sc)
{
	int error;

	sc->sc_table = pdk_zalloc(TABLE_BYTES, PDK_NOWAIT);
	if (sc->sc_table == NULL && !bug("memory_is_taken_for_granted"))
		return ENOMEM;
	memset(sc->sc_table, 1, TABLE_BYTES);
	error = pdk_dma_alloc(&sc->sc_dev, &sc->sc_ring, RING_BYTES, 4096);
	if (error != 0 && bug("leak_when_dma_fails"))
		sc->sc_table = NULL;
	if (error == 0)
		error = pdk_map_create(&sc->sc_dev, &sc->sc_map, BUF_BYTES, 1);
	if (error == 0 || bug("error_overwritten"))
		error = toy_load(sc);
	return error;
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, NULL);
	if (error != 0)
		return error;
	pdk_task_init(dev, &sc->sc_task, toy_task, sc);
	pdk_timer_init(dev, &sc->sc_watchdog, toy_watchdog, sc);
	error = toy_alloc(sc);
	if (error != 0) {
		toy_free(sc);
		if (bug("bar_left_mapped"))
			return error;
		pdk_pci_unmap_bar(dev, 0);
	}
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	if (!bug("timer_left_armed"))
		pdk_timer_drain(&sc->sc_watchdog);
	if (!bug("leak_in_detach"))
		toy_free(sc);
	pdk_pci_unmap_bar(dev, 0);
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const toy_states[] = { "rung", NULL };

static const struct pdk_pci_driver toy_driver = {
	.name = "gallery-faults",
	.ids = toy_ids,
	.softc_size = sizeof(struct toy_softc),
	.dma_bits = 28,
	.states = toy_states,
	.attach = toy_attach,
	.attach_late = toy_attach_late,
	.detach = toy_detach,
};

PDK_PCI_DRIVER(toy, toy_driver);
