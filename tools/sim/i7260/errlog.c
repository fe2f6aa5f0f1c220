/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errlog.c - the firmware's death: the error table (LOG_ERROR_TABLE version 3) at the address that
 * ALIVE told, and the SW_ERR interrupt.
 */
#include "tools/sim/i7260/card.h"

enum {				/* words of the table */
	E_VALID, E_ERROR_ID, E_TRM0, E_TRM1, E_BLINK2, E_ILINK1, E_ILINK2, E_DATA1, E_DATA2,
	E_DATA3, E_BCON_TIME, E_TSF_LOW, E_TSF_HI, E_GP1, E_GP2, E_FW_REV_TYPE, E_MAJOR, E_MINOR,
	E_HW_VER, E_BRD_VER, E_LOG_PC, E_FRAME_PTR, E_STACK_PTR, E_HCMD, E_ISR0, E_ISR1, E_ISR2,
	E_ISR3, E_ISR4, E_LAST_CMD_ID, E_WAIT_EVENT, E_L2P_CONTROL, E_L2P_DURATION, E_L2P_MHVALID,
	E_L2P_ADDR_MATCH, E_LMPM_PMG_SEL, E_U_TIMESTAMP, E_FLOW_HANDLER, E_WORDS
};

void
errlog_assert(struct card *c, uint32_t error_id, uint32_t data1, uint32_t data2)
{
	uint8_t *t = sram_at(c, ERRTABLE_BASE, E_WORDS * 4);
	uint64_t us;

	if (c->fw != FW_RUNNING && c->fw != FW_BOOTING)
		return;
	us = (sim_now(c->dev) - c->fw_started) / 1000;
	c->fw = FW_DEAD;
	sim_timer_stop(&c->boot);
	sim_timer_stop(&c->calib);
	fw_stop(c);
	put32(t + 4 * E_VALID, 1);
	put32(t + 4 * E_ERROR_ID, error_id);
	put32(t + 4 * E_TRM0, 0x2f0);
	put32(t + 4 * E_BLINK2, 0x58cc);
	put32(t + 4 * E_ILINK1, 0x58bc);
	put32(t + 4 * E_DATA1, data1);
	put32(t + 4 * E_DATA2, data2);
	put32(t + 4 * E_TSF_LOW, (uint32_t)us);
	put32(t + 4 * E_TSF_HI, (uint32_t)(us >> 32));
	put32(t + 4 * E_GP2, (uint32_t)us);
	put32(t + 4 * E_MAJOR, c->file != NULL ? c->file->major : 17);
	put32(t + 4 * E_MINOR, c->file != NULL ? c->file->minor : 0);
	put32(t + 4 * E_HW_VER, c->chip->hw_rev);
	put32(t + 4 * E_HCMD, c->last_hcmd);
	put32(t + 4 * E_LAST_CMD_ID, c->last_hcmd & 0xff);
	csr_mac_wake(c);
	sim_event(c->dev, "fw-assert", "\"id\":%u,\"data1\":%u,\"data2\":%u", error_id, data1,
	    data2);
	irq_raise(c, INT_SW_ERR, 0);
}
