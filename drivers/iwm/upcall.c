/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upcall.c - telling the 802.11 layer.  Interrupts are served with the lock, upcalls are made
 * without it, so what there is to tell is collected and told afterwards.
 *
 * One at a time tells, whoever comes first, until nothing is left: frames stay in order.
 */
#include "iwm.h"

/* WORKER tells at most so much at a time; the bottom half or the task goes on. */
#define WORKER_SHARE	64

void
iwm_upcall_rx(struct iwm_softc *sc, struct mbuf *m)
{
	struct iwm_upcalls *u = &sc->sc_upcalls;

	m->m_nextpkt = NULL;
	if (u->rx_head == NULL)
		u->rx_head = m;
	else
		u->rx_tail->m_nextpkt = m;
	u->rx_tail = m;
	u->rx_in++;
}

void
iwm_upcall_set(struct iwm_softc *sc, unsigned pending)
{
	sc->sc_upcalls.pending |= pending;
}

static int
empty(struct iwm_softc *sc)
{
	return sc->sc_upcalls.rx_head == NULL && sc->sc_upcalls.pending == 0 &&
	    TAILQ_EMPTY(&sc->sc_txpool.done);
}

/* ---- one piece of news each; 0: there was none ---- */

static int
tell_rx(struct iwm_softc *sc)
{
	struct iwm_upcalls *u = &sc->sc_upcalls;
	struct mbuf *m = u->rx_head;
	struct iwm_rxhead h;

	if (m == NULL)
		return 0;
	u->rx_head = m->m_nextpkt;
	m->m_nextpkt = NULL;
	memcpy(&h, mtod(m, void *), sizeof(h));
	m_adj(m, sizeof(h));
	pdk_unlock(&sc->sc_dev);
	pdk80211_rx(&sc->sc_dev, m, &h.info);
	pdk_lock(&sc->sc_dev);
	if (++u->rx_out == u->rx_mark)
		iwm_wake(sc);
	return 1;
}

static int
tell_tx(struct iwm_softc *sc)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_txd *d = TAILQ_FIRST(&p->done);
	struct pdk80211_txstat stat;
	struct mbuf *m;
	void *cookie;

	if (d == NULL)
		return 0;
	m = d->m;
	cookie = d->info.cookie;
	stat = d->stat;
	d->m = NULL;
	TAILQ_REMOVE(&p->done, d, link);
	TAILQ_INSERT_TAIL(&p->free, d, link);
	p->nfree++;
	if (m == NULL)
		return 1;
	pdk_unlock(&sc->sc_dev);
	pdk80211_tx_done(&sc->sc_dev, m, cookie, &stat);
	pdk_lock(&sc->sc_dev);
	return 1;
}

static int
tell_ready(struct iwm_softc *sc)
{
	if (!sc->sc_txpool.stalled || !iwm_tx_room(sc))
		return 0;
	sc->sc_txpool.stalled = 0;
	pdk_unlock(&sc->sc_dev);
	pdk80211_tx_ready(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	return 1;
}

static int
tell_beacon(struct iwm_softc *sc)
{
	struct iwm_upcalls *u = &sc->sc_upcalls;

	if ((u->pending & IWM_UPC_BEACON_MISS) == 0)
		return 0;
	u->pending &= ~IWM_UPC_BEACON_MISS;
	pdk_unlock(&sc->sc_dev);
	pdk80211_beacon_miss(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	return 1;
}

static int
tell_scan(struct iwm_softc *sc)
{
	struct iwm_upcalls *u = &sc->sc_upcalls;
	int aborted = (u->pending & IWM_UPC_SCAN_ABORTED) != 0;

	if ((u->pending & IWM_UPC_SCAN_DONE) == 0)
		return 0;
	u->pending &= ~(IWM_UPC_SCAN_DONE | IWM_UPC_SCAN_ABORTED);
	pdk_unlock(&sc->sc_dev);
	pdk80211_scan_done(&sc->sc_dev, aborted);
	pdk_lock(&sc->sc_dev);
	return 1;
}

/* What was heard in a scan comes before its end. */
static int
tell_one(struct iwm_softc *sc)
{
	return tell_rx(sc) || tell_tx(sc) || tell_ready(sc) || tell_beacon(sc) || tell_scan(sc);
}

static void
tell(struct iwm_softc *sc, unsigned most)
{
	struct iwm_upcalls *u = &sc->sc_upcalls;

	if (u->busy)
		return;
	u->busy = 1;
	while (most-- > 0 && tell_one(sc))
		continue;
	u->busy = 0;
	iwm_wake(sc);
}

void
iwm_upcall_tell(struct iwm_softc *sc)
{
	tell(sc, ~0u);
}

/* WORKER, unlocked. */
static void
task(void *arg)
{
	struct iwm_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	tell(sc, WORKER_SHARE);
	if (!sc->sc_upcalls.busy)
		iwm_upcall_later(sc);
	pdk_unlock(&sc->sc_dev);
}

void
iwm_upcall_later(struct iwm_softc *sc)
{
	if (!empty(sc))
		pdk_task_post(&sc->sc_upcalls.task);
}

void
iwm_upcall_finish(struct iwm_softc *sc)
{
	struct iwm_upcalls *u = &sc->sc_upcalls;

	while (u->busy || !empty(sc)) {
		tell(sc, ~0u);
		if (u->busy)
			(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 50);
	}
}

void
iwm_upcall_rx_barrier(struct iwm_softc *sc)
{
	struct iwm_upcalls *u = &sc->sc_upcalls;
	unsigned mark = u->rx_in;

	u->rx_mark = mark;
	while ((int)(mark - u->rx_out) > 0) {
		tell(sc, mark - u->rx_out);
		if ((int)(mark - u->rx_out) > 0)
			(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 50);
	}
}

void
iwm_upcall_init(struct iwm_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_upcalls.task, task, sc);
}
