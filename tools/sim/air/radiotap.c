/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * radiotap.c - the capture header in front of a frame: see frame.h and radiotap.org.
 *
 * Fields stand in the order of the bits of it_present, each aligned to its own alignment,
 * counted from the start of the header.
 */
#include <errno.h>

#include "tools/sim/air/frame.h"

#define BIT_EXT		31u

/* Alignment and size of the fields 0..22. */
static const struct {
	uint8_t	align, size;
} fields[] = {
	{ 8, 8 },	/* TSFT */
	{ 1, 1 },	/* flags */
	{ 1, 1 },	/* rate */
	{ 2, 4 },	/* channel */
	{ 2, 2 },	/* FHSS */
	{ 1, 1 },	/* signal, dBm */
	{ 1, 1 },	/* noise, dBm */
	{ 2, 2 },	/* lock quality */
	{ 2, 2 },	/* TX attenuation */
	{ 2, 2 },	/* TX attenuation, dB */
	{ 1, 1 },	/* TX power, dBm */
	{ 1, 1 },	/* antenna */
	{ 1, 1 },	/* signal, dB */
	{ 1, 1 },	/* noise, dB */
	{ 2, 2 },	/* RX flags */
	{ 2, 2 },	/* TX flags */
	{ 1, 1 },	/* RTS retries */
	{ 1, 1 },	/* data retries */
	{ 4, 8 },	/* XChannel */
	{ 1, 3 },	/* MCS */
	{ 4, 8 },	/* A-MPDU status */
	{ 2, 12 },	/* VHT */
	{ 8, 12 },	/* timestamp */
};
#define NFIELDS		(sizeof(fields) / sizeof(fields[0]))

static size_t
aligned(size_t off, size_t align)
{
	return (off + align - 1) & ~(align - 1);
}

/* ---- writing --------------------------------------------------------------------------- */

static void
put_field(struct dot11_buf *b, unsigned bit, const struct radiotap *r)
{
	switch (1u << bit) {
	case RADIOTAP_TSFT:
		dot11_put64(b, r->tsft);
		break;
	case RADIOTAP_FLAGS:
		dot11_put8(b, r->flags);
		break;
	case RADIOTAP_RATE:
		dot11_put8(b, r->rate);
		break;
	case RADIOTAP_CHANNEL:
		dot11_put16(b, r->freq);
		dot11_put16(b, r->chan_flags);
		break;
	case RADIOTAP_SIGNAL:
		dot11_put8(b, (uint8_t)r->signal);
		break;
	case RADIOTAP_NOISE:
		dot11_put8(b, (uint8_t)r->noise);
		break;
	case RADIOTAP_ANTENNA:
		dot11_put8(b, r->antenna);
		break;
	case RADIOTAP_TX_FLAGS:
		dot11_put16(b, r->tx_flags);
		break;
	case RADIOTAP_RETRIES:
		dot11_put8(b, r->retries);
		break;
	case RADIOTAP_MCS:
		dot11_put8(b, r->mcs_known);
		dot11_put8(b, r->mcs_flags);
		dot11_put8(b, r->mcs);
		break;
	case RADIOTAP_AMPDU:
		dot11_put32(b, r->ampdu_ref);
		dot11_put16(b, r->ampdu_flags);
		dot11_put16(b, 0);
		break;
	}
}

#define WRITABLE	(RADIOTAP_TSFT | RADIOTAP_FLAGS | RADIOTAP_RATE | RADIOTAP_CHANNEL | \
    RADIOTAP_SIGNAL | RADIOTAP_NOISE | RADIOTAP_ANTENNA | RADIOTAP_TX_FLAGS | \
    RADIOTAP_RETRIES | RADIOTAP_MCS | RADIOTAP_AMPDU)

size_t
radiotap_put(void *buf, size_t cap, const struct radiotap *r)
{
	struct dot11_buf b = { .p = buf, .cap = cap };
	uint32_t present = r->present & WRITABLE;

	dot11_put16(&b, 0);
	dot11_put16(&b, 0);
	dot11_put32(&b, present);
	for (unsigned bit = 0; bit < NFIELDS; bit++) {
		if ((present >> bit & 1) == 0)
			continue;
		while (b.len != aligned(b.len, fields[bit].align) && !b.overflow)
			dot11_put8(&b, 0);
		put_field(&b, bit, r);
	}
	if (b.overflow)
		return 0;
	b.p[2] = (uint8_t)b.len;
	b.p[3] = (uint8_t)(b.len >> 8);
	return b.len;
}

/* ---- reading --------------------------------------------------------------------------- */

static void
get_field(const uint8_t *p, unsigned bit, struct radiotap *r)
{
	switch (1u << bit) {
	case RADIOTAP_TSFT:
		r->tsft = dot11_le64(p);
		break;
	case RADIOTAP_FLAGS:
		r->flags = p[0];
		break;
	case RADIOTAP_RATE:
		r->rate = p[0];
		break;
	case RADIOTAP_CHANNEL:
		r->freq = dot11_le16(p);
		r->chan_flags = dot11_le16(p + 2);
		break;
	case RADIOTAP_SIGNAL:
		r->signal = (int8_t)p[0];
		break;
	case RADIOTAP_NOISE:
		r->noise = (int8_t)p[0];
		break;
	case RADIOTAP_ANTENNA:
		r->antenna = p[0];
		break;
	case RADIOTAP_TX_FLAGS:
		r->tx_flags = dot11_le16(p);
		break;
	case RADIOTAP_RETRIES:
		r->retries = p[0];
		break;
	case RADIOTAP_MCS:
		r->mcs_known = p[0];
		r->mcs_flags = p[1];
		r->mcs = p[2];
		break;
	case RADIOTAP_AMPDU:
		r->ampdu_ref = dot11_le32(p);
		r->ampdu_flags = dot11_le16(p + 4);
		break;
	default:
		return;
	}
	r->present |= 1u << bit;
}

/* Length of the chain of present words, with the first 4 bytes; 0: it does not end. */
static size_t
present_end(const uint8_t *p, size_t hdrlen)
{
	size_t off = 4;

	while (off + 4 <= hdrlen) {
		if ((dot11_le32(p + off) >> BIT_EXT & 1) == 0)
			return off + 4;
		off += 4;
	}
	return 0;
}

int
radiotap_parse(const void *buf, size_t len, struct radiotap *r, size_t *hdrlen)
{
	const uint8_t *p = buf;
	size_t off, n;
	uint32_t present;

	memset(r, 0, sizeof(*r));
	if (len < RADIOTAP_MIN || p[0] != 0)
		return EBADMSG;
	n = dot11_le16(p + 2);
	if (n < RADIOTAP_MIN || n > len)
		return EBADMSG;
	off = present_end(p, n);
	if (off == 0)
		return EBADMSG;
	present = dot11_le32(p + 4);
	/* Only the first word: those behind it repeat it per antenna, or are a vendor's. */
	for (unsigned bit = 0; bit < 29; bit++) {
		if ((present >> bit & 1) == 0)
			continue;
		if (bit >= NFIELDS)
			break;
		off = aligned(off, fields[bit].align);
		if (off > n || n - off < fields[bit].size)
			return EBADMSG;
		get_field(p + off, bit, r);
		off += fields[bit].size;
	}
	*hdrlen = n;
	return 0;
}
