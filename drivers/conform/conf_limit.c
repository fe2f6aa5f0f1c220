/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_limit.c - maps within what the device can address, and what the device then reads and
 * writes; in WORKER.  edu has 28 bits, so on a machine of more than 256 MB of memory mbufs are
 * out of its reach, and the system has to copy ("bounce").
 */
#include "conf.h"

#define LEN	3000
#define NMBUF	32

/* Do the segments obey the driver's limits?  If not, the device is not let loose on them. */
static int
within(struct conf_softc *sc, const struct pdk_dmamap *map)
{
	bus_addr_t addr;
	bus_size_t len;
	int i, ok = 1;

	for (i = 0; ok && i < pdk_map_nsegs(map); i++) {
		addr = pdk_map_addr(map, i);
		len = pdk_map_len(map, i);
		ok &= CONF_OK(sc, len != 0, "a segment is empty");
		ok &= CONF_OK(sc, ((addr + len - 1) >> CONF_DMA_BITS) == 0,
		    "a segment lies above the driver's dma_bits: it was not bounced");
		ok &= CONF_OK(sc, addr / CONF_BOUNDARY == (addr + len - 1) / CONF_BOUNDARY,
		    "a segment crosses the driver's dma_boundary");
	}
	return ok;
}

/* Loaded, within the limits, and copied by the device; then unloaded. */
static int
copy(struct conf_softc *sc, struct pdk_dmamap *map, struct mbuf **mp, int write)
{
	unsigned off = EDU_BUF, len;
	int i, error, ok;

	if (!CONF_OK(sc, pdk_map_load_mbuf(map, mp, write) == 0, "an mbuf is not loaded"))
		return 0;
	pdk_map_sync(map, write ? BUS_DMASYNC_PREWRITE : BUS_DMASYNC_PREREAD);
	ok = within(sc, map);
	for (i = 0; ok && i < pdk_map_nsegs(map); i++) {
		len = (unsigned)pdk_map_len(map, i);
		error = write ? conf_edu_copy(sc, pdk_map_addr(map, i), off, len, 0) :
		    conf_edu_copy(sc, off, pdk_map_addr(map, i), len, EDU_DMA_FROM_DEVICE);
		ok &= CONF_OK(sc, error == 0, "the device does not end");
		off += len;
	}
	pdk_map_sync(map, write ? BUS_DMASYNC_POSTWRITE : BUS_DMASYNC_POSTREAD);
	pdk_map_unload(map);
	return ok;
}

/*
 * The missing bounce: a load that hands out where the mbuf is, and a sync that does not copy, or
 * copies the wrong way or too little.  The device reads `out` and writes `in`.
 */
static void
bounce(struct conf_softc *sc, struct mbuf *out, int maxsegs)
{
	struct pdk_dmamap map = { 0 }, other = { 0 };
	struct mbuf *in = pdk_mbuf_rxalloc(LEN);

	if (CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, maxsegs) == 0 &&
	    pdk_map_create(&sc->sc_dev, &other, LEN, 4) == 0, "there is no map") &&
	    CONF_OK(sc, out != NULL && in != NULL, "there is no mbuf")) {
		memset(in->m_data, 0x77, LEN);
		if (copy(sc, &map, &out, 1) && copy(sc, &other, &in, 0)) {
			CONF_OK(sc, conf_is_chain(out, LEN), "what the device has read is changed");
			CONF_OK(sc, conf_is_chain(in, LEN),
			    "what the device has written is not what it has read");
		}
	}
	m_freem(out);
	m_freem(in);
	pdk_map_destroy(&map);
	pdk_map_destroy(&other);
}

/* One piece: the plain case. */
static void
bounce_single(struct conf_softc *sc)
{
	bounce(sc, conf_chain(1, LEN), 4);
}

/* A bounce of the first mbuf only, or of each to the same place. */
static void
bounce_chain(struct conf_softc *sc)
{
	bounce(sc, conf_chain(6, LEN / 6), 8);
}

/* A compacted chain that is loaded, and the old one that is copied. */
static void
bounce_compact(struct conf_softc *sc)
{
	bounce(sc, conf_chain(6, LEN / 6), 2);
}

