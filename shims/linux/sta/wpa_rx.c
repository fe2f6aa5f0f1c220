/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wpa_rx.c - the handshakes: messages 1 and 3 of the 4-way handshake, message 1 of the group
 * key handshake, and what they are answered (IEEE 802.11-2016, 12.7.6, 12.7.7).
 *
 * Three rules keep a replayed or forged message from doing harm. A replay counter counts once a
 * right MIC came with it, and then only higher ones are heard. The PTK is made anew from the
 * nonces of message 3, so that a forged message 1 before it changes nothing. A key that is in
 * place is never put in place again, which would start its packet numbers over.
 */
#include <errno.h>
#include <string.h>

#include "shims/linux/sta/crypt.h"
#include "shims/linux/sta/wpa_int.h"

#define KINDS	(EAPOL_PAIRWISE | EAPOL_INSTALL | EAPOL_ACK | EAPOL_MIC | EAPOL_SECURE | \
		EAPOL_ERROR | EAPOL_REQUEST | EAPOL_ENCRYPTED | EAPOL_SMK)
#define MSG1	(EAPOL_PAIRWISE | EAPOL_ACK)
#define MSG2	(EAPOL_PAIRWISE | EAPOL_MIC)
#define MSG3	(EAPOL_PAIRWISE | EAPOL_INSTALL | EAPOL_ACK | EAPOL_MIC | EAPOL_SECURE | \
		EAPOL_ENCRYPTED)
#define MSG4	(EAPOL_PAIRWISE | EAPOL_MIC | EAPOL_SECURE)
#define GROUP1	(EAPOL_ACK | EAPOL_MIC | EAPOL_SECURE | EAPOL_ENCRYPTED)
#define GROUP2	(EAPOL_MIC | EAPOL_SECURE)

/* The PTK of a nonce of the access point and the one of ours that is in use (12.7.1.3). */
static int
derive(const struct wpa *w, const uint8_t anonce[WPA_NONCE_LEN], struct wpa_ptk *ptk)
{
	const struct wpa_association *a = &w->a;
	uint8_t context[2 * 6 + 2 * WPA_NONCE_LEN];
	bool own_first = memcmp(a->own, a->bssid, 6) < 0;
	bool snonce_first = memcmp(a->snonce, anonce, WPA_NONCE_LEN) < 0;

	memcpy(context, own_first ? a->own : a->bssid, 6);
	memcpy(context + 6, own_first ? a->bssid : a->own, 6);
	memcpy(context + 12, snonce_first ? a->snonce : anonce, WPA_NONCE_LEN);
	memcpy(context + 44, snonce_first ? anonce : a->snonce, WPA_NONCE_LEN);
	return crypt_prf(a->sha256, a->pmk, WPA_PMK_LEN, "Pairwise key expansion", context,
	    sizeof(context), (uint8_t *)ptk, sizeof(*ptk));
}

static void
answer(struct wpa *w, const struct eapol_key *k, unsigned kind, const uint8_t *nonce,
    const uint8_t *data, size_t data_len, const struct wpa_ptk *ptk, bool protect)
{
	uint8_t frame[EAPOL_OFF_DATA + RSN_IE_LEN];
	size_t len = eapol_build(frame, sizeof(frame), kind | (k->info & EAPOL_VERSION),
	    k->replay, nonce, data, data_len, ptk->kck);

	if (len > 0)
		w->ops->send(w->arg, frame, len, protect && w->a.ptk_valid);
}

/* ---- message 1 -------------------------------------------------------------------------- */

/* Nobody can know whether it is genuine: it gets an answer, and starts no more than a handshake. */
static void
message_1(struct wpa *w, const struct eapol_key *k, bool protected, uint64_t now)
{
	struct wpa_association *a = &w->a;
	struct wpa_ptk ptk;

	if (!a->running && wpa_random(w, a->snonce, sizeof(a->snonce)) != 0) {
		wpa_fail(w, WPA_REASON_UNSPECIFIED, "no random numbers for the WPA2 handshake");
		return;
	}
	a->running = true;
	if (a->state == WPA_WAIT_1) {
		a->state = WPA_WAIT_3;
		a->deadline = now + WPA_TIMEOUT_NS;
	}
	if (derive(w, k->nonce, &ptk) == 0) {
		a->msg2++;
		answer(w, k, MSG2 | (k->info & EAPOL_SECURE), a->snonce, a->own_ie, RSN_IE_LEN,
		    &ptk, protected);
	}
	crypt_wipe(&ptk, sizeof(ptk));
}

/* ---- putting keys in place -------------------------------------------------------------- */

