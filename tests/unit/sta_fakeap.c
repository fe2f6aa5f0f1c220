/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_fakeap.c - an access point of sta_world.h: beacons, answers, the authenticator of
 * sta_auth.h, encryption.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sta_world.h"

#define GROUP_PN	0x010203040506u		/* rsc of sta_auth.c */

struct buf {
	uint8_t	p[1024];
	size_t	len;
};

static void
put(struct buf *b, const void *p, size_t n)
{
	if (b->len + n > sizeof(b->p))
		abort();
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

static void
put_ie(struct buf *b, uint8_t id, const void *p, uint8_t n)
{
	put(b, &id, 1);
	put(b, &n, 1);
	put(b, p, n);
}

static void
head(struct buf *b, struct fakeap *ap, uint8_t kind, const uint8_t *to)
{
	b->len = DOT11_HDR_LEN;
	dot11_put_hdr(b->p, kind, 0, to, ap->bssid, ap->bssid);
}

static void
put_ht(struct buf *b, struct fakeap *ap)
{
	uint8_t cap[26] = { 0x6e, 0x00, 0x17, 0xff, 0xff }, op[22] = { ap->chan };

	if (!ap->ht)
		return;
	if (!ap->wide)
		cap[0] &= (uint8_t)~0x02;
	op[1] = ap->wide ? 0x05 : 0;
	op[2] = ap->htprot;
	put_ie(b, DOT11_IE_HTCAP, cap, sizeof(cap));
	put_ie(b, DOT11_IE_HTOP, op, sizeof(op));
}

static void
put_wmm(struct buf *b, struct fakeap *ap)
{
	uint8_t wmm[24] = { 0x00, 0x50, 0xf2, 2, 1, 1, 0, 0,
	    0x03, 0xa4, 0, 0, 0x27, 0xa4, 0, 0, 0x42, 0x43, 94, 0, 0x62, 0x32, 47, 0 };

	if (!ap->qos)
		return;
	wmm[20] = (uint8_t)(0x60 | ap->vo_aifsn | (ap->acm_vo ? 0x10 : 0));
	put_ie(b, DOT11_IE_VENDOR, wmm, sizeof(wmm));
}

static void
put_rates(struct buf *b, struct fakeap *ap)
{
	static const uint8_t cck[] = { 0x82, 0x84, 0x8b, 0x96 };
	static const uint8_t ofdm[] = { 0x8c, 18, 0x98, 36, 0xb0, 72, 96, 108 };

	if (ap->b_only)
		put_ie(b, DOT11_IE_RATES, cck, sizeof(cck));
	else
		put_ie(b, DOT11_IE_RATES, ofdm, sizeof(ofdm));
}

static void
beacon(struct world *w, struct fakeap *ap, uint8_t kind, bool named)
{
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	uint8_t fixed[12] = { 0 }, tim[4] = { 0, ap->dtim, 0, 0 };
	uint8_t csa[3] = { ap->csa.quiet, ap->csa.chan, ap->csa.count };
	struct buf b;

	head(&b, ap, kind, kind == DOT11_BEACON ? all : w->caps.mac);
	dot11_put16(fixed + 8, 100);
	dot11_put16(fixed + 10, ap->capinfo | (ap->secure ? DOT11_CAP_PRIVACY : 0));
	put(&b, fixed, sizeof(fixed));
	put_ie(&b, DOT11_IE_SSID, ap->ssid, named ? ap->ssid_len : 0);
	put_rates(&b, ap);
	put_ie(&b, DOT11_IE_DS, &ap->chan, 1);
	if (kind == DOT11_BEACON)
		put_ie(&b, DOT11_IE_TIM, tim, sizeof(tim));
	if (ap->csa.on)
		put_ie(&b, DOT11_IE_CSA, csa, sizeof(csa));
	put_ie(&b, DOT11_IE_ERP, &ap->erp, 1);
	if (ap->secure)
		put(&b, ap->auth.rsn, ap->auth.rsn_len);
	put_ht(&b, ap);
	put_wmm(&b, ap);
	world_air(w, ap, b.p, b.len, 0);
}

void
world_beacon(struct world *w, struct fakeap *ap)
{
	beacon(w, ap, DOT11_BEACON, !ap->hidden);
}

void
fakeap_probe_resp(struct world *w, struct fakeap *ap, bool named)
{
	beacon(w, ap, DOT11_PROBE_RESP, named);
}

void
world_bye(struct world *w, struct fakeap *ap, uint8_t kind, uint16_t reason)
{
	uint8_t frame[MGMT_MAX];
	size_t len = mgmt_bye(frame, kind, ap->bssid, w->caps.mac, reason);

	memcpy(frame + 16, ap->bssid, 6);
	world_air(w, ap, frame, len, 0);
}

void
world_ba(struct world *w, struct fakeap *ap, const struct mgmt_ba *ba)
{
	uint8_t frame[MGMT_MAX];
	size_t len = mgmt_ba(frame, ap->bssid, w->caps.mac, ba);

	memcpy(frame + 16, ap->bssid, 6);
	world_air(w, ap, frame, len, 0);
}

/* ---- data ---- */

static struct ccmp_key *
key_of(struct fakeap *ap, const struct fakedata *d)
{
	return dot11_is_group(d->da) ? ap->gtk : ap->tk;
}

/* Encrypt, or leave plain text behind a CCMP header as hardware that decrypts does. */
static unsigned
seal(struct world *w, struct fakeap *ap, const struct fakedata *d, struct buf *b, size_t hdr)
{
	size_t body = b->len - hdr - CCMP_HDR_LEN;
	struct ccmp_key *key = key_of(ap, d);

	ap->pn = d->pn != 0 ? d->pn : ap->pn + 1;
	ccmp_seek(key, ap->pn - 1);
	if (w->hw) {
		uint8_t copy[1024];

		memcpy(copy, b->p, b->len);
		if (ccmp_encrypt(key, copy, hdr, body) != 0)
			abort();
		memcpy(b->p, copy, hdr + CCMP_HDR_LEN);
		return d->bad_mic ? PDK_RX_MICFAIL : PDK_RX_DECRYPTED;
	}
	b->len += CCMP_MIC_LEN;
	if (ccmp_encrypt(key, b->p, hdr, body) != 0)
		abort();
	if (d->bad_mic)
		b->p[b->len - 1] ^= 1;
	return 0;
}

void
world_data(struct world *w, struct fakeap *ap, const struct fakedata *d)
{
	uint8_t qos[2] = { d->tid | (d->amsdu ? DOT11_QOS_AMSDU : 0), 0 }, zero[8] = { 0 };
	bool sealed = ap->secure && !d->clear;
	unsigned flags = 0;
	struct buf b;
	size_t hdr;

	b.len = DOT11_HDR_LEN;
	dot11_put_hdr(b.p, d->qos ? DOT11_QOS_DATA : DOT11_DATA, DOT11_FROMDS |
	    (d->retry ? DOT11_RETRY : 0) | (d->more ? DOT11_MOREFRAG : 0), d->da, ap->bssid,
	    d->sa);
	dot11_put16(b.p + 22, (unsigned)d->seq << 4 | d->frag);
	if (d->qos)
		put(&b, qos, sizeof(qos));
	hdr = b.len;
	if (sealed)
		put(&b, zero, CCMP_HDR_LEN);
	put(&b, d->body, d->len);
	if (sealed)
		flags = seal(w, ap, d, &b, hdr);
	world_air(w, ap, b.p, b.len, flags);
}

/* ---- the authenticator ---- */

static void
send_eapol(struct world *w, struct fakeap *ap, bool clear)
{
	uint8_t body[1032] = { 0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e };
	static uint16_t seq;

	memcpy(body + 8, ap->auth.out.p, ap->auth.out.len);
	world_data(w, ap, &(struct fakedata){ .da = w->caps.mac, .sa = ap->bssid, .body = body,
	    .len = 8 + ap->auth.out.len, .clear = clear, .qos = ap->qos, .tid = 7,
	    .seq = ++seq & 0xfff });
}

static void
keys_in_place(struct fakeap *ap)
{
	ccmp_free(ap->tk);
	ccmp_free(ap->gtk);
	ap->tk = ccmp_new(ap->auth.ptk + 32, 0, 0);
	ap->gtk = ccmp_new(ap->auth.gtk, ap->auth.gtk_id, 0);
	ap->pn = GROUP_PN;		/* one counter for both is enough here */
	ap->handshakes++;
}

static void
eapol(struct world *w, struct fakeap *ap, const uint8_t *p, size_t len)
{
	struct frame *f = &ap->auth.sent[0];

	if (len > sizeof(f->p))
		abort();
	memcpy(f->p, p, len);
	f->len = len;
	ap->auth.nsent = 1;
	if (ap->tk == NULL && (p[5] << 8 | p[6]) == 0x010a) {
		if (msg2_ok(&ap->auth) && !ap->no_msg3) {
			msg3(&ap->auth);
			send_eapol(w, ap, true);
		} else if (!ap->no_msg3)
			world_bye(w, ap, DOT11_DEAUTH, 15);	/* another passphrase */
	} else if (ap->tk == NULL && msg4_ok(&ap->auth))
		keys_in_place(ap);
}

/* ---- what reaches it ---- */

static void
got_auth(struct world *w, struct fakeap *ap)
{
	uint8_t fixed[6] = { 0, 0, 2, 0 };
	struct buf b;

	ap->auths++;
	if (ap->no_auth)
		return;
	head(&b, ap, DOT11_AUTH, w->caps.mac);
	dot11_put16(fixed + 4, ap->auth_status);
	put(&b, fixed, sizeof(fixed));
	world_air(w, ap, b.p, b.len, 0);
}

static void
got_assoc(struct world *w, struct fakeap *ap, const uint8_t *frame, size_t len)
{
	bool re = (frame[0] & DOT11_KIND_MASK) == DOT11_REASSOC_REQ;
	uint8_t fixed[6];
	struct buf b;

	ap->last_assoc_len = len - DOT11_HDR_LEN;
	memcpy(ap->last_assoc, frame + DOT11_HDR_LEN, ap->last_assoc_len);
	if (re)
		memcpy(ap->from, frame + DOT11_HDR_LEN + 4, 6);
	*(re ? &ap->reassocs : &ap->assocs) += 1;
	if (ap->no_assoc)
		return;
	head(&b, ap, re ? DOT11_REASSOC_RESP : DOT11_ASSOC_RESP, w->caps.mac);
	dot11_put16(fixed, ap->capinfo);
	dot11_put16(fixed + 2, ap->assoc_status);
	dot11_put16(fixed + 4, 0xc000u | ap->aid);
	put(&b, fixed, sizeof(fixed));
	put_rates(&b, ap);
	put_ht(&b, ap);
	put_wmm(&b, ap);
	world_air(w, ap, b.p, b.len, 0);
	ccmp_free(ap->tk);
	ap->tk = NULL;
	if (!ap->secure || ap->assoc_status != 0 || ap->no_msg1)
		return;
	new_anonce(&ap->auth);
	msg1(&ap->auth);
	send_eapol(w, ap, true);
}

static void
got_action(struct world *w, struct fakeap *ap, const uint8_t *body, size_t len)
{
	struct mgmt_ba ba;

	if (!mgmt_ba_read(&ba, body, len))
		return;
	ap->last_ba = ba;
	ap->nba++;
	if (ba.action != DOT11_ACT_ADDBA_REQ || ap->mute_ba)
		return;
	ba.action = DOT11_ACT_ADDBA_RESP;
	ba.status = ap->refuse_ba ? DOT11_STATUS_DECLINED : 0;
	ba.window = 32;
	world_ba(w, ap, &ba);
}

static uint64_t
pn_of(const uint8_t *h)
{
	return h[0] | (uint64_t)h[1] << 8 | (uint64_t)h[4] << 16 | (uint64_t)h[5] << 24 |
	    (uint64_t)h[6] << 32 | (uint64_t)h[7] << 40;
}

/* A data frame, as plain text into w->got, or to the authenticator. */
static void
got_data(struct world *w, struct fakeap *ap, const uint8_t *frame, size_t len,
    const struct pdk80211_txinfo *txi)
{
	size_t hdr = ccmp_hdrlen(frame, len), at = hdr;
	bool sealed = (frame[1] & DOT11_PROTECTED) != 0;
	uint8_t copy[1700];
	struct ccmp_frame f;

	if (hdr == 0 || hdr != txi->hdrlen || len > sizeof(copy) || w->ngot == WORLD_HOST)
		abort();
	memcpy(copy, frame, len);
	if (sealed && (txi->flags & PDK_TX_HWENC) != 0)
		at += CCMP_HDR_LEN;
	else if (sealed) {
		if (ap->tk == NULL || ccmp_decrypt(ap->tk, copy, len, &f) != 0) {
			w->unreadable++;
			return;
		}
		at = f.body;
		len = f.body + f.len;
	}
	if (memcmp(copy + at, "\xaa\xaa\x03\0\0\0\x88\x8e", 8) == 0) {
		eapol(w, ap, copy + at + 8, len - at - 8);
		return;
	}
	memcpy(w->got[w->ngot].p, copy, hdr);
	memcpy(w->got[w->ngot].p + hdr, copy + at, len - at);
	w->got[w->ngot].len = hdr + len - at;
	w->got[w->ngot].hdr = hdr;
	w->got[w->ngot].sealed = sealed;
	w->got[w->ngot].pn = at == hdr + CCMP_HDR_LEN ? pn_of(copy + hdr) : 0;
	w->got[w->ngot].tid = txi->tid;
	w->got[w->ngot].ac = txi->ac;
	w->got[w->ngot].flags = txi->flags;
	w->ngot++;
}

void
fakeap_input(struct world *w, struct fakeap *ap, const uint8_t *frame, size_t len,
    const struct pdk80211_txinfo *txi)
{
	switch (frame[0] & DOT11_KIND_MASK) {
	case DOT11_AUTH:
		got_auth(w, ap);
		break;
	case DOT11_ASSOC_REQ:
	case DOT11_REASSOC_REQ:
		got_assoc(w, ap, frame, len);
		break;
	case DOT11_PROBE_REQ:
		ap->probes++;
		fakeap_probe_resp(w, ap, true);
		break;
	case DOT11_DEAUTH:
		ap->byes++;
		ap->bye_reason = dot11_le16(frame + DOT11_HDR_LEN);
		break;
	case DOT11_ACTION:
		got_action(w, ap, frame + DOT11_HDR_LEN, len - DOT11_HDR_LEN);
		break;
	case DOT11_NULL:
		ap->nulls++;
		break;
	default:
		got_data(w, ap, frame, len, txi);
	}
}

void
fakeap_free(struct fakeap *ap)
{
	ccmp_free(ap->tk);
	ccmp_free(ap->gtk);
	bench_free(&ap->auth);
}
