/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_openbsd.h - a pdk80211 driver under OpenBSD's net80211, with its 4-way handshake in the
 * kernel; for the stack of 2016 (no HT) and that of 7.1 and later: what its files tell each other.
 *
 *	here		runs in							entered at
 *	wifi_start	if_start: the stack sends; from rx, too			IPL_NET, kernel lock
 *	wifi_ioctl	a process; sleeps until WORKER has done it		IPL_NONE, kernel lock
 *	wifi_watchdog	if_watchdog, for management frames without an answer	IPL_NET, kernel lock
 *	ic_* hooks	wherever net80211 is: BH, TIMER, a process		IPL_NET, kernel lock
 *	*_task		WORKER							IPL_NONE, kernel lock
 *	upcalls		BH, WORKER						any, raised to IPL_NET
 *
 * The stack's lock is the pdk's: splnet() under the kernel lock.  net80211's hooks may not sleep
 * and the core's operations do, so every hook notes what is wanted and posts a task; WORKER alone
 * calls the core, one operation at a time.  ops->tx is the exception, and splnet() keeps it single.
 *
 *	pdk80211_attach.c	the interface comes and goes
 *	pdk80211_if.c		what the system asks of it
 *	pdk80211_life.c		up, down, restart, sleep
 *	pdk80211_state.c	states, and the core's operations
 *	pdk80211_scan.c		scans
 *	pdk80211_bss.c		the network as the core wants it
 *	pdk80211_update.c	what changes while associated
 *	pdk80211_tx.c		frames out
 *	pdk80211_rx.c		frames in
 *	pdk80211_key.c		hardware keys
 *	pdk80211_ampdu.c	block ack
 *	pdk80211_rate.c		rate control
 *
 * Not offered: host AP, IBSS and monitor modes, MFP (the core's interface has no BIP), VHT and HE.
 * In 2016 net80211 has no HT (IEEE80211_NO_HT), so no A-MPDU, and no background scan.
 *
 * Manual pages: ieee80211(9), ieee80211_input(9), ieee80211_output(9), ieee80211_node(9),
 * ieee80211_crypto(9), ifq_dequeue(9), if_rxr_init(9), bpf_mtap(9), spl(9).
 */
#ifndef PDK80211_OPENBSD_H
#define PDK80211_OPENBSD_H

#include "pdk_unit.h"

#include <pdk80211.h>

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

#include <net80211/ieee80211_var.h>
#include <net80211/ieee80211_amrr.h>
#include <net80211/ieee80211_radiotap.h>

#if OpenBSD < 201605
#define WIFI_2016			/* queues are struct ifqueue, no HT, no bgscan */
#elif OpenBSD < 202205
#error "net80211 between 5.9 and 7.1 is neither the one nor the other: see pdk80211_openbsd.h"
#endif

#define WIFI_RSSI_MIN		(-100)	/* dBm that count as nothing, */
#define WIFI_RSSI_MAX		(-33)	/* and as all; net80211 thinks in percent of that span */
#define WIFI_AMRR_MS		500
#define WIFI_NKEYOP		8

struct wifi_frame {			/* ready to be sent */
	struct mbuf		*m;
	struct pdk80211_txinfo	 info;	/* its cookie is the node, referenced */
};
enum { WIFI_MGMT, WIFI_DATA, WIFI_NHELD };

struct wifi_keyop {
	struct pdk80211_key	 key;
	int			 del;
	unsigned		 gen;	/* of the pairwise key */
};
#define WIFI_KEY_BIT(k)	(1u << ((k)->group ? 1 + ((k)->id & 3) : 0))

struct wifi {
	struct ieee80211com	 ic;		/* first: ifnet, ieee80211com and this are cast */
	struct pdk_dev		*dev;
	const struct pdk80211_ops *ops;
	struct pdk80211_caps	 caps;
	struct pdk80211_chan	*chans;		/* caps.chans, with the flags of now while scanning */
	caddr_t			 drvbpf;

	/* what net80211 had in its place before us */
	int			(*newstate)(struct ieee80211com *, enum ieee80211_state, int);
	void			(*recv_mgmt)(struct ieee80211com *, struct mbuf *,
				    struct ieee80211_node *, struct ieee80211_rxinfo *, int);

	/* where the core is; changed in WORKER only */
	int			 up, joined, assoc;
	int			 scanning;	/* ops->scan() accepted, scan_done to come */

	/* what is wanted of it; splnet */
	int			 rfkill, asleep;
	int			 reset;		/* down and up again: settings have changed */
	int			 restart;	/* the same, because the firmware is dead */
	int			 retry;
	struct pdk_task		 life_task;
	int			 ns_pending, ns_arg;
	enum ieee80211_state	 ns;
	struct pdk_task		 state_task;
	int			 what;		/* PDK_UPD_* */
	struct pdk_task		 update_task;
	struct pdk_task		 bgscan_task;
	struct pdk_timer	 retry_timer;
	struct pdk_wchan	 wchan;		/* tx_done, scan_done */

	unsigned		 restarts;
	uint64_t		 restart_first;

	/* frames */
	struct wifi_frame	 held[WIFI_NHELD];	/* refused for want of room */
	unsigned		 inflight;
	int			 useprot;	/* as the core knows it */
#ifndef WIFI_2016
	struct mbuf_list	 rxml;
#endif

	/* keys */
	struct wifi_keyop	 keyop[WIFI_NKEYOP];
	unsigned		 nkeyop;
	unsigned		 ptk_gen;	/* counts changes of the pairwise key */
	int			 hw_ptk;	/* the hardware encrypts with the one of now */
	unsigned		 hw_keys;	/* set of WIFI_KEY_BIT(): those that the core has */
	struct pdk_task		 key_task;

	/* block ack: sets of TIDs */
	unsigned		 rx_start, rx_stop, tx_want, tx_run, tx_stop;
	unsigned		 tx_asked;	/* the core is ready, the peer has not answered */
	int			 ba_quiet;	/* the core knows already */
	unsigned		 tx_frames[PDK80211_NTID];
	uint64_t		 tx_next[PDK80211_NTID];	/* ms: no request before */
	struct pdk_task		 ba_task;
	struct pdk_timer	 ba_timer;

	/* rates, when the core leaves them to us */
	struct ieee80211_amrr	 amrr;
	struct ieee80211_amrr_node amn;
	struct pdk_timer	 amrr_timer;
};

/* ---- the stack's two ways to say it ---- */

#ifdef WIFI_2016
static inline struct mbuf *
wifi_mgt_dequeue(struct wifi *w)
{
	struct mbuf *m;

	IF_DEQUEUE(&w->ic.ic_mgtq, m);
	return m;
}

static inline struct mbuf *
wifi_data_dequeue(struct wifi *w)
{
	struct mbuf *m;

	IFQ_DEQUEUE(&w->ic.ic_if.if_snd, m);
	return m;
}

static inline void
wifi_set_oactive(struct ifnet *ifp, int on)
{
	if (on)
		ifp->if_flags |= IFF_OACTIVE;
	else
		ifp->if_flags &= ~IFF_OACTIVE;
}

static inline int
wifi_mgmt_only(struct wifi *w __unused)
{
	return 0;
}

static inline struct mbuf *
wifi_cluster(int len)
{
	return MCLGETI(NULL, M_DONTWAIT, NULL, len);
}
#else
static inline struct mbuf *
wifi_mgt_dequeue(struct wifi *w)
{
	return mq_dequeue(&w->ic.ic_mgtq);
}

static inline struct mbuf *
wifi_data_dequeue(struct wifi *w)
{
	return ifq_dequeue(&w->ic.ic_if.if_snd);
}

static inline void
wifi_set_oactive(struct ifnet *ifp, int on)
{
	if (on)
		ifq_set_oactive(&ifp->if_snd);
	else
		ifq_clr_oactive(&ifp->if_snd);
}

/* While it changes to another access point after a background scan. */
static inline int
wifi_mgmt_only(struct wifi *w)
{
	return (w->ic.ic_xflags & IEEE80211_F_TX_MGMT_ONLY) != 0;
}

static inline struct mbuf *
wifi_cluster(int len)
{
	return MCLGETL(NULL, M_DONTWAIT, len);
}
#endif

static inline struct wifi *
wifi_of(struct pdk_dev *d)
{
	return d->pd_unit->pu_class_sc;
}

/* Any context but FILTER and TIMER; the pdk's lock is not held. */
static inline void
wifi_post(struct wifi *w, struct pdk_task *t)
{
	pdk_lock(w->dev);
	pdk_task_post(t);
	pdk_unlock(w->dev);
}

/* ---- pdk80211_life.c; WORKER ---- */

/* Down; `alive': the firmware still hears the core. */
void	wifi_down(struct wifi *, int alive);
/* For pdk_call() of an ioctl: be what the interface's flags say; an errno value. */
int	wifi_follow(void *);
/* life_task. */
void	wifi_life_task(void *);
/* pdk_class's. */
void	wifi_sleep(struct pdk_dev *);
void	wifi_wake(struct pdk_dev *);

/* ---- pdk80211_state.c ---- */

/* Forget what belongs to a network: held frames, keys, agreements.  WORKER. */
void	wifi_forget(struct wifi *);
/* Until the core has sent what it has, or some time.  WORKER. */
void	wifi_goodbye(struct wifi *);
/* state_task. */
void	wifi_state_task(void *);
/* ic_newstate. */
int	wifi_newstate(struct ieee80211com *, enum ieee80211_state, int arg);
/* retry_timer: look for a network again. */
void	wifi_retry(void *);

/* ---- pdk80211_scan.c ---- */

/* WORKER; an errno value.  A scan that the core has accepted ends in pdk80211_scan_done(). */
int	wifi_scan(struct wifi *, int background);
/* WORKER: abort it, and wait for its end. */
void	wifi_scan_abort(struct wifi *);
#ifndef WIFI_2016
/* bgscan_task, ic_bgscan_start. */
void	wifi_bgscan_task(void *);
int	wifi_bgscan_start(struct ieee80211com *);
#endif

/* ---- pdk80211_bss.c; splnet ---- */

void	wifi_snapshot(struct wifi *, struct pdk80211_bss *);

/* ---- pdk80211_update.c ---- */

/* update_task. */
void	wifi_update_task(void *);
/* Tell the core of it (PDK_UPD_*), soon. */
void	wifi_changed(struct ieee80211com *, int what);
/* ic_updateslot and so on. */
void	wifi_updateslot(struct ieee80211com *);
void	wifi_updateedca(struct ieee80211com *);
#ifndef WIFI_2016
void	wifi_updateprot(struct ieee80211com *);
void	wifi_updatechan(struct ieee80211com *);
void	wifi_updatedtim(struct ieee80211com *);
#endif

/* ---- pdk80211_tx.c; splnet ---- */

/* if_start. */
void	wifi_start(struct ifnet *);
/* Free a frame that was kept, if there is one, and give its node back. */
void	wifi_frame_drop(struct wifi *, struct wifi_frame *);

/* ---- pdk80211_rx.c ---- */

/* pdk_class's: give the stack what was received. */
void	wifi_flush(struct pdk_dev *);

/* ---- pdk80211_key.c ---- */

/* key_task. */
void	wifi_key_task(void *);
/* ic_set_key, ic_delete_key. */
int	wifi_set_key(struct ieee80211com *, struct ieee80211_node *, struct ieee80211_key *);
void	wifi_delete_key(struct ieee80211com *, struct ieee80211_node *, struct ieee80211_key *);

/* ---- pdk80211_ampdu.c ---- */

/* ba_task. */
void	wifi_ba_task(void *);
/* A QoS frame has gone out: is it time to ask for an agreement?  splnet. */
void	wifi_ba_wish(struct wifi *, const struct pdk80211_txinfo *);
#ifndef WIFI_2016
/* ba_timer. */
void	wifi_ba_timeout(void *);
/* ic_ampdu_rx_start and so on, ic_recv_mgmt. */
int	wifi_ampdu_rx_start(struct ieee80211com *, struct ieee80211_node *, u_int8_t tid);
void	wifi_ampdu_rx_stop(struct ieee80211com *, struct ieee80211_node *, u_int8_t tid);
int	wifi_ampdu_tx_start(struct ieee80211com *, struct ieee80211_node *, u_int8_t tid);
void	wifi_ampdu_tx_stop(struct ieee80211com *, struct ieee80211_node *, u_int8_t tid);
void	wifi_recv_mgmt(struct ieee80211com *, struct mbuf *, struct ieee80211_node *,
	    struct ieee80211_rxinfo *, int subtype);
#endif

/* ---- pdk80211_rate.c ---- */

/* The rate of a frame, in 500 kb/s; 0: the core chooses.  splnet. */
uint8_t	wifi_rate(struct wifi *, const struct ieee80211_node *, const struct pdk80211_txinfo *);
/* What became of a frame.  splnet. */
void	wifi_note_rate(struct wifi *, const struct pdk80211_txstat *);
/* amrr_timer: time to choose. */
void	wifi_amrr(void *);

/* ---- pdk80211_if.c; of struct ifnet ---- */

void	wifi_watchdog(struct ifnet *);
int	wifi_media_change(struct ifnet *);
int	wifi_ioctl(struct ifnet *, u_long cmd, caddr_t data);

#endif /* PDK80211_OPENBSD_H */
