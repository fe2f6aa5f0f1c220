/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ap_types.h - the structures that the parts of voy-ap share.  Everybody includes ap.h, which tells
 * what they are for.
 */
#ifndef TOOLS_SIM_AP_AP_TYPES_H
#define TOOLS_SIM_AP_AP_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include <jansson.h>
#include <signal.h>

#include "tools/sim/air/air.h"
#include "tools/sim/air/frame.h"
#include "tools/sim/ap/ccmp.h"
#include "tools/sim/ap/crypt.h"
#include "tools/sim/prog/ctl.h"

struct ap;
struct apd;
struct net;
struct router;
struct sta;

#define AP_MAX		16u		/* access points in one process */
#define AP_MAX_STA	250u		/* stations of one access point, AIDs 1.. */
#define AP_SSID_MAX	32u
#define AP_MAX_RATES	12u
#define AP_ETH_MAX	1514u		/* an Ethernet frame without FCS */
#define AP_TU		1024u		/* microseconds */
#define AP_WORDS	((AP_MAX_STA + 32) / 32)

/* Big endian, as EAPOL and IP are. */
static inline uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static inline void
put_be16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Reason and status codes of IEEE 802.11-2016, tables 9-45 and 9-46. */
enum ap_reason {
	REASON_UNSPECIFIED	= 1,
	REASON_INACTIVE		= 4,
	REASON_CLASS2		= 6,	/* class 2 frame from nonauthenticated station */
	REASON_CLASS3		= 7,	/* class 3 frame from nonassociated station */
	REASON_INVALID_IE	= 13,
	REASON_HANDSHAKE	= 15,	/* 4-way handshake timeout */
	REASON_GROUP_HANDSHAKE	= 16,
	REASON_IE_DIFFERS	= 17,	/* element in handshake different from association */
};

enum ap_status {
	STATUS_OK		= 0,
	STATUS_UNSPECIFIED	= 1,
	STATUS_CAPS		= 10,
	STATUS_AUTH_ALG		= 13,
	STATUS_AUTH_SEQ		= 14,
	STATUS_FULL		= 17,
	STATUS_RATES		= 18,
	STATUS_BA_DECLINED	= 37,
	STATUS_INVALID_IE	= 40,
	STATUS_INVALID_GROUP	= 41,
	STATUS_INVALID_PAIRWISE	= 42,
	STATUS_INVALID_AKM	= 43,
	STATUS_RSN_VERSION	= 44,
};

/* ---- timers (loop.c) -------------------------------------------------------------------- */

struct timer {
	LIST_ENTRY(timer) link;
	uint64_t	at;
	void		(*fn)(void *arg);
	void		*arg;
	bool		armed;
};

/* ---- frames that wait to be sent (tx.c) -------------------------------------------------- */

struct pkt {
	STAILQ_ENTRY(pkt) link;
	struct ap	*ap;
	struct sta	*sta;		/* NULL: group addressed, or to no station of ours */
	uint8_t		tid;		/* 0..7 */
	bool		mpdu;		/* data is a whole 802.11 frame, else Ethernet */
	bool		plain;		/* never encrypted (handshake before the key is there) */
	bool		lowest;		/* at the lowest basic rate */
	bool		more;		/* say that more is buffered */
	bool		eosp;		/* the last one of a service period */
	bool		beacon;		/* the hub fills in the timestamp */
	void		(*done)(struct sta *, bool acked);	/* mpdu to a station, or NULL */
	size_t		len, cap;
	uint8_t		data[];
};
STAILQ_HEAD(pktq, pkt);

/* ---- configuration (config.c) ------------------------------------------------------------ */

struct ap_conf {
	char		name[AIR_NAME_MAX];
	uint8_t		ssid[AP_SSID_MAX];
	size_t		ssid_len;
	uint8_t		bssid[6];
	char		psk[65];	/* "": open */
	char		country[3];
	unsigned	channel;
	unsigned	beacon_interval;	/* TU */
	unsigned	dtim_period;
	unsigned	max_sta;
	unsigned	inactivity;	/* seconds */
	unsigned	group_rekey;	/* seconds, 0: never by itself */
	int		rssi;		/* dBm at every station, 0: the hub's own idea */
	bool		hidden;
	bool		ht, wmm, uapsd;
	bool		b_only;		/* 1 to 11 Mb/s only */
	bool		ht40;		/* HT on 40 MHz */
};

/* ---- a station (sta.c) ------------------------------------------------------------------- */

enum sta_state { STA_AUTH = 1, STA_ASSOC, STA_READY };	/* READY: its data passes */

/* What the 4-way handshake waits for (wpa.c). */
enum wpa_state { WPA_NONE, WPA_WAIT_M2, WPA_WAIT_M4, WPA_DONE, WPA_WAIT_G2 };

struct wpa_sta {
	enum wpa_state	state;
	uint8_t		anonce[AP_NONCE_LEN];
	uint8_t		ptk[AP_PTK_LEN];
	uint64_t	rc;		/* replay counter sent last */
	uint64_t	rc_first;	/* of the message that is being repeated */
	unsigned	tries;
	bool		mic_failed;	/* told already */
	bool		rekey;		/* this handshake renews a key */
	struct timer	timer;
};

#define BA_WINDOW	64u

/* Receiver of a block ack agreement: the reorder buffer (ba.c). */
struct ba_rx {
	struct sta	*sta;
	uint8_t		tid;
	bool		active;
	uint16_t	start, size;
	unsigned	held;
	struct rxframe	*slot[BA_WINDOW];
	struct timer	timer;		/* gives up waiting for a gap */
};

enum ba_tx_state { BA_TX_IDLE, BA_TX_ASKED, BA_TX_ON, BA_TX_NEVER };

