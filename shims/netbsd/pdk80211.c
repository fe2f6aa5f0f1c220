/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211.c - the 802.11 boundary on NetBSD's single-interface net80211 (to 10.x and trunk).
 * The VAP net80211 of the renewal branch has its own, in shims/vap.
 *
 * What this stack has not: HT and with it A-MPDU, so ops->ba() is never called and a network is
 * 20 MHz wide; a channel switch announced by the access point; monitor mode without a network
 * (the boundary has no operation for it).  ops->stats() has no reader.
 *
 * net80211 here is protected by the kernel lock and splnet() and by nothing else; the stack calls
 * if_start, if_ioctl and if_watchdog so.  BH and WORKER enter it by net_enter().  A driver's
 * operation is never called with anything but WORKER's own context: whatever has to sleep
 * is recorded and done by one task (follow()), the calls that must wait for it use pdk_call().
 *
 *	if_init, if_stop	pdk_call() of go_up(), go_down(): the system waits for them
 *	ic_newstate		recorded; the task calls join, assoc, leave, scan, and net80211's
 *				own function with them
 *	ic_updateslot, wme_update, what beacons change	recorded; the task calls update
 *	cs_key_set		pdk_call(); a key that is refused is net80211's own work
 *	cs_key_delete		recorded: nodes are freed in interrupts, too
 *	if_start		ops->tx(), one at a time; a frame that is refused for want of room is
 *				kept, and goes first next time
 *	ieee80211_watchdog	by if_watchdog
 *
 * A state is recorded, not queued: only the last one is wanted.  This is also true of a
 * transition to the same state: AUTH to AUTH joins again, SCAN to SCAN is how net80211 asks
 * for the next channel, and here starts the scan of all.
 *
 * See ifnet(9), ieee80211(9), bpf(9), pmf(9), spl(9), kthread(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <pdk80211.h>

#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/pmf.h>
#include <sys/cpu.h>

#include "pdk_if.h"

#include <net80211/ieee80211_netbsd.h>
#include <net80211/ieee80211_var.h>
#include <net80211/ieee80211_amrr.h>
#include <net80211/ieee80211_radiotap.h>

#define GOODBYE_MS	100	/* for the last frames to get away before a leave */
#define ABORT_MS	2000
#define AMRR_MS		500

CTASSERT(WME_AC_BE == PDK_AC_BE && WME_AC_BK == PDK_AC_BK && WME_AC_VI == PDK_AC_VI &&
    WME_AC_VO == PDK_AC_VO);

/* What the task has to do: w_todo. */
#define TODO_RESTART	0x01	/* the firmware has died */
#define TODO_RESET	0x02	/* down and up: the configuration has changed */
#define TODO_RFKILL	0x04	/* the switch was moved */
#define TODO_STATE	0x08	/* w_nstate, w_arg */
#define TODO_BGSCAN	0x10
#define TODO_RATES	0x20	/* time for AMRR */
#define TODO_GONE	(TODO_STATE | TODO_BGSCAN | TODO_RATES)	/* not when it is down */

/* Keys, as a set: w_hwkeys, w_delkeys. */
#define KEY_PAIRWISE	0x01
#define KEY_GROUP(id)	(0x02 << (id))

struct wlan_rxtap {
	struct ieee80211_radiotap_header wr_ihdr;
	uint64_t	wr_tsft;
	uint8_t		wr_flags;
	uint8_t		wr_rate;
	uint16_t	wr_chan_freq;
	uint16_t	wr_chan_flags;
	int8_t		wr_signal;
	int8_t		wr_noise;
} __packed __aligned(8);
#define RXTAP_PRESENT	(1 << IEEE80211_RADIOTAP_TSFT | 1 << IEEE80211_RADIOTAP_FLAGS | \
	1 << IEEE80211_RADIOTAP_RATE | 1 << IEEE80211_RADIOTAP_CHANNEL | \
	1 << IEEE80211_RADIOTAP_DBM_ANTSIGNAL | 1 << IEEE80211_RADIOTAP_DBM_ANTNOISE)

struct wlan_txtap {
	struct ieee80211_radiotap_header wt_ihdr;
	uint8_t		wt_flags;
	uint8_t		wt_rate;
	uint16_t	wt_chan_freq;
	uint16_t	wt_chan_flags;
} __packed __aligned(8);
#define TXTAP_PRESENT	(1 << IEEE80211_RADIOTAP_FLAGS | 1 << IEEE80211_RADIOTAP_RATE | \
	1 << IEEE80211_RADIOTAP_CHANNEL)

/* bpf(4) headers of a fixed size: see IEEE80211_RADIOTAP_HDRLEN. */
union wlan_tap {
	struct wlan_rxtap rx;
	struct wlan_txtap tx;
	uint8_t		pad[IEEE80211_RADIOTAP_HDRLEN];
};

struct wlan_node {
	struct ieee80211_node		wn_node;	/* first */
	struct ieee80211_amrr_node	wn_amrr;
};

struct pdk80211_softc {
	struct pdk_dev		*w_dev;
	const struct pdk80211_ops *w_ops;
	struct pdk80211_caps	 w_caps;
	struct pdk80211_chan	*w_chans;

	/* net80211, by net_enter() */
	struct ieee80211com	 w_ic;
	struct ethercom		 w_ec;
	int			(*w_newstate)(struct ieee80211com *, enum ieee80211_state, int);
	struct ieee80211_amrr	 w_amrr;
	struct bpf_if		*w_bpf;
	union wlan_tap		 w_tap;
	struct mbuf		*w_held;	/* refused; w_heldinfo is its */
	struct pdk80211_txinfo	 w_heldinfo;
	bool			 w_tx_busy, w_tx_again;
	uint32_t		 w_flags;	/* PDK_BSS_* that the core was told last */
	uint8_t			 w_dtim;
	bool			 w_bgscan;	/* the scan that runs is one in the background */

	/* by the device's lock */
	struct pdk_task		 w_task;
	struct pdk_timer	 w_amrr_timer;
	struct pdk_wchan	 w_wchan;	/* w_scanning, w_inflight */
	unsigned		 w_todo;	/* TODO_* */
	unsigned		 w_update;	/* PDK_UPD_* */
	unsigned		 w_delkeys;	/* KEY_*: net80211 has deleted them */
	enum ieee80211_state	 w_nstate;
	int			 w_arg;
	bool			 w_rfkill;
	bool			 w_scanning;	/* scan_done is to come */
	bool			 w_aborted;	/* and nobody is to hear of it */
	bool			 w_rescan;	/* the next one is wanted already */
	unsigned		 w_inflight;	/* frames that the core has */
	unsigned		 w_refs;	/* upcalls that are in here */
	kcondvar_t		 w_refs_cv;

	/* WORKER */
	bool			 w_up, w_joined;
	bool			 w_dead;	/* the firmware: there is nothing to wait for */
	unsigned		 w_hwkeys;	/* KEY_*: the core has them */
	struct pdk80211_bss	 w_bss;
	struct pdk80211_scan	 w_scan;
	struct pdk80211_chan	*w_scanchans;
	uint8_t			 w_scanies[IEEE80211_MAX_OPT_IE];
};

#define IC2W(ic)	((struct pdk80211_softc *)(ic)->ic_ifp->if_softc)

/* Have the task do it.  Any context but FILTER, unlocked. */
static void
post(struct pdk80211_softc *w, unsigned todo, unsigned update)
{
	pdk_lock(w->w_dev);
	w->w_todo |= todo;
	w->w_update |= update;
	pdk_task_post(&w->w_task);
	pdk_unlock(w->w_dev);
}

/* ---- the network, as the core sees it; all in net80211 ---- */

static struct pdk80211_chan
chan_of(struct pdk80211_softc *w, struct ieee80211_channel *c)
{
	struct pdk80211_chan ch;
	unsigned i, num = ieee80211_chan2ieee(&w->w_ic, c);

	memset(&ch, 0, sizeof(ch));
	for (i = 0; i < w->w_caps.nchans; i++)
		if (w->w_chans[i].num == num && w->w_chans[i].freq == c->ic_freq)
			ch = w->w_chans[i];
	ch.freq = c->ic_freq;
	ch.num = num;
	ch.width = 20;
	ch.sco = 0;
	return ch;
}

