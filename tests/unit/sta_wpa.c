/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supplicant with an authenticator that does right: handshakes, new keys, lost frames, other
 * passphrases, time-outs. What it does with one that does wrong: sta_wpa_bad.c.
 */
#include <errno.h>

#include "shims/linux/sta/wpa_int.h"
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

static void
give(void (*make)(struct bench *), bool protected)
{
	make(&b);
	(protected ? bench_in_protected : bench_in)(&b, &b.out);
}

/* ---- handshakes ------------------------------------------------------------------------- */

static void
test_handshake(void)
{
	bench_new(&b, "passphrase");
	ok(wpa_deadline(b.w) == b.now + WPA_TIMEOUT_NS, "the access point has its time");
	give(msg1, false);
	ok(b.nsent == 1 && msg2_ok(&b) && !b.sent[0].protect, "message 2 is right");
	ok(b.nkeys == 0 && b.ndone == 0, "there are no keys before message 3");
	give(msg3, false);
	ok(b.nsent == 2 && msg4_ok(&b) && !b.sent[1].protect, "message 4 is right");
	ok(b.nkeys == 2 && last_key_is_gtk(&b), "the group key is in place, with its RSC");
	b.nkeys--;
	ok(last_key_is_tk(&b), "the pairwise key is, before it");
	ok(b.ndone == 1 && b.nfailed == 0 && wpa_deadline(b.w) == UINT64_MAX && b.nnotes == 0,
	    "done, once, without a word");
	ok(counts().handshakes == 1 && counts().dropped == 0 && counts().pairwise_rekeys == 0,
	    "and counted");
	bench_free(&b);
}

static void
test_sha256(void)
{
	bench_new_sha256(&b);
	ok(handshake(&b), "PSK with SHA-256: a handshake");
	new_gtk(&b, 2);
	give(group1, true);
	ok(group2_ok(&b) && last_key_is_gtk(&b), "and a new group key");
	bench_free(&b);
}

static void
test_group_rekey(void)
{
	uint8_t kde[24];

	bench_new(&b, "passphrase");
	ok(handshake(&b), "a handshake");
	for (unsigned i = 0; i < 3; i++) {
		new_gtk(&b, (uint8_t)(2 - i % 2));
		b.rsc = i;
		give(group1, true);
		ok(group2_ok(&b) && b.sent[b.nsent - 1].protect && last_key_is_gtk(&b) &&
		    b.nkeys == 3 + i, "a new group key, answered encrypted");
	}
	like(b.note, "group key was renewed", "the log says so");
	ok(b.ndone == 1 && counts().group_rekeys == 3, "which is no new association");
	give(group1, true);
	ok(group2_ok(&b) && b.nkeys == 5 && counts().group_rekeys == 3,
	    "repeated, it is answered and not put in place again");
	new_gtk(&b, 1);
	message(&b, INFO_GROUP1 | 0x40, kde, gtk_kde(&b, kde));
	bench_in_protected(&b, &b.out);
	ok(group2_ok(&b) && last_key_is_gtk(&b), "the Install bit, which some set, is no matter");
	bench_free(&b);
}

static void
test_pairwise_rekey(void)
{
	uint8_t snonce[32], tk[16];

	bench_new(&b, "passphrase");
	ok(handshake(&b), "a handshake");
	memcpy(snonce, b.sent[0].p + E_NONCE, 32);
	memcpy(tk, b.ptk + 32, 16);
	new_anonce(&b);
	give(msg1, true);
	ok(msg2_ok(&b) && b.sent[2].protect, "new pairwise key: message 2, encrypted");
	ok(memcmp(snonce, b.sent[2].p + E_NONCE, 32) != 0, "with another nonce");
	ok(b.nkeys == 2, "the old key stays until message 3");
	new_gtk(&b, 2);
	give(msg3, true);
	ok(msg4_ok(&b) && b.sent[3].protect && b.nkeys == 4 && last_key_is_gtk(&b),
	    "message 4 under the old key, then the new ones");
	b.nkeys--;
	ok(last_key_is_tk(&b) && memcmp(tk, b.ptk + 32, 16) != 0, "which are new indeed");
	ok(b.ndone == 1 && counts().pairwise_rekeys == 1 && counts().handshakes == 2,
	    "which is no new association");
	like(b.note, "pairwise key was renewed", "the log says so");
	new_gtk(&b, 1);
	give(group1, true);
	ok(group2_ok(&b) && last_key_is_gtk(&b), "and the new keys are used from then on");
	bench_free(&b);
}

