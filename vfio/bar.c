/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BARs as memory.  The whole BAR gets address space without access rights, and what the
 * device lets be mapped is mapped into it, so that one base address serves all offsets.
 * When the device goes, memory that reads as ones is mapped over it: a driver that polls a
 * register then sees what a card that was pulled out shows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfio/priv.h"

#define MAPPABLE	(VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_READ |	\
			 VFIO_REGION_INFO_FLAG_WRITE)

static uint64_t
page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* To whole pages; x <= INT64_MAX, as what is to be mapped is. */
static uint64_t
round_up(uint64_t x)
{
	return (x + page() - 1) & ~(page() - 1);
}

/*
 * Where the MSI-X table is: its region and the bytes [*start, *end) of it.
 * Source: PCI Local Bus 3.0, section 6.8.2 (capability id 0x11).
 */
static bool
msix_table(struct vfio_dev *dev, unsigned *index, uint64_t *start, uint64_t *end)
{
	uint32_t status, at, id, ctrl, table;

	if (vfio_config_read(dev, 0x06, 2, &status) != 0 || (status & 0x10) == 0 ||
	    vfio_config_read(dev, 0x34, 1, &at) != 0)
		return false;
	for (int i = 0; i < 48 && (at &= 0xfc) >= 0x40; i++) {
		if (vfio_config_read(dev, at, 1, &id) != 0)
			return false;
		if (id == 0x11 && at <= 0xf4) {
			if (vfio_config_read(dev, at + 2, 2, &ctrl) != 0 ||
			    vfio_config_read(dev, at + 4, 4, &table) != 0)
				return false;
			*index = table & 7;
			*start = table & ~7u;
			*end = *start + ((ctrl & 0x7ff) + 1) * 16;
			return true;
		}
		if (vfio_config_read(dev, at + 1, 1, &at) != 0)
			return false;
	}
	return false;
}

static void
add_span(struct vfio_bar *bar, uint64_t start, uint64_t end)
{
	if (end > bar->size)
		end = bar->size;
	start = round_up(start);
	if (end != bar->size)
		end &= ~(page() - 1);
	if (start < end && bar->nspans < VFIO_MAX_AREAS + 1)
		bar->spans[bar->nspans++] = (struct vfio_span){ start, end };
}

/* What may not be read or not be written is refused by a message, not by a SIGSEGV. */
static bool
mappable(const struct vfio_region *r)
{
	return (r->flags & MAPPABLE) == MAPPABLE && r->fd >= 0 && r->file_offset % page() == 0;
}

/* What of the region may be mapped. */
static void
plan(struct vfio_bar *bar, const struct vfio_region *r)
{
	uint64_t start, end;
	unsigned index;

	bar->nspans = 0;
	if (!mappable(r))
		return;
	if (r->num_areas != 0) {
		for (uint32_t i = 0; i < r->num_areas; i++)
			add_span(bar, r->areas[i].offset, r->areas[i].offset + r->areas[i].size);
	} else if (!r->msix_mappable && msix_table(bar->dev, &index, &start, &end) &&
	    index == bar->index) {
		add_span(bar, 0, start & ~(page() - 1));
		add_span(bar, round_up(end), bar->size);
	} else {
		add_span(bar, 0, bar->size);
	}
}

static int
map_spans(struct vfio_bar *bar, const struct vfio_region *r, struct vfio_err *err)
{
	const char *target = bar->dev->target;
	struct stat st;
	void *p;

	p = mmap(NULL, round_up(bar->size), PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return vfio_fail(err, errno, "%s: region %u: no address space for %#llx bytes",
		    target, bar->index, (unsigned long long)bar->size);
	bar->base = p;
	for (unsigned i = 0; i < bar->nspans; i++) {
		struct vfio_span *s = &bar->spans[i];

		if (r->file_offset > INT64_MAX || s->end > INT64_MAX - r->file_offset)
			return vfio_fail(err, EPROTO, "%s: region %u: begins at %#llx of the file "
			    "to map, and no file is as long", target, bar->index,
			    (unsigned long long)r->file_offset);
		/* A file that ends early would be SIGBUS at some later access. */
		if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    (uint64_t)st.st_size < r->file_offset + s->end)
			return vfio_fail(err, EPROTO, "%s: region %u: the file to map has %lld "
			    "bytes, %llu are needed", target, bar->index,
			    (long long)st.st_size,
			    (unsigned long long)(r->file_offset + s->end));
		if (mmap((uint8_t *)p + s->start, s->end - s->start, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, r->fd, (off_t)(r->file_offset + s->start)) ==
		    MAP_FAILED)
			return vfio_fail(err, errno, "%s: region %u: mmap of %#llx..%#llx: %s",
			    target, bar->index, (unsigned long long)s->start,
			    (unsigned long long)s->end, strerror(errno));
	}
	return 0;
}

