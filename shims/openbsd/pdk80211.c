/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211.c - a pdk80211 driver under OpenBSD's net80211, with its 4-way handshake in the kernel;
 * for the stack of 2016 (no HT) and that of 7.1 and later.
 *
 *	here		runs in							entered at
 *	wifi_start	if_start: the stack sends; from rx, too			IPL_NET, kernel lock
 *	wifi_ioctl	a process; sleeps until WORKER has done it		IPL_NONE, kernel lock
 *	wifi_watchdog	if_watchdog, for management frames without an answer	IPL_NET, kernel lock
 *	ic_* hooks	wherever net80211 is: BH, TIMER, a process		IPL_NET, kernel lock
 *	*_task		WORKER							IPL_NONE, kernel lock
 *	upcalls		BH, WORKER						any, raised to IPL_NET
 *
 * The stack's lock is the pdk's: splnet() under the kernel lock.  net80211's hooks may not sleep
 * and the core's operations do, so every hook notes what is wanted and posts a task; WORKER alone
 * calls the core, one operation at a time.  ops->tx is the exception, and splnet() keeps it single.
 *
 * States.  ic_newstate records the last wish and returns; the task does the core's part (scan,
 * join, assoc, leave) and then calls the stack's own function, which sends the frames.
 *
 * Keys.  ic_set_key installs the key for net80211's software crypto at once and has the hardware
 * take it over later: until then, and if the core refuses, frames are encrypted and decrypted in
 * software with the same key and the same packet numbers.  Thus nothing waits in the middle of a
 * handshake, and no frame goes out in the clear.
 *
 * Not offered: host AP, IBSS and monitor modes, MFP (the core's interface has no BIP), VHT and HE.
 * In 2016 net80211 has no HT (IEEE80211_NO_HT), so no A-MPDU, and no background scan.
 *
 * Manual pages: ieee80211(9), ieee80211_input(9), ieee80211_output(9), ieee80211_node(9),
 * ieee80211_crypto(9), ifq_dequeue(9), if_rxr_init(9), bpf_mtap(9), spl(9).
 */
#include "pdk_unit.h"

#include <pdk80211.h>

#include "bpfilter.h"

#include <sys/socket.h>
#include <sys/sockio.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_media.h>
#if NBPFILTER > 0
#include <net/bpf.h>
#endif
#include <netinet/in.h>
#include <netinet/if_ether.h>

#include <net80211/ieee80211_var.h>
#include <net80211/ieee80211_amrr.h>
#include <net80211/ieee80211_radiotap.h>

#if OpenBSD < 201605
#define WIFI_2016			/* queues are struct ifqueue, no HT, no bgscan */
#elif OpenBSD < 202205
#error "net80211 between 5.9 and 7.1 is neither the one nor the other: see pdk80211.c"
#endif

#define WIFI_RSSI_MIN		(-100)	/* dBm that count as nothing, */
#define WIFI_RSSI_MAX		(-33)	/* and as all; net80211 thinks in percent of that span */
#define WIFI_GOODBYE_MS		100	/* for the last frames to leave before the radio does */
#define WIFI_ABORT_MS		2000	/* a scan that is aborted ends within */
#define WIFI_RETRY_MS		1000	/* until the next scan after a failure of the core */
#define WIFI_AMRR_MS		500
#define WIFI_RESTARTS		4	/* of the firmware, in */
#define WIFI_RESTART_MS		30000
#define WIFI_NKEYOP		8
#define WIFI_RXBATCH		64

/* ADDBA: frames of a TID before it is worth asking, time for the answer, time to sulk. */
#define WIFI_BA_FRAMES		16
#define WIFI_BA_ANSWER_MS	1200
#define WIFI_BA_SULK_MS		20000

struct wifi_frame {			/* ready to be sent */
	struct mbuf		*m;
	struct pdk80211_txinfo	 info;	/* its cookie is the node, referenced */
};
enum { WIFI_MGMT, WIFI_DATA, WIFI_NHELD };

struct wifi_keyop {
	struct pdk80211_key	 key;
	int			 del;
	unsigned		 gen;	/* of the pairwise key */
};
#define WIFI_KEY_BIT(k)	(1u << ((k)->group ? 1 + ((k)->id & 3) : 0))

struct wifi_rxtap {
	struct ieee80211_radiotap_header h;
	uint64_t	tsf;
	uint8_t		flags, rate;
	uint16_t	freq, chan_flags;
	int8_t		signal, noise;
} __packed;
#define WIFI_RXTAP_PRESENT						\
	(1 << IEEE80211_RADIOTAP_TSFT | 1 << IEEE80211_RADIOTAP_FLAGS |	\
	1 << IEEE80211_RADIOTAP_RATE | 1 << IEEE80211_RADIOTAP_CHANNEL |	\
	1 << IEEE80211_RADIOTAP_DBM_ANTSIGNAL | 1 << IEEE80211_RADIOTAP_DBM_ANTNOISE)

struct wifi_txtap {
	struct ieee80211_radiotap_header h;
	uint8_t		flags, rate;
	uint16_t	freq, chan_flags;
} __packed;
#define WIFI_TXTAP_PRESENT						\
	(1 << IEEE80211_RADIOTAP_FLAGS | 1 << IEEE80211_RADIOTAP_RATE |	\
	1 << IEEE80211_RADIOTAP_CHANNEL)

struct wifi {
	struct ieee80211com	 ic;		/* first: ifnet, ieee80211com and this are cast */
	struct pdk_dev		*dev;
	const struct pdk80211_ops *ops;
	struct pdk80211_caps	 caps;
	struct pdk80211_chan	*chans;		/* caps.chans, with the flags of now while scanning */
	caddr_t			 drvbpf;

	/* what net80211 had in its place before us */
	int			(*newstate)(struct ieee80211com *, enum ieee80211_state, int);
	void			(*recv_mgmt)(struct ieee80211com *, struct mbuf *,
				    struct ieee80211_node *, struct ieee80211_rxinfo *, int);

	/* where the core is; changed in WORKER only */
	int			 up, joined, assoc;
	int			 scanning;	/* ops->scan() accepted, scan_done to come */

	/* what is wanted of it; splnet */
	int			 rfkill, asleep;
	int			 reset;		/* down and up again: settings have changed */
	int			 restart;	/* the same, because the firmware is dead */
	int			 retry;
	struct pdk_task		 life_task;
	int			 ns_pending, ns_arg;
	enum ieee80211_state	 ns;
	struct pdk_task		 state_task;
	int			 what;		/* PDK_UPD_* */
	struct pdk_task		 update_task;
	struct pdk_task		 bgscan_task;
	struct pdk_timer	 retry_timer;
	struct pdk_wchan	 wchan;		/* tx_done, scan_done */

	unsigned		 restarts;
	uint64_t		 restart_first;

	/* frames */
	struct wifi_frame	 held[WIFI_NHELD];	/* refused for want of room */
	unsigned		 inflight;
	int			 useprot;	/* as the core knows it */
#ifndef WIFI_2016
	struct mbuf_list	 rxml;
#endif

	/* keys */
	struct wifi_keyop	 keyop[WIFI_NKEYOP];
	unsigned		 nkeyop;
	unsigned		 ptk_gen;	/* counts changes of the pairwise key */
	int			 hw_ptk;	/* the hardware encrypts with the one of now */
	unsigned		 hw_keys;	/* set of WIFI_KEY_BIT(): those that the core has */
	struct pdk_task		 key_task;

	/* block ack: sets of TIDs */
	unsigned		 rx_start, rx_stop, tx_want, tx_run, tx_stop;
	unsigned		 tx_asked;	/* the core is ready, the peer has not answered */
	int			 ba_quiet;	/* the core knows already */
	unsigned		 tx_frames[PDK80211_NTID];
	uint64_t		 tx_next[PDK80211_NTID];	/* ms: no request before */
	struct pdk_task		 ba_task;
	struct pdk_timer	 ba_timer;

	/* rates, when the core leaves them to us */
	struct ieee80211_amrr	 amrr;
	struct ieee80211_amrr_node amn;
	struct pdk_timer	 amrr_timer;
};

static struct wifi *
wifi_of(struct pdk_dev *d)
{
	return d->pd_unit->pu_class_sc;
}

/* Any context but FILTER and TIMER; the pdk's lock is not held. */
static void
wifi_post(struct wifi *w, struct pdk_task *t)
{
	pdk_lock(w->dev);
	pdk_task_post(t);
	pdk_unlock(w->dev);
}

/* ---- the stack's two ways to say it ---- */

#ifdef WIFI_2016
static struct mbuf *
wifi_mgt_dequeue(struct wifi *w)
{
	struct mbuf *m;

	IF_DEQUEUE(&w->ic.ic_mgtq, m);
	return m;
}

static struct mbuf *
wifi_data_dequeue(struct wifi *w)
{
	struct mbuf *m;

	IFQ_DEQUEUE(&w->ic.ic_if.if_snd, m);
	return m;
}

static void
wifi_set_oactive(struct ifnet *ifp, int on)
{
	if (on)
		ifp->if_flags |= IFF_OACTIVE;
	else
		ifp->if_flags &= ~IFF_OACTIVE;
}

static int
wifi_mgmt_only(struct wifi *w __unused)
{
	return 0;
}

static struct mbuf *
wifi_cluster(int len)
{
	return MCLGETI(NULL, M_DONTWAIT, NULL, len);
}
#else
static struct mbuf *
wifi_mgt_dequeue(struct wifi *w)
{
	return mq_dequeue(&w->ic.ic_mgtq);
}

static struct mbuf *
wifi_data_dequeue(struct wifi *w)
{
	return ifq_dequeue(&w->ic.ic_if.if_snd);
}

static void
wifi_set_oactive(struct ifnet *ifp, int on)
{
	if (on)
		ifq_set_oactive(&ifp->if_snd);
	else
		ifq_clr_oactive(&ifp->if_snd);
}

/* While it changes to another access point after a background scan. */
static int
wifi_mgmt_only(struct wifi *w)
{
	return (w->ic.ic_xflags & IEEE80211_F_TX_MGMT_ONLY) != 0;
}

static struct mbuf *
wifi_cluster(int len)
{
	return MCLGETL(NULL, M_DONTWAIT, len);
}
#endif

/* ---- the network as the core wants it ---- */

/* A band's channel in the core's terms; 20 MHz. */
static void
wifi_chan(struct wifi *w, const struct ieee80211_channel *c, struct pdk80211_chan *pc)
{
	unsigned i, num = ieee80211_chan2ieee(&w->ic, c);

	memset(pc, 0, sizeof(*pc));
	for (i = 0; i < w->caps.nchans; i++)
		if (w->chans[i].num == num && w->chans[i].freq == c->ic_freq)
			*pc = w->chans[i];
	pc->freq = c->ic_freq;
	pc->num = num;
	pc->width = 20;
	pc->sco = 0;
}

#ifndef WIFI_2016
/* The widest channel that both ends can use, and HT's values once they are negotiated. */
static void
wifi_snapshot_ht(struct wifi *w, struct pdk80211_bss *b)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	unsigned sco = ni->ni_htop0 & IEEE80211_HTOP0_SCO_MASK;

	if ((w->ic.ic_flags & IEEE80211_F_HTON) != 0 && w->caps.htcaps != 0 &&
	    (w->caps.htcaps & IEEE80211_HTCAP_CBW20_40) != 0 &&
	    ieee80211_node_supports_ht_chan40(ni) && IEEE80211_CHAN_40MHZ_ALLOWED(ni->ni_chan)) {
		if (sco == IEEE80211_HTOP0_SCO_SCA && (b->chan.flags & PDK_CH_HT40U) != 0)
			b->chan.sco = 1;
		else if (sco == IEEE80211_HTOP0_SCO_SCB && (b->chan.flags & PDK_CH_HT40D) != 0)
			b->chan.sco = -1;
		if (b->chan.sco != 0)
			b->chan.width = 40;
	}
	if ((ni->ni_flags & IEEE80211_NODE_HT) == 0)
		return;
	b->flags |= PDK_BSS_HT;
	b->htcaps = ni->ni_htcaps;
	b->ampdu = ni->ni_ampdu_param;
	memcpy(b->mcs, ni->ni_rxmcs, MIN(sizeof(b->mcs), sizeof(ni->ni_rxmcs)));
	b->htprot = (ni->ni_htop1 & IEEE80211_HTOP1_PROT_MASK) >> IEEE80211_HTOP1_PROT_SHIFT;
}
#endif

