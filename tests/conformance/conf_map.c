/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_map.c - streaming maps of mbufs, and the device's DMA engine on them; in WORKER.
 */
#include "conf.h"

#define LEN	3000

/* A chain of n mbufs of `len` bytes each, filled with a running number. */
static struct mbuf *
chain(int n, int len)
{
	struct mbuf *m0 = NULL, **mp = &m0, *m;
	int i, j;

	for (i = 0; i < n; i++) {
		m = pdk_mbuf_rxalloc((bus_size_t)len);
		if (m == NULL)
			break;
		for (j = 0; j < len; j++)
			mtod(m, uint8_t *)[j] = (uint8_t)(i * len + j);
		if (i != 0) {
			m->m_flags &= ~M_PKTHDR;
			m0->m_pkthdr.len += len;
		}
		*mp = m;
		mp = &m->m_next;
	}
	return m0;
}

static int
is_chain(struct mbuf *m, int total)
{
	uint8_t b;
	int i;

	for (i = 0; i < total; i++) {
		m_copydata(m, i, 1, &b);
		if (b != (uint8_t)i)
			return 0;
	}
	return 1;
}

/* Do the segments obey the driver's limits, and how long are they together? */
static bus_size_t
segs_len(const struct pdk_dmamap *map, int *ok)
{
	bus_size_t sum = 0, len;
	bus_addr_t addr;
	int i;

	for (i = 0; i < pdk_map_nsegs(map); i++) {
		addr = pdk_map_addr(map, i);
		len = pdk_map_len(map, i);
		sum += len;
		*ok &= len != 0 && ((addr + len - 1) >> CONF_DMA_BITS) == 0 &&
		    addr / CONF_BOUNDARY == (addr + len - 1) / CONF_BOUNDARY;
	}
	return sum;
}

static void
test_single(struct conf_softc *sc)
{
	struct pdk_dmamap map = { 0 }, other = { 0 };
	struct mbuf *m = chain(1, LEN), *same = m, *in = pdk_mbuf_rxalloc(LEN);
	int ok = 1, error;

	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 1) == 0 &&
	    pdk_map_create(&sc->sc_dev, &other, LEN, 1) == 0, "maps are made");
	CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 1) == 0 && m == same, "an mbuf is loaded");
	CONF_OK(sc, pdk_map_nsegs(&map) == 1 && segs_len(&map, &ok) == LEN && ok,
	    "it is one segment, within the limits");
	CONF_OK(sc, pdk_map_load_mbuf(&map, &in, 1) == EBUSY, "a loaded map is EBUSY");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	error = conf_edu_copy(sc, pdk_map_addr(&map, 0), EDU_BUF, LEN, 0);
	pdk_map_sync(&map, BUS_DMASYNC_POSTWRITE);
	pdk_map_unload(&map);
	CONF_OK(sc, error == 0, "the device reads it");
	memset(in->m_data, 0, LEN);
	CONF_OK(sc, pdk_map_load_mbuf(&other, &in, 0) == 0, "another is loaded the other way");
	pdk_map_sync(&other, BUS_DMASYNC_PREREAD);
	error = conf_edu_copy(sc, EDU_BUF, pdk_map_addr(&other, 0), LEN, EDU_DMA_FROM_DEVICE);
	pdk_map_sync(&other, BUS_DMASYNC_POSTREAD);
	pdk_map_unload(&other);
	CONF_OK(sc, error == 0 && is_chain(in, LEN), "the device writes it: the same bytes");
	CONF_OK(sc, pdk_map_load_mbuf(&map, &in, 1) == 0, "an unloaded map is loaded again");
	pdk_map_unload(&map);
	m_freem(m);
	m_freem(in);
	pdk_map_destroy(&map);
	pdk_map_destroy(&other);
	pdk_map_destroy(&map);
	CONF_OK(sc, 1, "destroying a map that is not there is harmless");
}

static void
test_chain(struct conf_softc *sc)
{
	struct mbuf *m = chain(3, 500), *same = m;
	struct pdk_dmamap map = { 0 };
	int ok = 1;

	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 8) == 0, "a map of 8 segments");
	m_adj(m, 20);
	CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 1) == 0 && m == same, "a chain is loaded");
	CONF_OK(sc, pdk_map_nsegs(&map) == 3 && segs_len(&map, &ok) == 1480 && ok,
	    "one segment for each mbuf, within the limits");
	pdk_map_unload(&map);
	m_freem(m);
	pdk_map_destroy(&map);
}

static void
test_compact(struct conf_softc *sc)
{
	struct mbuf *m = chain(5, 500), *old = m;
	struct pdk_dmamap map = { 0 };
	int ok = 1;

	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, LEN, 2) == 0, "a map of 2 segments");
	CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 1) == 0, "a chain of 5 mbufs is loaded");
	CONF_OK(sc, m != old && m->m_pkthdr.len == 2500, "it was replaced by a compacted one");
	CONF_OK(sc, pdk_map_nsegs(&map) <= 2 && segs_len(&map, &ok) == 2500 && ok,
	    "of few enough segments");
	CONF_OK(sc, is_chain(m, 2500), "with the same bytes");
	pdk_map_unload(&map);
	m_freem(m);
	pdk_map_destroy(&map);
}

static void
test_too_large(struct conf_softc *sc)
{
	struct mbuf *m = chain(2, LEN), *same = m;
	struct pdk_dmamap map = { 0 };

	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, 2 * LEN - 1, 8) == 0, "a map");
	CONF_OK(sc, pdk_map_load_mbuf(&map, &m, 1) == EFBIG, "a chain larger than it is EFBIG");
	CONF_OK(sc, m == same && is_chain(m, 2 * LEN), "and stays the caller's, untouched");
	m_freem(m);
	pdk_map_destroy(&map);
	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, 0, 1) == EINVAL &&
	    pdk_map_create(&sc->sc_dev, &map, 1, 0) == EINVAL,
	    "a map of no bytes or no segments is EINVAL");
}

/* More than one segment may hold at the boundary: compaction cannot help. */
static void
test_boundary(struct conf_softc *sc)
{
	const int n = CONF_BOUNDARY / 4096 + 1;
	struct mbuf *m = chain(n, 4096), *same = m;
	struct pdk_dmamap map = { 0 };
	int error, ok = 1;

	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, 2 * CONF_BOUNDARY, 1) == 0,
	    "a map of one segment");
	error = pdk_map_load_mbuf(&map, &m, 1);
	CONF_OK(sc, error == EFBIG || error == ENOMEM,
	    "a chain that cannot lie within one boundary is refused");
	CONF_OK(sc, m == same && is_chain(m, n * 4096), "and stays the caller's, untouched");
	m_freem(m);
	pdk_map_destroy(&map);
	m = pdk_mbuf_rxalloc(CONF_BOUNDARY);
	CONF_OK(sc, pdk_map_create(&sc->sc_dev, &map, CONF_BOUNDARY, 2) == 0 &&
	    m != NULL && pdk_map_load_mbuf(&map, &m, 0) == 0 &&
	    segs_len(&map, &ok) == CONF_BOUNDARY && ok, "a large mbuf is cut at the boundary");
	pdk_map_unload(&map);
	m_freem(m);
	pdk_map_destroy(&map);
}

void
conf_worker_map(struct conf_softc *sc)
{
	test_single(sc);
	test_chain(sc);
	test_compact(sc);
	test_too_large(sc);
	test_boundary(sc);
}
