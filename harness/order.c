/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders of things, by name; see order.h.  A pair that was met before costs two looks into
 * tables; a new one takes the lock and is followed through all others.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness/fatal.h"
#include "harness/order.h"

#define NAMES	24		/* of the bits in a word */
#define CACHED	64		/* pointers to names; a power of two */

#define GET(p)	atomic_load_explicit(&(p), memory_order_relaxed)

static const char law[] = "What a thread may wait for while it has something, and what it has "
    "then, come in one order everywhere.";

struct pair {
	struct backtrace had, taken;	/* where, when it was met first */
};

static struct {
	pthread_mutex_t	 lock;
	_Atomic unsigned n;
	_Atomic(const char *) name[NAMES];
	/* after[a] has the bit b: b was taken by who had a. */
	_Atomic uint32_t after[NAMES];
	struct pair	 pair[NAMES][NAMES];
	struct {
		_Atomic(const char *) name;
		_Atomic unsigned number;
	}		 cache[CACHED];
} O = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* With the lock; NAMES: there is no room. */
static unsigned
enter(const char *name)
{
	unsigned i, n = GET(O.n);

	for (i = 0; i < n; i++)
		if (strcmp(GET(O.name[i]), name) == 0)
			return i;
	if (n == NAMES)
		return NAMES;
	atomic_store(&O.name[n], name);
	atomic_store(&O.n, n + 1);
	return n;
}

static unsigned
number(const char *name)
{
	unsigned at = (unsigned)((uintptr_t)name * 0x9e3779b97f4a7c15u >> 58) & (CACHED - 1), i;

	if (atomic_load_explicit(&O.cache[at].name, memory_order_acquire) == name) {
		i = GET(O.cache[at].number);
		/* Another name may have taken the place meanwhile. */
		if (i < GET(O.n) && strcmp(GET(O.name[i]), name) == 0)
			return i;
	}
	pthread_mutex_lock(&O.lock);
	i = enter(name);
	if (i < NAMES) {
		atomic_store(&O.cache[at].number, i);
		atomic_store(&O.cache[at].name, name);
	}
	pthread_mutex_unlock(&O.lock);
	return i;
}

/* With the lock: all that may be waited for by who has a, and so on from there. */
static uint32_t
reach(unsigned a)
{
	uint32_t all = 1u << a, more = all, i;

	while (more != 0) {
		i = (uint32_t)__builtin_ctz(more);
		all |= 1u << i;
		more = (more | GET(O.after[i])) & ~all;
	}
	return all;
}

/* With the lock: does a way lead from a to b?  *step is the first on it. */
static bool
leads(unsigned a, unsigned b, unsigned *step)
{
	uint32_t next = GET(O.after[a]);

	for (; next != 0; next &= next - 1) {
		*step = (unsigned)__builtin_ctz(next);
		if ((reach(*step) >> b & 1) != 0)
			return true;
	}
	return false;
}

static _Noreturn void
against(const struct busy_held *h, unsigned a, unsigned b, unsigned step)
{
	struct fatal *f = fatal_begin();
	const struct pair *p = &O.pair[b][step];

	f->event = "violation";
	f->kind = "lock order";
	f->rule = law;
	f->status = FATAL_STATUS_RULE;
	bt_here(&f->bt);
	snprintf(f->text, sizeof(f->text), "rule broken: lock order: %s, then %s, in thread %s; but "
	    "elsewhere %s, then %s%s: one day they wait for each other", GET(O.name[a]),
	    GET(O.name[b]), f->thread, GET(O.name[b]), GET(O.name[step]),
	    step == a ? "" : " (and after it the first)");
	fatal_part(f, "which it has since", "has", &(struct backtrace){ 0 });
	busy_backtrace(&h->place, &f->part[0].bt);
	fatal_part(f, "elsewhere the other was had since", "had", &p->had);
	fatal_part(f, "and the one waited for or taken", "taken", &p->taken);
	fatal_end();
}

/* With the lock: a pair that is new. */
static void
learn(const struct busy_held *h, unsigned a, unsigned b)
{
	struct pair *p = &O.pair[a][b];

	busy_backtrace(&h->place, &p->had);
	bt_here(&p->taken);
	atomic_store(&O.after[a], GET(O.after[a]) | 1u << b);
}

static void
pair(const struct busy_held *h, unsigned a, unsigned b)
{
	unsigned step;
	bool bad;

	if (a == NAMES || a == b || (GET(O.after[a]) >> b & 1) != 0)
		return;
	pthread_mutex_lock(&O.lock);
	bad = leads(b, a, &step);
	if (!bad)
		learn(h, a, b);
	pthread_mutex_unlock(&O.lock);
	if (bad)
		against(h, a, b, step);
}

static _Noreturn void
has_it(const struct busy_held *h, const char *name)
{
	struct fatal *f = fatal_begin();

	f->event = "hang";
	f->kind = "deadlock";
	f->status = FATAL_STATUS_HANG;
	f->all_threads = true;
	snprintf(f->text, sizeof(f->text), "hang: deadlock: thread %s waits for %s, which it has "
	    "itself", f->thread, name);
	fatal_part(f, "which it has since", "has", &(struct backtrace){ 0 });
	busy_backtrace(&h->place, &f->part[0].bt);
	fatal_end();
}

void
order_check(struct busy *me, const void *thing, const char *name)
{
	unsigned i, n = GET(me->nheld), b = number(name);

	for (i = 0; i < n && i < BUSY_HOLDS; i++) {
		if (GET(me->held[i].thing) == thing)
			has_it(&me->held[i], name);
		if (b < NAMES)
			pair(&me->held[i], number(GET(me->held[i].name)), b);
	}
}
