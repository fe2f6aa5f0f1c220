/* SPDX-License-Identifier: BSD-2-Clause */
/* Backtrace, trace and DMA objects as text; see report.h. */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/arena.h"
#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/dev.h"
#include "harness/event.h"
#include "harness/hang.h"
#include "harness/report.h"
#include "harness/rr.h"
#include "harness/threads.h"
#include "harness/trace.h"

#define DMA_SHOWN	64

/* One report at a time: of a living process by this lock, of a dying one by fatal.c. */
static pthread_mutex_t report_lock = PTHREAD_MUTEX_INITIALIZER;
static struct trace_entry entries[TRACE_LAST_MAX], *shown;
static unsigned times[TRACE_LAST_MAX], *shown_times;
static bt_line lines[BT_LINES];
static char member[EVENT_MAX / 2];

void
report_hold(void)
{
	busy_outside();
	pthread_mutex_lock(&report_lock);
}

void
report_release(void)
{
	pthread_mutex_unlock(&report_lock);
	busy_inside();
}

static void
put_line(struct jsonw *j, const char *text)
{
	char line[BT_LINE + 16];

	snprintf(line, sizeof(line), "  %.*s\n", BT_LINE, text);
	event_stderr(line);
	if (j != NULL)
		jsonw_str(j, NULL, text);
}

/* The last entries to stderr, polls folded; returns how many are from `shown` on. */
static unsigned
show_trace(unsigned last)
{
	char line[BT_LINE];
	unsigned i, n;
	size_t len;

	n = trace_fold(entries, trace_last(entries, TRACE_LAST_MAX), times);
	shown = entries + (n > last ? n - last : 0);
	shown_times = times + (shown - entries);
	n = n > last ? last : n;
	if (n == 0)
		return 0;
	snprintf(line, sizeof(line), "the last %u entries of the trace:\n", n);
	event_stderr(line);
	put_line(NULL, " seconds     thread           access      to"
	    "                              value");
	for (i = 0; i < n; i++) {
		trace_text(&shown[i], line, sizeof(line));
		len = strlen(line);
		if (shown_times[i] > 1)
			snprintf(line + len, sizeof(line) - len, "  (%u times)", shown_times[i]);
		put_line(NULL, line);
	}
	return n;
}

void
report_fatal_trace(struct jsonw *j, unsigned last)
{
	unsigned n = show_trace(last);

	trace_json(j, shown, shown_times, n);
}

void
report_trace(unsigned last)
{
	struct jsonw j;
	char *array;
	unsigned n;

	if (last == 0)
		return;
	report_hold();
	n = show_trace(last);
	jsonw_open(&j, member, sizeof(member));
	trace_json(&j, shown, shown_times, n);
	jsonw_close(&j);
	/* {"trace":[...]} -> the array */
	array = strchr(member, '[');
	if (array != NULL) {
		array[strlen(array) - 1] = '\0';
		event_raw("trace", "trace", array);
	}
	report_release();
}

static void
show_backtrace(struct jsonw *j, const struct backtrace *bt)
{
	unsigned i, n;

	n = bt_lines(bt, lines, BT_LINES);
	for (i = 0; i < n; i++)
		put_line(j, lines[i]);
}

/* Does the path end with a file of this folder?  It begins where the build did, or at the root. */
static bool
is_in(const char *path, const char *folder)
{
	const char *file = strrchr(path, '/');
	size_t n = strlen(folder), len;

	if (file == NULL || (len = (size_t)(file - path)) < n ||
	    strncmp(file - n, folder, n) != 0)
		return false;
	return len == n || path[len - n - 1] == '/';
}

static bool
is_driver(const char *line)
{
	static const char *const ours[] = { "harness", "shims/linux", "shims/linux/sta" };
	const char *path = strstr(line, " at ");
	unsigned i;

	for (i = 0; path != NULL && i < sizeof(ours) / sizeof(ours[0]); i++)
		if (is_in(path + 4, ours[i]))
			return false;
	return path != NULL && path[strlen(path) - 1] != '?';	/* a sanitizer's runtime has no lines */
}

/* The first of the lines that is the driver's; 0 when none is. */
static unsigned
drivers_line(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (is_driver(lines[i]))
			return i;
	return 0;
}

