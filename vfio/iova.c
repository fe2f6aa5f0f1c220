/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IO virtual address space: sorted arrays of what exists and what is taken, first fit.
 * Ends are computed as inclusive addresses, so that a range up to the last byte of the 64-bit
 * space (whose size is held as UINT64_MAX rounded down to a granule) cannot wrap.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfio/iova.h"
#include "vfio/priv.h"

static int
cmp_area(const void *a, const void *b)
{
	const struct vfio_area *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static uint64_t
last(const struct vfio_area *a)
{
	return a->offset + (a->size - 1);
}

/* Cut r to whole granules; false if nothing is left. */
static bool
trim(struct vfio_area *r, uint64_t granule)
{
	uint64_t start, end;

	if (r->size == 0 || r->offset > UINT64_MAX - (r->size - 1) ||
	    r->offset > UINT64_MAX - (granule - 1))
		return false;
	start = (r->offset + granule - 1) & ~(granule - 1);
	end = last(r) == UINT64_MAX ? ~(granule - 1) : (last(r) + 1) & ~(granule - 1);
	if (end <= start)
		return false;
	r->offset = start;
	r->size = end - start;
	return true;
}

int
vfio_iova_init(struct vfio_iova *sp, const struct vfio_area *ranges, size_t n,
    uint64_t granule)
{
	struct vfio_area *out;
	size_t k = 0;

	memset(sp, 0, sizeof(*sp));
	sp->granule = granule;
	out = calloc(n + 1, sizeof(*out));
	if (out == NULL)
		return ENOMEM;
	for (size_t i = 0; i < n; i++) {
		out[k] = ranges[i];
		if (trim(&out[k], granule))
			k++;
	}
	qsort(out, k, sizeof(*out), cmp_area);
	for (size_t i = 0; i < k; i++) {
		struct vfio_area *p = sp->nranges ? &out[sp->nranges - 1] : NULL;

		if (p != NULL && out[i].offset <= p->offset + p->size) {
			if (last(&out[i]) > last(p))
				p->size = last(&out[i]) - p->offset + 1;
		} else {
			out[sp->nranges++] = out[i];
		}
	}
	sp->ranges = out;
	return 0;
}

void
vfio_iova_fini(struct vfio_iova *sp)
{
	free(sp->ranges);
	free(sp->taken);
	memset(sp, 0, sizeof(*sp));
}

int
vfio_iova_exists(const struct vfio_iova *sp, uint64_t iova, uint64_t len)
{
	if (len == 0 || iova > UINT64_MAX - (len - 1))
		return EINVAL;
	for (size_t i = 0; i < sp->nranges; i++)
		if (iova >= sp->ranges[i].offset &&
		    iova + (len - 1) <= last(&sp->ranges[i]))
			return 0;
	return ERANGE;
}

/* Index of the first taken range that ends at or after addr. */
static size_t
find(const struct vfio_iova *sp, uint64_t addr)
{
	size_t lo = 0, hi = sp->ntaken;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (last(&sp->taken[mid]) < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
insert(struct vfio_iova *sp, size_t at, uint64_t iova, uint64_t len)
{
	if (sp->ntaken == sp->cap) {
		size_t cap = sp->cap ? sp->cap * 2 : 16;
		struct vfio_area *p = realloc(sp->taken, cap * sizeof(*p));

		if (p == NULL)
			return ENOMEM;
		sp->taken = p;
		sp->cap = cap;
	}
	memmove(&sp->taken[at + 1], &sp->taken[at], (sp->ntaken - at) * sizeof(*sp->taken));
	sp->taken[at] = (struct vfio_area){ iova, len };
	sp->ntaken++;
	return 0;
}

int
vfio_iova_claim(struct vfio_iova *sp, uint64_t iova, uint64_t len)
{
	int error;
	size_t i;

	if ((iova & (sp->granule - 1)) != 0 || len > UINT64_MAX - (sp->granule - 1))
		return EINVAL;
	len = (len + sp->granule - 1) & ~(sp->granule - 1);
	error = vfio_iova_exists(sp, iova, len);
	if (error != 0)
		return error;
	i = find(sp, iova);
	if (i < sp->ntaken && sp->taken[i].offset <= iova + (len - 1))
		return EEXIST;
	return insert(sp, i, iova, len);
}

/* First fit in [lo, hi] (inclusive); the place and its index in taken. */
static bool
fit(const struct vfio_iova *sp, uint64_t lo, uint64_t hi, uint64_t len, uint64_t align,
    uint64_t *iova, size_t *at)
{
	size_t i = find(sp, lo);

	for (;;) {
		uint64_t end;

		if (lo > UINT64_MAX - (align - 1))
			return false;
		lo = (lo + align - 1) & ~(align - 1);
		if (lo > hi || len - 1 > hi - lo)
			return false;
		end = lo + (len - 1);
		while (i < sp->ntaken && last(&sp->taken[i]) < lo)
			i++;
		if (i == sp->ntaken || sp->taken[i].offset > end) {
			*iova = lo;
			*at = i;
			return true;
		}
		if (last(&sp->taken[i]) == UINT64_MAX)
			return false;
		lo = last(&sp->taken[i]) + 1;
	}
}

int
vfio_iova_pick(struct vfio_iova *sp, uint64_t len, uint64_t align, uint64_t min,
    uint64_t max, uint64_t *iova)
{
	size_t at;

	if (len == 0 || (align & (align - 1)) != 0 || len > UINT64_MAX - (sp->granule - 1))
		return EINVAL;
	if (align < sp->granule)
		align = sp->granule;
	len = (len + sp->granule - 1) & ~(sp->granule - 1);
	if (min == 0)
		min = 1;	/* aligns up: a device address of 0 reads as "none" */
	for (size_t i = 0; i < sp->nranges; i++) {
		const struct vfio_area *r = &sp->ranges[i];
		uint64_t lo = r->offset > min ? r->offset : min;
		uint64_t hi = last(r) < max ? last(r) : max;

		if (lo <= hi && fit(sp, lo, hi, len, align, iova, &at))
			return insert(sp, at, *iova, len);
	}
	return ENOSPC;
}

int
vfio_iova_release(struct vfio_iova *sp, uint64_t iova, uint64_t len)
{
	size_t i = find(sp, iova);

	if (len <= UINT64_MAX - (sp->granule - 1))
		len = (len + sp->granule - 1) & ~(sp->granule - 1);
	if (i == sp->ntaken || sp->taken[i].offset != iova || sp->taken[i].size != len)
		return ENOENT;
	sp->ntaken--;
	memmove(&sp->taken[i], &sp->taken[i + 1], (sp->ntaken - i) * sizeof(*sp->taken));
	return 0;
}

/* ---- the same, of a device ----------------------------------------------------------- */

int
vfio_iova_alloc(struct vfio_dev *dev, uint64_t len, uint64_t align, uint64_t min,
    uint64_t max, uint64_t *iova)
{
	int error;

	pthread_mutex_lock(&dev->iova_lock);
	error = vfio_iova_pick(&dev->iova, len, align, min, max, iova);
	pthread_mutex_unlock(&dev->iova_lock);
	return error;
}

int
vfio_iova_take(struct vfio_dev *dev, uint64_t iova, uint64_t len)
{
	int error;

	pthread_mutex_lock(&dev->iova_lock);
	error = vfio_iova_claim(&dev->iova, iova, len);
	pthread_mutex_unlock(&dev->iova_lock);
	return error;
}

int
vfio_iova_free(struct vfio_dev *dev, uint64_t iova, uint64_t len)
{
	int error;

	pthread_mutex_lock(&dev->iova_lock);
	error = vfio_iova_release(&dev->iova, iova, len);
	pthread_mutex_unlock(&dev->iova_lock);
	return error;
}
