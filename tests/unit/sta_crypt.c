/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The station's key derivation, MICs and key unwrap against published vectors: IEEE 802.11-2016
 * annex J, RFC 3394, RFC 4493, and message 2 of a real handshake.
 */
#include <errno.h>

#include "shims/linux/sta/crypt.h"
#include "shims/linux/sta/eapol.h"
#include "shims/linux/sta/wpa.h"
#include "tests/unit/hex.h"
#include "tests/unit/tap.h"

static char why[200];

static int
pmk_of(const char *psk, const char *ssid, uint8_t *pmk)
{
	why[0] = '\0';
	return wpa_pmk(psk, (const uint8_t *)ssid, strlen(ssid), pmk, why, sizeof(why));
}

/* Annex J.4. */
static void
test_pmk(void)
{
	uint8_t pmk[WPA_PMK_LEN];

	ok(pmk_of("password", "IEEE", pmk) == 0 && hex_is(pmk,
	    "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"),
	    "PMK of password at IEEE");
	ok(pmk_of("ThisIsAPassword", "ThisIsASSID", pmk) == 0 && hex_is(pmk,
	    "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"),
	    "PMK of ThisIsAPassword at ThisIsASSID");
	ok(pmk_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
	    pmk) == 0 && hex_is(pmk,
	    "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62"),
	    "PMK of 32 characters at an SSID of 32");
}

static void
test_psk_forms(void)
{
	static const char digits[] =
	    "0dc0d6eb90555ED6419756b9a15ec3e3209b63df707dd508d14581f8982721AF";
	char text[80], wrong[80];
	uint8_t pmk[WPA_PMK_LEN];

	ok(pmk_of(digits, "any", pmk) == 0 && hex_is(pmk, digits),
	    "64 digits are the PMK, in capitals or not");
	strcpy(wrong, digits);
	wrong[9] = 'g';
	ok(pmk_of(wrong, "any", pmk) == EINVAL, "64 characters with a g are refused");
	like(why, "character 10", "and which it is is said");
	ok(pmk_of("short12", "any", pmk) == EINVAL, "7 characters are refused");
	like(why, "has 7 characters; it must have 8 to 63", "with the reason");
	memset(text, 'x', sizeof(text));
	text[65] = '\0';
	ok(pmk_of(text, "any", pmk) == EINVAL, "65 characters are refused");
	text[63] = '\0';
	ok(pmk_of(text, "any", pmk) == 0, "63 characters are a passphrase");
	ok(pmk_of("", "any", pmk) == EINVAL, "none at all is refused");
	ok(pmk_of("tab\tinside", "any", pmk) == EINVAL, "a control character is refused");
	like(why, "character 4", "and which it is is said");
	ok(strstr(why, "inside") == NULL, "without repeating the passphrase");
	ok(pmk_of("pässword1", "any", pmk) == EINVAL, "a letter outside of ASCII is refused");
	ok(pmk_of("password", "", pmk) == EINVAL, "an empty SSID is refused");
	memset(text, 's', 33);
	text[33] = '\0';
	ok(pmk_of("password", text, pmk) == EINVAL, "an SSID of 33 octets is refused");
	like(why, "1 to 32", "with the reason");
}

/* Annex J.3. */
static void
test_prf(void)
{
	uint8_t key[20], out[64];

	memset(key, 0x0b, sizeof(key));
	ok(crypt_prf(false, key, 20, "prefix", (const uint8_t *)"Hi There", 8, out, 64) == 0 &&
	    hex_is(out, "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606e17d8da35402ffee"
	    "75df78c3d31e0f889f012120c0862beb67753e7439ae242edb8373698356cf5a"),
	    "PRF-512 of Hi There");
	memset(out, 0xee, sizeof(out));
	ok(crypt_prf(false, key, 20, "prefix", (const uint8_t *)"Hi There", 8, out, 24) == 0 &&
	    hex_is(out, "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606ee"),
	    "PRF-192 is its beginning and writes no more");
	ok(crypt_prf(false, (const uint8_t *)"Jefe", 4, "prefix",
	    (const uint8_t *)"what do ya want for nothing?", 28, out, 64) == 0 &&
	    hex_is(out, "51f4de5b33f249adf81aeb713a3c20f4fe631446fabdfa58244759ae58ef9009"
	    "a99abf4eac2ca5fa87e692c440eb40023e7babb206d61de7b92f41529092b8fc"),
	    "PRF-512 of what do ya want for nothing?");
	ok(crypt_prf(false, key, 20, "x", out, CRYPT_PRF_MAX + 1, out, 16) == EINVAL,
	    "too much context is refused");
}

