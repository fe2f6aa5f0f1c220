/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.h - DMA memory out of a few large pieces that are mapped for the device once.
 *
 * A piece ("chunk") is a memfd, of huge pages when there are any, mapped into the process at
 * the very address by which the device knows it where that is possible, so IOVA == VA.  Most
 * drivers never need a second one.  In strict mode nothing is mapped at first; a page is
 * mapped while arena_own() says that the device has something in it, and every object has
 * its pages for itself.
 *
 * With a checker the device has memory of its own under the IOVA (dmacheck.h), which is no VA; an
 * object is followed by a page that is nobody's, as is the first of a chunk, and what was freed
 * stays unused for a while.  With one that has the IOMMU enforce it, single pages are mapped as in
 * strict mode.
 *
 *	arena_new(vfio, 32, false, NULL, &a, &err);
 *	arena_alloc(a, 4096, 256, 0, "tx ring", &mem, &err);
 */
#ifndef HARNESS_ARENA_H
#define HARNESS_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/hypercall.h"
#include "vfio/vfio.h"

struct arena;
struct dmacheck;

/*
 * For a device with `bits` address bits.  ENOMEM; ENOSPC: no IOVA below that can be mapped.
 * No memory is taken yet.  The checker, or NULL, lives longer.
 */
int	arena_new(struct vfio_dev *, unsigned bits, bool strict, struct dmacheck *,
	    struct arena **, struct vfio_err *);
/* Unmaps everything, whatever is still allocated.  NULL is allowed. */
void	arena_free(struct arena *);

/* As hyp_dma_alloc(); err says why not. */
int	arena_alloc(struct arena *, size_t size, size_t align, size_t boundary,
	    const char *what, struct hyp_dma *, struct vfio_err *);
/* ENOENT: no object begins there.  *size and *what (may be NULL) are what it was. */
int	arena_release(struct arena *, uint64_t iova, size_t *size, const char **what);

/*
 * Strict mode: [iova, iova + len) is the device's (give) or not any more.  Counted: a page
 * stays mapped until it was taken as often as it was given.  The same with a checker that
 * enforces; else nothing happens.  EINVAL: not in one object.
 */
int	arena_own(struct arena *, uint64_t iova, size_t len, bool give, struct vfio_err *);

/* Where [iova, iova + len), which lies in one object, is in the process; NULL: it does not. */
void	*arena_at(struct arena *, uint64_t iova, size_t len);

/* Objects alive: calls fn for each, at most max; returns how many there are. */
unsigned arena_each(struct arena *, unsigned max,
	    void (*fn)(void *arg, const char *what, uint64_t iova, const void *va, size_t size),
	    void *arg);
/* The same without waiting for the lock long: for the report of a crash. */
unsigned arena_each_fatal(struct arena *, unsigned max,
	    void (*fn)(void *arg, const char *what, uint64_t iova, const void *va, size_t size),
	    void *arg);

#endif /* HARNESS_ARENA_H */
