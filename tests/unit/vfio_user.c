/* SPDX-License-Identifier: BSD-2-Clause */
/* The vfio-user client on a server that behaves.  Prints TAP. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/vfio_fake.h"
#include "tests/unit/open_fds.h"
#include "tests/unit/tap.h"
#include "vfio/vfio.h"

static struct fake *f;
static struct vfio_dev *dev;
static struct vfio_err err;
static unsigned faults;

static void
fault(void *arg, uint64_t iova, uint64_t len, bool write)
{
	(void)arg, (void)iova, (void)len, (void)write;
	faults++;
}

static void
start(bool no_dma_fds)
{
	struct vfio_open_opts o = { .dma_fault = fault, .no_dma_fds = no_dma_fds };

	f = fake_start();
	if (!ok(vfio_open(fake_target(f), &o, &dev, &err) == 0, "the device opens")) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
}

static void
stop(void)
{
	vfio_close(dev);
	fake_stop(f);
}

static void
test_info(void)
{
	struct vfio_irq irq;
	uint32_t v;

	ok(strcmp(vfio_backend(dev), "vfio-user") == 0 && vfio_gone(dev) == NULL &&
	    strcmp(vfio_target(dev), fake_target(f)) == 0, "it says what it is");
	ok(vfio_info(dev)->num_regions == 9 && vfio_info(dev)->num_irqs == 5, "device info");
	ok(vfio_region(dev, 0)->size == 4096 && vfio_region(dev, 9) == NULL, "region info");
	ok(vfio_region(dev, 2)->num_areas == 2 && vfio_region(dev, 2)->areas[1].offset == 8192 &&
	    vfio_region(dev, 2)->fd >= 0, "sparse areas and descriptor of a region");
	ok(vfio_irq_info(dev, 2, &irq) == 0 && irq.count == 8 &&
	    (irq.flags & VFIO_IRQ_INFO_NORESIZE) && vfio_irq_info(dev, 5, &irq) == EINVAL,
	    "interrupt info");
	ok(vfio_dma_info(dev)->pgsizes == 4096 && vfio_dma_info(dev)->max_maps == 100,
	    "negotiated DMA limits");
	ok(vfio_config_read(dev, 0, 4, &v) == 0 && v == 0x08b18086 &&
	    vfio_config_read(dev, 2, 2, &v) == 0 && v == 0x08b1 &&
	    vfio_config_read(dev, 0, 1, &v) == 0 && v == 0x86, "config space, three widths");
	ok(vfio_config_write(dev, 4, 2, 0x0406) == 0 && f->config[4] == 6 && f->config[5] == 4,
	    "config space write");
	ok(vfio_config_read(dev, 1, 2, &v) == EINVAL && v == 0xffff &&
	    vfio_config_read(dev, 256, 4, &v) == EINVAL && v == 0xffffffff,
	    "misaligned and outside accesses are refused and read as ones");
	ok(vfio_reset(dev, &err) == 0 && fake_get(f, &f->resets) == 1, "reset");
}

static void
test_bars(void)
{
	struct vfio_bar *b0, *b2, *b4, *again;

	ok(vfio_bar_map(dev, 0, &b0, &err) == 0 && b0->nspans == 0, "BAR0 cannot be mmapped");
	vfio_write8(b0, 0x101, 0x11);
	vfio_write16(b0, 0x102, 0x2233);
	vfio_write32(b0, 0x104, 0x44556677);
	vfio_write64(b0, 0x108, 0x1122334455667788);
	ok(vfio_read8(b0, 0x101) == 0x11 && vfio_read16(b0, 0x102) == 0x2233 &&
	    vfio_read32(b0, 0x104) == 0x44556677 &&
	    vfio_read64(b0, 0x108) == 0x1122334455667788 && f->bar0[0x104] == 0x77,
	    "registers of all widths by messages");
	ok(vfio_read32(b0, 4096) == 0xffffffff && vfio_read32(b0, 2) == 0xffffffff,
	    "outside the BAR and misaligned reads are ones");
	ok(vfio_bar_map(dev, 2, &b2, &err) == 0 && b2->nspans == 2 &&
	    b2->spans[0].start == 0 && b2->spans[0].end == 4096 &&
	    b2->spans[1].start == 8192 && b2->spans[1].end == 12288, "sparse areas are mapped");
	vfio_write32(b2, 0x2004, 0xcafe);
	vfio_write32(b2, 0x1004, 0xbeef);
	ok(f->mem2[0x2004] == 0xfe && f->mem2[0x1004] == 0xef && vfio_read32(b2, 0x2004) ==
	    0xcafe && vfio_read32(b2, 0x1004) == 0xbeef, "inside and between them");
	ok(vfio_bar_ptr(b2, 0xffc, 8) == NULL && vfio_bar_ptr(b2, 0xffc, 4) != NULL,
	    "a pointer never reaches beyond an area");
	ok(vfio_bar_map(dev, 4, &b4, &err) == 0 && b4->nspans == 2 &&
	    b4->spans[0].end == 4096 && b4->spans[1].start == 8192,
	    "the page of the MSI-X table is not mapped");
	ok(vfio_bar_map(dev, 4, &again, &err) == 0 && again == b4, "a second map is the first");
	ok(vfio_bar_map(dev, 3, &again, &err) == ENOENT, "a BAR that is not there");
	like(err.text, "no region 3", "and its text");
}

static void
test_blocks(void)
{
	static uint8_t out[300000], in[300000];
	struct vfio_write w[300];

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 31 + i / 251);
	ok(vfio_region_write(dev, 1, 1000, out, sizeof(out)) == 0 &&
	    vfio_region_read(dev, 1, 1000, in, sizeof(in)) == 0 &&
	    memcmp(in, out, sizeof(in)) == 0, "a block larger than one message may be");
	ok(fake_get(f, &f->biggest) == 65536, "was split at max_data_xfer_size");
	for (unsigned i = 0; i < 300; i++)
		w[i] = (struct vfio_write){ .offset = 0x200 + i * 4, .region = 0, .width = 4,
		    .value = i };
	ok(vfio_region_write_many(dev, w, 300) == 0 && f->bar0[0x200 + 4 * 299] == (299 & 0xff) &&
	    fake_get(f, &f->multi) == 3, "300 writes in three messages");
	w[299].offset = 4095;
	ok(vfio_region_write_many(dev, w, 300) == EINVAL && fake_get(f, &f->multi) == 3,
	    "one bad write of many and none is done");
}

static bool
fired(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t n;

	return poll(&p, 1, 2000) == 1 && read(fd, &n, 8) == 8 && n == 1;
}

static void
test_irqs(void)
{
	int fds[8], none[2] = { -1, -1 };

	for (int i = 0; i < 8; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ok(vfio_irq_enable(dev, 0, 0, 1, fds, &err) == 0 && fake_fire(f, 0, 0) && fired(fds[0]),
	    "INTx arrives");
	ok(vfio_irq_mask(dev, 0, 0) == 0 && vfio_irq_unmask(dev, 0, 0) == 0 &&
	    fake_get(f, &f->masked) == 1 && fake_get(f, &f->unmasked) == 1, "mask and unmask");
	ok(vfio_irq_unmask_eventfd(dev, 0, fds[1]) == 0, "unmask by eventfd");
	ok(vfio_irq_enable(dev, 1, 0, 1, fds, &err) == EBUSY, "MSI beside INTx is refused");
	like(err.text, "INTx is enabled", "and says why");
	ok(vfio_irq_disable(dev, 0) == 0 && !fake_fire(f, 0, 0), "INTx is taken down");
	ok(vfio_irq_enable(dev, 1, 0, 4, fds, &err) == 0 && fake_fire(f, 1, 3) && fired(fds[3]),
	    "four MSI vectors, one descriptor more than a message may carry");
	ok(vfio_irq_mask(dev, 1, 0) == ENOTSUP, "MSI here cannot be masked");
	ok(vfio_irq_disable(dev, 1) == 0, "MSI is taken down");
	ok(vfio_irq_enable(dev, 2, 2, 2, fds + 2, &err) == 0 && fake_fire(f, 2, 3) &&
	    fired(fds[3]) && !fake_fire(f, 2, 0), "MSI-X vectors 2 and 3 alone");
	ok(vfio_irq_enable(dev, 2, 6, 2, fds + 6, &err) == 0 && fake_fire(f, 2, 7) &&
	    fired(fds[7]) && fake_fire(f, 2, 2) && fired(fds[2]),
	    "a set that cannot grow is set anew with its old vectors");
	ok(vfio_irq_enable(dev, 2, 2, 2, none, &err) == 0 && !fake_fire(f, 2, 2) &&
	    fake_fire(f, 2, 6) && fired(fds[6]), "single vectors can lose their eventfd");
	ok(vfio_irq_trigger(dev, 2, 7) == 0 && fired(fds[7]), "a vector fired by software");
	ok(vfio_irq_enable(dev, 3, 0, 1, fds, &err) == 0 && vfio_irq_enable(dev, 4, 0, 1, fds + 1,
	    &err) == 0 && fake_fire(f, 3, 0) && fired(fds[0]) && fake_fire(f, 4, 0) &&
	    fired(fds[1]), "ERR and REQ beside MSI-X");
	ok(vfio_irq_enable(dev, 2, 7, 2, fds, &err) == EINVAL, "more vectors than there are");
	like(err.text, "the device has 8", "and says how many");
	ok(vfio_irq_enable(dev, 9, 0, 1, fds, &err) == ENOTSUP, "an interrupt type of no device");
	for (unsigned i = 0; i < 5; i++)
		(void)vfio_irq_disable(dev, i);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
}

#define PAGES	4
static uint8_t *mem;
static int memfd;

static void
dma_engine(unsigned cmd, uint64_t addr, uint64_t len)
{
	(void)vfio_region_write(dev, 0, FAKE_DMA_ADDR, &addr, 8);
	(void)vfio_region_write(dev, 0, FAKE_DMA_LEN, &len, 8);
	(void)vfio_region_write(dev, 0, FAKE_DMA_CMD, &cmd, 4);
}

static uint32_t
dma_error(void)
{
	uint32_t e = 0xff;

	(void)vfio_region_read(dev, 0, FAKE_DMA_ERROR, &e, 4);
	return e;
}

static void
test_maps(void)
{
	uint8_t *a = mem;

	ok(vfio_dma_map(dev, a, 8192, 0x100000, 3, memfd, 4096, &err) == 0 &&
	    fake_get(f, &f->maps_with_fd) == 1 && f->last_map.offset == 4096 &&
	    f->last_map.addr == 0x100000 && f->last_map.size == 8192 && f->last_map.flags == 3,
	    "a map with its file");
	ok(vfio_dma_map(dev, a, 4096, 0x101000, 3, -1, 0, &err) == EEXIST, "an overlapping map");
	like(err.text, "overlaps", "and its text");
	ok(vfio_dma_map(dev, a + 100, 4096, 0x200000, 3, -1, 0, &err) == EINVAL &&
	    vfio_dma_map(dev, a, 100, 0x200000, 3, -1, 0, &err) == EINVAL &&
	    vfio_dma_map(dev, a, 4096, 0x200000, 0, -1, 0, &err) == EINVAL,
	    "maps not in whole pages or without protection");
	ok(vfio_dma_unmap(dev, 0x100000, 4096, &err) == ENOENT, "unmap of part of a map");
	ok(vfio_dma_unmap(dev, 0x100000, 8192, &err) == 0 && fake_get(f, &f->unmaps) == 1,
	    "unmap");
	for (uint64_t i = 0; i < 100; i++)
		(void)vfio_dma_map(dev, a, 4096, 0x100000 + i * 8192, 3, -1, 0, NULL);
	ok(vfio_dma_map(dev, a, 4096, 0x900000, 3, -1, 0, &err) == ENOSPC,
	    "one map more than the server takes");
	for (uint64_t i = 0; i < 100; i++)
		(void)vfio_dma_unmap(dev, 0x100000 + i * 8192, 4096, NULL);
	ok(fake_get(f, &f->unmaps) == 101, "all are unmapped again");
	fake_misbehave(f, VFIO_USER_DMA_MAP, 1, FAKE_ERROR);
	ok(vfio_dma_map(dev, a, 4096, 0x900000, 3, -1, 0, &err) == ENXIO &&
	    vfio_dma_map(dev, a, 4096, 0x900000, 3, -1, 0, &err) == 0 &&
	    vfio_dma_unmap(dev, 0x900000, 4096, &err) == 0, "a refused map leaves no trace");
}

static void
test_dma(void)
{
	int poll_fd = vfio_poll_fd(dev);
	struct pollfd p = { .fd = poll_fd, .events = POLLIN };
	bool good;

	/* Two adjacent maps, then one that the device may only read. */
	ok(vfio_dma_map(dev, mem, 4096, 0x10000, 3, memfd, 0, &err) == 0 &&
	    vfio_dma_map(dev, mem + 4096, 4096, 0x11000, 3, -1, 0, &err) == 0 &&
	    vfio_dma_map(dev, mem + 8192, 4096, 0x20000, VFIO_DMA_READ, -1, 0, &err) == 0,
	    "maps for DMA by messages");
	memset(mem, 0xa5, 3 * 4096);
	dma_engine(FAKE_DMA_GET, 0x10ff1, 100);
	ok(dma_error() == 0 && f->buf[0] == 0xa5 && f->buf[99] == 0xa5,
	    "DMA_READ across two maps, answered while a register write waits");
	memset(f->buf, 0x3c, 8192);
	dma_engine(FAKE_DMA_PUT, 0x10004, 5000);
	ok(dma_error() == 0 && mem[3] == 0xa5 && mem[4] == 0x3c && mem[5003] == 0x3c &&
	    mem[5004] == 0xa5, "DMA_WRITE likewise");
	dma_engine(FAKE_DMA_GET, 0x20000, 16);
	ok(dma_error() == 0 && faults == 0, "read of a map for reading");
	dma_engine(FAKE_DMA_PUT, 0x20000, 16);
	ok(dma_error() == EFAULT && faults == 1 && mem[8192] == 0xa5,
	    "write to a map for reading is refused and reported");
	dma_engine(FAKE_DMA_GET, 0x11ff0, 17);
	ok(dma_error() == EFAULT && faults == 2, "one byte beyond the maps is refused");
	dma_engine(FAKE_DMA_GET, UINT64_MAX - 4, 100);
	ok(dma_error() == EFAULT && faults == 3, "a range that wraps is refused");
	dma_engine(FAKE_DMA_GET, 0x10000, 2 << 20);
	ok(dma_error() == EINVAL && vfio_gone(dev) == NULL, "more than a message may carry");
	memset(f->buf, 0x77, 64);
	dma_engine(FAKE_DMA_LATER, 0x10000, 64);
	/* It may have come with the answer to the register write, and be done already. */
	good = true;
	for (int i = 0; i < 100 && *(volatile uint8_t *)mem != 0x77 && good; i++) {
		(void)poll(&p, 1, 20);
		good = vfio_process(dev) == 0;
	}
	ok(good && mem[63] == 0x77, "DMA_WRITE served by vfio_process() from an event loop");
	(void)vfio_dma_unmap(dev, 0x10000, 4096, NULL);
	dma_engine(FAKE_DMA_GET, 0x10000, 4);
	ok(dma_error() == EFAULT && faults == 4, "after unmap the memory is out of reach");
}

