/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * macctx.c - the MAC context: what the firmware has to know of the network by itself: addresses,
 * basic rates, slot and preamble, protection, EDCA, beacons.
 */
#include "iwm.h"
#include "fwapi_mac.h"
#include "fwapi_phy.h"
#include "rateword.h"

#define LISTEN_INTERVAL		10	/* beacon intervals */

/* HT Protection, 802.11-2016 9.4.2.57. */
#define HTPROT_20MHZ		2

/* ---- rates that answers are sent at ---- */

static const uint8_t cck_rates[] = { 2, 4, 11, 22 };
static const uint8_t ofdm_rates[] = { 12, 18, 24, 36, 48, 72, 96, 108 };
/* Mandatory ones: all of 802.11b; 6, 12 and 24 Mb/s. */
#define CCK_MANDATORY	0x0f
#define OFDM_MANDATORY	0x15

/* Bit map of those of `rates` that are basic in the network. */
static uint32_t
basic(const struct pdk80211_bss *bss, const uint8_t *rates, unsigned n)
{
	uint32_t map = 0;
	unsigned i, j;

	for (i = 0; i < MIN(bss->nrates, PDK80211_NRATES); i++)
		for (j = 0; (bss->basic_rates >> i & 1) != 0 && j < n; j++)
			if (bss->rates[i] == rates[j])
				map |= 1u << j;
	return map;
}

/* And the mandatory ones below the lowest of them; the lowest of all is always there. */
static uint32_t
with_mandatory(uint32_t map, uint32_t mandatory)
{
	uint32_t below = map != 0 ? (map & -map) - 1 : 1;

	return map | (mandatory & below) | 1;
}

static void
set_rates(const struct pdk80211_bss *bss, struct iwm_mac_ctx_cmd *cmd)
{
	uint32_t cck = basic(bss, cck_rates, nitems(cck_rates));
	uint32_t ofdm = basic(bss, ofdm_rates, nitems(ofdm_rates));

	if (bss->chan.num <= 14)
		cmd->cck_rates = htole32(with_mandatory(cck, CCK_MANDATORY));
	cmd->ofdm_rates = htole32(with_mandatory(ofdm, OFDM_MANDATORY));
}

/* ---- the rest ---- */

/* What protects frames from stations that do not understand them. */
static uint32_t
protection(const struct pdk80211_bss *bss)
{
	uint32_t prot = 0;
	unsigned mode = bss->htprot & 3;

	if ((bss->flags & PDK_BSS_USEPROT) != 0)
		prot |= MAC_PROT_FLG_TGG_PROTECT | MAC_PROT_FLG_SELF_CTS_EN;
	if ((bss->flags & PDK_BSS_HT) != 0 && mode != 0 &&
	    (mode != HTPROT_20MHZ || bss->chan.width > 20))
		prot |= MAC_PROT_FLG_HT_PROT | MAC_PROT_FLG_FAT_PROT;
	return prot;
}

/* The firmware orders the categories by FIFO. */
static const uint8_t ac_of_fw[IWM_AC_NUM] = {
	[IWM_AC_BK] = PDK_AC_BK, [IWM_AC_BE] = PDK_AC_BE,
	[IWM_AC_VI] = PDK_AC_VI, [IWM_AC_VO] = PDK_AC_VO,
};

static void
set_edca(const struct pdk80211_bss *bss, struct iwm_mac_ctx_cmd *cmd)
{
	const struct pdk80211_wme *w;
	unsigned i;

	for (i = 0; i < IWM_AC_NUM; i++) {
		w = &bss->wme[ac_of_fw[i]];
		cmd->ac[i].cw_min = htole16((1 << MIN(w->ecwmin, 15)) - 1);
		cmd->ac[i].cw_max = htole16((1 << MIN(w->ecwmax, 15)) - 1);
		cmd->ac[i].aifsn = w->aifsn;
		cmd->ac[i].edca_txop = htole16(MIN(w->txop * 32, 0xffff));
		cmd->ac[i].fifos_mask = 1 << i;
	}
	if ((bss->flags & PDK_BSS_QOS) != 0)
		cmd->qos_flags |= htole32(MAC_QOS_FLG_UPDATE_EDCA);
	if ((bss->flags & PDK_BSS_HT) != 0)
		cmd->qos_flags |= htole32(MAC_QOS_FLG_TGN);
}

