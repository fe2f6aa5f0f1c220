/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ba.c - block ack agreements: for frames we receive, bringing them into order; for frames we
 * send, a queue of its own for the TID, in which a frame's place is its number.
 *
 * A TID changes its queue only while none of its frames is on its way: meanwhile new ones are
 * held back.
 */
#include "iwm.h"
#include "fwapi_sta.h"

#define DRAIN_TIMEOUT	1500	/* ms */

/* Access category of a TID; 802.11-2016 10.2.4.2. */
static unsigned
ac_of_tid(unsigned tid)
{
	static const uint8_t ac[PDK80211_NTID] = {
		PDK_AC_BE, PDK_AC_BK, PDK_AC_BK, PDK_AC_BE,
		PDK_AC_VI, PDK_AC_VI, PDK_AC_VO, PDK_AC_VO,
	};

	return ac[tid];
}

/* ---- receiving ---- */

static void
pass_up(void *arg, void *frame)
{
	iwm_upcall_rx(arg, frame);
}

static int
rx_start(struct iwm_softc *sc, unsigned tid, uint16_t ssn, int winsize)
{
	struct iwm_tid *t = &sc->sc_net.tid[tid];
	int error;

	if (t->rx_on) {
		iwm_reorder_flush(&t->reorder);
		t->rx_on = 0;
	}
	iwm_reorder_init(&t->reorder, ssn, winsize > 0 ? winsize : 0, pass_up, sc);
	t->rx_on = 1;
	if ((error = iwm_sta_rx_ba(sc, tid, ssn, 1)) != 0) {
		iwm_reorder_flush(&t->reorder);
		t->rx_on = 0;
	}
	return error;
}

static int
rx_stop(struct iwm_softc *sc, unsigned tid)
{
	struct iwm_tid *t = &sc->sc_net.tid[tid];

	if (!t->rx_on)
		return 0;
	iwm_reorder_flush(&t->reorder);
	t->rx_on = 0;
	return iwm_sta_rx_ba(sc, tid, 0, 0);
}

/* TIMER: gaps that nobody fills. */
static void
expire(void *arg)
{
	struct iwm_softc *sc = arg;
	uint64_t now = pdk_uptime_ms();
	unsigned tid, ms, next = 0;

	for (tid = 0; tid < PDK80211_NTID; tid++) {
		if (!sc->sc_net.tid[tid].rx_on)
			continue;
		ms = iwm_reorder_expire(&sc->sc_net.tid[tid].reorder, now);
		if (ms != 0 && (next == 0 || ms < next))
			next = ms;
	}
	sc->sc_ba.armed = next != 0;
	if (next != 0)
		pdk_timer_arm(&sc->sc_ba.timer, next);
	iwm_upcall_later(sc);
}

/* BH: a frame of an agreement.  0: it is not wanted. */
int
iwm_ba_frame(struct iwm_softc *sc, unsigned tid, uint16_t seq, struct mbuf *m)
{
	struct iwm_reorder *r = &sc->sc_net.tid[tid].reorder;

	if (!iwm_reorder_frame(r, seq, m, pdk_uptime_ms()))
		return 0;
	if (r->held > 0 && !sc->sc_ba.armed) {
		sc->sc_ba.armed = 1;
		pdk_timer_arm(&sc->sc_ba.timer, IWM_REORDER_TIMEOUT);
	}
	return 1;
}

/* BH: the access point gives frames up. */
void
iwm_ba_bar(struct iwm_softc *sc, unsigned tid, uint16_t ssn)
{
	if (sc->sc_net.tid[tid].rx_on)
		iwm_reorder_bar(&sc->sc_net.tid[tid].reorder, ssn);
}

/* What is held goes up now, behind the gaps that it waits for. */
void
iwm_ba_release(struct iwm_softc *sc)
{
	unsigned tid;

	for (tid = 0; tid < PDK80211_NTID; tid++)
		if (sc->sc_net.tid[tid].rx_on)
			iwm_reorder_release(&sc->sc_net.tid[tid].reorder);
}

/* ---- sending ---- */

/* Until no frame of the TID is in the queue. */
static int
drain(struct iwm_softc *sc, unsigned qid, unsigned tid)
{
	uint64_t end = pdk_uptime_ms() + DRAIN_TIMEOUT, now;

	while (iwm_txq_count(sc, qid, tid) > 0) {
		if ((sc->sc_flags & (IWM_F_GONE | IWM_F_FATAL)) != 0)
			return EIO;
		if ((now = pdk_uptime_ms()) >= end)
			return ETIMEDOUT;
		(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, MIN(end - now, 20));
	}
	return 0;
}

