/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fh.h - the flow handler (FH), the DMA engine between host memory and the chip: registers
 * at 0x1000..0x1fff of BAR 0 and the structures it reads and writes in host memory.
 *
 * Receive: a ring of 256 buffer addresses (RBD), a status word in host memory that tells how
 * far the device came.  Transmit: per queue a ring of 256 frame descriptors (TFD) of up to
 * 20 buffers (TB).  Service channel 9: one buffer into SRAM, for firmware.
 * Source: iwlwifi iwl-fh.h.
 */
#ifndef IWM_FH_H
#define IWM_FH_H

/* ---- service channel ---- */
#define FH_SRVC_CHNL			9
#define FH_SRVC_CHNL_SRAM_ADDR_REG(c)	(0x19c8 + ((c) - 9) * 0x4)
#define FH_TFDIB_CTRL0_REG(c)		(0x1900 + 0x8 * (c))	/* address 31..0 */
#define FH_TFDIB_CTRL1_REG(c)		(0x1904 + 0x8 * (c))	/* address 35..32, length */
#define FH_MEM_TFDIB_REG1_ADDR_BITSHIFT		28
#define FH_MEM_TB_MAX_LENGTH			0x20000

/* ---- keep-warm page, TX rings ---- */
#define FH_KW_MEM_ADDR_REG		0x197c			/* address >> 4 */
#define FH_MEM_CBBC_QUEUE(q)		((q) < 16 ? 0x19d0 + 4 * (q) :		\
					 (q) < 20 ? 0x1bf0 + 4 * ((q) - 16) :	\
					 0x1b20 + 4 * ((q) - 20))	/* address >> 8 */

/* ---- RX channel 0 ---- */
#define FH_RSCSR_CHNL0_STTS_WPTR_REG	0x1bc0			/* address >> 4 */
#define FH_RSCSR_CHNL0_RBDCB_BASE_REG	0x1bc4			/* address >> 8 */
#define FH_RSCSR_CHNL0_RBDCB_WPTR_REG	0x1bc8			/* multiple of 8 */
#define FH_RSCSR_CHNL0_RDPTR		0x1bcc
#define FH_MEM_RCSR_CHNL0_CONFIG_REG	0x1c00
#define FH_RCSR_RX_CONFIG_CHNL_EN_ENABLE_VAL		0x80000000
#define FH_RCSR_RX_CONFIG_RBDCB_SIZE_POS		20	/* log2 */
#define FH_RCSR_RX_CONFIG_REG_VAL_RB_SIZE_4K		0x00000000
#define FH_RCSR_CHNL0_RX_CONFIG_IRQ_DEST_INT_HOST_VAL	0x00001000
#define FH_RCSR_RX_CONFIG_REG_IRQ_RBTH_POS		4	/* time-out, units of 32 us */
#define FH_RCSR_CHNL0_RX_IGNORE_RXF_EMPTY		0x00000004
#define RX_RB_TIMEOUT					0x11
#define FH_MEM_RCSR_CHNL0_RBDCB_WPTR	0x1c08
#define FH_MEM_RCSR_CHNL0_FLUSH_RB_REQ	0x1c10
#define FH_MEM_RSSR_RX_STATUS_REG	0x1c44
#define FH_RSSR_CHNL0_RX_STATUS_CHNL_IDLE		0x01000000

/* ---- TX channels ---- */
#define FH_TCSR_CHNL_NUM		8
#define FH_TCSR_CHNL_TX_CONFIG_REG(c)	(0x1d00 + 0x20 * (c))
#define FH_TCSR_TX_CONFIG_REG_VAL_DMA_CHNL_PAUSE	0x00000000
#define FH_TCSR_TX_CONFIG_REG_VAL_DMA_CHNL_ENABLE	0x80000000
#define FH_TCSR_TX_CONFIG_REG_VAL_DMA_CREDIT_DISABLE	0x00000000
#define FH_TCSR_TX_CONFIG_REG_VAL_DMA_CREDIT_ENABLE	0x00000008
#define FH_TCSR_TX_CONFIG_REG_VAL_CIRQ_HOST_ENDTFD	0x00100000
#define FH_TCSR_CHNL_TX_BUF_STS_REG(c)	(0x1d08 + 0x20 * (c))
#define FH_TCSR_CHNL_TX_BUF_STS_REG_POS_TB_NUM		20
#define FH_TCSR_CHNL_TX_BUF_STS_REG_POS_TB_IDX		12
#define FH_TCSR_CHNL_TX_BUF_STS_REG_VAL_TFDB_VALID	0x00000003
#define FH_TX_CHICKEN_BITS_REG		0x1e98
#define FH_TX_CHICKEN_BITS_SCD_AUTO_RETRY_EN		0x00000002
#define FH_TSSR_TX_STATUS_REG		0x1eb0
#define FH_TSSR_TX_STATUS_REG_MSK_CHNL_IDLE(c)		((uint32_t)1 << ((c) + 16))
#define FH_TSSR_TX_ERROR_REG		0x1eb8

/* ---- in host memory ---- */
#define RX_QUEUE_SIZE			256
#define RX_QUEUE_SIZE_LOG		8
#define IWM_RBUF_SIZE			4096

/* Receive status, written by the device. */
struct iwm_rb_status {
	uint16_t	closed_rb_num;		/* bits 11..0: the buffer being filled */
	uint16_t	closed_fr_num;
	uint16_t	finished_rb_num;
	uint16_t	finished_fr_num;
	uint32_t	spare[2];
} __packed;
CTASSERT(sizeof(struct iwm_rb_status) == 16);

#define TFD_QUEUE_SIZE_MAX		256
#define TFD_QUEUE_SIZE_BC_DUP		64
#define IWM_NUM_OF_TBS			20
#define IWM_TB_MAX_LENGTH		0xfff

struct iwm_tfd_tb {
	uint32_t	lo;			/* address 31..0 */
	uint16_t	hi_n_len;		/* address 35..32, length << 4 */
} __packed;

struct iwm_tfd {
	uint8_t		reserved[3];
	uint8_t		num_tbs;		/* bits 4..0 */
	struct iwm_tfd_tb tbs[IWM_NUM_OF_TBS];
	uint32_t	pad;
} __packed;
CTASSERT(sizeof(struct iwm_tfd) == 128);

/* One queue's byte counts for the scheduler; the first 64 entries are there twice. */
struct iwm_scd_bc_tbl {
	uint16_t	tfd_offset[TFD_QUEUE_SIZE_MAX + TFD_QUEUE_SIZE_BC_DUP];
} __packed;
CTASSERT(sizeof(struct iwm_scd_bc_tbl) == 640);

/* What every packet in a receive buffer begins with. */
#define FH_RSCSR_FRAME_SIZE_MSK		0x00003fff
#define FH_RSCSR_FRAME_INVALID		0x55550000
#define FH_RSCSR_FRAME_ALIGN		0x40

#endif /* IWM_FH_H */
