/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.c - the transmit rings and their scheduler.  Every queue of the chip has a ring, since
 * the chip is told where all of them are; the command queue is the only one in use
 * before a network is joined.
 */
#include "iwm.h"
#include "scd.h"

/* ---- memory ---- */

int
iwm_tx_alloc(struct iwm_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned q, n = sc->sc_chip->nqueues;
	int error;

	PDK_ASSERT(n <= IWM_MAX_QUEUES);
	if ((error = pdk_dma_alloc(dev, &sc->sc_sched, n * sizeof(struct iwm_scd_bc_tbl),
	    1024)) != 0 || (error = pdk_dma_alloc(dev, &sc->sc_kw, 4096, 4096)) != 0)
		return error;
	for (q = 0; q < n; q++) {
		error = pdk_dma_alloc(dev, &sc->sc_tx[q].tfd,
		    TFD_QUEUE_SIZE_MAX * sizeof(struct iwm_tfd), 256);
		if (error != 0)
			return error;
	}
	return iwm_txpool_alloc(sc);
}

void
iwm_tx_free(struct iwm_softc *sc)
{
	unsigned q;

	iwm_txpool_free(sc);
	for (q = 0; q < nitems(sc->sc_tx); q++)
		pdk_dma_free(&sc->sc_tx[q].tfd);
	pdk_dma_free(&sc->sc_kw);
	pdk_dma_free(&sc->sc_sched);
}

/* ---- descriptors ---- */

void
iwm_tfd_set(struct iwm_tfd *tfd, unsigned tb, bus_addr_t addr, unsigned len)
{
	uint64_t pa = addr;		/* bus_addr_t has 32 bits on some machines */

	PDK_ASSERT(tb < IWM_NUM_OF_TBS && len <= IWM_TB_MAX_LENGTH && pa >> 36 == 0);
	tfd->tbs[tb].lo = htole32((uint32_t)pa);
	tfd->tbs[tb].hi_n_len = htole16((uint16_t)((pa >> 32 & 0xf) | len << 4));
	tfd->num_tbs = tb + 1;
}

/* What the scheduler reads of a place: length in words, and the station. */
static void
set_byte_count(struct iwm_softc *sc, unsigned qid, unsigned idx, unsigned words, unsigned sta_id)
{
	struct iwm_scd_bc_tbl *bc = (struct iwm_scd_bc_tbl *)sc->sc_sched.va + qid;
	uint16_t val = htole16(words | sta_id << 12);

	bc->tfd_offset[idx] = val;
	if (idx < TFD_QUEUE_SIZE_BC_DUP)
		bc->tfd_offset[TFD_QUEUE_SIZE_MAX + idx] = val;
	pdk_dma_sync(&sc->sc_sched, qid * sizeof(*bc), sizeof(*bc), BUS_DMASYNC_PREWRITE);
}

/*
 * Hand the frame at ring->cur to the device.  The scheduler is told its length with CRC and
 * delimiter; commands count as nothing.
 */
void
iwm_tx_kick(struct iwm_softc *sc, unsigned qid, unsigned sta_id, unsigned len)
{
	struct iwm_tx_ring *ring = &sc->sc_tx[qid];

	set_byte_count(sc, qid, ring->cur,
	    howmany(len + IWM_TX_CRC_SIZE + IWM_TX_DELIMITER_SIZE, 4), sta_id);
	pdk_dma_sync(&ring->tfd, ring->cur * sizeof(struct iwm_tfd), sizeof(struct iwm_tfd),
	    BUS_DMASYNC_PREWRITE);
	ring->queued++;
	ring->cur = (ring->cur + 1) % TFD_QUEUE_SIZE_MAX;
	iwm_write(sc, HBUS_TARG_WRPTR, qid << 8 | ring->cur);
}

/* The frame at ring->tail is done; the scheduler must not count its length again (1: none). */
void
iwm_tx_reclaim(struct iwm_softc *sc, unsigned qid, unsigned sta_id)
{
	struct iwm_tx_ring *ring = &sc->sc_tx[qid];

	set_byte_count(sc, qid, ring->tail, 1, sta_id);
	ring->tail = (ring->tail + 1) % TFD_QUEUE_SIZE_MAX;
	ring->queued--;
}

/* ---- start and stop ---- */

void
iwm_tx_init(struct iwm_softc *sc)
{
	struct iwm_tx_ring *ring;
	unsigned q;

	iwm_write_prph(sc, SCD_TXFACT, 0);
	iwm_write(sc, FH_KW_MEM_ADDR_REG, (uint32_t)(sc->sc_kw.pa >> 4));
	memset(sc->sc_sched.va, 0, sc->sc_sched.size);
	pdk_dma_sync(&sc->sc_sched, 0, sc->sc_sched.size, BUS_DMASYNC_PREWRITE);
	for (q = 0; q < sc->sc_chip->nqueues; q++) {
		ring = &sc->sc_tx[q];
		ring->cur = ring->tail = ring->queued = 0;
		memset(ring->tfd.va, 0, ring->tfd.size);
		pdk_dma_sync(&ring->tfd, 0, ring->tfd.size, BUS_DMASYNC_PREWRITE);
		iwm_write(sc, FH_MEM_CBBC_QUEUE(q), (uint32_t)(ring->tfd.pa >> 8));
	}
	iwm_set_prph(sc, SCD_GP_CTRL, SCD_GP_CTRL_AUTO_ACTIVE_MODE);
	if (sc->sc_chip->nqueues > 20)
		iwm_set_prph(sc, SCD_GP_CTRL, SCD_GP_CTRL_ENABLE_31_QUEUES);
}

