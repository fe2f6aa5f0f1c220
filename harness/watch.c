/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The watchdog; see watch.h.  When the time is over, or somebody asks for an end, the run
 * ends orderly: the driver is detached.  A driver that does not return from the call it is
 * in hangs: all threads' backtraces, the trace, a reset, and the process ends. Under valgrind all
 * of it is given ten times as long.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/dmacheck.h"
#include "harness/fatal.h"
#include "harness/life.h"
#include "harness/memcheck.h"
#include "harness/report.h"
#include "harness/watch.h"

#define S_NS		UINT64_C(1000000000)
#define SLOW_S_NS	(S_NS * memcheck_slow())
#define RETURN_NS	(2 * SLOW_S_NS)	/* after the time-out, to return from a call */
#define STOP_NS		(10 * SLOW_S_NS)	/* the same after a failure or a request to end */
#define SAME_NS		(S_NS / 2)	/* timeout(1), say, signals a process, then its group */
#define DETACH_NS	(10 * SLOW_S_NS)	/* or the run's time-out; suspend and resume, too */

static int signal_fd = -1;

struct watch {
	const struct hyp_personality	*pers;
	const struct options		*opt;
	uint64_t	 timeout_ns;	/* opt's, as it is meant here */
	bool		 timed_out;
	enum life_phase	 shown;		/* where the threads' backtraces were shown */
	uint64_t	 halted_at;	/* when the end began; 0: not yet */
	uint64_t	 asked_at;	/* when the first signal to end came; 0: not yet */
};

int
watch_init(bool debugger)
{
	sigset_t set;

	sigemptyset(&set);
	if (!debugger)
		sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);	/* an error of write() says it better */
	signal(SIGXFSZ, SIG_IGN);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return signal_fd >= 0 ? 0 : errno;
}

static _Noreturn void __attribute__((format(printf, 3, 4)))
give_up(int status, bool all_threads, const char *fmt, ...)
{
	struct fatal *f = fatal_begin();
	va_list ap;

	f->event = "error";
	f->status = status;
	f->all_threads = all_threads;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	fatal_end();
}

static double
since(uint64_t then)
{
	return (double)(clock_run_ns() - then) / 1e9;
}

static _Noreturn void
hang(const struct life_view *v, bool all_threads)
{
	give_up(FATAL_STATUS_HANG, all_threads, "hang: %s has not returned for %.1f s%s%s",
	    life_phase_name(v->phase), since(v->since), v->failed ? "; before that: " : "",
	    v->error);
}

static void
time_out(struct watch *w, const struct life_view *v)
{
	char waits[260];

	w->timed_out = true;
	w->shown = v->phase;
	report_threads();	/* before the failure sets them going */
	life_waits(waits, sizeof(waits));
	life_fail(NULL, 0, "timeout: \"%s\" was not reached in %g s; state: %s; in: %s%s",
	    life_state_name(w->pers, w->opt->until), (double)w->timeout_ns / 1e9,
	    v->state != NULL ? v->state : "none", life_phase_name(v->phase), waits);
}

/* Until when a call of the driver's must have returned, now that the run is to end. */
static uint64_t
return_by(const struct watch *w, const struct life_view *v)
{
	uint64_t by = w->halted_at + STOP_NS;
	uint64_t end = v->cycle_since + w->timeout_ns + RETURN_NS;

	by = by < end ? by : end;
	return by > w->halted_at + RETURN_NS ? by : w->halted_at + RETURN_NS;
}

/* In a phase that takes no longer than this, whatever the driver waits for. */
static bool
is_short(enum life_phase phase)
{
	return phase == LIFE_SUSPEND || phase == LIFE_RESUME || phase == LIFE_DETACH ||
	    phase == LIFE_CLOSE;
}

/* Is the driver in a call for too long? */
static void
check_hang(struct watch *w, const struct life_view *v, uint64_t now)
{
	uint64_t limit = w->timeout_ns;

	limit = limit < RETURN_NS ? RETURN_NS : limit > DETACH_NS ? DETACH_NS : limit;
	if (is_short(v->phase)) {
		if (now - v->since > limit)
			hang(v, true);
		return;
	}
	if (!v->failed && !v->stopping)
		return;
	if (w->halted_at == 0)
		w->halted_at = now;
	if (now > return_by(w, v))
		hang(v, !w->timed_out || w->shown != v->phase);
}

static void
check_time(struct watch *w, const struct life_view *v)
{
	uint64_t now = clock_run_ns();

	if (v->phase == LIFE_DONE)
		return;
	if (!v->reached && !v->failed && v->phase < LIFE_DETACH &&
	    now - v->cycle_since > w->timeout_ns)
		time_out(w, v);
	check_hang(w, v, now);
}

static void
on_signal(struct watch *w)
{
	struct signalfd_siginfo info;
	const char *name;

	if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	name = info.ssi_signo == SIGINT ? "SIGINT" :
	    info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGHUP";
	if (w->asked_at == 0)
		w->asked_at = clock_run_ns();
	else if (clock_run_ns() - w->asked_at > SAME_NS)
		give_up(128 + (int)info.ssi_signo, true, "ended by a second %s", name);
	life_stop(name);
}

/* Milliseconds until something may be due: fine-grained only near an end. */
static int
next_check(const struct watch *w, const struct life_view *v)
{
	uint64_t now = clock_run_ns(), due;

	if (v->failed || v->stopping || is_short(v->phase))
		return 100;
	if (v->reached)
		return -1;
	due = v->cycle_since + w->timeout_ns;
	if (due <= now)
		return 100;
	return due - now > 3600 * S_NS ? 3600000 : (int)((due - now) / 1000000) + 1;
}

void
watch(const struct hyp_personality *pers, const struct options *opt)
{
	struct watch w = { .pers = pers, .opt = opt,
	    .timeout_ns = opt->timeout_ns * memcheck_slow() };
	struct pollfd p[2] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = life_wake_fd(), .events = POLLIN },
	};
	struct life_view v;

	for (life_view(&v); v.phase != LIFE_DONE; life_view(&v)) {
		check_time(&w, &v);
		poll(p, 2, next_check(&w, &v));
		if ((p[0].revents & POLLIN) != 0)
			on_signal(&w);
		life_wake_clear();
		dmacheck_tell();
	}
	dmacheck_tell();
}
