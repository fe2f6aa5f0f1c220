/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * medium.c - whose turn it is on which channel, how long a frame takes, and its retries.
 *
 * No two frames are in the air on overlapping channels: the model has no collisions and no hidden
 * nodes. Radios take turns in the order in which they began to wait; a wide channel that waits
 * for both its halves keeps later ones off. Between frames there are DIFS and a random backoff
 * that doubles its window with each retry (IEEE 802.11-2016, 10.3.4; slots of 9 us).
 *
 * A hub that wakes up late does not slow the air down: a frame starts when its channel became
 * free, not when that was noticed.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/air/hub_int.h"
#include "tools/sim/air/rate.h"

#define SLOT		9u
#define CW_MIN		15u
#define CW_MAX		1023u
#define FCS_LEN		4u
#define ACK_LEN		14u
#define RTS_LEN		20u
#define BA_LEN		32u
#define DELIMITER_LEN	4u		/* of each MPDU in an A-MPDU */

struct range {
	unsigned	lo, hi;
};

static bool
overlap(struct range a, struct range b)
{
	return a.lo < b.hi && b.lo < a.hi;
}

static struct txframe *
head(const struct radio *r)
{
	for (unsigned p = NPRIO; p-- > 0;)
		if (!TAILQ_EMPTY(&r->q[p]))
			return TAILQ_FIRST(&r->q[p]);
	return NULL;
}

static struct range
frame_range(const struct txframe *f)
{
	if ((f->rate[f->rung].flags & AIR_RATE_40MHZ) != 0 &&
	    f->rate[f->rung].kind == AIR_RATE_HT)
		return (struct range){ f->center - 20u, f->center + 20u };
	return (struct range){ f->freq - 10u, f->freq + 10u };
}

/* ---- when the channel became free ------------------------------------------------------ */

static unsigned
bin(unsigned freq)
{
	unsigned b = (freq - CHAN_LO) / 5;

	return b < CHAN_BINS ? b : CHAN_BINS - 1;
}

static uint64_t
free_since(const struct hub *h, struct range c)
{
	uint64_t t = 0;

	for (unsigned b = bin(c.lo); b < bin(c.hi); b++)
		if (h->busy_until[b] > t)
			t = h->busy_until[b];
	return t;
}

static void
occupy(struct hub *h, struct range c, uint64_t until)
{
	for (unsigned b = bin(c.lo); b < bin(c.hi); b++)
		if (h->busy_until[b] < until)
			h->busy_until[b] = until;
}

/* ---- a flight -------------------------------------------------------------------------- */

static unsigned
backoff(struct hub *h, unsigned freq, unsigned tries)
{
	unsigned cw = CW_MIN;

	for (unsigned i = 0; i < tries && cw < CW_MAX; i++)
		cw = cw * 2 + 1;
	return air_sifs(freq) + 2 * SLOT + (unsigned)(rng_next(&h->rng) % (cw + 1)) * SLOT;
}

/* The next MPDU of the A-MPDU that is on the air: no gap, no preamble, no BlockAck of its own. */
static bool
continues(const struct radio *r, const struct txframe *f)
{
	return r->in_ampdu && (f->flags & AIR_TX_AMPDU) != 0 && f->ampdu == r->last_ampdu &&
	    f->arrival <= r->ampdu_end;
}

/* Protection in front of the frame. */
static unsigned
protection(const struct txframe *f, const struct air_rate *ack)
{
	unsigned t = 0, sifs = air_sifs(f->freq);

	if ((f->flags & AIR_TX_RTS) != 0)
		t += air_duration(ack, f->freq, RTS_LEN) + sifs;
	if ((f->flags & (AIR_TX_RTS | AIR_TX_CTSSELF)) != 0)
		t += air_duration(ack, f->freq, ACK_LEN) + sifs;
	return t;
}

