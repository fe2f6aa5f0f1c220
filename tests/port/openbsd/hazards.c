/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hazards.c - what is OpenBSD's own in shims/openbsd: autoconf's line on the console, the names of
 * firmware packages, BARs, the pin, alignment, addresses that bus_dma does not keep to.  TAP.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"

extern const struct cfattach toy_ca;		/* PDK_PCI_DRIVER() */
extern struct cfdriver toy_cd;

/* ---- autoconf ---- */

static void
test_autoconf(void)
{
	struct pdk_softc unit = { .sc_dev = { "toy1" } };

	ok(strcmp(toy_cd.cd_name, "toy") == 0, "config(8) finds the driver's name");
	k_conf[1] = 0xffff0000 | PCI_COMMAND_INTERRUPT_DISABLE;
	toy_attach(0, 0);
	ok(strncmp(k_console, "\ntoy0: hello\n", 13) == 0, "messages end autoconf's line first");
	ok(k_conf[1] == (PCI_COMMAND_INTERRUPT_DISABLE | PCI_COMMAND_MEM_ENABLE |
	    PCI_COMMAND_MASTER_ENABLE), "a BAR enables memory and bus mastering, clears no status");
	k_mount_root();
	toy_detach();
	toy_error.attach = EIO;
	k_console[0] = '\0';
	ok(k_attach() != 0 && strstr(k_console, "toy0: not attached, error") != NULL,
	    "a failed attach says so");
	toy_error.attach = 0;
	ok(toy_ca.ca_activate(&unit.sc_dev, DVACT_QUIESCE) == 0, "it sleeps without the driver");
	ok(toy_ca.ca_detach(&unit.sc_dev, 0) == 0, "and goes without it");
}

static void
test_sleep(void)
{
	toy_attach(0, 0);
	k_mount_root();
	ok(k_suspend() == 0, "it sleeps");
	toy_detach();
	ok(toy_count.resume == 1, "a device that sleeps is resumed before it is detached");
}

/* ---- PCI, interrupts ---- */

static void
test_pci(void)
{
	struct pdk_dev *d;
	bus_space_tag_t st;
	bus_space_handle_t sh;
	bus_size_t size;

	toy_attach(0, 0);
	d = &toy->dev;
	ok(pdk_pci_map_bar(d, 1, &st, &sh, &size) == ENXIO, "half a BAR is none");
	ok(pdk_pci_map_bar(d, 2, &st, &sh, &size) == 0, "the one behind it is");
	pdk_pci_unmap_bar(d, 2);
	ok(pdk_pci_read(d, 0x800) == 0xffffffff, "beyond what there is are ones");
	toy_detach();
}

static int
filter(void *arg __unused)
{
	return PDK_INTR_DONE;
}

static void
bh(void *arg __unused)
{
}

static void
test_pin(void)
{
	unsigned n = 1;

	toy_attach(0, 0);
	k_intx = 1;
	(void)pdk_intr_alloc(&toy->dev, PDK_INTR_INTX, &n);
	k_conf[1] |= PCI_COMMAND_INTERRUPT_DISABLE;
	(void)pdk_intr_establish(&toy->dev, 0, filter, bh, toy);
	ok((k_conf[1] & PCI_COMMAND_INTERRUPT_DISABLE) == 0, "INTx is let through");
	k_intx = 0;
	toy_detach();
}

/* ---- firmware ---- */

static void
test_firmware(void)
{
	const void *data;
	size_t size;

	toy_attach(0, 0);
	k_file = NULL;
	ok(pdk_firmware_get(&toy->dev, "iwlwifi-7260-17.ucode", &data, &size) == ENOENT,
	    "no firmware");
	ok(strstr(k_console, "cannot read firmware toy-7260-17 (fw_update") != NULL,
	    "and how to mend that");
	toy_detach();
}

/* ---- bus_dma ---- */

static void
test_dma(void)
{
	struct pdk_dmamap map = { 0 };
	struct pdk_dma m = { 0 };
	struct mbuf *mb = k_mbuf(64), *was = mb;

	toy_attach(36, 0);
	ok(pdk_dma_alloc(&toy->dev, &m, 64, 3) == EINVAL, "alignment is a power of two");
	k_next_pa = (bus_addr_t)1 << 40;
	ok(pdk_dma_alloc(&toy->dev, &m, 64, 1) == ENOMEM && m.va == NULL,
	    "memory that is found out of the device's reach is given back");
	k_next_pa = 0x40000000;
	mb->m_len = mb->m_pkthdr.len = 4;
	mb->m_next = k_mbuf(64);
	mb->m_next->m_len = 4;
	mb->m_pkthdr.len += 4;
	(void)pdk_map_create(&toy->dev, &map, 64, 1);
	ok(pdk_map_load_mbuf(&map, &mb, 1) == 0 && mb == was && mb->m_next == NULL,
	    "m_defrag() works in place: the caller's mbuf stays");
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	m_freem(mb);
	toy_detach();
}

int
main(void)
{
	test_autoconf();
	test_sleep();
	test_pci();
	test_pin();
	test_firmware();
	test_dma();
	return tap_end();
}
