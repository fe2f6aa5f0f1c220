/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_power.h - firmware interface: power save of a station, the filter for beacons.
 * Source: iwlwifi fw/api/power.h.
 */
#ifndef IWM_FWAPI_POWER_H
#define IWM_FWAPI_POWER_H

#define POWER_FLAGS_POWER_SAVE_ENA_MSK		0x0001
#define POWER_FLAGS_POWER_MANAGEMENT_ENA_MSK	0x0002

struct iwm_mac_power_cmd {
	uint32_t	id_and_color;
	uint16_t	flags;			/* POWER_FLAGS_* */
	uint16_t	keep_alive_seconds;	/* also without power management */
	uint32_t	rx_data_timeout;	/* us */
	uint32_t	tx_data_timeout;
	uint32_t	rx_data_timeout_uapsd;
	uint32_t	tx_data_timeout_uapsd;
	uint8_t		lprx_rssi_threshold;
	uint8_t		skip_dtim_periods;
	uint16_t	snooze_interval;
	uint16_t	snooze_window;
	uint8_t		snooze_step;
	uint8_t		qndp_tid;
	uint8_t		uapsd_ac_flags;
	uint8_t		uapsd_max_sp;
	uint8_t		heavy_tx_thld_packets;
	uint8_t		heavy_rx_thld_packets;
	uint8_t		heavy_tx_thld_percentage;
	uint8_t		heavy_rx_thld_percentage;
	uint8_t		limited_ps_threshold;
	uint8_t		reserved;
} __packed;
CTASSERT(sizeof(struct iwm_mac_power_cmd) == 40);

/* Energies in dBm, temperatures in degrees Celsius. */
struct iwm_beacon_filter_cmd {
	uint32_t	bf_energy_delta;	/* a beacon passes when the signal changed so */
	uint32_t	bf_roaming_energy_delta;
	uint32_t	bf_roaming_state;
	uint32_t	bf_temp_threshold;
	uint32_t	bf_temp_fast_filter;
	uint32_t	bf_temp_slow_filter;
	uint32_t	bf_enable_beacon_filter;
	uint32_t	bf_debug_flag;
	uint32_t	bf_escape_timer;	/* after so many beacons one passes anyway */
	uint32_t	ba_escape_timer;
	uint32_t	ba_enable_beacon_abort;
} __packed;
CTASSERT(sizeof(struct iwm_beacon_filter_cmd) == 44);

#endif /* IWM_FWAPI_POWER_H */