static void
wifi_snapshot_edca(struct wifi *w, struct pdk80211_bss *b)
{
	const struct ieee80211_edca_ac_params *ac;
	unsigned i;

	CTASSERT((int)EDCA_AC_BE == PDK_AC_BE && (int)EDCA_AC_VO == PDK_AC_VO);
	for (i = 0; i < PDK80211_NAC; i++) {
		ac = &w->ic.ic_edca_ac[i];
		b->wme[i].aifsn = ac->ac_aifsn;
		b->wme[i].ecwmin = ac->ac_ecwmin;
		b->wme[i].ecwmax = ac->ac_ecwmax;
		b->wme[i].acm = ac->ac_acm;
		b->wme[i].txop = ac->ac_txoplimit;
	}
}

static void
wifi_snapshot_rates(const struct ieee80211_rateset *rs, struct pdk80211_bss *b)
{
	unsigned i;

	b->nrates = MIN(rs->rs_nrates, PDK80211_NRATES);
	for (i = 0; i < b->nrates; i++) {
		b->rates[i] = rs->rs_rates[i] & IEEE80211_RATE_VAL;
		if ((rs->rs_rates[i] & IEEE80211_RATE_BASIC) != 0)
			b->basic_rates |= 1u << i;
	}
}

/* Of ic_bss, at splnet(): what crosses to the core is values, never the node. */
static void
wifi_snapshot(struct wifi *w, struct pdk80211_bss *b)
{
	struct ieee80211com *ic = &w->ic;
	struct ieee80211_node *ni = ic->ic_bss;
	uint64_t tsf;

	splassert(IPL_NET);
	memset(b, 0, sizeof(*b));
	memcpy(b->bssid, ni->ni_bssid, sizeof(b->bssid));
	b->essid_len = MIN(ni->ni_esslen, PDK80211_MAXSSID);
	memcpy(b->essid, ni->ni_essid, b->essid_len);
	b->bintval = ni->ni_intval;
	b->aid = ni->ni_associd & 0x3fff;
	b->capinfo = ni->ni_capinfo;
	memcpy(&tsf, ni->ni_tstamp, sizeof(tsf));
	b->tsf = le64toh(tsf);
	b->dtim_period = 1;
	wifi_chan(w, ni->ni_chan, &b->chan);
	wifi_snapshot_rates(&ni->ni_rates, b);
	wifi_snapshot_edca(w, b);
	if ((ic->ic_flags & IEEE80211_F_SHPREAMBLE) != 0)
		b->flags |= PDK_BSS_SHPREAMBLE;
	if ((ic->ic_flags & IEEE80211_F_SHSLOT) != 0)
		b->flags |= PDK_BSS_SHSLOT;
	if ((ic->ic_flags & IEEE80211_F_USEPROT) != 0)
		b->flags |= PDK_BSS_USEPROT;
	if ((ic->ic_flags & IEEE80211_F_PMGTON) != 0)
		b->flags |= PDK_BSS_PS;
	if ((ic->ic_flags & IEEE80211_F_QOS) != 0 && (ni->ni_flags & IEEE80211_NODE_QOS) != 0)
		b->flags |= PDK_BSS_QOS;
#ifndef WIFI_2016
	if (ni->ni_dtimperiod != 0)
		b->dtim_period = ni->ni_dtimperiod;
	wifi_snapshot_ht(w, b);
#endif
	w->useprot = (ic->ic_flags & IEEE80211_F_USEPROT) != 0;
}

/* ---- frames out ---- */

static void
wifi_frame_drop(struct wifi *w, struct wifi_frame *f)
{
	if (f->m == NULL)
		return;
	m_freem(f->m);
	ieee80211_release_node(&w->ic, f->info.cookie);
	memset(f, 0, sizeof(*f));
}

/*
 * The frame in one mbuf, with `gap' octets between header and body; the old one is freed.  NULL:
 * no memory, and the old one is freed, too.
 */
static struct mbuf *
wifi_contiguous(struct mbuf *m, int hdrlen, int gap)
{
	int len = m->m_pkthdr.len;
	struct mbuf *n;

	if (m->m_next == NULL && gap == 0)
		return m;
	n = len + gap <= MAXMCLBYTES ? wifi_cluster(len + gap) : NULL;
	if (n != NULL) {
		m_copydata(m, 0, hdrlen, mtod(n, caddr_t));
		m_copydata(m, hdrlen, len - hdrlen, mtod(n, caddr_t) + hdrlen + gap);
		n->m_len = n->m_pkthdr.len = len + gap;
	}
	m_freem(m);
	return n;
}

/*
 * The hardware will encrypt: make room for the CCMP header behind the frame's and fill it in.
 * The packet number is the key's own, which software uses as well.
 */
static struct mbuf *
wifi_ccmp_header(struct mbuf *m, int hdrlen, struct ieee80211_key *k)
{
	uint8_t *p;

	m = wifi_contiguous(m, hdrlen, IEEE80211_CCMP_HDRLEN);
	if (m == NULL)
		return NULL;
	k->k_tsc++;
	p = mtod(m, uint8_t *) + hdrlen;
	p[0] = k->k_tsc;
	p[1] = k->k_tsc >> 8;
	p[2] = 0;
	p[3] = k->k_id << 6 | IEEE80211_WEP_EXTIV;
	p[4] = k->k_tsc >> 16;
	p[5] = k->k_tsc >> 24;
	p[6] = k->k_tsc >> 32;
	p[7] = k->k_tsc >> 40;
	return m;
}

/* Encrypt, or see to it that the hardware does.  NULL: the frame is gone. */
static struct mbuf *
wifi_protect(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni,
    struct pdk80211_txinfo *info)
{
	struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);
	struct ieee80211_key *k;

	if ((wh->i_fc[1] & IEEE80211_FC1_PROTECTED) == 0)
		return wifi_contiguous(m, info->hdrlen, 0);
	k = ieee80211_get_txkey(&w->ic, wh, ni);
	if (w->hw_ptk && k == &w->ic.ic_bss->ni_pairwise_key &&
	    (wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) == IEEE80211_FC0_TYPE_DATA) {
		info->flags |= PDK_TX_HWENC;
		info->key_id = k->k_id;
		return wifi_ccmp_header(m, info->hdrlen, k);
	}
	if (k->k_cipher == IEEE80211_CIPHER_NONE) {	/* deleted since it was encapsulated */
		m_freem(m);
		return NULL;
	}
	m = ieee80211_encrypt(&w->ic, m, k);
	return m == NULL ? NULL : wifi_contiguous(m, info->hdrlen, 0);
}

/* 0: the core chooses. */
static uint8_t
wifi_rate(struct wifi *w, const struct ieee80211_node *ni, const struct pdk80211_txinfo *info)
{
	const struct ieee80211_rateset *rs = &ni->ni_rates;

	if ((info->flags & (PDK_TX_MGMT | PDK_TX_MCAST | PDK_TX_EAPOL)) == 0 &&
	    w->ic.ic_fixed_rate != -1)
		rs = &w->ic.ic_sup_rates[w->ic.ic_curmode];
	else if ((w->caps.flags & PDK_CAP_RATECTL) != 0)
		return 0;
	if (rs->rs_nrates == 0)
		return 0;
	if ((info->flags & (PDK_TX_MGMT | PDK_TX_MCAST | PDK_TX_EAPOL)) != 0)
		return rs->rs_rates[0] & IEEE80211_RATE_VAL;
	if (w->ic.ic_fixed_rate >= 0 && w->ic.ic_fixed_rate < rs->rs_nrates)
		return rs->rs_rates[w->ic.ic_fixed_rate] & IEEE80211_RATE_VAL;
	return rs->rs_rates[ni->ni_txrate] & IEEE80211_RATE_VAL;
}

