/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ap.h - the structures that the parts of voy-ap share, and what the parts offer each other.
 *
 * One process (struct apd) runs any number of access points (struct ap), each a radio of its own
 * on the air with one BSS. Access points with the same SSID share one network (struct net) with
 * one router behind it, so that a station can roam. Everything runs in one thread, out of
 * loop.c; no function here sleeps. Time is the hub's TSF in microseconds, everywhere.
 *
 *	air --> ap.c --> mgmt.c (management)    --> sta.c, wpa.c
 *	            \--> rx.c (data)   --> ba.c --> data.c --> net.c --> router.c
 *	router.c --> net.c --> data.c --> tx.c (queues, power save: ps.c) --> air
 */
#ifndef TOOLS_SIM_AP_AP_H
#define TOOLS_SIM_AP_AP_H

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

void	timer_init(struct timer *, void (*fn)(void *), void *arg);
/* Once, at this TSF; an armed timer is moved. */
void	timer_at(struct apd *, struct timer *, uint64_t at);
void	timer_in(struct apd *, struct timer *, uint64_t us);
void	timer_stop(struct timer *);

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

/* ---- loop.c ------------------------------------------------------------------------------ */

uint64_t apd_now(const struct apd *);		/* the hub's clock */
uint64_t mono_us(void);
void	apd_timers(struct apd *);		/* those that are due */
/*
 * Until d->stop or stop_asked (prog/stop.h, signals come with the mask waiting): air, router,
 * control, timers. Returns 0, or an errno that stderr has.
 */
int	apd_loop(struct apd *, const sigset_t *waiting);

/* ---- event.c ----------------------------------------------------------------------------- */

/*
 * One event on stdout: {"event":name,"t":...,"ap":name of ap,...}; fmt as for json_pack(), an
 * object, or NULL. ap may be NULL.
 */
void	ap_event(const struct ap *, const char *name, const char *fmt, ...);
/* "02:00:00:00:00:01" in one of a few static buffers. */
const char *mac_text(const uint8_t mac[6]);
int	mac_parse(const char *text, uint8_t mac[6]);	/* 0 or EINVAL */
/* For the SSID: printable as it is, other octets as \xNN. One static buffer. */
const char *ssid_text(const uint8_t *ssid, size_t len);

/* ---- config.c ---------------------------------------------------------------------------- */

void	conf_default(struct ap_conf *);
/* One setting by name, as on the command line and in the file; errmsg: the cause. */
int	conf_set(struct ap_conf *, const char *key, const char *value, char *errmsg, size_t n);
/* Fills in what follows from the rest and checks the whole. `index` makes BSSIDs differ. */
int	conf_finish(struct ap_conf *, unsigned index, char *errmsg, size_t n);
/* What c[i] has in common with one before it, *other, and must not: "name", "bssid", or NULL. */
const char *conf_same(const struct ap_conf *c, unsigned i, unsigned *other);
/* 1 to 14, and those of 20 MHz in 5 GHz: 36 to 64, 100 to 144, 149 to 177, each fourth. */
bool	conf_is_channel(unsigned channel);
/* Where its other half is when it is one of 40 MHz (802.11-2016, tables E-1 to E-4): 1 above, -1. */
int	conf_secondary(unsigned channel);
/* All access points of a file; errmsg: "FILE:LINE: cause". */
int	conf_load(const char *path, struct ap_conf *conf, unsigned *n, unsigned max, char *errmsg,
	    size_t len);

/* ---- airctl.c ---------------------------------------------------------------------------- */

/* Tells the air (its control socket) how loud this access point is. Waits for the answer. */
int	airctl_rssi(const char *path, const struct ap_conf *, char *errmsg, size_t len);

/* ---- ap.c -------------------------------------------------------------------------------- */

/* An access point on the air; errmsg on failure. */
int	ap_new(struct apd *, const struct ap_conf *, char *errmsg, size_t len);
void	ap_free(struct ap *);
/* Stop (not a word any more, and deaf) and begin again. Stations are forgotten. */
void	ap_vanish(struct ap *);
void	ap_return(struct ap *);
/* Announce and, after `count` beacons, make the switch; EINVAL: no channel of this band. */
int	ap_switch(struct ap *, unsigned channel, unsigned count);
/* One frame, as received; exported for the tests and the fuzzer. */
void	ap_rx(struct ap *, const struct air_rx *, const uint8_t *frame, size_t len);

