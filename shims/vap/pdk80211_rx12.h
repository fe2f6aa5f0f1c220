/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_rx12.h - what is told of a frame received or sent, in the form that FreeBSD's stack has
 * had since 12; NetBSD's renewal has it, too.  For pdk80211_os.h, behind struct vap_rx.
 */
#ifndef PDK80211_RX12_H
#define PDK80211_RX12_H

static inline void
vap_ratectl_done(struct ieee80211_node *ni, bool ok, int len, int retries)
{
	struct ieee80211_ratectl_tx_status st = {
		.flags = IEEE80211_RATECTL_STATUS_PKTLEN | IEEE80211_RATECTL_STATUS_LONG_RETRY,
		.status = ok ? IEEE80211_RATECTL_TX_SUCCESS : IEEE80211_RATECTL_TX_FAIL_LONG,
		.pktlen = len,
		.long_retries = retries,
	};

	ieee80211_ratectl_tx_complete(ni, &st);
}

/* `rssi` is in units of 0.5 dB above `noise`, which is in dBm. */
static inline void
vap_rx_signal(struct vap_rx *rx, uint8_t rssi, int8_t noise)
{
	rx->rx_stats.r_flags |= IEEE80211_R_RSSI | IEEE80211_R_NF;
	rx->rx_stats.c_rssi = rssi;
	rx->rx_stats.c_nf = (uint8_t)noise;
}

static inline void
vap_rx_rate(struct vap_rx *rx, uint8_t rate, bool ht, int width, uint64_t tsf)
{
	rx->rx_stats.r_flags |= IEEE80211_R_TSF64;
	rx->rx_stats.c_rx_tsf = tsf;
	rx->rx_stats.c_rate = rate;
	rx->rx_stats.c_width = width == 40 ? IEEE80211_RX_FW_40MHZ : IEEE80211_RX_FW_20MHZ;
	if (ht)
		rx->rx_stats.c_pktflags |= IEEE80211_RX_F_HT;
}

/* The key is found by the CCMP header, which is there still: nothing is "stripped". */
static inline void
vap_rx_decrypted(struct vap_rx *rx)
{
	rx->rx_stats.c_pktflags |= IEEE80211_RX_F_DECRYPTED;
}

/* Takes the frame; `ni` may be NULL. */
static inline void
vap_input(struct ieee80211com *ic, struct ieee80211_node *ni, struct mbuf *m,
    const struct vap_rx *rx)
{
	if (ieee80211_add_rx_params(m, &rx->rx_stats) == 0)
		m_freem(m);
	else if (ni != NULL)
		(void)ieee80211_input_mimo(ni, m);
	else
		(void)ieee80211_input_mimo_all(ic, m);
}

#endif /* PDK80211_RX12_H */
