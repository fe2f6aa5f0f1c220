/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cipher.h - the frame ciphers of the card: CCMP, WEP, and TKIP as far as hardware does it (the
 * RC4 half with a key that the driver has mixed).
 *
 *	len = cipher_ccmp_seal(key, frame, hdrlen, len);	frame has room for 8 more bytes
 *	if (!cipher_ccmp_open(key, frame, hdrlen, len))
 *		...						MIC wrong
 *
 * Frames are MAC header, IV (8 bytes, WEP 4), payload, MIC or ICV; no FCS. IEEE 802.11-2016 12.5.3
 * (CCMP), 12.3 (WEP), 12.5.2 (TKIP).
 */
#ifndef TOOLS_SIM_I7260_CIPHER_H
#define TOOLS_SIM_I7260_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CCMP_IV		8
#define CCMP_MIC	8
#define WEP_IV		4
#define WEP_ICV		4
#define TKIP_IV		8

/* Encrypts what follows the IV and appends the MIC. The new length; 0: too short. */
size_t	cipher_ccmp_seal(const uint8_t key[16], uint8_t *frame, size_t hdrlen, size_t len);
/* Decrypts in place; IV and MIC stay where they are. False: MIC wrong, or too short. */
bool	cipher_ccmp_open(const uint8_t key[16], uint8_t *frame, size_t hdrlen, size_t len);

/*
 * RC4 and ICV of what begins at off. seed: keylen bytes. seal: the new length, 4 bytes more;
 * open: false when the ICV is wrong.
 */
size_t	cipher_rc4_seal(const uint8_t *seed, size_t seedlen, uint8_t *frame, size_t off,
	    size_t len);
bool	cipher_rc4_open(const uint8_t *seed, size_t seedlen, uint8_t *frame, size_t off,
	    size_t len);

#endif
