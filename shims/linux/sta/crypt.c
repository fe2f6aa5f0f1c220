/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypt.c - key derivation, MICs and key unwrap with libcrypto 3; see crypt.h.
 */
#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "shims/linux/sta/crypt.h"

#define PSK_ROUNDS	4096
#define DIGEST_MAX	32u		/* SHA-256 */
#define LABEL_MAX	64u

int
crypt_pbkdf2(const char *passphrase, size_t pass_len, const uint8_t *ssid, size_t ssid_len,
    uint8_t out[32])
{
	return PKCS5_PBKDF2_HMAC(passphrase, (int)pass_len, ssid, (int)ssid_len, PSK_ROUNDS,
	    EVP_sha1(), 32, out) == 1 ? 0 : EIO;
}

/* One MAC of `size` octets: HMAC with a digest, or CMAC with a cipher. */
static int
mac(const char *kind, const char *how, const uint8_t *key, size_t key_len, const void *msg,
    size_t len, uint8_t *out, size_t size)
{
	OSSL_PARAM none = OSSL_PARAM_construct_end();
	size_t n = 0;

	return EVP_Q_mac(NULL, kind, NULL, how, &none, key, key_len, msg, len, out, size, &n) !=
	    NULL && n == size ? 0 : EIO;
}

/*
 * The rounds of both functions differ in the message only: PRF-n has label, 0, context and a
 * counter from 0 on, the KDF a counter from 1 on, label, context and the length in bits.
 */
static size_t
prf_message(bool sha256, unsigned round, const char *label, const uint8_t *context,
    size_t context_len, size_t out_len, uint8_t *msg)
{
	size_t label_len = strlen(label) + !sha256, n = 0;

	if (sha256) {
		msg[n++] = (uint8_t)(round + 1);
		msg[n++] = 0;
	}
	memcpy(msg + n, label, label_len);
	n += label_len;
	memcpy(msg + n, context, context_len);
	n += context_len;
	msg[n++] = (uint8_t)(sha256 ? out_len * 8 : round);
	if (sha256)
		msg[n++] = (uint8_t)(out_len * 8 >> 8);
	return n;
}

int
crypt_prf(bool sha256, const uint8_t *key, size_t key_len, const char *label,
    const uint8_t *context, size_t context_len, uint8_t *out, size_t out_len)
{
	uint8_t msg[LABEL_MAX + CRYPT_PRF_MAX + 4], digest[DIGEST_MAX];
	size_t size = sha256 ? 32 : 20, done = 0;
	int error = 0;

	if (strlen(label) >= LABEL_MAX || context_len > CRYPT_PRF_MAX || out_len > CRYPT_PRF_MAX)
		return EINVAL;
	for (unsigned i = 0; done < out_len && error == 0; i++) {
		size_t n = out_len - done < size ? out_len - done : size;
		size_t len = prf_message(sha256, i, label, context, context_len, out_len, msg);

		error = mac("HMAC", sha256 ? "SHA256" : "SHA1", key, key_len, msg, len, digest,
		    size);
		memcpy(out + done, digest, error == 0 ? n : 0);
		done += n;
	}
	crypt_wipe(digest, sizeof(digest));
	return error;
}

int
crypt_mic(bool cmac, const uint8_t kck[16], const void *msg, size_t len,
    uint8_t mic[CRYPT_MIC_LEN])
{
	uint8_t digest[20];
	int error = cmac ? mac("CMAC", "AES-128-CBC", kck, 16, msg, len, digest, 16) :
	    mac("HMAC", "SHA1", kck, 16, msg, len, digest, 20);

	if (error == 0)
		memcpy(mic, digest, CRYPT_MIC_LEN);
	return error;
}

int
crypt_unwrap(const uint8_t kek[16], const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int n = 0, error = EIO;

	if (len < 24 || len % 8 != 0 || len > INT32_MAX)
		return EINVAL;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return EIO;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_DecryptInit_ex2(ctx, EVP_aes_128_wrap(), kek, NULL, NULL) == 1)
		error = EVP_DecryptUpdate(ctx, out, &n, in, (int)len) == 1 &&
		    (size_t)n == len - CRYPT_WRAP_EXTRA ? 0 : EBADMSG;
	EVP_CIPHER_CTX_free(ctx);
	return error;
}

int
crypt_random(void *out, size_t len)
{
	return RAND_bytes(out, (int)len) == 1 ? 0 : EIO;
}

void
crypt_wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}

bool
crypt_same(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
