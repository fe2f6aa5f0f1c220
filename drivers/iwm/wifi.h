/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.h - the driver as a station: what it keeps of scan and network, and what the files that
 * know one thing each offer each other.  Part of iwm.h.
 *
 * Below, "op" means: called by the 802.11 layer, in WORKER, unlocked.  Everything else runs
 * with the device lock, and what sends commands or waits runs in WORKER, unless said.
 */
#ifndef IWM_WIFI_H
#define IWM_WIFI_H

#include <pdk.h>
#include <pdk80211.h>

#include "fwapi_rx.h"
#include "rates.h"
#include "reorder.h"
#include "thermal.h"
#include "txq.h"

struct iwm_softc;
struct iwm_rx_packet;

/* ---- upcall.c: news for the 802.11 layer, collected under the lock, told without it ---- */

/* A received frame's mbuf begins with this until it is passed up. */
struct iwm_rxhead {
	struct pdk80211_rxinfo	info;
};

struct iwm_upcalls {
	struct mbuf	*rx_head, *rx_tail;
	unsigned	 rx_in, rx_out;		/* frames collected and passed up, counted */
	unsigned	 rx_mark;		/* rx_out that somebody waits for */
	unsigned	 pending;		/* IWM_UPC_* */
	int		 busy;			/* somebody is telling */
	struct pdk_task	 task;			/* tells in WORKER */
};
#define IWM_UPC_SCAN_DONE	0x01
#define IWM_UPC_SCAN_ABORTED	0x02		/* with IWM_UPC_SCAN_DONE */
#define IWM_UPC_BEACON_MISS	0x04

