/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.h - the boundary between an Ethernet driver (the core) and a network stack (the glue).
 *
 * The core knows no ifnet, no bpf, no queues of the stack; values and mbufs cross.
 *
 *	attach_late:	pdknet_attach(&sc->sc_dev, &foo_net_ops, &caps);
 *	link changes:	pdknet_link(&sc->sc_dev, &link);
 *	detach:		pdknet_detach(&sc->sc_dev);
 *
 * Frames, both ways: from the destination address on, without FCS. What is received is one
 * contiguous mbuf; what is sent may be a chain, of any number of mbufs.
 */
#ifndef PDKNET_H
#define PDKNET_H

#include <pdk.h>

#define PDKNET_HDRLEN	14
#define PDKNET_MTU	1500		/* Ethernet's own; IEEE 802.3-2018 3.2.7 */

/* What the device can do.  Core to glue, once; copied. */
struct pdknet_caps {
	uint8_t		mac[6];
	uint16_t	max_mtu;	/* octets behind the header; at least PDKNET_MTU */
	uint16_t	max_mcast;	/* group addresses that it can filter exactly */
	uint32_t	flags;		/* PDKNET_CAP_* */
};
#define PDKNET_CAP_RXCSUM	0x01	/* pdknet_rx() tells PDKNET_RX_*_OK */
#define PDKNET_CAP_VLAN		0x02	/* takes frames of 4 octets more than the MTU says */

/* How the glue wants the device while it is up. */
struct pdknet_config {
	uint16_t	mtu;
	uint8_t		promisc;	/* pass everything up */
	uint8_t		allmulti;	/* pass every group address up */
	uint16_t	nmcast;
	const uint8_t	(*mcast)[6];	/* nmcast group addresses; borrowed for the call */
};

struct pdknet_link {
	uint8_t		up;
	uint8_t		full_duplex;	/* while up, as speed */
	uint32_t	mbps;
};

/* Since attach; the core's own counters and the device's. */
struct pdknet_stats {
	uint64_t	rx_frames, rx_bytes, tx_frames, tx_bytes;
	uint64_t	rx_crc, rx_length;	/* frames that the device found bad */
	uint64_t	rx_missed;		/* the device had no room for them */
	uint64_t	rx_waits;		/* it held them until the core gave it buffers */
	uint64_t	rx_device, tx_device;	/* good frames, as it counted them; 0: it does not */
	uint64_t	rx_nomem;		/* lost for want of an mbuf */
	uint64_t	tx_errors;		/* given up by the device, or by a stop */
	uint64_t	collisions;
};

/* What the device has verified of a received frame. */
#define PDKNET_RX_IP4_OK	0x01	/* the IPv4 header's checksum */
#define PDKNET_RX_L4_OK		0x02	/* TCP's or UDP's */

/* Glue to core.  All in WORKER, unlocked, may sleep, one at a time; except tx. */
struct pdknet_ops {
	/* Begin to receive and to send; on error the device is as it was. */
	int	(*up)(struct pdk_dev *, const struct pdknet_config *);
	/* Stop: no DMA, no upcall but pdknet_link() after it; frames in the queues are freed. */
	void	(*down)(struct pdk_dev *);
	/* While up: promisc, allmulti or the group addresses have changed, not the MTU. */
	int	(*filter)(struct pdk_dev *, const struct pdknet_config *);
	/* Up or down. */
	int	(*stats)(struct pdk_dev *, struct pdknet_stats *);
	/*
	 * Any context but FILTER and TIMER, unlocked, no sleep; one at a time. 0: the mbuf is
	 * the core's, which frees it when it is sent.  ENOBUFS: full, the caller keeps it and
	 * pdknet_tx_ready() will come.  Another error: it cannot be sent (down, malformed);
	 * the caller keeps it.
	 */
	int	(*tx)(struct pdk_dev *, struct mbuf *);
};

/* Core to glue, all unlocked.  attach: WORKER (in attach_late).  EEXIST, ENOMEM. */
int	pdknet_attach(struct pdk_dev *, const struct pdknet_ops *, const struct pdknet_caps *);
/* CONFIG.  Takes the interface away; `down` has been called when it returns.  Harmless if not
 * attached. */
void	pdknet_detach(struct pdk_dev *);
/* The rest in BH or WORKER.  rx takes the mbuf; flags are PDKNET_RX_*. */
void	pdknet_rx(struct pdk_dev *, struct mbuf *, unsigned flags);
void	pdknet_tx_ready(struct pdk_dev *);		/* tx may be called again */
void	pdknet_link(struct pdk_dev *, const struct pdknet_link *);
void	pdknet_restart(struct pdk_dev *);		/* the device hangs: down, up */

#endif /* PDKNET_H */
