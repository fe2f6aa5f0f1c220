/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211.c - a wifi driver of the pdk under the VAP net80211: FreeBSD and DragonFly.  What
 * these have each of their own is in pdk80211_os.h.  (NetBSD's renewal of its stack has the
 * same methods; it wants a pdk80211_os.h of its own when it is there.)
 *
 * One station VAP.  The radio scans by itself (IEEE80211_FEXT_SCAN_OFFLOAD) and numbers its
 * frames; VHT is not announced, and neither are protected management frames, which these
 * stacks do not have.
 *
 * Who calls what
 *	ic_tq		ic_parent, iv_newstate, ic_scan_start, ic_scan_end.  May sleep when
 *			it has left the com lock: it goes through pdk_call() into WORKER.
 *	any, locked	ic_updateslot, wme_update, iv_key_*, ic_ampdu_*, ic_addba_*: with the
 *			com or the node lock held, so they must not sleep.  They note what is
 *			to do and post a task.
 *	transmit lock	ic_transmit, ic_raw_xmit.  Must not sleep.
 *	BH, WORKER	the core's upcalls, without a lock.  They must not wait for ic_tq, which
 *			may be waiting for WORKER: what does that goes to the system's own
 *			task queue ("thread" below).
 *
 * Locks, in this order: receive (sc_rxmtx, in BH and WORKER alone); the stack's com and node
 * locks; transmit (sc_txmtx); the device's.  None is held across an operation of the core but
 * sc_txmtx across ops->tx(), which makes it one at a time.
 *
 * Manual pages: ieee80211(9), ieee80211_vap(9), ieee80211_node(9), ieee80211_proto(9),
 * ieee80211_scan(9), ieee80211_crypto(9), ieee80211_output(9), ieee80211_input(9),
 * ieee80211_radiotap(9), ieee80211_amrr(9).
 */
#include <pdk80211.h>

#include "pdk80211_os.h"

#define VAP_QUEUE	256		/* frames that wait for the core */
#define VAP_NIES	64		/* octets of elements for probe requests, without the user's */
#define VAP_NKEYS	5		/* group keys 0..3, and the pairwise key */
#define VAP_PAIRWISE	4
#define VAP_ABORT_MS	5000		/* for an aborted scan to end */
#define VAP_FAREWELL_MS	100		/* for the last frame to a network to be sent */
#define VAP_RESTARTS	5		/* within VAP_RESTART_MS; after that the radio stays down */
#define VAP_RESTART_MS	60000
#define VAP_NOISE	(-95)		/* dBm, where the core knows none */

enum vap_joined { VAP_IDLE, VAP_JOINED, VAP_ASSOC };

/* What is to do with a key, and whether the hardware has it. */
struct vap_key {
	struct pdk80211_key	 key;
	bool			 set, del;	/* to do; del before set */
	bool			 installed;	/* the core has one in this place */
	volatile bool		 hw;		/* the newest one is the hardware's work */
};

enum vap_bawant { VAP_BA_NONE, VAP_BA_START, VAP_BA_RUN, VAP_BA_STOP };

/* A block ack agreement of one TID and direction: what the core is to be told. */
struct vap_ba {
	enum vap_bawant	 want;
	bool		 active;	/* the core has been told to start */
	bool		 refused;	/* the core cannot; until the network is left */
	uint16_t	 ssn;
	uint16_t	 winsize;
};

struct vap_queue {
	struct mbuf	*head, **tail;
	unsigned	 len;
};

/* A frame that is ready for the core: encrypted or not, it must not be prepared again. */
struct vap_frame {
	struct mbuf		*m;
	struct pdk80211_txinfo	 info;
};

/* Radiotap, in the order and alignment of the fields' numbers. */
struct vap_rxtap {
	struct ieee80211_radiotap_header hdr;
	uint64_t	tsft;
	uint8_t		flags, rate;
	uint16_t	chan_freq, chan_flags;
	int8_t		signal, noise;
} __packed __aligned(8);
#define VAP_RXTAP_PRESENT						\
	((1 << IEEE80211_RADIOTAP_TSFT) |				\
	(1 << IEEE80211_RADIOTAP_FLAGS) |				\
	(1 << IEEE80211_RADIOTAP_RATE) |				\
	(1 << IEEE80211_RADIOTAP_CHANNEL) |				\
	(1 << IEEE80211_RADIOTAP_DBM_ANTSIGNAL) |			\
	(1 << IEEE80211_RADIOTAP_DBM_ANTNOISE))

struct vap_txtap {
	struct ieee80211_radiotap_header hdr;
	uint8_t		flags, rate;
	uint16_t	chan_freq, chan_flags;
} __packed __aligned(8);
#define VAP_TXTAP_PRESENT						\
	((1 << IEEE80211_RADIOTAP_FLAGS) |				\
	(1 << IEEE80211_RADIOTAP_RATE) |				\
	(1 << IEEE80211_RADIOTAP_CHANNEL))

/* What the core was told last of what a beacon may change. */
struct vap_told {
	uint32_t	flags;		/* IEEE80211_F_* */
	uint8_t		dtim, htprot;
};

struct pdk80211_softc {
	struct ieee80211com	 sc_ic;
	struct pdk_dev		*sc_dev;
	const struct pdk80211_ops *sc_ops;
	struct pdk80211_caps	 sc_caps;
	struct pdk80211_chan	*sc_chans;	/* the core's, of caps.nchans */

	/* WORKER alone. */
	bool			 sc_up;
	enum vap_joined		 sc_joined;

	/* The device's lock. */
	bool			 sc_dead;	/* the firmware is; until it is down */
	bool			 sc_gone;	/* no restarts any more */
	bool			 sc_rfkill, sc_asleep;
	bool			 sc_scanning;	/* the core is */
	bool			 sc_scanwait;	/* and the stack waits for it */
	unsigned		 sc_updates;	/* PDK_UPD_* to tell */
	unsigned		 sc_restarts;
	uint64_t		 sc_restart_ms;	/* of the first of them */
	struct vap_key		 sc_keys[VAP_NKEYS];
	struct vap_ba		 sc_barx[PDK80211_NTID], sc_batx[PDK80211_NTID];
	struct pdk_wchan	 sc_scanwc;
	unsigned		 sc_mgmt;	/* management frames that the core has */
	struct pdk_wchan	 sc_mgmtwc;	/* until there are none */
	struct pdk_task		 sc_update_task, sc_key_task, sc_ba_task;	/* WORKER */
	struct vap_told		 sc_told;

	struct task		 sc_scan_task;		/* ic_tq */
	struct task		 sc_lost_task;		/* ic_tq */
	struct task		 sc_rfkill_task;	/* thread */
	struct task		 sc_restart_task;	/* thread */

	/* Transmission: sc_txmtx. */
	vap_mtx_t		 sc_txmtx;
	bool			 sc_running;	/* frames are taken */
	bool			 sc_full;	/* until pdk80211_tx_ready() */
	struct vap_queue	 sc_queue;
	struct vap_frame	 sc_next;	/* refused; goes first */
	struct vap_txtap	 sc_txtap;

	/* Reception: sc_rxmtx. */
	vap_mtx_t		 sc_rxmtx;
	struct vap_rxtap	 sc_rxtap;

	/* The stack's own methods, which ours call. */
	int	(*sc_ampdu_rx_start)(struct ieee80211_node *, struct ieee80211_rx_ampdu *, int,
		    int, int);
	void	(*sc_ampdu_rx_stop)(struct ieee80211_node *, struct ieee80211_rx_ampdu *);
	int	(*sc_ampdu_enable)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
	int	(*sc_addba_request)(struct ieee80211_node *, struct ieee80211_tx_ampdu *, int, int,
		    int);
	int	(*sc_addba_response)(struct ieee80211_node *, struct ieee80211_tx_ampdu *, int, int,
		    int);
	void	(*sc_addba_stop)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
	void	(*sc_addba_timeout)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
};

struct vap_vap {
	struct ieee80211vap	 vv_vap;		/* first */
	int			(*vv_newstate)(struct ieee80211vap *, enum ieee80211_state, int);
};

static struct pdk80211_softc *
vap_ic_sc(struct ieee80211com *ic)
{
	return (ic->ic_softc);
}

/* The one there can be, or NULL. */
static struct ieee80211vap *
vap_first(struct pdk80211_softc *sc)
{
	return (TAILQ_FIRST(&sc->sc_ic.ic_vaps));
}

/* ---- the network as the core sees it ---- */

static void
vap_snap_chan(const struct ieee80211_channel *c, struct pdk80211_chan *pc)
{
	pc->freq = c->ic_freq;
	pc->num = c->ic_ieee;
	pc->width = IEEE80211_IS_CHAN_HT40(c) ? 40 : 20;
	pc->sco = IEEE80211_IS_CHAN_HT40U(c) ? 1 : IEEE80211_IS_CHAN_HT40D(c) ? -1 : 0;
	pc->flags = 0;
	if (IEEE80211_IS_CHAN_PASSIVE(c))
		pc->flags |= PDK_CH_PASSIVE;
	if (IEEE80211_IS_CHAN_DFS(c))
		pc->flags |= PDK_CH_DFS;
}

static void
vap_snap_rates(const struct ieee80211_node *ni, struct pdk80211_bss *b)
{
	int i;

	b->nrates = MIN(ni->ni_rates.rs_nrates, PDK80211_NRATES);
	for (i = 0; i < b->nrates; i++) {
		b->rates[i] = ni->ni_rates.rs_rates[i] & IEEE80211_RATE_VAL;
		if (ni->ni_rates.rs_rates[i] & IEEE80211_RATE_BASIC)
			b->basic_rates |= (uint32_t)1 << i;
	}
}

