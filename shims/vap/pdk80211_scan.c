/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_scan.c - scanning, which the core does by itself.
 *
 * ic_scan_start and ic_scan_end come in ic_tq, unlocked.  Manual page: ieee80211_scan(9).
 */
#include "pdk80211_vap.h"

#define VAP_NIES	64		/* octets of elements for probe requests, but the user's */
#define VAP_ABORT_MS	5000		/* for an aborted scan to end */

struct vap_scanarg {
	struct pdk80211_softc	*sc;
	struct pdk80211_scan	 scan;
	struct pdk80211_chan	 chans[UINT8_MAX];
	uint8_t			 ies[VAP_NIES + IEEE80211_MAX_APPIE];
};

/* The stack's list has a channel once for each mode; the core goes there once. */
static void
vap_scan_chans(const struct ieee80211_scan_state *ss, struct vap_scanarg *a)
{
	struct pdk80211_chan *pc;
	unsigned i, j, n = 0;

	for (i = 0; i < ss->ss_last && n < nitems(a->chans); i++) {
		for (j = 0; j < n; j++)
			if (a->chans[j].freq == ss->ss_chans[i]->ic_freq)
				break;
		if (j < n)
			continue;
		pc = &a->chans[n++];
		vap_snap_chan(ss->ss_chans[i], pc);
		pc->width = 20;
		pc->sco = 0;
	}
	a->scan.chans = a->chans;
	a->scan.nchans = n;
}

static void
vap_scan_ssids(const struct ieee80211_scan_state *ss, struct pdk80211_scan *s)
{
	int i;

	for (i = 0; i < ss->ss_nssid && s->n_ssid < PDK80211_NSSID; i++) {
		if (ss->ss_ssid[i].len == 0 || ss->ss_ssid[i].len > PDK80211_MAXSSID)
			continue;
		s->ssid_len[s->n_ssid] = ss->ss_ssid[i].len;
		memcpy(s->ssid[s->n_ssid], ss->ss_ssid[i].ssid, ss->ss_ssid[i].len);
		s->n_ssid++;
	}
}

/* With the com lock held, under which the user's elements do not change. */
static void
vap_scan_ies(struct pdk80211_softc *sc, struct ieee80211vap *vap, struct vap_scanarg *a)
{
	const struct ieee80211_appie *user = vap->iv_appie_probereq;
	size_t n = 0;

	if (sc->sc_caps.htcaps != 0)
		n = vap_probe_htcap(vap, sc->sc_ic.ic_curchan, a->ies);
	if (user != NULL && user->ie_len <= sizeof(a->ies) - n) {
		memcpy(a->ies + n, user->ie_data, user->ie_len);
		n += user->ie_len;
	}
	a->scan.ies = a->ies;
	a->scan.ies_len = (uint16_t)n;
}

static int
vap_call_scan(void *arg)
{
	struct vap_scanarg *a = arg;
	struct pdk80211_softc *sc = a->sc;
	int error;

	if (!sc->sc_up)
		return (ENETDOWN);
	pdk_lock(sc->sc_dev);
	error = sc->sc_scanning ? EBUSY : 0;
	if (error == 0)
		sc->sc_scanning = sc->sc_scanwait = true;	/* its end may come at once */
	pdk_unlock(sc->sc_dev);
	if (error != 0)
		return (error);
	error = sc->sc_ops->scan(sc->sc_dev, &a->scan);
	if (error == 0)
		return (0);
	pdk_lock(sc->sc_dev);
	sc->sc_scanning = sc->sc_scanwait = false;
	pdk_unlock(sc->sc_dev);
	return (error);
}

/* ic_tq, unlocked. */
static void
vap_scan_start(struct ieee80211com *ic)
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	struct ieee80211_scan_state *ss = ic->ic_scan;
	struct vap_scanarg *a = pdk_zalloc(sizeof(*a), PDK_WAITOK);
	int error;

	a->sc = sc;
	IEEE80211_LOCK(ic);
	vap_scan_chans(ss, a);
	vap_scan_ssids(ss, &a->scan);
	vap_scan_ies(sc, ss->ss_vap, a);
	a->scan.passive = (ss->ss_flags & IEEE80211_SCAN_ACTIVE) == 0;
	a->scan.background = ss->ss_vap->iv_state >= IEEE80211_S_RUN;
	IEEE80211_UNLOCK(ic);
	error = pdk_call(sc->sc_dev, vap_call_scan, a);
	pdk_free(a, sizeof(*a));
	if (error == 0)
		return;
	pdk_printf(sc->sc_dev, "scan: error %d", error);
	ieee80211_runtask(ic, &sc->sc_scan_task);	/* or it would never end */
}

/* The end is waited for: a scan that begins before it would find the core busy. */
static int
vap_call_abort(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int error = 0;
	bool scanning;

	pdk_lock(sc->sc_dev);
	sc->sc_scanwait = false;
	scanning = sc->sc_scanning && !sc->sc_dead;
	pdk_unlock(sc->sc_dev);
	if (!scanning || !sc->sc_up || sc->sc_ops->scan_abort == NULL)
		return (0);
	sc->sc_ops->scan_abort(sc->sc_dev);
	pdk_lock(sc->sc_dev);
	while (sc->sc_scanning && !sc->sc_dead && error == 0)
		error = pdk_wait(sc->sc_dev, &sc->sc_scanwc, VAP_ABORT_MS);
	pdk_unlock(sc->sc_dev);
	return (error);
}

/* ic_tq, unlocked; at the end, too, and when it is cancelled. */
static void
vap_scan_end(struct ieee80211com *ic)
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);

	(void)pdk_call(sc->sc_dev, vap_call_abort, sc);
}

/* The core does these by itself. */
static void
vap_scan_curchan(struct ieee80211_scan_state *ss __unused, unsigned long maxdwell __unused)
{
}

static void
vap_scan_mindwell(struct ieee80211_scan_state *ss __unused)
{
}

/* ic_tq. */
static void
vap_scan_done(void *arg, int pending __unused)
{
	struct ieee80211vap *vap = vap_first(arg);

	if (vap != NULL)
		ieee80211_scan_done(vap);
}

void
vap_scan_attach(struct pdk80211_softc *sc)
{
	struct ieee80211com *ic = &sc->sc_ic;

	TASK_INIT(&sc->sc_scan_task, 0, vap_scan_done, sc);
	ic->ic_scan_start = vap_scan_start;
	ic->ic_scan_end = vap_scan_end;
	ic->ic_scan_curchan = vap_scan_curchan;
	ic->ic_scan_mindwell = vap_scan_mindwell;
}
