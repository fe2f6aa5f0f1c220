/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_rx.c - reception, in BH and WORKER.
 *
 * Manual pages: ieee80211_input(9), ieee80211_crypto(9), ieee80211_radiotap(9).
 */
#include "pdk80211_vap.h"

#define VAP_NOISE	(-95)		/* dBm, where the core knows none */
#define VAP_MICLEN	8		/* of CCMP */

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
 * The stack's CCMP cuts a MIC off, which a frame that the hardware has decrypted has no more.
 * False: no memory, and the frame is as it was.
 */
static bool
vap_rx_add_mic(struct mbuf **mp)
{
	struct mbuf *m = *mp, *n;
	int len = m->m_pkthdr.len;

	if (M_TRAILINGSPACE(m) < VAP_MICLEN) {
		n = pdk_mbuf_rxalloc(len + VAP_MICLEN);
		if (n == NULL)
			return (false);
		m_copydata(m, 0, len, mtod(n, caddr_t));
		m_freem(m);
		*mp = m = n;
	}
	memset(mtod(m, char *) + len, 0, VAP_MICLEN);
	m->m_len = m->m_pkthdr.len = len + VAP_MICLEN;
	return (true);
}

/*
 * Tell the cipher, whose only sign is a flag of the key, whether this frame is still to be
 * decrypted: the hardware has a key a little later than the stack, and loses it sooner.
 * sc_rxmtx is held until the frame is through, so that no other frame changes the flag; a frame
 * taken for decrypted that is not would pass unchecked.  False: it is to be dropped; else *mp may be
 * another mbuf now.
 */
static bool
vap_rx_cipher(struct pdk80211_softc *sc, struct ieee80211_node *ni, struct mbuf **mp,
    const struct pdk80211_rxinfo *rxi)
{
	struct mbuf *m = *mp;
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
	vap_key_flag(sc, k, IEEE80211_KEY_SWDECRYPT, (rxi->flags & PDK_RX_DECRYPTED) == 0);
	return ((rxi->flags & PDK_RX_DECRYPTED) == 0 || vap_rx_add_mic(mp));
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
	if (vap_rx_cipher(sc, ni, &m, rxi)) {
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
struct pdk80211_softc *
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
