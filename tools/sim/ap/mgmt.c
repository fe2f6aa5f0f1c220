/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mgmt.c - management frames: probe, authentication (open system), association, reassociation,
 * deauthentication, disassociation, action (IEEE 802.11-2016, 9.3.3 and 11.3).
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define MAX_MGMT	512u
#define AID_BITS	0xc000u
#define WMM_TYPE	2u

struct pkt *
mgmt_begin(struct ap *ap, struct sta *sta, const uint8_t da[6], uint16_t kind,
    struct dot11_buf *b)
{
	struct pkt *p = pkt_new(ap, sta, MAX_MGMT);

	if (p == NULL)
		return NULL;
	*b = (struct dot11_buf){ .p = p->data, .cap = p->cap };
	dot11_put_hdr(b, kind, 0, da, ap->conf.bssid, ap->conf.bssid);
	return p;
}

void
mgmt_send(struct pkt *p, struct dot11_buf *b)
{
	p->mpdu = p->lowest = true;
	p->len = b->len;
	tx_urgent(p);
}

/* ---- probe ------------------------------------------------------------------------------ */

static bool
probe_is_for_us(const struct ap *ap, const struct dot11 *f)
{
	struct dot11_ie ssid, ds;

	if (f->ies == NULL || !dot11_ie_find(f->ies, f->ieslen, DOT11_IE_SSID, &ssid))
		return false;
	if (ssid.len == 0 ? ap->conf.hidden : ssid.len != ap->conf.ssid_len ||
	    memcmp(ssid.data, ap->conf.ssid, ssid.len) != 0)
		return false;
	/* Heard from the next channel, but meant for another. */
	if (dot11_ie_find(f->ies, f->ieslen, DOT11_IE_DS, &ds) && ds.len == 1 &&
	    ds.data[0] != ap->conf.channel)
		return false;
	return memcmp(f->addr3, ap->conf.bssid, 6) == 0 || dot11_is_group(f->addr3);
}

static void
probe(struct ap *ap, const struct dot11 *f)
{
	struct dot11_buf b;
	struct pkt *p;

	if (!probe_is_for_us(ap, f) || dot11_is_group(f->addr2))
		return;
	p = mgmt_begin(ap, NULL, f->addr2, DOT11_PROBE_RESP, &b);
	if (p == NULL)
		return;
	dot11_put64(&b, 0);
	dot11_put16(&b, (uint16_t)ap->conf.beacon_interval);
	dot11_put16(&b, beacon_caps(ap));
	beacon_ies(ap, &b, false, false);
	mgmt_send(p, &b);
}

/* ---- authentication --------------------------------------------------------------------- */

static void
auth_answer(struct ap *ap, struct sta *sta, const uint8_t addr[6], uint16_t alg,
    enum ap_status status)
{
	struct dot11_buf b;
	struct pkt *p = mgmt_begin(ap, sta, addr, DOT11_AUTH, &b);

	ap_event(ap, "auth", "{s:s,s:b,s:i}", "sta", mac_text(addr), "ok",
	    status == STATUS_OK, "status", (int)status);
	if (p == NULL)
		return;
	dot11_put16(&b, alg);
	dot11_put16(&b, 2);
	dot11_put16(&b, (uint16_t)status);
	mgmt_send(p, &b);
}

static void
auth(struct ap *ap, const struct dot11 *f, struct sta *sta)
{
	enum ap_status status = STATUS_OK;
	uint16_t alg, seq;

	if (f->bodylen < 6 || (f->fc & DOT11_FC_PROTECTED) != 0)
		return;
	alg = dot11_le16(f->body);
	seq = dot11_le16(f->body + 2);
	if (alg != 0)
		status = STATUS_AUTH_ALG;
	else if (seq != 1)
		status = STATUS_AUTH_SEQ;
	else if (sta == NULL && (sta = sta_new(ap, f->addr2)) == NULL)
		status = STATUS_FULL;
	else
		sta_duplicate(sta, f, STA_MGMT);
	/* Who authenticates has nothing left of an association. */
	if (status == STATUS_OK)
		sta_reset(sta);
	auth_answer(ap, status == STATUS_OK ? sta : NULL, f->addr2, alg, status);
}

/* ---- association ------------------------------------------------------------------------ */

