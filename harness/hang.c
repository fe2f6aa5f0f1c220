/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog's judgement; see hang.h.  What it tells is in hang_tell.c. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/clock_int.h"
#include "harness/dev.h"
#include "harness/fatal.h"
#include "harness/hang.h"
#include "harness/life.h"
#include "harness/rr.h"
#include "harness/symtab.h"
#include "harness/trace.h"

#define TICK_MIN	UINT64_C(20000000)
#define TICK_MAX	UINT64_C(500000000)
#define IDLE_NS		UINT64_C(20000)	/* of the processor, between two looks: it sleeps */

#define GET(p)	atomic_load_explicit(&(p), memory_order_relaxed)

/* What was seen of a thread at the last look. */
struct seen {
	int		 tid;
	uint64_t	 call, wakes;	/* serials: since they changed ... */
	uint64_t	 cpu0, delay0;	/* ... from these on */
	uint64_t	 cpu;
	uint64_t	 asleep;	/* ns of this process's time */
	uint64_t	 phase, waited;	/* the same in vain, in that phase */
	uint64_t	 cycle;		/* serials of those who wait for each other; 0: none */
};

static struct seen seen[BUSY_THREADS];
static uint64_t looked_at, tick, passed;

struct look {
	const struct hang_limits *limits;
	bool		 works;		/* somebody does something, here or at the host's */
};

uint64_t
hang_tick(uint64_t limit_ns)
{
	uint64_t ns = limit_ns != 0 ? limit_ns / 8 : TICK_MAX;

	tick = ns < TICK_MIN ? TICK_MIN : ns > TICK_MAX ? TICK_MAX : ns;
	return tick;
}

uint64_t
hang_passed_ns(void)
{
	return passed;
}

