/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog's judgement; see hang.h.  What it tells is in hang_say.c and hang_tell.c. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/fatal.h"
#include "harness/hang.h"
#include "harness/hang_int.h"
#include "harness/rr.h"

#define TICK_MIN	UINT64_C(20000000)
#define TICK_MAX	UINT64_C(500000000)
#define IDLE_NS		UINT64_C(20000)	/* of the processor, between two looks: it sleeps */

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
	text_add(t, "hang: ");
	return f;
}

static _Noreturn void
end(struct text *t, const struct look *l)
{
	if (l->limits->before[0] != '\0')
		text_add(t, "; before that: %s", l->limits->before);
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

/* ---- wait ---- */

static void
somebody_waits(void *arg, unsigned slot, struct busy *w)
{
	bool *waits = arg;

	(void)slot;
	if (busy_waits(w) && !GET(w->wait_event) && hang_has(verdict.b, GET(w->wait_thing)))
		*waits = true;
}

/*
 * By this process's time, and in one phase: the driver's clock may jump, and before the phase a wait
 * may have been as long as the driver liked.
 */
static void
check_wait(const struct look *l, struct busy *b, struct seen *s)
{
	uint64_t limit = l->limits->wait_ns;

	if (s->phase != l->limits->phase || limit == 0 || hang_in_vain(b) == 0)
		s->waited = 0;
	s->phase = l->limits->phase;
	s->waited += passed;
	if (limit != 0 && !rr_replays() && s->waited > limit)
		judge("wait", b, hang_in_vain(b));
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

/* ---- the verdict ---- */

static _Noreturn void
tell(const struct look *l)
{
	struct busy *b = verdict.b;
	double s = (double)verdict.ns / 1e9;
	struct text t;

	(void)begin(verdict.kind, b->name, &t);
	if (strcmp(verdict.kind, "deadlock") == 0) {
		hang_add_cycle(&t, b);
		end(&t, l);
	}
	if (strcmp(verdict.kind, "wait") == 0) {
		hang_add_vain(&t, b);
		hang_add_held(&t, b);
		end(&t, l);
	}
	text_add(&t, "%s", strcmp(verdict.kind, "loop") == 0 ? "endless loop: " : "");
	hang_add_call(&t, b);
	if (strcmp(verdict.kind, "loop") == 0)
		text_add(&t, " has not come back after %.3g s of the processor's time and of delays", s);
	else
		text_add(&t, " has not come back: its thread %s sleeps for %.3g s in a system call that is "
		    "none of the pdk's", b->name, s);
	hang_add_held(&t, b);
	end(&t, l);
}

/* A wait hurts when somebody waits for who waits. */
static bool
is_wanted(void)
{
	bool waits = false;

	busy_each(somebody_waits, &waits);
	return waits;
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
	if (verdict.kind == NULL || (strcmp(verdict.kind, "wait") == 0 && !is_wanted()) ||
	    (strcmp(verdict.kind, "blocked") == 0 && !all_sleep()))
		return;
	tell(&l);
}
