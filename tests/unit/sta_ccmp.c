/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The station's software CCMP: the example of IEEE 802.11-2016 annex J, and every form of header
 * against a CCM written here from AES blocks (which is itself held to RFC 3610), with AAD and
 * nonce spelled out.
 */
#include <errno.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "shims/linux/sta/ccmp.h"
#include "tests/unit/hex.h"
#include "tests/unit/tap.h"

#define TK	"c97c1f67ce371185514a8a19f2bdd52f"
#define ADDRS	"020000000001" "020000000002" "020000000003"

/* ---- CCM from blocks: M = 8, L = 2 (RFC 3610) -------------------------------------------- */

static void
aes(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t buf[32];
	int n;

	if (EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, buf, &n, in, 16) != 1)
		abort();
	memcpy(out, buf, 16);
	EVP_CIPHER_CTX_free(ctx);
}

static void
mac_block(const uint8_t key[16], uint8_t mac[16], const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mac[i] ^= p[i];
	aes(key, mac, mac);
}

static void
key_block(const uint8_t key[16], const uint8_t nonce[13], unsigned i, uint8_t out[16])
{
	uint8_t a[16] = { 1 };

	memcpy(a + 1, nonce, 13);
	a[14] = (uint8_t)(i >> 8);
	a[15] = (uint8_t)i;
	aes(key, a, out);
}

/* Text and MIC, `n` + 8 octets, to `out`. */
static void
ccm(const uint8_t key[16], const uint8_t nonce[13], const uint8_t *aad, size_t aad_len,
    const uint8_t *text, size_t n, uint8_t *out)
{
	uint8_t mac[16] = { 0 }, s[16], first[16] = { 0x59 }, head[64] = { 0 };

	memcpy(first + 1, nonce, 13);
	first[14] = (uint8_t)(n >> 8);
	first[15] = (uint8_t)n;
	mac_block(key, mac, first, 16);
	head[1] = (uint8_t)aad_len;
	memcpy(head + 2, aad, aad_len);
	for (size_t i = 0; i < aad_len + 2; i += 16)
		mac_block(key, mac, head + i, 16);
	for (size_t i = 0; i < n; i += 16)
		mac_block(key, mac, text + i, n - i < 16 ? n - i : 16);
	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0)
			key_block(key, nonce, (unsigned)(i / 16 + 1), s);
		out[i] = text[i] ^ s[i % 16];
	}
	key_block(key, nonce, 0, s);
	for (unsigned i = 0; i < 8; i++)
		out[n + i] = mac[i] ^ s[i];
}

static void
test_the_judge(void)
{
	uint8_t key[16], nonce[13], aad[8], text[23], out[31];

	hex("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", key);
	hex("00000003020100a0a1a2a3a4a5", nonce);
	hex("0001020304050607", aad);
	hex("08090a0b0c0d0e0f101112131415161718191a1b1c1d1e", text);
	ccm(key, nonce, aad, 8, text, 23, out);
	ok(hex_is(out, "588c979a61c663d2f066d0c2c0f989806d5f6b61dac384" "17e8d12cfdf926e0"),
	    "CCM of this test: packet vector 1 of RFC 3610");
}

/* ---- one example ------------------------------------------------------------------------ */

static struct ccmp_key *
new_key(void)
{
	uint8_t tk[16];

	hex(TK, tk);
	return ccmp_new(tk, 0, 0);
}

/* Annex J.6.4. */
static void
test_annex_j(void)
{
	struct ccmp_key *key = new_key();
	struct ccmp_frame f;
	uint8_t frame[128];
	size_t len;

	len = hex("0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033" "0ce70020769703b5"
	    "f3d0a2fe9a3dbf2342a643e43246e80c3c04d019" "7845ce0b16f97623", frame);
	ok(ccmp_decrypt(key, frame, len, &f) == 0 && f.hdr == 24 && f.body == 32 && f.len == 20 &&
	    hex_is(frame + 32, "f8ba1a55d02f85ae967bb62fb6cda8eb7e78a050"), "CCMP of annex J");
	ok(f.pn == 0xb5039776e70cULL && f.key_id == 0 && f.tid == CCMP_NO_TID,
	    "packet number, key ID, no TID");
	ccmp_free(key);
}

/* ---- all forms of header ---------------------------------------------------------------- */

struct form {
	const char	*name, *header, *aad, *nonce;	/* the nonce without packet number */
};

