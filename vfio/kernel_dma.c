/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA of the kernel backend: what the TYPE1v2 container can map, map, unmap. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vfio/kernel.h"

/* An IOMMU with 39 address bits is the smallest that Intel has built. */
#define OLD_KERNEL_LIMIT	((UINT64_C(1) << 39) - 1)

int
kernel_ask_iommu(struct kernel *k, struct vfio_err *err)
{
	uint32_t argsz = sizeof(*k->iommu);

	for (int tries = 0; tries < 4; tries++) {
		struct vfio_iommu_type1_info *ti = calloc(1, argsz);

		if (ti == NULL)
			return vfio_fail(err, ENOMEM, "%s: out of memory", k->bdf);
		free(k->iommu);
		k->iommu = ti;
		ti->argsz = argsz;
		if (ioctl(k->container, VFIO_IOMMU_GET_INFO, ti) != 0)
			return vfio_fail(err, errno, "%s: asking the IOMMU: %s", k->bdf,
			    strerror(errno));
		if (ti->argsz <= argsz) {
			ti->argsz = argsz;
			return 0;
		}
		argsz = ti->argsz;
	}
	return vfio_fail(err, EPROTO, "%s: the kernel's answer about the IOMMU keeps growing",
	    k->bdf);
}

/* A kernel before 5.4 does not tell the ranges: what sysfs tells as reserved is left out. */
static int
old_kernel_ranges(struct kernel *k, struct vfio_dma_info *info)
{
	char path[PATH_MAX], text[8192];
	size_t n = 0;
	FILE *f;

	if (kernel_path(path, "%s/kernel/iommu_groups/%u/reserved_regions", k->sysfs,
	    k->group_no) && (f = fopen(path, "re")) != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return kernel_parse_reserved(text, OLD_KERNEL_LIMIT, info);
}

int
kernel_dma_info(void *self, struct vfio_dma_info *info, struct vfio_err *err)
{
	struct kernel *k = self;
	int error = kernel_parse_iommu(k->iommu, k->iommu->argsz, info);

	if (error == 0 && info->ranges == NULL)
		error = old_kernel_ranges(k, info);
	if (error != 0)
		return vfio_fail(err, error, "%s: what the kernel says about the IOMMU: %s",
		    k->bdf, strerror(error));
	return 0;
}

int
kernel_dma_map(void *self, void *va, size_t len, uint64_t iova, int prot, int fd,
    uint64_t fd_off, struct vfio_err *err)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m), .vaddr = (uintptr_t)va, .iova = iova, .size = len,
		.flags = (prot & VFIO_DMA_READ ? VFIO_DMA_MAP_FLAG_READ : 0) |
		    (prot & VFIO_DMA_WRITE ? VFIO_DMA_MAP_FLAG_WRITE : 0),
	};
	struct kernel *k = self;

	(void)fd;
	(void)fd_off;
	if (ioctl(k->container, VFIO_IOMMU_MAP_DMA, &m) != 0)
		return kernel_map_failed(k, len, iova, errno, err);
	return 0;
}

int
kernel_dma_unmap(void *self, uint64_t iova, size_t len, struct vfio_err *err)
{
	struct vfio_iommu_type1_dma_unmap m = { .argsz = sizeof(m), .iova = iova, .size = len };
	struct kernel *k = self;

	if (ioctl(k->container, VFIO_IOMMU_UNMAP_DMA, &m) != 0)
		return vfio_fail(err, errno, "%s: DMA unmap of IOVA %#llx, %zu bytes: %s",
		    k->bdf, (unsigned long long)iova, len, strerror(errno));
	if (m.size != len)
		return vfio_fail(err, EIO, "%s: DMA unmap of IOVA %#llx: the kernel let go of "
		    "%llu of %zu bytes", k->bdf, (unsigned long long)iova,
		    (unsigned long long)m.size, len);
	return 0;
}
