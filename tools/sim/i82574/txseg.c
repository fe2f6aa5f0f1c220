/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txseg.c - what a context asks to be done to a frame: checksums put in, and a long TCP segment cut
 * into frames (3.3.6 and 7.2.3 there). The checksum fields hold the pseudo header's part.
 */
#include <string.h>

#include "tools/sim/i82574/card.h"

#define TCP_SEQ		4u
#define TCP_FLAGS	13u
#define TCP_FIN_PSH	0x09u
#define IP4_LEN		2u
#define IP4_ID		4u
#define IP6_LEN		4u

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* The sum of [css, cse] (0: to the end), and `more`, to cso. */
static void
sum(struct card *c, uint8_t *f, size_t len, unsigned css, unsigned cse, unsigned cso, uint32_t more)
{
	size_t stop = cse != 0 && cse < len ? cse + 1u : len;

	if (css >= stop || cso + 2u > len) {
		sim_violation(c->dev, "tx-context",
		    "a checksum of octets %u to %zu, to be put at %u, in "
		    "a frame of %zu octets", css, stop, cso, len);
		return;
	}
	put16(f + cso, gbe_csum_fold(gbe_csum_add(more, f + css, stop - css)));
}

static void
send(struct card *c, uint8_t *f, size_t len)
{
	if (len < ETH_MIN) {
		memset(f + len, 0, ETH_MIN - len);
		len = ETH_MIN;
	}
	gbe_count_tx(c, f, len);
	gbe_net_send(c, f, len);
}

static void
sums(struct card *c, uint8_t *f, size_t len, uint32_t l4_more)
{
	const struct txctx *x = &c->ctx;

	if ((c->popts & TXPO_IXSM) != 0)
		sum(c, f, len, x->ipcss, x->ipcse, x->ipcso, 0);
	if ((c->popts & TXPO_TXSM) != 0)
		sum(c, f, len, x->tucss, x->tucse, x->tucso, l4_more);
}

/* Segment number `i`, of `part` octets at `at` of what is behind the headers. */
static void
segment(struct card *c, unsigned i, size_t at, size_t part, bool last)
{
	const struct txctx *x = &c->ctx;
	uint8_t f[FRAME_MAX], *ip = f + x->ipcss, *tcp = f + x->tucss;
	size_t len = x->hdrlen + part;

	memcpy(f, c->out, x->hdrlen);
	memcpy(f + x->hdrlen, c->out + x->hdrlen + at, part);
	if ((x->tucmd & TXCTX_IP4) != 0) {
		put16(ip + IP4_LEN, (uint32_t)(len - x->ipcss));
		put16(ip + IP4_ID, get16(ip + IP4_ID) + i);
	} else
		put16(ip + IP6_LEN, (uint32_t)(len - x->tucss));
	if ((x->tucmd & TXCTX_TCP) != 0) {
		put32(tcp + TCP_SEQ, get32(tcp + TCP_SEQ) + (uint32_t)at);
		if (!last)
			tcp[TCP_FLAGS] &= (uint8_t)~TCP_FIN_PSH;
	} else
		put16(tcp + 4, (uint32_t)(len - x->tucss));
	sums(c, f, len, (uint32_t)(len - x->tucss));
	send(c, f, len);
}

static void
cut(struct card *c)
{
	const struct txctx *x = &c->ctx;
	size_t payload = c->outlen - x->hdrlen, at, part;
	unsigned i = 0;

	for (at = 0; at < payload; at += part, i++) {
		part = payload - at < x->mss ? payload - at : x->mss;
		segment(c, i, at, part, at + part == payload);
	}
	gbe_count(c, R_TSCTC, 1);
}

/* What is to be cut must have headers, and a size to be cut to. */
static bool
can_cut(struct card *c)
{
	const struct txctx *x = &c->ctx;

	if (x->mss != 0 && x->hdrlen < c->outlen && x->ipcss + 20u <= x->hdrlen &&
	    x->tucss + 8u <= x->hdrlen &&
	    ((x->tucmd & TXCTX_TCP) == 0 || x->tucss + 20u <= x->hdrlen) &&
	    x->hdrlen + (size_t)x->mss <= FRAME_MAX && x->paylen == c->outlen - x->hdrlen)
		return true;
	sim_violation(c->dev, "tx-context",
	    "a frame of %zu octets cannot be cut: context HDRLEN %u, "
	    "MSS %u, IPCSS %u, TUCSS %u, PAYLEN %u", c->outlen, x->hdrlen, x->mss, x->ipcss,
	    x->tucss, x->paylen);
	return false;
}

void
gbe_tx_out(struct card *c)
{
	if (c->extended && (c->outcmd & TXC_TSE) != 0) {
		if (can_cut(c))
			cut(c);
		return;
	}
	if (c->extended)
		sums(c, c->out, c->outlen, 0);
	send(c, c->out, c->outlen);
}
