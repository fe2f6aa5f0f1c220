/* SPDX-License-Identifier: BSD-2-Clause */
/* Which driver takes which device. */
#include "pci/pci.h"

const char *
pci_match(const struct pci_match *m, uint16_t vendor, uint16_t device)
{
	for (; m->driver != NULL; m++)
		if (m->vendor == vendor && m->device == device)
			return m->driver;
	return NULL;
}
