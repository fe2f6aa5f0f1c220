/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supplicant against an attacker and against access points that do wrong: replays, forged and
 * cut frames, keys put in place twice, other ciphers than the beacon promised.
 */
#include "shims/linux/sta/wpa.h"
#include "tests/unit/sta_auth.h"
#include "tests/unit/tap.h"

static struct bench b;

static struct wpa_counts
counts(void)
{
	struct wpa_counts c;

	wpa_counts(b.w, &c);
	return c;
}

/* Nothing went out and nothing changed since `was`. */
static bool
silent(const struct bench *was)
{
	return b.nsent == was->nsent && b.nkeys == was->nkeys && b.ndone == was->ndone &&
	    b.nfailed == was->nfailed;
}

/* The frame in b.out is dropped. */
static bool
dropped(void)
{
	struct bench was = b;
	unsigned before = counts().dropped;

	bench_in(&b, &b.out);
	return silent(&was) && counts().dropped == before + 1;
}

static void
up_to_message_2(void)
{
	bench_new(&b, "passphrase");
	msg1(&b);
	bench_in(&b, &b.out);
	ok(msg2_ok(&b), "up to message 2");
}

static void
connected(void)
{
	bench_new(&b, "passphrase");
	ok(handshake(&b), "connected");
}

/* ---- replays, and keys put in place twice (12.7.7.4) ------------------------------------ */

static void
test_replay(void)
{
	struct frame m1, m3, g1, g2;

	up_to_message_2();
	m1 = b.out;
	msg3(&b);
	m3 = b.out;
	bench_in(&b, &b.out);
	ok(msg4_ok(&b) && b.ndone == 1, "connected");
	b.out = m3;
	ok(dropped() && counts().replayed == 1, "message 3 replayed is dropped");
	b.out = m1;
	ok(dropped() && counts().replayed == 2, "message 1 replayed is dropped");
	new_gtk(&b, 2);
	group1(&b);
	g1 = b.out;
	bench_in_protected(&b, &b.out);
	new_gtk(&b, 1);
	group1(&b);
	g2 = b.out;
	bench_in_protected(&b, &b.out);
	ok(last_key_is_gtk(&b) && b.nkeys == 4, "two more group keys");
	b.out = g1;
	ok(dropped(), "the older one replayed is dropped");
	b.out = g2;
	ok(dropped(), "the newer one, too");
	bench_free(&b);
}

/* A message that the access point made, with a new counter, but keys that are in place. */
static void
test_reinstall(void)
{
	uint8_t first[16];

	connected();
	memcpy(first, b.gtk, 16);
	new_gtk(&b, 2);
	group1(&b);
	bench_in_protected(&b, &b.out);
	ok(b.nkeys == 3 && last_key_is_gtk(&b), "a second group key");
	memcpy(b.gtk, first, 16);
	b.gtk_id = 1;
	b.rsc = 0;
	msg3(&b);
	bench_in(&b, &b.out);
	ok(msg4_ok(&b) && b.nkeys == 3, "message 3 with the first group key changes nothing");
	group1(&b);
	bench_in_protected(&b, &b.out);
	ok(group2_ok(&b) && b.nkeys == 3, "nor does a group message with it");
	b.gtk_id = 3;
	group1(&b);
	bench_in_protected(&b, &b.out);
	ok(b.nkeys == 3, "nor under another key ID");
	ok(counts().reinstalls == 4, "which is counted: once pairwise, three times group");
	bench_free(&b);
}

/* A PTK of zeros, which a supplicant that wipes too early would take (CVE-2017-13077). */
static void
test_zero_keys(void)
{
	connected();
	memset(b.ptk, 0, sizeof(b.ptk));
	msg3(&b);
	ok(dropped() && counts().bad_mic == 1, "message 3 under a key of zeros is dropped");
	new_gtk(&b, 2);
	group1(&b);
	ok(dropped() && counts().bad_mic == 2, "a group message, too");
	bench_free(&b);
	bench_new(&b, "passphrase");
	msg3(&b);
	ok(dropped(), "and before there is any key");
	bench_free(&b);
}

/* ---- forged ----------------------------------------------------------------------------- */

static void
test_every_octet(void)
{
	struct frame good;
	bool all = true;

	up_to_message_2();
	msg3(&b);
	good = b.out;
	for (size_t i = 0; i < good.len; i++) {
		struct bench was = b;

		b.out = good;
		b.out.p[i] ^= 1;
		bench_in(&b, &b.out);
		/* Without Install, Ack and MIC it may be message 1, which is answered. */
		all = all && b.nkeys == 0 && b.ndone == 0 && b.nfailed == 0 &&
		    (silent(&was) || i == E_INFO);
	}
	ok(all, "message 3 with any octet changed puts no key in place");
	bench_in(&b, &good);
	ok(b.ndone == 1 && b.nkeys == 2, "and the right one still does");
	bench_free(&b);
}

