/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_pci.c - configuration space and memory BARs: pci(9), bus_space(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

/* Is there such a register?  Beyond 256 octets only PCI Express has any. */
static bool
conf_exists(struct pdk_dev *dev, int reg)
{
	if (reg < 0 || reg >= 4096)
		return false;
	return reg < 256 || pci_get_capability(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag,
	    PCI_CAP_PCIEXPRESS, NULL, NULL) != 0;
}

uint32_t
pdk_pci_read(struct pdk_dev *dev, int reg)
{
	if (!conf_exists(dev, reg))
		return 0xffffffff;
	return pci_conf_read(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag, reg);
}

void
pdk_pci_write(struct pdk_dev *dev, int reg, uint32_t val)
{
	if (conf_exists(dev, reg))
		pci_conf_write(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag, reg, val);
}

uint32_t
pdk_pci_subsys(struct pdk_dev *dev)
{
	return pdk_pci_read(dev, PCI_SUBSYS_ID_REG);
}

/* pci_get_capability(9) says 1 when it has found one. */
int
pdk_pci_find_cap(struct pdk_dev *dev, int cap, int *off)
{
	return pci_get_capability(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag, cap, off, NULL) ?
	    0 : ENOENT;
}

void
pdk_pci_command(struct pdk_dev *dev, pcireg_t clear, pcireg_t set)
{
	pcireg_t v = pdk_pci_read(dev, PCI_COMMAND_STATUS_REG);

	/* The upper half is the status: ones clear it. */
	v &= 0xffff & ~clear;
	pdk_pci_write(dev, PCI_COMMAND_STATUS_REG, v | set);
}

/* The type of the BAR; false: there is none, or it is the upper half of the one before. */
static bool
bar_type(struct pdk_dev *dev, int bar, pcireg_t *type)
{
	int i = 0;

	if (bar < 0 || bar >= PDK_NBAR)
		return false;
	for (;;) {
		*type = pci_mapreg_type(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag,
		    PCI_MAPREG_START + i * 4);
		if (i >= bar)
			return i == bar;
		i += *type == (PCI_MAPREG_TYPE_MEM | PCI_MAPREG_MEM_TYPE_64BIT) ? 2 : 1;
	}
}

int
pdk_pci_map_bar(struct pdk_dev *dev, int bar, bus_space_tag_t *st, bus_space_handle_t *sh,
    bus_size_t *size)
{
	struct pdk_bar *b;
	pcireg_t type;

	if (!bar_type(dev, bar, &type) || PCI_MAPREG_TYPE(type) == PCI_MAPREG_TYPE_IO)
		return ENXIO;
	b = &dev->pd_bar[bar];
	if (b->b_mapped)
		return EBUSY;
	if (pci_mapreg_map(&dev->pd_pa, PCI_MAPREG_START + bar * 4, type, 0, &b->b_st, &b->b_sh,
	    NULL, &b->b_size) != 0)
		return ENXIO;
	b->b_mapped = true;
	pdk_pci_command(dev, 0, PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE);
	*st = b->b_st;
	*sh = b->b_sh;
	*size = b->b_size;
	return 0;
}

void
pdk_pci_unmap_bar(struct pdk_dev *dev, int bar)
{
	struct pdk_bar *b = &dev->pd_bar[bar];

	if (b->b_mapped)
		bus_space_unmap(b->b_st, b->b_sh, b->b_size);
	b->b_mapped = false;
}
