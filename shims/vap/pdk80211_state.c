/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_state.c - the stack's states, and what they are to the core: up, join, assoc,
 * leave, down.
 *
 * ic_parent and iv_newstate come in ic_tq, the latter with the com lock held, which is left while
 * WORKER works (vap_block()).
 *
 * Manual pages: ieee80211_proto(9), ieee80211_vap(9).
 */
#include "pdk80211_vap.h"

#define VAP_FAREWELL_MS	100		/* for the last frame to a network to be sent */

/* ---- operations, in WORKER ---- */

bool
vap_is_dead(struct pdk80211_softc *sc)
{
	bool dead;

	pdk_lock(sc->sc_dev);
	dead = sc->sc_dead;
	pdk_unlock(sc->sc_dev);
	return (dead);
}

/* The core has forgotten keys and agreements, or is about to. */
static void
vap_forget(struct pdk80211_softc *sc)
{
	pdk_lock(sc->sc_dev);
	memset(sc->sc_keys, 0, sizeof(sc->sc_keys));
	memset(sc->sc_barx, 0, sizeof(sc->sc_barx));
	memset(sc->sc_batx, 0, sizeof(sc->sc_batx));
	sc->sc_updates = 0;
	pdk_unlock(sc->sc_dev);
}

/* A dead firmware cannot be left. */
void
vap_do_leave(struct pdk80211_softc *sc)
{
	if (sc->sc_joined == VAP_IDLE)
		return;
	sc->sc_joined = VAP_IDLE;
	vap_flush(sc);
	if (!vap_is_dead(sc))
		sc->sc_ops->leave(sc->sc_dev);
	vap_flush(sc);
	vap_forget(sc);
}

static int
vap_call_leave(void *arg)
{
	vap_do_leave(arg);
	return (0);
}

/* To leave takes back what is queued: first let the stack's last frame go out. */
static int
vap_call_farewell(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int error = 0;

	pdk_lock(sc->sc_dev);
	while (sc->sc_mgmt != 0 && !sc->sc_dead && error == 0)
		error = pdk_wait(sc->sc_dev, &sc->sc_mgmtwc, VAP_FAREWELL_MS);
	pdk_unlock(sc->sc_dev);
	vap_do_leave(sc);
	return (0);
}

static int
vap_call_up(void *arg)
{
	struct pdk80211_softc *sc = arg;
	int error;

	if (sc->sc_up)
		return (0);
	error = sc->sc_ops->up(sc->sc_dev);
	sc->sc_up = error == 0;
	vap_set_running(sc, sc->sc_up);
	return (error);
}

int
vap_call_down(void *arg)
{
	struct pdk80211_softc *sc = arg;

	vap_set_running(sc, false);
	if (sc->sc_up)
		sc->sc_ops->down(sc->sc_dev);
	sc->sc_up = false;
	sc->sc_joined = VAP_IDLE;
	vap_flush(sc);
	vap_forget(sc);
	pdk_lock(sc->sc_dev);
	sc->sc_dead = sc->sc_scanning = sc->sc_scanwait = false;
	pdk_wake(sc->sc_dev, &sc->sc_scanwc);
	pdk_unlock(sc->sc_dev);
	return (0);
}

struct vap_bssarg {
	struct pdk80211_softc	*sc;
	struct pdk80211_bss	 bss;
};

/* AUTH again, after a network or in one, joins again: the channel is to be kept anew. */
static int
vap_call_join(void *arg)
{
	struct vap_bssarg *a = arg;
	struct pdk80211_softc *sc = a->sc;
	int error;

	if (!sc->sc_up)
		return (ENETDOWN);
	vap_do_leave(sc);
	sc->sc_joined = VAP_JOINED;
	error = sc->sc_ops->join(sc->sc_dev, &a->bss);
	if (error != 0)
		vap_do_leave(sc);
	return (error);
}

static int
vap_call_assoc(void *arg)
{
	struct vap_bssarg *a = arg;
	struct pdk80211_softc *sc = a->sc;
	int error;

	if (sc->sc_joined == VAP_IDLE)
		return (ENETDOWN);
	error = sc->sc_ops->assoc(sc->sc_dev, &a->bss);
	if (error != 0)
		vap_do_leave(sc);
	else
		sc->sc_joined = VAP_ASSOC;
	return (error);
}

/* ---- states ---- */

/*
 * The core has lost the network, or could not join it, and then the stack is in SCAN still but
 * does not scan: scan again.  ic_tq.
 */
