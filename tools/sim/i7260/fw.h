/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw.h - what the RUNTIME firmware remembers: contexts, stations, keys, events, the scan. All of
 * it is in struct card as .run and is gone with the image (memset); timers live outside of it.
 *
 * Radio time, the one thing all of this shares: fw_sched.c decides which channel the radio is on
 * (scan before hot spot before time event before quota) and a queue is served only while the MAC
 * of its station is on the channel of its binding and the radio is not about to leave it.
 */
#ifndef TOOLS_SIM_I7260_FW_H
#define TOOLS_SIM_I7260_FW_H

#include <stdbool.h>
#include <stdint.h>

#define FW_NMACS	5		/* the last one is the auxiliary MAC, always there */
#define FW_MAC_AUX	4
#define FW_NPHYS	3
#define FW_NSTAS	16
#define FW_NBINDINGS	4
#define FW_NKEYS	16
#define FW_NEVENTS	8
#define FW_NRATES	16
#define FW_NSSIDS	20
#define FW_NCHANNELS	40
#define FW_NMCAST	64
#define FW_NPROFILES	11

#define FW_TU		1024u		/* microseconds */

enum fw_mac_type {
	MAC_TYPE_AUX = 1, MAC_TYPE_LISTENER, MAC_TYPE_PIBSS, MAC_TYPE_IBSS, MAC_TYPE_STA,
	MAC_TYPE_P2P_DEVICE, MAC_TYPE_P2P_STA, MAC_TYPE_GO, MAC_TYPE_TEST,
};

/* MAC_CONTEXT_CMD.filter_flags */
#define FILTER_PROMISC		0x0001u
#define FILTER_CTL_AND_MGMT	0x0002u
#define FILTER_GROUP		0x0004u
#define FILTER_NO_DECRYPT	0x0008u
#define FILTER_NO_GRP_DECRYPT	0x0010u
#define FILTER_BEACON		0x0040u
#define FILTER_NO_BCAST		0x0100u
#define FILTER_FCS		0x0800u
#define FILTER_PROBE_REQ	0x1000u

/* What a sleeping station waits for: one frame (PS-Poll), or all up to EOSP (U-APSD). */
enum fw_fetch { FETCH_NOTHING, FETCH_POLL, FETCH_PERIOD };

/* MAC_PM_POWER_TABLE: a station sleeps between beacons when nothing was sent or received. */
struct fw_ps {
	bool		on, dozing;
	uint32_t	rx_timeout, tx_timeout;	/* awake for so long after a frame, microseconds */
	uint32_t	keep_alive;		/* seconds of silence at most; 0: forever */
	uint64_t	last_rx, last_tx;	/* ns: a frame of its own */
	uint8_t		skip;			/* only each so-many-th DTIM beacon is listened to */
	unsigned	dtims;
	bool		missed_dtim;		/* the last one was not, and group frames neither */

	/* Advanced: it fetches and sends without leaving power save. */
	bool		advanced;
	uint8_t		acs;			/* U-APSD, bits VO VI BE BK; 0: by PS-Poll */
	uint8_t		tid;			/* of triggers */
	uint8_t		heavy_rx, heavy_tx;	/* frames per beacon interval: then it wakes up */
	unsigned	rx, tx;			/* since the last beacon */
	uint32_t	snooze, window;		/* microseconds: triggers while frames come */
	enum fw_fetch	fetching;
	bool		watch;			/* tell of an access point that never says EOSP */
	unsigned	endless;		/* service periods without, in a row */
};

struct fw_mac {
	bool		used;
	uint32_t	type, filter;
	uint8_t		addr[6], bssid[6];
	bool		assoc;
	uint32_t	bi, dtim_interval;	/* TU */
	uint16_t	aid;

	struct fw_ps	ps;
	/* beacons of the own BSS */
	bool		bf_on;			/* REPLY_BEACON_FILTERING_CMD */
	uint32_t	bf_delta, bf_escape;
	uint32_t	bf_weak, bf_weak_delta;	/* below -bf_weak dBm the delta is another */
	uint32_t	bf_sum;			/* of the last beacon that was passed on */
	int		bf_signal;
	uint32_t	bf_held;		/* filtered since then */
	uint32_t	beacons, expected;
	uint32_t	missed, missed_since_rx;
	int		signal;			/* average, dBm * 8 */
	uint64_t	rx_bytes, rx_frames;
};

struct fw_phy {
	bool		used;
	uint16_t	freq, center;		/* MHz */
	uint8_t		channel, width;		/* 20, 40 */
};

struct fw_binding {
	bool		used;
	uint32_t	macs;			/* bit map */
	uint8_t		phy;
	uint32_t	quota;			/* TU of 128 */
};

struct fw_lq {
	bool		valid;
	uint8_t		color, reduced_tpc, agg_limit;
	bool		rts;
	uint32_t	rate[FW_NRATES];
};

/* ADD_STA.station_flags */
#define STA_DISABLE_TX		0x0010u
#define STA_DRAIN_FLOW		0x1000u

