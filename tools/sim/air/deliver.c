/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deliver.c - who hears a frame, who answers it, and what the capture file shows of it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/air/hub_int.h"
#include "tools/sim/air/rate.h"

/* Frames on their way with a delay. */
#define DELAYED_MAX	16384u

static bool
on_channel(const struct radio *o, const struct txframe *f, const struct air_rate *rate)
{
	if (o->tune.on == 0 || o->tune.freq != f->freq)
		return false;
	if (rate->kind != AIR_RATE_HT || (rate->flags & AIR_RATE_40MHZ) == 0)
		return true;
	return o->tune.width == 40 && o->tune.center == f->center;
}

/* Listening from the first preamble to the end, on this channel. */
static bool
listening(const struct radio *o, const struct flight *fl)
{
	return on_channel(o, fl->frame, &fl->rate) && o->tuned <= fl->start &&
	    o->sent_until <= fl->start;
}

static int8_t
dbm(double v)
{
	return (int8_t)lrint(v);
}

/* ---- one receiver ---------------------------------------------------------------------- */

static void
set_rate(struct radiotap *rt, const struct air_rate *rate)
{
	if (rate->kind == AIR_RATE_HT) {
		rt->present |= RADIOTAP_MCS;
		rt->mcs_known = RADIOTAP_MCS_HAVE_BW | RADIOTAP_MCS_HAVE_MCS |
		    RADIOTAP_MCS_HAVE_GI | RADIOTAP_MCS_HAVE_FMT;
		rt->mcs_flags = (uint8_t)
		    (((rate->flags & AIR_RATE_40MHZ) != 0 ? RADIOTAP_MCS_BW40 : 0) |
		    ((rate->flags & AIR_RATE_SGI) != 0 ? RADIOTAP_MCS_SGI : 0) |
		    ((rate->flags & AIR_RATE_GF) != 0 ? RADIOTAP_MCS_GF : 0));
		rt->mcs = rate->index;
		return;
	}
	rt->present |= RADIOTAP_RATE;
	rt->rate = rate->index;
	if ((rate->flags & AIR_RATE_SHORTPRE) != 0)
		rt->flags |= RADIOTAP_F_SHORTPRE;
}

static bool
is_cck(const struct air_rate *rate)
{
	return rate->kind == AIR_RATE_LEGACY && air_ack_rate(rate).index <= 4;
}

static void
make_radiotap(struct radiotap *rt, const struct txframe *f, const struct air_rate *rate,
    uint64_t tsf, double signal, double noise)
{
	*rt = (struct radiotap){ .present = RADIOTAP_TSFT | RADIOTAP_FLAGS | RADIOTAP_CHANNEL |
	    RADIOTAP_SIGNAL | RADIOTAP_NOISE | RADIOTAP_ANTENNA, .tsft = tsf, .freq = f->freq,
	    .signal = dbm(signal), .noise = dbm(noise) };
	rt->chan_flags = f->freq < 3000 ? RADIOTAP_CH_2GHZ : RADIOTAP_CH_5GHZ;
	rt->chan_flags |= is_cck(rate) ? RADIOTAP_CH_CCK : RADIOTAP_CH_OFDM;
	set_rate(rt, rate);
}

static void
add_ampdu(struct radiotap *rt, const struct txframe *f)
{
	if ((f->flags & AIR_TX_AMPDU) == 0)
		return;
	rt->present |= RADIOTAP_AMPDU;
	rt->ampdu_ref = f->ampdu;
}

struct delayed {
	uint32_t	id;			/* of the receiver */
	size_t		framelen, len;
	uint8_t		msg[] __attribute__((aligned(8)));
};

/* False: the radio does not read, its receive buffer is full. */
static bool
hand_over(struct radio *o, void *msg, size_t len, size_t framelen)
{
	if (radio_send(o, msg, len, AIR_RX, false)) {
		o->stats.rx++;
		o->stats.rxbytes += framelen;
		return true;
	}
	if (o->stats.dropped++ == 0)
		o->hub->ops->event(o->hub->arg, "slow", json_pack("{s:s,s:s}", "radio", o->name,
		    "text", "does not read its frames in time; they are dropped"));
	return false;
}

static void
arrive_late(struct hub *h, void *arg)
{
	struct delayed *d = arg;

	h->ndelayed--;
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++)
		if (h->radio[i] != NULL && h->radio[i]->id == d->id)
			(void)hand_over(h->radio[i], d->msg, d->len, d->framelen);
	free(d);
}

