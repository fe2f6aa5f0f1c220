/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmacheck_int.h - between the files of the DMA checker:
 *	dmacheck.c	give, take, sync: whose memory is, and which rule the driver breaks
 *	dmacheck_access.c	the same for the device's accesses
 *	dmacheck_iommu.c	the same for those that the IOMMU refused it
 *	dmacheck_set.c	memory, and what is or was live in it
 *	dmacheck_mem.c	the bytes: compared and moved
 *	dmacheck_find.c	what was found: once each, with places, and told
 *	dmacheck_trap.c	page protection
 */
#ifndef HARNESS_DMACHECK_INT_H
#define HARNESS_DMACHECK_INT_H

#include <pthread.h>

#include "harness/backtrace.h"
#include "harness/dmacheck.h"

#define DMA_FRAMES	24
#define DMA_DEAD	512		/* regions remembered after their end */
#define DMA_POISON	0xd6		/* in the device's memory where no bytes are the driver's */

struct dma_place {			/* a short backtrace */
	unsigned	n;
	bool		exact;
	uintptr_t	pc[DMA_FRAMES];
};

enum dma_owner {
	DMA_LOADED,			/* no sync has given it yet */
	DMA_DEVICE,			/* between PRE and POST */
	DMA_DRIVER,			/* after the POST */
};

/* An object or a segment of a map. */
struct dma_region {
	uint64_t	 iova;
	size_t		 len;
	enum hyp_dma_use use;
	enum dma_owner	 owner;		/* not of shared memory: that is both's */
	bool		 dead;
	bool		 reachable;	/* for the device: counted in the arena */
	bool		 unseen;	/* unloaded without POSTREAD of what the device wrote */
	bool		 told;		/* that the driver wrote in the device's time */
	struct dma_place made, gone;	/* allocated or loaded; freed or unloaded */
};

struct dma_chunk {
	struct dma_chunk *next;
	uint64_t	 iova;
	size_t		 size;
	uint8_t		*va;		/* the driver's view, perhaps protected */
	uint8_t		*cpu, *dev;	/* the same memory, and the device's */
	uint8_t		*was_cpu, *was_dev;	/* as they were when last looked at */
	uint8_t		*lost;		/* not 0: written before a PREREAD, no PREWRITE since */
	uint8_t		*prot;		/* per page: enum dma_trap of va */
	uint16_t	*steps;		/* per page: reads let through since then */
	bool		 trap;		/* protect at all */
};

struct dmacheck {
	pthread_mutex_t	 lock;
	struct dma_chunk *chunks;
	struct dma_region **live;	/* in no order */
	size_t		 nlive, cap;
	struct dma_region *dead[DMA_DEAD];
	struct iommu_log *log;		/* what the IOMMU refuses is found, or NULL */
	bool		 shadow, trap, sees;
	size_t		 ndead;		/* since the beginning: the next goes to % DMA_DEAD */
};

/* The bytes of a range: the same offset into all views. */
struct dma_bytes {
	volatile uint8_t *cpu, *dev, *was_cpu, *was_dev, *lost;
	size_t		 len;
};

struct dma_bytes dma_bytes(struct dma_chunk *, uint64_t iova, size_t len);
/* The chunk that holds all of it, or NULL. */
struct dma_chunk *dma_chunk(struct dmacheck *, uint64_t iova, size_t len);

/* The live region that holds all of it; the newest dead one that it touches; or NULL. */
struct dma_region *dma_live(struct dmacheck *, uint64_t iova, size_t len);
struct dma_region *dma_dead(struct dmacheck *, uint64_t iova, size_t len);
/* Does a live one touch it?  Does this one?  Does it hold all of it? */
bool	dma_any(struct dmacheck *, uint64_t iova, size_t len);
bool	dma_touches(const struct dma_region *, uint64_t iova, size_t len);
bool	dma_holds(const struct dma_region *, uint64_t iova, size_t len);
/* What a stray access most probably meant: a live one that it touches, a dead one, the nearest. */
struct dma_region *dma_nearest(struct dmacheck *, uint64_t iova, size_t len);
/* One more that is live; false: no memory.  One that is no more; it becomes the set's. */
bool	dma_add(struct dmacheck *, struct dma_region *);
void	dma_bury(struct dmacheck *, struct dma_region *);

/* ---- dmacheck_mem.c ---- */

struct dma_span {
	size_t	off, len;		/* first to last difference */
};
/* Do they differ?  Where. */
bool	dma_differ(const volatile uint8_t *, const volatile uint8_t *, size_t len,
	    struct dma_span *);
void	dma_copy(volatile uint8_t *to, const volatile uint8_t *from, size_t len);
void	dma_fill(volatile uint8_t *, int value, size_t len);
/* The device's, and what it is compared with. */
void	dma_poison(const struct dma_bytes *);
/*
 * Of shared memory.  What the driver wrote is where cpu differs from was_cpu, or was lost; what
 * the device wrote, where dev differs from was_dev.
 *
 * Did the driver write what it did not send?  Where.
 */
bool	dma_unsent(const struct dma_bytes *, struct dma_span *);
/* PREWRITE: it goes to the device; what the device wrote next to it stays. */
void	dma_to_device(const struct dma_bytes *);
/*
 * PREREAD alone: the driver does without what it wrote and did not send.  The next POSTREAD
 * brings what the device has in its place, whether new or old, as from a bounce buffer.
 */
void	dma_lose(const struct dma_bytes *);
/* POSTREAD: what the device wrote; where both wrote its bytes win, and true with the place. */
bool	dma_to_driver(const struct dma_bytes *, struct dma_span *both);
/* The device wrote all of it, perhaps what was there before. */
void	dma_written(const struct dma_bytes *);

/* ---- dmacheck_find.c ---- */

enum dma_rule {
	DMA_NO_PREWRITE, DMA_NO_POSTREAD, DMA_DIRECTION, DMA_DEVICE_NOT_OWNER,
	DMA_DRIVER_NOT_OWNER, DMA_GONE, DMA_OUTSIDE,
};

/* What an access outside of all that is live breaks; r: the nearest. */
enum dma_rule dma_stray_rule(const struct dma_region *, uint64_t iova, size_t len);

void	dma_here(struct dma_place *);
/*
 * `how` says what happened to [iova, iova + len); `r` may be NULL: no map is near.  `at`: where
 * the driver did it, NULL: here, where its call led to it.  Never sleeps.
 */
void	dma_found(enum dma_rule, const struct dma_region *, uint64_t iova, size_t len,
	    const char *how, const struct dma_place *at);
/* "an object of 4096 bytes at 0x10000000", and where the access is in it. */
void	dma_region_text(const struct dma_region *, char *buf, size_t size);

/* ---- dmacheck_iommu.c; with the checker's lock ---- */

/* What the IOMMU has refused since; before regions change. */
void	dma_refused(struct dmacheck *);

/* ---- dmacheck_trap.c; with the checker's lock ---- */

enum dma_trap { DMA_OPEN, DMA_READ_ONLY, DMA_CLOSED };

/* What the driver may do to the pages of the range without a fault. */
void	dma_trap(struct dma_chunk *, uint64_t iova, size_t len, enum dma_trap);
/* For the handlers, which have only an address; NULL: none any more. */
void	dma_trap_for(struct dmacheck *);

#endif /* HARNESS_DMACHECK_INT_H */
