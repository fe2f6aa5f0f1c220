/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backend "kernel": a real card through the kernel's VFIO.
 * Sources: <linux/vfio.h>; Linux, Documentation/driver-api/vfio.rst.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfio/kernel.h"

/* The kernel answers ENODEV when the card has been pulled out or is being taken away. */
static int
checked(struct kernel *k, int error)
{
	if (error == ENODEV && k->owner != NULL)
		vfio_set_gone(k->owner, "%s: the device is gone from the host", k->bdf);
	return error;
}

static void
kernel_attached(void *self, struct vfio_dev *dev)
{
	struct kernel *k = self;

	k->owner = dev;
}

static int
kernel_info(void *self, struct vfio_info *info, struct vfio_err *err)
{
	struct vfio_device_info di = { .argsz = sizeof(di) };
	struct kernel *k = self;

	if (ioctl(k->device, VFIO_DEVICE_GET_INFO, &di) != 0)
		return vfio_fail(err, errno, "%s: device info: %s", k->bdf, strerror(errno));
	info->flags = di.flags;
	info->num_regions = di.num_regions;
	info->num_irqs = di.num_irqs;
	return 0;
}

static int
kernel_region(void *self, unsigned index, struct vfio_region *r, struct vfio_err *err)
{
	uint32_t argsz = sizeof(struct vfio_region_info);
	struct kernel *k = self;
	int error = 0;

	for (int tries = 0; tries < 4; tries++) {
		struct vfio_region_info *ri = calloc(1, argsz);
		bool whole = false;

		if (ri == NULL)
			return vfio_fail(err, ENOMEM, "%s: out of memory", k->bdf);
		ri->argsz = argsz;
		ri->index = index;
		if (ioctl(k->device, VFIO_DEVICE_GET_REGION_INFO, ri) != 0) {
			error = vfio_fail(err, errno, "%s: region %u: %s", k->bdf, index,
			    strerror(errno));
			whole = true;
		} else if (ri->argsz <= argsz) {
			error = vfio_parse_region(ri, argsz, r, err);
			r->fd = k->device;
			whole = true;
		}
		argsz = ri->argsz;
		free(ri);
		if (whole)
			return error;
	}
	return vfio_fail(err, EPROTO, "%s: region %u: the kernel's answer keeps growing", k->bdf,
	    index);
}

static int
kernel_read(void *self, const struct vfio_region *r, unsigned index, uint64_t off, void *buf,
    size_t len)
{
	struct kernel *k = self;
	uint8_t *p = buf;

	(void)index;
	while (len != 0) {
		ssize_t n = pread(k->device, p, len, (off_t)(r->file_offset + off));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return checked(k, n < 0 ? errno : EIO);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
kernel_write(void *self, const struct vfio_region *r, unsigned index, uint64_t off,
    const void *buf, size_t len)
{
	struct kernel *k = self;
	const uint8_t *p = buf;

	(void)index;
	while (len != 0) {
		ssize_t n = pwrite(k->device, p, len, (off_t)(r->file_offset + off));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return checked(k, n < 0 ? errno : EIO);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
kernel_irq(void *self, unsigned index, struct vfio_irq *irq)
{
	struct vfio_irq_info ii = { .argsz = sizeof(ii), .index = index };
	struct kernel *k = self;

	if (ioctl(k->device, VFIO_DEVICE_GET_IRQ_INFO, &ii) != 0)
		return checked(k, errno);
	irq->count = ii.count;
	irq->flags = ii.flags;
	return 0;
}

static int
kernel_set_irqs(void *self, unsigned index, uint32_t flags, unsigned start, unsigned n,
    const int *fds)
{
	size_t data = flags & VFIO_IRQ_SET_DATA_EVENTFD ? n * sizeof(*fds) : 0;
	struct vfio_irq_set *set = calloc(1, sizeof(*set) + data);
	struct kernel *k = self;
	int error = 0;

	if (set == NULL)
		return ENOMEM;
	set->argsz = (uint32_t)(sizeof(*set) + data);
	set->flags = flags;
	set->index = index;
	set->start = start;
	set->count = n;
	if (data != 0)
		memcpy(set->data, fds, data);
	if (ioctl(k->device, VFIO_DEVICE_SET_IRQS, set) != 0)
		error = checked(k, errno);
	free(set);
	return error;
}

static int
kernel_reset(void *self)
{
	struct kernel *k = self;

	return ioctl(k->device, VFIO_DEVICE_RESET) != 0 ? checked(k, errno) : 0;
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void
kernel_close(void *self)
{
	struct kernel *k = self;

	/* The device first: the kernel resets it while its IOMMU mappings still stand. */
	close_fd(k->device);
	close_fd(k->group);
	close_fd(k->container);
	free(k->iommu);
	free(k->sysfs);
	free(k->dev);
	free(k->proc);
	free(k);
}

static const struct vfio_ops kernel_ops = {
	.name = "kernel",
	.attached = kernel_attached,
	.close = kernel_close,
	.info = kernel_info,
	.region = kernel_region,
	.region_read = kernel_read,
	.region_write = kernel_write,
	.irq = kernel_irq,
	.set_irqs = kernel_set_irqs,
	.reset = kernel_reset,
	.dma_info = kernel_dma_info,
	.dma_map = kernel_dma_map,
	.dma_unmap = kernel_dma_unmap,
};

int
vfio_kernel_open(const char *bdf, const struct vfio_open_opts *opts,
    const struct vfio_ops **ops, void **self, struct vfio_err *err)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int error;

	if (k == NULL)
		return vfio_fail(err, ENOMEM, "%s: out of memory", bdf);
	k->container = k->group = k->device = -1;
	snprintf(k->bdf, sizeof(k->bdf), "%s", bdf);
	k->sysfs = strdup(opts->sysfs_root != NULL ? opts->sysfs_root : "/sys");
	k->dev = strdup(opts->dev_root != NULL ? opts->dev_root : "/dev");
	k->proc = strdup(opts->proc_root != NULL ? opts->proc_root : "/proc");
	if (k->sysfs == NULL || k->dev == NULL || k->proc == NULL)
		error = vfio_fail(err, ENOMEM, "%s: out of memory", bdf);
	else
		error = kernel_open_group(k, err);
	if (error == 0)
		error = kernel_ask_iommu(k, err);
	if (error != 0) {
		kernel_close(k);
		return error;
	}
	*ops = &kernel_ops;
	*self = k;
	return 0;
}
