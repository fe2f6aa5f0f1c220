/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hazards.c - what goes wrong on FreeBSD in particular, and does not: callouts that have expired,
 * the boot without a root file system, maps and messages.  TAP.
 */
#include "toy.h"
#include "simkern.h"
#include "tap.h"

static int late_result, nfired;
static bool want_firmware;

static int
late(struct pdk_dev *d)
{
	const void *data;
	size_t size;

	late_result = 0;
	if (!want_firmware)
		return 0;
	late_result = -2;
	late_result = pdk_firmware_get(d, "iwlwifi-7260-17.ucode", &data, &size);
	if (late_result == 0)
		pdk_firmware_put(d, data, size);
	return late_result;
}

static void
attach(void)
{
	late_result = -1;
	toy_attach(0, 0);
	k_console[0] = '\0';
}

/* ---- callouts: the handler has expired, and another processor has the lock ---- */

static void
fired(void *arg __unused)
{
	nfired++;
}

static void
stop(void)
{
	pdk_lock(&toy->dev);
	pdk_timer_stop(&toy->timer);
	pdk_unlock(&toy->dev);
}

static void
arm(void)
{
	pdk_lock(&toy->dev);
	pdk_timer_arm(&toy->timer, 100);
	pdk_unlock(&toy->dev);
}

static void
stop_and_arm(void)
{
	stop();
	arm();
}

static void
test_callouts(void)
{
	attach();
	k_boot();
	pdk_timer_init(&toy->dev, &toy->timer, fired, toy);
	arm();
	k_race = stop;
	k_clock(1000);
	ok(k_race == NULL && nfired == 0, "a stop is final, also for one on its way to the lock");
	arm();
	k_race = arm;
	k_clock(150);
	ok(k_race == NULL && nfired == 0, "armed again by then, it does not come early");
	k_clock(100);
	ok(nfired == 1, "but at its time, once");
	arm();
	k_race = stop_and_arm;
	k_clock(150);
	ok(nfired == 1, "nor when it was stopped between");
	pdk_timer_drain(&toy->timer);
	k_clock(1000);
	ok(nfired == 1, "a drain is the end");
	toy_detach();
}

/* ---- the boot: interrupts work before there is a root file system ---- */

static void
test_boot(void)
{
	attach();
	ok(k_boot_waits(), "the boot waits for attach_late");
	k_run();
	ok(late_result == -1, "which waits for interrupts");
	k_boot_interrupts();
	k_run();
	ok(late_result == 0 && !k_boot_waits(), "and runs before the root is mounted");
	k_boot_root();
	toy_detach();
	k_boot_root();
	ok(k_attach() == 0, "a module that comes later");
	cold = 0;
	toy_detach();
}

static void
test_firmware_of_the_loader(void)
{
	want_firmware = true;
	k_file = "iwm7260fw";
	k_firmware_on_root = false;
	attach();
	k_boot_interrupts();
	k_run();
	ok(late_result == 0 && !k_boot_waits(), "what the loader has brought is there at once");
	toy_detach();
}

static void
test_firmware_on_root(void)
{
	k_firmware_on_root = true;
	attach();
	k_boot_interrupts();
	k_run();
	ok(late_result == -2, "firmware on the root file system is waited for");
	ok(!k_boot_waits(), "and the boot not kept from mounting that");
	k_clock(5000);
	ok(late_result == -2, "for as long as it takes");
	k_boot_root();
	k_run();
	ok(late_result == 0, "then attach_late goes on");
	toy_detach();
	k_file = NULL;
	attach();
	k_boot_interrupts();
	k_boot_root();
	k_drain();
	ok(late_result == ENOENT, "firmware that is nowhere is ENOENT");
	ok(strstr(k_console, "toy0: attach failed: error 2") != NULL, "and told");
	toy_detach();
}

static void
test_detach_before_root(void)
{
	k_file = "iwm7260fw";
	attach();
	k_boot_interrupts();
	k_run();
	ok(late_result == -2, "it waits");
	toy_detach();
	ok(late_result == ENOENT, "a detach does not wait for the root: attach_late ends");
	attach();
	toy_detach();
	ok(late_result == -1, "and one before interrupts work lets the boot go on");
	ok(!k_boot_waits(), "without it");
	want_firmware = false;
}

