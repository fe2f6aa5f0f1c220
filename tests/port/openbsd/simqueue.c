/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simqueue.c - lists of frames, for both kinds of interface: see simnet.h.
 */
#include "simnet.h"

void
k_put(struct mbuf_list *l, struct mbuf *m)
{
	m->m_nextpkt = NULL;
	if (l->ml_head == NULL)
		l->ml_head = m;
	else
		l->ml_tail->m_nextpkt = m;
	l->ml_tail = m;
	l->ml_len++;
}

struct mbuf *
k_get(struct mbuf_list *l)
{
	struct mbuf *m = l->ml_head;

	if (m != NULL) {
		l->ml_head = m->m_nextpkt;
		l->ml_len--;
		m->m_nextpkt = NULL;
	}
	return m;
}

void
k_purge(struct mbuf_list *l)
{
	struct mbuf *m;

	while ((m = k_get(l)) != NULL)
		m_freem(m);
}

char *
ether_sprintf(const uint8_t *addr __unused)
{
	static char text[] = "02:...";

	return text;
}
