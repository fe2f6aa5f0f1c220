/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_machdep.h: what pci(9) needs of the machine. */
#ifndef OVERLAY_MACHINE_PCI_MACHDEP_H
#define OVERLAY_MACHINE_PCI_MACHDEP_H

#include <x86/pci_machdep_common.h>

#endif /* OVERLAY_MACHINE_PCI_MACHDEP_H */
