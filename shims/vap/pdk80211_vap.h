/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_vap.h - a wifi driver of the pdk under the VAP net80211: FreeBSD, DragonFly, and
 * NetBSD's renewal of its stack.  What these have each of their own is in pdk80211_os.h, chosen by
 * include path; this is for the files of shims/vap alone.
 *
 *	pdk80211_attach.c	attach, the VAP, channels, detach
 *	pdk80211_state.c	up and down, the states
 *	pdk80211_bss.c		the network as the core sees it, and its changes
 *	pdk80211_scan.c		scanning
 *	pdk80211_tx.c		transmission
 *	pdk80211_rx.c		reception
 *	pdk80211_key.c		hardware keys
 *	pdk80211_ampdu.c	block ack
 *	pdk80211_upcall.c	what else the core tells: rfkill, restart, ...
 *
 * One station VAP.  The radio scans by itself (IEEE80211_FEXT_SCAN_OFFLOAD) and numbers its
 * frames; VHT is not announced, and neither are protected management frames, which these
 * stacks do not have.
 *
 * Who calls what
 *	ic_tq		ic_parent, iv_newstate, ic_scan_start, ic_scan_end.  May sleep when
 *			it has left the com lock: it goes through pdk_call() into WORKER.
 *	any, locked	ic_updateslot, wme_update, iv_key_*, ic_ampdu_*, ic_addba_*: with the
 *			com or the node lock held, so they must not sleep.  They note what is
 *			to do and post a task.
 *	transmit lock	ic_transmit, ic_raw_xmit.  Must not sleep.
 *	BH, WORKER	the core's upcalls, without a lock.  They must not wait for ic_tq, which
 *			may be waiting for WORKER: what does that goes to the system's own
 *			task queue ("thread" below).
 *
 * Locks, in this order: receive (sc_rxmtx, in BH and WORKER alone); the stack's com and node
 * locks; transmit (sc_txmtx); the device's.  None is held across an operation of the core but
 * sc_txmtx across ops->tx(), which makes it one at a time.
 */
#ifndef PDK80211_VAP_H
#define PDK80211_VAP_H

#include <pdk80211.h>

#include <pdk80211_os.h>

#define VAP_NKEYS	5		/* group keys 0..3, and the pairwise key */
#define VAP_PAIRWISE	4

enum vap_joined { VAP_IDLE, VAP_JOINED, VAP_ASSOC };

/* What is to do with a key, and whether the hardware has it. */
struct vap_key {
	struct pdk80211_key	 key;
	bool			 set, del;	/* to do; del before set */
	bool			 installed;	/* the core has one in this place */
	volatile bool		 hw;		/* the newest one is the hardware's work */
};

enum vap_bawant { VAP_BA_NONE, VAP_BA_START, VAP_BA_RUN, VAP_BA_STOP };

/* A block ack agreement of one TID and direction: what the core is to be told. */
struct vap_ba {
	enum vap_bawant	 want;
	bool		 active;	/* the core has been told to start */
	bool		 refused;	/* the core cannot; until the network is left */
	uint16_t	 ssn;
	uint16_t	 winsize;
};

struct vap_queue {
	struct mbuf	*head, **tail;
	unsigned	 len;
};

/* A frame that is ready for the core: encrypted or not, it must not be prepared again. */
struct vap_frame {
	struct mbuf		*m;
	struct pdk80211_txinfo	 info;
};

/* Radiotap, in the order and alignment of the fields' numbers. */
struct vap_rxtap {
	struct ieee80211_radiotap_header hdr;
	uint64_t	tsft;
	uint8_t		flags, rate;
	uint16_t	chan_freq, chan_flags;
	int8_t		signal, noise;
} __packed __aligned(8);
#define VAP_RXTAP_PRESENT						\
	((1 << IEEE80211_RADIOTAP_TSFT) |				\
	(1 << IEEE80211_RADIOTAP_FLAGS) |				\
	(1 << IEEE80211_RADIOTAP_RATE) |				\
	(1 << IEEE80211_RADIOTAP_CHANNEL) |				\
	(1 << IEEE80211_RADIOTAP_DBM_ANTSIGNAL) |			\
	(1 << IEEE80211_RADIOTAP_DBM_ANTNOISE))

struct vap_txtap {
	struct ieee80211_radiotap_header hdr;
	uint8_t		flags, rate;
	uint16_t	chan_freq, chan_flags;
} __packed __aligned(8);
#define VAP_TXTAP_PRESENT						\
	((1 << IEEE80211_RADIOTAP_FLAGS) |				\
	(1 << IEEE80211_RADIOTAP_RATE) |				\
	(1 << IEEE80211_RADIOTAP_CHANNEL))

/* What the core was told last of what a beacon may change. */
struct vap_told {
	uint32_t	flags;		/* IEEE80211_F_* */
	uint8_t		dtim, htprot;
};

struct pdk80211_softc {
	struct ieee80211com	 sc_ic;
	struct pdk_dev		*sc_dev;
	const struct pdk80211_ops *sc_ops;
	struct pdk80211_caps	 sc_caps;
	struct pdk80211_chan	*sc_chans;	/* the core's, of caps.nchans */

	/* WORKER alone. */
	bool			 sc_up;
	enum vap_joined		 sc_joined;

