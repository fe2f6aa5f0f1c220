/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_machdep.h: what pci(9) needs of the machine. Opaque. */
#ifndef OVERLAY_X86_PCI_MACHDEP_H
#define OVERLAY_X86_PCI_MACHDEP_H

#include <x86/pci_machdep_common.h>

#endif /* OVERLAY_X86_PCI_MACHDEP_H */
