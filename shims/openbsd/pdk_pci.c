/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_pci.c - configuration space and memory BARs: pci_conf_read(9), pci_mapreg_map(9),
 * bus_space(9).
 */
#include "pdk_unit.h"

uint32_t
pdk_pci_read(struct pdk_dev *d, int reg)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	if (reg >= pci_conf_size(pa->pa_pc, pa->pa_tag))
		return 0xffffffff;
	return pci_conf_read(pa->pa_pc, pa->pa_tag, reg);
}

void
pdk_pci_write(struct pdk_dev *d, int reg, uint32_t val)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	if (reg < pci_conf_size(pa->pa_pc, pa->pa_tag))
		pci_conf_write(pa->pa_pc, pa->pa_tag, reg, val);
}

uint32_t
pdk_pci_id(struct pdk_dev *d)
{
	return pdk_pci_read(d, PCI_ID_REG);
}

uint32_t
pdk_pci_subsys(struct pdk_dev *d)
{
	return pdk_pci_read(d, PCI_SUBSYS_ID_REG);
}

uint8_t
pdk_pci_revision(struct pdk_dev *d)
{
	return PCI_REVISION(pdk_pci_read(d, PCI_CLASS_REG));
}

/* pci_get_capability() is nonzero when there is one. */
int
pdk_pci_find_cap(struct pdk_dev *d, int cap, int *off)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	return pci_get_capability(pa->pa_pc, pa->pa_tag, cap, off, NULL) ? 0 : ENOENT;
}

/* Set and clear bits of the command register; the status half is cleared by ones. */
void
pdk_pci_command(struct pdk_dev *d, pcireg_t set, pcireg_t clear)
{
	pcireg_t reg = pdk_pci_read(d, PCI_COMMAND_STATUS_REG) & 0xffff;

	pdk_pci_write(d, PCI_COMMAND_STATUS_REG, (reg & ~clear) | set);
}

/* Is the register the upper half of a 64-bit BAR?  Only those before it tell. */
static int
pdk_bar_is_upper(struct pci_attach_args *pa, int bar)
{
	pcireg_t type;
	int i, upper = 0;

	for (i = 0; i < bar; i++) {
		type = pci_mapreg_type(pa->pa_pc, pa->pa_tag, PCI_MAPREG_START + 4 * i);
		upper = !upper && type == (PCI_MAPREG_TYPE_MEM | PCI_MAPREG_MEM_TYPE_64BIT);
	}
	return upper;
}

int
pdk_pci_map_bar(struct pdk_dev *d, int bar, bus_space_tag_t *tag, bus_space_handle_t *handle,
    bus_size_t *size)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;
	int reg = PCI_MAPREG_START + 4 * bar;
	struct pdk_bar *b;
	pcireg_t type;

	if (bar < 0 || bar >= PDK_NBAR)
		return ENXIO;
	b = &d->pd_unit->pu_bar[bar];
	if (b->b_size != 0)
		return EBUSY;
	if (pdk_bar_is_upper(pa, bar) || !pci_mapreg_probe(pa->pa_pc, pa->pa_tag, reg, &type) ||
	    PCI_MAPREG_TYPE(type) != PCI_MAPREG_TYPE_MEM)
		return ENXIO;
	if (pci_mapreg_map(pa, reg, type, 0, &b->b_tag, &b->b_handle, NULL, &b->b_size, 0) != 0) {
		b->b_size = 0;
		return ENXIO;
	}
	pdk_pci_command(d, PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE, 0);
	*tag = b->b_tag;
	*handle = b->b_handle;
	*size = b->b_size;
	return 0;
}

void
pdk_pci_unmap_bar(struct pdk_dev *d, int bar)
{
	struct pdk_bar *b;

	KASSERT(bar >= 0 && bar < PDK_NBAR);
	b = &d->pd_unit->pu_bar[bar];
	if (b->b_size != 0)
		bus_space_unmap(b->b_tag, b->b_handle, b->b_size);
	b->b_size = 0;
}
