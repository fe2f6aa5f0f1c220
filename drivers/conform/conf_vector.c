/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_vector.c - several vectors of one device; in WORKER.  The simulated edu can have MSI-X
 * (setting msix), and then raises vector n for causes 8n to 8n + 7; QEMU's has one vector.
 */
#include "conf.h"

#define NVEC	4

/* One vector: its own handlers, its own argument. */
struct vector {
	struct conf_softc	*sc;
	int			 filters, bhs;
};

static int
vector_filter(void *arg)
{
	struct vector *v = arg;

	CONF_WRITE(v->sc, EDU_INTR_ACK, CONF_READ(v->sc, EDU_INTR_STATUS));
	CONF_STORE(&v->filters, CONF_LOAD(&v->filters) + 1);
	return PDK_INTR_BH;
}

static void
vector_bh(void *arg)
{
	struct vector *v = arg;

	pdk_lock(&v->sc->sc_dev);
	v->bhs++;
	pdk_wake(&v->sc->sc_dev, &v->sc->sc_wchan);
	pdk_unlock(&v->sc->sc_dev);
}

/* Each vector once, the last one first. */
static void
raise_each(struct conf_softc *sc, struct vector *v)
{
	int i;

	pdk_lock(&sc->sc_dev);
	for (i = NVEC; i-- > 0;) {
		CONF_WRITE(sc, EDU_INTR_RAISE, 1u << 8 * i);
		CONF_WAIT(sc, v[i].bhs != 0);
	}
	pdk_unlock(&sc->sc_dev);
}

/* All vectors on the handlers of the first, or with the argument of the last. */
static void
vectors_apart(struct conf_softc *sc)
{
	struct vector v[NVEC] = { { .sc = sc }, { .sc = sc }, { .sc = sc }, { .sc = sc } };
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = NVEC, i;
	int off, ok = 1;

	if (pdk_pci_find_cap(dev, PCI_CAP_MSIX, &off) != 0) {
		CONF_SKIP(sc, "the device has no MSI-X");
		return;
	}
	if (!CONF_OK(sc, pdk_intr_alloc(dev, PDK_INTR_MSIX, &nvec) == 0 && nvec == NVEC,
	    "four vectors are not to be had")) {
		pdk_intr_disestablish(dev);
		return;
	}
	CONF_OK(sc, pdk_intr_establish(dev, 4000, vector_filter, vector_bh, &v[0]) == EINVAL,
	    "one far beyond them is not EINVAL");
	for (i = 0; i < NVEC; i++)
		ok &= pdk_intr_establish(dev, i, vector_filter, vector_bh, &v[i]) == 0;
	if (CONF_OK(sc, ok, "they cannot be connected"))
		raise_each(sc, v);
	pdk_intr_disestablish(dev);
	for (i = 0; i < NVEC; i++)
		CONF_OK(sc, v[i].filters == 1 && v[i].bhs == 1,
		    "a vector ran the handlers of another, or none");
}

/* Of all kinds the best, and not one vector where the device has four. */
static void
vectors_best(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = 32;
	int off;

	if (pdk_pci_find_cap(dev, PCI_CAP_MSIX, &off) != 0) {
		CONF_SKIP(sc, "the device has no MSI-X");
		return;
	}
	if (!CONF_OK(sc, pdk_intr_alloc(dev, PDK_INTR_ANY, &nvec) == 0, "there is no interrupt"))
		return;
	CONF_OK(sc, pdk_intr_kind(dev) == PDK_INTR_MSIX, "MSI-X is there and was not taken");
	CONF_OK(sc, nvec == NVEC, "there are not as many vectors as the device has");
	pdk_intr_disestablish(dev);
}

const struct conf_check conf_vector_checks[] = {
	{ "vectors_apart", CONF_WORKER, vectors_apart, NULL, 0 },
	{ "vectors_best", CONF_WORKER, vectors_best, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