static void
test_every_length(void)
{
	struct frame m1, m3, g;
	bool all = true;

	connected();
	new_anonce(&b);
	msg1(&b);
	m1 = b.out;
	msg3(&b);
	m3 = b.out;
	new_gtk(&b, 2);
	group1(&b);
	g = b.out;
	for (size_t n = 0; n < m3.len; n++) {
		const struct frame *of[3] = { &m1, &m3, &g };

		for (unsigned i = 0; i < 3; i++) {
			b.out = *of[i];
			if (n >= b.out.len)
				continue;
			b.out.len = n;
			all = all && dropped();
			if (n < 4)
				continue;
			b.out.p[E_LEN] = 0;		/* and says so */
			b.out.p[E_LEN + 1] = (uint8_t)(n - 4);
			all = all && dropped();
		}
	}
	ok(all, "a frame cut anywhere is dropped");
	bench_free(&b);
}

static void
test_lengths_inside(void)
{
	connected();
	msg3(&b);
	b.out.p[E_DATALEN] = 0xff;
	ok(dropped(), "key data longer than the frame");
	b.out.p[E_LEN] = 0xff;
	ok(dropped(), "a body longer than the frame");
	message(&b, INFO_MSG3, b.rsn, 22);
	b.out.p[E_DATALEN + 1] -= 1;
	sign(&b, &b.out);
	ok(dropped(), "encrypted key data of 39 octets");
	message(&b, INFO_MSG3, b.rsn, 22);
	b.out.p[E_DATALEN + 1] = 16;
	sign(&b, &b.out);
	ok(dropped(), "of 16 octets");
	message(&b, INFO_MSG3, b.rsn, 22);
	b.out.p[E_DATALEN + 1] = 0;
	sign(&b, &b.out);
	ok(dropped(), "of none");
	message(&b, INFO_MSG3, b.rsn, 22);
	b.out.p[E_DATA] ^= 1;
	sign(&b, &b.out);
	ok(dropped(), "that does not unwrap");
	bench_free(&b);
}

static void
one_kind(const char *what, unsigned at, uint8_t with)
{
	msg3(&b);
	b.out.p[at] = with;
	sign(&b, &b.out);
	ok(dropped(), what);
}

/* All with a right MIC, from a connected access point. */
static void
test_kinds(void)
{
	connected();
	one_kind("no EAPOL-Key frame", E_TYPE, 1);
	one_kind("the key descriptor of the first WPA", E_DESC, 254);
	one_kind("descriptor version 1, with RC4", E_INFO + 1, 0xc9);
	one_kind("descriptor version 3 in a network without", E_INFO + 1, 0xcb);
	one_kind("descriptor version 0", E_INFO + 1, 0xc8);
	one_kind("key data that is not encrypted", E_INFO, 0x03);
	one_kind("not secure", E_INFO, 0x11);
	one_kind("without MIC", E_INFO, 0x12);
	one_kind("without Ack", E_INFO + 1, 0x4a);
	one_kind("without Install", E_INFO + 1, 0x8a);
	one_kind("with Error", E_INFO, 0x17);
	one_kind("with Request", E_INFO, 0x1b);
	one_kind("with SMK", E_INFO, 0x33);
	bench_free(&b);
}

static void
test_order(void)
{
	up_to_message_2();
	new_gtk(&b, 1);
	group1(&b);
	ok(dropped(), "a group key before the pairwise one");
	b.out = b.sent[0];
	b.replay++;
	b.out.p[E_REPLAY + 7] = (uint8_t)b.replay;
	ok(dropped(), "our own message 2");
	msg3(&b);
	bench_in(&b, &b.out);
	ok(b.ndone == 1, "connected");
	b.out = b.sent[1];
	b.out.p[E_REPLAY + 7] = 0x40;
	sign(&b, &b.out);
	ok(dropped(), "our own message 4");
	bench_free(&b);
}

/* A PTK of an older handshake is no good any more. */
static void
test_old_ptk(void)
{
	struct bench old;

	connected();
	old = b;
	new_anonce(&b);
	msg1(&b);
	bench_in_protected(&b, &b.out);
	ok(msg2_ok(&b), "message 2 of a new handshake");
	msg3(&b);
	bench_in_protected(&b, &b.out);
	ok(b.nkeys == 3 && counts().pairwise_rekeys == 1, "the pairwise key is renewed");
	memcpy(b.ptk, old.ptk, sizeof(b.ptk));
	memcpy(b.anonce, old.anonce, sizeof(b.anonce));
	msg3(&b);
	ok(dropped(), "message 3 under the old key is dropped");
	new_gtk(&b, 2);
	group1(&b);
	ok(dropped(), "a group message, too");
	bench_free(&b);
}

/* ---- an access point that does wrong: right MIC, wrong contents -------------------------- */

static void
fails(const char *what, unsigned reason, const char *text, const void *data, size_t len)
{
	up_to_message_2();
	message(&b, INFO_MSG3, data, len);
	bench_in(&b, &b.out);
	ok(b.nfailed == 1 && b.nkeys == 0 && b.ndone == 0 && b.nsent == 1 &&
	    b.verdict.reason == reason && !b.verdict.passphrase, what);
	like(b.verdict.text, text, "with the cause");
	bench_free(&b);
}

