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
	return iwm_sf_config(sc, 0);
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

/* A card that is still warm from before goes on with its pauses. */
static int
send_thermal(struct iwm_softc *sc)
{
	return iwm_tt_backoff(sc, sc->sc_tt.want.backoff);
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
		iwm_send_bt_init_conf, send_dqa, iwm_sta_add_aux, iwm_phyctx_add_all,
		send_thermal, send_ltr, send_power, iwm_tt_measure,
	};
	unsigned i;
	int error;

	for (i = 0; i < nitems(steps); i++)
		if ((error = steps[i](sc)) != 0)
			return error;
	return 0;
}
