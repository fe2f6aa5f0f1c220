/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_rx.h - what is known of a received frame, and where it was heard: the same in all
 * stacks.  For pdk80211_os.h.
 */
#ifndef PDK80211_RX_H
#define PDK80211_RX_H

struct vap_rx {
	struct ieee80211_rx_stats rx_stats;
};

static inline void
vap_rx_channel(struct vap_rx *rx, uint8_t ieee, uint16_t freq)
{
	rx->rx_stats.r_flags |= IEEE80211_R_IEEE | IEEE80211_R_FREQ;
	rx->rx_stats.c_ieee = ieee;
	rx->rx_stats.c_freq = freq;
}

#endif /* PDK80211_RX_H */