static bool
delay(struct hub *h, struct radio *o, size_t len, size_t framelen, double us)
{
	struct delayed *d = NULL;

	if (h->ndelayed < DELAYED_MAX)
		d = malloc(sizeof(*d) + len);
	if (d != NULL) {
		*d = (struct delayed){ .id = o->id, .framelen = framelen, .len = len };
		memcpy(d->msg, h->msg, len);
	}
	if (d == NULL || !sched_at(h, h->now + (uint64_t)us, arrive_late, d)) {
		o->stats.dropped++;
		free(d);
		return false;
	}
	h->ndelayed++;
	return true;
}

static bool
give(struct hub *h, const struct flight *fl, struct radio *o, const struct link *l, bool for_me)
{
	const struct txframe *f = fl->frame;
	struct air_rx rx = { .tsf = fl->tsf, .flags = for_me ? AIR_RX_FORME : 0,
	    .duration = fl->duration, .freq = f->freq, .signal = dbm(l->value[LINK_RSSI]),
	    .noise = dbm(l->value[LINK_NOISE]), .rate = fl->rate, .from = fl->radio->id };
	struct radiotap rt;
	size_t len = sizeof(rx);

	rx.rate.tries = 0;
	if ((f->flags & AIR_TX_AMPDU) != 0) {
		rx.flags |= AIR_RX_AMPDU;
		rx.ampdu = f->ampdu;
	}
	memcpy(h->msg, &rx, sizeof(rx));
	make_radiotap(&rt, f, &fl->rate, fl->tsf, l->value[LINK_RSSI], l->value[LINK_NOISE]);
	add_ampdu(&rt, f);
	len += radiotap_put(h->msg + len, RADIOTAP_MAX, &rt);
	memcpy(h->msg + len, f->data, f->len);
	len += f->len;
	if (l->value[LINK_DELAY] > 0)
		return delay(h, o, len, f->len, l->value[LINK_DELAY]);
	return hand_over(o, h->msg, len, f->len);
}

/* ---- all receivers --------------------------------------------------------------------- */

/* The addressed radio sends an ACK; does it arrive? */
static void
answer(struct hub *h, const struct flight *fl, struct radio *o, struct heard *heard)
{
	struct link *back = link_of(o, fl->radio);
	struct air_rate rate = air_ack_rate(&fl->rate);

	heard->by = o;
	if (!link_hears(h, back, &rate) || link_draw_loss(back))
		return;
	heard->acked = true;
	heard->ack_signal = dbm(back->value[LINK_RSSI]);
}

static void
try_one(struct hub *h, const struct flight *fl, struct radio *o, struct heard *heard)
{
	const struct txframe *f = fl->frame;
	struct link *l = link_of(fl->radio, o);
	bool here = listening(o, fl), mine;

	if (!here && (o->flags & AIR_HELLO_ALLCHAN) == 0)
		return;
	if (!link_hears(h, l, &fl->rate))
		return;
	mine = here && !dot11_is_group(f->data + 4) && radio_answers(o, f->data + 4);
	if (link_draw_loss(l)) {
		o->stats.lost++;
		if (mine)
			heard->lost_at = o;
		return;
	}
	if (heard->best == NULL || mine ||
	    (heard->by == NULL && l->value[LINK_RSSI] >
	    link_of(fl->radio, heard->best)->value[LINK_RSSI]))
		heard->best = o;
	/* What does not fit into the receive buffer is not acknowledged, as by a card. */
	if (give(h, fl, o, l, mine) && mine && f->wants_ack && !heard->acked)
		answer(h, fl, o, heard);
}

void
deliver(struct hub *h, const struct flight *fl, struct heard *heard)
{
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		struct radio *o = h->radio[i];

		if (o != NULL && o->id != 0 && o != fl->radio)
			try_one(h, fl, o, heard);
	}
}

bool
rts_answered(struct hub *h, const struct radio *r, const struct txframe *f)
{
	struct air_rate rate = air_ack_rate(&f->rate[f->rung]);

	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		struct radio *o = h->radio[i];

		if (o == NULL || o->id == 0 || o == r || !on_channel(o, f, &rate) ||
		    !radio_answers(o, f->data + 4))
			continue;
		if (link_hears(h, link_of(r, o), &rate) && !link_draw_loss(link_of(r, o)) &&
		    link_hears(h, link_of(o, r), &rate) && !link_draw_loss(link_of(o, r)))
			return true;
	}
	return false;
}

