/* SPDX-License-Identifier: BSD-2-Clause */
/* pcireg.h: registers of configuration space; PCI Local Bus 3.0 section 6.1. */
#ifndef OVERLAY_DEV_PCI_PCIREG_H
#define OVERLAY_DEV_PCI_PCIREG_H

#define PCIR_DEVVENDOR		0x00
#define PCIR_COMMAND		0x04
#define PCIM_CMD_PORTEN			0x0001
#define PCIM_CMD_MEMEN			0x0002
#define PCIM_CMD_BUSMASTEREN		0x0004
#define PCIM_CMD_INTxDIS		0x0400
#define PCIR_STATUS		0x06
#define PCIR_REVID		0x08
#define PCIR_BARS		0x10
#define PCIR_BAR(n)		(PCIR_BARS + (n) * 4)
#define PCI_RID2BAR(rid)	(((rid) - PCIR_BARS) / 4)
#define PCIR_MAX_BAR_0		5
#define PCI_BAR_IO(v)		(((v) & 1) == 1)
#define PCI_BAR_MEM(v)		(((v) & 1) == 0)
#define PCIM_BAR_MEM_TYPE	0x06
#define PCIM_BAR_MEM_32		0x00
#define PCIM_BAR_MEM_64		0x04
#define PCIR_SUBVEND_0		0x2c
#define PCIR_SUBDEV_0		0x2e
#define PCIR_INTLINE		0x3c
#define PCIR_INTPIN		0x3d

#define PCIY_PMG		0x01
#define PCIY_MSI		0x05
#define PCIY_VENDOR		0x09
#define PCIY_EXPRESS		0x10
#define PCIY_MSIX		0x11

#define PCI_POWERSTATE_D0	0
#define PCI_POWERSTATE_D3	3

#endif /* OVERLAY_DEV_PCI_PCIREG_H */
