/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mbuf_ops.c - the operations on mbuf chains that all BSDs share; mbuf(9).
 */
#include "softc.h"

#include <string.h>

static void
trim_head(struct mbuf *m0, int len)
{
	struct mbuf *m;
	int n;

	for (m = m0; m != NULL && len > 0; m = m->m_next) {
		n = MIN(len, m->m_len);
		m->m_data += n;
		m->m_len -= n;
		len -= n;
		if (m0->m_flags & M_PKTHDR)
			m0->m_pkthdr.len -= n;
	}
}

static void
trim_tail(struct mbuf *m0, int len)
{
	int total = 0, keep;
	struct mbuf *m;

	for (m = m0; m != NULL; m = m->m_next)
		total += m->m_len;
	keep = MAX(total - len, 0);
	if (m0->m_flags & M_PKTHDR)
		m0->m_pkthdr.len = keep;
	for (m = m0; m != NULL; m = m->m_next) {
		m->m_len = MIN(m->m_len, keep);
		keep -= m->m_len;
	}
}

/* Trim `len` bytes from the head, or -len from the tail. */
void
m_adj(struct mbuf *m, int len)
{
	if (len >= 0)
		trim_head(m, len);
	else
		trim_tail(m, -len);
}

/* Append chain n to chain m; the caller keeps m's header right. */
void
m_cat(struct mbuf *m, struct mbuf *n)
{
	while (m->m_next != NULL)
		m = m->m_next;
	n->m_flags &= ~M_PKTHDR;
	m->m_next = n;
}

/* Copy [off, off + len) of the chain. */
void
m_copydata(struct mbuf *m, int off, int len, void *to)
{
	uint8_t *p = to;
	int n;

	while (m != NULL && off >= m->m_len) {
		off -= m->m_len;
		m = m->m_next;
	}
	while (len > 0) {
		if (m == NULL)
			shim_violation(NULL, R_m_copydata, "%d bytes beyond the end", len);
		n = MIN(len, m->m_len - off);
		memcpy(p, m->m_data + off, (size_t)n);
		p += n;
		len -= n;
		off = 0;
		m = m->m_next;
	}
}

/*
 * Have the first `len` bytes of the chain in one piece, at the head of what is returned.
 * NULL, and the chain is freed, if it is shorter or there is no memory.
 */
struct mbuf *
m_pullup(struct mbuf *m, int len)
{
	struct mbuf *n, *p;
	int total = 0;

	if (m->m_len >= len)
		return m;
	for (p = m; p != NULL; p = p->m_next)
		total += p->m_len;
	n = total < len || SHIM_FAULT(m->m_buf->sc, m_pullup) ? NULL :
	    shim_mbuf_get(m->m_buf->sc, (size_t)len, SHIM_SITE());
	if (n == NULL) {
		m_freem(m);
		return NULL;
	}
	n->m_flags = (n->m_flags & ~M_PKTHDR) | (m->m_flags & M_PKTHDR);
	n->m_pkthdr = m->m_pkthdr;
	n->m_nextpkt = m->m_nextpkt;
	m_copydata(m, 0, len, n->m_data);
	for (p = m; p != NULL && len >= p->m_len; p = m_free(p))
		len -= p->m_len;
	if (p != NULL) {
		p->m_data += len;
		p->m_len -= len;
		p->m_flags &= ~M_PKTHDR;
	}
	n->m_next = p;
	return n;
}
