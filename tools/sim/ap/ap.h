/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ap.h - what the parts of voy-ap offer each other; ap_types.h has the structures they share.
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

#include "tools/sim/ap/ap_types.h"

/* ---- loop.c ------------------------------------------------------------------------------ */

uint64_t apd_now(const struct apd *);		/* the hub's clock */
uint64_t mono_us(void);
void	apd_timers(struct apd *);		/* those that are due */
void	timer_init(struct timer *, void (*fn)(void *), void *arg);
/* Once, at this TSF; an armed timer is moved. */
void	timer_at(struct apd *, struct timer *, uint64_t at);
void	timer_in(struct apd *, struct timer *, uint64_t us);
void	timer_stop(struct timer *);
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
/* Where the other half of one of 40 MHz is (802.11-2016, tables E-1 to E-4): 1 above, -1. */
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
