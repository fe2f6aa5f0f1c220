/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scd.h - the transmit scheduler (SCD): PRPH registers, and its context in SRAM, which
 * begins where SCD_SRAM_BASE_ADDR points.  Source: iwlwifi iwl-prph.h, iwl-scd.h.
 */
#ifndef IWM_SCD_H
#define IWM_SCD_H

#define SCD_BASE			0xa02c00
#define SCD_SRAM_BASE_ADDR		(SCD_BASE + 0x000)
#define SCD_DRAM_BASE_ADDR		(SCD_BASE + 0x008)	/* byte counts, address >> 10 */
#define SCD_TXFACT			(SCD_BASE + 0x010)	/* active FIFOs */
#define SCD_TXFACT_ALL				0xff
#define SCD_QUEUE_RDPTR(q)		((q) < 20 ? SCD_BASE + 0x068 + 4 * (q) :	\
					 SCD_BASE + 0x2b4 + 4 * ((q) - 20))
#define SCD_QUEUE_STATUS_BITS(q)	((q) < 20 ? SCD_BASE + 0x10c + 4 * (q) :	\
					 SCD_BASE + 0x334 + 4 * ((q) - 20))
#define SCD_QUEUE_STTS_REG_POS_TXF		0
#define SCD_QUEUE_STTS_REG_POS_ACTIVE		3
#define SCD_QUEUE_STTS_REG_POS_WSL		4
#define SCD_QUEUE_STTS_REG_POS_SCD_ACT_EN	19
#define SCD_QUEUE_STTS_REG_MSK			0x017f0000
#define SCD_GP_CTRL			(SCD_BASE + 0x1a8)
#define SCD_GP_CTRL_ENABLE_31_QUEUES		0x00000001
#define SCD_GP_CTRL_AUTO_ACTIVE_MODE		0x00040000
#define SCD_CHAINEXT_EN			(SCD_BASE + 0x244)
#define SCD_AGGR_SEL			(SCD_BASE + 0x248)
#define SCD_EN_CTRL			(SCD_BASE + 0x254)	/* active queues */

/* In SRAM, from the base: context of 8 bytes a queue, TX status, translation table. */
#define SCD_CONTEXT_MEM_LOWER_BOUND	0x600
#define SCD_CONTEXT_QUEUE_OFFSET(q)	(SCD_CONTEXT_MEM_LOWER_BOUND + 8 * (q))
#define SCD_QUEUE_CTX_REG2_WIN_SIZE_POS		0
#define SCD_QUEUE_CTX_REG2_FRAME_LIMIT_POS	16
#define SCD_TRANS_TBL_OFFSET_QUEUE(q)	((0x7e0 + 2 * (q)) & 0xfffc)
#define SCD_FRAME_LIMIT			64

/* What the scheduler counts for a frame besides its bytes. */
#define IWM_TX_CRC_SIZE			4
#define IWM_TX_DELIMITER_SIZE		4

/* FIFOs. */
#define IWM_TX_FIFO_BK			0
#define IWM_TX_FIFO_BE			1
#define IWM_TX_FIFO_VI			2
#define IWM_TX_FIFO_VO			3
#define IWM_TX_FIFO_MCAST		5
#define IWM_TX_FIFO_CMD			7

#endif /* IWM_SCD_H */