/* ---- beacon.c, ie.c ---------------------------------------------------------------------- */

void	beacon_start(struct ap *);
void	beacon_stop(struct ap *);
/* The elements of beacons and probe responses; tim: beacons only. */
void	beacon_ies(struct ap *, struct dot11_buf *, bool tim, bool hide);
uint16_t beacon_caps(const struct ap *);
void	ie_rates(const struct ap *, struct dot11_buf *);
void	ie_ext_rates(const struct ap *, struct dot11_buf *);
void	ie_ht(const struct ap *, struct dot11_buf *);
/* Secondary Channel Offset, beside the announcement of another channel. */
void	ie_sco(const struct ap *, struct dot11_buf *, unsigned channel);
void	ie_wmm(const struct ap *, struct dot11_buf *);
void	ie_rsn(struct dot11_buf *);
void	ie_country(const struct ap *, struct dot11_buf *);
void	ie_tim(const struct ap *, struct dot11_buf *);

/* ---- mgmt.c ------------------------------------------------------------------------------ */

void	mgmt_rx(struct ap *, const struct air_rx *, const struct dot11 *);
/* Deauthenticate and forget a station; or one that is not known. */
void	mgmt_deauth(struct ap *, const uint8_t addr[6], enum ap_reason, const char *cause);
/* A disassociation or deauthentication frame only. */
void	mgmt_refuse(struct ap *, const uint8_t addr[6], uint16_t kind, enum ap_reason);
/* A management frame in a new pkt for the caller to fill (via *b) and to send by mgmt_send(). */
struct pkt *mgmt_begin(struct ap *, struct sta *, const uint8_t da[6], uint16_t kind,
	    struct dot11_buf *b);
void	mgmt_send(struct pkt *, struct dot11_buf *);

/* ---- sta.c ------------------------------------------------------------------------------- */

struct sta *sta_find(struct ap *, const uint8_t addr[6]);
struct sta *sta_new(struct ap *, const uint8_t addr[6]);	/* NULL: full or no memory */
void	sta_free(struct sta *);
int	sta_associate(struct sta *);				/* gives it an AID; ENOSPC */
/* Back to where an association begins: keys, agreements, buffers, power save. */
void	sta_reset(struct sta *);
void	sta_ready(struct sta *);		/* open or handshake done: data passes */
void	sta_age(struct ap *);
void	sta_reap(struct apd *);			/* memory of those that are gone */
/* Seen before (10.3.2.14)? which: the TID, 16 for frames without, or STA_MGMT. */
#define STA_MGMT	17u
bool	sta_duplicate(struct sta *, const struct dot11 *, unsigned which);
/* Rates of an association request; false: it lacks a basic rate. */
bool	sta_rates(struct sta *, const struct dot11_ie *rates, const struct dot11_ie *ext);

/* ---- rate.c ------------------------------------------------------------------------------ */

void	rate_init(struct sta *);
/* Fills in the ladder of one frame. */
void	rate_ladder(const struct sta *, struct air_tx *);
void	rate_result(struct sta *, const struct air_txstatus *);
void	rate_lowest(const struct ap *, struct air_tx *, unsigned tries);

/* ---- tx.c -------------------------------------------------------------------------------- */

struct pkt *pkt_new(struct ap *, struct sta *, size_t cap);
/* Queue and send: pkt is the callee's afterwards. */
void	tx_queue(struct pkt *);
void	tx_urgent(struct pkt *);	/* ahead of the queues, also to a sleeping station */
void	tx_pump(struct ap *);			/* send what can be sent */
void	tx_status(struct ap *, const struct air_txstatus *);
void	tx_forget(struct sta *);		/* nothing more to this station */
void	pktq_drop(struct pktq *);
unsigned tid_ac(unsigned tid);			/* 0 best effort, 1 background, 2 video, 3 voice */

/* ---- ps.c -------------------------------------------------------------------------------- */

void	ps_set(struct sta *, bool asleep);
void	ps_poll(struct sta *);
/* A QoS frame of a sleeping station: in a category that triggers, a service period begins. */
void	ps_trigger(struct sta *, unsigned tid);
/* The answer to the last frame of a service period. */
void	ps_sp_over(struct sta *);
void	ps_update_tim(struct sta *);
/* May the station be sent a queued frame of this category now? */
bool	ps_may_send(const struct sta *, unsigned ac);
/* It is being sent: what the allowances are from now on, and what the frame says of the rest. */
void	ps_sending(struct sta *, struct pkt *);
/* Right after a DTIM beacon: the group frames. */
void	ps_release_group(struct ap *);
bool	ps_any_asleep(const struct ap *);

