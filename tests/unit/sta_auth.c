/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_auth.c - the authenticator; see sta_auth.h.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/unit/sta_auth_int.h"

/* Not random, but different each time: a test is the same whenever it runs (xorshift64). */
void
auth_random(struct bench *b, uint8_t *out, size_t len)
{
	while (len-- > 0) {
		b->seed ^= b->seed << 13;
		b->seed ^= b->seed >> 7;
		b->seed ^= b->seed << 17;
		*out++ = (uint8_t)(b->seed >> 32);
	}
}

/* ---- its own cryptography --------------------------------------------------------------- */

static void
hmac(const EVP_MD *md, const uint8_t *key, size_t key_len, const void *msg, size_t len,
    uint8_t *out)
{
	unsigned n;

	must(HMAC(md, key, (int)key_len, msg, len, out, &n) != NULL);
}

static void
cmac(const uint8_t key[16], const void *msg, size_t len, uint8_t out[16])
{
	OSSL_PARAM params[2] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
	    (char[]){ "AES-128-CBC" }, 0), OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	size_t n;

	must(EVP_MAC_init(ctx, key, 16, params) == 1 && EVP_MAC_update(ctx, msg, len) == 1 &&
	    EVP_MAC_final(ctx, out, &n, 16) == 1);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

static const uint8_t *
lower(const uint8_t *a, const uint8_t *b, size_t n, bool first)
{
	return (memcmp(a, b, n) < 0) == first ? a : b;
}

/* 12.7.1.3: "Pairwise key expansion" || lower address || higher || lower nonce || higher. */
static void
make_ptk(struct bench *b, const uint8_t *snonce)
{
	static const char label[] = "Pairwise key expansion";
	uint8_t msg[128], out[32 * 3];
	size_t n = 0, head = b->sha256 ? 2 : 0;

	memcpy(msg + head, label, sizeof(label));
	n = head + sizeof(label) - (b->sha256 ? 1 : 0);
	memcpy(msg + n, lower(b->aa, b->spa, 6, true), 6);
	memcpy(msg + n + 6, lower(b->aa, b->spa, 6, false), 6);
	memcpy(msg + n + 12, lower(b->anonce, snonce, 32, true), 32);
	memcpy(msg + n + 44, lower(b->anonce, snonce, 32, false), 32);
	n += 76;
	for (uint8_t i = 0; i < 3; i++) {
		if (b->sha256) {
			msg[0] = (uint8_t)(i + 1);
			msg[1] = 0;
			msg[n] = 384 & 0xff;
			msg[n + 1] = 384 >> 8;
			hmac(EVP_sha256(), b->pmk, 32, msg, n + 2, out + 32 * i);
		} else {
			msg[n] = i;
			hmac(EVP_sha1(), b->pmk, 32, msg, n + 1, out + 20 * i);
		}
	}
	memcpy(b->ptk, out, sizeof(b->ptk));
}

static void
make_mic(const struct bench *b, const struct frame *f, uint8_t mic[16])
{
	uint8_t copy[sizeof(f->p)], digest[20];

	memcpy(copy, f->p, f->len);
	memset(copy + E_MIC, 0, 16);
	if (b->sha256)
		cmac(b->ptk, copy, f->len, digest);
	else
		hmac(EVP_sha1(), b->ptk, 16, copy, f->len, digest);
	memcpy(mic, digest, 16);
}

/* RFC 3394, 2.2.1, block by block. */
static size_t
wrap(const uint8_t kek[16], const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t block[32], buf[32];
	int n;

	memset(block, 0xa6, 8);
	memcpy(out + 8, in, len);
	must(EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, kek, NULL) == 1);
	for (size_t i = 0; i < 6 * (len / 8); i++) {
		uint8_t *r = out + 8 + 8 * (i % (len / 8));

		memcpy(block + 8, r, 8);
		must(EVP_EncryptUpdate(ctx, buf, &n, block, 16) == 1);
		memcpy(block, buf, 8);
		memcpy(r, buf + 8, 8);
		for (unsigned k = 0; k < 8; k++)
			block[7 - k] ^= (uint8_t)((uint64_t)(i + 1) >> (8 * k));
	}
	memcpy(out, block, 8);
	EVP_CIPHER_CTX_free(ctx);
	return len + 8;
}

/* Computed once: it takes thousands of times as long as a handshake. */
const uint8_t *
auth_pmk(void)
{
	static uint8_t pmk[32];
	static bool there;

	if (!there)
		must(PKCS5_PBKDF2_HMAC_SHA1(PASSPHRASE, -1, (const uint8_t *)SSID, 4, 4096, 32,
		    pmk) == 1);
	there = true;
	return pmk;
}

/* ---- messages --------------------------------------------------------------------------- */

