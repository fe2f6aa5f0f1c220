/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * data.c - between Ethernet and 802.11 data frames.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define ETH_HDR		14u
#define SNAP_LEN	8u
#define AMSDU_HDR	14u
#define ETHERTYPE_EAPOL	0x888eu
#define MAX_GROUP	128u		/* group frames that wait for a DTIM */

static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
/* Types that go with the bridge tunnel header (802.1H). */
static const uint8_t tunnel[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0xf8 };

/* ---- from a station --------------------------------------------------------------------- */

/* One MSDU: LLC to an Ethernet type, or a length when it is something else. */
static void
deliver(struct sta *sta, const uint8_t *da, const uint8_t *sa, const uint8_t *llc, size_t len)
{
	uint8_t eth[AP_ETH_MAX];
	size_t n = 12;

	memcpy(eth, da, 6);
	memcpy(eth + 6, sa, 6);
	if (len >= SNAP_LEN && (memcmp(llc, snap, 6) == 0 || memcmp(llc, tunnel, 6) == 0)) {
		llc += 6;		/* the type stays */
		len -= 6;
	} else {
		put_be16(eth + n, (unsigned)len);
		n += 2;
	}
	if (n + len > sizeof(eth)) {
		sta->ap->bad_frames++;
		return;
	}
	memcpy(eth + n, llc, len);
	sta->rx_frames++;
	sta->rx_bytes += n + len;
	net_from_sta(sta, eth, n + len);
}

/* A-MSDU (9.3.2.2.2): subframes, each padded to four octets. */
static void
deliver_amsdu(struct sta *sta, const uint8_t *p, size_t len)
{
	while (len > AMSDU_HDR) {
		size_t n = be16(p + 12), all;

		if (n > len - AMSDU_HDR) {
			sta->ap->bad_frames++;
			return;
		}
		/* The source is who is associated, whatever the subframe says. */
		deliver(sta, p, sta->addr, p + AMSDU_HDR, n);
		all = (AMSDU_HDR + n + 3) & ~(size_t)3;
		if (all >= len)
			return;
		p += all;
		len -= all;
	}
}

void
data_from_sta(struct sta *sta, const struct rxframe *f)
{
	if (!f->amsdu && f->len >= SNAP_LEN && memcmp(f->body, snap, 6) == 0 &&
	    be16(f->body + 6) == ETHERTYPE_EAPOL) {
		if (memcmp(f->da, sta->ap->conf.bssid, 6) == 0)
			wpa_rx(sta, f->body + SNAP_LEN, f->len - SNAP_LEN);
		return;
	}
	if (sta->state != STA_READY || (sta->ap->rsn && !f->is_protected))
		return;
	if (f->amsdu)
		deliver_amsdu(sta, f->body, f->len);
	else if (f->len > 0)
		deliver(sta, f->da, f->sa, f->body, f->len);
}

/* ---- to a station ----------------------------------------------------------------------- */

/* User priority of an IP packet: the upper bits of DSCP (RFC 8325 leaves the rest to policy). */
static uint8_t
priority(const uint8_t *eth, size_t len)
{
	unsigned type = be16(eth + 12);

	if (type == 0x0800 && len >= ETH_HDR + 20)
		return eth[ETH_HDR + 1] >> 5;
	if (type == 0x86dd && len >= ETH_HDR + 40)
		return (eth[ETH_HDR] & 0x0f) >> 1;
	return type == ETHERTYPE_EAPOL ? 7 : 0;
}

static void
to_group(struct pkt *p)
{
	struct ap *ap = p->ap;

	if (!ps_any_asleep(ap)) {
		tx_urgent(p);
		return;
	}
	if (ap->ngroup >= MAX_GROUP) {
		free(p);
		return;
	}
	STAILQ_INSERT_TAIL(&ap->group, p, link);
	ap->ngroup++;
}

void
data_to_sta(struct ap *ap, struct sta *sta, const uint8_t *eth, size_t len)
{
	struct pkt *p;

	if (!ap->on || len < ETH_HDR || len > AP_ETH_MAX)
		return;
	p = pkt_new(ap, sta, len);
	if (p == NULL)
		return;
	memcpy(p->data, eth, len);
	p->len = len;
	if (sta == NULL) {
		to_group(p);
		return;
	}
	p->tid = sta->wmm ? priority(eth, len) : 0;
	tx_queue(p);
}

static struct ccmp_key *
key_for(const struct pkt *p)
{
	if (!p->ap->rsn || p->plain)
		return NULL;
	return p->sta != NULL ? p->sta->key : p->ap->group_key[p->ap->gtk_now];
}

/* The MAC header of a frame from `sa` to `da`; returns its length. */
static size_t
header(struct pkt *p, uint8_t *h, const uint8_t *da, const uint8_t *sa)
{
	bool qos = p->sta != NULL && p->sta->wmm;
	uint16_t *seq = p->sta == NULL ? &p->ap->seq : &p->sta->seq[qos ? p->tid : 16];
	uint16_t sc = (uint16_t)(*seq << 4);

	*seq = (*seq + 1) & 0xfff;
	memset(h, 0, 26);
	h[0] = qos ? 0x88 : 0x08;
	h[1] = DOT11_FC_FROMDS >> 8;
	memcpy(h + 4, da, 6);
	memcpy(h + 10, p->ap->conf.bssid, 6);
	memcpy(h + 16, sa, 6);
	h[22] = (uint8_t)sc;
	h[23] = (uint8_t)(sc >> 8);
	if (qos)
		h[24] = p->tid;
	return qos ? 26 : 24;
}

int
data_build(struct pkt *p)
{
	uint8_t h[26 + SNAP_LEN], da[6], sa[6];
	unsigned type = be16(p->data + 12);
	struct ccmp_key *key = key_for(p);
	size_t n, hdr, skip = type >= 0x600 ? 12 : ETH_HDR;

	if (p->ap->rsn && !p->plain && key == NULL)
		return ENOKEY;
	memcpy(da, p->data, 6);
	memcpy(sa, p->data + 6, 6);
	hdr = n = header(p, h, da, sa);
	if (type >= 0x600) {
		memcpy(h + n, snap, 6);
		n += 6;
	}
	memmove(p->data + n, p->data + skip, p->len - skip);
	memcpy(p->data, h, n);
	p->len = n + p->len - skip;
	return key != NULL ? ccmp_encrypt(key, p->data, hdr, &p->len, p->cap) : 0;
}
