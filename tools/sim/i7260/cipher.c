/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cipher.c - CCMP by libcrypto's AES-CCM; RC4 and its CRC by hand, as libcrypto keeps RC4 in a
 * provider that is not always there.
 */
#include <string.h>
#include <openssl/evp.h>

#include "tools/sim/i7260/cipher.h"

#define AAD_MAX		30

/* ---- CCMP ---- */

static bool
is_qos(const uint8_t *f)
{
	return (f[0] & 0x8c) == 0x88;
}

static unsigned
tid_of(const uint8_t *f, size_t hdrlen)
{
	size_t at = (f[1] & 3) == 3 ? 30 : 24;

	return is_qos(f) && hdrlen >= at + 2 ? f[at] & 0xfu : 0;
}

/* The header without what may change on the way (12.5.3.3.3). */
static size_t
make_aad(const uint8_t *f, size_t hdrlen, uint8_t aad[AAD_MAX])
{
	bool data = (f[0] & 0xc) == 8;
	size_t len = 22;

	aad[0] = data ? f[0] & 0x8f : f[0];
	aad[1] = (uint8_t)((f[1] & 0xc7) | 0x40);
	if (is_qos(f))
		aad[1] &= 0x7f;
	memcpy(aad + 2, f + 4, 18);
	aad[20] = f[22] & 0x0f;
	aad[21] = 0;
	if (data && (f[1] & 3) == 3) {
		memcpy(aad + len, f + 24, 6);
		len += 6;
	}
	if (is_qos(f)) {
		aad[len++] = (uint8_t)tid_of(f, hdrlen);
		aad[len++] = 0;
	}
	return len;
}

static void
make_nonce(const uint8_t *f, size_t hdrlen, uint8_t n[13])
{
	const uint8_t *iv = f + hdrlen;

	n[0] = (uint8_t)tid_of(f, hdrlen);
	if ((f[0] & 0xc) == 0)
		n[0] |= 0x10;
	memcpy(n + 1, f + 10, 6);
	n[7] = iv[7];
	n[8] = iv[6];
	n[9] = iv[5];
	n[10] = iv[4];
	n[11] = iv[1];
	n[12] = iv[0];
}

static bool
ccm(const uint8_t *key, uint8_t *f, size_t hdrlen, size_t body, uint8_t *mic, bool seal)
{
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	uint8_t nonce[13], aad[AAD_MAX], *data = f + hdrlen + CCMP_IV, dummy = 0;
	int n, aadlen = (int)make_aad(f, hdrlen, aad);
	bool good;

	if (x == NULL)
		return false;
	make_nonce(f, hdrlen, nonce);
	good = EVP_CipherInit_ex(x, EVP_aes_128_ccm(), NULL, NULL, NULL, seal) == 1 &&
	    EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_IVLEN, sizeof(nonce), NULL) == 1 &&
	    EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, CCMP_MIC, seal ? NULL : mic) == 1 &&
	    EVP_CipherInit_ex(x, NULL, NULL, key, nonce, seal) == 1 &&
	    EVP_CipherUpdate(x, NULL, &n, NULL, (int)body) == 1 &&
	    EVP_CipherUpdate(x, NULL, &n, aad, aadlen) == 1 &&
	    EVP_CipherUpdate(x, body != 0 ? data : &dummy, &n, body != 0 ? data : &dummy,
	    (int)body) == 1;
	if (good && seal)
		good = EVP_CipherFinal_ex(x, data + body, &n) == 1 &&
		    EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, CCMP_MIC, mic) == 1;
	EVP_CIPHER_CTX_free(x);
	return good;
}

size_t
cipher_ccmp_seal(const uint8_t key[16], uint8_t *frame, size_t hdrlen, size_t len)
{
	if (len < hdrlen + CCMP_IV ||
	    !ccm(key, frame, hdrlen, len - hdrlen - CCMP_IV, frame + len, true))
		return 0;
	return len + CCMP_MIC;
}

bool
cipher_ccmp_open(const uint8_t key[16], uint8_t *frame, size_t hdrlen, size_t len)
{
	uint8_t mic[CCMP_MIC];

	if (len < hdrlen + CCMP_IV + CCMP_MIC)
		return false;
	memcpy(mic, frame + len - CCMP_MIC, CCMP_MIC);
	return ccm(key, frame, hdrlen, len - hdrlen - CCMP_IV - CCMP_MIC, mic, false);
}

/* ---- RC4 and CRC-32 ---- */

static void
rc4(const uint8_t *seed, size_t seedlen, uint8_t *p, size_t len)
{
	uint8_t s[256], t, i, j = 0;
	unsigned k;

	for (k = 0; k < 256; k++)
		s[k] = (uint8_t)k;
	for (k = 0; k < 256; k++) {
		j = (uint8_t)(j + s[k] + seed[k % seedlen]);
		t = s[k];
		s[k] = s[j];
		s[j] = t;
	}
	for (i = j = 0; len != 0; len--, p++) {
		i++;
		j = (uint8_t)(j + s[i]);
		t = s[i];
		s[i] = s[j];
		s[j] = t;
		*p ^= s[(uint8_t)(s[i] + s[j])];
	}
}

static uint32_t
crc32(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffffu;
	int i;

	for (; len != 0; len--, p++)
		for (crc ^= *p, i = 0; i < 8; i++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
	return ~crc;
}

size_t
cipher_rc4_seal(const uint8_t *seed, size_t seedlen, uint8_t *frame, size_t off, size_t len)
{
	uint32_t crc;
	int i;

	if (len < off)
		return 0;
	crc = crc32(frame + off, len - off);
	for (i = 0; i < WEP_ICV; i++)
		frame[len + (size_t)i] = (uint8_t)(crc >> 8 * i);
	rc4(seed, seedlen, frame + off, len + WEP_ICV - off);
	return len + WEP_ICV;
}

bool
cipher_rc4_open(const uint8_t *seed, size_t seedlen, uint8_t *frame, size_t off, size_t len)
{
	uint32_t crc, got = 0;
	int i;

	if (len < off + WEP_ICV)
		return false;
	rc4(seed, seedlen, frame + off, len - off);
	crc = crc32(frame + off, len - WEP_ICV - off);
	for (i = 0; i < WEP_ICV; i++)
		got |= (uint32_t)frame[len - WEP_ICV + (size_t)i] << 8 * i;
	return crc == got;
}
