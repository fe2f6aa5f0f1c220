/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hub.c - the life of the hub and of its radios, messages in and out.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/sim/air/hub_int.h"

/* After so many only the count goes on. */
#define PRINTED_MAX	100u
struct hub *
hub_new(const struct hub_ops *ops, void *arg, bool fast)
{
	struct hub *h = calloc(1, sizeof(*h));
	struct timespec ts;

	if (h == NULL)
		return NULL;
	h->ops = ops;
	h->arg = arg;
	h->started = ops->mono_us(arg);
	clock_new(h, fast);
	h->win_start = h->started;
	clock_gettime(CLOCK_REALTIME, &ts);
	h->epoch = (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
	h->sensitivity = -93;
	h->airtime = true;
	h->rng = rng_seed(0, "", "");
	h->next_id = 1;
	TAILQ_INIT(&h->pending);
	LIST_INIT(&h->flights);
	return h;
}

void
hub_free(struct hub *h)
{
	struct rule *r;

	if (h == NULL)
		return;
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++)
		if (h->radio[i] != NULL)
			hub_leave(h, h->radio[i], "the hub ends");
	/* Flights and delayed frames free themselves when their time comes. */
	while (h->nevent != 0)
		sched_run_one(h);
	free(h->event);
	while ((r = h->rules) != NULL) {
		h->rules = r->next;
		free(r);
	}
	clock_free(h);
	free(h);
}

static void
add_interface(struct radio *r)
{
	if (r->hub->pcap != NULL && r->id != 0 && (r->flags & AIR_HELLO_CLOCK) == 0)
		r->interface = pcapng_interface(r->hub->pcap, r->name);
}

void
hub_pcap(struct hub *h, struct pcapng *p)
{
	h->pcap = p;
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++)
		if (h->radio[i] != NULL)
			add_interface(h->radio[i]);
}

/* ---- radios come and go ---------------------------------------------------------------- */

struct radio *
hub_join(struct hub *h, void *link)
{
	struct radio *r;
	unsigned slot = 0;

	while (slot < HUB_RADIOS_MAX && h->radio[slot] != NULL)
		slot++;
	if (slot == HUB_RADIOS_MAX)
		return NULL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->to = calloc(HUB_RADIOS_MAX, sizeof(*r->to));
	if (r->to == NULL) {
		free(r);
		return NULL;
	}
	r->hub = h;
	r->link = link;
	r->slot = slot;
	r->interface = NO_INTERFACE;
	snprintf(r->name, sizeof(r->name), "(new)");
	for (unsigned i = 0; i < NPRIO; i++)
		TAILQ_INIT(&r->q[i]);
	h->radio[slot] = r;
	return r;
}

void
hub_leave(struct hub *h, struct radio *r, const char *why)
{
	if (r->id != 0 && (r->flags & AIR_HELLO_CLOCK) != 0) {
		h->ops->event(h->arg, "left", json_pack("{s:s,s:s}", "host", r->name, "why", why));
	} else if (r->id != 0) {
		h->nradio--;
		h->ops->event(h->arg, "left", json_pack("{s:s,s:s,s:I,s:I,s:I}", "radio",
		    r->name, "why", why, "tx", (json_int_t)r->stats.tx, "rx",
		    (json_int_t)r->stats.rx, "dropped", (json_int_t)r->stats.dropped));
	}
	medium_forget(r);
	stats_add(&h->gone, &r->stats);
	h->radio[r->slot] = NULL;
	free(r->to);
	free(r);
	medium_kick(h);
}

void
hub_drop(struct hub *h, struct radio *r, const char *why)
{
	struct air_bye bye = { .text = "" };
	void *link = r->link;

	snprintf(bye.text, sizeof(bye.text), "%s", why);
	(void)radio_send(r, &bye, sizeof(bye), AIR_BYE, true);
	hub_leave(h, r, why);
	h->ops->close(h->arg, link);
}

struct radio *
hub_find(struct hub *h, const char *name)
{
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++)
		if (h->radio[i] != NULL && h->radio[i]->id != 0 &&
		    strcmp(h->radio[i]->name, name) == 0)
			return h->radio[i];
	return NULL;
}

bool
radio_answers(const struct radio *r, const uint8_t *addr1)
{
	for (unsigned i = 0; i < r->naddr; i++) {
		const struct air_addr *a = &r->addr[i];
		uint8_t diff = 0;

		for (unsigned b = 0; b < 6; b++)
			diff |= (uint8_t)((addr1[b] ^ a->addr[b]) & a->mask[b]);
		if (diff == 0)
			return true;
	}
	return false;
}

bool
hub_full(const struct radio *r)
{
	return r->nq >= HUB_WINDOW;
}

/* ---- messages -------------------------------------------------------------------------- */

bool
radio_send(struct radio *r, void *msg, size_t len, uint16_t type, bool must)
{
	struct hub *h = r->hub;

	*(struct air_hdr *)msg = (struct air_hdr){ .type = type, .len = (uint32_t)len,
	    .seq = r->seq + 1, .skew = clock_skew(h) };
	if (!h->ops->send(h->arg, r->link, msg, len, must))
		return false;
	r->seq++;
	return true;
}

