/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_intr.c - interrupt vectors, of the best kind there is: pci(9), bus_alloc_resource(9).
 *
 * How messages are got and handlers are called is the system's: pdk_vector.c.
 */
#include "pdk_newbus.h"

/*
 * Messages are to be had only while the BARs of the vector table and of the pending bits are
 * active; the driver may have no other use for them.
 */
static int
pdk_msix_hold(struct pdk_softc *sc, int bar)
{
	if (bar < 0 || bar >= PDK_NBARS)
		return (ENXIO);
	if (sc->bar[bar] != NULL || sc->msix_bar[bar] != NULL)
		return (0);
	sc->msix_bar[bar] = pdk_bar_alloc(sc, bar);
	return (sc->msix_bar[bar] != NULL ? 0 : ENXIO);
}

static void
pdk_msix_release(struct pdk_softc *sc)
{
	int bar;

	for (bar = 0; bar < PDK_NBARS; bar++)
		pdk_bar_release(sc, bar, &sc->msix_bar[bar]);
}

static unsigned
pdk_alloc_msix(struct pdk_softc *sc, unsigned nvec, int rid[])
{
	unsigned n = MIN(nvec, (unsigned)pci_msix_count(sc->self));
	int bar[2];

	if (n == 0 || pdk_msix_bars(sc->self, bar) != 0)
		return (0);
	n = pdk_msix_hold(sc, bar[0]) == 0 && pdk_msix_hold(sc, bar[1]) == 0 ?
	    pdk_msix_get(sc->self, n, rid) : 0;
	if (n == 0)
		pdk_msix_release(sc);
	return (n);
}

static unsigned
pdk_alloc_msi(struct pdk_softc *sc, unsigned nvec, int rid[])
{
	unsigned n = MIN(nvec, (unsigned)pci_msi_count(sc->self));

	return (n != 0 ? pdk_msi_get(sc->self, n, rid) : 0);
}

/* The kind, or 0.  Resource id 0 is INTx. */
static unsigned
pdk_alloc_vectors(struct pdk_softc *sc, unsigned kinds, unsigned *nvec, int rid[])
{
	unsigned n = 0;

	if ((kinds & PDK_INTR_MSIX) != 0 && (n = pdk_alloc_msix(sc, *nvec, rid)) != 0) {
		*nvec = n;
		return (PDK_INTR_MSIX);
	}
	if ((kinds & PDK_INTR_MSI) != 0 && (n = pdk_alloc_msi(sc, *nvec, rid)) != 0) {
		*nvec = n;
		return (PDK_INTR_MSI);
	}
	if ((kinds & PDK_INTR_INTX) == 0)
		return (0);
	*nvec = 1;
	rid[0] = 0;
	return (PDK_INTR_INTX);
}

/* INTx others may share. */
static int
pdk_irq_alloc(struct pdk_softc *sc, struct pdk_vec *v, int rid)
{
	v->v_sc = sc;
	v->v_rid = rid;
	v->v_res = bus_alloc_resource_any(sc->self, SYS_RES_IRQ, &v->v_rid,
	    RF_ACTIVE | (sc->kind == PDK_INTR_INTX ? RF_SHAREABLE : 0));
	return (v->v_res != NULL ? 0 : ENOSPC);
}

static void
pdk_irq_release(struct pdk_softc *sc, struct pdk_vec *v)
{
	if (v->v_cookie != NULL)
		bus_teardown_intr(sc->self, v->v_res, v->v_cookie);	/* waits for handlers */
	if (v->v_res != NULL)
		bus_release_resource(sc->self, SYS_RES_IRQ, v->v_rid, v->v_res);
	pdk_vector_put(sc, v);
}

static void
pdk_vectors_release(struct pdk_softc *sc)
{
	unsigned i;

	pdk_vectors_off(sc);
	for (i = 0; i < sc->nvec; i++)
		pdk_irq_release(sc, &sc->vec[i]);
	pdk_vectors_put(sc);
	pdk_msix_release(sc);
	pdk_free(sc->vec, sc->nvec * sizeof(*sc->vec));
	sc->vec = NULL;
	sc->kind = sc->nvec = 0;
}

/* The device has none of these kinds: not the same as a system that has no vector left. */
static bool
pdk_intr_none(struct pdk_dev *dev, unsigned kinds)
{
	int off;

	return ((kinds & PDK_INTR_INTX) == 0 &&
	    ((kinds & PDK_INTR_MSI) == 0 || pdk_pci_find_cap(dev, PCI_CAP_MSI, &off) != 0) &&
	    ((kinds & PDK_INTR_MSIX) == 0 || pdk_pci_find_cap(dev, PCI_CAP_MSIX, &off) != 0));
}

int
pdk_intr_alloc(struct pdk_dev *dev, unsigned kinds, unsigned *nvec)
{
	struct pdk_softc *sc = dev->pd_sc;
	unsigned i, n = MIN(*nvec, PDK_NVEC);
	int rid[PDK_NVEC], error = 0;

	if (sc->nvec != 0)
		return (EBUSY);
	if ((kinds & PDK_INTR_ANY) == 0 || n == 0)
		return (EINVAL);
	sc->kind = pdk_alloc_vectors(sc, kinds, &n, rid);
	if (sc->kind == 0)
		return (pdk_intr_none(dev, kinds) ? EINVAL : ENOSPC);
	sc->nvec = n;
	sc->vec = pdk_zalloc(n * sizeof(*sc->vec), PDK_WAITOK);
	/* All of them, also after an error: a release wants to know the ids of all. */
	for (i = 0; i < n; i++)
		if (pdk_irq_alloc(sc, &sc->vec[i], rid[i]) != 0)
			error = ENOSPC;
	if (error != 0)
		pdk_vectors_release(sc);
	else
		*nvec = n;
	return (error);
}

unsigned
pdk_intr_kind(struct pdk_dev *dev)
{
	return (dev->pd_sc->kind);
}

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *),
    void (*bh)(void *), void *arg)
{
	struct pdk_softc *sc = dev->pd_sc;
	struct pdk_vec *v;

	if (vec >= sc->nvec || filter == NULL || bh == NULL)
		return (EINVAL);
	v = &sc->vec[vec];
	if (v->v_cookie != NULL)
		return (EBUSY);
	v->v_filter = filter;
	v->v_bh = bh;
	v->v_arg = arg;
	return (pdk_vector_connect(sc, v, vec));
}

void
pdk_intr_disestablish(struct pdk_dev *dev)
{
	if (dev->pd_sc->nvec != 0)
		pdk_vectors_release(dev->pd_sc);
}
