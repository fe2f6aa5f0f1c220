/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ieee80211.h - the state of the station layer; ieee80211*.c only.
 */
#ifndef PDK_IEEE80211_H
#define PDK_IEEE80211_H

#include "softc.h"

/* So often may the firmware die within this time before the run has failed. */
#define SHIM_80211_RESTARTS	3
#define SHIM_80211_RESTART_NS	UINT64_C(60000000000)

struct shim_80211_counts {
	atomic_ullong	rx, rx_bytes, tx_ok, tx_failed, beacon_miss, scans, ba;
};

struct shim_80211 {
	const struct pdk80211_ops *ops;
	struct pdk80211_caps	 caps;
	struct pdk_task		 task;		/* up and down follow the flags below */

	/* by the driver's lock */
	bool			 want_up;	/* the run wants the radio on */
	bool			 rfkill;	/* a switch wants it off */
	bool			 restart;	/* the firmware died */
	bool			 asleep;	/* the system sleeps, or is about to */
	bool			 failed;	/* given up */

	/* written by WORKER */
	atomic_bool		 is_up;
	atomic_uint		 ups;		/* calls of up that were successful */
	unsigned		 restarts;
	uint64_t		 restart_first;	/* ns */

	struct shim_80211_counts counts;
	struct shim_80211	*next_gone;
	struct pdk80211_chan	 chans[];
};

/* What the run wants of the radio: it follows, in WORKER.  Any thread, locked or not. */
void	shim_80211_want(struct pdk_softc *, struct shim_80211 *, bool up);
/* As pdk80211_restart(), from any thread, locked or not. */
void	shim_80211_again(struct pdk_softc *, struct shim_80211 *);

/* The station layer that the upcall `call` is for; a violation if there is none. */
struct shim_80211 *shim_80211(struct pdk_softc *, const char *call);

#endif /* PDK_IEEE80211_H */
