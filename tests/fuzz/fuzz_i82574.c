/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_i82574.c - libFuzzer target: the simulated 82574L between a driver that writes anything to
 * its registers and memory, and a cable that carries anything.
 *
 *	ninja fuzz-i82574 && build/fuzz/bin/fuzz-i82574 -max_total_time=20 CORPUS
 *
 * The first byte says whether rings are set up beforehand (1) and with extended receive descriptors
 * (2); then come steps, each a byte, a length of 16 bits and that many bytes: a register is written
 * or read, memory is written, a frame comes, time passes, the card is reset. Beside what the
 * sanitizers see, it is checked that every event is good JSON.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/simcard.h"
#include "tools/sim/i82574/card.h"
#include "tools/sim/models.h"

#define MEMORY		0x100000u	/* where the card sees the driver's memory */
#define MEMORY_SIZE	0x40000u
#define RING		16u

static struct card *card;
static struct sim_dev *dev;
static uint8_t *memory;

static void
touch(uint32_t bar, uint64_t off, const void *value, size_t len, bool write)
{
	uint8_t b[8] = { 0 };

	memcpy(b, value, len);
	(void)sim_region_access(dev, bar, off, b, len, write);
}

static void
put(uint32_t off, uint32_t value)
{
	touch(VFIO_PCI_BAR0_REGION_INDEX, off, &value, sizeof(value), true);
}

static void
time_passes(unsigned ms)
{
	simcard_now += (uint64_t)ms * 1000000;
	for (unsigned i = 0; i < 8; i++)
		sim_dev_run_timers(dev);
}

static void
setup(void)
{
	int fd = memfd_create("driver", 0);

	CHECK(fd >= 0 && ftruncate(fd, MEMORY_SIZE) == 0);
	memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED);
	dev = simcard_new(&sim_i82574, "net", "none", (void **)&card);
	CHECK(sim_dma_map(dev, MEMORY, MEMORY_SIZE, SIM_DMA_READ | SIM_DMA_WRITE, fd, 0) == 0);
}

/* Rings at the beginning of the memory, whose receive descriptors have buffers, and a link. */
static void
rings(bool extended)
{
	uint64_t addr;

	for (unsigned i = 0; i < RING; i++) {
		addr = MEMORY + 0x8000 + 2048 * i;
		memcpy(memory + DESC_SIZE * i, &addr, sizeof(addr));
	}
	put(R_CTRL, CTRL_SLU);
	put(R_RFCTL, extended ? RFCTL_EXSTEN : 0);
	put(R_RDBAL, MEMORY);
	put(R_RDLEN, RING * DESC_SIZE);
	put(R_TDBAL, MEMORY + 0x1000);
	put(R_TDLEN, RING * DESC_SIZE);
	put(R_RCTL, RCTL_EN | RCTL_UPE | RCTL_MPE | RCTL_SECRC);
	put(R_TCTL, TCTL_EN | TCTL_PSP);
	put(R_RDT, RING - 1);
	time_passes(100);
}

static void
step(unsigned what, const uint8_t *p, size_t len)
{
	uint32_t off = len >= 4 ? (uint32_t)(p[0] | p[1] << 8) & ~3u : 0;

	switch (what) {
	case 0:
		if (len >= 8)
			touch(VFIO_PCI_BAR0_REGION_INDEX, off, p + 4, 4, true);
		break;
	case 1:
		if (len >= 4)
			touch(VFIO_PCI_BAR0_REGION_INDEX, off, p, 4 >> (len & 1), false);
		break;
	case 2:
		if (len > 2)
			memcpy(memory + (p[0] << 4 | (p[1] & 15) << 12), p + 2, len - 2);
		break;
	case 3:
		gbe_rx_frame(card, p, len);
		break;
	case 4:
		put(R_TDT, p[0] % RING);
		time_passes(1);
		break;
	case 5:
		time_passes(p[0]);
		break;
	default:
		sim_dev_reset(dev, SIM_RESET_DEVICE);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint16_t command = 6;
	size_t at = 1, len;
	const uint8_t *p;
	unsigned what;

	if (size == 0)
		return 0;
	if (dev == NULL)
		setup();
	sim_dev_reset(dev, SIM_RESET_DEVICE);
	touch(VFIO_PCI_CONFIG_REGION_INDEX, 4, &command, sizeof(command), true);
	memset(memory, 0, MEMORY_SIZE);
	if ((data[0] & 1) != 0)
		rings((data[0] & 2) != 0);
	while ((p = simcard_step(data, size, &at, &what, &len)) != NULL)
		if (len != 0)
			step(what % 7, p, len);
	time_passes(10);
	return 0;
}
