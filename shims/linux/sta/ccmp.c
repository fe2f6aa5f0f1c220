/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ccmp.c - CCMP-128 with libcrypto's AES-CCM; see ccmp.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "shims/linux/sta/ccmp.h"

#define NONCE_LEN	13
#define AAD_MAX		30u
#define HDR_MIN		24u
#define ADDR_LEN	6u

/* Frame control, as its two octets. */
#define FC0_TYPE	0x0cu
#define FC0_DATA	0x08u
#define FC0_QOS		0x80u
#define FC0_SUBTYPE3	0x70u		/* the subtype's bits that are not protected */
#define FC1_TODS_FROMDS	0x03u
#define FC1_VOLATILE	0x38u		/* retry, power management, more data */
#define FC1_PROTECTED	0x40u
#define FC1_ORDER	0x80u		/* QoS data: there is an HT control field */

#define EXT_IV		0x20u

enum { OFF_A1 = 4, OFF_A2 = 10, OFF_SEQ = 22, OFF_A4 = 24 };

struct ccmp_key {
	EVP_CIPHER_CTX	*tx, *rx;
	uint64_t	pn;		/* of the frame sent last */
	uint8_t		id;
	struct ccmp_replay replay;
};

static EVP_CIPHER_CTX *
context(const uint8_t *tk, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL)
		return NULL;
	if (EVP_CipherInit_ex(ctx, EVP_aes_128_ccm(), NULL, NULL, NULL, encrypt) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, NONCE_LEN, NULL) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CCMP_MIC_LEN, NULL) == 1 &&
	    EVP_CipherInit_ex(ctx, NULL, NULL, tk, NULL, encrypt) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

struct ccmp_key *
ccmp_new(const uint8_t tk[CCMP_TK_LEN], uint8_t id, uint64_t rsc)
{
	struct ccmp_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	key->id = id & 3;
	for (unsigned i = 0; i < CCMP_NCOUNTERS; i++)
		key->replay.pn[i] = rsc;
	key->tx = context(tk, 1);
	key->rx = context(tk, 0);
	if (key->tx != NULL && key->rx != NULL)
		return key;
	ccmp_free(key);
	return NULL;
}

void
ccmp_free(struct ccmp_key *key)
{
	if (key == NULL)
		return;
	EVP_CIPHER_CTX_free(key->tx);	/* wipes the key in it */
	EVP_CIPHER_CTX_free(key->rx);
	free(key);
}

/* ---- what a header says ----------------------------------------------------------------- */

static bool
has_a4(const uint8_t *frame)
{
	return (frame[1] & FC1_TODS_FROMDS) == FC1_TODS_FROMDS;
}

static bool
has_qos(const uint8_t *frame)
{
	return (frame[0] & FC0_QOS) != 0;
}

static size_t
qos_offset(const uint8_t *frame)
{
	return HDR_MIN + (has_a4(frame) ? ADDR_LEN : 0);
}

size_t
ccmp_hdrlen(const uint8_t *frame, size_t len)
{
	size_t hdr;

	if (len < HDR_MIN || (frame[0] & FC0_TYPE) != FC0_DATA)
		return 0;
	hdr = qos_offset(frame);
	if (has_qos(frame))
		hdr += 2 + ((frame[1] & FC1_ORDER) != 0 ? 4 : 0);
	return hdr <= len ? hdr : 0;
}

static uint8_t
tid_of(const uint8_t *frame)
{
	return has_qos(frame) ? frame[qos_offset(frame)] & 0x0f : CCMP_NO_TID;
}

/* 12.5.3.3.3: of the header what may not change on the way. */
static int
make_aad(const uint8_t *frame, uint8_t aad[AAD_MAX])
{
	int n = 22;

	aad[0] = frame[0] & (uint8_t)~FC0_SUBTYPE3;
	aad[1] = (frame[1] & (uint8_t)~FC1_VOLATILE) | FC1_PROTECTED;
	if (has_qos(frame))
		aad[1] &= (uint8_t)~FC1_ORDER;
	memcpy(aad + 2, frame + OFF_A1, 3 * ADDR_LEN);
	aad[20] = frame[OFF_SEQ] & 0x0f;		/* the fragment's number */
	aad[21] = 0;
	if (has_a4(frame)) {
		memcpy(aad + n, frame + OFF_A4, ADDR_LEN);
		n += ADDR_LEN;
	}
	if (has_qos(frame)) {
		aad[n++] = tid_of(frame);
		aad[n++] = 0;
	}
	return n;
}

/* 12.5.3.3.4: priority, transmitter, packet number. */
static void
make_nonce(const uint8_t *frame, uint64_t pn, uint8_t nonce[NONCE_LEN])
{
	nonce[0] = has_qos(frame) ? tid_of(frame) : 0;
	memcpy(nonce + 1, frame + OFF_A2, ADDR_LEN);
	for (unsigned i = 0; i < 6; i++)
		nonce[7 + i] = (uint8_t)(pn >> (40 - 8 * i));
}