static void
free_bar(struct vfio_bar *bar)
{
	if (bar->base != NULL)
		munmap((void *)(uintptr_t)bar->base, round_up(bar->size));
	free(bar);
}

#define ONES_CHUNK	((size_t)64 * 1024)

/* A file of ONES_CHUNK bytes of 0xff, or -1. */
static int
ones_file(void)
{
	int fd = memfd_create("vfio-gone", MFD_CLOEXEC);
	void *p;

	if (fd < 0)
		return -1;
	p = ftruncate(fd, ONES_CHUNK) != 0 ? MAP_FAILED :
	    mmap(NULL, ONES_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		close(fd);
		return -1;
	}
	memset(p, 0xff, ONES_CHUNK);
	munmap(p, ONES_CHUNK);
	return fd;
}

/* Replacing a mapping by MAP_FIXED is one step for the threads that access it. */
static void
cover(const struct vfio_bar *bar, int fd)
{
	for (unsigned i = 0; i < bar->nspans; i++) {
		uint64_t end = round_up(bar->spans[i].end);

		for (uint64_t at = bar->spans[i].start; at < end; at += ONES_CHUNK) {
			size_t n = end - at < ONES_CHUNK ? end - at : ONES_CHUNK;

			(void)mmap((uint8_t *)(uintptr_t)bar->base + at, n,
			    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0);
		}
	}
}

void
vfio_bars_gone(struct vfio_dev *dev)
{
	int fd = ones_file();

	if (fd < 0)
		return;
	pthread_mutex_lock(&dev->bar_lock);
	for (unsigned i = 0; i < VFIO_MAX_REGIONS; i++)
		if (dev->bars[i] != NULL)
			cover(dev->bars[i], fd);
	pthread_mutex_unlock(&dev->bar_lock);
	close(fd);
}

void
vfio_bars_free(struct vfio_dev *dev)
{
	for (unsigned i = 0; i < VFIO_MAX_REGIONS; i++)
		if (dev->bars[i] != NULL)
			free_bar(dev->bars[i]);
}

static struct vfio_bar *
existing(struct vfio_dev *dev, unsigned index)
{
	struct vfio_bar *bar;

	pthread_mutex_lock(&dev->bar_lock);
	bar = dev->bars[index];
	pthread_mutex_unlock(&dev->bar_lock);
	return bar;
}

/* Put bar into the table unless another thread was faster; the one that counts. */
static struct vfio_bar *
publish(struct vfio_dev *dev, struct vfio_bar *bar)
{
	struct vfio_bar *old;

	pthread_mutex_lock(&dev->bar_lock);
	old = dev->bars[bar->index];
	if (old == NULL)
		dev->bars[bar->index] = bar;
	pthread_mutex_unlock(&dev->bar_lock);
	if (old == NULL)
		return bar;
	free_bar(bar);
	return old;
}

int
vfio_bar_map(struct vfio_dev *dev, unsigned index, struct vfio_bar **barp,
    struct vfio_err *err)
{
	const struct vfio_region *r = vfio_region(dev, index);
	struct vfio_bar *bar;
	int error;

	*barp = NULL;
	if (r == NULL || r->size == 0)
		return vfio_fail(err, ENOENT, "%s: the device has no region %u", dev->target,
		    index);
	if (mappable(r) && r->size > INT64_MAX)
		return vfio_fail(err, EPROTO, "%s: region %u: has %#llx bytes to map, and no file "
		    "is as long", dev->target, index, (unsigned long long)r->size);
	*barp = existing(dev, index);
	if (*barp != NULL)
		return 0;
	bar = calloc(1, sizeof(*bar));
	if (bar == NULL)
		return vfio_fail(err, ENOMEM, "%s: out of memory", dev->target);
	bar->dev = dev;
	bar->index = index;
	bar->size = r->size;
	plan(bar, r);
	error = bar->nspans != 0 ? map_spans(bar, r, err) : 0;
	if (error != 0) {
		free_bar(bar);
		return error;
	}
	*barp = publish(dev, bar);
	if (vfio_gone(dev) != NULL)	/* it went before the table had this BAR */
		vfio_bars_gone(dev);
	return 0;
}
