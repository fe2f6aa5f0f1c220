/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mbuf.c - mbufs, each with one buffer of its own in DMA memory.
 *
 * Buffers come in sizes of 2^12 to 2^16 bytes, aligned to their size, so that none crosses
 * a boundary that a device may have (or only one that is smaller than itself) and no two
 * share a page.  They are cut from slabs and kept in free lists until detach: the last that was
 * freed is the first to be used again, but where DMA is checked the last of many.  What
 * describes a buffer is kept apart from it, out of the device's reach, and is never freed
 * before detach, so that a second free is recognised.
 */
#include "softc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "harness/poison.h"

#define CLASS_MIN	12
#define CLASS_MAX	16
#define NCLASS		(CLASS_MAX - CLASS_MIN + 1)
/* Bytes of freed buffers of a size that stay unused while there is other memory. */
#define CHECKED_UNUSED	((size_t)512 << 10)
#define SLAB_SIZE	((size_t)1 << CLASS_MAX)
/* What of an mbuf is nobody's while it is free; m_buf tells us whose it was. */
#define HEADER		offsetof(struct mbuf, m_buf)
/* What m_data points to once an mbuf is free: nothing is there. */
#define DEAD_DATA	((caddr_t)(uintptr_t)0xdeadbeef0000)

struct slab {
	LIST_ENTRY(slab)	 link;
	struct hyp_dma		 mem;
	struct pdk_mbufbuf	 buf[];
};

struct shim_mbufs {
	pthread_mutex_t		 mtx;
	LIST_HEAD(, slab)	 slabs;
	TAILQ_HEAD(, pdk_mbufbuf) free[NCLASS];
	unsigned		 nfree[NCLASS];
	LIST_HEAD(, pdk_mbufbuf) live;
};

int
shim_mbuf_init(struct pdk_softc *sc)
{
	unsigned i;

	sc->mbufs = calloc(1, sizeof(*sc->mbufs));
	if (sc->mbufs == NULL)
		return ENOMEM;
	pthread_mutex_init(&sc->mbufs->mtx, NULL);
	for (i = 0; i < NCLASS; i++)
		TAILQ_INIT(&sc->mbufs->free[i]);
	return 0;
}

static void
put_free(struct pdk_softc *sc, struct pdk_mbufbuf *mb)
{
	struct shim_mbufs *pool = sc->mbufs;

	if (hyp_dma_checked(sc->hyp))
		TAILQ_INSERT_TAIL(&pool->free[mb->class], mb, free_link);
	else
		TAILQ_INSERT_HEAD(&pool->free[mb->class], mb, free_link);
	pool->nfree[mb->class]++;
	hyp_dma_idle(mb->va, mb->size, 1);
	poison(&mb->m, HEADER);
}

/* Is there a free buffer that may be used, or does there have to be another slab? */
static bool
have_free(struct pdk_softc *sc, unsigned class)
{
	unsigned kept = hyp_dma_checked(sc->hyp) ? CHECKED_UNUSED >> (class + CLASS_MIN) : 0;

	return sc->mbufs->nfree[class] > kept;
}

/* Another slab's buffers into the free list; with the mutex. */
static void
grow(struct pdk_softc *sc, unsigned class)
{
	size_t size = (size_t)1 << (class + CLASS_MIN), i, n = SLAB_SIZE / size;
	struct slab *slab = calloc(1, sizeof(*slab) + n * sizeof(slab->buf[0]));
	struct pdk_mbufbuf *mb;

	if (slab == NULL)
		return;
	if (hyp_dma_alloc(sc->hyp, SLAB_SIZE, size, 0, "mbufs", &slab->mem) != 0) {
		free(slab);
		return;
	}
	for (i = 0; i < n; i++) {
		mb = &slab->buf[i];
		mb->sc = sc;
		mb->va = (uint8_t *)slab->mem.va + i * size;
		mb->iova = slab->mem.iova + i * size;
		mb->size = (uint32_t)size;
		mb->class = (uint8_t)class;
		put_free(sc, mb);
	}
	LIST_INSERT_HEAD(&sc->mbufs->slabs, slab, link);
}

/* The smallest class of buffers that hold so many bytes; NCLASS: none does. */
static unsigned
class_of(size_t size)
{
	unsigned class = 0;

	while (class < NCLASS && ((size_t)1 << (class + CLASS_MIN)) < size)
		class++;
	return class;
}

