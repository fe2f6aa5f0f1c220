/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_scan.c - scans: what is looked for, the end of one, an abort; in the background, too.
 */
#include "pdk80211_openbsd.h"

#define WIFI_ABORT_MS		2000	/* a scan that is aborted ends within */

static void
wifi_add_ssid(struct pdk80211_scan *sc, const uint8_t *ssid, int len)
{
	if (len <= 0 || len > PDK80211_MAXSSID || sc->n_ssid == PDK80211_NSSID)
		return;
	sc->ssid_len[sc->n_ssid] = len;
	memcpy(sc->ssid[sc->n_ssid++], ssid, len);
}

/* The network that is wanted and those of the auto-join list: hidden ones answer to their names. */
static void
wifi_scan_ssids(struct wifi *w, struct pdk80211_scan *sc)
{
#ifndef WIFI_2016
	struct ieee80211_ess *ess;
#endif

	wifi_add_ssid(sc, w->ic.ic_des_essid, w->ic.ic_des_esslen);
#ifndef WIFI_2016
	TAILQ_FOREACH(ess, &w->ic.ic_ess, ess_next)
		if (ess->esslen != w->ic.ic_des_esslen ||
		    memcmp(ess->essid, w->ic.ic_des_essid, ess->esslen) != 0)
			wifi_add_ssid(sc, ess->essid, ess->esslen);
#endif
}

/* WORKER.  scan_done may come before ops->scan() returns. */
int
wifi_scan(struct wifi *w, int background)
{
	struct pdk80211_scan sc;
	uint8_t ies[64];
	int s, error;

	memset(&sc, 0, sizeof(sc));
	sc.background = background;
	sc.nchans = w->caps.nchans;
	sc.chans = w->chans;
	sc.ies = ies;
	s = splnet();
	wifi_scan_ssids(w, &sc);
#ifndef WIFI_2016
	if ((w->ic.ic_modecaps & 1 << IEEE80211_MODE_11N) != 0)
		sc.ies_len = ieee80211_add_htcaps(ies, &w->ic) - ies;
	/* The last association may have left the mode at one band's. */
	if (IFM_SUBTYPE(w->ic.ic_media.ifm_cur->ifm_media) == IFM_AUTO)
		ieee80211_setmode(&w->ic, IEEE80211_MODE_AUTO);
#endif
	w->scanning = 1;
	splx(s);
	error = w->ops->scan(w->dev, &sc);
	pdk_assert_unlocked(w->dev);
	if (error != 0)
		w->scanning = 0;
	return error;
}

/* WORKER.  Until nothing scans any more. */
void
wifi_scan_abort(struct wifi *w)
{
	uint64_t end = pdk_uptime_ms() + WIFI_ABORT_MS;

	if (!w->scanning)
		return;
	w->ops->scan_abort(w->dev);
	pdk_assert_unlocked(w->dev);
	pdk_lock(w->dev);
	while (w->scanning && pdk_uptime_ms() < end)
		(void)pdk_wait(w->dev, &w->wchan, WIFI_ABORT_MS);
	w->scanning = 0;
	pdk_unlock(w->dev);
}

#ifndef WIFI_2016
/* WORKER. */
void
wifi_bgscan_task(void *arg)
{
	struct wifi *w = arg;
	int s;

	if (w->up && w->assoc && !w->scanning && wifi_scan(w, 1) == 0)
		return;
	s = splnet();
	w->ic.ic_flags &= ~IEEE80211_F_BGSCAN;
	splx(s);
}

/* net80211 sets F_BGSCAN when this has returned 0. */
int
wifi_bgscan_start(struct ieee80211com *ic)
{
	struct wifi *w = ic->ic_softc;

	if (!w->assoc || w->scanning || w->ns_pending)
		return EBUSY;
	wifi_post(w, &w->bgscan_task);
	return 0;
}

/*
 * A background scan has ended.  net80211 may have chosen another access point: it then has said
 * good-bye to the one of now, and goes over when the last reference to the node is given back.  If
 * that was given back already (the core did not take the frame), one more makes it happen.
 */
static void
wifi_bgscan_done(struct wifi *w, int aborted)
{
	struct ieee80211com *ic = &w->ic;

	if (aborted) {
		ic->ic_flags &= ~IEEE80211_F_BGSCAN;
		return;
	}
	ieee80211_end_scan(&ic->ic_if);
	if (ic->ic_bss->ni_unref_cb != NULL && ic->ic_bss->ni_refcnt == 0)
		ieee80211_release_node(ic, ieee80211_ref_node(ic->ic_bss));
}
#endif

void
pdk80211_scan_done(struct pdk_dev *d, int aborted __unused)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL)
		return;
	wifi_flush(d);
	s = splnet();
	w->scanning = 0;
	pdk_lock(d);
	pdk_wake(d, &w->wchan);
	pdk_unlock(d);
	/* Aborted by us: something else is wanted.  By the core: choose from what was heard. */
	if (w->up && w->ic.ic_state == IEEE80211_S_SCAN && !w->ns_pending)
		ieee80211_end_scan(&w->ic.ic_if);
#ifndef WIFI_2016
	else if (w->up && w->ic.ic_state == IEEE80211_S_RUN &&
	    (w->ic.ic_flags & IEEE80211_F_BGSCAN) != 0)
		wifi_bgscan_done(w, aborted);
#endif
	splx(s);
}
