/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fh.c - the flow handler: DMA channels between host memory and the card. Channel 9 is the service
 * channel that uploads firmware; 0..7 belong to the TX FIFOs; the receive channel is in rx.c.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

void
fh_reset(struct card *c)
{
	memset(c->fh, 0, sizeof(c->fh));
}

uint64_t
fh_cbbc(const struct card *c, unsigned q)
{
	uint32_t off;

	if (q < 16)
		off = 0x19d0 + 4 * q;
	else if (q < 20)
		off = 0x1bf0 + 4 * (q - 16);
	else
		off = 0x1b20 + 4 * (q - 20);
	return (uint64_t)fh_reg(c, off) << 8;
}

static void
upload_done(struct card *c, uint32_t dst, uint32_t len, uint32_t config)
{
	if (c->nchunks < sizeof(c->chunk) / sizeof(c->chunk[0])) {
		c->chunk[c->nchunks].addr = dst;
		c->chunk[c->nchunks++].len = len;
	}
	if ((config & TCSR_CIRQ_HOST_ENDTFD) != 0)
		irq_raise(c, INT_FH_TX, FH_INT_TX_CHNL0);
}

/* Channel 9 was switched on: move one buffer from host memory to SRAM. */
static void
upload(struct card *c, uint32_t config)
{
	uint32_t dst = fh_reg(c, FH_SRVC_SRAM_ADDR(FH_SRVC_CHNL));
	uint32_t ctrl1 = fh_reg(c, FH_TFDIB_CTRL1(FH_SRVC_CHNL));
	uint64_t src = fh_reg(c, FH_TFDIB_CTRL0(FH_SRVC_CHNL)) | (uint64_t)(ctrl1 >> 28) << 32;
	uint32_t len = ctrl1 & 0x0fffffff;
	uint8_t *p;

	if (!prph_dma_clock(c)) {
		sim_violation(c->dev, "dma-clock", "firmware upload without a DMA clock: set "
		    "DMA_CLK_RQT in APMG_CLK_EN_REG");
		return;
	}
	if ((fh_reg(c, FH_TCSR_TX_BUF_STS(FH_SRVC_CHNL)) & 3) != TCSR_TFDB_VALID) {
		sim_violation(c->dev, "upload-bad", "service channel enabled without a valid "
		    "buffer in its TX_BUF_STS");
		return;
	}
	if (len == 0 || len > FH_TB_MAX_LENGTH) {
		sim_violation(c->dev, "upload-bad", "firmware chunk of %u bytes: at most %u", len,
		    FH_TB_MAX_LENGTH);
		return;
	}
	p = sram_at(c, dst, len);
	if (p == NULL || dst >= SCD_SRAM_BASE) {
		sim_violation(c->dev, "upload-address", "firmware chunk of %u bytes to %#x: no "
		    "SRAM there", len, dst);
		return;
	}
	if (c->fw != FW_HELD) {
		sim_violation(c->dev, "upload-running", "firmware chunk to %#x while the CPU runs: "
		    "reset the card first", dst);
		return;
	}
	if (sim_dma_read(c->dev, src, p, len) == 0)
		upload_done(c, dst, len, config);
}

uint32_t
fh_read(struct card *c, uint32_t off)
{
	switch (off) {
	case FH_TSSR_TX_STATUS:
		return 0xffff0000u;	/* work is done within the write that asks for it */
	case FH_MEM_RSSR_RX_STATUS:
		return (fh_reg(c, FH_MEM_RCSR_CHNL0_CONFIG) & RCSR_DMA_EN) == 0 ?
		    RSSR_CHNL0_IDLE : 0;
	case FH_RSCSR_CHNL0_RDPTR:
		return c->rx.read;
	default:
		return fh_reg(c, off);
	}
}

void
fh_write(struct card *c, uint32_t off, uint32_t v)
{
	uint32_t old = fh_reg(c, off);
	unsigned ch;

	c->fh[(off - FH_BASE) / 4] = v;
	switch (off) {
	case FH_MEM_RCSR_CHNL0_CONFIG:
		rx_config(c, v);
		return;
	case FH_RSCSR_CHNL0_WPTR:
		rx_wptr(c, v);
		return;
	case FH_TCSR_TX_CONFIG(FH_SRVC_CHNL):
		if ((old & TCSR_DMA_MASK) != TCSR_DMA_ENABLE &&
		    (v & TCSR_DMA_MASK) == TCSR_DMA_ENABLE)
			upload(c, v);
		return;
	}
	for (ch = 0; ch < FH_TX_CHANNELS; ch++)
		if (off == FH_TCSR_TX_CONFIG(ch) && (v & TCSR_DMA_MASK) == TCSR_DMA_ENABLE)
			tx_kick(c);
}
