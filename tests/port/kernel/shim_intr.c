/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim_intr.c - PCI: BARs, capabilities; interrupt vectors and their handlers.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"
#include "shim.h"

static int filter_says, nfilter, nbh;

void
check_pci(void)
{
	struct pdk_dev *d;
	bus_space_tag_t st;
	bus_space_handle_t sh;
	bus_size_t size;
	int off;

	toy_attach(0, 0);
	d = &toy->dev;
	ok(toy->size == 0x1000 && pdk_pci_map_bar(d, 0, &st, &sh, &size) == EBUSY,
	    "a BAR is mapped once");
	ok(pdk_pci_map_bar(d, 2, &st, &sh, &size) == 0, "another one, too");
	pdk_pci_unmap_bar(d, 2);
	pdk_pci_unmap_bar(d, 2);
	ok(pdk_pci_map_bar(d, 3, &st, &sh, &size) == ENXIO, "not one in I/O space");
	ok(pdk_pci_map_bar(d, 6, &st, &sh, &size) == ENXIO, "nor a seventh");
	k_msix = 1;
	ok(pdk_pci_find_cap(d, PCI_CAP_MSIX, &off) == 0 && off == 0x40, "a capability: 0");
	ok(pdk_pci_find_cap(d, PCI_CAP_VENDSPEC, &off) == ENOENT, "none: ENOENT");
	k_msix = 0;
	toy_detach();
}

static int
filter(void *arg __unused)
{
	nfilter++;
	return filter_says;
}

static void
bh(void *arg __unused)
{
	nbh++;
}

void
check_vectors(void)
{
	struct pdk_dev *d;
	unsigned n = 4;

	toy_attach(0, 0);
	d = &toy->dev;
	ok(pdk_intr_alloc(d, PDK_INTR_ANY, &n) == ENOSPC, "no vector to be had");
	k_msix = 3;
	k_msi = k_intx = 1;
	ok(pdk_intr_alloc(d, 0, &n) == EINVAL, "of no kind");
	ok(pdk_intr_alloc(d, PDK_INTR_ANY, &n) == 0 && n == 3 &&
	    pdk_intr_kind(d) == PDK_INTR_MSIX, "MSI-X first, as many as there are");
	ok(pdk_intr_alloc(d, PDK_INTR_ANY, &n) == EBUSY, "once");
	ok(pdk_intr_establish(d, 3, filter, bh, toy) == EINVAL, "not one that was not reserved");
	ok(pdk_intr_establish(d, 1, NULL, NULL, toy) == EINVAL, "not without a handler");
	ok(pdk_intr_establish(d, 1, filter, bh, toy) == 0 &&
	    pdk_intr_establish(d, 1, filter, bh, toy) == EBUSY, "one handler for a vector");
	pdk_intr_disestablish(d);
	n = 4;
	ok(pdk_intr_alloc(d, PDK_INTR_MSI | PDK_INTR_INTX, &n) == 0 && n == 1 &&
	    pdk_intr_kind(d) == PDK_INTR_MSI, "then MSI, one");
	pdk_intr_disestablish(d);
	pdk_intr_disestablish(d);
	ok(pdk_intr_kind(d) == 0, "released, and once is enough");
	k_msix = k_msi = 0;
	ok(pdk_intr_alloc(d, PDK_INTR_ANY, &n) == 0 && n == 1 &&
	    pdk_intr_kind(d) == PDK_INTR_INTX, "at last INTx");
	k_intx = 0;
	toy_detach();
}

void
check_handlers(void)
{
	struct pdk_dev *d;
	unsigned n = 1;

	toy_attach(0, 0);
	d = &toy->dev;
	k_intx = 1;
	(void)pdk_intr_alloc(d, PDK_INTR_INTX, &n);
	(void)pdk_intr_establish(d, 0, filter, bh, toy);
	nfilter = nbh = 0;
	filter_says = PDK_INTR_STRAY;
	k_interrupt(0);
	filter_says = PDK_INTR_DONE;
	k_interrupt(0);
	ok(nfilter == 2 && nbh == 0, "the bottom half runs only when the filter says so");
	filter_says = PDK_INTR_BH;
	k_interrupt(0);
	ok(nbh == 1, "then it does");
	pdk_intr_disestablish(d);
	k_interrupt(0);
	ok(nfilter == 3, "after disestablish nothing runs");
	k_intx = 0;
	toy_detach();
}
