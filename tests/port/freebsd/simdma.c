/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simdma.c - bus_dma and mbufs: see simkern.h.
 *
 * The device's addresses are not the processor's: what bus_dmamem_alloc() gives is below, mbufs are
 * from 32 GB on.  A device that does not reach an mbuf gets a copy that it does, which only
 * bus_dmamap_sync() makes and brings back.
 */
#include "simkern.h"

#define LOW	0x00100000ull
#define HIGH	0x800000000ull

/* ---- what the device sees ---- */

struct region {
	TAILQ_ENTRY(region) link;
	uint64_t	 pa;
	size_t		 len;
	char		*va;
};
static TAILQ_HEAD(, region) regions = TAILQ_HEAD_INITIALIZER(regions);
static uint64_t next_low = LOW;

static struct region *
region_add(uint64_t pa, void *va, size_t len)
{
	struct region *r = k_take(sizeof(*r));

	r->pa = pa;
	r->va = va;
	r->len = len;
	TAILQ_INSERT_TAIL(&regions, r, link);
	return r;
}

static void
region_remove(struct region *r)
{
	TAILQ_REMOVE(&regions, r, link);
	k_give(r);
}

void *
k_device_memory(uint64_t pa)
{
	struct region *r;

	TAILQ_FOREACH(r, &regions, link)
		if (pa >= r->pa && pa - r->pa < r->len)
			return r->va + (pa - r->pa);
	return NULL;
}

/* ---- tags ---- */

struct k_tag {
	bus_size_t	 align, maxsize, maxsegsz;
	bus_addr_t	 boundary, low;
	int		 nsegs, nmaps;
};

struct piece {
	char		*data, *copy;		/* copy: NULL when the device reaches the data */
	struct region	*region;
	size_t		 len;
};

struct k_map {
	struct k_tag	*tag;
	bool		 loaded, memory;
	struct piece	 piece[16];
	int		 n;
};

bus_dma_tag_t
bus_get_dma_tag(device_t dev __unused)
{
	return NULL;
}

int
bus_dma_tag_create(bus_dma_tag_t parent, bus_size_t align, bus_addr_t boundary, bus_addr_t low,
    bus_addr_t high, void *filter, void *arg, bus_size_t size, int nsegs, bus_size_t segsize,
    int flags, void *lock, void *lockarg, bus_dma_tag_t *tag)
{
	struct k_tag *t;

	K_CHECK(parent == NULL && high == BUS_SPACE_MAXADDR && filter == NULL && arg == NULL);
	K_CHECK(flags == 0 && lock == NULL && lockarg == NULL);
	if (boundary != 0 && segsize > boundary)
		return EINVAL;
	t = k_malloc(sizeof(*t), M_WAITOK | M_ZERO);
	*t = (struct k_tag){ .align = align, .maxsize = size, .maxsegsz = segsize,
	    .boundary = boundary, .low = low, .nsegs = nsegs };
	*tag = t;
	return 0;
}

int
bus_dma_tag_destroy(bus_dma_tag_t t)
{
	if (t->nmaps != 0)
		return EBUSY;
	k_free(t);
	return 0;
}

int
bus_dmamap_create(bus_dma_tag_t t, int flags, bus_dmamap_t *map)
{
	K_CHECK(flags == 0 && t->nsegs <= (int)nitems((*map)->piece));
	*map = k_malloc(sizeof(**map), M_WAITOK | M_ZERO);
	(*map)->tag = t;
	t->nmaps++;
	return 0;
}

int
bus_dmamap_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	K_CHECK(map->tag == t && !map->loaded);
	t->nmaps--;
	k_free(map);
	return 0;
}

/* ---- memory ---- */

int k_load_error;

int
bus_dmamem_alloc(bus_dma_tag_t t, void **va, int flags, bus_dmamap_t *map)
{
	uint64_t pa = (next_low + t->align - 1) & ~(t->align - 1);

	K_CHECK((flags & BUS_DMA_COHERENT) != 0);
	if (t->boundary != 0 && pa / t->boundary != (pa + t->maxsize - 1) / t->boundary)
		pa = (pa + t->boundary - 1) & ~(t->boundary - 1);
	if (pa + t->maxsize - 1 > t->low)
		return ENOMEM;
	next_low = pa + t->maxsize;
	(void)bus_dmamap_create(t, 0, map);
	*va = k_malloc(t->maxsize, M_WAITOK | (flags & BUS_DMA_ZERO ? M_ZERO : 0));
	(*map)->memory = true;
	(*map)->piece[0].region = region_add(pa, *va, t->maxsize);
	return 0;
}

void
bus_dmamem_free(bus_dma_tag_t t, void *va, bus_dmamap_t map)
{
	K_CHECK(map->memory && map->piece[0].region->va == va);
	region_remove(map->piece[0].region);
	k_free(va);
	(void)bus_dmamap_destroy(t, map);
}

