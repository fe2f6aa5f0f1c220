/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_pcireg.h - PCI's capabilities and registers (PCI Local Bus 3.0) by the names of NetBSD and
 * OpenBSD, for the shims of systems whose own headers have other names, or none.  Those include
 * it in their pdk_os.h; a driver includes <pdk.h>, never this file.
 */
#ifndef PDK_PCIREG_H
#define PDK_PCIREG_H

#define PCI_CAP_PWRMGMT		0x01
#define PCI_CAP_MSI		0x05
#define PCI_CAP_VENDSPEC	0x09
#define PCI_CAP_PCIEXPRESS	0x10
#define PCI_CAP_MSIX		0x11

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

#endif /* PDK_PCIREG_H */