static uint32_t
bss_flags(struct ieee80211com *ic)
{
	uint32_t flags = 0;

	if ((ic->ic_flags & IEEE80211_F_SHPREAMBLE) != 0)
		flags |= PDK_BSS_SHPREAMBLE;
	if ((ic->ic_flags & IEEE80211_F_SHSLOT) != 0)
		flags |= PDK_BSS_SHSLOT;
	if ((ic->ic_flags & IEEE80211_F_USEPROT) != 0)
		flags |= PDK_BSS_USEPROT;
	if ((ic->ic_flags & IEEE80211_F_PMGTON) != 0)
		flags |= PDK_BSS_PS;
	if ((ic->ic_bss->ni_flags & IEEE80211_NODE_QOS) != 0)
		flags |= PDK_BSS_QOS;
	return flags;
}

/*
 * Which rates are basic in the network net80211 forgets when it compares them with ours; those that
 * the band's standard makes mandatory take their place.
 */
static void
set_rates(struct ieee80211com *ic, struct pdk80211_bss *b)
{
	struct ieee80211_rateset rs = ic->ic_bss->ni_rates;
	unsigned i;

	ieee80211_set11gbasicrates(&rs, ieee80211_chan2mode(ic, ic->ic_bss->ni_chan));
	b->nrates = MIN(rs.rs_nrates, PDK80211_NRATES);
	for (i = 0; i < b->nrates; i++) {
		b->rates[i] = rs.rs_rates[i] & IEEE80211_RATE_VAL;
		if ((rs.rs_rates[i] & IEEE80211_RATE_BASIC) != 0)
			b->basic_rates |= 1U << i;
	}
}

static void
set_wme(const struct ieee80211com *ic, struct pdk80211_bss *b)
{
	const struct wmeParams *p = ic->ic_wme.wme_chanParams.cap_wmeParams;
	unsigned i;

	for (i = 0; i < PDK80211_NAC; i++) {
		b->wme[i].aifsn = p[i].wmep_aifsn;
		b->wme[i].ecwmin = p[i].wmep_logcwmin;
		b->wme[i].ecwmax = p[i].wmep_logcwmax;
		b->wme[i].acm = p[i].wmep_acm;
		b->wme[i].txop = p[i].wmep_txopLimit;
	}
}

static void
describe_bss(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	const struct ieee80211_node *ni = ic->ic_bss;
	struct pdk80211_bss *b = &w->w_bss;
	uint64_t tsf;

	memset(b, 0, sizeof(*b));
	memcpy(b->bssid, ni->ni_bssid, sizeof(b->bssid));
	b->essid_len = MIN(ni->ni_esslen, sizeof(b->essid));
	memcpy(b->essid, ni->ni_essid, b->essid_len);
	b->dtim_period = MAX(ni->ni_dtim_period, 1);
	b->bintval = ni->ni_intval;
	b->aid = IEEE80211_NODE_AID(ni);
	b->capinfo = ni->ni_capinfo;
	b->chan = chan_of(w, ni->ni_chan);
	set_rates(ic, b);
	b->flags = bss_flags(ic);
	set_wme(ic, b);
	memcpy(&tsf, ni->ni_tstamp.data, sizeof(tsf));
	b->tsf = le64toh(tsf);
	w->w_flags = b->flags;
	w->w_dtim = b->dtim_period;
}

/* Beacons change slot time, protection and the DTIM period in silence. */
static void
notice_changes(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	uint32_t diff = bss_flags(ic) ^ w->w_flags;
	unsigned update = 0;

	if (ic->ic_state != IEEE80211_S_RUN || !w->w_joined)
		return;
	if ((diff & PDK_BSS_SHSLOT) != 0)
		update |= PDK_UPD_SLOT;
	if ((diff & (PDK_BSS_USEPROT | PDK_BSS_SHPREAMBLE)) != 0)
		update |= PDK_UPD_PROT;
	if (MAX(ic->ic_bss->ni_dtim_period, 1) != w->w_dtim)
		update |= PDK_UPD_DTIM;
	if (update == 0)
		return;
	w->w_flags ^= diff;
	w->w_dtim = MAX(ic->ic_bss->ni_dtim_period, 1);
	post(w, 0, update);
}

/* ---- transmission ---- */

static void
discard(struct pdk80211_softc *w, struct mbuf *m, struct ieee80211_node *ni)
{
	COUNT(w->w_ic.ic_ifp, if_oerrors);
	m_freem(m);
	ieee80211_free_node(ni);
}

static void
drop_held(struct pdk80211_softc *w)
{
	if (w->w_held != NULL)
		discard(w, w->w_held, w->w_heldinfo.cookie);
	w->w_held = NULL;
}

/* One mbuf, with so much room before the data.  NULL: no memory, m is still there. */
static struct mbuf *
contiguous(struct mbuf *m, int room)
{
	struct mbuf *n;

	if (m->m_next == NULL && M_LEADINGSPACE(m) >= room)
		return m;
	if ((n = pdk_mbuf_rxalloc(m->m_pkthdr.len + room)) == NULL)
		return NULL;
	m_adj(n, room);
	m_copydata(m, 0, m->m_pkthdr.len, mtod(n, void *));
	m_freem(m);
	return n;
}

/*
 * Encrypt, or have it prepared: ieee80211_crypto_encap() puts the CCMP header in and, unless the
 * hardware has the key, does the rest.  It has no way to say that the mbuf begins elsewhere
 * now, so it must find room before the data.  Only pairwise keys encrypt in hardware.
 */
static int
encrypt(struct pdk80211_softc *w, struct mbuf **mp, struct ieee80211_node *ni,
    struct pdk80211_txinfo *info)
{
	struct mbuf *m = contiguous(*mp, IEEE80211_WEP_IVLEN + IEEE80211_WEP_KIDLEN +
	    IEEE80211_WEP_EXTIVLEN);
	struct ieee80211_key *k;

	if (m == NULL)
		return ENOMEM;
	*mp = m;
	if ((k = ieee80211_crypto_encap(&w->w_ic, ni, m)) == NULL)
		return ENOENT;
	if ((k->wk_flags & IEEE80211_KEY_SWCRYPT) != 0)
		return 0;
	if (k != &ni->ni_ucastkey || k->wk_cipher->ic_cipher != IEEE80211_CIPHER_AES_CCM)
		return EINVAL;
	info->flags |= PDK_TX_HWENC;
	info->key_id = 0;
	return 0;
}

/* 500 kb/s; 0: the core chooses. */
static uint8_t
rate_for(struct pdk80211_softc *w, const struct ieee80211_node *ni,
    const struct pdk80211_txinfo *info)
{
	if ((info->flags & (PDK_TX_MGMT | PDK_TX_MCAST | PDK_TX_EAPOL)) != 0)
		return 0;
	if (w->w_ic.ic_fixed_rate != IEEE80211_FIXED_RATE_NONE)
		return ieee80211_get_rate(ni);
	if ((w->w_caps.flags & PDK_CAP_RATECTL) != 0 || ni->ni_txrate >= ni->ni_rates.rs_nrates)
		return 0;
	return ni->ni_rates.rs_rates[ni->ni_txrate] & IEEE80211_RATE_VAL;
}

static void
tap_tx(struct pdk80211_softc *w, struct mbuf *m, const struct pdk80211_txinfo *info)
{
	struct wlan_txtap *tap = &w->w_tap.tx;
	const struct ieee80211_channel *c = w->w_ic.ic_curchan;

	TAP3(w->w_ic.ic_rawbpf, m, BPF_D_OUT);
	if (w->w_bpf == NULL)
		return;
	memset(&w->w_tap, 0, sizeof(w->w_tap));
	tap->wt_ihdr.it_len = htole16(sizeof(w->w_tap));
	tap->wt_ihdr.it_present = htole32(TXTAP_PRESENT);
	if ((mtod(m, struct ieee80211_frame *)->i_fc[1] & IEEE80211_FC1_WEP) != 0)
		tap->wt_flags |= IEEE80211_RADIOTAP_F_WEP;
	tap->wt_rate = info->rate;
	tap->wt_chan_freq = htole16(c->ic_freq);
	tap->wt_chan_flags = htole16(c->ic_flags);
	TAP2(w->w_bpf, tap, sizeof(w->w_tap), m, BPF_D_OUT);
}