static void
wifi_txinfo(struct wifi *w, const struct mbuf *m, struct ieee80211_node *ni, int eapol,
    struct pdk80211_txinfo *info)
{
	const struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);

	memset(info, 0, sizeof(*info));
	info->cookie = ni;
	info->hdrlen = ieee80211_get_hdrlen(wh);
	if ((wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) != IEEE80211_FC0_TYPE_DATA) {
		info->flags |= PDK_TX_MGMT;
		info->ac = PDK_AC_VO;
	} else if (ieee80211_has_qos(wh)) {
		info->tid = ieee80211_get_qos(wh) & (PDK80211_NTID - 1);
		info->ac = ieee80211_up_to_ac(&w->ic, info->tid);
	}
	if (eapol)
		info->flags |= PDK_TX_EAPOL;
	if (IEEE80211_IS_MULTICAST(wh->i_addr1))
		info->flags |= PDK_TX_MCAST;
	info->rate = wifi_rate(w, ni, info);
#ifndef WIFI_2016
	if (w->ic.ic_fixed_mcs > 0 && (info->flags & (PDK_TX_MGMT | PDK_TX_EAPOL)) == 0)
		info->mcs = w->ic.ic_fixed_mcs;
#endif
}

static void
wifi_tap_out(struct wifi *w __unused, struct mbuf *m __unused,
    const struct ieee80211_node *ni __unused, const struct pdk80211_txinfo *info __unused)
{
#if NBPFILTER > 0
	struct wifi_txtap tap;

	if (w->ic.ic_rawbpf != NULL)
		bpf_mtap(w->ic.ic_rawbpf, m, BPF_DIRECTION_OUT);
	if (w->drvbpf == NULL)
		return;
	memset(&tap, 0, sizeof(tap));
	tap.h.it_len = htole16(sizeof(tap));
	tap.h.it_present = htole32(WIFI_TXTAP_PRESENT);
	tap.rate = info->rate;
	if (ni->ni_chan != IEEE80211_CHAN_ANYC) {
		tap.freq = htole16(ni->ni_chan->ic_freq);
		tap.chan_flags = htole16(ni->ni_chan->ic_flags);
	}
#ifdef WIFI_2016
	bpf_mtap_hdr(w->drvbpf, (caddr_t)&tap, sizeof(tap), m, BPF_DIRECTION_OUT, NULL);
#else
	bpf_mtap_hdr(w->drvbpf, &tap, sizeof(tap), m, BPF_DIRECTION_OUT);
#endif
#endif
}

/* Takes frame and reference; they are in *f, or gone. */
static void
wifi_prepare(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni, int eapol,
    struct wifi_frame *f)
{
	const struct ieee80211_frame *wh;

	if (m->m_len < (int)sizeof(*wh))
		m = m_pullup(m, sizeof(*wh));
	wh = m == NULL ? NULL : mtod(m, struct ieee80211_frame *);
	/* The core makes the control frames that there are. */
	if (m != NULL && ieee80211_has_seq(wh)) {
		wifi_txinfo(w, m, ni, eapol, &f->info);
		wifi_tap_out(w, m, ni, &f->info);
		f->m = wifi_protect(w, m, ni, &f->info);
	} else
		m_freem(m);
	if (f->m == NULL) {
		w->ic.ic_if.if_oerrors++;
		ieee80211_release_node(&w->ic, ni);
	}
}

static void	wifi_ba_wish(struct wifi *, const struct pdk80211_txinfo *);

/*
 * Nonzero: the place is free again, the frame sent or of no use.  Zero: the core is full, the
 * frame stays where it is and is the first to go when pdk80211_tx_ready() comes.  Any other error,
 * as after leave, means that it can never be sent.
 */
static int
wifi_push(struct wifi *w, struct wifi_frame *f)
{
	int error = w->ops->tx(w->dev, f->m, &f->info);

	pdk_assert_unlocked(w->dev);
	if (error == ENOBUFS)
		return 0;
	if (error != 0) {
		w->ic.ic_if.if_oerrors++;
		wifi_frame_drop(w, f);
		return 1;
	}
	w->inflight++;
	wifi_ba_wish(w, &f->info);
	memset(f, 0, sizeof(*f));
	return 1;
}

static int
wifi_send_mgmt(struct wifi *w)
{
	struct wifi_frame *f = &w->held[WIFI_MGMT];
	struct mbuf *m;

	if (f->m == NULL) {
		if ((m = wifi_mgt_dequeue(w)) == NULL)
			return 0;
		wifi_prepare(w, m, m->m_pkthdr.ph_cookie, 0, f);
		if (f->m == NULL)
			return 1;
	}
	return wifi_push(w, f);
}

/* Of the key handshake: Ethernet's type is 0x888e (IEEE 802.1X). */
static int
wifi_is_eapol(const struct mbuf *m)
{
	const uint8_t *type = (const uint8_t *)m->m_data + offsetof(struct ether_header, ether_type);

	return type[0] == 0x88 && type[1] == 0x8e;
}

/* The next Ethernet frame of the queue as an 802.11 one. */
static int
wifi_next_data(struct wifi *w, struct wifi_frame *f)
{
	struct ifnet *ifp = &w->ic.ic_if;
	struct ieee80211_node *ni;
	struct mbuf *m;
	int eapol;

	if ((m = wifi_data_dequeue(w)) == NULL)
		return 0;
	if (m->m_len < ETHER_HDR_LEN && (m = m_pullup(m, ETHER_HDR_LEN)) == NULL) {
		ifp->if_oerrors++;
		return 1;
	}
	eapol = wifi_is_eapol(m);
#if NBPFILTER > 0
	if (ifp->if_bpf != NULL)
		bpf_mtap(ifp->if_bpf, m, BPF_DIRECTION_OUT);
#endif
	if ((m = ieee80211_encap(ifp, m, &ni)) == NULL) {
		ifp->if_oerrors++;
		return 1;
	}
	wifi_prepare(w, m, ni, eapol, f);
	return 1;
}

static int
wifi_send_data(struct wifi *w)
{
	struct wifi_frame *f = &w->held[WIFI_DATA];

	if (w->ic.ic_state != IEEE80211_S_RUN || !w->assoc || wifi_mgmt_only(w))
		return 0;
	if (f->m == NULL) {
		if (!wifi_next_data(w, f))
			return 0;
		if (f->m == NULL)
			return 1;
	}
	if (wifi_push(w, f))
		return 1;
	wifi_set_oactive(&w->ic.ic_if, 1);
	return 0;
}

/* Management frames go first, whether data are stopped or not: the core keeps room for them. */
static void
wifi_start(struct ifnet *ifp)
{
	struct wifi *w = ifp->if_softc;

	splassert(IPL_NET);
	if ((ifp->if_flags & IFF_RUNNING) == 0 || !w->up)
		return;
	while (wifi_send_mgmt(w) || wifi_send_data(w))
		continue;
}

void
pdk80211_tx_ready(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL)
		return;
	s = splnet();
	wifi_set_oactive(&w->ic.ic_if, 0);
	wifi_start(&w->ic.ic_if);
	splx(s);
}

/* For ifconfig's "media", and for AMRR. */
static void
wifi_note_rate(struct wifi *w, const struct pdk80211_txstat *st)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	unsigned i;

	if ((w->caps.flags & PDK_CAP_RATECTL) == 0) {
		w->amn.amn_txcnt++;
		if (st->tries > 1 || !st->ok)
			w->amn.amn_retrycnt++;
		return;
	}
	for (i = 0; st->rate != 0 && i < ni->ni_rates.rs_nrates; i++)
		if ((ni->ni_rates.rs_rates[i] & IEEE80211_RATE_VAL) == st->rate)
			ni->ni_txrate = i;
#ifndef WIFI_2016
	if (st->rate == 0)
		ni->ni_txmcs = st->mcs;
#endif
}

void
pdk80211_tx_done(struct pdk_dev *d, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *st)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL) {
		m_freem(m);
		return;
	}
	s = splnet();
	if (st->ok)
		wifi_note_rate(w, st);
	else
		w->ic.ic_if.if_oerrors++;
#ifdef WIFI_2016
	w->ic.ic_if.if_opackets++;	/* later, the queue counts */
#endif
	m_freem(m);
	ieee80211_release_node(&w->ic, cookie);
	w->inflight--;
	pdk_lock(d);
	pdk_wake(d, &w->wchan);
	pdk_unlock(d);
	splx(s);
}

/* TIMER. */
static void
wifi_amrr(void *arg)
{
	struct wifi *w = arg;

	if (w->ic.ic_state != IEEE80211_S_RUN)
		return;
	if (w->ic.ic_fixed_rate == -1)
		ieee80211_amrr_choose(&w->amrr, w->ic.ic_bss, &w->amn);
	pdk_timer_arm(&w->amrr_timer, WIFI_AMRR_MS);
}

/* ---- frames in ---- */

static void
wifi_tap_in(struct wifi *w __unused, struct mbuf *m __unused,
    const struct pdk80211_rxinfo *info __unused)
{
#if NBPFILTER > 0
	const struct ieee80211_channel *c = &w->ic.ic_channels[info->chan];
	struct wifi_rxtap tap;

	if (w->drvbpf == NULL)
		return;
	memset(&tap, 0, sizeof(tap));
	tap.h.it_len = htole16(sizeof(tap));
	tap.h.it_present = htole32(WIFI_RXTAP_PRESENT);
	tap.tsf = htole64(info->tsf);
	if ((info->flags & PDK_RX_SHPREAMBLE) != 0)
		tap.flags |= IEEE80211_RADIOTAP_F_SHORTPRE;
	tap.rate = (info->flags & PDK_RX_HT) != 0 ? 0x80 | info->mcs : info->rate;
	tap.freq = htole16(c->ic_freq);
	tap.chan_flags = htole16(c->ic_flags);
	tap.signal = info->rssi;
	tap.noise = info->noise;
#ifdef WIFI_2016
	bpf_mtap_hdr(w->drvbpf, (caddr_t)&tap, sizeof(tap), m, BPF_DIRECTION_IN, NULL);
#else
	bpf_mtap_hdr(w->drvbpf, &tap, sizeof(tap), m, BPF_DIRECTION_IN);
#endif
#endif
}

