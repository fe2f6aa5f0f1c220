/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simdma.c - bus_dma, mbufs: see simkern.h.
 *
 * What a device addresses is not where memory is in the process: k_device_memory() translates.
 * Memory is found from HIGH on, or below what a subregion of bus_dma(9) allows; what a tag does
 * not reach is copied, by bus_dmamap_sync() and for the range that it is told.
 */
#include "simkern.h"

#define HIGH	0x40000000
#define LOW	0x00100000

bool k_no_defrag, k_no_subregion;
bus_dma_segment_t *k_synced;
int k_sync_op;

static bus_dma_segment_t synced;
static bus_addr_t next_high = HIGH, next_low = LOW;

/* Coherent memory, and maps that are loaded. */
static bus_dma_segment_t *memory[16];
static bus_dmamap_t maps[32];

struct k_bounce { bus_addr_t pa; char *va; };

static bus_addr_t
address(bool low, bus_size_t size, bus_size_t align)
{
	bus_addr_t *next = low ? &next_low : &next_high, pa;

	align = MAX(align, PAGE_SIZE);
	pa = roundup(*next, align);
	*next = pa + roundup(size, PAGE_SIZE) + PAGE_SIZE;
	if (next_low > 0x0f000000)
		next_low = LOW;
	return pa;
}

void *
k_device_memory(uint64_t pa)
{
	bus_dma_segment_t *s;
	unsigned i;
	int j;

	for (i = 0; i < __arraycount(maps); i++) {
		for (j = 0; maps[i] != NULL && j < maps[i]->dm_nsegs; j++) {
			s = &maps[i]->dm_segs[j];
			if (pa >= s->ds_addr && pa < s->ds_addr + s->ds_len)
				return (char *)s->k_va + (pa - s->ds_addr);
		}
	}
	return NULL;
}

/* ---- tags ---- */

int
bus_dmatag_subregion(bus_dma_tag_t t, bus_addr_t min, bus_addr_t max, bus_dma_tag_t *to, int flags)
{
	KASSERT(t != NULL && min == 0 && flags == BUS_DMA_WAITOK);
	if (k_no_subregion)
		return EOPNOTSUPP;
	*to = k_malloc(sizeof(**to), KM_SLEEP);
	(*to)->last = max;
	return 0;
}

void
bus_dmatag_destroy(bus_dma_tag_t t)
{
	k_free(t, sizeof(*t));
}

/* ---- coherent memory ---- */

int
bus_dmamem_alloc(bus_dma_tag_t t, bus_size_t size, bus_size_t align, bus_size_t boundary,
    bus_dma_segment_t *seg, int n, int *rn, int flags __unused)
{
	unsigned i;

	KASSERT(n == 1 && (boundary == 0 || size <= boundary));
	for (i = 0; memory[i] != NULL; i++)
		KASSERT(i + 1 < __arraycount(memory));
	memory[i] = seg;
	*seg = (bus_dma_segment_t){ address(t->last < HIGH, size, align), size, NULL };
	*rn = 1;
	k_live++;
	return 0;
}

static unsigned
find_memory(const bus_dma_segment_t *seg, const void *va)
{
	unsigned i;

	for (i = 0; i < __arraycount(memory); i++)
		if (memory[i] != NULL && (memory[i] == seg || memory[i]->k_va == va))
			return i;
	k_panic("no such memory", __FILE__, __LINE__);
}

void
bus_dmamem_free(bus_dma_tag_t t __unused, bus_dma_segment_t *seg, int n)
{
	KASSERT(n == 1);
	memory[find_memory(seg, seg)] = NULL;
	k_live--;
}

int
bus_dmamem_map(bus_dma_tag_t t __unused, bus_dma_segment_t *seg, int n, size_t size, void **va,
    int flags)
{
	KASSERT(n == 1 && (flags & BUS_DMA_COHERENT) != 0);
	seg->k_va = *va = k_take(size);
	memset(*va, 0x5a, size);		/* memory is not born zeroed */
	k_live++;
	return 0;
}

void
bus_dmamem_unmap(bus_dma_tag_t t __unused, void *va, size_t size __unused)
{
	memory[find_memory(NULL, va)]->k_va = NULL;
	k_live--;
	k_give(va);
}

/* ---- maps ---- */

int
bus_dmamap_create(bus_dma_tag_t t, bus_size_t size, int nsegs, bus_size_t segsz,
    bus_size_t boundary __unused, int flags, bus_dmamap_t *mp)
{
	bus_dmamap_t m = k_malloc(sizeof(*m), KM_SLEEP);
	unsigned i;

	KASSERT(nsegs <= (int)__arraycount(m->dm_segs) && segsz == size);
	m->k_max = size;
	m->k_maxsegs = nsegs;
	if (t->last < HIGH && (flags & BUS_DMA_ALLOCNOW) != 0) {
		m->k_bounce = k_take(sizeof(*m->k_bounce));
		m->k_bounce->pa = address(true, size, 1);
		m->k_bounce->va = k_take(size);
	}
	for (i = 0; maps[i] != NULL; i++)
		KASSERT(i + 1 < __arraycount(maps));
	maps[i] = *mp = m;
	return 0;
}

