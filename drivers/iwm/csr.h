/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csr.h - Intel's control and status registers (CSR), in BAR 0 from offset 0, and the
 * HBUS windows at 0x400 that lead to the inside of the chip.  Names are Intel's, as in
 * iwlwifi's iwl-csr.h and OpenBSD's if_iwmreg.h.
 *
 * The CSRs answer while the chip sleeps; everything else (FH, PRPH, SRAM) only between
 * iwm_nic_lock() and iwm_nic_unlock().
 */
#ifndef IWM_CSR_H
#define IWM_CSR_H

#define CSR_HW_IF_CONFIG_REG		0x000
#define CSR_HW_IF_CONFIG_REG_MSK_MAC_STEP_DASH	0x0000000f
#define CSR_HW_IF_CONFIG_REG_BIT_MAC_SI		0x00000100
#define CSR_HW_IF_CONFIG_REG_BIT_RADIO_SI	0x00000200
#define CSR_HW_IF_CONFIG_REG_MSK_PHY_TYPE	0x00000c00
#define CSR_HW_IF_CONFIG_REG_MSK_PHY_DASH	0x00003000
#define CSR_HW_IF_CONFIG_REG_MSK_PHY_STEP	0x0000c000
#define CSR_HW_IF_CONFIG_REG_POS_PHY_TYPE	10
#define CSR_HW_IF_CONFIG_REG_POS_PHY_DASH	12
#define CSR_HW_IF_CONFIG_REG_POS_PHY_STEP	14
#define CSR_HW_IF_CONFIG_REG_BIT_HAP_WAKE_L1A	0x00080000
#define CSR_HW_IF_CONFIG_REG_BIT_NIC_READY	0x00400000
#define CSR_HW_IF_CONFIG_REG_PREPARE		0x08000000

#define CSR_INT_COALESCING		0x004	/* a byte: timer, units of 32 us */
#define CSR_INT_PERIODIC_REG		0x005	/* a byte */
#define CSR_INT_PERIODIC_DIS			0x00
#define CSR_INT_PERIODIC_ENA			0xff	/* once, after 8 ms */
#define HOST_INT_TIMEOUT_DEF			0x40
#define HOST_INT_OPER_MODE			0x80000000

#define CSR_INT				0x008	/* causes; write 1 to acknowledge */
#define CSR_INT_MASK			0x00c
#define CSR_INT_BIT_FH_RX			0x80000000	/* a receive buffer was closed */
#define CSR_INT_BIT_HW_ERR			0x20000000	/* DMA error */
#define CSR_INT_BIT_RX_PERIODIC			0x10000000
#define CSR_INT_BIT_FH_TX			0x08000000	/* service channel: chunk loaded */
#define CSR_INT_BIT_SCD				0x04000000
#define CSR_INT_BIT_SW_ERR			0x02000000	/* the firmware gave up */
#define CSR_INT_BIT_RF_KILL			0x00000080	/* the switch was moved */
#define CSR_INT_BIT_SW_RX			0x00000008
#define CSR_INT_BIT_WAKEUP			0x00000002
#define CSR_INT_BIT_ALIVE			0x00000001
#define CSR_INI_SET_MASK	(CSR_INT_BIT_FH_RX | CSR_INT_BIT_HW_ERR |	\
				 CSR_INT_BIT_FH_TX | CSR_INT_BIT_SW_ERR |	\
				 CSR_INT_BIT_RF_KILL | CSR_INT_BIT_SW_RX |	\
				 CSR_INT_BIT_WAKEUP | CSR_INT_BIT_ALIVE |	\
				 CSR_INT_BIT_RX_PERIODIC)

#define CSR_FH_INT_STATUS		0x010	/* causes of the DMA engine, as CSR_INT */
#define CSR_FH_INT_BIT_HI_PRIOR			0x40000000
#define CSR_FH_INT_BIT_RX_CHNL1			0x00020000
#define CSR_FH_INT_BIT_RX_CHNL0			0x00010000
#define CSR_FH_INT_BIT_TX_CHNL1			0x00000002
#define CSR_FH_INT_BIT_TX_CHNL0			0x00000001
#define CSR_FH_INT_RX_MASK	(CSR_FH_INT_BIT_HI_PRIOR |			\
				 CSR_FH_INT_BIT_RX_CHNL1 | CSR_FH_INT_BIT_RX_CHNL0)
#define CSR_FH_INT_TX_MASK	(CSR_FH_INT_BIT_TX_CHNL1 | CSR_FH_INT_BIT_TX_CHNL0)

