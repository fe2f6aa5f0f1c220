/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ie.c - the information elements that an access point sends (IEEE 802.11-2016, 9.4.2).
 */
#include "tools/sim/ap/ap.h"

#define FIRST_RATES	8u		/* what the Supported Rates element holds */

void
ie_rates(const struct ap *ap, struct dot11_buf *b)
{
	unsigned n = ap->nrates < FIRST_RATES ? ap->nrates : FIRST_RATES;

	dot11_put_ie(b, DOT11_IE_RATES, ap->rates, (uint8_t)n);
}

void
ie_ext_rates(const struct ap *ap, struct dot11_buf *b)
{
	if (ap->nrates > FIRST_RATES)
		dot11_put_ie(b, DOT11_IE_XRATES, ap->rates + FIRST_RATES,
		    (uint8_t)(ap->nrates - FIRST_RATES));
}

/* As HT Operation and Secondary Channel Offset have it: 1 above, 3 below, 0 none. */
static uint8_t
offset(const struct ap *ap, unsigned channel)
{
	int side = ap->conf.ht40 ? conf_secondary(channel) : 0;

	return side > 0 ? 1 : side < 0 ? 3 : 0;
}

void
ie_sco(const struct ap *ap, struct dot11_buf *b, unsigned channel)
{
	if (ap->conf.ht)
		dot11_put_ie(b, DOT11_IE_SCO, &(uint8_t){ offset(ap, channel) }, 1);
}

/* HT Capabilities (9.4.2.56) and HT Operation (9.4.2.57): one stream, MCS 0 to 7. */
void
ie_ht(const struct ap *ap, struct dot11_buf *b)
{
	/* Capability: short GI at 20 MHz, SM power save disabled. A-MPDU: 64 KiB, no spacing. */
	uint8_t cap[26] = { 0x2c, 0x00, 0x03, [3] = 0xff };
	/* Primary channel; operating mode "no protection". */
	uint8_t op[22] = { [0] = (uint8_t)ap->conf.channel };

	if (!ap->conf.ht)
		return;
	if (ap->conf.ht40) {
		cap[0] |= 0x42;		/* 40 MHz, with short GI */
		op[1] = 0x04 | offset(ap, ap->conf.channel);
	}
	dot11_put_ie(b, DOT11_IE_HTCAP, cap, sizeof(cap));
	dot11_put_ie(b, DOT11_IE_HTINFO, op, sizeof(op));
}

/* WMM parameters with the defaults of the WMM specification, table 14 (for stations). */
void
ie_wmm(const struct ap *ap, struct dot11_buf *b)
{
	const uint8_t wmm[24] = {
		0x00, 0x50, 0xf2, 0x02, 0x01, 0x01,	/* parameter element, version 1 */
		ap->conf.uapsd ? 0x80 : 0, 0x00,	/* U-APSD or not */
		0x03, 0xa4, 0x00, 0x00,			/* best effort: AIFSN 3, ECW 4/10 */
		0x27, 0xa4, 0x00, 0x00,			/* background: 7, 4/10 */
		0x42, 0x43, 0x5e, 0x00,			/* video: 2, 3/4, 3.008 ms */
		0x62, 0x32, 0x2f, 0x00,			/* voice: 2, 2/3, 1.504 ms */
	};

	dot11_put_ie(b, DOT11_IE_VENDOR, wmm, sizeof(wmm));
}

/* RSN (9.4.2.25): CCMP for both kinds of key, pre-shared key. */
void
ie_rsn(struct dot11_buf *b)
{
	static const uint8_t rsn[20] = {
		0x01, 0x00,
		0x00, 0x0f, 0xac, 0x04,
		0x01, 0x00, 0x00, 0x0f, 0xac, 0x04,
		0x01, 0x00, 0x00, 0x0f, 0xac, 0x02,
		0x0c, 0x00,			/* 16 replay counters, as WMM wants */
	};

	dot11_put_ie(b, DOT11_IE_RSN, rsn, sizeof(rsn));
}

void
ie_country(const struct ap *ap, struct dot11_buf *b)
{
	/* Indoors and outdoors; first channel, how many, dBm. */
	static const uint8_t low[3] = { 1, 13, 20 }, low_us[3] = { 1, 11, 30 };
	static const uint8_t high[12] = { 36, 4, 23, 52, 4, 23, 100, 12, 30, 149, 5, 30 };
	uint8_t data[3 + sizeof(high) + 1] = { (uint8_t)ap->conf.country[0],
	    (uint8_t)ap->conf.country[1], ' ' };
	bool us = memcmp(ap->conf.country, "US", 2) == 0;
	const uint8_t *triplets = ap->freq >= 5000 ? high : us ? low_us : low;
	size_t n = ap->freq < 5000 ? sizeof(low) : sizeof(high);

	memcpy(data + 3, triplets, n);
	n += 3;
	dot11_put_ie(b, DOT11_IE_COUNTRY, data, (uint8_t)(n + n % 2));	/* padded to even */
}

/*
 * TIM (9.4.2.6): from the first octet, an even one, with a bit set to the last one. Bit 0 of the
 * bitmap control says that group frames follow a DTIM beacon.
 */
void
ie_tim(const struct ap *ap, struct dot11_buf *b)
{
	uint8_t map[sizeof(ap->tim)], data[3 + sizeof(ap->tim)];
	size_t first = 0, last = 0;

	for (size_t i = 0; i < sizeof(map); i++)
		map[i] = (uint8_t)(ap->tim[i / 4] >> (8 * (i % 4)));
	for (size_t i = 0; i < sizeof(map); i++)
		if (map[i] != 0)
			last = i;
	while (first < last && map[first] == 0)
		first++;
	first &= ~(size_t)1;
	data[0] = (uint8_t)ap->dtim_count;
	data[1] = (uint8_t)ap->conf.dtim_period;
	data[2] = (uint8_t)(first | (ap->ngroup > 0 && ap->dtim_count == 0));
	memcpy(data + 3, map + first, last - first + 1);
	dot11_put_ie(b, DOT11_IE_TIM, data, (uint8_t)(3 + last - first + 1));
}