static void
vap_snap_ht(const struct ieee80211_node *ni, struct pdk80211_bss *b)
{
	int i;

	if ((ni->ni_flags & IEEE80211_NODE_HT) == 0)
		return;
	b->flags |= PDK_BSS_HT;
	for (i = 0; i < ni->ni_htrates.rs_nrates; i++)
		if (ni->ni_htrates.rs_rates[i] < sizeof(b->mcs) * NBBY)
			setbit(b->mcs, ni->ni_htrates.rs_rates[i]);
	b->htcaps = ni->ni_htcap;
	b->ampdu = ni->ni_htparam;
	b->htprot = ni->ni_htopmode & IEEE80211_HTINFO_OPMODE;
}

/* PDK_AC_* are the ACIs, which these stacks number alike. */
static void
vap_snap_wme(struct ieee80211com *ic, struct pdk80211_bss *b)
{
	struct chanAccParams chp;
	int ac;

	for (ac = 0; ac < PDK80211_NAC; ac++) {
		const struct wmeParams *p = vap_wme(ic, &chp, ac);

		b->wme[ac] = (struct pdk80211_wme){
			.aifsn = p->wmep_aifsn, .ecwmin = p->wmep_logcwmin,
			.ecwmax = p->wmep_logcwmax, .acm = p->wmep_acm,
			.txop = p->wmep_txopLimit,
		};
	}
}

static uint32_t
vap_snap_flags(const struct ieee80211vap *vap)
{
	uint32_t f = vap_flags(vap), flags = 0;

	if (f & IEEE80211_F_SHPREAMBLE)
		flags |= PDK_BSS_SHPREAMBLE;
	if (f & IEEE80211_F_SHSLOT)
		flags |= PDK_BSS_SHSLOT;
	if (f & IEEE80211_F_USEPROT)
		flags |= PDK_BSS_USEPROT;
	if (f & IEEE80211_F_PMGTON)
		flags |= PDK_BSS_PS;
	return (flags);
}

static void
vap_tell(const struct ieee80211vap *vap, struct vap_told *t)
{
	t->flags = vap_snap_flags(vap);
	t->dtim = vap->iv_bss->ni_dtim_period;
	t->htprot = vap->iv_bss->ni_htopmode & IEEE80211_HTINFO_OPMODE;
}

/* With the com lock held, under which iv_bss does not change. */
static void
vap_snapshot(struct pdk80211_softc *sc, struct ieee80211vap *vap, struct pdk80211_bss *b)
{
	const struct ieee80211_node *ni = vap->iv_bss;
	const struct ieee80211_channel *c = ni->ni_chan;

	memset(b, 0, sizeof(*b));
	memcpy(b->bssid, ni->ni_bssid, sizeof(b->bssid));
	b->essid_len = MIN(ni->ni_esslen, PDK80211_MAXSSID);
	memcpy(b->essid, ni->ni_essid, b->essid_len);
	b->dtim_period = ni->ni_dtim_period;
	b->bintval = ni->ni_intval;
	b->aid = IEEE80211_AID(ni->ni_associd);
	b->capinfo = ni->ni_capinfo;
	vap_snap_chan(c != IEEE80211_CHAN_ANYC ? c : sc->sc_ic.ic_curchan, &b->chan);
	vap_snap_rates(ni, b);
	b->flags = vap_snap_flags(vap);
	if (ni->ni_flags & IEEE80211_NODE_QOS)
		b->flags |= PDK_BSS_QOS;
	vap_snap_ht(ni, b);
	vap_snap_wme(&sc->sc_ic, b);
	b->tsf = le64dec(ni->ni_tstamp.data);
	vap_tell(vap, &sc->sc_told);
}

/* ---- transmission ---- */

static void
vap_enqueue(struct vap_queue *q, struct mbuf *m)
{
	m->m_nextpkt = NULL;
	*q->tail = m;
	q->tail = &m->m_nextpkt;
	q->len++;
}

static struct mbuf *
vap_dequeue(struct vap_queue *q)
{
	struct mbuf *m = q->head;

	if (m == NULL)
		return (NULL);
	q->head = m->m_nextpkt;
	if (q->head == NULL)
		q->tail = &q->head;
	m->m_nextpkt = NULL;
	q->len--;
	return (m);
}

static void
vap_queue_init(struct vap_queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
	q->len = 0;
}

/* Frames that will not be sent.  Without sc_txmtx: the stack takes locks of its own. */
static void
vap_drop(struct vap_queue *q)
{
	struct ieee80211_node *ni;
	struct mbuf *m;

	while ((m = vap_dequeue(q)) != NULL) {
		ni = vap_mbuf_node(m);
		vap_oerror(ni->ni_vap);
		ieee80211_tx_complete(ni, m, 1);
	}
}

/*
 * What waits, to where it waited for: after leave or down it must not be sent to the next
 * network, and holds nodes that have to go.
 */
static void
vap_flush(struct pdk80211_softc *sc)
{
	struct vap_queue dead;
	struct mbuf *m;

	vap_queue_init(&dead);
	vap_mtx_lock(&sc->sc_txmtx);
	if (sc->sc_next.m != NULL)
		vap_enqueue(&dead, sc->sc_next.m);
	sc->sc_next.m = NULL;
	while ((m = vap_dequeue(&sc->sc_queue)) != NULL)
		vap_enqueue(&dead, m);
	sc->sc_full = false;
	vap_mtx_unlock(&sc->sc_txmtx);
	vap_drop(&dead);
}

/* One contiguous mbuf, as the core takes it; NULL, and the old one is as it was. */
static struct mbuf *
vap_flatten(struct mbuf *m)
{
	struct mbuf *n;

	if (m->m_next == NULL)
		return (m);
	n = pdk_mbuf_rxalloc(m->m_pkthdr.len);
	if (n == NULL)
		return (NULL);
	if (!vap_mbuf_dup_header(n, m)) {
		m_freem(n);
		return (NULL);
	}
	n->m_len = n->m_pkthdr.len = m->m_pkthdr.len;
	m_copydata(m, 0, m->m_pkthdr.len, mtod(n, caddr_t));
	m_freem(m);
	return (n);
}

/* The hardware encrypts what goes by the pairwise key, once the core has told that it can. */
static bool
vap_key_hw(struct pdk80211_softc *sc, struct ieee80211_node *ni, const struct ieee80211_key *k)
{
	return (k == &ni->ni_ucastkey && k->wk_cipher->ic_cipher == IEEE80211_CIPHER_AES_CCM &&
	    sc->sc_keys[VAP_PAIRWISE].hw);
}

/*
 * Add the cipher's header and packet number, and encrypt unless the hardware does.  Which of
 * the two is decided here, frame by frame, with sc_txmtx held: the flag is the cipher's
 * only sign.  Packet numbers thus are in the order of the queue.
 */
static int
vap_encrypt(struct pdk80211_softc *sc, struct ieee80211_node *ni, struct mbuf *m,
    struct pdk80211_txinfo *info)
{
	struct ieee80211_key *k = ieee80211_crypto_get_txkey(ni, m);
	bool hw;

	if (k == NULL)
		return (ENOBUFS);
	hw = vap_key_hw(sc, ni, k);
	if (hw)
		k->wk_flags &= ~IEEE80211_KEY_SWENCRYPT;
	else if (k->wk_cipher->ic_cipher == IEEE80211_CIPHER_AES_CCM)
		k->wk_flags |= IEEE80211_KEY_SWENCRYPT;
	if (ieee80211_crypto_encap(ni, m) == NULL)
		return (ENOBUFS);
	if (hw)
		info->flags |= PDK_TX_HWENC;
	return (0);
}

static void
vap_tx_rate(struct pdk80211_softc *sc, struct ieee80211_node *ni, const struct ieee80211_frame *wh,
    struct pdk80211_txinfo *info)
{
	uint8_t rate;

	if ((sc->sc_caps.flags & PDK_CAP_RATECTL) != 0 ||
	    (wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) != IEEE80211_FC0_TYPE_DATA ||
	    (info->flags & (PDK_TX_MCAST | PDK_TX_EAPOL)) != 0)
		return;
	rate = vap_node_rate(ni);
	if (rate & IEEE80211_RATE_MCS)
		info->mcs = rate & ~IEEE80211_RATE_MCS;
	else
		info->rate = rate;
}

static void
vap_tx_info(struct pdk80211_softc *sc, struct ieee80211_node *ni, struct mbuf *m,
    struct pdk80211_txinfo *info)
{
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);
	bool data = (wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) == IEEE80211_FC0_TYPE_DATA;

	memset(info, 0, sizeof(*info));
	info->cookie = ni;
	info->hdrlen = ieee80211_anyhdrsize(wh);
	info->ac = data ? M_WME_GETAC(m) & 3 : PDK_AC_VO;
	if (IEEE80211_QOS_HAS_SEQ(wh))
		info->tid = ieee80211_gettid(wh);
	if (!data)
		info->flags |= PDK_TX_MGMT;
	if (IEEE80211_IS_MULTICAST(wh->i_addr1))
		info->flags |= PDK_TX_MCAST;
	if (m->m_flags & M_EAPOL)
		info->flags |= PDK_TX_EAPOL;
	vap_tx_rate(sc, ni, wh, info);
}

static void
vap_tx_tap(struct pdk80211_softc *sc, struct ieee80211vap *vap, struct mbuf *m,
    const struct pdk80211_txinfo *info)
{
	if (!ieee80211_radiotap_active_vap(vap))
		return;
	sc->sc_txtap.flags = 0;
	sc->sc_txtap.rate = info->rate;
	ieee80211_radiotap_tx(vap, m);
}

