/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.c - configuration space, capabilities, BARs and their registers.
 */
#include "softc.h"

#include <errno.h>

#include "pci/pci.h"

static uint32_t
conf_read(void *hyp, unsigned reg)
{
	return hyp_conf_read(hyp, reg);
}

static void
check_reg(struct pdk_softc *sc, int reg, enum shim_rule_id id, const char *call)
{
	if (reg < 0 || reg >= 4096 || reg % 4 != 0)
		shim_violation(sc, id, "%s() of register 0x%x", call, (unsigned)reg);
}

uint32_t
pdk_pci_read(struct pdk_dev *dev, int reg)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_pci_read);
	check_reg(sc, reg, R_pdk_pci_read, __func__);
	if (SHIM_FAULT(sc, pci_read))
		return UINT32_MAX;
	return hyp_conf_read(sc->hyp, (unsigned)reg);
}

void
pdk_pci_write(struct pdk_dev *dev, int reg, uint32_t val)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_pci_write);
	check_reg(sc, reg, R_pdk_pci_write, __func__);
	hyp_conf_write(sc->hyp, (unsigned)reg, val);
}

uint32_t
pdk_pci_id(struct pdk_dev *dev)
{
	return pdk_pci_read(dev, PCI_ID_REG);
}

uint32_t
pdk_pci_subsys(struct pdk_dev *dev)
{
	return pdk_pci_read(dev, PCI_SUBSYS_ID_REG);
}

uint8_t
pdk_pci_revision(struct pdk_dev *dev)
{
	return pdk_pci_read(dev, PCI_CLASS_REG) & 0xff;
}

int
pdk_pci_find_cap(struct pdk_dev *dev, int cap, int *off)
{
	struct pdk_softc *sc = shim_sc(dev);
	unsigned at;

	SHIM_CHECK(sc, pdk_pci_find_cap);
	if (cap < 0 || pci_cap_find(conf_read, sc->hyp, (unsigned)cap, &at) != 0)
		return ENOENT;
	*off = (int)at;
	return 0;
}

/* Set and clear bits of the command register; the status bits, cleared by ones, stay. */
static void
command(struct pdk_softc *sc, uint32_t set, uint32_t clear)
{
	uint32_t v = hyp_conf_read(sc->hyp, PCI_COMMAND_STATUS_REG);

	if (v == UINT32_MAX)		/* nobody is there */
		return;
	v = (v & 0xffff & ~clear) | set;
	hyp_conf_write(sc->hyp, PCI_COMMAND_STATUS_REG, v);
}

int
pdk_pci_map_bar(struct pdk_dev *dev, int bar, bus_space_tag_t *st, bus_space_handle_t *sh,
    bus_size_t *size)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct hyp_bar *hb;
	int error;

	SHIM_CHECK(sc, pdk_pci_map_bar);
	if (bar < 0 || bar >= (int)nitems(sc->bars))
		return ENXIO;
	if (sc->bars[bar].bar != NULL)
		return EBUSY;
	error = SHIM_FAULT(sc, pci_map_bar) ? ENOMEM :
	    hyp_bar_map(sc->hyp, (unsigned)bar, &hb);
	if (error != 0)
		return error;
	command(sc, PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE, 0);
	sc->bars[bar] = (struct pdk_bar){ .sc = sc, .bar = hb, .site = SHIM_SITE() };
	*st = sc;
	*sh = &sc->bars[bar];
	if (size != NULL)
		*size = hyp_bar_size(hb);
	return 0;
}

void
pdk_pci_unmap_bar(struct pdk_dev *dev, int bar)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_pci_unmap_bar);
	if (bar < 0 || bar >= (int)nitems(sc->bars) || sc->bars[bar].bar == NULL)
		shim_violation(sc, R_pdk_pci_unmap_bar, "BAR %d is not mapped", bar);
	hyp_bar_unmap(sc->bars[bar].bar);
	sc->bars[bar].bar = NULL;
}

/* Stop the device's DMA before the memory goes, and take the BARs away that are left. */
void
shim_bar_fini(struct pdk_softc *sc, struct hyp_leaks *leaks)
{
	unsigned i;

	command(sc, 0, PCI_COMMAND_MASTER_ENABLE);
	for (i = 0; i < nitems(sc->bars); i++) {
		if (sc->bars[i].bar == NULL)
			continue;
		shim_leak(sc, &leaks->bars, sc->bars[i].site, "BAR %u, mapped", i);
		hyp_bar_unmap(sc->bars[i].bar);
		sc->bars[i].bar = NULL;
	}
}

/* ---- registers: any context, no lock; as short as can be ---- */

static inline struct hyp_bar *
mapped(bus_space_tag_t st, bus_space_handle_t sh, const char *call)
{
	if (__predict_false(sh == NULL || sh->sc != st || sh->bar == NULL))
		shim_violation(st, R_pdk_pci_map_bar,
		    "%s() of a BAR that is not mapped", call);
	return sh->bar;
}

#define ACCESS(n, type)								\
type										\
bus_space_read_##n(bus_space_tag_t st, bus_space_handle_t sh, bus_size_t off)	\
{										\
	struct hyp_bar *bar = mapped(st, sh, __func__);				\
										\
	if (SHIM_FAULT(st, read))						\
		return (type)~(type)0;						\
	if (SHIM_FAULT(st, stuck))						\
		return 0;							\
	return hyp_read##n(bar, off);						\
}										\
void										\
bus_space_write_##n(bus_space_tag_t st, bus_space_handle_t sh, bus_size_t off,	\
    type val)									\
{										\
	struct hyp_bar *bar = mapped(st, sh, __func__);				\
										\
	if (!__predict_false(shim_fault_on) || !atomic_load(&shim_fault_gone))	\
		hyp_write##n(bar, off, val);					\
}
ACCESS(1, uint8_t)
ACCESS(2, uint16_t)
ACCESS(4, uint32_t)
#undef ACCESS

void
bus_space_barrier(bus_space_tag_t st, bus_space_handle_t sh, bus_size_t off __unused,
    bus_size_t len __unused, int flags __unused)
{
	(void)mapped(st, sh, __func__);
	atomic_thread_fence(memory_order_seq_cst);
}
