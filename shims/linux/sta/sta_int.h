/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_int.h - struct sta, and what the parts of the station layer offer each other.  See sta.h for
 * who may touch what.
 */
#ifndef STA_STA_INT_H
#define STA_STA_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shims/linux/sta/bsstab.h"
#include "shims/linux/sta/ccmp.h"
#include "shims/linux/sta/counts.h"
#include "shims/linux/sta/defrag.h"
#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/dup.h"
#include "shims/linux/sta/mgmt.h"
#include "shims/linux/sta/params.h"
#include "shims/linux/sta/sta.h"
#include "shims/linux/sta/wpa.h"

#define MS		UINT64_C(1000000)
#define SECOND		UINT64_C(1000000000)
#define NEVER		UINT64_MAX

/* ---- the state machine: WORKER's alone ---- */

enum sta_state { ST_DOWN, ST_IDLE, ST_SCANNING, ST_AUTH, ST_ASSOC, ST_HANDSHAKE, ST_RUNNING,
    ST_WAITING };

enum sta_timer {
	T_STEP,			/* authentication or association is not answered */
	T_RETRY,		/* the next try */
	T_SCAN,			/* a scan does not end */
	T_PROBE,		/* the access point does not answer */
	T_CSA,			/* the channel changes */
	T_CORE,			/* the core has failed, and does not restart */
	T_CARRIER,		/* the host's link has waited long enough */
	T_ROAM,			/* look whether there is a better one */
	T_ALIVE,		/* say that we are still there */
	T_BA,			/* block ack agreements */
	NTIMERS
};

/* The network to join. */
struct sta_want {
	bool		on, secure, has_bssid;
	bool		cmdline;		/* the run was started for it */
	uint8_t		ssid[PDK80211_MAXSSID], ssid_len, bssid[6];
	uint8_t		pmk[WPA_PMK_LEN];
};

/* A block ack agreement to send. */
enum ba_state { BA_IDLE, BA_ASKED, BA_ON };
struct sta_ba {
	enum ba_state	state;
	uint8_t		token, tries;
	uint64_t	when;			/* ASKED: until then; IDLE: not before */
};

/* ---- mailbox: what WORKER is to look at ---- */

#define MB_SCAN_DONE	0x0001u
#define MB_SCAN_ABORTED	0x0002u			/* with the former */
#define MB_BEACON_MISS	0x0004u
#define MB_PROBE_ACKED	0x0008u
#define MB_ALIVE_LOST	0x0010u			/* nobody acknowledged the keep-alive */
#define MB_BYE_SENT	0x0020u
#define MB_SCAN		0x0040u			/* requests */
#define MB_JOIN		0x0080u
#define MB_LEAVE	0x0100u
#define MB_PN_END	0x0200u			/* packet numbers are used up */
#define MB_DOZE		0x0800u			/* requests, as above */
#define MB_STATS	0x1000u

struct sta_mailbox {
	unsigned	flags;
	uint8_t		ba_want;		/* TIDs with traffic */
	uint8_t		ba_rx_gone, ba_tx_gone;	/* agreements that the core has ended */
	bool		doze;
	struct sta_want	join;
	uint8_t		scan_ssid[PDK80211_MAXSSID], scan_ssid_len;
};

/* Cookies of frames whose fate matters. */
enum sta_cookie { COOKIE_NONE, COOKIE_PROBE, COOKIE_ALIVE, COOKIE_BYE };

/* ---- what requests show: by mtx ---- */

#define STA_WHY_LEN	256
struct sta_view {
	enum sta_state	state;
	bool		blocked, scanning, carrier, connected;
	uint64_t	since, retry;		/* ns */
	struct pdk80211_bss bss;		/* when there is a network */
	char		security[16];
	char		why[STA_WHY_LEN];	/* "": nothing failed */
	bool		wanted;
	uint8_t		ssid[PDK80211_MAXSSID], ssid_len;
	char		address[64], router[64], dns[256];	/* "": none */
	struct wpa_counts wpa;
	bool		doze;			/* power save is wanted */
	struct pdk80211_stats radio;		/* as of `radio_serial` */
	bool		have_radio;
	unsigned	radio_serial;
};

/* ---- frames on their way to WORKER ---- */

