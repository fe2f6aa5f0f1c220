/* SPDX-License-Identifier: BSD-2-Clause */
/* card.c - a 7260's registers, transmit rings and interrupts, as far as the driver looks. */
#include "drivers/iwm/scd.h"
#include "tests/fuzz/iwm/iwm.h"

static struct {
	uint32_t	reg[CARD_BAR_SIZE / 4];
	uint32_t	prph;			/* address of the next read */
	bool		chunk, alive;		/* due */
	unsigned	done[IWM_MAX_QUEUES], end[IWM_MAX_QUEUES];	/* of what is queued */
	unsigned	ict;			/* place of the next cause */
	bool		ict_on;
} C;

void
card_begin(void)
{
	memset(&C, 0, sizeof(C));
}

uint32_t *
card_reg(uint32_t off)
{
	return &C.reg[off / 4 % nitems(C.reg)];
}

/* ---- interrupts ---- */

void
card_interrupt(uint32_t causes)
{
	uint32_t *ict = NULL;

	if (script_gone())
		return;
	if (C.ict_on)
		ict = inproc_dma((uint64_t)(*card_reg(CSR_DRAM_INT_TBL_REG) & 0xffffff) << 12,
		    4096);
	if (ict != NULL) {
		ict[C.ict] = htole32((causes & 0xff) | (causes >> 16 & 0xff00));
		C.ict = (C.ict + 1) % 1024;
	} else
		*card_reg(CSR_INT) |= causes;
	inproc_interrupt();
}

/* ---- what is due ---- */

static bool
once(bool *due)
{
	bool was = *due;

	*due = false;
	return was;
}

bool
card_chunk_due(void)
{
	return once(&C.chunk);
}

bool
card_alive_due(void)
{
	return once(&C.alive);
}

bool
card_next_queued(unsigned first_queue, unsigned last_queue, unsigned *q, unsigned *idx)
{
	for (*q = first_queue; *q <= last_queue; (*q)++)
		if (C.done[*q] != C.end[*q]) {
			*idx = C.done[*q];
			C.done[*q] = (*idx + 1) % TFD_QUEUE_SIZE_MAX;
			return true;
		}
	return false;
}

const uint8_t *
card_queued_bytes(unsigned q, unsigned idx, size_t len)
{
	struct iwm_tfd *tfd = inproc_dma((uint64_t)*card_reg(FH_MEM_CBBC_QUEUE(q)) << 8,
	    TFD_QUEUE_SIZE_MAX * sizeof(*tfd));

	if (tfd == NULL)
		return NULL;
	tfd += idx;
	return inproc_dma((uint64_t)le32toh(tfd->tbs[0].lo) |
	    (uint64_t)(le16toh(tfd->tbs[0].hi_n_len) & 0xf) << 32, len);
}

/* ---- accesses ---- */

uint32_t
card_read(uint32_t off)
{
	uint32_t v = *card_reg(off);

	if (script_gone())
		return IWM_ALL_ONES;
	if (script_reads(off, &v))
		return v;
	switch (off) {
	case CSR_GP_CNTRL:
		return v | CSR_GP_CNTRL_REG_FLAG_MAC_CLOCK_READY |
		    CSR_GP_CNTRL_REG_FLAG_HW_RF_KILL_SW;
	case CSR_HW_REV:
		return CSR_HW_REV_TYPE_7260 | 4;
	case CSR_RESET:
		return v | CSR_RESET_REG_FLAG_MASTER_DISABLED;
	case FH_MEM_RSSR_RX_STATUS_REG:
		return FH_RSSR_CHNL0_RX_STATUS_CHNL_IDLE;
	case FH_TSSR_TX_STATUS_REG:
		return 0x00ff0000;
	case HBUS_TARG_PRPH_RDAT:
		return (C.prph & 0xfffff) == (SCD_SRAM_BASE_ADDR & 0xfffff) ? 0x404000 : 0;
	case HBUS_TARG_MEM_RDAT:
		return 0x39;
	default:
		return v;
	}
}

/* CSR_RESET: the processor is released, or all is lost. */
static void
written_reset(uint32_t v)
{
	C.alive = v == 0;
	if ((v & CSR_RESET_REG_FLAG_SW_RESET) == 0)
		return;
	memset(C.done, 0, sizeof(C.done));
	memset(C.end, 0, sizeof(C.end));
	C.ict_on = C.chunk = false;
}

/* HBUS_TARG_WRPTR: there is more in a ring. */
static void
written_ring(uint32_t v)
{
	unsigned q = v >> 8 & 0x1f;

	if (q < IWM_MAX_QUEUES)
		C.end[q] = v & 0xff;
}

void
card_write(uint32_t off, uint32_t v)
{
	switch (off) {
	case CSR_INT:
	case CSR_FH_INT_STATUS:
		*card_reg(off) &= ~v;
		return;
	case CSR_RESET:
		written_reset(v);
		break;
	case CSR_DRAM_INT_TBL_REG:
		C.ict = 0;
		C.ict_on = (v & CSR_DRAM_INT_TBL_ENABLE) != 0;
		break;
	case FH_RSCSR_CHNL0_RBDCB_BASE_REG:
		rxbuf_begin();
		break;
	case HBUS_TARG_PRPH_RADDR:
		C.prph = v;
		break;
	case HBUS_TARG_WRPTR:
		written_ring(v);
		break;
	default:
		if (off == FH_TCSR_CHNL_TX_CONFIG_REG(FH_SRVC_CHNL))
			C.chunk = v >> 31;
		break;
	}
	*card_reg(off) = v;
}

void
card_reset(void)
{
	memset(C.reg, 0, sizeof(C.reg));
	card_write(CSR_RESET, CSR_RESET_REG_FLAG_SW_RESET);
}
