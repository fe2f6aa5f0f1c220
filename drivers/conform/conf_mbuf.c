/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_mbuf.c - mbufs, as far as all BSDs agree on them; in WORKER.
 */
#include "conf.h"

/* ---- for the checks ---- */

struct mbuf *
conf_chain(int n, int len)
{
	struct mbuf *m0 = NULL, **mp = &m0, *m;
	int i, j;

	for (i = 0; i < n; i++) {
		m = pdk_mbuf_rxalloc((bus_size_t)len);
		if (m == NULL) {
			m_freem(m0);
			return NULL;
		}
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

int
conf_is_chain(struct mbuf *m, int total)
{
	uint8_t b;
	int i;

	if (m->m_pkthdr.len != total)
		return 0;
	for (i = 0; i < total; i++) {
		m_copydata(m, i, 1, &b);
		if (b != (uint8_t)i)
			return 0;
	}
	return 1;
}

/* What was freed last is given out first, or soon, on every system. */
int
conf_was_freed(const struct mbuf *m, int size)
{
	struct mbuf *got[16];
	int freed = 0;
	unsigned i;

	for (i = 0; i < nitems(got); i++) {
		got[i] = pdk_mbuf_rxalloc((bus_size_t)size);
		freed |= got[i] == m;
	}
	for (i = 0; i < nitems(got); i++)
		m_freem(got[i]);
	return freed;
}

/* ---- the checks ---- */

/* Four spellings: one without M_PKTHDR, one in several pieces, one that panics when there is none. */
static void
mbuf_rxalloc(struct conf_softc *sc)
{
	static const int size[] = { 64, 1600, 4096 };
	struct mbuf *m;
	unsigned i;

	for (i = 0; i < nitems(size); i++) {
		m = pdk_mbuf_rxalloc((bus_size_t)size[i]);
		if (!CONF_OK(sc, m != NULL, "there is no receive buffer"))
			return;
		CONF_OK(sc, (m->m_flags & M_PKTHDR) != 0 && m->m_next == NULL &&
		    m->m_nextpkt == NULL, "it is not one mbuf with M_PKTHDR");
		CONF_OK(sc, (int)m->m_len == size[i] && m->m_pkthdr.len == size[i],
		    "it is not of the size that was asked for");
		memset(m->m_data, 0x55, (size_t)size[i]);
		m_freem(m);
	}
	m_freem(NULL);
	CONF_OK(sc, pdk_mbuf_rxalloc((bus_size_t)1 << 30) == NULL, "there is one of 1 GB");
}

/* An m_len without its m_pkthdr.len. */
static void
mbuf_adj(struct conf_softc *sc)
{
	struct mbuf *m = conf_chain(1, 100);

	if (!CONF_OK(sc, m != NULL, "there is no mbuf"))
		return;
	m_adj(m, 10);
	CONF_OK(sc, m->m_len == 90 && m->m_pkthdr.len == 90 && *mtod(m, uint8_t *) == 10,
	    "m_adj() does not trim the head");
	m_adj(m, -30);
	CONF_OK(sc, m->m_len == 60 && m->m_pkthdr.len == 60 && *mtod(m, uint8_t *) == 10,
	    "m_adj() does not trim the tail");
	m_freem(m);
}

/* Calls that look at the first mbuf of a chain only. */
static void
mbuf_chain(struct conf_softc *sc)
{
	struct mbuf *m = conf_chain(2, 50);
	uint8_t buf[20];

	if (!CONF_OK(sc, m != NULL, "there is no mbuf"))
		return;
	m_copydata(m, 40, 20, buf);
	CONF_OK(sc, buf[0] == 40 && buf[10] == 50 && buf[19] == 59,
	    "m_copydata() does not copy across mbufs");
	m = m_pullup(m, 60);
	if (!CONF_OK(sc, m != NULL && m->m_len >= 60 && mtod(m, uint8_t *)[59] == 59,
	    "m_pullup() does not make the head contiguous")) {
		m_freem(m);
		return;
	}
	CONF_OK(sc, conf_is_chain(m, 100), "m_pullup() has lost something");
	m_adj(m, -45);
	CONF_OK(sc, conf_is_chain(m, 55), "m_adj() does not trim the tail of a chain");
	m_adj(m, 53);
	m_copydata(m, 0, 2, buf);
	CONF_OK(sc, m->m_pkthdr.len == 2 && buf[0] == 53 && buf[1] == 54,
	    "m_adj() does not trim the head of a chain");
	m_freem(m);
}

/* Room of the first that is filled although others share it. */
static void
mbuf_cat(struct conf_softc *sc)
{
	struct mbuf *m = conf_chain(1, 50), *n = conf_chain(1, 50);
	uint8_t buf[20];

	if (!CONF_OK(sc, m != NULL && n != NULL, "there is no mbuf")) {
		m_freem(m);
		m_freem(n);
		return;
	}
	n->m_flags &= ~M_PKTHDR;
	m_cat(m, n);
	m->m_pkthdr.len = 100;
	m_copydata(m, 40, 20, buf);
	CONF_OK(sc, buf[9] == 49 && buf[10] == 0 && buf[19] == 9,
	    "m_cat() does not put one behind the other");
	m_freem(m);
}

/* m_free(9) frees one and m_freem(9) all; m_pullup(9) that fails has freed the chain. */
static void
mbuf_free(struct conf_softc *sc)
{
	struct mbuf *m = conf_chain(2, 50);

	if (!CONF_OK(sc, m != NULL, "there is no mbuf"))
		return;
	m = m_free(m);
	CONF_OK(sc, m != NULL && m->m_len == 50 && m->m_next == NULL,
	    "m_free() does not give the next of a chain");
	if (m != NULL)
		m = m_free(m);
	CONF_OK(sc, m == NULL, "nor NULL at its end");
	m = conf_chain(2, 50);
	if (m != NULL)
		CONF_OK(sc, m_pullup(m, 101) == NULL, "m_pullup() of more than there is");
}

const struct conf_check conf_mbuf_checks[] = {
	{ "mbuf_rxalloc", CONF_WORKER, mbuf_rxalloc, NULL, 0 },
	{ "mbuf_adj", CONF_WORKER, mbuf_adj, NULL, 0 },
	{ "mbuf_chain", CONF_WORKER, mbuf_chain, NULL, 0 },
	{ "mbuf_cat", CONF_WORKER, mbuf_cat, NULL, 0 },
	{ "mbuf_free", CONF_WORKER, mbuf_free, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
