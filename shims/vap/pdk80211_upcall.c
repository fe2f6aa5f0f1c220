/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_upcall.c - what else the core tells: frames done, scans done, beacons missed, rfkill,
 * restart.
 *
 * BH or WORKER, without a lock.  They must not wait for ic_tq, which may be waiting for WORKER:
 * what does that goes to the system's own task queue ("thread").
 *
 * Manual pages: ieee80211(9), ieee80211_proto(9).
 */
#include "pdk80211_vap.h"

#define VAP_RESTARTS	5		/* within VAP_RESTART_MS; after that the radio stays down */
#define VAP_RESTART_MS	60000

/* The stack's rate control learns; or, if it is the core's, ifconfig(8) does. */
static void
vap_tx_learn(struct pdk80211_softc *sc, struct ieee80211_node *ni, const struct mbuf *m,
    const struct pdk80211_txstat *st)
{
	if ((sc->sc_caps.flags & PDK_CAP_RATECTL) == 0)
		vap_ratectl_done(ni, st->ok != 0, m->m_pkthdr.len,
		    st->tries > 0 ? st->tries - 1 : 0);
	else if (st->rate != 0)
		vap_node_set_rate(ni, st->rate);
	else if (st->ampdu)
		vap_node_set_rate(ni, st->mcs | IEEE80211_RATE_MCS);
}

/* Also after pdk80211_detach() has begun: the frames in the queues come back then. */
void
pdk80211_tx_done(struct pdk_dev *dev, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *st)
{
	struct ieee80211_node *ni = cookie;
	vap_up_t up;

	vap_count_mgmt(vap_sc(dev), m, -1);
	vap_up_enter(up);
	vap_tx_learn(vap_sc(dev), ni, m, st);
	ieee80211_tx_complete(ni, m, st->ok ? 0 : 1);
	vap_up_exit(up);
}

void
pdk80211_tx_ready(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);

	if (sc == NULL)
		return;
	vap_mtx_lock(&sc->sc_txmtx);
	sc->sc_full = false;
	vap_mtx_unlock(&sc->sc_txmtx);
	vap_start(sc);
}

/*
 * Only for a scan that the stack waits for: told of the end of an aborted one, it would take it
 * for that of the next.
 */
void
pdk80211_scan_done(struct pdk_dev *dev, int aborted __unused)
{
	struct pdk80211_softc *sc = vap_sc(dev);
	bool tell;

	if (sc == NULL)
		return;
	pdk_lock(dev);
	tell = sc->sc_scanwait && !sc->sc_gone;
	sc->sc_scanning = sc->sc_scanwait = false;
	pdk_wake(dev, &sc->sc_scanwc);
	pdk_unlock(dev);
	if (tell)
		ieee80211_runtask(&sc->sc_ic, &sc->sc_scan_task);
}

void
pdk80211_beacon_miss(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);
	vap_up_t up;

	if (sc == NULL)
		return;
	vap_up_enter(up);
	ieee80211_beacon_miss(&sc->sc_ic);
	vap_up_exit(up);
}

/* The core has stopped already; the peer has to hear of it. */
void
pdk80211_ba_done(struct pdk_dev *dev, enum pdk80211_baop op, int tid, int error __unused)
{
	struct pdk80211_softc *sc = vap_alive(dev);
	struct ieee80211_node *ni;
	vap_up_t up;

	if (sc == NULL || tid < 0 || tid >= PDK80211_NTID)
		return;
	pdk_lock(dev);
	if (op == PDK_BA_RX_STOP)
		sc->sc_barx[tid].active = false;
	else
		sc->sc_batx[tid].active = false;
	pdk_unlock(dev);
	vap_up_enter(up);
	if (op == PDK_BA_RX_STOP) {
		vap_delba_rx(sc, tid);
	} else if ((ni = vap_bss_ref(sc)) != NULL) {
		ieee80211_ampdu_stop(ni, &ni->ni_tx_ampdu[tid], IEEE80211_REASON_UNSPECIFIED);
		ieee80211_free_node(ni);
	}
	vap_up_exit(up);
}

/* thread: suspend_all waits for ic_tq, which waits for WORKER. */
static void
vap_rfkill(void *arg, int pending __unused)
{
	struct pdk80211_softc *sc = arg;
	bool blocked, asleep;

	pdk_lock(sc->sc_dev);
	blocked = sc->sc_rfkill;
	asleep = sc->sc_asleep;
	pdk_unlock(sc->sc_dev);
	if (blocked)
		ieee80211_suspend_all(&sc->sc_ic);
	ieee80211_notify_radio(&sc->sc_ic, !blocked);
	if (!blocked && !asleep)
		ieee80211_resume_all(&sc->sc_ic);
}

void
pdk80211_rfkill(struct pdk_dev *dev, int blocked)
{
	struct pdk80211_softc *sc = vap_alive(dev);
	bool changed;

	if (sc == NULL)
		return;
	pdk_lock(dev);
	changed = sc->sc_rfkill != (blocked != 0);
	sc->sc_rfkill = blocked != 0;
	pdk_unlock(dev);
	if (changed)
		vap_thread_enqueue(&sc->sc_rfkill_task);
}

/* Is there another try?  Locked. */
static bool
vap_may_restart(struct pdk80211_softc *sc)
{
	uint64_t now = pdk_uptime_ms();

	if (now - sc->sc_restart_ms > VAP_RESTART_MS) {
		sc->sc_restart_ms = now;
		sc->sc_restarts = 0;
	}
	return (++sc->sc_restarts <= VAP_RESTARTS);
}

/* thread, as vap_rfkill(): down, and up if there is another try. */
static void
vap_restart(void *arg, int pending __unused)
{
	struct pdk80211_softc *sc = arg;
	bool again, quiet;

	pdk_lock(sc->sc_dev);
	again = vap_may_restart(sc);
	quiet = sc->sc_rfkill || sc->sc_asleep;
	pdk_unlock(sc->sc_dev);
	ieee80211_suspend_all(&sc->sc_ic);
	(void)pdk_call(sc->sc_dev, vap_call_down, sc);
	if (!again)
		pdk_fail(sc->sc_dev, EIO, "the firmware died %d times within %d s",
		    VAP_RESTARTS + 1, VAP_RESTART_MS / 1000);
	else if (!quiet)
		ieee80211_resume_all(&sc->sc_ic);
}

void
pdk80211_restart(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);

	if (sc == NULL)
		return;
	pdk_lock(dev);
	sc->sc_dead = true;
	pdk_wake(dev, &sc->sc_scanwc);
	pdk_wake(dev, &sc->sc_mgmtwc);
	pdk_unlock(dev);
	vap_thread_enqueue(&sc->sc_restart_task);
}

/* CONFIG: the system goes to sleep, or is awake again. */
void
vap_power(struct pdk_dev *dev, int on)
{
	struct pdk80211_softc *sc = vap_sc(dev);
	bool blocked;

	pdk_lock(dev);
	sc->sc_asleep = !on;
	blocked = sc->sc_rfkill;
	pdk_unlock(dev);
	if (!on) {
		ieee80211_suspend_all(&sc->sc_ic);
		(void)pdk_call(dev, vap_call_down, sc);
	} else if (!blocked) {
		ieee80211_resume_all(&sc->sc_ic);
	}
}

void
vap_upcall_attach(struct pdk80211_softc *sc)
{
	TASK_INIT(&sc->sc_rfkill_task, 0, vap_rfkill, sc);
	TASK_INIT(&sc->sc_restart_task, 0, vap_restart, sc);
}
