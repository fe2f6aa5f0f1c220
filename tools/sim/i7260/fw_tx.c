/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_tx.c - a TX command becomes a frame on the air, and what came of it a TX response.
 *
 * The command (version 6) has the frame behind it: MAC header, two bytes of padding when the
 * driver says so, the rest. The rate ladder is the station's (LQ_CMD) or the one rate of the
 * command. Frames of an aggregation queue are gathered into an A-MPDU by fw_ba.c.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"
#include "tools/sim/i7260/cipher.h"

#define TX_CMD_LEN		56

#define FLAG_PROTECT		0x00000001u
#define FLAG_ACK		0x00000008u
#define FLAG_STA_RATE		0x00000010u
#define FLAG_SEQ		0x00002000u
#define FLAG_MORE_FRAG		0x00004000u
#define FLAG_TSF		0x00010000u
#define FLAG_KEEP_SEQ		0x00040000u
#define FLAG_PAD		0x00100000u

#define SEC_CIPHER		0x07u
#define	 SEC_WEP		1u
#define	 SEC_CCM		2u
#define	 SEC_TKIP		3u
#define SEC_KEY128		0x08u
#define SEC_FROM_TABLE		0x10u

#define RESP_LEN(n)		(36 + 4 * (size_t)(n) + 4)

/* ---- the answer ---- */

/* The part that single frames and A-MPDUs have in common. */
static void
fill_response(const struct tx_frame *t, unsigned count, uint8_t *b)
{
	b[0] = (uint8_t)count;
	put32(b + 4, t->rate_used);
	put16(b + 8, t->airtime > 0xffff ? 0xffff : t->airtime);
	b[22] = t->reduced_tpc;
	put32(b + 24, (uint32_t)t->queue << 8 | t->index);
	put16(b + 28, t->seq_ctl);
	put16(b + 30, t->byte_count);
	b[32] = (uint8_t)(t->rung | t->color << 4);
	b[33] = (uint8_t)(t->sta << 4 | (t->tid & 0xf));
	put16(b + 34, t->fc);
}

void
tx_respond(struct card *c, const struct tx_frame *t, unsigned status, unsigned ssn)
{
	uint8_t b[RESP_LEN(1)] = { 0 };

	fill_response(t, 1, b);
	b[3] = (uint8_t)(t->tries != 0 ? t->tries - 1 : 0);
	put16(b + 36, status);
	put16(b + 38, (unsigned)t->queue << 8 | t->index);
	put32(b + 40, ssn & 0xfff);
	rx_send(c, 0, TX_CMD, (uint16_t)(t->queue << 8 | t->index), b, sizeof(b));
}

void
tx_respond_agg(struct card *c, const struct tx_frame *t, unsigned n, unsigned ssn)
{
	uint8_t b[RESP_LEN(TX_AGG_MAX)] = { 0 };
	unsigned i;

	fill_response(t, n, b);
	for (i = 0; i < n; i++) {
		put16(b + 36 + 4 * i, (unsigned)(t[i].tries != 0 ? t[i].tries - 1 : 0) << 12);
		put16(b + 38 + 4 * i, (unsigned)t[i].queue << 8 | t[i].index);
	}
	put32(b + 36 + 4 * n, ssn & 0xfff);
	rx_send(c, 0, TX_CMD, (uint16_t)(t->queue << 8 | t->index), b, RESP_LEN(n));
}

/* What the radio says, as the driver is told. */
void
tx_outcome(struct tx_frame *t, const struct air_txstatus *st)
{
	t->tries = st->tries;
	t->airtime = st->airtime;
	if (st->tries != 0) {
		t->rung = (uint8_t)st->rung;
		t->rate_used = t->rate[st->rung < FW_NRATES ? st->rung : 0];
	}
	switch (st->result) {
	case AIR_TX_ACKED:
	case AIR_TX_SENT:
		t->status = TX_SUCCESS;
		break;
	case AIR_TX_NOANSWER:
		t->status = TX_FAIL_LONG_LIMIT;
		if (t->tries == 0)
			t->tries = (uint16_t)(t->retries + 1);
		break;
	default:
		t->status = TX_FAIL_DRAIN_FLOW;
		break;
	}
}

/* ---- rates ---- */

