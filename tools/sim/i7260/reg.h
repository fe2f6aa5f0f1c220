/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reg.h - registers of the 7260 by Intel's names. Values are facts of the hardware, as Linux'
 * iwl-csr.h, iwl-fh.h, iwl-prph.h and OpenBSD's if_iwmreg.h give them.
 */
#ifndef TOOLS_SIM_I7260_REG_H
#define TOOLS_SIM_I7260_REG_H

#define I7260_BAR_SIZE			0x2000

/* CSR */
#define CSR_HW_IF_CONFIG_REG		0x000
#define	 HW_IF_NIC_READY		0x00400000u
#define	 HW_IF_PREPARE			0x08000000u
#define	 HW_IF_PREPARE_DONE		0x02000000u
#define CSR_INT_COALESCING		0x004
#define CSR_INT				0x008
#define CSR_INT_MASK			0x00c
#define CSR_FH_INT_STATUS		0x010
#define CSR_GPIO_IN			0x018
#define CSR_RESET			0x020
#define	 RESET_NEVO			0x00000001u	/* CPU held in reset */
#define	 RESET_FORCE_NMI		0x00000002u
#define	 RESET_SW			0x00000080u
#define	 RESET_MASTER_DISABLED		0x00000100u
#define	 RESET_STOP_MASTER		0x00000200u
#define CSR_GP_CNTRL			0x024
#define	 GP_MAC_CLOCK_READY		0x00000001u
#define	 GP_INIT_DONE			0x00000004u
#define	 GP_MAC_ACCESS_REQ		0x00000008u
#define	 GP_GOING_TO_SLEEP		0x00000010u
#define	 GP_SYS_CONFIG			0x000003c0u	/* strapping pins, read only */
#define	 GP_XTAL_ON			0x00000400u
#define	 GP_RFKILL_WAKE_L1A_EN		0x04000000u
#define	 GP_HW_RF_KILL_SW		0x08000000u	/* 1: radio may be used */
#define CSR_HW_REV			0x028
#define CSR_EEPROM_REG			0x02c
#define CSR_EEPROM_GP			0x030
#define CSR_OTP_GP_REG			0x034
#define CSR_GIO_REG			0x03c
#define CSR_UCODE_DRV_GP1		0x054
#define	 GP1_MAC_SLEEP			0x00000001u
#define CSR_UCODE_DRV_GP1_SET		0x058
#define CSR_UCODE_DRV_GP1_CLR		0x05c
#define CSR_UCODE_DRV_GP2		0x060
#define CSR_MBOX_SET_REG		0x088
#define CSR_LED_REG			0x094
#define CSR_DRAM_INT_TBL_REG		0x0a0
#define	 ICT_ENABLE			0x80000000u
#define	 ICT_WRITE_POINTER		0x10000000u
#define	 ICT_ADDR			0x07ffffffu	/* in pages of 4 KB */
#define CSR_MAC_SHADOW_REG_CTRL		0x0a8
#define CSR_HEEP_CTRL			0x0ec
#define CSR_HEEP_DATA			0x0f4
#define CSR_GIO_CHICKEN_BITS		0x100
#define CSR_ANA_PLL_CFG			0x20c
#define CSR_MONITOR_CFG_REG		0x214
#define CSR_HW_REV_WA_REG		0x22c
#define CSR_DBG_HPET_MEM_REG		0x240
#define CSR_DBG_LINK_PWR_MGMT_REG	0x250

/* CSR_INT, CSR_INT_MASK */
#define INT_FH_RX			0x80000000u
#define INT_HW_ERR			0x20000000u
#define INT_RX_PERIODIC			0x10000000u
#define INT_FH_TX			0x08000000u
#define INT_SCD				0x04000000u
#define INT_SW_ERR			0x02000000u
#define INT_RF_KILL			0x00000080u
#define INT_CT_KILL			0x00000040u
#define INT_SW_RX			0x00000008u
#define INT_WAKEUP			0x00000002u
#define INT_ALIVE			0x00000001u
/* CSR_FH_INT_STATUS */
#define FH_INT_RX_CHNL0			0x00010000u
#define FH_INT_TX_CHNL0			0x00000001u

/* HBUS */
#define HBUS_BASE			0x400
#define HBUS_TARG_MEM_RADDR		0x40c
#define HBUS_TARG_MEM_WADDR		0x410
#define HBUS_TARG_MEM_WDAT		0x418
#define HBUS_TARG_MEM_RDAT		0x41c
#define HBUS_TARG_MBX_C			0x430
#define HBUS_TARG_PRPH_WADDR		0x444
#define HBUS_TARG_PRPH_RADDR		0x448
#define HBUS_TARG_PRPH_WDAT		0x44c
#define HBUS_TARG_PRPH_RDAT		0x450
#define	 PRPH_ADDR			0x000fffffu
#define	 PRPH_DWORD			0x03000000u	/* number of bytes - 1 */
#define HBUS_TARG_TEST_REG		0x45c
#define HBUS_TARG_WRPTR			0x460

