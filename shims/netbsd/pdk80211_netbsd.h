/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_netbsd.h - the 802.11 boundary on NetBSD's single-interface net80211 (to 10.x and
 * trunk): what its files tell each other.  The VAP net80211 of the renewal branch has its own, in
 * shims/vap.
 *
 * What this stack has not: HT and with it A-MPDU, so ops->ba() is never called and a network is
 * 20 MHz wide; a channel switch announced by the access point; monitor mode without a network
 * (the boundary has no operation for it).  ops->stats() has no reader.
 *
 * net80211 here is protected by the kernel lock and splnet() and by nothing else; the stack calls
 * if_start, if_ioctl and if_watchdog so.  BH and WORKER enter it by net_enter().  A driver's
 * operation is never called with anything but WORKER's own context: whatever has to sleep
 * is recorded and done by one task (wlan_follow()), the calls that must wait for it use pdk_call().
 *
 *	if_init, if_stop	pdk_call() of wlan_up(), wlan_down(): the system waits for them
 *	ic_newstate		recorded; the task calls join, assoc, leave, scan, and net80211's
 *				own function with them
 *	ic_updateslot, wme_update, what beacons change	recorded; the task calls update
 *	cs_key_set		pdk_call(); a key that is refused is net80211's own work
 *	cs_key_delete		recorded: nodes are freed in interrupts, too
 *	if_start		ops->tx(), one at a time; a frame that is refused for want of room is
 *				kept, and goes first next time
 *	ieee80211_watchdog	by if_watchdog
 *
 *	pdk80211_attach.c	the interface comes and goes
 *	pdk80211_if.c		what the system asks of it
 *	pdk80211_task.c		up, down, the task
 *	pdk80211_state.c	states, and the core's operations
 *	pdk80211_scan.c		scans
 *	pdk80211_bss.c		the network, as the core sees it
 *	pdk80211_tx.c		frames out
 *	pdk80211_rx.c		frames in
 *	pdk80211_key.c		hardware keys
 *	pdk80211_rate.c		rate control
 *	pdk80211_upcall.c	what the core tells beside frames
 *
 * See ifnet(9), ieee80211(9), bpf(9), pmf(9), spl(9), kthread(9).
 */
#ifndef PDK80211_NETBSD_H
#define PDK80211_NETBSD_H

#include <pdk80211.h>

#include "pdk_if.h"

#include <net80211/ieee80211_netbsd.h>
#include <net80211/ieee80211_var.h>
#include <net80211/ieee80211_amrr.h>
#include <net80211/ieee80211_radiotap.h>

#define AMRR_MS	500		/* between two choices of a rate */

/* What the task has to do: w_todo. */
#define TODO_RESTART	0x01	/* the firmware has died */
#define TODO_RESET	0x02	/* down and up: the configuration has changed */
#define TODO_RFKILL	0x04	/* the switch was moved */
#define TODO_STATE	0x08	/* w_nstate, w_arg */
#define TODO_BGSCAN	0x10
#define TODO_RATES	0x20	/* time for AMRR */
#define TODO_GONE	(TODO_STATE | TODO_BGSCAN | TODO_RATES)	/* not when it is down */

/* Keys, as a set: w_hwkeys, w_delkeys. */
#define KEY_PAIRWISE	0x01
#define KEY_GROUP(id)	(0x02 << (id))

struct wlan_rxtap {
	struct ieee80211_radiotap_header wr_ihdr;
	uint64_t	wr_tsft;
	uint8_t		wr_flags;
	uint8_t		wr_rate;
	uint16_t	wr_chan_freq;
	uint16_t	wr_chan_flags;
	int8_t		wr_signal;
	int8_t		wr_noise;
} __packed __aligned(8);
#define RXTAP_PRESENT	(1 << IEEE80211_RADIOTAP_TSFT | 1 << IEEE80211_RADIOTAP_FLAGS | \
	1 << IEEE80211_RADIOTAP_RATE | 1 << IEEE80211_RADIOTAP_CHANNEL | \
	1 << IEEE80211_RADIOTAP_DBM_ANTSIGNAL | 1 << IEEE80211_RADIOTAP_DBM_ANTNOISE)

struct wlan_txtap {
	struct ieee80211_radiotap_header wt_ihdr;
	uint8_t		wt_flags;
	uint8_t		wt_rate;
	uint16_t	wt_chan_freq;
	uint16_t	wt_chan_flags;
} __packed __aligned(8);
#define TXTAP_PRESENT	(1 << IEEE80211_RADIOTAP_FLAGS | 1 << IEEE80211_RADIOTAP_RATE | \
	1 << IEEE80211_RADIOTAP_CHANNEL)

/* bpf(4) headers of a fixed size: see IEEE80211_RADIOTAP_HDRLEN. */
union wlan_tap {
	struct wlan_rxtap rx;
	struct wlan_txtap tx;
	uint8_t		pad[IEEE80211_RADIOTAP_HDRLEN];
};

struct wlan_node {
	struct ieee80211_node		wn_node;	/* first */
	struct ieee80211_amrr_node	wn_amrr;
};

struct pdk80211_softc {
	struct pdk_dev		*w_dev;
	const struct pdk80211_ops *w_ops;
	struct pdk80211_caps	 w_caps;
	struct pdk80211_chan	*w_chans;

