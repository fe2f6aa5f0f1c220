/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rsn.c - the RSN element (IEEE 802.11-2016, 9.4.2.25); see rsn.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shims/linux/sta/rsn.h"

#define IE_VENDOR	221u
#define CAP_PRIVACY	0x0010u

/* This station counts 16 replay counters a pairwise key: one for each TID (9.4.2.25.4). */
#define CAP_REPLAY_16	0x000cu

#define ADVICE		"set the access point to WPA2 with AES (CCMP)"

/* What is left of an element. */
struct cursor {
	const uint8_t	*p;
	size_t		n;
};

static unsigned
take16(struct cursor *c)
{
	unsigned v = c->p[0] | (unsigned)c->p[1] << 8;

	c->p += 2;
	c->n -= 2;
	return v;
}

static rsn_suites
take_suite(struct cursor *c)
{
	static const uint8_t oui[3] = { 0x00, 0x0f, 0xac };
	rsn_suites s = RSN_OTHER;

	if (memcmp(c->p, oui, 3) == 0 && c->p[3] < 31)
		s = RSN_SUITE(c->p[3]);
	c->p += 4;
	c->n -= 4;
	return s;
}

/* A count and that many suites; an element may end before them. */
static int
take_list(struct cursor *c, rsn_suites *set)
{
	unsigned count;

	if (c->n == 0)
		return 0;
	if (c->n < 2)
		return EINVAL;
	count = take16(c);
	if (count == 0 || c->n / 4 < count)
		return EINVAL;
	for (*set = 0; count > 0; count--)
		*set |= take_suite(c);
	return 0;
}

/* Capabilities, PMKIDs, group management cipher: the list of PMKIDs has to fit, no more. */
static int
take_rest(struct cursor *c, struct rsn *r)
{
	unsigned count;

	if (c->n == 0)
		return 0;
	if (c->n < 2)
		return EINVAL;
	r->caps = (uint16_t)take16(c);
	if (c->n == 0)
		return 0;
	if (c->n < 2)
		return EINVAL;
	count = take16(c);
	return c->n / 16 < count ? EINVAL : 0;
}

int
rsn_parse(struct rsn *r, const uint8_t *ie, size_t len)
{
	struct cursor c;

	if (len < 4 || ie[0] != RSN_IE || ie[1] + 2u != len)
		return EINVAL;
	c = (struct cursor){ .p = ie + 2, .n = len - 2 };
	if (take16(&c) != 1)
		return EINVAL;
	r->group = r->pairwise = RSN_CIPHER_CCMP;
	r->akm = RSN_AKM_8021X;
	r->caps = 0;
	if (c.n == 0)
		return 0;
	if (c.n < 4)
		return EINVAL;
	r->group = take_suite(&c);
	if (take_list(&c, &r->pairwise) != 0 || take_list(&c, &r->akm) != 0)
		return EINVAL;
	return take_rest(&c, r);
}

static bool
is_wpa1(const uint8_t *body, size_t len)
{
	static const uint8_t type[4] = { 0x00, 0x50, 0xf2, 0x01 };

	return len >= sizeof(type) && memcmp(body, type, sizeof(type)) == 0;
}

void
rsn_of_bss(struct rsn_security *s, const uint8_t *ies, size_t len, uint16_t capinfo)
{
	memset(s, 0, sizeof(*s));
	s->kind = (capinfo & CAP_PRIVACY) != 0 ? RSN_WEP : RSN_OPEN;
	for (size_t i = 0; len - i >= 2 && ies[i + 1] <= len - i - 2; i += 2u + ies[i + 1]) {
		if (ies[i] == IE_VENDOR && is_wpa1(ies + i + 2, ies[i + 1]) && s->ie_len == 0)
			s->kind = RSN_WPA1;
		if (ies[i] != RSN_IE || s->ie_len != 0)
			continue;
		s->ie_len = 2u + ies[i + 1];
		memcpy(s->ie, ies + i, s->ie_len);
		s->kind = rsn_parse(&s->rsn, s->ie, s->ie_len) == 0 ? RSN_WPA2 : RSN_BROKEN;
	}
}

static const char *
wpa2_name(rsn_suites akm)
{
	bool psk = (akm & (RSN_AKM_PSK | RSN_AKM_PSK_SHA256 | RSN_AKM_FT_PSK)) != 0;

	if ((akm & RSN_AKM_SAE) != 0)
		return psk ? "wpa2/wpa3-psk" : "wpa3-sae";
	if (psk)
		return "wpa2-psk";
	if ((akm & (RSN_AKM_8021X | RSN_AKM_8021X_SHA256)) != 0)
		return "wpa2-eap";
	return (akm & RSN_AKM_OWE) != 0 ? "owe" : "wpa2";
}

