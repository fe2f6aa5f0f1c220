/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c - streaming maps for mbufs.
 *
 * All mbufs lie in DMA memory that is mapped for the device once, so a load is arithmetic;
 * what costs is the checking, and telling the harness whose the memory is now.
 */
#include "softc.h"

#include <errno.h>
#include <stdlib.h>

struct seg {
	uint64_t addr, len;
};

struct pdk_mapobj {
	LIST_ENTRY(pdk_mapobj)	 link;
	struct pdk_softc	*sc;
	struct mbuf		*m;		/* what is loaded */
	bus_size_t		 maxsize;
	int			 maxsegs, nsegs;
	int			 pre;		/* PRE operations since the load */
	bool			 live, loaded, write;
	const void		*site;		/* created here, or destroyed here */
	const void		*load_site;	/* loaded or unloaded here last */
	struct seg		 seg[];
};

static bool
known(struct pdk_softc *sc, const struct pdk_mapobj *map)
{
	const struct pdk_mapobj *o;

	LIST_FOREACH(o, &sc->maps, link)
		if (o == map)
			return true;
	return false;
}

/* The map behind `dm`, which must be one; `call` is for the text. */
static struct pdk_mapobj *
live(const struct pdk_dmamap *dm, enum shim_rule_id id, const char *call)
{
	struct pdk_mapobj *map = dm->dm_obj;

	if (__predict_false(map == NULL || !map->live))
		shim_violation(NULL, id, "%s() of a map that %s", call,
		    map == NULL ? "was not created" : "was destroyed");
	return map;
}

/* The same, loaded. */
static struct pdk_mapobj *
loaded(const struct pdk_dmamap *dm, enum shim_rule_id id, const char *call)
{
	struct pdk_mapobj *map = live(dm, id, call);

	if (__predict_false(!map->loaded)) {
		if (map->load_site == NULL)
			shim_violation(map->sc, id, "%s() of a map that was never loaded", call);
		shim_violation(map->sc, id, "%s() of a map that was unloaded at %s", call,
		    SHIM_WHERE(map->load_site));
	}
	return map;
}

int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *dm, bus_size_t maxsize, int maxsegs)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct pdk_mapobj *map;
	bool again;

	SHIM_CHECK(sc, pdk_map_create);
	pthread_mutex_lock(&sc->res_mtx);
	again = known(sc, dm->dm_obj) && dm->dm_obj->live;
	pthread_mutex_unlock(&sc->res_mtx);
	if (again)
		shim_violation(sc, R_pdk_map_create, "the map exists already, created at %s",
		    SHIM_WHERE(dm->dm_obj->site));
	if (maxsize == 0 || maxsegs <= 0)
		return EINVAL;
	if (SHIM_FAULT(sc, map_create))
		return ENOMEM;
	map = calloc(1, sizeof(*map) + (size_t)maxsegs * sizeof(map->seg[0]));
	if (map == NULL)
		return ENOMEM;
	map->sc = sc;
	map->maxsize = maxsize;
	map->maxsegs = maxsegs;
	map->site = SHIM_SITE();
	map->live = true;
	dm->dm_obj = map;
	pthread_mutex_lock(&sc->res_mtx);
	LIST_INSERT_HEAD(&sc->maps, map, link);
	pthread_mutex_unlock(&sc->res_mtx);
	SHIM_LIVE(sc, maps, 1);
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *dm)
{
	struct pdk_softc *sc = shim_cur(R_pdk_map_destroy);
	struct pdk_mapobj *map = dm->dm_obj;
	bool ok;

	SHIM_CHECK(sc, pdk_map_destroy);
	if (map == NULL)
		return;
	pthread_mutex_lock(&sc->res_mtx);
	ok = known(sc, map);
	pthread_mutex_unlock(&sc->res_mtx);
	if (!ok)
		shim_violation(sc, R_pdk_map_destroy, "the map was never created");
	if (!map->live)
		shim_violation(sc, R_pdk_map_destroy, "the map was destroyed already, at %s",
		    SHIM_WHERE(map->site));
	if (map->loaded)
		shim_violation(sc, R_pdk_map_destroy, "the map is loaded, since %s",
		    SHIM_WHERE(map->load_site));
	SHIM_LIVE(sc, maps, -1);
	map->live = false;
	map->site = SHIM_SITE();
	dm->dm_obj = NULL;
}