static void
vap_lost(void *arg, int pending __unused)
{
	struct ieee80211vap *vap = vap_first(arg);

	if (vap != NULL && vap->iv_state != IEEE80211_S_INIT)
		ieee80211_new_state(vap, IEEE80211_S_SCAN, IEEE80211_SCAN_FAIL_TIMEOUT);
}

/* With the com lock held, which is left while the core works. */
static int
vap_block(struct pdk80211_softc *sc, int (*fn)(void *), void *arg)
{
	vap_block_t b;
	int error;

	vap_block_enter(&sc->sc_ic, b);
	error = pdk_call(sc->sc_dev, fn, arg);
	vap_block_exit(&sc->sc_ic, b);
	return (error);
}

static int
vap_block_bss(struct pdk80211_softc *sc, struct ieee80211vap *vap, int (*fn)(void *))
{
	struct vap_bssarg a = { .sc = sc };

	vap_snapshot(sc, vap, &a.bss);
	return (vap_block(sc, fn, &a));
}

/*
 * What the core has to do before the stack enters `nstate`.  An authentication frame of the
 * access point's in RUN leaves the stack in RUN, and the core in the network.
 */
static int
vap_state_work(struct pdk80211_softc *sc, struct ieee80211vap *vap, enum ieee80211_state nstate,
    int arg)
{
	enum ieee80211_state ostate = vap->iv_state;

	switch (nstate) {
	case IEEE80211_S_INIT:
	case IEEE80211_S_SCAN:
		return (vap_block(sc, vap_call_leave, sc));
	case IEEE80211_S_AUTH:
		if (ostate >= IEEE80211_S_RUN && (arg & 0xff) == IEEE80211_FC0_SUBTYPE_AUTH)
			return (0);
		return (vap_block_bss(sc, vap, vap_call_join));
	case IEEE80211_S_ASSOC:
		if (ostate >= IEEE80211_S_RUN)	/* disassociated: authenticated still */
			return (vap_block_bss(sc, vap, vap_call_join));
		return (0);
	case IEEE80211_S_RUN:
		if (ostate == IEEE80211_S_AUTH || ostate == IEEE80211_S_ASSOC)
			return (vap_block_bss(sc, vap, vap_call_assoc));
		vap_post_update(sc, PDK_UPD_CHAN | PDK_UPD_HT);	/* it may have moved */
		return (0);
	default:
		return (0);
	}
}

/*
 * ic_tq, with the com lock held.  The core is first, so that the stack's frames find it in the
 * network; but on the way out of RUN to INIT the stack is, which wants to tell the access
 * point, and for that the core has to be in the network still.
 */
static int
vap_newstate(struct ieee80211vap *vap, enum ieee80211_state nstate, int arg)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);
	struct vap_vap *vv = (struct vap_vap *)vap;
	bool first = nstate == IEEE80211_S_INIT && vap->iv_state >= IEEE80211_S_ASSOC;
	int error;

	if (first) {
		error = vv->vv_newstate(vap, nstate, arg);
		(void)vap_block(sc, vap_call_farewell, sc);
		return (error);
	}
	error = vap_state_work(sc, vap, nstate, arg);
	if (error == 0)
		return (vv->vv_newstate(vap, nstate, arg));
	pdk_printf(sc->sc_dev, "%s: error %d", ieee80211_state_name[nstate], error);
	/* No timer of the stack's runs for a state that it has not entered. */
	if (!vap_is_dead(sc))
		ieee80211_runtask(&sc->sc_ic, &sc->sc_lost_task);
	return (error);
}

/* Up or down, as the stack's interfaces are.  ic_tq, unlocked. */
static void
vap_parent(struct ieee80211com *ic)
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	int error;

	if (ic->ic_nrunning == 0) {
		(void)pdk_call(sc->sc_dev, vap_call_down, sc);
		return;
	}
	error = pdk_call(sc->sc_dev, vap_call_up, sc);
	if (error == 0) {
		ieee80211_start_all(ic);
		return;
	}
	pdk_printf(sc->sc_dev, "the radio cannot be started: error %d", error);
	if (!vap_is_dead(sc))
		ieee80211_stop_all(ic);
}


/* ---- attach ---- */

void
vap_state_override(struct vap_vap *vv)
{
	vv->vv_newstate = vv->vv_vap.iv_newstate;
	vv->vv_vap.iv_newstate = vap_newstate;
}

void
vap_state_attach(struct pdk80211_softc *sc)
{
	sc->sc_ic.ic_parent = vap_parent;
	TASK_INIT(&sc->sc_lost_task, 0, vap_lost, sc);
}