static void
put_header(uint8_t p[CCMP_HDR_LEN], uint8_t id, uint64_t pn)
{
	p[0] = (uint8_t)pn;
	p[1] = (uint8_t)(pn >> 8);
	p[2] = 0;
	p[3] = (uint8_t)(EXT_IV | id << 6);
	for (unsigned i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(pn >> (16 + 8 * i));
}

int
ccmp_parse(const uint8_t *frame, size_t len, struct ccmp_frame *f)
{
	size_t hdr = ccmp_hdrlen(frame, len);
	const uint8_t *p = frame + hdr;

	/* Without a body there is nothing that libcrypto would look at the MIC for. */
	if (hdr == 0 || (frame[1] & FC1_PROTECTED) == 0 ||
	    len - hdr <= CCMP_HDR_LEN + CCMP_MIC_LEN || (p[3] & EXT_IV) == 0)
		return EINVAL;
	f->hdr = hdr;
	f->body = hdr + CCMP_HDR_LEN;
	f->len = len - f->body - CCMP_MIC_LEN;
	f->pn = p[0] | (uint64_t)p[1] << 8;
	for (unsigned i = 0; i < 4; i++)
		f->pn |= (uint64_t)p[4 + i] << (16 + 8 * i);
	f->key_id = p[3] >> 6;
	f->tid = tid_of(frame);
	return 0;
}

/* ---- the cipher ------------------------------------------------------------------------- */

/* Nonce, length and AAD of a frame: all that comes before its body. */
static int
begin(EVP_CIPHER_CTX *ctx, const uint8_t *frame, uint64_t pn, size_t body)
{
	uint8_t nonce[NONCE_LEN], aad[AAD_MAX];
	int n = 0, aad_len = make_aad(frame, aad);

	make_nonce(frame, pn, nonce);
	if (EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, -1) == 1 &&
	    EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)body) == 1 &&
	    EVP_CipherUpdate(ctx, NULL, &n, aad, aad_len) == 1)
		return 0;
	return EIO;
}

int
ccmp_encrypt(struct ccmp_key *key, uint8_t *frame, size_t hdr, size_t body)
{
	uint8_t *p = frame + hdr + CCMP_HDR_LEN;
	int n = 0;

	if (hdr == 0 || ccmp_hdrlen(frame, hdr) != hdr || body == 0 || body > INT32_MAX)
		return EINVAL;
	if (key->pn >= CCMP_PN_MAX)
		return EOVERFLOW;
	key->pn++;
	frame[1] |= FC1_PROTECTED;
	put_header(frame + hdr, key->id, key->pn);
	if (begin(key->tx, frame, key->pn, body) != 0 ||
	    EVP_EncryptUpdate(key->tx, p, &n, p, (int)body) != 1 ||
	    EVP_EncryptFinal_ex(key->tx, p + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(key->tx, EVP_CTRL_AEAD_GET_TAG, CCMP_MIC_LEN, p + body) != 1)
		return EIO;
	return 0;
}

int
ccmp_decrypt(struct ccmp_key *key, uint8_t *frame, size_t len, struct ccmp_frame *f)
{
	uint8_t *p;
	int n = 0;

	if (ccmp_parse(frame, len, f) != 0)
		return EINVAL;
	p = frame + f->body;
	if (EVP_CIPHER_CTX_ctrl(key->rx, EVP_CTRL_AEAD_SET_TAG, CCMP_MIC_LEN, p + f->len) != 1 ||
	    begin(key->rx, frame, f->pn, f->len) != 0 ||
	    EVP_DecryptUpdate(key->rx, p, &n, p, (int)f->len) != 1)
		return EBADMSG;
	return 0;
}

/* ---- packet numbers --------------------------------------------------------------------- */

void
ccmp_seek(struct ccmp_key *key, uint64_t pn)
{
	key->pn = pn;
}

struct ccmp_replay *
ccmp_counters(struct ccmp_key *key)
{
	return &key->replay;
}

bool
ccmp_fresh(struct ccmp_replay *r, unsigned tid, uint64_t pn)
{
	if (tid >= CCMP_NCOUNTERS || pn <= r->pn[tid])
		return false;
	r->pn[tid] = pn;
	return true;
}

void
ccmp_fragment_first(struct ccmp_fragment *f, uint64_t serial, uint64_t pn)
{
	f->serial = serial;
	f->pn = pn;
}

bool
ccmp_fragment_next(struct ccmp_fragment *f, uint64_t serial, uint64_t pn)
{
	if (f->serial != serial || pn != f->pn + 1)
		return false;
	f->pn = pn;
	return true;
}