static void
test_new_association(void)
{
	struct bench old;

	bench_new(&b, "passphrase");
	ok(handshake(&b), "a handshake");
	old = b;
	bench_again(&b, "passphrase");
	give(group1, true);
	ok(b.nsent == 0 && b.nkeys == 0, "the keys of the last association are forgotten");
	b.replay = 0;
	ok(handshake(&b), "a handshake with the same access point, its counter from 1 again");
	ok(memcmp(old.sent[0].p + E_NONCE, b.sent[0].p + E_NONCE, 32) != 0,
	    "each association has a nonce of its own");
	bench_free(&b);
}

/* ---- frames that are lost or come otherwise --------------------------------------------- */

static void
test_repeated_1(void)
{
	bench_new(&b, "passphrase");
	for (unsigned i = 0; i < 3; i++) {
		give(msg1, false);
		ok(b.nsent == i + 1 && msg2_ok(&b), "message 1 repeated is answered");
	}
	ok(memcmp(b.sent[0].p + E_NONCE, b.sent[2].p + E_NONCE, 32) == 0,
	    "with the nonce of the first, so that any answer serves");
	give(msg3, false);
	ok(msg4_ok(&b) && b.ndone == 1, "and all goes well");
	bench_free(&b);
}

/* Message 4 was lost: the access point has no key yet, and repeats message 3 in the clear. */
static void
test_repeated_3(void)
{
	bench_new(&b, "passphrase");
	ok(handshake(&b), "a handshake");
	give(msg3, false);
	ok(b.nsent == 3 && msg4_ok(&b) && !b.sent[2].protect,
	    "message 3 repeated is answered, in the clear as it came");
	ok(b.nkeys == 2 && b.ndone == 1 && counts().reinstalls == 2 && counts().handshakes == 1,
	    "and no key is put in place again");
	give(msg3, true);
	ok(msg4_ok(&b) && b.sent[3].protect && b.nkeys == 2, "encrypted, when it came encrypted");
	bench_free(&b);
}

static void
test_forms(void)
{
	bench_new(&b, "passphrase");
	msg1(&b);
	b.out.len += 30;		/* padding of the medium */
	b.out.p[0] = 1;
	b.out.p[E_INFO] |= 2;		/* Secure, as some do when they renew keys */
	bench_in(&b, &b.out);
	b.out.len -= 30;
	ok(b.nsent == 1 && (b.sent[0].p[E_INFO] & 2) != 0,
	    "padding, EAPOL version 1 and the Secure bit are fine");
	give(msg1, false);
	ok(msg2_ok(&b), "the next one without");
	msg3(&b);
	b.out.p[0] = 3;
	sign(&b, &b.out);
	bench_in(&b, &b.out);
	ok(msg4_ok(&b) && b.ndone == 1, "and EAPOL version 3");
	bench_free(&b);
}

/* Anybody can send message 1. */
static void
test_forged_1(void)
{
	uint8_t anonce[32];

	bench_new(&b, "passphrase");
	give(msg1, false);
	ok(msg2_ok(&b), "message 2");
	memcpy(anonce, b.anonce, 32);
	new_anonce(&b);
	give(msg1, false);
	b.replay++;
	memcpy(b.anonce, anonce, 32);
	give(msg3, false);
	ok(b.ndone == 1 && b.nkeys == 2, "a forged message 1 in between does not hinder");
	new_anonce(&b);
	b.replay += 1000;
	give(msg1, false);
	b.replay -= 1001;
	memcpy(b.anonce, anonce, 32);
	new_gtk(&b, 2);
	give(group1, true);
	ok(group2_ok(&b) && last_key_is_gtk(&b) && b.nkeys == 3,
	    "nor one with a high counter later: it does not count without a MIC");
	bench_free(&b);
}

