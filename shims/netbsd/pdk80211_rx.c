/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_rx.c - frames in: radiotap, decrypted frames, net80211's input.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

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
	struct pdk80211_softc *w = wlan_hold(dev);
	struct ieee80211com *ic;
	struct ieee80211_node *ni;
	int s;

	if (w == NULL || m->m_pkthdr.len < (int)sizeof(struct ieee80211_frame_min)) {
		m_freem(m);
		if (w != NULL)
			wlan_release(w);
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
	wlan_notice_changes(w);
	net_exit(s);
	wlan_release(w);
}
