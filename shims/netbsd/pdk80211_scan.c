/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_scan.c - scans: what is looked for, the end of one, an abort.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

#define ABORT_MS	2000

void
wlan_scan_stop(struct pdk80211_softc *w)
{
	uint64_t end = pdk_uptime_ms() + ABORT_MS, now;
	bool scanning;

	pdk_lock(w->w_dev);
	scanning = w->w_scanning;
	w->w_aborted = scanning;
	w->w_rescan = false;
	pdk_unlock(w->w_dev);
	if (!scanning || w->w_dead)
		return;
	w->w_ops->scan_abort(w->w_dev);
	pdk_lock(w->w_dev);
	while (w->w_scanning && (now = pdk_uptime_ms()) < end)
		(void)pdk_wait(w->w_dev, &w->w_wchan, end - now);
	pdk_unlock(w->w_dev);
}

/* What net80211 wants to hear, for the core to look for by itself. */
static void
describe_scan(struct pdk80211_softc *w, bool background)
{
	struct ieee80211com *ic = &w->w_ic;
	struct pdk80211_scan *sc = &w->w_scan;
	const struct pdk80211_chan *c;
	unsigned i;

	memset(sc, 0, sizeof(*sc));
	if (ic->ic_des_esslen != 0) {
		sc->n_ssid = 1;
		sc->ssid_len[0] = MIN(ic->ic_des_esslen, PDK80211_MAXSSID);
		memcpy(sc->ssid[0], ic->ic_des_essid, sc->ssid_len[0]);
	}
	for (i = 0; i < w->w_caps.nchans; i++) {
		c = &w->w_chans[i];
		if (isset(ic->ic_chan_active, c->num) && (ic->ic_des_chan == IEEE80211_CHAN_ANYC ||
		    ic->ic_des_chan == &ic->ic_channels[c->num] || background))
			w->w_scanchans[sc->nchans++] = *c;
	}
	sc->chans = w->w_scanchans;
	sc->passive = !background && (ic->ic_flags & IEEE80211_F_ASCAN) == 0;
	sc->background = background;
	sc->ies_len = MIN(ic->ic_opt_ie_len, sizeof(w->w_scanies));
	if (sc->ies_len != 0)
		memcpy(w->w_scanies, ic->ic_opt_ie, sc->ies_len);
	sc->ies = w->w_scanies;
}

/* In net80211: the scan has ended, or never began. */
static void
scan_ended(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;

	if (w->w_bgscan) {
		w->w_bgscan = false;
		ieee80211_notify_scan_done(ic);
	} else if ((ic->ic_flags & IEEE80211_F_SCAN) != 0) {
		ieee80211_end_scan(ic);		/* may join, or begin the next one */
	}
}

void
wlan_scan_start(struct pdk80211_softc *w, bool background)
{
	int error, s;
	bool busy;

	pdk_lock(w->w_dev);
	busy = w->w_scanning;
	w->w_rescan = busy && !background;
	w->w_scanning = true;
	w->w_aborted = busy && w->w_aborted;
	pdk_unlock(w->w_dev);
	if (busy)
		return;
	s = net_enter();
	describe_scan(w, background);
	w->w_bgscan = background;
	w->w_ic.ic_scan.nt_scangen += background;
	net_exit(s);
	error = w->w_scan.nchans != 0 ? w->w_ops->scan(w->w_dev, &w->w_scan) : ENXIO;
	if (error == 0)
		return;
	pdk_lock(w->w_dev);
	w->w_scanning = false;
	pdk_unlock(w->w_dev);
	aprint_error_dev(w->w_dev->pd_self, "scan failed, error %d\n", error);
	s = net_enter();
	if (w->w_bgscan) {
		scan_ended(w);			/* who asked is waiting for it */
	} else {
		w->w_ic.ic_mgt_timer = IEEE80211_TRANS_WAIT;	/* try again then */
		w->w_ic.ic_ifp->if_timer = 1;
	}
	net_exit(s);
}

void
pdk80211_scan_done(struct pdk_dev *dev, int aborted)
{
	struct pdk80211_softc *w = wlan_hold(dev);
	bool tell, again;
	int s;

	if (w == NULL)
		return;
	pdk_lock(dev);
	tell = w->w_scanning && !w->w_aborted;
	again = tell && w->w_rescan;
	w->w_scanning = w->w_aborted = w->w_rescan = false;
	pdk_wake(dev, &w->w_wchan);
	pdk_unlock(dev);
	s = net_enter();
	if (again)
		ieee80211_new_state(&w->w_ic, IEEE80211_S_SCAN, -1);
	else if (tell)
		scan_ended(w);
	net_exit(s);
	wlan_release(w);
}
