/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_map.c - maps for mbufs: bus_dma(9).
 *
 * A load is immediate or fails; it is never deferred.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

/* ALLOCNOW: a load must not fail for want of a bounce buffer that it could only wait for. */
int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *dm, bus_size_t maxsize, int maxsegs)
{
	if (maxsize == 0 || maxsegs <= 0)
		return EINVAL;
	if (bus_dmamap_create(dev->pd_dmat, maxsize, maxsegs, maxsize, dev->pd_drv->dma_boundary,
	    BUS_DMA_WAITOK | BUS_DMA_ALLOCNOW, &dm->dm_map) != 0) {
		dm->dm_map = NULL;
		return ENOMEM;
	}
	dm->dm_dev = dev;
	dm->dm_maxsize = maxsize;
	dm->dm_loaded = false;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *dm)
{
	if (dm->dm_map == NULL)
		return;
	KASSERT(!dm->dm_loaded);
	bus_dmamap_destroy(dm->dm_dev->pd_dmat, dm->dm_map);
	memset(dm, 0, sizeof(*dm));
}

static int
load(struct pdk_dmamap *dm, struct mbuf *m, int write)
{
	struct pdk_dev *dev = dm->dm_dev;
	int error;

	error = bus_dmamap_load_mbuf(dev->pd_dmat, dm->dm_map, m,
	    BUS_DMA_NOWAIT | (write ? BUS_DMA_WRITE : BUS_DMA_READ));
	if (error == 0 && !pdk_dma_reachable(dev, dm->dm_map)) {
		bus_dmamap_unload(dev->pd_dmat, dm->dm_map);
		error = ENOMEM;
	}
	return error;
}

/* m_defrag(9) gives a new chain and frees the old one, or gives NULL and leaves it. */
int
pdk_map_load_mbuf(struct pdk_dmamap *dm, struct mbuf **mp, int write)
{
	struct mbuf *m = *mp;
	int error;

	if (dm->dm_loaded)
		return EBUSY;
	if ((bus_size_t)m->m_pkthdr.len > dm->dm_maxsize)
		return EFBIG;
	error = load(dm, m, write);
	if (error == EFBIG) {
		if ((m = m_defrag(m, M_DONTWAIT)) == NULL)
			return ENOMEM;
		*mp = m;
		error = load(dm, m, write);
	}
	dm->dm_loaded = error == 0;
	return error == 0 || error == EFBIG ? error : ENOMEM;
}

void
pdk_map_unload(struct pdk_dmamap *dm)
{
	KASSERT(dm->dm_loaded);
	bus_dmamap_unload(dm->dm_dev->pd_dmat, dm->dm_map);
	dm->dm_loaded = false;
}
