/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txq.c - the queues for frames: their pool of descriptors, start and end, emptying.
 */
#include "iwm.h"
#include "fwapi_sta.h"
#include "fwapi_tx.h"
#include "scd.h"

#define FLUSH_TIMEOUT	2000	/* ms */
#define MAX_FRAME	3900	/* bytes; an A-MSDU of 3839 and what is around it */
#define MAX_SEGS	16

/* No frame leaves a queue for so long while there are some: the firmware hangs. */
#define STUCK_LOOK	5000	/* ms */
#define STUCK_LOOKS	3

/* ---- the pool ---- */

int
iwm_txpool_alloc(struct iwm_softc *sc)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_txd *d;
	int error;

	TAILQ_INIT(&p->free);
	TAILQ_INIT(&p->done);
	TAILQ_INIT(&p->held);
	p->nfree = p->nmaps = p->nheld = 0;
	error = pdk_dma_alloc(&sc->sc_dev, &p->cmds, IWM_NTXD * IWM_TXD_CMD_SIZE, 128);
	if (error != 0)
		return error;
	for (d = p->txd; d < p->txd + IWM_NTXD; d++) {
		if ((error = pdk_map_create(&sc->sc_dev, &d->map, MAX_FRAME, MAX_SEGS)) != 0)
			return error;
		p->nmaps++;
		TAILQ_INSERT_TAIL(&p->free, d, link);
		p->nfree++;
	}
	return 0;
}

void
iwm_txpool_free(struct iwm_softc *sc)
{
	struct iwm_txpool *p = &sc->sc_txpool;

	while (p->nmaps > 0)
		pdk_map_destroy(&p->txd[--p->nmaps].map);
	pdk_dma_free(&p->cmds);
}

/* ---- start and end of a queue ---- */

unsigned
iwm_fifo_of_ac(unsigned aci)
{
	static const uint8_t fifo[PDK80211_NAC] = {
		[PDK_AC_BE] = IWM_TX_FIFO_BE, [PDK_AC_BK] = IWM_TX_FIFO_BK,
		[PDK_AC_VI] = IWM_TX_FIFO_VI, [PDK_AC_VO] = IWM_TX_FIFO_VO,
	};

	return fifo[aci % PDK80211_NAC];
}

/*
 * The scheduler gets stuck when a write pointer is moved by 0x40, 0x80 or 0xc0 at once; one more
 * helps.  Source: iwlwifi pcie/tx.c, OpenBSD if_iwm.c.
 */
uint16_t
iwm_txq_first(const struct iwm_softc *sc, unsigned qid, uint16_t ssn)
{
	unsigned cur = sc->sc_tx[qid].cur;

	return ssn != cur && ((ssn - cur) & 0x3f) == 0 ? (ssn + 1) & 0xfff : ssn;
}

int
iwm_txq_enable(struct iwm_softc *sc, unsigned qid, unsigned sta_id, unsigned tid, unsigned fifo,
    unsigned window, uint16_t ssn)
{
	struct iwm_scd_txq_cfg_cmd cmd = {
		.sta_id = sta_id, .tid = tid, .scd_queue = qid,
		.action = SCD_CFG_ENABLE_QUEUE, .aggregate = window != 0, .tx_fifo = fifo,
		.window = window != 0 ? MIN(window, SCD_FRAME_LIMIT) : SCD_FRAME_LIMIT,
		.ssn = htole16(ssn),
	};
	struct iwm_tx_ring *ring = &sc->sc_tx[qid];
	int error;

	PDK_ASSERT(ring->queued == 0 && iwm_txq_first(sc, qid, ssn) == ssn);
	ring->cur = ring->tail = ssn % TFD_QUEUE_SIZE_MAX;
	if ((error = iwm_nic_lock(sc)) != 0)
		return error;
	iwm_write(sc, HBUS_TARG_WRPTR, qid << 8 | ring->cur);
	iwm_nic_unlock(sc);
	return iwm_cmd_send(sc, IWM_SCD_QUEUE_CFG, &cmd, sizeof(cmd));
}

int
iwm_txq_disable(struct iwm_softc *sc, unsigned qid, unsigned tid)
{
	struct iwm_scd_txq_cfg_cmd cmd = {
		.sta_id = IWM_STATION_ID, .tid = tid, .scd_queue = qid,
		.action = SCD_CFG_DISABLE_QUEUE,
	};
	int error = iwm_cmd_send(sc, IWM_SCD_QUEUE_CFG, &cmd, sizeof(cmd));

	iwm_txq_reset(sc, 1u << qid);
	return error;
}

