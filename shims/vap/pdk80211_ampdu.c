/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_ampdu.c - block ack agreements, both ways.
 *
 * The stack's methods come with locks held and note what is to do; a task tells the core, in
 * WORKER.  Manual page: ieee80211_proto(9).
 */
#include "pdk80211_vap.h"

static void
vap_ba_post(struct pdk80211_softc *sc, struct vap_ba *ba, enum vap_bawant want, uint16_t ssn,
    uint16_t winsize)
{
	pdk_lock(sc->sc_dev);
	ba->want = want;
	if (want == VAP_BA_START && ba >= &sc->sc_barx[0] &&
	    ba < &sc->sc_barx[PDK80211_NTID])
		ba->ssn = ssn;
	ba->winsize = winsize;
	pdk_task_post(&sc->sc_ba_task);
	pdk_unlock(sc->sc_dev);
}

static bool
vap_ba_possible(const struct pdk80211_softc *sc, int tid)
{
	return (sc->sc_ops->ba != NULL && tid >= 0 && tid < PDK80211_NTID);
}

/*
 * The peer asks.  It is answered now, by the stack, and the core told by the task; if that
 * cannot, the peer hears so by a DELBA.  The stack's own reordering stays idle: no frame is
 * passed to it as M_AMPDU.
 */
static int
vap_ampdu_rx_start(struct ieee80211_node *ni, struct ieee80211_rx_ampdu *rap, int baparamset,
    int batimeout, int baseqctl)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	int tid = (baparamset & IEEE80211_BAPS_TID) >> IEEE80211_BAPS_TID_S;
	int error;

	if (!vap_ba_possible(sc, tid) || sc->sc_barx[tid].refused)
		return (ENOSPC);
	error = sc->sc_ampdu_rx_start(ni, rap, baparamset, batimeout, baseqctl);
	if (error == 0)
		vap_ba_post(sc, &sc->sc_barx[tid], VAP_BA_START,
		    (baseqctl & IEEE80211_BASEQ_START) >> IEEE80211_BASEQ_START_S,
		    rap->rxa_wnd);
	return (error);
}

static void
vap_ampdu_rx_stop(struct ieee80211_node *ni, struct ieee80211_rx_ampdu *rap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	int tid = (int)(rap - ni->ni_rx_ampdu);

	sc->sc_ampdu_rx_stop(ni, rap);
	if (vap_ba_possible(sc, tid))
		vap_ba_post(sc, &sc->sc_barx[tid], VAP_BA_STOP, 0, 0);
}

/*
 * "Is it time to ask the peer?"  First the core has to get ready, and to say from which number
 * on; so never now.  The task asks, as soon as it knows.
 */
static int
vap_ampdu_enable(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	struct vap_ba *ba;

	if (!vap_ba_possible(sc, tap->txa_tid))
		return (0);
	ba = &sc->sc_batx[tap->txa_tid];
	if (ba->refused || ba->active || ba->want != VAP_BA_NONE ||
	    !sc->sc_ampdu_enable(ni, tap))
		return (0);
	vap_ba_post(sc, ba, VAP_BA_START, 0, 0);
	return (0);
}

/* The stack guesses the first number; the core, which numbers the frames, knows it. */
static int
vap_addba_request(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap, int dialogtoken,
    int baparamset, int batimeout)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);

	if (!vap_ba_possible(sc, tap->txa_tid))
		return (0);
	tap->txa_start = sc->sc_batx[tap->txa_tid].ssn;
	return (sc->sc_addba_request(ni, tap, dialogtoken, baparamset, batimeout));
}

static int
vap_addba_response(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap, int status,
    int baparamset, int batimeout)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);
	int done;

	done = sc->sc_addba_response(ni, tap, status, baparamset, batimeout);
	if (vap_ba_possible(sc, tap->txa_tid))
		vap_ba_post(sc, &sc->sc_batx[tap->txa_tid], IEEE80211_AMPDU_RUNNING(tap) ?
		    VAP_BA_RUN : VAP_BA_STOP, 0, tap->txa_wnd);
	return (done);
}

static void
vap_addba_timeout(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);

	sc->sc_addba_timeout(ni, tap);
	if (vap_ba_possible(sc, tap->txa_tid))
		vap_ba_post(sc, &sc->sc_batx[tap->txa_tid], VAP_BA_STOP, 0, 0);
}

static void
vap_addba_stop(struct ieee80211_node *ni, struct ieee80211_tx_ampdu *tap)
{
	struct pdk80211_softc *sc = vap_ic_sc(ni->ni_ic);

	sc->sc_addba_stop(ni, tap);
	if (vap_ba_possible(sc, tap->txa_tid))
		vap_ba_post(sc, &sc->sc_batx[tap->txa_tid], VAP_BA_STOP, 0, 0);
}

/* The access point's node, with a reference, or NULL.  Unlocked. */
struct ieee80211_node *
vap_bss_ref(struct pdk80211_softc *sc)
{
	struct ieee80211_node *ni = NULL;
	struct ieee80211vap *vap;

	IEEE80211_LOCK(&sc->sc_ic);
	vap = vap_first(sc);
	if (vap != NULL && vap->iv_state >= IEEE80211_S_RUN)
		ni = ieee80211_ref_node(vap->iv_bss);
	IEEE80211_UNLOCK(&sc->sc_ic);
	return (ni);
}

