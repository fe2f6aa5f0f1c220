/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys and ciphers of the access point against published vectors: IEEE 802.11-2016 annex J
 * (PBKDF2, PRF, PTK, CCMP) and RFC 3394 (key wrap).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/tap.h"
#include "tools/sim/ap/ccmp.h"
#include "tools/sim/ap/crypt.h"

static size_t
hex(const char *s, uint8_t *out)
{
	size_t n = 0;
	unsigned b;

	for (; sscanf(s, "%2x", &b) == 1; s += 2)
		out[n++] = (uint8_t)b;
	return n;
}

static int
same(const uint8_t *have, const char *want)
{
	uint8_t buf[256];
	size_t n = hex(want, buf);

	return memcmp(have, buf, n) == 0;
}

static void
test_pmk(void)
{
	uint8_t pmk[AP_PMK_LEN];
	const char *digits = "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af";

	ok(ap_pmk("password", (const uint8_t *)"IEEE", 4, pmk) == 0 && same(pmk,
	    "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"),
	    "PMK of password at IEEE");
	ok(ap_pmk("ThisIsAPassword", (const uint8_t *)"ThisIsASSID", 11, pmk) == 0 &&
	    same(pmk, digits), "PMK of ThisIsAPassword at ThisIsASSID");
	ok(ap_pmk("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    (const uint8_t *)"ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ", 32, pmk) == 0 && same(pmk,
	    "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62"),
	    "PMK of 32 characters at an SSID of 32");
	memset(pmk, 0, sizeof(pmk));
	ok(ap_pmk(digits, NULL, 0, pmk) == 0 && same(pmk, digits), "64 digits are the PMK itself");
	ok(ap_pmk("short12", (const uint8_t *)"x", 1, pmk) == EINVAL,
	    "a passphrase of 7 characters is refused");
	ok(ap_pmk("tab\tinside", (const uint8_t *)"x", 1, pmk) == EINVAL,
	    "a passphrase with a control character is refused");
}

static void
test_prf(void)
{
	uint8_t key[20], out[64];

	memset(key, 0x0b, sizeof(key));
	ok(ap_prf(key, 20, "prefix", (const uint8_t *)"Hi There", 8, out, 64) == 0 && same(out,
	    "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606e17d8da35402ffee"
	    "75df78c3d31e0f889f012120c0862beb67753e7439ae242edb8373698356cf5a"),
	    "PRF-512 of Hi There");
	ok(ap_prf((const uint8_t *)"Jefe", 4, "prefix",
	    (const uint8_t *)"what do ya want for nothing?", 28, out, 64) == 0 && same(out,
	    "51f4de5b33f249adf81aeb713a3c20f4fe631446fabdfa58244759ae58ef9009"
	    "a99abf4eac2ca5fa87e692c440eb40023e7babb206d61de7b92f41529092b8fc"),
	    "PRF-512 of what do ya want for nothing?");
}

static void
test_ptk(void)
{
	uint8_t pmk[32], aa[6], spa[6], anonce[32], snonce[32], ptk[AP_PTK_LEN], back[AP_PTK_LEN];

	hex("0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af", pmk);
	hex("a0a1a1a3a4a5", aa);
	hex("b0b1b2b3b4b5", spa);
	hex("c0c1c2c3c4c5c6c7c8c9d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5", snonce);
	hex("e0e1e2e3e4e5e6e7e8e9f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405", anonce);
	ok(ap_ptk(pmk, aa, spa, anonce, snonce, ptk) == 0 &&
	    same(ptk + AP_KCK, "379f9852d0199236b94e407ce4c00ec8") &&
	    same(ptk + AP_KEK, "47c9edc01c2c6e5b4910caddfb3e51a7") &&
	    same(ptk + AP_TK, "b2360c79e9710fdd58bea93deaf06599"), "PTK of the CCMP example");
	ok(ap_ptk(pmk, spa, aa, snonce, anonce, back) == 0 && memcmp(ptk, back, sizeof(ptk)) == 0,
	    "both ends derive the same PTK");
}