#ifdef WIFI_2016
/*
 * net80211 of then takes a frame that the hardware has decrypted as it comes: the packet number
 * is compared here, and the CCMP header taken out.
 */
static int
wifi_ccmp_strip(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni, u_int hdrlen)
{
	struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);
	struct ieee80211_key *k = &ni->ni_pairwise_key;
	const uint8_t *p = mtod(m, uint8_t *) + hdrlen;
	unsigned tid = 0;
	uint64_t pn;

	if (IEEE80211_IS_MULTICAST(wh->i_addr1))
		k = &w->ic.ic_nw_keys[p[3] >> 6];
	if (ieee80211_has_qos(wh))
		tid = ieee80211_get_qos(wh) & IEEE80211_QOS_TID;
	pn = p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[4] << 16 | (uint64_t)p[5] << 24 |
	    (uint64_t)p[6] << 32 | (uint64_t)p[7] << 40;
	if (k->k_cipher != IEEE80211_CIPHER_CCMP || pn <= k->k_rsc[tid]) {
		w->ic.ic_stats.is_ccmp_replays++;
		return EINVAL;
	}
	k->k_rsc[tid] = pn;
	wh->i_fc[1] &= ~IEEE80211_FC1_PROTECTED;
	memmove(mtod(m, caddr_t) + IEEE80211_CCMP_HDRLEN, wh, hdrlen);
	m_adj(m, IEEE80211_CCMP_HDRLEN);
	return 0;
}
#else
/* ieee80211_input() compares packet numbers and takes the CCMP header out. */
static int
wifi_ccmp_strip(struct wifi *w __unused, struct mbuf *m __unused,
    struct ieee80211_node *ni __unused, u_int hdrlen __unused)
{
	return 0;
}
#endif

/* A frame that the hardware has decrypted. */
static int
wifi_decrypted(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni)
{
	const struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);
	u_int hdrlen;

	if (!ieee80211_has_seq(wh))
		return EINVAL;
	hdrlen = ieee80211_get_hdrlen(wh);
	if ((u_int)m->m_len < hdrlen + IEEE80211_CCMP_HDRLEN + IEEE80211_CCMP_MICLEN)
		return EINVAL;
	m_adj(m, -IEEE80211_CCMP_MICLEN);
	return wifi_ccmp_strip(w, m, ni, hdrlen);
}

/* Percent are of the span, so that it fits the thresholds of net80211. */
static int
wifi_rssi(int dbm)
{
	return MAX(MIN(dbm, WIFI_RSSI_MAX) - WIFI_RSSI_MIN, 0);
}

#ifdef WIFI_2016
/* The access point is there: the answer to what pdk80211_beacon_miss() asked. */
static int
wifi_is_answer(struct wifi *w, const struct mbuf *m)
{
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);
	unsigned subtype = wh->i_fc[0] & (IEEE80211_FC0_TYPE_MASK | IEEE80211_FC0_SUBTYPE_MASK);

	return w->ic.ic_state == IEEE80211_S_RUN && m->m_len >= (int)sizeof(*wh) &&
	    (subtype == (IEEE80211_FC0_TYPE_MGT | IEEE80211_FC0_SUBTYPE_BEACON) ||
	    subtype == (IEEE80211_FC0_TYPE_MGT | IEEE80211_FC0_SUBTYPE_PROBE_RESP)) &&
	    IEEE80211_ADDR_EQ(wh->i_addr3, w->ic.ic_bss->ni_bssid);
}

/*
 * The stack of then learns a beacon's channel from ic_bss, has no hook for protection, and does
 * not stop its management timer when an access point answers that was asked while associated.
 */
static void
wifi_input(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni,
    struct ieee80211_rxinfo *rxi, unsigned chan)
{
	if (wifi_is_answer(w, m))
		w->ic.ic_mgt_timer = 0;
	if (w->ic.ic_state == IEEE80211_S_SCAN)
		w->ic.ic_bss->ni_chan = &w->ic.ic_channels[chan];
	ieee80211_input(&w->ic.ic_if, m, ni, rxi);
	if (w->assoc && w->useprot != ((w->ic.ic_flags & IEEE80211_F_USEPROT) != 0)) {
		w->useprot = !w->useprot;
		w->what |= PDK_UPD_PROT;
		wifi_post(w, &w->update_task);
	}
}

static void
wifi_flush(struct pdk_dev *d __unused)
{
}
#else
/* if_input() once for many frames: each call counts for the stack's notion of pressure. */
static void
wifi_flush(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	struct mbuf_list ml;
	int s;

	if (w == NULL || ml_empty(&w->rxml))
		return;
	s = splnet();
	ml = w->rxml;
	ml_init(&w->rxml);
	if_input(&w->ic.ic_if, &ml);
	splx(s);
}

static void
wifi_input(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni,
    struct ieee80211_rxinfo *rxi, unsigned chan)
{
	rxi->rxi_chan = chan;
	ieee80211_inputm(&w->ic.ic_if, m, ni, rxi, &w->rxml);
	if (ml_len(&w->rxml) >= WIFI_RXBATCH)
		wifi_flush(w->dev);
}
#endif

/*
 * The core has brought A-MPDUs into order: AMPDU_DONE, whether there is an agreement or not, keeps
 * the stack from doing that again.
 */
static void
wifi_rx(struct wifi *w, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	struct ieee80211com *ic = &w->ic;
	struct ieee80211_rxinfo rxi;
	struct ieee80211_node *ni;

	memset(&rxi, 0, sizeof(rxi));
	rxi.rxi_flags = IEEE80211_RXI_AMPDU_DONE;
	rxi.rxi_rssi = wifi_rssi(info->rssi);
	rxi.rxi_tstamp = (u_int32_t)info->tsf;
	ni = ieee80211_find_rxnode(ic, mtod(m, struct ieee80211_frame *));
	if ((info->flags & PDK_RX_DECRYPTED) != 0) {
		rxi.rxi_flags |= IEEE80211_RXI_HWDEC;
		if (wifi_decrypted(w, m, ni) != 0) {
			ic->ic_if.if_ierrors++;
			m_freem(m);
			ieee80211_release_node(ic, ni);
			return;
		}
	}
	wifi_input(w, m, ni, &rxi, info->chan);
	ieee80211_release_node(ic, ni);
}

void
pdk80211_rx(struct pdk_dev *d, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL || m->m_len < (int)sizeof(struct ieee80211_frame_min)) {
		m_freem(m);
		return;
	}
	s = splnet();
	if (!w->up)
		m_freem(m);
	else if ((info->flags & PDK_RX_MICFAIL) != 0) {
		w->ic.ic_stats.is_ccmp_dec_errs++;
		w->ic.ic_if.if_ierrors++;
		m_freem(m);
	} else {
		wifi_tap_in(w, m, info);
		wifi_rx(w, m, info);
	}
	splx(s);
}

/* ---- scanning ---- */

static void
wifi_add_ssid(struct pdk80211_scan *sc, const uint8_t *ssid, int len)
{
	if (len <= 0 || len > PDK80211_MAXSSID || sc->n_ssid == PDK80211_NSSID)
		return;
	sc->ssid_len[sc->n_ssid] = len;
	memcpy(sc->ssid[sc->n_ssid++], ssid, len);
}

/* The network that is wanted and those of the auto-join list: hidden ones answer to their names. */
static void
wifi_scan_ssids(struct wifi *w, struct pdk80211_scan *sc)
{
#ifndef WIFI_2016
	struct ieee80211_ess *ess;
#endif

	wifi_add_ssid(sc, w->ic.ic_des_essid, w->ic.ic_des_esslen);
#ifndef WIFI_2016
	TAILQ_FOREACH(ess, &w->ic.ic_ess, ess_next)
		if (ess->esslen != w->ic.ic_des_esslen ||
		    memcmp(ess->essid, w->ic.ic_des_essid, ess->esslen) != 0)
			wifi_add_ssid(sc, ess->essid, ess->esslen);
#endif
}

/* WORKER.  scan_done may come before ops->scan() returns. */
static int
wifi_scan(struct wifi *w, int background)
{
	struct pdk80211_scan sc;
	uint8_t ies[64];
	int s, error;

	memset(&sc, 0, sizeof(sc));
	sc.background = background;
	sc.nchans = w->caps.nchans;
	sc.chans = w->chans;
	sc.ies = ies;
	s = splnet();
	wifi_scan_ssids(w, &sc);
#ifndef WIFI_2016
	if ((w->ic.ic_modecaps & 1 << IEEE80211_MODE_11N) != 0)
		sc.ies_len = ieee80211_add_htcaps(ies, &w->ic) - ies;
	/* The last association may have left the mode at one band's. */
	if (IFM_SUBTYPE(w->ic.ic_media.ifm_cur->ifm_media) == IFM_AUTO)
		ieee80211_setmode(&w->ic, IEEE80211_MODE_AUTO);
#endif
	w->scanning = 1;
	splx(s);
	error = w->ops->scan(w->dev, &sc);
	pdk_assert_unlocked(w->dev);
	if (error != 0)
		w->scanning = 0;
	return error;
}

/* WORKER.  Until nothing scans any more. */
static void
wifi_scan_abort(struct wifi *w)
{
	uint64_t end = pdk_uptime_ms() + WIFI_ABORT_MS;

	if (!w->scanning)
		return;
	w->ops->scan_abort(w->dev);
	pdk_assert_unlocked(w->dev);
	pdk_lock(w->dev);
	while (w->scanning && pdk_uptime_ms() < end)
		(void)pdk_wait(w->dev, &w->wchan, WIFI_ABORT_MS);
	w->scanning = 0;
	pdk_unlock(w->dev);
}