/* From the stack's form to the core's.  On error *mp is still the caller's. */
static int
vap_prepare(struct pdk80211_softc *sc, struct mbuf **mp, struct pdk80211_txinfo *info)
{
	struct ieee80211_node *ni = vap_mbuf_node(*mp);
	const struct ieee80211_frame *wh = mtod(*mp, const struct ieee80211_frame *);
	struct mbuf *m;
	int error;

	vap_tx_info(sc, ni, *mp, info);
	if (wh->i_fc[1] & IEEE80211_FC1_PROTECTED) {
		error = vap_encrypt(sc, ni, *mp, info);
		if (error != 0)
			return (error);
	}
	m = vap_flatten(*mp);
	if (m == NULL)
		return (ENOMEM);
	*mp = m;
	if (info->flags & PDK_TX_HWENC)
		info->key_id = mtod(m, const uint8_t *)[info->hdrlen + IEEE80211_WEP_IVLEN] >> 6;
	vap_tx_tap(sc, ni->ni_vap, m, info);
	return (0);
}

/* The frame that was refused, or the next.  False: there is none. */
static bool
vap_next(struct pdk80211_softc *sc, struct vap_frame *f, struct vap_queue *dead)
{
	if (sc->sc_next.m != NULL) {
		*f = sc->sc_next;
		sc->sc_next.m = NULL;
		return (true);
	}
	while ((f->m = vap_dequeue(&sc->sc_queue)) != NULL) {
		if (vap_prepare(sc, &f->m, &f->info) == 0)
			return (true);
		vap_enqueue(dead, f->m);
	}
	return (false);
}

static bool
vap_is_mgmt(const struct mbuf *m)
{
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);

	return ((wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) == IEEE80211_FC0_TYPE_MGT);
}

/* The core has one more, or gives one back. */
static void
vap_count_mgmt(struct pdk80211_softc *sc, const struct mbuf *m, int n)
{
	if (!vap_is_mgmt(m))
		return;
	pdk_lock(sc->sc_dev);
	sc->sc_mgmt += n;
	if (sc->sc_mgmt == 0)
		pdk_wake(sc->sc_dev, &sc->sc_mgmtwc);
	pdk_unlock(sc->sc_dev);
}

/* Counted before: the frame may be done, and gone, when tx() returns. */
static int
vap_give(struct pdk80211_softc *sc, struct vap_frame *f)
{
	int error;

	vap_count_mgmt(sc, f->m, 1);
	error = sc->sc_ops->tx(sc->sc_dev, f->m, &f->info);
	if (error != 0)
		vap_count_mgmt(sc, f->m, -1);
	return (error);
}

/*
 * Give the core what it takes.  A frame that it has no room for has its packet number, so it
 * waits as it is and goes first.  Any other error means that it cannot be sent, for example
 * as the network has been left: it is dropped, and its node with it.
 */
static void
vap_start(struct pdk80211_softc *sc)
{
	struct vap_queue dead;
	struct vap_frame f;
	int error;

	vap_queue_init(&dead);
	vap_mtx_lock(&sc->sc_txmtx);
	while (sc->sc_running && !sc->sc_full && vap_next(sc, &f, &dead)) {
		error = vap_give(sc, &f);
		if (error == ENOBUFS) {
			sc->sc_next = f;
			sc->sc_full = true;
		} else if (error != 0) {
			vap_enqueue(&dead, f.m);
		}
	}
	vap_mtx_unlock(&sc->sc_txmtx);
	vap_drop(&dead);
}

/* On error the caller keeps the frame. */
static int
vap_output(struct pdk80211_softc *sc, struct mbuf *m)
{
	int error = 0;

	vap_mtx_lock(&sc->sc_txmtx);
	if (!sc->sc_running)
		error = ENETDOWN;
	else if (sc->sc_queue.len >= VAP_QUEUE)
		error = ENOBUFS;
	else
		vap_enqueue(&sc->sc_queue, m);
	vap_mtx_unlock(&sc->sc_txmtx);
	if (error == 0)
		vap_start(sc);
	return (error);
}

static int
vap_transmit(struct ieee80211com *ic, struct mbuf *m)
{
	return (vap_output(vap_ic_sc(ic), m));
}

/* On error the frame is ours to free, the node the caller's. */
static int
vap_raw_xmit(struct ieee80211_node *ni, struct mbuf *m,
    const struct ieee80211_bpf_params *params __unused)
{
	int error;

	error = vap_output(vap_ic_sc(ni->ni_ic), m);
	if (error != 0)
		m_freem(m);
	return (error);
}

/* ---- operations, in WORKER ---- */

static void
vap_set_running(struct pdk80211_softc *sc, bool running)
{
	vap_mtx_lock(&sc->sc_txmtx);
	sc->sc_running = running;
	vap_mtx_unlock(&sc->sc_txmtx);
}

static bool
vap_is_dead(struct pdk80211_softc *sc)
{
	bool dead;

	pdk_lock(sc->sc_dev);
	dead = sc->sc_dead;
	pdk_unlock(sc->sc_dev);
	return (dead);
}

/* The core has forgotten keys and agreements, or is about to. */
static void
vap_forget(struct pdk80211_softc *sc)
{
	pdk_lock(sc->sc_dev);
	memset(sc->sc_keys, 0, sizeof(sc->sc_keys));
	memset(sc->sc_barx, 0, sizeof(sc->sc_barx));
	memset(sc->sc_batx, 0, sizeof(sc->sc_batx));
	sc->sc_updates = 0;
	pdk_unlock(sc->sc_dev);
}

/* A dead firmware cannot be left. */
static void
vap_do_leave(struct pdk80211_softc *sc)
{
	if (sc->sc_joined == VAP_IDLE)
		return;
	sc->sc_joined = VAP_IDLE;
	vap_flush(sc);
	if (!vap_is_dead(sc))
		sc->sc_ops->leave(sc->sc_dev);
	vap_flush(sc);
	vap_forget(sc);
}

static int
vap_call_leave(void *arg)
{
	vap_do_leave(arg);
	return (0);
}

/* To leave takes back what is queued: first let the stack's last frame go out. */
static int
vap_call_farewell(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int error = 0;

	pdk_lock(sc->sc_dev);
	while (sc->sc_mgmt != 0 && !sc->sc_dead && error == 0)
		error = pdk_wait(sc->sc_dev, &sc->sc_mgmtwc, VAP_FAREWELL_MS);
	pdk_unlock(sc->sc_dev);
	vap_do_leave(sc);
	return (0);
}

static int
vap_call_up(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int error;

	if (sc->sc_up)
		return (0);
	error = sc->sc_ops->up(sc->sc_dev);
	sc->sc_up = error == 0;
	vap_set_running(sc, sc->sc_up);
	return (error);
}

static int
vap_call_down(void *arg)
{
	struct pdk80211_softc *sc = arg;

	vap_set_running(sc, false);
	if (sc->sc_up)
		sc->sc_ops->down(sc->sc_dev);
	sc->sc_up = false;
	sc->sc_joined = VAP_IDLE;
	vap_flush(sc);
	vap_forget(sc);
	pdk_lock(sc->sc_dev);
	sc->sc_dead = sc->sc_scanning = sc->sc_scanwait = false;
	pdk_wake(sc->sc_dev, &sc->sc_scanwc);
	pdk_unlock(sc->sc_dev);
	return (0);
}

struct vap_bssarg {
	struct pdk80211_softc	*sc;
	struct pdk80211_bss	 bss;
};

/* AUTH again, after a network or in one, joins again: the channel is to be kept anew. */
static int
vap_call_join(void *arg)
{
	struct vap_bssarg *a = arg;
	struct pdk80211_softc *sc = a->sc;
	int error;

	if (!sc->sc_up)
		return (ENETDOWN);
	vap_do_leave(sc);
	sc->sc_joined = VAP_JOINED;
	error = sc->sc_ops->join(sc->sc_dev, &a->bss);
	if (error != 0)
		vap_do_leave(sc);
	return (error);
}

static int
vap_call_assoc(void *arg)
{
	struct vap_bssarg *a = arg;
	struct pdk80211_softc *sc = a->sc;
	int error;

	if (sc->sc_joined == VAP_IDLE)
		return (ENETDOWN);
	error = sc->sc_ops->assoc(sc->sc_dev, &a->bss);
	if (error != 0)
		vap_do_leave(sc);
	else
		sc->sc_joined = VAP_ASSOC;
	return (error);
}

/* ---- states ---- */

/*
 * The core has lost the network, or could not join it, and then the stack is in SCAN still but
 * does not scan: scan again.  ic_tq.
 */
static void
vap_lost(void *arg, int pending __unused)
{
	struct ieee80211vap *vap = vap_first(arg);

	if (vap != NULL && vap->iv_state != IEEE80211_S_INIT)
		ieee80211_new_state(vap, IEEE80211_S_SCAN, IEEE80211_SCAN_FAIL_TIMEOUT);
}

/* With the com lock held, which is left while the core works. */
static int
vap_block(struct pdk80211_softc *sc, int (*fn)(void *), void *arg)
{
	vap_block_t b;
	int error;

	vap_block_enter(&sc->sc_ic, b);
	error = pdk_call(sc->sc_dev, fn, arg);
	vap_block_exit(&sc->sc_ic, b);
	return (error);
}

static int
vap_block_bss(struct pdk80211_softc *sc, struct ieee80211vap *vap, int (*fn)(void *))
{
	struct vap_bssarg a = { .sc = sc };

	vap_snapshot(sc, vap, &a.bss);
	return (vap_block(sc, fn, &a));
}

static void
vap_post_update(struct pdk80211_softc *sc, unsigned what)
{
	pdk_lock(sc->sc_dev);
	sc->sc_updates |= what;
	pdk_task_post(&sc->sc_update_task);
	pdk_unlock(sc->sc_dev);
}

/*
 * What the core has to do before the stack enters `nstate`.  An authentication frame of the
 * access point's in RUN leaves the stack in RUN, and the core in the network.
 */
