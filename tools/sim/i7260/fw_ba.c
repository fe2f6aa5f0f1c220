/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_ba.c - aggregation: frames of one queue go out together (an A-MPDU), and one block ack says
 * which of them arrived. The driver gets a TX response for all of them, BA_NOTIF with the bit map,
 * and for each frame that was given up a TX response of its own.
 *
 * SSNs are 12-bit places in the queue; the driver may reclaim everything before the one it is told.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

#define BA_NOTIF	0xc5

struct tx_agg {
	struct card	*card;
	unsigned	n, open;	/* frames; those without an answer */
	bool		filling, dead;
	uint32_t	number;
	struct tx_frame	frame[TX_AGG_MAX];
};

/* How many frames the queue may put together now; at most 1: do not aggregate. */
unsigned
ba_limit(const struct card *c, unsigned q)
{
	const struct txq *t = &c->txq[q];
	const struct fw_sta *s = &c->run.sta[t->sta];
	unsigned n = t->window != 0 ? t->window : TX_AGG_MAX;

	if (!t->aggregate || t->tid > 7 || (s->tid_disable_tx >> t->tid & 1) != 0)
		return 1;
	if (s->lq.agg_limit != 0 && s->lq.agg_limit < n)
		n = s->lq.agg_limit;
	return n < TX_AGG_MAX ? n : TX_AGG_MAX;
}

struct tx_agg *
ba_new(struct card *c)
{
	struct tx_agg *a = calloc(1, sizeof(*a));

	if (a != NULL) {
		a->card = c;
		a->number = ++c->run.ampdu;
		a->filling = true;
	}
	return a;
}

static void
notify(struct card *c, const struct tx_agg *a, unsigned acked, unsigned ssn)
{
	const struct tx_frame *t = &a->frame[0];
	uint8_t b[28] = { 0 };
	uint64_t map = 0;
	unsigned i;

	for (i = 0; i < a->n; i++)
		if (a->frame[i].status == TX_SUCCESS)
			map |= 1ull << ((a->frame[i].ssn - t->ssn) & 63);
	memcpy(b, c->run.sta[t->sta].addr, 6);
	b[8] = t->sta;
	b[9] = t->tid;
	put16(b + 10, t->seq_ctl);
	put32(b + 12, (uint32_t)map);
	put32(b + 16, (uint32_t)(map >> 32));
	put16(b + 20, t->queue);
	put16(b + 22, ssn & 0xfff);
	b[24] = (uint8_t)a->n;
	b[25] = (uint8_t)acked;
	b[26] = t->reduced_tpc;
	rx_send(c, 0, BA_NOTIF, RX_NOTIF, b, sizeof(b));
}

/* From which place on the driver must keep its frames: the first that failed from i on. */
static unsigned
done_up_to(const struct tx_agg *a, unsigned i)
{
	while (i < a->n && a->frame[i].status == TX_SUCCESS)
		i++;
	return i;
}

static void
complete(struct card *c, struct tx_agg *a)
{
	unsigned i, acked = 0, first = a->frame[0].ssn;

	if (a->n == 1) {
		tx_respond(c, &a->frame[0], a->frame[0].status, first + 1);
		return;
	}
	for (i = 0; i < a->n; i++)
		acked += a->frame[i].status == TX_SUCCESS;
	i = done_up_to(a, 0);
	tx_respond_agg(c, a->frame, a->n, first + i);
	notify(c, a, acked, first + i);
	while (i < a->n) {
		unsigned next = done_up_to(a, i + 1);

		tx_respond(c, &a->frame[i], a->frame[i].status, first + next);
		i = next;
	}
}

static void
finish(struct tx_agg *a)
{
	struct card *c = a->card;
	struct txq *q;

	if (a->filling || a->open != 0)
		return;
	if (!a->dead && a->n != 0) {
		q = &c->txq[a->frame[0].queue];
		if (q->life == a->frame[0].life) {
			q->flying -= a->n;
			complete(c, a);
			if (a->frame[a->n - 1].eosp)
				sta_period_over(c, a->frame[0].sta);
			tx_rest(c);
			tx_kick(c);
		}
	}
	free(a);
}

struct member {
	struct tx_agg	*agg;
	unsigned	at;
};

static void
member_done(struct card *c, void *arg, const struct air_txstatus *st)
{
	struct member *m = arg;
	struct tx_agg *a = m->agg;

	if (st == NULL) {
		a->dead = true;
	} else {
		tx_outcome(&a->frame[m->at], st);
		c->run.tx_time += st->airtime;
	}
	free(m);
	a->open--;
	finish(a);
}

void
ba_add(struct card *c, struct tx_agg *a, const struct tx_frame *t, struct air_tx *at,
    const uint8_t *f, size_t len)
{
	struct member *m = malloc(sizeof(*m));

	a->frame[a->n] = *t;
	if (m == NULL) {
		a->frame[a->n++].status = TX_FAIL_DRAIN_FLOW;
		return;
	}
	m->agg = a;
	m->at = a->n++;
	a->open++;
	if (at->nrates != 0 && at->rate[0].kind == AIR_RATE_HT) {
		at->flags |= AIR_TX_AMPDU;
		at->ampdu = a->number;
	}
	radio_send(c, at, f, len, member_done, m);
}

void
ba_close(struct tx_agg *a)
{
	a->filling = false;
	finish(a);
}