#define CSR_GPIO_IN			0x018
#define CSR_RESET			0x020
#define CSR_RESET_REG_FLAG_SW_RESET		0x00000080
#define CSR_RESET_REG_FLAG_MASTER_DISABLED	0x00000100
#define CSR_RESET_REG_FLAG_STOP_MASTER		0x00000200

#define CSR_GP_CNTRL			0x024
#define CSR_GP_CNTRL_REG_FLAG_MAC_CLOCK_READY	0x00000001
#define CSR_GP_CNTRL_REG_FLAG_INIT_DONE		0x00000004
#define CSR_GP_CNTRL_REG_FLAG_MAC_ACCESS_REQ	0x00000008
#define CSR_GP_CNTRL_REG_FLAG_GOING_TO_SLEEP	0x00000010
#define CSR_GP_CNTRL_REG_FLAG_HW_RF_KILL_SW	0x08000000	/* 0: radio switched off */

#define CSR_HW_REV			0x028
#define CSR_HW_REV_STEP_DASH(rev)		((rev) & 0xf)
#define CSR_HW_REV_TYPE(rev)			((rev) & 0xfff0)
#define CSR_HW_REV_TYPE_7260			0x0140
#define CSR_HW_REV_TYPE_3160			0x0160
#define CSR_HW_REV_TYPE_7265			0x0180
#define CSR_HW_REV_TYPE_7265D			0x0210	/* PCI says 7265 */

#define CSR_GIO_REG			0x03c
#define CSR_GIO_REG_VAL_L0S_DISABLED		0x00000002
#define CSR_UCODE_DRV_GP1		0x054
#define CSR_UCODE_DRV_GP1_SET		0x058
#define CSR_UCODE_DRV_GP1_CLR		0x05c
#define CSR_UCODE_SW_BIT_RFKILL			0x00000002
#define CSR_UCODE_DRV_GP1_BIT_CMD_BLOCKED	0x00000004
#define CSR_MBOX_SET_REG		0x088
#define CSR_MBOX_SET_REG_OS_ALIVE		0x00000020
#define CSR_LED_REG			0x094
#define CSR_DRAM_INT_TBL_REG		0x0a0	/* interrupt cause table (ICT): page number */
#define CSR_DRAM_INT_TBL_ENABLE			0x80000000
#define CSR_DRAM_INIT_TBL_WRITE_POINTER		0x10000000
#define CSR_DRAM_INIT_TBL_WRAP_CHECK		0x08000000
#define CSR_MAC_SHADOW_REG_CTRL		0x0a8
#define CSR_MAC_SHADOW_REG_CTRL_ALL		0x800fffff

#define CSR_GIO_CHICKEN_BITS		0x100
#define CSR_GIO_CHICKEN_BITS_REG_BIT_L1A_NO_L0S_RX	0x00800000
#define CSR_GIO_CHICKEN_BITS_REG_BIT_DIS_L0S_EXIT_TIMER	0x20000000
#define CSR_DBG_HPET_MEM_REG		0x240
#define CSR_DBG_HPET_MEM_REG_VAL		0xffff0000
#define CSR_DBG_LINK_PWR_MGMT_REG	0x250
#define CSR_RESET_LINK_PWR_MGMT_DISABLED	0x80000000

/* Windows: an address register, then data.  The SRAM address counts up by itself. */
#define HBUS_TARG_MEM_RADDR		0x40c
#define HBUS_TARG_MEM_WADDR		0x410
#define HBUS_TARG_MEM_WDAT		0x418
#define HBUS_TARG_MEM_RDAT		0x41c
#define HBUS_TARG_PRPH_WADDR		0x444
#define HBUS_TARG_PRPH_RADDR		0x448
#define HBUS_TARG_PRPH_WDAT		0x44c
#define HBUS_TARG_PRPH_RDAT		0x450
#define HBUS_TARG_PRPH_ADDR(a)			(((a) & 0x000fffff) | 3 << 24)
#define HBUS_TARG_WRPTR			0x460	/* queue << 8 | index of the next free TFD */

/* PCI configuration space. */
#define PCI_CFG_RETRY_TIMEOUT		0x40	/* bits 15..8; must be 0, else C3 disturbs TX */
#define PCI_CFG_RETRY_TIMEOUT_MSK		0x0000ff00
#define PCIE_DCSR2			0x28	/* from the PCIe capability */
#define PCIE_DCSR2_LTREN			0x00000400

/* What a read gives when nobody answers, and what the chip gives for a dead clock. */
#define IWM_ALL_ONES			0xffffffff
#define IWM_NO_CLOCK(v)			(((v) & 0xfffffff0) == 0xa5a5a5a0 ||	\
					 ((v) & 0xfffffff0) == 0x5a5a5a50)

#endif /* IWM_CSR_H */
