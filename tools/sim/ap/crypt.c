/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypt.c - key derivation, MIC and key wrap of WPA2-PSK with libcrypto; see crypt.h.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "tools/sim/ap/crypt.h"

#define PSK_ROUNDS	4096
#define PRF_MAX_DATA	256u
#define SHA1_LEN	20u

static int
hex_pmk(const char *hex, uint8_t pmk[AP_PMK_LEN])
{
	for (unsigned i = 0; i < 2 * AP_PMK_LEN; i++) {
		int c = tolower((unsigned char)hex[i]);
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		    -1;

		if (digit < 0)
			return EINVAL;
		pmk[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : pmk[i / 2] | digit);
	}
	return 0;
}

int
ap_pmk(const char *psk, const uint8_t *ssid, size_t ssid_len, uint8_t pmk[AP_PMK_LEN])
{
	size_t len = strlen(psk);

	if (len == 2 * AP_PMK_LEN)
		return hex_pmk(psk, pmk);
	if (len < 8 || len > 63)
		return EINVAL;
	for (size_t i = 0; i < len; i++)
		if (psk[i] < 32 || psk[i] > 126)
			return EINVAL;
	return PKCS5_PBKDF2_HMAC_SHA1(psk, (int)len, ssid, (int)ssid_len, PSK_ROUNDS, AP_PMK_LEN,
	    pmk) == 1 ? 0 : EIO;
}

static int
sha1_hmac(const uint8_t *key, size_t key_len, const void *msg, size_t len, uint8_t out[SHA1_LEN])
{
	unsigned n = SHA1_LEN;

	return HMAC(EVP_sha1(), key, (int)key_len, msg, len, out, &n) != NULL && n == SHA1_LEN ?
	    0 : EIO;
}

int
ap_prf(const uint8_t *key, size_t key_len, const char *label, const uint8_t *data,
    size_t data_len, uint8_t *out, size_t out_len)
{
	uint8_t msg[PRF_MAX_DATA + 66], digest[SHA1_LEN];
	size_t label_len = strlen(label) + 1;		/* with its end */
	size_t len = label_len + data_len + 1;

	if (data_len > PRF_MAX_DATA || label_len > 64)
		return EINVAL;
	memcpy(msg, label, label_len);
	memcpy(msg + label_len, data, data_len);
	for (uint8_t i = 0; out_len > 0; i++) {
		size_t n = out_len < SHA1_LEN ? out_len : SHA1_LEN;
		int error;

		msg[len - 1] = i;
		error = sha1_hmac(key, key_len, msg, len, digest);
		if (error != 0)
			return error;
		memcpy(out, digest, n);
		out += n;
		out_len -= n;
	}
	return 0;
}

/* The smaller of two strings of octets first, then the larger; returns the end. */
static uint8_t *
put_sorted(uint8_t *p, const uint8_t *a, const uint8_t *b, size_t len)
{
	int less = memcmp(a, b, len) < 0;

	memcpy(p, less ? a : b, len);
	memcpy(p + len, less ? b : a, len);
	return p + 2 * len;
}

int
ap_ptk(const uint8_t pmk[AP_PMK_LEN], const uint8_t aa[6], const uint8_t spa[6],
    const uint8_t anonce[AP_NONCE_LEN], const uint8_t snonce[AP_NONCE_LEN],
    uint8_t ptk[AP_PTK_LEN])
{
	uint8_t data[2 * 6 + 2 * AP_NONCE_LEN];

	put_sorted(put_sorted(data, aa, spa, 6), anonce, snonce, AP_NONCE_LEN);
	return ap_prf(pmk, AP_PMK_LEN, "Pairwise key expansion", data, sizeof(data), ptk,
	    AP_PTK_LEN);
}

int
ap_mic(const uint8_t kck[16], const void *msg, size_t len, uint8_t mic[AP_MIC_LEN])
{
	uint8_t digest[SHA1_LEN];
	int error = sha1_hmac(kck, 16, msg, len, digest);

	if (error == 0)
		memcpy(mic, digest, AP_MIC_LEN);
	return error;
}

int
ap_wrap(const uint8_t kek[16], const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int n, tail, error = EIO;

	if (len < 16 || len % 8 != 0)
		return EINVAL;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return ENOMEM;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_EncryptInit_ex(ctx, EVP_aes_128_wrap(), NULL, kek, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, out, &n, in, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(ctx, out + n, &tail) == 1)
		error = 0;
	EVP_CIPHER_CTX_free(ctx);
	return error;
}

int
ap_random(void *out, size_t len)
{
	return RAND_bytes(out, (int)len) == 1 ? 0 : EIO;
}