void	iwm_upcall_init(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_upcall_rx(struct iwm_softc *, struct mbuf *);
void	iwm_upcall_set(struct iwm_softc *, unsigned pending);
/* BH or WORKER.  Gives the lock up meanwhile. */
void	iwm_upcall_tell(struct iwm_softc *);
/* WORKER.  Until nothing is left and nobody tells. */
void	iwm_upcall_finish(struct iwm_softc *);
/* WORKER.  Until the frames that are collected now have been passed up, by whomever. */
void	iwm_upcall_rx_barrier(struct iwm_softc *);
/* TIMER: somebody else must tell. */
void	iwm_upcall_later(struct iwm_softc *);

/* ---- rxframe.c: BH ---- */
void	iwm_rx_phy(struct iwm_softc *, const uint8_t *payload, size_t len);
void	iwm_rx_mpdu(struct iwm_softc *, const uint8_t *payload, size_t len);

/* ---- scan.c ---- */
struct iwm_scan {
	int		running;		/* the firmware has a request */
	struct pdk_timer timer;			/* it must end some time */
};

void	iwm_scan_init(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_scan_fini(struct iwm_softc *);	/* CONFIG, unlocked */
int	iwm_scan_op(struct pdk_dev *, const struct pdk80211_scan *);	/* op */
void	iwm_scan_abort_op(struct pdk_dev *);	/* op */
void	iwm_scan_complete(struct iwm_softc *, const uint8_t *payload, size_t len);	/* BH */
void	iwm_scan_stop(struct iwm_softc *);	/* and wait for its end */
void	iwm_scan_reset(struct iwm_softc *);	/* the firmware is gone */

/* ---- the network, if one is joined ---- */

/* Numbers in the firmware: we have one of each. */
#define IWM_MAC_ID		0
#define IWM_PHY_ID		0
#define IWM_BINDING_ID		0
#define IWM_CCMP_KEY_LEN	16

/* What the last beacon of the network told of time, and how strong it was. */
struct iwm_beacon {
	int		heard;
	uint32_t	gp2;			/* us, the firmware's clock */
	uint64_t	tsf;			/* us, the access point's */
	unsigned	dtim_count;
	int		signal;			/* dBm */
};

struct iwm_tid {
	uint16_t	seq;			/* of the next frame we send */
	int		rx_on;			/* frames from there are to be ordered */
	struct iwm_reorder reorder;
};

struct iwm_net {
	unsigned	state;			/* IWM_N_* */
	struct pdk80211_bss bss;
	uint32_t	queues;			/* bit map, those of the access point */
	struct iwm_beacon beacon;
	uint8_t		tk[IWM_CCMP_KEY_LEN];	/* pairwise key */
	int		have_tk;
	struct iwm_tid	tid[PDK80211_NTID];
	unsigned	agg_tids;		/* bit maps: with A-MPDUs to send; */
	unsigned	held_tids;		/* whose frames wait */
	uint32_t	agg_rate;		/* of the A-MPDU that went out last */
	uint8_t		agg_tlc;
	struct pdk_task	task;			/* tell the firmware of the first beacon */
};
#define IWM_N_MAC	0x01			/* in the firmware there is: MAC context, */
#define IWM_N_BINDING	0x02
#define IWM_N_STA	0x04
#define IWM_N_QUEUES	0x08
#define IWM_N_QUOTA	0x10
#define IWM_N_JOINED	0x20			/* frames may be sent */
#define IWM_N_ASSOC	0x40

/* ---- net.c: join to leave ---- */
void	iwm_net_init(struct iwm_softc *);	/* CONFIG, unlocked */
int	iwm_join_op(struct pdk_dev *, const struct pdk80211_bss *);		/* op */
int	iwm_assoc_op(struct pdk_dev *, const struct pdk80211_bss *);		/* op */
void	iwm_leave_op(struct pdk_dev *);						/* op */
int	iwm_update_op(struct pdk_dev *, int what, const struct pdk80211_bss *);	/* op */
void	iwm_net_leave(struct iwm_softc *);
void	iwm_net_reset(struct iwm_softc *);	/* the firmware is gone */

/* ---- beacon.c: BH ---- */
void	iwm_beacon(struct iwm_softc *, const uint8_t *frame, size_t len, int signal);
void	iwm_beacon_missed(struct iwm_softc *, const uint8_t *payload, size_t len);

/* ---- phyctx.c, macctx.c, binding.c, sta.c, sf.c ---- */
int	iwm_phyctx_add_all(struct iwm_softc *);
int	iwm_phyctx_set(struct iwm_softc *, const struct pdk80211_chan *, int mimo);
int	iwm_macctx_send(struct iwm_softc *, uint32_t action);
int	iwm_mcast_filter(struct iwm_softc *);
int	iwm_binding_add(struct iwm_softc *);
int	iwm_binding_remove(struct iwm_softc *);
int	iwm_quota(struct iwm_softc *, int on);
int	iwm_sta_add_aux(struct iwm_softc *);
int	iwm_sta_ap(struct iwm_softc *, int update);
int	iwm_sta_drain(struct iwm_softc *, int on);
int	iwm_sta_rx_ba(struct iwm_softc *, unsigned tid, uint16_t ssn, int start);
int	iwm_sta_remove(struct iwm_softc *);
int	iwm_sf_config(struct iwm_softc *, int on);

/* ---- tev.c ---- */
struct iwm_tev {
	enum { IWM_TEV_NONE, IWM_TEV_ASKED, IWM_TEV_RUNS } state;
	uint32_t	uid;
	struct pdk_task	task;			/* asks again */
};

void	iwm_tev_init(struct iwm_softc *);	/* CONFIG, unlocked */
int	iwm_tev_protect(struct iwm_softc *);
int	iwm_tev_end(struct iwm_softc *);
void	iwm_tev_notif(struct iwm_softc *, const uint8_t *payload, size_t len);	/* BH */
void	iwm_tev_reset(struct iwm_softc *);

/* ---- key.c ---- */
int	iwm_set_key_op(struct pdk_dev *, const struct pdk80211_key *);	/* op */
void	iwm_del_key_op(struct pdk_dev *, const struct pdk80211_key *);	/* op */
void	iwm_key_forget(struct iwm_softc *);

/* ---- lq.c ---- */
struct iwm_lq {
	struct iwm_rates rates;
	unsigned	color;
	unsigned	agg_limit;		/* frames in an A-MPDU; 0: the most */
	struct pdk_task	task;			/* sends a new table */
};

void	iwm_lq_init(struct iwm_softc *);	/* CONFIG, unlocked */
int	iwm_lq_start(struct iwm_softc *);
int	iwm_lq_agg_limit(struct iwm_softc *, unsigned frames);
void	iwm_lq_frame(struct iwm_softc *, const struct iwm_txd *, uint8_t tlc);	/* BH */
void	iwm_lq_agg(struct iwm_softc *, uint32_t word, uint8_t tlc, unsigned sent,
	    unsigned acked);			/* BH */
void	iwm_lq_reset(struct iwm_softc *);

/* ---- ba.c ---- */
struct iwm_ba {
	struct pdk_timer timer;			/* gaps in what was received */
	int		armed;
};

void	iwm_ba_init(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_ba_fini(struct iwm_softc *);	/* CONFIG, unlocked */
int	iwm_ba_op(struct pdk_dev *, enum pdk80211_baop, int tid, uint16_t *ssn,
	    int winsize);			/* op */
int	iwm_ba_frame(struct iwm_softc *, unsigned tid, uint16_t seq, struct mbuf *);	/* BH */
void	iwm_ba_bar(struct iwm_softc *, unsigned tid, uint16_t ssn);	/* BH */
void	iwm_ba_lost(struct iwm_softc *, unsigned qid);			/* BH */
void	iwm_ba_release(struct iwm_softc *);	/* BH or WORKER */
void	iwm_ba_reset(struct iwm_softc *);

/* ---- power.c ---- */
int	iwm_power(struct iwm_softc *);
int	iwm_beacon_filter(struct iwm_softc *, int on);

/* ---- stats.c ---- */
void	iwm_stats_notif(struct iwm_softc *, const uint8_t *payload, size_t len);	/* BH */
int	iwm_stats_op(struct pdk_dev *, struct pdk80211_stats *);	/* op */

/* ---- tt.c ---- */
struct iwm_tt {
	int		celsius;		/* measured last */
	struct iwm_thermal want, is;
	int		look;			/* time to see whether it is cooler */
	struct pdk_task	task;
	struct pdk_timer timer;
};

void	iwm_tt_init(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_tt_fini(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_tt_stop(struct iwm_softc *);
void	iwm_tt_resume(struct iwm_softc *);
int	iwm_tt_measure(struct iwm_softc *);
int	iwm_tt_backoff(struct iwm_softc *, uint32_t us);
void	iwm_tt_temperature(struct iwm_softc *, int celsius);		/* BH or WORKER */
void	iwm_tt_measured(struct iwm_softc *, const uint8_t *payload, size_t len);	/* BH */
void	iwm_tt_kill(struct iwm_softc *);				/* BH */

#endif /* IWM_WIFI_H */
