/* SPDX-License-Identifier: BSD-2-Clause */
/* What a driver says: log, events, marks in the trace; see hypercall.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/event.h"
#include "harness/life_int.h"
#include "harness/trace.h"

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
		pthread_mutex_lock(&life_now.lock);
		memcpy(life_now.last_error, text, sizeof(life_now.last_error));
		pthread_mutex_unlock(&life_now.lock);
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
