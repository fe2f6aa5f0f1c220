/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_map.c - maps for mbufs: bus_dma(9).
 *
 * A load never defers (BUS_DMA_NOWAIT), and its length is that of the segments: dm_nsegs is 0
 * unless it has succeeded.
 */
#include "pdk_newbus.h"

static struct pdk_maptag *
pdk_maptag_find(struct pdk_softc *sc, bus_size_t maxsize, int maxsegs)
{
	struct pdk_maptag *mt;

	LIST_FOREACH(mt, &sc->maptags, mt_link)
		if (mt->mt_maxsize == maxsize && mt->mt_maxsegs == maxsegs)
			break;
	return (mt);
}

/*
 * Kept until the device is detached: a driver has maps of few shapes.  Two threads may make
 * the same tag at once; it is then there twice, and both are good.
 */
static struct pdk_maptag *
pdk_maptag_get(struct pdk_softc *sc, bus_size_t maxsize, int maxsegs)
{
	struct pdk_maptag *mt;

	pdk_lock(sc->dev);
	mt = pdk_maptag_find(sc, maxsize, maxsegs);
	pdk_unlock(sc->dev);
	if (mt != NULL)
		return (mt);
	mt = pdk_zalloc(sizeof(*mt), PDK_WAITOK);
	if (pdk_tag_create(sc, 1, maxsize, maxsegs, &mt->mt_tag) != 0) {
		pdk_free(mt, sizeof(*mt));
		return (NULL);
	}
	mt->mt_maxsize = maxsize;
	mt->mt_maxsegs = maxsegs;
	pdk_lock(sc->dev);
	LIST_INSERT_HEAD(&sc->maptags, mt, mt_link);
	pdk_unlock(sc->dev);
	return (mt);
}

void
pdk_maptags_free(struct pdk_softc *sc)
{
	struct pdk_maptag *mt;

	while ((mt = LIST_FIRST(&sc->maptags)) != NULL) {
		LIST_REMOVE(mt, mt_link);
		if (bus_dma_tag_destroy(mt->mt_tag) != 0)
			device_printf(sc->self, "a DMA map was not destroyed\n");
		pdk_free(mt, sizeof(*mt));
	}
}

int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *map, bus_size_t maxsize, int maxsegs)
{
	struct pdk_softc *sc = dev->pd_sc;

	if (maxsize == 0 || maxsegs <= 0)
		return (EINVAL);
	memset(map, 0, sizeof(*map));
	map->dm_tag = pdk_maptag_get(sc, maxsize, maxsegs);
	if (map->dm_tag == NULL)
		return (ENOMEM);
	if (bus_dmamap_create(map->dm_tag->mt_tag, 0, &map->dm_map) != 0)
		return (ENOMEM);
	map->dm_segs = pdk_zalloc(maxsegs * sizeof(*map->dm_segs), PDK_WAITOK);
	map->dm_sc = sc;
	return (0);
}

/* dm_map may be NULL for a map that is there (x86 without bounce pages); dm_segs is not. */
void
pdk_map_destroy(struct pdk_dmamap *map)
{
	if (map->dm_segs == NULL)
		return;
	bus_dmamap_destroy(map->dm_tag->mt_tag, map->dm_map);
	pdk_free(map->dm_segs, map->dm_tag->mt_maxsegs * sizeof(*map->dm_segs));
	memset(map, 0, sizeof(*map));
}

static int
pdk_map_try(struct pdk_dmamap *map, struct mbuf *m)
{
	int error, n = 0;

	error = os_dma_load_mbuf(map->dm_tag->mt_tag, map->dm_map, m, map->dm_segs,
	    map->dm_tag->mt_maxsegs, &n);
	map->dm_nsegs = error == 0 ? n : 0;
	return (error);
}

/*
 * First fewer mbufs, which moves little; then one copy.  Both leave the chain the caller's when
 * there is no memory.
 */
static int
pdk_map_compact(struct pdk_dmamap *map, struct mbuf **mp)
{
	struct mbuf *m;
	int error;

	m = os_mbuf_compact(*mp, map->dm_tag->mt_maxsegs);
	if (m != NULL) {
		*mp = m;
		error = pdk_map_try(map, m);
		if (error != EFBIG)
			return (error);
	}
	m = pdk_mbuf_flatten(*mp);
	if (m == NULL)
		return (ENOMEM);
	*mp = m;
	return (pdk_map_try(map, m));
}

int
pdk_map_load_mbuf(struct pdk_dmamap *map, struct mbuf **mp, int write __unused)
{
	int error;

	if (map->dm_nsegs != 0)
		return (EBUSY);
	if ((bus_size_t)(*mp)->m_pkthdr.len > map->dm_tag->mt_maxsize)
		return (EFBIG);
	error = pdk_map_try(map, *mp);
	if (error == EFBIG)
		error = pdk_map_compact(map, mp);
	return (error);
}

void
pdk_map_unload(struct pdk_dmamap *map)
{
	bus_dmamap_unload(map->dm_tag->mt_tag, map->dm_map);
	map->dm_nsegs = 0;
}

/* With bounce pages this copies; so the direction of the load need not be known before. */
void
pdk_map_sync(struct pdk_dmamap *map, int op)
{
	bus_dmamap_sync(map->dm_tag->mt_tag, map->dm_map, op);
}