int
bus_dmamap_load(bus_dma_tag_t t, bus_dmamap_t map, void *va, bus_size_t size,
    bus_dmamap_callback_t *fn, void *arg, int flags)
{
	bus_dma_segment_t seg = { .ds_addr = map->piece[0].region->pa, .ds_len = size };

	K_CHECK(map->memory && !map->loaded && map->tag == t && (flags & BUS_DMA_NOWAIT) != 0);
	K_CHECK(map->piece[0].region->va == va);
	map->loaded = k_load_error == 0;
	fn(arg, &seg, map->loaded, k_load_error);
	return 0;
}

/* ---- loads of mbufs ---- */

static bool
too_many(const struct k_tag *t, const struct mbuf *m)
{
	int n = 0;

	for (; m != NULL; m = m->m_next)
		n += m->m_len != 0;
	return n > t->nsegs;
}

static void
load_piece(struct k_map *map, struct mbuf *m, bus_dma_segment_t *seg)
{
	struct piece *p = &map->piece[map->n++];
	static uint64_t next_high = HIGH;
	uint64_t pa = next_high;

	*p = (struct piece){ .data = m->m_data, .len = (size_t)m->m_len };
	next_high += 0x10000;
	if (pa + p->len - 1 > map->tag->low) {
		p->copy = k_malloc(p->len, M_NOWAIT);
		pa = next_low;
		next_low += 0x1000;
		K_CHECK(pa + p->len - 1 <= map->tag->low);
	}
	p->region = region_add(pa, p->copy != NULL ? p->copy : p->data, p->len);
	*seg = (bus_dma_segment_t){ .ds_addr = pa, .ds_len = p->len };
}

int
bus_dmamap_load_mbuf_sg(bus_dma_tag_t t, bus_dmamap_t map, struct mbuf *m,
    bus_dma_segment_t *segs, int *nsegs, int flags)
{
	int len = 0;

	K_CHECK(map->tag == t && !map->loaded && (flags & BUS_DMA_NOWAIT) != 0);
	K_CHECK((m->m_flags & M_PKTHDR) != 0);
	if ((bus_size_t)m->m_pkthdr.len > t->maxsize)
		return EINVAL;
	if (too_many(t, m))
		return EFBIG;
	map->n = 0;
	for (; m != NULL; m = m->m_next) {
		len += m->m_len;
		if (m->m_len != 0)
			load_piece(map, m, &segs[map->n]);
	}
	K_CHECK((bus_size_t)len <= t->maxsize);
	map->loaded = true;
	*nsegs = map->n;
	return 0;
}

void
bus_dmamap_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	int i;

	K_CHECK(map->loaded && map->tag == t);
	map->loaded = false;
	for (i = 0; i < map->n; i++) {
		region_remove(map->piece[i].region);
		k_free(map->piece[i].copy);
	}
	map->n = 0;
}

int k_sync_op;

void
bus_dmamap_sync(bus_dma_tag_t t, bus_dmamap_t map, int op)
{
	int i;

	K_CHECK(map->loaded && map->tag == t);
	k_sync_op = op;
	for (i = 0; i < map->n; i++) {
		struct piece *p = &map->piece[i];

		if (p->copy != NULL && (op & BUS_DMASYNC_PREWRITE) != 0)
			memcpy(p->copy, p->data, p->len);
		if (p->copy != NULL && (op & BUS_DMASYNC_POSTREAD) != 0)
			memcpy(p->data, p->copy, p->len);
	}
}

/* ---- mbufs ---- */

bool k_no_collapse;

struct mbuf *
k_mbuf(size_t n)
{
	struct mbuf *m = k_take(sizeof(*m) + n);

	m->k_size = (int)n;
	m->m_data = m->k_buf;
	m->m_flags = M_PKTHDR;
	k_live++;
	return m;
}

struct mbuf *
m_getjcl(int how, int type, int flags, int size)
{
	K_CHECK(how == M_NOWAIT && type == MT_DATA && flags == M_PKTHDR);
	K_CHECK(size == MCLBYTES || size == MJUMPAGESIZE || size == MJUM9BYTES ||
	    size == MJUM16BYTES);
	return k_mbuf((size_t)size);
}

void
k_mbuf_free(struct mbuf *m)
{
	k_give(m);
}

void
(m_copydata)(const struct mbuf *m, int off, int len, caddr_t to)
{
	k_copydata(m, off, len, to);
}

int
m_dup_pkthdr(struct mbuf *to, const struct mbuf *from, int how __unused)
{
	to->m_pkthdr = from->m_pkthdr;
	to->m_flags = (from->m_flags & ~0u) | M_PKTHDR;
	return 1;
}

/* Into the first mbuf, what it has room for. */
struct mbuf *
m_collapse(struct mbuf *m, int how __unused, int max)
{
	struct mbuf *n;

	if (k_no_collapse)
		return NULL;
	while ((n = m->m_next) != NULL && m->m_len + n->m_len <= m->k_size) {
		memcpy(m->m_data + m->m_len, n->m_data, (size_t)n->m_len);
		m->m_len += n->m_len;
		m->m_next = n->m_next;
		n->m_next = NULL;
		m_freem(n);
	}
	for (n = m; n != NULL; n = n->m_next)
		max--;
	return max >= 0 ? m : NULL;
}