#ifndef WIFI_2016
/* WORKER. */
static void
wifi_bgscan_task(void *arg)
{
	struct wifi *w = arg;
	int s;

	if (w->up && w->assoc && !w->scanning && wifi_scan(w, 1) == 0)
		return;
	s = splnet();
	w->ic.ic_flags &= ~IEEE80211_F_BGSCAN;
	splx(s);
}

/* net80211 sets F_BGSCAN when this has returned 0. */
static int
wifi_bgscan_start(struct ieee80211com *ic)
{
	struct wifi *w = ic->ic_softc;

	if (!w->assoc || w->scanning || w->ns_pending)
		return EBUSY;
	wifi_post(w, &w->bgscan_task);
	return 0;
}

/*
 * A background scan has ended.  net80211 may have chosen another access point: it then has said
 * good-bye to the one of now, and goes over when the last reference to the node is given back.  If
 * that was given back already (the core did not take the frame), one more makes it happen.
 */
static void
wifi_bgscan_done(struct wifi *w, int aborted)
{
	struct ieee80211com *ic = &w->ic;

	if (aborted) {
		ic->ic_flags &= ~IEEE80211_F_BGSCAN;
		return;
	}
	ieee80211_end_scan(&ic->ic_if);
	if (ic->ic_bss->ni_unref_cb != NULL && ic->ic_bss->ni_refcnt == 0)
		ieee80211_release_node(ic, ieee80211_ref_node(ic->ic_bss));
}
#endif

void
pdk80211_scan_done(struct pdk_dev *d, int aborted __unused)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL)
		return;
	wifi_flush(d);
	s = splnet();
	w->scanning = 0;
	pdk_lock(d);
	pdk_wake(d, &w->wchan);
	pdk_unlock(d);
	/* Aborted by us: something else is wanted.  By the core: choose from what was heard. */
	if (w->up && w->ic.ic_state == IEEE80211_S_SCAN && !w->ns_pending)
		ieee80211_end_scan(&w->ic.ic_if);
#ifndef WIFI_2016
	else if (w->up && w->ic.ic_state == IEEE80211_S_RUN &&
	    (w->ic.ic_flags & IEEE80211_F_BGSCAN) != 0)
		wifi_bgscan_done(w, aborted);
#endif
	splx(s);
}

/* ---- states ---- */

/* What belongs to the network that is left; splnet. */
static void
wifi_forget(struct wifi *w)
{
	unsigned i;

	w->joined = w->assoc = 0;
	w->hw_ptk = 0;
	w->hw_keys = 0;
	w->ptk_gen++;
	w->nkeyop = 0;
	explicit_bzero(w->keyop, sizeof(w->keyop));
	w->rx_start = w->rx_stop = w->tx_want = w->tx_run = w->tx_stop = w->tx_asked = 0;
	memset(w->tx_frames, 0, sizeof(w->tx_frames));
	memset(w->tx_next, 0, sizeof(w->tx_next));
	w->what = 0;
#ifndef WIFI_2016
	w->ic.ic_flags &= ~IEEE80211_F_BGSCAN;
#endif
	for (i = 0; i < WIFI_NHELD; i++)
		wifi_frame_drop(w, &w->held[i]);
}

/* WORKER.  Frames that are in the core's queues come back meanwhile. */
static void
wifi_leave(struct wifi *w)
{
	int s, joined;

	s = splnet();
	joined = w->joined;
	wifi_forget(w);
	splx(s);
	if (!joined)
		return;
	w->ops->leave(w->dev);
	pdk_assert_unlocked(w->dev);
	s = splnet();
	wifi_set_oactive(&w->ic.ic_if, 0);
	splx(s);
}

/* WORKER.  The good-bye that the stack has sent shall get out before the core forgets it. */
static void
wifi_goodbye(struct wifi *w)
{
	uint64_t end = pdk_uptime_ms() + WIFI_GOODBYE_MS;

	pdk_lock(w->dev);
	while (w->inflight != 0 && pdk_uptime_ms() < end)
		(void)pdk_wait(w->dev, &w->wchan, WIFI_GOODBYE_MS);
	pdk_unlock(w->dev);
}

static int
wifi_join(struct wifi *w)
{
	struct pdk80211_bss b;
	int s, error;

	wifi_scan_abort(w);
	wifi_leave(w);
	s = splnet();
	wifi_snapshot(w, &b);
	splx(s);
	error = w->ops->join(w->dev, &b);
	pdk_assert_unlocked(w->dev);
	w->joined = 1;		/* so that leave is called after an error, too */
	return error;
}

static int
wifi_assoc(struct wifi *w)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	struct pdk80211_bss b;
	int s, error;

	s = splnet();
	ni->ni_txrate = 0;
#ifndef WIFI_2016
	ni->ni_txmcs = 0;
#endif
	wifi_snapshot(w, &b);
	w->what = 0;
	splx(s);
	error = w->ops->assoc(w->dev, &b);
	pdk_assert_unlocked(w->dev);
	if (error == 0)
		w->assoc = 1;
	return error;
}

/* The first scan, and the next round of one. */
static int
wifi_to_scan(struct wifi *w)
{
	int s;

	if (w->scanning)
		return 0;
	wifi_leave(w);
	s = splnet();
	ieee80211_set_link_state(&w->ic, LINK_STATE_DOWN);
#ifndef WIFI_2016
	ieee80211_node_cleanup(&w->ic, w->ic.ic_bss);
#endif
	w->ic.ic_state = IEEE80211_S_SCAN;
	splx(s);
	return wifi_scan(w, 0);
}

/* The core's part of a change of state.  `before': the stack's part has been done already. */
static int
wifi_change(struct wifi *w, enum ieee80211_state ns, int arg, int *before)
{
	enum ieee80211_state os = w->ic.ic_state;
	int s;

	switch (ns) {
	case IEEE80211_S_INIT:
		/* The stack takes leave of the access point: while the core is still joined. */
		s = splnet();
		(void)w->newstate(&w->ic, ns, arg);
		splx(s);
		*before = 1;
		if (w->joined)
			wifi_goodbye(w);
		wifi_scan_abort(w);
		wifi_leave(w);
		return 0;
	case IEEE80211_S_SCAN:
		/*
		 * From INIT and from SCAN it is the scan itself.  From the others the stack
		 * starts one, which comes here again.  SCAN to SCAN is the next round.
		 */
		if (os == IEEE80211_S_INIT || os == IEEE80211_S_SCAN) {
			*before = 1;
			return wifi_to_scan(w);
		}
		wifi_scan_abort(w);
		wifi_leave(w);
		return 0;
	case IEEE80211_S_AUTH:
		/* AUTH to AUTH: another access point, or the same once more. */
		return wifi_join(w);
	case IEEE80211_S_ASSOC:
		/* From RUN: the access point has dissociated us, the core is to be joined only. */
		return os == IEEE80211_S_RUN || !w->joined ? wifi_join(w) : 0;
	case IEEE80211_S_RUN:
		return w->joined ? wifi_assoc(w) : ENOTCONN;
	default:
		return EINVAL;
	}
}

static void
wifi_retry_later(struct wifi *w)
{
	pdk_lock(w->dev);
	pdk_timer_arm(&w->retry_timer, WIFI_RETRY_MS);
	pdk_unlock(w->dev);
}

/* In RUN now: what waits for that. */
static void
wifi_running(struct wifi *w)
{
	if ((w->caps.flags & PDK_CAP_RATECTL) != 0)
		return;
	ieee80211_amrr_node_init(&w->amrr, &w->amn);
	pdk_lock(w->dev);
	pdk_timer_arm(&w->amrr_timer, WIFI_AMRR_MS);
	pdk_unlock(w->dev);
}

/*
 * WORKER.  While the core works, another change may be asked for; it has been posted then, and the
 * stack's part of this one is not done any more.
 */
static void
wifi_state_task(void *arg)
{
	struct wifi *w = arg;
	enum ieee80211_state ns;
	int s, mgt, error, before = 0;

	s = splnet();
	ns = w->ns;
	mgt = w->ns_arg;
	if (!w->ns_pending || !w->up || w->restart) {
		w->ns_pending = 0;
		splx(s);
		return;
	}
	w->ns_pending = 0;
	splx(s);
	error = wifi_change(w, ns, mgt, &before);
	if (error != 0) {
		wifi_leave(w);
		if (!w->restart)
			wifi_retry_later(w);
		return;
	}
	s = splnet();
	if (!before && !w->ns_pending && !w->restart) {
		(void)w->newstate(&w->ic, ns, mgt);
		if (ns == IEEE80211_S_RUN && w->ic.ic_state == ns)
			wifi_running(w);
	}
	splx(s);
}

/* Any context.  The last wish counts. */
static int
wifi_newstate(struct ieee80211com *ic, enum ieee80211_state ns, int arg)
{
	struct wifi *w = ic->ic_softc;
	int s;

	if (!w->up)
		return ns == IEEE80211_S_INIT ? w->newstate(ic, ns, arg) : 0;
	s = splnet();
	w->ns = ns;
	w->ns_arg = arg;
	w->ns_pending = 1;
	wifi_post(w, &w->state_task);
	splx(s);
	return 0;
}

/* TIMER: the lock is held. */
static void
wifi_retry(void *arg)
{
	struct wifi *w = arg;

	w->retry = 1;
	pdk_task_post(&w->life_task);
}

/* ---- what changes while associated ---- */

/* WORKER. */
static void
wifi_update_task(void *arg)
{
	struct wifi *w = arg;
	struct pdk80211_bss b;
	int s, what, error;

	if (!w->assoc || w->ops->update == NULL)
		return;
	s = splnet();
	what = w->what;
	w->what = 0;
	wifi_snapshot(w, &b);
	splx(s);
	if (what == 0)
		return;
	error = w->ops->update(w->dev, what, &b);
	pdk_assert_unlocked(w->dev);
	if (error != 0 && !w->restart) {
		s = splnet();
		(void)ieee80211_new_state(&w->ic, IEEE80211_S_SCAN, -1);
		splx(s);
	}
}

