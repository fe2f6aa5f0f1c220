/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame.c - reading and writing 802.11 frames: see frame.h.
 */
#include <errno.h>

#include "tools/sim/air/frame.h"

#define FC_SUBTYPE(fc)	((unsigned)(fc) >> 4 & 0xf)

/* Bytes of the fixed part of a management body; the elements follow. -1: elements unknown. */
static int
fixed_len(uint16_t fc)
{
	switch (fc & 0xfc) {
	case DOT11_ASSOC_REQ:
		return 4;
	case DOT11_ASSOC_RESP:
	case DOT11_REASSOC_RESP:
	case DOT11_AUTH:
		return 6;
	case DOT11_REASSOC_REQ:
		return 10;
	case DOT11_PROBE_REQ:
	case DOT11_ATIM:
		return 0;
	case DOT11_PROBE_RESP:
	case DOT11_BEACON:
		return 12;
	case DOT11_DISASSOC:
	case DOT11_DEAUTH:
		return 2;
	default:
		return -1;
	}
}

static int
parse_mgt(struct dot11 *f)
{
	int fixed;

	f->da = f->addr1;
	f->sa = f->addr2;
	f->bssid = f->addr3;
	if ((f->fc & DOT11_FC_PROTECTED) != 0)
		return 0;
	fixed = fixed_len(f->fc);
	f->fixed = f->body;
	f->fixedlen = fixed < 0 ? f->bodylen : (size_t)fixed;
	if (f->fixedlen > f->bodylen)
		return EBADMSG;
	if (fixed >= 0) {
		f->ies = f->body + fixed;
		f->ieslen = f->bodylen - (size_t)fixed;
	}
	return 0;
}

static void
data_addresses(struct dot11 *f)
{
	switch (f->fc & (DOT11_FC_TODS | DOT11_FC_FROMDS)) {
	case 0:
		f->da = f->addr1;
		f->sa = f->addr2;
		f->bssid = f->addr3;
		break;
	case DOT11_FC_TODS:
		f->bssid = f->addr1;
		f->sa = f->addr2;
		f->da = f->addr3;
		break;
	case DOT11_FC_FROMDS:
		f->da = f->addr1;
		f->bssid = f->addr2;
		f->sa = f->addr3;
		break;
	default:
		f->da = f->addr3;
		f->sa = f->addr4;
		break;
	}
}

/* Length of the header without HT Control; 0: reserved type. */
static size_t
base_hdrlen(uint16_t fc)
{
	size_t n = 24;

	switch ((fc & 0x0c) >> 2) {
	case DOT11_TYPE_MGT:
		return 24;
	case DOT11_TYPE_CTL:
		return DOT11_IS(fc, DOT11_CTS) || DOT11_IS(fc, DOT11_ACK) ||
		    DOT11_IS(fc, DOT11_CTL_WRAPPER) ? 10 : 16;
	case DOT11_TYPE_DATA:
		if ((fc & (DOT11_FC_TODS | DOT11_FC_FROMDS)) ==
		    (DOT11_FC_TODS | DOT11_FC_FROMDS))
			n += 6;
		if ((FC_SUBTYPE(fc) & 8) != 0)
			n += 2;
		return n;
	default:
		return 0;
	}
}

static void
parse_data(struct dot11 *f, const uint8_t *p, size_t hdrlen)
{
	bool four = (f->fc & (DOT11_FC_TODS | DOT11_FC_FROMDS)) ==
	    (DOT11_FC_TODS | DOT11_FC_FROMDS);

	if (four)
		f->addr4 = p + 24;
	f->has_qos = (FC_SUBTYPE(f->fc) & 8) != 0;
	if (f->has_qos)
		f->qos = dot11_le16(p + hdrlen - 2);
	data_addresses(f);
}