/* From the stack's mbuf to the core's.  NULL: it was discarded. */
static struct mbuf *
prepare(struct pdk80211_softc *w, struct mbuf *m, struct ieee80211_node *ni,
    struct pdk80211_txinfo *info)
{
	struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);
	struct mbuf *n;

	info->cookie = ni;
	info->hdrlen = ieee80211_hdrsize(wh);
	if (ieee80211_has_qos(wh))
		info->tid = ((struct ieee80211_qosframe *)wh)->i_qos[0] & (PDK80211_NTID - 1);
	if ((wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) == IEEE80211_FC0_TYPE_MGT)
		info->flags |= PDK_TX_MGMT;
	if (IEEE80211_IS_MULTICAST(wh->i_addr1))
		info->flags |= PDK_TX_MCAST;
	info->rate = rate_for(w, ni, info);
	tap_tx(w, m, info);
	if (((wh->i_fc[1] & IEEE80211_FC1_WEP) != 0 && encrypt(w, &m, ni, info) != 0) ||
	    (n = contiguous(m, 0)) == NULL) {
		discard(w, m, ni);
		return NULL;
	}
	return n;
}

/* What is for a network comes as Ethernet frames.  NULL: it was discarded. */
static struct mbuf *
encapsulate(struct pdk80211_softc *w, struct mbuf *m, struct pdk80211_txinfo *info)
{
	struct ieee80211com *ic = &w->w_ic;
	struct ether_header *eh;
	struct ieee80211_node *ni;

	if (m->m_len < (int)sizeof(*eh) && (m = m_pullup(m, sizeof(*eh))) == NULL)
		goto lost;
	TAP(ic->ic_ifp, m, BPF_D_OUT);
	eh = mtod(m, struct ether_header *);
	if (eh->ether_type == htons(ETHERTYPE_PAE))
		info->flags |= PDK_TX_EAPOL;
	if ((ni = ieee80211_find_txnode(ic, eh->ether_dhost)) == NULL) {
		m_freem(m);
		goto lost;
	}
	if (ieee80211_classify(ic, m, ni) != 0) {
		discard(w, m, ni);
		return NULL;
	}
	if ((info->flags & PDK_TX_EAPOL) == 0)
		info->ac = M_WME_GETAC(m);
	if ((m = ieee80211_encap(ic, m, ni)) != NULL)
		return prepare(w, m, ni, info);
	ieee80211_free_node(ni);
lost:
	COUNT(ic->ic_ifp, if_oerrors);
	return NULL;
}

/* The next frame to send, prepared.  NULL: none, or it was discarded; then *more says which. */
static struct mbuf *
next_frame(struct pdk80211_softc *w, struct pdk80211_txinfo *info, bool *more)
{
	struct ieee80211com *ic = &w->w_ic;
	struct ieee80211_node *ni;
	struct mbuf *m;

	*more = true;
	memset(info, 0, sizeof(*info));
	if ((m = w->w_held) != NULL) {
		*info = w->w_heldinfo;
		w->w_held = NULL;
		return m;
	}
	IF_DEQUEUE(&ic->ic_mgtq, m);
	if (m != NULL) {
		ni = M_GETCTX(m, struct ieee80211_node *);
		M_CLEARCTX(m);
		info->ac = PDK_AC_VO;
		info->flags = PDK_TX_MGMT;
		return prepare(w, m, ni, info);
	}
	if (ic->ic_state == IEEE80211_S_RUN)
		IFQ_DEQUEUE(&ic->ic_ifp->if_snd, m);
	*more = m != NULL;
	return m != NULL ? encapsulate(w, m, info) : NULL;
}

/* 0; or ENOBUFS: it is held, and tx_ready will come. */
static int
send_frame(struct pdk80211_softc *w, struct mbuf *m, const struct pdk80211_txinfo *info)
{
	int error;

	pdk_lock(w->w_dev);
	w->w_inflight++;			/* it may be done before tx() returns */
	pdk_unlock(w->w_dev);
	error = w->w_ops->tx(w->w_dev, m, info);
	if (error == 0)
		return 0;
	pdk_lock(w->w_dev);
	w->w_inflight--;
	pdk_unlock(w->w_dev);
	if (error == ENOBUFS) {
		w->w_held = m;
		w->w_heldinfo = *info;
		w->w_ic.ic_ifp->if_flags |= IFF_OACTIVE;
	} else {
		discard(w, m, info->cookie);	/* no network any more, for example */
	}
	return error == ENOBUFS ? error : 0;
}

/*
 * The kernel lock is given up when tx() has to wait for the device's lock, so another thread may
 * come by meanwhile; it leaves its work to the first, since tx() is called one at a time.
 */
static void
wlan_start(struct ifnet *ifp)
{
	struct pdk80211_softc *w = ifp->if_softc;
	struct pdk80211_txinfo info;
	struct mbuf *m;
	bool more;

	w->w_tx_again = true;
	if (w->w_tx_busy)
		return;
	w->w_tx_busy = true;
	while (w->w_tx_again) {
		w->w_tx_again = false;
		do {
			if ((ifp->if_flags & (IFF_RUNNING | IFF_OACTIVE)) != IFF_RUNNING)
				break;
			m = next_frame(w, &info, &more);
			if (m != NULL && send_frame(w, m, &info) != 0)
				break;
		} while (more);
	}
	w->w_tx_busy = false;
}

/* ---- WORKER: the core's operations ---- */

/* The lock is the device's; what is waited for is told by w_wchan. */
static void
await_sent(struct pdk80211_softc *w)
{
	uint64_t end = pdk_uptime_ms() + GOODBYE_MS, now;

	pdk_lock(w->w_dev);
	while (!w->w_dead && w->w_inflight != 0 && (now = pdk_uptime_ms()) < end)
		(void)pdk_wait(w->w_dev, &w->w_wchan, end - now);
	pdk_unlock(w->w_dev);
}

static void
stop_scan(struct pdk80211_softc *w)
{
	uint64_t end = pdk_uptime_ms() + ABORT_MS, now;
	bool scanning;

	pdk_lock(w->w_dev);
	scanning = w->w_scanning;
	w->w_aborted = scanning;
	w->w_rescan = false;
	pdk_unlock(w->w_dev);
	if (!scanning || w->w_dead)
		return;
	w->w_ops->scan_abort(w->w_dev);
	pdk_lock(w->w_dev);
	while (w->w_scanning && (now = pdk_uptime_ms()) < end)
		(void)pdk_wait(w->w_dev, &w->w_wchan, end - now);
	pdk_unlock(w->w_dev);
}

static void
leave(struct pdk80211_softc *w)
{
	int s;

	if (!w->w_joined)
		return;
	stop_scan(w);				/* one in the background */
	w->w_joined = false;
	w->w_ops->leave(w->w_dev);
	pdk_lock(w->w_dev);
	w->w_update = w->w_delkeys = 0;
	pdk_unlock(w->w_dev);
	w->w_hwkeys = 0;			/* they went with the network */
	s = net_enter();
	drop_held(w);
	w->w_ic.ic_ifp->if_flags &= ~IFF_OACTIVE;
	net_exit(s);
}

static bool
restarting(struct pdk80211_softc *w)
{
	bool is;

	pdk_lock(w->w_dev);
	is = (w->w_todo & TODO_RESTART) != 0;
	pdk_unlock(w->w_dev);
	return is;
}

