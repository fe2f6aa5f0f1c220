/* SPDX-License-Identifier: BSD-2-Clause */
/* What the DMA checker knows of: memory, and what is or was live in it; dmacheck_int.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/dmacheck_int.h"
#include "harness/iommu_log.h"

int
dmacheck_new(bool shadow, bool trap, struct dmacheck **cp)
{
	struct dmacheck *c = calloc(1, sizeof(*c));

	*cp = c;
	if (c == NULL)
		return ENOMEM;
	c->shadow = shadow;
	c->trap = shadow && trap;
	pthread_mutex_init(&c->lock, NULL);
	if (c->trap)
		dma_trap_for(c);
	return 0;
}

void
dmacheck_see(struct dmacheck *c)
{
	c->sees = true;
}

bool
dmacheck_sees(const struct dmacheck *c)
{
	return c->sees;
}

int
dmacheck_enforce(struct dmacheck *c, const char *bdf)
{
	return iommu_log_open(bdf, &c->log);
}

bool
dmacheck_enforces(const struct dmacheck *c)
{
	return c->log != NULL;
}

static void
forget_all(struct dmacheck *c)
{
	size_t i;

	for (i = 0; i < c->nlive; i++)
		free(c->live[i]);
	for (i = 0; i < DMA_DEAD; i++) {
		free(c->dead[i]);
		c->dead[i] = NULL;
	}
	c->nlive = 0;
}

void
dmacheck_free(struct dmacheck *c)
{
	if (c == NULL)
		return;
	dma_trap_for(NULL);
	while (c->chunks != NULL)
		dmacheck_chunk_gone(c, c->chunks->iova);
	forget_all(c);
	iommu_log_close(c->log);
	free(c->live);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* ---- memory ---- */

static void
chunk_free(struct dma_chunk *k)
{
	if (k == NULL)
		return;
	if (k->was_cpu != NULL)
		munmap(k->was_cpu, 3 * k->size);
	free(k->prot);
	free(k->steps);
	free(k);
}

/* Three times the memory, which is not to count as the driver's: its limit is on what is private. */
static bool
take_copies(struct dma_chunk *k)
{
	uint8_t *p = mmap(NULL, 3 * k->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);

	if (p == MAP_FAILED)
		return false;
	k->was_cpu = p;
	k->was_dev = p + k->size;
	k->lost = p + 2 * k->size;
	return true;
}

