/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rx.c - the receive ring: 256 buffers of 4 KB.  The device fills one after the other, each
 * with several packets, and writes into host memory which it is filling now.
 */
#include "iwm.h"

#define RX_TELL		32	/* buffers given back at a time while there are more */

/* ---- memory ---- */

static int
add_buffer(struct iwm_softc *sc, unsigned i)
{
	struct iwm_rx_ring *r = &sc->sc_rx;
	uint32_t *rbd = r->rbd.va;
	int error;

	if ((error = pdk_map_create(&sc->sc_dev, &r->map[i], IWM_RBUF_SIZE, 1)) != 0)
		return error;
	r->nmaps++;
	if ((r->m[i] = pdk_mbuf_rxalloc(IWM_RBUF_SIZE)) == NULL)
		return ENOMEM;
	if ((error = pdk_map_load_mbuf(&r->map[i], &r->m[i], 0)) != 0) {
		m_freem(r->m[i]);
		r->m[i] = NULL;
		return error;
	}
	if (pdk_map_addr(&r->map[i], 0) % 256 != 0)
		return EINVAL;
	rbd[i] = htole32((uint32_t)(pdk_map_addr(&r->map[i], 0) >> 8));
	return 0;
}

int
iwm_rx_alloc(struct iwm_softc *sc)
{
	struct iwm_rx_ring *r = &sc->sc_rx;
	unsigned i;
	int error;

	if ((error = pdk_dma_alloc(&sc->sc_dev, &r->rbd, RX_QUEUE_SIZE * 4, 256)) != 0 ||
	    (error = pdk_dma_alloc(&sc->sc_dev, &r->stat, sizeof(struct iwm_rb_status),
	    16)) != 0)
		return error;
	for (i = 0; i < RX_QUEUE_SIZE; i++)
		if ((error = add_buffer(sc, i)) != 0)
			return error;
	return 0;
}

void
iwm_rx_free(struct iwm_softc *sc)
{
	struct iwm_rx_ring *r = &sc->sc_rx;
	unsigned i;

	for (i = 0; i < r->nmaps; i++) {
		if (r->m[i] != NULL) {
			pdk_map_unload(&r->map[i]);
			m_freem(r->m[i]);
			r->m[i] = NULL;
		}
		pdk_map_destroy(&r->map[i]);
	}
	r->nmaps = 0;
	pdk_dma_free(&r->stat);
	pdk_dma_free(&r->rbd);
}

/* ---- start and stop ---- */

/*
 * How far the device may go: up to the buffer before `cur`.  It takes multiples of 8 only.
 */
static void
tell_device(struct iwm_softc *sc)
{
	iwm_write(sc, FH_RSCSR_CHNL0_RBDCB_WPTR_REG,
	    (sc->sc_rx.cur + RX_QUEUE_SIZE - 1) % RX_QUEUE_SIZE & ~7u);
}