/* The command queue: the host configures its scheduler context itself. */
static void
enable_cmd_queue(struct iwm_softc *sc)
{
	const unsigned q = IWM_CMD_QUEUE;
	uint32_t ctx = sc->sc_scd_base + SCD_CONTEXT_QUEUE_OFFSET(q);

	iwm_write_prph(sc, SCD_EN_CTRL, 0);
	iwm_write_prph(sc, SCD_QUEUE_STATUS_BITS(q), 1 << SCD_QUEUE_STTS_REG_POS_SCD_ACT_EN);
	iwm_clr_prph(sc, SCD_AGGR_SEL, 1 << q);
	iwm_write(sc, HBUS_TARG_WRPTR, q << 8 | sc->sc_tx[q].cur);
	iwm_write_prph(sc, SCD_QUEUE_RDPTR(q), sc->sc_tx[q].cur);
	iwm_write_mem(sc, ctx, 0, 1);
	iwm_write_mem(sc, ctx + 4, SCD_FRAME_LIMIT << SCD_QUEUE_CTX_REG2_WIN_SIZE_POS |
	    SCD_FRAME_LIMIT << SCD_QUEUE_CTX_REG2_FRAME_LIMIT_POS, 1);
	iwm_write_prph(sc, SCD_QUEUE_STATUS_BITS(q), 1 << SCD_QUEUE_STTS_REG_POS_ACTIVE |
	    IWM_TX_FIFO_CMD << SCD_QUEUE_STTS_REG_POS_TXF |
	    1 << SCD_QUEUE_STTS_REG_POS_WSL | SCD_QUEUE_STTS_REG_MSK);
	iwm_write_prph(sc, SCD_EN_CTRL, 1 << q);
}

int
iwm_tx_start(struct iwm_softc *sc)
{
	unsigned c;

	sc->sc_scd_base = iwm_read_prph(sc, SCD_SRAM_BASE_ADDR);
	if (sc->sc_scd_base == IWM_ALL_ONES) {
		/* What follows would be written over anything. */
		IWM_FAIL(sc, EIO, "firmware: the scheduler does not say where its context is "
		    "(SCD_SRAM_BASE_ADDR reads all ones)");
		return EIO;
	}
	if (sc->sc_alive.scd_base_ptr != 0 && sc->sc_alive.scd_base_ptr != sc->sc_scd_base)
		pdk_printf(&sc->sc_dev, "scheduler context: 0x%x by register, 0x%x by firmware",
		    sc->sc_scd_base, sc->sc_alive.scd_base_ptr);
	iwm_write_mem(sc, sc->sc_scd_base + SCD_CONTEXT_MEM_LOWER_BOUND, 0,
	    (SCD_TRANS_TBL_OFFSET_QUEUE(sc->sc_chip->nqueues) - SCD_CONTEXT_MEM_LOWER_BOUND) /
	    4);
	iwm_write_prph(sc, SCD_DRAM_BASE_ADDR, (uint32_t)(sc->sc_sched.pa >> 10));
	iwm_write_prph(sc, SCD_CHAINEXT_EN, 0);
	enable_cmd_queue(sc);
	iwm_write_prph(sc, SCD_TXFACT, SCD_TXFACT_ALL);
	for (c = 0; c < FH_TCSR_CHNL_NUM; c++)
		iwm_write(sc, FH_TCSR_CHNL_TX_CONFIG_REG(c),
		    FH_TCSR_TX_CONFIG_REG_VAL_DMA_CHNL_ENABLE |
		    FH_TCSR_TX_CONFIG_REG_VAL_DMA_CREDIT_ENABLE);
	iwm_set(sc, FH_TX_CHICKEN_BITS_REG, FH_TX_CHICKEN_BITS_SCD_AUTO_RETRY_EN);
	return 0;
}

void
iwm_tx_stop(struct iwm_softc *sc)
{
	uint32_t idle = 0;
	unsigned c;

	iwm_write_prph(sc, SCD_TXFACT, 0);
	for (c = 0; c < FH_TCSR_CHNL_NUM; c++) {
		iwm_write(sc, FH_TCSR_CHNL_TX_CONFIG_REG(c), 0);
		idle |= FH_TSSR_TX_STATUS_REG_MSK_CHNL_IDLE(c);
	}
	if (iwm_poll(sc, FH_TSSR_TX_STATUS_REG, idle, idle, 5000) == ETIMEDOUT)
		pdk_printf(&sc->sc_dev, "TX DMA does not stop (FH_TSSR_TX_STATUS_REG 0x%08x)",
		    iwm_read(sc, FH_TSSR_TX_STATUS_REG));
}
