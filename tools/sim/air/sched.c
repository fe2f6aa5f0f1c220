/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.c - what will happen, in order of time; things of one time in the order they were asked
 * for. A binary heap.
 */
#include <stdlib.h>

#include "tools/sim/air/hub_int.h"

static bool
before(const struct event *a, const struct event *b)
{
	return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static void
swap(struct event *a, struct event *b)
{
	struct event t = *a;

	*a = *b;
	*b = t;
}

static void
rise(struct event *e, size_t i)
{
	for (; i > 0 && before(&e[i], &e[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&e[i], &e[(i - 1) / 2]);
}

static void
sink(struct event *e, size_t n, size_t i)
{
	for (;;) {
		size_t least = i;

		for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < n; c++)
			if (before(&e[c], &e[least]))
				least = c;
		if (least == i)
			return;
		swap(&e[i], &e[least]);
		i = least;
	}
}

bool
sched_at(struct hub *h, uint64_t when, void (*fn)(struct hub *, void *), void *arg)
{
	if (h->nevent == h->maxevent) {
		size_t max = h->maxevent == 0 ? 64 : h->maxevent * 2;
		struct event *e = realloc(h->event, max * sizeof(*e));

		if (e == NULL)
			return false;
		h->event = e;
		h->maxevent = max;
	}
	h->event[h->nevent] = (struct event){ when, h->norder++, fn, arg };
	rise(h->event, h->nevent++);
	return true;
}

uint64_t
sched_next(const struct hub *h)
{
	return h->nevent == 0 ? UINT64_MAX : h->event[0].when;
}

void
sched_run_one(struct hub *h)
{
	struct event e = h->event[0];

	h->event[0] = h->event[--h->nevent];
	sink(h->event, h->nevent, 0);
	h->now = e.when;
	e.fn(h, e.arg);
}
