/* SPDX-License-Identifier: BSD-2-Clause */
/* Access to regions and to config space without mmap: checks here, transport in the backend. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "vfio/priv.h"

const struct vfio_region *
vfio_region(struct vfio_dev *dev, unsigned index)
{
	return index < dev->info.num_regions ? &dev->regions[index] : NULL;
}

static int
check(struct vfio_dev *dev, unsigned index, uint64_t off, uint64_t len, uint32_t flag)
{
	const struct vfio_region *r = vfio_region(dev, index);

	if (r == NULL || (r->flags & flag) == 0 || off > r->size || len > r->size - off)
		return EINVAL;
	return vfio_gone(dev) != NULL ? ENODEV : 0;
}

int
vfio_region_read(struct vfio_dev *dev, unsigned index, uint64_t off, void *buf, size_t len)
{
	int error = check(dev, index, off, len, VFIO_REGION_INFO_FLAG_READ);

	if (error == 0)
		error = vfio_errno(dev, dev->ops->region_read(dev->self, &dev->regions[index],
		    index, off, buf, len));
	if (error != 0)
		memset(buf, 0xff, len);
	return error;
}

int
vfio_region_write(struct vfio_dev *dev, unsigned index, uint64_t off, const void *buf,
    size_t len)
{
	int error = check(dev, index, off, len, VFIO_REGION_INFO_FLAG_WRITE);

	if (error != 0)
		return error;
	return vfio_errno(dev, dev->ops->region_write(dev->self, &dev->regions[index], index,
	    off, buf, len));
}

/* The low width bytes of a value, in memory order whatever the host's is. */
static void
store(void *buf, uint64_t val, unsigned width)
{
	uint8_t u8 = (uint8_t)val;
	uint16_t u16 = (uint16_t)val;
	uint32_t u32 = (uint32_t)val;

	memcpy(buf, width == 1 ? (void *)&u8 : width == 2 ? (void *)&u16 :
	    width == 4 ? (void *)&u32 : (void *)&val, width);
}

static uint64_t
fetch(const void *buf, unsigned width)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (width) {
	case 1:
		memcpy(&u8, buf, 1);
		return u8;
	case 2:
		memcpy(&u16, buf, 2);
		return u16;
	case 4:
		memcpy(&u32, buf, 4);
		return u32;
	default:
		memcpy(&u64, buf, 8);
		return u64;
	}
}

static bool
width_ok(uint64_t off, unsigned width)
{
	return (width == 1 || width == 2 || width == 4 || width == 8) && off % width == 0;
}

static int
write_one_by_one(struct vfio_dev *dev, const struct vfio_write *w, size_t n)
{
	uint8_t buf[8];

	for (size_t i = 0; i < n; i++) {
		int error;

		store(buf, w[i].value, w[i].width);
		error = vfio_region_write(dev, w[i].region, w[i].offset, buf, w[i].width);
		if (error != 0)
			return error;
	}
	return 0;
}

int
vfio_region_write_many(struct vfio_dev *dev, const struct vfio_write *w, size_t n)
{
	int error;

	for (size_t i = 0; i < n; i++) {
		if (!width_ok(w[i].offset, w[i].width))
			return EINVAL;
		error = check(dev, w[i].region, w[i].offset, w[i].width,
		    VFIO_REGION_INFO_FLAG_WRITE);
		if (error != 0)
			return error;
	}
	if (dev->ops->region_write_many != NULL) {
		error = dev->ops->region_write_many(dev->self, w, n);
		if (error != ENOTSUP)
			return vfio_errno(dev, error);
	}
	return write_one_by_one(dev, w, n);
}

/* Config space is little-endian; these turn it into the host's order and back. */
int
vfio_config_read(struct vfio_dev *dev, unsigned off, unsigned width, uint32_t *val)
{
	uint8_t buf[4] = { 0xff, 0xff, 0xff, 0xff };
	int error;

	*val = width == 1 ? 0xff : width == 2 ? 0xffff : 0xffffffff;
	if (!width_ok(off, width) || width > 4)
		return EINVAL;
	error = vfio_region_read(dev, VFIO_PCI_CONFIG_REGION_INDEX, off, buf, width);
	*val = width == 1 ? buf[0] : width == 2 ? le16toh((uint16_t)fetch(buf, 2)) :
	    le32toh((uint32_t)fetch(buf, 4));
	return error;
}

int
vfio_config_write(struct vfio_dev *dev, unsigned off, unsigned width, uint32_t val)
{
	uint8_t buf[4];

	if (!width_ok(off, width) || width > 4)
		return EINVAL;
	store(buf, width == 1 ? val : width == 2 ? htole16((uint16_t)val) : htole32(val), width);
	return vfio_region_write(dev, VFIO_PCI_CONFIG_REGION_INDEX, off, buf, width);
}

uint64_t
vfio_bar_slow_read(const struct vfio_bar *bar, uint64_t off, unsigned width)
{
	uint8_t buf[8];

	memset(buf, 0xff, sizeof(buf));
	if (width_ok(off, width))
		(void)vfio_region_read(bar->dev, bar->index, off, buf, width);
	return fetch(buf, width);
}

void
vfio_bar_slow_write(const struct vfio_bar *bar, uint64_t off, unsigned width, uint64_t val)
{
	uint8_t buf[8];

	if (!width_ok(off, width))
		return;
	store(buf, val, width);
	(void)vfio_region_write(bar->dev, bar->index, off, buf, width);
}
