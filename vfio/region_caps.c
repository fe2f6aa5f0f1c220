/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parser of struct vfio_region_info with its capability chain, as the kernel's ioctl and a
 * vfio-user server's reply have it alike.  Pure on its buffer.
 * Source: <linux/vfio.h>, VFIO_DEVICE_GET_REGION_INFO.
 */
#include <errno.h>
#include <string.h>

#include "vfio/priv.h"

static int
sparse_mmap(const uint8_t *p, size_t len, const struct vfio_region_info *ri,
    struct vfio_region *r, struct vfio_err *err)
{
	struct vfio_region_info_cap_sparse_mmap cap;
	struct vfio_region_sparse_mmap_area a;

	if (len < sizeof(cap))
		return vfio_fail(err, EPROTO, "region %u: sparse-mmap capability cut off",
		    ri->index);
	memcpy(&cap, p, sizeof(cap));
	if (cap.nr_areas > (len - sizeof(cap)) / sizeof(a))
		return vfio_fail(err, EPROTO,
		    "region %u: sparse-mmap capability claims %u areas in %zu bytes",
		    ri->index, cap.nr_areas, len - sizeof(cap));
	for (uint32_t i = 0; i < cap.nr_areas && r->num_areas < VFIO_MAX_AREAS; i++) {
		memcpy(&a, p + sizeof(cap) + i * sizeof(a), sizeof(a));
		if (a.offset > ri->size || a.size > ri->size - a.offset)
			return vfio_fail(err, EPROTO,
			    "region %u: sparse area %u (offset %#llx, size %#llx) is outside "
			    "the region of %#llx bytes", ri->index, i,
			    (unsigned long long)a.offset, (unsigned long long)a.size,
			    (unsigned long long)ri->size);
		if (a.size != 0)
			r->areas[r->num_areas++] = (struct vfio_area){ a.offset, a.size };
	}
	/* A capability without a usable area means: nothing can be mapped. */
	if (r->num_areas == 0)
		r->flags &= ~VFIO_REGION_INFO_FLAG_MMAP;
	return 0;
}

static int
one_cap(const struct vfio_info_cap_header *h, const uint8_t *p, size_t len,
    const struct vfio_region_info *ri, struct vfio_region *r, struct vfio_err *err)
{
	struct vfio_region_info_cap_type t;

	switch (h->id) {
	case VFIO_REGION_INFO_CAP_SPARSE_MMAP:
		return sparse_mmap(p, len, ri, r, err);
	case VFIO_REGION_INFO_CAP_TYPE:
		if (len < sizeof(t))
			return vfio_fail(err, EPROTO, "region %u: type capability cut off",
			    ri->index);
		memcpy(&t, p, sizeof(t));
		r->cap_type = t.type;
		r->cap_subtype = t.subtype;
		return 0;
	case VFIO_REGION_INFO_CAP_MSIX_MAPPABLE:
		r->msix_mappable = true;
		return 0;
	default:
		return 0;
	}
}

int
vfio_parse_region(const void *buf, size_t len, struct vfio_region *r, struct vfio_err *err)
{
	struct vfio_info_cap_header h;
	struct vfio_region_info ri;
	const uint8_t *p = buf;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	if (len < sizeof(ri))
		return vfio_fail(err, EPROTO, "region info of %zu bytes, %zu are needed", len,
		    sizeof(ri));
	memcpy(&ri, p, sizeof(ri));
	r->flags = ri.flags;
	r->size = ri.size;
	r->file_offset = ri.offset;
	if ((ri.flags & VFIO_REGION_INFO_FLAG_CAPS) == 0 || ri.cap_offset == 0)
		return 0;
	/* Each capability takes 8 bytes or more: more steps than that are a loop. */
	for (size_t at = ri.cap_offset, steps = 0; at != 0; at = h.next, steps++) {
		int error;

		if (at < sizeof(ri) || at > len - sizeof(h) || steps > len / sizeof(h))
			return vfio_fail(err, EPROTO,
			    "region %u: capability chain leads to offset %zu of %zu bytes%s",
			    ri.index, at, len, steps > len / sizeof(h) ? " in a loop" : "");
		memcpy(&h, p + at, sizeof(h));
		error = one_cap(&h, p + at, len - at, &ri, r, err);
		if (error != 0)
			return error;
	}
	return 0;
}
