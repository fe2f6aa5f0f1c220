/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inproc_card.c - a card of functions as a backend of vfio/: configuration space with the
 * capabilities that every such card has, BAR 0, one MSI vector, DMA; see inproc.h.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sanitized.h"
#include "tests/fuzz/inproc.h"
#include "tests/fuzz/inproc_int.h"
#include "vfio/vfio.h"

#if SANITIZED_ADDRESS
#include <sanitizer/asan_interface.h>
#endif

/* PCI Local Bus 3.0, 6.1, 6.8.1; PCI Power Management 1.2, 3.2; PCI Express Base 2.0, 7.8. */
#define COMMAND		0x04
#define CLASS_NETWORK	0x02
#define STATUS_CAPS	0x10		/* of the upper half of COMMAND */
#define CAP_PTR		0x34
#define AT_PM		0x40
#define AT_MSI		0x50
#define AT_PCIE		0x60
#define CONF_SIZE	256
#define MAPS		64

struct map {
	uint8_t		*va;
	uint64_t	 iova, len;
};

static struct {
	const struct inproc_card *card;
	pthread_mutex_t	 lock;		/* of the card's registers */
	uint8_t		 conf[CONF_SIZE];
	int		 msi;		/* eventfd, or -1 */
	struct map	 map[MAPS];
	unsigned	 maps;
} C = { .lock = PTHREAD_MUTEX_INITIALIZER, .msi = -1 };

/* ---- configuration space ---- */

static void
conf16(unsigned at, unsigned val)
{
	C.conf[at] = (uint8_t)val;
	C.conf[at + 1] = (uint8_t)(val >> 8);
}

static void
conf_reset(void)
{
	memset(C.conf, 0, sizeof(C.conf));
	conf16(0, C.card->vendor);
	conf16(2, C.card->product);
	conf16(COMMAND + 2, STATUS_CAPS);
	C.conf[0x0b] = CLASS_NETWORK;
	C.conf[CAP_PTR] = AT_PM;
	conf16(AT_PM, 0x01 | AT_MSI << 8);
	conf16(AT_MSI, 0x05 | AT_PCIE << 8);
	conf16(AT_PCIE, 0x10);
}

/* ---- what the generic part of vfio/ calls ---- */

static void
closed(void *self)
{
	(void)self;
	C.maps = 0;
	C.msi = -1;
}

static int
info(void *self, struct vfio_info *i, struct vfio_err *err)
{
	(void)self;
	(void)err;
	*i = (struct vfio_info){ .flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
	    .num_regions = VFIO_PCI_NUM_REGIONS, .num_irqs = VFIO_PCI_NUM_IRQS };
	return 0;
}

static int
region(void *self, unsigned index, struct vfio_region *r, struct vfio_err *err)
{
	(void)self;
	(void)err;
	memset(r, 0, sizeof(*r));
	r->fd = -1;
	r->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	r->size = index == VFIO_PCI_BAR0_REGION_INDEX ? C.card->size :
	    index == VFIO_PCI_CONFIG_REGION_INDEX ? CONF_SIZE : 0;
	return 0;
}

static int
region_read(void *self, const struct vfio_region *r, unsigned index, uint64_t off, void *buf,
    size_t len)
{
	uint32_t v;

	(void)self;
	(void)r;
	pthread_mutex_lock(&C.lock);
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		memcpy(buf, C.conf + off, len);
	else {
		v = C.card->read((uint32_t)off & ~3u);
		memcpy(buf, (uint8_t *)&v + off % 4, len < 4 - off % 4 ? len : 4 - off % 4);
	}
	pthread_mutex_unlock(&C.lock);
	return 0;
}