static int
vap_state_work(struct pdk80211_softc *sc, struct ieee80211vap *vap, enum ieee80211_state nstate,
    int arg)
{
	enum ieee80211_state ostate = vap->iv_state;

	switch (nstate) {
	case IEEE80211_S_INIT:
	case IEEE80211_S_SCAN:
		return (vap_block(sc, vap_call_leave, sc));
	case IEEE80211_S_AUTH:
		if (ostate >= IEEE80211_S_RUN && (arg & 0xff) == IEEE80211_FC0_SUBTYPE_AUTH)
			return (0);
		return (vap_block_bss(sc, vap, vap_call_join));
	case IEEE80211_S_ASSOC:
		if (ostate >= IEEE80211_S_RUN)	/* disassociated: authenticated still */
			return (vap_block_bss(sc, vap, vap_call_join));
		return (0);
	case IEEE80211_S_RUN:
		if (ostate == IEEE80211_S_AUTH || ostate == IEEE80211_S_ASSOC)
			return (vap_block_bss(sc, vap, vap_call_assoc));
		vap_post_update(sc, PDK_UPD_CHAN | PDK_UPD_HT);	/* it may have moved */
		return (0);
	default:
		return (0);
	}
}

/*
 * ic_tq, with the com lock held.  The core is first, so that the stack's frames find it in the
 * network; but on the way out of RUN to INIT the stack is, which wants to tell the access
 * point, and for that the core has to be in the network still.
 */
static int
vap_newstate(struct ieee80211vap *vap, enum ieee80211_state nstate, int arg)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);
	struct vap_vap *vv = (struct vap_vap *)vap;
	bool first = nstate == IEEE80211_S_INIT && vap->iv_state >= IEEE80211_S_ASSOC;
	int error;

	if (first) {
		error = vv->vv_newstate(vap, nstate, arg);
		(void)vap_block(sc, vap_call_farewell, sc);
		return (error);
	}
	error = vap_state_work(sc, vap, nstate, arg);
	if (error == 0)
		return (vv->vv_newstate(vap, nstate, arg));
	pdk_printf(sc->sc_dev, "%s: error %d", ieee80211_state_name[nstate], error);
	/* No timer of the stack's runs for a state that it has not entered. */
	if (!vap_is_dead(sc))
		ieee80211_runtask(&sc->sc_ic, &sc->sc_lost_task);
	return (error);
}

/* Up or down, as the stack's interfaces are.  ic_tq, unlocked. */
static void
vap_parent(struct ieee80211com *ic)
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	int error;

	if (ic->ic_nrunning == 0) {
		(void)pdk_call(sc->sc_dev, vap_call_down, sc);
		return;
	}
	error = pdk_call(sc->sc_dev, vap_call_up, sc);
	if (error == 0) {
		ieee80211_start_all(ic);
		return;
	}
	pdk_printf(sc->sc_dev, "the radio cannot be started: error %d", error);
	if (!vap_is_dead(sc))
		ieee80211_stop_all(ic);
}

/* ---- updates ---- */

/*
 * WORKER.  These come with locks held, even the com lock, so the core hears of them here and
 * not where they happen.  While the stack is taken away there is nothing to tell, and at the
 * end no com lock.
 */
static void
vap_update(void *arg)
{
	struct pdk80211_softc *sc = arg;
	struct ieee80211vap *vap;
	struct pdk80211_bss bss;
	unsigned what;

	pdk_lock(sc->sc_dev);
	what = sc->sc_gone ? 0 : sc->sc_updates;
	sc->sc_updates = 0;
	pdk_unlock(sc->sc_dev);
	if (what == 0)
		return;
	IEEE80211_LOCK(&sc->sc_ic);
	vap = vap_first(sc);
	if (vap != NULL)
		vap_snapshot(sc, vap, &bss);
	IEEE80211_UNLOCK(&sc->sc_ic);
	if (vap == NULL || sc->sc_joined != VAP_ASSOC || sc->sc_ops->update == NULL ||
	    vap_is_dead(sc))
		return;
	if (sc->sc_ops->update(sc->sc_dev, (int)what, &bss) == 0 || vap_is_dead(sc))
		return;
	vap_do_leave(sc);
	ieee80211_runtask(&sc->sc_ic, &sc->sc_lost_task);
}

static void
vap_updateslot(struct ieee80211com *ic)
{
	vap_post_update(vap_ic_sc(ic), PDK_UPD_SLOT);
}

static int
vap_wme_update(struct ieee80211com *ic)
{
	vap_post_update(vap_ic_sc(ic), PDK_UPD_EDCA);
	return (0);
}

static void
vap_update_chw(struct ieee80211com *ic)
{
	vap_post_update(vap_ic_sc(ic), PDK_UPD_CHAN | PDK_UPD_HT);
}

/*
 * After a beacon of the network: not all that it may change is told by a method, and the
 * methods there are differ between stacks.  Without the com lock: a torn look costs an update
 * too many, and the task looks again.
 */
static void
vap_heard_beacon(struct pdk80211_softc *sc, struct ieee80211vap *vap)
{
	struct vap_told now;
	unsigned what = 0;

	vap_tell(vap, &now);
	if ((now.flags ^ sc->sc_told.flags) & PDK_BSS_SHSLOT)
		what |= PDK_UPD_SLOT;
	if ((now.flags ^ sc->sc_told.flags) & (PDK_BSS_USEPROT | PDK_BSS_SHPREAMBLE))
		what |= PDK_UPD_PROT;
	if ((now.flags ^ sc->sc_told.flags) & PDK_BSS_PS)
		what |= PDK_UPD_PS;
	if (now.dtim != sc->sc_told.dtim)
		what |= PDK_UPD_DTIM;
	if (now.htprot != sc->sc_told.htprot)
		what |= PDK_UPD_HT | PDK_UPD_PROT;
	if (what != 0)
		vap_post_update(sc, what);
}

/* The core receives what it needs; there is nothing to set. */
static void
vap_update_none(struct ieee80211com *ic __unused)
{
}

/* ---- scanning ---- */

struct vap_scanarg {
	struct pdk80211_softc	*sc;
	struct pdk80211_scan	 scan;
	struct pdk80211_chan	 chans[UINT8_MAX];
	uint8_t			 ies[VAP_NIES + IEEE80211_MAX_APPIE];
};

/* The stack's list has a channel once for each mode; the core goes there once. */
static void
vap_scan_chans(const struct ieee80211_scan_state *ss, struct vap_scanarg *a)
{
	struct pdk80211_chan *pc;
	unsigned i, j, n = 0;

	for (i = 0; i < ss->ss_last && n < nitems(a->chans); i++) {
		for (j = 0; j < n; j++)
			if (a->chans[j].freq == ss->ss_chans[i]->ic_freq)
				break;
		if (j < n)
			continue;
		pc = &a->chans[n++];
		vap_snap_chan(ss->ss_chans[i], pc);
		pc->width = 20;
		pc->sco = 0;
	}
	a->scan.chans = a->chans;
	a->scan.nchans = n;
}

static void
vap_scan_ssids(const struct ieee80211_scan_state *ss, struct pdk80211_scan *s)
{
	int i;

	for (i = 0; i < ss->ss_nssid && s->n_ssid < PDK80211_NSSID; i++) {
		if (ss->ss_ssid[i].len == 0 || ss->ss_ssid[i].len > PDK80211_MAXSSID)
			continue;
		s->ssid_len[s->n_ssid] = ss->ss_ssid[i].len;
		memcpy(s->ssid[s->n_ssid], ss->ss_ssid[i].ssid, ss->ss_ssid[i].len);
		s->n_ssid++;
	}
}

/* With the com lock held, under which the user's elements do not change. */
static void
vap_scan_ies(struct pdk80211_softc *sc, struct ieee80211vap *vap, struct vap_scanarg *a)
{
	const struct ieee80211_appie *user = vap->iv_appie_probereq;
	size_t n = 0;

	if (sc->sc_caps.htcaps != 0)
		n = vap_probe_htcap(vap, sc->sc_ic.ic_curchan, a->ies);
	if (user != NULL && user->ie_len <= sizeof(a->ies) - n) {
		memcpy(a->ies + n, user->ie_data, user->ie_len);
		n += user->ie_len;
	}
	a->scan.ies = a->ies;
	a->scan.ies_len = (uint16_t)n;
}

static int
vap_call_scan(void *arg)
{
	struct vap_scanarg *a = arg;
	struct pdk80211_softc *sc = a->sc;
	int error;

	if (!sc->sc_up)
		return (ENETDOWN);
	pdk_lock(sc->sc_dev);
	error = sc->sc_scanning ? EBUSY : 0;
	sc->sc_scanning = sc->sc_scanwait = true;	/* its end may come at once */
	pdk_unlock(sc->sc_dev);
	if (error != 0)
		return (error);
	error = sc->sc_ops->scan(sc->sc_dev, &a->scan);
	if (error == 0)
		return (0);
	pdk_lock(sc->sc_dev);
	sc->sc_scanning = false;
	pdk_unlock(sc->sc_dev);
	return (error);
}

/* ic_tq, unlocked. */
static void
vap_scan_start(struct ieee80211com *ic)
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	struct ieee80211_scan_state *ss = ic->ic_scan;
	struct vap_scanarg *a = pdk_zalloc(sizeof(*a), PDK_WAITOK);
	int error;

	a->sc = sc;
	IEEE80211_LOCK(ic);
	vap_scan_chans(ss, a);
	vap_scan_ssids(ss, &a->scan);
	vap_scan_ies(sc, ss->ss_vap, a);
	a->scan.passive = (ss->ss_flags & IEEE80211_SCAN_ACTIVE) == 0;
	a->scan.background = ss->ss_vap->iv_state >= IEEE80211_S_RUN;
	IEEE80211_UNLOCK(ic);
	error = pdk_call(sc->sc_dev, vap_call_scan, a);
	pdk_free(a, sizeof(*a));
	if (error == 0)
		return;
	pdk_printf(sc->sc_dev, "scan: error %d", error);
	ieee80211_runtask(ic, &sc->sc_scan_task);	/* or it would never end */
}

