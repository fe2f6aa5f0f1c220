/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * power.c - power save of a member of a network, and the filter for its beacons: while nothing
 * changes the firmware keeps them to itself.  Source of values: iwlwifi mvm/power.c.
 */
#include "iwm.h"
#include "fwapi_phy.h"
#include "fwapi_power.h"

#define KEEP_ALIVE	25	/* s; and three DTIM periods at least */
#define DATA_TIMEOUT	100000	/* us without traffic until the station dozes */

/* A beacon passes when the signal has changed by so many dB, and each fiftieth. */
#define BF_ENERGY_DELTA		5
#define BF_ROAMING_ENERGY_DELTA	1
#define BF_ROAMING_STATE	72
#define BF_TEMP_THRESHOLD	112
#define BF_TEMP_FAST_FILTER	1
#define BF_TEMP_SLOW_FILTER	5
#define BF_ESCAPE_TIMER		50
#define BA_ESCAPE_TIMER		6

/* Power management when the 802.11 layer wants it (PDK_BSS_PS) and the network is joined. */
int
iwm_power(struct iwm_softc *sc)
{
	const struct pdk80211_bss *bss = &sc->sc_net.bss;
	unsigned dtim_ms = bss->bintval * MAX(bss->dtim_period, 1) * 1024 / 1000;
	int ps = (bss->flags & PDK_BSS_PS) != 0 && (sc->sc_net.state & IWM_N_ASSOC) != 0;
	struct iwm_mac_power_cmd cmd;
	uint16_t flags = POWER_FLAGS_POWER_SAVE_ENA_MSK;

	memset(&cmd, 0, sizeof(cmd));
	cmd.id_and_color = htole32(FW_CMD_ID_AND_COLOR(IWM_MAC_ID, 0));
	cmd.keep_alive_seconds = htole16(MAX(howmany(3 * dtim_ms, 1000), KEEP_ALIVE));
	if (ps) {
		flags |= POWER_FLAGS_POWER_MANAGEMENT_ENA_MSK;
		cmd.rx_data_timeout = htole32(DATA_TIMEOUT);
		cmd.tx_data_timeout = htole32(DATA_TIMEOUT);
	}
	cmd.flags = htole16(flags);
	return iwm_cmd_send(sc, IWM_MAC_PM_POWER_TABLE, &cmd, sizeof(cmd));
}

int
iwm_beacon_filter(struct iwm_softc *sc, int on)
{
	struct iwm_beacon_filter_cmd cmd;

	memset(&cmd, 0, sizeof(cmd));
	if (on) {
		cmd.bf_energy_delta = htole32(BF_ENERGY_DELTA);
		cmd.bf_roaming_energy_delta = htole32(BF_ROAMING_ENERGY_DELTA);
		cmd.bf_roaming_state = htole32(BF_ROAMING_STATE);
		cmd.bf_temp_threshold = htole32(BF_TEMP_THRESHOLD);
		cmd.bf_temp_fast_filter = htole32(BF_TEMP_FAST_FILTER);
		cmd.bf_temp_slow_filter = htole32(BF_TEMP_SLOW_FILTER);
		cmd.bf_enable_beacon_filter = htole32(1);
		cmd.bf_escape_timer = htole32(BF_ESCAPE_TIMER);
		cmd.ba_escape_timer = htole32(BA_ESCAPE_TIMER);
		cmd.ba_enable_beacon_abort =
		    htole32((sc->sc_net.bss.flags & PDK_BSS_PS) != 0);
	}
	return iwm_cmd_send(sc, IWM_REPLY_BEACON_FILTERING_CMD, &cmd, sizeof(cmd));
}