/* The same from the driver's call on, which led to where it was taken. */
static void
show_caller(struct jsonw *j, const struct backtrace *bt)
{
	unsigned n = bt_lines(bt, lines, BT_LINES), i;

	for (i = drivers_line(n); i < n; i++)
		put_line(j, lines[i]);
}

void
report_fatal_line(const struct backtrace *bt, char *text, size_t size)
{
	unsigned n = bt_lines(bt, lines, BT_LINES);
	const char *line = lines[drivers_line(n)], *name;
	size_t len = strlen(text);

	if (n == 0 || !is_driver(line))
		return;
	/* "#3  edu_attach at ...", "    inlined into edu_attach at ..." */
	name = strstr(line, " at ");
	while (name > line && name[-1] != ' ')
		name--;
	snprintf(text + len, size - len, "; in %s", name);
}

void
report_fatal_backtrace(struct jsonw *j, const char *title, const char *key,
    const struct backtrace *bt, bool from_driver)
{
	if (bt->n == 0)
		return;
	event_stderr(title);
	event_stderr(":\n");
	jsonw_array(j, key);
	if (from_driver)
		show_caller(j, bt);
	else
		show_backtrace(j, bt);
	jsonw_end(j);
}

void
report_fatal_say(struct jsonw *j, const char *fmt, ...)
{
	char line[BT_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put_line(j, line);
}

void
report_fatal_place(struct jsonw *j, const struct backtrace *bt, unsigned max)
{
	unsigned n = bt_lines(bt, lines, BT_LINES), i;

	for (i = 0; i < n && max > 0; i++)
		if (is_driver(lines[i])) {
			put_line(j, lines[i]);
			max--;
		}
}

struct threads {
	struct jsonw	*j;
	void		(*goes_on)(void);	/* or NULL */
};

static void
one_thread(void *arg, const char *name, int tid, const struct backtrace *bt)
{
	struct threads *t = arg;
	char head[64];

	snprintf(head, sizeof(head), "thread %s (%d)%s", name, tid,
	    bt == NULL ? " does not answer" : ":");
	put_line(t->j, head);
	if (bt != NULL)
		show_backtrace(t->j, bt);
	if (t->goes_on != NULL)
		t->goes_on();
}

static void
show_threads(struct jsonw *j, void (*goes_on)(void))
{
	struct threads t = { j, goes_on };

	event_stderr("backtraces of all threads:\n");
	threads_each(one_thread, &t);
}

void
report_fatal_threads(struct jsonw *j, const char *key, void (*goes_on)(void))
{
	jsonw_array(j, key);
	show_threads(j, goes_on);
	jsonw_end(j);
}

void
report_stall(const char *line)
{
	static atomic_bool done;
	struct backtrace here;
	struct jsonw j;
	char name[16];

	if (atomic_exchange(&done, true))
		return;
	report_hold();
	jsonw_open(&j, member, sizeof(member));
	if (line[0] != '\0') {
		event_stderr(line);
		event_stderr("\n");
		jsonw_str(&j, "text", line);
	}
	hang_tell(&j);
	jsonw_array(&j, "backtrace");
	show_threads(&j, NULL);
	bt_here(&here);
	pthread_getname_np(pthread_self(), name, sizeof(name));
	one_thread(&(struct threads){ &j, NULL }, name, (int)syscall(SYS_gettid), &here);
	jsonw_close(&j);
	event_members("threads", member);
	report_release();
}

/* The lock; a process that dies goes on without it when somebody keeps it. */
static bool
lock_report(bool dying)
{
	unsigned i;

	if (!dying)
		return pthread_mutex_lock(&report_lock) == 0;
	for (i = 0; i < 200; i++) {
		if (pthread_mutex_trylock(&report_lock) == 0)
			return true;
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	return false;
}

void
report_finding(const char *event, const char *rule, const char *law, const char *text,
    const struct report_part *parts, unsigned nparts, bool dying)
{
	bool locked = lock_report(dying);
	struct jsonw j;
	unsigned i;

	jsonw_open(&j, member, sizeof(member));
	jsonw_str(&j, "rule", rule);
	jsonw_str(&j, "law", law);
	jsonw_str(&j, "text", text);
	event_stderr(text);
	event_stderr("\nrule: ");
	event_stderr(law);
	event_stderr("\n");
	for (i = 0; i < nparts; i++) {
		event_stderr(parts[i].title);
		event_stderr(":\n");
		jsonw_array(&j, parts[i].member);
		show_caller(&j, parts[i].bt);
		jsonw_end(&j);
	}
	jsonw_close(&j);
	event_members(event, member);
	if (locked)
		pthread_mutex_unlock(&report_lock);
}

static void
one_object(void *arg, const char *what, uint64_t iova, const void *va, size_t size)
{
	char line[BT_LINE];

	snprintf(line, sizeof(line), "%-28.60s iova 0x%-10llx at %p  %zu bytes", what,
	    (unsigned long long)iova, va, size);
	put_line(arg, line);
}

/* A replay has no arena, but the driver has as many objects as then. */
static unsigned
each_object(struct hyp_dev *dev, unsigned max, void (*fn)(void *, const char *, uint64_t,
    const void *, size_t), void *arg)
{
	if (rr_replays())
		return rr_mem_each(max, fn, arg);
	return dev->arena != NULL ? arena_each_fatal(dev->arena, max, fn, arg) : 0;
}

void
report_fatal_dma(struct jsonw *j, struct hyp_dev *dev)
{
	char line[64];
	unsigned n;

	if (dev == NULL || (dev->arena == NULL && !rr_replays()))
		return;
	event_stderr("DMA objects alive:\n");
	jsonw_array(j, "dma");
	n = each_object(dev, DMA_SHOWN, one_object, j);
	jsonw_end(j);
	if (n > DMA_SHOWN) {
		snprintf(line, sizeof(line), "and %u more", n - DMA_SHOWN);
		put_line(NULL, line);
	}
}

/* ---- what the device was told ---- */

/* The object in which an address of the device's lies. */
struct lookup {
	uint64_t	 iova;
	char		 text[96];
};

static void
look_up(void *arg, const char *what, uint64_t iova, const void *va, size_t size)
{
	struct lookup *l = arg;

	(void)va;
	if (l->iova >= iova && l->iova - iova < size)
		snprintf(l->text, sizeof(l->text), " of %.60s, at 0x%llx in it", what,
		    (unsigned long long)(l->iova - iova));
}

static void
told(struct jsonw *j, struct hyp_dev *dev, const struct trace_entry *e, uint64_t now)
{
	uint64_t then = clock_ticks_to_run_ns(e->ticks);
	double ago = now > then ? (double)(now - then) / 1e9 : 0;
	const char *thread = trace_thread_name(trace_thread(e));
	struct lookup l = { e->a, "" };
	char what[128], value[64];

	trace_what_text(e, what, sizeof(what));
	trace_value_text(e, value, sizeof(value));
	if (trace_op(e) == TRACE_WRITE) {
		report_fatal_say(j, "%s wrote %s = %s, %.3f s ago", thread, what, value, ago);
	} else if (trace_op(e) == TRACE_SYNC) {
		if (dev != NULL)
			(void)each_object(dev, UINT_MAX, look_up, &l);
		report_fatal_say(j, "%s gave %u bytes%s, %.3f s ago", thread, trace_len(e),
		    l.text, ago);
	} else {
		report_fatal_say(j, "%s told the %s %s, %llu, %.3f s ago", thread,
		    (const char *)(uintptr_t)e->a, (const char *)(uintptr_t)e->b,
		    (unsigned long long)e->c, ago);
	}
}

struct told {
	struct jsonw	*j;
	struct hyp_dev	*dev;
	uint64_t	 now;
};

static void
told_by(void *arg, unsigned slot, struct busy *b)
{
	const struct told *t = arg;
	struct trace_entry e;
	unsigned kind;

	(void)slot;
	for (kind = 0; kind < TRACE_KEPT; kind++)
		if (trace_last_kept((enum trace_kept)kind, atomic_load(&b->tid), &e))
			told(t->j, t->dev, &e, t->now);
}

void
report_fatal_told(struct jsonw *j, struct hyp_dev *dev, uint64_t now)
{
	struct told t = { j, dev, now };

	busy_each(told_by, &t);
}
