/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_mac.h - firmware interface: MAC contexts, the multicast filter, missed beacons.
 * Source: iwlwifi fw/api/mac.h, filter.h.
 */
#ifndef IWM_FWAPI_MAC_H
#define IWM_FWAPI_MAC_H

#define FW_MAC_TYPE_BSS_STA		5
#define TSF_ID_A			0

#define MAC_PROT_FLG_TGG_PROTECT	0x00000008	/* OFDM frames, by RTS or CTS to self */
#define MAC_PROT_FLG_HT_PROT		0x00800000
#define MAC_PROT_FLG_FAT_PROT		0x01000000	/* 40 MHz frames */
#define MAC_PROT_FLG_SELF_CTS_EN	0x40000000
#define MAC_FLG_SHORT_SLOT		0x10
#define MAC_FLG_SHORT_PREAMBLE		0x20

#define MAC_FILTER_ACCEPT_GRP		0x0004
#define MAC_FILTER_IN_BEACON		0x0040

#define MAC_QOS_FLG_UPDATE_EDCA		0x01
#define MAC_QOS_FLG_TGN			0x02

/* Rates of a MAC: CCK by bits 0..3 (1, 2, 5.5, 11), OFDM by bits 0..7 (6 .. 54 Mb/s). */

/* In the order of struct iwm_mac_ctx_cmd.ac. */
enum { IWM_AC_BK, IWM_AC_BE, IWM_AC_VI, IWM_AC_VO, IWM_AC_NUM };

struct iwm_ac_qos {
	uint16_t	cw_min;			/* slots, 2^n - 1 */
	uint16_t	cw_max;
	uint8_t		aifsn;
	uint8_t		fifos_mask;
	uint16_t	edca_txop;		/* us */
} __packed;
CTASSERT(sizeof(struct iwm_ac_qos) == 8);

struct iwm_mac_data_sta {
	uint32_t	is_assoc;
	uint32_t	dtim_time;		/* of a DTIM beacon, GP2 */
	uint64_t	dtim_tsf;		/* the same, TSF */
	uint32_t	bi;			/* TU */
	uint32_t	reserved1;
	uint32_t	dtim_interval;		/* TU */
	uint32_t	data_policy;
	uint32_t	listen_interval;	/* beacon intervals */
	uint32_t	assoc_id;
	uint32_t	assoc_beacon_arrive_time;
} __packed;
CTASSERT(sizeof(struct iwm_mac_data_sta) == 44);

struct iwm_mac_ctx_cmd {
	uint32_t	id_and_color;
	uint32_t	action;			/* FW_CTXT_ACTION_* */
	uint32_t	mac_type;
	uint32_t	tsf_id;
	uint8_t		node_addr[6];
	uint16_t	reserved_for_node_addr;
	uint8_t		bssid_addr[6];
	uint16_t	reserved_for_bssid_addr;
	uint32_t	cck_rates;
	uint32_t	ofdm_rates;
	uint32_t	protection_flags;
	uint32_t	cck_short_preamble;
	uint32_t	short_slot;
	uint32_t	filter_flags;
	uint32_t	qos_flags;
	struct iwm_ac_qos ac[IWM_AC_NUM + 1];
	struct iwm_mac_data_sta sta;
	uint32_t	unused;			/* other kinds of MAC have one word more */
} __packed;
CTASSERT(sizeof(struct iwm_mac_ctx_cmd) == 148);

struct iwm_missed_beacons_notif {
	uint32_t	mac_id;
	uint32_t	consec_missed_beacons_since_last_rx;
	uint32_t	consec_missed_beacons;
	uint32_t	num_expected_beacons;
	uint32_t	num_recvd_beacons;
} __packed;
CTASSERT(sizeof(struct iwm_missed_beacons_notif) == 20);

/* Addresses follow, the whole padded to 4 bytes. */
struct iwm_mcast_filter_cmd {
	uint8_t		filter_own;		/* our own frames that come back, too */
	uint8_t		port_id;
	uint8_t		count;
	uint8_t		pass_all;
	uint8_t		bssid[6];
	uint8_t		reserved[2];
} __packed;
CTASSERT(sizeof(struct iwm_mcast_filter_cmd) == 12);

#endif /* IWM_FWAPI_MAC_H */
