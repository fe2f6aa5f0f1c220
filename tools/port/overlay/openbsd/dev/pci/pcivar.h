/* SPDX-License-Identifier: BSD-2-Clause */
/* pcivar.h: attachment of PCI devices: pci(4), pci_conf_read(9), pci_intr_map(9), pci_mapreg_map(9). */
#ifndef OVERLAY_DEV_PCI_PCIVAR_H
#define OVERLAY_DEV_PCI_PCIVAR_H

#include <sys/device.h>
#include <sys/malloc.h>
#include <machine/bus.h>
#include <dev/pci/pcireg.h>

typedef uint32_t pcireg_t;

#include <machine/pci_machdep.h>

struct pci_attach_args {
	bus_space_tag_t	 pa_iot;
	bus_space_tag_t	 pa_memt;
	bus_dma_tag_t	 pa_dmat;
	pci_chipset_tag_t pa_pc;
	int		 pa_flags;
	u_int		 pa_bus;
	u_int		 pa_device;
	u_int		 pa_function;
	pcitag_t	 pa_tag;
	pcireg_t	 pa_id;
	pcireg_t	 pa_class;
};

#define PCI_FLAGS_IO_ENABLED	0x01
#define PCI_FLAGS_MEM_ENABLED	0x02
#define PCI_FLAGS_MSI_ENABLED	0x20

struct pci_matchid {
	pci_vendor_id_t	 pm_vid;
	pci_product_id_t pm_pid;
};

int	pci_matchbyid(struct pci_attach_args *, const struct pci_matchid *, int);
int	pci_get_capability(pci_chipset_tag_t, pcitag_t, int, int *, pcireg_t *);
int	pci_mapreg_probe(pci_chipset_tag_t, pcitag_t, int, pcireg_t *);
pcireg_t pci_mapreg_type(pci_chipset_tag_t, pcitag_t, int);
int	pci_mapreg_map(struct pci_attach_args *, int, pcireg_t, int, bus_space_tag_t *,
	    bus_space_handle_t *, bus_addr_t *, bus_size_t *, bus_size_t);
int	pci_intr_map_msivec(struct pci_attach_args *, int, pci_intr_handle_t *);
int	pci_intr_msix_count(struct pci_attach_args *);
int	pci_set_powerstate(pci_chipset_tag_t, pcitag_t, int);

#endif /* OVERLAY_DEV_PCI_PCIVAR_H */
