/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ethernet.h - the state of an Ethernet interface; ethernet*.c only.
 */
#ifndef PDK_ETHERNET_H
#define PDK_ETHERNET_H

#include "follow.h"
#include "softc.h"
#include <pdknet.h>

/* What the glue counts itself. */
struct shim_net_counts {
	atomic_ullong	rx, rx_bytes, rx_csum_ok;	/* from the core */
	atomic_ullong	rx_bad;		/* of a length that no Ethernet frame has */
	atomic_ullong	rx_host;	/* the host's interface had no room */
	atomic_ullong	tx, tx_bytes;	/* taken by the core */
	atomic_ullong	tx_stalls;	/* the core was full; the host keeps the frame */
	atomic_ullong	tx_memory, tx_refused, tx_closed;	/* lost, and why */
	atomic_ullong	restarts;
};

struct shim_net {
	const struct pdknet_ops	*ops;
	struct pdknet_caps	 caps;
	struct pdk_softc	*sc;
	struct hyp_net		*port;		/* NULL: this run has none */
	struct shim_follow	 life;
	struct pdk_task		 stats_task;
	struct shim_ctx		 saved;		/* of the port's thread */

	/* by the driver's lock */
	struct pdknet_link	 link;
	struct pdknet_stats	 stats;		/* as of the time that stats_seq counts */
	unsigned		 stats_seq;

	struct shim_net_counts	 counts;
	struct shim_net		*next_gone;
};

/* Make the port: 0, or an error that has been logged.  WORKER. */
int	shim_net_port_open(struct shim_net *);
void	shim_net_port_close(struct shim_net *);

/* The event "ethernet" with all counters, at the end. */
void	shim_net_tell(struct shim_net *);

#endif /* PDK_ETHERNET_H */
