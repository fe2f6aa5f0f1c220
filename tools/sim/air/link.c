/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * link.c - what lies between two radios: signal, noise, loss, delay. The settings are rules by
 * name, so that they can be made before a radio comes; a radio that comes gets them resolved.
 *
 * Each direction of each pair has random numbers of its own, from the seed and the two names:
 * the third loss from ap0 to card1 is the same in every run, whatever the others do meanwhile.
 */
#include <math.h>
#include <string.h>

#include "tools/sim/air/hub_int.h"
#include "tools/sim/air/rate.h"

static const double defaults[LINK_KEYS] = {
	[LINK_RSSI] = -50, [LINK_NOISE] = -95, [LINK_LOSS] = 0, [LINK_DELAY] = 0,
};

/* A receiver needs this much above the noise for the slowest rate, dB. */
#define SNR_MIN		2.0

/* splitmix64 (public domain algorithm by S. Vigna). */
uint64_t
rng_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t
rng_seed(uint64_t seed, const char *a, const char *b)
{
	uint64_t x = rng_next(&seed);

	for (; *a != '\0'; a++)
		x = (x ^ (uint8_t)*a) * UINT64_C(0x100000001b3);
	x = (x ^ 0xff) * UINT64_C(0x100000001b3);
	for (; *b != '\0'; b++)
		x = (x ^ (uint8_t)*b) * UINT64_C(0x100000001b3);
	return rng_next(&x);
}

struct link *
link_of(const struct radio *from, const struct radio *to)
{
	return &from->to[to->slot];
}

/* 0: does not apply; else the closer the higher. */
static unsigned
closeness(const struct rule *rule, const char *from, const char *to)
{
	unsigned score = 1;

	if (strcmp(rule->from, from) == 0)
		score += 2;
	else if (strcmp(rule->from, "*") != 0)
		return 0;
	if (strcmp(rule->to, to) == 0)
		score += 1;
	else if (strcmp(rule->to, "*") != 0)
		return 0;
	return score;
}

static void
resolve(const struct hub *h, const struct radio *from, const struct radio *to)
{
	struct link *l = link_of(from, to);
	unsigned best[LINK_KEYS] = { 0 };

	memcpy(l->value, defaults, sizeof(l->value));
	for (const struct rule *r = h->rules; r != NULL; r = r->next) {
		unsigned score = closeness(r, from->name, to->name);

		for (unsigned k = 0; k < LINK_KEYS; k++) {
			if ((r->have >> k & 1) == 0 || score <= best[k])
				continue;
			best[k] = score;
			l->value[k] = r->value[k];
		}
	}
}

void
links_resolve(struct hub *h, struct radio *r)
{
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		struct radio *o = h->radio[i];

		if (o == NULL || o->id == 0 || o == r)
			continue;
		resolve(h, r, o);
		resolve(h, o, r);
		link_of(r, o)->rng = rng_seed(h->seed, r->name, o->name);
		link_of(o, r)->rng = rng_seed(h->seed, o->name, r->name);
	}
}

void
links_update(struct hub *h)
{
	for (unsigned i = 0; i < HUB_RADIOS_MAX; i++) {
		for (unsigned j = 0; j < HUB_RADIOS_MAX; j++) {
			const struct radio *a = h->radio[i], *b = h->radio[j];

			if (a != NULL && b != NULL && a != b && a->id != 0 && b->id != 0)
				resolve(h, a, b);
		}
	}
}

bool
link_hears(const struct hub *h, const struct link *l, const struct air_rate *rate)
{
	double floor = fmax(h->sensitivity, l->value[LINK_NOISE] + SNR_MIN);

	return l->value[LINK_RSSI] >= floor + air_rate_margin(rate);
}

bool
link_draw_loss(struct link *l)
{
	double loss = l->value[LINK_LOSS];

	if (loss <= 0)
		return false;
	return (double)(rng_next(&l->rng) >> 11) * (100.0 / 9007199254740992.0) < loss;
}
