/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_state.c - net80211's states and the core's operations for them.
 *
 * A state is recorded, not queued: only the last one is wanted.  This is also true of a
 * transition to the same state: AUTH to AUTH joins again, SCAN to SCAN is how net80211 asks
 * for the next channel, and here starts the scan of all.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

static void
leave(struct pdk80211_softc *w)
{
	int s;

	if (!w->w_joined)
		return;
	wlan_scan_stop(w);				/* one in the background */
	w->w_joined = false;
	w->w_ops->leave(w->w_dev);
	pdk_lock(w->w_dev);
	w->w_update = w->w_delkeys = 0;
	pdk_unlock(w->w_dev);
	w->w_hwkeys = 0;			/* they went with the network */
	s = net_enter();
	wlan_drop_held(w);
	w->w_ic.ic_ifp->if_flags &= ~IFF_OACTIVE;
	net_exit(s);
}

static bool
restarting(struct pdk80211_softc *w)
{
	bool is;

	pdk_lock(w->w_dev);
	is = (w->w_todo & TODO_RESTART) != 0;
	pdk_unlock(w->w_dev);
	return is;
}

/* join, assoc or update has failed: look for another network, unless all begins anew anyway. */
static void
give_up_network(struct pdk80211_softc *w, const char *what, int error)
{
	struct ieee80211com *ic = &w->w_ic;
	int s;

	if (restarting(w))
		return;
	aprint_error_dev(w->w_dev->pd_self, "%s failed, error %d\n", what, error);
	leave(w);
	s = net_enter();
	(void)w->w_newstate(ic, IEEE80211_S_INIT, -1);
	if (ic->ic_roaming == IEEE80211_ROAMING_AUTO)
		ieee80211_new_state(ic, IEEE80211_S_SCAN, 0);
	net_exit(s);
}

int
wlan_join(struct pdk80211_softc *w)
{
	int error, s;

	wlan_scan_stop(w);
	leave(w);
	s = net_enter();
	wlan_describe_bss(w);
	net_exit(s);
	if ((error = w->w_ops->join(w->w_dev, &w->w_bss)) != 0)
		give_up_network(w, "join", error);
	w->w_joined = error == 0;
	return error;
}

static int
assoc(struct pdk80211_softc *w)
{
	int error, s;

	if (!w->w_joined)
		return ENOTCONN;
	pdk_lock(w->w_dev);
	w->w_update = 0;			/* what has changed up to now is in it */
	pdk_unlock(w->w_dev);
	s = net_enter();
	wlan_describe_bss(w);
	net_exit(s);
	if ((error = w->w_ops->assoc(w->w_dev, &w->w_bss)) != 0)
		give_up_network(w, "association", error);
	return error;
}

void
wlan_update(struct pdk80211_softc *w, unsigned what)
{
	int error, s;
	bool run;

	s = net_enter();
	run = w->w_joined && w->w_ic.ic_state == IEEE80211_S_RUN;
	if (run)
		wlan_describe_bss(w);
	net_exit(s);
	if (run && w->w_ops->update != NULL &&
	    (error = w->w_ops->update(w->w_dev, what, &w->w_bss)) != 0)
		give_up_network(w, "update", error);
}

static int
call_stack(struct pdk80211_softc *w, enum ieee80211_state nstate, int arg)
{
	int error, s = net_enter();

	error = w->w_newstate(&w->w_ic, nstate, arg);
	net_exit(s);
	return error;
}

/*
 * net80211 says goodbye to the access point in its own function: first that, while the core can
 * still send, then leave().
 */
void
wlan_to_init(struct pdk80211_softc *w, int arg)
{
	wlan_scan_stop(w);
	(void)call_stack(w, IEEE80211_S_INIT, arg);
	if (w->w_joined)
		wlan_await_sent(w);
	leave(w);
}

/*
 * From any other state net80211's function calls ic_newstate once more, for the first channel
 * of its list: that is the request to scan.
 */
static void
to_scan(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	leave(w);
	if (ostate == IEEE80211_S_SCAN)
		wlan_scan_start(w, false);
	else
		(void)call_stack(w, IEEE80211_S_SCAN, arg);
}

/*
 * From RUN: an authentication frame from the access point, for which nothing is to be done; or it
 * has deauthenticated us; or, with -1, another network was chosen.  For that net80211 would
 * send nothing, as it would from SCAN.
 */
static void
to_auth(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	int s;

	if (ostate != IEEE80211_S_RUN || arg != IEEE80211_FC0_SUBTYPE_AUTH) {
		if (wlan_join(w) != 0)
			return;
		s = net_enter();
		if (ostate == IEEE80211_S_RUN && arg == -1)
			w->w_ic.ic_state = IEEE80211_S_SCAN;
		net_exit(s);
	}
	(void)call_stack(w, IEEE80211_S_AUTH, arg);
}

/* From RUN: disassociated, but still authenticated. */
static void
to_assoc(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	if (ostate == IEEE80211_S_RUN ? wlan_join(w) == 0 : w->w_joined)
		(void)call_stack(w, IEEE80211_S_ASSOC, arg);
}

static void
to_run(struct pdk80211_softc *w, enum ieee80211_state ostate, int arg)
{
	if (ostate == IEEE80211_S_RUN || assoc(w) == 0)
		(void)call_stack(w, IEEE80211_S_RUN, arg);
}

void
wlan_set_state(struct pdk80211_softc *w, enum ieee80211_state nstate, int arg)
{
	enum ieee80211_state ostate = w->w_ic.ic_state;	/* only WORKER changes it, and ioctl */

	switch (nstate) {
	case IEEE80211_S_INIT:
		wlan_to_init(w, arg);
		break;
	case IEEE80211_S_SCAN:
		to_scan(w, ostate, arg);
		break;
	case IEEE80211_S_AUTH:
		to_auth(w, ostate, arg);
		break;
	case IEEE80211_S_ASSOC:
		to_assoc(w, ostate, arg);
		break;
	case IEEE80211_S_RUN:
		to_run(w, ostate, arg);
		break;
	}
}

/*
 * For a scan that a user asks for, net80211 sets the state to INIT behind our back.  When a
 * network is in service this is undone, and the scan is one in the background.
 */
int
wlan_newstate(struct ieee80211com *ic, enum ieee80211_state nstate, int arg)
{
	struct pdk80211_softc *w = IC2W(ic);
	bool background = nstate == IEEE80211_S_SCAN && ic->ic_state == IEEE80211_S_INIT &&
	    w->w_joined && IEEE80211_NODE_AID(ic->ic_bss) != 0;

	if (background)
		ic->ic_state = IEEE80211_S_RUN;
	pdk_lock(w->w_dev);
	if (background) {
		w->w_todo |= TODO_BGSCAN;
	} else {
		w->w_todo |= TODO_STATE;
		w->w_nstate = nstate;
		w->w_arg = arg;
	}
	pdk_task_post(&w->w_task);
	pdk_unlock(w->w_dev);
	return 0;
}
