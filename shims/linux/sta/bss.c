/* SPDX-License-Identifier: BSD-2-Clause */
/* Beacons and probe responses; see bss.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shims/linux/sta/bss.h"
#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/ie.h"

#define BEACON_FIXED	12u		/* timestamp, interval, capability */
#define WMM_OUI_TYPE	2u
#define WMM_INFO	0u
#define WMM_PARAM	1u
#define WMM_PARAM_LEN	24u

/* EDCA parameters of a network that tells none (9.4.2.29, for OFDM). */
static void
wme_default(struct pdk80211_wme wme[PDK80211_NAC])
{
	static const struct pdk80211_wme dflt[PDK80211_NAC] = {
		[PDK_AC_BE] = { .aifsn = 3, .ecwmin = 4, .ecwmax = 10 },
		[PDK_AC_BK] = { .aifsn = 7, .ecwmin = 4, .ecwmax = 10 },
		[PDK_AC_VI] = { .aifsn = 2, .ecwmin = 3, .ecwmax = 4, .txop = 94 },
		[PDK_AC_VO] = { .aifsn = 2, .ecwmin = 2, .ecwmax = 3, .txop = 47 },
	};

	memcpy(wme, dflt, sizeof(dflt));
}

static void
take_ssid(struct bss *b, const struct ie *ie)
{
	unsigned i;

	if (ie->len > sizeof(b->ssid))
		return;
	/* A hidden name is empty, or octets of zero in its place. */
	for (i = 0; i < ie->len && ie->data[i] == 0; i++)
		;
	b->hidden = i == ie->len;
	b->ssid_len = b->hidden ? 0 : ie->len;
	memcpy(b->ssid, ie->data, b->ssid_len);
}

static void
take_rates(struct bss *b, const struct ie *ie)
{
	uint8_t rate;
	unsigned i;

	for (i = 0; i < ie->len; i++) {
		rate = ie->data[i] & ~DOT11_RATE_BASIC;
		if (rate == DOT11_RATE_HT_ONLY)
			b->ht_only = true;
		else if (rate != 0 && rate < 120 && b->nrates < PDK80211_NRATES)
			b->rates[b->nrates++] = ie->data[i];
	}
}

static void
take_htcap(struct bss *b, const struct ie *ie)
{
	if (ie->len < DOT11_HTCAP_LEN)
		return;
	b->ht = true;
	b->htcaps = dot11_le16(ie->data);
	b->ampdu = ie->data[2];
	memcpy(b->mcs, ie->data + 3, sizeof(b->mcs));
}

static void
take_htop(struct bss *b, const struct ie *ie)
{
	if (ie->len < DOT11_HTOP_LEN)
		return;
	b->chan = ie->data[0];
	b->ht_sco = (ie->data[1] & DOT11_HTOP_SCO) == 1 ? 1 :
	    (ie->data[1] & DOT11_HTOP_SCO) == 3 ? -1 : 0;
	b->ht_wide = b->ht_sco != 0 && (ie->data[1] & DOT11_HTOP_ANYWIDTH) != 0;
	b->htprot = ie->data[2] & DOT11_HTOP_PROTECT;
}

/* One access category; what cannot be keeps the default. */
static void
take_ac(struct pdk80211_wme *wme, const uint8_t p[4])
{
	uint8_t aifsn = p[0] & 0x0f, min = p[1] & 0x0f, max = p[1] >> 4;

	wme->acm = p[0] >> 4 & 1;
	if (aifsn >= 2)
		wme->aifsn = aifsn;
	if (min <= max) {
		wme->ecwmin = min;
		wme->ecwmax = max;
	}
	wme->txop = dot11_le16(p + 2);
}

static void
take_wmm(struct bss *b, const struct ie *ie)
{
	unsigned i;

	if (ie->len < 7 || (ie->data[4] != WMM_INFO && ie->data[4] != WMM_PARAM) ||
	    ie->data[5] != 1)
		return;
	if (ie->data[4] == WMM_INFO) {
		b->qos = true;
		return;
	}
	if (ie->len < WMM_PARAM_LEN)
		return;
	b->qos = true;
	wme_default(b->wme);
	for (i = 0; i < PDK80211_NAC; i++)
		take_ac(&b->wme[ie->data[8 + 4 * i] >> 5 & 3], ie->data + 8 + 4 * i);
}