	/* The device's lock. */
	bool			 sc_dead;	/* the firmware is; until it is down */
	bool			 sc_gone;	/* no restarts any more */
	bool			 sc_rfkill, sc_asleep;
	bool			 sc_scanning;	/* the core is */
	bool			 sc_scanwait;	/* and the stack waits for it */
	unsigned		 sc_updates;	/* PDK_UPD_* to tell */
	unsigned		 sc_restarts;
	uint64_t		 sc_restart_ms;	/* of the first of them */
	struct vap_key		 sc_keys[VAP_NKEYS];
	struct vap_ba		 sc_barx[PDK80211_NTID], sc_batx[PDK80211_NTID];
	struct pdk_wchan	 sc_scanwc;
	unsigned		 sc_mgmt;	/* management frames that the core has */
	struct pdk_wchan	 sc_mgmtwc;	/* until there are none */
	struct pdk_task		 sc_update_task, sc_key_task, sc_ba_task;	/* WORKER */
	struct vap_told		 sc_told;

	struct task		 sc_scan_task;		/* ic_tq */
	struct task		 sc_lost_task;		/* ic_tq */
	struct task		 sc_rfkill_task;	/* thread */
	struct task		 sc_restart_task;	/* thread */

	/* Transmission: sc_txmtx. */
	vap_mtx_t		 sc_txmtx;
	bool			 sc_running;	/* frames are taken */
	bool			 sc_full;	/* until pdk80211_tx_ready() */
	struct vap_queue	 sc_queue;
	struct vap_frame	 sc_next;	/* refused; goes first */
	struct vap_txtap	 sc_txtap;

	/* Reception: sc_rxmtx. */
	vap_mtx_t		 sc_rxmtx;
	struct vap_rxtap	 sc_rxtap;

	/* The stack's own methods, which ours call. */
	int	(*sc_ampdu_rx_start)(struct ieee80211_node *, struct ieee80211_rx_ampdu *, int,
		    int, int);
	void	(*sc_ampdu_rx_stop)(struct ieee80211_node *, struct ieee80211_rx_ampdu *);
	int	(*sc_ampdu_enable)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
	int	(*sc_addba_request)(struct ieee80211_node *, struct ieee80211_tx_ampdu *, int, int,
		    int);
	int	(*sc_addba_response)(struct ieee80211_node *, struct ieee80211_tx_ampdu *, int, int,
		    int);
	void	(*sc_addba_stop)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
	void	(*sc_addba_timeout)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
};

struct vap_vap {
	struct ieee80211vap	 vv_vap;		/* first */
	int			(*vv_newstate)(struct ieee80211vap *, enum ieee80211_state, int);
};

static inline struct pdk80211_softc *
vap_ic_sc(struct ieee80211com *ic)
{
	return (ic->ic_softc);
}

/* The one there can be, or NULL. */
static inline struct ieee80211vap *
vap_first(struct pdk80211_softc *sc)
{
	return (TAILQ_FIRST(&sc->sc_ic.ic_vaps));
}

/* ---- pdk80211_bss.c ---- */

void	vap_snap_chan(const struct ieee80211_channel *, struct pdk80211_chan *);
/* With the com lock held, under which iv_bss does not change. */
void	vap_snapshot(struct pdk80211_softc *, struct ieee80211vap *, struct pdk80211_bss *);
/* Have the core told of PDK_UPD_*.  Any context, also with the com lock. */
void	vap_post_update(struct pdk80211_softc *, unsigned what);
/* A beacon of the network was heard. */
void	vap_heard_beacon(struct pdk80211_softc *, struct ieee80211vap *);
void	vap_bss_attach(struct pdk80211_softc *);

/* ---- pdk80211_state.c ---- */

/* The firmware has died, and is not down yet.  Unlocked. */
bool	vap_is_dead(struct pdk80211_softc *);
/* Leave the network, if there is one.  WORKER. */
void	vap_do_leave(struct pdk80211_softc *);
/* Down, from any state; for pdk_call(). */
int	vap_call_down(void *sc);
void	vap_state_override(struct vap_vap *);
void	vap_state_attach(struct pdk80211_softc *);

/* ---- pdk80211_tx.c ---- */

/* Frames are taken, or not any more.  WORKER. */
void	vap_set_running(struct pdk80211_softc *, bool);
/* Give back what waits. */
void	vap_flush(struct pdk80211_softc *);
/* Give the core what it takes.  Unlocked. */
void	vap_start(struct pdk80211_softc *);
/* The core has one management frame more, or gives one back; other frames do not count. */
void	vap_count_mgmt(struct pdk80211_softc *, const struct mbuf *, int n);
void	vap_tx_attach(struct pdk80211_softc *);

/* ---- pdk80211_scan.c, pdk80211_key.c ---- */

void	vap_scan_attach(struct pdk80211_softc *);
/*
 * Set or clear one of a key's IEEE80211_KEY_SW*, the stack's only sign of who works with it.
 * Unlocked; sc_txmtx or sc_rxmtx may be held.
 */
void	vap_key_flag(struct pdk80211_softc *, struct ieee80211_key *, unsigned flag, bool on);
void	vap_key_override(struct ieee80211vap *);
void	vap_key_attach(struct pdk80211_softc *);

/* ---- pdk80211_ampdu.c ---- */

/* The access point's node, with a reference, or NULL.  Unlocked. */
struct ieee80211_node *vap_bss_ref(struct pdk80211_softc *);
/* Tell the peer that what it sends in this TID is in order no more.  Unlocked. */
void	vap_delba_rx(struct pdk80211_softc *, int tid);
void	vap_ampdu_override(const struct pdk80211_softc *, struct ieee80211vap *);
void	vap_ampdu_attach(struct pdk80211_softc *);

/* ---- pdk80211_rx.c ---- */

/* The glue, unless it is being taken away or not there yet.  Unlocked. */
struct pdk80211_softc *vap_alive(struct pdk_dev *);

/* ---- pdk80211_upcall.c ---- */

/* CONFIG: the system goes to sleep (0), or is awake again (1). */
void	vap_power(struct pdk_dev *, int on);
void	vap_upcall_attach(struct pdk80211_softc *);

#endif /* PDK80211_VAP_H */
