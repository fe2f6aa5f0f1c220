/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wpa_int.h - the state of the supplicant; wpa*.c only.
 */
#ifndef STA_WPA_INT_H
#define STA_WPA_INT_H

#include "shims/linux/sta/eapol.h"
#include "shims/linux/sta/wpa.h"

#define WPA_NONCE_LEN	32u
#define WPA_NGTK	4u

enum wpa_state {
	WPA_STOPPED,
	WPA_WAIT_1,		/* for message 1 */
	WPA_WAIT_3,		/* message 2 is sent */
	WPA_DONE,		/* keys are in place; they may be renewed */
};

struct wpa_ptk {
	uint8_t		kck[16], kek[16], tk[WPA_TK_LEN];	/* as the PRF gives them */
};

struct wpa {
	const struct wpa_ops *ops;
	void		*arg;
	struct wpa_counts counts;
	unsigned	refused;	/* handshakes in a row that ended after message 2 */

	/* of one association, wiped at its end */
	struct wpa_association {
		enum wpa_state	state;
		uint64_t	deadline;
		unsigned	notes;
		uint8_t		own[6], bssid[6], pmk[WPA_PMK_LEN];
		bool		sha256;
		uint8_t		ap_ie[RSN_IE_MAX], own_ie[RSN_IE_LEN];
		size_t		ap_ie_len;

		uint64_t	replay;		/* highest that a right MIC came with */
		bool		replay_valid;
		unsigned	msg2;		/* sent for this handshake */

		uint8_t		snonce[WPA_NONCE_LEN];	/* of the handshake that runs */
		bool		running;
		struct wpa_ptk	ptk;		/* in place */
		uint8_t		anonce[WPA_NONCE_LEN];	/* that it is made of */
		bool		ptk_valid;
		uint8_t		gtk[WPA_NGTK][WPA_TK_LEN];
		bool		gtk_valid[WPA_NGTK];
	}		a;
	uint64_t	epoch;		/* changes with start and stop */
};

/* ---- wpa.c ---- */
void	wpa_note(struct wpa *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A frame is dropped: counted, and told unless there were many. */
void	wpa_drop(struct wpa *, const char *why);
/* The association cannot go on: stops, and tells. */
void	wpa_fail(struct wpa *, uint16_t reason, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
int	wpa_random(struct wpa *, void *out, size_t len);

/* ---- wpa_rx.c ---- */
void	wpa_message(struct wpa *, const struct eapol_key *, bool protected, uint64_t now);

#endif /* STA_WPA_INT_H */