/* False: the association is over, or another one. */
static bool
set_key(struct wpa *w, struct wpa_key *key)
{
	uint64_t epoch = w->epoch;
	bool group = key->group;
	int error = w->ops->set_key(w->arg, key);

	crypt_wipe(key, sizeof(*key));
	if (w->epoch != epoch)
		return false;
	if (error != 0)
		wpa_fail(w, WPA_REASON_UNSPECIFIED, "the %s key could not be put in place: %s",
		    group ? "group" : "pairwise", strerror(error));
	return error == 0;
}

static bool
set_ptk(struct wpa *w, const struct eapol_key *k, const struct wpa_ptk *ptk)
{
	struct wpa_association *a = &w->a;
	struct wpa_key key = { .group = false };

	if (a->ptk_valid && crypt_same(&a->ptk, ptk, sizeof(*ptk))) {
		w->counts.reinstalls++;
		return true;
	}
	a->ptk = *ptk;
	memcpy(a->anonce, k->nonce, sizeof(a->anonce));
	a->ptk_valid = true;
	a->running = false;
	memcpy(key.tk, ptk->tk, sizeof(key.tk));
	return set_key(w, &key);
}

static bool
have_gtk(const struct wpa *w, const uint8_t *gtk)
{
	for (unsigned i = 0; i < WPA_NGTK; i++)
		if (w->a.gtk_valid[i] && crypt_same(w->a.gtk[i], gtk, WPA_TK_LEN))
			return true;
	return false;
}

static bool
set_gtk(struct wpa *w, const struct eapol_kdes *kdes, uint64_t rsc)
{
	struct wpa_key key = { .group = true, .id = kdes->gtk_id, .rsc = rsc };

	if (have_gtk(w, kdes->gtk)) {
		w->counts.reinstalls++;
		return true;
	}
	memcpy(w->a.gtk[key.id], kdes->gtk, WPA_TK_LEN);
	w->a.gtk_valid[key.id] = true;
	memcpy(key.tk, kdes->gtk, WPA_TK_LEN);
	return set_key(w, &key);
}

/* A group key that the access point vouches for has to be one. */
static bool
check_gtk(struct wpa *w, const struct eapol_kdes *kdes)
{
	if (kdes->gtk == NULL)
		wpa_fail(w, WPA_REASON_INVALID_IE,
		    "the access point's handshake brings no group key");
	else if (kdes->gtk_len != WPA_TK_LEN)
		wpa_fail(w, WPA_REASON_INVALID_IE, "the access point's group key has %zu octets, "
		    "CCMP has 16; set the access point to AES (CCMP) only", kdes->gtk_len);
	else if (kdes->gtk_id == 0)
		wpa_fail(w, WPA_REASON_INVALID_IE, "the access point's group key has key ID 0, "
		    "which is the pairwise key's");
	else
		return true;
	return false;
}

/* ---- message 3 -------------------------------------------------------------------------- */

/* Which PTK is it made with: the one in place (it is repeated), or that of a running handshake? */
static bool
find_ptk(const struct wpa *w, const struct eapol_key *k, struct wpa_ptk *ptk)
{
	const struct wpa_association *a = &w->a;

	if (a->ptk_valid && memcmp(k->nonce, a->anonce, WPA_NONCE_LEN) == 0) {
		*ptk = a->ptk;
		if (eapol_mic_ok(k, ptk->kck))
			return true;
	}
	return a->running && derive(w, k->nonce, ptk) == 0 && eapol_mic_ok(k, ptk->kck);
}

/* The network is secured as its beacon said (12.7.6.4): nobody forged a weaker one. */
static bool
check_rsn(struct wpa *w, const struct eapol_key *k, const struct eapol_kdes *kdes)
{
	const struct wpa_association *a = &w->a;

	if (kdes->rsn == NULL || kdes->rsn_len != a->ap_ie_len ||
	    memcmp(kdes->rsn, a->ap_ie, a->ap_ie_len) != 0)
		wpa_fail(w, WPA_REASON_IE_DIFFERS, "the RSN element of the handshake is not that "
		    "of the beacon: somebody forged the beacon, or the access point was set up "
		    "anew; scan again");
	else if (kdes->rsn2 != NULL)
		wpa_fail(w, WPA_REASON_IE_DIFFERS, "the access point wants another pairwise "
		    "cipher than it offered");
	else if (k->key_len != WPA_TK_LEN)
		wpa_fail(w, WPA_REASON_INVALID_IE, "the access point's pairwise key has %u "
		    "octets, CCMP has 16", k->key_len);
	else
		return true;
	return false;
}