/* The sum of m_len, after the checks that bus_dma(9) leaves to the caller. */
static bus_size_t
chain_len(struct pdk_softc *sc, struct mbuf *m0)
{
	bus_size_t len = 0;
	struct mbuf *m;

	if (m0 == NULL)
		shim_violation(sc, R_pdk_map_load_mbuf, "there is no mbuf (NULL)");
	(void)shim_mbuf_buf(sc, m0, R_pdk_map_load_mbuf);
	if ((m0->m_flags & M_PKTHDR) == 0)
		shim_violation(sc, R_pdk_map_load_mbuf, "the chain begins without M_PKTHDR");
	for (m = m0; m != NULL; m = m->m_next) {
		(void)shim_mbuf_buf(sc, m, R_pdk_map_load_mbuf);
		len += (bus_size_t)m->m_len;
	}
	if (len == 0 || len != (bus_size_t)m0->m_pkthdr.len)
		shim_violation(sc, R_pdk_map_load_mbuf,
		    "m_pkthdr.len is %d, the sum of m_len is %llu", m0->m_pkthdr.len,
		    (unsigned long long)len);
	return len;
}

/* Fill the segments; false if there are too many. */
static bool
fill(struct pdk_mapobj *map, struct mbuf *m0)
{
	uint64_t boundary = map->sc->drv->dma_boundary;
	uint64_t addr, left, n;
	struct pdk_mbufbuf *mb;
	struct mbuf *m;

	map->nsegs = 0;
	for (m = m0; m != NULL; m = m->m_next) {
		mb = m->m_buf;
		addr = mb->iova + (uint64_t)((uint8_t *)m->m_data - mb->va);
		for (left = (uint64_t)m->m_len; left != 0; left -= n, addr += n) {
			if (map->nsegs == map->maxsegs)
				return false;
			n = left;
			if (boundary != 0)
				n = MIN(n, boundary - (addr & (boundary - 1)));
			map->seg[map->nsegs++] = (struct seg){ addr, n };
		}
	}
	return true;
}

/* Copy the chain into one buffer; NULL if there is no memory. */
static struct mbuf *
compact(struct pdk_softc *sc, struct mbuf *m0, bus_size_t len, const void *site)
{
	struct mbuf *m = shim_mbuf_get(sc, len, site);

	if (m != NULL)
		m_copydata(m0, 0, (int)len, m->m_data);
	return m;
}

static void
set_loaded(struct pdk_mapobj *map, struct mbuf *m, int write, const void *site)
{
	struct mbuf *n;
	int i;

	map->m = m;
	map->loaded = true;
	map->write = write != 0;
	map->pre = 0;
	map->load_site = site;
	for (n = m; n != NULL; n = n->m_next)
		n->m_buf->loaded++;
	for (i = 0; i < map->nsegs; i++)
		hyp_dma_own(map->sc->hyp, map->seg[i].addr, map->seg[i].len,
		    write ? HYP_DMA_OUT : HYP_DMA_IN);
}

int
pdk_map_load_mbuf(struct pdk_dmamap *dm, struct mbuf **mp, int write)
{
	struct pdk_softc *sc = shim_cur(R_pdk_map_load_mbuf);
	struct pdk_mapobj *map = live(dm, R_pdk_map_load_mbuf, __func__);
	struct mbuf *m;
	bus_size_t len;

	SHIM_CHECK(sc, pdk_map_load_mbuf);
	if (map->loaded)
		return EBUSY;
	len = chain_len(sc, *mp);
	if (len > map->maxsize)
		return EFBIG;
	if (SHIM_FAULT(sc, map_load_mbuf))
		return ENOMEM;
	if (!fill(map, *mp)) {
		m = compact(sc, *mp, len, SHIM_SITE());
		if (m == NULL)
			return ENOMEM;
		if (!fill(map, m)) {
			m_freem(m);
			return EFBIG;
		}
		m_freem(*mp);
		*mp = m;
	}
	set_loaded(map, *mp, write, SHIM_SITE());
	return 0;
}

