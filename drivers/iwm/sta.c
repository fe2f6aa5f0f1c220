/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta.c - the firmware's table of stations: the one that scans, and the access point.
 */
#include "iwm.h"
#include "fwapi_phy.h"
#include "fwapi_sta.h"
#include "scd.h"

/* HT capabilities, 802.11-2016 9.4.2.56. */
#define HTCAP_40MHZ		0x0002
#define HTCAP_SMPS(c)		((c) >> 2 & 3)
#define SMPS_STATIC		0		/* it hears one stream */
#define SMPS_DYNAMIC		1		/* two, when it is warned by an RTS */
#define AMPDU_MAX_LEN(a)	((a) & 0x3)		/* 2^n * 8 KB */
#define AMPDU_MIN_SPACING(a)	((a) >> 2 & 0x7)

static int
send(struct iwm_softc *sc, const struct iwm_add_sta_cmd *cmd, const char *what)
{
	uint32_t status = 0;
	int error;

	error = iwm_cmd_status(sc, IWM_ADD_STA, cmd, sizeof(*cmd), &status);
	if (error != 0 || (status & IWM_ADD_STA_STATUS_MASK) == IWM_ADD_STA_SUCCESS)
		return error;
	pdk_printf(&sc->sc_dev, "firmware: ADD_STA (%s): status 0x%x", what, status);
	return EIO;
}

/* The station that scans: it belongs to no network. */
int
iwm_sta_add_aux(struct iwm_softc *sc)
{
	struct iwm_add_sta_cmd cmd = {
		.sta_id = IWM_AUX_STA_ID,
		.mac_id_n_color = htole32(FW_CMD_ID_AND_COLOR(IWM_MAC_INDEX_AUX, 0)),
		.tid_disable_tx = htole16(0xffff),
		.tfd_queue_msk = htole32(1 << IWM_AUX_QUEUE),
	};
	int error;

	error = iwm_txq_enable(sc, IWM_AUX_QUEUE, IWM_AUX_STA_ID, IWM_TID_NONE,
	    IWM_TX_FIFO_MCAST, 0, iwm_txq_first(sc, IWM_AUX_QUEUE, 0));
	return error != 0 ? error : send(sc, &cmd, "scanning station");
}

/* What the access point can receive. */
static uint32_t
ap_flags(const struct pdk80211_bss *bss)
{
	uint32_t flags = 0;

	if ((bss->flags & PDK_BSS_HT) == 0)
		return 0;
	flags |= AMPDU_MAX_LEN(bss->ampdu) << STA_FLG_MAX_AGG_SIZE_POS;
	flags |= AMPDU_MIN_SPACING(bss->ampdu) << STA_FLG_AGG_MPDU_DENS_POS;
	if (bss->chan.width >= 40 && (bss->htcaps & HTCAP_40MHZ) != 0)
		flags |= STA_FLG_FAT_EN_40MHZ;
	if (bss->mcs[1] != 0 && HTCAP_SMPS(bss->htcaps) != SMPS_STATIC)
		flags |= STA_FLG_MIMO_EN_MIMO2;
	if (HTCAP_SMPS(bss->htcaps) == SMPS_DYNAMIC)
		flags |= STA_FLG_RTS_MIMO_PROT;
	return flags;
}

static void
ap_command(struct iwm_softc *sc, struct iwm_add_sta_cmd *cmd)
{
	memset(cmd, 0, sizeof(*cmd));
	cmd->add_modify = STA_MODE_MODIFY;
	cmd->sta_id = IWM_STATION_ID;
	cmd->mac_id_n_color = htole32(FW_CMD_ID_AND_COLOR(IWM_MAC_ID, 0));
	memcpy(cmd->addr, sc->sc_net.bss.bssid, 6);
}

/* The access point, or what is known of it after it has agreed (update). */
int
iwm_sta_ap(struct iwm_softc *sc, int update)
{
	struct iwm_add_sta_cmd cmd;

	ap_command(sc, &cmd);
	if (!update)
		cmd.add_modify = STA_MODE_ADD;
	else
		cmd.modify_mask = STA_MODIFY_QUEUES | STA_MODIFY_TID_DISABLE_TX;
	cmd.tid_disable_tx = htole16((uint16_t)~sc->sc_net.agg_tids);
	cmd.tfd_queue_msk = htole32(sc->sc_net.queues);
	cmd.station_flags = htole32(ap_flags(&sc->sc_net.bss));
	cmd.station_flags_msk = htole32(STA_FLG_FAT_EN_MSK | STA_FLG_MIMO_EN_MSK |
	    STA_FLG_RTS_MIMO_PROT | STA_FLG_MAX_AGG_SIZE_MSK | STA_FLG_AGG_MPDU_DENS_MSK);
	cmd.assoc_id = htole16(sc->sc_net.bss.aid);
	return send(sc, &cmd, update ? "access point, update" : "access point");
}

/* Frames for it come back unsent from now on. */
int
iwm_sta_drain(struct iwm_softc *sc, int on)
{
	struct iwm_add_sta_cmd cmd;

	ap_command(sc, &cmd);
	cmd.station_flags = htole32(on ? STA_FLG_DRAIN_FLOW : 0);
	cmd.station_flags_msk = htole32(STA_FLG_DRAIN_FLOW);
	return send(sc, &cmd, "drain");
}

/* Answer A-MPDUs of a TID with block acks, from number `ssn` on; or no more. */
int
iwm_sta_rx_ba(struct iwm_softc *sc, unsigned tid, uint16_t ssn, int start)
{
	struct iwm_add_sta_cmd cmd;

	ap_command(sc, &cmd);
	if (start) {
		cmd.modify_mask = STA_MODIFY_ADD_BA_TID;
		cmd.add_immediate_ba_tid = tid;
		cmd.add_immediate_ba_ssn = htole16(ssn);
	} else {
		cmd.modify_mask = STA_MODIFY_REMOVE_BA_TID;
		cmd.remove_immediate_ba_tid = tid;
	}
	return send(sc, &cmd, start ? "block ack" : "block ack, end");
}

int
iwm_sta_remove(struct iwm_softc *sc)
{
	struct iwm_rm_sta_cmd cmd = { .sta_id = IWM_STATION_ID };

	return iwm_cmd_send(sc, IWM_REMOVE_STA, &cmd, sizeof(cmd));
}