/* ---- failures --------------------------------------------------------------------------- */

static void
expire(void)
{
	b.now = wpa_deadline(b.w) - 1;
	wpa_timer(b.w, b.now);
	ok(b.nfailed == 0, "not before its time");
	b.now++;
	wpa_timer(b.w, b.now);
	ok(b.nfailed == 1 && b.verdict.reason == WPA_REASON_HANDSHAKE_TIMEOUT &&
	    wpa_deadline(b.w) == UINT64_MAX, "the time is over, once");
	wpa_timer(b.w, b.now + 1);
	ok(b.nfailed == 1, "and not again");
}

static void
test_silence(void)
{
	bench_new(&b, "passphrase");
	expire();
	ok(!b.verdict.passphrase, "without message 1 nobody knows about the passphrase");
	like(b.verdict.text, "02:00:00:00:00:0a let 10 s pass before it began", "which is said");
	bench_free(&b);

	bench_new(&b, "passphrase");
	b.now += WPA_TIMEOUT_NS - 1;
	give(msg1, false);
	ok(wpa_deadline(b.w) == b.now + WPA_TIMEOUT_NS, "message 1 renews the time");
	b.now++;
	give(msg1, false);
	ok(wpa_deadline(b.w) == b.now - 1 + WPA_TIMEOUT_NS, "but only the first");
	bench_free(&b);
}

/* As hostapd does: it repeats message 1, and gives up with reason 15. */
static void
test_wrong_passphrase(void)
{
	struct wpa_verdict v;

	bench_new(&b, "another one");
	for (unsigned i = 0; i < 4; i++) {
		give(msg1, false);
		ok(!msg2_ok(&b), "the access point does not like message 2");
	}
	ok(wpa_lost(b.w, 15, &v) && v.passphrase, "the passphrase is suspected");
	like(v.text, "(reason 15) and took none of 4 proofs of the passphrase: wrong passphrase?",
	    "in words");
	ok(wpa_deadline(b.w) == UINT64_MAX && b.nfailed == 0, "the supplicant has stopped");

	bench_again(&b, "another one");
	give(msg1, false);
	expire();
	ok(b.verdict.passphrase, "the second time one message is enough");
	wpa_forgive(b.w);
	bench_again(&b, "another one");
	give(msg1, false);
	expire();
	ok(!b.verdict.passphrase, "not for a new passphrase");
	bench_again(&b, "passphrase");
	ok(handshake(&b), "the right one");
	bench_again(&b, "passphrase");
	give(msg1, false);
	expire();
	ok(!b.verdict.passphrase, "and after it one lost frame is one lost frame");
	bench_free(&b);
}

static void
test_lost(void)
{
	struct wpa_verdict v;

	bench_new(&b, "passphrase");
	ok(wpa_lost(b.w, 1, &v) && !v.passphrase, "ended before message 1");
	like(v.text, "ended the association (reason 1) before it began the WPA2 handshake", "so");
	bench_again(&b, "passphrase");
	give(msg1, false);
	give(msg1, false);
	ok(wpa_lost(b.w, 0, &v) && !v.passphrase, "out of range: the passphrase is not blamed");
	like(v.text, "lost during the WPA2 handshake", "so");
	bench_again(&b, "passphrase");
	ok(handshake(&b) && !wpa_lost(b.w, 3, &v), "after the handshake there is no verdict");
	ok(!wpa_lost(b.w, 3, &v), "nor when stopped");
	bench_free(&b);
}

static void
test_no_key(void)
{
	bench_new(&b, "passphrase");
	b.set_key_error = ENOSPC;
	ok(!handshake(&b) && b.nfailed == 1 && b.ndone == 0 && b.nkeys == 1,
	    "a key that cannot be put in place ends the association");
	like(b.verdict.text, "pairwise key could not be put in place: No space", "with the cause");
	bench_free(&b);

	bench_new(&b, "passphrase");
	b.no_random = true;
	give(msg1, false);
	ok(b.nfailed == 1 && b.nsent == 0, "without random numbers there is no handshake");
	like(b.verdict.text, "random", "with the cause");
	bench_free(&b);
}

