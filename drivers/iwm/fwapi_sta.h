/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_sta.h - firmware interface: stations, queues, dynamic queue allocation.
 * Source: iwlwifi fw/api/sta.h (version 7), txq.h, datapath.h.
 */
#ifndef IWM_FWAPI_STA_H
#define IWM_FWAPI_STA_H

struct iwm_dqa_enable_cmd {
	uint32_t	cmd_queue;
} __packed;

#define IWM_STATION_ID			0	/* kept for the access point */
#define IWM_AUX_STA_ID			1
#define IWM_MAC_INDEX_AUX		4
#define IWM_TID_NONE			8	/* a queue without a TID */

struct iwm_add_sta_cmd {
	uint8_t		add_modify;		/* 0: add */
	uint8_t		awake_acs;
	uint16_t	tid_disable_tx;
	uint32_t	mac_id_n_color;
	uint8_t		addr[6];
	uint16_t	reserved2;
	uint8_t		sta_id;
	uint8_t		modify_mask;
	uint16_t	reserved3;
	uint32_t	station_flags;
	uint32_t	station_flags_msk;
	uint8_t		add_immediate_ba_tid;
	uint8_t		remove_immediate_ba_tid;
	uint16_t	add_immediate_ba_ssn;
	uint16_t	sleep_tx_count;
	uint16_t	sleep_state_flags;
	uint16_t	assoc_id;
	uint16_t	beamform_flags;
	uint32_t	tfd_queue_msk;
} __packed;
CTASSERT(sizeof(struct iwm_add_sta_cmd) == 44);
#define IWM_ADD_STA_STATUS_MASK		0xff
#define IWM_ADD_STA_SUCCESS		0x1

struct iwm_scd_txq_cfg_cmd {
	uint8_t		token;
	uint8_t		sta_id;
	uint8_t		tid;
	uint8_t		scd_queue;
	uint8_t		action;
	uint8_t		aggregate;
	uint8_t		tx_fifo;
	uint8_t		window;
	uint16_t	ssn;
	uint16_t	reserved;
} __packed;
CTASSERT(sizeof(struct iwm_scd_txq_cfg_cmd) == 12);
#define SCD_CFG_ENABLE_QUEUE		1

#endif /* IWM_FWAPI_STA_H */
