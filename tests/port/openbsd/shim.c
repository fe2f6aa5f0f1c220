/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim.c - does shims/openbsd/pdk_*.c do what pdk.h promises, on the kernel of simkern.c?  TAP.
 */
#include <pdk.h>

static int ntests, failed;

static void
ok(int good, const char *what)
{
	failed += !good;
	fprintf(stdout, "%sok %d - %s\n", good ? "" : "not ", ++ntests, what);
}

/* ---- a driver ---- */

struct toy {
	struct pdk_dev	 dev;
	struct pdk_wchan wchan;
	struct pdk_timer timer;
	struct pdk_task	 task[2];
	bus_space_tag_t	 st;
	bus_space_handle_t sh;
	bus_size_t	 size;
};

static int attach_error, suspend_error, nlate, nsuspend, nresume, filter_says, nfilter, nbh, nfired;
static int ncall, again;
static char order[64];
static struct toy *toy;

static int
toy_attach(struct pdk_dev *d)
{
	toy = (struct toy *)d;
	pdk_printf(d, "hello\n");
	if (attach_error != 0)
		return attach_error;
	return pdk_pci_map_bar(d, 0, &toy->st, &toy->sh, &toy->size);
}

static int
toy_late(struct pdk_dev *d)
{
	struct timeval before, after;

	getmicrouptime(&before);
	pdk_lock(d);			/* only the worker may wait */
	ok(pdk_wait(d, &toy->wchan, 30) == ETIMEDOUT, "nobody wakes: ETIMEDOUT");
	pdk_assert_locked(d);
	pdk_unlock(d);
	getmicrouptime(&after);
	ok(after.tv_usec - before.tv_usec >= 30000, "not before its time");
	nlate++;
	return 0;
}

static int
toy_detach(struct pdk_dev *d)
{
	pdk_intr_disestablish(d);
	pdk_pci_unmap_bar(d, 0);
	return 0;
}

static int
toy_suspend(struct pdk_dev *d __unused)
{
	nsuspend++;
	return suspend_error;
}

static int
toy_resume(struct pdk_dev *d __unused)
{
	nresume++;
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static struct pdk_pci_driver toy_driver = {
	.name = "toy", .ids = toy_ids, .softc_size = sizeof(struct toy), .attach = toy_attach,
	.attach_late = toy_late, .detach = toy_detach, .suspend = toy_suspend,
	.resume = toy_resume,
};
PDK_PCI_DRIVER(toy, toy_driver);

static struct pdk_softc unit = { .sc_dev = { "toy0" } };

static void
attach(unsigned bits, uint32_t boundary)
{
	struct pci_attach_args pa = { .pa_id = 0x1234 | 0x11e8u << 16 };

	toy_driver.dma_bits = (uint8_t)bits;
	toy_driver.dma_boundary = boundary;
	k_console[0] = '\0';
	cold = 1;
	unit.sc_unit = NULL;
	toy_ca.ca_attach(NULL, &unit.sc_dev, &pa);
}

static void
detach(void)
{
	(void)toy_ca.ca_detach(&unit.sc_dev, 0);
}

/* ---- autoconf ---- */

static void
test_match(void)
{
	struct pci_attach_args pa = { .pa_id = 0x1234 | 0x11e8u << 16 };

	ok(toy_ca.ca_match(NULL, NULL, &pa) > 0, "a device of the driver's list matches");
	pa.pa_id = 0x1234;
	ok(toy_ca.ca_match(NULL, NULL, &pa) == 0, "another does not, nor does the list's end");
	ok(strcmp(toy_cd.cd_name, "toy") == 0, "config(8) finds the driver's name");
}

static void
test_attach(void)
{
	k_conf[1] = 0xffff0000 | PCI_COMMAND_INTERRUPT_DISABLE;
	attach(0, 0);
	ok(strncmp(k_console, "\ntoy0: hello\n", 13) == 0, "messages end autoconf's line first");
	ok(k_conf[1] == (PCI_COMMAND_INTERRUPT_DISABLE | PCI_COMMAND_MEM_ENABLE |
	    PCI_COMMAND_MASTER_ENABLE), "a BAR enables memory and bus mastering, clears no status");
	ok(nlate == 0, "attach_late waits for the root file system");
	k_mount_root();
	ok(nlate == 1, "and has run when the hook returns");
	detach();
	ok(k_live == 0, "detach gives everything back");
	detach();
	ok(k_live == 0, "and once is enough");
}

static void
test_attach_fails(void)
{
	attach_error = EIO;
	attach(0, 0);
	attach_error = 0;
	ok(k_live == 0, "a failed attach leaves nothing");
	ok(strstr(k_console, "toy0: not attached, error") != NULL, "and says so");
	ok(toy_ca.ca_activate(&unit.sc_dev, DVACT_QUIESCE) == 0, "it sleeps without the driver");
	detach();
}

static void
test_sleep(void)
{
	attach(0, 0);
	k_mount_root();
	suspend_error = EBUSY;
	ok(toy_ca.ca_activate(&unit.sc_dev, DVACT_QUIESCE) == EBUSY, "an error ends the suspend");
	ok(toy_ca.ca_activate(&unit.sc_dev, DVACT_WAKEUP) == 0 && nresume == 0,
	    "what did not sleep is not resumed");
	suspend_error = 0;
	ok(toy_ca.ca_activate(&unit.sc_dev, DVACT_QUIESCE) == 0 && nsuspend == 2, "it sleeps");
	toy_ca.ca_activate(&unit.sc_dev, DVACT_WAKEUP);
	ok(nresume == 1, "it is resumed");
	toy_ca.ca_activate(&unit.sc_dev, DVACT_QUIESCE);
	detach();
	ok(nresume == 2 && k_live == 0, "a device that sleeps is resumed before it is detached");
}

/* ---- PCI ---- */

static void
test_pci(void)
{
	struct pdk_dev *d;
	bus_space_tag_t st;
	bus_space_handle_t sh;
	bus_size_t size;
	int off;

	attach(0, 0);
	d = &toy->dev;
	ok(toy->size == 0x1000 && pdk_pci_map_bar(d, 0, &st, &sh, &size) == EBUSY,
	    "a BAR is mapped once");
	ok(pdk_pci_map_bar(d, 1, &st, &sh, &size) == ENXIO, "half a BAR is none");
	ok(pdk_pci_map_bar(d, 2, &st, &sh, &size) == 0, "the one behind it is");
	pdk_pci_unmap_bar(d, 2);
	ok(pdk_pci_map_bar(d, 3, &st, &sh, &size) == ENXIO, "nor is one in I/O space");
	ok(pdk_pci_map_bar(d, 6, &st, &sh, &size) == ENXIO, "nor a seventh");
	ok(pdk_pci_read(d, 0x800) == 0xffffffff, "beyond what there is are ones");
	k_msix = 1;
	ok(pdk_pci_find_cap(d, PCI_CAP_MSIX, &off) == 0 && off == 0x40, "a capability: 0");
	ok(pdk_pci_find_cap(d, 5, &off) == ENOENT, "none: ENOENT");
	k_msix = 0;
	detach();
}

/* ---- interrupts ---- */

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

	attach(0, 0);
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
	ok(pdk_intr_kind(d) == 0, "released");
	detach();
}

