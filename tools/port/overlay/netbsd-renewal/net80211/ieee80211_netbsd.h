/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ieee80211_netbsd.h - what FreeBSD's net80211 headers and shims/netbsd/renewal want of NetBSD's
 * part of the VAP stack, as its renewal branch had it in 2020: types and prototypes.
 */
#ifndef IEEE80211_NETBSD_H
#define IEEE80211_NETBSD_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/workqueue.h>

#include <net/if.h>
#include <net/if_stats.h>
#include <net/if_media.h>

/* ---- locks ---- */

typedef kmutex_t ieee80211_com_lock_t, ieee80211_tx_lock_t, ieee80211_ff_lock_t,
	    ieee80211_node_lock_t, ieee80211_psq_lock_t, ieee80211_ageq_lock_t, acl_lock_t,
	    ieee80211_scan_table_lock_t, ieee80211_scan_iter_lock_t, ieee80211_rte_lock_t,
	    ieee80211_rt_lock_t, ieee80211_media_lock_t;
#define IEEE80211_LOCK(ic)	mutex_enter(&(ic)->ic_comlock)
#define IEEE80211_UNLOCK(ic)	mutex_exit(&(ic)->ic_comlock)

/* ---- tasks: FreeBSD's, on work queues ---- */

typedef void task_fn_t(void *, int);
struct task {
	struct work	 t_work;
	task_fn_t	*t_func;
	void		*t_arg;
	kmutex_t	 t_mutex;
	int		 t_onqueue;
	const char	*t_func_name;
};
struct timeout_task {
	struct task	 to_task;
	struct workqueue *to_wq;
	callout_t	 to_callout;
	int		 to_scheduled;
};
#define taskqueue	workqueue
#define TASK_INIT(t, pri, fn, arg) do {						\
	mutex_init(&(t)->t_mutex, MUTEX_DEFAULT, IPL_SOFTNET);			\
	(t)->t_func = (fn);							\
	(t)->t_arg = (arg);							\
	(t)->t_onqueue = 0;							\
} while (0)
#define TASK_DESTROY(t)	mutex_destroy(&(t)->t_mutex)
void	ieee80211_runwork(struct work *, void *);
void	taskqueue_enqueue(struct workqueue *, struct task *);
void	taskqueue_drain(struct workqueue *, struct task *);

/* ---- names of FreeBSD's kernel ---- */

typedef uint64_t counter_u64_t;
typedef struct ifnet *if_t;
struct mbufq { struct ifqueue q; };
struct sbuf;
struct sysctl_ctx_list;
struct sysctl_oid;
#define MALLOC_DECLARE(type)	extern struct malloc_type *type
#define IFCOUNTER_OERRORS	if_oerrors
#define if_inc_counter(ifp, counter, n)	if_statinc(ifp, counter)
#ifndef nitems
#define nitems(a)	__arraycount(a)
#endif

int	getticks(void);
#define ticks		getticks()

/* FreeBSD's has two arguments. */
#undef KASSERT
#define KASSERT(e, ...)		((void)(e))

/* ---- mbufs ---- */

#define M_EAPOL		M_LINK3
#define M_WME_GETAC(m)	((m)->m_pkthdr.ether_vtag)
#define IEEE80211_MBUF_GETNODE(m, type)	M_GETCTX(m, type)

struct ieee80211_rx_stats;
int	ieee80211_add_rx_params(struct mbuf *, const struct ieee80211_rx_stats *);

/* What may come with a raw frame. */
struct ieee80211_bpf_params {
	uint8_t	ibp_vers, ibp_len, ibp_flags, ibp_pri;
	uint8_t	ibp_try0, ibp_rate0, ibp_power, ibp_ctsrate;
};
struct ieee80211_channel_survey;

#endif /* IEEE80211_NETBSD_H */
