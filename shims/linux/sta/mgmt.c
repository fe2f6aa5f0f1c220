/* SPDX-License-Identifier: BSD-2-Clause */
/* Management frames, written; see mgmt.h. */
#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/mgmt.h"
#include "shims/linux/sta/params.h"

#define RATES_MAX	8u	/* in the first element; the rest follow in the second */

static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* What is written so far; all of it fits by the sizes of its parts. */
struct out {
	uint8_t	*p;
	size_t	 len;
};

static void
put(struct out *o, const void *data, size_t n)
{
	if (n == 0 || o->len + n > MGMT_MAX)
		return;
	memcpy(o->p + o->len, data, n);
	o->len += n;
}

static void
put8(struct out *o, unsigned v)
{
	uint8_t b = (uint8_t)v;

	put(o, &b, 1);
}

static void
put16(struct out *o, unsigned v)
{
	put8(o, v & 0xff);
	put8(o, v >> 8 & 0xff);
}

static void
put_ie(struct out *o, unsigned id, const void *data, size_t n)
{
	put8(o, id);
	put8(o, (unsigned)n);
	put(o, data, n);
}

static struct out
begin(uint8_t *frame, uint8_t kind, const uint8_t *own, const uint8_t *to)
{
	dot11_put_hdr(frame, kind, 0, to, own, to);
	return (struct out){ .p = frame, .len = DOT11_HDR_LEN };
}

/* The rates in at most two elements, all of the second without a mark. */
static void
put_rates(struct out *o, const uint8_t *rates, unsigned n)
{
	unsigned first = n < RATES_MAX ? n : RATES_MAX;

	put_ie(o, DOT11_IE_RATES, rates, first);
	if (n > first)
		put_ie(o, DOT11_IE_XRATES, rates + first, n - first);
}

static void
put_htcap(struct out *o, const struct pdk80211_caps *caps, bool wide)
{
	uint8_t ht[DOT11_HTCAP_LEN] = { 0 };
	uint16_t info = caps->htcaps;

	if (!wide)
		info &= (uint16_t)~(DOT11_HTCAP_40 | DOT11_HTCAP_SGI40);
	dot11_put16(ht, info);
	ht[2] = caps->ampdu;
	memcpy(ht + 3, caps->rx_mcs, sizeof(caps->rx_mcs));
	put_ie(o, DOT11_IE_HTCAP, ht, sizeof(ht));
}

size_t
mgmt_auth(uint8_t *frame, const uint8_t own[6], const uint8_t bssid[6])
{
	struct out o = begin(frame, DOT11_AUTH, own, bssid);

	put16(&o, DOT11_AUTH_OPEN);
	put16(&o, 1);
	put16(&o, DOT11_STATUS_OK);
	return o.len;
}

static uint16_t
own_capinfo(const struct mgmt_assoc *a)
{
	uint16_t info = DOT11_CAP_ESS | (a->bss->capinfo & DOT11_CAP_SPECTRUM);

	if (a->rsn != NULL)
		info |= DOT11_CAP_PRIVACY;
	if (!params_band5(a->bss->chan.num))
		info |= DOT11_CAP_SHPREAMBLE | DOT11_CAP_SHSLOT;
	return info;
}

/* What an access point under spectrum management asks for (9.4.2.14, 9.4.2.18). */
static void
put_spectrum(struct out *o, const struct pdk80211_caps *caps)
{
	static const uint8_t power[2] = { 0, 15 };	/* dBm; the firmware has its own limits */
	uint8_t pairs[2 * 64];
	unsigned i, n = 0;

	for (i = 0; i < caps->nchans && n + 2 <= sizeof(pairs); i++) {
		if (!params_band5(caps->chans[i].num))
			continue;
		pairs[n++] = caps->chans[i].num;
		pairs[n++] = 1;
	}
	put_ie(o, DOT11_IE_PWRCAP, power, sizeof(power));
	put_ie(o, DOT11_IE_CHANNELS, pairs, n);
}

size_t
mgmt_assoc(uint8_t *frame, const struct mgmt_assoc *a)
{
	static const uint8_t wmm[] = { 0x00, 0x50, 0xf2, 2, 0, 1, 0 };
	struct out o = begin(frame, a->from != NULL ? DOT11_REASSOC_REQ : DOT11_ASSOC_REQ,
	    a->own, a->bss->bssid);

	put16(&o, own_capinfo(a));
	put16(&o, a->listen);
	if (a->from != NULL)
		put(&o, a->from, DOT11_ADDR_LEN);
	put_ie(&o, DOT11_IE_SSID, a->bss->essid, a->bss->essid_len);
	put_rates(&o, a->bss->rates, a->bss->nrates);
	if ((a->bss->capinfo & DOT11_CAP_SPECTRUM) != 0)
		put_spectrum(&o, a->caps);
	if (a->rsn != NULL)
		put(&o, a->rsn, a->rsn_len);
	if ((a->bss->flags & PDK_BSS_HT) != 0)
		put_htcap(&o, a->caps, a->bss->chan.width > 20);
	if ((a->bss->flags & PDK_BSS_QOS) != 0)
		put_ie(&o, DOT11_IE_VENDOR, wmm, sizeof(wmm));
	return o.len;
}

size_t
mgmt_probe(uint8_t *frame, const uint8_t own[6], const uint8_t *bssid, const uint8_t *ssid,
    size_t ssid_len, bool band5)
{
	struct out o = begin(frame, DOT11_PROBE_REQ, own, bssid != NULL ? bssid : everybody);
	const uint8_t *rates;
	unsigned n = params_rates(band5, &rates);

	put_ie(&o, DOT11_IE_SSID, ssid, ssid_len);
	put_rates(&o, rates, n);
	return o.len;
}

size_t
mgmt_scan_ies(uint8_t *ies, const struct pdk80211_caps *caps)
{
	struct out o = { .p = ies };

	if (caps->htcaps != 0)
		put_htcap(&o, caps, true);
	return o.len;
}

size_t
mgmt_bye(uint8_t *frame, uint8_t kind, const uint8_t own[6], const uint8_t bssid[6],
    uint16_t reason)
{
	struct out o = begin(frame, kind, own, bssid);

	put16(&o, reason);
	return o.len;
}

static uint16_t
ba_params(const struct mgmt_ba *ba)
{
	return (uint16_t)((ba->amsdu ? 1 : 0) | (ba->immediate ? 2 : 0) | ba->tid << 2 |
	    ba->window << 6);
}

size_t
mgmt_ba(uint8_t *frame, const uint8_t own[6], const uint8_t bssid[6], const struct mgmt_ba *ba)
{
	struct out o = begin(frame, DOT11_ACTION, own, bssid);

	put8(&o, DOT11_CAT_BA);
	put8(&o, ba->action);
	switch (ba->action) {
	case DOT11_ACT_ADDBA_REQ:
		put8(&o, ba->token);
		put16(&o, ba_params(ba));
		put16(&o, ba->timeout);
		put16(&o, (unsigned)ba->ssn << 4);
		break;
	case DOT11_ACT_ADDBA_RESP:
		put8(&o, ba->token);
		put16(&o, ba->status);
		put16(&o, ba_params(ba));
		put16(&o, ba->timeout);
		break;
	default:
		put16(&o, (ba->initiator ? 0x0800u : 0) | (unsigned)ba->tid << 12);
		put16(&o, ba->reason);
	}
	return o.len;
}