/* Fills in the times of a flight that begins at `from` at the earliest. */
static void
plan(struct hub *h, const struct radio *r, struct flight *fl, uint64_t from)
{
	const struct txframe *f = fl->frame;
	struct air_rate ack = air_ack_rate(&fl->rate);
	bool more = continues(r, f) && r->ampdu_end >= from;
	unsigned pre = more ? 0 : air_preamble(&fl->rate), answer = 0;
	size_t psdu = f->len + FCS_LEN + ((f->flags & AIR_TX_AMPDU) != 0 ? DELIMITER_LEN : 0);

	fl->start = fl->tsf = fl->end = from;
	if (!h->airtime)
		return;
	fl->start += more ? 0 : backoff(h, f->freq, f->tries);
	fl->tsf = fl->start + (more ? 0 : protection(f, &ack));
	if (fl->rts) {
		fl->end = fl->tsf;
		return;
	}
	fl->duration = more ? air_payload_time(&fl->rate, psdu) :
	    air_duration(&fl->rate, f->freq, psdu);
	if (f->wants_ack && !more)
		answer = air_sifs(f->freq) + air_duration(&ack, f->freq,
		    (f->flags & AIR_TX_AMPDU) != 0 ? BA_LEN : ACK_LEN);
	fl->end = fl->tsf + fl->duration + answer;
	fl->tsf += pre;
}

static void
mark_frame(struct txframe *f, const struct flight *fl)
{
	/* Retry has no meaning in control frames. */
	if (f->tries != 0 && (f->data[0] & 0x0c) != DOT11_TYPE_CTL << 2)
		f->data[1] |= DOT11_FC_RETRY >> 8;
	if ((f->flags & AIR_TX_TSF) != 0) {
		/* The TSF when the first bit of the timestamp is sent: behind 24 bytes. */
		uint64_t t = fl->tsf + 24u * 8 * 10 / air_rate_100kbps(&fl->rate);

		for (unsigned i = 0; i < 8; i++)
			f->data[24 + i] = (uint8_t)(t >> 8 * i);
	}
}

static void	landed(struct hub *, void *);

static bool
launch(struct hub *h, struct radio *r, struct txframe *f, struct range c)
{
	struct flight *fl = calloc(1, sizeof(*fl));
	uint64_t from = free_since(h, c);

	if (fl == NULL)
		return false;
	if (from < f->arrival)
		from = f->arrival;
	if (from < r->sent_until)
		from = r->sent_until;
	fl->radio = r;
	fl->frame = f;
	fl->rate = f->rate[f->rung];
	fl->interface = r->interface;
	fl->lo = c.lo;
	fl->hi = c.hi;
	fl->rts = (f->flags & AIR_TX_RTS) != 0 && f->wants_ack && !rts_answered(h, r, f);
	plan(h, r, fl, from);
	if (!sched_at(h, fl->end, landed, fl)) {
		free(fl);
		return false;
	}
	mark_frame(f, fl);
	LIST_INSERT_HEAD(&h->flights, fl, all);
	r->flight = fl;
	r->sent_until = fl->end;
	r->in_ampdu = (f->flags & AIR_TX_AMPDU) != 0 && !fl->rts;
	r->last_ampdu = f->ampdu;
	r->ampdu_end = fl->end;
	occupy(h, c, fl->end);
	return true;
}

/* ---- turns ----------------------------------------------------------------------------- */

static void
wait_turn(struct radio *r)
{
	const struct txframe *f = head(r);

	if (r->pending || r->flight != NULL || f == NULL)
		return;
	r->pending = true;
	if (continues(r, f))
		TAILQ_INSERT_HEAD(&r->hub->pending, r, pend);
	else
		TAILQ_INSERT_TAIL(&r->hub->pending, r, pend);
}

static bool
taken(const struct hub *h, struct range c, const struct range *claim, unsigned nclaim)
{
	const struct flight *fl;

	LIST_FOREACH(fl, &h->flights, all)
		if (overlap(c, (struct range){ fl->lo, fl->hi }))
			return true;
	for (unsigned i = 0; i < nclaim; i++)
		if (overlap(c, claim[i]))
			return true;
	return false;
}

