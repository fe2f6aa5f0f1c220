/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_phy.h - firmware interface: antennas, PHY configuration, PHY database and PHY
 * contexts.  Source: iwlwifi fw/api/phy.h, phy-ctxt.h, config.h, iwl-phy-db.c.
 */
#ifndef IWM_FWAPI_PHY_H
#define IWM_FWAPI_PHY_H

struct iwm_tx_ant_cfg_cmd {
	uint32_t	valid;
} __packed;

/* The PHY_SKU word of the firmware file is also the command's. */
#define FW_PHY_CFG_RADIO_TYPE(x)	((x) & 0x3)
#define FW_PHY_CFG_RADIO_STEP(x)	((x) >> 2 & 0x3)
#define FW_PHY_CFG_RADIO_DASH(x)	((x) >> 4 & 0x3)
#define FW_PHY_CFG_TX_CHAIN(x)		((x) >> 16 & 0xf)
#define FW_PHY_CFG_RX_CHAIN(x)		((x) >> 20 & 0xf)
#define FW_PHY_CFG_TX_CHAIN_POS		16
#define FW_PHY_CFG_RX_CHAIN_POS		20
#define FW_PHY_CFG_CHAINS		0x00ff0000

struct iwm_phy_cfg_cmd {
	uint32_t	phy_cfg;
	uint32_t	flow_trigger;		/* calibrations */
	uint32_t	event_trigger;
} __packed;
CTASSERT(sizeof(struct iwm_phy_cfg_cmd) == 12);

#define IWM_PHY_DB_CFG			1
#define IWM_PHY_DB_CALIB_NCH		2
#define IWM_PHY_DB_CALIB_CHG_PAPD	4	/* data begins with the channel group */
#define IWM_PHY_DB_CALIB_CHG_TXP	5	/* likewise */

/* Both the calibration result and the command that gives it back. */
struct iwm_phy_db_hdr {
	uint16_t	type;
	uint16_t	length;
	uint8_t		data[];
} __packed;
CTASSERT(sizeof(struct iwm_phy_db_hdr) == 4);

#define IWM_NUM_PHY_CTX			3
#define FW_CTXT_ACTION_ADD		1
#define FW_CTXT_ACTION_MODIFY		2
#define FW_CTXT_ACTION_REMOVE		3
#define FW_CMD_ID_AND_COLOR(id, color)	((id) | (color) << 8)
#define PHY_BAND_5			0
#define PHY_BAND_24			1
#define PHY_VHT_CHANNEL_MODE20		0
#define PHY_VHT_CHANNEL_MODE40		1
#define PHY_VHT_CTRL_POS_1_BELOW	0	/* the primary channel, seen from the centre */
#define PHY_VHT_CTRL_POS_1_ABOVE	4
#define PHY_RX_CHAIN_VALID_POS		1
#define PHY_RX_CHAIN_DRIVER_FORCE_POS	0
#define PHY_RX_CHAIN_FORCE_SEL_POS	4
#define PHY_RX_CHAIN_FORCE_MIMO_SEL_POS	7
#define PHY_RX_CHAIN_CNT_POS		10
#define PHY_RX_CHAIN_MIMO_CNT_POS	12

struct iwm_phy_context_cmd {
	uint32_t	id_and_color;
	uint32_t	action;
	uint32_t	apply_time;
	uint32_t	tx_param_color;
	uint8_t		band;
	uint8_t		channel;
	uint8_t		width;
	uint8_t		ctrl_pos;
	uint32_t	txchain_info;
	uint32_t	rxchain_info;
	uint32_t	acquisition_data;
	uint32_t	dsp_cfg_flags;
} __packed;
CTASSERT(sizeof(struct iwm_phy_context_cmd) == 36);

#endif /* IWM_FWAPI_PHY_H */
