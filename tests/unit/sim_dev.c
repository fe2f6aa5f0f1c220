/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/sim in-process: a card without a socket, with a clock of the test's own. DMA ranges are
 * compared with a plain list of pages. Prints TAP.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/sim/device.h"
#include "tools/sim/models.h"
#include "tests/unit/tap.h"

/* models.c is the program's; this test is about the library and edu. */
const struct sim_model *const sim_models[] = { &sim_edu, NULL };

struct world {
	uint64_t	now;
	unsigned	messages, lines;
	uint8_t		memory[8192];		/* at bus address 0x5000 */
};

static uint64_t
world_now(void *arg)
{
	return ((struct world *)arg)->now;
}

static int
world_dma(void *arg, uint64_t iova, void *buf, size_t len, bool write)
{
	struct world *w = arg;

	w->messages++;
	if (iova < 0x5000 || iova - 0x5000 + len > sizeof(w->memory))
		return EIO;
	if (write)
		memcpy(w->memory + (iova - 0x5000), buf, len);
	else
		memcpy(buf, w->memory + (iova - 0x5000), len);
	return 0;
}

static void
world_emit(void *arg, const char *name, const char *json, const char *text)
{
	(void)name;
	(void)text;
	((struct world *)arg)->lines += json[0] == '{' && json[strlen(json) - 1] == '}';
}

static const struct sim_host_ops ops = { .dma_message = world_dma, .emit = world_emit,
	.now = world_now };

static struct sim_dev *
card(struct world *w)
{
	struct sim_dev *dev = NULL;

	memset(w, 0, sizeof(*w));
	if (sim_dev_new(sim_model_find("edu"), &ops, w, &dev) != 0 || sim_dev_start(dev) != 0)
		abort();
	sim_dev_attach(dev);
	return dev;
}

static uint64_t
rd(struct sim_dev *dev, uint32_t region, uint64_t off, size_t len)
{
	uint64_t v = 0;

	if (sim_region_access(dev, region, off, &v, len, false) != 0)
		abort();
	return v;
}

static void
wr(struct sim_dev *dev, uint32_t region, uint64_t off, size_t len, uint64_t v)
{
	if (sim_region_access(dev, region, off, &v, len, true) != 0)
		abort();
}

static void
test_clock(void)
{
	struct world w;
	struct sim_dev *dev = card(&w);

	wr(dev, VFIO_PCI_CONFIG_REGION_INDEX, 4, 2, 6);
	ok(sim_dev_next_timer(dev) < 0, "no timer at rest");
	wr(dev, 0, 0x08, 4, 5);
	ok(sim_dev_next_timer(dev) > 0, "a factorial takes its time");
	sim_dev_run_timers(dev);
	ok(rd(dev, 0, 0x20, 4) == 1, "busy until the clock says so");
	w.now += 1000000;
	ok(sim_dev_next_timer(dev) == 0, "due");
	sim_dev_run_timers(dev);
	ok(rd(dev, 0, 0x20, 4) == 0 && rd(dev, 0, 0x08, 4) == 120, "5! is 120");
	sim_dev_free(dev);
}

static void
test_dma_by_host(void)
{
	struct world w;
	struct sim_dev *dev = card(&w);

	wr(dev, VFIO_PCI_CONFIG_REGION_INDEX, 4, 2, 6);
	ok(sim_dma_map(dev, 0x5000, 0x2000, SIM_DMA_READ | SIM_DMA_WRITE, -1, 0) == 0, "map");
	memcpy(w.memory + 0xffc, "abcdefgh", 8);
	wr(dev, 0, 0x80, 8, 0x5ffc);
	wr(dev, 0, 0x88, 8, 0x40000);
	wr(dev, 0, 0x90, 8, 8);
	wr(dev, 0, 0x98, 8, 1);
	w.now += 1000000000;
	sim_dev_run_timers(dev);
	wr(dev, 0, 0x80, 8, 0x40000);
	wr(dev, 0, 0x88, 8, 0x5000);
	wr(dev, 0, 0x98, 8, 3);
	w.now += 1000000000;
	sim_dev_run_timers(dev);
	ok(memcmp(w.memory, "abcdefgh", 8) == 0 && w.messages == 2, "DMA through the host");
	ok(sim_dev_violations(dev) == 0 && w.lines == 0, "no violation");
	sim_dev_set(dev, "fault.dma_fail_after", "0");
	wr(dev, 0, 0x98, 8, 3);
	w.now += 1000000000;
	sim_dev_run_timers(dev);
	ok(w.messages == 2 && w.lines == 1, "a transfer made to fail, and said so");
	wr(dev, 0, 0x88, 8, 0x9000);
	wr(dev, 0, 0x98, 8, 3);
	w.now += 1000000000;
	sim_dev_run_timers(dev);
	ok(sim_dev_violations(dev) == 1 && w.lines == 2, "DMA to nowhere is a violation");
	sim_dev_free(dev);
}

#define PAGES	512u