/* FH */
#define FH_BASE				0x1000
#define FH_END				0x2000
#define FH_TFDIB_CTRL0(ch)		(0x1900 + 8 * (ch))
#define FH_TFDIB_CTRL1(ch)		(0x1904 + 8 * (ch))
#define FH_KW_MEM_ADDR_REG		0x197c
#define FH_SRVC_SRAM_ADDR(ch)		(0x19c8 + 4 * ((ch) - 9))
#define FH_SRVC_CHNL			9
#define FH_RSCSR_CHNL0_STTS_WPTR	0x1bc0
#define FH_RSCSR_CHNL0_RBDCB_BASE	0x1bc4
#define FH_RSCSR_CHNL0_WPTR		0x1bc8
#define FH_RSCSR_CHNL0_RDPTR		0x1bcc
#define FH_MEM_RCSR_CHNL0_CONFIG	0x1c00
#define	 RCSR_DMA_EN			0xc0000000u
#define	 RCSR_DMA_RUN			0x80000000u
#define	 RCSR_RBDCB_SIZE(v)		(((v) >> 20) & 0xf)	/* log2 */
#define	 RCSR_RB_SIZE(v)		(((v) >> 16) & 0x3)	/* 4 KB units, less 1 */
#define	 RCSR_IRQ_HOST			0x00001000u
#define FH_MEM_RCSR_CHNL0_RBDCB_WPTR	0x1c08
#define FH_MEM_RCSR_CHNL0_FLUSH		0x1c10
#define FH_MEM_RSSR_RX_STATUS		0x1c44
#define	 RSSR_CHNL0_IDLE		0x01000000u
#define FH_TCSR_TX_CONFIG(ch)		(0x1d00 + 0x20 * (ch))
#define	 TCSR_DMA_ENABLE		0x80000000u
#define	 TCSR_DMA_MASK			0xc0000000u
#define	 TCSR_CIRQ_HOST_ENDTFD		0x00100000u
#define FH_TCSR_TX_BUF_STS(ch)		(0x1d08 + 0x20 * (ch))
#define	 TCSR_TFDB_VALID		0x00000003u
#define FH_TX_CHICKEN_BITS		0x1e98
#define FH_TSSR_TX_STATUS		0x1eb0
#define FH_TSSR_TX_ERROR		0x1eb8
#define FH_TX_CHANNELS			8
#define FH_TB_MAX_LENGTH		0x20000u

/* PRPH, 20 bits as the window takes them */
#define DEVICE_SET_NMI_REG		0x01c30
#define	 NMI_FROM_DRIVER		0x80u
#define DEVICE_SYSTEM_TIME_REG		0x0206c		/* the firmware's clock */
#define LMPM_CHICK			0x01ff8
#define	 LMPM_EXTENDED_ADDR_SPACE	1u
#define SCD_BASE			0x02c00
#define SCD_END				0x03000
#define APMG_CLK_CTRL_REG		0x03000
#define APMG_CLK_EN_REG			0x03004
#define APMG_CLK_DIS_REG		0x03008
#define	 APMG_DMA_CLK_RQT		0x00000200u
#define APMG_PS_CTRL_REG		0x0300c
#define APMG_PCIDEV_STT_REG		0x03010
#define APMG_RTC_INT_STT_REG		0x0301c
#define	 APMG_RTC_INT_RFKILL		0x10000000u
#define SHR_BASE			0x10000
#define SHR_SIZE			0x1000

/* SCD, from SCD_BASE */
#define SCD_SRAM_BASE_ADDR		0x000
#define SCD_DRAM_BASE_ADDR		0x008
#define SCD_TXFACT			0x010
#define SCD_WRPTR(q)			((q) < 20 ? 0x018 + 4 * (q) : 0x284 + 4 * ((q) - 20))
#define SCD_RDPTR(q)			((q) < 20 ? 0x068 + 4 * (q) : 0x2b4 + 4 * (q))
#define SCD_QUEUECHAIN_SEL		0x0e8
#define SCD_QSTATUS(q)			((q) < 20 ? 0x10c + 4 * (q) : 0x334 + 4 * (q))
#define	 SCD_STTS_FIFO(v)		((v) & 7)
#define	 SCD_STTS_ACTIVE		0x00000008u
#define	 SCD_STTS_WSL			0x00000010u
#define SCD_GP_CTRL			0x1a8
#define SCD_AGGR_SEL			0x248
#define SCD_EN_CTRL			0x254
#define I7260_NQUEUES			31

/* Memory behind HBUS_TARG_MEM_* */
#define SRAM_INST_SIZE			0x40000u
#define SRAM_INST_EXT_END		0x58000u
#define SRAM_DATA_BASE			0x800000u
#define SRAM_DATA_MAX			0x18000u	/* of the largest card */
#define SCD_SRAM_BASE			0xa20000u
#define SCD_SRAM_SIZE			0x1000u
#define ERRTABLE_BASE			0x80f000u
#define LOGTABLE_BASE			0x80f400u

/* What the bus returns from a block without clock. */
#define I7260_ASLEEP_VALUE		0xa5a5a5a2u

#endif
