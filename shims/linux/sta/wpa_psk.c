/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wpa_psk.c - from what the user typed to a PMK; see wpa.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shims/linux/sta/crypt.h"
#include "shims/linux/sta/wpa.h"

#define PASS_MIN	8u
#define PASS_MAX	63u
#define HEX_LEN		(2 * WPA_PMK_LEN)
#define SSID_MAX	32u

static int
digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
from_hex(const char *psk, uint8_t pmk[WPA_PMK_LEN], char *why, size_t len)
{
	for (unsigned i = 0; i < HEX_LEN; i++) {
		int d = digit((unsigned char)psk[i]);

		if (d < 0) {
			snprintf(why, len, "64 characters are a key in hexadecimal digits, but "
			    "character %u is none; a passphrase has 8 to 63", i + 1);
			crypt_wipe(pmk, WPA_PMK_LEN);
			return EINVAL;
		}
		pmk[i / 2] = (uint8_t)(i % 2 == 0 ? d << 4 : pmk[i / 2] | d);
	}
	return 0;
}

static int
check_passphrase(const char *psk, size_t n, char *why, size_t len)
{
	if (n < PASS_MIN || n > PASS_MAX) {
		snprintf(why, len, "the passphrase has %zu characters; it must have 8 to 63 "
		    "(or be a key of 64 hexadecimal digits)", n);
		return EINVAL;
	}
	for (size_t i = 0; i < n; i++)
		if (psk[i] < 32 || psk[i] > 126) {
			snprintf(why, len, "character %zu of the passphrase is not printable "
			    "ASCII; use the key of 64 hexadecimal digits instead", i + 1);
			return EINVAL;
		}
	return 0;
}

int
wpa_pmk(const char *psk, const uint8_t *ssid, size_t ssid_len, uint8_t pmk[WPA_PMK_LEN], char *why,
    size_t len)
{
	size_t n = strlen(psk);
	int error;

	if (n == HEX_LEN)
		return from_hex(psk, pmk, why, len);
	if (ssid_len == 0 || ssid_len > SSID_MAX) {
		snprintf(why, len, "an SSID has 1 to 32 octets, this one has %zu", ssid_len);
		return EINVAL;
	}
	error = check_passphrase(psk, n, why, len);
	if (error != 0)
		return error;
	error = crypt_pbkdf2(psk, n, ssid, ssid_len, pmk);
	if (error != 0)
		snprintf(why, len, "libcrypto cannot compute PBKDF2 with SHA-1");
	return error;
}