int
dot11_parse(const void *frame, size_t len, struct dot11 *f)
{
	const uint8_t *p = frame;
	size_t base;

	memset(f, 0, sizeof(*f));
	if (len < 10 || (p[0] & 3) != 0)
		return EBADMSG;
	f->fc = dot11_le16(p);
	f->type = (uint8_t)((f->fc & 0x0c) >> 2);
	base = base_hdrlen(f->fc);
	if (base == 0 || len < base)
		return EBADMSG;
	f->duration = dot11_le16(p + 2);
	f->addr1 = p + 4;
	f->hdrlen = base;
	if (base >= 16)
		f->addr2 = p + 10;
	if (f->type != DOT11_TYPE_CTL) {
		f->addr3 = p + 16;
		f->seq = dot11_le16(p + 22) >> 4;
		f->frag = p[22] & 0xf;
	}
	if (f->type == DOT11_TYPE_DATA)
		parse_data(f, p, base);
	/* +HTC: only QoS data and management have the field. */
	if ((f->fc & DOT11_FC_ORDER) != 0 && (f->type == DOT11_TYPE_MGT || f->has_qos))
		f->hdrlen += 4;
	if (len < f->hdrlen)
		return EBADMSG;
	f->body = p + f->hdrlen;
	f->bodylen = len - f->hdrlen;
	return f->type == DOT11_TYPE_MGT ? parse_mgt(f) : 0;
}

bool
dot11_wants_ack(const void *frame, size_t len)
{
	const uint8_t *p = frame;
	uint16_t fc;
	size_t base;

	if (len < 10 || (p[0] & 3) != 0 || dot11_is_group(p + 4))
		return false;
	fc = dot11_le16(p);
	switch ((fc & 0x0c) >> 2) {
	case DOT11_TYPE_MGT:
		return !DOT11_IS(fc, DOT11_ACTION_NOACK);
	case DOT11_TYPE_CTL:
		return DOT11_IS(fc, DOT11_BAR) || DOT11_IS(fc, DOT11_PSPOLL);
	case DOT11_TYPE_DATA:
		base = base_hdrlen(fc);
		if ((FC_SUBTYPE(fc) & 8) == 0 || len < base)
			return true;
		return (dot11_le16(p + base - 2) & 0x20) == 0;
	default:
		return false;
	}
}

/* ---- elements -------------------------------------------------------------------------- */

bool
dot11_ie_next(const uint8_t *ies, size_t len, size_t *off, struct dot11_ie *ie)
{
	size_t left;

	if (ies == NULL || *off >= len)
		return false;
	left = len - *off;
	if (left < 2 || left - 2 < ies[*off + 1])
		return false;
	ie->id = ies[*off];
	ie->len = ies[*off + 1];
	ie->data = ies + *off + 2;
	*off += 2u + ie->len;
	return true;
}

bool
dot11_ie_find(const uint8_t *ies, size_t len, uint8_t id, struct dot11_ie *ie)
{
	size_t off = 0;

	while (dot11_ie_next(ies, len, &off, ie))
		if (ie->id == id)
			return true;
	return false;
}

bool
dot11_ie_vendor(const uint8_t *ies, size_t len, uint32_t oui, uint8_t type, struct dot11_ie *ie)
{
	size_t off = 0;

	while (dot11_ie_next(ies, len, &off, ie)) {
		if (ie->id != DOT11_IE_VENDOR || ie->len < 4)
			continue;
		if (((uint32_t)ie->data[0] << 16 | (uint32_t)ie->data[1] << 8 | ie->data[2]) ==
		    oui && ie->data[3] == type)
			return true;
	}
	return false;
}

bool
dot11_ies_whole(const uint8_t *ies, size_t len)
{
	struct dot11_ie ie;
	size_t off = 0;

	while (dot11_ie_next(ies, len, &off, &ie))
		continue;
	return off == len;
}

/* ---- RSN element ----------------------------------------------------------------------- */

struct cursor {
	const uint8_t	*p;
	size_t		left;
	bool		bad;
};