static void
unload(struct pdk_mapobj *map, const void *site)
{
	struct mbuf *m;
	int i;

	for (i = 0; i < map->nsegs; i++)
		hyp_dma_own(map->sc->hyp, map->seg[i].addr, map->seg[i].len, HYP_DMA_DRIVER);
	for (m = map->m; m != NULL; m = m->m_next)
		m->m_buf->loaded--;
	map->loaded = false;
	map->m = NULL;
	map->nsegs = 0;
	map->load_site = site;
}

void
pdk_map_unload(struct pdk_dmamap *dm)
{
	struct pdk_softc *sc = shim_cur(R_pdk_map_unload);

	SHIM_CHECK(sc, pdk_map_unload);
	unload(loaded(dm, R_pdk_map_unload, __func__), SHIM_SITE());
}

static const char *
bad_op(const struct pdk_mapobj *map, int op)
{
	const int pre = map->write ? BUS_DMASYNC_PREWRITE : BUS_DMASYNC_PREREAD;
	const int post = map->write ? BUS_DMASYNC_POSTWRITE : BUS_DMASYNC_POSTREAD;

	if (op == pre || (op == post && map->pre == pre))
		return NULL;
	if (op == post)
		return "the POST has no PRE before it";
	return map->write ? "the map was loaded with `write`" :
	    "the map was loaded without `write`";
}

void
pdk_map_sync(struct pdk_dmamap *dm, int op)
{
	struct pdk_softc *sc = shim_cur(R_pdk_map_sync);
	struct pdk_mapobj *map = loaded(dm, R_pdk_map_sync, __func__);
	const char *why;
	int i;

	SHIM_CHECK(sc, pdk_map_sync);
	why = bad_op(map, op);
	if (__predict_false(why != NULL))
		shim_violation(sc, R_pdk_map_sync, "sync with op %#x: %s, at %s", (unsigned)op,
		    why, SHIM_WHERE(map->load_site));
	map->pre |= op & (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	for (i = 0; i < map->nsegs; i++)
		hyp_dma_sync(sc->hyp, map->seg[i].addr, map->seg[i].len, op);
}

int
pdk_map_nsegs(const struct pdk_dmamap *dm)
{
	return loaded(dm, R_pdk_map_segs, __func__)->nsegs;
}

static const struct seg *
segment(const struct pdk_dmamap *dm, int seg, const char *call)
{
	struct pdk_mapobj *map = loaded(dm, R_pdk_map_segs, call);

	if (__predict_false(seg < 0 || seg >= map->nsegs))
		shim_violation(map->sc, R_pdk_map_segs, "%s() of segment %d of %d", call, seg,
		    map->nsegs);
	return &map->seg[seg];
}

bus_addr_t
pdk_map_addr(const struct pdk_dmamap *dm, int seg)
{
	return segment(dm, seg, __func__)->addr;
}

bus_size_t
pdk_map_len(const struct pdk_dmamap *dm, int seg)
{
	return segment(dm, seg, __func__)->len;
}

void
shim_map_fini(struct pdk_softc *sc, struct hyp_leaks *leaks)
{
	struct pdk_mapobj *map, *next;

	LIST_FOREACH_SAFE(map, &sc->maps, link, next) {
		if (map->live)
			shim_leak(sc, &leaks->maps, map->site, "map of %llu bytes%s",
			    (unsigned long long)map->maxsize, map->loaded ? ", loaded" : "");
		if (map->loaded)
			unload(map, NULL);
		LIST_REMOVE(map, link);
		free(map);
	}
}
