/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_mbuf.c - mbufs, as far as all BSDs agree on them.
 */
#include "conf.h"

static struct mbuf *
filled(int len, uint8_t first)
{
	struct mbuf *m = pdk_mbuf_rxalloc((bus_size_t)len);
	int i;

	for (i = 0; m != NULL && i < len; i++)
		mtod(m, uint8_t *)[i] = (uint8_t)(first + i);
	return m;
}

static void
test_rxalloc(struct conf_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(4096);

	CONF_OK(sc, m != NULL, "a receive buffer");
	if (m == NULL)
		return;
	CONF_OK(sc, (m->m_flags & M_PKTHDR) != 0 && m->m_next == NULL && m->m_nextpkt == NULL,
	    "it is one mbuf with M_PKTHDR");
	CONF_OK(sc, m->m_len == 4096 && m->m_pkthdr.len == 4096, "of the size that was asked for");
	memset(m->m_data, 0x55, 4096);
	m_freem(m);
	m_freem(NULL);
	CONF_OK(sc, 1, "m_freem(NULL) is harmless");
	CONF_OK(sc, pdk_mbuf_rxalloc((bus_size_t)1 << 30) == NULL, "none of 1 GB");
}

static void
test_adj(struct conf_softc *sc)
{
	struct mbuf *m = filled(100, 0);

	m_adj(m, 10);
	CONF_OK(sc, m->m_len == 90 && m->m_pkthdr.len == 90 && *mtod(m, uint8_t *) == 10,
	    "m_adj() trims the head");
	m_adj(m, -30);
	CONF_OK(sc, m->m_len == 60 && m->m_pkthdr.len == 60 && *mtod(m, uint8_t *) == 10,
	    "m_adj() trims the tail");
	m_freem(m);
}

static struct mbuf *
pair(void)
{
	struct mbuf *m = filled(50, 0), *n = filled(50, 50);

	m_cat(m, n);
	m->m_pkthdr.len = 100;
	return m;
}

static void
test_chain(struct conf_softc *sc)
{
	struct mbuf *m = pair();
	uint8_t buf[20];

	m_copydata(m, 40, 20, buf);
	CONF_OK(sc, buf[0] == 40 && buf[10] == 50 && buf[19] == 59,
	    "m_copydata() copies across mbufs");
	m = m_pullup(m, 60);
	CONF_OK(sc, m != NULL && m->m_len >= 60 && m->m_pkthdr.len == 100 &&
	    mtod(m, uint8_t *)[59] == 59, "m_pullup() makes the head contiguous");
	if (m == NULL)
		return;
	m_copydata(m, 80, 20, buf);
	CONF_OK(sc, buf[0] == 80 && buf[19] == 99, "and loses nothing behind it");
	m_adj(m, -45);
	m_copydata(m, 0, 20, buf);
	CONF_OK(sc, m->m_pkthdr.len == 55 && buf[19] == 19, "m_adj() trims the tail of a chain");
	m_adj(m, 53);
	m_copydata(m, 0, 2, buf);
	CONF_OK(sc, m->m_pkthdr.len == 2 && buf[0] == 53 && buf[1] == 54,
	    "m_adj() trims the head of a chain");
	m_freem(m);
}

static void
test_free(struct conf_softc *sc)
{
	struct mbuf *m = pair();

	m = m_free(m);
	CONF_OK(sc, m != NULL && m->m_len == 50 && m->m_next == NULL,
	    "m_free() gives the next mbuf of the chain");
	m = m_free(m);
	CONF_OK(sc, m == NULL, "and NULL at its end");
	CONF_OK(sc, m_pullup(pair(), 101) == NULL, "m_pullup() of more than there is gives NULL");
}

/* WORKER or CONFIG. */
void
conf_mbuf(struct conf_softc *sc)
{
	test_rxalloc(sc);
	test_adj(sc);
	test_chain(sc);
	test_free(sc);
}
