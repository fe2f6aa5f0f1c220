/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_vector.c - MSI-X, MSI and handlers of DragonFly: <bus/pci/pcivar.h>, <sys/bus.h>.
 *
 * Messages of MSI-X are got one by one, and the table is set up and enabled around that; those of
 * MSI at once, with resource ids in a row.  There are no filters.
 */
#include "pdk_newbus.h"

int
pdk_msix_bars(device_t dev, int bar[2])
{
	int cap;

	if (pci_find_extcap(dev, PCIY_MSIX, &cap) != 0)
		return (ENXIO);
	bar[0] = pci_read_config(dev, cap + PCIR_MSIX_TABLE, 4) & PCIM_MSIX_BIR_MASK;
	bar[1] = pci_read_config(dev, cap + PCIR_MSIX_PBA, 4) & PCIM_MSIX_BIR_MASK;
	return (0);
}

/* As many as there are processors' vectors for; none is not MSI-X. */
unsigned
pdk_msix_get(device_t dev, unsigned n, int rid[])
{
	unsigned i;

	if (pci_setup_msix(dev) != 0)
		return (0);
	for (i = 0; i < n; i++)
		if (pci_alloc_msix_vector(dev, i, &rid[i], -1) != 0)
			break;
	if (i == 0)
		pci_teardown_msix(dev);
	else
		pci_enable_msix(dev);
	return (i);
}

/* A power of two. */
unsigned
pdk_msi_get(device_t dev, unsigned nvec, int rid[])
{
	unsigned i, n;
	int first;

	for (n = 1 << (fls(nvec) - 1); n != 0; n /= 2)
		if (pci_alloc_msi(dev, &first, n, -1) == 0)
			break;
	for (i = 0; i < n; i++)
		rid[i] = first + i;
	return (n);
}

void
pdk_vectors_off(struct pdk_softc *sc)
{
	if (sc->kind == PDK_INTR_MSIX)
		pci_disable_msix(sc->self);
}

void
pdk_vector_put(struct pdk_softc *sc, const struct pdk_vec *v)
{
	if (sc->kind == PDK_INTR_MSIX)
		pci_release_msix_vector(sc->self, v->v_rid);
}

void
pdk_vectors_put(struct pdk_softc *sc)
{
	if (sc->kind == PDK_INTR_MSIX)
		pci_teardown_msix(sc->self);
	else if (sc->kind == PDK_INTR_MSI)
		pci_release_msi(sc->self);
}

/*
 * The interrupt's thread.  Vectors have a thread each; the pdk promises one filter and one
 * bottom half at a time.
 */
static void
pdk_intr(void *arg)
{
	struct pdk_vec *v = arg;
	struct pdk_softc *sc = v->v_sc;

	lockmgr(&sc->intr_locks.il_lk, LK_EXCLUSIVE);
	if (v->v_filter(v->v_arg) == PDK_INTR_BH)
		v->v_bh(v->v_arg);
	lockmgr(&sc->intr_locks.il_lk, LK_RELEASE);
}

int
pdk_vector_connect(struct pdk_softc *sc, struct pdk_vec *v, unsigned vec __unused)
{
	return (bus_setup_intr(sc->self, v->v_res, INTR_MPSAFE, pdk_intr, v, &v->v_cookie, NULL));
}