/* Hooks of net80211 come before RUN, too; then assoc() has it all. */
static void
wifi_changed(struct ieee80211com *ic, int what)
{
	struct wifi *w = ic->ic_softc;

	if (!w->assoc)
		return;
	w->what |= what;
	wifi_post(w, &w->update_task);
}

static void
wifi_updateslot(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_SLOT);
}

static void
wifi_updateedca(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_EDCA);
}

#ifndef WIFI_2016
static void
wifi_updateprot(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_PROT | PDK_UPD_HT);
}

/* The width, not another channel. */
static void
wifi_updatechan(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_HT);
}

static void
wifi_updatedtim(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_DTIM);
}
#endif

/* ---- keys ---- */

/*
 * WORKER.  An error of set_key: software goes on with the key.  What the core does not have it is
 * not told to delete.
 */
static void
wifi_key_op(struct wifi *w, const struct wifi_keyop *op)
{
	unsigned bit = WIFI_KEY_BIT(&op->key);
	int s, error;

	if (op->del) {
		if ((w->hw_keys & bit) != 0)
			w->ops->del_key(w->dev, &op->key);
		w->hw_keys &= ~bit;
		return;
	}
	error = w->ops->set_key(w->dev, &op->key);
	pdk_assert_unlocked(w->dev);
	if (error != 0)
		return;
	s = splnet();
	w->hw_keys |= bit;
	if (!op->key.group && op->gen == w->ptk_gen)
		w->hw_ptk = 1;
	splx(s);
}

static void
wifi_key_task(void *arg)
{
	struct wifi *w = arg;
	struct wifi_keyop op;
	int s;

	for (;;) {
		s = splnet();
		if (w->nkeyop == 0 || !w->assoc) {
			splx(s);
			return;
		}
		op = w->keyop[0];
		w->nkeyop--;
		memmove(&w->keyop[0], &w->keyop[1], w->nkeyop * sizeof(w->keyop[0]));
		splx(s);
		wifi_key_op(w, &op);
		explicit_bzero(&op, sizeof(op));
	}
}

/* What the hardware is to know, or to forget, of a key; splnet. */
static void
wifi_key_post(struct wifi *w, const struct ieee80211_key *k, int del)
{
	struct wifi_keyop *op;

	if ((w->caps.flags & PDK_CAP_HW_CCMP) == 0 || w->ops->set_key == NULL ||
	    w->ops->del_key == NULL || k->k_cipher != IEEE80211_CIPHER_CCMP ||
	    (k->k_flags & IEEE80211_KEY_IGTK) != 0 || k->k_len > sizeof(op->key.key))
		return;
	if ((k->k_flags & IEEE80211_KEY_GROUP) == 0) {
		w->ptk_gen++;
		w->hw_ptk = 0;
	}
	if (!w->joined || w->nkeyop == WIFI_NKEYOP)
		return;			/* software does it */
	op = &w->keyop[w->nkeyop++];
	memset(op, 0, sizeof(*op));
	op->del = del;
	op->gen = w->ptk_gen;
	op->key.id = k->k_id;
	op->key.cipher = PDK_CIPHER_CCMP;
	op->key.len = k->k_len;
	op->key.group = (k->k_flags & IEEE80211_KEY_GROUP) != 0;
	op->key.tsc = k->k_rsc[0];
	memcpy(op->key.key, k->k_key, k->k_len);
	wifi_post(w, &w->key_task);
}

static int
wifi_set_key(struct ieee80211com *ic, struct ieee80211_node *ni, struct ieee80211_key *k)
{
	struct wifi *w = ic->ic_softc;
	int s, error;

	s = splnet();
	error = ieee80211_set_key(ic, ni, k);
	if (error == 0)
		wifi_key_post(w, k, 0);
	splx(s);
	return error;
}

/* The stack clears the key's memory. */
static void
wifi_delete_key(struct ieee80211com *ic, struct ieee80211_node *ni, struct ieee80211_key *k)
{
	struct wifi *w = ic->ic_softc;
	int s;

	s = splnet();
	wifi_key_post(w, k, 1);
	ieee80211_delete_key(ic, ni, k);
	splx(s);
}

/* ---- block ack ---- */

#ifdef WIFI_2016
static void
wifi_ba_wish(struct wifi *w __unused, const struct pdk80211_txinfo *info __unused)
{
}

static void
wifi_ba_task(void *arg __unused)
{
}

void
pdk80211_ba_done(struct pdk_dev *d __unused, enum pdk80211_baop op __unused, int tid __unused,
    int error __unused)
{
}
#else
static int
wifi_ba_op(struct wifi *w, enum pdk80211_baop op, int tid, uint16_t *ssn, int winsize)
{
	uint16_t unused = 0;
	int error;

	error = w->ops->ba(w->dev, op, tid, ssn != NULL ? ssn : &unused, winsize);
	pdk_assert_unlocked(w->dev);
	return error;
}

/* Take the TID out of the set; splnet. */
static int
wifi_ba_take(unsigned *set, int tid)
{
	int s = splnet(), was = *set >> tid & 1;

	*set &= ~(1u << tid);
	splx(s);
	return was;
}

/* WORKER.  The peer asks to send A-MPDUs: get ready, then say yes. */
static void
wifi_ba_rx_begin(struct wifi *w, int tid)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	struct ieee80211_rx_ba *ba = &ni->ni_rx_ba[tid];
	uint16_t ssn = ba->ba_winstart;
	int s, error;

	error = wifi_ba_op(w, PDK_BA_RX_START, tid, &ssn, ba->ba_winsize);
	s = splnet();
	if (w->assoc && ba->ba_state == IEEE80211_BA_REQUESTED) {
		if (error == 0)
			ieee80211_addba_req_accept(&w->ic, ni, tid);
		else
			ieee80211_addba_req_refuse(&w->ic, ni, tid);
	}
	splx(s);
}

/*
 * WORKER.  We ask: the core tells the number of the TID's next frame, with which the agreement
 * will begin, so it is asked first.
 */
static void
wifi_ba_tx_ask(struct wifi *w, int tid)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	uint16_t ssn = 0;
	int s, error;

	w->tx_next[tid] = pdk_uptime_ms() + WIFI_BA_SULK_MS;
	if (ni->ni_tx_ba[tid].ba_state != IEEE80211_BA_INIT ||
	    wifi_ba_op(w, PDK_BA_TX_START, tid, &ssn, 0) != 0)
		return;
	s = splnet();
	w->tx_asked |= 1u << tid;
	error = ieee80211_addba_request(&w->ic, ni, ssn, tid);
	if (error != 0)
		w->tx_asked &= ~(1u << tid);
	splx(s);
	if (error != 0) {
		(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
		return;
	}
	pdk_lock(w->dev);
	pdk_timer_arm(&w->ba_timer, WIFI_BA_ANSWER_MS);
	pdk_unlock(w->dev);
}

/* WORKER.  The peer has agreed. */
static void
wifi_ba_tx_begin(struct wifi *w, int tid)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	struct ieee80211_tx_ba *ba = &ni->ni_tx_ba[tid];
	uint16_t ssn = ba->ba_winstart;
	int s, error;

	error = wifi_ba_op(w, PDK_BA_TX_RUN, tid, &ssn, MIN(ba->ba_winsize,
	    IEEE80211_BA_MAX_WINSZ));
	s = splnet();
	if (error == 0)
		ieee80211_addba_resp_accept(&w->ic, ni, tid);
	else
		ieee80211_addba_resp_refuse(&w->ic, ni, tid, IEEE80211_STATUS_UNSPECIFIED);
	splx(s);
	if (error != 0)
		(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
}

/*
 * WORKER.  net80211 has no hook for a refusal, nor for the lack of an answer: its record is back
 * in the initial state then, and the core waits still.
 */
static void
wifi_ba_tx_refused(struct wifi *w, int tid)
{
	if (w->ic.ic_bss->ni_tx_ba[tid].ba_state == IEEE80211_BA_INIT &&
	    wifi_ba_take(&w->tx_asked, tid))
		(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
}

static void
wifi_ba_task(void *arg)
{
	struct wifi *w = arg;
	int tid;

	for (tid = 0; tid < PDK80211_NTID; tid++) {
		if (!w->assoc)
			return;
		if (wifi_ba_take(&w->rx_stop, tid))
			(void)wifi_ba_op(w, PDK_BA_RX_STOP, tid, NULL, 0);
		if (wifi_ba_take(&w->tx_stop, tid))
			(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
		if (wifi_ba_take(&w->rx_start, tid))
			wifi_ba_rx_begin(w, tid);
		if (wifi_ba_take(&w->tx_run, tid))
			wifi_ba_tx_begin(w, tid);
		wifi_ba_tx_refused(w, tid);
		if (wifi_ba_take(&w->tx_want, tid))
			wifi_ba_tx_ask(w, tid);
	}
}

static void
wifi_ba_post(struct wifi *w, unsigned *set, unsigned tid)
{
	*set |= 1u << tid;
	wifi_post(w, &w->ba_task);
}

/* TIMER: the lock is held. */
static void
wifi_ba_timeout(void *arg)
{
	struct wifi *w = arg;

	pdk_task_post(&w->ba_task);
}

static int
wifi_ba_offered(struct wifi *w, const struct ieee80211_node *ni, unsigned tid)
{
	return w->assoc && w->ops->ba != NULL && tid < PDK80211_NTID && ni == w->ic.ic_bss;
}

/*
 * The frames of an agreement do not go through the stack's reordering, which would restart its
 * inactivity timer: it has none.
 */
static int
wifi_ampdu_rx_start(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid))
		return ENOTSUP;
	ni->ni_rx_ba[tid].ba_timeout_val = 0;
	wifi_ba_post(w, &w->rx_start, tid);
	return EBUSY;
}