	/* net80211, by net_enter() */
	struct ieee80211com	 w_ic;
	struct ethercom		 w_ec;
	int			(*w_newstate)(struct ieee80211com *, enum ieee80211_state, int);
	struct ieee80211_amrr	 w_amrr;
	struct bpf_if		*w_bpf;
	union wlan_tap		 w_tap;
	struct mbuf		*w_held;	/* refused; w_heldinfo is its */
	struct pdk80211_txinfo	 w_heldinfo;
	bool			 w_tx_busy, w_tx_again;
	uint32_t		 w_flags;	/* PDK_BSS_* that the core was told last */
	uint8_t			 w_dtim;
	bool			 w_bgscan;	/* the scan that runs is one in the background */

	/* by the device's lock */
	struct pdk_task		 w_task;
	struct pdk_timer	 w_amrr_timer;
	struct pdk_wchan	 w_wchan;	/* w_scanning, w_inflight */
	unsigned		 w_todo;	/* TODO_* */
	unsigned		 w_update;	/* PDK_UPD_* */
	unsigned		 w_delkeys;	/* KEY_*: net80211 has deleted them */
	enum ieee80211_state	 w_nstate;
	int			 w_arg;
	bool			 w_rfkill;
	bool			 w_scanning;	/* scan_done is to come */
	bool			 w_aborted;	/* and nobody is to hear of it */
	bool			 w_rescan;	/* the next one is wanted already */
	unsigned		 w_inflight;	/* frames that the core has */
	unsigned		 w_refs;	/* upcalls that are in here */
	kcondvar_t		 w_refs_cv;

	/* WORKER */
	bool			 w_up, w_joined;
	bool			 w_dead;	/* the firmware: there is nothing to wait for */
	unsigned		 w_hwkeys;	/* KEY_*: the core has them */
	struct pdk80211_bss	 w_bss;
	struct pdk80211_scan	 w_scan;
	struct pdk80211_chan	*w_scanchans;
	uint8_t			 w_scanies[IEEE80211_MAX_OPT_IE];
};

#define IC2W(ic)	((struct pdk80211_softc *)(ic)->ic_ifp->if_softc)

/* ---- pdk80211_task.c ---- */

/* Have the task do it.  Any context but FILTER, unlocked. */
void	wlan_post(struct pdk80211_softc *, unsigned todo, unsigned update);
/* WORKER, for pdk_call(): the interface up, down, or down and up; an errno value. */
int	wlan_up(void *);
int	wlan_down(void *);
int	wlan_reset(void *);
/* The task. */
void	wlan_follow(void *);

/* ---- pdk80211_state.c; WORKER, in net80211 ---- */

/* The core's join and update; join's errno value. */
int	wlan_join(struct pdk80211_softc *);
void	wlan_update(struct pdk80211_softc *, unsigned what);
/* Leave the network; to another state, with what the core has to do for it. */
void	wlan_to_init(struct pdk80211_softc *, int arg);
void	wlan_set_state(struct pdk80211_softc *, enum ieee80211_state, int arg);
/* ic_newstate; any context but FILTER. */
int	wlan_newstate(struct ieee80211com *, enum ieee80211_state, int arg);

/* ---- pdk80211_scan.c; WORKER, in net80211 ---- */

void	wlan_scan_start(struct pdk80211_softc *, bool background);
void	wlan_scan_stop(struct pdk80211_softc *);

/* ---- pdk80211_bss.c; in net80211 ---- */

/* Fill w_bss. */
void	wlan_describe_bss(struct pdk80211_softc *);
/* Post an update for what a beacon has changed. */
void	wlan_notice_changes(struct pdk80211_softc *);

/* ---- pdk80211_tx.c; in net80211 ---- */

/* if_start. */
void	wlan_start(struct ifnet *);
/* Free the frame that was refused. */
void	wlan_drop_held(struct pdk80211_softc *);
/* WORKER: until the core has sent what it has, or some time. */
void	wlan_await_sent(struct pdk80211_softc *);

/* ---- pdk80211_key.c ---- */

/* WORKER, in net80211: take from the core what net80211 has deleted. */
void	wlan_delete_keys(struct pdk80211_softc *);
/* The methods of ic_crypto. */
int	wlan_key_alloc(struct ieee80211com *, const struct ieee80211_key *, ieee80211_keyix *,
	    ieee80211_keyix *);
int	wlan_key_set(struct ieee80211com *, const struct ieee80211_key *,
	    const u_int8_t mac[IEEE80211_ADDR_LEN]);
int	wlan_key_delete(struct ieee80211com *, const struct ieee80211_key *);

/* ---- pdk80211_rate.c; in net80211 ---- */

/* The timer: time to choose. */
void	wlan_rate_timeout(void *);
void	wlan_rate_choose(struct pdk80211_softc *);
/* What became of a frame to the node. */
void	wlan_rate_learn(struct pdk80211_softc *, struct ieee80211_node *,
	    const struct pdk80211_txstat *);
/* ic_node_alloc, ic_newassoc. */
struct ieee80211_node *wlan_node_alloc(struct ieee80211_node_table *);
void	wlan_newassoc(struct ieee80211_node *, int isnew);

/* ---- pdk80211_if.c; of ifnet(9) and ieee80211com ---- */

int	wlan_init(struct ifnet *);
void	wlan_stop(struct ifnet *, int disable);
void	wlan_watchdog(struct ifnet *);
int	wlan_ioctl(struct ifnet *, u_long cmd, void *data);
int	wlan_media_change(struct ifnet *);
void	wlan_updateslot(struct ifnet *);
int	wlan_wme_update(struct ieee80211com *);

/* ---- pdk80211_upcall.c; any context but FILTER, unlocked ---- */

/* The softc, which stays until it is released; NULL: it goes, or is not there. */
struct pdk80211_softc *wlan_hold(struct pdk_dev *);
void	wlan_release(struct pdk80211_softc *);

#endif /* PDK80211_NETBSD_H */
