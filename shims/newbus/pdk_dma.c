/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_dma.c - DMA memory of one segment: bus_dma(9), a tag for each.
 *
 * A load never defers: memory of bus_dmamem_alloc(9) is within its tag already.
 */
#include "pdk_newbus.h"

bus_addr_t
pdk_lowaddr(const struct pdk_softc *sc)
{
	unsigned bits = sc->drv->dma_bits != 0 ? sc->drv->dma_bits : 32;

	return (bits >= sizeof(bus_addr_t) * NBBY ? BUS_SPACE_MAXADDR :
	    ((bus_addr_t)1 << bits) - 1);
}

int
pdk_tag_create(struct pdk_softc *sc, bus_size_t align, bus_size_t size, int nsegs,
    bus_dma_tag_t *tag)
{
	bus_size_t boundary = sc->drv->dma_boundary;

	return (os_dma_tag(sc->self, align, boundary, pdk_lowaddr(sc), size, nsegs,
	    boundary != 0 ? MIN(size, boundary) : size, tag));
}

struct pdk_dma_load {
	bus_addr_t	 pa;
	int		 error;
};

static void
pdk_dma_loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct pdk_dma_load *l = arg;

	if (error == 0 && nsegs == 1)
		l->pa = segs[0].ds_addr;
	else
		l->error = error != 0 ? error : EFBIG;
}

/* What bus_dmamap_load(9) tells its callback it need not return: FreeBSD EFBIG, DragonFly none. */
static int
pdk_dma_load(struct pdk_dma *d)
{
	struct pdk_dma_load l = { .error = 0 };
	int error;

	error = bus_dmamap_load(d->d_tag, d->d_map, d->va, d->size, pdk_dma_loaded, &l,
	    BUS_DMA_NOWAIT);
	d->pa = l.pa;
	return (error != 0 ? error : l.error);
}

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	struct pdk_softc *sc = dev->pd_sc;
	uint32_t boundary = sc->drv->dma_boundary;

	if (size == 0 || (boundary != 0 && size > boundary) || size - 1 > pdk_lowaddr(sc))
		return (EINVAL);
	if (pdk_tag_create(sc, align, size, 1, &d->d_tag) != 0)
		return (ENOMEM);
	d->size = size;
	if (bus_dmamem_alloc(d->d_tag, &d->va, BUS_DMA_WAITOK | BUS_DMA_ZERO |
	    BUS_DMA_COHERENT, &d->d_map) != 0) {
		bus_dma_tag_destroy(d->d_tag);
		memset(d, 0, sizeof(*d));
		return (ENOMEM);
	}
	if (pdk_dma_load(d) != 0) {
		bus_dmamem_free(d->d_tag, d->va, d->d_map);
		bus_dma_tag_destroy(d->d_tag);
		memset(d, 0, sizeof(*d));
		return (ENOMEM);
	}
	bus_dmamap_sync(d->d_tag, d->d_map, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	return (0);
}

void
pdk_dma_free(struct pdk_dma *d)
{
	if (d->va == NULL)
		return;
	bus_dmamap_unload(d->d_tag, d->d_map);
	bus_dmamem_free(d->d_tag, d->va, d->d_map);
	bus_dma_tag_destroy(d->d_tag);
	memset(d, 0, sizeof(*d));
}

/* bus_dma(9) here knows no range; memory of bus_dmamem_alloc(9) is never bounced. */
void
pdk_dma_sync(struct pdk_dma *d, bus_size_t off __unused, bus_size_t len __unused, int op)
{
	/* DragonFly's is a macro that begins with if: it must not come to stand before an else. */
	bus_dmamap_sync(d->d_tag, d->d_map, op);
}