/* The end is waited for: a scan that begins before it would find the core busy. */
static int
vap_call_abort(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int error = 0;
	bool scanning;

	pdk_lock(sc->sc_dev);
	sc->sc_scanwait = false;
	scanning = sc->sc_scanning && !sc->sc_dead;
	pdk_unlock(sc->sc_dev);
	if (!scanning || !sc->sc_up || sc->sc_ops->scan_abort == NULL)
		return (0);
	sc->sc_ops->scan_abort(sc->sc_dev);
	pdk_lock(sc->sc_dev);
	while (sc->sc_scanning && !sc->sc_dead && error == 0)
		error = pdk_wait(sc->sc_dev, &sc->sc_scanwc, VAP_ABORT_MS);
	pdk_unlock(sc->sc_dev);
	return (error);
}

/* ic_tq, unlocked; at the end, too, and when it is cancelled. */
static void
vap_scan_end(struct ieee80211com *ic)
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);

	(void)pdk_call(sc->sc_dev, vap_call_abort, sc);
}

/* The core does these by itself. */
static void
vap_scan_curchan(struct ieee80211_scan_state *ss __unused, unsigned long maxdwell __unused)
{
}

static void
vap_scan_mindwell(struct ieee80211_scan_state *ss __unused)
{
}

/* ic_tq. */
static void
vap_scan_done(void *arg, int pending __unused)
{
	struct ieee80211vap *vap = vap_first(arg);

	if (vap != NULL)
		ieee80211_scan_done(vap);
}

/* ---- keys ---- */

/*
 * A key is the hardware's as soon as the core has said so, and software's until then and if
 * it refuses: nothing waits here, where the node lock may be held, and no frame is lost.
 */
static struct vap_key *
vap_key_slot(struct pdk80211_softc *sc, struct ieee80211vap *vap, const struct ieee80211_key *k)
{
	if (k->wk_cipher->ic_cipher != IEEE80211_CIPHER_AES_CCM ||
	    (sc->sc_caps.flags & PDK_CAP_HW_CCMP) == 0 || sc->sc_ops->set_key == NULL ||
	    sc->sc_ops->del_key == NULL)
		return (NULL);
	if (k >= &vap->iv_nw_keys[0] && k < &vap->iv_nw_keys[IEEE80211_WEP_NKID])
		return (&sc->sc_keys[k - &vap->iv_nw_keys[0]]);
	return (&sc->sc_keys[VAP_PAIRWISE]);
}

static int
vap_key_set(struct ieee80211vap *vap, const struct ieee80211_key *k)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);
	struct vap_key *vk = vap_key_slot(sc, vap, k);
	bool group = vk != &sc->sc_keys[VAP_PAIRWISE];

	if (vk == NULL)
		return (1);
	pdk_lock(sc->sc_dev);
	vk->hw = false;
	vk->set = true;
	vk->key = (struct pdk80211_key){
		.id = group ? (uint8_t)(vk - sc->sc_keys) : 0,
		.cipher = PDK_CIPHER_CCMP,
		.len = MIN(k->wk_keylen, sizeof(vk->key.key)),
		.group = group,
		.tsc = k->wk_keyrsc[IEEE80211_NONQOS_TID],
	};
	memcpy(vk->key.key, k->wk_key, vk->key.len);
	pdk_task_post(&sc->sc_key_task);
	pdk_unlock(sc->sc_dev);
	return (1);
}

static int
vap_key_delete(struct ieee80211vap *vap, const struct ieee80211_key *k)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);
	struct vap_key *vk = vap_key_slot(sc, vap, k);

	if (vk == NULL)
		return (1);
	pdk_lock(sc->sc_dev);
	vk->hw = vk->set = false;
	vk->del = true;
	pdk_task_post(&sc->sc_key_task);
	pdk_unlock(sc->sc_dev);
	return (1);
}

/* WORKER.  One place: what is there goes, what is new comes. */
static void
vap_key_work(struct pdk80211_softc *sc, struct vap_key *vk)
{
	struct pdk80211_key old, key;
	bool set, del;
	int error;

	pdk_lock(sc->sc_dev);
	set = vk->set;
	del = (vk->del || set) && vk->installed;
	vk->set = vk->del = false;
	old = key = vk->key;
	pdk_unlock(sc->sc_dev);
	if (del) {
		sc->sc_ops->del_key(sc->sc_dev, &old);
		vk->installed = false;
	}
	if (!set)
		return;
	error = sc->sc_ops->set_key(sc->sc_dev, &key);
	pdk_lock(sc->sc_dev);
	vk->installed = error == 0;
	vk->hw = error == 0 && !vk->set && !vk->del;	/* unless there is a newer one */
	pdk_unlock(sc->sc_dev);
	if (error != 0)
		pdk_printf(sc->sc_dev, "key %u: error %d, software encrypts", key.id, error);
}

static void
vap_keys(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int i;

	if (sc->sc_joined == VAP_IDLE || vap_is_dead(sc))
		return;
	for (i = 0; i < VAP_NKEYS; i++)
		if (sc->sc_keys[i].set || sc->sc_keys[i].del)
			vap_key_work(sc, &sc->sc_keys[i]);
}

/* ---- block ack ---- */

static void
vap_ba_post(struct pdk80211_softc *sc, struct vap_ba *ba, enum vap_bawant want, uint16_t ssn,
    uint16_t winsize)
{
	pdk_lock(sc->sc_dev);
	ba->want = want;
	if (want == VAP_BA_START && ba >= &sc->sc_barx[0] &&
	    ba < &sc->sc_barx[PDK80211_NTID])
		ba->ssn = ssn;
	ba->winsize = winsize;
	pdk_task_post(&sc->sc_ba_task);
	pdk_unlock(sc->sc_dev);
}

static bool
vap_ba_possible(const struct pdk80211_softc *sc, int tid)
{
	return (sc->sc_ops->ba != NULL && tid >= 0 && tid < PDK80211_NTID);
}

/*
 * The peer asks.  It is answered now, by the stack, and the core told by the task; if that
 * cannot, the peer hears so by a DELBA.  The stack's own reordering stays idle: no frame is
 * passed to it as M_AMPDU.
 */
static int
vap_ampdu_rx_start(struct ieee80211_node *ni, struct ieee80211_rx_ampdu *rap, int baparamset,
    int batimeout, int baseqctl)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	int tid = (baparamset & IEEE80211_BAPS_TID) >> IEEE80211_BAPS_TID_S;
	int error;

	if (!vap_ba_possible(sc, tid) || sc->sc_barx[tid].refused)
		return (ENOSPC);
	error = sc->sc_ampdu_rx_start(ni, rap, baparamset, batimeout, baseqctl);
	if (error == 0)
		vap_ba_post(sc, &sc->sc_barx[tid], VAP_BA_START,
		    (baseqctl & IEEE80211_BASEQ_START) >> IEEE80211_BASEQ_START_S,
		    rap->rxa_wnd);
	return (error);
}

static void
vap_ampdu_rx_stop(struct ieee80211_node *ni, struct ieee80211_rx_ampdu *rap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	int tid = (int)(rap - ni->ni_rx_ampdu);

	sc->sc_ampdu_rx_stop(ni, rap);
	if (vap_ba_possible(sc, tid))
		vap_ba_post(sc, &sc->sc_barx[tid], VAP_BA_STOP, 0, 0);
}

/*
 * "Is it time to ask the peer?"  First the core has to get ready, and to say from which number
 * on; so never now.  The task asks, as soon as it knows.
 */
static int
vap_ampdu_enable(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	struct vap_ba *ba;

	if (!vap_ba_possible(sc, tap->txa_tid))
		return (0);
	ba = &sc->sc_batx[tap->txa_tid];
	if (ba->refused || ba->active || ba->want != VAP_BA_NONE ||
	    !sc->sc_ampdu_enable(ni, tap))
		return (0);
	vap_ba_post(sc, ba, VAP_BA_START, 0, 0);
	return (0);
}

/* The stack guesses the first number; the core, which numbers the frames, knows it. */
static int
vap_addba_request(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap, int dialogtoken,
    int baparamset, int batimeout)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);

	if (!vap_ba_possible(sc, tap->txa_tid))
		return (0);
	tap->txa_start = sc->sc_batx[tap->txa_tid].ssn;
	return (sc->sc_addba_request(ni, tap, dialogtoken, baparamset, batimeout));
}

static int
vap_addba_response(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap, int status,
    int baparamset, int batimeout)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	int done;

	done = sc->sc_addba_response(ni, tap, status, baparamset, batimeout);
	if (vap_ba_possible(sc, tap->txa_tid))
		vap_ba_post(sc, &sc->sc_batx[tap->txa_tid], IEEE80211_AMPDU_RUNNING(tap) ?
		    VAP_BA_RUN : VAP_BA_STOP, 0, tap->txa_wnd);
	return (done);
}

static void
vap_addba_timeout(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);

	sc->sc_addba_timeout(ni, tap);
	if (vap_ba_possible(sc, tap->txa_tid))
		vap_ba_post(sc, &sc->sc_batx[tap->txa_tid], VAP_BA_STOP, 0, 0);
}

static void
vap_addba_stop(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);

	sc->sc_addba_stop(ni, tap);
	if (vap_ba_possible(sc, tap->txa_tid))
		vap_ba_post(sc, &sc->sc_batx[tap->txa_tid], VAP_BA_STOP, 0, 0);
}