struct ba_tx {
	enum ba_tx_state state;
	uint8_t		token;
	unsigned	asked;		/* times without success */
	unsigned	frames;		/* that were sent before it was asked */
	uint64_t	until;		/* ASKED: TSF to wait for the answer; IDLE: not before */
};

struct rate_ctl {
	struct air_rate	rate[AP_MAX_RATES + 8];	/* ascending */
	unsigned	n, cur, good, bad;
};

struct sta {
	TAILQ_ENTRY(sta) link;
	struct ap	*ap;
	uint8_t		addr[6];
	enum sta_state	state;
	uint16_t	aid;		/* 0: none yet */
	uint8_t		rates[AP_MAX_RATES + 4];
	unsigned	nrates;
	bool		wmm, ht, ht40;
	uint8_t		rsn[257];	/* its RSN element with header, or length 0 */
	size_t		rsn_len;
	int8_t		signal;
	uint64_t	seen;		/* TSF of the frame heard last */
	bool		probing;	/* asked by a null frame whether it is there */

	struct wpa_sta	wpa;
	struct ccmp_key	*key;		/* pairwise */

	/* power save */
	bool		ps;
	unsigned	polled;		/* frames allowed out while asleep */
	uint8_t		uapsd;		/* bit map of the categories it triggers and we deliver */
	uint8_t		max_sp;		/* frames of a service period; 0: as many as there are */
	unsigned	sp_left;	/* frames still to be sent in this service period */
	bool		in_sp;		/* until the frame with EOSP has left */
	unsigned	waiting;	/* frames in queue and again */
	struct pktq	queue[4];	/* one per access category */
	struct pktq	again;		/* sent before and not acked: the station slept */

	uint16_t	seq[17];	/* next sequence number per TID, and without */
	uint32_t	last_sc[18];	/* sta_duplicate(): sequence control + 1 */
	struct rxframe	*frag;		/* fragments so far */
	struct ba_rx	ba_rx[8];
	struct ba_tx	ba_tx[8];
	struct rate_ctl	rc;
	uint32_t	ip;		/* lease seen, network order */

	uint64_t	rx_frames, rx_bytes, tx_frames, tx_bytes, tx_failed, tx_dropped;
	uint64_t	replays, reordered;
};

/* ---- an access point --------------------------------------------------------------------- */

/* The A-MPDU that is being filled. */
struct ampdu {
	const struct sta *sta;		/* NULL: none */
	uint8_t		tid;
	unsigned	frames;
	size_t		bytes;
	uint32_t	number;
};

#define AP_SLOTS	64u		/* frames at the hub */

struct ap {
	struct apd	*d;
	struct ap_conf	conf;
	struct net	*net;
	struct air	*air;
	unsigned	freq;
	bool		on;		/* beaconing (vanish, return) */
	bool		welcome;
	uint8_t		rates[AP_MAX_RATES];	/* 500 kb/s, bit 7: basic */
	unsigned	nrates;

	TAILQ_HEAD(, sta) stas;
	unsigned	nsta;		/* all; nassoc: with AID */
	unsigned	nassoc;
	struct sta	*by_aid[AP_MAX_STA + 1];
	unsigned	top_aid;	/* the highest that there is */

	struct timer	beacon_timer, age_timer, rekey_timer;
	unsigned	dtim_count;
	uint32_t	tim[AP_WORDS];	/* bit: AID has frames waiting */
	unsigned	csa_left, csa_channel;	/* beacons until the switch */
	bool		csa_due;	/* at the next TBTT */

	struct pktq	urgent;		/* management and released frames */
	struct pktq	group;		/* group addressed, waiting for the DTIM beacon */
	unsigned	ngroup;
	struct pkt	*slot[AP_SLOTS];
	unsigned	nslot;
	bool		pumping;
	unsigned	turn;		/* whose queue was served last */
	uint16_t	seq;		/* of frames to no station */
	struct ampdu	ampdu;

	/* WPA2 */
	bool		rsn;
	uint8_t		pmk[AP_PMK_LEN];
	uint8_t		gtk[2][AP_TK_LEN];
	struct ccmp_key	*group_key[2];	/* key ids 1 and 2 */
	unsigned	gtk_now;	/* index of the one in use */
	unsigned	gtk_given;	/* index of the one that handshakes give */
	bool		gtk_due;	/* another was asked for meanwhile */

	uint64_t	beacons, rx_frames, tx_frames, bad_frames;
};

/* ---- a network (net.c), a frame received (rx.c) ------------------------------------------- */

struct net {
	LIST_ENTRY(net)	link;
	struct apd	*d;
	struct router	*router;	/* NULL: none was asked for */
	uint8_t		ssid[AP_SSID_MAX];
	size_t		ssid_len;
	unsigned	naps;
};

struct rxframe {
	uint64_t	pn;		/* CCMP packet number */
	uint16_t	seq;
	uint8_t		frag, tid;	/* 16: not QoS */
	bool		more_frag, amsdu, is_protected;
	size_t		len;		/* of the body, plain text */
	uint8_t		da[6], sa[6];
	uint8_t		body[];
};

/* ---- the process ------------------------------------------------------------------------- */

struct apd {
	const char	*air_path;	/* NULL: no air (tests) */
	const char	*air_control;	/* or NULL */
	struct ap	*ap[AP_MAX];
	unsigned	naps;
	LIST_HEAD(, net) nets;
	LIST_HEAD(, timer) timers;	/* by time */
	TAILQ_HEAD(, sta) dead;		/* until sta_reap() */
	struct ctl	*control;
	bool		router;
	bool		stop;
	bool		failed;
	char		why[256];	/* of failed */
	uint64_t	started;	/* CLOCK_MONOTONIC, us */
};

#endif /* TOOLS_SIM_AP_AP_TYPES_H */
