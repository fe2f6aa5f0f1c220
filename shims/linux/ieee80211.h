/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ieee80211.h - the state of a radio; ieee80211*.c only.
 */
#ifndef PDK_IEEE80211_H
#define PDK_IEEE80211_H

#include "follow.h"
#include "softc.h"
#include "shims/linux/sta/sta.h"

struct shim_80211_counts {
	atomic_ullong	rx, rx_bytes, tx_ok, tx_failed, beacon_miss, scans, ba;
};

struct shim_80211 {
	const struct pdk80211_ops *ops;
	struct pdk80211_caps	 caps;
	struct shim_follow	 life;		/* blocked: rfkill */
	struct shim_80211_counts counts;

	/* The station, NULL if the driver is none: ieee80211_sta.c. */
	struct sta		*sta;
	struct pdk_softc	*sc;
	struct pdk_task		 sta_task;
	struct pdk_timer	 sta_alarm;
	struct hyp_cond		 sta_cv;	/* to WORKER in sta_port_wait() */
	unsigned		 sta_wakes;	/* by the driver's lock */
	bool			 sta_quiet;	/* likewise: its task does not run any more */
	struct shim_ctx		 sta_saved;	/* of the host's thread */

	struct shim_80211	*next_gone;
	struct pdk80211_chan	 chans[];
};

/* Make the station: 0 or ENOMEM.  WORKER. */
int	shim_80211_station(struct pdk_softc *, struct shim_80211 *);
/* Nothing of it is queued, armed or runs any more.  CONFIG, unlocked. */
void	shim_80211_station_stop(struct pdk_softc *, struct shim_80211 *);

/* The radio that the upcall `call` is for; a violation if there is none. */
struct shim_80211 *shim_80211(struct pdk_softc *, const char *call);

#endif /* PDK_IEEE80211_H */
