/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_if.h: the PCI bus's interface; drivers use it through <dev/pci/pcivar.h>. */
#ifndef OVERLAY_PCI_IF_H
#define OVERLAY_PCI_IF_H

struct kobjop_desc;

#endif /* OVERLAY_PCI_IF_H */
