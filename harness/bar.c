/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers: one access of just the width, traced.  Where the backend maps the BAR from
 * offset 0 on, an access is a load or store and a note in the trace; elsewhere, and once the
 * device is gone, it goes through the backend.
 */
#include <errno.h>
#include <stdio.h>

#include "harness/dev.h"
#include "harness/rr.h"
#include "harness/trace.h"

/* How far from offset 0 the BAR is plain memory. */
static uint64_t
direct_end(const struct vfio_bar *vb)
{
	if (rr_mode != RR_OFF || vb->nspans == 0 || vb->spans[0].start != 0 || vb->base == NULL)
		return 0;
	return vb->spans[0].end & ~(uint64_t)7;
}

/* The backend's mapping of a BAR that is not mapped; with the lock. */
static int
map_vfio(struct hyp_dev *dev, struct hyp_bar *bar, unsigned index)
{
	struct vfio_err err;
	uint32_t reg;
	int error;

	/* Bit 0 set: an I/O BAR (PCI Local Bus 3.0, 6.2.5.1). */
	if (vfio_config_read(dev->vfio, 0x10 + 4 * index, 4, &reg) != 0 || (reg & 1) != 0)
		return ENXIO;
	error = vfio_bar_map(dev->vfio, index, &bar->vb, &err);
	if (error != 0) {
		rr_log(dev, HYP_LOG_ERROR, "%s", err.text);
		return error == ENOENT ? ENXIO : error;
	}
	bar->base = bar->vb->base;
	bar->size = bar->vb->size;
	return 0;
}

int
hyp_bar_map(struct hyp_dev *dev, unsigned index, struct hyp_bar **barp)
{
	struct hyp_bar *bar;
	int error = 0;

	if (index >= DEV_BARS)
		return ENXIO;
	bar = &dev->bar[index];
	pthread_mutex_lock(&dev->lock);
	if (bar->mapped) {
		pthread_mutex_unlock(&dev->lock);
		return EBUSY;
	}
	if (!rr_replays())
		error = map_vfio(dev, bar, index);
	if (turn_mine()) {
		rr_call(RR_BAR_MAP, 1, (uint64_t)index);
		error = (int)rr_result((uint64_t)error);
		bar->size = rr_result(bar->size);
		rr_done();
	}
	if (error == 0) {
		bar->dev = dev;
		bar->index = index;
		atomic_store(&bar->direct, dev->gone ? 0 : direct_end(bar->vb));
		bar->mapped = true;
		*barp = bar;
	}
	pthread_mutex_unlock(&dev->lock);
	return error;
}

void
hyp_bar_unmap(struct hyp_bar *bar)
{
	pthread_mutex_lock(&bar->dev->lock);
	bar->mapped = false;
	atomic_store(&bar->direct, 0);
	if (turn_mine()) {
		rr_call(RR_BAR_UNMAP, 1, (uint64_t)bar->index);
		rr_done();
	}
	pthread_mutex_unlock(&bar->dev->lock);
}

uint64_t
hyp_bar_size(const struct hyp_bar *bar)
{
	return bar->size;
}

void
bar_gone(struct hyp_dev *dev)
{
	unsigned i;

	atomic_store(&dev->gone, true);
	for (i = 0; i < DEV_BARS; i++)
		atomic_store(&dev->bar[i].direct, 0);
}

void
bar_sleep(struct hyp_dev *dev, bool asleep)
{
	struct hyp_bar *bar;

	atomic_store(&dev->asleep, asleep);
	for (bar = dev->bar; bar < dev->bar + DEV_BARS; bar++)
		if (bar->mapped)
			atomic_store(&bar->direct, asleep ? 0 : direct_end(bar->vb));
	if (dev->gone)			/* perhaps only just */
		bar_gone(dev);
}

void
bar_trap(struct hyp_dev *dev)
{
	unsigned i;

	atomic_store(&dev->trapped, true);
	for (i = 0; i < DEV_BARS; i++)
		atomic_store(&dev->bar[i].direct, 0);
}

bool
bar_describe(struct hyp_dev *dev, const void *addr, char *buf, size_t size)
{
	const struct hyp_bar *bar;
	char name[64];
	uint64_t off;

	for (bar = dev->bar; bar < dev->bar + DEV_BARS; bar++) {
		if (!bar->mapped || bar->base == NULL)
			continue;
		off = (uint64_t)((const uint8_t *)addr - (const uint8_t *)bar->base);
		if (off >= bar->size)
			continue;
		trace_reg_name(bar->index, off, name, sizeof(name));
		snprintf(buf, size, "bar%u+0x%llx%s", bar->index, (unsigned long long)off, name);
		return true;
	}
	return false;
}