int
dmacheck_chunk(struct dmacheck *c, uint64_t iova, void *va, void *cpu, void *dev, size_t size)
{
	struct dma_chunk *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ENOMEM;
	*k = (struct dma_chunk){ .iova = iova, .size = size, .va = va, .cpu = cpu, .dev = dev,
	    .prot = calloc(1, size / 4096 + 1),
	    .steps = calloc(size / 4096 + 1, sizeof(*k->steps)), .trap = c->trap };
	if (k->prot == NULL || k->steps == NULL || !take_copies(k)) {
		chunk_free(k);
		return ENOMEM;
	}
	memset(dev, DMA_POISON, size);
	memset(k->was_dev, DMA_POISON, size);
	pthread_mutex_lock(&c->lock);
	k->next = c->chunks;
	c->chunks = k;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

void
dmacheck_chunk_gone(struct dmacheck *c, uint64_t iova)
{
	struct dma_chunk **kp, *k;

	pthread_mutex_lock(&c->lock);
	for (kp = &c->chunks; (k = *kp) != NULL && k->iova != iova; kp = &k->next)
		;
	if (k != NULL)
		*kp = k->next;
	pthread_mutex_unlock(&c->lock);
	chunk_free(k);
}

struct dma_chunk *
dma_chunk(struct dmacheck *c, uint64_t iova, size_t len)
{
	struct dma_chunk *k;

	for (k = c->chunks; k != NULL; k = k->next)
		if (iova >= k->iova && iova - k->iova < k->size &&
		    len <= k->size - (iova - k->iova))
			return k;
	return NULL;
}

void *
dmacheck_view(struct dmacheck *c, uint64_t iova, size_t len)
{
	struct dma_chunk *k;

	pthread_mutex_lock(&c->lock);
	k = dma_chunk(c, iova, len);
	pthread_mutex_unlock(&c->lock);
	return k != NULL ? k->cpu + (iova - k->iova) : NULL;
}

struct dma_bytes
dma_bytes(struct dma_chunk *k, uint64_t iova, size_t len)
{
	size_t at = (size_t)(iova - k->iova);

	return (struct dma_bytes){ k->cpu + at, k->dev + at, k->was_cpu + at, k->was_dev + at,
	    k->lost + at, len };
}

/* ---- regions ---- */

bool
dma_touches(const struct dma_region *r, uint64_t iova, size_t len)
{
	return r->iova < iova + len && iova < r->iova + r->len;
}

bool
dma_holds(const struct dma_region *r, uint64_t iova, size_t len)
{
	return iova >= r->iova && iova - r->iova <= r->len && len <= r->len - (iova - r->iova);
}

struct dma_region *
dma_live(struct dmacheck *c, uint64_t iova, size_t len)
{
	size_t i;

	for (i = 0; i < c->nlive; i++)
		if (dma_holds(c->live[i], iova, len))
			return c->live[i];
	return NULL;
}

bool
dma_any(struct dmacheck *c, uint64_t iova, size_t len)
{
	size_t i;

	for (i = 0; i < c->nlive; i++)
		if (dma_touches(c->live[i], iova, len))
			return true;
	return false;
}

struct dma_region *
dma_dead(struct dmacheck *c, uint64_t iova, size_t len)
{
	struct dma_region *r;
	size_t i;

	for (i = c->ndead; i > 0 && c->ndead - i < DMA_DEAD; i--) {
		r = c->dead[(i - 1) % DMA_DEAD];
		if (r != NULL && dma_touches(r, iova, len))
			return r;
	}
	return NULL;
}

static uint64_t
distance(const struct dma_region *r, uint64_t iova)
{
	if (iova < r->iova)
		return r->iova - iova;
	return iova - r->iova < r->len ? 0 : iova - r->iova - r->len + 1;
}

struct dma_region *
dma_nearest(struct dmacheck *c, uint64_t iova, size_t len)
{
	struct dma_region *best = NULL, *dead;
	size_t i;

	for (i = 0; i < c->nlive; i++)
		if (dma_touches(c->live[i], iova, len))
			return c->live[i];
	dead = dma_dead(c, iova, len);
	if (dead != NULL)
		return dead;
	for (i = 0; i < c->nlive; i++)
		if (best == NULL || distance(c->live[i], iova) < distance(best, iova))
			best = c->live[i];
	for (i = 0; i < DMA_DEAD; i++)
		if (c->dead[i] != NULL && (best == NULL ||
		    distance(c->dead[i], iova) < distance(best, iova)))
			best = c->dead[i];
	return best;
}

enum dma_rule
dma_stray_rule(const struct dma_region *r, uint64_t iova, size_t len)
{
	return r != NULL && r->dead && dma_touches(r, iova, len) ? DMA_GONE : DMA_OUTSIDE;
}

void
dma_bury(struct dmacheck *c, struct dma_region *r)
{
	struct dma_region **slot = &c->dead[c->ndead++ % DMA_DEAD];

	r->dead = true;
	free(*slot);
	*slot = r;
}

bool
dma_add(struct dmacheck *c, struct dma_region *r)
{
	size_t cap = c->cap != 0 ? 2 * c->cap : 256;
	struct dma_region **p;

	if (c->nlive == c->cap) {
		p = realloc(c->live, cap * sizeof(struct dma_region *));
		if (p == NULL)
			return false;
		c->live = p;
		c->cap = cap;
	}
	c->live[c->nlive++] = r;
	return true;
}
