/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena_int.h - between arena.c (objects) and arena_map.c (chunks and pages).
 */
#ifndef HARNESS_ARENA_INT_H
#define HARNESS_ARENA_INT_H

#include <pthread.h>

#include "harness/arena.h"

struct object {
	struct object	*next;		/* in the chunk, by address */
	const char	*what;
	uint64_t	 iova;
	size_t		 size;		/* asked for */
	size_t		 room;		/* taken */
	uint64_t	 dead;		/* checked: freed as the how many-th; 0: alive */
};

struct chunk {
	struct chunk	*next;
	struct object	*objects;
	void		*va;
	void		*cpu, *dev;	/* checked: another view of it, and the device's */
	uint64_t	 iova;
	size_t		 size;
	size_t		 guard;		/* bytes at its begin where nothing is */
	int		 fd;
	bool		 mapped;	/* whole, for the device */
	uint16_t	*given;		/* per page, how often the device has it; NULL: nobody
					   counts */
};

struct arena {
	pthread_mutex_t	 lock;
	struct vfio_dev	*vfio;
	struct chunk	*chunks;
	uint64_t	 max;		/* last address of the device's */
	size_t		 page;
	bool		 strict;
	struct dmacheck	*check;
	uint64_t	 frees;		/* checked */
	size_t		 dead;		/* bytes of objects that are dead */
};

/* Are pages mapped one by one, as the device gets them and gives them back? */
bool	arena_counts(const struct arena *);

/*
 * A chunk that has room for size bytes at that alignment, mapped for the device unless the
 * mode is strict.  ENOMEM, ENOSPC and what vfio_dma_map() gives.
 */
int	arena_chunk_new(struct arena *, size_t size, size_t align, struct chunk **,
	    struct vfio_err *);
void	arena_chunk_free(struct arena *, struct chunk *);

/* Where pages are counted.  With the arena's lock. */
int	arena_pages_map(struct arena *, struct chunk *, uint64_t iova, size_t len,
	    struct vfio_err *);
void	arena_pages_unmap(struct arena *, struct chunk *, uint64_t iova, size_t len);
/* However often they were given. */
void	arena_pages_drop(struct arena *, struct chunk *, uint64_t iova, size_t len);

#endif /* HARNESS_ARENA_INT_H */
