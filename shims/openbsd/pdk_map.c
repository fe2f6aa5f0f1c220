/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_map.c - maps for mbufs: bus_dma(9).
 *
 * A load is immediate or fails; it is never deferred.
 */
#include "pdk_unit.h"

/* Nothing in the system keeps mbufs below 4 GB for the sake of one device: copy. */
static int
pdk_map_bounces(const struct pdk_dmamap *m)
{
	return m->dm_bounce.d_dev != NULL;
}

int
pdk_map_create(struct pdk_dev *d, struct pdk_dmamap *m, bus_size_t maxsize, int maxsegs)
{
	int error;

	if (maxsize == 0 || maxsegs <= 0)
		return EINVAL;
	if (pdk_dma_bits(d) < 32)
		error = pdk_dma_alloc(d, &m->dm_bounce, maxsize, 1);
	else
		error = bus_dmamap_create(d->pd_unit->pu_pa.pa_dmat, maxsize, maxsegs, maxsize,
		    d->pd_unit->pu_drv->dma_boundary,
		    BUS_DMA_WAITOK | BUS_DMA_ALLOCNOW | pdk_dma_flags(d), &m->dm_map);
	if (error != 0)
		return error == EINVAL ? EINVAL : ENOMEM;
	m->dm_dev = d;
	m->dm_mbuf = NULL;
	m->dm_max = maxsize;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *m)
{
	if (m->dm_dev == NULL)
		return;
	KASSERT(m->dm_mbuf == NULL);
	if (pdk_map_bounces(m))
		pdk_dma_free(&m->dm_bounce);
	else
		bus_dmamap_destroy(m->dm_dev->pd_unit->pu_pa.pa_dmat, m->dm_map);
	memset(m, 0, sizeof(*m));
}

/* m_defrag(9) works in place here: *mp stays, also when it fails. */
static int
pdk_map_load(struct pdk_dmamap *m, struct mbuf *mb, int write)
{
	bus_dma_tag_t t = m->dm_dev->pd_unit->pu_pa.pa_dmat;
	int flags = BUS_DMA_NOWAIT | (write ? BUS_DMA_WRITE : BUS_DMA_READ), error;

	error = bus_dmamap_load_mbuf(t, m->dm_map, mb, flags);
	if (error != EFBIG)
		return error;
	if (m_defrag(mb, M_DONTWAIT) != 0)
		return ENOMEM;
	return bus_dmamap_load_mbuf(t, m->dm_map, mb, flags);
}

int
pdk_map_load_mbuf(struct pdk_dmamap *m, struct mbuf **mp, int write)
{
	struct mbuf *mb = *mp;
	int error = 0;

	if (m->dm_mbuf != NULL)
		return EBUSY;
	if ((bus_size_t)mb->m_pkthdr.len > m->dm_max)
		return EFBIG;
	if (!pdk_map_bounces(m))
		error = pdk_map_load(m, mb, write);
	if (error != 0)
		return error == EFBIG ? EFBIG : ENOMEM;
	m->dm_mbuf = mb;
	m->dm_len = mb->m_pkthdr.len;
	return 0;
}

void
pdk_map_unload(struct pdk_dmamap *m)
{
	if (m->dm_mbuf == NULL)
		return;
	if (!pdk_map_bounces(m))
		bus_dmamap_unload(m->dm_dev->pd_unit->pu_pa.pa_dmat, m->dm_map);
	m->dm_mbuf = NULL;
	m->dm_len = 0;
}

static void
pdk_copy_back(struct mbuf *mb, const char *from)
{
	for (; mb != NULL; from += mb->m_len, mb = mb->m_next)
		memcpy(mtod(mb, void *), from, mb->m_len);
}

/* The copies are made where bus_dma(9) would make them. */
void
pdk_map_sync(struct pdk_dmamap *m, int op)
{
	if (m->dm_mbuf == NULL)
		return;
	if (!pdk_map_bounces(m)) {
		bus_dmamap_sync(m->dm_dev->pd_unit->pu_pa.pa_dmat, m->dm_map, 0, m->dm_len, op);
		return;
	}
	if (op & BUS_DMASYNC_PREWRITE)
		m_copydata(m->dm_mbuf, 0, (int)m->dm_len, m->dm_bounce.va);
	pdk_dma_sync(&m->dm_bounce, 0, m->dm_len, op);
	if (op & BUS_DMASYNC_POSTREAD)
		pdk_copy_back(m->dm_mbuf, m->dm_bounce.va);
}

int
pdk_map_nsegs(const struct pdk_dmamap *m)
{
	return pdk_map_bounces(m) ? 1 : m->dm_map->dm_nsegs;
}

bus_addr_t
pdk_map_addr(const struct pdk_dmamap *m, int seg)
{
	return pdk_map_bounces(m) ? m->dm_bounce.pa : m->dm_map->dm_segs[seg].ds_addr;
}

bus_size_t
pdk_map_len(const struct pdk_dmamap *m, int seg)
{
	return pdk_map_bounces(m) ? m->dm_len : m->dm_map->dm_segs[seg].ds_len;
}