struct mbuf *
shim_mbuf_get(struct pdk_softc *sc, size_t size, const void *site)
{
	struct shim_mbufs *pool = sc->mbufs;
	struct pdk_mbufbuf *mb;
	unsigned class = class_of(size + POISON_GAP);

	if (class == NCLASS)		/* the largest has no room for a gap */
		class = class_of(size);
	if (class == NCLASS)
		return NULL;
	pthread_mutex_lock(&pool->mtx);
	if (!have_free(sc, class))
		grow(sc, class);
	mb = TAILQ_FIRST(&pool->free[class]);
	if (mb != NULL) {
		TAILQ_REMOVE(&pool->free[class], mb, free_link);
		pool->nfree[class]--;
		LIST_INSERT_HEAD(&pool->live, mb, link);
		mb->live = true;
		mb->site = site;
		hyp_dma_idle(mb->va, size, 0);
		unpoison(&mb->m, HEADER);
	}
	pthread_mutex_unlock(&pool->mtx);
	if (mb == NULL)
		return NULL;
	SHIM_LIVE(sc, mbufs, 1);
	mb->m = (struct mbuf){ .m_data = (caddr_t)mb->va, .m_len = (int)size,
	    .m_flags = M_EXT | M_PKTHDR, .m_pkthdr = { (int)size }, .m_buf = mb };
	return &mb->m;
}

struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	struct pdk_softc *sc = shim_cur(R_pdk_mbuf_rxalloc);

	SHIM_CHECK(sc, pdk_mbuf_rxalloc);
	if (SHIM_FAULT(sc, mbuf_rxalloc))
		return NULL;
	return shim_mbuf_get(sc, size, SHIM_SITE());
}

struct pdk_mbufbuf *
shim_mbuf_buf(struct pdk_softc *sc, struct mbuf *m, enum shim_rule_id id)
{
	struct pdk_mbufbuf *mb = (struct pdk_mbufbuf *)m;	/* its first member */
	ptrdiff_t off;

	if (m->m_buf != mb || !mb->live)
		shim_violation(sc, id, "the mbuf was freed at %s", SHIM_WHERE(mb->site));
	off = (uint8_t *)m->m_data - mb->va;
	if (off < 0 || m->m_len < 0 || off > (ptrdiff_t)mb->size ||
	    m->m_len > (ptrdiff_t)mb->size - off)
		shim_violation(sc, id,
		    "an mbuf's data, m_len %d at offset %td, is not within its %u bytes",
		    m->m_len, off, mb->size);
	return mb;
}

static struct mbuf *
free_one(struct mbuf *m, const void *site, const char *call)
{
	struct pdk_softc *sc = shim_cur(R_m_free);
	struct pdk_mbufbuf *mb = (struct pdk_mbufbuf *)m;
	struct mbuf *next;

	SHIM_CHECK_AS(sc, m_free, call);
	pthread_mutex_lock(&sc->mbufs->mtx);
	if (m->m_buf != mb || !mb->live)
		shim_violation(sc, R_m_free, "the mbuf was freed already, at %s",
		    SHIM_WHERE(mb->site));
	if (mb->loaded != 0)
		shim_violation(sc, R_pdk_map_load_mbuf, "the mbuf is freed while it is loaded; "
		    "it was allocated at %s", SHIM_WHERE(mb->site));
	next = m->m_next;
	m->m_next = m->m_nextpkt = NULL;
	m->m_data = DEAD_DATA;
	mb->live = false;
	mb->site = site;
	LIST_REMOVE(mb, link);
	put_free(sc, mb);
	pthread_mutex_unlock(&sc->mbufs->mtx);
	SHIM_LIVE(sc, mbufs, -1);
	return next;
}

struct mbuf *
m_free(struct mbuf *m)
{
	return free_one(m, SHIM_SITE(), __func__);
}

void
m_freem(struct mbuf *m)
{
	while (m != NULL)
		m = free_one(m, SHIM_SITE(), __func__);
}

void
shim_mbuf_fini(struct pdk_softc *sc, struct hyp_leaks *leaks)
{
	struct shim_mbufs *pool = sc->mbufs;
	struct pdk_mbufbuf *mb;
	struct slab *slab;

	if (pool == NULL)
		return;
	LIST_FOREACH(mb, &pool->live, link)
		shim_leak(sc, &leaks->mbufs, mb->site, "mbuf of %u bytes", mb->size);
	while ((slab = LIST_FIRST(&pool->slabs)) != NULL) {
		LIST_REMOVE(slab, link);
		hyp_dma_free(sc->hyp, &slab->mem);
		free(slab);
	}
	pthread_mutex_destroy(&pool->mtx);
	free(pool);
	sc->mbufs = NULL;
}
