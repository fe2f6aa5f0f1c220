/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_tx.c - transmission.
 *
 * ic_transmit and ic_raw_xmit must not sleep; frames wait in sc_queue, with sc_txmtx, which is held
 * across ops->tx() and so makes it one at a time.
 *
 * Manual pages: ieee80211_output(9), ieee80211_crypto(9), ieee80211_radiotap(9), ieee80211_amrr(9).
 */
#include "pdk80211_vap.h"

#define VAP_QUEUE	256		/* frames that wait for the core */

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

void
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
void
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
	if (k->wk_cipher->ic_cipher == IEEE80211_CIPHER_AES_CCM)
		vap_key_flag(sc, k, IEEE80211_KEY_SWENCRYPT, !hw);
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
void
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
void
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

void
vap_set_running(struct pdk80211_softc *sc, bool running)
{
	vap_mtx_lock(&sc->sc_txmtx);
	sc->sc_running = running;
	vap_mtx_unlock(&sc->sc_txmtx);
}

void
vap_tx_attach(struct pdk80211_softc *sc)
{
	vap_queue_init(&sc->sc_queue);
	sc->sc_ic.ic_transmit = vap_transmit;
	sc->sc_ic.ic_raw_xmit = vap_raw_xmit;
}
