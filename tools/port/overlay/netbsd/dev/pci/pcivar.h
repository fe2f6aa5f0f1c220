/* SPDX-License-Identifier: BSD-2-Clause */
/* pcivar.h: pci(9), pci_intr(9), pci_msi(9). */
#ifndef OVERLAY_DEV_PCI_PCIVAR_H
#define OVERLAY_DEV_PCI_PCIVAR_H

#include <sys/device.h>
#include <sys/pmf.h>
#include <sys/bus.h>
#include <dev/pci/pcireg.h>
#include <machine/pci_machdep.h>

typedef uint32_t pcireg_t;

struct pci_attach_args {
	bus_space_tag_t	 pa_iot;
	bus_space_tag_t	 pa_memt;
	bus_dma_tag_t	 pa_dmat;
	bus_dma_tag_t	 pa_dmat64;
	pci_chipset_tag_t pa_pc;
	int		 pa_flags;
	u_int		 pa_bus;
	u_int		 pa_device;
	u_int		 pa_function;
	pcitag_t	 pa_tag;
	pcireg_t	 pa_id;
	pcireg_t	 pa_class;
	u_int		 pa_intrpin;	/* 0: the device has none */
};

#define PCI_FLAGS_IO_OKAY	0x01
#define PCI_FLAGS_MEM_OKAY	0x02
#define PCI_FLAGS_MSI_OKAY	0x10
#define PCI_FLAGS_MSIX_OKAY	0x20

#define PCI_INTR_MPSAFE		1

typedef enum {
	PCI_INTR_TYPE_INTX = 0,
	PCI_INTR_TYPE_MSI,
	PCI_INTR_TYPE_MSIX,
	PCI_INTR_TYPE_SIZE,
} pci_intr_type_t;

#define PCI_INTRSTR_LEN		64

int	pci_dma64_available(const struct pci_attach_args *);
pcireg_t pci_conf_read(pci_chipset_tag_t, pcitag_t, int);
void	pci_conf_write(pci_chipset_tag_t, pcitag_t, int, pcireg_t);
int	pci_get_capability(pci_chipset_tag_t, pcitag_t, int, int *, pcireg_t *);
int	pci_get_ext_capability(pci_chipset_tag_t, pcitag_t, int, int *, pcireg_t *);
pcireg_t pci_mapreg_type(pci_chipset_tag_t, pcitag_t, int);
int	pci_mapreg_map(const struct pci_attach_args *, int, pcireg_t, int, bus_space_tag_t *,
	    bus_space_handle_t *, bus_addr_t *, bus_size_t *);
void	pci_aprint_devinfo_fancy(const struct pci_attach_args *, const char *, const char *, int);
#define pci_aprint_devinfo(pa, naive)	pci_aprint_devinfo_fancy(pa, naive, NULL, 0)

int	pci_intr_map(const struct pci_attach_args *, pci_intr_handle_t *);
const char *pci_intr_string(pci_chipset_tag_t, pci_intr_handle_t, char *, size_t);
int	pci_intr_setattr(pci_chipset_tag_t, pci_intr_handle_t *, int, uint64_t);
void	*pci_intr_establish(pci_chipset_tag_t, pci_intr_handle_t, int, int (*)(void *), void *);
void	*pci_intr_establish_xname(pci_chipset_tag_t, pci_intr_handle_t, int, int (*)(void *),
	    void *, const char *);
void	pci_intr_disestablish(pci_chipset_tag_t, void *);
pci_intr_type_t pci_intr_type(pci_chipset_tag_t, pci_intr_handle_t);
int	pci_intr_alloc(const struct pci_attach_args *, pci_intr_handle_t **, int *,
	    pci_intr_type_t);
int	pci_intx_alloc(const struct pci_attach_args *, pci_intr_handle_t **);
int	pci_msi_count(pci_chipset_tag_t, pcitag_t);
int	pci_msi_alloc(const struct pci_attach_args *, pci_intr_handle_t **, int *);
int	pci_msi_alloc_exact(const struct pci_attach_args *, pci_intr_handle_t **, int);
int	pci_msix_count(pci_chipset_tag_t, pcitag_t);
int	pci_msix_alloc(const struct pci_attach_args *, pci_intr_handle_t **, int *);
int	pci_msix_alloc_exact(const struct pci_attach_args *, pci_intr_handle_t **, int);
void	pci_intr_release(pci_chipset_tag_t, pci_intr_handle_t *, int);

#endif /* OVERLAY_DEV_PCI_PCIVAR_H */
