/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hub.c - the life of the hub and of its radios, messages in and out, and the clock.
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
/* Things done in one hub_run() before the sockets get their turn. */
#define RUN_MAX		256u

static uint64_t
tsf_now(struct hub *h)
{
	return h->ops->mono_us(h->arg) + (uint64_t)h->skew;
}

struct hub *
hub_new(const struct hub_ops *ops, void *arg, bool fast)
{
	struct hub *h = calloc(1, sizeof(*h));
	struct timespec ts;

	if (h == NULL)
		return NULL;
	h->ops = ops;
	h->arg = arg;
	h->fast = fast;
	h->started = ops->mono_us(arg);
	h->skew = -(int64_t)h->started;
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
	free(h);
}

static void
add_interface(struct radio *r)
{
	if (r->hub->pcap != NULL && r->id != 0)
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
	if (r->id != 0) {
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

const char *
radio_name(const struct radio *r)
{
	return r->name;
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
	    .seq = r->seq + 1, .skew = h->skew };
	if (!h->ops->send(h->arg, r->link, msg, len, must))
		return false;
	r->seq++;
	return true;
}

void
hub_violation(struct hub *h, struct radio *r, const char *fmt, ...)
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
	struct air_welcome w = { .version = AIR_VERSION, .window = HUB_WINDOW, .fast = h->fast };
	const char *why = r->id != 0 ? "HELLO: said twice" : hello_check(h, m);

	if (why != NULL)
		return why;
	memcpy(r->name, m->name, sizeof(r->name));
	r->flags = m->flags;
	r->naddr = m->naddr;
	memcpy(r->addr, m->addr, sizeof(r->addr));
	r->id = h->next_id++;
	if (++h->nradio > h->most)
		h->most = h->nradio;
	links_resolve(h, r);
	add_interface(r);
	w.id = r->id;
	w.tsf = h->now;
	(void)radio_send(r, &w, sizeof(w), AIR_WELCOME, true);
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
	r->idle = true;
	r->idle_seq = m->hdr.seq;
	r->idle_until = m->until;
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
	default:
		return on_idle(r, msg);
	}
}

bool
hub_input(struct hub *h, struct radio *r, const void *msg, size_t len)
{
	const struct air_hdr *m = msg;
	const char *why;

	h->now = tsf_now(h);
	why = dispatch(h, r, msg, len);
	if (why == NULL)
		return true;
	if (len >= sizeof(*m))
		hub_violation(h, r, "%s: %s (type %u, len %u, datagram of %zu bytes)", r->name,
		    why, m->type, m->len, len);
	else
		hub_violation(h, r, "%s: %s (datagram of %zu bytes)", r->name, why, len);
	hub_drop(h, r, why);
	return false;
}

/* ---- time ------------------------------------------------------------------------------ */

static bool
is_idle(const struct radio *r)
{
	return r->idle && r->idle_seq == r->seq;
}

/* The earliest `until` of the idle radios. *all: every radio that counts is idle. */
static uint64_t
idle_until(const struct hub *h, bool *all)
{
	uint64_t until = UINT64_MAX;
	unsigned counted = 0;

	*all = true;
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		const struct radio *r = h->radio[i];

		if (r == NULL || r->id == 0)
			continue;
		if (is_idle(r) && r->idle_until < until)
			until = r->idle_until;
		if ((r->flags & AIR_HELLO_PASSIVE) != 0)
			continue;
		counted++;
		if (!is_idle(r))
			*all = false;
	}
	if (counted == 0 || counted < h->want_radios)
		*all = false;
	return until;
}

static void
wake_idle(struct hub *h, uint64_t now)
{
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		struct radio *r = h->radio[i];
		struct air_time t = { .tsf = now };

		if (r == NULL || r->id == 0 || !is_idle(r) || r->idle_until > now)
			continue;
		r->idle = false;
		(void)radio_send(r, &t, sizeof(t), AIR_TIME, true);
	}
}

/* True: something was done or time has moved. */
static bool
step(struct hub *h)
{
	uint64_t now = tsf_now(h), next = sched_next(h), until;
	bool all;

	if (next <= now) {
		sched_run_one(h);
		return true;
	}
	h->now = now;
	if (!h->fast)
		return false;
	until = idle_until(h, &all);
	if (until <= now) {
		wake_idle(h, now);
		return true;
	}
	if (next > until)
		next = until;
	if (!all || next == UINT64_MAX)
		return false;
	h->skew += (int64_t)(next - now);
	h->njump++;
	h->jumped += next - now;
	return true;
}

void
hub_run(struct hub *h)
{
	for (unsigned i = 0; i < RUN_MAX && step(h); i++)
		continue;
}

uint64_t
hub_wait(struct hub *h)
{
	uint64_t now = tsf_now(h), next = sched_next(h), until;
	bool all;

	if (h->fast) {
		until = idle_until(h, &all);
		if (until < next)
			next = until;
		if (all && next != UINT64_MAX)
			return 0;
	}
	if (next == UINT64_MAX)
		return UINT64_MAX;
	return next <= now ? 0 : next - now;
}

uint64_t
hub_tsf(struct hub *h)
{
	return tsf_now(h);
}