static const struct form forms[] = {
	{ "data to the access point", "0801 0000" ADDRS "0000",
	    "0841" ADDRS "0000", "00 020000000002" },
	{ "retry, power management, more data and the sequence number do not count",
	    "0839 1234" ADDRS "f0ff", "0841" ADDRS "0000", "00 020000000002" },
	{ "the fragment's number and more fragments do", "0805 0000" ADDRS "35a0",
	    "0845" ADDRS "0500", "00 020000000002" },
	{ "of data, the order bit does", "0881 0000" ADDRS "0000",
	    "08c1" ADDRS "0000", "00 020000000002" },
	{ "QoS data: the TID, in nonce, too", "8802 0000" ADDRS "1000" "0600",
	    "8842" ADDRS "0000" "0600", "06 020000000002" },
	{ "QoS data: nothing but the TID", "8801 0000" ADDRS "0000" "7342",
	    "8841" ADDRS "0000" "0300", "03 020000000002" },
	{ "an A-MSDU", "8801 0000" ADDRS "0000" "8500",
	    "8841" ADDRS "0000" "0500", "05 020000000002" },
	{ "QoS data with HT control", "8881 0000" ADDRS "0000" "0700" "aabbccdd",
	    "8841" ADDRS "0000" "0700", "07 020000000002" },
	{ "four addresses", "0803 0000" ADDRS "0000" "020000000004",
	    "0843" ADDRS "0000" "020000000004", "00 020000000002" },
	{ "four addresses and QoS", "8803 0000" ADDRS "0000" "020000000004" "0100",
	    "8843" ADDRS "0000" "020000000004" "0100", "01 020000000002" },
	{ "data with a CF-Ack subtype", "1801 0000" ADDRS "0000",
	    "0841" ADDRS "0000", "00 020000000002" },
};

static void
one_form(const struct form *t, struct ccmp_key *tx, uint64_t pn, size_t body)
{
	uint8_t frame[2400], want[2400], text[2304], tk[16], aad[64], nonce[13] = { 0 };
	size_t hdr = hex(t->header, frame), aad_len = hex(t->aad, aad), len;
	struct ccmp_key *rx = new_key();
	struct ccmp_frame f;

	hex(TK, tk);
	hex(t->nonce, nonce);
	nonce[12] = (uint8_t)pn;
	for (size_t i = 0; i < body; i++)
		text[i] = (uint8_t)(i * 7 + 1);
	ccm(tk, nonce, aad, aad_len, text, body, want);
	memset(frame + hdr, 0xee, sizeof(frame) - hdr);
	memcpy(frame + hdr + CCMP_HDR_LEN, text, body);
	len = hdr + CCMP_HDR_LEN + body + CCMP_MIC_LEN;
	ok(ccmp_hdrlen(frame, len) == hdr && ccmp_encrypt(tx, frame, hdr, body) == 0 &&
	    memcmp(frame + hdr + CCMP_HDR_LEN, want, body + CCMP_MIC_LEN) == 0, t->name);
	ok((frame[1] & 0x40) != 0 && frame[hdr] == pn && frame[hdr + 2] == 0 &&
	    frame[hdr + 3] == 0x20 && frame[len] == 0xee, "its header, and nothing behind it");
	ok(ccmp_decrypt(rx, frame, len, &f) == 0 && f.hdr == hdr && f.len == body &&
	    f.pn == pn && memcmp(frame + f.body, text, body) == 0, "and back");
	ccmp_free(rx);
}

static void
test_forms(void)
{
	struct ccmp_key *tx = new_key();
	uint64_t pn = 0;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		one_form(&forms[i], tx, ++pn, 40);
	one_form(&forms[4], tx, ++pn, 1);
	one_form(&forms[4], tx, ++pn, 16);
	one_form(&forms[4], tx, ++pn, 2304);
	ccmp_free(tx);
}

/* ---- what is refused -------------------------------------------------------------------- */

/* A frame of 24 + 8 + 20 + 8 octets. */
static size_t
good_frame(uint8_t *frame)
{
	struct ccmp_key *tx = new_key();

	hex("0801 0000" ADDRS "0000", frame);
	memset(frame + 32, 0x5a, 20);
	ok(ccmp_encrypt(tx, frame, 24, 20) == 0, "a frame to break");
	ccmp_free(tx);
	return 60;
}

static void
test_changed(void)
{
	static const struct { unsigned at; uint8_t bit; } t[] = {
		{ 1, 0x04 }, { 4, 1 }, { 10, 1 }, { 16, 1 }, { 22, 1 },	/* header */
		{ 24, 1 }, { 31, 1 },					/* packet number */
		{ 32, 1 }, { 51, 0x80 }, { 52, 1 }, { 59, 0x80 },	/* text, MIC */
	};
	struct ccmp_key *key = new_key();
	uint8_t frame[128], copy[128];
	size_t len = good_frame(frame);
	struct ccmp_frame f;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memcpy(copy, frame, len);
		copy[t[i].at] ^= t[i].bit;
		ok(ccmp_decrypt(key, copy, len, &f) == EBADMSG, "a changed bit is found");
	}
	memcpy(copy, frame, len);
	ok(ccmp_decrypt(key, copy, len, &f) == 0, "the frame itself is good, after all these");
	ok(ccmp_decrypt(key, copy, len, &f) == EBADMSG, "plain text is not");
	ccmp_free(key);
}

