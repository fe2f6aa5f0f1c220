/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_openbsd.h - a pdknet driver under OpenBSD's network stack, for kernels of 2016 (5.9) to
 * 7.8: what its files tell each other.
 *
 *	here		runs in							entered at
 *	pdknet_start	if_start: the stack sends				IPL_NET, kernel lock
 *	pdknet_ioctl	a process; sleeps until WORKER has done it		IPL_NONE, kernel lock
 *	*_task		WORKER							IPL_NONE, kernel lock
 *	upcalls		BH, WORKER						any, raised to IPL_NET
 *
 * The stack's lock is the pdk's: splnet() under the kernel lock.  What the interface shall be is in
 * if_flags, the list of groups and the MTU; WORKER makes the device follow, one thing at a time.
 * ops->tx is called by pdknet_start, and splnet() keeps it single.
 *
 *	pdknet_attach.c		the interface comes and goes
 *	pdknet_if.c		what the system asks of it
 *	pdknet.c		the core's operations, and its upcalls
 *
 * Manual pages: ifq_dequeue(9), if_rxr_init(9), ifmedia(4), bpf_mtap(9), mbuf(9), spl(9).
 */
#ifndef PDKNET_OPENBSD_H
#define PDKNET_OPENBSD_H

#include "pdk_unit.h"

#include <pdknet.h>

#include "bpfilter.h"

#include <sys/socket.h>
#include <sys/sockio.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_media.h>
#if NBPFILTER > 0
#include <net/bpf.h>
#endif
#include <netinet/in.h>
#include <netinet/if_ether.h>

#if OpenBSD < 201605
#define NET_2016			/* the queue is an ifqueue without a lock of its own */
#endif

#ifdef M_TRAILINGSPACE			/* until 2018 */
#define m_trailingspace(m)	M_TRAILINGSPACE(m)
#endif

struct net {
	struct arpcom		 ac;		/* first: the stack casts an ifnet to it */
	struct pdk_dev		*dev;
	const struct pdknet_ops	*ops;
	struct pdknet_caps	 caps;
	struct ifmedia		 media;
	struct pdknet_link	 link;

	int			 up;		/* WORKER only */
	int			 asleep;
	int			 reset, restart; /* down and up again; the second: it hangs */
	unsigned		 mtu;		/* with which it is up */
	uint8_t			(*mcast)[6];	/* for the core, caps.max_mcast of them */
	struct pdk_task		 life_task;

	struct mbuf		*held;		/* refused for want of room */
	struct mbuf_list	 rxml;

	struct pdknet_stats	 stats;		/* as told last */
	struct pdk_task		 stats_task;
	struct pdk_timer	 stats_timer;
};

static inline struct net *
pdknet_of(struct pdk_dev *d)
{
	return d->pd_unit->pu_class_sc;
}

static inline void
pdknet_post(struct net *n, struct pdk_task *t)
{
	pdk_lock(n->dev);
	pdk_task_post(t);
	pdk_unlock(n->dev);
}

/* ---- pdknet.c ---- */

/* For pdk_call() of an ioctl: be what the interface's flags say; an errno value. */
int	pdknet_follow(void *);
/* WORKER. */
void	pdknet_down(struct net *);
/* life_task, stats_task, stats_timer. */
void	pdknet_life_task(void *);
void	pdknet_stats_task(void *);
void	pdknet_stats_time(void *);
/* pdk_class's. */
void	pdknet_flush(struct pdk_dev *);
void	pdknet_sleep(struct pdk_dev *);
void	pdknet_wake(struct pdk_dev *);

/* ---- pdknet_if.c; of struct ifnet, ifmedia(4) ---- */

void	pdknet_start(struct ifnet *);
int	pdknet_ioctl(struct ifnet *, u_long cmd, caddr_t data);
int	pdknet_media_change(struct ifnet *);
void	pdknet_media_status(struct ifnet *, struct ifmediareq *);
/* The queue is not to be served, or is. */
void	pdknet_set_oactive(struct ifnet *, int on);

#endif /* PDKNET_OPENBSD_H */