/* The access point's node, with a reference, or NULL.  Unlocked. */
static struct ieee80211_node *
vap_bss_ref(struct pdk80211_softc *sc)
{
	struct ieee80211_node *ni = NULL;
	struct ieee80211vap *vap;

	IEEE80211_LOCK(&sc->sc_ic);
	vap = vap_first(sc);
	if (vap != NULL && vap->iv_state >= IEEE80211_S_RUN)
		ni = ieee80211_ref_node(vap->iv_bss);
	IEEE80211_UNLOCK(&sc->sc_ic);
	return (ni);
}

/* Tell the peer that what it sends in this TID is in order no more. */
static void
vap_delba_rx(struct pdk80211_softc *sc, int tid)
{
	struct ieee80211_node *ni = vap_bss_ref(sc);
	uint16_t args[4] = { (uint16_t)tid, 0, IEEE80211_REASON_UNSPECIFIED, 0 };

	if (ni == NULL)
		return;
	sc->sc_ampdu_rx_stop(ni, &ni->ni_rx_ampdu[tid]);
	sc->sc_ic.ic_send_action(ni, IEEE80211_ACTION_CAT_BA, IEEE80211_ACTION_BA_DELBA, args);
	ieee80211_free_node(ni);
}

static int
vap_ba_call(struct pdk80211_softc *sc, enum pdk80211_baop op, int tid, struct vap_ba *ba)
{
	return (sc->sc_ops->ba(sc->sc_dev, op, tid, &ba->ssn, ba->winsize));
}

static enum vap_bawant
vap_ba_take(struct pdk80211_softc *sc, struct vap_ba *ba)
{
	enum vap_bawant want;

	pdk_lock(sc->sc_dev);
	want = ba->want;
	ba->want = VAP_BA_NONE;
	pdk_unlock(sc->sc_dev);
	return (want);
}

static void
vap_ba_rx(struct pdk80211_softc *sc, int tid)
{
	struct vap_ba *ba = &sc->sc_barx[tid];
	enum vap_bawant want = vap_ba_take(sc, ba);
	uint16_t none = 0;

	if (want == VAP_BA_NONE)
		return;
	if (ba->active)		/* stop, or start anew */
		(void)sc->sc_ops->ba(sc->sc_dev, PDK_BA_RX_STOP, tid, &none, 0);
	ba->active = false;
	if (want != VAP_BA_START)
		return;
	if (vap_ba_call(sc, PDK_BA_RX_START, tid, ba) == 0) {
		ba->active = true;
	} else {
		ba->refused = true;
		vap_delba_rx(sc, tid);
	}
}

/* The core is ready: ask the peer. */
static void
vap_ba_ask(struct pdk80211_softc *sc, int tid)
{
	struct ieee80211_node *ni = vap_bss_ref(sc);

	if (ni == NULL)
		return;
	(void)ieee80211_ampdu_request(ni, &ni->ni_tx_ampdu[tid]);
	ieee80211_free_node(ni);
}

static void
vap_ba_tx(struct pdk80211_softc *sc, int tid)
{
	struct vap_ba *ba = &sc->sc_batx[tid];
	enum vap_bawant want = vap_ba_take(sc, ba);

	if (want == VAP_BA_START && !ba->active) {
		ba->active = vap_ba_call(sc, PDK_BA_TX_START, tid, ba) == 0;
		ba->refused = !ba->active;
		if (ba->active)
			vap_ba_ask(sc, tid);
	} else if (want == VAP_BA_RUN && ba->active) {
		if (vap_ba_call(sc, PDK_BA_TX_RUN, tid, ba) != 0)
			want = VAP_BA_STOP;
	}
	if (want == VAP_BA_STOP && ba->active) {
		(void)vap_ba_call(sc, PDK_BA_TX_STOP, tid, ba);
		ba->active = false;
	}
}

/* WORKER. */
static void
vap_bas(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int tid;

	if (sc->sc_joined != VAP_ASSOC || vap_is_dead(sc))
		return;
	for (tid = 0; tid < PDK80211_NTID; tid++) {
		vap_ba_rx(sc, tid);
		vap_ba_tx(sc, tid);
	}
}

/* ---- reception ---- */

static uint16_t
vap_freq(uint8_t ieee)
{
	return (ieee80211_ieee2mhz(ieee, ieee <= 14 ? IEEE80211_CHAN_2GHZ :
	    IEEE80211_CHAN_5GHZ));
}

static uint8_t
vap_rx_rate_code(const struct pdk80211_rxinfo *rxi)
{
	return (rxi->flags & PDK_RX_HT ? rxi->mcs | IEEE80211_RATE_MCS : rxi->rate);
}

static void
vap_rx_tap(struct pdk80211_softc *sc, const struct pdk80211_rxinfo *rxi)
{
	struct vap_rxtap *tap = &sc->sc_rxtap;

	tap->tsft = htole64(rxi->tsf);
	tap->flags = rxi->flags & PDK_RX_SHPREAMBLE ? IEEE80211_RADIOTAP_F_SHORTPRE : 0;
	tap->rate = vap_rx_rate_code(rxi);
	tap->chan_freq = htole16(vap_freq(rxi->chan));
	tap->chan_flags = htole16(rxi->chan <= 14 ? IEEE80211_CHAN_2GHZ : IEEE80211_CHAN_5GHZ);
	tap->signal = rxi->rssi;
	tap->noise = rxi->noise;
}

static void
vap_rx_describe(struct vap_rx *rx, const struct pdk80211_rxinfo *rxi)
{
	int8_t noise = rxi->noise != 0 ? rxi->noise : VAP_NOISE;

	memset(rx, 0, sizeof(*rx));
	vap_rx_channel(rx, rxi->chan, vap_freq(rxi->chan));
	vap_rx_signal(rx, (uint8_t)MAX(0, MIN(2 * (rxi->rssi - noise), INT8_MAX)), noise);
	vap_rx_rate(rx, vap_rx_rate_code(rxi), (rxi->flags & PDK_RX_HT) != 0, rxi->width,
	    rxi->tsf);
	if (rxi->flags & PDK_RX_DECRYPTED)
		vap_rx_decrypted(rx);
}

/* The key that the stack will choose for a Protected frame with room for the cipher's header. */
static struct ieee80211_key *
vap_rx_key(struct ieee80211_node *ni, const struct mbuf *m, int hdrlen)
{
	const uint8_t *frame = mtod(m, const uint8_t *);
	const struct ieee80211_frame *wh = (const struct ieee80211_frame *)frame;

	if (IEEE80211_IS_MULTICAST(wh->i_addr1) || IEEE80211_KEY_UNDEFINED(&ni->ni_ucastkey))
		return (&ni->ni_vap->iv_nw_keys[frame[hdrlen + IEEE80211_WEP_IVLEN] >> 6]);
	return (&ni->ni_ucastkey);
}

/*
 * Tell the cipher, whose only sign is a flag of the key, whether this frame is still to be
 * decrypted: the hardware has a key a little later than the stack, and loses it sooner.
 * sc_rxmtx is held until the frame is through, so that no other frame changes the flag; a frame
 * taken for decrypted that is not would pass unchecked.
 */
static bool
vap_rx_cipher(struct ieee80211_node *ni, struct mbuf *m, const struct pdk80211_rxinfo *rxi)
{
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);
	int hdrlen = ieee80211_anyhdrsize(wh);
	struct ieee80211_key *k;

	if ((wh->i_fc[1] & IEEE80211_FC1_PROTECTED) == 0)
		return (true);
	if (ni == NULL || m->m_len < hdrlen + IEEE80211_WEP_IVLEN + IEEE80211_WEP_KIDLEN)
		return (false);
	k = vap_rx_key(ni, m, hdrlen);
	if (k->wk_cipher->ic_cipher != IEEE80211_CIPHER_AES_CCM)
		return ((rxi->flags & PDK_RX_DECRYPTED) == 0);
	if (rxi->flags & PDK_RX_DECRYPTED)
		k->wk_flags &= ~IEEE80211_KEY_SWDECRYPT;
	else
		k->wk_flags |= IEEE80211_KEY_SWDECRYPT;
	return (true);
}

static bool
vap_is_beacon_of(const struct mbuf *m, const struct ieee80211_node *ni)
{
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);

	return (ni != NULL && ni == ni->ni_vap->iv_bss &&
	    ni->ni_vap->iv_state >= IEEE80211_S_RUN &&
	    (wh->i_fc[0] & (IEEE80211_FC0_TYPE_MASK | IEEE80211_FC0_SUBTYPE_MASK)) ==
	    (IEEE80211_FC0_TYPE_MGT | IEEE80211_FC0_SUBTYPE_BEACON));
}

/* Takes the frame. */
static void
vap_rx_node(struct pdk80211_softc *sc, struct ieee80211_node *ni, struct mbuf *m,
    const struct pdk80211_rxinfo *rxi)
{
	bool beacon = vap_is_beacon_of(m, ni);
	struct vap_rx rx;

	vap_mtx_lock(&sc->sc_rxmtx);
	if (vap_rx_cipher(ni, m, rxi)) {
		vap_rx_describe(&rx, rxi);
		vap_rx_tap(sc, rxi);
		vap_input(&sc->sc_ic, ni, m, &rx);
	} else {
		m_freem(m);
	}
	vap_mtx_unlock(&sc->sc_rxmtx);
	if (beacon)
		vap_heard_beacon(sc, ni->ni_vap);
}

/* The glue, unless it is being taken away or not there yet. */
static struct pdk80211_softc *
vap_alive(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_sc(dev);
	bool gone;

	if (sc == NULL)
		return (NULL);
	pdk_lock(dev);
	gone = sc->sc_gone;
	pdk_unlock(dev);
	return (gone ? NULL : sc);
}