static _Noreturn void
bad_access(struct hyp_bar *bar, const char *what, uint64_t off, unsigned width)
{
	if (!bar->mapped)
		hyp_violation(bar->dev, "a BAR is not accessed after it was unmapped",
		    "%s of %u bytes at bar%u+0x%llx", what, width, bar->index,
		    (unsigned long long)off);
	if (bar->dev->asleep)
		hyp_violation(bar->dev, "no register is touched between suspend and resume",
		    "%s of %u bytes at bar%u+0x%llx", what, width, bar->index,
		    (unsigned long long)off);
	if (off % width != 0)
		hyp_violation(bar->dev, "a register access is aligned to its width",
		    "%s of %u bytes at bar%u+0x%llx", what, width, bar->index,
		    (unsigned long long)off);
	hyp_violation(bar->dev, "a register access lies inside the BAR",
	    "%s of %u bytes at bar%u+0x%llx, which has %llu bytes", what, width, bar->index,
	    (unsigned long long)off, (unsigned long long)bar->size);
}

static bool
may_access(const struct hyp_bar *bar, uint64_t off, unsigned width)
{
	return bar->mapped && !bar->dev->asleep && off % width == 0 && off < bar->size &&
	    width <= bar->size - off;
}

static uint64_t
device_read(struct hyp_bar *bar, uint64_t off, unsigned width)
{
	switch (width) {
	case 1:
		return vfio_read8(bar->vb, off);
	case 2:
		return vfio_read16(bar->vb, off);
	default:
		return vfio_read32(bar->vb, off);
	}
}

static __attribute__((noinline)) uint64_t
slow_read(struct hyp_bar *bar, uint64_t off, unsigned width)
{
	uint64_t val = UINT64_MAX;

	if (!may_access(bar, off, width))
		bad_access(bar, "read", off, width);
	if (bar->dev->trapped)
		intr_touched(bar->dev);
	turn_offer();
	if (!rr_replays())
		val = device_read(bar, off, width);
	if (turn_mine()) {
		rr_call(RR_READ, 2, (uint64_t)(bar->index << 8 | width), off);
		val = rr_result(val);
		rr_done();
	}
	return val;
}

static void
device_write(struct hyp_bar *bar, uint64_t off, unsigned width, uint32_t val)
{
	switch (width) {
	case 1:
		vfio_write8(bar->vb, off, (uint8_t)val);
		break;
	case 2:
		vfio_write16(bar->vb, off, (uint16_t)val);
		break;
	default:
		vfio_write32(bar->vb, off, val);
		break;
	}
}

static __attribute__((noinline)) void
slow_write(struct hyp_bar *bar, uint64_t off, unsigned width, uint32_t val)
{
	if (!may_access(bar, off, width))
		bad_access(bar, "write", off, width);
	if (bar->dev->trapped)
		intr_touched(bar->dev);
	if (!rr_replays())
		device_write(bar, off, width, val);
	if (turn_mine()) {	/* after what came of it, as with a read */
		rr_call(RR_WRITE, 3, (uint64_t)(bar->index << 8 | width), off, (uint64_t)val);
		rr_done();
	}
}

/* Aligned and below `direct`, which is a multiple of the page size: inside as a whole. */
static inline bool
is_direct(struct hyp_bar *bar, uint64_t off, unsigned width)
{
	return __builtin_expect(off % width == 0 &&
	    off < atomic_load_explicit(&bar->direct, memory_order_relaxed), 1);
}

/*
 * A register is no memory: two threads may write one at once, and the device gets them one after
 * the other.  So ThreadSanitizer is not to watch.
 */
#define REGISTER	__attribute__((no_sanitize("thread")))

#define ACCESS(width, type)								\
static inline REGISTER type								\
get##width(const volatile uint8_t *at)							\
{											\
	return *(const volatile type *)at;						\
}											\
											\
static inline REGISTER void								\
put##width(volatile uint8_t *at, type val)						\
{											\
	*(volatile type *)at = val;							\
}											\
											\
type											\
hyp_read##width(struct hyp_bar *bar, uint64_t off)					\
{											\
	type val;									\
											\
	if (is_direct(bar, off, width))							\
		val = get##width(bar->base + off);					\
	else										\
		val = (type)slow_read(bar, off, width);					\
	trace_put(TRACE_READ, bar->index << 8 | width, 0, off, val);			\
	return val;									\
}											\
											\
void											\
hyp_write##width(struct hyp_bar *bar, uint64_t off, type val)				\
{											\
	trace_put(TRACE_WRITE, bar->index << 8 | width, 0, off, val);			\
	trace_keep(TRACE_KEPT_WRITE);							\
	if (is_direct(bar, off, width))							\
		put##width(bar->base + off, val);					\
	else										\
		slow_write(bar, off, width, val);					\
}
ACCESS(1, uint8_t)
ACCESS(2, uint16_t)
ACCESS(4, uint32_t)
