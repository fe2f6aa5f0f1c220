/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypt.h - the keys of WPA2-PSK: derivation, message integrity, key wrap. A thin layer over
 * libcrypto without state.
 *
 *	uint8_t pmk[AP_PMK_LEN], ptk[AP_PTK_LEN];
 *
 *	ap_pmk("correct horse", ssid, ssid_len, pmk);
 *	ap_ptk(pmk, bssid, station, anonce, snonce, ptk);
 *	ap_mic(ptk + AP_KCK, eapol, eapol_len, mic);
 *
 * All functions return 0 or a positive errno (EIO: libcrypto refused), and none sleeps or keeps
 * what it is given. The section numbers are those of IEEE 802.11-2016.
 */
#ifndef TOOLS_SIM_AP_CRYPT_H
#define TOOLS_SIM_AP_CRYPT_H

#include <stddef.h>
#include <stdint.h>

#define AP_PMK_LEN	32u
#define AP_PTK_LEN	48u		/* CCMP: KCK, KEK, TK */
#define AP_TK_LEN	16u
#define AP_MIC_LEN	16u
#define AP_NONCE_LEN	32u
#define AP_WRAP_EXTRA	8u

/* Where the parts of a PTK are. */
#define AP_KCK		0
#define AP_KEK		16
#define AP_TK		32

/* A passphrase of 8 to 63 characters, or 64 hexadecimal digits, to a PMK (J.4.1); EINVAL. */
int	ap_pmk(const char *psk, const uint8_t *ssid, size_t ssid_len, uint8_t pmk[AP_PMK_LEN]);

/* PRF-n (12.7.1.2): `out_len` octets from key, label and data; EINVAL: data over 256 octets. */
int	ap_prf(const uint8_t *key, size_t key_len, const char *label, const uint8_t *data,
	    size_t data_len, uint8_t *out, size_t out_len);

/* The pairwise transient key of two addresses and two nonces (12.7.1.3). */
int	ap_ptk(const uint8_t pmk[AP_PMK_LEN], const uint8_t aa[6], const uint8_t spa[6],
	    const uint8_t anonce[AP_NONCE_LEN], const uint8_t snonce[AP_NONCE_LEN],
	    uint8_t ptk[AP_PTK_LEN]);

/* The MIC of an EAPOL-Key frame, descriptor version 2: HMAC-SHA1 cut to 128 bits (12.7.3). */
int	ap_mic(const uint8_t kck[16], const void *msg, size_t len, uint8_t mic[AP_MIC_LEN]);

/*
 * AES key wrap (RFC 3394) with a key of 128 bits. `len` octets, a multiple of 8 and at least 16
 * (else EINVAL), from `in` to `out`, which gets 8 octets more. ENOMEM; EIO: libcrypto cannot.
 */
int	ap_wrap(const uint8_t kek[16], const uint8_t *in, size_t len, uint8_t *out);

/* Random octets for nonces and group keys. */
int	ap_random(void *out, size_t len);

#endif /* TOOLS_SIM_AP_CRYPT_H */
