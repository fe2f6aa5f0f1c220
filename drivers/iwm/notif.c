/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notif.c - what the firmware says by itself: ALIVE, calibration results, end of INIT, refusals;
 * and who hears of the rest.  BH, with the lock.
 */
#include "iwm.h"
#include "fwapi_scan.h"

/* Words of the ALIVE notification that are used, in the host's order. */
static void
alive(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	const struct iwm_alive_resp *a = (const void *)payload;

	if (len != sizeof(*a)) {
		IWM_FAIL(sc, EPROTO, "firmware: ALIVE of %zu bytes, expected %zu: not the "
		    "interface of API 17", len, sizeof(*a));
		sc->sc_flags |= IWM_F_FATAL;
		iwm_wake(sc);
		return;
	}
	memset(&sc->sc_alive, 0, sizeof(sc->sc_alive));
	sc->sc_alive.status = le16toh(a->status);
	sc->sc_alive.error_event_table_ptr = le32toh(a->error_event_table_ptr);
	sc->sc_alive.scd_base_ptr = le32toh(a->scd_base_ptr);
	sc->sc_alive.error_info_addr = le32toh(a->error_info_addr);
	iwm_event(sc, IWM_EV_ALIVE);
}

static void
calibration(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	int error;

	error = iwm_phydb_set(&sc->sc_phydb, payload, len);
	if (error == ENOMEM) {			/* without it the runtime image cannot start */
		IWM_FAIL(sc, error, "firmware: no memory for a calibration result of %zu bytes",
		    len);
		sc->sc_flags |= IWM_F_FATAL;
		iwm_wake(sc);
	} else if (error != 0)
		pdk_printf(&sc->sc_dev, "firmware: calibration result of %zu bytes ignored: "
		    "error %d", len, error);
}

/* Notifications of groups other than the first. */
static void
of_group(struct iwm_softc *sc, const struct iwm_rx_packet *pkt, size_t len)
{
	switch (IWM_CMD_ID(pkt->hdr.group_id, pkt->hdr.cmd)) {
	case IWM_DTS_MEASUREMENT_NOTIF:
		iwm_tt_measured(sc, pkt->data, len);
		break;
	case IWM_CT_KILL_NOTIF:
		iwm_tt_kill(sc);
		break;
	default:
		break;
	}
}

void
iwm_notif(struct iwm_softc *sc, const struct iwm_rx_packet *pkt, size_t len)
{
	if (pkt->hdr.group_id != 0) {
		of_group(sc, pkt, len);
		return;
	}
	switch (pkt->hdr.cmd) {
	case IWM_ALIVE:
		alive(sc, pkt->data, len);
		break;
	case IWM_INIT_COMPLETE_NOTIF:
		iwm_event(sc, IWM_EV_INITDONE);
		break;
	case IWM_CALIB_RES_NOTIF_PHY_DB:
		calibration(sc, pkt->data, len);
		break;
	case IWM_REPLY_RX_PHY:
		iwm_rx_phy(sc, pkt->data, len);
		break;
	case IWM_REPLY_RX_MPDU:
		iwm_rx_mpdu(sc, pkt->data, len);
		break;
	case IWM_TX_CMD:
		iwm_tx_resp(sc, pkt, len);
		break;
	case IWM_BA_NOTIF:
		iwm_ba_notif(sc, pkt->data, len);
		break;
	case IWM_TIME_EVENT_NOTIF:
		iwm_tev_notif(sc, pkt->data, len);
		break;
	case IWM_STATISTICS_NOTIF:
		iwm_stats_notif(sc, pkt->data, len);
		break;
	case IWM_MISSED_BEACONS_NOTIF:
		iwm_beacon_missed(sc, pkt->data, len);
		break;
	case IWM_SCAN_OFFLOAD_COMPLETE:
		iwm_scan_complete(sc, pkt->data, len);
		break;
	case IWM_REPLY_ERROR:
		if (len >= sizeof(struct iwm_error_resp))
			iwm_cmd_refused(sc, (const void *)pkt->data);
		break;
	default:
		break;
	}
}
