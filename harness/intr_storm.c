/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A storm of interrupts ends the run (storm.h says what one is).  It is told when the handler
 * touches a register the next time, so that the backtrace begins in it, or else when it has
 * returned.
 */
#include <stdio.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/fatal.h"
#include "harness/hang.h"
#include "harness/intr_int.h"
#include "harness/rr.h"
#include "harness/trace.h"

#define ENTRIES	64		/* of one run of a handler; one that does more works */

static double
seconds(uint64_t since)
{
	uint64_t now = clock_now_ns();

	return now > since ? (double)(now - since) / 1e9 : 0;
}

/* It has returned: the innermost of its functions that the driver is known to have. */
static void
add_handler(struct fatal *f)
{
	const struct busy *b = busy_self();
	unsigned n = b == NULL ? BUSY_CALLS : atomic_load(&b->ncalls);
	struct backtrace bt = { .n = 1 };

	if (n >= BUSY_CALLS || atomic_load(&b->call[n].fn) == NULL)
		return;
	bt.pc[0] = (uintptr_t)atomic_load(&b->call[n].fn) + 1;	/* as if returned to */
	fatal_part(f, "the handler, which touches no register", "handler", &bt);
}

static _Noreturn void
tell(struct intr *in, bool touched)
{
	const struct storm *s = &in->storm[in->caught_at];
	struct fatal *f = fatal_begin();
	bool stray = in->caught == STORM_STRAY;

	f->event = "hang";
	f->kind = "storm";
	f->status = FATAL_STATUS_HANG;
	f->drivers = f->all_threads = true;
	f->more = hang_tell;
	bt_here(&f->bt);
	if (!touched)
		add_handler(f);
	snprintf(f->text, sizeof(f->text), "hang: interrupt storm: %s vector %u has come %u times "
	    "in %.3g s, and %s", intr_kind_name(in->kind), in->caught_at, stray ? s->came : s->same,
	    seconds(stray ? s->since : s->same_since), stray ?
	    "its handler has claimed next to none of them; a cause that the driver does not want "
	    "is to be masked, one that it wants to be looked for" :
	    "its handler has claimed them, done the same each time, and found the next one there; "
	    "the cause is to be acknowledged in the device, or masked");
	fatal_end();
}

void
intr_touched(struct hyp_dev *dev)
{
	struct intr *in = dev->intr;

	if (in != NULL && pthread_equal(in->thread, pthread_self()) && in->caught != STORM_NONE)
		tell(in, true);
}

/* For storm_judge().  No two values of a suspect are the same where it has done a lot. */
static uint64_t
did(const struct intr *in, unsigned vec, uint64_t mark)
{
	struct trace_entry e[ENTRIES];
	uint64_t unlike = in->runs[vec];
	unsigned n;

	if (!storm_suspects(&in->storm[vec]))
		return trace_mark() - mark;
	n = trace_since(mark, e, ENTRIES);

	return n > ENTRIES ? unlike : storm_did(e, n, unlike);
}

void
intr_storm(struct intr *in, unsigned vec, int result, uint64_t mark)
{
	struct storm *s = &in->storm[vec];
	enum storm_kind kind;

	if (in->caught != STORM_NONE)
		tell(in, false);
	if (result == HYP_INTR_LOST || rr_replays() || in->dev->gone || !fatal_reports())
		return;
	kind = storm_judge(s, result == HYP_INTR_CLAIMED, did(in, vec, mark), clock_now_ns());
	in->suspects = in->suspects || storm_suspects(s);
	if (kind == STORM_NONE)
		return;
	in->caught = kind;
	in->caught_at = vec;
	bar_trap(in->dev);
}

void
intr_paused(struct intr *in)
{
	unsigned vec;

	for (vec = 0; vec < INTR_VECTORS; vec++)
		storm_paused(&in->storm[vec]);
	in->suspects = false;
}