struct fw_sta {
	bool		used;
	uint8_t		mac, addr[6];
	uint32_t	flags;
	uint16_t	tid_disable_tx, rx_ba;	/* bit maps of TIDs */
	uint16_t	released;		/* frames that go out although it sleeps */
	bool		more, period;		/* there are more; the last one ends a period */
	uint16_t	seq;			/* of frames whose sequence number is ours to set */
	struct fw_lq	lq;
};

/* ADD_STA_KEY.key_flags */
#define KEY_CIPHER		0x0007u
#define	 KEY_WEP		1u
#define	 KEY_CCM		2u
#define	 KEY_TKIP		3u
#define	 KEY_EXT		4u
#define	 KEY_GCM		5u
#define	 KEY_CMAC		6u
#define KEY_WEP_MAP		0x0008u
#define KEY_ID(flags)		((flags) >> 8 & 3)
#define KEY_INVALID		0x0800u
#define KEY_WEP104		0x1000u
#define KEY_MULTICAST		0x4000u
#define KEY_MFP			0x8000u

struct fw_key {
	bool		used;
	uint8_t		sta;
	uint16_t	flags;
	uint8_t		key[32];
};

enum fw_event_state { EVENT_NONE, EVENT_WAITING, EVENT_RUNNING };

struct fw_event {
	enum fw_event_state state;
	bool		hotspot;		/* HOT_SPOT_CMD: has a channel of its own */
	bool		absence;		/* its MAC is off its channel meanwhile */
	uint32_t	mac_color, type, uid;
	uint8_t		mac;
	uint16_t	policy, freq;
	uint64_t	start_at, give_up_at, end_at;	/* ns, sim_now() */
	uint32_t	duration;			/* TU */
};

struct fw_ssid {
	uint8_t		len, ssid[32];
};

enum fw_scan_phase { SCAN_IDLE, SCAN_DELAY, SCAN_DWELL, SCAN_AWAY };

struct fw_scan {
	enum fw_scan_phase phase;
	uint32_t	flags;
	uint32_t	max_out, suspend;	/* TU; 0: no limit */
	uint8_t		active_dwell, passive_dwell, fragmented_dwell, extended_dwell;
	uint32_t	tx_flags[2], tx_rate[2];
	struct fw_ssid	ssid[FW_NSSIDS];
	struct { uint32_t flags; uint16_t number; } ch[FW_NCHANNELS];
	unsigned	nch, at;
	struct { uint16_t delay; uint8_t iterations; } plan[2];
	unsigned	line, iteration;
	bool		there;			/* the radio is on the channel */
	uint64_t	out_since, on_since;	/* ns; out_since 0: not yet out */
	struct { uint8_t channel, band; uint32_t us; } result[FW_NCHANNELS];
	uint8_t		probe[512];
	uint16_t	seg[4][2];		/* header, 2.4 GHz, 5 GHz, common: offset, length */
	uint32_t	heard;			/* beacons and probe responses passed on */
	uint8_t		seen[64][6];		/* BSSs told as events, per iteration */
	unsigned	nseen;
	bool		matched;
};

#define FW_BEACON_MAX	1024

struct fw_template {				/* the beacon of an access point's MAC */
	uint16_t	len, tim;		/* len 0: none; tim 0: it has none */
	unsigned	dtim;
	uint32_t	rate;
	uint16_t	seq;
	uint8_t		frame[FW_BEACON_MAX];
};

struct fw_profiles {				/* of a scheduled scan */
	unsigned	n;
	uint8_t		ssid_index[FW_NPROFILES];
};

struct fw_run {				/* what the driver has set up; gone with the image */
	uint32_t	tx_ant;
	bool		phy_cfg, calib_running, dqa;
	uint8_t		bt_mode;		/* BT_CONFIG; 0: off */
	bool		power_save;
	uint32_t	phydb_seen;			/* bit map of phydb parts */

	struct fw_mac	mac[FW_NMACS];
	struct fw_phy	phy[FW_NPHYS];
	struct fw_binding binding[FW_NBINDINGS];
	uint8_t		turn;			/* the binding that has the radio by quota */
	uint32_t	present;		/* MACs whose APs take them for awake */
	bool		leaving;		/* the radio goes when what it sends is answered */
	struct fw_sta	sta[FW_NSTAS];
	struct fw_key	key[FW_NKEYS];
	struct fw_event	event[FW_NEVENTS];
	uint32_t	next_uid;
	struct fw_scan	scan;
	struct fw_profiles profiles;
	struct fw_template beacon[FW_MAC_AUX];
	bool		mcast_all;
	unsigned	nmcast;
	uint8_t		mcast[FW_NMCAST][6];
	bool		stats_quiet;
	uint32_t	ampdu;				/* number of the next A-MPDU */
	uint64_t	rx_time, tx_time, scan_time;	/* microseconds */
	uint32_t	tx_backoff;			/* between transmissions, microseconds */
	uint64_t	tx_after;			/* ns: none before */
};

#endif
