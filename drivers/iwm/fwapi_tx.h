/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_tx.h - firmware interface: sending frames (TX_CMD version 6) and what came of them.
 *
 * A descriptor's buffers hold a command header, struct iwm_tx_cmd, the MAC header, two bytes
 * of padding if the header is no multiple of 4, and the rest of the frame.
 * Source: iwlwifi fw/api/tx.h.
 */
#ifndef IWM_FWAPI_TX_H
#define IWM_FWAPI_TX_H

#define TX_CMD_FLG_PROT_REQUIRE		0x00000001	/* RTS or CTS to self before it */
#define TX_CMD_FLG_ACK			0x00000008	/* an answer is expected */
#define TX_CMD_FLG_STA_RATE		0x00000010	/* rates of the station's table */
#define TX_CMD_FLG_BAR			0x00000040	/* is a BlockAckReq */
#define TX_CMD_FLG_BT_PRIO_POS		11
#define TX_CMD_FLG_BT_DIS		0x00001000
#define TX_CMD_FLG_SEQ_CTL		0x00002000	/* the firmware numbers it */
#define TX_CMD_FLG_MORE_FRAG		0x00004000
#define TX_CMD_FLG_TSF			0x00010000
#define TX_CMD_FLG_MH_PAD		0x00100000	/* padding after the MAC header */

#define TX_CMD_SEC_CCM			0x02

#define PM_FRAME_NONE			0
#define PM_FRAME_MGMT			2	/* stay awake for 100 TU */
#define PM_FRAME_ASSOC			3	/* for 10 s */

#define TX_CMD_LIFE_TIME_INFINITE	0xffffffff
#define IWM_DEFAULT_TX_RETRY		15
#define IWM_RTS_RETRY			60
#define IWM_BAR_RETRY			60

struct iwm_tx_cmd {
	uint16_t	len;			/* of the frame, without padding and MIC */
	uint16_t	offload_assist;
	uint32_t	tx_flags;		/* TX_CMD_FLG_* */
	uint8_t		try_cnt;		/* from here 4 bytes are the device's */
	uint8_t		btkill_cnt;
	uint16_t	scratch_reserved;
	uint32_t	rate_n_flags;		/* without TX_CMD_FLG_STA_RATE */
	uint8_t		sta_id;
	uint8_t		sec_ctl;		/* TX_CMD_SEC_* */
	uint8_t		initial_rate_index;
	uint8_t		reserved2;
	uint8_t		key[16];
	uint32_t	reserved3;
	uint32_t	life_time;
	uint32_t	dram_lsb_ptr;		/* of the device's 4 bytes */
	uint8_t		dram_msb_ptr;
	uint8_t		rts_retry_limit;
	uint8_t		data_retry_limit;
	uint8_t		tid_tspec;
	uint16_t	pm_frame_timeout;
	uint16_t	reserved4;
} __packed;
CTASSERT(sizeof(struct iwm_tx_cmd) == 56);
#define IWM_TX_CMD_SCRATCH		8	/* offset of try_cnt */

/* ---- what came of it ---- */

#define TX_STATUS_MSK			0x00ff
#define TX_STATUS_SUCCESS		0x01
#define TX_STATUS_DIRECT_DONE		0x02
#define AGG_TX_STATE_STATUS_MSK		0x0fff
#define AGG_TX_STATE_TRY_CNT_POS	12

struct iwm_agg_tx_status {
	uint16_t	status;			/* TX_STATUS_*; in an A-MPDU AGG_TX_STATE_* */
	uint16_t	sequence;		/* queue << 8 | index */
} __packed;

/* frame_count times a status, then the scheduler's number of the first frame not done. */
struct iwm_tx_resp {
	uint8_t		frame_count;		/* more than 1: an A-MPDU */
	uint8_t		bt_kill_count;
	uint8_t		failure_rts;
	uint8_t		failure_frame;		/* retries */
	uint32_t	initial_rate;		/* of the last try */
	uint16_t	wireless_media_time;	/* us */
	uint8_t		pa_status;
	uint8_t		pa_integ_res[9];
	uint16_t	measurement_req_id;
	uint8_t		reduced_tpc;
	uint8_t		reserved;
	uint32_t	tfd_info;		/* queue << 8 | index */
	uint16_t	seq_ctl;
	uint16_t	byte_cnt;
	uint8_t		tlc_info;		/* place in the rate table, its color << 4 */
	uint8_t		ra_tid;			/* TID, station << 4 */
	uint16_t	frame_ctrl;
	struct iwm_agg_tx_status status[];
} __packed;
CTASSERT(sizeof(struct iwm_tx_resp) == 36);

/* A block ack for an A-MPDU of ours. */
struct iwm_ba_notif {
	uint8_t		sta_addr[6];
	uint16_t	reserved;
	uint8_t		sta_id;
	uint8_t		tid;
	uint16_t	seq_ctl;		/* of the first frame */
	uint64_t	bitmap;			/* from there on */
	uint16_t	scd_flow;		/* queue */
	uint16_t	scd_ssn;		/* the first frame not done */
	uint8_t		txed;
	uint8_t		txed_2_done;		/* of them acknowledged */
	uint8_t		reduced_txp;
	uint8_t		reserved1;
} __packed;
CTASSERT(sizeof(struct iwm_ba_notif) == 28);

struct iwm_tx_path_flush_cmd {
	uint32_t	queues_ctl;		/* bit map */
	uint16_t	flush_ctl;
	uint16_t	reserved;
} __packed;
CTASSERT(sizeof(struct iwm_tx_path_flush_cmd) == 8);
#define DUMP_TX_FIFO_FLUSH		0x2

#endif /* IWM_FWAPI_TX_H */