/* join, assoc or update has failed: look for another network, unless all begins anew anyway. */
static void
give_up_network(struct pdk80211_softc *w, const char *what, int error)
{
	struct ieee80211com *ic = &w->w_ic;
	int s;

	if (restarting(w))
		return;
	aprint_error_dev(w->w_dev->pd_self, "%s failed, error %d\n", what, error);
	leave(w);
	s = net_enter();
	(void)w->w_newstate(ic, IEEE80211_S_INIT, -1);
	if (ic->ic_roaming == IEEE80211_ROAMING_AUTO)
		ieee80211_new_state(ic, IEEE80211_S_SCAN, 0);
	net_exit(s);
}

static int
join(struct pdk80211_softc *w)
{
	int error, s;

	stop_scan(w);
	leave(w);
	s = net_enter();
	describe_bss(w);
	net_exit(s);
	if ((error = w->w_ops->join(w->w_dev, &w->w_bss)) != 0)
		give_up_network(w, "join", error);
	w->w_joined = error == 0;
	return error;
}

static int
assoc(struct pdk80211_softc *w)
{
	int error, s;

	if (!w->w_joined)
		return ENOTCONN;
	pdk_lock(w->w_dev);
	w->w_update = 0;			/* what has changed up to now is in it */
	pdk_unlock(w->w_dev);
	s = net_enter();
	describe_bss(w);
	net_exit(s);
	if ((error = w->w_ops->assoc(w->w_dev, &w->w_bss)) != 0)
		give_up_network(w, "association", error);
	return error;
}

static void
update(struct pdk80211_softc *w, unsigned what)
{
	int error, s;
	bool run;

	s = net_enter();
	run = w->w_joined && w->w_ic.ic_state == IEEE80211_S_RUN;
	if (run)
		describe_bss(w);
	net_exit(s);
	if (run && w->w_ops->update != NULL &&
	    (error = w->w_ops->update(w->w_dev, what, &w->w_bss)) != 0)
		give_up_network(w, "update", error);
}

/* ---- scanning ---- */

/* What net80211 wants to hear, for the core to look for by itself. */
static void
describe_scan(struct pdk80211_softc *w, bool background)
{
	struct ieee80211com *ic = &w->w_ic;
	struct pdk80211_scan *sc = &w->w_scan;
	const struct pdk80211_chan *c;
	unsigned i;

	memset(sc, 0, sizeof(*sc));
	if (ic->ic_des_esslen != 0) {
		sc->n_ssid = 1;
		sc->ssid_len[0] = MIN(ic->ic_des_esslen, PDK80211_MAXSSID);
		memcpy(sc->ssid[0], ic->ic_des_essid, sc->ssid_len[0]);
	}
	for (i = 0; i < w->w_caps.nchans; i++) {
		c = &w->w_chans[i];
		if (isset(ic->ic_chan_active, c->num) && (ic->ic_des_chan == IEEE80211_CHAN_ANYC ||
		    ic->ic_des_chan == &ic->ic_channels[c->num] || background))
			w->w_scanchans[sc->nchans++] = *c;
	}
	sc->chans = w->w_scanchans;
	sc->passive = !background && (ic->ic_flags & IEEE80211_F_ASCAN) == 0;
	sc->background = background;
	sc->ies_len = MIN(ic->ic_opt_ie_len, sizeof(w->w_scanies));
	if (sc->ies_len != 0)
		memcpy(w->w_scanies, ic->ic_opt_ie, sc->ies_len);
	sc->ies = w->w_scanies;
}

/* In net80211: the scan has ended, or never began. */
static void
scan_ended(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;

	if (w->w_bgscan) {
		w->w_bgscan = false;
		ieee80211_notify_scan_done(ic);
	} else if ((ic->ic_flags & IEEE80211_F_SCAN) != 0) {
		ieee80211_end_scan(ic);		/* may join, or begin the next one */
	}
}

static void
start_scan(struct pdk80211_softc *w, bool background)
{
	int error, s;
	bool busy;

	pdk_lock(w->w_dev);
	busy = w->w_scanning;
	w->w_rescan = busy && !background;
	w->w_scanning = true;
	w->w_aborted = busy && w->w_aborted;
	pdk_unlock(w->w_dev);
	if (busy)
		return;
	s = net_enter();
	describe_scan(w, background);
	w->w_bgscan = background;
	w->w_ic.ic_scan.nt_scangen += background;
	net_exit(s);
	error = w->w_scan.nchans != 0 ? w->w_ops->scan(w->w_dev, &w->w_scan) : ENXIO;
	if (error == 0)
		return;
	pdk_lock(w->w_dev);
	w->w_scanning = false;
	pdk_unlock(w->w_dev);
	aprint_error_dev(w->w_dev->pd_self, "scan failed, error %d\n", error);
	s = net_enter();
	if (w->w_bgscan) {
		scan_ended(w);			/* who asked is waiting for it */
	} else {
		w->w_ic.ic_mgt_timer = IEEE80211_TRANS_WAIT;	/* try again then */
		w->w_ic.ic_ifp->if_timer = 1;
	}
	net_exit(s);
}

/* ---- states ---- */

static int
call_stack(struct pdk80211_softc *w, enum ieee80211_state nstate, int arg)
{
	int error, s = net_enter();

	error = w->w_newstate(&w->w_ic, nstate, arg);
	net_exit(s);
	return error;
}

/*
 * net80211 says goodbye to the access point in its own function: first that, while the core can
 * still send, then leave().
 */
static void
to_init(struct pdk80211_softc *w, int arg)
{
	stop_scan(w);
	(void)call_stack(w, IEEE80211_S_INIT, arg);
	if (w->w_joined)
		await_sent(w);
	leave(w);
}

/*
 * From any other state net80211's function calls ic_newstate once more, for the first channel
 * of its list: that is the request to scan.
 */
static void
to_scan(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	leave(w);
	if (ostate == IEEE80211_S_SCAN)
		start_scan(w, false);
	else
		(void)call_stack(w, IEEE80211_S_SCAN, arg);
}

/*
 * From RUN: an authentication frame from the access point, for which nothing is to be done; or it
 * has deauthenticated us; or, with -1, another network was chosen.  For that net80211 would
 * send nothing, as it would from SCAN.
 */
static void
to_auth(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	int s;

	if (ostate != IEEE80211_S_RUN || arg != IEEE80211_FC0_SUBTYPE_AUTH) {
		if (join(w) != 0)
			return;
		s = net_enter();
		if (ostate == IEEE80211_S_RUN && arg == -1)
			w->w_ic.ic_state = IEEE80211_S_SCAN;
		net_exit(s);
	}
	(void)call_stack(w, IEEE80211_S_AUTH, arg);
}

/* From RUN: disassociated, but still authenticated. */
static void
to_assoc(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	if (ostate == IEEE80211_S_RUN ? join(w) == 0 : w->w_joined)
		(void)call_stack(w, IEEE80211_S_ASSOC, arg);
}

static void
to_run(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	if (ostate == IEEE80211_S_RUN || assoc(w) == 0)
		(void)call_stack(w, IEEE80211_S_RUN, arg);
}

static void
set_state(struct pdk80211_softc *w, enum ieee80211_state nstate, int arg)
{
	enum ieee80211_state ostate = w->w_ic.ic_state;	/* only WORKER changes it, and ioctl */

	switch (nstate) {
	case IEEE80211_S_INIT:
		to_init(w, arg);
		break;
	case IEEE80211_S_SCAN:
		to_scan(w, ostate, arg);
		break;
	case IEEE80211_S_AUTH:
		to_auth(w, ostate, arg);
		break;
	case IEEE80211_S_ASSOC:
		to_assoc(w, ostate, arg);
		break;
	case IEEE80211_S_RUN:
		to_run(w, ostate, arg);
		break;
	}
}

/*
 * For a scan that a user asks for, net80211 sets the state to INIT behind our back.  When a
 * network is in service this is undone, and the scan is one in the background.
 */
static int
wlan_newstate(struct ieee80211com *ic, enum ieee80211_state nstate, int arg)
{
	struct pdk80211_softc *w = IC2W(ic);
	bool background = nstate == IEEE80211_S_SCAN && ic->ic_state == IEEE80211_S_INIT &&
	    w->w_joined && IEEE80211_NODE_AID(ic->ic_bss) != 0;

	if (background)
		ic->ic_state = IEEE80211_S_RUN;
	pdk_lock(w->w_dev);
	if (background) {
		w->w_todo |= TODO_BGSCAN;
	} else {
		w->w_todo |= TODO_STATE;
		w->w_nstate = nstate;
		w->w_arg = arg;
	}
	pdk_task_post(&w->w_task);
	pdk_unlock(w->w_dev);
	return 0;
}

