/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_ampdu.c - block ack agreements, both ways; ieee80211_node(9) keeps them.  2016 has none.
 */
#include "pdk80211_openbsd.h"

/* ADDBA: frames of a TID before it is worth asking, time for the answer, time to sulk. */
#define WIFI_BA_FRAMES		16
#define WIFI_BA_ANSWER_MS	1200
#define WIFI_BA_SULK_MS		20000

#ifdef WIFI_2016
void
wifi_ba_wish(struct wifi *w __unused, const struct pdk80211_txinfo *info __unused)
{
}

void
wifi_ba_task(void *arg __unused)
{
}

void
pdk80211_ba_done(struct pdk_dev *d __unused, enum pdk80211_baop op __unused, int tid __unused,
    int error __unused)
{
}
#else
static int
wifi_ba_op(struct wifi *w, enum pdk80211_baop op, int tid, uint16_t *ssn, int winsize)
{
	uint16_t unused = 0;
	int error;

	error = w->ops->ba(w->dev, op, tid, ssn != NULL ? ssn : &unused, winsize);
	pdk_assert_unlocked(w->dev);
	return error;
}

/* Take the TID out of the set; splnet. */
static int
wifi_ba_take(unsigned *set, int tid)
{
	int s = splnet(), was = *set >> tid & 1;

	*set &= ~(1u << tid);
	splx(s);
	return was;
}

/* WORKER.  The peer asks to send A-MPDUs: get ready, then say yes. */
static void
wifi_ba_rx_begin(struct wifi *w, int tid)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	struct ieee80211_rx_ba *ba = &ni->ni_rx_ba[tid];
	uint16_t ssn = ba->ba_winstart;
	int s, error;

	error = wifi_ba_op(w, PDK_BA_RX_START, tid, &ssn, ba->ba_winsize);
	s = splnet();
	if (w->assoc && ba->ba_state == IEEE80211_BA_REQUESTED) {
		if (error == 0)
			ieee80211_addba_req_accept(&w->ic, ni, tid);
		else
			ieee80211_addba_req_refuse(&w->ic, ni, tid);
	}
	splx(s);
}

/*
 * WORKER.  We ask: the core tells the number of the TID's next frame, with which the agreement
 * will begin, so it is asked first.
 */
static void
wifi_ba_tx_ask(struct wifi *w, int tid)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	uint16_t ssn = 0;
	int s, error;

	w->tx_next[tid] = pdk_uptime_ms() + WIFI_BA_SULK_MS;
	if (ni->ni_tx_ba[tid].ba_state != IEEE80211_BA_INIT ||
	    wifi_ba_op(w, PDK_BA_TX_START, tid, &ssn, 0) != 0)
		return;
	s = splnet();
	w->tx_asked |= 1u << tid;
	error = ieee80211_addba_request(&w->ic, ni, ssn, tid);
	if (error != 0)
		w->tx_asked &= ~(1u << tid);
	splx(s);
	if (error != 0) {
		(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
		return;
	}
	pdk_lock(w->dev);
	pdk_timer_arm(&w->ba_timer, WIFI_BA_ANSWER_MS);
	pdk_unlock(w->dev);
}

/* WORKER.  The peer has agreed. */
static void
wifi_ba_tx_begin(struct wifi *w, int tid)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	struct ieee80211_tx_ba *ba = &ni->ni_tx_ba[tid];
	uint16_t ssn = ba->ba_winstart;
	int s, error;

	error = wifi_ba_op(w, PDK_BA_TX_RUN, tid, &ssn, MIN(ba->ba_winsize,
	    IEEE80211_BA_MAX_WINSZ));
	s = splnet();
	if (error == 0)
		ieee80211_addba_resp_accept(&w->ic, ni, tid);
	else
		ieee80211_addba_resp_refuse(&w->ic, ni, tid, IEEE80211_STATUS_UNSPECIFIED);
	splx(s);
	if (error != 0)
		(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
}

/*
 * WORKER.  net80211 has no hook for a refusal, nor for the lack of an answer: its record is back
 * in the initial state then, and the core waits still.
 */
