/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_life.c - up and down, a restart of dead firmware, the switch, sleep; all done by WORKER.
 */
#include "pdk80211_openbsd.h"

#define WIFI_RESTARTS		4	/* of the firmware, in */
#define WIFI_RESTART_MS		30000

/* WORKER.  `alive': the firmware is. */
void
wifi_down(struct wifi *w, int alive)
{
	struct ifnet *ifp = &w->ic.ic_if;
	int s;

	if (!w->up)
		return;
	s = splnet();
	w->ns_pending = 0;
	ifp->if_timer = 0;
	if (alive && w->joined)
		(void)w->newstate(&w->ic, IEEE80211_S_INIT, 0);
	splx(s);
	if (alive && w->joined)
		wifi_goodbye(w);
	s = splnet();
	ifp->if_flags &= ~IFF_RUNNING;
	w->up = 0;		/* from here on nothing is passed to the core */
	w->ns_pending = w->restart = w->retry = 0;
	if (w->ic.ic_state != IEEE80211_S_INIT)
		(void)w->newstate(&w->ic, IEEE80211_S_INIT, -1);
	wifi_forget(w);
	splx(s);
	w->ops->down(w->dev);
	pdk_assert_unlocked(w->dev);
	s = splnet();
	w->scanning = 0;
	wifi_set_oactive(ifp, 0);
#ifdef WIFI_2016
	w->ic.ic_scan_lock = IEEE80211_SCAN_UNLOCKED;
#else
	w->ic.ic_xflags &= ~IEEE80211_F_TX_MGMT_ONLY;
#endif
	splx(s);
	pdk_lock(w->dev);
	pdk_timer_stop(&w->retry_timer);
	pdk_timer_stop(&w->ba_timer);
	pdk_timer_stop(&w->amrr_timer);
	pdk_unlock(w->dev);
}

/* WORKER. */
static int
wifi_up(struct wifi *w)
{
	struct ifnet *ifp = &w->ic.ic_if;
	int s, error;

	if (w->up)
		return 0;
	error = w->ops->up(w->dev);
	pdk_assert_unlocked(w->dev);
	if (error != 0) {
		pdk_printf(w->dev, "the radio does not start, error %d", error);
		return error;
	}
	s = splnet();
	w->up = 1;
	w->inflight = 0;
	ifp->if_flags |= IFF_RUNNING;
	wifi_set_oactive(ifp, 0);
	ieee80211_begin_scan(ifp);
	splx(s);
	return 0;
}

/* The firmware has died: is there another try? */
static int
wifi_may_restart(struct wifi *w)
{
	uint64_t now = pdk_uptime_ms();

	if (now - w->restart_first > WIFI_RESTART_MS) {
		w->restart_first = now;
		w->restarts = 0;
	}
	if (++w->restarts <= WIFI_RESTARTS)
		return 1;
	pdk_printf(w->dev, "the firmware has died %u times in %u s; \"ifconfig %s up\" tries again",
	    w->restarts, WIFI_RESTART_MS / 1000, pdk_name(w->dev));
	w->restarts = 0;
	return 0;
}

/*
 * WORKER: make what is follow what is wanted.  IFF_UP stays while a switch or sleep keeps the radio
 * down, so that it comes back by itself.
 */
int
wifi_follow(void *arg)
{
	struct wifi *w = arg;
	struct ifnet *ifp = &w->ic.ic_if;
	int s, restart, reset, retry, want, error = 0;

	s = splnet();
	restart = w->restart;
	reset = w->reset;
	retry = w->retry;
	w->restart = w->reset = w->retry = 0;
	want = (ifp->if_flags & IFF_UP) != 0 && !w->rfkill && !w->asleep;
	splx(s);
	if (!want || restart || reset)
		wifi_down(w, !restart);
	if (want && restart && !wifi_may_restart(w))
		error = EIO;
	else if (want)
		error = wifi_up(w);
	if (error != 0 && !w->rfkill) {		/* up may have found the switch off */
		s = splnet();
		ifp->if_flags &= ~IFF_UP;
		splx(s);
	}
	if (retry && w->up) {
		s = splnet();
		(void)ieee80211_new_state(&w->ic, IEEE80211_S_SCAN, -1);
		splx(s);
	}
	return error;
}

void
wifi_life_task(void *arg)
{
	(void)wifi_follow(arg);
}

void
pdk80211_restart(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);

	if (w == NULL)
		return;
	w->restart = 1;
	wifi_post(w, &w->life_task);
}

void
pdk80211_rfkill(struct pdk_dev *d, int blocked)
{
	struct wifi *w = wifi_of(d);

	if (w == NULL || w->rfkill == (blocked != 0))
		return;
	w->rfkill = blocked != 0;
	pdk_printf(d, "the radio is %s by its switch", blocked ? "disabled" : "enabled");
	wifi_post(w, &w->life_task);
}

/* WORKER. */
void
wifi_sleep(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);

	w->asleep = 1;
	wifi_down(w, 1);
	pdk_lock(d);
	pdk_task_cancel(&w->life_task);
	pdk_unlock(d);
}

void
wifi_wake(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);

	w->asleep = 0;
	(void)wifi_follow(w);
}

/*
 * Not at once to another network: ask the access point, which net80211's management timer waits
 * for, and scan if there is no answer.
 */
void
pdk80211_beacon_miss(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	struct ieee80211com *ic;
	int s;

	if (w == NULL)
		return;
	ic = &w->ic;
	s = splnet();
	if (w->assoc && ic->ic_state == IEEE80211_S_RUN && ic->ic_mgt_timer == 0 && !w->scanning) {
		if ((ic->ic_if.if_flags & IFF_DEBUG) != 0)
			pdk_printf(d, "beacons are missing, asking the access point");
		IEEE80211_SEND_MGMT(ic, ic->ic_bss, IEEE80211_FC0_SUBTYPE_PROBE_REQ, 0);
	}
	splx(s);
}
