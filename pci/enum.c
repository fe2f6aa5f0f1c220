/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCI devices of this host, by libpciaccess. */
#include <errno.h>
#include <stdlib.h>

#include <pciaccess.h>

#include "pci/enum.h"

static uint32_t
conf_read(void *ctx, unsigned reg)
{
	uint32_t val;

	return pci_device_cfg_read_u32(ctx, &val, reg) == 0 ? val : UINT32_MAX;
}

static void
describe(struct pci_device *dev, const struct pci_host *host, struct pci_found *f)
{
	unsigned i;

	*f = (struct pci_found){
		.addr = { dev->domain, dev->bus, dev->dev, dev->func },
		.vendor = dev->vendor_id, .device = dev->device_id,
		.subvendor = dev->subvendor_id, .subdevice = dev->subdevice_id,
		.class = dev->device_class, .revision = dev->revision,
	};
	pci_addr_format(&f->addr, f->bdf);
	pci_driver_of(host, f->bdf, &f->driver);
	f->group = pci_group_of(host, f->bdf);
	f->vendor_name = pci_device_get_vendor_name(dev);
	f->device_name = pci_device_get_device_name(dev);
	if (pci_device_probe(dev) == 0)
		for (i = 0; i < PCI_NBARS; i++)
			f->bar_size[i] = dev->regions[i].size;
	for (i = 0; i < PCI_NBARS; i++)
		pci_bar_decode(conf_read, dev, i, &f->bar[i]);
	(void)pci_cap_list(conf_read, dev, f->caps, PCI_NCAPS, &f->ncaps);
}

int
pci_enumerate(const struct pci_host *host, void (*fn)(void *, const struct pci_found *),
    void *arg)
{
	struct pci_device_iterator *it;
	struct pci_device *dev;
	struct pci_found *f;
	int error;

	error = pci_system_init();
	if (error != 0)
		return error;
	f = malloc(sizeof(*f));
	it = pci_slot_match_iterator_create(NULL);
	if (f == NULL || it == NULL)
		error = ENOMEM;
	while (error == 0 && (dev = pci_device_next(it)) != NULL) {
		describe(dev, host, f);
		fn(arg, f);
	}
	if (it != NULL)
		pci_iterator_destroy(it);
	free(f);
	pci_system_cleanup();
	return error;
}
