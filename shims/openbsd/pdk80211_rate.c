/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_rate.c - rate control for a core that does none: ieee80211_amrr.
 */
#include "pdk80211_openbsd.h"

/* 0: the core chooses. */
uint8_t
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

/* For ifconfig's "media", and for AMRR. */
void
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

/* TIMER. */
void
wifi_amrr(void *arg)
{
	struct wifi *w = arg;

	if (w->ic.ic_state != IEEE80211_S_RUN)
		return;
	if (w->ic.ic_fixed_rate == -1)
		ieee80211_amrr_choose(&w->amrr, w->ic.ic_bss, &w->amn);
	pdk_timer_arm(&w->amrr_timer, WIFI_AMRR_MS);
}