#define INQ_LEN		128u
#define INQ_BEACONS	96u			/* so many, and the rest is for others */
struct sta_in {
	struct mbuf		*m;
	struct pdk80211_rxinfo	 rxi;
	bool			 eapol, sealed;	/* an EAPOL frame's data; came encrypted */
};
struct sta_inq {
	pthread_mutex_t	mtx;
	unsigned	head, n;
	struct sta_in	in[INQ_LEN];
};

/* ---- receiving: by rx.mtx ---- */

struct sta_rx {
	pthread_mutex_t	 mtx;
	bool		 on;			/* joined: frames of `bssid` are ours */
	bool		 secure, open;		/* encrypted; the port is open */
	uint8_t		 bssid[6];
	struct ccmp_key	*ptk, *gtk[4];
	uint64_t	 serial;		/* of keys, for fragments */
	uint64_t	 ptk_serial, gtk_serial[4];
	struct dup	 dup;
	struct defrag	 defrag;
	/* of the access point's frames; also for others */
	atomic_int	 rssi, rssi16, noise;	/* dBm; average, dBm / 16; 0: none */
	atomic_uint	 rate;			/* 100 kb/s */
	_Atomic uint64_t heard;			/* ns */
};

/* ---- sending: by tx.mtx ---- */

enum tx_gate {
	TX_CLOSED,		/* no network: frames are dropped */
	TX_HOLD,		/* in a moment: the host keeps them */
	TX_OPEN,
};

#define TX_MGMTQ	16u
struct sta_out {
	struct mbuf		*m;
	struct pdk80211_txinfo	 txi;
};
struct sta_tx {
	pthread_mutex_t	 mtx;
	enum tx_gate	 gate;
	bool		 full;			/* the core waits to say pdk80211_tx_ready() */
	bool		 secure, qos;
	uint8_t		 bssid[6], acm;		/* acm: categories not to be used, a set */
	struct ccmp_key	*ptk;			/* the receiving side's; NULL: none yet */
	bool		 hw;			/* the hardware encrypts */
	uint64_t	 pn;			/* then: sent last */
	struct sta_out	 data;			/* .m: refused by the core, goes first */
	struct sta_out	 mgmt[TX_MGMTQ];	/* the same of management and EAPOL */
	unsigned	 nmgmt;
	uint8_t		 ba_quiet;		/* TIDs whose traffic need not be told */
	unsigned	 ba_seen[PDK80211_NTID];
	uint64_t	 ba_since[PDK80211_NTID];
};

/* ---- the station ---- */

struct sta {
	struct hyp_dev			*hyp;
	struct pdk_dev			*dev;
	const struct pdk80211_ops	*ops;
	const struct pdk80211_caps	*caps;
	const char *const		*states;
	void				*port;
	struct hyp_net			*net;		/* NULL: none */
	struct sta_counts		 counts;
	atomic_uint			 freq;		/* MHz, of the network; 0: none */

	pthread_mutex_t			 mtx;
	struct bsstab			*tab;		/* changed by WORKER only */
	struct sta_mailbox		 mb;
	struct sta_view			 view;

	struct sta_inq			 inq;
	struct sta_rx			 rx;
	struct sta_tx			 tx;

	/* WORKER */
	enum sta_state			 state;
	uint64_t			 since;
	uint64_t			 at[NTIMERS];
	struct sta_want			 want;
	bool				 scanning, scan_bg;
	bool				 scan_early;	/* aborted by ourselves: enough was heard */
	bool				 scan_again, scan_stuck;
	bool				 scanned;	/* once at least */
	bool				 rejoin;		/* cur is to be tried first */
	bool				 carrier;
	bool				 reached;	/* associated once in this run */
	struct bss			 cur;		/* being joined, or joined */
	struct pdk80211_bss		 bss;
	struct rsn_choice		 choice;
	bool				 joined;		/* ops->join was successful */
	int				 core_error;	/* of the last operation for this network */
	unsigned			 step;		/* tries of the frame that is waited for */
	uint64_t			 began;		/* of the try */
	uint8_t				 from[6];	/* roaming: the access point left */
	bool				 roaming;
	unsigned			 rounds;	/* without success, for the back-off */
	unsigned			 probes;
	struct bss_csa			 csa;
	uint64_t			 up_since;	/* RUNNING */
	uint64_t			 roam_gap, roam_next;	/* ns between scans; the next */
	struct wpa			*wpa;
	bool				 wpa_done, wpa_failed;
	struct wpa_verdict		 verdict;
	struct sta_ba			 ba[PDK80211_NTID];
	uint8_t				 ba_rx, ba_token;
	bool				 bye_sent;
	bool				 doze;		/* power save is wanted */
};

