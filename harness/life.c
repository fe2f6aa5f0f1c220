/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life-cycle thread and what other threads tell it; see life.h.  There is one run in a
 * process, so its state is this file's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/contain.h"
#include "harness/control.h"
#include "harness/dev.h"
#include "harness/dmacheck.h"
#include "harness/event.h"
#include "harness/hang.h"
#include "harness/leaks.h"
#include "harness/life.h"
#include "harness/nap.h"
#include "harness/report.h"
#include "harness/rr.h"
#include "harness/trace.h"

static struct {
	const struct hyp_personality *pers;
	const struct options *opt;
	pthread_t	 thread;
	int		 wake;
	struct hyp_dev	*_Atomic dev;
	_Atomic bool	 began;
	unsigned	 naps;			/* --suspend: still to come; that thread's */
	const char	*_Atomic reached;	/* farthest state of this cycle */

	pthread_mutex_t	 lock;			/* all below */
	struct hyp_cond	 cond;
	enum life_phase	 phase;
	uint64_t	 since, cycle_since;
	unsigned	 cycle;
	int		 at;			/* index of the last state; -1: none */
	bool		 failed, stopping;
	char		 why_stop[64];
	char		 error[1024];
	char		 last_error[1024];	/* last error the driver logged */

	pthread_mutex_t	 softc_lock;		/* softc, and calls of .control */
	pthread_mutex_t	 dev_lock;		/* dev stays while others than the life cycle use it */
	void		*softc;
} L = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .softc_lock = PTHREAD_MUTEX_INITIALIZER,
	.dev_lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = -1, .at = -1,
};

const char *
life_state_name(const struct hyp_personality *pers, int index)
{
	int i;

	if (index == 0)
		return "attached";
	for (i = 0; pers->states != NULL && pers->states[i] != NULL; i++)
		if (i + 1 == index)
			return pers->states[i];
	return NULL;
}

int
life_state_index(const struct hyp_personality *pers, const char *state)
{
	const char *name;
	int i;

	for (i = 0; (name = life_state_name(pers, i)) != NULL; i++)
		if (strcmp(name, state) == 0)
			return i;
	return -1;
}

const char *
life_phase_name(enum life_phase phase)
{
	static const char *const names[] = { "opening the device", "attach", "attach_late", "run",
	    "waiting for the driver", "suspend", "suspended", "resume", "detach",
	    "closing the device", "done" };

	return names[phase];
}

