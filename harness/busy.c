/* SPDX-License-Identifier: BSD-2-Clause */
/* What each thread is doing; see busy.h. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/hypercall.h"
#include "harness/order.h"

#define WAKES	64		/* things whose last wake-up is kept; a power of two */

#define GET(p)		atomic_load_explicit(&(p), memory_order_relaxed)
#define PUT(p, v)	atomic_store_explicit(&(p), v, memory_order_relaxed)

static struct busy all[BUSY_THREADS];
/* Guards beginning and end of a record; a leaf. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct busy_wake wakes[WAKES];

static _Thread_local struct busy *self;
static _Thread_local bool over;		/* this thread ends, or there was no room */

/* ---- a record ---- */

static void
thread_ends(void *arg)
{
	struct busy *b = arg;

	self = NULL;
	over = true;
	pthread_mutex_lock(&list_lock);
	PUT(b->tid, 0);
	pthread_mutex_unlock(&list_lock);
}

static void
make_key(void)
{
	pthread_key_create(&key, thread_ends);
}

/* With the lock. */
static void
clear(struct busy *b)
{
	PUT(b->ncalls, 0);
	PUT(b->outside, 0);
	PUT(b->nheld, 0);
	PUT(b->vain, 0);
	PUT(b->vain_ns, 0);
	PUT(b->vain_at, 0);
	PUT(b->wait_serial, (GET(b->wait_serial) + 1) & ~UINT64_C(1));
	pthread_getname_np(pthread_self(), b->name, sizeof(b->name));
	if (pthread_getcpuclockid(pthread_self(), &b->cpu) != 0)
		b->cpu = CLOCK_MONOTONIC;
	PUT(b->tid, (int)syscall(SYS_gettid));
}

static struct busy *
thread_begins(void)
{
	struct busy *b;

	if (over)
		return NULL;
	pthread_once(&once, make_key);
	pthread_mutex_lock(&list_lock);
	for (b = all; b < all + BUSY_THREADS && GET(b->tid) != 0; b++)
		continue;
	if (b < all + BUSY_THREADS)
		clear(b);
	else
		b = NULL;
	pthread_mutex_unlock(&list_lock);
	over = b == NULL;
	self = b;
	if (b != NULL)
		pthread_setspecific(key, b);
	return b;
}

static inline struct busy *
me(void)
{
	return __builtin_expect(self != NULL, 1) ? self : thread_begins();
}

struct busy *
busy_self(void)
{
	return me();
}

/* The place of our caller's caller. */
static inline __attribute__((always_inline)) void
note_place(struct busy_place *p)
{
	uintptr_t pc[BUSY_PCS];
	unsigned n = bt_cheap(pc, BUSY_PCS), i;

	for (i = 0; i < n; i++)
		PUT(p->pc[i], pc[i]);
	PUT(p->n, n);
}

/* ---- calls ---- */

void
hyp_call_begin(const char *context, const void *fn)
{
	struct busy *b = me();
	unsigned n;

	if (b == NULL)
		return;
	n = GET(b->ncalls);
	if (n < BUSY_CALLS) {
		PUT(b->call[n].context, context);
		PUT(b->call[n].fn, fn);
	}
	if (n == 0) {
		PUT(b->call_since, clock_ticks());
		PUT(b->delayed_us, 0);
		PUT(b->vain, 0);
		PUT(b->vain_ns, 0);
		atomic_store_explicit(&b->call_serial, GET(b->call_serial) + 1,
		    memory_order_release);
	}
	atomic_store_explicit(&b->ncalls, n + 1, memory_order_release);
}

void
hyp_call_end(void)
{
	struct busy *b = me();
	unsigned n;

	if (b == NULL)
		return;
	n = GET(b->ncalls);
	if (n > 0)
		PUT(b->ncalls, n - 1);
}

void
busy_end_all(void)
{
	struct busy *b = me();

	if (b != NULL)
		PUT(b->ncalls, 0);
}

/* ---- things ---- */

