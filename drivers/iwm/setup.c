/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup.c - the commands that make a running firmware ready: antennas, PHY, coexistence,
 * smart FIFO, queues, PHY contexts, power.  WORKER, with the lock.
 * Source of order and values: iwlwifi mvm/fw.c (iwl_mvm_up), OpenBSD if_iwm.c (iwm_init_hw).
 */
#include "iwm.h"
#include "fwapi_misc.h"
#include "fwapi_phy.h"
#include "fwapi_sta.h"
#include "scd.h"

/* ---- also for the INIT firmware ---- */

int
iwm_send_bt_init_conf(struct iwm_softc *sc)
{
	struct iwm_bt_coex_cmd cmd = {
		.mode = htole32(BT_COEX_NW),
		.enabled_modules = htole32(BT_COEX_SYNC2SCO_ENABLED | BT_COEX_HIGH_BAND_RET),
	};

	return iwm_cmd_send(sc, IWM_BT_CONFIG, &cmd, sizeof(cmd));
}

int
iwm_send_tx_ant_cfg(struct iwm_softc *sc)
{
	struct iwm_tx_ant_cfg_cmd cmd = { .valid = htole32(sc->sc_nvm.tx_ant) };

	return iwm_cmd_send(sc, IWM_TX_ANT_CONFIGURATION_CMD, &cmd, sizeof(cmd));
}

int
iwm_send_phy_cfg(struct iwm_softc *sc)
{
	const struct iwm_fw_image *img = &sc->sc_fw.image[sc->sc_ucode];
	uint32_t cfg = sc->sc_fw.phy_config & ~FW_PHY_CFG_CHAINS;
	struct iwm_phy_cfg_cmd cmd = {
		.flow_trigger = htole32(img->calib_flow),
		.event_trigger = htole32(img->calib_event),
	};

	cfg |= (uint32_t)sc->sc_nvm.tx_ant << FW_PHY_CFG_TX_CHAIN_POS;
	cfg |= (uint32_t)sc->sc_nvm.rx_ant << FW_PHY_CFG_RX_CHAIN_POS;
	cmd.phy_cfg = htole32(cfg);
	return iwm_cmd_send(sc, IWM_PHY_CONFIGURATION_CMD, &cmd, sizeof(cmd));
}

/* ---- runtime firmware ---- */

static int
send_smart_fifo(struct iwm_softc *sc)
{
	struct iwm_sf_cfg_cmd cmd = { .state = htole32(SF_INIT_OFF) };
	unsigned i;

	cmd.watermark[0] = htole32(SF_W_MARK_SCAN);
	cmd.watermark[1] = htole32(SF_W_MARK_MIMO2);
	for (i = 0; i < SF_NUM_SCENARIO; i++) {
		cmd.long_delay_timeouts[i][0] = htole32(SF_LONG_DELAY_AGING_TIMER);
		cmd.long_delay_timeouts[i][1] = htole32(SF_LONG_DELAY_AGING_TIMER);
		cmd.full_on_timeouts[i][0] = htole32(SF_AGING_TIMER_DEF);
		cmd.full_on_timeouts[i][1] = htole32(SF_IDLE_TIMER_DEF);
	}
	return iwm_cmd_send(sc, IWM_REPLY_SF_CFG_CMD, &cmd, sizeof(cmd));
}

/* Give back what the INIT firmware found out. */
static int
send_phydb(struct iwm_softc *sc)
{
	const struct iwm_phydb_entry *e;
	struct iwm_phy_db_hdr hdr;
	struct iwm_hcmd h = { .id = IWM_PHY_DB_CMD };
	unsigned i;
	int error;

	for (i = 0; (e = iwm_phydb_get(&sc->sc_phydb, i)) != NULL; i++) {
		hdr.type = htole16(e->type);
		hdr.length = htole16(e->len);
		h.data[0] = &hdr;
		h.len[0] = sizeof(hdr);
		h.data[1] = e->data;
		h.len[1] = e->len;
		if ((error = iwm_cmd(sc, &h)) != 0)
			return error;
	}
	return 0;
}

static int
send_dqa(struct iwm_softc *sc)
{
	struct iwm_dqa_enable_cmd cmd = { .cmd_queue = htole32(IWM_CMD_QUEUE) };

	return iwm_cmd_send(sc, IWM_DQA_ENABLE_CMD, &cmd, sizeof(cmd));
}

