/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_netbsd.h - the Ethernet boundary on NetBSD 8 (7.99.34) to current, an ifnet(9) that is not
 * MPSAFE, with the per-processor input queues: what its files tell each other.
 *
 * The stack calls if_start, if_ioctl and the callback for flags with the kernel lock, at
 * splnet(). What has to sleep is recorded and done by one task in WORKER (pdknet_follow());
 * if_init and if_stop, which the stack waits for, are pdk_call()s.  Frames go up by
 * if_percpuq(9), which takes them from any context.
 *
 *	if_init			up; when it is up: another MTU restarts, else the filter is set
 *	SIOCADDMULTI, IFF_PROMISC, IFF_ALLMULTI		recorded; the task calls ops->filter()
 *	if_start		ops->tx(), one at a time; a frame that is refused for want of room is
 *				kept, and goes first next time
 *	ops->stats()		every STATS_MS: errors and collisions are added to the interface's
 *
 *	pdknet_attach.c		the interface comes and goes
 *	pdknet_if.c		what the system asks of it
 *	pdknet.c		the core's operations, and its upcalls
 *
 * See ifnet(9), ether_ifattach(9), ifmedia(4), bpf(9), pmf(9), spl(9).
 */
#ifndef PDKNET_NETBSD_H
#define PDKNET_NETBSD_H

#include <pdknet.h>

#include "pdk_if.h"

#define STATS_MS	5000

/* What the task has to do: n_todo. */
#define TODO_RESTART	0x01	/* the device hangs */
#define TODO_FILTER	0x02
#define TODO_STATS	0x04

struct pdknet_softc {
	struct pdk_dev		*n_dev;
	const struct pdknet_ops	*n_ops;
	struct pdknet_caps	 n_caps;

	/* the stack's, by net_enter() */
	struct ethercom		 n_ec;
	struct ifmedia		 n_media;
	struct pdknet_link	 n_link;
	struct mbuf		*n_held;	/* refused */
	bool			 n_tx_busy, n_tx_again;

	/* by the device's lock */
	struct pdk_task		 n_task;
	struct pdk_timer	 n_stats_timer;
	unsigned		 n_todo;	/* TODO_* */
	unsigned		 n_refs;	/* upcalls that are in here */
	kcondvar_t		 n_refs_cv;

	/* WORKER */
	bool			 n_up;
	struct pdknet_config	 n_config;
	struct pdknet_stats	 n_stats;	/* what was added up already */
	uint8_t			(*n_mcast)[ETHER_ADDR_LEN];
};

/* ---- pdknet.c ---- */

/* Have the task do it (TODO_*).  Any context but FILTER, unlocked. */
void	pdknet_post(struct pdknet_softc *, unsigned todo);
/* WORKER, for pdk_call(): the interface up or down; an errno value. */
int	pdknet_up(void *);
int	pdknet_down(void *);
/* The task. */
void	pdknet_follow(void *);
/* The timer of STATS_MS. */
void	pdknet_stats_timeout(void *);

/* ---- pdknet_if.c ---- */

/* Of ifnet(9) and struct ethercom. */
void	pdknet_start(struct ifnet *);
int	pdknet_init(struct ifnet *);
void	pdknet_stop(struct ifnet *, int disable);
int	pdknet_flags(struct ethercom *);
int	pdknet_ioctl(struct ifnet *, u_long cmd, void *data);
/* Free the frame that was refused.  In the stack. */
void	pdknet_drop_held(struct pdknet_softc *);
/* ifmedia(4), made and freed. */
void	pdknet_media_attach(struct pdknet_softc *);
void	pdknet_media_detach(struct pdknet_softc *);

#endif /* PDKNET_NETBSD_H */
