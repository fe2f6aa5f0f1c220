/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wpa.h - the supplicant: WPA2-PSK with CCMP (IEEE 802.11-2016, 12.7).
 *
 *	error = wpa_pmk(passphrase, ssid, ssid_len, pmk, why, sizeof(why));
 *	w = wpa_new(&ops, arg);			once; it remembers failures over associations
 *	wpa_start(w, &bss, now);		associated, and no EAPOL frame looked at yet
 *	wpa_input(w, eapol, len, protected, now);	each EAPOL frame from the access point
 *	wpa_timer(w, now);			at or after wpa_deadline(w)
 *	wpa_lost(w, reason, &verdict);		deauthenticated by the other side, or out of range
 *	wpa_free(w);
 *
 * Pure: no thread, no input or output, no clock of its own. Times are nanoseconds of any clock
 * that does not go backwards. One thread at a time; callbacks come from within wpa_input() and
 * wpa_timer(), and may call wpa_stop() but not wpa_free(). Key material is wiped as soon as it
 * is not needed; what a callback gets is borrowed for the call.
 */
#ifndef STA_WPA_H
#define STA_WPA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shims/linux/sta/rsn.h"

#define WPA_PMK_LEN	32u
#define WPA_TK_LEN	16u

/* The access point has so long from the association to the keys. */
#define WPA_TIMEOUT_NS	UINT64_C(10000000000)

/* Reason codes that this layer gives (9.4.1.7). */
#define WPA_REASON_UNSPECIFIED		1u
#define WPA_REASON_INVALID_IE		13u
#define WPA_REASON_HANDSHAKE_TIMEOUT	15u
#define WPA_REASON_IE_DIFFERS		17u

struct wpa_key {
	bool		group;
	uint8_t		id;			/* group: 1 to 3; pairwise: 0 */
	uint8_t		tk[WPA_TK_LEN];		/* CCMP-128 */
	/* The packet number received last; only higher ones are fresh. Sending begins at 1. */
	uint64_t	rsc;
};

/* Why there are no keys; for the log and for the reconnect policy. */
struct wpa_verdict {
	uint16_t	reason;			/* for a deauthentication frame */
	bool		passphrase;		/* it looks wrong: trying again is of little use */
	char		text[200];		/* a sentence without a period, for the user */
};

struct wpa_ops {
	/*
	 * An EAPOL frame (from its version octet on) for the access point, ethertype 0x888e.
	 * `protect`: encrypted with the pairwise key that is in place now, even if set_key()
	 * follows before the frame is on the air; else in the clear, even if there is a key. If
	 * it cannot be sent the access point will ask again.
	 */
	void	(*send)(void *arg, const void *eapol, size_t len, bool protect);
	/*
	 * Put this key in place, with fresh counters. Never called with a key that is in place
	 * already. errno: the association ends with failed().
	 */
	int	(*set_key)(void *arg, const struct wpa_key *);
	/* Keys are in place, the port may be opened. Once per wpa_start(). */
	void	(*done)(void *arg);
	/* Over: deauthenticate with verdict->reason. The supplicant has stopped. */
	void	(*failed)(void *arg, const struct wpa_verdict *);
	/* A line for the log: a rekey, a frame that was dropped and why. May be NULL. */
	void	(*note)(void *arg, const char *text);
	/* Random octets; NULL: libcrypto's. Returns 0 or an errno. */
	int	(*random)(void *arg, void *out, size_t len);
};

/* Copied by wpa_start(). */
struct wpa_bss {
	uint8_t		own[6], bssid[6];
	uint8_t		pmk[WPA_PMK_LEN];
	struct rsn_choice choice;		/* as the association request had it */
	const uint8_t	*ap_ie;			/* RSN element of the beacon or probe response */
	size_t		ap_ie_len;
};

struct wpa_counts {
	unsigned	handshakes, group_rekeys, pairwise_rekeys;
	unsigned	dropped;		/* frames that were not for us, forged or broken */
	unsigned	replayed;		/* of these: an old replay counter */
	unsigned	bad_mic;		/* of these */
	unsigned	reinstalls;		/* keys in place already, left as they were */
};

struct wpa;

/*
 * A PSK as the user gave it (8 to 63 printable characters, or 64 hexadecimal digits) to a PMK
 * (J.4.1). Takes some milliseconds. EINVAL: `why` (a sentence without a period) says what is
 * wrong with it, without repeating it; EIO: libcrypto refused.
 */
int	wpa_pmk(const char *psk, const uint8_t *ssid, size_t ssid_len,
	    uint8_t pmk[WPA_PMK_LEN], char *why, size_t len);

/* NULL: no memory. `ops` is borrowed until wpa_free(). */
struct wpa *wpa_new(const struct wpa_ops *ops, void *arg);
void	wpa_free(struct wpa *);			/* NULL is harmless */

/* The passphrase or the network has changed: earlier failures do not count. */
void	wpa_forgive(struct wpa *);

/*
 * A new association: keys and counters of an earlier one are forgotten. EINVAL: the access
 * point's element does not fit the choice. EIO: no random numbers.
 */
int	wpa_start(struct wpa *, const struct wpa_bss *, uint64_t now);
/* The association has ended by our own wish; no verdict. Harmless when stopped. */
void	wpa_stop(struct wpa *);
/*
 * The association has ended without our doing; `reason` is the other side's code, or 0. True,
 * with a verdict, if it happened before the keys were there. Stops.
 */
bool	wpa_lost(struct wpa *, uint16_t reason, struct wpa_verdict *);

/*
 * A frame of ethertype 0x888e from the BSSID, from its version octet on; anything may be in it.
 * `protected`: it came encrypted. Both kinds are to be passed on at any time: an access point that
 * missed message 4 repeats message 3 in the clear, and is answered as it asked.
 */
void	wpa_input(struct wpa *, const void *eapol, size_t len, bool protected, uint64_t now);

/* When wpa_timer() is to be called, or UINT64_MAX. May change by any call here. */
uint64_t wpa_deadline(const struct wpa *);
void	wpa_timer(struct wpa *, uint64_t now);

/* Since wpa_new(). */
void	wpa_counts(const struct wpa *, struct wpa_counts *);

#endif /* STA_WPA_H */
