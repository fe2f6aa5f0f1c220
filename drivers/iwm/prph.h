/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prph.h - peripheral registers (PRPH), reached through the HBUS window: power and clock
 * management (APMG), oscillator, and the map of the chip's SRAM.  Source: iwlwifi iwl-prph.h.
 */
#ifndef IWM_PRPH_H
#define IWM_PRPH_H

#define APMG_CLK_EN_REG			0x3004
#define APMG_CLK_DIS_REG		0x3008
#define APMG_CLK_VAL_DMA_CLK_RQT		0x00000200
#define APMG_PS_CTRL_REG		0x300c
#define APMG_PS_CTRL_EARLY_PWR_OFF_RESET_DIS	0x00400000
#define APMG_PS_CTRL_MSK_PWR_SRC		0x03000000
#define APMG_PS_CTRL_VAL_PWR_SRC_VMAIN		0x00000000
#define APMG_PCIDEV_STT_REG		0x3010
#define APMG_PCIDEV_STT_VAL_L1_ACT_DIS		0x00000800
#define APMG_PCIDEV_STT_VAL_WAKE_ME		0x00004000
#define APMG_RTC_INT_STT_REG		0x301c
#define APMG_RTC_INT_STT_RFKILL			0x10000000

#define OSC_CLK				0xa04068
#define OSC_CLK_FORCE_CONTROL			0x00000008

/* SRAM above 0x40000 is loaded with this bit set. */
#define LMPM_CHICK			0xa01ff8
#define LMPM_CHICK_EXTENDED_ADDR_SPACE		0x00000001
#define FW_MEM_EXTENDED_START		0x40000
#define FW_MEM_EXTENDED_END		0x57fff

#endif /* IWM_PRPH_H */
