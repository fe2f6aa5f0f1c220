/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_task.c - up and down, and the one task that does what was recorded.  All in WORKER.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

/* Have the task do it.  Any context but FILTER, unlocked. */
void
wlan_post(struct pdk80211_softc *w, unsigned todo, unsigned update)
{
	pdk_lock(w->w_dev);
	w->w_todo |= todo;
	w->w_update |= update;
	pdk_task_post(&w->w_task);
	pdk_unlock(w->w_dev);
}

/* EPERM: the radio is switched off; it comes up when that changes. */
int
wlan_up(void *arg)
{
	struct pdk80211_softc *w = arg;
	struct ieee80211com *ic = &w->w_ic;
	int error, s;

	if (w->w_up)
		return 0;
	if (w->w_dev->pd_phase == PDK_P_FAILED)
		return ENXIO;
	pdk_lock(w->w_dev);
	error = w->w_rfkill ? EPERM : 0;
	w->w_todo &= ~(TODO_RESTART | TODO_RESET | TODO_GONE);
	pdk_unlock(w->w_dev);
	if (error == 0)
		error = w->w_ops->up(w->w_dev);
	if (error != 0)
		return error;
	w->w_up = true;
	w->w_dead = false;
	if ((w->w_caps.flags & PDK_CAP_RATECTL) == 0) {
		pdk_lock(w->w_dev);
		pdk_timer_arm(&w->w_amrr_timer, AMRR_MS);
		pdk_unlock(w->w_dev);
	}
	s = net_enter();
	ic->ic_ifp->if_flags |= IFF_RUNNING;
	ic->ic_ifp->if_flags &= ~IFF_OACTIVE;
	if (ic->ic_roaming != IEEE80211_ROAMING_MANUAL)
		ieee80211_new_state(ic, IEEE80211_S_SCAN, 0);
	net_exit(s);
	return 0;
}

int
wlan_down(void *arg)
{
	struct pdk80211_softc *w = arg;
	struct ifnet *ifp = w->w_ic.ic_ifp;
	int s;

	if (!w->w_up)
		return 0;
	wlan_to_init(w, -1);
	s = net_enter();
	ifp->if_flags &= ~(IFF_RUNNING | IFF_OACTIVE);
	ifp->if_timer = 0;
	wlan_drop_held(w);
	net_exit(s);
	w->w_up = w->w_dead = false;
	w->w_ops->down(w->w_dev);
	pdk_lock(w->w_dev);
	pdk_timer_stop(&w->w_amrr_timer);
	w->w_scanning = w->w_rescan = w->w_aborted = false;
	w->w_todo &= ~(TODO_RESTART | TODO_RESET | TODO_GONE);
	w->w_update = w->w_delkeys = 0;
	pdk_unlock(w->w_dev);
	w->w_bgscan = false;
	return 0;
}

/* Down; and up again, if the user wants it up and the radio may be on. */
int
wlan_reset(void *arg)
{
	struct pdk80211_softc *w = arg;
	int error = 0;

	(void)wlan_down(w);
	if ((w->w_ic.ic_ifp->if_flags & IFF_UP) != 0)
		error = wlan_up(w);
	return error == EPERM ? 0 : error;
}

/*
 * WORKER.  One thing after the other, the more thorough first; each may bring new ones.
 */
static bool
follow_one(struct pdk80211_softc *w)
{
	unsigned todo, upd, del;
	enum ieee80211_state nstate;
	int arg, error;

	pdk_lock(w->w_dev);
	todo = w->w_todo;
	del = w->w_delkeys;
	nstate = w->w_nstate;
	arg = w->w_arg;
	w->w_todo = 0;
	pdk_unlock(w->w_dev);
	if ((todo & (TODO_RESTART | TODO_RESET | TODO_RFKILL)) != 0) {
		w->w_dead = (todo & TODO_RESTART) != 0;
		if ((error = wlan_reset(w)) != 0)
			aprint_error_dev(w->w_dev->pd_self, "could not start, error %d\n", error);
		return true;
	}
	if (!w->w_up)
		return false;
	if (del != 0)
		wlan_delete_keys(w);
	if ((todo & TODO_STATE) != 0)
		wlan_set_state(w, nstate, arg);
	pdk_lock(w->w_dev);
	upd = w->w_update;			/* what wlan_set_state() has left of it */
	w->w_update = 0;
	pdk_unlock(w->w_dev);
	if (upd != 0)
		wlan_update(w, upd);
	if ((todo & TODO_BGSCAN) != 0 && w->w_joined)
		wlan_scan_start(w, true);
	if ((todo & TODO_RATES) != 0)
		wlan_rate_choose(w);
	return todo != 0 || upd != 0 || del != 0;
}

void
wlan_follow(void *arg)
{
	while (follow_one(arg))
		continue;
}