static uint16_t
take16(struct cursor *c)
{
	uint16_t v;

	if (c->left < 2) {
		c->bad = true;
		return 0;
	}
	v = dot11_le16(c->p);
	c->p += 2;
	c->left -= 2;
	return v;
}

static uint32_t
take_selector(struct cursor *c)
{
	uint32_t v;

	if (c->left < 4) {
		c->bad = true;
		return 0;
	}
	v = (uint32_t)c->p[0] << 24 | (uint32_t)c->p[1] << 16 | (uint32_t)c->p[2] << 8 | c->p[3];
	c->p += 4;
	c->left -= 4;
	return v;
}

static void
take_list(struct cursor *c, uint32_t *out, uint8_t *n)
{
	unsigned count = take16(c);

	*n = 0;
	if (c->left / 4 < count)
		c->bad = true;
	for (unsigned i = 0; i < count && !c->bad; i++) {
		uint32_t v = take_selector(c);

		if (*n < 4)
			out[(*n)++] = v;
	}
}

int
dot11_rsn_parse(const struct dot11_ie *ie, struct dot11_rsn *rsn)
{
	struct cursor c = { .p = ie->data, .left = ie->len };

	*rsn = (struct dot11_rsn){ .group = DOT11_CIPHER_CCMP,
	    .pairwise = { DOT11_CIPHER_CCMP }, .npairwise = 1, .akm = { DOT11_AKM_8021X },
	    .nakm = 1 };
	rsn->version = take16(&c);
	if (c.left != 0)
		rsn->group = take_selector(&c);
	if (c.left != 0)
		take_list(&c, rsn->pairwise, &rsn->npairwise);
	if (c.left != 0)
		take_list(&c, rsn->akm, &rsn->nakm);
	if (c.left != 0)
		rsn->caps = take16(&c);
	if (c.left != 0) {
		rsn->npmkid = take16(&c);
		rsn->pmkid = c.p;
		if (c.left / 16 < rsn->npmkid)
			c.bad = true;
	}
	return c.bad || rsn->version == 0 ? EBADMSG : 0;
}

/* ---- writing --------------------------------------------------------------------------- */

void
dot11_put(struct dot11_buf *b, const void *data, size_t len)
{
	if (b->overflow || b->cap - b->len < len) {
		b->overflow = true;
		return;
	}
	if (len != 0)
		memcpy(b->p + b->len, data, len);
	b->len += len;
}

void
dot11_put8(struct dot11_buf *b, uint8_t v)
{
	dot11_put(b, &v, 1);
}

void
dot11_put16(struct dot11_buf *b, uint16_t v)
{
	dot11_put(b, (uint8_t[]){ (uint8_t)v, (uint8_t)(v >> 8) }, 2);
}

void
dot11_put32(struct dot11_buf *b, uint32_t v)
{
	dot11_put(b, (uint8_t[]){ (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
	    (uint8_t)(v >> 24) }, 4);
}

void
dot11_put64(struct dot11_buf *b, uint64_t v)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> 8 * i);
	dot11_put(b, bytes, sizeof(bytes));
}

void
dot11_put_ie(struct dot11_buf *b, uint8_t id, const void *data, uint8_t len)
{
	if (b->overflow || b->cap - b->len < 2u + len) {
		b->overflow = true;
		return;
	}
	dot11_put8(b, id);
	dot11_put8(b, len);
	dot11_put(b, data, len);
}

void
dot11_put_hdr(struct dot11_buf *b, uint16_t fc, uint16_t seq, const uint8_t *addr1,
    const uint8_t *addr2, const uint8_t *addr3)
{
	dot11_put16(b, fc);
	dot11_put16(b, 0);
	dot11_put(b, addr1, 6);
	dot11_put(b, addr2, 6);
	dot11_put(b, addr3, 6);
	dot11_put16(b, (uint16_t)(seq << 4));
}