void
medium_kick(struct hub *h)
{
	struct range claim[HUB_RADIOS_MAX];
	unsigned nclaim = 0;
	struct radio *r, *next;

	for (r = TAILQ_FIRST(&h->pending); r != NULL; r = next) {
		struct txframe *f = head(r);
		struct range c = frame_range(f);

		next = TAILQ_NEXT(r, pend);
		if (taken(h, c, claim, nclaim) || !launch(h, r, f, c)) {
			claim[nclaim++] = c;
			continue;
		}
		TAILQ_REMOVE(&h->pending, r, pend);
		r->pending = false;
	}
}

void
medium_queue(struct radio *r, struct txframe *f)
{
	TAILQ_INSERT_TAIL(&r->q[f->prio], f, q);
	r->nq++;
	wait_turn(r);
	medium_kick(r->hub);
}

void
medium_forget(struct radio *r)
{
	struct hub *h = r->hub;
	struct txframe *f;

	if (r->pending)
		TAILQ_REMOVE(&h->pending, r, pend);
	r->pending = false;
	while ((f = head(r)) != NULL) {
		TAILQ_REMOVE(&r->q[f->prio], f, q);
		if (r->flight == NULL || r->flight->frame != f)
			free(f);
	}
	r->nq = 0;
	if (r->flight != NULL)
		r->flight->radio = NULL;
	r->flight = NULL;
}

/* ---- the end of a flight --------------------------------------------------------------- */

void
medium_status(struct radio *r, const struct txframe *f, enum air_tx_result result,
    int8_t ack_signal)
{
	struct air_txstatus st = { .cookie = f->cookie, .tsf = r->hub->now, .result = result,
	    .airtime = f->airtime, .tries = (uint16_t)f->tries, .rung = f->rung,
	    .ack_signal = ack_signal };

	if (f->nrates != 0) {
		st.rate = f->rate[f->rung];
		st.rate.tries = f->tried;
	}
	(void)radio_send(r, &st, sizeof(st), AIR_TXSTATUS, true);
}

static void
finish(struct radio *r, struct txframe *f, const struct heard *heard)
{
	enum air_tx_result result = !f->wants_ack ? AIR_TX_SENT :
	    heard->acked ? AIR_TX_ACKED : AIR_TX_NOANSWER;

	TAILQ_REMOVE(&r->q[f->prio], f, q);
	r->nq--;
	r->stats.tx++;
	r->stats.txbytes += f->len;
	r->stats.acked += result == AIR_TX_ACKED;
	r->stats.failed += result == AIR_TX_NOANSWER;
	medium_status(r, f, result, heard->ack_signal);
	free(f);
}

/* False: all tries are used up. */
static bool
next_try(struct txframe *f)
{
	if (f->tried < f->rate[f->rung].tries)
		return true;
	if (f->rung + 1u >= f->nrates)
		return false;
	f->rung++;
	f->tried = 0;
	return true;
}

static void
landed(struct hub *h, void *arg)
{
	struct flight *fl = arg;
	struct radio *r = fl->radio;
	struct txframe *f = fl->frame;
	struct heard heard = { .acked = false };

	LIST_REMOVE(fl, all);
	stats_count_frame(h);
	if (r == NULL) {
		h->cut++;
		capture(h, fl, &heard);
		free(f);
	} else {
		r->flight = NULL;
		r->stats.attempts++;
		f->tries++;
		f->tried++;
		f->airtime += (unsigned)(fl->end - fl->start);
		if (!fl->rts)
			deliver(h, fl, &heard);
		capture(h, fl, &heard);
		if (heard.acked || !f->wants_ack || !next_try(f))
			finish(r, f, &heard);
		wait_turn(r);
	}
	free(fl);
	medium_kick(h);
}
