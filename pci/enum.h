/* SPDX-License-Identifier: BSD-2-Clause */
/* enum.h - the PCI devices of this host, by libpciaccess. */
#ifndef PCI_ENUM_H
#define PCI_ENUM_H

#include "pci/pci.h"

#define PCI_NBARS	6

struct pci_found {
	struct pci_addr	 addr;
	char		 bdf[PCI_ADDR_STRLEN];
	uint16_t	 vendor, device, subvendor, subdevice;
	uint32_t	 class;			/* 24 bits: class, subclass, interface */
	uint8_t		 revision;
	int		 group;			/* IOMMU group, or -1 */
	struct pci_text	 driver;		/* "" when none */
	const char	*vendor_name, *device_name;	/* of pci.ids; may be NULL */
	struct pci_bar	 bar[PCI_NBARS];
	uint64_t	 bar_size[PCI_NBARS];	/* bytes; 0 when unknown */
	/* Extended ones and those beyond byte 64 only when the user may read them. */
	struct pci_cap	 caps[PCI_NCAPS];
	size_t		 ncaps;
};

/*
 * Call fn for every device; what it gets is borrowed for the call.  ENOENT and others:
 * this host has no PCI bus that can be read.
 */
int	pci_enumerate(const struct pci_host *, void (*fn)(void *arg, const struct pci_found *),
	    void *arg);

#endif /* PCI_ENUM_H */