static inline uint64_t
sta_now(void)
{
	return hyp_clock_ns();
}

/* ---- sta.c ---- */
void	sta_state(struct sta *, enum sta_state);
const char *sta_state_name(enum sta_state);
/* In so many ns; NEVER stops it. */
void	sta_timer(struct sta *, enum sta_timer, uint64_t ns);
/* Something for WORKER: a set of MB_*.  Any thread. */
void	sta_post(struct sta *, unsigned flags);
void	sta_view_update(struct sta *);
/* Has the driver this state?  Then it is reached. */
void	sta_milestone(struct sta *, const char *state);
/* An operation of the core, checked when it returns. */
#define STA_OP(st, op, ...) (__extension__({					\
	int error_ = (st)->ops->op((st)->dev, ##__VA_ARGS__);			\
	sta_port_returned((st)->port, (void (*)(void))(st)->ops->op);		\
	error_;									\
}))
#define STA_OPV(st, op, ...) do {						\
	(st)->ops->op((st)->dev, ##__VA_ARGS__);				\
	sta_port_returned((st)->port, (void (*)(void))(st)->ops->op);		\
} while (0)

/* ---- request.c: WORKER ---- */
void	request_join(struct sta *, const struct sta_want *);
void	request_leave(struct sta *);
void	request_doze(struct sta *, bool on);
void	request_stats(struct sta *);

/* ---- scan.c: WORKER ---- */
void	scan_start(struct sta *, bool background);
void	scan_done(struct sta *, bool aborted);
void	scan_abort(struct sta *);
void	scan_timeout(struct sta *);
void	scan_heard(struct sta *, const struct bss *);	/* during a scan or not */
void	scan_request(struct sta *, const uint8_t *ssid, size_t len);

/* ---- join.c: WORKER ---- */
void	join_want(const struct sta *, struct bsstab_want *);
void	join_try(struct sta *, const struct bss *, const uint8_t *from);
void	join_auth(struct sta *, const uint8_t *body, size_t len);
void	join_assoc(struct sta *, const uint8_t *body, size_t len);
void	join_timeout(struct sta *);
void	join_running(struct sta *);
/* Leave the access point: no keys, no agreements.  `reason` not 0: tell it. */
void	join_teardown(struct sta *, uint16_t reason);

