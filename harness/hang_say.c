/* SPDX-License-Identifier: BSD-2-Clause */
/* A hang in one line; see hang_int.h. */
#include <stdio.h>

#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/dev.h"
#include "harness/hang.h"
#include "harness/hang_int.h"
#include "harness/life.h"
#include "harness/symtab.h"
#include "harness/trace.h"

/* "toy_bh in BH" of the innermost call. */
void
hang_add_call(struct text *t, const struct busy *b)
{
	unsigned n = GET(b->ncalls);
	const struct busy_call *c;
	const char *name;

	if (n == 0) {
		text_add(t, "%s", b->name);
		return;
	}
	c = &b->call[(n < BUSY_CALLS ? n : BUSY_CALLS) - 1];
	name = GET(c->fn) != NULL ? symtab_name((uintptr_t)GET(c->fn)) : NULL;
	if (name != NULL)
		text_add(t, "%s in %s", name, GET(c->context));
	else
		text_add(t, "%s", GET(c->context));
}

bool
hang_has(const struct busy *b, const void *thing)
{
	unsigned i, n = GET(b->nheld);

	for (i = 0; i < n && i < BUSY_HOLDS; i++)
		if (GET(b->held[i].thing) == thing)
			return true;
	return false;
}

struct waiters {
	struct text	*t;
	const struct busy *b;
};

static void
add_waiter(void *arg, unsigned slot, struct busy *w)
{
	struct waiters *ws = arg;

	(void)slot;
	if (w == ws->b || !busy_waits(w) || GET(w->wait_event) ||
	    !hang_has(ws->b, GET(w->wait_thing)))
		return;
	text_add(ws->t, "; ");
	hang_add_call(ws->t, w);
	text_add(ws->t, " waits for %s", GET(w->wait_name));
}

/* "; it has the lock; toy_bh in BH waits for the lock". */
void
hang_add_held(struct text *t, const struct busy *b)
{
	unsigned i, n = GET(b->nheld), told = 0;
	const char *name;

	for (i = 0; i < n && i < BUSY_HOLDS; i++) {
		name = GET(b->held[i].name);
		if (GET(b->held[i].role))
			continue;
		text_add(t, "%s%s", told++ == 0 ? "; it has " : " and ", name);
	}
	busy_each(add_waiter, &(struct waiters){ t, b });
}

void
hang_add_cycle(struct text *t, struct busy *b)
{
	struct busy *at = b, *next;
	unsigned i;

	text_add(t, "deadlock: ");
	for (i = 0; i < BUSY_THREADS; i++) {
		next = busy_holder(GET(at->wait_thing));
		text_add(t, "%sthread %s (", i > 0 ? "; " : "", at->name);
		hang_add_call(t, at);
		text_add(t, ") waits for %s, which %s has", GET(at->wait_name),
		    next != NULL ? next->name : "nobody");
		if (next == NULL || next == b)
			return;
		at = next;
	}
}

uint64_t
hang_in_vain(const struct busy *b)
{
	uint64_t ns = GET(b->vain_ns), now;

	if (busy_waits(b) && GET(b->wait_event)) {
		now = clock_now_ns();
		if (now > GET(b->wait_since_ns))
			ns += now - GET(b->wait_since_ns);
	}
	return ns;
}

static void
find_vain(void *arg, unsigned slot, struct busy *b)
{
	(void)slot;
	if (GET(b->ncalls) != 0 && hang_in_vain(b) != 0)
		*(struct busy **)arg = b;
}

/* What it told the device last, in the driver's own words if there are some. */
static void
add_told(struct text *t, const struct busy *b)
{
	char what[128], value[64];
	struct trace_entry e;

	if (trace_last_kept(TRACE_KEPT_NOTE, GET(b->tid), &e))
		text_add(t, "; the %s was told last: %s", (const char *)(uintptr_t)e.a,
		    (const char *)(uintptr_t)e.b);
	if (!trace_last_kept(TRACE_KEPT_WRITE, GET(b->tid), &e))
		return;
	trace_what_text(&e, what, sizeof(what));
	trace_value_text(&e, value, sizeof(value));
	text_add(t, "; it wrote last %s = %s", what, value);
}

void
hang_add_vain(struct text *t, struct busy *b)
{
	uint64_t since = GET(b->vain) != 0 ? GET(b->vain_since) : GET(b->wait_from);
	struct hyp_dev *dev = life_dev();
	unsigned long came = 0;
	bool runs = false;

	if (dev != NULL && dev->intr != NULL)
		came = intr_since(dev, since, &runs);
	text_add(t, "%s ", runs ? "stuck interrupt handler?" : came == 0 ? "lost interrupt?" :
	    "missing wake-up?");
	hang_add_call(t, b);
	text_add(t, " has waited %.3g s in vain", (double)hang_in_vain(b) / 1e9);
	text_add(t, "%s", runs ? "; a handler runs since before" : came == 0 ?
	    ", and no interrupt came meanwhile" : "; interrupts came meanwhile, but nobody woke "
	    "what it waits for");
	add_told(t, b);
}

bool
hang_waited_in_vain(bool own, char *line, size_t size)
{
	struct text t = { line, size, 0 };
	struct busy *b = NULL;

	line[0] = '\0';
	if (!own)
		busy_each(find_vain, &b);
	else if (busy_self() != NULL)
		find_vain(&b, 0, busy_self());
	if (b != NULL)
		hang_add_vain(&t, b);
	return b != NULL;
}