static void
test_handlers(void)
{
	struct pdk_dev *d;
	unsigned n = 1;

	attach(0, 0);
	d = &toy->dev;
	(void)pdk_intr_alloc(d, PDK_INTR_INTX, &n);
	k_conf[1] |= PCI_COMMAND_INTERRUPT_DISABLE;
	(void)pdk_intr_establish(d, 0, filter, bh, toy);
	ok((k_conf[1] & PCI_COMMAND_INTERRUPT_DISABLE) == 0, "INTx is let through");
	nbh = 0;
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
	detach();
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

	attach(0, 0);
	k_mount_root();
	(void)pdk_intr_alloc(&toy->dev, PDK_INTR_MSI, &n);
	(void)pdk_intr_establish(&toy->dev, 0, filter, bh, toy);
	k_event = interrupt;
	ok(pdk_call(&toy->dev, wait_for_it, toy) == 0, "a bottom half wakes the worker");
	k_event = NULL;
	ok(pdk_call(&toy->dev, call_in_call, NULL) == 41 && ncall == 2,
	    "pdk_call() gives back what was returned; in the worker it is a plain call");
	detach();
}

static void
task(void *arg)
{
	strcat(order, arg);
	if (again && --again == 0) {
		pdk_lock(&toy->dev);
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

	attach(0, 0);
	k_mount_root();
	pdk_task_init(&toy->dev, &toy->task[0], task, a);
	pdk_task_init(&toy->dev, &toy->task[1], task, b);
	post(0);
	post(1);
	post(0);
	pdk_worker_drain(&toy->dev);
	ok(strcmp(order, "ab") == 0, "first in, first out, once while it waits");
	again = 1;
	post(0);
	pdk_worker_drain(&toy->dev);
	pdk_worker_drain(&toy->dev);
	ok(strcmp(order, "abaa") == 0, "a running task may be queued again");
	post(0);
	post(1);
	pdk_lock(&toy->dev);
	pdk_task_cancel(&toy->task[0]);
	pdk_unlock(&toy->dev);
	pdk_worker_drain(&toy->dev);
	ok(strcmp(order, "abaab") == 0, "what is cancelled does not run");
	detach();
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
	attach(0, 0);
	k_mount_root();
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
	detach();
}

/* ---- firmware ---- */

static int
firmware(const char *file)
{
	const void *data;
	size_t size;
	int error;

	k_file = file;
	error = pdk_firmware_get(&toy->dev, "iwlwifi-7260-17.ucode", &data, &size);
	if (error != 0)
		return error;
	ok(size == 5 && memcmp(data, "hello", 5) == 0, "the file's octets");
	pdk_firmware_put(&toy->dev, data, size);
	return 0;
}

static void
test_firmware(void)
{
	attach(0, 0);
	ok(firmware("toy-7260-17") == 0, "the name of OpenBSD's package");
	ok(firmware("iwlwifi-7260-17.ucode") == 0, "and Linux's");
	ok(firmware(NULL) == ENOENT, "none: ENOENT");
	ok(strstr(k_console, "cannot read firmware toy-7260-17 (fw_update") != NULL,
	    "and how to mend that");
	detach();
}

/* ---- DMA ---- */

static void
test_dma(void)
{
	static const char zero[64];
	struct pdk_dma m = { 0 };
	struct pdk_dev *d;

	attach(36, 4096);
	d = &toy->dev;
	ok(pdk_dma_alloc(d, &m, 4097, 16) == EINVAL, "nothing crosses the boundary");
	ok(pdk_dma_alloc(d, &m, 64, 3) == EINVAL, "alignment is a power of two");
	ok(pdk_dma_alloc(d, &m, 64, 256) == 0 && m.pa % 256 == 0 &&
	    memcmp(m.va, zero, 64) == 0, "aligned and zeroed");
	pdk_dma_free(&m);
	pdk_dma_free(&m);
	k_next_pa = (bus_addr_t)1 << 40;
	ok(pdk_dma_alloc(d, &m, 64, 1) == ENOMEM && m.va == NULL, "none in the device's reach");
	k_next_pa = 0x40000000;
	detach();
	attach(28, 0);
	d = &toy->dev;
	ok(pdk_dma_alloc(d, &m, (bus_size_t)1 << 29, 1) == EINVAL, "more than it can address");
	ok(pdk_dma_alloc(d, &m, 64, 1) == 0 && m.pa < 1 << 28, "28 bits are kept to");
	pdk_dma_free(&m);
	detach();
	ok(k_live == 0, "all memory is back");
}

/* A chain of `n' mbufs of 4 octets, "0123", "4567", ... */
static struct mbuf *
chain(int n)
{
	struct mbuf *head = NULL, **mp = &head;
	int i, j;

	for (i = 0; i < n; i++, mp = &(*mp)->m_next) {
		*mp = k_mbuf(64);
		(*mp)->m_len = 4;
		for (j = 0; j < 4; j++)
			(*mp)->m_data[j] = (char)('0' + 4 * i + j);
	}
	head->m_pkthdr.len = 4 * n;
	return head;
}

static void
test_maps(void)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = chain(3), *was = m;

	attach(36, 0);
	ok(pdk_map_create(&toy->dev, &map, 0, 1) == EINVAL, "an empty map is none");
	ok(pdk_map_create(&toy->dev, &map, 12, 2) == 0, "two segments, 12 octets");
	m->m_pkthdr.len = 13;
	ok(pdk_map_load_mbuf(&map, &m, 1) == EFBIG, "a longer frame does not fit");
	m->m_pkthdr.len = 12;
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0 && m == was, "too many mbufs are compacted");
	ok(pdk_map_nsegs(&map) == 1 && pdk_map_len(&map, 0) == 12 &&
	    memcmp(mtod(m, char *), "0123456789:;", 12) == 0, "and hold what they held");
	ok(pdk_map_load_mbuf(&map, &m, 1) == EBUSY, "one frame at a time");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	pdk_map_destroy(&map);
	m_freem(m);
	detach();
	ok(k_live == 0, "all is back");
}