/* ---- up and down; WORKER ---- */

/* EPERM: the radio is switched off; it comes up when that changes. */
static int
go_up(void *arg)
{
	struct pdk80211_softc *w = arg;
	struct ieee80211com *ic = &w->w_ic;
	int error, s;

	if (w->w_up)
		return 0;
	if (w->w_dev->pd_phase == PDK_P_FAILED)
		return ENXIO;
	pdk_lock(w->w_dev);
	error = w->w_rfkill ? EPERM : 0;
	w->w_todo &= ~(TODO_RESTART | TODO_RESET | TODO_GONE);
	pdk_unlock(w->w_dev);
	if (error == 0)
		error = w->w_ops->up(w->w_dev);
	if (error != 0)
		return error;
	w->w_up = true;
	w->w_dead = false;
	if ((w->w_caps.flags & PDK_CAP_RATECTL) == 0) {
		pdk_lock(w->w_dev);
		pdk_timer_arm(&w->w_amrr_timer, AMRR_MS);
		pdk_unlock(w->w_dev);
	}
	s = net_enter();
	ic->ic_ifp->if_flags |= IFF_RUNNING;
	ic->ic_ifp->if_flags &= ~IFF_OACTIVE;
	if (ic->ic_roaming != IEEE80211_ROAMING_MANUAL)
		ieee80211_new_state(ic, IEEE80211_S_SCAN, 0);
	net_exit(s);
	return 0;
}

static int
go_down(void *arg)
{
	struct pdk80211_softc *w = arg;
	struct ifnet *ifp = w->w_ic.ic_ifp;
	int s;

	if (!w->w_up)
		return 0;
	to_init(w, -1);
	s = net_enter();
	ifp->if_flags &= ~(IFF_RUNNING | IFF_OACTIVE);
	ifp->if_timer = 0;
	drop_held(w);
	net_exit(s);
	w->w_up = w->w_dead = false;
	w->w_ops->down(w->w_dev);
	pdk_lock(w->w_dev);
	pdk_timer_stop(&w->w_amrr_timer);
	w->w_scanning = w->w_rescan = w->w_aborted = false;
	w->w_todo &= ~(TODO_RESTART | TODO_RESET | TODO_GONE);
	w->w_update = w->w_delkeys = 0;
	pdk_unlock(w->w_dev);
	w->w_bgscan = false;
	return 0;
}

/* Down; and up again, if the user wants it up and the radio may be on. */
static int
reset(void *arg)
{
	struct pdk80211_softc *w = arg;
	int error = 0;

	(void)go_down(w);
	if ((w->w_ic.ic_ifp->if_flags & IFF_UP) != 0)
		error = go_up(w);
	return error == EPERM ? 0 : error;
}

/* ---- keys ---- */

static void
describe_key(struct ieee80211com *ic, const struct ieee80211_key *k, struct pdk80211_key *key)
{
	memset(key, 0, sizeof(*key));
	key->cipher = PDK_CIPHER_CCMP;
	if (k >= ic->ic_nw_keys && k < ic->ic_nw_keys + IEEE80211_WEP_NKID) {
		key->group = 1;
		key->id = k - ic->ic_nw_keys;
	}
	key->len = MIN(k->wk_keylen, sizeof(key->key));
	memcpy(key->key, k->wk_key, key->len);
	key->tsc = k->wk_keyrsc;
}

static unsigned
key_bit(const struct pdk80211_key *key)
{
	return key->group ? KEY_GROUP(key->id) : KEY_PAIRWISE;
}

/* WORKER: the keys that net80211 has deleted. */
static void
delete_keys(struct pdk80211_softc *w)
{
	struct pdk80211_key key = { .cipher = PDK_CIPHER_CCMP };
	unsigned del;

	pdk_lock(w->w_dev);
	del = w->w_delkeys & w->w_hwkeys;
	w->w_delkeys = 0;
	pdk_unlock(w->w_dev);
	w->w_hwkeys &= ~del;
	if (w->w_ops->del_key == NULL)
		return;
	if ((del & KEY_PAIRWISE) != 0)
		w->w_ops->del_key(w->w_dev, &key);
	key.group = 1;
	for (key.id = 0; key.id < IEEE80211_WEP_NKID; key.id++)
		if ((del & KEY_GROUP(key.id)) != 0)
			w->w_ops->del_key(w->w_dev, &key);
}

struct set_key {
	struct pdk80211_softc	*w;
	struct pdk80211_key	 key;
};

static int
set_key(void *arg)
{
	struct set_key *sk = arg;
	struct pdk80211_softc *w = sk->w;
	int error = ENOTCONN;

	delete_keys(w);				/* those were before */
	if (w->w_joined)
		error = w->w_ops->set_key(w->w_dev, &sk->key);
	if (error == 0)
		w->w_hwkeys |= key_bit(&sk->key);
	return error;
}

static int
wlan_key_alloc(struct ieee80211com *ic, const struct ieee80211_key *k, ieee80211_keyix *keyix,
    ieee80211_keyix *rxkeyix)
{
	*keyix = 0;
	if (k >= ic->ic_nw_keys && k < ic->ic_nw_keys + IEEE80211_WEP_NKID)
		*keyix = k - ic->ic_nw_keys;
	*rxkeyix = IEEE80211_KEYIX_NONE;
	return 1;
}

/*
 * CCMP is for the hardware, if it takes the key.  Any other key becomes one that net80211 works
 * with itself; it takes WEP for the hardware's, since IEEE80211_C_WEP has to be claimed to have
 * WEP at all.  1: the key may be used.
 */
static int
wlan_key_set(struct ieee80211com *ic, const struct ieee80211_key *ck,
    const u_int8_t mac[IEEE80211_ADDR_LEN])
{
	struct ieee80211_key *k = __UNCONST(ck);
	struct pdk80211_softc *w = IC2W(ic);
	struct set_key sk = { .w = w };
	int error = EOPNOTSUPP;

	if ((k->wk_flags & IEEE80211_KEY_SWCRYPT) != 0)
		return 1;
	if (k->wk_cipher->ic_cipher == IEEE80211_CIPHER_AES_CCM && w->w_ops->set_key != NULL &&
	    !cpu_softintr_p()) {
		describe_key(ic, k, &sk.key);
		error = pdk_call(w->w_dev, set_key, &sk);
		explicit_memset(&sk.key, 0, sizeof(sk.key));
	}
	if (error == 0)
		return 1;
	k->wk_flags |= IEEE80211_KEY_SWCRYPT;
	return k->wk_cipher->ic_setkey(k);
}

static int
wlan_key_delete(struct ieee80211com *ic, const struct ieee80211_key *k)
{
	struct pdk80211_softc *w = IC2W(ic);
	struct pdk80211_key key;

	if ((k->wk_flags & IEEE80211_KEY_SWCRYPT) != 0 ||
	    k->wk_cipher->ic_cipher != IEEE80211_CIPHER_AES_CCM)
		return 1;
	describe_key(ic, k, &key);
	pdk_lock(w->w_dev);
	w->w_delkeys |= key_bit(&key);
	pdk_task_post(&w->w_task);
	pdk_unlock(w->w_dev);
	explicit_memset(&key, 0, sizeof(key));
	return 1;
}

/* ---- rate control, for a core that does none ---- */

/* TIMER, with the lock; net80211 must not be entered with it. */
static void
amrr_timeout(void *arg)
{
	struct pdk80211_softc *w = arg;

	w->w_todo |= TODO_RATES;
	pdk_task_post(&w->w_task);
	pdk_timer_arm(&w->w_amrr_timer, AMRR_MS);
}