/* Without a source of its own the supplicant has libcrypto's. */
static void
test_own_nonce(void)
{
	static const uint8_t none[32];
	struct frame first;

	bench_new(&b, "passphrase");
	b.w->ops = &(struct wpa_ops){ .send = b.w->ops->send };
	give(msg1, false);
	ok(b.nsent == 1 && memcmp(b.sent[0].p + E_NONCE, none, 32) != 0, "there is a nonce");
	first = b.sent[0];
	bench_again(&b, "passphrase");
	give(msg1, false);
	ok(memcmp(first.p + E_NONCE, b.sent[0].p + E_NONCE, 32) != 0, "and another one");
	bench_free(&b);
}

static void
test_start_refused(void)
{
	struct wpa_bss bss = { .ap_ie = b.rsn, .ap_ie_len = 22, .choice.akm = RSN_AKM_SAE };

	bench_new(&b, "passphrase");
	ok(wpa_start(b.w, &bss, 0) == EINVAL, "a key management that is none of ours");
	bss.choice.akm = RSN_AKM_PSK_SHA256;
	ok(wpa_start(b.w, &bss, 0) == EINVAL, "one that the access point does not have");
	bss.choice.akm = RSN_AKM_PSK;
	bss.ap_ie_len = 21;
	ok(wpa_start(b.w, &bss, 0) == EINVAL, "a broken element");
	give(msg1, false);
	ok(b.nsent == 0 && counts().dropped == 1, "then it has not started");
	bench_free(&b);
}

/* ---- the layer above -------------------------------------------------------------------- */

static void
test_stop_inside(void)
{
	bench_new(&b, "passphrase");
	give(msg1, false);
	ok(msg2_ok(&b), "message 2");
	b.stop_in_send = true;
	give(msg3, false);
	ok(b.nkeys == 0 && b.ndone == 0 && b.nfailed == 0, "stopped while sending: no keys");
	bench_free(&b);

	bench_new(&b, "passphrase");
	give(msg1, false);
	ok(msg2_ok(&b), "message 2");
	b.stop_in_set_key = true;
	give(msg3, false);
	ok(b.nkeys == 1 && b.ndone == 0 && b.nfailed == 0,
	    "stopped while a key is put in place: no more of them");
	bench_free(&b);
}

static bool
contains(const void *hay, size_t n, const void *needle, size_t m)
{
	for (const uint8_t *p = hay; n >= m; n--, p++)
		if (memcmp(p, needle, m) == 0)
			return true;
	return false;
}

static void
test_wiped(void)
{
	static const struct wpa_association none = { .deadline = UINT64_MAX };

	bench_new(&b, "passphrase");
	ok(handshake(&b) && contains(b.w, sizeof(*b.w), b.ptk, 48) &&
	    contains(b.w, sizeof(*b.w), b.gtk, 16) && contains(b.w, sizeof(*b.w), b.pmk, 32),
	    "keys are in memory");
	wpa_stop(b.w);
	ok(memcmp(&b.w->a, &none, sizeof(none)) == 0 && !contains(b.w, sizeof(*b.w), b.gtk, 16),
	    "and wiped when it stops");
	wpa_stop(b.w);
	give(msg1, false);
	ok(b.nsent == 2, "when it has stopped it does not answer");
	bench_free(&b);
	wpa_free(NULL);
}

int
main(void)
{
	test_handshake();
	test_sha256();
	test_group_rekey();
	test_pairwise_rekey();
	test_new_association();
	test_repeated_1();
	test_repeated_3();
	test_forms();
	test_forged_1();
	test_silence();
	test_wrong_passphrase();
	test_lost();
	test_no_key();
	test_own_nonce();
	test_start_refused();
	test_stop_inside();
	test_wiped();
	return done();
}