static void
test_lengths(void)
{
	struct ccmp_key *key = new_key();
	uint8_t frame[128], *exact;
	size_t len = good_frame(frame);
	struct ccmp_frame f;
	bool all = true;

	for (size_t n = 0; n < len; n++) {
		int error;

		exact = malloc(n > 0 ? n : 1);
		memcpy(exact, frame, n);
		error = ccmp_decrypt(key, exact, n, &f);
		all = all && error == (n <= 40 ? EINVAL : EBADMSG);
		free(exact);
	}
	ok(all, "a frame that is cut anywhere is refused");
	frame[0] = 0x88;
	frame[1] |= 0x83;		/* a longer header than the frame has */
	ok(ccmp_hdrlen(frame, 35) == 0 && ccmp_hdrlen(frame, 36) == 36,
	    "a header has to be there as a whole");
	frame[0] = 0xb0;
	ok(ccmp_hdrlen(frame, len) == 0, "a management frame is not for this");
	ccmp_free(key);
}

static void
test_no_ccmp(void)
{
	struct ccmp_key *key = new_key();
	uint8_t frame[128];
	size_t len = good_frame(frame);
	struct ccmp_frame f;

	frame[27] &= (uint8_t)~0x20;
	ok(ccmp_decrypt(key, frame, len, &f) == EINVAL, "a WEP header is refused");
	len = good_frame(frame);
	frame[1] &= (uint8_t)~0x40;
	ok(ccmp_decrypt(key, frame, len, &f) == EINVAL, "a frame in the clear is refused");
	ok(ccmp_encrypt(key, frame, 26, 20) == EINVAL && ccmp_encrypt(key, frame, 0, 20) == EINVAL,
	    "a header length that is not the frame's is refused");
	ok(ccmp_encrypt(key, frame, 24, 0) == EINVAL, "a frame without body is sent in the clear");
	ccmp_free(key);
}

static void
test_key_id(void)
{
	uint8_t tk[16] = { 1 }, frame[128];
	struct ccmp_key *key = ccmp_new(tk, 2, 0);
	struct ccmp_frame f;

	hex("0802 0000" ADDRS "0000", frame);
	ok(ccmp_encrypt(key, frame, 24, 20) == 0 && ccmp_parse(frame, 60, &f) == 0 &&
	    f.key_id == 2 && f.pn == 1, "the key's ID is in the frame");
	ccmp_free(key);
	ccmp_free(NULL);
}

/* ---- packet numbers --------------------------------------------------------------------- */

static void
test_replay(void)
{
	uint8_t tk[16] = { 1 };
	struct ccmp_key *key = ccmp_new(tk, 1, 100);
	struct ccmp_replay *r = ccmp_counters(key);

	ok(!ccmp_fresh(r, 0, 100) && ccmp_fresh(r, 0, 101), "the counter begins at the RSC");
	ok(!ccmp_fresh(r, 0, 101) && !ccmp_fresh(r, 0, 5) && ccmp_fresh(r, 0, 103) &&
	    !ccmp_fresh(r, 0, 102), "a packet number counts once, and only upwards");
	ok(ccmp_fresh(r, 7, 101) && ccmp_fresh(r, CCMP_NO_TID, 101), "for each TID by itself");
	ok(!ccmp_fresh(r, CCMP_NCOUNTERS, 999), "a TID that is none");
	ok(ccmp_fresh(r, 3, CCMP_PN_MAX) && !ccmp_fresh(r, 3, 0), "the highest is the last");
	ccmp_free(key);
	key = new_key();
	ok(!ccmp_fresh(ccmp_counters(key), 0, 0), "0 is never fresh");
	ccmp_free(key);
}

static void
test_used_up(void)
{
	struct ccmp_key *key = new_key();
	struct ccmp_frame f;
	uint8_t frame[128];

	hex("0801 0000" ADDRS "0000", frame);
	ccmp_seek(key, CCMP_PN_MAX - 1);
	ok(ccmp_encrypt(key, frame, 24, 20) == 0 && ccmp_parse(frame, 60, &f) == 0 &&
	    f.pn == CCMP_PN_MAX, "the last packet number is used");
	memset(frame + 24, 0x5a, 36);
	ok(ccmp_encrypt(key, frame, 24, 20) == EOVERFLOW && frame[32] == 0x5a,
	    "after it none begins again");
	ccmp_free(key);
}

static void
test_fragments(void)
{
	struct ccmp_fragment f;

	ccmp_fragment_first(&f, 7, 40);
	ok(ccmp_fragment_next(&f, 7, 41) && ccmp_fragment_next(&f, 7, 42),
	    "fragments have packet numbers in a row");
	ok(!ccmp_fragment_next(&f, 7, 44), "a gap is refused");
	ok(!ccmp_fragment_next(&f, 7, 42), "one that was there is refused");
	ok(!ccmp_fragment_next(&f, 8, 43), "one of another key is refused");
}

int
main(void)
{
	test_the_judge();
	test_annex_j();
	test_forms();
	test_changed();
	test_lengths();
	test_no_ccmp();
	test_key_id();
	test_replay();
	test_used_up();
	test_fragments();
	return done();
}
