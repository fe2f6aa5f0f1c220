/* SPDX-License-Identifier: BSD-2-Clause */
/* pcireg.h: registers of configuration space by pci(4)'s names; PCI Local Bus 3.0. */
#ifndef OVERLAY_DEV_PCI_PCIREG_H
#define OVERLAY_DEV_PCI_PCIREG_H

#define PCI_ID_REG		0x00
#define PCI_COMMAND_STATUS_REG	0x04
#define PCI_COMMAND_IO_ENABLE		0x00000001
#define PCI_COMMAND_MEM_ENABLE		0x00000002
#define PCI_COMMAND_MASTER_ENABLE	0x00000004
#define PCI_COMMAND_INTERRUPT_DISABLE	0x00000400
#define PCI_CLASS_REG		0x08
#define PCI_BHLC_REG		0x0c
#define PCI_SUBSYS_ID_REG	0x2c
#define PCI_INTERRUPT_REG	0x3c

#define PCI_VENDOR(id)		((id) & 0xffff)
#define PCI_PRODUCT(id)		(((id) >> 16) & 0xffff)
#define PCI_REVISION(class)	((class) & 0xff)
#define PCI_INTERRUPT_PIN(reg)	(((reg) >> 8) & 0xff)

#define PCI_MAPREG_START	0x10
#define PCI_MAPREG_END		0x28
#define PCI_MAPREG_TYPE(reg)	((reg) & 0x01)
#define PCI_MAPREG_TYPE_MEM	0x00
#define PCI_MAPREG_TYPE_IO	0x01
#define PCI_MAPREG_MEM_TYPE(reg) ((reg) & 0x06)
#define PCI_MAPREG_MEM_TYPE_32BIT	0x00
#define PCI_MAPREG_MEM_TYPE_64BIT	0x04

#define PCI_CAP_PWRMGMT		0x01
#define PCI_CAP_MSI		0x05
#define PCI_CAP_VENDSPEC	0x09
#define PCI_CAP_PCIEXPRESS	0x10
#define PCI_CAP_MSIX		0x11

#define PCI_PMCSR		0x04
#define PCI_PMCSR_STATE_MASK	0x03
#define PCI_PMCSR_STATE_D0	0x00
#define PCI_PMCSR_STATE_D3	0x03

#define PCI_MSI_MC		0x00
#define PCI_MSIX_MC_TBLSZ_MASK	0x07ff0000
#define PCI_MSIX_MC_TBLSZ_SHIFT	16
#define PCI_MSIX_MC_TBLSZ(reg)	\
	(((reg) & PCI_MSIX_MC_TBLSZ_MASK) >> PCI_MSIX_MC_TBLSZ_SHIFT)

typedef uint16_t pci_vendor_id_t;
typedef uint16_t pci_product_id_t;

#endif /* OVERLAY_DEV_PCI_PCIREG_H */