/* ---- the capture file ------------------------------------------------------------------ */

static const char *
comment(const struct flight *fl, const struct heard *heard, char *buf, size_t len)
{
	const struct txframe *f = fl->frame;

	if (fl->radio == NULL)
		return "cut off: the radio left while it sent this";
	if (fl->rts)
		return "RTS without an answer";
	if (heard->lost_at != NULL && heard->by == NULL)
		snprintf(buf, len, "lost at %s, try %u", heard->lost_at->name, f->tries);
	else if (f->wants_ack && heard->by == NULL)
		snprintf(buf, len, "not heard by a radio with this address, try %u", f->tries);
	else if (f->wants_ack && !heard->acked)
		snprintf(buf, len, "its ACK is lost, try %u", f->tries);
	else
		return NULL;
	return buf;
}

static void
write_frame(struct hub *h, const struct radiotap *rt, uint32_t interface, uint64_t tsf,
    const void *frame, size_t len, const char *text)
{
	uint8_t head[RADIOTAP_MAX];
	size_t rtlen = radiotap_put(head, sizeof(head), rt);

	pcapng_packet(h->pcap, interface, h->epoch + tsf, head, rtlen, frame, len, text);
}

/* ACK, or in an A-MPDU a compressed BlockAck of this one MPDU. */
static void
capture_answer(struct hub *h, const struct flight *fl, const struct heard *heard)
{
	const struct txframe *f = fl->frame;
	struct air_rate rate = air_ack_rate(&fl->rate);
	const struct link *l = link_of(heard->by, fl->radio);
	uint8_t frame[32];
	struct dot11_buf b = DOT11_BUF(frame);
	struct radiotap rt;
	struct dot11 d;

	if (f->len < 16 || heard->by->interface == NO_INTERFACE ||
	    dot11_parse(f->data, f->len, &d) != 0)
		return;
	if ((f->flags & AIR_TX_AMPDU) != 0 || DOT11_IS(d.fc, DOT11_BAR)) {
		dot11_put16(&b, DOT11_BA);
		dot11_put16(&b, 0);
		dot11_put(&b, f->data + 10, 6);
		dot11_put(&b, f->data + 4, 6);
		dot11_put16(&b, (uint16_t)(0x0004 | (d.qos & DOT11_QOS_TID) << 12));
		dot11_put16(&b, (uint16_t)(d.seq << 4));
		dot11_put64(&b, d.type == DOT11_TYPE_CTL ? 0 : 1);
	} else {
		dot11_put16(&b, DOT11_ACK);
		dot11_put16(&b, 0);
		dot11_put(&b, f->data + 10, 6);
	}
	make_radiotap(&rt, f, &rate, fl->end, l->value[LINK_RSSI], l->value[LINK_NOISE]);
	write_frame(h, &rt, heard->by->interface, fl->end, b.p, b.len, NULL);
}

static void
capture_rts(struct hub *h, const struct flight *fl, struct radiotap *rt, const char *text)
{
	uint8_t frame[16];
	struct dot11_buf b = DOT11_BUF(frame);

	dot11_put16(&b, DOT11_RTS);
	dot11_put16(&b, 0);
	dot11_put(&b, fl->frame->data + 4, 6);
	dot11_put(&b, fl->frame->data + 10, 6);
	write_frame(h, rt, fl->interface, fl->tsf, b.p, b.len, text);
}

void
capture(struct hub *h, const struct flight *fl, const struct heard *heard)
{
	const struct txframe *f = fl->frame;
	struct radiotap rt;
	char buf[128];
	const char *text;

	if (h->pcap == NULL || fl->interface == NO_INTERFACE)
		return;
	text = comment(fl, heard, buf, sizeof(buf));
	if (heard->best != NULL && fl->radio != NULL) {
		const struct link *l = link_of(fl->radio, heard->best);

		make_radiotap(&rt, f, &fl->rate, fl->tsf, l->value[LINK_RSSI],
		    l->value[LINK_NOISE]);
	} else {
		make_radiotap(&rt, f, &fl->rate, fl->tsf, 0, 0);
		rt.present &= ~(RADIOTAP_SIGNAL | RADIOTAP_NOISE);
	}
	add_ampdu(&rt, f);
	if (fl->rts && f->len >= 16) {
		capture_rts(h, fl, &rt, text);
		return;
	}
	write_frame(h, &rt, fl->interface, fl->tsf, f->data, f->len, text);
	if (heard->by != NULL)
		capture_answer(h, fl, heard);
}
