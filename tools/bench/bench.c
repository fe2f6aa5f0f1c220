/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-pdk - what the pdk costs, against the bare thing on the same device in the same run.
 *
 *	bench-pdk --device unix:PATH	a simulated `scratch` card: all rows
 *	bench-pdk --device BDF		QEMU's edu behind the kernel's VFIO: those it can have
 *
 * A driver to the harness, but it looks behind the pdk to find the same page, the same eventfd
 * and the same device for the peer.
 */
#include <stdio.h>
#include <string.h>

#include "harness/dev.h"
#include "harness/trace_file.h"
#include "shims/linux/softc.h"
#include "tools/bench/bench.h"

#define ACCESSES	1000000		/* on a mapped page */
#define TRACED		100000		/* accesses that go into a trace file */
#define MESSAGES	5000		/* register accesses over the socket */
#define MAPS		100000
#define LOCKS		200000
#define IOCTLS		500
#define SIGNALS		5000
#define BUFLEN		2048
#define PAGE		4096

#define SCRATCH_REG	0x1000		/* tools/sim/scratch.c: not mapped */

struct bench_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	bus_size_t		sc_size;
	struct pdk_dmamap	sc_map;
	atomic_int		sc_bh;
};

static void
bench_registers(struct bench_softc *sc)
{
	volatile uint32_t *bare = vfio_bar_ptr(sc->sc_sh->bar->vb, 0, 4);
	double start, read, write, bare_read, bare_write;
	uint32_t i;

	if (bare == NULL) {
		pdk_printf(&sc->sc_dev, "BAR 0 cannot be mapped: no rows for its registers\n");
		return;
	}
	start = bench_now();
	for (i = 0; i < ACCESSES; i++)
		bus_space_read_4(sc->sc_st, sc->sc_sh, 0);
	read = bench_now() - start;
	start = bench_now();
	for (i = 0; i < ACCESSES; i++)
		(void)*bare;
	bare_read = bench_now() - start;
	start = bench_now();
	for (i = 0; i < ACCESSES; i++)
		bus_space_write_4(sc->sc_st, sc->sc_sh, 4, i);
	write = bench_now() - start;
	start = bench_now();
	for (i = 0; i < ACCESSES; i++)
		bare[1] = i;
	bare_write = bench_now() - start;
	bench_row("register read, mapped", read / ACCESSES, bare_read / ACCESSES,
	    "volatile load of the same page");
	bench_row("register write, mapped", write / ACCESSES, bare_write / ACCESSES,
	    "volatile store to the same page");
}

/* What --trace costs: each access waits, in the end, for the thread that writes the file. */
static void
bench_traced(struct bench_softc *sc)
{
	double start, off, on;
	char why[256];
	unsigned i;

	start = bench_now();
	for (i = 0; i < TRACED; i++)
		bus_space_read_4(sc->sc_st, sc->sc_sh, 0);
	off = bench_now() - start;
	if (trace_file_open("/dev/null", why, sizeof(why)) != 0) {
		pdk_printf(&sc->sc_dev, "%s\n", why);
		return;
	}
	start = bench_now();
	for (i = 0; i < TRACED; i++)
		bus_space_read_4(sc->sc_st, sc->sc_sh, 0);
	trace_file_close();
	on = bench_now() - start;
	bench_row("register read, mapped, --trace", on / TRACED, off / TRACED,
	    "the same without --trace");
}

/* ns for one map and unmap of a page by the backend itself, as without the arena. */
static double
bench_bare_map(struct vfio_dev *vfio)
{
	static char page[PAGE] __attribute__((aligned(PAGE)));
	uint64_t iova;
	double start;
	unsigned i;

	if (vfio_iova_alloc(vfio, PAGE, 0, 0, UINT64_MAX, &iova) != 0)
		return 0;
	start = bench_now();
	for (i = 0; i < IOCTLS; i++)
		if (vfio_dma_map(vfio, page, PAGE, iova, VFIO_DMA_READ | VFIO_DMA_WRITE, -1, 0,
		    NULL) != 0 || vfio_dma_unmap(vfio, iova, PAGE, NULL) != 0)
			break;
	vfio_iova_free(vfio, iova, PAGE);
	return i == IOCTLS ? (bench_now() - start) / IOCTLS : 0;
}