static int
tx_start(struct iwm_softc *sc, unsigned tid, uint16_t *ssn)
{
	struct iwm_tid *t = &sc->sc_net.tid[tid];
	int error;

	if ((sc->sc_net.agg_tids >> tid & 1) != 0)
		return EBUSY;
	sc->sc_net.held_tids |= 1 << tid;
	error = drain(sc, IWM_AC_QUEUE(ac_of_tid(tid)), tid);
	if (error != 0) {
		iwm_tx_release(sc, tid);
		return error;
	}
	t->seq = iwm_txq_first(sc, IWM_AGG_QUEUE(tid), t->seq);
	*ssn = t->seq;
	return 0;
}

static int
tx_run(struct iwm_softc *sc, unsigned tid, int winsize)
{
	struct iwm_net *net = &sc->sc_net;
	unsigned qid = IWM_AGG_QUEUE(tid), window = winsize > 0 ? winsize : 1;
	int error;

	if ((net->held_tids >> tid & 1) == 0)
		return EINVAL;
	error = iwm_lq_agg_limit(sc, window);
	if (error == 0)
		error = iwm_txq_enable(sc, qid, IWM_STATION_ID, tid,
		    iwm_fifo_of_ac(ac_of_tid(tid)), window, net->tid[tid].seq);
	if (error == 0) {
		net->agg_tids |= 1 << tid;
		net->queues |= 1u << qid;
		error = iwm_sta_ap(sc, 1);
		if (error != 0) {
			net->agg_tids &= ~(1 << tid);
			net->queues &= ~(1u << qid);
			(void)iwm_txq_disable(sc, qid, tid);
		}
	}
	iwm_tx_release(sc, tid);
	return error;
}

static int
tx_stop(struct iwm_softc *sc, unsigned tid)
{
	struct iwm_net *net = &sc->sc_net;
	unsigned qid = IWM_AGG_QUEUE(tid);
	int error = 0;

	if ((net->agg_tids >> tid & 1) == 0) {
		iwm_tx_release(sc, tid);
		return 0;
	}
	net->held_tids |= 1 << tid;
	if (drain(sc, qid, tid) == ETIMEDOUT)
		(void)iwm_txq_flush(sc, 1u << qid);
	net->agg_tids &= ~(1 << tid);
	net->queues &= ~(1u << qid);
	error = iwm_sta_ap(sc, 1);
	if (error == 0)
		error = iwm_txq_disable(sc, qid, tid);
	iwm_tx_release(sc, tid);
	return error;
}

/*
 * BH: a frame of an A-MPDU was given up.  The access point waits for it until it is told that
 * it will not come.
 */
void
iwm_ba_lost(struct iwm_softc *sc, unsigned qid)
{
	unsigned tid = qid - IWM_AGG_QUEUE(0);

	iwm_tx_bar(sc, tid, (sc->sc_net.tid[tid].seq - sc->sc_tx[qid].queued) & 0xfff);
}

/* ---- operation ---- */

static int
operate(struct iwm_softc *sc, enum pdk80211_baop op, unsigned tid, uint16_t *ssn, int winsize)
{
	if ((sc->sc_net.state & IWM_N_ASSOC) == 0)
		return ENOTCONN;
	switch (op) {
	case PDK_BA_RX_START:
		return rx_start(sc, tid, *ssn, winsize);
	case PDK_BA_RX_STOP:
		return rx_stop(sc, tid);
	case PDK_BA_TX_START:
		return tx_start(sc, tid, ssn);
	case PDK_BA_TX_RUN:
		return tx_run(sc, tid, winsize);
	case PDK_BA_TX_STOP:
		return tx_stop(sc, tid);
	}
	return EINVAL;
}

/*
 * EINVAL: no such TID, or out of order; EBUSY: there is an agreement; ETIMEDOUT: the TID's frames
 * do not get away; ENOTCONN; EIO, ENXIO.
 */
int
iwm_ba_op(struct pdk_dev *dev, enum pdk80211_baop op, int tid, uint16_t *ssn, int winsize)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error;

	if (tid < 0 || tid >= PDK80211_NTID)
		return EINVAL;
	pdk_lock(dev);
	error = operate(sc, op, (unsigned)tid, ssn, winsize);
	iwm_upcall_tell(sc);
	pdk_unlock(dev);
	return error;
}

/* The network is left, or the firmware gone: what is held goes up. */
void
iwm_ba_reset(struct iwm_softc *sc)
{
	unsigned tid;

	for (tid = 0; tid < PDK80211_NTID; tid++)
		if (sc->sc_net.tid[tid].rx_on) {
			iwm_reorder_flush(&sc->sc_net.tid[tid].reorder);
			sc->sc_net.tid[tid].rx_on = 0;
		}
	pdk_timer_stop(&sc->sc_ba.timer);
	sc->sc_ba.armed = 0;
}

void
iwm_ba_init(struct iwm_softc *sc)
{
	pdk_timer_init(&sc->sc_dev, &sc->sc_ba.timer, expire, sc);
}

void
iwm_ba_fini(struct iwm_softc *sc)
{
	pdk_timer_drain(&sc->sc_ba.timer);
}
