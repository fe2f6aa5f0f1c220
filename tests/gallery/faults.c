/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults.c - a small driver for QEMU's edu that has something of each kind to give back, and
 * bugs on the ways where it does.
 */
#include <pdk.h>

#include "bug.h"

#define EDU_INTR_STATUS	0x24
#define EDU_INTR_RAISE	0x60
#define EDU_INTR_ACK	0x64
#define EDU_GONE	0xffffffff

#define TABLE_BYTES	512
#define RING_BYTES	4096
#define BUF_BYTES	2048
#define WAIT_MS		1000
#define TRIES		3

struct toy_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	void			*sc_table;
	struct pdk_dma		sc_ring;
	struct pdk_dmamap	sc_map;
	struct mbuf		*sc_m;		/* loaded in sc_map, when there is one */
	struct pdk_task		sc_task;
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

/* Have the device interrupt, and wait for it. */
static int
toy_ring_bell(struct toy_softc *sc)
{
	int error = 0;

	pdk_lock(&sc->sc_dev);
	sc->sc_fired = 0;
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_RAISE, 1);
	while (!sc->sc_fired && error == 0)
		error = pdk_wait(&sc->sc_dev, &sc->sc_wchan, WAIT_MS);
	pdk_unlock(&sc->sc_dev);
	return error;
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	unsigned nvec = 1;
	int error, try;

	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, toy_filter, toy_bh, sc);
	for (try = 0; error == 0 && try < TRIES; try++) {
		error = toy_ring_bell(sc);
		if (error == 0)
			break;
	}
	pdk_intr_disestablish(&sc->sc_dev);
	if (error != 0)
		pdk_fail(&sc->sc_dev, error, "no interrupt");
	else
		pdk_state(&sc->sc_dev, "rung");
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
	pdk_free(sc->sc_table, TABLE_BYTES);
	sc->sc_table = NULL;
}

static int
toy_load(struct toy_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(BUF_BYTES);
	int error;

	if (m == NULL)
		return ENOMEM;
	error = pdk_map_load_mbuf(&sc->sc_map, &m, 0);
	if (error != 0)
		m_freem(m);
	else
		sc->sc_m = m;
	return error;
}

static int
toy_alloc(struct toy_softc *sc)
{
	int error;

	sc->sc_table = pdk_zalloc(TABLE_BYTES, PDK_NOWAIT);
	if (sc->sc_table == NULL)
		return ENOMEM;
	error = pdk_dma_alloc(&sc->sc_dev, &sc->sc_ring, RING_BYTES, 4096);
	if (error == 0)
		error = pdk_map_create(&sc->sc_dev, &sc->sc_map, BUF_BYTES, 1);
	if (error == 0)
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
	error = toy_alloc(sc);
	if (error != 0) {
		toy_free(sc);
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
