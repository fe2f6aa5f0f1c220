/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening and closing a device whatever is behind it, and the state "gone".
 * Everything that can be asked once is asked here, so that it is read without a lock later.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfio/priv.h"

/* Hex digits, min to max of them, then the character end; where it goes on, or NULL. */
static const char *
hex_field(const char *s, unsigned min, unsigned max, char end, unsigned *val)
{
	unsigned n = 0;

	*val = 0;
	for (; n < max && isxdigit((unsigned char)s[n]); n++)
		*val = *val * 16 + (unsigned)(isdigit((unsigned char)s[n]) ? s[n] - '0' :
		    tolower((unsigned char)s[n]) - 'a' + 10);
	return n >= min && s[n] == end ? s + n + 1 : NULL;
}

/* "DDDD:BB:DD.F" or "BB:DD.F" to the full form; false if it is neither. */
static bool
parse_bdf(const char *s, char *out, size_t size)
{
	unsigned dom, bus, dev, fn;
	const char *p = hex_field(s, 4, 8, ':', &dom);

	if (p == NULL) {
		dom = 0;
		p = s;
	}
	if ((p = hex_field(p, 2, 2, ':', &bus)) == NULL ||
	    (p = hex_field(p, 2, 2, '.', &dev)) == NULL ||
	    hex_field(p, 1, 1, '\0', &fn) == NULL || dev > 31 || fn > 7)
		return false;
	snprintf(out, size, "%04x:%02x:%02x.%u", dom, bus, dev, fn);
	return true;
}

int
vfio_open(const char *target, const struct vfio_open_opts *opts, struct vfio_dev **devp,
    struct vfio_err *err)
{
	static const struct vfio_open_opts none;
	const struct vfio_ops *ops;
	char bdf[32];
	void *self;
	int error;

	*devp = NULL;
	if (opts == NULL)
		opts = &none;
	if (strncmp(target, "unix:", 5) == 0 && target[5] != '\0')
		error = vfio_user_open(target + 5, opts, &ops, &self, err);
	else if (parse_bdf(target, bdf, sizeof(bdf)))
		error = vfio_kernel_open(bdf, opts, &ops, &self, err);
	else
		return vfio_fail(err, EINVAL, "%s: not a device: give a PCI address like "
		    "0000:03:00.0 or unix:PATH of a vfio-user socket", target);
	if (error != 0)
		return error;
	error = vfio_attach(target, ops, self, opts, devp, err);
	if (error != 0)
		ops->close(self);
	return error;
}

static void
free_dev(struct vfio_dev *dev)
{
	vfio_bars_free(dev);
	vfio_irqs_free(dev);
	vfio_maps_free(dev);
	vfio_iova_fini(&dev->iova);
	free(dev->dma.ranges);
	free(dev->regions);
	free(atomic_load(&dev->gone));
	pthread_mutex_destroy(&dev->bar_lock);
	pthread_mutex_destroy(&dev->irq_lock);
	pthread_mutex_destroy(&dev->map_lock);
	pthread_mutex_destroy(&dev->iova_lock);
	free(dev->target);
	free(dev);
}

static int
ask_regions(struct vfio_dev *dev, struct vfio_err *err)
{
	dev->regions = calloc(dev->info.num_regions + 1, sizeof(*dev->regions));
	if (dev->regions == NULL)
		return vfio_fail(err, ENOMEM, "%s: out of memory", dev->target);
	for (unsigned i = 0; i < dev->info.num_regions; i++) {
		struct vfio_region *r = &dev->regions[i];
		int error = dev->ops->region(dev->self, i, r, err);

		if (error == EPROTO || vfio_gone(dev) != NULL)
			return error;
		if (error != 0) {	/* a region that this device does not have */
			memset(r, 0, sizeof(*r));
			r->fd = -1;
		}
		if (dev->opts.no_bar_mmap)
			r->flags &= ~VFIO_REGION_INFO_FLAG_MMAP;
	}
	return 0;
}

static int
ask_irqs(struct vfio_dev *dev, struct vfio_err *err)
{
	for (unsigned i = 0; i < dev->info.num_irqs; i++) {
		struct vfio_irq *irq = &dev->irqs[i].irq;
		int error = dev->ops->irq(dev->self, i, irq);

		if (vfio_gone(dev) != NULL)
			return error;
		if (error != 0)		/* an interrupt that this device does not have */
			memset(irq, 0, sizeof(*irq));
		if (irq->count > VFIO_MAX_VECTORS)
			return vfio_fail(err, EPROTO, "%s: interrupt type %u claims %u vectors, "
			    "%u is the most there can be", dev->target, i, irq->count,
			    VFIO_MAX_VECTORS);
	}
	return 0;
}

static int
ask_dma(struct vfio_dev *dev, struct vfio_err *err)
{
	int error = dev->ops->dma_info(dev->self, &dev->dma, err);

	if (error != 0)
		return error;
	if (dev->dma.pgsizes == 0)
		return vfio_fail(err, EPROTO, "%s: claims to have no DMA page size",
		    dev->target);
	dev->granule = dev->dma.pgsizes & -dev->dma.pgsizes;
	error = vfio_iova_init(&dev->iova, dev->dma.ranges, dev->dma.num_ranges, dev->granule);
	if (error != 0)
		return vfio_fail(err, error, "%s: out of memory", dev->target);
	/* Show the ranges as they are used: sorted, joined, whole pages. */
	if (dev->iova.nranges != 0)
		memcpy(dev->dma.ranges, dev->iova.ranges,
		    dev->iova.nranges * sizeof(*dev->dma.ranges));
	dev->dma.num_ranges = (uint32_t)dev->iova.nranges;
	return 0;
}