/*
 * The member of an association; when the next DTIM beacon comes is told as soon as a beacon
 * was heard.
 */
static void
set_assoc(struct iwm_softc *sc, struct iwm_mac_ctx_cmd *cmd)
{
	const struct iwm_net *net = &sc->sc_net;
	const struct pdk80211_bss *bss = &net->bss;
	uint32_t bi = bss->bintval, dtim = MAX(bss->dtim_period, 1), off;

	cmd->sta.bi = htole32(bi);
	cmd->sta.dtim_interval = htole32(bi * dtim);
	cmd->sta.listen_interval = htole32(LISTEN_INTERVAL);
	cmd->sta.assoc_id = htole32(bss->aid);
	if (net->beacon.heard) {
		off = net->beacon.dtim_count * bi * 1024;
		cmd->sta.dtim_time = htole32(net->beacon.gp2 + off);
		cmd->sta.dtim_tsf = htole64(net->beacon.tsf + off);
		cmd->sta.assoc_beacon_arrive_time = htole32(net->beacon.gp2);
	}
	cmd->sta.is_assoc = htole32(1);
}

static void
build(struct iwm_softc *sc, uint32_t action, struct iwm_mac_ctx_cmd *cmd)
{
	const struct pdk80211_bss *bss = &sc->sc_net.bss;
	int assoc = (sc->sc_net.state & IWM_N_ASSOC) != 0;

	memset(cmd, 0, sizeof(*cmd));
	cmd->id_and_color = htole32(FW_CMD_ID_AND_COLOR(IWM_MAC_ID, 0));
	cmd->action = htole32(action);
	cmd->mac_type = htole32(FW_MAC_TYPE_BSS_STA);
	cmd->tsf_id = htole32(TSF_ID_A);
	memcpy(cmd->node_addr, sc->sc_nvm.mac, 6);
	memcpy(cmd->bssid_addr, bss->bssid, 6);
	if (action == FW_CTXT_ACTION_REMOVE)
		return;
	set_rates(bss, cmd);
	cmd->protection_flags = htole32(protection(bss));
	if ((bss->flags & PDK_BSS_SHPREAMBLE) != 0)
		cmd->cck_short_preamble = htole32(MAC_FLG_SHORT_PREAMBLE);
	if ((bss->flags & PDK_BSS_SHSLOT) != 0 || bss->chan.num > 14)
		cmd->short_slot = htole32(MAC_FLG_SHORT_SLOT);
	cmd->filter_flags = htole32(MAC_FILTER_ACCEPT_GRP);
	set_edca(bss, cmd);
	if (assoc)
		set_assoc(sc, cmd);
	/* Beacons tell when the next DTIM is; until one has, all are needed. */
	if (!assoc || !sc->sc_net.beacon.heard)
		cmd->filter_flags |= htole32(MAC_FILTER_IN_BEACON);
}

int
iwm_macctx_send(struct iwm_softc *sc, uint32_t action)
{
	struct iwm_mac_ctx_cmd cmd;

	build(sc, action, &cmd);
	return iwm_cmd_send(sc, IWM_MAC_CONTEXT_CMD, &cmd, sizeof(cmd));
}

/* Group addressed frames of the network that pass: all. */
int
iwm_mcast_filter(struct iwm_softc *sc)
{
	struct iwm_mcast_filter_cmd cmd = { .filter_own = 1, .pass_all = 1 };

	memcpy(cmd.bssid, sc->sc_net.bss.bssid, 6);
	return iwm_cmd_send(sc, IWM_MCAST_FILTER_CMD, &cmd, sizeof(cmd));
}
