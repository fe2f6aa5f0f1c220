/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_rx.h - firmware interface: received frames.  How a frame was received comes in a
 * packet of its own (REPLY_RX_PHY_CMD), before one or more frames (REPLY_RX_MPDU_CMD).
 * Source: iwlwifi fw/api/rx.h.
 */
#ifndef IWM_FWAPI_RX_H
#define IWM_FWAPI_RX_H

#define RX_INFO_PHY_CNT			8
#define RX_INFO_ENERGY_ANT_ABC_IDX	1	/* word with a byte a chain: -dBm, 0: none */

struct iwm_rx_phy_info {
	uint8_t		non_cfg_phy_cnt;
	uint8_t		cfg_phy_cnt;
	uint8_t		stat_id;
	uint8_t		reserved1;
	uint32_t	system_timestamp;	/* GP2, us */
	uint64_t	timestamp;		/* TSF, us */
	uint32_t	beacon_time_stamp;
	uint16_t	phy_flags;		/* RX_RES_PHY_FLAGS_* */
	uint16_t	channel;
	uint32_t	non_cfg_phy[RX_INFO_PHY_CNT];
	uint32_t	rate_n_flags;
	uint32_t	byte_count;
	uint8_t		mac_active_msk;
	uint8_t		mac_context_info;
	uint16_t	frame_time;		/* us on the air */
} __packed;
CTASSERT(sizeof(struct iwm_rx_phy_info) == 68);

#define RX_RES_PHY_FLAGS_BAND_24	0x0001
#define RX_RES_PHY_FLAGS_SHORT_PREAMBLE	0x0004
#define RX_RES_PHY_FLAGS_AGG		0x0080	/* of an A-MPDU */

/* Before the frame; behind it comes a status word. */
struct iwm_rx_mpdu_res_start {
	uint16_t	byte_count;
	uint16_t	assist;
} __packed;
CTASSERT(sizeof(struct iwm_rx_mpdu_res_start) == 4);

#define RX_MPDU_RES_STATUS_CRC_OK	0x00000001
#define RX_MPDU_RES_STATUS_OVERRUN_OK	0x00000002
#define RX_MPDU_RES_STATUS_MIC_OK	0x00000040
#define RX_MPDU_RES_STATUS_SEC_ENC_MSK	0x00000700
#define RX_MPDU_RES_STATUS_SEC_CCM_ENC	0x00000200
#define RX_MPDU_RES_STATUS_DEC_DONE	0x00000800

#endif /* IWM_FWAPI_RX_H */