void
pdk80211_rx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_rxinfo *rxi)
{
	struct pdk80211_softc *sc = vap_alive(dev);
	struct ieee80211_node *ni;
	vap_up_t up;

	if (sc == NULL || m->m_pkthdr.len < (int)sizeof(struct ieee80211_frame_min) ||
	    m->m_len < ieee80211_anyhdrsize(mtod(m, void *)) ||
	    (rxi->flags & PDK_RX_MICFAIL) != 0) {
		m_freem(m);
		return;
	}
	vap_up_enter(up);
	ni = ieee80211_find_rxnode(&sc->sc_ic, mtod(m, const struct ieee80211_frame_min *));
	vap_rx_node(sc, ni, m, rxi);
	if (ni != NULL)
		ieee80211_free_node(ni);
	vap_up_exit(up);
}

/* ---- what else the core tells ---- */

/* The stack's rate control learns; or, if it is the core's, ifconfig(8) does. */
static void
vap_tx_learn(struct pdk80211_softc *sc, struct ieee80211_node *ni, const struct mbuf *m,
    const struct pdk80211_txstat *st)
{
	if ((sc->sc_caps.flags & PDK_CAP_RATECTL) == 0)
		vap_ratectl_done(ni, st->ok != 0, m->m_pkthdr.len,
		    st->tries > 0 ? st->tries - 1 : 0);
	else if (st->rate != 0)
		vap_node_set_rate(ni, st->rate);
	else if (st->ampdu)
		vap_node_set_rate(ni, st->mcs | IEEE80211_RATE_MCS);
}

/* Also after pdk80211_detach() has begun: the frames in the queues come back then. */
void
pdk80211_tx_done(struct pdk_dev *dev, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *st)
{
	struct ieee80211_node *ni = cookie;
	vap_up_t up;

	vap_count_mgmt(vap_sc(dev), m, -1);
	vap_up_enter(up);
	vap_tx_learn(vap_sc(dev), ni, m, st);
	ieee80211_tx_complete(ni, m, st->ok ? 0 : 1);
	vap_up_exit(up);
}

void
pdk80211_tx_ready(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);

	if (sc == NULL)
		return;
	vap_mtx_lock(&sc->sc_txmtx);
	sc->sc_full = false;
	vap_mtx_unlock(&sc->sc_txmtx);
	vap_start(sc);
}

/*
 * Only for a scan that the stack waits for: told of the end of an aborted one, it would take it
 * for that of the next.
 */
void
pdk80211_scan_done(struct pdk_dev *dev, int aborted __unused)
{
	struct pdk80211_softc *sc = vap_sc(dev);
	bool tell;

	if (sc == NULL)
		return;
	pdk_lock(dev);
	tell = sc->sc_scanwait && !sc->sc_gone;
	sc->sc_scanning = sc->sc_scanwait = false;
	pdk_wake(dev, &sc->sc_scanwc);
	pdk_unlock(dev);
	if (tell)
		ieee80211_runtask(&sc->sc_ic, &sc->sc_scan_task);
}

void
pdk80211_beacon_miss(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);
	vap_up_t up;

	if (sc == NULL)
		return;
	vap_up_enter(up);
	ieee80211_beacon_miss(&sc->sc_ic);
	vap_up_exit(up);
}

/* The core has stopped already; the peer has to hear of it. */
void
pdk80211_ba_done(struct pdk_dev *dev, enum pdk80211_baop op, int tid, int error __unused)
{
	struct pdk80211_softc *sc = vap_alive(dev);
	struct ieee80211_node *ni;
	vap_up_t up;

	if (sc == NULL || tid < 0 || tid >= PDK80211_NTID)
		return;
	pdk_lock(dev);
	if (op == PDK_BA_RX_STOP)
		sc->sc_barx[tid].active = false;
	else
		sc->sc_batx[tid].active = false;
	pdk_unlock(dev);
	vap_up_enter(up);
	if (op == PDK_BA_RX_STOP) {
		vap_delba_rx(sc, tid);
	} else if ((ni = vap_bss_ref(sc)) != NULL) {
		ieee80211_ampdu_stop(ni, &ni->ni_tx_ampdu[tid], IEEE80211_REASON_UNSPECIFIED);
		ieee80211_free_node(ni);
	}
	vap_up_exit(up);
}

/* thread: suspend_all waits for ic_tq, which waits for WORKER. */
static void
vap_rfkill(void *arg, int pending __unused)
{
	struct pdk80211_softc *sc = arg;
	bool blocked, asleep;

	pdk_lock(sc->sc_dev);
	blocked = sc->sc_rfkill;
	asleep = sc->sc_asleep;
	pdk_unlock(sc->sc_dev);
	if (blocked)
		ieee80211_suspend_all(&sc->sc_ic);
	ieee80211_notify_radio(&sc->sc_ic, !blocked);
	if (!blocked && !asleep)
		ieee80211_resume_all(&sc->sc_ic);
}

void
pdk80211_rfkill(struct pdk_dev *dev, int blocked)
{
	struct pdk80211_softc *sc = vap_alive(dev);
	bool changed;

	if (sc == NULL)
		return;
	pdk_lock(dev);
	changed = sc->sc_rfkill != (blocked != 0);
	sc->sc_rfkill = blocked != 0;
	pdk_unlock(dev);
	if (changed)
		vap_thread_enqueue(&sc->sc_rfkill_task);
}

/* Is there another try?  Locked. */
static bool
vap_may_restart(struct pdk80211_softc *sc)
{
	uint64_t now = pdk_uptime_ms();

	if (now - sc->sc_restart_ms > VAP_RESTART_MS) {
		sc->sc_restart_ms = now;
		sc->sc_restarts = 0;
	}
	return (++sc->sc_restarts <= VAP_RESTARTS);
}

/* thread, as vap_rfkill(): down, and up if there is another try. */
static void
vap_restart(void *arg, int pending __unused)
{
	struct pdk80211_softc *sc = arg;
	bool again, quiet;

	pdk_lock(sc->sc_dev);
	again = vap_may_restart(sc);
	quiet = sc->sc_rfkill || sc->sc_asleep;
	pdk_unlock(sc->sc_dev);
	ieee80211_suspend_all(&sc->sc_ic);
	(void)pdk_call(sc->sc_dev, vap_call_down, sc);
	if (!again)
		pdk_fail(sc->sc_dev, EIO, "the firmware died %d times within %d s",
		    VAP_RESTARTS + 1, VAP_RESTART_MS / 1000);
	else if (!quiet)
		ieee80211_resume_all(&sc->sc_ic);
}

void
pdk80211_restart(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);

	if (sc == NULL)
		return;
	pdk_lock(dev);
	sc->sc_dead = true;
	pdk_wake(dev, &sc->sc_scanwc);
	pdk_wake(dev, &sc->sc_mgmtwc);
	pdk_unlock(dev);
	vap_thread_enqueue(&sc->sc_restart_task);
}

/* CONFIG: the system goes to sleep, or is awake again. */
static void
vap_power(struct pdk_dev *dev, int on)
{
	struct pdk80211_softc *sc = vap_sc(dev);
	bool blocked;

	pdk_lock(dev);
	sc->sc_asleep = !on;
	blocked = sc->sc_rfkill;
	pdk_unlock(dev);
	if (!on) {
		ieee80211_suspend_all(&sc->sc_ic);
		(void)pdk_call(dev, vap_call_down, sc);
	} else if (!blocked) {
		ieee80211_resume_all(&sc->sc_ic);
	}
}

/* ---- the VAP ---- */

static void
vap_override(struct pdk80211_softc *sc, struct vap_vap *vv)
{
	struct ieee80211vap *vap = &vv->vv_vap;

	vv->vv_newstate = vap->iv_newstate;
	vap->iv_newstate = vap_newstate;
	vap->iv_key_set = vap_key_set;
	vap->iv_key_delete = vap_key_delete;
	vap->iv_ampdu_rxmax = sc->sc_caps.ampdu & 0x3;
	vap->iv_ampdu_density = (sc->sc_caps.ampdu >> 2) & 0x7;
}

static struct ieee80211vap *
vap_create(struct ieee80211com *ic, const char name[IFNAMSIZ], int unit,
    enum ieee80211_opmode opmode, int flags, const uint8_t bssid[IEEE80211_ADDR_LEN],
    const uint8_t mac[IEEE80211_ADDR_LEN])
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	struct vap_vap *vv;

	if (!TAILQ_EMPTY(&ic->ic_vaps) || opmode != IEEE80211_M_STA)
		return (NULL);
	vv = pdk_zalloc(sizeof(*vv), PDK_WAITOK);
	if (ieee80211_vap_setup(ic, &vv->vv_vap, name, unit, opmode, flags, bssid) != 0) {
		pdk_free(vv, sizeof(*vv));
		return (NULL);
	}
	vap_override(sc, vv);
	if ((sc->sc_caps.flags & PDK_CAP_RATECTL) == 0)
		ieee80211_ratectl_init(&vv->vv_vap);
	ieee80211_vap_attach(&vv->vv_vap, ieee80211_media_change, ieee80211_media_status, mac);
	ic->ic_opmode = opmode;
	return (&vv->vv_vap);
}

/* After ieee80211_vap_detach() no task finds the VAP; wait for those that have found it. */
static void
vap_delete(struct ieee80211vap *vap)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);

	vap_flush(sc);
	if ((sc->sc_caps.flags & PDK_CAP_RATECTL) == 0)
		ieee80211_ratectl_deinit(vap);
	ieee80211_vap_detach(vap);
	ieee80211_draintask(&sc->sc_ic, &sc->sc_scan_task);
	ieee80211_draintask(&sc->sc_ic, &sc->sc_lost_task);
	pdk_worker_drain(sc->sc_dev);
	pdk_free(vap, sizeof(struct vap_vap));
}

/* ---- attach ---- */

struct vap_chanlist {
	struct ieee80211_channel *chans;
	int			  n, max;
};