static void
wifi_ba_tx_refused(struct wifi *w, int tid)
{
	if (w->ic.ic_bss->ni_tx_ba[tid].ba_state == IEEE80211_BA_INIT &&
	    wifi_ba_take(&w->tx_asked, tid))
		(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
}

void
wifi_ba_task(void *arg)
{
	struct wifi *w = arg;
	int tid;

	for (tid = 0; tid < PDK80211_NTID; tid++) {
		if (!w->assoc)
			return;
		if (wifi_ba_take(&w->rx_stop, tid))
			(void)wifi_ba_op(w, PDK_BA_RX_STOP, tid, NULL, 0);
		if (wifi_ba_take(&w->tx_stop, tid))
			(void)wifi_ba_op(w, PDK_BA_TX_STOP, tid, NULL, 0);
		if (wifi_ba_take(&w->rx_start, tid))
			wifi_ba_rx_begin(w, tid);
		if (wifi_ba_take(&w->tx_run, tid))
			wifi_ba_tx_begin(w, tid);
		wifi_ba_tx_refused(w, tid);
		if (wifi_ba_take(&w->tx_want, tid))
			wifi_ba_tx_ask(w, tid);
	}
}

static void
wifi_ba_post(struct wifi *w, unsigned *set, unsigned tid)
{
	*set |= 1u << tid;
	wifi_post(w, &w->ba_task);
}

/* TIMER: the lock is held. */
void
wifi_ba_timeout(void *arg)
{
	struct wifi *w = arg;

	pdk_task_post(&w->ba_task);
}

static int
wifi_ba_offered(struct wifi *w, const struct ieee80211_node *ni, unsigned tid)
{
	return w->assoc && w->ops->ba != NULL && tid < PDK80211_NTID && ni == w->ic.ic_bss;
}

/*
 * The frames of an agreement do not go through the stack's reordering, which would restart its
 * inactivity timer: it has none.
 */
int
wifi_ampdu_rx_start(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid))
		return ENOTSUP;
	ni->ni_rx_ba[tid].ba_timeout_val = 0;
	wifi_ba_post(w, &w->rx_start, tid);
	return EBUSY;
}

void
wifi_ampdu_rx_stop(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid) || w->ba_quiet)
		return;
	w->rx_start &= ~(1u << tid);
	wifi_ba_post(w, &w->rx_stop, tid);
}

int
wifi_ampdu_tx_start(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid) || (w->tx_asked >> tid & 1) == 0)
		return ENOTSUP;
	w->tx_asked &= ~(1u << tid);
	wifi_ba_post(w, &w->tx_run, tid);
	return EBUSY;
}

void
wifi_ampdu_tx_stop(struct ieee80211com *ic, struct ieee80211_node *ni, u_int8_t tid)
{
	struct wifi *w = ic->ic_softc;

	if (!wifi_ba_offered(w, ni, tid) || w->ba_quiet)
		return;
	w->tx_run &= ~(1u << tid);
	w->tx_asked &= ~(1u << tid);
	wifi_ba_post(w, &w->tx_stop, tid);
}

/* A QoS frame has gone out: is it time to ask for an agreement? */
void
wifi_ba_wish(struct wifi *w, const struct pdk80211_txinfo *info)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	unsigned tid = info->tid;

	if (!wifi_ba_offered(w, ni, tid) || (ni->ni_flags & IEEE80211_NODE_HT) == 0 ||
	    (info->flags & (PDK_TX_MGMT | PDK_TX_EAPOL)) != 0 ||
	    (w->ic.ic_caps & IEEE80211_C_TX_AMPDU) == 0 ||
	    (w->ic.ic_flags & IEEE80211_F_QOS) == 0 || (ni->ni_flags & IEEE80211_NODE_QOS) == 0 ||
	    ((w->ic.ic_flags & IEEE80211_F_RSNON) != 0 && !ni->ni_port_valid) ||
	    ni->ni_tx_ba[tid].ba_state != IEEE80211_BA_INIT ||
	    ((w->tx_asked | w->tx_want) >> tid & 1) != 0 ||
	    ++w->tx_frames[tid] < WIFI_BA_FRAMES || pdk_uptime_ms() < w->tx_next[tid])
		return;
	w->tx_frames[tid] = 0;
	wifi_ba_post(w, &w->tx_want, tid);
}

/* An action frame may have been the refusal. */
void
wifi_recv_mgmt(struct ieee80211com *ic, struct mbuf *m, struct ieee80211_node *ni,
    struct ieee80211_rxinfo *rxi, int subtype)
{
	struct wifi *w = ic->ic_softc;

	w->recv_mgmt(ic, m, ni, rxi, subtype);
	if (subtype == IEEE80211_FC0_SUBTYPE_ACTION && w->tx_asked != 0)
		wifi_post(w, &w->ba_task);
}

void
pdk80211_ba_done(struct pdk_dev *d, enum pdk80211_baop op, int tid, int error __unused)
{
	struct wifi *w = wifi_of(d);
	struct ieee80211_node *ni;
	int s, tx = op == PDK_BA_TX_STOP;

	if (w == NULL || tid < 0 || tid >= PDK80211_NTID)
		return;
	s = splnet();
	ni = w->ic.ic_bss;
	if (w->assoc && (tx ? ni->ni_tx_ba[tid].ba_state : ni->ni_rx_ba[tid].ba_state) !=
	    IEEE80211_BA_INIT) {
		w->ba_quiet = 1;
		ieee80211_delba_request(&w->ic, ni, IEEE80211_REASON_UNSPECIFIED, tx, tid);
		w->ba_quiet = 0;
		w->tx_next[tid] = pdk_uptime_ms() + WIFI_BA_SULK_MS;
	}
	splx(s);
}
#endif
