/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_time.h - firmware interface: who has the radio.  A binding ties MACs to a PHY context;
 * bindings share the time by quota; a time event takes it for a while.
 * Source: iwlwifi fw/api/binding.h, time-event.h.
 */
#ifndef IWM_FWAPI_TIME_H
#define IWM_FWAPI_TIME_H

#define FW_CTXT_INVALID			0xffffffff
#define IWM_MAX_BINDINGS		4
#define IWM_MAX_MACS_IN_BINDING		3
#define IWM_MAX_QUOTA			128

struct iwm_binding_cmd {
	uint32_t	id_and_color;
	uint32_t	action;			/* FW_CTXT_ACTION_* */
	uint32_t	macs[IWM_MAX_MACS_IN_BINDING];
	uint32_t	phy;
} __packed;
CTASSERT(sizeof(struct iwm_binding_cmd) == 24);

struct iwm_time_quota_data {
	uint32_t	id_and_color;		/* of a binding */
	uint32_t	quota;			/* of IWM_MAX_QUOTA */
	uint32_t	max_duration;		/* TU; 0: no limit */
} __packed;

struct iwm_time_quota_cmd {
	struct iwm_time_quota_data quotas[IWM_MAX_BINDINGS];
} __packed;
CTASSERT(sizeof(struct iwm_time_quota_cmd) == 48);

#define TE_BSS_STA_AGGRESSIVE_ASSOC	0
#define TE_V2_FRAG_NONE			0
#define TE_V2_NOTIF_HOST_EVENT_START	0x0001
#define TE_V2_NOTIF_HOST_EVENT_END	0x0002
#define TE_V2_START_IMMEDIATELY		0x0800

struct iwm_time_event_cmd {
	uint32_t	id_and_color;		/* of the MAC */
	uint32_t	action;			/* FW_CTXT_ACTION_ADD, REMOVE */
	uint32_t	id;			/* add: type; remove: unique id */
	uint32_t	apply_time;		/* GP2, us; 0: now */
	uint32_t	max_delay;		/* TU */
	uint32_t	depends_on;
	uint32_t	interval;		/* TU */
	uint32_t	duration;		/* TU */
	uint8_t		repeat;
	uint8_t		max_frags;
	uint16_t	policy;			/* TE_V2_* */
} __packed;
CTASSERT(sizeof(struct iwm_time_event_cmd) == 36);

struct iwm_time_event_resp {
	uint32_t	status;			/* bit 0: taken */
	uint32_t	id;
	uint32_t	unique_id;
	uint32_t	id_and_color;
} __packed;
CTASSERT(sizeof(struct iwm_time_event_resp) == 16);

struct iwm_time_event_notif {
	uint32_t	timestamp;		/* GP2 */
	uint32_t	session_id;
	uint32_t	unique_id;
	uint32_t	id_and_color;
	uint32_t	action;			/* TE_V2_NOTIF_HOST_* */
	uint32_t	status;			/* 0: not executed */
} __packed;
CTASSERT(sizeof(struct iwm_time_event_notif) == 24);

#endif /* IWM_FWAPI_TIME_H */
