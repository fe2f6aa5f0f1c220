/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.c - the driver's memory: malloc() with a table beside it of what is live.
 *
 * The table, not a header in the memory, knows the sizes: so AddressSanitizer sees the
 * bounds that the driver asked for, and a pointer that was freed already, or never
 * allocated, is recognised without looking at what it points to.
 */
#include "softc.h"

#include <stdlib.h>

#define NBUCKETS	256
#define NRECENT		64
#define WAITOK_US	10000		/* until it is tried again */

struct block {
	LIST_ENTRY(block) link;		/* of its bucket */
	TAILQ_ENTRY(block) all;
	void		*p;
	size_t		 size;
	const void	*site;
};

struct shim_mem {
	pthread_mutex_t		 mtx;
	LIST_HEAD(, block)	 live[NBUCKETS];
	TAILQ_HEAD(, block)	 all;		/* as they were allocated */
	struct {
		const void	*p, *site;
	}			 recent[NRECENT];	/* freed lately, a ring */
	unsigned		 nrecent;
};

static unsigned
bucket(const void *p)
{
	return (unsigned)(((uintptr_t)p >> 4) * 2654435761u >> 8) % NBUCKETS;
}

int
shim_mem_init(struct pdk_softc *sc)
{
	sc->mem = calloc(1, sizeof(*sc->mem));
	if (sc->mem == NULL)
		return ENOMEM;
	pthread_mutex_init(&sc->mem->mtx, NULL);
	TAILQ_INIT(&sc->mem->all);
	return 0;
}

static void
check_waitok(struct pdk_softc *sc, const char *call)
{
	const struct shim_rule *r = &shim_rules[R_pdk_zalloc_waitok];

	if ((r->contexts & shim_ctx.ctx) == 0 || SHIM_OWNED(sc))
		shim_bad_call(sc, R_pdk_zalloc_waitok, call);
}

/* A block that is in no table yet, or NULL. */
static struct block *
new_block(size_t size)
{
	struct block *b;
	void *p;

	b = malloc(sizeof(*b));
	p = calloc(1, size);
	if (b == NULL || p == NULL) {
		free(b);
		free(p);
		return NULL;
	}
	*b = (struct block){ .p = p, .size = size };
	return b;
}

static bool
fails(struct pdk_softc *sc, int how, const void *frame)
{
	return __predict_false(shim_fault_on) && shim_fault_hits(sc->hyp, how == PDK_WAITOK ?
	    SHIM_FAULT_zalloc_waitok : SHIM_FAULT_zalloc, frame);
}

void *
pdk_zalloc(size_t size, int how)
{
	struct pdk_softc *sc = shim_cur(R_pdk_zalloc);
	struct block *b = NULL;
	bool fault;

	SHIM_CHECK(sc, pdk_zalloc);
	if (how == PDK_WAITOK)
		check_waitok(sc, "pdk_zalloc(PDK_WAITOK)");
	if (size == 0)
		shim_violation(sc, R_pdk_zalloc, "pdk_zalloc() of 0 bytes");
	while ((fault = fails(sc, how, __builtin_frame_address(0))) ||
	    (b = new_block(size)) == NULL) {
		if (how != PDK_WAITOK)
			return NULL;
		if (!fault)
			hyp_memory_wanted(sc->hyp, size);
		hyp_clock_delay(WAITOK_US);
	}
	hyp_memory(sc->hyp, (long)size);
	b->site = SHIM_SITE();
	pthread_mutex_lock(&sc->mem->mtx);
	LIST_INSERT_HEAD(&sc->mem->live[bucket(b->p)], b, link);
	TAILQ_INSERT_TAIL(&sc->mem->all, b, all);
	pthread_mutex_unlock(&sc->mem->mtx);
	SHIM_LIVE(sc, memory, 1);
	return b->p;
}

/* With the mutex. */
static struct block *
find(struct shim_mem *mem, const void *p)
{
	struct block *b;

	LIST_FOREACH(b, &mem->live[bucket(p)], link)
		if (b->p == p)
			return b;
	return NULL;
}

static _Noreturn void
not_live(struct pdk_softc *sc, const void *p)
{
	unsigned i;

	for (i = 0; i < NRECENT; i++)
		if (sc->mem->recent[i].p == p)
			shim_violation(sc, R_pdk_free, "pdk_free() of memory that was freed at %s",
			    SHIM_WHERE(sc->mem->recent[i].site));
	shim_violation(sc, R_pdk_free, "pdk_free() of memory that pdk_zalloc() did not give");
}

void
pdk_free(void *p, size_t size)
{
	struct pdk_softc *sc = shim_cur(R_pdk_free);
	struct shim_mem *mem = sc->mem;
	struct block *b;
	unsigned n;

	SHIM_CHECK(sc, pdk_free);
	if (p == NULL)
		return;
	pthread_mutex_lock(&mem->mtx);
	b = find(mem, p);
	if (b == NULL)
		not_live(sc, p);
	if (b->size != size)
		shim_violation(sc, R_pdk_free,
		    "pdk_free() with size %zu of %zu bytes, allocated at %s", size, b->size,
		    SHIM_WHERE(b->site));
	LIST_REMOVE(b, link);
	TAILQ_REMOVE(&mem->all, b, all);
	n = mem->nrecent++ % NRECENT;
	mem->recent[n].p = p;
	mem->recent[n].site = SHIM_SITE();
	pthread_mutex_unlock(&mem->mtx);
	SHIM_LIVE(sc, memory, -1);
	hyp_memory(sc->hyp, -(long)size);
	shim_check_quiet(sc, p, size, R_pdk_free, "freed");
	free(b);
	free(p);
}

void
shim_mem_fini(struct pdk_softc *sc, struct hyp_leaks *leaks)
{
	struct block *b;

	if (sc->mem == NULL)
		return;
	while ((b = TAILQ_FIRST(&sc->mem->all)) != NULL) {
		shim_leak(sc, &leaks->memory, b->site, "%zu bytes of memory", b->size);
		TAILQ_REMOVE(&sc->mem->all, b, all);
		free(b->p);
		free(b);
	}
	pthread_mutex_destroy(&sc->mem->mtx);
	free(sc->mem);
	sc->mem = NULL;
}
