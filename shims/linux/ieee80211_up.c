/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ieee80211_up.c - frames and events that the core passes up: checked, counted, and given to the
 * station layer.
 */
#include "softc.h"
#include "ieee80211.h"

#define COUNT(w, what, n)	\
	atomic_fetch_add_explicit(&(w)->counts.what, n, memory_order_relaxed)

void
pdk80211_rx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_rxinfo *rxi)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_rx);
	w = shim_80211(sc, __func__);
	(void)shim_mbuf_buf(sc, m, R_pdk80211_rx);
	COUNT(w, rx, 1);
	COUNT(w, rx_bytes, (unsigned)m->m_pkthdr.len);
	hyp_trace(sc->hyp, "80211", "rx", (uint64_t)m->m_pkthdr.len, rxi->chan);
	if (w->sta != NULL)
		sta_rx(w->sta, m, rxi);
	else
		m_freem(m);
}

void
pdk80211_tx_done(struct pdk_dev *dev, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *st)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_tx_done);
	w = shim_80211(sc, __func__);
	if (st->ok)
		COUNT(w, tx_ok, 1);
	else
		COUNT(w, tx_failed, 1);
	m_freem(m);
	if (w->sta != NULL)
		sta_tx_done(w->sta, cookie, st);
}

void
pdk80211_tx_ready(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_upcall);
	w = shim_80211(sc, __func__);
	if (w->sta != NULL)
		sta_tx_ready(w->sta);
}

void
pdk80211_scan_done(struct pdk_dev *dev, int aborted)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_upcall);
	w = shim_80211(sc, __func__);
	COUNT(w, scans, 1);
	hyp_trace(sc->hyp, "80211", "scan done", (uint64_t)aborted, 0);
	if (w->sta != NULL)
		sta_scan_done(w->sta, aborted != 0);
}

void
pdk80211_beacon_miss(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_upcall);
	w = shim_80211(sc, __func__);
	COUNT(w, beacon_miss, 1);
	hyp_trace(sc->hyp, "80211", "beacon miss", 0, 0);
	if (w->sta != NULL)
		sta_beacon_miss(w->sta);
}

void
pdk80211_ba_done(struct pdk_dev *dev, enum pdk80211_baop op, int tid, int error)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_upcall);
	w = shim_80211(sc, __func__);
	COUNT(w, ba, 1);
	hyp_trace(sc->hyp, "80211", "ba done", (uint64_t)op << 8 | (uint64_t)tid,
	    (uint64_t)error);
	if (w->sta != NULL && tid >= 0)
		sta_ba_done(w->sta, op, (unsigned)tid);
}
