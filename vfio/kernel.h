/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the kernel backend share.
 *	kernel.c	the operations on the opened device
 *	kernel_dma.c	container: IOVA ranges, map, unmap
 *	kernel_group.c	from a PCI address to an opened container, group and device
 *	kernel_why.c	why that does not work: texts with thing, cause and mend
 *	kernel_msg.c	parsing of what the ioctls return, pure
 *
 * A second way in, iommufd, would be another kernel_group.c and kernel_dma.c: kernel.c needs
 * only the device descriptor.
 */
#ifndef VFIO_KERNEL_H
#define VFIO_KERNEL_H

#include <limits.h>

#include "vfio/priv.h"

struct kernel {
	int container, group, device;	/* -1: not open */
	unsigned group_no;
	char bdf[16];
	char *sysfs, *dev, *proc;	/* the three roots, without trailing '/' */
	struct vfio_dev *owner;
	struct vfio_iommu_type1_info *iommu;	/* with its capabilities, iommu->argsz bytes */
};

/* ---- kernel_group.c ---- */

/* Open container, group and device of k->bdf.  What is open is the caller's to close. */
int	kernel_open_group(struct kernel *k, struct vfio_err *err);

/* ---- kernel_dma.c ---- */

/* Ask the container, whose IOMMU is set, what it can map: fills k->iommu.  EPROTO, ENOMEM. */
int	kernel_ask_iommu(struct kernel *k, struct vfio_err *err);
int	kernel_dma_info(void *self, struct vfio_dma_info *info, struct vfio_err *err);
int	kernel_dma_map(void *self, void *va, size_t len, uint64_t iova, int prot, int fd,
	    uint64_t fd_off, struct vfio_err *err);
int	kernel_dma_unmap(void *self, uint64_t iova, size_t len, struct vfio_err *err);

/* ---- kernel_why.c ---- */

/* snprintf of a path, false if it does not fit. */
bool	kernel_path(char buf[static PATH_MAX], const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Check what can be known from sysfs before anything is opened: the device exists, has an
 * IOMMU group (k->group_no is set), is bound to a VFIO driver, and no other device of its
 * group has a driver that keeps the group from being given to a process.
 */
int	kernel_check_sysfs(struct kernel *k, struct vfio_err *err);

/* The group is not viable, says the kernel: name the devices that may be why. */
int	kernel_not_viable(const struct kernel *k, struct vfio_err *err);

/* open(2) of path failed with error. */
int	kernel_open_failed(const struct kernel *k, const char *path, int error,
	    struct vfio_err *err);

/* VFIO_IOMMU_MAP_DMA failed with error. */
int	kernel_map_failed(const struct kernel *k, size_t len, uint64_t iova, int error,
	    struct vfio_err *err);

/* ---- kernel_msg.c: pure ---- */

/*
 * Parse len bytes of struct vfio_iommu_type1_info with its capabilities.  info->ranges is
 * malloc'ed; num_ranges is 0 if the kernel does not tell them.  EPROTO, ENOMEM.
 */
int	kernel_parse_iommu(const void *buf, size_t len, struct vfio_dma_info *info);

/*
 * Take the reserved regions of the group, as text of the sysfs file reserved_regions (lines
 * "0xSTART 0xEND TYPE"), out of [0, limit]; for kernels that do not tell the ranges.
 */
int	kernel_parse_reserved(const char *text, uint64_t limit, struct vfio_dma_info *info);

#endif /* VFIO_KERNEL_H */