void
bus_dmamap_destroy(bus_dma_tag_t t __unused, bus_dmamap_t m)
{
	unsigned i;

	KASSERT(m->dm_nsegs == 0);
	for (i = 0; maps[i] != m; i++)
		continue;
	maps[i] = NULL;
	if (m->k_bounce != NULL)
		k_give(m->k_bounce->va);
	k_give(m->k_bounce);
	k_free(m, sizeof(*m));
}

int
bus_dmamap_load(bus_dma_tag_t t __unused, bus_dmamap_t m, void *va, bus_size_t len, void *p,
    int flags __unused)
{
	KASSERT(m->dm_nsegs == 0 && len <= m->k_max && p == NULL);
	m->dm_segs[0] = *memory[find_memory(NULL, va)];
	m->dm_segs[0].ds_len = len;
	m->dm_nsegs = 1;
	m->dm_mapsize = len;
	return 0;
}

/* Without a bounce buffer of the map's own it would have to wait for one, and may not. */
int
bus_dmamap_load_mbuf(bus_dma_tag_t t, bus_dmamap_t m, struct mbuf *mb, int flags)
{
	struct mbuf *first = mb;
	int n = 0;

	KASSERT(m->dm_nsegs == 0 && (bus_size_t)mb->m_pkthdr.len <= m->k_max);
	KASSERT((flags & BUS_DMA_NOWAIT) != 0);
	if (m->k_bounce != NULL) {
		m->dm_segs[n++] = (bus_dma_segment_t){ m->k_bounce->pa,
		    (bus_size_t)mb->m_pkthdr.len, m->k_bounce->va };
	} else if (t->last < HIGH) {
		return ENOMEM;
	} else {
		for (; mb != NULL; mb = mb->m_next) {
			if (n == m->k_maxsegs)
				return EFBIG;
			m->dm_segs[n++] = (bus_dma_segment_t){ address(false,
			    (bus_size_t)mb->m_len, 1), (bus_size_t)mb->m_len, mb->m_data };
		}
	}
	m->k_mbuf = first;
	m->dm_nsegs = n;
	m->dm_mapsize = (bus_size_t)first->m_pkthdr.len;
	return 0;
}

void
bus_dmamap_unload(bus_dma_tag_t t __unused, bus_dmamap_t m)
{
	KASSERT(m->dm_nsegs != 0);
	m->dm_nsegs = 0;
	m->dm_mapsize = 0;
	m->k_mbuf = NULL;
}

static void
copy_back(struct mbuf *m, const char *from, bus_size_t off, bus_size_t len)
{
	bus_size_t at = 0, i;

	for (; m != NULL; at += (bus_size_t)m->m_len, m = m->m_next)
		for (i = 0; i < (bus_size_t)m->m_len; i++)
			if (at + i >= off && at + i < off + len)
				m->m_data[i] = from[at + i];
}

void
bus_dmamap_sync(bus_dma_tag_t t __unused, bus_dmamap_t m, bus_addr_t off, bus_size_t len, int op)
{
	KASSERT(off + len <= m->dm_mapsize);
	synced = (bus_dma_segment_t){ off, len, NULL };
	k_synced = &synced;
	k_sync_op = op;
	if (m->k_mbuf == NULL || m->k_bounce == NULL)
		return;
	if ((op & BUS_DMASYNC_PREWRITE) != 0)
		m_copydata(m->k_mbuf, (int)off, (int)len, m->k_bounce->va + off);
	if ((op & BUS_DMASYNC_POSTREAD) != 0)
		copy_back(m->k_mbuf, m->k_bounce->va, off, len);
}

/* ---- mbufs ---- */

struct mbuf *
m_gethdr(int how, int type)
{
	struct mbuf *m = k_take(sizeof(*m));

	KASSERT(how == M_DONTWAIT && type == MT_DATA);
	m->m_data = m->m_buf;
	m->m_flags = M_PKTHDR;
	k_live++;
	return m;
}

/* More than this much in one piece is not to be had. */
void
k_ext(struct mbuf *m, size_t n)
{
	if (n > 65536)
		return;
	m->m_data = m->k_ext = k_take(n);
	m->m_flags |= M_EXT;
}

struct mbuf *
k_mbuf(size_t n)
{
	struct mbuf *m = m_gethdr(M_DONTWAIT, MT_DATA);

	if (n > MHLEN)
		k_ext(m, n);
	return m;
}

void
k_mbuf_free(struct mbuf *m)
{
	k_give(m->k_ext);
	k_give(m);
}

void
m_copydata(struct mbuf *m, int off, int len, void *to)
{
	k_copydata(m, off, len, to);
}

/* A new chain, the old one is freed; or NULL, and it is as it was. */
struct mbuf *
m_defrag(struct mbuf *m, int how)
{
	struct mbuf *n;

	if (k_no_defrag)
		return NULL;
	n = m_gethdr(how, MT_DATA);
	k_ext(n, (size_t)m->m_pkthdr.len);
	m_copydata(m, 0, m->m_pkthdr.len, n->m_data);
	n->m_len = n->m_pkthdr.len = m->m_pkthdr.len;
	m_freem(m);
	return n;
}