static void
wifi_ampdu_rx_stop(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid) || w->ba_quiet)
		return;
	w->rx_start &= ~(1u << tid);
	wifi_ba_post(w, &w->rx_stop, tid);
}

static int
wifi_ampdu_tx_start(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid) || (w->tx_asked >> tid & 1) == 0)
		return ENOTSUP;
	w->tx_asked &= ~(1u << tid);
	wifi_ba_post(w, &w->tx_run, tid);
	return EBUSY;
}

static void
wifi_ampdu_tx_stop(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid) || w->ba_quiet)
		return;
	w->tx_run &= ~(1u << tid);
	w->tx_asked &= ~(1u << tid);
	wifi_ba_post(w, &w->tx_stop, tid);
}

/* A QoS frame has gone out: is it time to ask for an agreement? */
static void
wifi_ba_wish(struct wifi *w, const struct pdk80211_txinfo *info)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	unsigned tid = info->tid;

	if (!wifi_ba_offered(w, ni, tid) || (ni->ni_flags & IEEE80211_NODE_HT) == 0 ||
	    (info->flags & (PDK_TX_MGMT | PDK_TX_EAPOL)) != 0 ||
	    (w->ic.ic_caps & IEEE80211_C_TX_AMPDU) == 0 ||
	    (w->ic.ic_flags & IEEE80211_F_QOS) == 0 || (ni->ni_flags & IEEE80211_NODE_QOS) == 0 ||
	    ((w->ic.ic_flags & IEEE80211_F_RSNON) != 0 && !ni->ni_port_valid) ||
	    ni->ni_tx_ba[tid].ba_state != IEEE80211_BA_INIT ||
	    ((w->tx_asked | w->tx_want) >> tid & 1) != 0 ||
	    ++w->tx_frames[tid] < WIFI_BA_FRAMES || pdk_uptime_ms() < w->tx_next[tid])
		return;
	w->tx_frames[tid] = 0;
	wifi_ba_post(w, &w->tx_want, tid);
}

/* An action frame may have been the refusal. */
static void
wifi_recv_mgmt(struct ieee80211com *ic, struct mbuf *m, struct ieee80211_node *ni,
    struct ieee80211_rxinfo *rxi, int subtype)
{
	struct wifi *w = ic->ic_softc;

	w->recv_mgmt(ic, m, ni, rxi, subtype);
	if (subtype == IEEE80211_FC0_SUBTYPE_ACTION && w->tx_asked != 0)
		wifi_post(w, &w->ba_task);
}

void
pdk80211_ba_done(struct pdk_dev *d, enum pdk80211_baop op, int tid, int error __unused)
{
	struct wifi *w = wifi_of(d);
	struct ieee80211_node *ni;
	int s, tx = op == PDK_BA_TX_STOP;

	if (w == NULL || tid < 0 || tid >= PDK80211_NTID)
		return;
	s = splnet();
	ni = w->ic.ic_bss;
	if (w->assoc && (tx ? ni->ni_tx_ba[tid].ba_state : ni->ni_rx_ba[tid].ba_state) !=
	    IEEE80211_BA_INIT) {
		w->ba_quiet = 1;
		ieee80211_delba_request(&w->ic, ni, IEEE80211_REASON_UNSPECIFIED, tx, tid);
		w->ba_quiet = 0;
		w->tx_next[tid] = pdk_uptime_ms() + WIFI_BA_SULK_MS;
	}
	splx(s);
}
#endif

/* ---- up and down ---- */

/* WORKER.  `alive': the firmware is. */
static void
wifi_down(struct wifi *w, int alive)
{
	struct ifnet *ifp = &w->ic.ic_if;
	int s;

	if (!w->up)
		return;
	s = splnet();
	w->ns_pending = 0;
	ifp->if_timer = 0;
	if (alive && w->joined)
		(void)w->newstate(&w->ic, IEEE80211_S_INIT, 0);
	splx(s);
	if (alive && w->joined)
		wifi_goodbye(w);
	s = splnet();
	ifp->if_flags &= ~IFF_RUNNING;
	w->up = 0;		/* from here on nothing is passed to the core */
	w->ns_pending = w->restart = w->retry = 0;
	if (w->ic.ic_state != IEEE80211_S_INIT)
		(void)w->newstate(&w->ic, IEEE80211_S_INIT, -1);
	wifi_forget(w);
	splx(s);
	w->ops->down(w->dev);
	pdk_assert_unlocked(w->dev);
	s = splnet();
	w->scanning = 0;
	wifi_set_oactive(ifp, 0);
#ifdef WIFI_2016
	w->ic.ic_scan_lock = IEEE80211_SCAN_UNLOCKED;
#else
	w->ic.ic_xflags &= ~IEEE80211_F_TX_MGMT_ONLY;
#endif
	splx(s);
	pdk_lock(w->dev);
	pdk_timer_stop(&w->retry_timer);
	pdk_timer_stop(&w->ba_timer);
	pdk_timer_stop(&w->amrr_timer);
	pdk_unlock(w->dev);
}

/* WORKER. */
static int
wifi_up(struct wifi *w)
{
	struct ifnet *ifp = &w->ic.ic_if;
	int s, error;

	if (w->up)
		return 0;
	error = w->ops->up(w->dev);
	pdk_assert_unlocked(w->dev);
	if (error != 0) {
		pdk_printf(w->dev, "the radio does not start, error %d", error);
		return error;
	}
	s = splnet();
	w->up = 1;
	w->inflight = 0;
	ifp->if_flags |= IFF_RUNNING;
	wifi_set_oactive(ifp, 0);
	ieee80211_begin_scan(ifp);
	splx(s);
	return 0;
}

/* The firmware has died: is there another try? */
static int
wifi_may_restart(struct wifi *w)
{
	uint64_t now = pdk_uptime_ms();

	if (now - w->restart_first > WIFI_RESTART_MS) {
		w->restart_first = now;
		w->restarts = 0;
	}
	if (++w->restarts <= WIFI_RESTARTS)
		return 1;
	pdk_printf(w->dev, "the firmware has died %u times in %u s; \"ifconfig %s up\" tries again",
	    w->restarts, WIFI_RESTART_MS / 1000, pdk_name(w->dev));
	w->restarts = 0;
	return 0;
}

/*
 * WORKER: make what is follow what is wanted.  IFF_UP stays while a switch or sleep keeps the radio
 * down, so that it comes back by itself.
 */
static int
wifi_follow(void *arg)
{
	struct wifi *w = arg;
	struct ifnet *ifp = &w->ic.ic_if;
	int s, restart, reset, retry, want, error = 0;

	s = splnet();
	restart = w->restart;
	reset = w->reset;
	retry = w->retry;
	w->restart = w->reset = w->retry = 0;
	want = (ifp->if_flags & IFF_UP) != 0 && !w->rfkill && !w->asleep;
	splx(s);
	if (!want || restart || reset)
		wifi_down(w, !restart);
	if (want && restart && !wifi_may_restart(w))
		error = EIO;
	else if (want)
		error = wifi_up(w);
	if (error != 0 && !w->rfkill) {		/* up may have found the switch off */
		s = splnet();
		ifp->if_flags &= ~IFF_UP;
		splx(s);
	}
	if (retry && w->up) {
		s = splnet();
		(void)ieee80211_new_state(&w->ic, IEEE80211_S_SCAN, -1);
		splx(s);
	}
	return error;
}

static void
wifi_life_task(void *arg)
{
	(void)wifi_follow(arg);
}

void
pdk80211_restart(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);

	if (w == NULL)
		return;
	w->restart = 1;
	wifi_post(w, &w->life_task);
}

void
pdk80211_rfkill(struct pdk_dev *d, int blocked)
{
	struct wifi *w = wifi_of(d);

	if (w == NULL || w->rfkill == (blocked != 0))
		return;
	w->rfkill = blocked != 0;
	pdk_printf(d, "the radio is %s by its switch", blocked ? "disabled" : "enabled");
	wifi_post(w, &w->life_task);
}

/* WORKER. */
static void
wifi_sleep(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);

	w->asleep = 1;
	wifi_down(w, 1);
	pdk_lock(d);
	pdk_task_cancel(&w->life_task);
	pdk_unlock(d);
}

static void
wifi_wake(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);

	w->asleep = 0;
	(void)wifi_follow(w);
}

/*
 * Not at once to another network: ask the access point, which net80211's management timer waits
 * for, and scan if there is no answer.
 */
void
pdk80211_beacon_miss(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	struct ieee80211com *ic;
	int s;

	if (w == NULL)
		return;
	ic = &w->ic;
	s = splnet();
	if (w->assoc && ic->ic_state == IEEE80211_S_RUN && ic->ic_mgt_timer == 0 && !w->scanning) {
		if ((ic->ic_if.if_flags & IFF_DEBUG) != 0)
			pdk_printf(d, "beacons are missing, asking the access point");
		IEEE80211_SEND_MGMT(ic, ic->ic_bss, IEEE80211_FC0_SUBTYPE_PROBE_REQ, 0);
	}
	splx(s);
}

/* ---- ifnet ---- */

static void
wifi_watchdog(struct ifnet *ifp)
{
	ifp->if_timer = 0;
	if ((ifp->if_flags & IFF_RUNNING) != 0)
		ieee80211_watchdog(ifp);
}

