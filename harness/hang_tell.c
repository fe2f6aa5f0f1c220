/* SPDX-License-Identifier: BSD-2-Clause */
/* What all threads do, have and wait for, as text; see hang.h. */
#include <stdio.h>
#include <string.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/dev.h"
#include "harness/event.h"
#include "harness/hang.h"
#include "harness/life.h"
#include "harness/report.h"
#include "harness/symtab.h"

#define GET(p)	atomic_load_explicit(&(p), memory_order_relaxed)
#define FRAMES	4		/* of a place */

struct tell {
	struct jsonw	*j;
	uint64_t	 now;		/* run time */
};

static double
since(const struct tell *t, uint64_t ticks)
{
	uint64_t then = clock_ticks_to_run_ns(ticks);

	return t->now > then ? (double)(t->now - then) / 1e9 : 0;
}

static void
place(const struct tell *t, const struct busy_place *p)
{
	struct backtrace bt;

	busy_backtrace(p, &bt);
	report_fatal_place(t->j, &bt, FRAMES);
}

static void
tell_call(const struct tell *t, const struct busy *b)
{
	unsigned n = GET(b->ncalls), last = (n < BUSY_CALLS ? n : BUSY_CALLS) - 1;
	const char *name;

	if (n == 0) {
		report_fatal_say(t->j, "%s: in no call of the driver's", b->name);
		return;
	}
	name = GET(b->call[last].fn) != NULL ?
	    symtab_name((uintptr_t)GET(b->call[last].fn)) : NULL;
	report_fatal_say(t->j, "%s: in %s%s%s for %.3f s", b->name, GET(b->call[last].context),
	    name != NULL ? ", " : "", name != NULL ? name : "", since(t, GET(b->call_since)));
}

static void
tell_held(const struct tell *t, const struct busy *b)
{
	unsigned i, n = GET(b->nheld);
	const struct busy_held *h;

	for (i = 0; i < n && i < BUSY_HOLDS; i++) {
		h = &b->held[i];
		if (GET(h->role))
			continue;
		report_fatal_say(t->j, "  has %s for %.3f s, taken by:", GET(h->name),
		    since(t, GET(h->since)));
		place(t, &h->place);
	}
}

static void
tell_wakes(const struct tell *t, const void *thing)
{
	const struct busy_wake *w = busy_last_wake(thing);

	if (w == NULL) {
		report_fatal_say(t->j, "  nobody has ever woken that");
		return;
	}
	report_fatal_say(t->j, "  woken %llu times, last %.3f s ago in %s by:",
	    (unsigned long long)GET(w->count), since(t, GET(w->at)), GET(w->context));
	place(t, &w->place);
}

static void
tell_wait(const struct tell *t, const struct busy *b)
{
	const struct busy *holder;

	if (busy_waits(b) && !GET(b->wait_event)) {
		holder = busy_holder(GET(b->wait_thing));
		report_fatal_say(t->j, "  waits for %s for %.3f s, which %s has; in:",
		    GET(b->wait_name), since(t, GET(b->wait_since)),
		    holder != NULL ? holder->name : "nobody");
		place(t, &b->wait_place);
	} else if (busy_waits(b)) {
		report_fatal_say(t->j, "  waits for %s for %.3f s; in:", GET(b->wait_name),
		    since(t, GET(b->wait_since)));
		place(t, &b->wait_place);
		tell_wakes(t, GET(b->wait_thing));
	}
	if (GET(b->vain) == 0)
		return;
	report_fatal_say(t->j, "  has waited in vain %u times, %.3f s in all, the last until "
	    "%.3f s ago; in:", GET(b->vain), (double)GET(b->vain_ns) / 1e9,
	    since(t, GET(b->vain_at)));
	place(t, &b->vain_place);
	if (!busy_waits(b) || GET(b->wait_thing) != GET(b->vain_thing))
		tell_wakes(t, GET(b->vain_thing));
}

static void
tell_thread(void *arg, unsigned slot, struct busy *b)
{
	const struct tell *t = arg;
	bool waits = busy_waits(b);

	(void)slot;
	if (GET(b->ncalls) == 0 && !waits)
		return;
	tell_call(t, b);
	tell_held(t, b);
	tell_wait(t, b);
}

void
hang_tell(struct jsonw *j)
{
	struct tell t = { j, clock_run_ns() };
	struct hyp_dev *dev = life_dev();

	event_stderr("who does what:\n");
	jsonw_array(j, "doing");
	busy_each(tell_thread, &t);
	jsonw_end(j);
	event_stderr("interrupts:\n");
	jsonw_array(j, "interrupts");
	if (dev != NULL && dev->intr != NULL)
		intr_tell(dev, t.now, j);
	jsonw_end(j);
	event_stderr("what the device was told last:\n");
	jsonw_array(j, "told");
	report_fatal_told(j, dev, t.now);
	jsonw_end(j);
}
