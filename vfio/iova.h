/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space of IO virtual addresses: which ranges exist and which are taken.  Plain data, no
 * locks, no device; vfio_iova_alloc() and friends in vfio.h are the same per device.
 *
 *	struct vfio_area ok[] = {{ 0, 0xfee00000 }, { 0xfef00000, 1ull << 38 }};
 *	struct vfio_iova sp;
 *	uint64_t at;
 *
 *	vfio_iova_init(&sp, ok, 2, 4096);
 *	vfio_iova_pick(&sp, 65536, 4096, 0, UINT32_MAX, &at);
 *	vfio_iova_fini(&sp);
 */
#ifndef VFIO_IOVA_H
#define VFIO_IOVA_H

#include "vfio/vfio.h"

struct vfio_iova {
	struct vfio_area *ranges;	/* what exists, sorted, disjoint */
	size_t nranges;
	struct vfio_area *taken;	/* sorted, disjoint */
	size_t ntaken, cap;
	uint64_t granule;
};

/*
 * ranges is copied, sorted, and overlapping or touching ones are joined; what is not whole
 * granules (a power of two) at either end is cut off.  ENOMEM.
 */
int	vfio_iova_init(struct vfio_iova *sp, const struct vfio_area *ranges, size_t n,
	    uint64_t granule);
void	vfio_iova_fini(struct vfio_iova *sp);

/* 0 if [iova, iova + len) exists in one range; ERANGE if not; EINVAL: empty or wraps. */
int	vfio_iova_exists(const struct vfio_iova *sp, uint64_t iova, uint64_t len);

/* As vfio_iova_alloc, _take and _free of vfio.h. */
int	vfio_iova_pick(struct vfio_iova *sp, uint64_t len, uint64_t align, uint64_t min,
	    uint64_t max, uint64_t *iova);
int	vfio_iova_claim(struct vfio_iova *sp, uint64_t iova, uint64_t len);
int	vfio_iova_release(struct vfio_iova *sp, uint64_t iova, uint64_t len);

#endif /* VFIO_IOVA_H */