/* A setting has changed that takes effect at the next start only. */
static int
wifi_reset(struct wifi *w)
{
	struct ifnet *ifp = &w->ic.ic_if;

	if ((ifp->if_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
		return 0;
	w->reset = 1;
	return pdk_call(w->dev, wifi_follow, w);
}

static int
wifi_media_change(struct ifnet *ifp)
{
	int error = ieee80211_media_change(ifp);

	return error == ENETRESET ? wifi_reset(ifp->if_softc) : error;
}

/* Power saving is a matter of an update; the rest wants a new start. */
static int
wifi_net80211_ioctl(struct wifi *w, u_long cmd, caddr_t data)
{
	int s, error, reset = 1;

	s = splnet();
	error = ieee80211_ioctl(&w->ic.ic_if, cmd, data);
	if (error == ENETRESET && cmd == SIOCS80211POWER) {
		wifi_changed(&w->ic, PDK_UPD_PS);
		reset = 0;
	}
	splx(s);
	if (error != ENETRESET)
		return error;
	return reset ? wifi_reset(w) : 0;
}

#ifdef WIFI_2016
static int
wifi_multi(struct wifi *w, u_long cmd, caddr_t data)
{
	struct ifreq *ifr = (struct ifreq *)data;
	int s, error;

	s = splnet();
	if (cmd == SIOCADDMULTI)
		error = ether_addmulti(ifr, &w->ic.ic_ac);
	else
		error = ether_delmulti(ifr, &w->ic.ic_ac);
	splx(s);
	return error == ENETRESET ? 0 : error;	/* the core passes every group address */
}
#endif

/* A process, which may sleep here for WORKER; WORKER takes no lock that a process may hold. */
static int
wifi_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	struct wifi *w = ifp->if_softc;

	switch (cmd) {
	case SIOCSIFADDR:
		ifp->if_flags |= IFF_UP;
#ifdef WIFI_2016
		if (((struct ifaddr *)data)->ifa_addr->sa_family == AF_INET)
			arp_ifinit(&w->ic.ic_ac, (struct ifaddr *)data);
#endif
		/* FALLTHROUGH */
	case SIOCSIFFLAGS:
		return pdk_call(w->dev, wifi_follow, w);
#ifdef WIFI_2016
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		return wifi_multi(w, cmd, data);
#endif
	default:
		return wifi_net80211_ioctl(w, cmd, data);
	}
}

/* ---- attach ---- */

static const struct pdk_class wifi_class = {
	.sleep = wifi_sleep,
	.wake = wifi_wake,
	.flush = wifi_flush,
};

static void
wifi_set_channel(struct wifi *w, const struct pdk80211_chan *pc)
{
	struct ieee80211_channel *c = &w->ic.ic_channels[pc->num];

	c->ic_freq = pc->freq;
	if (pc->freq < 3000)
		c->ic_flags = IEEE80211_CHAN_CCK | IEEE80211_CHAN_OFDM | IEEE80211_CHAN_DYN |
		    IEEE80211_CHAN_2GHZ;
	else
		c->ic_flags = IEEE80211_CHAN_A;
	if ((pc->flags & (PDK_CH_PASSIVE | PDK_CH_DFS)) != 0)
		c->ic_flags |= IEEE80211_CHAN_PASSIVE;
#ifndef WIFI_2016
	if (w->caps.htcaps != 0)
		c->ic_flags |= IEEE80211_CHAN_HT;
	if ((pc->flags & (PDK_CH_HT40U | PDK_CH_HT40D)) != 0)
		c->ic_flags |= IEEE80211_CHAN_40MHZ;
#endif
}

static void
wifi_set_caps(struct wifi *w)
{
	struct ieee80211com *ic = &w->ic;
	unsigned i;

	memcpy(ic->ic_myaddr, w->caps.mac, sizeof(ic->ic_myaddr));
	ic->ic_phytype = IEEE80211_T_OFDM;
	ic->ic_opmode = IEEE80211_M_STA;
	ic->ic_state = IEEE80211_S_INIT;
	ic->ic_caps = IEEE80211_C_WEP | IEEE80211_C_RSN | IEEE80211_C_SCANALL |
	    IEEE80211_C_SHSLOT | IEEE80211_C_SHPREAMBLE | IEEE80211_C_QOS;
	if (w->ops->update != NULL)
		ic->ic_caps |= IEEE80211_C_PMGT;
	ic->ic_sup_rates[IEEE80211_MODE_11A] = ieee80211_std_rateset_11a;
	ic->ic_sup_rates[IEEE80211_MODE_11B] = ieee80211_std_rateset_11b;
	ic->ic_sup_rates[IEEE80211_MODE_11G] = ieee80211_std_rateset_11g;
	for (i = 0; i < w->caps.nchans; i++)
		wifi_set_channel(w, &w->chans[i]);
	ic->ic_ibss_chan = &ic->ic_channels[w->chans[0].num];
	ic->ic_max_rssi = WIFI_RSSI_MAX - WIFI_RSSI_MIN;
#ifndef WIFI_2016
	ic->ic_caps |= IEEE80211_C_SCANALLBAND;
	if (w->caps.htcaps == 0)
		return;
	ic->ic_htcaps = w->caps.htcaps;
	ic->ic_ampdu_params = w->caps.ampdu;
	memcpy(ic->ic_sup_mcs, w->caps.rx_mcs, MIN(sizeof(ic->ic_sup_mcs),
	    sizeof(w->caps.rx_mcs)));
	if (w->ops->ba != NULL)
		ic->ic_caps |= IEEE80211_C_TX_AMPDU;
#endif
}

static void
wifi_set_hooks(struct wifi *w)
{
	struct ieee80211com *ic = &w->ic;

	w->newstate = ic->ic_newstate;
	w->recv_mgmt = ic->ic_recv_mgmt;
	ic->ic_newstate = wifi_newstate;
	ic->ic_updateslot = wifi_updateslot;
	ic->ic_updateedca = wifi_updateedca;
	ic->ic_set_key = wifi_set_key;
	ic->ic_delete_key = wifi_delete_key;
#ifndef WIFI_2016
	ic->ic_recv_mgmt = wifi_recv_mgmt;
	ic->ic_updateprot = wifi_updateprot;
	ic->ic_updatechan = wifi_updatechan;
	ic->ic_updatedtim = wifi_updatedtim;
	ic->ic_bgscan_start = wifi_bgscan_start;
	ic->ic_ampdu_rx_start = wifi_ampdu_rx_start;
	ic->ic_ampdu_rx_stop = wifi_ampdu_rx_stop;
	ic->ic_ampdu_tx_start = wifi_ampdu_tx_start;
	ic->ic_ampdu_tx_stop = wifi_ampdu_tx_stop;
#endif
}

static void
wifi_init_tasks(struct wifi *w)
{
	struct pdk_dev *d = w->dev;

	pdk_task_init(d, &w->life_task, wifi_life_task, w);
	pdk_task_init(d, &w->state_task, wifi_state_task, w);
	pdk_task_init(d, &w->update_task, wifi_update_task, w);
	pdk_task_init(d, &w->key_task, wifi_key_task, w);
	pdk_task_init(d, &w->ba_task, wifi_ba_task, w);
	pdk_timer_init(d, &w->retry_timer, wifi_retry, w);
	pdk_timer_init(d, &w->amrr_timer, wifi_amrr, w);
#ifdef WIFI_2016
	pdk_timer_init(d, &w->ba_timer, wifi_ba_task, w);	/* never armed */
#else
	pdk_task_init(d, &w->bgscan_task, wifi_bgscan_task, w);
	pdk_timer_init(d, &w->ba_timer, wifi_ba_timeout, w);
	ml_init(&w->rxml);
#endif
	w->amrr.amrr_min_success_threshold = 1;
	w->amrr.amrr_max_success_threshold = 15;
}

static void
wifi_ifattach(struct wifi *w)
{
	struct ifnet *ifp = &w->ic.ic_if;

	ifp->if_softc = w;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_ioctl = wifi_ioctl;
	ifp->if_start = wifi_start;
	ifp->if_watchdog = wifi_watchdog;
	strlcpy(ifp->if_xname, pdk_name(w->dev), IFNAMSIZ);
	if_attach(ifp);
	ieee80211_ifattach(ifp);
	wifi_set_hooks(w);
	ieee80211_media_init(ifp, wifi_media_change, ieee80211_media_status);
#if NBPFILTER > 0
	bpfattach(&w->drvbpf, ifp, DLT_IEEE802_11_RADIO,
	    sizeof(struct ieee80211_frame) + IEEE80211_RADIOTAP_HDRLEN);
#endif
}

static void
wifi_free(struct wifi *w)
{
	pdk_free(w->chans, w->caps.nchans * sizeof(w->chans[0]));
	pdk_free(w, sizeof(*w));
}

/* EEXIST; EINVAL: not a station; ENOMEM.  The interface exists from here on. */
int
pdk80211_attach(struct pdk_dev *d, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	struct wifi *w;

	if (d->pd_unit->pu_class != NULL)
		return EEXIST;
	if (caps->nchans == 0 || ops->up == NULL || ops->down == NULL || ops->scan == NULL ||
	    ops->scan_abort == NULL || ops->join == NULL || ops->assoc == NULL ||
	    ops->leave == NULL || ops->tx == NULL)
		return EINVAL;
	w = pdk_zalloc(sizeof(*w), PDK_WAITOK);
	w->chans = pdk_zalloc(caps->nchans * sizeof(w->chans[0]), PDK_WAITOK);
	memcpy(w->chans, caps->chans, caps->nchans * sizeof(w->chans[0]));
	w->caps = *caps;
	w->caps.chans = w->chans;
	w->ops = ops;
	w->dev = d;
	wifi_init_tasks(w);
	wifi_set_caps(w);
	wifi_ifattach(w);
	pdk_printf(d, "address %s", ether_sprintf(w->ic.ic_myaddr));
	d->pd_unit->pu_class_sc = w;
	d->pd_unit->pu_class = &wifi_class;
	return 0;
}

static int
wifi_detach_down(void *arg)
{
	struct wifi *w = arg;

	w->asleep = 1;
	wifi_down(w, 1);
	return 0;
}

void
pdk80211_detach(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL)
		return;
	(void)pdk_call(d, wifi_detach_down, w);
	pdk_timer_drain(&w->retry_timer);
	pdk_timer_drain(&w->ba_timer);
	pdk_timer_drain(&w->amrr_timer);
	pdk_worker_drain(d);		/* tasks of before find it asleep */
	ieee80211_ifdetach(&w->ic.ic_if);
	if_detach(&w->ic.ic_if);
	s = splnet();
	d->pd_unit->pu_class = NULL;	/* an upcall from now on finds nobody */
	d->pd_unit->pu_class_sc = NULL;
	splx(s);
	wifi_free(w);
}
