/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a process whose driver cannot go on; see fatal.h. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/control.h"
#include "harness/dev.h"
#include "harness/dmacheck.h"
#include "harness/event.h"
#include "harness/fatal.h"
#include "harness/life.h"
#include "harness/memcheck.h"
#include "harness/pcap.h"
#include "harness/report.h"
#include "harness/rr.h"
#include "harness/threads.h"
#include "harness/trace.h"
#include "harness/trace_file.h"
#include "harness/warden.h"

#define REPORT_NS	(UINT64_C(40000000000) * memcheck_slow()) /* for each part of the report */
#define RESET_NS	(UINT64_C(6000000000) * memcheck_slow()) /* the reset, what comes then */

static struct {
	atomic_int	 owner;		/* thread id of the first that failed; 0: none */
	atomic_int	 reporter;	/* thread id of the thread that reports */
	_Atomic uint64_t until;		/* when the one that failed just exits */
	sem_t		 go;
	const char	*unit;
	unsigned	 last;
	struct fatal	 f;
} F;

bool
fatal_is(void)
{
	return atomic_load(&F.owner) != 0;
}

bool
fatal_reports(void)
{
	return F.unit != NULL;
}

/* The result: what the error is, and how far the driver had come. */
static void
result(void)
{
	struct event_result res = { .ok = false, .reached = life_reached(), .error = F.f.text };

	event_fatal_result(&res);
}

static void
reset_device(void)
{
	struct hyp_dev *dev = life_dev();
	struct vfio_err err = { "" };
	char line[1200];
	int error;

	if (dev == NULL || dev->gone || rr_replays())
		return;
	error = vfio_reset(dev->vfio, &err);
	if (error == 0)
		snprintf(line, sizeof(line), "%s: the device was reset\n", F.unit);
	else
		snprintf(line, sizeof(line), "%s: the device could not be reset: %s\n", F.unit,
		    err.text[0] != '\0' ? err.text : strerrordesc_np(error));
	event_stderr(line);
}

void
fatal_part(struct fatal *f, const char *title, const char *member, const struct backtrace *bt)
{
	if (f->parts < FATAL_PARTS)
		f->part[f->parts++] = (struct fatal_part){ title, member, *bt };
}

/* A part of the report is out: the next has as much time. */
static void
goes_on(void)
{
	atomic_store(&F.until, clock_mono_ns() + REPORT_NS);
}

static void
report_parts(struct jsonw *j)
{
	struct fatal *f = &F.f;
	unsigned i;

	report_fatal_backtrace(j, "backtrace", "backtrace", &f->bt, f->drivers);
	goes_on();
	for (i = 0; i < f->parts; i++) {
		report_fatal_backtrace(j, f->part[i].title, f->part[i].member, &f->part[i].bt,
		    false);
		goes_on();
	}
	if (f->more != NULL)
		f->more(j);
	goes_on();
	if (f->all_threads)
		report_fatal_threads(j, f->bt.n > 0 ? "threads" : "backtrace", goes_on);
}

static void
call(struct jsonw *j, const struct warden_offence *o)
{
	unsigned i;

	jsonw_str(j, "syscall", o->name);
	jsonw_array(j, "arguments");
	for (i = 0; i < sizeof(o->args) / sizeof(o->args[0]); i++)
		jsonw_str(j, NULL, o->args[i]);
	jsonw_end(j);
}

static void
report(void)
{
	struct fatal *f = &F.f;
	struct jsonw *j = event_fatal_begin(f->event);
	char line[1400];

	if (f->signal != NULL)
		jsonw_str(j, "signal", f->signal);
	if (f->kind != NULL)
		jsonw_str(j, "kind", f->kind);
	if (f->rule != NULL)
		jsonw_str(j, "rule", f->rule);
	if (f->drivers)
		report_fatal_line(&f->bt, f->text, sizeof(f->text));
	if (f->offence != NULL)
		call(j, f->offence);
	jsonw_str(j, "text", f->text);
	jsonw_str(j, "thread", f->thread);
	snprintf(line, sizeof(line), "%s: %s\n", F.unit, f->text);
	event_stderr(line);
	report_parts(j);
	report_fatal_trace(j, F.last);
	report_fatal_dma(j, life_dev());
	event_fatal_send();
}

static void *
fatal_main(void *arg)
{
	(void)arg;
	pthread_setname_np(pthread_self(), "fatal");
	atomic_store(&F.reporter, (int)syscall(SYS_gettid));
	while (sem_wait(&F.go) != 0)
		;
	trace_lossless(false);
	dmacheck_tell_fatal();
	report();
	atomic_store(&F.until, clock_mono_ns() + RESET_NS);
	reset_device();
	trace_file_fatal();
	rr_fatal(F.f.text);
	pcap_fatal();
	control_unlink();
	result();
	_exit(F.f.status);
}

int
fatal_init(const char *unit, unsigned last)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int error;

	F.unit = unit;
	F.last = last;
	sem_init(&F.go, 0, 0);
	bt_init();
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGSYS);
	sigdelset(&all, THREADS_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, &attr, fatal_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

struct fatal *
fatal_begin(void)
{
	int none = 0, self = (int)syscall(SYS_gettid);

	if (!atomic_compare_exchange_strong(&F.owner, &none, self)) {
		/* The report itself, or the one that reports, crashed: nothing more to do. */
		if (none == self || atomic_load(&F.reporter) == self) {
			result();
			_exit(F.f.status);
		}
		for (;;)
			pause();
	}
	pthread_getname_np(pthread_self(), F.f.thread, sizeof(F.f.thread));
	return &F.f;
}

void
fatal_end(void)
{
	struct timespec ts = { 0, 10000000 };

	atomic_store(&F.until, clock_mono_ns() + REPORT_NS);
	sem_post(&F.go);
	while (clock_mono_ns() < atomic_load(&F.until))
		nanosleep(&ts, NULL);
	control_unlink();
	result();
	_exit(F.f.status);
}

void
hyp_violation(struct hyp_dev *dev, const char *rule, const char *fmt, ...)
{
	struct fatal *f = fatal_begin();
	size_t n;
	va_list ap;

	(void)dev;
	f->event = "violation";
	f->rule = rule;
	f->status = FATAL_STATUS_RULE;
	bt_here(&f->bt);
	n = (size_t)snprintf(f->text, sizeof(f->text), "rule broken: %s: ", rule);
	if (n < sizeof(f->text)) {
		va_start(ap, fmt);
		vsnprintf(f->text + n, sizeof(f->text) - n, fmt, ap);
		va_end(ap);
	}
	fatal_end();
}
