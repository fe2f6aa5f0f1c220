/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_scan.h - firmware interface: scan of the lower MAC (request version 7).
 * Source: iwlwifi fw/api/scan.h, mvm/scan.c.
 */
#ifndef IWM_FWAPI_SCAN_H
#define IWM_FWAPI_SCAN_H

#define PROBE_OPTION_MAX		20	/* SSIDs */
#define SCAN_OFFLOAD_PROBE_REQ_SIZE	512
#define SCAN_DEF_CHANNELS		40	/* places, when the file does not tell */

/* All times are in TU. */
#define SCAN_DWELL_ACTIVE		10
#define SCAN_DWELL_PASSIVE		110
#define SCAN_DWELL_FRAGMENTED		44
#define SCAN_DWELL_EXTENDED		90

#define LMAC_SCAN_FLAG_PASS_ALL		0x001	/* every beacon and probe response */
#define LMAC_SCAN_FLAG_PASSIVE		0x002
#define LMAC_SCAN_FLAG_PRE_CONNECTION	0x004	/* for one SSID */
#define LMAC_SCAN_FLAG_EXTENDED_DWELL	0x080	/* on channels 1, 6, 11 */

#define SCAN_PRIORITY_EXT_6		6

struct iwm_ssid_ie {
	uint8_t		id;
	uint8_t		len;
	uint8_t		ssid[32];
} __packed;
CTASSERT(sizeof(struct iwm_ssid_ie) == 34);

struct iwm_scan_req_tx_cmd {
	uint32_t	tx_flags;
	uint32_t	rate_n_flags;
	uint8_t		sta_id;
	uint8_t		reserved[3];
} __packed;
CTASSERT(sizeof(struct iwm_scan_req_tx_cmd) == 12);

struct iwm_scan_schedule_lmac {
	uint16_t	delay;			/* s */
	uint8_t		iterations;
	uint8_t		full_scan_mul;
} __packed;
CTASSERT(sizeof(struct iwm_scan_schedule_lmac) == 4);

struct iwm_scan_channel_opt {
	uint16_t	flags;
	uint16_t	non_ebs_ratio;
} __packed;
CTASSERT(sizeof(struct iwm_scan_channel_opt) == 4);

struct iwm_scan_channel_cfg_lmac {
	uint32_t	flags;			/* bits 20..1: which SSIDs to probe for */
	uint16_t	channel_num;
	uint16_t	iter_count;
	uint32_t	iter_interval;
} __packed;
CTASSERT(sizeof(struct iwm_scan_channel_cfg_lmac) == 12);
#define UNIFIED_SCAN_CHANNEL_PARTIAL	0x10000000

struct iwm_scan_probe_segment {
	uint16_t	offset;
	uint16_t	len;
} __packed;

/* The firmware puts a probe request together: header, SSID, band data, common data. */
struct iwm_scan_probe_req {
	struct iwm_scan_probe_segment mac_header;
	struct iwm_scan_probe_segment band_data[2];	/* 2.4, 5 GHz */
	struct iwm_scan_probe_segment common_data;
	uint8_t		buf[SCAN_OFFLOAD_PROBE_REQ_SIZE];
} __packed;
CTASSERT(sizeof(struct iwm_scan_probe_req) == 528);

/* After it: as many channels as the firmware's file says, then a struct iwm_scan_probe_req. */
struct iwm_scan_req_lmac {
	uint32_t	reserved1;
	uint8_t		n_channels;
	uint8_t		active_dwell;
	uint8_t		passive_dwell;
	uint8_t		fragmented_dwell;
	uint8_t		extended_dwell;
	uint8_t		reserved2;
	uint16_t	rx_chain_select;	/* PHY_RX_CHAIN_* */
	uint32_t	scan_flags;		/* LMAC_SCAN_FLAG_* */
	uint32_t	max_out_time;		/* away from the network in service */
	uint32_t	suspend_time;		/* back there in between */
	uint32_t	flags;			/* PHY_BAND_* */
	uint32_t	filter_flags;		/* MAC_FILTER_* */
	struct iwm_scan_req_tx_cmd tx_cmd[2];	/* 2.4, 5 GHz */
	struct iwm_ssid_ie direct_scan[PROBE_OPTION_MAX];	/* sent last first */
	uint32_t	scan_prio;
	uint32_t	iter_num;
	uint32_t	delay;			/* s */
	struct iwm_scan_schedule_lmac schedule[2];
	struct iwm_scan_channel_opt channel_opt[2];
	struct iwm_scan_channel_cfg_lmac channel[];
} __packed;
CTASSERT(sizeof(struct iwm_scan_req_lmac) == 764);

#define SCAN_ABORT_CAN			1	/* status of the abort command */

struct iwm_periodic_scan_complete {
	uint8_t		last_schedule_line;
	uint8_t		last_schedule_iteration;
	uint8_t		status;			/* SCAN_OFFLOAD_* */
	uint8_t		ebs_status;
	uint32_t	time_after_last_iter;
	uint32_t	reserved;
} __packed;
CTASSERT(sizeof(struct iwm_periodic_scan_complete) == 12);
#define SCAN_OFFLOAD_COMPLETED		1
#define SCAN_OFFLOAD_ABORTED		2

#endif /* IWM_FWAPI_SCAN_H */
