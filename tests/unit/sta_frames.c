/* SPDX-License-Identifier: BSD-2-Clause */
/* The pure parts of the station layer: frames, elements, parameters, the table, encapsulation. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "shims/linux/sta/bsstab.h"
#include "shims/linux/sta/defrag.h"
#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/dup.h"
#include "shims/linux/sta/eth.h"
#include "shims/linux/sta/ie.h"
#include "shims/linux/sta/mgmt.h"
#include "shims/linux/sta/params.h"
#include "tests/unit/tap.h"

static const uint8_t own[6] = { 2, 0, 0, 0, 0, 5 }, bssid[6] = { 2, 0, 0, 0, 1, 0 };
static const struct pdk80211_rxinfo rxi = { .rssi = -60, .chan = 6 };

/* A beacon with these elements, in memory of its own length. */
static int
beacon(struct bss *b, const void *ies, size_t len)
{
	uint8_t *f = malloc(36 + len);
	int error;

	dot11_put_hdr(f, DOT11_BEACON, 0, own, bssid, bssid);
	memset(f + 24, 0, 12);
	f[32] = 100;
	f[34] = DOT11_CAP_ESS;
	memcpy(f + 36, ies, len);
	error = bss_parse(b, f, 36 + len, &rxi);
	free(f);
	return error;
}
#define BEACON(b, ies)	beacon(b, ies, sizeof(ies) - 1)

static void
headers(void)
{
	uint8_t f[36] = { 0x88, DOT11_TODS | DOT11_FROMDS | DOT11_ORDER };
	struct dot11_hdr h;
	size_t n;

	for (n = 0; n < 36; n++)
		if (dot11_hdr(&h, f, n) == 0)
			break;
	ok(n == 36 && h.len == 36 && h.has_qos, "the longest header");
	f[1] = DOT11_FROMDS;
	f[23] = 0x12;
	f[22] = 0x34;
	f[24] = 0x85;
	ok(dot11_hdr(&h, f, 26) == 0 && h.len == 26 && h.seq == 0x123 && h.frag == 4 &&
	    h.qos == 0x85, "sequence, fragment, QoS");
	f[0] = 0x80;
	f[1] = 0;
	ok(dot11_hdr(&h, f, 24) == 0 && h.len == 24 && !h.has_qos && h.kind == DOT11_BEACON,
	    "management");
	f[1] = DOT11_ORDER;
	ok(dot11_hdr(&h, f, 24) != 0 && dot11_hdr(&h, f, 28) == 0 && h.len == 28, "with HT control");
	f[0] = 0x81;
	ok(dot11_hdr(&h, f, 28) != 0, "another protocol version");
	f[0] = 0xd4;
	ok(dot11_hdr(&h, f, 28) != 0, "control");
	ok(strcmp(dot11_reason(15), "the 4-way handshake timed out") == 0 &&
	    strcmp(dot11_reason(999), "another reason") == 0 &&
	    strcmp(dot11_status(17), "the access point cannot handle more stations") == 0,
	    "codes have names");
}

static void
elements(void)
{
	struct ie_walk w = IE_WALK((const uint8_t *)"\0\2ab\1\0\3\5abc", 11);
	struct ie ie;
	unsigned n = 0;

	while (ie_next(&w, &ie))
		n++;
	ok(n == 2 && w.left == 5, "what is cut off is not seen");
}