/* Something changed: for the thread that waits, the main thread and control clients. */
static void
changed(void)
{
	uint64_t one = 1;

	hyp_cond_wake(&L.cond);
	if (L.wake >= 0 && write(L.wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort();
	control_wake();
}

int
life_wake_fd(void)
{
	return L.wake;
}

/* For the main thread alone; from anywhere, also with the checker's lock. */
static void
found(void)
{
	uint64_t one = 1;

	if (write(L.wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort();
}

void
life_wake_clear(void)
{
	uint64_t n;

	if (read(L.wake, &n, sizeof(n)) < 0 && errno != EAGAIN)
		abort();
}

void
life_view(struct life_view *v)
{
	pthread_mutex_lock(&L.lock);
	v->phase = L.phase;
	v->since = L.since;
	v->cycle_since = L.cycle_since;
	v->cycle = L.cycle;
	v->reached = L.at >= L.opt->until;
	v->failed = L.failed;
	v->stopping = L.stopping;
	v->state = atomic_load(&L.reached);
	memcpy(v->error, L.error, sizeof(v->error));
	pthread_mutex_unlock(&L.lock);
}

struct hyp_dev *
life_dev(void)
{
	return atomic_load(&L.dev);
}

const char *
life_reached(void)
{
	return atomic_load(&L.reached);
}

bool
life_began(void)
{
	return atomic_load(&L.began);
}

/* In these the life-cycle thread is in a call of the personality's. */
static bool
is_call(enum life_phase phase)
{
	return phase == LIFE_ATTACH || phase == LIFE_ATTACH_LATE || phase == LIFE_RUN ||
	    phase == LIFE_SUSPEND || phase == LIFE_RESUME || phase == LIFE_DETACH;
}

void
life_enter(enum life_phase phase)
{
	busy_end_all();
	if (is_call(phase))
		hyp_call_begin(life_phase_name(phase), NULL);
	hyp_trace_state(NULL, "life cycle", life_phase_name(phase));
	pthread_mutex_lock(&L.lock);
	L.phase = phase;
	L.since = clock_run_ns();
	changed();
	pthread_mutex_unlock(&L.lock);
}

static void
fail_text(const char *text)
{
	bool first;

	pthread_mutex_lock(&L.lock);
	first = !L.failed;
	if (first)
		snprintf(L.error, sizeof(L.error), "%s", text);
	L.failed = true;
	changed();
	pthread_mutex_unlock(&L.lock);
	event_error(text);
	if (first && life_began()) {
		pthread_mutex_lock(&L.dev_lock);
		if (life_dev() != NULL && life_dev()->check != NULL)
			dmacheck_held(life_dev()->check);
		pthread_mutex_unlock(&L.dev_lock);
		report_trace(L.opt->trace_last);
	}
}

void
life_fail(struct hyp_dev *dev, int error, const char *fmt, ...)
{
	char text[1024], stall[512];
	size_t n;
	va_list ap;

	(void)dev;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	if (error != 0)
		snprintf(text + n, sizeof(text) - n, ": %s", strerror(error));
	if (!rr_outside(RR_FAIL, text))
		rr_interrupted(text);
	/* Before the failure sets others going. */
	if (error == ETIMEDOUT && hang_waited_in_vain(true, stall, sizeof(stall)))
		report_stall(stall);
	fail_text(text);
	rr_outside_done();
}

void
hyp_fail(struct hyp_dev *dev, int error, const char *text)
{
	life_fail(dev, error, "%s", text);
}

void
life_stop(const char *why)
{
	if (!rr_outside(RR_STOP, why))
		rr_interrupted(why);
	pthread_mutex_lock(&L.lock);
	if (!L.stopping)
		snprintf(L.why_stop, sizeof(L.why_stop), "%s", why);
	L.stopping = true;
	changed();
	pthread_mutex_unlock(&L.lock);
	rr_outside_done();
}

void
hyp_state(struct hyp_dev *dev, const char *state)
{
	int i = life_state_index(L.pers, state);
	const char *name;
	unsigned cycle;

	if (i < 0)
		hyp_violation(dev, "a driver reports only states that it declares", "state \"%s\"",
		    state);
	name = life_state_name(L.pers, i);
	trace_put(TRACE_STATE, 0, 0, (uintptr_t)name, 0);
	/* Reached before it is told: who hears of it may stop the run at once. */
	pthread_mutex_lock(&L.lock);
	cycle = L.opt->cycles > 1 ? L.cycle : 0;
	if (i > L.at) {
		L.at = i;
		atomic_store(&L.reached, name);
	}
	pthread_mutex_unlock(&L.lock);
	event_state(name, cycle);
	pthread_mutex_lock(&L.lock);
	changed();
	pthread_mutex_unlock(&L.lock);
}

void
hyp_info(struct hyp_dev *dev, const char *key, const char *value)
{
	(void)dev;
	event_info(key, value);
}

void
hyp_event(struct hyp_dev *dev, const char *event, const char *members)
{
	(void)dev;
	event_members(event, members);
}

void
hyp_vlog(struct hyp_dev *dev, enum hyp_level level, const char *fmt, va_list ap)
{
	char text[1024];

	(void)dev;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (level == HYP_LOG_ERROR) {
		pthread_mutex_lock(&L.lock);
		memcpy(L.last_error, text, sizeof(L.last_error));
		pthread_mutex_unlock(&L.lock);
	}
	event_log(level, text);
}

void
hyp_log(struct hyp_dev *dev, enum hyp_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	hyp_vlog(dev, level, fmt, ap);
	va_end(ap);
}

void
hyp_trace(struct hyp_dev *dev, const char *kind, const char *name, uint64_t a, uint64_t b)
{
	(void)dev;
	trace_put4(TRACE_OTHER, (uintptr_t)kind, (uintptr_t)name, a, b);
}

void
hyp_note(struct hyp_dev *dev, const char *kind, const char *name, uint64_t a, uint64_t b)
{
	hyp_trace(dev, kind, name, a, b);
	trace_keep(TRACE_KEPT_NOTE);
}

void
hyp_trace_begin(struct hyp_dev *dev, const char *kind, const char *name, uint64_t a, uint64_t fn)
{
	(void)dev;
	trace_put4(TRACE_BEGIN, (uintptr_t)kind, (uintptr_t)name, a, fn);
}

void
hyp_trace_end(struct hyp_dev *dev, const char *kind, const char *name, uint64_t a, uint64_t b)
{
	(void)dev;
	trace_put4(TRACE_END, (uintptr_t)kind, (uintptr_t)name, a, b);
}

void
hyp_trace_state(struct hyp_dev *dev, const char *what, const char *state)
{
	(void)dev;
	trace_put4(TRACE_TRACK, (uintptr_t)what, (uintptr_t)state, 0, 0);
}

/* Is there a reason to go no further? */
static bool
halted(void)
{
	bool yes;

	pthread_mutex_lock(&L.lock);
	yes = L.failed || L.stopping;
	pthread_mutex_unlock(&L.lock);
	return yes;
}

void
life_step_failed(const char *step, int error)
{
	char text[1024];
	bool told;

	pthread_mutex_lock(&L.lock);
	told = L.failed;
	memcpy(text, L.last_error, sizeof(text));
	pthread_mutex_unlock(&L.lock);
	if (told)
		return;
	if (text[0] != '\0')
		life_fail(atomic_load(&L.dev), 0, "%s: %.900s", step, text);
	else
		life_fail(atomic_load(&L.dev), error, "%s", step);
}

static void
set_softc(void *softc)
{
	hyp_lock(&L.softc_lock);
	L.softc = softc;
	hyp_unlock(&L.softc_lock);
}

char *
life_control(const char *request)
{
	char *answer = NULL;

	if (!rr_outside(RR_CONTROL, request))
		return strdup("{\"ok\":false,\"error\":\"this is a replay, and takes no requests\"}");
	hyp_lock(&L.softc_lock);
	if (L.softc != NULL && L.pers->control != NULL)
		answer = L.pers->control(L.softc, request);
	hyp_unlock(&L.softc_lock);
	rr_outside_done();
	return answer;
}

void
life_waits(char *buf, size_t size)
{
	char text[256] = "";

	if (rr_outside(RR_WAITS, "")) {
		hyp_lock(&L.softc_lock);
		if (L.softc != NULL && L.pers->waits != NULL)
			L.pers->waits(L.softc, text, sizeof(text));
		hyp_unlock(&L.softc_lock);
		rr_outside_done();
	}
	snprintf(buf, size, "%s%s", text[0] != '\0' ? "; " : "", text);
}

bool
life_nap(bool suspend, unsigned *ticket)
{
	bool ok;

	if (!rr_outside(suspend ? RR_NAP : RR_WAKE, ""))
		return false;
	ok = nap_ask(suspend, ticket);
	pthread_mutex_lock(&L.lock);
	changed();
	pthread_mutex_unlock(&L.lock);
	rr_outside_done();
	return ok;
}

/* --suspend: after the sleep the wanted state is to be reached again, in as much time. */
static void
sleep_once(void *softc)
{
	L.naps--;
	pthread_mutex_lock(&L.lock);
	L.at = 0;
	L.cycle_since = clock_run_ns();
	atomic_store(&L.reached, life_state_name(L.pers, 0));
	pthread_mutex_unlock(&L.lock);
	(void)nap_once(L.pers, softc);
}

/* With the lock: may the life-cycle thread still wait? */
static bool
waiting(void)
{
	return !L.failed && !L.stopping &&
	    (L.at < L.opt->until || L.opt->stay || L.naps > 0);
}

/* Until the wanted state is there (--stay: longer), or the run is to end; awake then. */
static void
wait_for_state(void *softc)
{
	bool asked;

	life_enter(LIFE_WAIT);
	pthread_mutex_lock(&L.lock);
	while (waiting()) {
		asked = nap_asked();
		if (!asked && (L.naps == 0 || L.at < L.opt->until)) {
			(void)clock_cond_wait(&L.cond, &L.lock, 0);
			continue;
		}
		pthread_mutex_unlock(&L.lock);
		if (asked)
			nap_serve(L.pers, softc);
		else
			sleep_once(softc);
		pthread_mutex_lock(&L.lock);
	}
	pthread_mutex_unlock(&L.lock);
	nap_end(L.pers, softc);
}

/* An end before the wanted state is a failure, also when it was asked for. */
static void
check_reached(void)
{
	char waits[260];
	bool early;

	pthread_mutex_lock(&L.lock);
	early = !L.failed && L.at < L.opt->until;
	pthread_mutex_unlock(&L.lock);
	if (!early)
		return;
	life_waits(waits, sizeof(waits));
	life_fail(NULL, 0, "stopped by %s before \"%s\"%s", L.why_stop,
	    life_state_name(L.pers, L.opt->until), waits);
}

/* From a successful attach to the end of the wanted state. */
static void
live(struct hyp_dev *dev, void *softc)
{
	int error = 0;

	if (!halted() && L.pers->attach_late != NULL) {
		life_enter(LIFE_ATTACH_LATE);
		error = L.pers->attach_late(softc);
		if (error != 0)
			life_step_failed("attach_late", error);
	}
	if (error == 0 && !halted())
		hyp_state(dev, "attached");
	if (error == 0 && !halted() && L.opt->until > 0 && L.pers->run != NULL) {
		life_enter(LIFE_RUN);
		error = L.pers->run(softc);
		if (error != 0)
			life_step_failed("run", error);
	}
	wait_for_state(softc);
	check_reached();
}

static void
begin_cycle(unsigned cycle)
{
	pthread_mutex_lock(&L.lock);
	L.cycle = cycle;
	L.cycle_since = clock_run_ns();
	L.at = -1;
	L.naps = L.opt->suspend;
	L.last_error[0] = '\0';
	atomic_store(&L.reached, NULL);
	pthread_mutex_unlock(&L.lock);
}

/* What the DMA checker found in this cycle or before. */
static void
check_dma(void)
{
	char first[600], text[700] = "";
	unsigned n = dmacheck_count(first, sizeof(first));

	if (n == 1)
		snprintf(text, sizeof(text), "%s", first);
	else if (n > 1)
		snprintf(text, sizeof(text), "%u offences in DMA, the first: %s", n, first);
	rr_found(text, sizeof(text));
	if (text[0] != '\0')
		life_fail(NULL, 0, "%s", text);
}

static void
one_cycle(struct hyp_dev *dev, unsigned cycle)
{
	struct hyp_leaks leaks = { 0 };
	void *softc = NULL;
	int error, fds = leaks_fds();

	begin_cycle(cycle);
	atomic_store(&L.began, true);
	life_enter(LIFE_ATTACH);
	error = L.pers->attach(dev, &softc);
	if (error != 0)
		life_step_failed("attach", error);
	else {
		set_softc(softc);
		live(dev, softc);
		life_enter(LIFE_DETACH);
		set_softc(NULL);
		error = L.pers->detach(softc, &leaks);
		if (error != 0)
			life_step_failed("detach", error);
	}
	leaks_check(dev, &leaks, fds);
	check_dma();
}

/*
 * A device is not left as the driver has it.  Some cannot be reset, which is as it is; one that can,
 * and is not, may still do what it was told.
 */
static void
reset(struct hyp_dev *dev)
{
	struct vfio_err err = { "" };
	int error;

	if (dev->gone)
		return;
	error = dev_reset(dev, &err);
	if (error != 0 && error != ENOTSUP && !dev->gone)
		life_fail(dev, err.text[0] != '\0' ? 0 : error, "the device is left as the driver "
		    "had it%s%s", err.text[0] != '\0' ? ": " : "", err.text);
}

static void
clean_up(struct hyp_dev *dev)
{
	reset(dev);
	life_enter(LIFE_CLOSE);
	pthread_mutex_lock(&L.dev_lock);
	atomic_store(&L.dev, NULL);
	pthread_mutex_unlock(&L.dev_lock);
	dev_close(dev);
}

static void *
life_main(void *arg)
{
	struct vfio_err err;
	struct hyp_dev *dev;
	unsigned i;

	(void)arg;
	life_enter(LIFE_OPEN);
	event_start(L.pers->driver, L.opt->target,
	    life_state_name(L.pers, L.opt->until));
	if (dev_open(L.pers, L.opt, &dev, &err) != 0)
		life_fail(NULL, 0, "%s", err.text);
	else {
		atomic_store(&L.dev, dev);
		contain();
		for (i = 1; i <= L.opt->cycles && !halted(); i++)
			one_cycle(dev, i);
		clean_up(dev);
	}
	life_enter(LIFE_DONE);
	return NULL;
}

int
life_init(const struct hyp_personality *pers, const struct options *opt)
{
	L.pers = pers;
	L.opt = opt;
	L.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	dmacheck_on_finding(found);
	return L.wake >= 0 ? 0 : errno;
}

int
life_start(void)
{
	return hyp_thread_start(&L.thread, "life", life_main, NULL);
}

void
life_join(void)
{
	pthread_join(L.thread, NULL);
}

bool
life_result(void)
{
	struct event_result res = { 0 };
	char error[1024];

	pthread_mutex_lock(&L.lock);
	if (!L.failed && (L.at < L.opt->until || (L.cycle < L.opt->cycles && L.stopping))) {
		snprintf(L.error, sizeof(L.error), "stopped by %s", L.why_stop);
		L.failed = true;
	}
	res.ok = !L.failed;
	memcpy(error, L.error, sizeof(error));
	res.cycles = L.opt->cycles > 1 ? L.cycle : 0;
	pthread_mutex_unlock(&L.lock);
	res.reached = life_reached();
	res.error = res.ok ? NULL : error;
	event_result(&res);
	return res.ok;
}
