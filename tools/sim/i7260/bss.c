/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bss.c - what a beacon or probe response says about its network, in the words of the event "bss".
 */
#include "tools/sim/air/frame.h"
#include "tools/sim/i7260/card.h"

#define CAP_PRIVACY	0x10u
#define WPA_TYPE	1u	/* of DOT11_OUI_MS */

static const char *
rsn_text(const struct dot11_ie *ie)
{
	struct dot11_rsn rsn;

	if (dot11_rsn_parse(ie, &rsn) != 0)
		return "wpa2 (broken)";
	for (unsigned i = 0; i < rsn.nakm && i < 4; i++)
		if (rsn.akm[i] == DOT11_AKM_PSK)
			return "wpa2-psk";
	return rsn.nakm != 0 && rsn.akm[0] == DOT11_AKM_8021X ? "wpa2-eap" : "wpa2";
}

const char *
bss_security(const uint8_t *frame, size_t len)
{
	struct dot11_ie ie;
	struct dot11 f;

	if (dot11_parse(frame, len, &f) != 0 || f.ies == NULL || len < 36)
		return "?";
	if (dot11_ie_find(f.ies, f.ieslen, DOT11_IE_RSN, &ie))
		return rsn_text(&ie);
	if (dot11_ie_vendor(f.ies, f.ieslen, DOT11_OUI_MS, WPA_TYPE, &ie))
		return "wpa";
	return (frame[34] & CAP_PRIVACY) != 0 ? "wep" : "open";
}