/* PREREAD after the processor has written: the device's bytes, and not what was there before. */
static void
bounce_again(struct conf_softc *sc)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = conf_chain(1, LEN);
	int i;

	if (CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 4) == 0, "there is no map") &&
	    CONF_OK(sc, m != NULL, "there is no mbuf") && copy(sc, &map, &m, 1)) {
		for (i = 0; i < 2; i++) {
			memset(m->m_data, 0x33, LEN);
			if (!copy(sc, &map, &m, 0))
				break;
			CONF_OK(sc, conf_is_chain(m, LEN), "of one map, the second time is wrong");
		}
	}
	m_freem(m);
	pdk_map_destroy(&map);
}

struct loaded {
	struct pdk_dmamap	 map;
	struct mbuf		*m;
};

static int
load_one(struct conf_softc *sc, struct loaded *l)
{
	l->m = pdk_mbuf_rxalloc(2048);
	if (l->m == NULL || pdk_map_create(&sc->sc_dev, &l->map, 2048, 4) != 0 ||
	    pdk_map_load_mbuf(&l->map, &l->m, 0) != 0) {
		pdk_map_destroy(&l->map);
		m_freem(l->m);
		return 0;
	}
	return 1;
}

/* Many at a time, from all over the memory.  Bounce pages may run out: that is an error then. */
static void
reach(struct conf_softc *sc)
{
	struct loaded *l = pdk_zalloc(NMBUF * sizeof(*l), PDK_WAITOK);
	int i, n;

	for (n = 0; n < NMBUF && load_one(sc, &l[n]); n++)
		(void)within(sc, &l[n].map);
	CONF_OK(sc, n != 0, "no mbuf is loaded");
	for (i = 0; i < n; i++) {
		pdk_map_unload(&l[i].map);
		pdk_map_destroy(&l[i].map);
		m_freem(l[i].m);
	}
	pdk_free(l, NMBUF * sizeof(*l));
}

/* One mbuf that is as large as the boundary: cut there. */
static void
boundary_cut(struct conf_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(CONF_BOUNDARY);
	struct pdk_dmamap map = { 0 };

	if (m == NULL) {
		CONF_SKIP(sc, "the system has no mbuf of 64 KB");
		return;
	}
	if (CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, CONF_BOUNDARY, 32) == 0,
	    "there is no map") &&
	    CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 0) == 0, "it is not loaded")) {
		CONF_OK(sc, conf_map_total(&map) == CONF_BOUNDARY, "a part of it is lost");
		(void)within(sc, &map);
		pdk_map_unload(&map);
	}
	m_freem(m);
	pdk_map_destroy(&map);
}

/* What no compaction can bring within one boundary; still the caller's, on that way out, too. */
static void
boundary_refused(struct conf_softc *sc)
{
	const int n = CONF_BOUNDARY / 4096 + 1;
	struct pdk_dmamap map = { 0 };
	struct mbuf *m;
	int error, freed;

	if (pdk_map_create(&sc->sc_dev, &map, 2 * CONF_BOUNDARY, 1) != 0) {
		CONF_SKIP(sc, "the system has no map of one segment beyond the boundary");
		return;
	}
	m = conf_chain(n, 4096);
	if (CONF_OK(sc, m != NULL, "there is no mbuf")) {
		error = pdk_map_load_mbuf(&map, &m, 1);
		freed = conf_was_freed(m, 4096);
		if (error == 0)
			pdk_map_unload(&map);
		CONF_OK(sc, error == EFBIG || error == ENOMEM,
		    "a chain that cannot lie within one boundary is loaded");
		CONF_OK(sc, !freed, "a refused chain is freed; the caller would do so again");
		CONF_OK(sc, freed || conf_is_chain(m, n * 4096), "a refused chain is changed");
		if (!freed)
			m_freem(m);
	}
	pdk_map_destroy(&map);
}

const struct conf_check conf_limit_checks[] = {
	{ "bounce_single", CONF_WORKER, bounce_single, NULL, 0 },
	{ "bounce_chain", CONF_WORKER, bounce_chain, NULL, 0 },
	{ "bounce_compact", CONF_WORKER, bounce_compact, NULL, 0 },
	{ "bounce_again", CONF_WORKER, bounce_again, NULL, 0 },
	{ "reach", CONF_WORKER, reach, NULL, 0 },
	{ "boundary_cut", CONF_WORKER, boundary_cut, NULL, 0 },
	{ "boundary_refused", CONF_WORKER, boundary_refused, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