/* Channel switch announcement, also extended, also with the secondary channel behind it. */
static void
take_csa(struct bss_csa *c, const struct ie *ie)
{
	if (ie->id == DOT11_IE_CSA && ie->len >= 3) {
		c->on = true;
		c->quiet = ie->data[0] == 1;
		c->chan = ie->data[1];
		c->count = ie->data[2];
	} else if (ie->id == DOT11_IE_ECSA && ie->len >= 4) {
		c->on = true;
		c->quiet = ie->data[0] == 1;
		c->chan = ie->data[2];
		c->count = ie->data[3];
	} else if (ie->id == DOT11_IE_SCO && ie->len >= 1)
		c->sco = ie->data[0] == 1 ? 1 : ie->data[0] == 3 ? -1 : 0;
}

static void
take(struct bss *b, const struct ie *ie)
{
	switch (ie->id) {
	case DOT11_IE_RATES:
	case DOT11_IE_XRATES:
		take_rates(b, ie);
		break;
	case DOT11_IE_TIM:
		if (ie->len >= 4)
			b->dtim = ie->data[1];
		break;
	case DOT11_IE_ERP:
		if (ie->len >= 1)
			b->erp = ie->data[0];
		break;
	case DOT11_IE_HTCAP:
		take_htcap(b, ie);
		break;
	case DOT11_IE_HTOP:
		take_htop(b, ie);
		break;
	case DOT11_IE_CSA:
	case DOT11_IE_ECSA:
	case DOT11_IE_SCO:
		take_csa(&b->csa, ie);
		break;
	default:
		if (ie_is_ms(ie, WMM_OUI_TYPE))
			take_wmm(b, ie);
	}
}

void
bss_ies(struct bss *b, const uint8_t *ies, size_t len)
{
	struct ie_walk w = IE_WALK(ies, len);
	struct ie ie;

	b->nrates = 0;
	while (ie_next(&w, &ie))
		take(b, &ie);
}

/* The first element of an id. */
static bool
find(const uint8_t *ies, size_t len, uint8_t id, struct ie *ie)
{
	struct ie_walk w = IE_WALK(ies, len);

	while (ie_next(&w, ie))
		if (ie->id == id)
			return true;
	return false;
}

int
bss_parse(struct bss *b, const uint8_t *frame, size_t len, const struct pdk80211_rxinfo *rxi)
{
	const uint8_t *body, *ies;
	struct dot11_hdr h;
	struct ie ie;
	size_t left;

	if (dot11_hdr(&h, frame, len) != 0 || len - h.len < BEACON_FIXED ||
	    (h.kind != DOT11_BEACON && h.kind != DOT11_PROBE_RESP) || dot11_is_group(h.addr3))
		return EINVAL;
	body = frame + h.len;
	ies = body + BEACON_FIXED;
	left = len - h.len - BEACON_FIXED;
	memset(b, 0, sizeof(*b));
	memcpy(b->bssid, h.addr3, DOT11_ADDR_LEN);
	b->beacon = h.kind == DOT11_BEACON;
	b->tsf = dot11_le64(body);
	b->bintval = dot11_le16(body + 8);
	b->capinfo = dot11_le16(body + 10);
	if ((b->capinfo & (DOT11_CAP_ESS | DOT11_CAP_IBSS)) != DOT11_CAP_ESS ||
	    b->bintval == 0 || !find(ies, left, DOT11_IE_SSID, &ie))
		return EINVAL;
	take_ssid(b, &ie);
	b->chan = rxi->chan;
	wme_default(b->wme);
	bss_ies(b, ies, left);
	/* Frames of a 2.4 GHz channel are heard on its neighbours, too. */
	if (find(ies, left, DOT11_IE_DS, &ie) && ie.len >= 1)
		b->chan = ie.data[0];
	rsn_of_bss(&b->sec, ies, left, b->capinfo);
	b->rssi = rxi->rssi;
	b->rssi16 = rxi->rssi * 16;
	return 0;
}

bool
bss_csa_action(struct bss_csa *c, const uint8_t *body, size_t len)
{
	struct ie ie;

	memset(c, 0, sizeof(*c));
	if (len < 2 || body[0] != DOT11_CAT_SPECTRUM || body[1] != DOT11_ACT_CSA)
		return false;
	struct ie_walk w = IE_WALK(body + 2, len - 2);

	while (ie_next(&w, &ie))
		take_csa(c, &ie);
	return c->on;
}

const char *
bss_name(const uint8_t *ssid, size_t len, char buf[BSS_NAME_LEN])
{
	size_t i, n = 0;

	if (len == 0)
		return "(hidden)";
	for (i = 0; i < len && i < PDK80211_MAXSSID; i++) {
		if (ssid[i] < 0x20 || ssid[i] == 0x7f || ssid[i] == '\\')
			n += (size_t)snprintf(buf + n, BSS_NAME_LEN - n, "\\x%02x", ssid[i]);
		else
			buf[n++] = (char)ssid[i];
	}
	buf[n] = '\0';
	return buf;
}