/*
 * One mode of a channel.  Powers are left at 0: the radio keeps to limits of its own, and does
 * not tell them.
 */
static void
vap_add_mode(struct vap_chanlist *l, const struct pdk80211_chan *pc, uint32_t mode, int ext)
{
	struct ieee80211_channel *c;

	if (l->n >= l->max)
		return;
	c = &l->chans[l->n++];
	memset(c, 0, sizeof(*c));
	c->ic_freq = pc->freq;
	c->ic_ieee = pc->num;
	c->ic_extieee = ext != 0 ? pc->num + 4 * ext : 0;
	c->ic_flags = mode;
	if (pc->flags & (PDK_CH_PASSIVE | PDK_CH_DFS))
		c->ic_flags |= IEEE80211_CHAN_PASSIVE;
	if (pc->flags & PDK_CH_DFS)
		c->ic_flags |= IEEE80211_CHAN_DFS;
}

static void
vap_add_chan(struct vap_chanlist *l, const struct pdk80211_chan *pc, bool ht)
{
	bool low = pc->freq < 3000;
	uint32_t base = low ? IEEE80211_CHAN_G : IEEE80211_CHAN_A;

	if (low)
		vap_add_mode(l, pc, IEEE80211_CHAN_B, 0);
	if (low && pc->num == 14)	/* Japan's, without OFDM */
		return;
	vap_add_mode(l, pc, base, 0);
	if (!ht)
		return;
	vap_add_mode(l, pc, base | IEEE80211_CHAN_HT20, 0);
	if (pc->flags & PDK_CH_HT40U)
		vap_add_mode(l, pc, base | IEEE80211_CHAN_HT40U, 1);
	if (pc->flags & PDK_CH_HT40D)
		vap_add_mode(l, pc, base | IEEE80211_CHAN_HT40D, -1);
}

static void
vap_getradiocaps(struct ieee80211com *ic, int max, int *n, struct ieee80211_channel chans[])
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	struct vap_chanlist l = { .chans = chans, .n = 0, .max = max };
	int i;

	for (i = 0; i < sc->sc_caps.nchans; i++)
		vap_add_chan(&l, &sc->sc_chans[i], sc->sc_caps.htcaps != 0);
	*n = l.n;
}

static void
vap_set_caps(struct pdk80211_softc *sc)
{
	struct ieee80211com *ic = &sc->sc_ic;
	const struct pdk80211_caps *caps = &sc->sc_caps;

	ic->ic_phytype = IEEE80211_T_OFDM;
	ic->ic_opmode = IEEE80211_M_STA;
	ic->ic_caps = IEEE80211_C_STA | IEEE80211_C_WPA | IEEE80211_C_WME | IEEE80211_C_PMGT |
	    IEEE80211_C_SHSLOT | IEEE80211_C_SHPREAMBLE | IEEE80211_C_BGSCAN;
	ic->ic_flags_ext |= IEEE80211_FEXT_SCAN_OFFLOAD;
	vap_seqno_offload(ic);
	ic->ic_rxstream = caps->rx_chains;
	ic->ic_txstream = caps->tx_chains;
	if (caps->htcaps != 0)
		ic->ic_htcaps = IEEE80211_HTC_HT | caps->htcaps |
		    (sc->sc_ops->ba != NULL ? IEEE80211_HTC_AMPDU : 0);
	if (caps->flags & PDK_CAP_HW_CCMP)
		ic->ic_cryptocaps = IEEE80211_CRYPTO_AES_CCM;
	memcpy(ic->ic_macaddr, caps->mac, IEEE80211_ADDR_LEN);
	vap_getradiocaps(ic, IEEE80211_CHAN_MAX, &ic->ic_nchans, ic->ic_channels);
}

static void
vap_set_methods(struct ieee80211com *ic)
{
	ic->ic_vap_create = vap_create;
	ic->ic_vap_delete = vap_delete;
	ic->ic_parent = vap_parent;
	ic->ic_transmit = vap_transmit;
	ic->ic_raw_xmit = vap_raw_xmit;
	ic->ic_getradiocaps = vap_getradiocaps;
	ic->ic_scan_start = vap_scan_start;
	ic->ic_scan_end = vap_scan_end;
	ic->ic_scan_curchan = vap_scan_curchan;
	ic->ic_scan_mindwell = vap_scan_mindwell;
	ic->ic_set_channel = vap_update_none;	/* join and scan choose the channel */
	ic->ic_update_mcast = vap_update_none;
	ic->ic_update_promisc = vap_update_none;
	ic->ic_updateslot = vap_updateslot;
	ic->ic_update_chw = vap_update_chw;
	ic->ic_wme.wme_update = vap_wme_update;
}

static void
vap_set_ba_methods(struct pdk80211_softc *sc)
{
	struct ieee80211com *ic = &sc->sc_ic;

	sc->sc_ampdu_rx_start = ic->ic_ampdu_rx_start;
	sc->sc_ampdu_rx_stop = ic->ic_ampdu_rx_stop;
	sc->sc_ampdu_enable = ic->ic_ampdu_enable;
	sc->sc_addba_request = ic->ic_addba_request;
	sc->sc_addba_response = ic->ic_addba_response;
	sc->sc_addba_stop = ic->ic_addba_stop;
	sc->sc_addba_timeout = ic->ic_addba_response_timeout;
	ic->ic_ampdu_rx_start = vap_ampdu_rx_start;
	ic->ic_ampdu_rx_stop = vap_ampdu_rx_stop;
	ic->ic_ampdu_enable = vap_ampdu_enable;
	ic->ic_addba_request = vap_addba_request;
	ic->ic_addba_response = vap_addba_response;
	ic->ic_addba_stop = vap_addba_stop;
	ic->ic_addba_response_timeout = vap_addba_timeout;
}

static void
vap_init_tasks(struct pdk80211_softc *sc)
{
	pdk_task_init(sc->sc_dev, &sc->sc_update_task, vap_update, sc);
	pdk_task_init(sc->sc_dev, &sc->sc_key_task, vap_keys, sc);
	pdk_task_init(sc->sc_dev, &sc->sc_ba_task, vap_bas, sc);
	TASK_INIT(&sc->sc_scan_task, 0, vap_scan_done, sc);
	TASK_INIT(&sc->sc_lost_task, 0, vap_lost, sc);
	TASK_INIT(&sc->sc_rfkill_task, 0, vap_rfkill, sc);
	TASK_INIT(&sc->sc_restart_task, 0, vap_restart, sc);
}

/* When the device is gone, and with it whoever could make an upcall. */
static void
vap_free(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_sc(dev);

	vap_mtx_destroy(&sc->sc_txmtx);
	vap_mtx_destroy(&sc->sc_rxmtx);
	pdk_free(sc->sc_chans, sc->sc_caps.nchans * sizeof(sc->sc_chans[0]));
	pdk_free(sc, sizeof(*sc));
	vap_sc_set(dev, NULL);
}

static struct pdk80211_softc *
vap_alloc(struct pdk_dev *dev, const struct pdk80211_ops *ops, const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *sc = pdk_zalloc(sizeof(*sc), PDK_WAITOK);

	sc->sc_dev = dev;
	sc->sc_ops = ops;
	sc->sc_caps = *caps;
	sc->sc_chans = pdk_zalloc(caps->nchans * sizeof(sc->sc_chans[0]), PDK_WAITOK);
	memcpy(sc->sc_chans, caps->chans, caps->nchans * sizeof(sc->sc_chans[0]));
	vap_queue_init(&sc->sc_queue);
	vap_mtx_init(&sc->sc_txmtx, vap_unit(dev), "pdk80211 transmit");
	vap_mtx_init(&sc->sc_rxmtx, vap_unit(dev), "pdk80211 receive");
	vap_init_tasks(sc);
	return (sc);
}

int
pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *sc;
	struct ieee80211com *ic;

	if (vap_sc(dev) != NULL)
		return (EBUSY);
	if (caps->nchans == 0 || IEEE80211_IS_MULTICAST(caps->mac) || ops->up == NULL ||
	    ops->down == NULL || ops->scan == NULL || ops->join == NULL ||
	    ops->assoc == NULL || ops->leave == NULL || ops->tx == NULL)
		return (EINVAL);
	sc = vap_alloc(dev, ops, caps);
	ic = &sc->sc_ic;
	ic->ic_softc = sc;
	ic->ic_name = vap_unit(dev);
	vap_set_caps(sc);
	ieee80211_ifattach(ic);
	vap_set_methods(ic);
	vap_set_ba_methods(sc);
	ieee80211_radiotap_attach(ic, &sc->sc_txtap.hdr, sizeof(sc->sc_txtap),
	    VAP_TXTAP_PRESENT, &sc->sc_rxtap.hdr, sizeof(sc->sc_rxtap), VAP_RXTAP_PRESENT);
	vap_sc_set(dev, sc);
	vap_hooks(dev, vap_power, vap_free);
	if (bootverbose)
		ieee80211_announce(ic);
	return (0);
}

/*
 * CONFIG.  The VAP goes, and with it, by ic_parent, the radio; a restart that is under way ends
 * before, and none begins.  What is left may be in use by an upcall: vap_free() frees it.
 */
void
pdk80211_detach(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);

	if (sc == NULL)
		return;
	pdk_lock(dev);
	sc->sc_gone = true;
	pdk_unlock(dev);
	vap_thread_drain(&sc->sc_restart_task);
	vap_thread_drain(&sc->sc_rfkill_task);
	ieee80211_ifdetach(&sc->sc_ic);
	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_update_task);
	pdk_task_cancel(&sc->sc_key_task);
	pdk_task_cancel(&sc->sc_ba_task);
	pdk_unlock(dev);
	(void)pdk_call(dev, vap_call_down, sc);
}