const char *
rsn_name(const struct rsn_security *s)
{
	switch (s->kind) {
	case RSN_OPEN:
		return "open";
	case RSN_WEP:
		return "wep";
	case RSN_WPA1:
		return "wpa";
	case RSN_WPA2:
		return wpa2_name(s->rsn.akm);
	case RSN_BROKEN:
		break;
	}
	return "broken";
}

static const char *
cipher_name(rsn_suites s)
{
	return s == RSN_CIPHER_TKIP ? "TKIP" :
	    s == RSN_CIPHER_WEP40 || s == RSN_CIPHER_WEP104 ? "WEP" :
	    s == RSN_CIPHER_GROUP ? "none" : "one that this station does not know";
}

static int
refuse_akm(rsn_suites akm, char *why, size_t len)
{
	if ((akm & RSN_AKM_SAE) != 0)
		snprintf(why, len, "the network takes WPA3 (SAE) only, this station speaks WPA2; "
		    "set the access point to WPA2, or to WPA2 and WPA3 mixed");
	else if ((akm & (RSN_AKM_8021X | RSN_AKM_8021X_SHA256)) != 0)
		snprintf(why, len, "the network wants a user's name (802.1X, \"enterprise\"), this "
		    "station has a passphrase only; choose a network with WPA2-PSK (\"personal\")");
	else if ((akm & RSN_AKM_FT_PSK) != 0)
		snprintf(why, len, "the network takes fast transition (FT-PSK) only; allow plain "
		    "WPA2-PSK on the access point");
	else
		snprintf(why, len, "the network offers no key management that this station knows; "
		    ADVICE " and a passphrase (WPA2-PSK)");
	return EPROTONOSUPPORT;
}

static int
select_wpa2(const struct rsn *r, struct rsn_choice *choice, char *why, size_t len)
{
	if ((r->akm & (RSN_AKM_PSK | RSN_AKM_PSK_SHA256)) == 0)
		return refuse_akm(r->akm, why, len);
	if (r->group != RSN_CIPHER_CCMP) {
		snprintf(why, len, "the network's group cipher is %s, this station takes CCMP "
		    "only; " ADVICE " only, not mixed", cipher_name(r->group));
		return EPROTONOSUPPORT;
	}
	if ((r->pairwise & RSN_CIPHER_CCMP) == 0) {
		snprintf(why, len, "the network does not offer CCMP as pairwise cipher (it has "
		    "%s); " ADVICE, cipher_name(r->pairwise));
		return EPROTONOSUPPORT;
	}
	if ((r->caps & RSN_CAP_MFPR) != 0) {
		snprintf(why, len, "the network requires protected management frames (802.11w), "
		    "which this station does not have; make them optional on the access point");
		return EPROTONOSUPPORT;
	}
	choice->akm = (r->akm & RSN_AKM_PSK) != 0 ? RSN_AKM_PSK : RSN_AKM_PSK_SHA256;
	return 0;
}

int
rsn_select(const struct rsn_security *s, struct rsn_choice *choice, char *why, size_t len)
{
	switch (s->kind) {
	case RSN_OPEN:
		snprintf(why, len, "the network is open");
		return EINVAL;
	case RSN_WPA2:
		return select_wpa2(&s->rsn, choice, why, len);
	case RSN_WEP:
		snprintf(why, len, "the network uses WEP, which this station does not have; "
		    ADVICE);
		break;
	case RSN_WPA1:
		snprintf(why, len, "the network offers the first WPA only, with TKIP; " ADVICE);
		break;
	case RSN_BROKEN:
		snprintf(why, len, "the network's RSN element is malformed, it cannot be joined; "
		    "restart or update the access point");
		break;
	}
	return EPROTONOSUPPORT;
}

size_t
rsn_build(const struct rsn_choice *choice, uint8_t ie[RSN_IE_LEN])
{
	static const uint8_t plain[RSN_IE_LEN] = {
		RSN_IE, RSN_IE_LEN - 2, 1, 0, 0x00, 0x0f, 0xac, 4, 1, 0, 0x00, 0x0f, 0xac, 4,
		1, 0, 0x00, 0x0f, 0xac, 2, CAP_REPLAY_16, 0,
	};

	memcpy(ie, plain, RSN_IE_LEN);
	if (choice->akm == RSN_AKM_PSK_SHA256)
		ie[19] = 6;
	return RSN_IE_LEN;
}
