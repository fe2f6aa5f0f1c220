/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_mem.c - memory and receive buffers: kmem(9), mbuf(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

#include <sys/kmem.h>

/* kmem_alloc(9) is not for soft interrupts, kmem_intr_alloc(9) is for all. */
void *
pdk_zalloc(size_t size, int how)
{
	return kmem_intr_zalloc(size, how == PDK_WAITOK ? KM_SLEEP : KM_NOSLEEP);
}

void
pdk_free(void *p, size_t size)
{
	if (p != NULL)
		kmem_intr_free(p, size);
}

/*
 * What does not fit a cluster is malloc(9)ed: from a page on that is whole pages, so up to a page
 * is one segment.
 */
struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	struct mbuf *m;

	if ((m = m_gethdr(M_DONTWAIT, MT_DATA)) == NULL)
		return NULL;
	if (size > MCLBYTES)
		MEXTMALLOC(m, roundup(size, PAGE_SIZE), M_DONTWAIT);
	else if (size > MHLEN)
		MCLGET(m, M_DONTWAIT);
	if (size > MHLEN && (m->m_flags & M_EXT) == 0) {
		m_freem(m);
		return NULL;
	}
	m->m_len = m->m_pkthdr.len = size;
	return m;
}