/* ---- retry.c: WORKER ---- */
/* The try came to nothing. */
void	retry_failed(struct sta *, uint16_t reason, bool passphrase, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* The network is lost: by "ap", "station" or "radio". */
void	retry_lost(struct sta *, uint16_t tell, uint16_t reason, const char *by, const char *fmt,
	    ...) __attribute__((format(printf, 5, 6)));
/* Join the best that is known, or say why there is none and try later. */
void	retry_choose(struct sta *);
/* The time for the next try has come. */
void	retry_now(struct sta *);
void	retry_forgive(struct sta *);
/* The host's link follows: up at once, down when the network stays away. */
void	retry_carrier(struct sta *, bool up);
void	retry_carrier_lost(struct sta *);

/* ---- run.c: WORKER ---- */
void	run_begin(struct sta *);
void	run_doze(struct sta *);		/* power save as it is wanted */
void	run_beacon(struct sta *, const struct bss *);
void	run_action(struct sta *, const uint8_t *body, size_t len);
void	run_bye(struct sta *, uint8_t kind, const uint8_t *body, size_t len);
void	run_missed(struct sta *);
void	run_probe_timeout(struct sta *);
void	run_answered(struct sta *);
void	run_switch(struct sta *);
void	run_core_failed(struct sta *);
void	run_alive(struct sta *);

/* ---- roam.c: WORKER ---- */
void	roam_begin(struct sta *);
void	roam_look(struct sta *);
void	roam_decide(struct sta *);

/* ---- supp.c: WORKER ---- */
int	supp_new(struct sta *);
int	supp_start(struct sta *);
void	supp_input(struct sta *, struct sta_in *);
void	supp_timer(struct sta *);

/* ---- ba.c: WORKER ---- */
void	ba_reset(struct sta *);
void	ba_action(struct sta *, const uint8_t *body, size_t len);
void	ba_want(struct sta *, uint8_t tids);
void	ba_gone(struct sta *, uint8_t rx, uint8_t tx);
void	ba_timer(struct sta *);

/* ---- inq.c ---- */
void	inq_init(struct sta *);
/* Takes the mbuf, also when there is no room.  BH or WORKER. */
void	inq_put(struct sta *, struct mbuf *, const struct pdk80211_rxinfo *, bool eapol,
	    bool sealed);
/* The next, for WORKER; false: none.  The mbuf is the caller's. */
bool	inq_get(struct sta *, struct sta_in *);
void	inq_flush(struct sta *);
/* Look at one: WORKER. */
void	inq_look(struct sta *, struct sta_in *);

/* ---- rx.c, keys.c ---- */
void	rx_init(struct sta *);
void	rx_join(struct sta *, const uint8_t bssid[6], bool secure);
void	rx_open(struct sta *, bool open);
void	rx_leave(struct sta *);

/* What became of the protection of a data frame. */
struct rx_clear {
	size_t		hdr;		/* octets of header */
	uint8_t		*body;		/* plain text */
	size_t		len;
	bool		sealed;		/* it was encrypted */
	uint64_t	serial, pn;	/* key and packet number, when it was */
};
/* Decrypt and check a frame in place; false: it is dropped and counted.  With rx.mtx. */
bool	keys_open(struct sta *, uint8_t *frame, size_t len, const struct dot11_hdr *,
	    unsigned flags, struct rx_clear *);
/* Put a key in place; WORKER. */
int	keys_set(struct sta *, const struct wpa_key *);
/* Forget all; WORKER. */
void	keys_clear(struct sta *);

/* ---- tx.c, txframe.c, port.c ---- */
/* To the core; with tx.mtx.  ENOBUFS: it has to wait, and is still there; else it is gone. */
int	tx_give(struct sta *, struct sta_out *);
/* The same of management and EAPOL, which wait here. */
void	tx_give_or_keep(struct sta *, struct sta_out *);
void	tx_init(struct sta *);
void	tx_join(struct sta *, const uint8_t bssid[6]);
void	tx_gate(struct sta *, enum tx_gate);
/* The host keeps its frames for a moment.  True: until tx_gate(); false: it did already. */
bool	tx_hold(struct sta *);
/* The pairwise key was changed; with tx.mtx. */
void	tx_new_key(struct sta *);
/* QoS and admission control as in st->bss; WORKER. */
void	tx_params(struct sta *);
void	tx_leave(struct sta *);
/* A management frame, from WORKER. */
void	tx_mgmt(struct sta *, const uint8_t *frame, size_t len, enum sta_cookie);
/* A data frame without data. */
void	tx_null(struct sta *, enum sta_cookie);
void	tx_eapol(struct sta *, const void *eapol, size_t len, bool protect);
/* An Ethernet frame from the host, TX: 0 or ENOBUFS. */
int	tx_ether(struct sta *, const uint8_t *eth, size_t len);
void	tx_ba_quiet(struct sta *, unsigned tid, bool quiet);

int	port_open(struct sta *);
void	port_close(struct sta *);

/* ---- tell.c: events and log ---- */
void	tell_state(struct sta *);
void	tell_scan(struct sta *, bool aborted, bool background);
void	tell_associated(struct sta *, uint64_t ns);
void	tell_lost(struct sta *, uint16_t reason, const char *by, const char *text);
void	tell_failed(struct sta *, const char *text, bool passphrase, uint64_t retry);
void	tell_roam(struct sta *, const struct bss *to);
void	tell_channel(struct sta *);
void	tell_ip(struct sta *, const char *address, const char *router, const char *dns);
void	tell_log(struct sta *, enum hyp_level, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* ---- capture.c ---- */
void	capture_rx(struct sta *, const struct pdk80211_rxinfo *, const uint8_t *frame, size_t len);
/* A data frame in plain text: its header, without the bit that says it is encrypted. */
void	capture_rx_data(struct sta *, const struct pdk80211_rxinfo *, const uint8_t *frame,
	    const struct rx_clear *);
void	capture_tx(struct sta *, const struct pdk80211_txinfo *, const uint8_t *hdr, size_t hdrlen,
	    const uint8_t *body, size_t len);

#endif /* STA_STA_INT_H */