/* Let the firmware schedule a queue for a station. */
static int
enable_queue(struct iwm_softc *sc, unsigned qid, unsigned sta_id, unsigned fifo)
{
	struct iwm_scd_txq_cfg_cmd cmd = {
		.sta_id = sta_id, .tid = IWM_TID_NONE, .scd_queue = qid,
		.action = SCD_CFG_ENABLE_QUEUE, .tx_fifo = fifo, .window = SCD_FRAME_LIMIT,
	};
	int error;

	if ((error = iwm_nic_lock(sc)) != 0)
		return error;
	sc->sc_tx[qid].cur = 0;
	iwm_write(sc, HBUS_TARG_WRPTR, qid << 8);
	iwm_nic_unlock(sc);
	return iwm_cmd_send(sc, IWM_SCD_QUEUE_CFG, &cmd, sizeof(cmd));
}

/* The station that scans: it belongs to no network. */
static int
add_aux_station(struct iwm_softc *sc)
{
	struct iwm_add_sta_cmd cmd = {
		.sta_id = IWM_AUX_STA_ID,
		.mac_id_n_color = htole32(FW_CMD_ID_AND_COLOR(IWM_MAC_INDEX_AUX, 0)),
		.tid_disable_tx = htole16(0xffff),
		.tfd_queue_msk = htole32(1 << IWM_AUX_QUEUE),
	};
	uint32_t status;
	int error;

	error = enable_queue(sc, IWM_AUX_QUEUE, IWM_AUX_STA_ID, IWM_TX_FIFO_MCAST);
	if (error == 0)
		error = iwm_cmd_status(sc, IWM_ADD_STA, &cmd, sizeof(cmd), &status);
	if (error == 0 && (status & IWM_ADD_STA_STATUS_MASK) != IWM_ADD_STA_SUCCESS) {
		error = EIO;
		IWM_FAIL(sc, error, "firmware: ADD_STA of the scanning station: status 0x%x",
		    status);
	}
	return error;
}

/* The firmware wants all of its PHY contexts to exist; the channel is changed when joining. */
static int
add_phy_contexts(struct iwm_softc *sc)
{
	const struct pdk80211_chan *ch = &sc->sc_nvm.chans[0];
	struct iwm_phy_context_cmd cmd = {
		.action = htole32(FW_CTXT_ACTION_ADD),
		.band = ch->num <= 14 ? PHY_BAND_24 : PHY_BAND_5,
		.channel = ch->num,
		.width = PHY_VHT_CHANNEL_MODE20,
		.ctrl_pos = PHY_VHT_CTRL_POS_1_BELOW,
		.txchain_info = htole32(sc->sc_nvm.tx_ant),
		.rxchain_info = htole32((uint32_t)sc->sc_nvm.rx_ant << PHY_RX_CHAIN_VALID_POS |
		    1 << PHY_RX_CHAIN_CNT_POS | 1 << PHY_RX_CHAIN_MIMO_CNT_POS),
	};
	unsigned id;
	int error;

	for (id = 0; id < IWM_NUM_PHY_CTX; id++) {
		cmd.id_and_color = htole32(FW_CMD_ID_AND_COLOR(id, 0));
		if ((error = iwm_cmd_send(sc, IWM_PHY_CONTEXT_CMD, &cmd, sizeof(cmd))) != 0)
			return error;
	}
	return 0;
}

static int
send_thermal(struct iwm_softc *sc)
{
	struct iwm_thermal_backoff_cmd cmd = { .backoff = htole32(0) };

	return iwm_cmd_send(sc, IWM_REPLY_THERMAL_MNG_BACKOFF, &cmd, sizeof(cmd));
}

/* Latency reports to the root port, when the host has them on. */
static int
send_ltr(struct iwm_softc *sc)
{
	struct iwm_ltr_config_cmd cmd = { .flags = htole32(LTR_CFG_FLAG_FEATURE_ENABLE) };

	if (!sc->sc_ltr)
		return 0;
	return iwm_cmd_send(sc, IWM_LTR_CONFIG, &cmd, sizeof(cmd));
}

static int
send_power(struct iwm_softc *sc)
{
	struct iwm_device_power_cmd cmd = {
		.flags = htole16(DEVICE_POWER_FLAGS_POWER_SAVE_ENA_MSK),
	};

	return iwm_cmd_send(sc, IWM_POWER_TABLE_CMD, &cmd, sizeof(cmd));
}

int
iwm_setup_runtime(struct iwm_softc *sc)
{
	static int (*const steps[])(struct iwm_softc *) = {
		send_smart_fifo, iwm_send_tx_ant_cfg, send_phydb, iwm_send_phy_cfg,
		iwm_send_bt_init_conf, send_dqa, add_aux_station, add_phy_contexts,
		send_thermal, send_ltr, send_power,
	};
	unsigned i;
	int error;

	for (i = 0; i < nitems(steps); i++)
		if ((error = steps[i](sc)) != 0)
			return error;
	return 0;
}