static void
choose_rate(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	struct wlan_node *wn;
	int s = net_enter();

	if (ic->ic_state == IEEE80211_S_RUN &&
	    ic->ic_fixed_rate == IEEE80211_FIXED_RATE_NONE) {
		wn = (struct wlan_node *)ic->ic_bss;
		ieee80211_amrr_choose(&w->w_amrr, ic->ic_bss, &wn->wn_amrr);
	}
	net_exit(s);
}

/* In net80211: count for AMRR, or tell the user the rate that the core has chosen. */
static void
learn_rate(struct pdk80211_softc *w, struct ieee80211_node *ni,
    const struct pdk80211_txstat *stat)
{
	struct wlan_node *wn = (struct wlan_node *)ni;
	int i;

	if ((w->w_caps.flags & PDK_CAP_RATECTL) == 0) {
		wn->wn_amrr.amn_txcnt++;
		wn->wn_amrr.amn_retrycnt += stat->tries > 1 || !stat->ok;
		return;
	}
	for (i = 0; i < ni->ni_rates.rs_nrates; i++)
		if ((ni->ni_rates.rs_rates[i] & IEEE80211_RATE_VAL) == stat->rate)
			ni->ni_txrate = i;
}

static struct ieee80211_node *
wlan_node_alloc(struct ieee80211_node_table *nt)
{
	struct wlan_node *wn;

	wn = malloc(sizeof(*wn), M_80211_NODE, M_NOWAIT | M_ZERO);
	return wn != NULL ? &wn->wn_node : NULL;
}

/* Begin at 36 Mb/s or less. */
static void
wlan_newassoc(struct ieee80211_node *ni, int isnew)
{
	struct pdk80211_softc *w = IC2W(ni->ni_ic);

	ieee80211_amrr_node_init(&w->w_amrr, &((struct wlan_node *)ni)->wn_amrr);
	ni->ni_txrate = MAX(ni->ni_rates.rs_nrates, 1) - 1;
	while (ni->ni_txrate > 0 &&
	    (ni->ni_rates.rs_rates[ni->ni_txrate] & IEEE80211_RATE_VAL) > 72)
		ni->ni_txrate--;
}

/* ---- the task ---- */

/*
 * WORKER.  One thing after the other, the more thorough first; each may bring new ones.
 */
static bool
follow_one(struct pdk80211_softc *w)
{
	unsigned todo, upd, del;
	enum ieee80211_state nstate;
	int arg, error;

	pdk_lock(w->w_dev);
	todo = w->w_todo;
	del = w->w_delkeys;
	nstate = w->w_nstate;
	arg = w->w_arg;
	w->w_todo = 0;
	pdk_unlock(w->w_dev);
	if ((todo & (TODO_RESTART | TODO_RESET | TODO_RFKILL)) != 0) {
		w->w_dead = (todo & TODO_RESTART) != 0;
		if ((error = reset(w)) != 0)
			aprint_error_dev(w->w_dev->pd_self, "could not start, error %d\n", error);
		return true;
	}
	if (!w->w_up)
		return false;
	if (del != 0)
		delete_keys(w);
	if ((todo & TODO_STATE) != 0)
		set_state(w, nstate, arg);
	pdk_lock(w->w_dev);
	upd = w->w_update;			/* what set_state() has left of it */
	w->w_update = 0;
	pdk_unlock(w->w_dev);
	if (upd != 0)
		update(w, upd);
	if ((todo & TODO_BGSCAN) != 0 && w->w_joined)
		start_scan(w, true);
	if ((todo & TODO_RATES) != 0)
		choose_rate(w);
	return todo != 0 || upd != 0 || del != 0;
}

static void
follow(void *arg)
{
	while (follow_one(arg))
		continue;
}

/* ---- ifnet(9) ---- */

static int
wlan_init(struct ifnet *ifp)
{
	struct pdk80211_softc *w = ifp->if_softc;

	return pdk_call(w->w_dev, go_up, w);
}

static void
wlan_stop(struct ifnet *ifp, int disable)
{
	struct pdk80211_softc *w = ifp->if_softc;

	(void)pdk_call(w->w_dev, go_down, w);
}

static void
wlan_watchdog(struct ifnet *ifp)
{
	struct pdk80211_softc *w = ifp->if_softc;
	int s = net_enter();

	ifp->if_timer = 0;
	if ((ifp->if_flags & IFF_RUNNING) != 0)
		ieee80211_watchdog(&w->w_ic);
	net_exit(s);
}

/* A radio that is switched off leaves the interface up: it begins when it is switched on. */
static int
set_flags(struct ifnet *ifp)
{
	int error = 0;

	if ((ifp->if_flags & IFF_UP) == 0) {
		if ((ifp->if_flags & IFF_RUNNING) != 0)
			wlan_stop(ifp, 1);
	} else if ((ifp->if_flags & IFF_RUNNING) == 0) {
		error = wlan_init(ifp);
		if (error != 0 && error != EPERM)
			ifp->if_flags &= ~IFF_UP;
	}
	return error == EPERM ? 0 : error;
}

/* The rest of the requests are net80211's; ENETRESET asks to begin again. */
static int
other_ioctl(struct pdk80211_softc *w, u_long cmd, void *data)
{
	struct ieee80211com *ic = &w->w_ic;
	u_int32_t flags = ic->ic_flags;
	int error;

	error = ieee80211_ioctl(ic, cmd, data);
	if (error != ENETRESET)
		return error;
	if ((ic->ic_flags ^ flags) == IEEE80211_F_PMGTON)
		post(w, 0, PDK_UPD_PS);
	else if ((ic->ic_ifp->if_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING))
		return pdk_call(w->w_dev, reset, w);
	return 0;
}

static int
wlan_ioctl(struct ifnet *ifp, u_long cmd, void *data)
{
	struct pdk80211_softc *w = ifp->if_softc;
	const struct sockaddr *sa;
	int error, s;

	s = net_enter();
	switch (cmd) {
	case SIOCSIFFLAGS:
		if ((error = ifioctl_common(ifp, cmd, data)) == 0)
			error = set_flags(ifp);
		break;
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		sa = ifreq_getaddr(cmd, (struct ifreq *)data);
		error = cmd == SIOCADDMULTI ? ether_addmulti(sa, &w->w_ec) :
		    ether_delmulti(sa, &w->w_ec);
		if (error == ENETRESET)
			error = 0;		/* the core passes all groups of its network up */
		break;
	default:
		error = other_ioctl(w, cmd, data);
		break;
	}
	net_exit(s);
	return error;
}

/* With ifmedia(4)'s lock, so this does not wait. */
static int
wlan_media_change(struct ifnet *ifp)
{
	struct pdk80211_softc *w = ifp->if_softc;
	int error;

	error = ieee80211_media_change(ifp);
	if (error != ENETRESET)
		return error;
	if ((ifp->if_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING))
		post(w, TODO_RESET, 0);
	return 0;
}

/* net80211 calls these two in the middle of something: never sleep. */
static void
wlan_updateslot(struct ifnet *ifp)
{
	post(ifp->if_softc, 0, PDK_UPD_SLOT);
}

static int
wlan_wme_update(struct ieee80211com *ic)
{
	post(IC2W(ic), 0, PDK_UPD_EDCA);
	return 0;
}

/* ---- attach and detach ---- */

static void
set_channels(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	const struct pdk80211_chan *c;
	uint16_t flags;
	unsigned i;

	for (i = 0; i < w->w_caps.nchans; i++) {
		c = &w->w_chans[i];
		if (c->freq >= 3000) {
			flags = IEEE80211_CHAN_A;
			ic->ic_sup_rates[IEEE80211_MODE_11A] = ieee80211_std_rateset_11a;
		} else {
			flags = c->num == 14 ? IEEE80211_CHAN_B :
			    IEEE80211_CHAN_CCK | IEEE80211_CHAN_OFDM | IEEE80211_CHAN_DYN |
			    IEEE80211_CHAN_2GHZ;
			ic->ic_sup_rates[IEEE80211_MODE_11B] = ieee80211_std_rateset_11b;
			ic->ic_sup_rates[IEEE80211_MODE_11G] = ieee80211_std_rateset_11g;
		}
		if ((c->flags & (PDK_CH_PASSIVE | PDK_CH_DFS)) != 0)
			flags |= IEEE80211_CHAN_PASSIVE;
		ic->ic_channels[c->num].ic_freq = c->freq;
		ic->ic_channels[c->num].ic_flags = flags;
		ic->ic_ibss_chan = &ic->ic_channels[c->num];
	}
}

