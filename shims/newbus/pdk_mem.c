/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_mem.c - memory and mbufs: malloc(9), mbuf(9).
 */
#include "pdk_newbus.h"

OS_MALLOC_DEFINE;

void *
pdk_zalloc(size_t size, int how)
{
	return (os_malloc(size, (how == PDK_WAITOK ? M_WAITOK : M_NOWAIT) | M_ZERO));
}

void
pdk_free(void *p, size_t size __unused)
{
	os_free(p);
}

/* A cluster that holds `size` octets in one piece, or 0. */
static int
pdk_cluster(bus_size_t size)
{
	static const int clusters[] = OS_CLUSTERS;
	unsigned i;

	for (i = 0; i < nitems(clusters); i++)
		if (size <= (bus_size_t)clusters[i])
			return (clusters[i]);
	return (0);
}

struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	int cluster = pdk_cluster(size);
	struct mbuf *m;

	if (cluster == 0)
		return (NULL);
	m = m_getjcl(M_NOWAIT, MT_DATA, M_PKTHDR, cluster);
	if (m != NULL)
		m->m_len = m->m_pkthdr.len = (int)size;
	return (m);
}

struct mbuf *
pdk_mbuf_flatten(struct mbuf *m)
{
	struct mbuf *n;

	n = pdk_mbuf_rxalloc(m->m_pkthdr.len);
	if (n == NULL)
		return (NULL);
	if (!m_dup_pkthdr(n, m, M_NOWAIT)) {
		m_freem(n);
		return (NULL);
	}
	m_copydata(m, 0, m->m_pkthdr.len, mtod(n, caddr_t));
	m_freem(m);
	return (n);
}
