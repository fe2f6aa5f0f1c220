/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim.c - does a shim do what pdk.h promises, on its system's small kernel?  TAP.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"

static int late_error, filter_says;
static int nfilter, nbh, nfired;

/* ---- life ---- */

static int
waits(struct pdk_dev *d)
{
	uint64_t before = pdk_uptime_ms();

	pdk_lock(d);			/* only WORKER may wait */
	ok(pdk_wait(d, &toy->wchan, 30) == ETIMEDOUT, "nobody wakes: ETIMEDOUT");
	pdk_assert_locked(d);
	pdk_unlock(d);
	ok(pdk_uptime_ms() - before >= 30, "not before its time");
	return late_error;
}

static void
test_match(void)
{
	ok(k_match(0x1234, 0x11e8), "a device of the driver's list matches");
	ok(!k_match(0x1234, 0) && !k_match(0, 0), "another does not, nor does the list's end");
}

static void
test_attach(void)
{
	toy_attach(0, 0);
	ok(strstr(k_console, "toy0: hello\n") != NULL, "a message is a line of the unit's");
	ok(toy_count.late == 0, "attach_late waits for interrupts");
	k_boot();
	ok(toy_count.late == 1, "and has run when the boot is over");
	toy_detach();
	toy_attach(0, 0);
	toy_detach();
	ok(toy_count.late == 1, "a device that goes before has none");
}

static void
test_attach_fails(void)
{
	toy_error.attach = EIO;
	ok(k_attach() != 0 && k_live == 0, "a failed attach leaves nothing");
	toy_error.attach = 0;
	late_error = EIO;
	toy_attach(0, 0);
	k_boot();
	ok(k_suspend() == 0 && toy_count.suspend == 0, "after a failed attach_late it sleeps by itself");
	ok(k_resume() == 0 && toy_count.resume == 0, "and wakes without it");
	late_error = 0;
	toy_detach();
}

static void
test_sleep(void)
{
	toy_attach(0, 0);
	k_boot();
	toy_error.suspend = EBUSY;
	ok(k_suspend() == EBUSY, "an error ends the suspend");
	ok(k_resume() == 0 && toy_count.resume == 0, "what did not sleep is not resumed");
	toy_error.suspend = 0;
	ok(k_suspend() == 0 && toy_count.suspend == 2, "it sleeps");
	ok(k_resume() == 0 && toy_count.resume == 1, "it is resumed");
	(void)k_suspend();
	toy_detach();
	ok(toy_count.resume == 2, "a device that sleeps is resumed before it is detached");
}

/* ---- PCI, interrupts ---- */

static void
test_pci(void)
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
bh(void *arg)
{
	struct toy *t = arg;

	nbh++;
	pdk_lock(&t->dev);
	pdk_wake(&t->dev, &t->wchan);
	pdk_unlock(&t->dev);
}

static void
test_vectors(void)
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

static void
test_handlers(void)
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

/* ---- waiting, tasks ---- */

static void
interrupt(void)
{
	k_interrupt(0);
}

static int
wait_for_it(void *arg)
{
	struct toy *t = arg;
	int error;

	pdk_lock(&t->dev);
	error = pdk_wait(&t->dev, &t->wchan, 1000);
	pdk_assert_locked(&t->dev);
	pdk_unlock(&t->dev);
	return error;
}

static int ncall;

static int
call_in_call(void *arg)
{
	ncall++;
	return ncall == 1 ? pdk_call(&toy->dev, call_in_call, arg) + 1 : 40;
}

static void
test_wait(void)
{
	unsigned n = 1;

	toy_attach(0, 0);
	k_boot();
	k_msi = 1;
	(void)pdk_intr_alloc(&toy->dev, PDK_INTR_MSI, &n);
	(void)pdk_intr_establish(&toy->dev, 0, filter, bh, toy);
	k_event = interrupt;
	ok(pdk_call(&toy->dev, wait_for_it, toy) == 0, "a bottom half wakes WORKER");
	k_event = NULL;
	ok(pdk_call(&toy->dev, wait_for_it, toy) == ETIMEDOUT, "without it the time ends the wait");
	ok(pdk_call(&toy->dev, call_in_call, NULL) == 41 && ncall == 2,
	    "pdk_call() gives back what was returned; in WORKER it is a plain call");
	k_msi = 0;
	toy_detach();
}