static void
test_other_rsn(void)
{
	uint8_t data[128];
	size_t kde;

	bench_new(&b, "passphrase");
	memcpy(data, b.rsn, 22);
	kde = gtk_kde(&b, data + 22);
	bench_free(&b);
	data[13] = 2;				/* TKIP was offered, too: the beacon was forged */
	fails("another RSN element than the beacon's", 17, "not that of the beacon", data,
	    22 + kde);
	data[13] = 4;
	data[21] = 0x80;
	fails("other RSN capabilities", 17, "not that of the beacon", data, 22 + kde);
	data[21] = 0;
	data[1] = 18;
	memmove(data + 20, data + 22, kde);
	fails("a shorter element", 17, "not that of the beacon", data, 20 + kde);
	memmove(data + 22, data + 20, kde);
	data[20] = data[21] = 0;
	data[1] = 20;
	fails("no RSN element", 17, "not that of the beacon", data + 22, kde);
	memmove(data + 44, data + 22, kde);
	memcpy(data + 22, data, 22);
	fails("a second RSN element", 17, "another pairwise cipher", data, 44 + kde);
}

static void
test_bad_gtk(void)
{
	uint8_t data[128];

	bench_new(&b, "passphrase");
	memcpy(data, b.rsn, 22);
	gtk_kde(&b, data + 22);
	bench_free(&b);
	fails("no group key", 13, "no group key", data, 22);
	data[28] = 0;
	fails("key ID 0", 13, "key ID 0", data, 46);
	data[28] = 4;				/* the Tx bit alone */
	fails("key ID 0 and another bit", 13, "key ID 0", data, 46);
	data[28] = 1;
	data[23] = 21;
	fails("a group key of 15 octets", 13, "15 octets, CCMP has 16", data, 45);
	data[23] = 38;
	fails("a group key of 32 octets, as TKIP's", 13, "32 octets, CCMP has 16", data, 62);
	data[23] = 6;
	fails("a group key of no octets", 13, "0 octets", data, 30);
}

/* Malformed key data under a right MIC. */
static void
test_bad_kdes(void)
{
	static const struct { const char *what; uint8_t tail[4]; uint8_t n; } t[] = {
		{ "an element longer than the rest", { 0xdd, 9, 0, 0x0f }, 4 },
		{ "an element without length", { 1 }, 1 },
		{ "an element longer than the rest, of one octet", { 48, 1 }, 2 },
	};
	uint8_t data[64];

	for (unsigned i = 0; i < 3; i++) {
		up_to_message_2();
		memcpy(data, b.rsn, 22);
		gtk_kde(&b, data + 22);
		/* Filled up to a multiple of 8, so that it ends with the tail. */
		memset(data + 46, 0, 18);
		data[46] = 0;
		data[47] = (uint8_t)(16 - t[i].n);
		memcpy(data + 64 - t[i].n, t[i].tail, t[i].n);
		message(&b, INFO_MSG3, data, 64);
		ok(dropped(), t[i].what);
		msg3(&b);
		bench_in(&b, &b.out);
		ok(b.ndone == 1, "a good message may follow");
		bench_free(&b);
	}
	connected();
	message(&b, INFO_GROUP1, (uint8_t[]){ 0xdd, 5, 0, 0x0f, 0xac, 1, 1 }, 7);
	ok(dropped(), "a group key's element without its header");
	bench_free(&b);
}

static void
test_key_length(void)
{
	up_to_message_2();
	msg3(&b);
	b.out.p[E_KEYLEN + 1] = 32;
	sign(&b, &b.out);
	bench_in(&b, &b.out);
	ok(b.nfailed == 1 && b.nkeys == 0, "a pairwise key of 32 octets");
	like(b.verdict.text, "32 octets, CCMP has 16", "with the cause");
	bench_free(&b);
}

static void
test_bad_group(void)
{
	connected();
	message(&b, INFO_GROUP1, b.rsn, 22);
	bench_in_protected(&b, &b.out);
	ok(b.nfailed == 1 && b.nkeys == 2, "a group message without group key");
	bench_free(&b);
	connected();
	new_gtk(&b, 0);
	group1(&b);
	bench_in_protected(&b, &b.out);
	ok(b.nfailed == 1 && b.nkeys == 2, "a group message with key ID 0");
	like(b.verdict.text, "key ID 0", "with the cause");
	bench_free(&b);
}

static void
test_flood(void)
{
	connected();
	for (unsigned i = 0; i < 1000; i++) {
		msg3(&b);
		b.out.p[E_MIC] ^= 1;
		bench_in(&b, &b.out);
	}
	ok(counts().bad_mic == 1000 && b.nnotes == 9 && b.nsent == 2,
	    "a flood of forged frames is counted, and fills no log");
	like(b.note, "only counted", "which is said");
	bench_free(&b);
}

int
main(void)
{
	test_replay();
	test_reinstall();
	test_zero_keys();
	test_every_octet();
	test_every_length();
	test_lengths_inside();
	test_kinds();
	test_order();
	test_old_ptk();
	test_other_rsn();
	test_bad_gtk();
	test_bad_kdes();
	test_key_length();
	test_bad_group();
	test_flood();
	return done();
}
