/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_vector.c - MSI-X, MSI and handlers of FreeBSD: pci(9), BUS_SETUP_INTR(9).
 *
 * Messages are the resources from id 1 on.  A filter is the kernel's own; the bottom half is its
 * thread, of which each vector has one.
 */
#include "pdk_newbus.h"

int
pdk_msix_bars(device_t dev, int bar[2])
{
	int table = pci_msix_table_bar(dev), pba = pci_msix_pba_bar(dev);

	if (table < 0 || pba < 0)
		return (ENXIO);
	bar[0] = PCI_RID2BAR(table);
	bar[1] = PCI_RID2BAR(pba);
	return (0);
}

static unsigned
pdk_rids(int n, int rid[])
{
	int i;

	for (i = 0; i < n; i++)
		rid[i] = i + 1;
	return (n);
}

unsigned
pdk_msix_get(device_t dev, unsigned nvec, int rid[])
{
	int n = nvec;

	return (pci_alloc_msix(dev, &n) == 0 ? pdk_rids(n, rid) : 0);
}

/* A power of two, says pci_alloc_msi(). */
unsigned
pdk_msi_get(device_t dev, unsigned nvec, int rid[])
{
	int n = 1 << (fls(nvec) - 1);

	return (pci_alloc_msi(dev, &n) == 0 ? pdk_rids(n, rid) : 0);
}

void
pdk_vectors_off(struct pdk_softc *sc __unused)
{
}

void
pdk_vector_put(struct pdk_softc *sc __unused, const struct pdk_vec *v __unused)
{
}

void
pdk_vectors_put(struct pdk_softc *sc)
{
	if (sc->kind != PDK_INTR_INTX)
		pci_release_msi(sc->self);
}

/* Vectors may come on several processors at once; the pdk promises one filter at a time. */
static int
pdk_filter(void *arg)
{
	struct pdk_vec *v = arg;
	struct pdk_softc *sc = v->v_sc;
	int result;

	if (sc->nvec > 1)
		mtx_lock_spin(&sc->intr_locks.il_filter);
	result = v->v_filter(v->v_arg);
	if (sc->nvec > 1)
		mtx_unlock_spin(&sc->intr_locks.il_filter);
	switch (result) {
	case PDK_INTR_BH:
		return (FILTER_SCHEDULE_THREAD);
	case PDK_INTR_DONE:
		return (FILTER_HANDLED);
	default:
		return (FILTER_STRAY);
	}
}

/* The same of bottom halves. */
static void
pdk_bh(void *arg)
{
	struct pdk_vec *v = arg;
	struct pdk_softc *sc = v->v_sc;

	if (sc->nvec > 1)
		mtx_lock(&sc->intr_locks.il_bh);
	v->v_bh(v->v_arg);
	if (sc->nvec > 1)
		mtx_unlock(&sc->intr_locks.il_bh);
}

int
pdk_vector_connect(struct pdk_softc *sc, struct pdk_vec *v, unsigned vec)
{
	int error;

	error = bus_setup_intr(sc->self, v->v_res, INTR_TYPE_NET | INTR_MPSAFE, pdk_filter,
	    pdk_bh, v, &v->v_cookie);
	if (error == 0 && sc->nvec > 1)
		bus_describe_intr(sc->self, v->v_res, v->v_cookie, "%u", vec);
	return (error);
}
