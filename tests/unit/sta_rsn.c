/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RSN element: parsed whole and cut, what of it is taken, what refused and with which words.
 */
#include <errno.h>
#include <stdlib.h>

#include "shims/linux/sta/rsn.h"
#include "tests/unit/hex.h"
#include "tests/unit/tap.h"

#define CCMP	"000fac04"
#define TKIP	"000fac02"
#define PSK	"000fac02"
#define PLAIN	"30140100" CCMP "0100" CCMP "0100" PSK "0000"

#define PRIVACY	0x0010

static char why[300];

/* The network whose beacon has these elements. */
static struct rsn_security
network(const char *ies, uint16_t capinfo)
{
	struct rsn_security s;
	uint8_t buf[512];

	rsn_of_bss(&s, buf, hex(ies, buf), capinfo);
	return s;
}

static int
parse(const char *ie, struct rsn *r)
{
	uint8_t buf[300], *exact;
	size_t n = hex(ie, buf);
	int error;

	exact = malloc(n);			/* so that a read behind the end is seen */
	memcpy(exact, buf, n);
	error = rsn_parse(r, exact, n);
	free(exact);
	return error;
}

static void
test_parse(void)
{
	struct rsn r;

	ok(parse(PLAIN, &r) == 0 && r.group == RSN_CIPHER_CCMP && r.pairwise == RSN_CIPHER_CCMP &&
	    r.akm == RSN_AKM_PSK && r.caps == 0, "WPA2-PSK with CCMP");
	ok(parse("301c0100" TKIP "0200" CCMP TKIP "0200" PSK "000fac08" "8000", &r) == 0 &&
	    r.group == RSN_CIPHER_TKIP && r.pairwise == (RSN_CIPHER_CCMP | RSN_CIPHER_TKIP) &&
	    r.akm == (RSN_AKM_PSK | RSN_AKM_SAE) && r.caps == RSN_CAP_MFPC,
	    "a list of each, and capabilities");
	ok(parse("30140100" "0050f204" "0100" "000fac63" "0100" PSK "0000", &r) == 0 &&
	    r.group == RSN_OTHER && r.pairwise == RSN_OTHER, "suites of others are others");
	ok(parse("30260100" CCMP "0100" CCMP "0100" PSK "0000" "0100"
	    "00112233445566778899aabbccddeeff", &r) == 0, "a PMKID may follow");
	ok(parse("302a0100" CCMP "0100" CCMP "0100" PSK "c000" "0100"
	    "00112233445566778899aabbccddeeff" "000fac06", &r) == 0 && r.caps == 0x00c0,
	    "and a group management cipher");
}

/* 9.4.2.25.1: everything after the version may be left out. */
static void
test_short(void)
{
	struct rsn r;

	ok(parse("30020100", &r) == 0 && r.group == RSN_CIPHER_CCMP &&
	    r.pairwise == RSN_CIPHER_CCMP && r.akm == RSN_AKM_8021X, "only a version");
	ok(parse("30060100" TKIP, &r) == 0 && r.group == RSN_CIPHER_TKIP, "and a group cipher");
	ok(parse("300c0100" CCMP "0100" TKIP, &r) == 0 && r.pairwise == RSN_CIPHER_TKIP &&
	    r.akm == RSN_AKM_8021X, "and pairwise ciphers");
	ok(parse("30120100" CCMP "0100" CCMP "0100" PSK, &r) == 0 && r.caps == 0,
	    "all but capabilities");
}

static void
test_malformed(void)
{
	static const char *const bad[] = {
		"30", "3000", "300101", "30020200",		/* no version, another version */
		"31140100" CCMP "0100" CCMP "0100" PSK "0000",	/* another element */
		"30130100" CCMP "0100" CCMP "0100" PSK "0000",	/* lengths that differ */
		"30150100" CCMP "0100" CCMP "0100" PSK "0000",
		"3005" "0100" "000fac",
		"3007" "0100" CCMP "01",
		"3008" "0100" CCMP "0000",			/* a list of none */
		"300c" "0100" CCMP "0200" CCMP,
		"300c" "0100" CCMP "ffff" CCMP,
		"3013" "0100" CCMP "0100" CCMP "0100" PSK "00",
		"3015" "0100" CCMP "0100" CCMP "0100" PSK "0000" "01",
		"3018" "0100" CCMP "0100" CCMP "0100" PSK "0000" "0100" "1122",
		"3016" "0100" CCMP "0100" CCMP "0100" PSK "0000" "ffff",
	};
	struct rsn r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse(bad[i], &r) == EINVAL, bad[i]);
	ok(rsn_parse(&r, (const uint8_t *)"", 0) == EINVAL, "nothing");
}

