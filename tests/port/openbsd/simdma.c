/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simdma.c - bus_dma, mbufs: see simkern.h.
 */
#include "simkern.h"

bus_addr_t k_next_pa = 0x40000000;

/* ---- mbufs ---- */

struct mbuf *
k_mbuf(size_t n)
{
	struct mbuf *m = k_take(sizeof(*m) + n);

	m->m_size = n;
	m->m_data = m->m_buf;
	m->m_flags = M_PKTHDR;
	k_live++;
	return m;
}

void
k_mbuf_free(struct mbuf *m)
{
	k_give(m);
}

void
m_copydata(struct mbuf *m, int off, int len, void *to)
{
	k_copydata(m, off, len, to);
}

/* In place: the first mbuf stays the first. */
int
m_defrag(struct mbuf *m, int how __unused)
{
	size_t len = (size_t)m->m_pkthdr.len;
	char *all;

	if (len > m->m_size)
		return ENOBUFS;
	all = k_take(len);
	m_copydata(m, 0, (int)len, all);
	m_freem(m->m_next);
	m->m_next = NULL;
	m->m_data = m->m_buf;
	m->m_len = (int)len;
	memcpy(m->m_data, all, len);
	k_give(all);
	return 0;
}

/* ---- bus_dma ---- */

int
bus_dmamap_create(bus_dma_tag_t t __unused, bus_size_t size, int nsegs, bus_size_t segsz __unused,
    bus_size_t boundary __unused, int flags __unused, bus_dmamap_t *mp)
{
	bus_dmamap_t m = k_malloc(sizeof(*m), M_WAITOK);

	KASSERT(nsegs <= (int)nitems(m->dm_segs));
	m->k_max = size;
	m->k_maxsegs = nsegs;
	*mp = m;
	return 0;
}

void
bus_dmamap_destroy(bus_dma_tag_t t __unused, bus_dmamap_t m)
{
	KASSERT(m->dm_nsegs == 0);
	k_free(m, sizeof(*m));
}

/* The memory itself is at a place that no test looks at: its address is in the segment. */
static bus_dma_segment_t *last_segment;

int
bus_dmamap_load(bus_dma_tag_t t __unused, bus_dmamap_t m, void *va __unused, bus_size_t len,
    void *p __unused, int flags __unused)
{
	KASSERT(m->dm_nsegs == 0 && len <= m->k_max);
	m->dm_segs[0].ds_addr = last_segment->ds_addr;
	m->dm_segs[0].ds_len = len;
	m->dm_nsegs = 1;
	return 0;
}

int
bus_dmamap_load_mbuf(bus_dma_tag_t t __unused, bus_dmamap_t m, struct mbuf *mb,
    int flags __unused)
{
	int n = 0;

	KASSERT(m->dm_nsegs == 0 && (bus_size_t)mb->m_pkthdr.len <= m->k_max);
	for (; mb != NULL; mb = mb->m_next) {
		if (n == m->k_maxsegs)
			return EFBIG;
		m->dm_segs[n].ds_addr = (uintptr_t)mb->m_data;
		m->dm_segs[n++].ds_len = (bus_size_t)mb->m_len;
	}
	m->dm_nsegs = n;
	return 0;
}

void
bus_dmamap_unload(bus_dma_tag_t t __unused, bus_dmamap_t m)
{
	KASSERT(m->dm_nsegs != 0);
	m->dm_nsegs = 0;
}

int k_sync_op;

void
bus_dmamap_sync(bus_dma_tag_t t __unused, bus_dmamap_t m, bus_addr_t off, bus_size_t len,
    int op)
{
	bus_size_t all = 0;
	int i;

	k_sync_op = op;
	for (i = 0; i < m->dm_nsegs; i++)
		all += m->dm_segs[i].ds_len;
	KASSERT(off + len <= all);
}

int
k_dmamem(bus_dma_tag_t t __unused, bus_size_t size, bus_size_t align, bus_size_t bound __unused,
    bus_dma_segment_t *seg, int n, int *rn, int flags __unused, bus_addr_t low, bus_addr_t high)
{
	bus_addr_t pa = (low + 0xfff + align) & ~(align - 1);

	KASSERT(n == 1);
	if (pa + size - 1 > high)
		return ENOMEM;
	seg->ds_addr = pa;
	seg->ds_len = size;
	*rn = 1;
	last_segment = seg;
	k_live++;
	return 0;
}

int
bus_dmamem_alloc(bus_dma_tag_t t, bus_size_t size, bus_size_t align, bus_size_t bound,
    bus_dma_segment_t *seg, int n, int *rn, int flags)
{
	return k_dmamem(t, size, align, bound, seg, n, rn, flags, k_next_pa, (bus_addr_t)-1);
}

void
bus_dmamem_free(bus_dma_tag_t t __unused, bus_dma_segment_t *seg __unused, int n __unused)
{
	k_live--;
}

/* Where the process has what the device finds at an address. */
static struct { bus_addr_t pa; bus_size_t size; caddr_t va; } memory[16];

int
bus_dmamem_map(bus_dma_tag_t t __unused, bus_dma_segment_t *seg, int n __unused, size_t size,
    caddr_t *va, int flags __unused)
{
	unsigned i;

	for (i = 0; memory[i].va != NULL; i++)
		KASSERT(i + 1 < nitems(memory));
	*va = k_take(size);
	memset(*va, 0x5a, size);		/* memory is not born zeroed */
	memory[i].pa = seg->ds_addr;
	memory[i].size = size;
	memory[i].va = *va;
	k_live++;
	return 0;
}

void
bus_dmamem_unmap(bus_dma_tag_t t __unused, caddr_t va, size_t size __unused)
{
	unsigned i;

	for (i = 0; memory[i].va != va; i++)
		KASSERT(i + 1 < nitems(memory));
	memory[i].va = NULL;
	k_live--;
	k_give(va);
}

/* mbufs are where the process has them. */
void *
k_device_memory(uint64_t pa)
{
	unsigned i;

	for (i = 0; i < nitems(memory); i++)
		if (memory[i].va != NULL && pa - memory[i].pa < memory[i].size)
			return memory[i].va + (pa - memory[i].pa);
	return pa >> 32 == 0 ? NULL : (void *)(uintptr_t)pa;
}
