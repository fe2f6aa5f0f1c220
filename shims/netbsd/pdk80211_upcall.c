/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_upcall.c - what the core tells beside frames; none is let in when the interface
 * goes.  BH or WORKER.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

/* NULL: not attached any more. */
struct pdk80211_softc *
wlan_hold(struct pdk_dev *dev)
{
	struct pdk80211_softc *w;

	pdk_lock(dev);
	if ((w = dev->pd_80211) != NULL)
		w->w_refs++;
	pdk_unlock(dev);
	return w;
}

void
wlan_release(struct pdk80211_softc *w)
{
	struct pdk_dev *dev = w->w_dev;

	pdk_lock(dev);
	if (--w->w_refs == 0)
		cv_broadcast(&w->w_refs_cv);
	pdk_unlock(dev);
}

void
pdk80211_beacon_miss(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = wlan_hold(dev);
	int s;

	if (w == NULL)
		return;
	s = net_enter();
	ieee80211_beacon_miss(&w->w_ic);
	net_exit(s);
	wlan_release(w);
}

/* There are no agreements in this stack, so none can end. */
void
pdk80211_ba_done(struct pdk_dev *dev, enum pdk80211_baop op, int tid, int error)
{
}

void
pdk80211_rfkill(struct pdk_dev *dev, int blocked)
{
	struct pdk80211_softc *w = wlan_hold(dev);
	bool changed;

	if (w == NULL)
		return;
	pdk_lock(dev);
	changed = w->w_rfkill != (blocked != 0);
	w->w_rfkill = blocked != 0;
	if (changed) {
		w->w_todo |= TODO_RFKILL;
		pdk_task_post(&w->w_task);
	}
	pdk_unlock(dev);
	if (changed)
		aprint_normal_dev(dev->pd_self, "radio switched %s\n", blocked ? "off" : "on");
	wlan_release(w);
}

void
pdk80211_restart(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = wlan_hold(dev);

	if (w == NULL)
		return;
	wlan_post(w, TODO_RESTART, 0);
	wlan_release(w);
}