static int again;

static void
task(void *arg)
{
	say("%s", (const char *)arg);
	if (again != 0 && --again == 0) {
		pdk_lock(&toy->dev);
		pdk_task_post(&toy->task[0]);
		pdk_task_post(&toy->task[0]);
		pdk_unlock(&toy->dev);
	}
}

static void
post(int i)
{
	pdk_lock(&toy->dev);
	pdk_task_post(&toy->task[i]);
	pdk_unlock(&toy->dev);
}

static void
test_tasks(void)
{
	static char a[] = "a", b[] = "b";

	toy_attach(0, 0);
	k_boot();
	quiet();
	pdk_task_init(&toy->dev, &toy->task[0], task, a);
	pdk_task_init(&toy->dev, &toy->task[1], task, b);
	post(0);
	post(1);
	post(0);
	pdk_worker_drain(&toy->dev);
	heard("ab", "first in, first out, once while it waits");
	again = 1;
	post(0);
	pdk_worker_drain(&toy->dev);
	pdk_worker_drain(&toy->dev);
	heard("aa", "a running task may be queued again, once");
	post(0);
	post(1);
	pdk_lock(&toy->dev);
	pdk_task_cancel(&toy->task[0]);
	pdk_task_cancel(&toy->task[0]);
	pdk_unlock(&toy->dev);
	pdk_worker_drain(&toy->dev);
	heard("b", "what is cancelled does not run");
	toy_detach();
}

/* ---- timers ---- */

static void
fired(void *arg)
{
	pdk_assert_locked(&((struct toy *)arg)->dev);
	nfired++;
}

static void
arm(unsigned ms)
{
	pdk_lock(&toy->dev);
	if (ms != 0)
		pdk_timer_arm(&toy->timer, ms);
	else
		pdk_timer_stop(&toy->timer);
	pdk_unlock(&toy->dev);
}

static void
test_timers(void)
{
	toy_attach(0, 0);
	k_boot();
	pdk_timer_init(&toy->dev, &toy->timer, fired, toy);
	k_clock(7);				/* in the middle of a tick */
	arm(25);
	k_clock(24);
	ok(nfired == 0, "not before its time");
	k_clock(50);
	ok(nfired == 1, "once, with the lock");
	arm(20);
	k_clock(10);
	arm(100);
	k_clock(80);
	ok(nfired == 1, "arming again moves the time");
	arm(0);
	k_clock(1000);
	ok(nfired == 1, "what is stopped does not fire");
	arm(10);
	pdk_timer_drain(&toy->timer);
	k_clock(1000);
	ok(nfired == 1, "nor what is drained");
	toy_detach();
}

/* ---- firmware ---- */

static int
load(void *arg __unused)
{
	const void *data;
	size_t size;
	int error;

	error = pdk_firmware_get(&toy->dev, "iwlwifi-7260-17.ucode", &data, &size);
	if (error != 0)
		return error;
	ok(size == 5 && memcmp(data, "hello", 5) == 0, "the file's octets");
	pdk_firmware_put(&toy->dev, data, size);
	return 0;
}

static int
firmware(const char *file)
{
	k_file = file;
	return pdk_call(&toy->dev, load, NULL);
}

static void
test_firmware(void)
{
	toy_attach(0, 0);
	k_boot();
	ok(firmware(k_files[0]) == 0, k_files[0]);
	ok(firmware(k_files[1]) == 0, k_files[1]);
	ok(firmware(NULL) == ENOENT, "none: ENOENT");
	toy_detach();
}

/* ---- DMA ---- */

static void
test_dma(void)
{
	static const char zero[64];
	struct pdk_dma m = { 0 };
	struct pdk_dev *d;

	toy_attach(36, 4096);
	d = &toy->dev;
	ok(pdk_dma_alloc(d, &m, 4097, 16) == EINVAL, "nothing crosses the boundary");
	ok(pdk_dma_alloc(d, &m, 64, 256) == 0 && m.size == 64 && m.pa % 256 == 0 &&
	    memcmp(m.va, zero, 64) == 0, "aligned and zeroed");
	pdk_dma_sync(&m, 0, 64, BUS_DMASYNC_PREWRITE);
	pdk_dma_free(&m);
	pdk_dma_free(&m);
	toy_detach();
	toy_attach(28, 0);
	d = &toy->dev;
	ok(pdk_dma_alloc(d, &m, (bus_size_t)1 << 29, 1) == EINVAL && m.va == NULL,
	    "more than it can address");
	ok(pdk_dma_alloc(d, &m, 64, 1) == 0 && m.pa < 1 << 28, "28 bits are kept to");
	pdk_dma_free(&m);
	toy_detach();
}

