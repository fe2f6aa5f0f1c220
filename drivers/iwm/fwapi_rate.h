/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_rate.h - firmware interface: a rate as one word (rate_n_flags, version 1), and the
 * table of rates for a station (LQ_CMD).  Source: iwlwifi fw/api/rs.h.
 */
#ifndef IWM_FWAPI_RATE_H
#define IWM_FWAPI_RATE_H

/* Bits 7..0: the PLCP code of a legacy rate; HT: the MCS; VHT: MCS and streams. */
#define RATE_LEGACY_RATE_MSK		0x000000ff
#define RATE_HT_MCS_INDEX_MSK		0x0000003f
#define RATE_VHT_MCS_RATE_CODE_MSK	0x0000000f
#define RATE_VHT_MCS_NSS(w)		(((w) >> 4 & 3) + 1)
#define RATE_MCS_HT_MSK			0x00000100
#define RATE_MCS_CCK_MSK		0x00000200
#define RATE_MCS_CHAN_WIDTH_POS		11
#define RATE_MCS_CHAN_WIDTH_MSK		0x00001800	/* 20, 40, 80, 160 MHz */
#define RATE_MCS_CHAN_WIDTH_40		0x00000800
#define RATE_MCS_SGI_MSK		0x00002000
#define RATE_MCS_ANT_POS		14
#define RATE_MCS_ANT_A_MSK		0x00004000
#define RATE_MCS_ANT_B_MSK		0x00008000
#define RATE_MCS_ANT_AB_MSK		0x0000c000
#define RATE_MCS_VHT_MSK		0x04000000

#define LQ_MAX_RETRY_NUM		16
#define LQ_FLAG_COLOR_POS		1
#define LQ_FLAG_COLOR_MSK		0x0e	/* comes back in answers to frames */
#define LQ_AGG_TIME_LIMIT_DEF		4000	/* us */
#define LQ_AGG_DISABLE_START_DEF	3	/* tries from which on nothing is aggregated */
#define LQ_AGG_FRAME_CNT_LIMIT_DEF	63

/* A frame's n-th try is at rate rs_table[n]. */
struct iwm_lq_cmd {
	uint8_t		sta_id;
	uint8_t		reduced_tpc;
	uint16_t	control;
	uint8_t		flags;			/* LQ_FLAG_* */
	uint8_t		mimo_delim;		/* the first entry that is not MIMO */
	uint8_t		single_stream_ant_msk;
	uint8_t		dual_stream_ant_msk;
	uint8_t		initial_rate_index[4];	/* by access category */
	uint16_t	agg_time_limit;		/* us */
	uint8_t		agg_disable_start_th;
	uint8_t		agg_frame_cnt_limit;
	uint32_t	reserved2;
	uint32_t	rs_table[LQ_MAX_RETRY_NUM];
	uint32_t	ss_params;
} __packed;
CTASSERT(sizeof(struct iwm_lq_cmd) == 88);

#endif /* IWM_FWAPI_RATE_H */
