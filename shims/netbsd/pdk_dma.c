/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_dma.c - what the device can reach, and coherent memory: bus_dma(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

/*
 * A tag for what the device can address, and not the whole of memory: bus_dma(9) then bounces
 * what lies elsewhere.  Where a port has no subregions, what comes out is checked
 * (pdk_dma_reachable()).
 */
void
pdk_dmat_init(struct pdk_dev *dev)
{
	const struct pci_attach_args *pa = &dev->pd_pa;
	unsigned bits = dev->pd_drv->dma_bits != 0 ? dev->pd_drv->dma_bits : 32;
	bus_dma_tag_t parent;

	parent = bits > 32 && pci_dma64_available(pa) ? pa->pa_dmat64 : pa->pa_dmat;
	if (bits >= NBBY * sizeof(bus_addr_t))
		dev->pd_dma_last = ~(bus_addr_t)0;
	else
		dev->pd_dma_last = ((bus_addr_t)1 << bits) - 1;
	dev->pd_dmat = parent;
	if (bits >= 64 || (bits >= 32 && parent == pa->pa_dmat))
		return;
	if (bus_dmatag_subregion(parent, 0, dev->pd_dma_last, &dev->pd_dmat,
	    BUS_DMA_WAITOK) == 0) {
		dev->pd_own_dmat = true;
		return;
	}
	dev->pd_dmat = bits >= 32 ? pa->pa_dmat : parent;
}

void
pdk_dmat_fini(struct pdk_dev *dev)
{
	if (dev->pd_own_dmat) {
		bus_dmatag_destroy(dev->pd_dmat);	/* on some ports a macro of nothing */
	}
}

/* Only a port whose bus_dma(9) has no subregions makes a difference. */
bool
pdk_dma_reachable(struct pdk_dev *dev, bus_dmamap_t map)
{
	int i;

	for (i = 0; i < map->dm_nsegs; i++)
		if (map->dm_segs[i].ds_addr + (map->dm_segs[i].ds_len - 1) > dev->pd_dma_last)
			return false;
	return true;
}

static int
load_dma(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size)
{
	bus_dma_tag_t t = dev->pd_dmat;
	int error;

	error = bus_dmamap_create(t, size, 1, size, dev->pd_drv->dma_boundary, BUS_DMA_WAITOK,
	    &d->d_map);
	if (error != 0)
		return error;
	error = bus_dmamap_load(t, d->d_map, d->va, size, NULL, BUS_DMA_WAITOK);
	if (error == 0 && pdk_dma_reachable(dev, d->d_map))
		return 0;
	if (error == 0)
		bus_dmamap_unload(t, d->d_map);
	bus_dmamap_destroy(t, d->d_map);
	return ENOMEM;
}

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	bus_size_t boundary = dev->pd_drv->dma_boundary;
	bus_dma_tag_t t = dev->pd_dmat;
	int nsegs;

	if (size == 0 || size - 1 > dev->pd_dma_last || (boundary != 0 && size > boundary))
		return EINVAL;
	if (boundary < (bus_size_t)PAGE_SIZE)
		boundary = 0;		/* memory begins with a page, so it crosses none */
	if (bus_dmamem_alloc(t, size, align, boundary, &d->d_seg, 1, &nsegs, BUS_DMA_WAITOK) != 0)
		return ENOMEM;
	if (bus_dmamem_map(t, &d->d_seg, 1, size, &d->va, BUS_DMA_WAITOK | BUS_DMA_COHERENT) != 0)
		goto free;
	memset(d->va, 0, size);
	if (load_dma(dev, d, size) != 0)
		goto unmap;
	bus_dmamap_sync(t, d->d_map, 0, size, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	d->d_dmat = t;
	d->pa = d->d_map->dm_segs[0].ds_addr;
	d->size = size;
	return 0;
unmap:
	bus_dmamem_unmap(t, d->va, size);
free:
	bus_dmamem_free(t, &d->d_seg, 1);
	d->va = NULL;
	return ENOMEM;
}

void
pdk_dma_free(struct pdk_dma *d)
{
	if (d->va == NULL)
		return;
	bus_dmamap_unload(d->d_dmat, d->d_map);
	bus_dmamap_destroy(d->d_dmat, d->d_map);
	bus_dmamem_unmap(d->d_dmat, d->va, d->size);
	bus_dmamem_free(d->d_dmat, &d->d_seg, 1);
	memset(d, 0, sizeof(*d));
}
