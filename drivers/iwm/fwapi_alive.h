/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_alive.h - firmware interface: the ALIVE notification (version 3) and the error
 * tables it points to.  Source: iwlwifi fw/api/alive.h, fw/dump.c.
 */
#ifndef IWM_FWAPI_ALIVE_H
#define IWM_FWAPI_ALIVE_H

#define IWM_ALIVE_STATUS_OK	0xcafe

struct iwm_alive_resp {
	uint16_t	status;
	uint16_t	flags;
	uint32_t	ucode_major;
	uint32_t	ucode_minor;
	uint8_t		ver_subtype;
	uint8_t		ver_type;
	uint8_t		mac;
	uint8_t		opt;
	uint32_t	timestamp;
	uint32_t	error_event_table_ptr;	/* SRAM: struct iwm_error_event_table */
	uint32_t	log_event_table_ptr;
	uint32_t	cpu_register_ptr;
	uint32_t	dbgm_config_ptr;
	uint32_t	alive_counter_ptr;
	uint32_t	scd_base_ptr;		/* SRAM: scheduler context */
	uint32_t	st_fwrd_addr;
	uint32_t	st_fwrd_size;
	uint32_t	umac_major;
	uint32_t	umac_minor;
	uint32_t	error_info_addr;	/* SRAM: struct iwm_umac_error_table, or 0 */
#define FW_ADDR_CACHE_CONTROL	0xc0000000	/* of it: how it is cached, no address */
	uint32_t	dbg_print_buff_addr;
} __packed;
CTASSERT(sizeof(struct iwm_alive_resp) == 68);

/* Read from SRAM word by word; each member is a word in the host's order. */
struct iwm_error_event_table {
	uint32_t	valid, error_id;
	uint32_t	trm_hw_status0, trm_hw_status1;
	uint32_t	blink2, ilink1, ilink2;
	uint32_t	data1, data2, data3;
	uint32_t	bcon_time, tsf_low, tsf_hi, gp1, gp2;
	uint32_t	fw_rev_type, major, minor, hw_ver, brd_ver;
	uint32_t	log_pc, frame_ptr, stack_ptr, hcmd;
	uint32_t	isr0, isr1, isr2, isr3, isr4;
	uint32_t	last_cmd_id, wait_event;
	uint32_t	l2p_control, l2p_duration, l2p_mhvalid, l2p_addr_match;
	uint32_t	lmpm_pmg_sel, u_timestamp, flow_handler;
};
CTASSERT(sizeof(struct iwm_error_event_table) == 38 * 4);

struct iwm_umac_error_table {
	uint32_t	valid, error_id;
	uint32_t	blink1, blink2, ilink1, ilink2;
	uint32_t	data1, data2, data3;
	uint32_t	umac_major, umac_minor;
	uint32_t	frame_pointer, stack_pointer, cmd_header, nic_isr_pref;
};
CTASSERT(sizeof(struct iwm_umac_error_table) == 15 * 4);

#endif /* IWM_FWAPI_ALIVE_H */
