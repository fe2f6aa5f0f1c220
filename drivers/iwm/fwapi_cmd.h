/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_cmd.h - firmware interface, version 17: how commands and notifications are framed,
 * and their numbers.  Everything is little-endian.  Source: iwlwifi fw/api/cmdhdr.h,
 * commands.h.
 */
#ifndef IWM_FWAPI_CMD_H
#define IWM_FWAPI_CMD_H

/* A command's number: group << 8 | opcode.  Group 0 has the short header. */
#define IWM_CMD_ID(group, op)	((group) << 8 | (op))
#define IWM_CMD_OPCODE(id)	((id) & 0xff)
#define IWM_CMD_GROUP(id)	((id) >> 8 & 0xff)
#define IWM_GROUP_PHY_OPS	0x4
#define IWM_GROUP_DATA_PATH	0x5

#define IWM_ALIVE			0x01	/* notification */
#define IWM_REPLY_ERROR			0x02	/* a command was refused */
#define IWM_INIT_COMPLETE_NOTIF		0x04
#define IWM_PHY_CONTEXT_CMD		0x08
#define IWM_ADD_STA_KEY			0x17
#define IWM_ADD_STA			0x18
#define IWM_REMOVE_STA			0x19
#define IWM_TX_CMD			0x1c
#define IWM_SCD_QUEUE_CFG		0x1d
#define IWM_TXPATH_FLUSH		0x1e
#define IWM_MAC_CONTEXT_CMD		0x28
#define IWM_TIME_EVENT_CMD		0x29
#define IWM_TIME_EVENT_NOTIF		0x2a
#define IWM_BINDING_CONTEXT_CMD		0x2b
#define IWM_TIME_QUOTA_CMD		0x2c
#define IWM_LQ_CMD			0x4e
#define IWM_SCAN_OFFLOAD_REQUEST_CMD	0x51
#define IWM_SCAN_OFFLOAD_ABORT_CMD	0x52
#define IWM_PHY_CONFIGURATION_CMD	0x6a
#define IWM_CALIB_RES_NOTIF_PHY_DB	0x6b
#define IWM_PHY_DB_CMD			0x6c
#define IWM_SCAN_OFFLOAD_COMPLETE	0x6d
#define IWM_POWER_TABLE_CMD		0x77
#define IWM_REPLY_THERMAL_MNG_BACKOFF	0x7e	/* command */
#define IWM_NVM_ACCESS_CMD		0x88
#define IWM_TX_ANT_CONFIGURATION_CMD	0x98
#define IWM_BT_CONFIG			0x9b
#define IWM_STATISTICS_CMD		0x9c
#define IWM_STATISTICS_NOTIF		0x9d
#define IWM_MISSED_BEACONS_NOTIF	0xa2
#define IWM_MAC_PM_POWER_TABLE		0xa9
#define IWM_REPLY_RX_PHY		0xc0
#define IWM_REPLY_RX_MPDU		0xc1
#define IWM_BA_NOTIF			0xc5
#define IWM_MCAST_FILTER_CMD		0xd0
#define IWM_REPLY_SF_CFG_CMD		0xd1
#define IWM_REPLY_BEACON_FILTERING_CMD	0xd2
#define IWM_LTR_CONFIG			0xee
#define IWM_DTS_MEASUREMENT_TRIGGER	IWM_CMD_ID(IWM_GROUP_PHY_OPS, 0x00)
#define IWM_CT_KILL_NOTIF		IWM_CMD_ID(IWM_GROUP_PHY_OPS, 0xfe)
#define IWM_DTS_MEASUREMENT_NOTIF	IWM_CMD_ID(IWM_GROUP_PHY_OPS, 0xff)
#define IWM_DQA_ENABLE_CMD		IWM_CMD_ID(IWM_GROUP_DATA_PATH, 0x00)

struct iwm_cmd_header {
	uint8_t		cmd;
	uint8_t		group_id;
	uint16_t	sequence;
} __packed;
CTASSERT(sizeof(struct iwm_cmd_header) == 4);

struct iwm_cmd_header_wide {
	uint8_t		cmd;
	uint8_t		group_id;
	uint16_t	sequence;
	uint16_t	length;			/* of what follows */
	uint8_t		reserved;
	uint8_t		version;
} __packed;
CTASSERT(sizeof(struct iwm_cmd_header_wide) == 8);

/* The sequence number of a command comes back in its reply. */
#define SEQ_TO_QUEUE(s)		((s) >> 8 & 0x1f)
#define SEQ_TO_INDEX(s)		((s) & 0xff)
#define QUEUE_TO_SEQ(q)		(((q) & 0x1f) << 8)
#define INDEX_TO_SEQ(i)		((i) & 0xff)
#define SEQ_RX_FRAME		0x8000		/* the firmware's own, not a reply */

/* A packet in a receive buffer: reply or notification.  The length is without itself. */
struct iwm_rx_packet {
	uint32_t		len_n_flags;	/* FH_RSCSR_FRAME_SIZE_MSK */
	struct iwm_cmd_header	hdr;
	uint8_t			data[];
} __packed;
CTASSERT(sizeof(struct iwm_rx_packet) == 8);

/* IWM_REPLY_ERROR. */
struct iwm_error_resp {
	uint32_t	error_type;
	uint8_t		cmd_id;
	uint8_t		reserved1;
	uint16_t	bad_cmd_seq_num;
	uint32_t	error_service;
	uint64_t	timestamp;
} __packed;
CTASSERT(sizeof(struct iwm_error_resp) == 20);

/* What many commands answer. */
struct iwm_cmd_response {
	uint32_t	status;
} __packed;

#endif /* IWM_FWAPI_CMD_H */
