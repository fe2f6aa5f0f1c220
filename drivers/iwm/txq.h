/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txq.h - queues for frames and the frames in them; part of iwm.h.
 *
 *	queue	FIFO	frames
 *	5	VO	management
 *	6..9	by AC	data, by access category (ACI 0..3)
 *	10..17	by AC	data in A-MPDUs, by TID; a frame's place is its sequence number mod 256
 *
 * All queues draw on one pool of descriptors, which bounds what the driver holds.  A frame that
 * is done stays in the pool until the 802.11 layer has it back.
 */
#ifndef IWM_TXQ_H
#define IWM_TXQ_H

#include <pdk.h>
#include <pdk80211.h>
#include <sys/queue.h>

#define IWM_MGMT_QUEUE		5
#define IWM_AC_QUEUE(aci)	(6 + (aci))
#define IWM_AGG_QUEUE(tid)	(10 + (tid))
#define IWM_IS_AGG_QUEUE(q)	((q) >= 10 && (q) < 10 + PDK80211_NTID)
#define IWM_LAST_QUEUE		17
#define IWM_NET_QUEUES		0x3ffe0		/* bit map of them all */

#define IWM_NTXD		512
#define IWM_TXD_RESERVE		32		/* of them for management and handshakes */
#define IWM_RING_HIGH		160		/* data frames in a ring */
#define IWM_RING_MAX		254		/* the device cannot tell a full one from empty */
#define IWM_HELD_MAX		64
#define IWM_RING_LOW		96		/* and so few before there may be more again */

/* A TX command before the rest of the frame, in a descriptor's 128 bytes. */
#define IWM_TXD_CMD_SIZE	128

struct iwm_txd {
	TAILQ_ENTRY(iwm_txd)	 link;		/* free, held or done */
	struct mbuf		*m;		/* NULL: a frame of the driver's own */
	struct pdk80211_txinfo	 info;
	struct pdk_dmamap	 map;
	int			 loaded;
	struct pdk80211_txstat	 stat;
	uint8_t			 judged;	/* stat.ok is known */
	uint8_t			 tid;		/* of QoS data, else IWM_TID_NONE */
	uint16_t		 seq;		/* of QoS data */
};
TAILQ_HEAD(iwm_txd_list, iwm_txd);

struct iwm_txpool {
	struct pdk_dma		 cmds;
	struct iwm_txd		 txd[IWM_NTXD];
	struct iwm_txd_list	 free, done;
	struct iwm_txd_list	 held;		/* wait until their TID's agreement stands */
	unsigned		 nfree, nmaps, nheld;
	int			 stalled;	/* the 802.11 layer waits for tx_ready */
	struct pdk_timer	 timer;		/* frames must get somewhere */
	unsigned		 progress, seen;
};

struct iwm_softc;

/* ---- txq.c: WORKER unless said ---- */
int	iwm_txpool_alloc(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_txpool_free(struct iwm_softc *);	/* CONFIG, unlocked */
/* The number that a queue which is to be enabled may begin with: `ssn` or the next. */
uint16_t iwm_txq_first(const struct iwm_softc *, unsigned qid, uint16_t ssn);
/*
 * A queue is enabled empty; its first frame has number `ssn`, from iwm_txq_first().  window: frames
 * of an A-MPDU, 0: no aggregation.
 */
int	iwm_txq_enable(struct iwm_softc *, unsigned qid, unsigned sta_id, unsigned tid,
	    unsigned fifo, unsigned window, uint16_t ssn);
int	iwm_txq_disable(struct iwm_softc *, unsigned qid, unsigned tid);
/* Throw away what is in these queues (bit map), and wait for it. */
int	iwm_txq_flush(struct iwm_softc *, uint32_t queues);
/* The device is stopped: every frame has failed. */
void	iwm_txq_reset(struct iwm_softc *, uint32_t queues);
unsigned iwm_fifo_of_ac(unsigned aci);
/* Frames of a TID in a queue. */
unsigned iwm_txq_count(struct iwm_softc *, unsigned qid, unsigned tid);
void	iwm_txq_watch_init(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_txq_watch_fini(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_txq_watch(struct iwm_softc *, int on);

/* ---- txframe.c ---- */
int	iwm_tx_op(struct pdk_dev *, struct mbuf *, const struct pdk80211_txinfo *);	/* op */
/* Of a TID (held_tids has its bit): let the frames go that were held back.  Locked. */
void	iwm_tx_release(struct iwm_softc *, unsigned tid);
/* Give all of them back unsent.  Locked. */
void	iwm_tx_drop_held(struct iwm_softc *);
/* Those that the card was to encrypt: their packet numbers are those of another key.  Locked. */
void	iwm_tx_drop_sealed(struct iwm_softc *);
/* Whether the 802.11 layer may be told to go on. */
int	iwm_tx_room(struct iwm_softc *);
/* A BlockAckReq: the peer moves its window to `ssn`.  Locked. */
void	iwm_tx_bar(struct iwm_softc *, unsigned tid, uint16_t ssn);

/* ---- txdone.c: BH ---- */
void	iwm_tx_resp(struct iwm_softc *, const struct iwm_rx_packet *, size_t len);
void	iwm_ba_notif(struct iwm_softc *, const uint8_t *payload, size_t len);
void	iwm_txd_done(struct iwm_softc *, struct iwm_txd *);

#endif /* IWM_TXQ_H */
