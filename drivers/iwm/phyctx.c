/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phyctx.c - PHY contexts: a channel, its width and the receive chains.  The firmware wants all
 * of its contexts to exist from the start; the network uses the first.
 */
#include "iwm.h"
#include "fwapi_phy.h"

static unsigned
count_bits(uint8_t mask)
{
	unsigned n = 0;

	for (; mask != 0; mask &= mask - 1)
		n++;
	return n;
}

/*
 * How many receive chains while nothing comes, and while something does.  For one stream two hear
 * better than one, so both are on all the time.  Source: iwlwifi mvm/phy-ctxt.c.
 */
static uint32_t
chain_counts(uint8_t ant, int mimo)
{
	unsigned all = count_bits(ant), idle = mimo ? 1 : all;

	return idle << PHY_RX_CHAIN_CNT_POS | all << PHY_RX_CHAIN_MIMO_CNT_POS;
}

static int
send(struct iwm_softc *sc, unsigned id, uint32_t action, const struct pdk80211_chan *ch, int mimo)
{
	struct iwm_phy_context_cmd cmd = {
		.id_and_color = htole32(FW_CMD_ID_AND_COLOR(id, 0)),
		.action = htole32(action),
		.band = ch->num <= 14 ? PHY_BAND_24 : PHY_BAND_5,
		.channel = ch->num,
		.width = PHY_VHT_CHANNEL_MODE20,
		.ctrl_pos = PHY_VHT_CTRL_POS_1_BELOW,
		.txchain_info = htole32(sc->sc_nvm.tx_ant),
		.rxchain_info = htole32((uint32_t)sc->sc_nvm.rx_ant << PHY_RX_CHAIN_VALID_POS |
		    chain_counts(sc->sc_nvm.rx_ant, mimo)),
	};

	if (ch->width >= 40 && ch->sco != 0) {
		cmd.width = PHY_VHT_CHANNEL_MODE40;
		if (ch->sco < 0)
			cmd.ctrl_pos = PHY_VHT_CTRL_POS_1_ABOVE;
	}
	return iwm_cmd_send(sc, IWM_PHY_CONTEXT_CMD, &cmd, sizeof(cmd));
}

int
iwm_phyctx_add_all(struct iwm_softc *sc)
{
	unsigned id;
	int error;

	for (id = 0; id < IWM_NUM_PHY_CTX; id++) {
		error = send(sc, id, FW_CTXT_ACTION_ADD, &sc->sc_nvm.chans[0], 0);
		if (error != 0)
			return error;
	}
	return 0;
}

int
iwm_phyctx_set(struct iwm_softc *sc, const struct pdk80211_chan *ch, int mimo)
{
	return send(sc, IWM_PHY_ID, FW_CTXT_ACTION_MODIFY, ch, mimo);
}
