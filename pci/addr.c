/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI addresses as text: domain:bus:device.function, hexadecimal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pci/pci.h"

/* Hexadecimal digits, between min and max of them; moves *s behind. */
static int
hex(const char **s, unsigned min, unsigned max, uint32_t *val)
{
	static const char digits[] = "0123456789abcdef";
	unsigned n;

	*val = 0;
	for (n = 0; n < max; n++, (*s)++) {
		char c = (char)((**s >= 'A' && **s <= 'F') ? **s - 'A' + 'a' : **s);
		const char *p = c != '\0' ? strchr(digits, c) : NULL;

		if (p == NULL)
			break;
		*val = *val << 4 | (uint32_t)(p - digits);
	}
	return n >= min ? 0 : EINVAL;
}

int
pci_addr_parse(const char *s, struct pci_addr *a)
{
	uint32_t part[3], func;
	unsigned n = 0;

	do {
		if (n == 3 || hex(&s, n == 0 ? 1 : 2, n == 0 ? 8 : 2, &part[n]) != 0)
			return EINVAL;
		n++;
	} while (*s == ':' && s++ != NULL);
	if (n < 2 || *s++ != '.' || hex(&s, 1, 1, &func) != 0 || *s != '\0')
		return EINVAL;
	a->domain = n == 3 ? part[0] : 0;
	if (part[n - 2] > 0xff || part[n - 1] > 0x1f || func > 7)
		return EINVAL;
	a->bus = (uint8_t)part[n - 2];
	a->dev = (uint8_t)part[n - 1];
	a->func = (uint8_t)func;
	return 0;
}

void
pci_addr_format(const struct pci_addr *a, char buf[PCI_ADDR_STRLEN])
{
	snprintf(buf, PCI_ADDR_STRLEN, "%04x:%02x:%02x.%x", a->domain, a->bus, a->dev, a->func);
}