void
hyp_order(const void *thing, const char *name)
{
	struct busy *b = me();

	if (b != NULL && __builtin_expect(GET(b->nheld) != 0, 0))
		order_check(b, thing, name);
}

static inline __attribute__((always_inline)) void
hold(const void *thing, const char *name, bool role)
{
	struct busy *b = me();
	struct busy_held *h;
	unsigned n;

	if (b == NULL)
		return;
	n = GET(b->nheld);
	if (n < BUSY_HOLDS) {
		h = &b->held[n];
		PUT(h->thing, thing);
		PUT(h->name, name);
		PUT(h->since, clock_ticks());
		PUT(h->role, role);
		note_place(&h->place);
	}
	atomic_store_explicit(&b->nheld, n + 1, memory_order_release);
}

void __attribute__((noinline))
hyp_hold(const void *thing, const char *name)
{
	hold(thing, name, false);
}

void __attribute__((noinline))
hyp_role(const void *thing, const char *name)
{
	hold(thing, name, true);
}

static void
move(struct busy_held *to, const struct busy_held *from)
{
	unsigned i;

	PUT(to->thing, GET(from->thing));
	PUT(to->name, GET(from->name));
	PUT(to->since, GET(from->since));
	PUT(to->role, GET(from->role));
	for (i = 0; i < BUSY_PCS; i++)
		PUT(to->place.pc[i], GET(from->place.pc[i]));
	PUT(to->place.n, GET(from->place.n));
}

/* Mostly what was taken last. */
void
hyp_release(const void *thing)
{
	struct busy *b = me();
	unsigned n, i;

	if (b == NULL)
		return;
	n = GET(b->nheld);
	for (i = n < BUSY_HOLDS ? n : BUSY_HOLDS; i > 0; i--)
		if (GET(b->held[i - 1].thing) == thing)
			break;
	if (i == 0 && n <= BUSY_HOLDS)
		return;
	for (; i > 0 && i < n && i < BUSY_HOLDS; i++)
		move(&b->held[i - 1], &b->held[i]);
	atomic_store_explicit(&b->nheld, n - 1, memory_order_release);
}

const char *
busy_held_name(const void *thing, const char *otherwise)
{
	struct busy *b = me();
	unsigned i, n = b == NULL ? 0 : GET(b->nheld);

	for (i = 0; i < n && i < BUSY_HOLDS; i++)
		if (GET(b->held[i].thing) == thing)
			return GET(b->held[i].name);
	return otherwise;
}

/* ---- waiting ---- */

/* Since when has it the lock that it has taken last? */
static uint64_t
since_lock(const struct busy *b)
{
	unsigned n = GET(b->nheld);

	for (n = n < BUSY_HOLDS ? n : BUSY_HOLDS; n > 0; n--)
		if (!GET(b->held[n - 1].role))
			return GET(b->held[n - 1].since);
	return clock_ticks();
}

static inline __attribute__((always_inline)) void
await(const void *thing, const char *name, bool event)
{
	struct busy *b = me();

	if (b == NULL)
		return;
	PUT(b->wait_thing, thing);
	PUT(b->wait_name, name);
	PUT(b->wait_event, event);
	PUT(b->wait_since, clock_ticks());
	if (event) {
		PUT(b->wait_since_ns, clock_now_ns());
		PUT(b->wait_from, since_lock(b));
	}
	note_place(&b->wait_place);
	atomic_store_explicit(&b->wait_serial, GET(b->wait_serial) | 1, memory_order_release);
}

static void
not_waiting(struct busy *b)
{
	atomic_store_explicit(&b->wait_serial, (GET(b->wait_serial) | 1) + 1,
	    memory_order_release);
}

void __attribute__((noinline))
hyp_await(const void *thing, const char *name)
{
	await(thing, name, false);
}

void
hyp_awaited(void)
{
	struct busy *b = me();

	if (b != NULL)
		not_waiting(b);
}

void __attribute__((noinline))
hyp_await_event(const void *thing, const char *name)
{
	await(thing, name, true);
}

