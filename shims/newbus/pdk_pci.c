/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_pci.c - configuration space and memory BARs: pci(9), rman(9).
 */
#include "pdk_newbus.h"

uint32_t
pdk_pci_read(struct pdk_dev *dev, int reg)
{
	return (pci_read_config(dev->pd_dev, reg, 4));
}

void
pdk_pci_write(struct pdk_dev *dev, int reg, uint32_t val)
{
	pci_write_config(dev->pd_dev, reg, val, 4);
}

uint32_t
pdk_pci_id(struct pdk_dev *dev)
{
	return (pci_get_vendor(dev->pd_dev) | (uint32_t)pci_get_device(dev->pd_dev) << 16);
}

uint32_t
pdk_pci_subsys(struct pdk_dev *dev)
{
	return (pci_get_subvendor(dev->pd_dev) |
	    (uint32_t)pci_get_subdevice(dev->pd_dev) << 16);
}

uint8_t
pdk_pci_revision(struct pdk_dev *dev)
{
	return (pci_get_revid(dev->pd_dev));
}

/* Zero is "found" here, as pdk.h has it; NetBSD and OpenBSD return the opposite. */
int
pdk_pci_find_cap(struct pdk_dev *dev, int cap, int *off)
{
	return (os_find_cap(dev->pd_dev, cap, off) == 0 ? 0 : ENOENT);
}

struct resource *
pdk_bar_alloc(struct pdk_softc *sc, int bar)
{
	int rid = PCIR_BAR(bar);

	return (bus_alloc_resource_any(sc->self, SYS_RES_MEMORY, &rid, RF_ACTIVE));
}

void
pdk_bar_release(struct pdk_softc *sc, int bar, struct resource **res)
{
	if (*res != NULL)
		bus_release_resource(sc->self, SYS_RES_MEMORY, PCIR_BAR(bar), *res);
	*res = NULL;
}

/* The bus enables memory decoding when the resource is activated. */
int
pdk_pci_map_bar(struct pdk_dev *dev, int bar, bus_space_tag_t *st, bus_space_handle_t *sh,
    bus_size_t *size)
{
	struct pdk_softc *sc = dev->pd_sc;

	if (bar < 0 || bar >= PDK_NBARS)
		return (ENXIO);
	if (sc->bar[bar] != NULL)
		return (EBUSY);
	sc->bar[bar] = pdk_bar_alloc(sc, bar);
	if (sc->bar[bar] == NULL)
		return (ENXIO);
	pci_enable_busmaster(sc->self);
	*st = rman_get_bustag(sc->bar[bar]);
	*sh = rman_get_bushandle(sc->bar[bar]);
	*size = rman_get_size(sc->bar[bar]);
	return (0);
}

void
pdk_pci_unmap_bar(struct pdk_dev *dev, int bar)
{
	struct pdk_softc *sc = dev->pd_sc;

	if (bar >= 0 && bar < PDK_NBARS)
		pdk_bar_release(sc, bar, &sc->bar[bar]);
}