static void
beacons(void)
{
	struct bss b;

	ok(BEACON(&b, "\0\4home\1\2\x82\x0c\3\1\x0b\5\4\0\3\0\0\x2a\1\2\x32\1\x6c") == 0 &&
	    b.ssid_len == 4 && !b.hidden && b.nrates == 3 && b.rates[0] == 0x82 &&
	    b.rates[2] == 0x6c && b.chan == 11 && b.dtim == 3 && b.erp == 2 && b.bintval == 100 &&
	    b.rssi == -60 && memcmp(b.bssid, bssid, 6) == 0 && b.beacon, "a plain one");
	ok(BEACON(&b, "\0\0") == 0 && b.hidden && b.ssid_len == 0 && b.chan == 6,
	    "a hidden one, on the channel where it was heard");
	ok(BEACON(&b, "\0\3\0\0\0") == 0 && b.hidden && b.ssid_len == 0,
	    "hidden behind zeroes");
	ok(BEACON(&b, "\1\1\x82") != 0, "without a name it is none");
	ok(BEACON(&b, "\0\041123456789012345678901234567890123") == 0 && b.ssid_len == 0,
	    "a name that is too long is not taken");
	ok(BEACON(&b, "\0\1x\1\22\2\4\x0b\x16\x0c\x12\x18\x24\x30\x48\x60\x6c\2\4\x0b\x16\x0c\x12")
	    == 0 && b.nrates == PDK80211_NRATES, "more rates than there are");
	ok(BEACON(&b, "\0\1x\1\2\0\xff") == 0 && b.nrates == 0 && b.ht_only,
	    "rates that are none: zero, and the mark of HT only");
	ok(BEACON(&b, "\0\1x\x2d\x19""1234567890123456789012345") == 0 && !b.ht,
	    "HT capabilities that are too short");
	ok(BEACON(&b, "\0\1x\x2d\x1a\x6e\0\x17\xff\xff""678901234567890123456\x3d\x16\x24\7\1"
	    "4567890123456789012") == 0 && b.ht && b.htcaps == 0x6e && b.ampdu == 0x17 &&
	    b.mcs[1] == 0xff && b.chan == 36 && b.ht_sco == -1 && b.ht_wide && b.htprot == 1,
	    "HT, 40 MHz downwards");
	ok(BEACON(&b, "\0\1x\xdd\7\0\x50\xf2\2\0\1\0") == 0 && b.qos && b.wme[PDK_AC_VO].txop == 47,
	    "WMM without parameters has the default's");
	ok(BEACON(&b, "\0\1x\xdd\x18\0\x50\xf2\2\1\1\0\0\3\xa4\0\0\x27\xa4\0\0\x51\x43\x5e\0\x62"
	    "\x23\x2f\0") == 0 && b.wme[PDK_AC_VI].acm && b.wme[PDK_AC_VI].aifsn == 2 &&
	    b.wme[PDK_AC_VO].ecwmin == 2 && b.wme[PDK_AC_VO].ecwmax == 3 &&
	    b.wme[PDK_AC_BE].ecwmax == 10, "WMM with some that cannot be");
	ok(BEACON(&b, "\0\1x\x25\3\1\x28\5\x3e\1\3") == 0 && b.csa.on && b.csa.quiet &&
	    b.csa.chan == 40 && b.csa.count == 5 && b.csa.sco == -1, "a change of channel");
	ok(BEACON(&b, "\0\1x\x3c\4\0\x51\x28\2") == 0 && b.csa.on && b.csa.chan == 40 &&
	    b.csa.count == 2 && !b.csa.quiet, "an extended one");
	ok(BEACON(&b, "\0\1x\x25\2\1\x28") == 0 && !b.csa.on, "half of one");
}

/* Any beginning of a good frame is taken or refused, never read beyond. */
static void
cut_off(void)
{
	static const char ies[] = "\0\4home\1\2\x82\x0c\3\1\x0b\x30\x14\1\0\0\x0f\xac\4\1\0\0\x0f\xac\4"
	    "\1\0\0\x0f\xac\2\0\0\xdd\7\0\x50\xf2\2\0\1\0";
	struct mgmt_assoc_body a;
	struct mgmt_auth_body au;
	struct mgmt_ba ba;
	struct bss_csa c;
	struct bss b;
	uint16_t r;
	size_t n, k;
	uint8_t *p;

	for (n = 0, k = 0; n < sizeof(ies); n++)
		k += beacon(&b, ies, n) == 0;
	ok(k == sizeof(ies) - 6, "a beacon with a name is one, however little follows");
	for (n = 0; n < 40; n++) {
		p = malloc(n + 1);
		memset(p, 3, n);
		(void)mgmt_assoc_read(&a, p, n);
		(void)mgmt_auth_read(&au, p, n);
		(void)mgmt_bye_read(&r, p, n);
		for (k = 0; k < 4; k++) {
			if (n > 1)
				p[1] = (uint8_t)k;
			(void)mgmt_ba_read(&ba, p, n);
			(void)bss_csa_action(&c, p, n);
		}
		free(p);
	}
	ok(!mgmt_auth_read(&au, own, 5) && !mgmt_assoc_read(&a, own, 5) &&
	    !mgmt_bye_read(&r, own, 1), "bodies that are too short");
}

