/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rxbuf.c - what the card writes into receive buffers.
 *
 * A packet lies at the very end of its buffer, behind another of no meaning: a driver that reads
 * beyond it is in memory that is nobody's, and AddressSanitizer sees it.  Only what is missing to
 * FH_RSCSR_FRAME_ALIGN is between them, nothing for a packet whose length is a multiple of that.
 */
#include "tests/fuzz/iwm/iwm.h"

static unsigned cur;		/* buffer to be filled */

void
rxbuf_begin(void)
{
	cur = 0;
}

/* The buffer that is being filled, if the ring is there. */
static uint8_t *
buffer(void)
{
	uint32_t *rbd = inproc_dma((uint64_t)*card_reg(FH_RSCSR_CHNL0_RBDCB_BASE_REG) << 8,
	    RX_QUEUE_SIZE * 4);

	if (rbd == NULL || (*card_reg(FH_MEM_RCSR_CHNL0_CONFIG_REG) >> 31) == 0)
		return NULL;
	return inproc_dma((uint64_t)le32toh(rbd[cur]) << 8, IWM_RBUF_SIZE);
}

void
rxbuf_status(unsigned n)
{
	struct iwm_rb_status *st = inproc_dma(
	    (uint64_t)*card_reg(FH_RSCSR_CHNL0_STTS_WPTR_REG) << 4, sizeof(*st));

	if (st == NULL)
		return;
	st->closed_rb_num = htole16(n);
	card_interrupt(CSR_INT_BIT_FH_RX);
}

static void
filled(void)
{
	cur = (cur + 1) % RX_QUEUE_SIZE;
	rxbuf_status(cur);
}

static struct iwm_rx_packet *
head(uint8_t *at, uint8_t cmd, uint8_t group, uint16_t seq, size_t len)
{
	struct iwm_rx_packet *p = (void *)at;

	p->len_n_flags = htole32(sizeof(p->hdr) + len);
	p->hdr.cmd = cmd;
	p->hdr.group_id = group;
	p->hdr.sequence = htole16(seq);
	return p;
}

void
rxbuf_packet(uint8_t cmd, uint8_t group, uint16_t seq, const void *payload, size_t len)
{
	const size_t most = IWM_RBUF_SIZE - sizeof(struct iwm_rx_packet);
	uint8_t *buf = buffer();
	struct iwm_rx_packet *p;
	size_t at;

	if (buf == NULL)
		return;
	len = at_most(len, most);
	at = IWM_RBUF_SIZE - roundup(sizeof(*p) + len, FH_RSCSR_FRAME_ALIGN);
	if (at != 0)
		head(buf, 0, 0, SEQ_RX_FRAME, at - sizeof(*p));
	p = head(buf + at, cmd, group, seq, len);
	if (len != 0)
		memcpy(p->data, payload, len);
	filled();
}

void
rxbuf_notif(unsigned id, const void *payload, size_t len)
{
	rxbuf_packet(IWM_CMD_OPCODE(id), IWM_CMD_GROUP(id), SEQ_RX_FRAME, payload, len);
}

void
rxbuf_raw(size_t off, const uint8_t *p, size_t len)
{
	uint8_t *buf = buffer();

	if (buf == NULL)
		return;
	if (len != 0)
		memcpy(buf + off, p, at_most(len, IWM_RBUF_SIZE - off));
	filled();
}
