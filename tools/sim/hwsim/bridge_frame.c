/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bridge_frame.c - frames between a radio of hwsim's and the air, and what became of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/hwsim/bridge_int.h"

/* ---- a radio sends ------------------------------------------------------------------------- */

/* The kernel waits for the status of each frame it gave: this one went nowhere. */
static void
unsent(struct radio *r, const struct hwsim_tx *tx)
{
	struct hwsim_txinfo info;

	r->stats.unsent++;
	hwsim_status_unsent(tx, &info);
	(void)hwsim_txinfo(r->bridge->hwsim, r->hw, &info);
}

static void
tune(struct radio *r, uint32_t freq)
{
	if (r->freq == freq)
		return;
	if (air_tune(r->air, &(struct air_tune){ .on = 1, .freq = (uint16_t)freq,
	    .center = (uint16_t)freq, .width = 20 }) == 0)
		r->freq = (uint16_t)freq;
}

static int
transmit(struct radio *r, struct frame *f)
{
	struct air_tx tx = { .cookie = f->tx.cookie, .flags = hwsim_air_flags(&f->tx),
	    .freq = (uint16_t)f->tx.freq, .prio = hwsim_prio(f->tx.frame, f->tx.len) };
	int error;

	if (air_window(r->air) == 0)
		return ENOBUFS;
	tune(r, f->tx.freq);
	tx.nrates = (uint8_t)hwsim_ladder(&f->tx, tx.rate);
	error = air_tx(r->air, &tx, f->tx.frame, f->tx.len);
	if (error == 0)
		STAILQ_INSERT_TAIL(&r->sent, f, q);
	return error;
}

static void
pump(struct radio *r)
{
	struct frame *f;
	int error;

	while ((f = STAILQ_FIRST(&r->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->waiting, q);
		error = transmit(r, f);
		if (error == ENOBUFS) {
			STAILQ_INSERT_HEAD(&r->waiting, f, q);
			return;
		}
		r->nwaiting--;
		if (error != 0) {
			unsent(r, &f->tx);
			free(f);
		}
	}
}

/* A radio of the air sends with addresses it answers to; so it is with these, unless group. */
static void
learn(struct radio *r, const uint8_t *frame, size_t len)
{
	struct dot11 d;

	if (!r->told && dot11_parse(frame, len, &d) == 0 && d.addr2 != NULL &&
	    !dot11_is_group(d.addr2) && radio_find_addr(r, d.addr2) < 0)
		radio_add_addr(r, d.addr2);
}

void
radio_tx(void *arg, const uint8_t hw[6], const struct hwsim_tx *tx)
{
	struct bridge *b = arg;
	struct radio *r = radio_find(b, hw);
	struct frame *f = NULL;
	uint8_t perm[6];

	radio_first_address(hw, perm);
	if (r == NULL)
		r = radio_new(b, hw, perm);
	if (r == NULL)
		return;
	r->up = true;
	r->stats.tx++;
	if (r->nwaiting < BRIDGE_WAITING && tx->len >= AIR_FRAME_MIN &&
	    tx->len <= AIR_FRAME_MAX && tx->freq <= UINT16_MAX && air_freq_chan(tx->freq) != 0)
		f = malloc(sizeof(*f) + tx->len);
	if (f == NULL) {
		unsent(r, tx);
		return;
	}
	f->tx = *tx;
	f->tx.frame = f->data;
	memcpy(f->data, tx->frame, tx->len);
	learn(r, f->data, f->tx.len);
	STAILQ_INSERT_TAIL(&r->waiting, f, q);
	r->nwaiting++;
	pump(r);
}

static void
count(struct bridge_stats *s, const struct air_txstatus *st)
{
	switch (st->result) {
	case AIR_TX_ACKED:
		s->acked++;
		break;
	case AIR_TX_SENT:
		s->noack++;
		break;
	case AIR_TX_NOANSWER:
		s->unacked++;
		break;
	default:
		s->unsent++;
		break;
	}
}

static void
on_txstatus(void *arg, const struct air_txstatus *st)
{
	struct radio *r = arg;
	struct hwsim_txinfo info;
	struct frame *f;

	STAILQ_FOREACH(f, &r->sent, q)
		if (f->tx.cookie == st->cookie)
			break;
	if (f == NULL)
		return;
	STAILQ_REMOVE(&r->sent, f, frame, q);
	count(&r->stats, st);
	hwsim_status(&f->tx, st, &info);
	(void)hwsim_txinfo(r->bridge->hwsim, r->hw, &info);
	free(f);
	pump(r);
}

/* ---- a radio hears ------------------------------------------------------------------------- */

static void
on_rx(void *arg, const struct air_rx *rx, const uint8_t *frame, size_t len)
{
	struct radio *r = arg;
	struct hwsim_rx to = { .freq = rx->freq, .rate = hwsim_rx_rate(&rx->rate, rx->freq),
	    .signal = rx->signal };

	if (!r->up)
		return;
	if (hwsim_rx(r->bridge->hwsim, r->hw, &to, frame, len) == 0)
		r->stats.rx++;
	else
		r->stats.rx_dropped++;
}

static void
on_welcome(void *arg, const struct air_welcome *w)
{
	struct radio *r = arg;

	(void)w;
	r->on_air = true;
}

static void
on_hub_gone(void *arg, const char *why)
{
	struct radio *r = arg;

	bridge_fail(r->bridge, r->name, why);
}

const struct air_ops radio_air_ops = {
	.welcome = on_welcome,
	.rx = on_rx,
	.txstatus = on_txstatus,
	.gone = on_hub_gone,
};
