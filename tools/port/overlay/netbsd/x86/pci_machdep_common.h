/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_machdep_common.h: types of pci(9). */
#ifndef OVERLAY_X86_PCI_MACHDEP_COMMON_H
#define OVERLAY_X86_PCI_MACHDEP_COMMON_H

#include <sys/types.h>

typedef struct pci_chipset_tag *pci_chipset_tag_t;
typedef union {
	uint32_t	mode1;
} pcitag_t;
typedef uint64_t pci_intr_handle_t;

#endif /* OVERLAY_X86_PCI_MACHDEP_COMMON_H */