static enum ap_status
take_rsn(struct sta *sta, const struct dot11 *f)
{
	struct dot11_ie ie;

	sta->rsn_len = 0;
	if (!dot11_ie_find(f->ies, f->ieslen, DOT11_IE_RSN, &ie))
		return sta->ap->rsn ? STATUS_INVALID_IE : STATUS_OK;
	if (!sta->ap->rsn)
		return STATUS_OK;
	sta->rsn[0] = ie.id;
	sta->rsn[1] = ie.len;
	memcpy(sta->rsn + 2, ie.data, ie.len);
	sta->rsn_len = 2u + ie.len;
	return wpa_check_ie(sta->ap, &ie);
}

/* QoS Info of its WMM element: bits 0 to 3 VO, VI, BK, BE; bits 5 and 6 the service period. */
static void
take_uapsd(struct sta *sta, const struct dot11_ie *wmm)
{
	static const uint8_t ac[4] = { 3, 2, 1, 0 };
	uint8_t info = sta->ap->conf.uapsd && wmm->len >= 7 ? wmm->data[6] : 0;

	sta->uapsd = 0;
	for (unsigned i = 0; i < 4; i++)
		if ((info >> i & 1) != 0)
			sta->uapsd |= (uint8_t)(1u << ac[i]);
	sta->max_sp = (uint8_t)((info >> 5 & 3) * 2);
}

static enum ap_status
take_request(struct sta *sta, const struct dot11 *f)
{
	struct ap *ap = sta->ap;
	struct dot11_ie ssid, rates, ext = { 0 }, ie;

	if (!dot11_ie_find(f->ies, f->ieslen, DOT11_IE_SSID, &ssid) ||
	    ssid.len != ap->conf.ssid_len || memcmp(ssid.data, ap->conf.ssid, ssid.len) != 0)
		return STATUS_UNSPECIFIED;
	if ((dot11_le16(f->fixed) & DOT11_CAP_ESS) == 0)
		return STATUS_CAPS;
	dot11_ie_find(f->ies, f->ieslen, DOT11_IE_XRATES, &ext);
	if (!dot11_ie_find(f->ies, f->ieslen, DOT11_IE_RATES, &rates) ||
	    !sta_rates(sta, &rates, &ext))
		return STATUS_RATES;
	sta->wmm = ap->conf.wmm && dot11_ie_vendor(f->ies, f->ieslen, DOT11_OUI_MS, WMM_TYPE,
	    &ie);
	sta->uapsd = 0;
	if (sta->wmm)
		take_uapsd(sta, &ie);
	sta->ht = ap->conf.ht && sta->wmm && dot11_ie_find(f->ies, f->ieslen, DOT11_IE_HTCAP,
	    &ie) && ie.len == 26;
	sta->ht40 = sta->ht && ap->conf.ht40 && (ie.data[0] & 0x02) != 0;
	return take_rsn(sta, f);
}

/* The association response was acknowledged, or not. */
static void
answered(struct sta *sta, bool acked)
{
	if (sta->state != STA_ASSOC && sta->state != STA_READY)
		return;
	if (!acked) {
		ap_event(sta->ap, "lost", "{s:s,s:s}", "sta", mac_text(sta->addr),
		    "cause", "no acknowledgement of the association response");
		sta_free(sta);
		return;
	}
	if (sta->ap->rsn && sta->state == STA_ASSOC && sta->wpa.state == WPA_NONE)
		wpa_start(sta);
}

static void
assoc_answer(struct sta *sta, bool re, enum ap_status status)
{
	struct ap *ap = sta->ap;
	struct dot11_buf b;
	struct pkt *p = mgmt_begin(ap, sta, sta->addr, re ? DOT11_REASSOC_RESP :
	    DOT11_ASSOC_RESP, &b);

	if (p == NULL)
		return;
	dot11_put16(&b, beacon_caps(ap));
	dot11_put16(&b, (uint16_t)status);
	dot11_put16(&b, (uint16_t)(sta->aid | AID_BITS));
	ie_rates(ap, &b);
	ie_ext_rates(ap, &b);
	if (sta->ht)
		ie_ht(ap, &b);
	if (sta->wmm)
		ie_wmm(ap, &b);
	if (status == STATUS_OK)
		p->done = answered;
	mgmt_send(p, &b);
}