/* ---- rx.c, ba.c -------------------------------------------------------------------------- */

struct rxframe {
	uint64_t	pn;		/* CCMP packet number */
	uint16_t	seq;
	uint8_t		frag, tid;	/* 16: not QoS */
	bool		more_frag, amsdu, is_protected;
	size_t		len;		/* of the body, plain text */
	uint8_t		da[6], sa[6];
	uint8_t		body[];
};

void	rx_data(struct ap *, const struct air_rx *, const uint8_t *frame, size_t len,
	    const struct dot11 *);
/* A frame in order: replay check, defragmentation, delivery. Takes the frame. */
void	rx_in_order(struct sta *, struct rxframe *);

void	ba_action(struct sta *, const uint8_t *body, size_t len);	/* category 3 */
void	ba_bar(struct sta *, const uint8_t *frame, size_t len);
void	ba_rx(struct sta *, struct rxframe *);		/* takes it; in order to rx_in_order() */
void	ba_reset(struct sta *);
/*
 * A frame of this TID could be sent: asks for an agreement if that pays. True: not now, because
 * the answer is awaited.
 */
bool	ba_tx_hold(struct sta *, unsigned tid);
/* The frame of this sequence number was given up: the receiver is told to move on. */
void	ba_tx_gap(struct sta *, unsigned tid, uint16_t seq);

/* ---- data.c ------------------------------------------------------------------------------ */

/* The body of a data frame, in order, to Ethernet and on. */
void	data_from_sta(struct sta *, const struct rxframe *);
/* An Ethernet frame from the network to one station, or (sta NULL) to all of them. */
void	data_to_sta(struct ap *, struct sta *, const uint8_t *eth, size_t len);
/* Turns the Ethernet frame of a pkt into an 802.11 frame in place, encrypted if need be. */
int	data_build(struct pkt *);

/* ---- wpa.c ------------------------------------------------------------------------------- */

int	wpa_init(struct ap *, char *errmsg, size_t len);
void	wpa_free(struct ap *);
/* Checks the RSN element of an association request. */
enum ap_status wpa_check_ie(const struct ap *, const struct dot11_ie *);
void	wpa_start(struct sta *);		/* begins the 4-way handshake */
void	wpa_stop(struct sta *);
void	wpa_rx(struct sta *, const uint8_t *eapol, size_t len);
void	wpa_rekey_group(struct ap *);
void	wpa_rekey_pairwise(struct sta *);

/* ---- net.c, router.c --------------------------------------------------------------------- */

struct net {
	LIST_ENTRY(net)	link;
	struct apd	*d;
	struct router	*router;	/* NULL: none was asked for */
	uint8_t		ssid[AP_SSID_MAX];
	size_t		ssid_len;
	unsigned	naps;
};

/* The network of this SSID, made if it is new; NULL: no memory or no router. */
struct net *net_join(struct apd *, struct ap *);
void	net_leave(struct ap *);
/* Station to network: to another station, to the router, or to all. */
void	net_from_sta(struct sta *, const uint8_t *eth, size_t len);
void	net_from_router(struct net *, const uint8_t *eth, size_t len);
/* A station is ready here: other access points of the network forget it. */
void	net_roamed(struct sta *);

struct pollfd;
struct router *router_new(struct apd *, struct net *);
void	router_free(struct router *);
void	router_input(struct router *, const uint8_t *eth, size_t len);
/* Before poll(2): adds descriptors from p[n] on, at most to max; lowers *ms. After: handles. */
size_t	router_fill(struct router *, struct pollfd *p, size_t n, size_t max, uint32_t *ms);
void	router_poll(struct router *, const struct pollfd *p, bool failed);

/* ---- dhcp.c ------------------------------------------------------------------------------ */

struct dhcp *dhcp_new(struct net *);	/* free() ends it; NULL: no memory */
/* A frame to the router: true if it was DHCP's. Answers go by net_from_router(). */
bool	dhcp_input(struct dhcp *, const uint8_t *eth, size_t len);

/* ---- control.c --------------------------------------------------------------------------- */

/* Its commands; their argument is the struct apd. */
extern const struct ctl_command ap_commands[];

#endif /* TOOLS_SIM_AP_AP_H */