static void
test_wrap(void)
{
	uint8_t kek[16], in[16], out[24];

	hex("000102030405060708090a0b0c0d0e0f", kek);
	hex("00112233445566778899aabbccddeeff", in);
	ok(ap_wrap(kek, in, 16, out) == 0 &&
	    same(out, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"), "key wrap of RFC 3394");
	ok(ap_wrap(kek, in, 15, out) == EINVAL && ap_wrap(kek, in, 8, out) == EINVAL,
	    "lengths that cannot be are refused");
}

static void
test_mic(void)
{
	uint8_t kck[16], mic[16];

	memset(kck, 0x0b, sizeof(kck));
	ok(ap_mic(kck, "Hi There", 8, mic) == 0 && same(mic, "675b0b3a1b4ddf4e124872da6c2f632b"),
	    "MIC is HMAC-SHA1 cut to 128 bits");
}

static struct ccmp_key *
vector_key(uint64_t pn)
{
	struct ccmp_key *key;
	uint8_t tk[16];

	hex("c97c1f67ce371185514a8a19f2bdd52f", tk);
	key = ccmp_new(tk, 0);
	ccmp_seek(key, pn);
	return key;
}

/* The example has packet number b5039776e70c; decryption takes it from the frame. */
static void
test_ccmp_vector(void)
{
	uint8_t frame[128];
	struct ccmp_key *key = vector_key(0);
	size_t len;
	uint64_t pn = 0;

	len = hex("0848c32c0fd2e128a57c5030f1844408abaea5b8fcba8033" "0ce70020769703b5"
	    "f3d0a2fe9a3dbf2342a643e43246e80c3c04d019" "7845ce0b16f97623", frame);
	ok(ccmp_decrypt(key, frame, 24, &len, &pn) == 0 && len == 44 &&
	    same(frame + 24, "f8ba1a55d02f85ae967bb62fb6cda8eb7e78a050"), "CCMP of annex J");
	ok(pn == 0xb5039776e70cULL, "and its packet number");
	ccmp_free(key);
	key = vector_key(pn - 1);
	ok(ccmp_encrypt(key, frame, 24, &len, sizeof(frame)) == 0 && len == 60 &&
	    same(frame + 24, "0ce70020769703b5f3d0a2fe9a3dbf2342a643e43246e80c3c04d019"
	    "7845ce0b16f97623"), "and encrypted again it is the example");
	ccmp_free(key);
}

static void
test_ccmp_both_ways(void)
{
	static const uint8_t headers[4][32] = {
		{ 0x08, 0x01 }, { 0x88, 0x02, [24] = 5 }, { 0x88, 0x03, [30] = 7 }, { 0xc0, 0x00 },
	};
	static const size_t hdr_len[4] = { 24, 26, 32, 24 };
	struct ccmp_key *tx = vector_key(3), *rx = vector_key(0);
	uint8_t frame[128];
	uint64_t pn;

	for (unsigned i = 0; i < 4; i++) {
		size_t hdr = hdr_len[i], len = hdr + 40, full;

		memcpy(frame, headers[i], hdr);
		memset(frame + hdr, 0x5a, 40);
		ok(ccmp_encrypt(tx, frame, hdr, &len, sizeof(frame)) == 0 &&
		    len == hdr + 40 + CCMP_EXTRA && (frame[1] & 0x40) != 0 &&
		    frame[hdr + CCMP_HDR_LEN] != 0x5a, "protected");
		full = len;
		frame[1] |= 0x08;			/* a retry does not matter */
		ok(ccmp_decrypt(rx, frame, hdr, &len, &pn) == 0 && len == hdr + 40 &&
		    frame[hdr + 39] == 0x5a && pn == i + 4, "and back");
		len = full;
		ok(ccmp_decrypt(rx, frame, hdr, &len, &pn) != 0, "not what was decrypted already");
	}
	ccmp_free(tx);
	ccmp_free(rx);
}

static void
test_ccmp_bad(void)
{
	struct ccmp_key *tx = vector_key(0), *rx = vector_key(0);
	uint8_t frame[128] = { 0x08, 0x01 }, copy[128];
	size_t len = 64, n;
	uint64_t pn;

	ok(ccmp_encrypt(tx, frame, 24, &len, 64) == ENOSPC, "no room is told");
	len = 64;
	ok(ccmp_encrypt(tx, frame, 24, &len, sizeof(frame)) == 0, "a frame to break");
	for (unsigned i = 0; i < 3; i++) {
		static const size_t at[3] = { 4, 40, 79 };	/* address, text, MIC */

		memcpy(copy, frame, len);
		copy[at[i]] ^= 1;
		n = len;
		ok(ccmp_decrypt(rx, copy, 24, &n, &pn) == EBADMSG, "a changed bit is found");
	}
	n = 24 + CCMP_EXTRA;
	ok(ccmp_decrypt(rx, frame, 24, &n, &pn) == EINVAL, "too short is refused");
	frame[27] &= (uint8_t)~0x20;
	n = len;
	ok(ccmp_decrypt(rx, frame, 24, &n, &pn) == EINVAL, "a WEP header is refused");
	ccmp_free(tx);
	ccmp_free(rx);
}

static void
test_ccmp_replay(void)
{
	struct ccmp_key *key = vector_key(0);

	ok(!ccmp_fresh(key, 0, 0), "packet number 0 is never fresh");
	ok(ccmp_fresh(key, 0, 5) && !ccmp_fresh(key, 0, 5) && !ccmp_fresh(key, 0, 4) &&
	    ccmp_fresh(key, 0, 6), "a packet number counts once");
	ok(ccmp_fresh(key, 7, 5) && ccmp_fresh(key, CCMP_NO_TID, 5), "for each TID by itself");
	ok(!ccmp_fresh(key, CCMP_COUNTERS, 99), "a TID that is none");
	ccmp_free(key);
}

int
main(void)
{
	test_pmk();
	test_prf();
	test_ptk();
	test_wrap();
	test_mic();
	test_ccmp_vector();
	test_ccmp_both_ways();
	test_ccmp_bad();
	test_ccmp_replay();
	return done();
}
