/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ccmp.c - CCMP-128 on whole frames with libcrypto's AES-CCM; see ccmp.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "tools/sim/ap/ccmp.h"

#define EXT_IV		0x20u
#define MAX_AAD		32u
#define NONCE_LEN	13u

struct ccmp_key {
	EVP_CIPHER_CTX	*enc, *dec;
	uint8_t		id;
	uint64_t	tx_pn;
	uint64_t	rx_pn[CCMP_COUNTERS];
};

static EVP_CIPHER_CTX *
new_ctx(const uint8_t tk[16], int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL)
		return NULL;
	if (EVP_CipherInit_ex(ctx, EVP_aes_128_ccm(), NULL, NULL, NULL, encrypt) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, NONCE_LEN, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CCMP_MIC_LEN, NULL) != 1 ||
	    EVP_CipherInit_ex(ctx, NULL, NULL, tk, NULL, encrypt) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

struct ccmp_key *
ccmp_new(const uint8_t tk[16], uint8_t id)
{
	struct ccmp_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	key->id = id & 3;
	key->enc = new_ctx(tk, 1);
	key->dec = new_ctx(tk, 0);
	if (key->enc == NULL || key->dec == NULL) {
		ccmp_free(key);
		return NULL;
	}
	return key;
}

void
ccmp_free(struct ccmp_key *key)
{
	if (key == NULL)
		return;
	EVP_CIPHER_CTX_free(key->enc);
	EVP_CIPHER_CTX_free(key->dec);
	free(key);
}

uint64_t
ccmp_tx_pn(const struct ccmp_key *key)
{
	return key->tx_pn;
}

void
ccmp_seek(struct ccmp_key *key, uint64_t pn)
{
	key->tx_pn = pn;
}

/* Additional authentication data (12.5.3.3.3); returns its length, *priority gets the TID. */
static size_t
build_aad(const uint8_t *h, uint8_t aad[MAX_AAD], uint8_t *priority)
{
	bool data = (h[0] & 0x0c) == 0x08, qos = data && (h[0] & 0x80) != 0;
	bool four = (h[1] & 3) == 3;
	size_t n = 0, at = four ? 30 : 24;

	/* Bits that a retry or power management may change count as 0. */
	aad[n++] = data ? h[0] & 0x8f : h[0];
	aad[n++] = (uint8_t)((h[1] & (qos ? 0x47 : 0xc7)) | 0x40);
	memcpy(aad + n, h + 4, 18);
	n += 18;
	aad[n++] = h[22] & 0x0f;
	aad[n++] = 0;
	if (four) {
		memcpy(aad + n, h + 24, 6);
		n += 6;
	}
	*priority = 0;
	if (qos) {
		*priority = h[at] & 0x0f;
		aad[n++] = *priority;
		aad[n++] = 0;
	} else if (!data) {
		*priority = 0x10;		/* a management frame */
	}
	return n;
}

static void
build_nonce(const uint8_t *h, uint8_t priority, uint64_t pn, uint8_t nonce[NONCE_LEN])
{
	nonce[0] = priority;
	memcpy(nonce + 1, h + 10, 6);
	for (unsigned i = 0; i < 6; i++)
		nonce[7 + i] = (uint8_t)(pn >> (8 * (5 - i)));
}

/* One pass of AES-CCM in place over the text behind the CCMP header; the MIC follows it. */
static int
run(EVP_CIPHER_CTX *ctx, int encrypt, uint8_t *frame, size_t hdr, size_t text_len, uint64_t pn)
{
	uint8_t aad[MAX_AAD], nonce[NONCE_LEN], priority;
	uint8_t *text = frame + hdr + CCMP_HDR_LEN;
	size_t aad_len = build_aad(frame, aad, &priority);
	int n;

	build_nonce(frame, priority, pn, nonce);
	if (!encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CCMP_MIC_LEN,
	    text + text_len) != 1)
		return EIO;
	if (EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, encrypt) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)text_len) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len) != 1)
		return EIO;
	if (EVP_CipherUpdate(ctx, text, &n, text, (int)text_len) != 1)
		return encrypt ? EIO : EBADMSG;
	if (encrypt && (EVP_CipherFinal_ex(ctx, text + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CCMP_MIC_LEN, text + text_len) != 1))
		return EIO;
	return 0;
}

int
ccmp_encrypt(struct ccmp_key *key, uint8_t *frame, size_t hdr, size_t *len, size_t cap)
{
	size_t text_len = *len - hdr;
	uint8_t *p = frame + hdr;
	uint64_t pn = key->tx_pn + 1;

	if (cap < *len + CCMP_EXTRA)
		return ENOSPC;
	memmove(p + CCMP_HDR_LEN, p, text_len);
	p[0] = (uint8_t)pn;
	p[1] = (uint8_t)(pn >> 8);
	p[2] = 0;
	p[3] = (uint8_t)(EXT_IV | key->id << 6);
	for (unsigned i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(pn >> (16 + 8 * i));
	frame[1] |= 0x40;
	key->tx_pn = pn;
	*len += CCMP_EXTRA;
	return run(key->enc, 1, frame, hdr, text_len, pn);
}

int
ccmp_decrypt(struct ccmp_key *key, uint8_t *frame, size_t hdr, size_t *len, uint64_t *pn)
{
	const uint8_t *p = frame + hdr;
	size_t text_len;
	int error;

	/* libcrypto takes no empty text for the end of a message; no frame of use is empty. */
	if (*len <= hdr + CCMP_EXTRA || (p[3] & EXT_IV) == 0)
		return EINVAL;
	text_len = *len - hdr - CCMP_EXTRA;
	*pn = p[0] | (uint64_t)p[1] << 8;
	for (unsigned i = 0; i < 4; i++)
		*pn |= (uint64_t)p[4 + i] << (16 + 8 * i);
	error = run(key->dec, 0, frame, hdr, text_len, *pn);
	if (error != 0)
		return error;
	memmove(frame + hdr, frame + hdr + CCMP_HDR_LEN, text_len);
	*len = hdr + text_len;
	return 0;
}

bool
ccmp_fresh(struct ccmp_key *key, unsigned tid, uint64_t pn)
{
	if (tid >= CCMP_COUNTERS || pn <= key->rx_pn[tid])
		return false;
	key->rx_pn[tid] = pn;
	return true;
}