static void
test_twin(void)
{
	struct pollfd p = { .events = POLLIN };
	bool good = true;

	f = fake_start();
	f->twin_text = "\"twin_socket\":{\"supported\":true,\"fd_index\":0}";
	f->twin_fd = true;
	ok(vfio_open(fake_target(f), NULL, &dev, &err) == 0 && vfio_dma_map(dev, mem, 4096, 4096,
	    3, -1, 0, &err) == 0, "a server with a socket of its own for its commands");
	p.fd = vfio_poll_fd(dev);
	memset(mem, 0x42, 4096);
	dma_engine(FAKE_DMA_GET, 4096, 4096);
	ok(dma_error() == 0 && f->buf[4095] == 0x42,
	    "DMA_READ over it, while a register write waits");
	memset(f->buf, 0x66, 64);
	dma_engine(FAKE_DMA_LATER, 4096, 64);
	for (int i = 0; i < 100 && *(volatile uint8_t *)mem != 0x66 && good; i++) {
		(void)poll(&p, 1, 20);
		good = vfio_process(dev) == 0;
	}
	ok(good && mem[63] == 0x66, "DMA_WRITE over it, from an event loop");
	pthread_mutex_lock(&f->lock);
	shutdown(f->twin, SHUT_RDWR);
	pthread_mutex_unlock(&f->lock);
	ok(poll(&p, 1, 2000) == 1 && vfio_process(dev) == ENODEV && vfio_gone(dev) != NULL,
	    "when it closes, the device is gone");
	stop();
}

