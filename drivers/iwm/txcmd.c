/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txcmd.c - the TX command of a frame, and its place in a ring: descriptor, byte count.
 *
 * The MAC header is copied behind the command, padded and completed there; the rest of the frame
 * is sent from where it is.
 */
#include "iwm.h"
#include "fwapi_rate.h"
#include "fwapi_sta.h"
#include "fwapi_tx.h"
#include "rateword.h"
#include "scd.h"
#include "txframe.h"

#define CCMP_MIC_LEN		8
#define CMD_LEN			(sizeof(struct iwm_cmd_header) + sizeof(struct iwm_tx_cmd))

/* ---- the command ---- */

/* What is sent at one rate goes out from one antenna, at the lowest rate of the band. */
static uint32_t
robust_rate(struct iwm_softc *sc)
{
	uint32_t ant = sc->sc_nvm.tx_ant & 1 ? RATE_MCS_ANT_A_MSK : RATE_MCS_ANT_B_MSK;

	return iwm_rate_legacy(sc->sc_net.bss.chan.num <= 14 ? 2 : 12) | ant;
}

static uint16_t
pm_timeout(const uint8_t *hdr)
{
	if ((hdr[0] & FC0_TYPE) != FC0_TYPE_MGMT || (hdr[0] & 0xf0) == FC0_ACTION)
		return PM_FRAME_NONE;
	if ((hdr[0] & 0xf0) == FC0_ASSOC_REQ || (hdr[0] & 0xf0) == FC0_REASSOC_REQ)
		return PM_FRAME_ASSOC;
	return PM_FRAME_MGMT;
}

static uint32_t
tx_flags(struct iwm_softc *sc, const struct iwm_txframe *f)
{
	int group = (f->hdr[HDR_ADDR1] & 1) != 0, data = (f->hdr[0] & FC0_TYPE) == FC0_TYPE_DATA;
	uint32_t flags = 0;

	if (!group)
		flags |= TX_CMD_FLG_ACK;
	if (f->tid == IWM_TID_NONE && (f->hdr[0] & FC0_TYPE) != FC0_TYPE_CTL)
		flags |= TX_CMD_FLG_SEQ_CTL;
	if (f->hdr[0] == FC0_BAR)
		flags |= TX_CMD_FLG_BAR;
	if (data && !group && (f->info->flags & (PDK_TX_EAPOL | PDK_TX_MGMT)) == 0 &&
	    (sc->sc_net.state & IWM_N_ASSOC) != 0)
		flags |= TX_CMD_FLG_STA_RATE;
	if (data && !group && ((sc->sc_net.bss.flags & PDK_BSS_USEPROT) != 0 ||
	    sc->sc_tt.is.protect))
		flags |= TX_CMD_FLG_PROT_REQUIRE;
	if (f->hdrlen % 4 != 0)
		flags |= TX_CMD_FLG_MH_PAD;
	if ((flags & TX_CMD_FLG_STA_RATE) == 0)
		flags |= 3 << TX_CMD_FLG_BT_PRIO_POS;
	return flags;
}

static void
fill_command(struct iwm_softc *sc, const struct iwm_txframe *f, struct iwm_tx_cmd *tx,
    bus_addr_t pa)
{
	uint64_t scratch = pa + sizeof(struct iwm_cmd_header) + IWM_TX_CMD_SCRATCH;

	memset(tx, 0, sizeof(*tx));
	tx->len = htole16(f->len);
	tx->tx_flags = htole32(tx_flags(sc, f));
	tx->rate_n_flags = htole32(robust_rate(sc));
	tx->sta_id = IWM_STATION_ID;
	if ((f->info->flags & PDK_TX_HWENC) != 0) {
		tx->sec_ctl = TX_CMD_SEC_CCM;
		memcpy(tx->key, sc->sc_net.tk, sizeof(tx->key));
	}
	tx->life_time = htole32(TX_CMD_LIFE_TIME_INFINITE);
	tx->dram_lsb_ptr = htole32((uint32_t)scratch);
	tx->dram_msb_ptr = (uint8_t)(scratch >> 32);
	tx->rts_retry_limit = IWM_RTS_RETRY;
	tx->data_retry_limit = f->hdr[0] == FC0_BAR ? IWM_BAR_RETRY : IWM_DEFAULT_TX_RETRY;
	tx->tid_tspec = f->hdr[0] == FC0_BAR ? f->hdr[BAR_CTL + 1] >> 4 : f->tid;
	tx->pm_frame_timeout = htole16(pm_timeout(f->hdr));
}

/* ---- into the ring ---- */

/* The descriptor's buffers: command and header in two, then the rest of the frame. */
static void
fill_tfd(struct iwm_tx_ring *ring, const struct iwm_txd *d, bus_addr_t pa, unsigned cmdlen,
    unsigned skip)
{
	struct iwm_tfd *tfd = (struct iwm_tfd *)ring->tfd.va + ring->cur;
	bus_size_t len;
	unsigned tb = 2;
	int i;

	memset(tfd, 0, sizeof(*tfd));
	iwm_tfd_set(tfd, 0, pa, IWM_CMD_FIRST_TB);
	iwm_tfd_set(tfd, 1, pa + IWM_CMD_FIRST_TB, cmdlen - IWM_CMD_FIRST_TB);
	for (i = 0; d->loaded && i < pdk_map_nsegs(&d->map); i++) {
		len = pdk_map_len(&d->map, i);
		if (len <= skip) {
			skip -= len;
			continue;
		}
		iwm_tfd_set(tfd, tb++, pdk_map_addr(&d->map, i) + skip, len - skip);
		skip = 0;
	}
}

void
iwm_tx_enqueue(struct iwm_softc *sc, const struct iwm_txframe *f, struct iwm_txd *d)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_tx_ring *ring = &sc->sc_tx[f->qid];
	bus_size_t at = (bus_size_t)(d - p->txd) * IWM_TXD_CMD_SIZE;
	uint8_t *cmd = (uint8_t *)p->cmds.va + at;
	struct iwm_cmd_header *h = (void *)cmd;
	unsigned pad = (4 - f->hdrlen % 4) % 4;

	h->cmd = IWM_TX_CMD;
	h->group_id = 0;
	h->sequence = htole16(QUEUE_TO_SEQ(f->qid) | INDEX_TO_SEQ(ring->cur));
	fill_command(sc, f, (void *)(cmd + sizeof(*h)), p->cmds.pa + at);
	memcpy(cmd + CMD_LEN, f->hdr, f->hdrlen);
	memset(cmd + CMD_LEN + f->hdrlen, 0, pad);
	fill_tfd(ring, d, p->cmds.pa + at, CMD_LEN + f->hdrlen + pad, f->hdrlen);
	pdk_dma_sync(&p->cmds, at, IWM_TXD_CMD_SIZE, BUS_DMASYNC_PREWRITE);
	if (d->loaded)
		pdk_map_sync(&d->map, BUS_DMASYNC_PREWRITE);
	d->tid = f->tid;
	d->seq = f->seq;
	ring->txd[ring->cur] = d - p->txd;
	iwm_tx_kick(sc, f->qid, IWM_STATION_ID,
	    f->len + ((f->info->flags & PDK_TX_HWENC) != 0 ? CCMP_MIC_LEN : 0));
}