/* ---- emptying ---- */

static int
empty(struct iwm_softc *sc, uint32_t queues)
{
	unsigned q;

	for (q = IWM_MGMT_QUEUE; q <= IWM_LAST_QUEUE; q++)
		if ((queues >> q & 1) != 0 && sc->sc_tx[q].queued != 0)
			return 0;
	return 1;
}

unsigned
iwm_txq_count(struct iwm_softc *sc, unsigned qid, unsigned tid)
{
	const struct iwm_tx_ring *ring = &sc->sc_tx[qid];
	unsigned i, n = 0;

	for (i = 0; i < ring->queued; i++)
		n += sc->sc_txpool.txd[ring->txd[(ring->tail + i) %
		    TFD_QUEUE_SIZE_MAX]].tid == tid;
	return n;
}

/* Until these queues (bit map) are empty: 0, or ETIMEDOUT, EIO, ENXIO. */
static int
wait_empty(struct iwm_softc *sc, uint32_t queues, unsigned ms)
{
	uint64_t end = pdk_uptime_ms() + ms, now;

	while (!empty(sc, queues)) {
		if ((sc->sc_flags & IWM_F_GONE) != 0 || iwm_check_card(sc) != 0)
			return ENXIO;
		if ((sc->sc_flags & IWM_F_FATAL) != 0)
			return EIO;
		if ((now = pdk_uptime_ms()) >= end)
			return ETIMEDOUT;
		(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, MIN(end - now, 50));
	}
	return 0;
}

int
iwm_txq_flush(struct iwm_softc *sc, uint32_t queues)
{
	struct iwm_tx_path_flush_cmd cmd = {
		.queues_ctl = htole32(queues), .flush_ctl = htole16(DUMP_TX_FIFO_FLUSH),
	};
	int error;

	if (empty(sc, queues))
		return 0;
	error = iwm_cmd_send(sc, IWM_TXPATH_FLUSH, &cmd, sizeof(cmd));
	if (error == 0)
		error = wait_empty(sc, queues, FLUSH_TIMEOUT);
	if (error == ETIMEDOUT)
		pdk_printf(&sc->sc_dev, "firmware: frames in queues 0x%x are not given back",
		    queues);
	return error;
}

void
iwm_txq_reset(struct iwm_softc *sc, uint32_t queues)
{
	struct iwm_tx_ring *ring;
	unsigned q;

	for (q = IWM_MGMT_QUEUE; q <= IWM_LAST_QUEUE; q++) {
		ring = &sc->sc_tx[q];
		while ((queues >> q & 1) != 0 && ring->queued > 0) {
			iwm_txd_done(sc, &sc->sc_txpool.txd[ring->txd[ring->tail]]);
			iwm_tx_reclaim(sc, q, IWM_STATION_ID);
		}
	}
	iwm_wake(sc);
}

/* ---- the watch ---- */

/* TIMER. */
static void
look(void *arg)
{
	struct iwm_softc *sc = arg;
	struct iwm_txpool *p = &sc->sc_txpool;

	if ((sc->sc_net.state & IWM_N_JOINED) == 0)
		return;
	if (empty(sc, IWM_NET_QUEUES))
		p->seen = 0;
	else if (p->progress != 0)
		p->seen = 0;
	else if (++p->seen >= STUCK_LOOKS) {
		iwm_fw_died(sc, "frames are not sent");
		return;
	}
	p->progress = 0;
	pdk_timer_arm(&p->timer, STUCK_LOOK);
}

void
iwm_txq_watch(struct iwm_softc *sc, int on)
{
	sc->sc_txpool.progress = sc->sc_txpool.seen = 0;
	if (on)
		pdk_timer_arm(&sc->sc_txpool.timer, STUCK_LOOK);
	else
		pdk_timer_stop(&sc->sc_txpool.timer);
}

void
iwm_txq_watch_init(struct iwm_softc *sc)
{
	pdk_timer_init(&sc->sc_dev, &sc->sc_txpool.timer, look, sc);
}

void
iwm_txq_watch_fini(struct iwm_softc *sc)
{
	pdk_timer_drain(&sc->sc_txpool.timer);
}
