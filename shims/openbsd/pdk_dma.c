/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_dma.c - what the device can reach, and coherent memory: bus_dma(9).
 */
#include "pdk_unit.h"

#ifndef BUS_DMA_64BIT			/* came after 2016 */
#define BUS_DMA_64BIT	0
#endif

unsigned
pdk_dma_bits(struct pdk_dev *d)
{
	uint8_t bits = d->pd_unit->pu_drv->dma_bits;

	return bits == 0 ? 32 : bits;
}

/* The highest address that the device has. */
static bus_addr_t
pdk_dma_high(struct pdk_dev *d)
{
	unsigned bits = pdk_dma_bits(d);

	return bits >= 8 * sizeof(bus_addr_t) ? (bus_addr_t)-1 : ((bus_addr_t)1 << bits) - 1;
}

/*
 * Without BUS_DMA_64BIT the system keeps to the lowest 4 GB.  The flag says "anywhere", so it is
 * for devices that mean that; those between, of 36 bits say, do with 4 GB.
 */
int
pdk_dma_flags(struct pdk_dev *d)
{
	return pdk_dma_bits(d) >= 64 ? BUS_DMA_64BIT : 0;
}

/* A segment within the device's reach; where there is no allocator with a range, see what comes. */
static int
pdk_dma_segment(struct pdk_dev *d, struct pdk_dma *m, bus_size_t size, bus_size_t align)
{
	bus_dma_tag_t t = d->pd_unit->pu_pa.pa_dmat;
	bus_size_t boundary = d->pd_unit->pu_drv->dma_boundary;
	int flags = BUS_DMA_WAITOK | pdk_dma_flags(d), n;

#ifdef bus_dmamem_alloc_range
	if (pdk_dma_bits(d) < 32)
		return bus_dmamem_alloc_range(t, size, align, boundary, &m->d_seg, 1, &n, flags,
		    (bus_addr_t)0, pdk_dma_high(d));
#endif
	return bus_dmamem_alloc(t, size, align, boundary, &m->d_seg, 1, &n, flags);
}

static int
pdk_dma_load(struct pdk_dev *d, struct pdk_dma *m, bus_size_t size)
{
	bus_dma_tag_t t = d->pd_unit->pu_pa.pa_dmat;
	int error;

	error = bus_dmamap_create(t, size, 1, size, d->pd_unit->pu_drv->dma_boundary,
	    BUS_DMA_WAITOK | BUS_DMA_ALLOCNOW | pdk_dma_flags(d), &m->d_map);
	if (error != 0)
		return error;
	error = bus_dmamap_load(t, m->d_map, m->va, size, NULL, BUS_DMA_WAITOK);
	if (error == 0 && m->d_map->dm_segs[0].ds_addr + size - 1 > pdk_dma_high(d)) {
		bus_dmamap_unload(t, m->d_map);
		error = ENOMEM;
	}
	if (error != 0)
		bus_dmamap_destroy(t, m->d_map);
	return error;
}

int
pdk_dma_alloc(struct pdk_dev *d, struct pdk_dma *m, bus_size_t size, bus_size_t align)
{
	bus_dma_tag_t t = d->pd_unit->pu_pa.pa_dmat;
	bus_size_t boundary = d->pd_unit->pu_drv->dma_boundary;
	caddr_t va;

	if (size == 0 || align == 0 || !powerof2(align) || (boundary != 0 && size > boundary) ||
	    size - 1 > pdk_dma_high(d))
		return EINVAL;
	if (pdk_dma_segment(d, m, size, align) != 0)
		return ENOMEM;
	if (bus_dmamem_map(t, &m->d_seg, 1, size, &va, BUS_DMA_WAITOK | BUS_DMA_COHERENT) != 0) {
		bus_dmamem_free(t, &m->d_seg, 1);
		return ENOMEM;
	}
	m->va = va;
	if (pdk_dma_load(d, m, size) != 0) {
		bus_dmamem_unmap(t, va, size);
		bus_dmamem_free(t, &m->d_seg, 1);
		m->va = NULL;
		return ENOMEM;
	}
	memset(va, 0, size);
	bus_dmamap_sync(t, m->d_map, 0, size, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	m->pa = m->d_map->dm_segs[0].ds_addr;
	m->size = size;
	m->d_dev = d;
	return 0;
}

void
pdk_dma_free(struct pdk_dma *m)
{
	bus_dma_tag_t t;

	if (m->d_dev == NULL)
		return;
	t = m->d_dev->pd_unit->pu_pa.pa_dmat;
	bus_dmamap_unload(t, m->d_map);
	bus_dmamap_destroy(t, m->d_map);
	bus_dmamem_unmap(t, m->va, m->size);
	bus_dmamem_free(t, &m->d_seg, 1);
	memset(m, 0, sizeof(*m));
}

void
pdk_dma_sync(struct pdk_dma *m, bus_size_t off, bus_size_t len, int op)
{
	KASSERT(off <= m->size && len <= m->size - off);
	bus_dmamap_sync(m->d_dev->pd_unit->pu_pa.pa_dmat, m->d_map, off, len, op);
}