static uint64_t
cpu_ns(const struct busy *b)
{
	struct timespec ts;

	if (clock_gettime(b->cpu, &ts) != 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ---- texts ---- */

struct text {
	char	*buf;
	size_t	 size, len;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->len >= t->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
}

/* "toy_bh in BH" of the innermost call. */
static void
add_call(struct text *t, const struct busy *b)
{
	unsigned n = GET(b->ncalls);
	const struct busy_call *c;
	const char *name;

	if (n == 0) {
		add(t, "%s", b->name);
		return;
	}
	c = &b->call[(n < BUSY_CALLS ? n : BUSY_CALLS) - 1];
	name = GET(c->fn) != NULL ? symtab_name((uintptr_t)GET(c->fn)) : NULL;
	if (name != NULL)
		add(t, "%s in %s", name, GET(c->context));
	else
		add(t, "%s", GET(c->context));
}

struct waiters {
	struct text	*t;
	const struct busy *b;
};

static bool
has(const struct busy *b, const void *thing)
{
	unsigned i, n = GET(b->nheld);

	for (i = 0; i < n && i < BUSY_HOLDS; i++)
		if (GET(b->held[i].thing) == thing)
			return true;
	return false;
}

static void
add_waiter(void *arg, unsigned slot, struct busy *w)
{
	struct waiters *ws = arg;

	(void)slot;
	if (w == ws->b || !busy_waits(w) || GET(w->wait_event) || !has(ws->b, GET(w->wait_thing)))
		return;
	add(ws->t, "; ");
	add_call(ws->t, w);
	add(ws->t, " waits for %s", GET(w->wait_name));
}

/* "; it has the lock; toy_bh in BH waits for the lock". */
static void
add_held(struct text *t, const struct busy *b)
{
	unsigned i, n = GET(b->nheld), told = 0;
	const char *name;

	for (i = 0; i < n && i < BUSY_HOLDS; i++) {
		name = GET(b->held[i].name);
		if (GET(b->held[i].role))
			continue;
		add(t, "%s%s", told++ == 0 ? "; it has " : " and ", name);
	}
	busy_each(add_waiter, &(struct waiters){ t, b });
}

/* ---- the end ---- */

/* Begin a report; the text is to be added. */
static struct fatal *
begin(const char *kind, const char *thread, struct text *t)
{
	struct fatal *f = fatal_begin();

	f->event = "hang";
	f->kind = kind;
	f->status = FATAL_STATUS_HANG;
	f->all_threads = true;
	f->more = hang_tell;
	snprintf(f->thread, sizeof(f->thread), "%s", thread);
	*t = (struct text){ f->text, sizeof(f->text), 0 };
	add(t, "hang: ");
	return f;
}

static _Noreturn void
end(struct text *t, const struct look *l)
{
	if (l->limits->before[0] != '\0')
		add(t, "; before that: %s", l->limits->before);
	fatal_end();
}

/* A verdict that was reached with the list of threads locked, to be told without. */
static struct {
	const char	*kind;
	struct busy	*b;
	uint64_t	 ns;
} verdict;

static void
judge(const char *kind, struct busy *b, uint64_t ns)
{
	if (verdict.kind != NULL)
		return;
	verdict.kind = kind;
	verdict.b = b;
	verdict.ns = ns;
}

/* ---- loop ---- */

static void
check_loop(const struct look *l, struct busy *b, struct seen *s)
{
	uint64_t used;

	used = s->cpu - s->cpu0 + (GET(b->delayed_us) - s->delay0) * 1000;
	if (used > l->limits->loop_ns)
		judge("loop", b, used);
}

/* ---- deadlock ---- */

/* The serials of a cycle of waits through b, mixed; 0: there is none. */
static uint64_t
cycle(struct busy *b)
{
	uint64_t mix = 0, serial;
	struct busy *at = b;
	unsigned i;

	for (i = 0; i < BUSY_THREADS && at != NULL; i++) {
		serial = atomic_load_explicit(&at->wait_serial, memory_order_acquire);
		if ((serial & 1) == 0 || GET(at->wait_event))
			return 0;
		mix = (mix ^ serial ^ (uint64_t)GET(at->tid) << 32) * 0x9e3779b97f4a7c15u;
		at = busy_holder(GET(at->wait_thing));
		if (at == b)
			return mix | 1;
	}
	return 0;
}

/* The same waits as at the last look: each was going on while the others were. */
static void
check_deadlock(struct busy *b, struct seen *s)
{
	uint64_t now = cycle(b);

	if (now != 0 && now == s->cycle)
		judge("deadlock", b, 0);
	s->cycle = now;
}

static void
add_cycle(struct text *t, struct busy *b)
{
	struct busy *at = b, *next;
	unsigned i;

	add(t, "deadlock: ");
	for (i = 0; i < BUSY_THREADS; i++) {
		next = busy_holder(GET(at->wait_thing));
		add(t, "%sthread %s (", i > 0 ? "; " : "", at->name);
		add_call(t, at);
		add(t, ") waits for %s, which %s has", GET(at->wait_name),
		    next != NULL ? next->name : "nobody");
		if (next == NULL || next == b)
			return;
		at = next;
	}
}

/* ---- wait ---- */

static void
somebody_waits(void *arg, unsigned slot, struct busy *w)
{
	struct waiters *ws = arg;

	(void)slot;
	if (busy_waits(w) && !GET(w->wait_event) && has(ws->b, GET(w->wait_thing)))
		ws->t = NULL;
}

static uint64_t
in_vain(const struct busy *b)
{
	uint64_t ns = GET(b->vain_ns), now;

	if (busy_waits(b) && GET(b->wait_event)) {
		now = clock_now_ns();
		if (now > GET(b->wait_since_ns))
			ns += now - GET(b->wait_since_ns);
	}
	return ns;
}

/*
 * By this process's time, and in one phase: the driver's clock may jump, and before the phase a wait
 * may have been as long as the driver liked.
 */
static void
check_wait(const struct look *l, struct busy *b, struct seen *s)
{
	uint64_t limit = l->limits->wait_ns;

	if (s->phase != l->limits->phase || limit == 0 || in_vain(b) == 0)
		s->waited = 0;
	s->phase = l->limits->phase;
	s->waited += passed;
	if (limit != 0 && !rr_replays() && s->waited > limit)
		judge("wait", b, in_vain(b));
}

/* ---- blocked ---- */

/* Does the kernel say that it sleeps?  A thread that only gets no processor does not. */
static bool
sleeps(int tid)
{
	char path[64], buf[256], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	p = strrchr(buf, ')');			/* the name may have anything in it */
	return p != NULL && (p[1] == ' ') && (p[2] == 'S' || p[2] == 'D');
}

/* Nobody does anything; it may be what all wait for. */
static void
check_blocked(const struct look *l, struct busy *b, struct seen *s)
{
	if (l->works || busy_waits(b)) {
		s->asleep = 0;
		return;
	}
	s->asleep += passed;
	if (s->asleep > l->limits->blocked_ns)
		judge("blocked", b, s->asleep);
}

/* ---- looking ---- */

static void
look_at(void *arg, unsigned slot, struct busy *b)
{
	struct look *l = arg;
	struct seen *s = &seen[slot];
	uint64_t cpu, before = s->cpu;
	uint64_t serial = atomic_load_explicit(&b->call_serial, memory_order_acquire);

	check_deadlock(b, s);
	l->works = l->works || GET(b->outside) != 0;
	if (atomic_load_explicit(&b->ncalls, memory_order_acquire) == 0) {
		s->tid = 0;
		return;
	}
	cpu = cpu_ns(b);
	s->cpu = cpu;
	if (s->tid != GET(b->tid) || s->call != serial || s->wakes != GET(b->wakes)) {
		*s = (struct seen){ .tid = GET(b->tid), .call = serial, .wakes = GET(b->wakes),
		    .cpu0 = cpu, .delay0 = s->call != serial ? 0 : GET(b->delayed_us), .cpu = cpu,
		    .cycle = s->cycle };
		l->works = true;
		return;
	}
	check_loop(l, b, s);
	check_wait(l, b, s);
	l->works = l->works || cpu - before > IDLE_NS;
}

/* One that only gets no processor. */
static void
find_runnable(void *arg, unsigned slot, struct busy *b)
{
	(void)slot;
	if (GET(b->ncalls) != 0 && !busy_waits(b) && !sleeps(GET(b->tid)))
		*(bool *)arg = true;
}

/* Opening files for it is not for every look. */
static bool
all_sleep(void)
{
	bool runs = false;
	unsigned i;

	busy_each(find_runnable, &runs);
	for (i = 0; runs && i < BUSY_THREADS; i++)
		seen[i].asleep = 0;
	return !runs;
}

static void
look_again(void *arg, unsigned slot, struct busy *b)
{
	if (GET(b->ncalls) != 0 && seen[slot].tid == GET(b->tid))
		check_blocked(arg, b, &seen[slot]);
}

/* ---- a wait in vain that is over ---- */

static void
find_vain(void *arg, unsigned slot, struct busy *b)
{
	(void)slot;
	if (GET(b->ncalls) != 0 && in_vain(b) != 0)
		*(struct busy **)arg = b;
}

/* What it told the device last, in the driver's own words if there are some. */
static void
add_told(struct text *t, const struct busy *b)
{
	char what[128], value[64];
	struct trace_entry e;

	if (trace_last_kept(TRACE_KEPT_NOTE, GET(b->tid), &e))
		add(t, "; the %s was told last: %s", (const char *)(uintptr_t)e.a,
		    (const char *)(uintptr_t)e.b);
	if (!trace_last_kept(TRACE_KEPT_WRITE, GET(b->tid), &e))
		return;
	trace_what_text(&e, what, sizeof(what));
	trace_value_text(&e, value, sizeof(value));
	add(t, "; it wrote last %s = %s", what, value);
}

static void
add_vain(struct text *t, struct busy *b)
{
	uint64_t since = GET(b->vain) != 0 ? GET(b->vain_since) : GET(b->wait_from);
	struct hyp_dev *dev = life_dev();
	unsigned long came = 0;
	bool runs = false;

	if (dev != NULL && dev->intr != NULL)
		came = intr_since(dev, since, &runs);
	add(t, "%s ", runs ? "stuck interrupt handler?" : came == 0 ? "lost interrupt?" :
	    "missing wake-up?");
	add_call(t, b);
	add(t, " has waited %.3g s in vain", (double)in_vain(b) / 1e9);
	add(t, "%s", runs ? "; a handler runs since before" : came == 0 ?
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
		add_vain(&t, b);
	return b != NULL;
}

/* ---- the verdict ---- */

static _Noreturn void
tell(const struct look *l)
{
	struct busy *b = verdict.b;
	double s = (double)verdict.ns / 1e9;
	struct text t;

	(void)begin(verdict.kind, b->name, &t);
	if (strcmp(verdict.kind, "deadlock") == 0) {
		add_cycle(&t, b);
		end(&t, l);
	}
	if (strcmp(verdict.kind, "wait") == 0) {
		add_vain(&t, b);
		add_held(&t, b);
		end(&t, l);
	}
	add(&t, "%s", strcmp(verdict.kind, "loop") == 0 ? "endless loop: " : "");
	add_call(&t, b);
	if (strcmp(verdict.kind, "loop") == 0)
		add(&t, " has not come back after %.3g s of the processor's time and of delays", s);
	else
		add(&t, " has not come back: its thread %s sleeps for %.3g s in a system call that is "
		    "none of the pdk's", b->name, s);
	add_held(&t, b);
	end(&t, l);
}

/* A wait hurts when somebody waits for who waits. */
static bool
is_wanted(const struct look *l)
{
	struct waiters ws = { &(struct text){ NULL, 0, 0 }, verdict.b };

	(void)l;
	busy_each(somebody_waits, &ws);
	return ws.t == NULL;
}

void
hang_look(const struct hang_limits *limits)
{
	struct look l = { limits, false };
	uint64_t now = clock_mono_ns();

	passed = now - looked_at;
	if (looked_at == 0 || passed > 2 * tick)
		passed = tick;
	looked_at = now;
	if (limits->loop_ns == 0)
		return;
	verdict.kind = NULL;
	busy_each(look_at, &l);
	busy_each(look_again, &l);
	if (verdict.kind == NULL || (strcmp(verdict.kind, "wait") == 0 && !is_wanted(&l)) ||
	    (strcmp(verdict.kind, "blocked") == 0 && !all_sleep()))
		return;
	tell(&l);
}