/* Devices of less than 32 bits: what bus_dma(9) does not do for them. */
static void
test_bounce(void)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = chain(2);
	char *there;

	attach(28, 0);
	ok(pdk_map_create(&toy->dev, &map, 64, 2) == 0, "a map of 28 bits");
	there = map.dm_bounce.va;
	(void)pdk_map_load_mbuf(&map, &m, 1);
	ok(pdk_map_nsegs(&map) == 1 && pdk_map_len(&map, 0) == 8 &&
	    pdk_map_addr(&map, 0) < 1 << 28, "is one segment in reach, as long as the frame");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	ok(memcmp(there, "01234567", 8) == 0, "the device reads what the driver wrote");
	pdk_map_sync(&map, BUS_DMASYNC_POSTWRITE);
	pdk_map_unload(&map);
	(void)pdk_map_load_mbuf(&map, &m, 0);
	pdk_map_sync(&map, BUS_DMASYNC_PREREAD);
	memcpy(there, "abcdefgh", 8);
	pdk_map_sync(&map, BUS_DMASYNC_POSTREAD);
	ok(memcmp(mtod(m, char *), "abcd", 4) == 0 &&
	    memcmp(mtod(m->m_next, char *), "efgh", 4) == 0, "the driver what the device wrote");
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	m_freem(m);
	detach();
	ok(k_live == 0, "all is back");
}

int
main(void)
{
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
	fprintf(stdout, "1..%d\n", ntests);
	return failed != 0;
}
