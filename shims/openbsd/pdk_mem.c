/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_mem.c - memory and receive buffers: malloc(9), mbuf(9).
 */
#include "pdk_unit.h"

void *
pdk_zalloc(size_t size, int how)
{
	return malloc(size, M_DEVBUF, M_ZERO | (how == PDK_WAITOK ? M_WAITOK : M_NOWAIT));
}

void
pdk_free(void *p, size_t size)
{
	if (p != NULL)
		free(p, M_DEVBUF, size);
}

/* MCLGETL(9) was MCLGETI with an interface until 6.8. */
struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	struct mbuf *m;

	if (size == 0 || size > MAXMCLBYTES)
		return NULL;
#ifdef MCLGETL
	m = MCLGETL(NULL, M_DONTWAIT, (u_int)size);
#else
	m = MCLGETI(NULL, M_DONTWAIT, NULL, (u_int)size);
#endif
	if (m != NULL)
		m->m_len = m->m_pkthdr.len = (int)size;
	return m;
}
