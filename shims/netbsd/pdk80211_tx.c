/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_tx.c - frames out: if_start, encapsulation, encryption; what becomes of a frame.
 *
 * One frame at a time goes to ops->tx().  One that is refused for want of room is kept, and goes
 * first next time.  After a leave none is taken.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

#define GOODBYE_MS	100	/* for the last frames to get away before a leave */

static void
discard(struct pdk80211_softc *w, struct mbuf *m, struct ieee80211_node *ni)
{
	COUNT(w->w_ic.ic_ifp, if_oerrors);
	m_freem(m);
	ieee80211_free_node(ni);
}

void
wlan_drop_held(struct pdk80211_softc *w)
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
void
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

/* The lock is the device's; what is waited for is told by w_wchan. */
void
wlan_await_sent(struct pdk80211_softc *w)
{
	uint64_t end = pdk_uptime_ms() + GOODBYE_MS, now;

	pdk_lock(w->w_dev);
	while (!w->w_dead && w->w_inflight != 0 && (now = pdk_uptime_ms()) < end)
		(void)pdk_wait(w->w_dev, &w->w_wchan, end - now);
	pdk_unlock(w->w_dev);
}

void
pdk80211_tx_done(struct pdk_dev *dev, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *stat)
{
	struct pdk80211_softc *w = wlan_hold(dev);
	int s;

	m_freem(m);
	if (w == NULL)
		return;
	s = net_enter();
	if (stat->ok)
		COUNT(w->w_ic.ic_ifp, if_opackets);
	else
		COUNT(w->w_ic.ic_ifp, if_oerrors);
	wlan_rate_learn(w, cookie, stat);
	ieee80211_free_node(cookie);
	net_exit(s);
	pdk_lock(dev);
	if (--w->w_inflight == 0)
		pdk_wake(dev, &w->w_wchan);
	pdk_unlock(dev);
	wlan_release(w);
}

void
pdk80211_tx_ready(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = wlan_hold(dev);
	int s;

	if (w == NULL)
		return;
	s = net_enter();
	w->w_ic.ic_ifp->if_flags &= ~IFF_OACTIVE;
	wlan_start(w->w_ic.ic_ifp);
	net_exit(s);
	wlan_release(w);
}
