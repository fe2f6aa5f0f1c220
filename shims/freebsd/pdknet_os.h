/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_os.h - what FreeBSD's ifnet(9) (13, 14, 15) has of its own; for pdknet_newbus.h alone.
 */
#ifndef PDKNET_OS_H
#define PDKNET_OS_H

typedef if_t net_if_t;

/* The interface's own state. */
struct net_os {
	if_t			 os_ifp;
	struct pdknet_stats	 os_stats;	/* the device's, within the last second */

	/* Transmission: os_txmtx. */
	struct mtx		 os_txmtx;
	bool			 os_running;
	bool			 os_full;	/* until pdknet_tx_ready() */
	struct mbufq		 os_queue;
	struct mbuf		*os_next;	/* refused; goes first, bpf has seen it */
};

#define net_if(sc)		((sc)->sc_os.os_ifp)
#define net_if_sc(ifp)		((struct pdknet_softc *)if_getsoftc(ifp))
#define net_if_flags(sc)	if_getflags(net_if(sc))
#define net_if_mtu(sc)		((int)if_getmtu(net_if(sc)))
#define net_if_set_mtu(sc, mtu)	((void)if_setmtu(net_if(sc), mtu))
#define net_if_enabled(sc)	if_getcapenable(net_if(sc))
#define net_if_toggle(sc, caps)	((void)if_togglecapenable(net_if(sc), caps))

#define NET_SUBTYPE_OTHER	IFM_UNKNOWN
#define NET_CSUM_L4		(CSUM_DATA_VALID | CSUM_PSEUDO_HDR)

#endif /* PDKNET_OS_H */
