/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_os.h - what DragonFly's 802.11 stack has of its own; for shims/vap alone.
 *
 * It has a global serializer, which the interfaces' own calls hold and input wants, beside the
 * locks of FreeBSD's.  It is no recursive lock, but can be pushed; and whoever blocks must
 * have left it, as WORKER enters it for what it passes up.
 *
 *	vap_thread_*	a task queue of the system's, whose tasks may sleep
 *	vap_up_*	around what passes up into the stack: the serializer
 *	vap_block_*	around what blocks, in a call from the stack: it leaves the com lock and,
 *			if it is held, the serializer
 *	vap_*		calls and structures whose form differs between stacks
 */
#ifndef PDK80211_OS_H
#define PDK80211_OS_H

#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/bus.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/if_arp.h>
#include <net/if_media.h>
#include <net/ethernet.h>
#include <net/ifq_var.h>

#include <netproto/802_11/ieee80211_var.h>
#include <netproto/802_11/ieee80211_regdomain.h>
#include <netproto/802_11/ieee80211_radiotap.h>
#include <netproto/802_11/ieee80211_ratectl.h>
#include <netproto/802_11/ieee80211_input.h>

#include <pdk80211_newbus.h>

#include "../vap/pdk80211_rx.h"

/* ---- locks ---- */

typedef int vap_up_t;
#define vap_up_enter(up)	((up) = wlan_serialize_push())
#define vap_up_exit(up)		wlan_serialize_pop(up)

/* The caller holds the com lock, which comes behind the serializer. */
typedef int vap_block_t;
#define vap_block_enter(ic, b) do {						\
	IEEE80211_UNLOCK(ic);							\
	(b) = wlan_is_serialized();						\
	if (b)									\
		wlan_serialize_exit();						\
} while (0)
#define vap_block_exit(ic, b) do {						\
	if (b)									\
		wlan_serialize_enter();						\
	IEEE80211_LOCK(ic);							\
} while (0)

static inline void
vap_thread_enqueue(struct task *task)
{
	taskqueue_enqueue(taskqueue_thread[0], task);
}

static inline void
vap_thread_drain(struct task *task)
{
	taskqueue_drain(taskqueue_thread[0], task);
}

/* ---- frames, nodes ---- */

static inline void
vap_oerror(struct ieee80211vap *vap)
{
	IFNET_STAT_INC(vap->iv_ifp, oerrors, 1);
}

/* A rate in 500 kb/s, or an MCS with 0x80. */
static inline uint8_t
vap_node_rate(struct ieee80211_node *ni)
{
	return ((uint8_t)ieee80211_ratectl_rate(ni, NULL, 0));
}

static inline void
vap_node_set_rate(struct ieee80211_node *ni, uint8_t rate)
{
	ni->ni_txrate = rate;
}

static inline void
vap_ratectl_done(struct ieee80211_node *ni, bool ok, int len __unused, int retries)
{
	ieee80211_ratectl_tx_complete(ni->ni_vap, ni, ok ? IEEE80211_RATECTL_TX_SUCCESS :
	    IEEE80211_RATECTL_TX_FAILURE, &retries, NULL);
}

static inline const struct wmeParams *
vap_wme(struct ieee80211com *ic, struct chanAccParams *chp __unused, int ac)
{
	return (&ic->ic_wme.wme_chanParams.cap_wmeParams[ac]);
}

/* IEEE80211_F_*: slot time, preamble and protection are the radio's, the rest is the vap's. */
static inline uint32_t
vap_flags(const struct ieee80211vap *vap)
{
	return (vap->iv_ic->ic_flags | (vap->iv_flags & IEEE80211_F_PMGTON));
}

/*
 * HT capabilities as they go into a probe request, for the band of `c`; the octets written.
 * This stack adds them for a node only.
 */
static inline size_t
vap_probe_htcap(struct ieee80211vap *vap, struct ieee80211_channel *c __unused, uint8_t *ie)
{
	return ((size_t)(ieee80211_add_htcap(ie, vap->iv_bss) - ie));
}

/* It numbers the frames in vain: the core does again. */
static inline void
vap_seqno_offload(struct ieee80211com *ic __unused)
{
}

/* `rssi` is in units of 0.5 dB above `noise`, which is in dBm. */
static inline void
vap_rx_signal(struct vap_rx *rx, uint8_t rssi, int8_t noise)
{
	rx->rx_stats.r_flags |= IEEE80211_R_RSSI | IEEE80211_R_NF;
	rx->rx_stats.rssi = rssi;
	rx->rx_stats.nf = (uint8_t)noise;
}

/* This stack asks neither for the rate of a received frame nor for its time. */
static inline void
vap_rx_rate(struct vap_rx *rx __unused, uint8_t rate __unused, bool ht __unused,
    int width __unused, uint64_t tsf __unused)
{
}

/* The key's flag says it; there is none of the frame's. */
static inline void
vap_rx_decrypted(struct vap_rx *rx __unused)
{
}

/* Takes the frame; `ni` may be NULL. */
static inline void
vap_input(struct ieee80211com *ic, struct ieee80211_node *ni, struct mbuf *m,
    const struct vap_rx *rx)
{
	struct ieee80211_rx_stats rxs = rx->rx_stats;

	if (ni != NULL)
		(void)ieee80211_input_mimo(ni, m, &rxs);
	else
		(void)ieee80211_input_mimo_all(ic, m, &rxs);
}

#endif /* PDK80211_OS_H */
