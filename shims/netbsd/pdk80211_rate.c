/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_rate.c - rate control for a core that does none: AMRR, and the node that has its
 * numbers.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

#include <sys/malloc.h>

/* TIMER, with the lock; net80211 must not be entered with it. */
void
wlan_rate_timeout(void *arg)
{
	struct pdk80211_softc *w = arg;

	w->w_todo |= TODO_RATES;
	pdk_task_post(&w->w_task);
	pdk_timer_arm(&w->w_amrr_timer, AMRR_MS);
}

void
wlan_rate_choose(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	struct wlan_node *wn;
	int s = net_enter();

	if (ic->ic_state == IEEE80211_S_RUN &&
	    ic->ic_fixed_rate == IEEE80211_FIXED_RATE_NONE) {
		wn = (struct wlan_node *)ic->ic_bss;
		ieee80211_amrr_choose(&w->w_amrr, ic->ic_bss, &wn->wn_amrr);
	}
	net_exit(s);
}

/* In net80211: count for AMRR, or tell the user the rate that the core has chosen. */
void
wlan_rate_learn(struct pdk80211_softc *w, struct ieee80211_node *ni,
    const struct pdk80211_txstat *stat)
{
	struct wlan_node *wn = (struct wlan_node *)ni;
	int i;

	if ((w->w_caps.flags & PDK_CAP_RATECTL) == 0) {
		wn->wn_amrr.amn_txcnt++;
		wn->wn_amrr.amn_retrycnt += stat->tries > 1 || !stat->ok;
		return;
	}
	for (i = 0; i < ni->ni_rates.rs_nrates; i++)
		if ((ni->ni_rates.rs_rates[i] & IEEE80211_RATE_VAL) == stat->rate)
			ni->ni_txrate = i;
}

struct ieee80211_node *
wlan_node_alloc(struct ieee80211_node_table *nt)
{
	struct wlan_node *wn;

	wn = malloc(sizeof(*wn), M_80211_NODE, M_NOWAIT | M_ZERO);
	return wn != NULL ? &wn->wn_node : NULL;
}

/* Begin at 36 Mb/s or less. */
void
wlan_newassoc(struct ieee80211_node *ni, int isnew)
{
	struct pdk80211_softc *w = IC2W(ni->ni_ic);

	ieee80211_amrr_node_init(&w->w_amrr, &((struct wlan_node *)ni)->wn_amrr);
	ni->ni_txrate = MAX(ni->ni_rates.rs_nrates, 1) - 1;
	while (ni->ni_txrate > 0 &&
	    (ni->ni_rates.rs_rates[ni->ni_txrate] & IEEE80211_RATE_VAL) > 72)
		ni->ni_txrate--;
}
