/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA memory, maps and mbufs of iwm_fakepdk.h: ordinary memory, at addresses that nobody uses.
 */
#include <stdlib.h>

#include <pdk.h>

#include "iwm_fakepdk.h"

void (*fake_synced)(struct pdk_dma *, bus_size_t off, int op);

static bus_addr_t next_pa = 0x100000;

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	(void)dev;
	if (fake_refused())
		return ENOMEM;
	d->va = aligned_alloc(align < 64 ? 64 : align, roundup(size, align < 64 ? 64 : align));
	if (d->va == NULL)
		abort();
	memset(d->va, 0, size);
	d->pa = roundup(next_pa, align);
	next_pa = d->pa + size;
	d->size = size;
	live++;
	return 0;
}

void
pdk_dma_free(struct pdk_dma *d)
{
	live -= d->va != NULL;
	free(d->va);
	memset(d, 0, sizeof(*d));
}

void
pdk_dma_sync(struct pdk_dma *d, bus_size_t off, bus_size_t len, int op)
{
	if (off + len > d->size)
		abort();
	if (fake_synced != NULL)
		fake_synced(d, off, op);
}

int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *m, bus_size_t maxsize, int maxsegs)
{
	(void)dev, (void)m, (void)maxsize, (void)maxsegs;
	if (fake_refused())
		return ENOMEM;
	live++;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *m)
{
	(void)m;
	live--;
}

/* As a system that has one segment of a chain of many, and no memory to bounce it to. */
static int
compact_in_vain(struct mbuf **mp)
{
	struct mbuf *m = pdk_mbuf_rxalloc((bus_size_t)(*mp)->m_len);

	if (m != NULL) {
		m_copydata(*mp, 0, (*mp)->m_len, m->m_data);
		m_freem(*mp);
		*mp = m;
	}
	return ENOMEM;
}

int
pdk_map_load_mbuf(struct pdk_dmamap *m, struct mbuf **mp, int write)
{
	(void)write;
	if (compacts)
		return compact_in_vain(mp);
	if (fake_refused())
		return ENOMEM;
	m->dm_obj = (void *)*mp;
	live++;
	return 0;
}

void
pdk_map_unload(struct pdk_dmamap *m)
{
	m->dm_obj = NULL;
	live--;
}

int
pdk_map_nsegs(const struct pdk_dmamap *m)
{
	return m->dm_obj != NULL;
}

bus_size_t
pdk_map_len(const struct pdk_dmamap *m, int seg)
{
	(void)seg;
	return (bus_size_t)((struct mbuf *)(void *)m->dm_obj)->m_len;
}

void
pdk_map_sync(struct pdk_dmamap *m, int op)
{
	(void)m, (void)op;
}

bus_addr_t
pdk_map_addr(const struct pdk_dmamap *m, int seg)
{
	(void)m, (void)seg;
	return 0x200000;
}

struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	struct mbuf *m;

	if (fake_refused())
		return NULL;
	live++;
	if ((m = calloc(1, sizeof(*m))) == NULL || (m->m_buf = malloc(size)) == NULL)
		abort();
	m->m_data = (caddr_t)m->m_buf;
	m->m_len = m->m_pkthdr.len = (int)size;
	memset(m->m_data, 0, size);
	return m;
}

void
m_freem(struct mbuf *m)
{
	live--;
	free(m->m_buf);
	free(m);
}

void
m_adj(struct mbuf *m, int len)
{
	if (len < 0 || len > m->m_len)
		abort();
	m->m_data += len;
	m->m_len -= len;
	m->m_pkthdr.len -= len;
}

void
m_copydata(struct mbuf *m, int off, int len, void *to)
{
	if (off + len > m->m_len)
		abort();
	memcpy(to, m->m_data + off, (size_t)len);
}
