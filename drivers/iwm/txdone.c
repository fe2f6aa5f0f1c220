/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txdone.c - what came of the frames: TX responses and block acks.  BH, with the lock.
 *
 * A response tells of one frame, or that an A-MPDU went out; then the block ack follows.
 * Both name the first frame in the queue that is not done: all before it are given back.
 */
#include "iwm.h"
#include "fwapi_sta.h"
#include "fwapi_tx.h"
#include "rateword.h"

/* Unload and give it to whom it came from, at the next opportunity. */
void
iwm_txd_done(struct iwm_softc *sc, struct iwm_txd *d)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	bus_size_t at = (bus_size_t)(d - p->txd) * IWM_TXD_CMD_SIZE;

	pdk_dma_sync(&p->cmds, at, IWM_TXD_CMD_SIZE, BUS_DMASYNC_POSTWRITE);
	if (d->loaded) {
		pdk_map_sync(&d->map, BUS_DMASYNC_POSTWRITE);
		pdk_map_unload(&d->map);
		d->loaded = 0;
	}
	p->progress++;
	TAILQ_INSERT_TAIL(&p->done, d, link);
}

static struct iwm_txd *
txd_at(struct iwm_softc *sc, unsigned qid, unsigned idx)
{
	return &sc->sc_txpool.txd[sc->sc_tx[qid].txd[idx]];
}

/* Whether the frame at `idx` is in the queue. */
static int
in_ring(const struct iwm_tx_ring *ring, unsigned idx)
{
	return (idx - ring->tail) % TFD_QUEUE_SIZE_MAX < ring->queued;
}

/*
 * Give back everything before place `end`.  Frames of which nothing was said share the fate of
 * the one that this is about.
 */
static void
reclaim(struct iwm_softc *sc, unsigned qid, unsigned end, int ok)
{
	struct iwm_tx_ring *ring = &sc->sc_tx[qid];
	unsigned n = (end - ring->tail) % TFD_QUEUE_SIZE_MAX;
	struct iwm_txd *d;

	if (n > ring->queued) {
		pdk_printf(&sc->sc_dev, "firmware: queue %u: done up to %u, but there are %u "
		    "frames from %u on", qid, end % TFD_QUEUE_SIZE_MAX, ring->queued, ring->tail);
		return;
	}
	for (; n > 0; n--) {
		d = txd_at(sc, qid, ring->tail);
		if (!d->judged)
			d->stat.ok = ok;
		iwm_txd_done(sc, d);
		iwm_tx_reclaim(sc, qid, IWM_STATION_ID);
	}
	if (ring->queued == 0)
		iwm_wake(sc);
}

static void
set_rate(struct pdk80211_txstat *st, uint32_t word)
{
	struct iwm_rate r;

	if (!iwm_rate_parse(word, &r))
		return;
	st->rate = r.rate;
	st->mcs = r.mcs;
}

/* ---- TX responses ---- */

static int
succeeded(unsigned status)
{
	return (status & TX_STATUS_MSK) == TX_STATUS_SUCCESS ||
	    (status & TX_STATUS_MSK) == TX_STATUS_DIRECT_DONE;
}

static void
one_frame(struct iwm_softc *sc, unsigned qid, unsigned idx, const struct iwm_tx_resp *r,
    uint32_t ssn)
{
	int ok = succeeded(le16toh(r->status[0].status));
	struct iwm_txd *d;

	if (in_ring(&sc->sc_tx[qid], idx)) {
		d = txd_at(sc, qid, idx);
		d->judged = 1;
		d->stat.ok = ok;
		d->stat.tries = MIN(r->failure_frame + 1, 255);
		set_rate(&d->stat, le32toh(r->initial_rate));
		iwm_lq_frame(sc, d, r->tlc_info);
	}
	reclaim(sc, qid, ssn, ok);
	if (!ok && IWM_IS_AGG_QUEUE(qid) && (sc->sc_flags & IWM_F_FATAL) == 0)
		iwm_ba_lost(sc, qid);
}

/* An A-MPDU went out; which of its frames arrived the block ack tells. */
static void
many_frames(struct iwm_softc *sc, unsigned qid, const struct iwm_tx_resp *r)
{
	unsigned i, idx, seq;
	struct iwm_txd *d;

	for (i = 0; i < r->frame_count; i++) {
		seq = le16toh(r->status[i].sequence);
		idx = SEQ_TO_INDEX(seq);
		if (SEQ_TO_QUEUE(seq) != qid || !in_ring(&sc->sc_tx[qid], idx))
			continue;
		d = txd_at(sc, qid, idx);
		d->stat.ampdu = 1;
		d->stat.tries = MIN((le16toh(r->status[i].status) >> AGG_TX_STATE_TRY_CNT_POS) + 1,
		    255);
		set_rate(&d->stat, le32toh(r->initial_rate));
	}
	sc->sc_net.agg_rate = le32toh(r->initial_rate);
	sc->sc_net.agg_tlc = r->tlc_info;
}

void
iwm_tx_resp(struct iwm_softc *sc, const struct iwm_rx_packet *pkt, size_t len)
{
	const struct iwm_tx_resp *r = (const void *)pkt->data;
	unsigned seq = le16toh(pkt->hdr.sequence), qid = SEQ_TO_QUEUE(seq);

	if (len < sizeof(*r) || len < sizeof(*r) + r->frame_count * sizeof(r->status[0]) + 4 ||
	    r->frame_count == 0 || qid < IWM_MGMT_QUEUE || qid > IWM_LAST_QUEUE)
		return;
	if (r->frame_count == 1)
		one_frame(sc, qid, SEQ_TO_INDEX(seq), r, iwm_le32(&r->status[1]));
	else
		many_frames(sc, qid, r);
}

/* ---- block acks ---- */

void
iwm_ba_notif(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	const struct iwm_ba_notif *b = (const void *)payload;
	unsigned qid, first, i;
	struct iwm_tx_ring *ring;
	struct iwm_txd *d;
	uint64_t map;

	if (len < sizeof(*b))
		return;
	qid = le16toh(b->scd_flow);
	if (!IWM_IS_AGG_QUEUE(qid))
		return;
	ring = &sc->sc_tx[qid];
	first = le16toh(b->seq_ctl) >> 4;
	map = le64toh(b->bitmap);
	for (i = 0; i < 64; i++) {
		if ((map >> i & 1) == 0 || !in_ring(ring, (first + i) % TFD_QUEUE_SIZE_MAX))
			continue;
		d = txd_at(sc, qid, (first + i) % TFD_QUEUE_SIZE_MAX);
		d->judged = d->stat.ok = d->stat.ampdu = 1;
	}
	iwm_lq_agg(sc, sc->sc_net.agg_rate, sc->sc_net.agg_tlc, b->txed, b->txed_2_done);
	reclaim(sc, qid, le16toh(b->scd_ssn), 0);
}