void __attribute__((noinline))
hyp_awaited_event(const void *thing, int woken, uint64_t ns)
{
	struct busy *b = me();

	if (b == NULL)
		return;
	if (woken) {
		PUT(b->vain, 0);
		PUT(b->vain_ns, 0);
		PUT(b->wakes, GET(b->wakes) + 1);
	} else {
		if (GET(b->vain) == 0)
			PUT(b->vain_since, GET(b->wait_from));
		PUT(b->vain, GET(b->vain) + 1);
		PUT(b->vain_ns, GET(b->vain_ns) + ns);
		PUT(b->vain_at, clock_ticks());
		PUT(b->vain_thing, thing);
		note_place(&b->vain_place);
	}
	not_waiting(b);
}

static struct busy_wake *
wake_of(const void *thing)
{
	return &wakes[((uintptr_t)thing >> 3) * 0x9e3779b97f4a7c15u >> 58 & (WAKES - 1)];
}

/* Two things that share a place take it from each other; their wakers hold a lock. */
void __attribute__((noinline))
hyp_woke(const void *thing)
{
	struct busy_wake *w = wake_of(thing);
	struct busy *b = me();
	unsigned n = b == NULL ? 0 : GET(b->ncalls);

	if (GET(w->thing) != thing) {
		PUT(w->count, 0);
		PUT(w->thing, thing);
	}
	PUT(w->count, GET(w->count) + 1);
	PUT(w->at, clock_ticks());
	PUT(w->context, n == 0 ? "no call of the driver's" :
	    GET(b->call[n < BUSY_CALLS ? n - 1 : BUSY_CALLS - 1].context));
	note_place(&w->place);
}

void
busy_delay(unsigned us)
{
	struct busy *b = me();

	if (b != NULL)
		PUT(b->delayed_us, GET(b->delayed_us) + us);
}

void
busy_outside(void)
{
	struct busy *b = me();

	if (b != NULL)
		PUT(b->outside, GET(b->outside) + 1);
}

void
busy_inside(void)
{
	struct busy *b = me();

	if (b != NULL && GET(b->outside) != 0)
		PUT(b->outside, GET(b->outside) - 1);
}

/* ---- all ---- */

void
busy_each(void (*fn)(void *, unsigned, struct busy *), void *arg)
{
	unsigned i;

	pthread_mutex_lock(&list_lock);
	for (i = 0; i < BUSY_THREADS; i++)
		if (GET(all[i].tid) != 0)
			fn(arg, i, &all[i]);
	pthread_mutex_unlock(&list_lock);
}

/* Which record has the thing, as the how many-th it has; NULL: nobody. */
static struct busy *
find(const void *thing, unsigned *at)
{
	unsigned i, n;

	for (i = 0; i < BUSY_THREADS; i++) {
		if (GET(all[i].tid) == 0)
			continue;
		n = atomic_load_explicit(&all[i].nheld, memory_order_acquire);
		for (*at = 0; *at < n && *at < BUSY_HOLDS; ++*at)
			if (GET(all[i].held[*at].thing) == thing)
				return &all[i];
	}
	return NULL;
}

struct busy *
busy_holder(const void *thing)
{
	unsigned at;

	return find(thing, &at);
}

const char *
busy_name(const void *thing, const char *otherwise)
{
	unsigned at;
	const struct busy *b = find(thing, &at);

	return b != NULL ? GET(b->held[at].name) : otherwise;
}

const struct busy_wake *
busy_last_wake(const void *thing)
{
	struct busy_wake *w = wake_of(thing);

	return GET(w->thing) == thing ? w : NULL;
}

void
busy_backtrace(const struct busy_place *p, struct backtrace *bt)
{
	unsigned n = GET(p->n), i;

	bt->n = 0;
	bt->exact = false;
	for (i = 0; i < n && i < BUSY_PCS; i++)
		bt->pc[bt->n++] = GET(p->pc[i]);
}
