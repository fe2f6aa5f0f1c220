/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wpa.c - WPA2-PSK as authenticator: 4-way handshake, group key handshake, rekeying
 * (IEEE 802.11-2016, 12.7.6 and 12.7.7; EAPOL-Key frames 12.7.2, key descriptor version 2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "tools/sim/ap/ap.h"

#define MAX_TRIES	4u
#define ANSWER_US	1000000u	/* generous: a station may be an emulated machine */
#define ETH_HDR		14u
#define KEY_LEN		95u		/* of an EAPOL-Key frame after its 4-byte header */
#define MIN_EAPOL	(4u + KEY_LEN)
#define MAX_KEYDATA	256u

/* Offsets in an EAPOL frame. */
enum {
	OFF_VERSION = 0, OFF_TYPE = 1, OFF_LEN = 2, OFF_DESC = 4, OFF_INFO = 5, OFF_KEYLEN = 7,
	OFF_REPLAY = 9, OFF_NONCE = 17, OFF_RSC = 65, OFF_MIC = 81, OFF_DATALEN = 97, OFF_DATA = 99,
};

#define EAPOL_VERSION	2u
#define EAPOL_KEY	3u
#define DESC_RSN	2u

#define INFO_VERSION	0x0007u
#define INFO_V2		0x0002u		/* HMAC-SHA1 and AES key wrap */
#define INFO_PAIRWISE	0x0008u
#define INFO_INSTALL	0x0040u
#define INFO_ACK	0x0080u
#define INFO_MIC	0x0100u
#define INFO_SECURE	0x0200u
#define INFO_ERROR	0x0400u
#define INFO_REQUEST	0x0800u
#define INFO_ENCRYPTED	0x1000u

static void
put_be64(uint8_t *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t
get_be64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* ---- keys of the access point ----------------------------------------------------------- */

static int
new_group_key(struct ap *ap, unsigned i)
{
	if (ap_random(ap->gtk[i], AP_TK_LEN) != 0)
		return EIO;
	ccmp_free(ap->group_key[i]);
	ap->group_key[i] = ccmp_new(ap->gtk[i], (uint8_t)(i + 1));
	return ap->group_key[i] != NULL ? 0 : ENOMEM;
}

int
wpa_init(struct ap *ap, char *errmsg, size_t len)
{
	int error;

	ap->rsn = ap->conf.psk[0] != '\0';
	if (!ap->rsn)
		return 0;
	error = ap_pmk(ap->conf.psk, ap->conf.ssid, ap->conf.ssid_len, ap->pmk);
	if (error == 0)
		error = new_group_key(ap, 0);
	if (error != 0)
		snprintf(errmsg, len, "%s: keys: %s", ap->conf.name, error == EINVAL ?
		    "a passphrase has 8 to 63 printable characters, a key 64 hexadecimal digits" :
		    strerror(error));
	return error;
}

void
wpa_free(struct ap *ap)
{
	ccmp_free(ap->group_key[0]);
	ccmp_free(ap->group_key[1]);
	OPENSSL_cleanse(ap->pmk, sizeof(ap->pmk));
	OPENSSL_cleanse(ap->gtk, sizeof(ap->gtk));
}

enum ap_status
wpa_check_ie(const struct ap *ap, const struct dot11_ie *ie)
{
	struct dot11_rsn rsn;

	(void)ap;
	if (dot11_rsn_parse(ie, &rsn) != 0)
		return STATUS_INVALID_IE;
	if (rsn.version != 1)
		return STATUS_RSN_VERSION;
	if (rsn.group != DOT11_CIPHER_CCMP)
		return STATUS_INVALID_GROUP;
	if (rsn.npairwise != 1 || rsn.pairwise[0] != DOT11_CIPHER_CCMP)
		return STATUS_INVALID_PAIRWISE;
	if (rsn.nakm != 1 || rsn.akm[0] != DOT11_AKM_PSK)
		return STATUS_INVALID_AKM;
	return STATUS_OK;
}

/* ---- sending ---------------------------------------------------------------------------- */

/* Key data: the RSN element for message 3, the group key, padding; returns its length. */
static size_t
key_data(const struct ap *ap, bool with_rsn, uint8_t out[MAX_KEYDATA])
{
	static const uint8_t gtk_kde[6] = { 0xdd, 22, 0x00, 0x0f, 0xac, 0x01 };
	struct dot11_buf b = { .p = out, .cap = MAX_KEYDATA };

	if (with_rsn)
		ie_rsn(&b);
	dot11_put(&b, gtk_kde, sizeof(gtk_kde));
	dot11_put8(&b, (uint8_t)(ap->gtk_given + 1));
	dot11_put8(&b, 0);
	dot11_put(&b, ap->gtk[ap->gtk_given], AP_TK_LEN);
	if (b.len % 8 != 0 || b.len < 16)
		dot11_put8(&b, 0xdd);
	while (b.len % 8 != 0 || b.len < 16)
		dot11_put8(&b, 0);
	return b.len;
}

static int
add_key_data(struct sta *sta, bool with_rsn, uint8_t *eapol, size_t *len)
{
	uint8_t data[MAX_KEYDATA];
	size_t n = key_data(sta->ap, with_rsn, data);
	uint64_t pn = ccmp_tx_pn(sta->ap->group_key[sta->ap->gtk_given]);

	for (unsigned i = 0; i < 6; i++)
		eapol[OFF_RSC + i] = (uint8_t)(pn >> (8 * i));
	put_be16(eapol + OFF_DATALEN, (unsigned)(n + AP_WRAP_EXTRA));
	*len += n + AP_WRAP_EXTRA;
	return ap_wrap(sta->wpa.ptk + AP_KEK, data, n, eapol + OFF_DATA);
}

static void
send_key(struct sta *sta, unsigned info)
{
	struct wpa_sta *w = &sta->wpa;
	struct pkt *p = pkt_new(sta->ap, sta, ETH_HDR + MIN_EAPOL + MAX_KEYDATA);
	size_t len = MIN_EAPOL;
	uint8_t *e;

	if (p == NULL)
		return;
	memset(p->data, 0, p->cap);
	memcpy(p->data, sta->addr, 6);
	memcpy(p->data + 6, sta->ap->conf.bssid, 6);
	put_be16(p->data + 12, 0x888e);
	e = p->data + ETH_HDR;
	e[OFF_VERSION] = EAPOL_VERSION;
	e[OFF_TYPE] = EAPOL_KEY;
	e[OFF_DESC] = DESC_RSN;
	put_be16(e + OFF_INFO, info | INFO_V2);
	put_be16(e + OFF_KEYLEN, (info & INFO_PAIRWISE) != 0 ? AP_TK_LEN : 0);
	put_be64(e + OFF_REPLAY, ++w->rc);
	if ((info & INFO_PAIRWISE) != 0)
		memcpy(e + OFF_NONCE, w->anonce, AP_NONCE_LEN);
	if ((info & INFO_ENCRYPTED) != 0 &&
	    add_key_data(sta, (info & INFO_PAIRWISE) != 0, e, &len) != 0) {
		free(p);
		return;
	}
	put_be16(e + OFF_LEN, (unsigned)(len - 4));
	if ((info & INFO_MIC) != 0)
		ap_mic(w->ptk + AP_KCK, e, len, e + OFF_MIC);
	p->len = ETH_HDR + len;
	p->tid = sta->wmm ? 7 : 0;
	p->plain = sta->key == NULL;
	tx_queue(p);
}

#define MSG1	(INFO_PAIRWISE | INFO_ACK)
#define MSG3	(INFO_PAIRWISE | INFO_ACK | INFO_INSTALL | INFO_MIC | INFO_SECURE | INFO_ENCRYPTED)
#define GROUP1	(INFO_ACK | INFO_MIC | INFO_SECURE | INFO_ENCRYPTED)

/* Sends what the state waits an answer for: the first time, or again. */
static void
send_state(struct sta *sta, bool first)
{
	struct wpa_sta *w = &sta->wpa;

	if (first) {
		w->rc_first = w->rc + 1;
		w->tries = 0;
	}
	w->tries++;
	if (w->state == WPA_WAIT_M2)
		send_key(sta, MSG1);
	else if (w->state == WPA_WAIT_M4)
		send_key(sta, MSG3);
	else
		send_key(sta, GROUP1);
	timer_in(sta->ap->d, &w->timer, ANSWER_US);
}

static void
failed(struct sta *sta, enum ap_reason reason, const char *cause)
{
	struct ap *ap = sta->ap;

	ap_event(ap, "handshake", "{s:s,s:b,s:s}", "sta", mac_text(sta->addr), "ok", 0,
	    "cause", cause);
	mgmt_deauth(ap, sta->addr, reason, cause);
}

static void
group_rekey_step(struct ap *ap);

static void
no_answer(void *arg)
{
	struct sta *sta = arg;
	struct wpa_sta *w = &sta->wpa;
	struct ap *ap = sta->ap;

	if (w->tries < MAX_TRIES) {
		send_state(sta, false);
	} else if (w->state == WPA_WAIT_G2) {
		failed(sta, REASON_GROUP_HANDSHAKE, "no answer to the group key");
		group_rekey_step(ap);
	} else {
		failed(sta, REASON_HANDSHAKE, w->mic_failed ?
		    "the passphrases differ (MIC of message 2 is wrong)" :
		    w->state == WPA_WAIT_M2 ? "no answer to message 1" :
		    "no answer to message 3");
	}
}

void
wpa_start(struct sta *sta)
{
	struct wpa_sta *w = &sta->wpa;

	timer_stop(&w->timer);
	timer_init(&w->timer, no_answer, sta);
	if (ap_random(w->anonce, sizeof(w->anonce)) != 0) {
		failed(sta, REASON_UNSPECIFIED, "no random numbers");
		return;
	}
	w->mic_failed = false;
	w->rekey = sta->key != NULL;
	w->state = WPA_WAIT_M2;
	send_state(sta, true);
}

void
wpa_stop(struct sta *sta)
{
	struct wpa_sta *w = &sta->wpa;
	bool group = w->state == WPA_WAIT_G2;

	timer_stop(&w->timer);
	OPENSSL_cleanse(w->ptk, sizeof(w->ptk));
	w->state = WPA_NONE;
	w->rc = 0;
	if (group)
		group_rekey_step(sta->ap);
}

/* ---- receiving -------------------------------------------------------------------------- */

static bool
mic_is_right(const uint8_t kck[16], const uint8_t *eapol, size_t len)
{
	uint8_t copy[512], mic[AP_MIC_LEN];

	if (len > sizeof(copy))
		return false;
	memcpy(copy, eapol, len);
	memset(copy + OFF_MIC, 0, AP_MIC_LEN);
	return ap_mic(kck, copy, len, mic) == 0 &&
	    CRYPTO_memcmp(mic, eapol + OFF_MIC, AP_MIC_LEN) == 0;
}

static bool
same_rsn(const struct sta *sta, const uint8_t *data, size_t len)
{
	struct dot11_ie ie;

	return dot11_ie_find(data, len, DOT11_IE_RSN, &ie) && 2u + ie.len == sta->rsn_len &&
	    memcmp(ie.data, sta->rsn + 2, ie.len) == 0;
}

static void
message_2(struct sta *sta, const uint8_t *e, size_t len, size_t data_len)
{
	struct wpa_sta *w = &sta->wpa;
	uint8_t ptk[AP_PTK_LEN];

	if (ap_ptk(sta->ap->pmk, sta->ap->conf.bssid, sta->addr, w->anonce, e + OFF_NONCE,
	    ptk) != 0)
		return;
	if (!mic_is_right(ptk + AP_KCK, e, len)) {
		if (!w->mic_failed)
			ap_event(sta->ap, "passphrase", "{s:s,s:s}", "sta",
			    mac_text(sta->addr), "cause",
			    "MIC of message 2 is wrong: the station has another passphrase");
		w->mic_failed = true;
		return;
	}
	if (!same_rsn(sta, e + OFF_DATA, data_len)) {
		failed(sta, REASON_IE_DIFFERS,
		    "the RSN element of message 2 is not that of the association");
		return;
	}
	memcpy(w->ptk, ptk, sizeof(ptk));
	w->mic_failed = false;
	w->state = WPA_WAIT_M4;
	send_state(sta, true);
}

static void
message_4(struct sta *sta)
{
	struct wpa_sta *w = &sta->wpa;
	struct ccmp_key *key = ccmp_new(w->ptk + AP_TK, 0);

	timer_stop(&w->timer);
	if (key == NULL) {
		failed(sta, REASON_UNSPECIFIED, "no memory for the key");
		return;
	}
	ccmp_free(sta->key);
	sta->key = key;
	w->state = WPA_DONE;
	ap_event(sta->ap, "handshake", "{s:s,s:b,s:b}", "sta", mac_text(sta->addr),
	    "ok", 1, "rekey", w->rekey);
	ap_event(sta->ap, "key", "{s:s,s:s,s:s}", "sta", mac_text(sta->addr), "kind",
	    "pairwise", "cipher", "ccmp");
	if (sta->state != STA_READY)
		sta_ready(sta);
}

static void
group_2(struct sta *sta)
{
	timer_stop(&sta->wpa.timer);
	sta->wpa.state = WPA_DONE;
	group_rekey_step(sta->ap);
}

/* The station asks for new keys. */
static void
request(struct sta *sta, const uint8_t *e, size_t len)
{
	if (sta->wpa.state != WPA_DONE || !mic_is_right(sta->wpa.ptk + AP_KCK, e, len))
		return;
	if ((be16(e + OFF_INFO) & INFO_PAIRWISE) != 0)
		wpa_rekey_pairwise(sta);
	else
		wpa_rekey_group(sta->ap);
}

/*
 * Encrypted or not: MIC and replay counter protect these frames, and wpa_supplicant sends
 * message 4 of a renewed key in the clear.
 */
void
wpa_rx(struct sta *sta, const uint8_t *e, size_t len)
{
	struct wpa_sta *w = &sta->wpa;
	size_t data_len, whole;
	unsigned info;
	uint64_t rc;

	if (!sta->ap->rsn || len < MIN_EAPOL || e[OFF_TYPE] != EAPOL_KEY ||
	    e[OFF_DESC] != DESC_RSN)
		return;
	whole = 4 + be16(e + OFF_LEN);
	data_len = be16(e + OFF_DATALEN);
	info = be16(e + OFF_INFO);
	rc = get_be64(e + OFF_REPLAY);
	if (whole < MIN_EAPOL || whole > len || data_len > whole - MIN_EAPOL ||
	    (info & INFO_VERSION) != INFO_V2 || (info & INFO_ACK) != 0 || (info & INFO_MIC) == 0)
		return;
	if ((info & INFO_REQUEST) != 0) {
		request(sta, e, whole);
		return;
	}
	if (rc < w->rc_first || rc > w->rc)
		return;
	if (w->state == WPA_WAIT_M2) {
		if ((info & INFO_PAIRWISE) != 0)
			message_2(sta, e, whole, data_len);
	} else if (w->state != WPA_NONE && !mic_is_right(w->ptk + AP_KCK, e, whole)) {
		sta->ap->bad_frames++;
	} else if (w->state == WPA_WAIT_M4) {
		if ((info & INFO_PAIRWISE) != 0 && data_len == 0)
			message_4(sta);
	} else if (w->state == WPA_WAIT_G2 && (info & INFO_PAIRWISE) == 0) {
		group_2(sta);
	}
}

/* ---- new keys --------------------------------------------------------------------------- */

/* The new group key is used once all stations have it; then comes the next that was asked for. */
static void
group_rekey_step(struct ap *ap)
{
	struct sta *sta;

	if (ap->gtk_given == ap->gtk_now)
		return;
	TAILQ_FOREACH(sta, &ap->stas, link)
		if (sta->wpa.state == WPA_WAIT_G2)
			return;
	ap->gtk_now = ap->gtk_given;
	ap_event(ap, "key", "{s:s,s:i}", "kind", "group", "id", (int)ap->gtk_now + 1);
	if (ap->gtk_due)
		wpa_rekey_group(ap);
}

void
wpa_rekey_group(struct ap *ap)
{
	struct sta *sta;

	ap->gtk_due = ap->gtk_given != ap->gtk_now;
	if (!ap->rsn || ap->gtk_due || new_group_key(ap, 1 - ap->gtk_now) != 0)
		return;
	ap->gtk_given = 1 - ap->gtk_now;
	TAILQ_FOREACH(sta, &ap->stas, link) {
		if (sta->state != STA_READY || sta->wpa.state != WPA_DONE)
			continue;
		sta->wpa.state = WPA_WAIT_G2;
		send_state(sta, true);
	}
	group_rekey_step(ap);
}

void
wpa_rekey_pairwise(struct sta *sta)
{
	if (sta->ap->rsn && sta->state == STA_READY && sta->wpa.state == WPA_DONE)
		wpa_start(sta);
}