static void
test_names(void)
{
	struct { const char *ies; uint16_t cap; enum rsn_kind kind; const char *name; } t[] = {
		{ "0003616263", 0, RSN_OPEN, "open" },
		{ "0003616263", PRIVACY, RSN_WEP, "wep" },
		{ "dd07" "0050f2020101" "00", PRIVACY, RSN_WEP, "wep" },	/* that is WMM */
		{ "dd03" "0050f2", PRIVACY, RSN_WEP, "wep" },		/* cut */
		{ "dd0a" "0050f2010100" "0050f202", PRIVACY, RSN_WPA1, "wpa" },
		{ "dd0a" "0050f2010100" "0050f202" PLAIN, PRIVACY, RSN_WPA2, "wpa2-psk" },
		{ PLAIN "dd0a" "0050f2010100" "0050f202", PRIVACY, RSN_WPA2, "wpa2-psk" },
		{ "0003616263" PLAIN, PRIVACY, RSN_WPA2, "wpa2-psk" },
		{ "30140100" CCMP "0100" CCMP "0100" "000fac01" "0000", PRIVACY, RSN_WPA2,
		    "wpa2-eap" },
		{ "30140100" CCMP "0100" CCMP "0100" "000fac08" "c000", PRIVACY, RSN_WPA2,
		    "wpa3-sae" },
		{ "30180100" CCMP "0100" CCMP "0200" PSK "000fac08" "8000", PRIVACY, RSN_WPA2,
		    "wpa2/wpa3-psk" },
		{ "30140100" CCMP "0100" CCMP "0100" "000fac12" "c000", PRIVACY, RSN_WPA2, "owe" },
		{ "3003010000", PRIVACY, RSN_BROKEN, "broken" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rsn_security s = network(t[i].ies, t[i].cap);

		ok(s.kind == t[i].kind && strcmp(rsn_name(&s), t[i].name) == 0, t[i].name);
	}
}

/* The element goes back to the access point as it was heard. */
static void
test_kept(void)
{
	struct rsn_security s = network("0003616263" PLAIN "2a0100", PRIVACY);

	ok(s.ie_len == 22 && hex_is(s.ie, PLAIN), "the element is kept as it is");
	s = network(PLAIN "30020100", PRIVACY);
	ok(s.ie_len == 22 && s.rsn.akm == RSN_AKM_PSK, "the first of two counts");
	s = network("30141100", PRIVACY);
	ok(s.ie_len == 0 && s.kind == RSN_WEP, "one that is cut is none");
}

static int
refused(const char *ies, uint16_t cap, const char *cause, const char *mend)
{
	struct rsn_security s = network(ies, cap);
	struct rsn_choice choice;

	why[0] = '\0';
	if (rsn_select(&s, &choice, why, sizeof(why)) != EPROTONOSUPPORT)
		return 0;
	return like(why, cause, cause) && like(why, mend, "with the mend");
}

static void
test_refused(void)
{
	ok(refused("30180100" TKIP "0200" CCMP TKIP "0100" PSK "0000", PRIVACY,
	    "group cipher is TKIP", "AES (CCMP) only, not mixed"), "group TKIP is refused");
	ok(refused("30140100" "000fac05" "0100" CCMP "0100" PSK "0000", PRIVACY,
	    "group cipher is WEP", "AES (CCMP)"), "group WEP-104 is refused");
	ok(refused("30140100" "000fac01" "0100" CCMP "0100" PSK "0000", PRIVACY,
	    "group cipher is WEP", "AES (CCMP)"), "group WEP-40 is refused");
	ok(refused("30140100" "000fac09" "0100" CCMP "0100" PSK "0000", PRIVACY,
	    "group cipher is one that this station does not know", "AES (CCMP)"),
	    "group GCMP-256 is refused");
	ok(refused("30140100" CCMP "0100" TKIP "0100" PSK "0000", PRIVACY,
	    "does not offer CCMP as pairwise cipher (it has TKIP)", "AES (CCMP)"),
	    "pairwise TKIP is refused");
	ok(refused("30140100" CCMP "0100" "000fac00" "0100" PSK "0000", PRIVACY,
	    "does not offer CCMP", "AES (CCMP)"), "no pairwise keys are refused");
	ok(refused("30140100" CCMP "0100" CCMP "0100" PSK "c000", PRIVACY,
	    "requires protected management frames", "optional"), "required MFP is refused");
	ok(refused("30140100" CCMP "0100" CCMP "0100" "000fac08" "c000", PRIVACY,
	    "WPA3 (SAE) only", "mixed"), "SAE alone is refused");
	ok(refused("30140100" CCMP "0100" CCMP "0100" "000fac01" "0000", PRIVACY,
	    "802.1X", "WPA2-PSK"), "802.1X alone is refused");
	ok(refused("30140100" CCMP "0100" CCMP "0100" "000fac04" "0000", PRIVACY,
	    "FT-PSK", "WPA2-PSK"), "FT alone is refused");
	ok(refused("30140100" CCMP "0100" CCMP "0100" "506f9a02" "0000", PRIVACY,
	    "no key management", "WPA2-PSK"), "a key management of others is refused");
	ok(refused("0003616263", PRIVACY, "WEP", "WPA2"), "WEP is refused");
	ok(refused("dd0a" "0050f2010100" "0050f202", PRIVACY, "first WPA", "WPA2"),
	    "the first WPA is refused");
	ok(refused("3003010000", PRIVACY, "malformed", "access point"),
	    "a malformed element is refused");
}

static void
test_taken(void)
{
	struct rsn_security s = network(PLAIN, PRIVACY);
	struct rsn_choice choice;
	uint8_t ie[RSN_IE_LEN];
	struct rsn r;

	ok(rsn_select(&s, &choice, why, sizeof(why)) == 0 && choice.akm == RSN_AKM_PSK,
	    "WPA2-PSK is taken");
	ok(rsn_build(&choice, ie) == sizeof(ie) && rsn_parse(&r, ie, sizeof(ie)) == 0 &&
	    r.group == RSN_CIPHER_CCMP && r.pairwise == RSN_CIPHER_CCMP &&
	    r.akm == RSN_AKM_PSK && r.caps == 0x000c,
	    "the own element says so, and 16 replay counters");
	s = network("301c0100" CCMP "0200" TKIP CCMP "0200" "000fac08" PSK "8000", PRIVACY);
	ok(rsn_select(&s, &choice, why, sizeof(why)) == 0 && choice.akm == RSN_AKM_PSK,
	    "of WPA2 and WPA3 mixed, WPA2 is taken");
	s = network("30180100" CCMP "0100" CCMP "0200" "000fac06" PSK "0000", PRIVACY);
	ok(rsn_select(&s, &choice, why, sizeof(why)) == 0 && choice.akm == RSN_AKM_PSK,
	    "plain PSK rather than with SHA-256, which few have");
	s = network("30140100" CCMP "0100" CCMP "0100" "000fac06" "0000", PRIVACY);
	ok(rsn_select(&s, &choice, why, sizeof(why)) == 0 && choice.akm == RSN_AKM_PSK_SHA256 &&
	    rsn_build(&choice, ie) == sizeof(ie) && rsn_parse(&r, ie, sizeof(ie)) == 0 &&
	    r.akm == RSN_AKM_PSK_SHA256, "that is taken when it is the only one");
	s = network("", 0);
	ok(rsn_select(&s, &choice, why, sizeof(why)) == EINVAL, "an open network has no choice");
}

int
main(void)
{
	test_parse();
	test_short();
	test_malformed();
	test_names();
	test_kept();
	test_refused();
	test_taken();
	return done();
}
