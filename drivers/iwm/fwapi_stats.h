/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_stats.h - firmware interface: statistics (version 10), temperature.
 * Source: iwlwifi fw/api/stats.h, phy.h.
 */
#ifndef IWM_FWAPI_STATS_H
#define IWM_FWAPI_STATS_H

struct iwm_statistics_rx_phy {
	uint32_t	ina_cnt, fina_cnt, plcp_err, crc32_err;
	uint32_t	overrun_err, early_overrun_err, crc32_good, false_alarm_cnt;
	uint32_t	fina_sync_err_cnt, sfd_timeout, fina_timeout, unresponded_rts;
	uint32_t	rxe_frame_lmt_overrun, sent_ack_cnt, sent_cts_cnt, sent_ba_rsp_cnt;
	uint32_t	dsp_self_kill, mh_format_err, re_acq_main_rssi_sum, reserved;
} __packed;
CTASSERT(sizeof(struct iwm_statistics_rx_phy) == 80);

struct iwm_statistics_rx_non_phy {
	uint32_t	bogus_cts, bogus_ack, non_bssid_frames, filtered_frames;
	uint32_t	non_channel_beacons, channel_beacons, num_missed_bcon;
	uint32_t	adc_rx_saturation_time, ina_detection_search_time;
	uint32_t	beacon_silence_rssi[3];		/* by chain; 0: none */
	uint32_t	interference_data_flag, channel_load, dsp_false_alarms;
	uint32_t	beacon_rssi[3], beacon_energy[3];
	uint32_t	num_bt_kills, mac_id, directed_data_mpdu;
} __packed;
CTASSERT(sizeof(struct iwm_statistics_rx_non_phy) == 96);

struct iwm_statistics_rx_ht_phy {
	uint32_t	plcp_err, overrun_err, early_overrun_err, crc32_good, crc32_err;
	uint32_t	mh_format_err, agg_crc32_good, agg_mpdu_cnt, agg_cnt, unsupport_mcs;
} __packed;
CTASSERT(sizeof(struct iwm_statistics_rx_ht_phy) == 40);

struct iwm_statistics_tx {
	uint32_t	preamble_cnt, rx_detected_cnt, bt_prio_defer_cnt, bt_prio_kill_cnt;
	uint32_t	few_bytes_cnt, cts_timeout, ack_timeout, expected_ack_cnt;
	uint32_t	actual_ack_cnt, dump_msdu_cnt, burst_abort_next_frame_mismatch_cnt;
	uint32_t	burst_abort_missing_next_frame_cnt, cts_timeout_collision;
	uint32_t	ack_or_ba_timeout_collision;
	/* A-MPDUs */
	uint32_t	ba_timeout, ba_reschedule_frames, scd_query_agg_frame_cnt;
	uint32_t	scd_query_no_agg, scd_query_agg, scd_query_mismatch;
	uint32_t	frame_not_ready, underrun, agg_bt_prio_kill, rx_ba_rsp_cnt;
	int8_t		txpower[3], reserved;
	uint32_t	reserved2;
	/* channel width */
	uint32_t	ext_cca_narrow[10], last_tx_ch_width_indx;
	uint32_t	rx_detected_per_ch_width[4], success_per_ch_width[4];
	uint32_t	fail_per_ch_width[4];
} __packed;
CTASSERT(sizeof(struct iwm_statistics_tx) == 196);

struct iwm_statistics_general {
	uint32_t	radio_temperature;		/* degrees Celsius */
	uint32_t	radio_voltage;
	uint32_t	burst_check, burst_count, wait_for_silence_timeout_cnt;
	uint8_t		dbg_reserved[12];
	uint32_t	sleep_time, slots_out, slots_idle, ttl_timestamp;
	uint32_t	tx_on_a, tx_on_b, exec_time, probe_time, rssi_ant, div_reserved;
	uint32_t	rx_enable_counter, num_of_sos_states, beacon_filtered, missed_beacons;
	uint8_t		beacon_filter_average_energy;	/* -dBm */
	uint8_t		beacon_filter_reason;
	uint8_t		beacon_filter_current_energy;
	uint8_t		beacon_filter_reserved;
	uint32_t	beacon_filter_delta_time;
	uint32_t	bt_activity[8];
	uint64_t	rx_time, on_time_rf, on_time_scan, tx_time;	/* us */
	uint32_t	beacon_counter[5];		/* by MAC */
	uint8_t		beacon_average_energy[5];	/* -dBm */
	uint8_t		reserved[3];
} __packed;
CTASSERT(sizeof(struct iwm_statistics_general) == 188);

/* Both the notification and the reply. */
struct iwm_statistics {
	uint32_t	flag;
	struct iwm_statistics_rx_phy ofdm, cck;
	struct iwm_statistics_rx_non_phy rx;
	struct iwm_statistics_rx_ht_phy ofdm_ht;
	struct iwm_statistics_tx tx;
	struct iwm_statistics_general general;
} __packed;
CTASSERT(sizeof(struct iwm_statistics) == 684);

struct iwm_statistics_cmd {
	uint32_t	flags;
} __packed;

/* Of the sum of energy and noise, what the receiver itself adds. */
#define IWM_NOISE_OFFSET	107			/* dB */

struct iwm_dts_measurement_cmd {
	uint32_t	flags;
} __packed;
#define DTS_TRIGGER_CMD_FLAGS_TEMP	0x1

struct iwm_dts_measurement_notif {
	uint32_t	temp;				/* degrees Celsius */
	uint32_t	voltage;
} __packed;
CTASSERT(sizeof(struct iwm_dts_measurement_notif) == 8);

struct iwm_ct_kill_notif {
	uint16_t	temperature;
	uint16_t	reserved;
} __packed;
CTASSERT(sizeof(struct iwm_ct_kill_notif) == 4);

#endif /* IWM_FWAPI_STATS_H */
