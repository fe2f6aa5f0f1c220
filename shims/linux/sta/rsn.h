/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rsn.h - the RSN element: how a network is secured, and what of it this station takes.
 *
 *	struct rsn_security sec;
 *	struct rsn_choice choice;
 *
 *	rsn_of_bss(&sec, ies, ies_len, capinfo);	from a beacon or probe response
 *	if (rsn_select(&sec, &choice, why, sizeof(why)) != 0)
 *		... `why` says what the network wants and what would mend it
 *	len = rsn_build(&choice, ie);			into the association request
 *
 * Pure: no state, no memory kept, any context. Section numbers are those of IEEE 802.11-2016.
 */
#ifndef STA_RSN_H
#define STA_RSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSN_IE		48u		/* element ID (9.4.2.25) */
#define RSN_IE_LEN	22u		/* of what rsn_build() makes, with its two octets */
#define RSN_IE_MAX	257u

/* A set of suites: bit n is 00-0F-AC:n, RSN_OTHER whatever is not of that list. */
typedef uint32_t rsn_suites;
#define RSN_SUITE(n)		((rsn_suites)1 << (n))
#define RSN_OTHER		RSN_SUITE(31)

#define RSN_CIPHER_GROUP	RSN_SUITE(0)	/* pairwise: use the group cipher */
#define RSN_CIPHER_WEP40	RSN_SUITE(1)
#define RSN_CIPHER_TKIP		RSN_SUITE(2)
#define RSN_CIPHER_CCMP		RSN_SUITE(4)
#define RSN_CIPHER_WEP104	RSN_SUITE(5)

#define RSN_AKM_8021X		RSN_SUITE(1)
#define RSN_AKM_PSK		RSN_SUITE(2)
#define RSN_AKM_FT_PSK		RSN_SUITE(4)
#define RSN_AKM_8021X_SHA256	RSN_SUITE(5)
#define RSN_AKM_PSK_SHA256	RSN_SUITE(6)
#define RSN_AKM_SAE		RSN_SUITE(8)
#define RSN_AKM_OWE		RSN_SUITE(18)

/* RSN capabilities (9.4.2.25.4). */
#define RSN_CAP_MFPR		0x0040u		/* management frame protection required */
#define RSN_CAP_MFPC		0x0080u

struct rsn {
	rsn_suites	group;		/* exactly one bit */
	rsn_suites	pairwise, akm;
	uint16_t	caps;
};

/*
 * Takes an element apart, from its ID octet on. Whatever the element leaves out has the value
 * the standard gives it (CCMP, 802.1X). EINVAL: not an RSN element of version 1, or its lengths
 * do not fit each other.
 */
int	rsn_parse(struct rsn *, const uint8_t *ie, size_t len);

enum rsn_kind { RSN_OPEN, RSN_WEP, RSN_WPA1, RSN_WPA2, RSN_BROKEN };

struct rsn_security {
	enum rsn_kind	kind;
	struct rsn	rsn;			/* of RSN_WPA2 */
	uint8_t		ie[RSN_IE_MAX];		/* the element as heard, for struct wpa_bss */
	size_t		ie_len;			/* 0: the network has none */
};

/* The elements of a beacon or probe response, and its capability information field. */
void	rsn_of_bss(struct rsn_security *, const uint8_t *ies, size_t len, uint16_t capinfo);

/* One word for tables: "open", "wep", "wpa", "wpa2-psk", "wpa2-eap", "wpa3-sae", ... */
const char *rsn_name(const struct rsn_security *);

struct rsn_choice {
	rsn_suites	akm;			/* RSN_AKM_PSK or RSN_AKM_PSK_SHA256 */
};

/*
 * What this station would use: CCMP for both keys, PSK. EPROTONOSUPPORT: nothing that both
 * sides can do; `why` (a sentence without a period) names cause and mend. EINVAL: an open
 * network, where there is nothing to choose.
 */
int	rsn_select(const struct rsn_security *, struct rsn_choice *, char *why, size_t len);

/* The element of the association request and of message 2; returns RSN_IE_LEN. */
size_t	rsn_build(const struct rsn_choice *, uint8_t ie[RSN_IE_LEN]);

#endif /* STA_RSN_H */
