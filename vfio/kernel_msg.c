/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsing of what the kernel says about an IOMMU, pure functions of a buffer.
 * Sources: <linux/vfio.h>, VFIO_IOMMU_GET_INFO; Linux, Documentation/ABI/testing/
 * sysfs-kernel-iommu_groups.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfio/kernel.h"

static int
iova_ranges(const uint8_t *p, size_t len, struct vfio_dma_info *info)
{
	struct vfio_iommu_type1_info_cap_iova_range cap;
	struct vfio_iova_range r;

	if (len < sizeof(cap))
		return EPROTO;
	memcpy(&cap, p, sizeof(cap));
	if (cap.nr_iovas > (len - sizeof(cap)) / sizeof(r) || info->ranges != NULL)
		return EPROTO;
	info->ranges = calloc(cap.nr_iovas + 1, sizeof(*info->ranges));
	if (info->ranges == NULL)
		return ENOMEM;
	for (uint32_t i = 0; i < cap.nr_iovas; i++) {
		memcpy(&r, p + sizeof(cap) + i * sizeof(r), sizeof(r));
		if (r.end < r.start)
			return EPROTO;
		info->ranges[i].offset = r.start;
		/* The last byte of the 64-bit space is given up, so that the size fits. */
		info->ranges[i].size = r.end - r.start == UINT64_MAX ? UINT64_MAX :
		    r.end - r.start + 1;
		info->num_ranges++;
	}
	return 0;
}

int
kernel_parse_iommu(const void *buf, size_t len, struct vfio_dma_info *info)
{
	struct vfio_iommu_type1_info_dma_avail avail;
	struct vfio_iommu_type1_info ti;
	struct vfio_info_cap_header h;
	const uint8_t *p = buf;
	/* .cap_offset was added later: an old kernel's answer is shorter. */
	const size_t least = offsetof(struct vfio_iommu_type1_info, cap_offset);
	int error = 0;

	memset(info, 0, sizeof(*info));
	memset(&ti, 0, sizeof(ti));
	if (len < least)
		return EPROTO;
	memcpy(&ti, p, len < sizeof(ti) ? least : sizeof(ti));
	info->pgsizes = ti.flags & VFIO_IOMMU_INFO_PGSIZES ? ti.iova_pgsizes : 4096;
	info->max_maps = 65535;		/* dma_entry_limit of vfio_iommu_type1 */
	if ((ti.flags & VFIO_IOMMU_INFO_CAPS) == 0)
		return 0;
	for (size_t at = ti.cap_offset, steps = 0; at != 0 && error == 0; at = h.next, steps++) {
		if (at < least || len < sizeof(h) || at > len - sizeof(h) ||
		    steps > len / sizeof(h)) {
			error = EPROTO;
			break;
		}
		memcpy(&h, p + at, sizeof(h));
		if (h.id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
			error = iova_ranges(p + at, len - at, info);
		} else if (h.id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL &&
		    len - at >= sizeof(avail)) {
			memcpy(&avail, p + at, sizeof(avail));
			info->max_maps = avail.avail;
		}
	}
	if (error != 0) {
		free(info->ranges);
		info->ranges = NULL;
		info->num_ranges = 0;
	}
	return error;
}

static int
cmp_start(const void *a, const void *b)
{
	const struct vfio_area *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

#define MAX_RESERVED	64

int
kernel_parse_reserved(const char *text, uint64_t limit, struct vfio_dma_info *info)
{
	struct vfio_area res[MAX_RESERVED];
	unsigned long long start, end;
	uint64_t at = 0;
	size_t n = 0;

	for (const char *s = text; s != NULL && *s != '\0' && n < MAX_RESERVED; ) {
		char type[32];

		/* "relaxable" and "direct" regions matter to firmware only at boot, but a map
		   over them may fail: keep away from them all. */
		if (sscanf(s, "0x%llx 0x%llx %31s", &start, &end, type) == 3 && end >= start)
			res[n++] = (struct vfio_area){ start, end - start };
		s = strchr(s, '\n');
		if (s != NULL)
			s++;
	}
	qsort(res, n, sizeof(res[0]), cmp_start);
	info->ranges = calloc(n + 1, sizeof(*info->ranges));
	if (info->ranges == NULL)
		return ENOMEM;
	info->num_ranges = 0;
	for (size_t i = 0; i < n; i++) {
		if (res[i].offset > limit)
			break;
		if (res[i].offset > at)
			info->ranges[info->num_ranges++] =
			    (struct vfio_area){ at, res[i].offset - at };
		if (res[i].offset + res[i].size == UINT64_MAX)
			return 0;
		if (res[i].offset + res[i].size + 1 > at)
			at = res[i].offset + res[i].size + 1;
	}
	if (at <= limit)
		info->ranges[info->num_ranges++] = (struct vfio_area){ at, limit - at + 1 };
	return 0;
}
