/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_os.h - what FreeBSD's net80211(9) (13, 14, 15) has of its own; for shims/vap
 * alone.
 *
 *	vap_thread_*	a task queue of the system's, whose tasks may sleep
 *	vap_up_*	around what passes up into the stack: the network epoch, which input
 *			wants and which WORKER, unlike the interrupt thread, is not in
 *	vap_block_*	around what blocks, in a call from the stack: it leaves the com lock
 *	vap_*		calls and structures whose form differs between stacks
 */
#ifndef PDK80211_OS_H
#define PDK80211_OS_H

#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/sbuf.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/if_media.h>
#include <net/ethernet.h>

#include <net80211/ieee80211_var.h>
#include <net80211/ieee80211_regdomain.h>
#include <net80211/ieee80211_radiotap.h>
#include <net80211/ieee80211_ratectl.h>
#include <net80211/ieee80211_input.h>

#include <pdk80211_newbus.h>

#include "../vap/pdk80211_rx.h"
#include "../vap/pdk80211_rx12.h"

/* ---- locks ---- */

typedef struct epoch_tracker vap_up_t;
#define vap_up_enter(up)	NET_EPOCH_ENTER(up)
#define vap_up_exit(up)		NET_EPOCH_EXIT(up)

/* The caller holds the com lock. */
typedef int vap_block_t;
#define vap_block_enter(ic, b)	do { (b) = 0; IEEE80211_UNLOCK(ic); } while (0)
#define vap_block_exit(ic, b)	do { (void)(b); IEEE80211_LOCK(ic); } while (0)

static inline void
vap_thread_enqueue(struct task *task)
{
	taskqueue_enqueue(taskqueue_thread, task);
}

static inline void
vap_thread_drain(struct task *task)
{
	taskqueue_drain(taskqueue_thread, task);
}

/* ---- frames, nodes ---- */

static inline void
vap_oerror(struct ieee80211vap *vap)
{
	if_inc_counter(vap->iv_ifp, IFCOUNTER_OERRORS, 1);
}

/*
 * A rate in 500 kb/s, or an MCS with 0x80.  15 has a structure for it, known by this macro: a
 * number until then.
 */
static inline uint8_t
vap_node_rate(struct ieee80211_node *ni)
{
#ifdef IEEE80211_NODE_TXRATE_INIT_LEGACY
	(void)ieee80211_ratectl_rate(ni, NULL, 0);
	return (ieee80211_node_get_txrate_dot11rate(ni));
#else
	return ((uint8_t)ieee80211_ratectl_rate(ni, NULL, 0));
#endif
}

static inline void
vap_node_set_rate(struct ieee80211_node *ni, uint8_t rate)
{
#ifdef IEEE80211_NODE_TXRATE_INIT_LEGACY
	ieee80211_node_set_txrate_dot11rate(ni, rate);
#else
	ni->ni_txrate = rate;
#endif
}

static inline const struct wmeParams *
vap_wme(struct ieee80211com *ic, struct chanAccParams *chp, int ac)
{
	ieee80211_wme_ic_getparams(ic, chp);
	return (&chp->cap_wmeParams[ac]);
}

/* IEEE80211_F_*: since 13 slot time, preamble and protection are the vap's. */
static inline uint32_t
vap_flags(const struct ieee80211vap *vap)
{
	return (vap->iv_flags);
}

/* HT capabilities as they go into a probe request, for the band of `c`; the octets written. */
static inline size_t
vap_probe_htcap(struct ieee80211vap *vap, struct ieee80211_channel *c, uint8_t *ie)
{
	return ((size_t)(ieee80211_add_htcap_ch(ie, vap, c) - ie));
}

static inline void
vap_seqno_offload(struct ieee80211com *ic)
{
	ic->ic_flags_ext |= IEEE80211_FEXT_SEQNO_OFFLOAD;
}

#endif /* PDK80211_OS_H */
