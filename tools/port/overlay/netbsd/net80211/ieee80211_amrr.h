/* SPDX-License-Identifier: BSD-2-Clause */
/* ieee80211_amrr.h: rate control by success and retries, for drivers whose hardware has none. */
#ifndef OVERLAY_NET80211_IEEE80211_AMRR_H
#define OVERLAY_NET80211_IEEE80211_AMRR_H

#define IEEE80211_AMRR_MIN_SUCCESS_THRESHOLD	1
#define IEEE80211_AMRR_MAX_SUCCESS_THRESHOLD	15

struct ieee80211_amrr {
	u_int	amrr_min_success_threshold;
	u_int	amrr_max_success_threshold;
};

struct ieee80211_amrr_node {
	u_int	amn_success;
	u_int	amn_recovery;
	u_int	amn_success_threshold;
	u_int	amn_txcnt;
	u_int	amn_retrycnt;
};

void	ieee80211_amrr_node_init(struct ieee80211_amrr *, struct ieee80211_amrr_node *);
void	ieee80211_amrr_choose(struct ieee80211_amrr *, struct ieee80211_node *,
	    struct ieee80211_amrr_node *);

#endif /* OVERLAY_NET80211_IEEE80211_AMRR_H */
