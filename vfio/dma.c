/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of live DMA maps, and access to what they cover for a device that asks by
 * message.  A map is in the table before the device hears of it and until the device has
 * let go of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfio/priv.h"

/* Index of the first map that ends after addr.  map_lock is held. */
static size_t
find(const struct vfio_dev *dev, uint64_t addr)
{
	size_t lo = 0, hi = dev->nmaps;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (dev->maps[mid].iova + (dev->maps[mid].len - 1) < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
insert(struct vfio_dev *dev, const struct vfio_map *m)
{
	size_t i = find(dev, m->iova);

	if (i < dev->nmaps && dev->maps[i].iova <= m->iova + (m->len - 1))
		return EEXIST;
	if (dev->nmaps >= dev->dma.max_maps)
		return ENOSPC;
	if (dev->nmaps == dev->maps_cap) {
		size_t cap = dev->maps_cap ? dev->maps_cap * 2 : 64;
		struct vfio_map *p = realloc(dev->maps, cap * sizeof(*p));

		if (p == NULL)
			return ENOMEM;
		dev->maps = p;
		dev->maps_cap = cap;
	}
	memmove(&dev->maps[i + 1], &dev->maps[i], (dev->nmaps - i) * sizeof(*m));
	dev->maps[i] = *m;
	dev->nmaps++;
	return 0;
}

static int
lookup(struct vfio_dev *dev, uint64_t iova, uint64_t len, bool drop)
{
	int error = ENOENT;
	size_t i;

	pthread_mutex_lock(&dev->map_lock);
	i = find(dev, iova);
	if (i < dev->nmaps && dev->maps[i].iova == iova && dev->maps[i].len == len) {
		error = 0;
		if (drop) {
			dev->nmaps--;
			memmove(&dev->maps[i], &dev->maps[i + 1],
			    (dev->nmaps - i) * sizeof(*dev->maps));
		}
	}
	pthread_mutex_unlock(&dev->map_lock);
	return error;
}

static int
check(struct vfio_dev *dev, const void *va, size_t len, uint64_t iova, int prot,
    uint64_t fd_off, struct vfio_err *err)
{
	uint64_t mask = dev->granule - 1;
	int error;

	if (vfio_gone(dev) != NULL)
		return vfio_fail(err, ENODEV, "%s", vfio_gone(dev));
	if (len == 0 || (((uintptr_t)va | len | iova | fd_off) & mask) != 0 ||
	    (prot & ~(VFIO_DMA_READ | VFIO_DMA_WRITE)) != 0 || prot == 0)
		return vfio_fail(err, EINVAL, "%s: DMA map of %p, %zu bytes, IOVA %#llx, "
		    "protection %d: not in whole pages of %llu bytes, or no protection",
		    dev->target, va, len, (unsigned long long)iova, prot,
		    (unsigned long long)dev->granule);
	error = vfio_iova_exists(&dev->iova, iova, len);
	if (error != 0)
		return vfio_fail(err, error, "%s: DMA map: the host reserves part of IOVA "
		    "%#llx..%#llx: take the address from vfio_iova_alloc()", dev->target,
		    (unsigned long long)iova, (unsigned long long)iova + len - 1);
	return 0;
}

int
vfio_dma_map(struct vfio_dev *dev, void *va, size_t len, uint64_t iova, int prot, int fd,
    uint64_t fd_off, struct vfio_err *err)
{
	struct vfio_map m = { .iova = iova, .len = len, .va = va, .prot = prot };
	int error = check(dev, va, len, iova, prot, fd < 0 ? 0 : fd_off, err);

	if (error != 0)
		return error;
	pthread_mutex_lock(&dev->map_lock);
	error = insert(dev, &m);
	pthread_mutex_unlock(&dev->map_lock);
	if (error != 0)
		return vfio_fail(err, error, "%s: DMA map of IOVA %#llx..%#llx: %s", dev->target,
		    (unsigned long long)iova, (unsigned long long)iova + len - 1,
		    error == EEXIST ? "overlaps a live map" :
		    error == ENOSPC ? "the device takes no more maps" : strerror(error));
	error = vfio_errno(dev, dev->ops->dma_map(dev->self, va, len, iova, prot, fd, fd_off,
	    err));
	if (error != 0)
		(void)lookup(dev, iova, len, true);
	if (error == ENODEV && vfio_gone(dev) != NULL)
		vfio_fail(err, error, "%s", vfio_gone(dev));
	return error;
}

int
vfio_dma_watch(struct vfio_dev *dev, struct vfio_err *err)
{
	if (dev->ops->dma_watch == NULL || dev->opts.dma_access == NULL)
		return vfio_fail(err, ENOTSUP, "%s: DMA of this device cannot be seen",
		    dev->target);
	return vfio_errno(dev, dev->ops->dma_watch(dev->self, err));
}

int
vfio_dma_unmap(struct vfio_dev *dev, uint64_t iova, size_t len, struct vfio_err *err)
{
	int error = lookup(dev, iova, len, false);

	if (error != 0)
		return vfio_fail(err, error, "%s: DMA unmap: no map is exactly IOVA "
		    "%#llx..%#llx", dev->target, (unsigned long long)iova,
		    (unsigned long long)iova + len - 1);
	if (vfio_gone(dev) == NULL)
		error = vfio_errno(dev, dev->ops->dma_unmap(dev->self, iova, len, err));
	(void)lookup(dev, iova, len, true);
	/* What is gone has let go of the memory. */
	return vfio_gone(dev) != NULL ? 0 : error;
}

/*
 * The copy stands for the device's own access to memory, which happens beside the driver's:
 * words where both sides are aligned, so that a descriptor word is never seen half written,
 * and outside of what ThreadSanitizer takes for an access by this program.
 */
__attribute__((no_sanitize("thread"), noinline))
static void
device_copy(volatile uint8_t *dst, const volatile uint8_t *src, size_t n)
{
	while (n != 0) {
		uintptr_t both = (uintptr_t)dst | (uintptr_t)src;
		size_t step = 1;

		if ((both & 7) == 0 && n >= 8) {
			*(volatile uint64_t *)dst = *(const volatile uint64_t *)src;
			step = 8;
		} else if ((both & 3) == 0 && n >= 4) {
			*(volatile uint32_t *)dst = *(const volatile uint32_t *)src;
			step = 4;
		} else {
			*dst = *src;
		}
		dst += step;
		src += step;
		n -= step;
	}
}

/* True if maps with that permission cover all of it.  map_lock is held. */
static bool
covered(const struct vfio_dev *dev, uint64_t iova, size_t len, int prot)
{
	for (size_t i = find(dev, iova); len != 0; i++) {
		const struct vfio_map *m;
		uint64_t n;

		if (i == dev->nmaps)
			return false;
		m = &dev->maps[i];
		if (iova < m->iova || (m->prot & prot) == 0)
			return false;
		n = m->len - (iova - m->iova);
		if (n >= len)
			return true;
		iova += n;
		len -= n;
	}
	return true;
}

int
vfio_dma_copy(struct vfio_dev *dev, uint64_t iova, void *buf, size_t len, bool to_mem)
{
	uint8_t *p = buf;
	int error = 0;

	if (len == 0)
		return 0;
	if (iova > UINT64_MAX - (len - 1))
		return EFAULT;
	pthread_mutex_lock(&dev->map_lock);
	if (!covered(dev, iova, len, to_mem ? VFIO_DMA_WRITE : VFIO_DMA_READ))
		error = EFAULT;
	for (size_t i = find(dev, iova); error == 0 && len != 0; i++) {
		const struct vfio_map *m = &dev->maps[i];
		size_t at = iova - m->iova;
		size_t n = m->len - at < len ? m->len - at : len;

		if (to_mem)
			device_copy(m->va + at, p, n);
		else
			device_copy(p, m->va + at, n);
		iova += n;
		p += n;
		len -= n;
	}
	pthread_mutex_unlock(&dev->map_lock);
	return error;
}

void
vfio_maps_free(struct vfio_dev *dev)
{
	free(dev->maps);
}