static void
block_ack(void)
{
	struct mgmt_ba q = { .action = DOT11_ACT_ADDBA_REQ, .token = 7, .tid = 5, .amsdu = true,
	    .immediate = true, .window = 64, .timeout = 100, .ssn = 4095 }, r;
	uint8_t f[MGMT_MAX];
	size_t n = mgmt_ba(f, own, bssid, &q);

	ok(n == 33 && mgmt_ba_read(&r, f + 24, n - 24) && r.token == 7 && r.tid == 5 && r.amsdu &&
	    r.immediate && r.window == 64 && r.timeout == 100 && r.ssn == 4095,
	    "a request is read as it was written");
	ok(memcmp(f + 24, "\3\0\7\x17\x10\x64\0\xf0\xff", 9) == 0, "octet by octet");
	q.action = DOT11_ACT_ADDBA_RESP;
	q.status = 37;
	n = mgmt_ba(f, own, bssid, &q);
	ok(n == 33 && mgmt_ba_read(&r, f + 24, n - 24) && r.status == 37 && r.tid == 5 &&
	    r.window == 64, "a response");
	q.action = DOT11_ACT_DELBA;
	q.initiator = true;
	q.reason = 38;
	n = mgmt_ba(f, own, bssid, &q);
	ok(n == 30 && mgmt_ba_read(&r, f + 24, n - 24) && r.initiator && r.tid == 5 &&
	    r.reason == 38, "an end");
}

/* ---- parameters ---- */

static const struct pdk80211_chan chans[] = {
	{ .freq = 2437, .num = 6, .width = 20, .flags = PDK_CH_HT40D },
	{ .freq = 5180, .num = 36, .width = 20, .flags = PDK_CH_HT40U },
};
static struct pdk80211_caps caps = { .nchans = 2, .chans = chans, .htcaps = 0x6e,
	.rx_mcs = { 0xff } };

static void
parameters(void)
{
	struct pdk80211_bss p;
	char why[200];
	struct bss b;

	BEACON(&b, "\0\1x\1\10\x82\x84\x8b\x96\x0c\x12\x18\x24\x32\4\x30\x48\x60\x6c");
	ok(params_join(&p, &b, &caps, why, sizeof(why)) == 0 && p.nrates == 12 &&
	    p.basic_rates == 0x27 && p.rates[3] == 12 && p.rates[5] == 22 && p.flags == 0,
	    "rates, ascending");
	ok(p.rates[0] == 2 && p.rates[11] == 108, "all of them");
	b.rates[0] = 0x80 | 99;
	ok(params_join(&p, &b, &caps, why, sizeof(why)) != 0, "a basic rate that we lack");
	like(why, "rate", "why");
	b.nrates = 0;
	ok(params_join(&p, &b, &caps, why, sizeof(why)) != 0, "no rate at all");
	BEACON(&b, "\0\1x\1\1\x8c\3\1\x95");
	ok(params_join(&p, &b, &caps, why, sizeof(why)) != 0, "a channel that must not be used");
	like(why, "channel 149", "why");
	BEACON(&b, "\0\1x\1\1\x8c\x2d\x1a\x6e\0\x17\xff\xff""678901234567890123456\x3d\x16\6\7\1"
	    "4567890123456789012");
	ok(params_join(&p, &b, &caps, why, sizeof(why)) == 0 && (p.flags & PDK_BSS_HT) == 0 &&
	    p.chan.width == 20, "HT without QoS is none");
	b.qos = true;
	ok(params_join(&p, &b, &caps, why, sizeof(why)) == 0 && (p.flags & PDK_BSS_HT) != 0 &&
	    p.chan.width == 40 && p.chan.sco == -1 && p.mcs[0] == 0xff && p.mcs[1] == 0,
	    "HT: 40 MHz, and the streams of both");
	b.ht_sco = 1;
	ok(params_join(&p, &b, &caps, why, sizeof(why)) == 0 && p.chan.width == 20,
	    "not upwards on channel 6");
	b.ht_only = true;
	b.ht = false;
	ok(params_join(&p, &b, &caps, why, sizeof(why)) != 0, "HT only, without HT");
}

/* ---- the table ---- */

static struct bss *
hear(struct bsstab *t, unsigned i, int rssi, uint64_t now)
{
	struct bss b;

	BEACON(&b, "\0\1x\1\1\x8c");
	b.bssid[4] = (uint8_t)(i >> 8);
	b.bssid[5] = (uint8_t)i;
	b.rssi = rssi;
	b.rssi16 = rssi * 16;
	return bsstab_put(t, &b, now);
}