static void
give_buffers(struct iwm_softc *sc)
{
	struct iwm_rx_ring *r = &sc->sc_rx;
	unsigned i;

	r->cur = 0;
	r->running = 1;
	memset(r->stat.va, 0, r->stat.size);
	pdk_dma_sync(&r->stat, 0, r->stat.size, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	pdk_dma_sync(&r->rbd, 0, r->rbd.size, BUS_DMASYNC_PREWRITE);
	for (i = 0; i < RX_QUEUE_SIZE; i++)
		pdk_map_sync(&r->map[i], BUS_DMASYNC_PREREAD);
}

void
iwm_rx_start(struct iwm_softc *sc)
{
	struct iwm_rx_ring *r = &sc->sc_rx;

	give_buffers(sc);
	iwm_write(sc, FH_MEM_RCSR_CHNL0_CONFIG_REG, 0);
	iwm_write(sc, FH_MEM_RCSR_CHNL0_RBDCB_WPTR, 0);
	iwm_write(sc, FH_MEM_RCSR_CHNL0_FLUSH_RB_REQ, 0);
	iwm_write(sc, FH_RSCSR_CHNL0_RDPTR, 0);
	iwm_write(sc, FH_RSCSR_CHNL0_RBDCB_WPTR_REG, 0);
	iwm_write(sc, FH_RSCSR_CHNL0_RBDCB_BASE_REG, (uint32_t)(r->rbd.pa >> 8));
	iwm_write(sc, FH_RSCSR_CHNL0_STTS_WPTR_REG, (uint32_t)(r->stat.pa >> 4));
	iwm_write(sc, FH_MEM_RCSR_CHNL0_CONFIG_REG, FH_RCSR_RX_CONFIG_CHNL_EN_ENABLE_VAL |
	    FH_RCSR_CHNL0_RX_IGNORE_RXF_EMPTY |
	    FH_RCSR_CHNL0_RX_CONFIG_IRQ_DEST_INT_HOST_VAL |
	    FH_RCSR_RX_CONFIG_REG_VAL_RB_SIZE_4K |
	    RX_RB_TIMEOUT << FH_RCSR_RX_CONFIG_REG_IRQ_RBTH_POS |
	    RX_QUEUE_SIZE_LOG << FH_RCSR_RX_CONFIG_RBDCB_SIZE_POS);
	iwm_write_1(sc, CSR_INT_COALESCING, HOST_INT_TIMEOUT_DEF);
	if (sc->sc_chip->host_interrupt_operation_mode)
		iwm_set(sc, CSR_INT_COALESCING, HOST_INT_OPER_MODE);
	tell_device(sc);
}

void
iwm_rx_stop(struct iwm_softc *sc)
{
	iwm_write(sc, FH_MEM_RCSR_CHNL0_CONFIG_REG, 0);
	if (iwm_poll(sc, FH_MEM_RSSR_RX_STATUS_REG, FH_RSSR_CHNL0_RX_STATUS_CHNL_IDLE,
	    FH_RSSR_CHNL0_RX_STATUS_CHNL_IDLE, 1000) == ETIMEDOUT)
		pdk_printf(&sc->sc_dev, "RX DMA does not stop (FH_MEM_RSSR_RX_STATUS_REG 0x%08x)",
		    iwm_read(sc, FH_MEM_RSSR_RX_STATUS_REG));
}

/* ---- packets ---- */

static void
packet(struct iwm_softc *sc, const struct iwm_rx_packet *pkt, size_t len)
{
	uint16_t seq = le16toh(pkt->hdr.sequence);

	iwm_notif(sc, pkt, len);
	/* Some notifications lack SEQ_RX_FRAME; the command ring knows what it sent. */
	if ((seq & SEQ_RX_FRAME) == 0 && SEQ_TO_QUEUE(seq) == IWM_CMD_QUEUE)
		iwm_cmd_done(sc, pkt, len);
}

/* All packets of a buffer, of which the last is followed by a mark. */
static void
buffer(struct iwm_softc *sc, const uint8_t *buf)
{
	const struct iwm_rx_packet *pkt;
	size_t off, len;
	uint32_t word;

	for (off = 0; off + sizeof(*pkt) <= IWM_RBUF_SIZE;
	    off += roundup(len, FH_RSCSR_FRAME_ALIGN)) {
		pkt = (const struct iwm_rx_packet *)(buf + off);
		word = le32toh(pkt->len_n_flags);
		if (word == FH_RSCSR_FRAME_INVALID)
			return;
		/* The size is without the word that holds it. */
		len = (word & FH_RSCSR_FRAME_SIZE_MSK) + sizeof(word);
		if (len < sizeof(*pkt) || len > IWM_RBUF_SIZE - off)
			return;
		packet(sc, pkt, len - sizeof(*pkt));
	}
}

/* The buffer that the device fills now. */
static unsigned
closed_rb(struct iwm_rx_ring *r)
{
	const struct iwm_rb_status *stat = r->stat.va;
	unsigned closed;

	pdk_dma_sync(&r->stat, 0, r->stat.size, BUS_DMASYNC_POSTREAD);
	closed = (le16toh(stat->closed_rb_num) & 0xfff) % RX_QUEUE_SIZE;
	pdk_dma_sync(&r->stat, 0, r->stat.size, BUS_DMASYNC_PREREAD);
	return closed;
}

/*
 * All filled buffers, their frames passed up one buffer after the other; meanwhile the lock
 * is free and the card may have been stopped.
 */
void
iwm_rx_intr(struct iwm_softc *sc)
{
	struct iwm_rx_ring *r = &sc->sc_rx;

	while (r->running && r->cur != closed_rb(r)) {
		pdk_map_sync(&r->map[r->cur], BUS_DMASYNC_POSTREAD);
		buffer(sc, mtod(r->m[r->cur], const uint8_t *));
		pdk_map_sync(&r->map[r->cur], BUS_DMASYNC_PREREAD);
		r->cur = (r->cur + 1) % RX_QUEUE_SIZE;
		if (r->cur % RX_TELL == 0)
			tell_device(sc);
		iwm_upcall_tell(sc);
	}
	if (r->running)
		tell_device(sc);
}
