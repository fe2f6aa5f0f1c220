/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_eapol.c - libFuzzer target: what an access point or an attacker sends to the supplicant.
 *
 * The first octet says what the rest is: elements of a beacon, an encrypted frame, or a
 * conversation. A conversation is a row of records: operation, length, that many octets. Besides
 * raw frames there are messages of an authenticator that knows the passphrase, with the input's
 * key data or octets changed before and after the MIC, so that what lies behind the MIC is
 * reached.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shims/linux/sta/ccmp.h"
#include "shims/linux/sta/eapol.h"
#include "tests/unit/sta_auth.h"

enum op { OP_RAW, OP_MSG1, OP_MSG3, OP_GROUP1, OP_DATA3, OP_DATA_GROUP, OP_SIGNED, OP_CHANGED,
	OP_NEW_ANONCE, OP_NEW_GTK, OP_AGAIN, OP_LOST, OP_TIME, OP_ANSWER, OPS };

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must(bool good)
{
	if (!good)
		abort();
}

/* ---- elements --------------------------------------------------------------------------- */

static void
elements(const uint8_t *p, size_t n)
{
	struct rsn_security s;
	struct rsn_choice choice;
	uint8_t ie[RSN_IE_LEN];
	struct rsn own;
	char why[300] = "";

	rsn_of_bss(&s, p, n, (uint16_t)(n << 4));
	must(rsn_name(&s) != NULL);
	if (rsn_select(&s, &choice, why, sizeof(why)) != 0) {
		must(why[0] != '\0');
		return;
	}
	must(s.rsn.group == RSN_CIPHER_CCMP && (s.rsn.caps & RSN_CAP_MFPR) == 0);
	must(rsn_build(&choice, ie) == sizeof(ie) && rsn_parse(&own, ie, sizeof(ie)) == 0 &&
	    (own.akm & s.rsn.akm) == own.akm);
}

/* ---- an encrypted frame ----------------------------------------------------------------- */

static void
protected_frame(const uint8_t *p, size_t n)
{
	static const uint8_t tk[16] = { 1 };
	struct ccmp_key *key = ccmp_new(tk, 1, 0);
	uint8_t *frame = malloc(n + CCMP_HDR_LEN + CCMP_MIC_LEN);
	size_t hdr = ccmp_hdrlen(p, n);
	struct ccmp_frame f;

	must(key != NULL && frame != NULL);
	memcpy(frame, p, n);
	(void)ccmp_decrypt(key, frame, n, &f);
	if (hdr > 0 && n > hdr) {
		memcpy(frame, p, hdr);
		memcpy(frame + hdr + CCMP_HDR_LEN, p + hdr, n - hdr);
		must(ccmp_encrypt(key, frame, hdr, n - hdr) == 0);
		must(ccmp_decrypt(key, frame, n + CCMP_HDR_LEN + CCMP_MIC_LEN, &f) == 0 &&
		    memcmp(frame + f.body, p + hdr, n - hdr) == 0);
		must(ccmp_fresh(ccmp_counters(key), f.tid, f.pn) &&
		    !ccmp_fresh(ccmp_counters(key), f.tid, f.pn));
	}
	free(frame);
	ccmp_free(key);
}

/* ---- a conversation --------------------------------------------------------------------- */

/*
 * None of the keys was in place already, under any ID, when it was put there. (That the group key
 * is the pairwise one is an access point's own fault.)
 */
static void
check_keys(const struct bench *b)
{
	const struct wpa_key *place[4] = { NULL };

	for (unsigned i = 0; i < b->nkeys; i++) {
		const struct wpa_key *k = &b->keys[i];

		must(k->id < 4 && k->group == (k->id != 0));
		for (unsigned j = 0; j < 4; j++)
			must(place[j] == NULL || place[j]->group != k->group ||
			    memcmp(place[j]->tk, k->tk, 16) != 0);
		place[k->id] = k;
	}
}

