/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mbuf.c - chains of mbufs, as all systems have them: see kernel.h.
 */
#include <pdk.h>

#include "kernel.h"

struct mbuf *
m_free(struct mbuf *m)
{
	struct mbuf *next = m->m_next;

	k_live--;
	k_mbuf_free(m);
	return next;
}

void
m_freem(struct mbuf *m)
{
	while (m != NULL)
		m = m_free(m);
}

void
k_copydata(const struct mbuf *m, int off, int len, void *to)
{
	int n;

	for (; len > 0; m = m->m_next, off = 0) {
		for (; off >= m->m_len; m = m->m_next)
			off -= m->m_len;
		n = MIN(len, m->m_len - off);
		memcpy(to, m->m_data + off, (size_t)n);
		to = (char *)to + n;
		len -= n;
	}
}

void
m_adj(struct mbuf *m0, int len)
{
	struct mbuf *m;
	int left, keep;

	if (len >= 0) {
		m0->m_pkthdr.len -= len;
		for (m = m0; m != NULL && len > 0; m = m->m_next) {
			left = MIN(len, (int)m->m_len);
			m->m_data += left;
			m->m_len -= left;
			len -= left;
		}
		return;
	}
	keep = m0->m_pkthdr.len += len;
	for (m = m0; m != NULL; m = m->m_next) {
		m->m_len = MIN((int)m->m_len, keep);
		keep -= m->m_len;
	}
}

void
m_cat(struct mbuf *m, struct mbuf *n)
{
	while (m->m_next != NULL)
		m = m->m_next;
	m->m_next = n;
}

/* Always into a new first mbuf: whoever keeps the old pointer is found out. */
struct mbuf *
m_pullup(struct mbuf *m, int len)
{
	struct mbuf *n = m->m_pkthdr.len < len ? NULL : k_mbuf((size_t)len);

	if (n == NULL) {
		m_freem(m);
		return NULL;
	}
	k_copydata(m, 0, len, n->m_data);
	n->m_len = len;
	n->m_pkthdr = m->m_pkthdr;
	m_adj(m, len);
	n->m_next = m;
	return n;
}
