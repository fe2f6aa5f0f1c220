/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA arena's objects: a first-fit allocator over chunks (arena_map.c makes those), and
 * who owns which page in strict mode.  See arena.h.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/arena_int.h"
#include "harness/dmacheck.h"
#include "harness/poison.h"

#define DEAD_MAX	((size_t)2 << 20)	/* checked: bytes that are kept unused */

int
arena_new(struct vfio_dev *vfio, unsigned bits, bool strict, struct dmacheck *check,
    struct arena **ap, struct vfio_err *err)
{
	const struct vfio_dma_info *info = vfio_dma_info(vfio);
	struct arena *a;
	uint64_t min;
	unsigned i;

	*ap = NULL;
	if (info == NULL) {
		snprintf(err->text, sizeof(err->text), "DMA: the device cannot do any");
		return ENOTSUP;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return ENOMEM;
	pthread_mutex_init(&a->lock, NULL);
	a->vfio = vfio;
	a->strict = strict;
	a->check = check;
	a->max = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	a->page = (size_t)sysconf(_SC_PAGESIZE);
	min = info->pgsizes != 0 ? info->pgsizes & -info->pgsizes : 0;
	if (min > a->page)
		a->page = min;
	for (i = 0; i < info->num_ranges; i++)
		if (info->ranges[i].offset + a->page - 1 <= a->max) {
			*ap = a;
			return 0;
		}
	snprintf(err->text, sizeof(err->text), "DMA: the host has no addresses below 2^%u that "
	    "the device could use; another IOMMU setting may", bits);
	arena_free(a);
	return ENOSPC;
}

void
arena_free(struct arena *a)
{
	struct chunk *c;
	struct object *o;

	if (a == NULL)
		return;
	while ((c = a->chunks) != NULL) {
		a->chunks = c->next;
		while ((o = c->objects) != NULL) {
			c->objects = o->next;
			free(o);
		}
		arena_chunk_free(a, c);
	}
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* The first address >= at that is aligned and from where size bytes cross no boundary. */
static uint64_t
place(uint64_t at, size_t size, size_t align, size_t boundary)
{
	at = (at + align - 1) & ~((uint64_t)align - 1);
	if (boundary != 0 && (at & ~((uint64_t)boundary - 1)) !=
	    ((at + size - 1) & ~((uint64_t)boundary - 1))) {
		at = (at + boundary - 1) & ~((uint64_t)boundary - 1);
		at = (at + align - 1) & ~((uint64_t)align - 1);
	}
	return at;
}

/* Put the object into the first gap of the chunk where it fits. */
static bool
fit(struct chunk *c, struct object *o, size_t align, size_t boundary)
{
	struct object **prev = &c->objects;
	uint64_t at = c->iova + c->guard, end;

	for (;;) {
		at = place(at, o->room, align, boundary);
		end = *prev != NULL ? (*prev)->iova : c->iova + c->size;
		if (at < end && o->room <= end - at)
			break;
		if (*prev == NULL)
			return false;
		at = (*prev)->iova + (*prev)->room;
		prev = &(*prev)->next;
	}
	o->iova = at;
	o->next = *prev;
	*prev = o;
	return true;
}

static int
check(const struct arena *a, size_t size, size_t align, size_t boundary, struct vfio_err *err)
{
	const char *why = NULL;

	if (size == 0 || size > UINT32_MAX || size - 1 > a->max)
		why = "this size";
	else if (align == 0 || (align & (align - 1)) != 0)
		why = "an alignment that is no power of two";
	else if ((boundary & (boundary - 1)) != 0)
		why = "a boundary that is no power of two";
	else if (boundary != 0 && size > boundary)
		why = "a boundary smaller than the object";
	if (why == NULL)
		return 0;
	snprintf(err->text, sizeof(err->text), "DMA: %zu bytes, align %zu, boundary %zu cannot be "
	    "had: %s", size, align, boundary, why);
	return EINVAL;
}

static int
alloc_locked(struct arena *a, struct object *o, size_t align, size_t boundary,
    struct chunk **cp, struct vfio_err *err)
{
	struct chunk *c;
	int error;

	for (c = a->chunks; c != NULL; c = c->next)
		if (fit(c, o, align, boundary)) {
			*cp = c;
			return 0;
		}
	error = arena_chunk_new(a, o->room, align > boundary ? align : boundary, &c, err);
	if (error != 0)
		return error;
	c->next = a->chunks;
	a->chunks = c;
	if (!fit(c, o, align, boundary))
		return EINVAL;
	*cp = c;
	return 0;
}

/* Bytes for an object.  Strict: whole pages, so that no neighbour keeps them mapped. */
static size_t
room(const struct arena *a, size_t size, size_t boundary)
{
	size_t whole = (size + a->page - 1) / a->page * a->page;

	if (!a->strict && a->check == NULL)
		return ((size + 7) & ~(size_t)7) + POISON_GAP;
	if (a->check != NULL && (boundary == 0 || whole + a->page <= boundary))
		whole += a->page;	/* what the device does behind it is seen */
	return boundary != 0 && boundary < whole ? boundary : whole;
}

int
arena_alloc(struct arena *a, size_t size, size_t align, size_t boundary, const char *what,
    struct hyp_dma *mem, struct vfio_err *err)
{
	struct chunk *c = NULL;
	struct object *o;
	int error;

	error = check(a, size, align, boundary, err);
	if (error != 0)
		return error;
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return ENOMEM;
	o->size = size;
	o->what = what != NULL ? what : "unnamed";
	o->room = room(a, size, boundary);
	if ((a->strict || a->check != NULL) && align < a->page)
		align = a->page;
	pthread_mutex_lock(&a->lock);
	error = alloc_locked(a, o, align, boundary, &c, err);
	pthread_mutex_unlock(&a->lock);
	if (error != 0) {
		free(o);
		return error;
	}
	mem->iova = o->iova;
	mem->va = (char *)c->va + (o->iova - c->iova);
	mem->size = size;
	unpoison(mem->va, size);
	memset(mem->va, 0, size);
	return 0;
}

static struct object **
oldest_dead(struct arena *a, struct chunk **cp)
{
	struct object **prev, **best = NULL;
	struct chunk *c;

	for (c = a->chunks; c != NULL; c = c->next)
		for (prev = &c->objects; *prev != NULL; prev = &(*prev)->next)
			if ((*prev)->dead != 0 && (best == NULL || (*prev)->dead < (*best)->dead)) {
				best = prev;
				*cp = c;
			}
	return best;
}

/* Checked: what was freed waits, so that a device that still uses it is found out. */
static void
bury(struct arena *a, struct object *o)
{
	struct object **prev, *old;
	struct chunk *c = NULL;

	o->dead = ++a->frees;
	a->dead += o->room;
	while (a->dead > DEAD_MAX && (prev = oldest_dead(a, &c)) != NULL) {
		old = *prev;
		*prev = old->next;
		a->dead -= old->room;
		dmacheck_reuse(a->check, old->iova, old->room);
		free(old);
	}
}

int
arena_release(struct arena *a, uint64_t iova, size_t *size, const char **what)
{
	struct object **prev = NULL, *o = NULL;
	struct chunk *c;

	pthread_mutex_lock(&a->lock);
	for (c = a->chunks; c != NULL && o == NULL; c = c->next) {
		for (prev = &c->objects; *prev != NULL &&
		    ((*prev)->iova != iova || (*prev)->dead != 0); prev = &(*prev)->next)
			;
		o = *prev;
		if (o != NULL) {
			*size = o->size;
			if (what != NULL)
				*what = o->what;
			arena_pages_drop(a, c, o->iova, o->room);
			poison((char *)c->va + (o->iova - c->iova), o->room);
		}
	}
	if (o != NULL && a->check != NULL) {
		bury(a, o);
	} else if (o != NULL) {
		*prev = o->next;
		free(o);
	}
	pthread_mutex_unlock(&a->lock);
	return o != NULL ? 0 : ENOENT;
}

/* The chunk with an object that holds all of it. */
static struct chunk *
find(struct arena *a, uint64_t iova, size_t len)
{
	struct chunk *c;
	struct object *o;

	for (c = a->chunks; c != NULL; c = c->next) {
		if (iova < c->iova || iova - c->iova >= c->size)
			continue;
		for (o = c->objects; o != NULL; o = o->next)
			if (iova >= o->iova && iova - o->iova < o->room &&
			    len <= o->room - (iova - o->iova))
				return c;
	}
	return NULL;
}

int
arena_own(struct arena *a, uint64_t iova, size_t len, bool give, struct vfio_err *err)
{
	struct chunk *c;
	int error = 0;

	if (len == 0 || !arena_counts(a))
		return 0;
	pthread_mutex_lock(&a->lock);
	c = find(a, iova, len);
	if (c == NULL) {
		error = EINVAL;
		snprintf(err->text, sizeof(err->text), "DMA: iova 0x%llx, %zu bytes do not lie "
		    "in one DMA object", (unsigned long long)iova, len);
	} else if (give)
		error = arena_pages_map(a, c, iova, len, err);
	else
		arena_pages_unmap(a, c, iova, len);
	pthread_mutex_unlock(&a->lock);
	return error;
}

void *
arena_at(struct arena *a, uint64_t iova, size_t len)
{
	struct chunk *c;

	pthread_mutex_lock(&a->lock);
	c = find(a, iova, len);
	pthread_mutex_unlock(&a->lock);
	return c != NULL ? (char *)c->va + (iova - c->iova) : NULL;
}

static unsigned
each_locked(struct arena *a, unsigned max, void (*fn)(void *, const char *, uint64_t,
    const void *, size_t), void *arg)
{
	struct chunk *c;
	struct object *o;
	unsigned n = 0;

	for (c = a->chunks; c != NULL; c = c->next)
		for (o = c->objects; o != NULL; o = o->next)
			if (o->dead == 0 && n++ < max)
				fn(arg, o->what, o->iova,
				    (char *)c->va + (o->iova - c->iova), o->size);
	return n;
}

unsigned
arena_each(struct arena *a, unsigned max, void (*fn)(void *, const char *, uint64_t,
    const void *, size_t), void *arg)
{
	unsigned n;

	pthread_mutex_lock(&a->lock);
	n = each_locked(a, max, fn, arg);
	pthread_mutex_unlock(&a->lock);
	return n;
}

unsigned
arena_each_fatal(struct arena *a, unsigned max, void (*fn)(void *, const char *, uint64_t,
    const void *, size_t), void *arg)
{
	unsigned n, i;

	for (i = 0; i < 100; i++) {
		if (pthread_mutex_trylock(&a->lock) == 0) {
			n = each_locked(a, max, fn, arg);
			pthread_mutex_unlock(&a->lock);
			return n;
		}
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	}
	return 0;
}