/* ---- the time ---- */

static void
test_uptime(void)
{
	uint64_t was = k_now, day = 86400 * k_second;
	unsigned days;
	bool good = true;

	for (days = 24; days < 800; days++) {
		k_now = days * day;
		good = good && pdk_uptime_ms() == days * UINT64_C(86400000);
	}
	k_now = was;
	ok(good, "milliseconds go on after weeks and years");
}

/* ---- DMA memory, maps ---- */

static void
test_dma(void)
{
	struct pdk_dma m = { 0 };

	attach();
	k_load_error = EFBIG;
	ok(pdk_dma_alloc(&toy->dev, &m, 64, 1) == ENOMEM && m.va == NULL,
	    "what a load tells its callback alone is an error, too");
	k_load_error = 0;
	ok(pdk_dma_alloc(&toy->dev, &m, 64, 1) == 0 && m.pa != 0, "without it there is memory");
	pdk_dma_free(&m);
	toy_detach();
}

static void
test_maps(void)
{
	struct pdk_dmamap map = { 0 }, other = { 0 };
	struct mbuf *m = toy_chain(5);

	attach();
	(void)pdk_map_create(&toy->dev, &map, 64, 2);
	(void)pdk_map_create(&toy->dev, &other, 64, 2);
	ok(map.dm_tag == other.dm_tag, "maps of one shape share a tag");
	k_no_collapse = true;
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0 && m->m_next == NULL,
	    "no memory to collapse a chain: it is copied");
	ok(pdk_map_nsegs(&map) == 1 && pdk_map_len(&map, 0) == 20, "with its length");
	ok((m->m_flags & M_PKTHDR) != 0 && m->m_pkthdr.len == 20 &&
	    memcmp(mtod(m, char *), "0123456789:;", 12) == 0, "header and octets");
	pdk_map_unload(&map);
	ok(pdk_map_nsegs(&map) == 0, "unloaded, it has no segments");
	m_freem(m);
	k_no_collapse = false;
	pdk_map_destroy(&map);
	(void)k_detach();
	ok(strstr(k_console, "a DMA map was not destroyed") != NULL, "a forgotten one is told");
}

/* ---- messages ---- */

static int
filter(void *arg __unused)
{
	return PDK_INTR_BH;
}

static void
bh(void *arg)
{
	say("%s", (const char *)arg);
}

static void
test_messages(void)
{
	static char a[] = "a", b[] = "b";
	bus_space_handle_t sh;
	bus_space_tag_t st;
	bus_size_t size;
	unsigned n = 2;

	attach();
	ok(pdk_pci_map_bar(&toy->dev, 2, &st, &sh, &size) == 0, "the BAR of the tables is mapped");
	k_msix = 2;
	ok(pdk_intr_alloc(&toy->dev, PDK_INTR_ANY, &n) == 0 && n == 2,
	    "the tables' BAR may be the driver's already");
	(void)pdk_intr_establish(&toy->dev, 0, filter, bh, a);
	(void)pdk_intr_establish(&toy->dev, 1, filter, bh, b);
	quiet();
	k_interrupt(1);
	k_interrupt(0);
	heard("ba", "each vector has its handler");
	pdk_intr_disestablish(&toy->dev);
	ok(pdk_pci_map_bar(&toy->dev, 2, &st, &sh, &size) == EBUSY,
	    "and the driver keeps its BAR");
	k_msix = 0;
	k_msi = 3;
	n = 3;
	ok(pdk_intr_alloc(&toy->dev, PDK_INTR_MSI, &n) == 0 && n == 2, "MSI is a power of two");
	pdk_intr_disestablish(&toy->dev);
	pdk_pci_unmap_bar(&toy->dev, 2);
	toy_detach();
	k_msi = 0;
}

int
main(void)
{
	toy_late = late;
	test_callouts();
	test_boot();
	test_firmware_of_the_loader();
	test_firmware_on_root();
	test_detach_before_root();
	test_messages();
	test_uptime();
	test_dma();
	test_maps();
	return tap_end();
}