static int
bench_maps(struct bench_softc *sc)
{
	struct vfio_dev *vfio = sc->sc_dev.pd_sc->hyp->vfio;
	struct mbuf *m = pdk_mbuf_rxalloc(BUFLEN);
	double start;
	int error = m == NULL ? ENOMEM : 0;
	unsigned i;

	start = bench_now();
	for (i = 0; i < MAPS && error == 0; i++) {
		error = pdk_map_load_mbuf(&sc->sc_map, &m, 1);
		if (error == 0)
			pdk_map_unload(&sc->sc_map);
	}
	if (error == 0)
		bench_row("mbuf map and unmap", (bench_now() - start) / MAPS, bench_bare_map(vfio),
		    strcmp(vfio_backend(vfio), "kernel") == 0 ? "VFIO map and unmap ioctl pair" :
		    "vfio-user map and unmap message pair");
	if (m != NULL)
		m_freem(m);
	return error;
}

/* With all that is kept of who has it since when and where, and in which order things are taken. */
static void
bench_lock(struct bench_softc *sc)
{
	double start = bench_now();
	unsigned i;

	for (i = 0; i < LOCKS; i++) {
		pdk_lock(&sc->sc_dev);
		pdk_unlock(&sc->sc_dev);
	}
	bench_row("lock and unlock", (bench_now() - start) / LOCKS, peer_mutex(LOCKS),
	    "pthread mutex that nobody else wants");
}

static void
bench_roundtrip(struct bench_softc *sc)
{
	double start = bench_now();
	unsigned i;

	for (i = 0; i < MESSAGES; i++)
		bus_space_read_4(sc->sc_st, sc->sc_sh, SCRATCH_REG);
	/* 16 bytes of header, 16 of request; the answer has the value behind both. */
	bench_row("register read, vfio-user", (bench_now() - start) / MESSAGES,
	    peer_echo(MESSAGES, 32, 36), "socket round trip of the same size");
}

static int
bench_filter(void *arg)
{
	(void)arg;
	return PDK_INTR_BH;
}

static void
bench_bh(void *arg)
{
	struct bench_softc *sc = arg;

	atomic_store(&sc->sc_bh, 1);
}

static int
bench_interrupt(struct bench_softc *sc)
{
	unsigned nvec = 1;
	double ours;
	int error;

	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_MSI | PDK_INTR_MSIX, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, bench_filter, bench_bh, sc);
	if (error == 0) {
		ours = bench_signal(intr_vector_fd(sc->sc_dev.pd_sc->hyp, 0), &sc->sc_bh, SIGNALS);
		bench_row("eventfd to bottom half", ours, peer_epoll(SIGNALS), "bare epoll loop");
	}
	pdk_intr_disestablish(&sc->sc_dev);
	return error;
}

static int
bench_attach_late(struct pdk_dev *dev)
{
	struct bench_softc *sc = (struct bench_softc *)dev;
	int error;

	bench_registers(sc);
	bench_traced(sc);
	bench_lock(sc);
	error = bench_maps(sc);
	if (error == 0)
		error = bench_interrupt(sc);
	if (error == 0 && strcmp(vfio_backend(dev->pd_sc->hyp->vfio), "vfio-user") == 0)
		bench_roundtrip(sc);
	return error;
}

static int
bench_attach(struct pdk_dev *dev)
{
	struct bench_softc *sc = (struct bench_softc *)dev;
	int error;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error != 0)
		return error;
	error = pdk_map_create(dev, &sc->sc_map, BUFLEN, 4);
	if (error != 0)
		pdk_pci_unmap_bar(dev, 0);
	return error;
}

static int
bench_detach(struct pdk_dev *dev)
{
	struct bench_softc *sc = (struct bench_softc *)dev;

	pdk_map_destroy(&sc->sc_map);
	pdk_pci_unmap_bar(dev, 0);
	return 0;
}

static const struct pdk_pci_id bench_ids[] = {
	{ 0x1b36, 0x00f5 },		/* voy-sim scratch */
	{ 0x1234, 0x11e8 },		/* QEMU's edu */
	{ 0, 0 },
};

static const struct pdk_pci_driver bench_driver = {
	.name = "bench",
	.ids = bench_ids,
	.softc_size = sizeof(struct bench_softc),
	.dma_bits = 28,
	.attach = bench_attach,
	.attach_late = bench_attach_late,
	.detach = bench_detach,
};

PDK_PCI_DRIVER(bench, bench_driver);