/* The answer was computed with Python's hmac, by the formula of 12.7.1.7.2. */
static void
test_kdf(void)
{
	uint8_t key[32], context[76], out[48];

	for (unsigned i = 0; i < sizeof(context); i++)
		context[i] = (uint8_t)i;
	memcpy(key, context, sizeof(key));
	ok(crypt_prf(true, key, 32, "Pairwise key expansion", context, 76, out, 48) == 0 &&
	    hex_is(out, "ca5d2b63205753bc5b26c31a135d1fb964f1ce5d87062246c4da6433d5422ca1"
	    "9065f6c58c3da70e0756992606528f4d"), "KDF-SHA-256-384");
}

static void
test_mic(void)
{
	uint8_t key[16], mic[16];

	memset(key, 0x0b, sizeof(key));
	ok(crypt_mic(false, key, "Hi There", 8, mic) == 0 &&
	    hex_is(mic, "675b0b3a1b4ddf4e124872da6c2f632b"), "HMAC-SHA1-128");
	hex("2b7e151628aed2a6abf7158809cf4f3c", key);
	ok(crypt_mic(true, key, "", 0, mic) == 0 &&
	    hex_is(mic, "bb1d6929e95937287fa37d129b756746"), "AES-CMAC of nothing (RFC 4493)");
	ok(crypt_mic(true, key,
	    "\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a", 16, mic) == 0 &&
	    hex_is(mic, "070a16b46b4d4144f79bdd9dd04a287c"),
	    "AES-CMAC of one block (RFC 4493)");
}

static void
test_unwrap(void)
{
	uint8_t kek[16], in[24], out[16];

	hex("000102030405060708090a0b0c0d0e0f", kek);
	hex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", in);
	ok(crypt_unwrap(kek, in, 24, out) == 0 &&
	    hex_is(out, "00112233445566778899aabbccddeeff"), "key unwrap of RFC 3394");
	in[5] ^= 1;
	ok(crypt_unwrap(kek, in, 24, out) == EBADMSG, "a changed bit is found");
	ok(crypt_unwrap(kek, in, 16, out) == EINVAL && crypt_unwrap(kek, in, 23, out) == EINVAL &&
	    crypt_unwrap(kek, in, 0, out) == EINVAL, "lengths that cannot be are refused");
}

/*
 * Message 2 that a station sent to a TP-Link access point, passphrase hashcat! - the example of
 * hashcat's mode 22000.
 */
static void
test_real_message_2(void)
{
	static const char head[] = "0103007502010a0000000000000000000148ce2ccba9c1fda130ff2fbbfb4f"
	    "d3b063d1a93920b0f7df54a5cbf787b16171";
	uint8_t frame[121] = { 0 }, pmk[WPA_PMK_LEN], context[76], ptk[48];
	struct eapol_key k;

	hex(head, frame);
	hex("024022795224bffca545276c3762686f", frame + EAPOL_OFF_MIC);
	hex("001630140100000fac040100000fac040100000fac028000", frame + 97);
	hex("225edc49b7aa6466b38ec3fc", context);
	hex("10e3be3b005a629e89de088d6a2fdc489db83ad4764f2d186b9cde15446e972e", context + 12);
	memcpy(context + 44, frame + 17, 32);
	ok(pmk_of("hashcat!", "TP-LINK_HASHCAT_TEST", pmk) == 0 &&
	    crypt_prf(false, pmk, 32, "Pairwise key expansion", context, 76, ptk, 48) == 0 &&
	    eapol_parse(&k, frame, sizeof(frame)) == NULL && k.replay == 1 &&
	    k.data_len == 22 && eapol_mic_ok(&k, ptk), "the MIC of a real message 2 is right");
	ptk[0] ^= 1;
	ok(!eapol_mic_ok(&k, ptk), "and wrong with another key");
}

int
main(void)
{
	test_pmk();
	test_psk_forms();
	test_prf();
	test_kdf();
	test_mic();
	test_unwrap();
	test_real_message_2();
	return done();
}
