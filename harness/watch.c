/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main thread; see watch.h.  When the time is over, or somebody asks for an end, the run
 * ends orderly: the driver is detached.  A driver that does not return from the call it is
 * in hangs (hang.h): all threads' backtraces, the trace, a reset, and the process ends.  Under
 * valgrind all of it is given ten times as long.
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
#include "harness/hang.h"
#include "harness/life.h"
#include "harness/memcheck.h"
#include "harness/report.h"
#include "harness/watch.h"

#define S_NS		UINT64_C(1000000000)
#define SLOW_S_NS	(S_NS * memcheck_slow())
#define RETURN_NS	(2 * SLOW_S_NS)	/* a call that is to end now: limits, at least and at most */
#define STOP_NS		(10 * SLOW_S_NS)
#define OVERDUE_NS	(120 * SLOW_S_NS)	/* the same, whatever it does meanwhile */
#define WAIT_LIMITS	3		/* a wait in vain is as bad as so many limits of a loop */
#define SAME_NS		(S_NS / 2)	/* timeout(1), say, signals a process, then its group */

static int signal_fd = -1;

struct watch {
	const struct hyp_personality	*pers;
	const struct options		*opt;
	uint64_t	 timeout_ns;	/* opt's, as it is meant here */
	uint64_t	 hang_ns;	/* the same */
	uint64_t	 since;		/* of the phase that is to end now, */
	uint64_t	 overdue;	/* and this process's time in it, ns */
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

	f->event = status == FATAL_STATUS_HANG ? "hang" : "error";
	f->kind = status == FATAL_STATUS_HANG ? "overdue" : NULL;
	f->status = status;
	f->all_threads = all_threads;
	f->more = hang_tell;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	fatal_end();
}

static void
time_out(struct watch *w, const struct life_view *v)
{
	char waits[260], stall[512];

	(void)hang_waited_in_vain(false, stall, sizeof(stall));
	report_stall(stall);	/* before the failure sets them going */
	life_waits(waits, sizeof(waits));
	life_fail(NULL, 0, "timeout: \"%s\" was not reached in %g s; state: %s; in: %s%s",
	    life_state_name(w->pers, w->opt->until), (double)w->timeout_ns / 1e9,
	    v->state != NULL ? v->state : "none", life_phase_name(v->phase), waits);
}

/* In a phase that takes no longer than this, whatever the driver waits for. */
static bool
is_short(enum life_phase phase)
{
	return phase == LIFE_SUSPEND || phase == LIFE_RESUME || phase == LIFE_DETACH ||
	    phase == LIFE_CLOSE;
}

/* Is the call that the driver is in to end now? */
static bool
is_to_return(const struct life_view *v)
{
	return is_short(v->phase) || v->failed || v->stopping;
}

/* It goes on doing something, but does not come to an end. */
static void
check_overdue(struct watch *w, const struct life_view *v)
{
	if (w->since != v->since || !is_to_return(v)) {
		w->since = v->since;
		w->overdue = 0;
	}
	w->overdue += hang_passed_ns();
	if (w->overdue > OVERDUE_NS)
		give_up(FATAL_STATUS_HANG, true, "hang: %s has not returned for %.0f s%s%s",
		    life_phase_name(v->phase), (double)w->overdue / 1e9,
		    v->failed ? "; before that: " : "", v->error);
}

/*
 * Where the run's time-out looks after waits in vain, the watchdog does not; and a call that is to
 * end does so in less.
 */
static void
check_hang(struct watch *w, const struct life_view *v)
{
	uint64_t limit = w->hang_ns, end = w->timeout_ns;
	struct hang_limits l = { .phase = v->since, .before = v->failed ? v->error : "" };

	end = end < RETURN_NS ? RETURN_NS : end > STOP_NS ? STOP_NS : end;
	if (is_to_return(v))
		limit = limit != 0 && limit < end ? limit : end;
	l.loop_ns = limit;
	l.blocked_ns = WAIT_LIMITS * limit;
	if (is_to_return(v))
		l.wait_ns = WAIT_LIMITS * limit < end ? WAIT_LIMITS * limit : end;
	else if (v->reached)
		l.wait_ns = WAIT_LIMITS * limit;
	hang_look(&l);
	check_overdue(w, v);
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
	check_hang(w, v);
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

/* Milliseconds until something may be due. */
static int
next_check(const struct watch *w, const struct life_view *v, uint64_t tick)
{
	uint64_t now = clock_run_ns(), due = v->cycle_since + w->timeout_ns;

	if (v->reached || due < now || tick < due - now)
		return (int)(tick / 1000000);
	return (int)((due - now) / 1000000) + 1;
}

void
watch(const struct hyp_personality *pers, const struct options *opt)
{
	struct watch w = { .pers = pers, .opt = opt,
	    .timeout_ns = opt->timeout_ns * memcheck_slow(),
	    .hang_ns = opt->hang_ns * memcheck_slow() };
	struct pollfd p[2] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = life_wake_fd(), .events = POLLIN },
	};
	uint64_t tick = hang_tick(opt->hang_ns);
	struct life_view v;

	for (life_view(&v); v.phase != LIFE_DONE; life_view(&v)) {
		check_time(&w, &v);
		poll(p, 2, next_check(&w, &v, tick));
		if ((p[0].revents & POLLIN) != 0)
			on_signal(&w);
		life_wake_clear();
		dmacheck_tell();
	}
	dmacheck_tell();
}