/* From the station's table or the command into t->rate[] and the ladder for the air. */
static bool
ladder(struct card *c, struct tx_frame *t, const uint8_t *tx, struct air_tx *at)
{
	const struct fw_lq *q = &c->run.sta[t->sta].lq;
	uint32_t flags = get32(tx + 4);
	unsigned left = t->retries + 1u, i, first = tx[18] & 0xfu;

	if ((flags & FLAG_STA_RATE) == 0 || !q->valid) {
		t->rate[0] = t->rate_used = get32(tx + 12);
		at->nrates = 1;
		if (!rate_to_air(c, t->rate[0], c->radio.width, &at->rate[0]))
			return false;
		at->rate[0].tries = (uint8_t)left;
		return true;
	}
	for (i = 0; first + i < FW_NRATES && left != 0; i++, left--) {
		t->rate[i] = q->rate[first + i];
		if (!rate_to_air(c, t->rate[i], c->radio.width, &at->rate[i]))
			return false;
		at->rate[i].tries = 1;
	}
	if (i != 0)
		at->rate[i - 1].tries = (uint8_t)(1 + left);
	at->nrates = (uint8_t)i;
	if (q->rts)
		at->flags |= AIR_TX_RTS;
	t->rate_used = t->rate[0];
	t->color = q->color;
	t->reduced_tpc = q->reduced_tpc;
	return true;
}

/* ---- the frame ---- */

/* Encrypts; the new length, 0 after a violation. */
static size_t
encrypt(struct card *c, const struct tx_frame *t, const uint8_t *tx, uint8_t *f, size_t hdrlen,
    size_t len)
{
	const uint8_t *key = tx + 20;
	unsigned sec = tx[17];
	size_t n = (sec & SEC_KEY128) != 0 ? 13 : 5;
	uint8_t seed[16];

	switch (sec & SEC_CIPHER) {
	case 0:
		return len;
	case SEC_CCM:
		if ((sec & SEC_FROM_TABLE) != 0)
			key = c->run.key[key[0] & (FW_NKEYS - 1)].key;
		len = cipher_ccmp_seal(key, f, hdrlen, len);
		break;
	case SEC_TKIP:
		len = len < hdrlen + TKIP_IV ? 0 :
		    cipher_rc4_seal(key, 16, f, hdrlen + TKIP_IV, len);
		break;
	case SEC_WEP:
		memmove(f + hdrlen + WEP_IV, f + hdrlen, len - hdrlen);
		put32(f + hdrlen, (c->wep_iv++ & 0xffffff) | (uint32_t)(sec & 0xc0) << 24);
		memcpy(seed, f + hdrlen, 3);
		memcpy(seed + 3, key + 3, n);
		len = cipher_rc4_seal(seed, n + 3, f, hdrlen + WEP_IV, len + WEP_IV);
		break;
	default:
		len = 0;
		break;
	}
	if (len == 0)
		fw_wrong(c, ERR_SYSASSERT, "tx-command", "queue %u TFD %u: security %#x: a cipher "
		    "the card has not, or no room for its IV", t->queue, t->index, sec);
	return len;
}

/* Sequence numbers of frames that the driver does not number. */
static void
number(struct card *c, const struct tx_frame *t, uint32_t flags, uint8_t *f)
{
	struct fw_sta *s = &c->run.sta[t->sta];

	if ((flags & FLAG_SEQ) == 0)
		return;
	put16(f + 22, (unsigned)(s->seq & 0xfff) << 4 | (get16(f + 22) & 0xfu));
	if ((flags & (FLAG_KEEP_SEQ | FLAG_MORE_FRAG)) == 0)
		s->seq++;
}

/* Header and payload of c->frame put together in f; its length, 0 after a violation. */
static size_t
assemble(struct card *c, const struct tx_frame *t, size_t len, uint8_t *f, size_t *hdrlenp)
{
	const uint8_t *tx = c->frame + CMD_HDR_LEN, *hdr = tx + TX_CMD_LEN;
	size_t mpdu = get16(tx), hdrlen = fw_hdrlen(hdr), pad;

	pad = (get32(tx + 4) & FLAG_PAD) != 0 ? 2 : 0;
	if (mpdu < hdrlen || mpdu > AIR_FRAME_MAX - 32 ||
	    len != CMD_HDR_LEN + TX_CMD_LEN + mpdu + pad) {
		fw_wrong(c, ERR_SYSASSERT, "tx-command", "queue %u TFD %u: a frame of %zu bytes "
		    "(header %zu, padding %zu) in %zu bytes of buffers", t->queue, t->index, mpdu,
		    hdrlen, pad, len);
		return 0;
	}
	memcpy(f, hdr, hdrlen);
	memcpy(f + hdrlen, hdr + hdrlen + pad, mpdu - hdrlen);
	*hdrlenp = hdrlen;
	return mpdu;
}

