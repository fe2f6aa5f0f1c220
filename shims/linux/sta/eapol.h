/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eapol.h - EAPOL-Key frames (IEEE 802.11-2016, 12.7.2) taken apart and put together.
 *
 * Pure: no state, any context; pointers of what was parsed are into the caller's frame.
 */
#ifndef STA_EAPOL_H
#define STA_EAPOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets in a frame, from its version octet on. */
#define EAPOL_OFF_MIC	81u
#define EAPOL_OFF_DATA	99u		/* also the shortest frame */
#define EAPOL_FRAME_MAX	2048u		/* longer ones are refused */

/* Key information (12.7.2 b). */
#define EAPOL_VERSION		0x0007u	/* of the key descriptor */
#define EAPOL_V_SHA1_AES	2u
#define EAPOL_V_CMAC_AES	3u
#define EAPOL_PAIRWISE		0x0008u
#define EAPOL_INSTALL		0x0040u
#define EAPOL_ACK		0x0080u
#define EAPOL_MIC		0x0100u
#define EAPOL_SECURE		0x0200u
#define EAPOL_ERROR		0x0400u
#define EAPOL_REQUEST		0x0800u
#define EAPOL_ENCRYPTED		0x1000u
#define EAPOL_SMK		0x2000u

struct eapol_key {
	const uint8_t	*frame;		/* all that the MIC is over */
	size_t		len;
	uint16_t	info, key_len;
	uint64_t	replay, rsc;
	const uint8_t	*nonce;		/* 32 octets */
	const uint8_t	*mic;		/* 16 octets */
	const uint8_t	*data;
	size_t		data_len;
};

/*
 * NULL, or what is wrong with the frame. Octets after the frame's own length (padding of the
 * medium) are left out.
 */
const char *eapol_parse(struct eapol_key *, const uint8_t *frame, size_t len);

/* Whether the frame's MIC is right; false also when libcrypto refuses. */
bool	eapol_mic_ok(const struct eapol_key *, const uint8_t kck[16]);

/*
 * A frame of the supplicant: with nonce (NULL: none) and key data, and its MIC. Returns its
 * length, 0: it does not fit into `cap` octets, or libcrypto refused.
 */
size_t	eapol_build(uint8_t *frame, size_t cap, unsigned info, uint64_t replay,
	    const uint8_t *nonce, const uint8_t *data, size_t data_len, const uint8_t kck[16]);

/* What message 3 and group messages carry in their key data, decrypted. */
struct eapol_kdes {
	const uint8_t	*rsn;		/* RSN element with its header, or NULL */
	size_t		rsn_len;
	const uint8_t	*rsn2;		/* a second one */
	size_t		rsn2_len;
	const uint8_t	*gtk;		/* group key, or NULL */
	size_t		gtk_len;
	uint8_t		gtk_id;
};

/* False: a length in it does not fit. */
bool	eapol_kdes(struct eapol_kdes *, const uint8_t *data, size_t len);

#endif /* STA_EAPOL_H */