static void
finish(struct wpa *w)
{
	bool first = w->a.state != WPA_DONE;

	w->a.state = WPA_DONE;
	w->a.deadline = UINT64_MAX;
	w->a.msg2 = 0;
	w->counts.handshakes++;
	if (first) {
		w->ops->done(w->arg);
		return;
	}
	w->counts.pairwise_rekeys++;
	wpa_note(w, "the pairwise key was renewed");
}

/* The answer goes out with the key that is in place; only then comes the new one (12.7.6.5). */
static void
take_keys(struct wpa *w, const struct eapol_key *k, const struct eapol_kdes *kdes,
    const struct wpa_ptk *ptk, bool protected)
{
	bool again = w->a.ptk_valid && crypt_same(&w->a.ptk, ptk, sizeof(*ptk));
	uint64_t epoch = w->epoch;

	answer(w, k, MSG4, NULL, NULL, 0, ptk, protected);
	if (w->epoch == epoch && set_ptk(w, k, ptk) && set_gtk(w, kdes, k->rsc) && !again)
		finish(w);
}

/* Key data that a right MIC is over, decrypted into `data`, which has EAPOL_FRAME_MAX octets. */
static bool
open_data(struct wpa *w, const struct eapol_key *k, const uint8_t kek[16], uint8_t *data,
    struct eapol_kdes *kdes)
{
	if (crypt_unwrap(kek, k->data, k->data_len, data) != 0) {
		wpa_drop(w, "its key data cannot be decrypted");
		return false;
	}
	if (!eapol_kdes(kdes, data, k->data_len - CRYPT_WRAP_EXTRA)) {
		wpa_drop(w, "its key data is malformed");
		return false;
	}
	return true;
}

static void
heard(struct wpa *w, const struct eapol_key *k)
{
	w->a.replay = k->replay;
	w->a.replay_valid = true;
}

static void
bad_mic(struct wpa *w)
{
	w->counts.bad_mic++;
	wpa_drop(w, "its MIC is wrong");
}

static void
message_3(struct wpa *w, const struct eapol_key *k, bool protected)
{
	uint8_t data[EAPOL_FRAME_MAX];
	struct eapol_kdes kdes;
	struct wpa_ptk ptk;

	if (!find_ptk(w, k, &ptk)) {
		bad_mic(w);
	} else {
		heard(w, k);
		w->refused = 0;			/* the passphrase is right */
		if (open_data(w, k, ptk.kek, data, &kdes) && check_rsn(w, k, &kdes) &&
		    check_gtk(w, &kdes))
			take_keys(w, k, &kdes, &ptk, protected);
	}
	crypt_wipe(data, sizeof(data));
	crypt_wipe(&ptk, sizeof(ptk));
}

/* ---- the group key handshake ------------------------------------------------------------ */

static void
take_group(struct wpa *w, const struct eapol_key *k, const struct eapol_kdes *kdes,
    bool protected)
{
	bool again = have_gtk(w, kdes->gtk);

	if (!set_gtk(w, kdes, k->rsc))
		return;
	answer(w, k, GROUP2, NULL, NULL, 0, &w->a.ptk, protected);
	if (again)
		return;
	w->counts.group_rekeys++;
	wpa_note(w, "the group key was renewed");
}

static void
group_1(struct wpa *w, const struct eapol_key *k, bool protected)
{
	uint8_t data[EAPOL_FRAME_MAX];
	struct eapol_kdes kdes;

	if (w->a.state != WPA_DONE) {
		wpa_drop(w, "a group key before the pairwise one");
		return;
	}
	if (!eapol_mic_ok(k, w->a.ptk.kck)) {
		bad_mic(w);
		return;
	}
	heard(w, k);
	if (open_data(w, k, w->a.ptk.kek, data, &kdes) && check_gtk(w, &kdes))
		take_group(w, k, &kdes, protected);
	crypt_wipe(data, sizeof(data));
}

/* ---- which message is it ---------------------------------------------------------------- */

void
wpa_message(struct wpa *w, const struct eapol_key *k, bool protected, uint64_t now)
{
	unsigned version = w->a.sha256 ? EAPOL_V_CMAC_AES : EAPOL_V_SHA1_AES;
	unsigned kind = k->info & KINDS;

	if ((k->info & EAPOL_VERSION) != version) {
		wpa_drop(w, "its key descriptor version is not that of the network");
	} else if (w->a.replay_valid && k->replay <= w->a.replay) {
		w->counts.replayed++;
		wpa_drop(w, "its replay counter was there before");
	} else if ((kind & ~EAPOL_SECURE) == MSG1) {
		message_1(w, k, protected, now);
	} else if (kind == MSG3) {
		message_3(w, k, protected);
	} else if ((kind & ~EAPOL_INSTALL) == GROUP1) {
		group_1(w, k, protected);
	} else {
		wpa_drop(w, "it is no message of a handshake");
	}
}