/* What the device sees of a loaded map, as one text. */
static const char *
seen(const struct pdk_dmamap *map)
{
	static char text[128];
	size_t len = 0;
	int i;

	for (i = 0; i < pdk_map_nsegs(map); i++) {
		const void *p = k_device_memory(pdk_map_addr(map, i));

		if (p == NULL || len + pdk_map_len(map, i) >= sizeof(text))
			return "nothing there";
		memcpy(text + len, p, pdk_map_len(map, i));
		len += pdk_map_len(map, i);
	}
	text[len] = '\0';
	return text;
}

static void
test_maps(void)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = toy_chain(3);

	toy_attach(36, 0);
	ok(pdk_map_create(&toy->dev, &map, 0, 1) == EINVAL, "an empty map is none");
	pdk_map_destroy(&map);
	ok(pdk_map_create(&toy->dev, &map, 12, 2) == 0, "two segments, 12 octets");
	m->m_pkthdr.len = 13;
	ok(pdk_map_load_mbuf(&map, &m, 1) == EFBIG, "a longer frame does not fit");
	m->m_pkthdr.len = 12;
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0 && pdk_map_nsegs(&map) <= 2,
	    "too many mbufs are compacted");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	ok(strcmp(seen(&map), "0123456789:;") == 0, "and all of their length is in the segments");
	ok(pdk_map_load_mbuf(&map, &m, 1) == EBUSY, "one frame at a time");
	pdk_map_sync(&map, BUS_DMASYNC_POSTWRITE);
	pdk_map_unload(&map);
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0, "and then the next");
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	pdk_map_destroy(&map);
	m_freem(m);
	toy_detach();
}

/* A device that does not reach the mbufs: what is loaded is copied, by pdk_map_sync(). */
static void
test_bounce(void)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = toy_chain(2), *n;
	int i;

	toy_attach(28, 0);
	ok(pdk_map_create(&toy->dev, &map, 64, 2) == 0, "a map of 28 bits");
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0, "is loaded");
	for (i = 0; i < pdk_map_nsegs(&map); i++)
		ok(pdk_map_addr(&map, i) < 1 << 28, "in reach");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	ok(strcmp(seen(&map), "01234567") == 0, "the device reads what the driver wrote");
	pdk_map_sync(&map, BUS_DMASYNC_POSTWRITE);
	pdk_map_unload(&map);
	n = pdk_mbuf_rxalloc(64);
	(void)pdk_map_load_mbuf(&map, &n, 0);
	pdk_map_sync(&map, BUS_DMASYNC_PREREAD);
	memcpy(k_device_memory(pdk_map_addr(&map, 0)), "abcdefgh", 8);
	pdk_map_sync(&map, BUS_DMASYNC_POSTREAD);
	ok(memcmp(mtod(n, char *), "abcdefgh", 8) == 0, "the driver what the device wrote");
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	m_freem(m);
	m_freem(n);
	toy_detach();
}

static void
test_mbufs(void)
{
	struct mbuf *m = pdk_mbuf_rxalloc(100);

	ok(m != NULL && m->m_next == NULL && m->m_len == 100 && m->m_pkthdr.len == 100,
	    "a receive buffer is one mbuf, as long as it was asked for");
	m_freem(m);
	ok(pdk_mbuf_rxalloc(1 << 20) == NULL, "there is none of a megabyte");
	ok(k_live == 0, "none is left");
}

int
main(void)
{
	toy_late = waits;
	test_match();
	test_attach();
	test_attach_fails();
	test_sleep();
	test_pci();
	test_vectors();
	test_handlers();
	test_wait();
	test_tasks();
	test_timers();
	test_firmware();
	test_dma();
	test_maps();
	test_bounce();
	test_mbufs();
	return tap_end();
}