static atomic_uint wrong;

static void *
hammer(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;

	for (uint32_t i = 0; i < 500; i++) {
		uint32_t v = me << 16 | i, got = 0;

		(void)vfio_region_write(dev, 0, 0x800 + me * 4, &v, 4);
		(void)vfio_region_read(dev, 0, 0x800 + me * 4, &got, 4);
		if (got != v)
			wrong++;
	}
	return NULL;
}

static void *
loop(void *arg)
{
	atomic_bool *run = arg;
	struct pollfd p = { .fd = vfio_poll_fd(dev), .events = POLLIN };

	while (*run)
		if (poll(&p, 1, 10) == 1)
			(void)vfio_process(dev);
	return NULL;
}

static void
test_threads(void)
{
	atomic_bool run = true;
	pthread_t t[8], l;

	pthread_create(&l, NULL, loop, &run);
	for (uintptr_t i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, hammer, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	run = false;
	pthread_join(l, NULL);
	ok(wrong == 0 && vfio_gone(dev) == NULL,
	    "eight threads and an event loop get each the answer to their own request");
}

static void
test_slow_answers(void)
{
	static const enum fake_how how[] = { FAKE_PIECES, FAKE_SPLIT };
	struct vfio_bar *b;

	for (int i = 0; i < 2; i++) {
		stop();
		f = fake_start();
		fake_misbehave(f, VFIO_USER_DEVICE_GET_REGION_INFO, 3, how[i]);
		ok(vfio_open(fake_target(f), NULL, &dev, &err) == 0 &&
		    vfio_bar_map(dev, 2, &b, &err) == 0 && b->nspans == 2,
		    i == 0 ? "an answer in single bytes, its descriptor with the first" :
		    "an answer with its descriptor in the second piece");
	}
}

static void
test_error_replies(void)
{
	struct vfio_bar *b;
	uint32_t v;

	ok(vfio_bar_map(dev, 0, &b, &err) == 0, "BAR0");
	fake_misbehave(f, VFIO_USER_REGION_READ, 1, FAKE_ERROR);
	ok(vfio_region_read(dev, 0, 0, &v, 4) == ENXIO && v == 0xffffffff,
	    "an error reply is that error, and ones");
	fake_misbehave(f, VFIO_USER_REGION_READ, 1, FAKE_ERROR_0);
	ok(vfio_region_read(dev, 0, 0, &v, 4) == EIO && vfio_read32(b, 0) == 0 &&
	    vfio_gone(dev) == NULL, "one without an errno is EIO, and the device lives");
	fake_misbehave(f, VFIO_USER_DEVICE_RESET, 1, FAKE_ERROR);
	ok(vfio_reset(dev, &err) == ENXIO, "a reset that fails");
	like(err.text, "reset", "and its text");
}

int
main(void)
{
	int fds = open_fds();

	memfd = memfd_create("dma", MFD_CLOEXEC);
	if (ftruncate(memfd, PAGES * 4096) != 0)
		return 1;
	mem = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	start(false);
	test_info();
	test_bars();
	test_blocks();
	test_irqs();
	test_maps();
	test_dma();
	test_threads();
	test_error_replies();
	test_slow_answers();
	stop();
	start(true);
	ok(vfio_dma_map(dev, mem, 4096, 0x1000, 3, memfd, 0, &err) == 0 &&
	    fake_get(f, &f->maps_with_fd) == 0, "no_dma_fds keeps the file from the server");
	stop();
	test_twin();
	munmap(mem, PAGES * 4096);
	close(memfd);
	ok(open_fds() == fds, "no file descriptor is left");
	return done();
}