static void
put(uint8_t *p, uint64_t v, unsigned n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void
begin(struct bench *b, unsigned info)
{
	struct frame *f = &b->out;

	memset(f, 0, sizeof(*f));
	f->p[0] = 2;
	f->p[E_TYPE] = 3;
	f->p[E_DESC] = 2;
	put(f->p + E_INFO, info | (b->sha256 ? 3 : 2), 2);
	put(f->p + E_KEYLEN, (info & 8) != 0 ? 16 : 0, 2);
	put(f->p + E_REPLAY, ++b->replay, 8);
	if ((info & 8) != 0)
		memcpy(f->p + E_NONCE, b->anonce, 32);
	f->len = E_DATA;
	put(f->p + E_LEN, f->len - 4, 2);
}

void
sign(const struct bench *b, struct frame *f)
{
	make_mic(b, f, f->p + E_MIC);
}

void
msg1(struct bench *b)
{
	begin(b, 0x0088);
}

void
message(struct bench *b, unsigned info, const void *data, size_t len)
{
	uint8_t plain[600] = { 0 };
	struct frame *f = &b->out;

	must(len < sizeof(plain) - 16);
	memcpy(plain, data, len);
	if (len % 8 != 0 || len < 16)
		plain[len++] = 0xdd;
	while (len % 8 != 0 || len < 16)
		len++;
	begin(b, info);
	for (unsigned i = 0; i < 6; i++)
		f->p[E_RSC + i] = (uint8_t)(b->rsc >> (8 * i));
	len = wrap(b->ptk + 16, plain, len, f->p + E_DATA);
	f->len += len;
	put(f->p + E_DATALEN, len, 2);
	put(f->p + E_LEN, f->len - 4, 2);
	sign(b, f);
}

size_t
gtk_kde(const struct bench *b, uint8_t *out)
{
	static const uint8_t head[6] = { 0xdd, 22, 0x00, 0x0f, 0xac, 0x01 };

	memcpy(out, head, 6);
	out[6] = b->gtk_id;
	out[7] = 0;
	memcpy(out + 8, b->gtk, 16);
	return 24;
}

void
msg3(struct bench *b)
{
	uint8_t data[128];

	memcpy(data, b->rsn, b->rsn_len);
	message(b, INFO_MSG3, data, b->rsn_len + gtk_kde(b, data + b->rsn_len));
}

void
group1(struct bench *b)
{
	uint8_t data[32];

	message(b, INFO_GROUP1, data, gtk_kde(b, data));
}

void
new_gtk(struct bench *b, uint8_t id)
{
	auth_random(b, b->gtk, 16);
	b->gtk_id = id;
}

void
new_anonce(struct bench *b)
{
	auth_random(b, b->anonce, 32);
}

/* ---- answers ---------------------------------------------------------------------------- */

static bool
answer_ok(const struct bench *b, unsigned info, size_t len)
{
	const struct frame *f = b->nsent > 0 ? &b->sent[b->nsent - 1] : NULL;
	uint8_t mic[16];

	if (f == NULL || f->len != len || f->p[E_TYPE] != 3 || f->p[E_DESC] != 2 ||
	    get16(f->p + E_INFO) != (info | (b->sha256 ? 3 : 2)) ||
	    get16(f->p + E_LEN) != len - 4 || get16(f->p + E_DATALEN) != len - E_DATA ||
	    memcmp(f->p + E_REPLAY, b->out.p + E_REPLAY, 8) != 0)
		return false;
	make_mic(b, f, mic);
	return memcmp(mic, f->p + E_MIC, 16) == 0;
}

bool
msg2_ok(struct bench *b)
{
	if (b->nsent == 0)
		return false;
	make_ptk(b, b->sent[b->nsent - 1].p + E_NONCE);
	return answer_ok(b, 0x0108, E_DATA + b->sta_rsn_len) &&
	    memcmp(b->sent[b->nsent - 1].p + E_DATA, b->sta_rsn, b->sta_rsn_len) == 0;
}

bool
msg4_ok(struct bench *b)
{
	return answer_ok(b, 0x0308, E_DATA);
}

bool
group2_ok(struct bench *b)
{
	return answer_ok(b, 0x0300, E_DATA);
}

static bool
last_key_is(const struct bench *b, bool group, unsigned id, const uint8_t *tk, uint64_t rsc)
{
	const struct wpa_key *k = b->keys + b->nkeys;

	if (b->nkeys == 0)
		return false;
	k--;
	return k->group == group && k->id == id && memcmp(k->tk, tk, 16) == 0 && k->rsc == rsc;
}

bool
last_key_is_tk(const struct bench *b)
{
	return last_key_is(b, false, 0, b->ptk + 32, 0);
}

bool
last_key_is_gtk(const struct bench *b)
{
	return last_key_is(b, true, b->gtk_id, b->gtk, b->rsc);
}

bool
handshake(struct bench *b)
{
	msg1(b);
	bench_in(b, &b->out);
	if (!msg2_ok(b))
		return false;
	msg3(b);
	bench_in(b, &b->out);
	return msg4_ok(b) && b->ndone == 1 && last_key_is_gtk(b);
}