/* The ranges of the card against one byte per page: which range it belongs to, 0 for none. */
static bool
same(struct sim_dev *dev, const unsigned *owner, const unsigned *rights)
{
	for (unsigned i = 0; i < PAGES; i++) {
		bool r = owner[i] != 0 && (rights[i] & SIM_DMA_READ) != 0;
		bool w = owner[i] != 0 && (rights[i] & SIM_DMA_WRITE) != 0;
		bool two = i + 1 < PAGES && r && owner[i + 1] != 0 &&
		    (rights[i + 1] & SIM_DMA_READ) != 0;

		if (sim_dma_mapped(dev, i * 4096ull, 4096, false) != r ||
		    sim_dma_mapped(dev, i * 4096ull + 17, 1, true) != w ||
		    (i + 1 < PAGES && sim_dma_mapped(dev, i * 4096ull, 8192, false) != two))
			return false;
	}
	return true;
}

/* One random map or unmap on both; whether both said the same. */
static bool
one_step(struct sim_dev *dev, unsigned *owner, unsigned *rights, unsigned id)
{
	unsigned first = (unsigned)random() % PAGES, n = 1 + (unsigned)random() % 6;
	unsigned prot = 1 + (unsigned)random() % 3, i, bytes = 0;
	bool map = random() % 2 == 0, clash = false;
	uint64_t got = 0;
	int error;

	if (first + n > PAGES)
		n = PAGES - first;
	if (!map)
		n = n > 3 ? PAGES - first : n;
	for (i = first; i < first + n; i++) {
		clash |= map && owner[i] != 0;
		bytes += owner[i] != 0;
	}
	if (!map && first > 0 && owner[first] != 0 && owner[first] == owner[first - 1])
		clash = true;
	i = first + n;
	if (!map && i < PAGES && owner[i] != 0 && owner[i] == owner[i - 1])
		clash = true;
	if (map)
		error = sim_dma_map(dev, first * 4096ull, n * 4096ull, prot, -1, 0);
	else
		error = sim_dma_unmap(dev, first * 4096ull, n * 4096ull, &got);
	if ((error != 0) != clash)
		return false;
	for (i = first; i < first + n && error == 0; i++) {
		owner[i] = map ? id : 0;
		rights[i] = prot;
	}
	return map || error != 0 || got == bytes * 4096ull;
}

static void
test_ranges(void)
{
	static unsigned owner[PAGES], rights[PAGES];
	struct world w;
	struct sim_dev *dev = card(&w);
	bool good = true;
	uint64_t bytes;

	srandom(1);
	for (unsigned i = 1; i <= 20000 && good; i++) {
		good = one_step(dev, owner, rights, i);
		if (i % 100 == 0)
			good = good && same(dev, owner, rights);
	}
	ok(good, "20,000 random maps and unmaps agree with a list of pages");
	sim_dma_unmap_all(dev, &bytes);
	ok(sim_dma_count(dev) == 0, "unmap all");
	sim_dev_free(dev);
}

static void
test_most_maps(void)
{
	struct world w;
	struct sim_dev *dev = card(&w);
	int error = 0;
	uint64_t i, at;

	for (i = 0; i < SIM_DMA_MAX_MAPS && error == 0; i++) {
		at = (i * 7919) % SIM_DMA_MAX_MAPS * 8192;
		error = sim_dma_map(dev, at, 4096, SIM_DMA_READ, -1, 0);
	}
	ok(error == 0 && sim_dma_count(dev) == SIM_DMA_MAX_MAPS, "as many ranges as it says");
	error = sim_dma_map(dev, SIM_DMA_MAX_MAPS * 8192ull, 4096, SIM_DMA_READ, -1, 0);
	ok(error == ENOSPC, "one more is refused");
	sim_dev_free(dev);
}

static void
test_vectors(void)
{
	struct vfio_irq_set set = { .argsz = sizeof(set), .index = VFIO_PCI_MSI_IRQ_INDEX,
	    .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, .count = 1 };
	struct world w;
	struct sim_dev *dev = card(&w);
	int fd = eventfd(0, EFD_NONBLOCK), mine = dup(fd);
	eventfd_t n = 0;

	wr(dev, VFIO_PCI_CONFIG_REGION_INDEX, 4, 2, 6);
	ok(sim_intr_mode(dev) == SIM_INTR_INTX, "INTx at first");
	ok(sim_irq_set(dev, &set, NULL, &fd, 1) == 0, "wire MSI");
	ok(sim_intr_mode(dev) == SIM_INTR_MSI && sim_intr_vectors(dev) == 1, "one vector");
	set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK;
	ok(sim_irq_set(dev, &set, NULL, NULL, 0) == 0, "mask");
	wr(dev, 0, 0x60, 4, 1);
	ok(eventfd_read(mine, &n) != 0, "masked: nothing comes");
	set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK;
	ok(sim_irq_set(dev, &set, NULL, NULL, 0) == 0 && eventfd_read(mine, &n) == 0 && n == 1,
	    "unmasked: what was pending comes once");
	close(mine);
	sim_dev_free(dev);
}

int
main(void)
{
	test_clock();
	test_dma_by_host();
	test_ranges();
	test_most_maps();
	test_vectors();
	return done();
}
