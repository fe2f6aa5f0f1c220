/* SPDX-License-Identifier: BSD-2-Clause */
/* pktqueue.h: queues of received packets for each processor. */
#ifndef OVERLAY_NET_PKTQUEUE_H
#define OVERLAY_NET_PKTQUEUE_H

struct pktqueue;
typedef struct pktqueue pktqueue_t;
struct mbuf;

bool	pktq_enqueue(pktqueue_t *, struct mbuf *, const u_int);

#endif /* OVERLAY_NET_PKTQUEUE_H */
