/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypt.h - what the supplicant needs of libcrypto, without state; wpa*.c and eapol.c only.
 *
 * All functions return 0 or EIO (libcrypto refused, or has no memory) unless they say more.
 * None sleeps or keeps what it is given. Section numbers are those of IEEE 802.11-2016.
 */
#ifndef STA_CRYPT_H
#define STA_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPT_MIC_LEN		16u
#define CRYPT_WRAP_EXTRA	8u
#define CRYPT_PRF_MAX		128u	/* octets of context, and of output */

/* PBKDF2 with HMAC-SHA1 and 4096 rounds (J.4.1). */
int	crypt_pbkdf2(const char *passphrase, size_t pass_len, const uint8_t *ssid, size_t ssid_len,
	    uint8_t out[32]);

/*
 * PRF-n (12.7.1.2) or, with `sha256`, KDF-SHA-256-n (12.7.1.7.2): `out_len` octets out of a
 * key, a label and a context. EINVAL: more than CRYPT_PRF_MAX of either.
 */
int	crypt_prf(bool sha256, const uint8_t *key, size_t key_len, const char *label,
	    const uint8_t *context, size_t context_len, uint8_t *out, size_t out_len);

/* MIC of an EAPOL-Key frame: HMAC-SHA1-128 or, with `cmac`, AES-128-CMAC (12.7.3). */
int	crypt_mic(bool cmac, const uint8_t kck[16], const void *msg, size_t len,
	    uint8_t mic[CRYPT_MIC_LEN]);

/*
 * AES key unwrap (RFC 3394): `len` octets, a multiple of 8 and at least 24, to `out`, which gets 8
 * less. EINVAL: another length. EBADMSG: key and text do not belong together.
 */
int	crypt_unwrap(const uint8_t kek[16], const uint8_t *in, size_t len, uint8_t *out);

int	crypt_random(void *out, size_t len);
void	crypt_wipe(void *, size_t len);
/* In a time that does not depend on what is in them. */
bool	crypt_same(const void *, const void *, size_t len);

#endif /* STA_CRYPT_H */