static void
table(void)
{
	struct bsstab *t = bsstab_new();
	struct bsstab_want want = { .ssid = (const uint8_t *)"x", .ssid_len = 1 };
	uint64_t s = 1000000000, now = 100 * s;
	char why[200];
	struct bss *b;
	unsigned i;

	for (i = 0; i < BSSTAB_MAX + 50; i++)
		hear(t, i, -60, now + i);
	ok(bsstab_count(t) == BSSTAB_MAX, "there is an end to it");
	ok(bsstab_find(t, (uint8_t[]){ 2, 0, 0, 0, 0, 49 }) == NULL &&
	    bsstab_find(t, (uint8_t[]){ 2, 0, 0, 0, 0, 50 }) != NULL, "the oldest go");
	b = hear(t, 300, -40, now + s);
	ok(bss_dbm(b->rssi16) == -58 || bss_dbm(b->rssi16) == -57, "levels are averaged");
	ok(bsstab_best(t, &want, now + 2 * s, why, sizeof(why)) == b, "the best is chosen");
	b->fails = 1;
	ok(bsstab_best(t, &want, now + 2 * s, why, sizeof(why)) != b, "not where it failed");
	bsstab_age(t, now + 70 * s);
	ok(bsstab_count(t) == 0, "all are forgotten");
	ok(bsstab_best(t, &want, now, why, sizeof(why)) == NULL && why[0] == '\0', "none");
	b = hear(t, 1, -40, now);
	ok(bsstab_best(t, &want, now + 16 * s, why, sizeof(why)) == NULL, "not heard lately");
	b->not_before = now + 5 * s;
	ok(bsstab_best(t, &want, now, why, sizeof(why)) == NULL, "held back");
	ok(bsstab_best(t, &want, now + 5 * s, why, sizeof(why)) == b, "not any more");
	bsstab_free(t);
}

/* ---- Ethernet ---- */

static void
ethernet(void)
{
	uint8_t buf[64] = { 0 }, out[64], *eth;
	size_t n;

	memcpy(buf + 20, "\xaa\xaa\3\0\0\0\x08\x00payload", 15);
	eth = eth_from_llc(own, bssid, buf + 20, 15, &n);
	ok(eth != NULL && n == 21 && memcmp(eth, own, 6) == 0 && memcmp(eth + 6, bssid, 6) == 0 &&
	    memcmp(eth + 12, "\x08\x00payload", 9) == 0, "SNAP");
	ok(eth_to_llc(out, eth, n) == 15 && memcmp(out, "\xaa\xaa\3\0\0\0\x08\x00payload", 15) == 0,
	    "and back");
	memcpy(buf + 20, "\xaa\xaa\3\0\0\xf8\x08\x00payload", 15);
	eth = eth_from_llc(own, bssid, buf + 20, 15, &n);
	ok(n == 29 && memcmp(eth + 12, "\0\x0f\xaa\xaa", 4) == 0,
	    "a tunnel that is not for this protocol stays");
	memcpy(buf + 20, "\xaa\xaa\3\0\0\0\x01\x00payload", 15);
	eth = eth_from_llc(own, bssid, buf + 20, 15, &n);
	ok(n == 29, "a type that is a length stays");
	ok(eth_from_llc(own, bssid, buf + 20, 2, &n) == NULL, "too little");
	ok(eth_to_llc(out, buf, 13) == 0, "no header");
}

static void
amsdu(void)
{
	uint8_t *p;
	size_t n;

	for (n = 0; n < 60; n++) {		/* of any length, nothing is read beyond */
		struct eth_amsdu a = { p = malloc(n + 1), n };
		struct eth_sub s;
		unsigned k = 0;

		memset(p, 0, n);
		if (n > 13)
			p[13] = 5;
		while (eth_amsdu_next(&a, &s))
			k += s.len;
		free(p);
		if (n == 19 && !ok(k == 5 && a.left == 0, "one subframe without padding"))
			return;
		if (n == 18 && !ok(k == 0 && a.left == 18, "less than it says"))
			return;
	}
}

static void
priorities(void)
{
	uint8_t eth[16] = { [12] = 0x08 };

	eth[15] = 0xe0;
	ok(eth_priority(eth, 16) == 7 && eth_priority(eth, 15) == 0, "of IPv4");
	eth[12] = 0x86;
	eth[13] = 0xdd;
	eth[14] = 0x6b;
	ok(eth_priority(eth, 16) == 5, "of IPv6");
	ok(eth_ac(0) == PDK_AC_BE && eth_ac(1) == PDK_AC_BK && eth_ac(3) == PDK_AC_BE &&
	    eth_ac(5) == PDK_AC_VI && eth_ac(6) == PDK_AC_VO, "categories");
}

static void
duplicates(void)
{
	struct dup d;

	dup_init(&d);
	ok(!dup_is(&d, true, 0, 0), "the first is none, even as a retry");
	ok(dup_is(&d, true, 0, 0) && !dup_is(&d, false, 0, 0) && !dup_is(&d, true, 0, 1),
	    "a retry of the last is");
}

int
main(void)
{
	headers();
	elements();
	beacons();
	cut_off();
	block_ack();
	parameters();
	table();
	ethernet();
	amsdu();
	priorities();
	duplicates();
	return done();
}
