/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lq.c - the access point's table of rates in the firmware (LQ_CMD), kept up to date with what
 * rates.c learns.  Each table has a color, by which answers to frames that were sent with an
 * older one are told.
 */
#include "iwm.h"
#include "fwapi_rate.h"
#include "fwapi_sta.h"
#include "fwapi_tx.h"

#define TLC_COLOR(t)	((t) >> 4 & 7)

static unsigned
agg_limit(const struct iwm_lq *lq)
{
	return lq->agg_limit != 0 ? lq->agg_limit : LQ_AGG_FRAME_CNT_LIMIT_DEF;
}

static unsigned
is_mimo(uint32_t word)
{
	return (word & RATE_MCS_ANT_AB_MSK) == RATE_MCS_ANT_AB_MSK;
}

static int
send(struct iwm_softc *sc)
{
	struct iwm_lq *lq = &sc->sc_lq;
	uint32_t table[LQ_MAX_RETRY_NUM];
	struct iwm_lq_cmd cmd;
	unsigned i;

	memset(&cmd, 0, sizeof(cmd));
	iwm_rates_table(&lq->rates, table);
	lq->color = (lq->color + 1) & 7;
	cmd.sta_id = IWM_STATION_ID;
	cmd.flags = lq->color << LQ_FLAG_COLOR_POS;
	cmd.single_stream_ant_msk = (sc->sc_nvm.tx_ant & 1) != 0 ? 1 : 2;
	cmd.dual_stream_ant_msk = 3;
	cmd.agg_time_limit = htole16(LQ_AGG_TIME_LIMIT_DEF);
	cmd.agg_disable_start_th = LQ_AGG_DISABLE_START_DEF;
	cmd.agg_frame_cnt_limit = agg_limit(lq);
	for (i = 0; i < LQ_MAX_RETRY_NUM; i++) {
		cmd.rs_table[i] = htole32(table[i]);
		if (is_mimo(table[i]))
			cmd.mimo_delim = i + 1;
	}
	return iwm_cmd_send(sc, IWM_LQ_CMD, &cmd, sizeof(cmd));
}

/* The network's rates are known. */
int
iwm_lq_start(struct iwm_softc *sc)
{
	struct iwm_lq *lq = &sc->sc_lq;

	iwm_rates_init(&lq->rates, &sc->sc_net.bss, sc->sc_nvm.tx_ant, sc->sc_net.beacon.signal);
	return send(sc);
}

/*
 * An agreement whose window has so many frames.  The firmware has one limit for all of a station's,
 * the least; until the network is left (as iwlwifi does, mvm/sta.c).
 */
int
iwm_lq_agg_limit(struct iwm_softc *sc, unsigned frames)
{
	struct iwm_lq *lq = &sc->sc_lq;

	if (frames >= agg_limit(lq))
		return 0;
	lq->agg_limit = frames;
	return send(sc);
}

/* ---- what came of frames: BH ---- */

static void
consider(struct iwm_softc *sc)
{
	if (iwm_rates_decide(&sc->sc_lq.rates, pdk_uptime_ms()))
		pdk_task_post(&sc->sc_lq.task);
}

/* Frames at a rate of their own, or with an older table, teach nothing. */
static int
teaches(struct iwm_softc *sc, uint8_t tlc)
{
	return (sc->sc_net.state & IWM_N_ASSOC) != 0 && TLC_COLOR(tlc) == sc->sc_lq.color;
}

void
iwm_lq_frame(struct iwm_softc *sc, const struct iwm_txd *d, uint8_t tlc)
{
	if ((d->info.flags & (PDK_TX_MGMT | PDK_TX_EAPOL | PDK_TX_MCAST)) != 0 ||
	    !teaches(sc, tlc))
		return;
	iwm_rates_frame(&sc->sc_lq.rates, d->stat.tries, d->stat.ok);
	consider(sc);
}

/* The A-MPDU went out at `word`; a block ack tells how many of its frames arrived. */
void
iwm_lq_agg(struct iwm_softc *sc, uint32_t word, uint8_t tlc, unsigned sent, unsigned acked)
{
	if (!teaches(sc, tlc))
		return;
	iwm_rates_agg(&sc->sc_lq.rates, word, sent, acked);
	consider(sc);
}

/* WORKER, unlocked. */
static void
task(void *arg)
{
	struct iwm_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	if ((sc->sc_net.state & IWM_N_ASSOC) != 0)
		(void)send(sc);
	pdk_unlock(&sc->sc_dev);
}

void
iwm_lq_init(struct iwm_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_lq.task, task, sc);
}

void
iwm_lq_reset(struct iwm_softc *sc)
{
	pdk_task_cancel(&sc->sc_lq.task);
	sc->sc_lq.agg_limit = 0;
}
