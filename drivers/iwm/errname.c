/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errname.c - decoding of the firmware's error tables.  See errlog.h.
 * Numbers: iwlwifi fw/dump.c.
 */
#include <pdk.h>

#include "errlog.h"
#include "fwapi_alive.h"

/* The high digit says which CPU. */
#define FW_SYSASSERT_CPU_MASK	0xf0000000

static const struct {
	uint32_t	 num;
	const char	*name;
} errors[] = {
	{ 0x34, "NMI_INTERRUPT_WDG" },
	{ 0x35, "SYSASSERT" },
	{ 0x37, "UCODE_VERSION_MISMATCH" },
	{ 0x38, "BAD_COMMAND" },
	{ 0x39, "BAD_COMMAND" },
	{ 0x3c, "NMI_INTERRUPT_DATA_ACTION_PT" },
	{ 0x3d, "FATAL_ERROR" },
	{ 0x46, "NMI_TRM_HW_ERR" },
	{ 0x4c, "NMI_INTERRUPT_TRM" },
	{ 0x54, "NMI_INTERRUPT_BREAK_POINT" },
	{ 0x5c, "NMI_INTERRUPT_WDG_RXF_FULL" },
	{ 0x64, "NMI_INTERRUPT_WDG_NO_RBD_RXF_FULL" },
	{ 0x66, "NMI_INTERRUPT_HOST" },
	{ 0x70, "NMI_INTERRUPT_LMAC_FATAL" },
	{ 0x71, "NMI_INTERRUPT_UMAC_FATAL" },
	{ 0x73, "NMI_INTERRUPT_OTHER_LMAC_FATAL" },
	{ 0x7c, "NMI_INTERRUPT_ACTION_PT" },
	{ 0x84, "NMI_INTERRUPT_UNKNOWN" },
	{ 0x86, "NMI_INTERRUPT_INST_ACTION_PT" },
};

const char *
iwm_errlog_name(uint32_t error_id)
{
	unsigned i;

	for (i = 0; i < nitems(errors); i++)
		if (errors[i].num == (error_id & ~FW_SYSASSERT_CPU_MASK))
			return errors[i].name;
	return "ADVANCED_SYSASSERT";
}

#define LMAC(f)	{ offsetof(struct iwm_error_event_table, f) / 4, #f }
#define UMAC(f)	{ offsetof(struct iwm_umac_error_table, f) / 4, #f }

static const struct iwm_errlog_field lmac[] = {
	LMAC(trm_hw_status0), LMAC(trm_hw_status1), LMAC(blink2), LMAC(ilink1), LMAC(ilink2),
	LMAC(data1), LMAC(data2), LMAC(data3), LMAC(bcon_time), LMAC(tsf_low), LMAC(tsf_hi),
	LMAC(gp1), LMAC(gp2), LMAC(fw_rev_type), LMAC(major), LMAC(minor), LMAC(hw_ver),
	LMAC(brd_ver), LMAC(hcmd), LMAC(isr0), LMAC(isr1), LMAC(isr2), LMAC(isr3), LMAC(isr4),
	LMAC(last_cmd_id), LMAC(wait_event), LMAC(l2p_control), LMAC(l2p_duration),
	LMAC(l2p_mhvalid), LMAC(l2p_addr_match), LMAC(lmpm_pmg_sel), LMAC(u_timestamp),
	LMAC(flow_handler),
};

static const struct iwm_errlog_field umac[] = {
	UMAC(blink1), UMAC(blink2), UMAC(ilink1), UMAC(ilink2), UMAC(data1), UMAC(data2),
	UMAC(data3), UMAC(umac_major), UMAC(umac_minor), UMAC(frame_pointer),
	UMAC(stack_pointer), UMAC(cmd_header), UMAC(nic_isr_pref),
};

const struct iwm_errlog_field *
iwm_errlog_lmac_field(unsigned i)
{
	return i < nitems(lmac) ? &lmac[i] : NULL;
}

const struct iwm_errlog_field *
iwm_errlog_umac_field(unsigned i)
{
	return i < nitems(umac) ? &umac[i] : NULL;
}
