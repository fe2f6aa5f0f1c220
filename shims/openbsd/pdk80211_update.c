/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_update.c - what changes while associated: noted in net80211's hooks, told by a task.
 */
#include "pdk80211_openbsd.h"

/* WORKER. */
void
wifi_update_task(void *arg)
{
	struct wifi *w = arg;
	struct pdk80211_bss b;
	int s, what, error;

	if (!w->assoc || w->ops->update == NULL)
		return;
	s = splnet();
	what = w->what;
	w->what = 0;
	wifi_snapshot(w, &b);
	splx(s);
	if (what == 0)
		return;
	error = w->ops->update(w->dev, what, &b);
	pdk_assert_unlocked(w->dev);
	if (error != 0 && !w->restart) {
		s = splnet();
		(void)ieee80211_new_state(&w->ic, IEEE80211_S_SCAN, -1);
		splx(s);
	}
}

/* Hooks of net80211 come before RUN, too; then assoc() has it all. */
void
wifi_changed(struct ieee80211com *ic, int what)
{
	struct wifi *w = ic->ic_softc;

	if (!w->assoc)
		return;
	w->what |= what;
	wifi_post(w, &w->update_task);
}

void
wifi_updateslot(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_SLOT);
}

void
wifi_updateedca(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_EDCA);
}

#ifndef WIFI_2016
void
wifi_updateprot(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_PROT | PDK_UPD_HT);
}

/* The width, not another channel. */
void
wifi_updatechan(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_HT);
}

void
wifi_updatedtim(struct ieee80211com *ic)
{
	wifi_changed(ic, PDK_UPD_DTIM);
}
#endif