/* Of a narrower write the card sees the rest as it is. */
static int
region_write(void *self, const struct vfio_region *r, unsigned index, uint64_t off,
    const void *buf, size_t len)
{
	uint32_t v;

	(void)self;
	(void)r;
	pthread_mutex_lock(&C.lock);
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		memcpy(C.conf + off, buf, len);
	else {
		v = len < 4 ? C.card->read((uint32_t)off & ~3u) : 0;
		memcpy((uint8_t *)&v + off % 4, buf, len < 4 - off % 4 ? len : 4 - off % 4);
		C.card->write((uint32_t)off & ~3u, v);
	}
	pthread_mutex_unlock(&C.lock);
	return 0;
}

static int
irq(void *self, unsigned index, struct vfio_irq *i)
{
	(void)self;
	*i = (struct vfio_irq){ .count = index == VFIO_PCI_MSI_IRQ_INDEX,
	    .flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE };
	return 0;
}

static int
set_irqs(void *self, unsigned index, uint32_t flags, unsigned start, unsigned n, const int *fds)
{
	(void)self;
	(void)index;
	(void)start;
	C.msi = (flags & VFIO_IRQ_SET_DATA_EVENTFD) != 0 && n > 0 ? fds[0] : -1;
	return 0;
}

static int
reset(void *self)
{
	(void)self;
	pthread_mutex_lock(&C.lock);
	conf_reset();
	C.card->reset();
	pthread_mutex_unlock(&C.lock);
	return 0;
}

static int
dma_info(void *self, struct vfio_dma_info *i, struct vfio_err *err)
{
	struct vfio_area *all = malloc(sizeof(*all));

	(void)self;
	(void)err;
	if (all == NULL)
		return ENOMEM;
	*all = (struct vfio_area){ 0, UINT64_C(1) << 40 };
	*i = (struct vfio_dma_info){ .pgsizes = 4096, .max_maps = MAPS, .num_ranges = 1,
	    .ranges = all };
	return 0;
}

static int
dma_map(void *self, void *va, size_t len, uint64_t iova, int prot, int fd, uint64_t off,
    struct vfio_err *err)
{
	(void)self;
	(void)prot;
	(void)fd;
	(void)off;
	(void)err;
	if (C.maps == MAPS)
		return ENOSPC;
	C.map[C.maps++] = (struct map){ va, iova, len };
	return 0;
}

static int
dma_unmap(void *self, uint64_t iova, size_t len, struct vfio_err *err)
{
	unsigned i;

	(void)self;
	(void)len;
	(void)err;
	for (i = 0; i < C.maps; i++)
		if (C.map[i].iova == iova) {
			C.map[i] = C.map[--C.maps];
			return 0;
		}
	return ENOENT;
}

static const struct vfio_ops ops = {
	.name = "in this process", .close = closed, .info = info, .region = region,
	.region_read = region_read, .region_write = region_write, .irq = irq,
	.set_irqs = set_irqs, .reset = reset, .dma_info = dma_info, .dma_map = dma_map,
	.dma_unmap = dma_unmap,
};

/* In place of the real one: whatever the target, it is this card. */
int
vfio_open(const char *target, const struct vfio_open_opts *opts, struct vfio_dev **devp,
    struct vfio_err *err)
{
	return vfio_attach(target, &ops, NULL, opts, devp, err);
}

/* ---- for the card ---- */

void
inproc_set_card(const struct inproc_card *card)
{
	C.card = card;
	conf_reset();
}

int
inproc_vector(void)
{
	return C.msi;
}

void *
inproc_dma(uint64_t iova, size_t len)
{
	struct map *m;
	uint8_t *va;

	for (m = C.map; m < C.map + C.maps; m++) {
		if (iova < m->iova || iova - m->iova > m->len || len > m->len - (iova - m->iova))
			continue;
		va = m->va + (iova - m->iova);
#if SANITIZED_ADDRESS
		if (__asan_region_is_poisoned(va, len) != NULL)
			return NULL;
#endif
		return va;
	}
	return NULL;
}

uint64_t
inproc_dma_first(void)
{
	return C.maps > 0 ? C.map[0].iova : 0;
}
