/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_misc.h - firmware interface: bluetooth coexistence, smart FIFO, power, thermal and
 * latency.  Source: iwlwifi fw/api/coex.h, sf.h, power.h, phy.h.
 */
#ifndef IWM_FWAPI_MISC_H
#define IWM_FWAPI_MISC_H

struct iwm_bt_coex_cmd {
	uint32_t	mode;
	uint32_t	enabled_modules;
} __packed;
#define BT_COEX_NW			0x1	/* let the firmware choose */
#define BT_COEX_SYNC2SCO_ENABLED	0x04
#define BT_COEX_HIGH_BAND_RET		0x10

/*
 * Smart FIFO: how long received frames may wait, units of us; [aging, idle] a scenario:
 * single unicast, aggregated unicast, multicast, block ack, TX response.
 */
#define SF_FULL_ON			1
#define SF_INIT_OFF			3
#define SF_NUM_SCENARIO			5
#define SF_SCENARIO_MULTICAST		2
#define SF_W_MARK_SCAN			4096
#define SF_W_MARK_MIMO2			8192
#define SF_LONG_DELAY_AGING_TIMER	1000000
#define SF_AGING_TIMER_DEF		400
#define SF_IDLE_TIMER_DEF		160
#define SF_AGING_TIMER			2016	/* in service */
#define SF_IDLE_TIMER			320
#define SF_MCAST_AGING_TIMER		10016
#define SF_MCAST_IDLE_TIMER		2016

struct iwm_sf_cfg_cmd {
	uint32_t	state;
	uint32_t	watermark[2];		/* long delay, full on */
	uint32_t	long_delay_timeouts[SF_NUM_SCENARIO][2];
	uint32_t	full_on_timeouts[SF_NUM_SCENARIO][2];
} __packed;
CTASSERT(sizeof(struct iwm_sf_cfg_cmd) == 92);

struct iwm_device_power_cmd {
	uint16_t	flags;
	uint16_t	reserved;
} __packed;
#define DEVICE_POWER_FLAGS_POWER_SAVE_ENA_MSK	0x0001

struct iwm_thermal_backoff_cmd {
	uint32_t	backoff;		/* us */
} __packed;

struct iwm_ltr_config_cmd {
	uint32_t	flags;
	uint32_t	static_long;
	uint32_t	static_short;
	uint32_t	ltr_cfg_values[4];
	uint32_t	ltr_short_idle_timeout;
} __packed;
#define LTR_CFG_FLAG_FEATURE_ENABLE	0x00000001

#endif /* IWM_FWAPI_MISC_H */