static int
ask_all(struct vfio_dev *dev, struct vfio_err *err)
{
	int error = dev->ops->info(dev->self, &dev->info, err);

	if (error != 0)
		return error;
	if ((dev->info.flags & VFIO_DEVICE_FLAGS_PCI) == 0)
		return vfio_fail(err, ENODEV, "%s: not a PCI device (device flags %#x)",
		    dev->target, dev->info.flags);
	if (dev->info.num_regions > VFIO_MAX_REGIONS)
		dev->info.num_regions = VFIO_MAX_REGIONS;
	if (dev->info.num_irqs > VFIO_MAX_IRQS)
		dev->info.num_irqs = VFIO_MAX_IRQS;
	error = ask_regions(dev, err);
	if (error == 0)
		error = ask_irqs(dev, err);
	if (error == 0)
		error = ask_dma(dev, err);
	return error;
}

static struct vfio_dev *
new_dev(const char *target, const struct vfio_ops *ops, void *self,
    const struct vfio_open_opts *opts)
{
	struct vfio_dev *dev = calloc(1, sizeof(*dev));

	if (dev == NULL)
		return NULL;
	dev->target = strdup(target);
	if (dev->target == NULL) {
		free(dev);
		return NULL;
	}
	dev->ops = ops;
	dev->self = self;
	if (opts != NULL)
		dev->opts = *opts;
	pthread_mutex_init(&dev->bar_lock, NULL);
	pthread_mutex_init(&dev->irq_lock, NULL);
	pthread_mutex_init(&dev->map_lock, NULL);
	pthread_mutex_init(&dev->iova_lock, NULL);
	return dev;
}

int
vfio_attach(const char *target, const struct vfio_ops *ops, void *self,
    const struct vfio_open_opts *opts, struct vfio_dev **devp, struct vfio_err *err)
{
	struct vfio_dev *dev = new_dev(target, ops, self, opts);
	int error;

	*devp = NULL;
	if (dev == NULL)
		return vfio_fail(err, ENOMEM, "%s: out of memory", target);
	/* A device that goes while it is being opened is an error here, not an event. */
	dev->opts.gone = NULL;
	if (ops->attached != NULL)
		ops->attached(self, dev);
	error = ask_all(dev, err);
	if (error == 0 && vfio_gone(dev) != NULL)
		error = ENODEV;
	if (error != 0) {
		if (vfio_gone(dev) != NULL)
			vfio_fail(err, error, "%s", vfio_gone(dev));
		if (ops->attached != NULL)
			ops->attached(self, NULL);
		free_dev(dev);
		return error;
	}
	if (opts != NULL)
		dev->opts.gone = opts->gone;
	*devp = dev;
	return 0;
}

void
vfio_close(struct vfio_dev *dev)
{
	if (dev == NULL)
		return;
	for (unsigned i = 0; i < dev->info.num_irqs; i++)
		(void)vfio_irq_disable(dev, i);
	while (dev->nmaps != 0) {
		struct vfio_map *m = &dev->maps[dev->nmaps - 1];

		(void)vfio_dma_unmap(dev, m->iova, m->len, NULL);
	}
	dev->ops->close(dev->self);
	free_dev(dev);
}

void
vfio_set_gone(struct vfio_dev *dev, const char *fmt, ...)
{
	char *why, *none = NULL;
	va_list ap;

	if (atomic_load(&dev->gone) != NULL)
		return;
	va_start(ap, fmt);
	if (vasprintf(&why, fmt, ap) < 0)
		abort();	/* without memory for one line there is no way on */
	va_end(ap);
	if (!atomic_compare_exchange_strong(&dev->gone, &none, why)) {
		free(why);
		return;
	}
	vfio_bars_gone(dev);
	if (dev->opts.gone != NULL)
		dev->opts.gone(dev->opts.gone_arg, why);
}

const char *
vfio_gone(const struct vfio_dev *dev)
{
	return atomic_load(&dev->gone);
}

const char *
vfio_target(const struct vfio_dev *dev)
{
	return dev->target;
}

const char *
vfio_backend(const struct vfio_dev *dev)
{
	return dev->ops->name;
}

const struct vfio_info *
vfio_info(const struct vfio_dev *dev)
{
	return &dev->info;
}

const struct vfio_dma_info *
vfio_dma_info(struct vfio_dev *dev)
{
	return &dev->dma;
}

int
vfio_poll_fd(const struct vfio_dev *dev)
{
	return dev->ops->poll_fd != NULL ? dev->ops->poll_fd(dev->self) : -1;
}

int
vfio_take_clock(struct vfio_dev *dev)
{
	return dev->ops->take_clock != NULL ? dev->ops->take_clock(dev->self) : -1;
}

int
vfio_process(struct vfio_dev *dev)
{
	if (vfio_gone(dev) != NULL)
		return ENODEV;
	if (dev->ops->process == NULL)
		return 0;
	return vfio_errno(dev, dev->ops->process(dev->self));
}

int
vfio_reset(struct vfio_dev *dev, struct vfio_err *err)
{
	int error;

	if (vfio_gone(dev) != NULL)
		return vfio_fail(err, ENODEV, "%s", vfio_gone(dev));
	if ((dev->info.flags & VFIO_DEVICE_FLAGS_RESET) == 0)
		return vfio_fail(err, ENOTSUP, "%s: the device has no function reset",
		    dev->target);
	error = vfio_errno(dev, dev->ops->reset(dev->self));
	if (error == ENODEV && vfio_gone(dev) != NULL)
		return vfio_fail(err, error, "%s", vfio_gone(dev));
	if (error != 0)
		return vfio_fail(err, error, "%s: reset: %s", dev->target, strerror(error));
	return 0;
}