/* Tell the peer that what it sends in this TID is in order no more. */
void
vap_delba_rx(struct pdk80211_softc *sc, int tid)
{
	struct ieee80211_node *ni = vap_bss_ref(sc);
	uint16_t args[4] = { (uint16_t)tid, 0, IEEE80211_REASON_UNSPECIFIED, 0 };

	if (ni == NULL)
		return;
	sc->sc_ampdu_rx_stop(ni, &ni->ni_rx_ampdu[tid]);
	sc->sc_ic.ic_send_action(ni, IEEE80211_ACTION_CAT_BA, IEEE80211_ACTION_BA_DELBA, args);
	ieee80211_free_node(ni);
}

static int
vap_ba_call(struct pdk80211_softc *sc, enum pdk80211_baop op, int tid, struct vap_ba *ba)
{
	return (sc->sc_ops->ba(sc->sc_dev, op, tid, &ba->ssn, ba->winsize));
}

static enum vap_bawant
vap_ba_take(struct pdk80211_softc *sc, struct vap_ba *ba)
{
	enum vap_bawant want;

	pdk_lock(sc->sc_dev);
	want = ba->want;
	ba->want = VAP_BA_NONE;
	pdk_unlock(sc->sc_dev);
	return (want);
}

static void
vap_ba_rx(struct pdk80211_softc *sc, int tid)
{
	struct vap_ba *ba = &sc->sc_barx[tid];
	enum vap_bawant want = vap_ba_take(sc, ba);
	uint16_t none = 0;

	if (want == VAP_BA_NONE)
		return;
	if (ba->active)		/* stop, or start anew */
		(void)sc->sc_ops->ba(sc->sc_dev, PDK_BA_RX_STOP, tid, &none, 0);
	ba->active = false;
	if (want != VAP_BA_START)
		return;
	if (vap_ba_call(sc, PDK_BA_RX_START, tid, ba) == 0) {
		ba->active = true;
	} else {
		ba->refused = true;
		vap_delba_rx(sc, tid);
	}
}

/* The core is ready: ask the peer. */
static void
vap_ba_ask(struct pdk80211_softc *sc, int tid)
{
	struct ieee80211_node *ni = vap_bss_ref(sc);

	if (ni == NULL)
		return;
	(void)ieee80211_ampdu_request(ni, &ni->ni_tx_ampdu[tid]);
	ieee80211_free_node(ni);
}

static void
vap_ba_tx(struct pdk80211_softc *sc, int tid)
{
	struct vap_ba *ba = &sc->sc_batx[tid];
	enum vap_bawant want = vap_ba_take(sc, ba);

	if (want == VAP_BA_START && !ba->active) {
		ba->active = vap_ba_call(sc, PDK_BA_TX_START, tid, ba) == 0;
		ba->refused = !ba->active;
		if (ba->active)
			vap_ba_ask(sc, tid);
	} else if (want == VAP_BA_RUN && ba->active) {
		if (vap_ba_call(sc, PDK_BA_TX_RUN, tid, ba) != 0)
			want = VAP_BA_STOP;
	}
	if (want == VAP_BA_STOP && ba->active) {
		(void)vap_ba_call(sc, PDK_BA_TX_STOP, tid, ba);
		ba->active = false;
	}
}

/* WORKER. */
static void
vap_bas(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int tid;

	if (sc->sc_joined != VAP_ASSOC || vap_is_dead(sc))
		return;
	for (tid = 0; tid < PDK80211_NTID; tid++) {
		vap_ba_rx(sc, tid);
		vap_ba_tx(sc, tid);
	}
}

/* ---- attach ---- */

void
vap_ampdu_override(const struct pdk80211_softc *sc, struct ieee80211vap *vap)
{
	vap->iv_ampdu_rxmax = sc->sc_caps.ampdu & 0x3;
	vap->iv_ampdu_density = (sc->sc_caps.ampdu >> 2) & 0x7;
}

void
vap_ampdu_attach(struct pdk80211_softc *sc)
{
	struct ieee80211com *ic = &sc->sc_ic;

	pdk_task_init(sc->sc_dev, &sc->sc_ba_task, vap_bas, sc);
	sc->sc_ampdu_rx_start = ic->ic_ampdu_rx_start;
	sc->sc_ampdu_rx_stop = ic->ic_ampdu_rx_stop;
	sc->sc_ampdu_enable = ic->ic_ampdu_enable;
	sc->sc_addba_request = ic->ic_addba_request;
	sc->sc_addba_response = ic->ic_addba_response;
	sc->sc_addba_stop = ic->ic_addba_stop;
	sc->sc_addba_timeout = ic->ic_addba_response_timeout;
	ic->ic_ampdu_rx_start = vap_ampdu_rx_start;
	ic->ic_ampdu_rx_stop = vap_ampdu_rx_stop;
	ic->ic_ampdu_enable = vap_ampdu_enable;
	ic->ic_addba_request = vap_addba_request;
	ic->ic_addba_response = vap_addba_response;
	ic->ic_addba_stop = vap_addba_stop;
	ic->ic_addba_response_timeout = vap_addba_timeout;
}
