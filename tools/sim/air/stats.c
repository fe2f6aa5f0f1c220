/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.c - what the hub has carried.
 */
#include "tools/sim/air/hub_int.h"

#define SECOND	1000000u

void
stats_add(struct radio_stats *sum, const struct radio_stats *s)
{
	sum->tx += s->tx;
	sum->attempts += s->attempts;
	sum->acked += s->acked;
	sum->failed += s->failed;
	sum->invalid += s->invalid;
	sum->txbytes += s->txbytes;
	sum->rx += s->rx;
	sum->rxbytes += s->rxbytes;
	sum->lost += s->lost;
	sum->dropped += s->dropped;
}

/* Closes the second that is being counted when it is over. */
static void
roll(struct hub *h)
{
	uint64_t now = h->ops->mono_us(h->arg), passed = now - h->win_start;

	if (passed < SECOND)
		return;
	h->rate = (double)h->win_count * SECOND / (double)passed;
	if (h->rate > h->peak)
		h->peak = h->rate;
	h->win_start = now;
	h->win_count = 0;
}

void
stats_count_frame(struct hub *h)
{
	roll(h);
	h->win_count++;
}

unsigned
hub_violations(const struct hub *h)
{
	return h->violations;
}

static json_t *
numbers(const struct radio_stats *s)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "tx", (json_int_t)s->tx,
	    "attempts", (json_int_t)s->attempts, "acked", (json_int_t)s->acked, "failed",
	    (json_int_t)s->failed, "invalid", (json_int_t)s->invalid, "tx_bytes",
	    (json_int_t)s->txbytes, "rx", (json_int_t)s->rx, "rx_bytes", (json_int_t)s->rxbytes,
	    "lost", (json_int_t)s->lost, "dropped", (json_int_t)s->dropped);
}

json_t *
hub_totals(struct hub *h)
{
	struct radio_stats sum = h->gone;
	double seconds = (double)(h->ops->mono_us(h->arg) - h->started) / SECOND;
	json_t *out;

	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++)
		if (h->radio[i] != NULL)
			stats_add(&sum, &h->radio[i]->stats);
	roll(h);
	out = numbers(&sum);
	json_object_set_new(out, "violations", json_integer(h->violations));
	json_object_set_new(out, "radios", json_integer(h->nradio));
	json_object_set_new(out, "radios_most", json_integer(h->most));
	json_object_set_new(out, "cut", json_integer((json_int_t)h->cut));
	json_object_set_new(out, "seconds", json_real(seconds));
	json_object_set_new(out, "tsf", json_integer((json_int_t)hub_tsf(h)));
	json_object_set_new(out, "jumps", json_integer((json_int_t)h->clock.njump));
	json_object_set_new(out, "jumped_us", json_integer((json_int_t)h->clock.jumped));
	json_object_set_new(out, "frames_per_s", json_real(h->rate));
	json_object_set_new(out, "frames_per_s_peak", json_real(h->peak));
	json_object_set_new(out, "frames_per_s_mean",
	    json_real(seconds > 0 ? (double)sum.attempts / seconds : 0));
	if (h->pcap != NULL)
		json_object_set_new(out, "captured",
		    json_integer((json_int_t)pcapng_count(h->pcap)));
	return out;
}

static json_t *
one_radio(const struct radio *r)
{
	json_t *o = numbers(&r->stats);

	json_object_set_new(o, "radio", json_string(r->name));
	json_object_set_new(o, "id", json_integer(r->id));
	json_object_set_new(o, "on", json_boolean(r->tune.on != 0));
	json_object_set_new(o, "freq", json_integer(r->tune.freq));
	json_object_set_new(o, "channel", json_integer(air_freq_chan(r->tune.freq)));
	json_object_set_new(o, "width", json_integer(r->tune.width));
	json_object_set_new(o, "queued", json_integer(r->nq));
	json_object_set_new(o, "idle", json_boolean(radio_idle(r)));
	json_object_set_new(o, "takes_part", json_boolean(r->takes_part));
	json_object_set_new(o, "host", json_boolean((r->flags & AIR_HELLO_CLOCK) != 0));
	return o;
}

json_t *
hub_status(struct hub *h)
{
	json_t *out = hub_totals(h), *list = json_array();

	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++)
		if (h->radio[i] != NULL && h->radio[i]->id != 0)
			json_array_append_new(list, one_radio(h->radio[i]));
	json_object_set_new(out, "list", list);
	json_object_set_new(out, "fast", json_boolean(h->clock.fast));
	json_object_set_new(out, "stands", json_boolean(h->clock.stands));
	json_object_set_new(out, "sensitivity", json_real(h->sensitivity));
	json_object_set_new(out, "airtime", json_boolean(h->airtime));
	json_object_set_new(out, "seed", json_integer((json_int_t)h->seed));
	return out;
}