static void
set_com(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;

	ic->ic_ifp = &w->w_ec.ec_if;
	ic->ic_phytype = IEEE80211_T_OFDM;
	ic->ic_opmode = IEEE80211_M_STA;
	ic->ic_state = IEEE80211_S_INIT;
	ic->ic_caps = IEEE80211_C_WEP | IEEE80211_C_WPA | IEEE80211_C_SHSLOT |
	    IEEE80211_C_SHPREAMBLE;
	if (w->w_ops->update != NULL)
		ic->ic_caps |= IEEE80211_C_WME | IEEE80211_C_PMGT;
	if ((w->w_caps.flags & PDK_CAP_HW_CCMP) != 0 && w->w_ops->set_key != NULL)
		ic->ic_caps |= IEEE80211_C_AES_CCM;
	memcpy(ic->ic_myaddr, w->w_caps.mac, IEEE80211_ADDR_LEN);
	set_channels(w);
	w->w_amrr.amrr_min_success_threshold = IEEE80211_AMRR_MIN_SUCCESS_THRESHOLD;
	w->w_amrr.amrr_max_success_threshold = IEEE80211_AMRR_MAX_SUCCESS_THRESHOLD;
}

static void
set_ifnet(struct pdk80211_softc *w)
{
	struct ifnet *ifp = &w->w_ec.ec_if;

	ifp->if_softc = w;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_init = wlan_init;
	ifp->if_stop = wlan_stop;
	ifp->if_ioctl = wlan_ioctl;
	ifp->if_start = wlan_start;
	ifp->if_watchdog = wlan_watchdog;
	IFQ_SET_READY(&ifp->if_snd);
	strlcpy(ifp->if_xname, device_xname(w->w_dev->pd_self), IFNAMSIZ);
}

/* net80211 puts its own functions in at ieee80211_ifattach(); then it is our turn. */
static void
set_methods(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;

	w->w_newstate = ic->ic_newstate;
	ic->ic_newstate = wlan_newstate;
	ic->ic_node_alloc = wlan_node_alloc;
	ic->ic_newassoc = wlan_newassoc;
	ic->ic_updateslot = wlan_updateslot;
	ic->ic_wme.wme_update = wlan_wme_update;
	ic->ic_crypto.cs_key_alloc = wlan_key_alloc;
	ic->ic_crypto.cs_key_set = wlan_key_set;
	ic->ic_crypto.cs_key_delete = wlan_key_delete;
}

static struct pdk80211_softc *
wlan_create(struct pdk_dev *dev, const struct pdk80211_ops *ops, const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *w = kmem_zalloc(sizeof(*w), KM_SLEEP);
	size_t size = caps->nchans * sizeof(w->w_chans[0]);

	w->w_dev = dev;
	w->w_ops = ops;
	w->w_caps = *caps;
	w->w_chans = kmem_zalloc(size, KM_SLEEP);
	w->w_scanchans = kmem_zalloc(size, KM_SLEEP);
	memcpy(w->w_chans, caps->chans, size);
	pdk_task_init(dev, &w->w_task, follow, w);
	pdk_timer_init(dev, &w->w_amrr_timer, amrr_timeout, w);
	cv_init(&w->w_refs_cv, "pdkwlan");
	return w;
}

static void
wlan_destroy(struct pdk80211_softc *w)
{
	size_t size = w->w_caps.nchans * sizeof(w->w_chans[0]);

	cv_destroy(&w->w_refs_cv);
	kmem_free(w->w_scanchans, size);
	kmem_free(w->w_chans, size);
	kmem_free(w, sizeof(*w));
}

int
pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *w;
	struct ieee80211com *ic;
	struct ifnet *ifp;

	if (dev->pd_80211 != NULL)
		return EBUSY;
	if (ops->up == NULL || ops->down == NULL || ops->scan == NULL || ops->scan_abort == NULL ||
	    ops->join == NULL || ops->assoc == NULL || ops->leave == NULL || ops->tx == NULL ||
	    caps->nchans == 0 || (caps->mac[0] & 1) != 0)
		return EINVAL;
	w = wlan_create(dev, ops, caps);
	ic = &w->w_ic;
	ifp = &w->w_ec.ec_if;
	KERNEL_LOCK(1, NULL);
	set_com(w);
	set_ifnet(w);
	(void)if_initialize(ifp);
	ieee80211_ifattach(ic);
	set_methods(w);
	ieee80211_media_init(ic, wlan_media_change, ieee80211_media_status);
	ifp->if_percpuq = if_percpuq_create(ifp);
	pdk_lock(dev);
	dev->pd_80211 = w;
	pdk_unlock(dev);
	if_register(ifp);
	bpf_attach2(ifp, DLT_IEEE802_11_RADIO,
	    sizeof(struct ieee80211_frame) + sizeof(w->w_tap), &w->w_bpf);
	ieee80211_announce(ic);
	pmf_class_network_register(dev->pd_self, ifp);
	KERNEL_UNLOCK_ONE(NULL);
	return 0;
}

/*
 * CONFIG.  First down, for which the upcalls must still work; then no new upcall comes in, and
 * those that are in are waited for.
 */
void
pdk80211_detach(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = dev->pd_80211;
	int s;

	if (w == NULL)
		return;
	s = net_enter();
	w->w_ic.ic_ifp->if_flags &= ~IFF_UP;
	net_exit(s);
	(void)pdk_call(dev, go_down, w);
	pdk_lock(dev);
	dev->pd_80211 = NULL;
	while (w->w_refs != 0)
		cv_wait(&w->w_refs_cv, &dev->pd_mtx);
	pdk_unlock(dev);
	s = net_enter();
	ieee80211_ifdetach(&w->w_ic);
	net_exit(s);
	if_detach(&w->w_ec.ec_if);
	pdk_lock(dev);
	pdk_task_cancel(&w->w_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_timer_drain(&w->w_amrr_timer);
	wlan_destroy(w);
}

/* ---- upcalls; BH or WORKER ---- */

/* NULL: not attached any more. */
static struct pdk80211_softc *
hold(struct pdk_dev *dev)
{
	struct pdk80211_softc *w;

	pdk_lock(dev);
	if ((w = dev->pd_80211) != NULL)
		w->w_refs++;
	pdk_unlock(dev);
	return w;
}

static void
release(struct pdk80211_softc *w)
{
	struct pdk_dev *dev = w->w_dev;

	pdk_lock(dev);
	if (--w->w_refs == 0)
		cv_broadcast(&w->w_refs_cv);
	pdk_unlock(dev);
}

static void
tap_rx(struct pdk80211_softc *w, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	const struct ieee80211_channel *c = &w->w_ic.ic_channels[info->chan];
	struct wlan_rxtap *tap = &w->w_tap.rx;

	if (w->w_bpf == NULL)
		return;
	memset(&w->w_tap, 0, sizeof(w->w_tap));
	tap->wr_ihdr.it_len = htole16(sizeof(w->w_tap));
	tap->wr_ihdr.it_present = htole32(RXTAP_PRESENT);
	tap->wr_tsft = htole64(info->tsf);
	if ((info->flags & PDK_RX_SHPREAMBLE) != 0)
		tap->wr_flags |= IEEE80211_RADIOTAP_F_SHORTPRE;
	if ((mtod(m, struct ieee80211_frame_min *)->i_fc[1] & IEEE80211_FC1_WEP) != 0)
		tap->wr_flags |= IEEE80211_RADIOTAP_F_WEP;
	tap->wr_rate = (info->flags & PDK_RX_HT) != 0 ? 0 : info->rate;
	tap->wr_chan_freq = htole16(c->ic_freq);
	tap->wr_chan_flags = htole16(c->ic_flags);
	tap->wr_signal = info->rssi;
	tap->wr_noise = info->noise;
	TAP2(w->w_bpf, tap, sizeof(w->w_tap), m, BPF_D_IN);
}

/* The key that net80211 will choose for the frame, or NULL. */
static const struct ieee80211_key *
key_of(struct ieee80211com *ic, const struct ieee80211_node *ni, struct mbuf *m, int hdrlen)
{
	uint8_t id;

	if (m->m_pkthdr.len < hdrlen + IEEE80211_WEP_IVLEN + IEEE80211_WEP_KIDLEN)
		return NULL;
	if (!IEEE80211_IS_MULTICAST(mtod(m, struct ieee80211_frame *)->i_addr1) &&
	    ni->ni_ucastkey.wk_cipher != &ieee80211_cipher_none)
		return &ni->ni_ucastkey;
	m_copydata(m, hdrlen + IEEE80211_WEP_IVLEN, sizeof(id), &id);
	return &ic->ic_nw_keys[id >> 6];
}

/*
 * net80211 goes by the key, not by the frame: what has the hardware's key it takes for decrypted,
 * and cuts the MIC off, which the hardware has done already.  A frame that came in
 * encrypted while the hardware has the key, or the other way round, is lost.
 */
static bool
open_frame(struct ieee80211com *ic, const struct ieee80211_node *ni, struct mbuf *m,
    const struct pdk80211_rxinfo *info)
{
	static const uint8_t mic[IEEE80211_WEP_MICLEN];
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);
	const struct ieee80211_key *k;
	bool hw;

	if ((wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) != IEEE80211_FC0_TYPE_DATA ||
	    (wh->i_fc[1] & IEEE80211_FC1_WEP) == 0)
		return true;
	if ((info->flags & PDK_RX_MICFAIL) != 0) {
		ic->ic_stats.is_rx_ccmpmic++;
		return false;
	}
	if (m->m_pkthdr.len < (int)sizeof(*wh) ||
	    (k = key_of(ic, ni, m, ieee80211_hdrsize(wh))) == NULL)
		return false;
	hw = (k->wk_flags & IEEE80211_KEY_SWCRYPT) == 0 &&
	    k->wk_cipher->ic_cipher == IEEE80211_CIPHER_AES_CCM;
	if (hw != ((info->flags & PDK_RX_DECRYPTED) != 0)) {
		ic->ic_stats.is_rx_wepfail++;
		return false;
	}
	return !hw || m_append(m, sizeof(mic), mic) != 0;
}