static void
assoc(struct ap *ap, const struct dot11 *f, struct sta *sta)
{
	bool re = DOT11_IS(f->fc, DOT11_REASSOC_REQ);
	enum ap_status status;

	if (sta == NULL) {
		mgmt_refuse(ap, f->addr2, DOT11_DEAUTH, REASON_CLASS2);
		return;
	}
	if (f->fixed == NULL || f->fixedlen < 4 || f->ies == NULL ||
	    !dot11_ies_whole(f->ies, f->ieslen)) {
		ap->bad_frames++;
		return;
	}
	sta_reset(sta);
	status = take_request(sta, f);
	if (status == STATUS_OK && sta_associate(sta) != 0)
		status = STATUS_FULL;
	ap_event(ap, "assoc", "{s:s,s:b,s:i,s:i,s:b,s:b,s:b,s:i,s:i}", "sta",
	    mac_text(sta->addr), "ok", status == STATUS_OK, "status", (int)status, "aid",
	    (int)sta->aid, "re", re, "wmm", sta->wmm, "ht", sta->ht, "uapsd",
	    (int)sta->uapsd, "signal", (int)sta->signal);
	if (status == STATUS_OK)
		rate_init(sta);
	assoc_answer(sta, re, status);
	if (status == STATUS_OK && !ap->rsn)
		sta_ready(sta);
}

/* ---- the end ---------------------------------------------------------------------------- */

void
mgmt_refuse(struct ap *ap, const uint8_t addr[6], uint16_t kind, enum ap_reason reason)
{
	struct dot11_buf b;
	struct pkt *p = mgmt_begin(ap, NULL, addr, kind, &b);

	if (p == NULL)
		return;
	dot11_put16(&b, (uint16_t)reason);
	mgmt_send(p, &b);
}

void
mgmt_deauth(struct ap *ap, const uint8_t addr[6], enum ap_reason reason, const char *cause)
{
	struct sta *sta = sta_find(ap, addr);

	ap_event(ap, "deauth", "{s:s,s:s,s:i,s:s}", "sta", mac_text(addr), "by", "ap",
	    "reason", (int)reason, "cause", cause);
	if (sta != NULL)
		sta_free(sta);
	mgmt_refuse(ap, addr, DOT11_DEAUTH, reason);
}

static void
left(struct ap *ap, const struct dot11 *f, struct sta *sta)
{
	bool deauth = DOT11_IS(f->fc, DOT11_DEAUTH);

	if (sta == NULL || f->bodylen < 2)
		return;
	ap_event(ap, deauth ? "deauth" : "disassoc", "{s:s,s:s,s:i}", "sta",
	    mac_text(f->addr2), "by", "sta", "reason", (int)dot11_le16(f->body));
	if (deauth)
		sta_free(sta);
	else
		sta_reset(sta);
}

static void
action(struct ap *ap, const struct dot11 *f, struct sta *sta)
{
	if (f->bodylen < 2)
		return;
	if (sta == NULL || sta->state < STA_ASSOC) {
		mgmt_refuse(ap, f->addr2, DOT11_DEAUTH, REASON_CLASS3);
		return;
	}
	if (f->body[0] == 3)
		ba_action(sta, f->body, f->bodylen);
}

void
mgmt_rx(struct ap *ap, const struct air_rx *rx, const struct dot11 *f)
{
	struct sta *sta;

	if (DOT11_IS(f->fc, DOT11_PROBE_REQ)) {
		probe(ap, f);
		return;
	}
	if (memcmp(f->addr1, ap->conf.bssid, 6) != 0 || memcmp(f->addr3, ap->conf.bssid, 6) != 0 ||
	    dot11_is_group(f->addr2))
		return;
	sta = sta_find(ap, f->addr2);
	if (sta != NULL) {
		if (sta_duplicate(sta, f, STA_MGMT))
			return;
		sta->seen = apd_now(ap->d);
		sta->signal = rx->signal;
	}
	switch (f->fc & 0xfc) {
	case DOT11_AUTH:
		auth(ap, f, sta);
		break;
	case DOT11_ASSOC_REQ:
	case DOT11_REASSOC_REQ:
		assoc(ap, f, sta);
		break;
	case DOT11_DEAUTH:
	case DOT11_DISASSOC:
		left(ap, f, sta);
		break;
	case DOT11_ACTION:
		action(ap, f, sta);
		break;
	}
}