static void __attribute__((format(printf, 3, 4)))
violation(struct hub *h, struct radio *r, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (++h->violations > PRINTED_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	h->ops->event(h->arg, "violation", json_pack("{s:s,s:s,s:s}", "rule", "air-message",
	    "radio", r->name, "text", text));
}

static const char *
on_hello(struct hub *h, struct radio *r, const struct air_hello *m)
{
	struct air_welcome w = { .version = AIR_VERSION, .window = HUB_WINDOW,
	    .fast = h->clock.fast };
	const char *why = r->id != 0 ? "HELLO: said twice" : hello_check(h, m);

	if (why != NULL)
		return why;
	memcpy(r->name, m->name, sizeof(r->name));
	r->flags = m->flags;
	r->naddr = m->naddr;
	memcpy(r->addr, m->addr, sizeof(r->addr));
	r->id = h->next_id++;
	links_resolve(h, r);
	add_interface(r);
	w.id = r->id;
	w.tsf = h->now;
	(void)radio_send(r, &w, sizeof(w), AIR_WELCOME, true);
	if ((r->flags & AIR_HELLO_CLOCK) != 0) {
		h->ops->event(h->arg, "host", json_pack("{s:s,s:i}", "host", r->name, "id",
		    (int)r->id));
		return NULL;
	}
	if (++h->nradio > h->most)
		h->most = h->nradio;
	h->ops->event(h->arg, "radio", json_pack("{s:s,s:i,s:i}", "radio", r->name, "id",
	    (int)r->id, "radios", (int)h->nradio));
	return NULL;
}

static const char *
on_addr(struct radio *r, const struct air_hello *m)
{
	const char *why = addrs_check(m);

	if (why != NULL)
		return why;
	r->naddr = m->naddr;
	memcpy(r->addr, m->addr, sizeof(r->addr));
	return NULL;
}

static const char *
on_tune(struct radio *r, const struct air_tune *m)
{
	const char *why = tune_check(m);

	if (why != NULL)
		return why;
	if (m->on != r->tune.on || m->freq != r->tune.freq || m->center != r->tune.center ||
	    m->width != r->tune.width)
		r->tuned = r->hub->now;
	r->tune = *m;
	return NULL;
}

static const char *
on_idle(struct radio *r, const struct air_idle *m)
{
	if (m->hdr.seq > r->seq)
		return "IDLE: seq is of a message that was never sent";
	r->idle = r->takes_part = true;
	r->idle_seq = m->hdr.seq;
	r->idle_until = m->until;
	return NULL;
}

void
radio_time(struct radio *r)
{
	struct air_time t = { .tsf = clock_tsf(r->hub) };

	r->idle = false;
	(void)radio_send(r, &t, sizeof(t), AIR_TIME, true);
}

static const char *
on_busy(struct radio *r, const struct air_busy *m)
{
	if ((m->flags & ~(AIR_BUSY_ANSWER | AIR_BUSY_WALL)) != 0)
		return "BUSY: unknown flags";
	r->takes_part = (m->flags & AIR_BUSY_WALL) == 0;
	if ((m->flags & AIR_BUSY_ANSWER) != 0) {
		clock_heed(r->hub);
		radio_time(r);
	}
	return NULL;
}

static size_t
message_len(uint16_t type)
{
	switch (type) {
	case AIR_HELLO:
	case AIR_ADDR:
		return sizeof(struct air_hello);
	case AIR_TUNE:
		return sizeof(struct air_tune);
	case AIR_TX:
		return sizeof(struct air_tx);
	case AIR_IDLE:
		return sizeof(struct air_idle);
	case AIR_BUSY:
		return sizeof(struct air_busy);
	default:
		return 0;
	}
}

/* What is wrong with it, or NULL. */
static const char *
dispatch(struct hub *h, struct radio *r, const void *msg, size_t len)
{
	const struct air_hdr *m = msg;
	size_t want;

	if (len < sizeof(*m))
		return "shorter than a message header";
	if (m->len != len)
		return "len is not the length of the datagram";
	want = message_len(m->type);
	if (want == 0)
		return "no such message type";
	if (m->type == AIR_TX ? len < want : len != want)
		return "wrong length for its type";
	if (r->id == 0 && m->type != AIR_HELLO)
		return "HELLO has to come first";
	if ((r->flags & AIR_HELLO_CLOCK) != 0 && m->type != AIR_IDLE && m->type != AIR_BUSY)
		return "a host has no antenna: only IDLE and BUSY";
	if (m->type != AIR_IDLE)
		r->idle = false;
	switch (m->type) {
	case AIR_HELLO:
		return on_hello(h, r, msg);
	case AIR_ADDR:
		return on_addr(r, msg);
	case AIR_TUNE:
		return on_tune(r, msg);
	case AIR_TX:
		return tx_input(r, msg, (const uint8_t *)msg + want, len - want);
	case AIR_BUSY:
		return on_busy(r, msg);
	default:
		return on_idle(r, msg);
	}
}

bool
hub_input(struct hub *h, struct radio *r, const void *msg, size_t len)
{
	const struct air_hdr *m = msg;
	const char *why;

	h->now = clock_tsf(h);
	why = dispatch(h, r, msg, len);
	if (why == NULL)
		return true;
	if (len >= sizeof(*m))
		violation(h, r, "%s: %s (type %u, len %u, datagram of %zu bytes)", r->name,
		    why, m->type, m->len, len);
	else
		violation(h, r, "%s: %s (datagram of %zu bytes)", r->name, why, len);
	hub_drop(h, r, why);
	return false;
}
