/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_state.c - net80211's states and the core's operations for them.
 *
 * ic_newstate records the last wish and returns; the task does the core's part (scan, join, assoc,
 * leave) and then calls the stack's own function, which sends the frames.
 */
#include "pdk80211_openbsd.h"

#define WIFI_GOODBYE_MS		100	/* for the last frames to leave before the radio does */
#define WIFI_RETRY_MS		1000	/* until the next scan after a failure of the core */

/* What belongs to the network that is left; splnet. */
void
wifi_forget(struct wifi *w)
{
	unsigned i;

	w->joined = w->assoc = 0;
	w->hw_ptk = 0;
	w->hw_keys = 0;
	w->ptk_gen++;
	w->nkeyop = 0;
	explicit_bzero(w->keyop, sizeof(w->keyop));
	w->rx_start = w->rx_stop = w->tx_want = w->tx_run = w->tx_stop = w->tx_asked = 0;
	memset(w->tx_frames, 0, sizeof(w->tx_frames));
	memset(w->tx_next, 0, sizeof(w->tx_next));
	w->what = 0;
#ifndef WIFI_2016
	w->ic.ic_flags &= ~IEEE80211_F_BGSCAN;
#endif
	for (i = 0; i < WIFI_NHELD; i++)
		wifi_frame_drop(w, &w->held[i]);
}

/* WORKER.  Frames that are in the core's queues come back meanwhile. */
static void
wifi_leave(struct wifi *w)
{
	int s, joined;

	s = splnet();
	joined = w->joined;
	wifi_forget(w);
	splx(s);
	if (!joined)
		return;
	w->ops->leave(w->dev);
	pdk_assert_unlocked(w->dev);
	s = splnet();
	wifi_set_oactive(&w->ic.ic_if, 0);
	splx(s);
}

/* WORKER.  The good-bye that the stack has sent shall get out before the core forgets it. */
void
wifi_goodbye(struct wifi *w)
{
	uint64_t end = pdk_uptime_ms() + WIFI_GOODBYE_MS;

	pdk_lock(w->dev);
	while (w->inflight != 0 && pdk_uptime_ms() < end)
		(void)pdk_wait(w->dev, &w->wchan, WIFI_GOODBYE_MS);
	pdk_unlock(w->dev);
}

static int
wifi_join(struct wifi *w)
{
	struct pdk80211_bss b;
	int s, error;

	wifi_scan_abort(w);
	wifi_leave(w);
	s = splnet();
	wifi_snapshot(w, &b);
	splx(s);
	error = w->ops->join(w->dev, &b);
	pdk_assert_unlocked(w->dev);
	w->joined = 1;		/* so that leave is called after an error, too */
	return error;
}

static int
wifi_assoc(struct wifi *w)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	struct pdk80211_bss b;
	int s, error;

	s = splnet();
	ni->ni_txrate = 0;
#ifndef WIFI_2016
	ni->ni_txmcs = 0;
#endif
	wifi_snapshot(w, &b);
	w->what = 0;
	splx(s);
	error = w->ops->assoc(w->dev, &b);
	pdk_assert_unlocked(w->dev);
	if (error == 0)
		w->assoc = 1;
	return error;
}

/* The first scan, and the next round of one. */
static int
wifi_to_scan(struct wifi *w)
{
	int s;

	if (w->scanning)
		return 0;
	wifi_leave(w);
	s = splnet();
	ieee80211_set_link_state(&w->ic, LINK_STATE_DOWN);
#ifndef WIFI_2016
	ieee80211_node_cleanup(&w->ic, w->ic.ic_bss);
#endif
	w->ic.ic_state = IEEE80211_S_SCAN;
	splx(s);
	return wifi_scan(w, 0);
}

/* The core's part of a change of state.  `before': the stack's part has been done already. */
static int
wifi_change(struct wifi *w, enum ieee80211_state ns, int arg, int *before)
{
	enum ieee80211_state os = w->ic.ic_state;
	int s;

	switch (ns) {
	case IEEE80211_S_INIT:
		/* The stack takes leave of the access point: while the core is still joined. */
		s = splnet();
		(void)w->newstate(&w->ic, ns, arg);
		splx(s);
		*before = 1;
		if (w->joined)
			wifi_goodbye(w);
		wifi_scan_abort(w);
		wifi_leave(w);
		return 0;
	case IEEE80211_S_SCAN:
		/*
		 * From INIT and from SCAN it is the scan itself.  From the others the stack
		 * starts one, which comes here again.  SCAN to SCAN is the next round.
		 */
		if (os == IEEE80211_S_INIT || os == IEEE80211_S_SCAN) {
			*before = 1;
			return wifi_to_scan(w);
		}
		wifi_scan_abort(w);
		wifi_leave(w);
		return 0;
	case IEEE80211_S_AUTH:
		/* AUTH to AUTH: another access point, or the same once more. */
		return wifi_join(w);
	case IEEE80211_S_ASSOC:
		/* From RUN: the access point has dissociated us, the core is to be joined only. */
		return os == IEEE80211_S_RUN || !w->joined ? wifi_join(w) : 0;
	case IEEE80211_S_RUN:
		return w->joined ? wifi_assoc(w) : ENOTCONN;
	default:
		return EINVAL;
	}
}

static void
wifi_retry_later(struct wifi *w)
{
	pdk_lock(w->dev);
	pdk_timer_arm(&w->retry_timer, WIFI_RETRY_MS);
	pdk_unlock(w->dev);
}

/* In RUN now: what waits for that. */
static void
wifi_running(struct wifi *w)
{
	if ((w->caps.flags & PDK_CAP_RATECTL) != 0)
		return;
	ieee80211_amrr_node_init(&w->amrr, &w->amn);
	pdk_lock(w->dev);
	pdk_timer_arm(&w->amrr_timer, WIFI_AMRR_MS);
	pdk_unlock(w->dev);
}

/*
 * WORKER.  While the core works, another change may be asked for; it has been posted then, and the
 * stack's part of this one is not done any more.
 */
void
wifi_state_task(void *arg)
{
	struct wifi *w = arg;
	enum ieee80211_state ns;
	int s, mgt, error, before = 0;

	s = splnet();
	ns = w->ns;
	mgt = w->ns_arg;
	if (!w->ns_pending || !w->up || w->restart) {
		w->ns_pending = 0;
		splx(s);
		return;
	}
	w->ns_pending = 0;
	splx(s);
	error = wifi_change(w, ns, mgt, &before);
	if (error != 0) {
		wifi_leave(w);
		if (!w->restart)
			wifi_retry_later(w);
		return;
	}
	s = splnet();
	if (!before && !w->ns_pending && !w->restart) {
		(void)w->newstate(&w->ic, ns, mgt);
		if (ns == IEEE80211_S_RUN && w->ic.ic_state == ns)
			wifi_running(w);
	}
	splx(s);
}

/* Any context.  The last wish counts. */
int
wifi_newstate(struct ieee80211com *ic, enum ieee80211_state ns, int arg)
{
	struct wifi *w = ic->ic_softc;
	int s;

	if (!w->up)
		return ns == IEEE80211_S_INIT ? w->newstate(ic, ns, arg) : 0;
	s = splnet();
	w->ns = ns;
	w->ns_arg = arg;
	w->ns_pending = 1;
	wifi_post(w, &w->state_task);
	splx(s);
	return 0;
}

/* TIMER: the lock is held. */
void
wifi_retry(void *arg)
{
	struct wifi *w = arg;

	w->retry = 1;
	pdk_task_post(&w->life_task);
}
