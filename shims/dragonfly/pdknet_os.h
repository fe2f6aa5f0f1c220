/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_os.h - what DragonFly's ifnet(9) has of its own; for pdknet_newbus.h alone.
 */
#ifndef PDKNET_OS_H
#define PDKNET_OS_H

#include <net/if_arp.h>
#include <net/ifq_var.h>

typedef struct ifnet *net_if_t;

/* The interface's own state. */
struct net_os {
	struct arpcom		 os_arpcom;

	/* The interface's serializer. */
	uint64_t		 os_drops;	/* frames that could not be sent */
	bool			 os_seen;	/* by bpf: the queue's first, which was refused */
};

#define net_if(sc)		(&(sc)->sc_os.os_arpcom.ac_if)
#define net_if_sc(ifp)		((struct pdknet_softc *)(ifp)->if_softc)
#define net_if_flags(sc)	(net_if(sc)->if_flags)
#define net_if_mtu(sc)		((int)net_if(sc)->if_mtu)
#define net_if_set_mtu(sc, mtu)	((void)(net_if(sc)->if_mtu = (mtu)))
#define net_if_enabled(sc)	(net_if(sc)->if_capenable)
#define net_if_toggle(sc, caps)	((void)(net_if(sc)->if_capenable ^= (caps)))

#define NET_SUBTYPE_OTHER	IFM_AUTO
#define NET_CSUM_L4		(CSUM_DATA_VALID | CSUM_PSEUDO_HDR | CSUM_FRAG_NOT_CHECKED)

#endif /* PDKNET_OS_H */