/* The port opens once, and what goes out is a frame. */
static void
check(struct bench *b)
{
	struct eapol_key k;

	must(b->ndone <= 1 && b->nfailed <= 1);
	check_keys(b);
	if (b->nsent > 0)
		must(eapol_parse(&k, b->sent[b->nsent - 1].p, b->sent[b->nsent - 1].len) == NULL);
}

/* Pairs of offset and value. */
static void
change(struct frame *f, const uint8_t *p, size_t n)
{
	for (; n >= 2 && f->len > 0; p += 2, n -= 2)
		f->p[p[0] % f->len] ^= p[1];
}

static void
give(struct bench *b)
{
	if (b->nsent % 2 == 0)
		bench_in(b, &b->out);
	else
		bench_in_protected(b, &b->out);
}

static void
raw(struct bench *b, const uint8_t *p, size_t n)
{
	b->out.len = n < sizeof(b->out.p) ? n : sizeof(b->out.p);
	memcpy(b->out.p, p, b->out.len);
	give(b);
}

static void
tail(struct bench *b, unsigned info, const uint8_t *p, size_t n)
{
	uint8_t data[560];
	size_t head = n % 2 == 0 && info == INFO_MSG3 ? b->rsn_len : 0;

	memcpy(data, b->rsn, head);
	if (n > 500)
		n = 500;
	memcpy(data + head, p, n);
	message(b, info, data, head + n);
	give(b);
}

static void
others(struct bench *b, enum op op, const uint8_t *p, size_t n)
{
	struct wpa_verdict v;

	switch (op) {
	case OP_NEW_ANONCE:
		new_anonce(b);
		break;
	case OP_NEW_GTK:
		new_gtk(b, n > 0 ? p[0] & 3 : 1);
		break;
	case OP_AGAIN:
		bench_again(b, "passphrase");
		break;
	case OP_LOST:
		wpa_lost(b->w, n > 0 ? p[0] : 0, &v);
		break;
	case OP_TIME:
		b->now += n > 0 ? p[0] * UINT64_C(100000000) : 0;
		wpa_timer(b->w, b->now);
		break;
	default:
		(void)msg2_ok(b);
		break;
	}
}

static void
run(struct bench *b, enum op op, const uint8_t *p, size_t n)
{
	switch (op) {
	case OP_RAW:
		raw(b, p, n);
		break;
	case OP_MSG1:
		msg1(b);
		change(&b->out, p, n);
		give(b);
		break;
	case OP_MSG3:
		msg3(b);
		give(b);
		break;
	case OP_GROUP1:
		group1(b);
		give(b);
		break;
	case OP_DATA3:
		tail(b, INFO_MSG3, p, n);
		break;
	case OP_DATA_GROUP:
		tail(b, INFO_GROUP1, p, n);
		break;
	case OP_SIGNED:
		msg3(b);
		change(&b->out, p, n);
		sign(b, &b->out);
		give(b);
		break;
	case OP_CHANGED:
		change(&b->out, p, n);
		give(b);
		break;
	default:
		others(b, op, p, n);
		break;
	}
}

static void
conversation(const uint8_t *p, size_t len, bool sha256)
{
	struct bench b;

	if (sha256)
		bench_new_sha256(&b);
	else
		bench_new(&b, "passphrase");
	while (len >= 2 && b.nsent < BENCH_FRAMES - 1 && b.nkeys < BENCH_KEYS - 2) {
		size_t n = p[1] < len - 2 ? p[1] : len - 2;

		run(&b, p[0] % OPS, p + 2, n);
		check(&b);
		p += 2 + n;
		len -= 2 + n;
	}
	bench_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1)
		return 0;
	switch (data[0] % 8) {
	case 0:
		elements(data + 1, len - 1);
		break;
	case 1:
		protected_frame(data + 1, len - 1);
		break;
	default:
		conversation(data + 1, len - 1, data[0] % 8 == 2);
		break;
	}
	return 0;
}