static void
take_command(struct tx_frame *t, const uint8_t *tx, unsigned q, unsigned idx)
{
	memset(t, 0, sizeof(*t));
	t->queue = (uint8_t)q;
	t->index = (uint8_t)idx;
	t->sta = tx[16] & 0xf;
	t->tid = tx[51] & 0xf;
	t->retries = tx[50];
	t->byte_count = (uint16_t)get16(tx);
	t->fc = (uint16_t)get16(tx + TX_CMD_LEN);
	t->rate_used = get32(tx + 12);
}

static void
single_done(struct card *c, void *arg, const struct air_txstatus *st)
{
	struct tx_frame *t = arg;
	struct txq *q = &c->txq[t->queue];

	if (st != NULL && t->life == q->life) {
		q->flying--;
		tx_outcome(t, st);
		tx_respond(c, t, t->status, t->ssn + 1u);
		if (t->eosp)
			sta_period_over(c, t->sta);
		c->run.tx_time += st->airtime;
		tx_rest(c);
		tx_kick(c);
	}
	free(t);
}

/* Radio options of a frame, from its TX command. */
static bool
options(struct card *c, struct tx_frame *t, const uint8_t *tx, struct air_tx *at)
{
	static const uint8_t prio[8] = { 1, 2, 4, 5, 3, 3, 3, 6 };	/* by FIFO */
	uint32_t flags = get32(tx + 4);

	at->prio = prio[c->txq[t->queue].fifo & 7];
	if ((flags & FLAG_ACK) == 0)
		at->flags |= AIR_TX_NOACK;
	if ((flags & FLAG_TSF) != 0)
		at->flags |= AIR_TX_TSF;
	if ((flags & FLAG_PROTECT) != 0)
		at->flags |= AIR_TX_RTS;
	if (ladder(c, t, tx, at))
		return true;
	fw_wrong(c, ERR_SYSASSERT, "tx-command", "queue %u TFD %u: rate %#x", t->queue, t->index,
	    t->rate_used);
	return false;
}

/*
 * One frame of a data queue, from c->frame (len bytes of buffers) to the air. ssn: of its place in
 * the queue. agg: the A-MPDU it belongs to, or NULL.
 */
void
tx_data(struct card *c, unsigned q, unsigned idx, size_t len, struct tx_agg *agg)
{
	const uint8_t *tx = c->frame + CMD_HDR_LEN;
	struct air_tx at = { .flags = 0 };
	struct tx_frame local, *t = &local;
	uint8_t *f = c->mpdu;
	size_t n, hdrlen;

	take_command(t, tx, q, idx);
	t->ssn = c->txq[q].ssn;
	t->life = c->txq[q].life;
	n = assemble(c, t, len, f, &hdrlen);
	if (n == 0)
		return;
	if (hdrlen >= 24)
		number(c, t, get32(tx + 4), f);
	t->seq_ctl = (uint16_t)(hdrlen >= 24 ? get16(f + 22) : 0);
	n = encrypt(c, t, tx, f, hdrlen, n);
	if (n == 0 || !options(c, t, tx, &at))
		return;
	c->txq[q].flying++;
	if ((f[0] & 0xc) == 8 && c->run.sta[t->sta].mac < FW_MAC_AUX)
		power_sending(c, c->run.sta[t->sta].mac, f);
	if ((f[0] & 0xc) == 8)
		t->eosp = sta_mark_released(&c->run.sta[t->sta], f);
	if (agg != NULL) {
		ba_add(c, agg, t, &at, f, n);
		return;
	}
	t = malloc(sizeof(*t));
	if (t == NULL)
		return;
	*t = local;
	radio_send(c, &at, f, n, single_done, t);
}

/* A frame that is not sent: its driver gets it back. */
void
tx_refuse(struct card *c, unsigned q, unsigned idx, unsigned status)
{
	struct tx_frame t;

	take_command(&t, c->frame + CMD_HDR_LEN, q, idx);
	t.seq_ctl = (uint16_t)get16(c->frame + CMD_HDR_LEN + TX_CMD_LEN + 22);
	tx_respond(c, &t, status, c->txq[q].ssn + 1u);
}

/* {bit map of queues, control}: what is in them is thrown away. */
static void
flush(struct card *c, const struct fw_req *rq)
{
	uint32_t queues = get32(rq->data);
	unsigned q;

	for (q = 0; q < I7260_NQUEUES; q++)
		if ((queues >> q & 1) != 0 && c->txq[q].by_cmd)
			c->txq[q].flush = (uint8_t)(c->txq[q].wptr - c->txq[q].rptr);
	fw_ok(c, rq);
	tx_kick(c);
}

const struct fw_cmd fw_tx_cmds[] = {
	{ 0, 0x1e, "TXPATH_FLUSH", 8, 8, IMG_RUN, flush },
	{ .name = NULL },
};
