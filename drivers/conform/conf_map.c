/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_map.c - streaming maps of mbufs; in WORKER.  How many segments there are is the
 * system's affair, up to the map's limit: one that bounces has always one.
 */
#include "conf.h"

#define LEN	3000

bus_size_t
conf_map_total(const struct pdk_dmamap *map)
{
	bus_size_t sum = 0;
	int i;

	for (i = 0; i < pdk_map_nsegs(map); i++)
		sum += pdk_map_len(map, i);
	return sum;
}

/* bus_dmamap_load(9) of a loaded map: the first load's bounce buffers are lost, or a panic. */
static void
map_errors(struct conf_softc *sc)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = conf_chain(1, LEN), *more = conf_chain(1, LEN);

	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, 0, 1) == EINVAL, "no bytes are not EINVAL");
	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, 1, 0) == EINVAL,
	    "no segments are not EINVAL");
	pdk_map_destroy(&map);		/* one that is not there: harmless */
	if (CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 1) == 0, "there is no map") &&
	    CONF_OK(sc, m != NULL && more != NULL, "there is no mbuf")) {
		CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 1) == 0, "an mbuf is not loaded");
		CONF_OK(sc, pdk_map_load_mbuf(&map, &more, 1) == EBUSY,
		    "a map that is loaded is not EBUSY");
		pdk_map_unload(&map);
	}
	pdk_map_destroy(&map);
	pdk_map_destroy(&map);		/* again */
	m_freem(m);
	m_freem(more);
}

/*
 * The lost length.  A map knows it from its load on, and from no other: in NetBSD's and OpenBSD's
 * dm_mapsize it is gone with an unload, and a sync of 0 bytes copies and flushes nothing.
 */
static void
map_length(struct conf_softc *sc)
{
	static const int len[] = { 1000, LEN, 60 };
	struct pdk_dmamap map = { 0 };
	struct mbuf *m, *same;
	unsigned i;

	if (!CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 4) == 0, "there is no map"))
		return;
	for (i = 0; i < nitems(len); i++) {
		same = m = conf_chain(1, len[i]);
		if (!CONF_OK(sc, m != NULL && pdk_map_load_mbuf(&map, &m, 1) == 0,
		    "an mbuf is not loaded")) {
			m_freem(m);
			break;
		}
		CONF_OK(sc, m == same, "an mbuf of one piece was replaced");
		CONF_OK(sc, pdk_map_nsegs(&map) >= 1 && pdk_map_nsegs(&map) <= 4,
		    "it has no segments, or too many");
		CONF_OK(sc, conf_map_total(&map) == (bus_size_t)len[i],
		    "the loaded map has another length than the mbuf");
		pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
		pdk_map_sync(&map, BUS_DMASYNC_POSTWRITE);
		CONF_OK(sc, conf_map_total(&map) == (bus_size_t)len[i],
		    "a sync has changed the map's length");
		pdk_map_unload(&map);
		CONF_OK(sc, conf_is_chain(m, len[i]), "the mbuf is changed when it is unloaded");
		m_freem(m);
	}
	pdk_map_destroy(&map);
}

/* m_len of the first mbuf for that of the chain. */
static void
map_chain(struct conf_softc *sc)
{
	struct mbuf *m = conf_chain(3, 500), *same = m;
	struct pdk_dmamap map = { 0 };

	if (CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 8) == 0, "there is no map") &&
	    CONF_OK(sc, m != NULL, "there is no mbuf")) {
		m_adj(m, 20);
		if (CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 1) == 0, "a chain is not loaded")) {
			CONF_OK(sc, m == same, "a chain of few enough pieces was replaced");
			CONF_OK(sc, pdk_map_nsegs(&map) <= 8 && conf_map_total(&map) == 1480,
			    "its segments are too many, or not as long as the chain");
			pdk_map_unload(&map);
		}
	}
	m_freem(m);
	pdk_map_destroy(&map);
}

/* m_defrag() gives a new chain or works in place, m_collapse() in between: bytes lost or freed. */
static void
map_compact(struct conf_softc *sc)
{
	struct mbuf *m = conf_chain(5, 500);
	struct pdk_dmamap map = { 0 };

	if (CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 2) == 0, "there is no map") &&
	    CONF_OK(sc, m != NULL, "there is no mbuf") &&
	    CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 1) == 0, "5 mbufs are no 2 segments")) {
		CONF_OK(sc, pdk_map_nsegs(&map) <= 2 && conf_map_total(&map) == 2500,
		    "its segments are too many, or not as long as the chain");
		CONF_OK(sc, conf_is_chain(m, 2500), "the chain has not the same bytes");
		pdk_map_unload(&map);
		CONF_OK(sc, !conf_was_freed(m, 2500), "the chain that was loaded is freed");
	}
	m_freem(m);
	pdk_map_destroy(&map);
}

/*
 * The double free of a refused mbuf: who compacts a chain has a new one and an old one, and on
 * one of the ways out frees the wrong one.  What is refused is the caller's, who frees it.
 */
static void
map_refused(struct conf_softc *sc)
{
	struct mbuf *m = conf_chain(2, LEN), *same = m;
	struct pdk_dmamap map = { 0 };
	int error, freed = 0;

	if (CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, 2 * LEN - 1, 8) == 0, "there is no map") &&
	    CONF_OK(sc, m != NULL, "there is no mbuf")) {
		error = pdk_map_load_mbuf(&map, &m, 1);
		freed = conf_was_freed(m, LEN);
		CONF_OK(sc, error == EFBIG, "a chain larger than the map is not EFBIG");
		if (error == 0)
			pdk_map_unload(&map);
		CONF_OK(sc, !freed, "a refused chain is freed; the caller would do so again");
		CONF_OK(sc, m == same, "a chain that is too large was replaced");
		CONF_OK(sc, freed || conf_is_chain(m, 2 * LEN), "a refused chain is changed");
	}
	if (!freed)
		m_freem(m);
	pdk_map_destroy(&map);
}

const struct conf_check conf_map_checks[] = {
	{ "map_errors", CONF_WORKER, map_errors, NULL, 0 },
	{ "map_length", CONF_WORKER, map_length, NULL, 0 },
	{ "map_chain", CONF_WORKER, map_chain, NULL, 0 },
	{ "map_compact", CONF_WORKER, map_compact, NULL, 0 },
	{ "map_refused", CONF_WORKER, map_refused, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
