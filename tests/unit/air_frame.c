/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers and writers of frames, radiotap, rates and their air time: the pure parts of libair.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/tap.h"
#include "tools/sim/air/air.h"
#include "tools/sim/air/frame.h"

static const uint8_t me[6] = { 2, 0, 0, 0, 0, 1 }, you[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t bss[6] = { 2, 0, 0, 0, 0, 3 };
static const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* In memory of its own, so that a sanitizer sees a byte too many. */
static int
parse_exact(const uint8_t *p, size_t len, struct dot11 *f, void **mem)
{
	*mem = malloc(len == 0 ? 1 : len);
	memcpy(*mem, p, len);
	return dot11_parse(*mem, len, f);
}

static void
test_beacon(void)
{
	uint8_t raw[128];
	struct dot11_buf b = DOT11_BUF(raw);
	struct dot11_ie ie;
	struct dot11 f;
	void *mem;
	int bad = 0;

	dot11_put_hdr(&b, DOT11_BEACON, 77, everyone, bss, bss);
	dot11_put64(&b, 0x1122334455667788u);
	dot11_put16(&b, 100);
	dot11_put16(&b, DOT11_CAP_ESS | DOT11_CAP_PRIVACY);
	dot11_put_ie(&b, DOT11_IE_SSID, "net", 3);
	dot11_put_ie(&b, DOT11_IE_VENDOR, "\x00\x50\xf2\x02\x01", 5);
	ok(!b.overflow && b.len == 24 + 12 + 5 + 7, "a beacon is written");
	ok(dot11_parse(raw, b.len, &f) == 0 && DOT11_IS(f.fc, DOT11_BEACON) && f.seq == 77 &&
	    f.hdrlen == 24 && memcmp(f.bssid, bss, 6) == 0, "its header is read");
	ok(f.fixedlen == 12 && dot11_le64(f.fixed) == 0x1122334455667788u &&
	    dot11_ies_whole(f.ies, f.ieslen), "its fixed part and elements are read");
	ok(dot11_ie_find(f.ies, f.ieslen, DOT11_IE_SSID, &ie) && ie.len == 3 &&
	    memcmp(ie.data, "net", 3) == 0, "the SSID is found");
	ok(dot11_ie_vendor(f.ies, f.ieslen, DOT11_OUI_MS, 2, &ie) && ie.data[4] == 1 &&
	    !dot11_ie_vendor(f.ies, f.ieslen, DOT11_OUI_MS, 1, &ie), "a vendor element is found");
	ok(!dot11_ie_find(f.ies, f.ieslen, DOT11_IE_RSN, &ie), "one that is not there is not");
	for (size_t len = 0; len < 36; len++) {
		bad += parse_exact(raw, len, &f, &mem) == 0;
		free(mem);
	}
	ok(bad == 0, "a beacon cut off in its header or fixed part is refused");
	bad = parse_exact(raw, b.len - 1, &f, &mem) != 0 || dot11_ies_whole(f.ies, f.ieslen);
	free(mem);
	ok(!bad, "an element cut off is seen");
}

static void
test_data(void)
{
	uint8_t raw[128];
	struct dot11_buf b = DOT11_BUF(raw);
	struct dot11 f;

	dot11_put_hdr(&b, DOT11_QOS_DATA | DOT11_FC_TODS, 4095, bss, me, you);
	dot11_put16(&b, 5);
	dot11_put(&b, "what it is for", 14);
	ok(dot11_parse(raw, b.len, &f) == 0 && f.has_qos && (f.qos & DOT11_QOS_TID) == 5 &&
	    f.hdrlen == 26 && f.seq == 4095 && memcmp(f.da, you, 6) == 0 &&
	    memcmp(f.sa, me, 6) == 0 && memcmp(f.bssid, bss, 6) == 0, "QoS data to an AP is read");
	ok(f.bodylen == 14 && memcmp(f.body, "what it is for", 14) == 0, "its body is what was put there");
	ok(dot11_wants_ack(raw, b.len), "it wants an ACK");
	raw[24] |= 0x20;
	ok(!dot11_wants_ack(raw, b.len), "not with the ACK policy that says so");
	raw[1] = (DOT11_FC_TODS | DOT11_FC_FROMDS) >> 8;
	ok(dot11_parse(raw, b.len, &f) == 0 && f.hdrlen == 32 && f.addr4 == raw + 24 &&
	    f.bssid == NULL && f.sa == f.addr4, "four addresses are read");
	raw[1] |= DOT11_FC_ORDER >> 8;
	ok(dot11_parse(raw, b.len, &f) == 0 && f.hdrlen == 36, "HT Control is stepped over");
	ok(dot11_parse(raw, 35, &f) != 0, "HT Control cut off is refused");
	raw[0] |= 1;
	ok(dot11_parse(raw, b.len, &f) != 0, "another protocol version is refused");
}

static void
test_control(void)
{
	static const uint8_t ack[10] = { 0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1 };
	static const uint8_t pspoll[16] = { 0xa4, 0, 1, 0xc0, 2, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 1 };
	struct dot11 f;

	ok(dot11_parse(ack, 10, &f) == 0 && f.addr2 == NULL && f.bodylen == 0 &&
	    !dot11_wants_ack(ack, 10), "an ACK has one address and wants no ACK");
	ok(dot11_parse(ack, 9, &f) != 0, "nine bytes are no frame");
	ok(dot11_parse(pspoll, 16, &f) == 0 && f.addr2 == pspoll + 10 &&
	    dot11_wants_ack(pspoll, 16), "a PS-Poll has two and wants one");
	ok(dot11_parse(pspoll, 15, &f) != 0, "cut off it is refused");
}

static void
test_rsn(void)
{
	static const uint8_t wpa2[] = { 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0, 0x0f, 0xac, 4, 1, 0, 0,
	    0x0f, 0xac, 2, 0x0c, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	static const uint8_t liar[] = { 1, 0, 0, 0x0f, 0xac, 4, 0xff, 0xff, 0, 0x0f, 0xac, 4 };
	struct dot11_ie ie = { .id = DOT11_IE_RSN, .len = sizeof(wpa2), .data = wpa2 };
	unsigned good = 0;
	struct dot11_rsn r;

	ok(dot11_rsn_parse(&ie, &r) == 0 && r.group == DOT11_CIPHER_CCMP && r.npairwise == 1 &&
	    r.pairwise[0] == DOT11_CIPHER_CCMP && r.nakm == 1 && r.akm[0] == DOT11_AKM_PSK &&
	    r.caps == 12 && r.npmkid == 1 && r.pmkid[15] == 16, "an RSN element is read");
	for (unsigned n = 0; n < sizeof(wpa2); n++) {
		uint8_t *copy = malloc(n == 0 ? 1 : n);

		memcpy(copy, wpa2, n);
		ie = (struct dot11_ie){ .len = (uint8_t)n, .data = copy };
		good += dot11_rsn_parse(&ie, &r) == 0;
		free(copy);
	}
	/* After version, group, pairwise list, AKM list, capabilities. */
	ok(good == 5, "cut off it is whole only behind a whole part");
	ie = (struct dot11_ie){ .len = 2, .data = wpa2 };
	ok(dot11_rsn_parse(&ie, &r) == 0 && r.nakm == 1 && r.akm[0] == DOT11_AKM_8021X,
	    "parts left out have their defaults");
	ie = (struct dot11_ie){ .len = sizeof(liar), .data = liar };
	ok(dot11_rsn_parse(&ie, &r) != 0, "a count larger than the element is refused");
}

static void
test_overflow(void)
{
	uint8_t raw[8];
	struct dot11_buf b = DOT11_BUF(raw);

	dot11_put(&b, "123456", 6);
	dot11_put_ie(&b, 0, "x", 1);
	ok(b.overflow && b.len == 6, "what does not fit is left out whole, and told");
	dot11_put8(&b, 1);
	ok(b.overflow && b.len == 6, "and nothing comes behind it");
}

static void
test_radiotap(void)
{
	/* Two words of it_present; flags, rate, channel, signal, RX flags; signal, antenna. */
	static const uint8_t alien[] = { 0, 0, 24, 0, 0x2e, 0x40, 0, 0xa0, 0x20, 8, 0, 0, 0, 2,
	    0x6c, 9, 0xc0, 0, 0xd6, 0, 0, 0, 0xd0, 1, 0x80, 0 };
	struct radiotap r = { .present = RADIOTAP_TSFT | RADIOTAP_FLAGS | RADIOTAP_CHANNEL |
	    RADIOTAP_SIGNAL | RADIOTAP_NOISE | RADIOTAP_MCS | RADIOTAP_AMPDU, .tsft = 1234567890123,
	    .flags = RADIOTAP_F_SGI, .freq = 5180, .chan_flags = RADIOTAP_CH_5GHZ, .signal = -71,
	    .noise = -95, .mcs_known = 7, .mcs_flags = 5, .mcs = 15, .ampdu_ref = 9 }, got;
	uint8_t raw[RADIOTAP_MAX];
	size_t len = radiotap_put(raw, sizeof(raw), &r), n, bad = 0;

	ok(radiotap_parse(raw, len, &got, &n) == 0 && n == len &&
	    memcmp(&r, &got, sizeof(r)) == 0, "radiotap is read as it was written");
	for (size_t i = 0; i < len; i++)
		bad += radiotap_parse(raw, i, &got, &n) == 0;
	ok(bad == 0, "cut off anywhere it is refused");
	ok(radiotap_put(raw, len - 1, &r) == 0, "too little room is told");
	ok(radiotap_parse(alien, sizeof(alien), &got, &n) == 0 && n == 24 && got.rate == 2 &&
	    got.freq == 2412 && got.signal == -42, "one of another program is read, too");
	r.present = UINT32_MAX;
	ok(radiotap_put(raw, sizeof(raw), &r) <= RADIOTAP_MAX, "none is longer than the maximum");
}

int
main(void)
{
	test_beacon();
	test_data();
	test_control();
	test_rsn();
	test_overflow();
	test_radiotap();
	return done();
}
