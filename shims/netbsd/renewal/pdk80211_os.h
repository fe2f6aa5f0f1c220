/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_os.h - what the VAP net80211 of NetBSD's renewal branch has of its own; for shims/vap
 * alone.  In the place of shims/netbsd/pdk80211_*.c, which are for the stack until then.
 *
 * The stack is FreeBSD's of 2018, with
 *	the com lock and the others as mutex(9) at IPL_SOFTNET, not recursive
 *	tasks on workqueue(9); a task has a mutex of its own, to be destroyed
 *	the node of a frame in transmission in its context, M_GETCTX(), or, in 2018, as its
 *	received interface
 *	neither epoch(9) nor vnet(9)
 *
 *	vap_thread_*	a work queue of the glue's (pdk80211_thread.c), whose tasks may sleep
 *	vap_up_*	around what passes up into the stack: the kernel lock, which protects an
 *			interface that is not MPSAFE; the stack's own mutexes are behind it
 *	vap_block_*	around what blocks, in a call from the stack: it leaves the com lock
 *
 * Manual pages: mutex(9), workqueue(9), pmf(9), mbuf(9).
 */
#ifndef PDK80211_OS_H
#define PDK80211_OS_H

#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/reboot.h>
#include <sys/workqueue.h>

#include <net/bpf.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_ether.h>
#include <net/if_media.h>

#include <net80211/ieee80211_var.h>
#include <net80211/ieee80211_regdomain.h>
#include <net80211/ieee80211_radiotap.h>
#include <net80211/ieee80211_ratectl.h>
#include <net80211/ieee80211_input.h>

#include "../../vap/pdk80211_rx.h"
#include "../../vap/pdk80211_rx12.h"

/* Modules say what they require: MODULE(9) in shims/netbsd/build. */
#define VAP_MODULE_DEPEND	struct pdk80211_softc

/* ---- the device ---- */

struct pdk80211_softc;

static inline struct pdk80211_softc *
vap_sc(struct pdk_dev *dev)
{
	return dev->pd_80211;
}

static inline void
vap_sc_set(struct pdk_dev *dev, struct pdk80211_softc *sc)
{
	dev->pd_80211 = sc;
}

static inline const char *
vap_unit(struct pdk_dev *dev)
{
	return device_xname(dev->pd_self);
}

/* ---- pdk80211_thread.c ---- */

/* Make the queue, if there is none; an errno value.  WORKER. */
int	vap_thread_create(void);
/* As taskqueue(9)'s. */
void	vap_thread_enqueue(struct task *);
void	vap_thread_drain(struct task *);

/* Before suspend (0) and after resume (1); when the device is gone. */
static inline void
vap_hooks(struct pdk_dev *dev, void (*power)(struct pdk_dev *, int),
    void (*gone)(struct pdk_dev *))
{
	int error;

	if ((error = vap_thread_create()) != 0)
		pdk_printf(dev, "no thread, error %d: firmware that dies stays dead", error);
	dev->pd_power = power;
	dev->pd_gone = gone;
}

/* ---- locks ---- */

typedef kmutex_t vap_mtx_t;
#define vap_mtx_init(mtx, unit, what)	mutex_init(mtx, MUTEX_DEFAULT, IPL_SOFTNET)
#define vap_mtx_destroy(mtx)		mutex_destroy(mtx)
#define vap_mtx_lock(mtx)		mutex_enter(mtx)
#define vap_mtx_unlock(mtx)		mutex_exit(mtx)

typedef int vap_up_t;
#define vap_up_enter(up)	do { (up) = 0; KERNEL_LOCK(1, NULL); } while (0)
#define vap_up_exit(up)		do { (void)(up); KERNEL_UNLOCK_ONE(NULL); } while (0)

/* The caller holds the com lock. */
typedef int vap_block_t;
#define vap_block_enter(ic, b)	do { (b) = 0; IEEE80211_UNLOCK(ic); } while (0)
#define vap_block_exit(ic, b)	do { (void)(b); IEEE80211_LOCK(ic); } while (0)

#ifdef TASK_DESTROY
#define vap_task_destroy(task)	TASK_DESTROY(task)
#else
#define vap_task_destroy(task)	mutex_destroy(&(task)->t_mutex)
#endif

/* ---- frames, nodes ---- */

static inline struct ieee80211_node *
vap_mbuf_node(struct mbuf *m)
{
#ifdef IEEE80211_MBUF_GETNODE
	return IEEE80211_MBUF_GETNODE(m, struct ieee80211_node *);
#else
	return (struct ieee80211_node *)(void *)m_get_rcvif_NOMPSAFE(m);
#endif
}

/*
 * The packet header, with flags and tags, of a frame that is copied.  Not by M_COPY_PKTHDR(), which
 * moves the data into the mbuf: `to` has a cluster.
 */
static inline bool
vap_mbuf_dup_header(struct mbuf *to, struct mbuf *from)
{
	to->m_pkthdr = from->m_pkthdr;
	to->m_flags |= from->m_flags & M_COPYFLAGS;
	SLIST_INIT(&to->m_pkthdr.tags);
	return m_tag_copy_chain(to, from) != 0;
}

static inline void
vap_oerror(struct ieee80211vap *vap)
{
	if_inc_counter(vap->iv_ifp, IFCOUNTER_OERRORS, 1);
}

/* A rate in 500 kb/s, or an MCS with 0x80. */
static inline uint8_t
vap_node_rate(struct ieee80211_node *ni)
{
	return (uint8_t)ieee80211_ratectl_rate(ni, NULL, 0);
}

static inline void
vap_node_set_rate(struct ieee80211_node *ni, uint8_t rate)
{
	ni->ni_txrate = rate;
}

static inline const struct wmeParams *
vap_wme(struct ieee80211com *ic, struct chanAccParams *chp __unused, int ac)
{
	return &ic->ic_wme.wme_chanParams.cap_wmeParams[ac];
}

/* IEEE80211_F_*: slot time, preamble and protection are the radio's, the rest is the vap's. */
static inline uint32_t
vap_flags(const struct ieee80211vap *vap)
{
	return vap->iv_ic->ic_flags | (vap->iv_flags & IEEE80211_F_PMGTON);
}

/* HT capabilities as they go into a probe request, for the band of `c`; the octets written. */
static inline size_t
vap_probe_htcap(struct ieee80211vap *vap, struct ieee80211_channel *c, uint8_t *ie)
{
	return (size_t)(ieee80211_add_htcap_ch(ie, vap, c) - ie);
}

static inline void
vap_seqno_offload(struct ieee80211com *ic)
{
	ic->ic_flags_ext |= IEEE80211_FEXT_SEQNO_OFFLOAD;
}

#endif /* PDK80211_OS_H */
