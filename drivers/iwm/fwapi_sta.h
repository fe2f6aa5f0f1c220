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
	uint8_t		add_modify;		/* STA_MODE_* */
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
#define STA_MODE_ADD			0
#define STA_MODE_MODIFY			1
#define STA_MODIFY_TID_DISABLE_TX	0x02
#define STA_MODIFY_ADD_BA_TID		0x08
#define STA_MODIFY_REMOVE_BA_TID	0x10
#define STA_MODIFY_QUEUES		0x80
#define STA_FLG_DRAIN_FLOW		0x00001000	/* give frames back unsent */
#define STA_FLG_RTS_MIMO_PROT		0x00020000	/* RTS before two streams */
#define STA_FLG_MAX_AGG_SIZE_POS	19		/* 2^n * 8 KB */
#define STA_FLG_MAX_AGG_SIZE_MSK	0x00380000
#define STA_FLG_AGG_MPDU_DENS_POS	23
#define STA_FLG_AGG_MPDU_DENS_MSK	0x03800000
#define STA_FLG_FAT_EN_40MHZ		0x04000000
#define STA_FLG_FAT_EN_MSK		0x0c000000
#define STA_FLG_MIMO_EN_MIMO2		0x10000000
#define STA_FLG_MIMO_EN_MSK		0x30000000
#define IWM_ADD_STA_STATUS_MASK		0xff
#define IWM_ADD_STA_SUCCESS		0x1

struct iwm_rm_sta_cmd {
	uint8_t		sta_id;
	uint8_t		reserved[3];
} __packed;
CTASSERT(sizeof(struct iwm_rm_sta_cmd) == 4);

/* ADD_STA_KEY, version 1. */
struct iwm_add_sta_key_cmd {
	uint8_t		sta_id;
	uint8_t		key_offset;		/* place in the key table */
	uint16_t	key_flags;		/* STA_KEY_* */
	uint8_t		key[32];
	uint8_t		rx_secur_seq_cnt[16];
	uint8_t		tkip_rx_tsc_byte2;
	uint8_t		reserved;
	uint16_t	tkip_rx_ttak[5];
} __packed;
CTASSERT(sizeof(struct iwm_add_sta_key_cmd) == 64);
#define STA_KEY_FLG_CCM			0x0002
#define STA_KEY_FLG_WEP_KEY_MAP		0x0008
#define STA_KEY_FLG_KEYID_POS		8
#define STA_KEY_NOT_VALID		0x0800
#define STA_KEY_MULTICAST		0x4000
#define STA_KEY_MAX_NUM			16

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
#define SCD_CFG_DISABLE_QUEUE		0
#define SCD_CFG_ENABLE_QUEUE		1

#endif /* IWM_FWAPI_STA_H */