static bool
is_beacon(const struct ieee80211_frame *wh)
{
	return (wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) == IEEE80211_FC0_TYPE_MGT &&
	    ((wh->i_fc[0] & IEEE80211_FC0_SUBTYPE_MASK) == IEEE80211_FC0_SUBTYPE_BEACON ||
	    (wh->i_fc[0] & IEEE80211_FC0_SUBTYPE_MASK) == IEEE80211_FC0_SUBTYPE_PROBE_RESP);
}

/*
 * net80211 takes the channel it is on for the one where a beacon was heard, so it is told
 * for this frame; and in a scan in the background, that there is a scan: for longer it must not
 * think so, or it would let other networks' data in, and not miss beacons.  What is known
 * of our own access point was negotiated, and is not overwritten.
 */
static void
input(struct pdk80211_softc *w, struct mbuf *m, struct ieee80211_node *ni,
    const struct pdk80211_rxinfo *info)
{
	struct ieee80211com *ic = &w->w_ic;
	struct ieee80211_channel *chan = ic->ic_curchan, *heard = &ic->ic_channels[info->chan];
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);
	bool beacon = is_beacon(wh), bg = beacon && w->w_bgscan &&
	    !IEEE80211_ADDR_EQ(wh->i_addr2, ic->ic_bss->ni_bssid);
	int rssi = info->noise != 0 ? info->rssi - info->noise : info->rssi + 128;

	if (beacon && heard->ic_flags != 0 && (bg || (ic->ic_flags & IEEE80211_F_SCAN) != 0))
		ic->ic_curchan = heard;
	if (bg)
		ic->ic_flags |= IEEE80211_F_SCAN;
	(void)ieee80211_input(ic, m, ni, MIN(MAX(rssi, 0), 127), (uint32_t)info->tsf);
	if (bg)
		ic->ic_flags &= ~IEEE80211_F_SCAN;
	if (ic->ic_curchan == heard)
		ic->ic_curchan = chan;
}

void
pdk80211_rx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	struct pdk80211_softc *w = hold(dev);
	struct ieee80211com *ic;
	struct ieee80211_node *ni;
	int s;

	if (w == NULL || m->m_pkthdr.len < (int)sizeof(struct ieee80211_frame_min)) {
		m_freem(m);
		if (w != NULL)
			release(w);
		return;
	}
	ic = &w->w_ic;
	s = net_enter();
	m_set_rcvif(m, ic->ic_ifp);
	tap_rx(w, m, info);
	ni = ieee80211_find_rxnode(ic, mtod(m, const struct ieee80211_frame_min *));
	if (open_frame(ic, ni, m, info))
		input(w, m, ni, info);
	else
		m_freem(m);
	ieee80211_free_node(ni);
	notice_changes(w);
	net_exit(s);
	release(w);
}

void
pdk80211_tx_done(struct pdk_dev *dev, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *stat)
{
	struct pdk80211_softc *w = hold(dev);
	int s;

	m_freem(m);
	if (w == NULL)
		return;
	s = net_enter();
	if (stat->ok)
		COUNT(w->w_ic.ic_ifp, if_opackets);
	else
		COUNT(w->w_ic.ic_ifp, if_oerrors);
	learn_rate(w, cookie, stat);
	ieee80211_free_node(cookie);
	net_exit(s);
	pdk_lock(dev);
	if (--w->w_inflight == 0)
		pdk_wake(dev, &w->w_wchan);
	pdk_unlock(dev);
	release(w);
}

void
pdk80211_tx_ready(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = hold(dev);
	int s;

	if (w == NULL)
		return;
	s = net_enter();
	w->w_ic.ic_ifp->if_flags &= ~IFF_OACTIVE;
	wlan_start(w->w_ic.ic_ifp);
	net_exit(s);
	release(w);
}

void
pdk80211_scan_done(struct pdk_dev *dev, int aborted)
{
	struct pdk80211_softc *w = hold(dev);
	bool tell, again;
	int s;

	if (w == NULL)
		return;
	pdk_lock(dev);
	tell = w->w_scanning && !w->w_aborted;
	again = tell && w->w_rescan;
	w->w_scanning = w->w_aborted = w->w_rescan = false;
	pdk_wake(dev, &w->w_wchan);
	pdk_unlock(dev);
	s = net_enter();
	if (again)
		ieee80211_new_state(&w->w_ic, IEEE80211_S_SCAN, -1);
	else if (tell)
		scan_ended(w);
	net_exit(s);
	release(w);
}

void
pdk80211_beacon_miss(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = hold(dev);
	int s;

	if (w == NULL)
		return;
	s = net_enter();
	ieee80211_beacon_miss(&w->w_ic);
	net_exit(s);
	release(w);
}

/* There are no agreements in this stack, so none can end. */
void
pdk80211_ba_done(struct pdk_dev *dev, enum pdk80211_baop op, int tid, int error)
{
}

void
pdk80211_rfkill(struct pdk_dev *dev, int blocked)
{
	struct pdk80211_softc *w = hold(dev);
	bool changed;

	if (w == NULL)
		return;
	pdk_lock(dev);
	changed = w->w_rfkill != (blocked != 0);
	w->w_rfkill = blocked != 0;
	if (changed) {
		w->w_todo |= TODO_RFKILL;
		pdk_task_post(&w->w_task);
	}
	pdk_unlock(dev);
	if (changed)
		aprint_normal_dev(dev->pd_self, "radio switched %s\n", blocked ? "off" : "on");
	release(w);
}

void
pdk80211_restart(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = hold(dev);

	if (w == NULL)
		return;
	post(w, TODO_RESTART, 0);
	release(w);
}
