/* SPDX-License-Identifier: BSD-2-Clause */
/* A driver that keeps to the rules, in all the ways that there are to keep to them. */
#include <pdk.h>

#include "good.h"

struct good_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	bus_size_t		sc_size;
	struct pdk_timer	sc_timer;
	struct pdk_dma		sc_ring;
	uint32_t		sc_cause;
};

static int
good_filter(void *arg)
{
	struct good_softc *sc = arg;

	sc->sc_cause = bus_space_read_4(sc->sc_st, sc->sc_sh, 0);
	return sc->sc_cause != 0 ? PDK_INTR_BH : PDK_INTR_STRAY;
}

static void
good_bh(void *arg)
{
	struct good_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_timer, 10);
	pdk_unlock(&sc->sc_dev);
}

static void
good_tick(void *arg)
{
	struct good_softc *sc = arg;
	struct good_desc *d = sc->sc_ring.va;
	struct good_desc fresh = { .addr = htole64(sc->sc_ring.pa), .len = htole16(3), .key = { 0 } };
	uint16_t len;

	len = htole16(sc->sc_cause & 0xfff);
	d->len = len;
	d->len |= htole16(1);
	d->key[0] = d->key[1];
	d->u.word = sc->sc_cause != 0 ? htole32(sc->sc_cause) : 0;
	if (d->key[2] == htole32(7) || (d->u.half[0] & htole16(1)) || !d->addr)
		memcpy(d->key, fresh.key, sizeof(d->key));
	if (le64toh(d->addr) > 5 && le16toh(d->u.half[1]) == 3)
		*d = fresh;
}

static int
good_attach(struct pdk_dev *dev)
{
	struct good_softc *sc = (struct good_softc *)dev;
	unsigned n = 1;
	int error;

	pdk_timer_init(dev, &sc->sc_timer, good_tick, sc);
	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error == 0)
		error = pdk_dma_alloc(dev, &sc->sc_ring, sizeof(struct good_desc), 16);
	if (error == 0)
		error = pdk_intr_alloc(dev, PDK_INTR_ANY, &n);
	if (error == 0)
		error = pdk_intr_establish(dev, 0, good_filter, good_bh, sc);
	return error;
}

static int
good_detach(struct pdk_dev *dev)
{
	struct good_softc *sc = (struct good_softc *)dev;

	pdk_intr_disestablish(dev);
	pdk_timer_drain(&sc->sc_timer);
	pdk_dma_free(&sc->sc_ring);
	pdk_pci_unmap_bar(dev, 0);
	return 0;
}

static const struct pdk_pci_id good_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };

static const struct pdk_pci_driver good_driver = {
	.name = "good",
	.ids = good_ids,
	.softc_size = sizeof(struct good_softc),
	.attach = good_attach,
	.detach = good_detach,
};
PDK_PCI_DRIVER(good, good_driver);
