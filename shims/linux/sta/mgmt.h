/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mgmt.h - management frames of a station, written and read (IEEE 802.11-2016, 9.3.3, 9.6).
 *
 *	uint8_t frame[MGMT_MAX];
 *	size_t len = mgmt_auth(frame, own, bssid);
 *
 *	if (mgmt_auth_read(&a, body, bodylen) && a.status == DOT11_STATUS_OK)
 *		...
 *
 * Pure.  Writers fill at most MGMT_MAX octets and return how many; readers look at the body
 * behind the header and return false when it is too short.
 */
#ifndef STA_MGMT_H
#define STA_MGMT_H

#include "shims/linux/sta/bss.h"

#define MGMT_MAX	640u

/* ---- writing ---- */

size_t	mgmt_auth(uint8_t *frame, const uint8_t own[6], const uint8_t bssid[6]);

/* An association request, or with `from` (the access point that is left) a reassociation. */
struct mgmt_assoc {
	const uint8_t			*own, *from;
	const struct pdk80211_bss	*bss;
	const struct pdk80211_caps	*caps;
	const uint8_t			*rsn;		/* element, or NULL */
	size_t				 rsn_len;
	uint16_t			 listen;	/* beacon intervals */
};
size_t	mgmt_assoc(uint8_t *frame, const struct mgmt_assoc *);

/* A probe request; to everybody when bssid is NULL. */
size_t	mgmt_probe(uint8_t *frame, const uint8_t own[6], const uint8_t *bssid,
	    const uint8_t *ssid, size_t ssid_len, bool band5);
/* The elements that ops->scan() gets: those behind SSID and rates. */
size_t	mgmt_scan_ies(uint8_t *ies, const struct pdk80211_caps *);

/* Deauthentication or disassociation. */
size_t	mgmt_bye(uint8_t *frame, uint8_t kind, const uint8_t own[6], const uint8_t bssid[6],
	    uint16_t reason);

/* Block ack (9.6.5). */
struct mgmt_ba {
	uint8_t		action;			/* DOT11_ACT_* */
	uint8_t		token;
	uint8_t		tid;
	bool		amsdu, immediate;
	uint16_t	window;			/* 0: the other side chooses */
	uint16_t	timeout;		/* TU; 0: none */
	uint16_t	ssn;
	uint16_t	status;			/* response */
	uint16_t	reason;			/* DELBA */
	bool		initiator;		/* DELBA by who sends the data */
};
size_t	mgmt_ba(uint8_t *frame, const uint8_t own[6], const uint8_t bssid[6],
	    const struct mgmt_ba *);

/* ---- reading ---- */

struct mgmt_auth_body {
	uint16_t	alg, seq, status;
};
bool	mgmt_auth_read(struct mgmt_auth_body *, const uint8_t *body, size_t len);

struct mgmt_assoc_body {
	uint16_t	capinfo, status, aid;
	const uint8_t	*ies;
	size_t		 ies_len;
};
bool	mgmt_assoc_read(struct mgmt_assoc_body *, const uint8_t *body, size_t len);

bool	mgmt_bye_read(uint16_t *reason, const uint8_t *body, size_t len);
/* Category and action octets included.  False also for other action frames. */
bool	mgmt_ba_read(struct mgmt_ba *, const uint8_t *body, size_t len);

#endif /* STA_MGMT_H */
