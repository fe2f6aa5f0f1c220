/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of the life cycle, and how other threads end it; see life.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/control.h"
#include "harness/dev.h"
#include "harness/dmacheck.h"
#include "harness/event.h"
#include "harness/hang.h"
#include "harness/life_int.h"
#include "harness/report.h"
#include "harness/rr.h"
#include "harness/trace.h"

struct life life_now = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .softc_lock = PTHREAD_MUTEX_INITIALIZER,
	.dev_lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = -1, .at = -1,
};

void
life_changed(void)
{
	uint64_t one = 1;

	hyp_cond_wake(&life_now.cond);
	if (life_now.wake >= 0 && write(life_now.wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort();
	control_wake();
}

int
life_wake_fd(void)
{
	return life_now.wake;
}

/* For the main thread alone; from anywhere, also with the checker's lock. */
static void
found(void)
{
	uint64_t one = 1;

	if (write(life_now.wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort();
}

void
life_wake_clear(void)
{
	uint64_t n;

	if (read(life_now.wake, &n, sizeof(n)) < 0 && errno != EAGAIN)
		abort();
}

void
life_view(struct life_view *v)
{
	pthread_mutex_lock(&life_now.lock);
	v->phase = life_now.phase;
	v->since = life_now.since;
	v->cycle_since = life_now.cycle_since;
	v->cycle = life_now.cycle;
	v->reached = life_now.at >= life_now.opt->until;
	v->failed = life_now.failed;
	v->stopping = life_now.stopping;
	v->state = atomic_load(&life_now.reached);
	memcpy(v->error, life_now.error, sizeof(v->error));
	pthread_mutex_unlock(&life_now.lock);
}

struct hyp_dev *
life_dev(void)
{
	return atomic_load(&life_now.dev);
}

const char *
life_reached(void)
{
	return atomic_load(&life_now.reached);
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
	pthread_mutex_lock(&life_now.lock);
	life_now.phase = phase;
	life_now.since = clock_run_ns();
	life_changed();
	pthread_mutex_unlock(&life_now.lock);
}

/*
 * A device that has gone is the cause of whatever fails next, even if nobody has told of it yet.  In a
 * recorded run the one who finds it has told so with the call that found it (rr_call()).
 */
static void
fail_text(const struct hyp_dev *dev, const char *text)
{
	const char *gone = dev != NULL && rr_mode == RR_OFF ? dev_why_gone(dev) : NULL;
	bool first;

	pthread_mutex_lock(&life_now.lock);
	first = !life_now.failed;
	if (first)
		snprintf(life_now.error, sizeof(life_now.error), "%s", gone != NULL ? gone : text);
	life_now.failed = true;
	life_changed();
	pthread_mutex_unlock(&life_now.lock);
	event_error(text);
	if (first && atomic_load(&life_now.began)) {
		pthread_mutex_lock(&life_now.dev_lock);
		if (life_dev() != NULL && life_dev()->check != NULL)
			dmacheck_held(life_dev()->check);
		pthread_mutex_unlock(&life_now.dev_lock);
		report_trace(life_now.opt->trace_last);
	}
}

void
life_fail(struct hyp_dev *dev, int error, const char *fmt, ...)
{
	char text[1024], stall[512];
	size_t n;
	va_list ap;

	if (dev != NULL && !turn_mine())
		dev_tell_gone(dev);
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
	fail_text(dev, text);
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
	pthread_mutex_lock(&life_now.lock);
	if (!life_now.stopping)
		snprintf(life_now.why_stop, sizeof(life_now.why_stop), "%s", why);
	life_now.stopping = true;
	life_changed();
	pthread_mutex_unlock(&life_now.lock);
	rr_outside_done();
}

void
hyp_state(struct hyp_dev *dev, const char *state)
{
	int i = life_state_index(life_now.pers, state);
	const char *name;
	unsigned cycle;

	if (i < 0)
		hyp_violation(dev, "a driver reports only states that it declares", "state \"%s\"",
		    state);
	name = life_state_name(life_now.pers, i);
	trace_put(TRACE_STATE, 0, 0, (uintptr_t)name, 0);
	/* Reached before it is told: who hears of it may stop the run at once. */
	pthread_mutex_lock(&life_now.lock);
	cycle = life_now.opt->cycles > 1 ? life_now.cycle : 0;
	if (i > life_now.at) {
		life_now.at = i;
		atomic_store(&life_now.reached, name);
	}
	pthread_mutex_unlock(&life_now.lock);
	event_state(name, cycle);
	pthread_mutex_lock(&life_now.lock);
	life_changed();
	pthread_mutex_unlock(&life_now.lock);
}

bool
life_halted(void)
{
	bool yes;

	pthread_mutex_lock(&life_now.lock);
	yes = life_now.failed || life_now.stopping;
	pthread_mutex_unlock(&life_now.lock);
	return yes;
}

void
life_step_failed(const char *step, int error)
{
	char text[1024];
	bool told;

	pthread_mutex_lock(&life_now.lock);
	told = life_now.failed;
	memcpy(text, life_now.last_error, sizeof(text));
	pthread_mutex_unlock(&life_now.lock);
	if (told)
		return;
	if (text[0] != '\0')
		life_fail(atomic_load(&life_now.dev), 0, "%s: %.900s", step, text);
	else
		life_fail(atomic_load(&life_now.dev), error, "%s", step);
}

int
life_init(const struct hyp_personality *pers, const struct options *opt)
{
	life_now.pers = pers;
	life_now.opt = opt;
	life_now.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	dmacheck_on_finding(found);
	return life_now.wake >= 0 ? 0 : errno;
}

bool
life_result(void)
{
	struct event_result res = { 0 };
	char error[1024];

	pthread_mutex_lock(&life_now.lock);
	if (!life_now.failed && (life_now.at < life_now.opt->until ||
	    (life_now.cycle < life_now.opt->cycles && life_now.stopping))) {
		snprintf(life_now.error, sizeof(life_now.error), "stopped by %s", life_now.why_stop);
		life_now.failed = true;
	}
	res.ok = !life_now.failed;
	memcpy(error, life_now.error, sizeof(error));
	res.cycles = life_now.opt->cycles > 1 ? life_now.cycle : 0;
	pthread_mutex_unlock(&life_now.lock);
	res.reached = life_reached();
	res.error = res.ok ? NULL : error;
	event_result(&res);
	return res.ok;
}
