/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace file's thread; see trace_file.h.  Format: "Trace Event Format", JSON object form.
 * Accesses are instant events of the thread that made them; a run of a handler, task or timer
 * is a B/E pair, named after the driver's function; what lasts across threads (a DMA object, the
 * device's turn with memory) is a b/e pair by address; the life cycle and the station's 802.11
 * states are tracks of their own; milestones are global instants, and the DMA memory alive is a
 * counter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/jsonw.h"
#include "harness/life.h"
#include "harness/symtab.h"
#include "harness/trace.h"
#include "harness/trace_file.h"

#define BATCH		512
#define TRACKS		8
#define TRACK_TID	0x7f000001	/* no thread has such a number */

/* What is in one state at a time: the life cycle, the station. */
struct track {
	const char	*name;		/* NULL: free */
	const char	*state;
};

static struct {
	pthread_t	 thread;
	int		 fd;		/* -1: none */
	pid_t		 pid;		/* a system call for each line would be one too many */
	const char	*path;
	atomic_bool	 stop, done;
	int		 error;
	bool		 comma;
	char		 buf[65536];
	size_t		 len;
	int		 tid[256];	/* named so far, per thread slot */
	uint64_t	 last[256];	/* time of its last event */
	struct clock_rate rate;
	uint64_t	 dma_bytes;
	struct track	 track[TRACKS];
} T = { .fd = -1 };

static void
flush(void)
{
	size_t done = 0;
	ssize_t n;

	while (done < T.len && T.error == 0) {
		n = write(T.fd, T.buf + done, T.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			T.error = errno;
			life_fail(NULL, T.error, "trace: %s: cannot be written; free some space, "
			    "or name another file", T.path);
			break;
		}
		done += (size_t)n;
	}
	T.len = 0;
}

static void
put(const char *s, size_t n)
{
	if (T.len + n > sizeof(T.buf))
		flush();
	memcpy(T.buf + T.len, s, n);
	T.len += n;
}

static void
put_event(struct jsonw *j)
{
	size_t n = jsonw_close(j);

	if (T.comma)
		put(",\n", 2);
	T.comma = true;
	put(j->buf, n);
}

/* Not before the thread's last: a newer rate differs by a few nanoseconds. */
static uint64_t
when(const struct trace_entry *e)
{
	uint64_t ns = clock_rate_ns(&T.rate, e->ticks), *last = &T.last[trace_thread(e)];

	if (ns > *last)
		*last = ns;
	return *last;
}

static void
begin_at(struct jsonw *j, char *buf, size_t size, const char *name, const char *ph,
    const struct trace_entry *e, int tid)
{
	uint64_t ns = when(e);
	char us[32];

	snprintf(us, sizeof(us), "%llu.%03u", (unsigned long long)(ns / 1000),
	    (unsigned)(ns % 1000));
	jsonw_open(j, buf, size);
	jsonw_str(j, "name", name);
	jsonw_str(j, "ph", ph);
	jsonw_raw(j, "ts", us);
	jsonw_int(j, "pid", T.pid);
	jsonw_int(j, "tid", tid);
}

/* On the thread that it happened in. */
static void
begin(struct jsonw *j, char *buf, size_t size, const char *name, const char *ph,
    const struct trace_entry *e)
{
	begin_at(j, buf, size, name, ph, e, trace_thread_tid(trace_thread(e)));
}

static void
name_thread(const struct trace_entry *e)
{
	unsigned slot = trace_thread(e);
	int tid = trace_thread_tid(slot);
	char buf[256];
	struct jsonw j;

	if (T.tid[slot] == tid)
		return;
	T.tid[slot] = tid;
	begin(&j, buf, sizeof(buf), "thread_name", "M", e);
	jsonw_object(&j, "args");
	jsonw_str(&j, "name", trace_thread_name(slot));
	jsonw_end(&j);
	put_event(&j);
}

static void
put_counter(const struct trace_entry *e)
{
	char buf[256];
	struct jsonw j;

	if (trace_op(e) == TRACE_DMA_ALLOC)
		T.dma_bytes += trace_len(e);
	else
		T.dma_bytes -= trace_len(e);
	begin(&j, buf, sizeof(buf), "DMA memory", "C", e);
	jsonw_object(&j, "args");
	jsonw_int(&j, "bytes", (int64_t)T.dma_bytes);
	jsonw_end(&j);
	put_event(&j);
}

/* A life of memory: slices of their own, told apart by address. */
static void
put_memory(const struct trace_entry *e)
{
	unsigned op = trace_op(e);
	bool object = op == TRACE_DMA_ALLOC || op == TRACE_DMA_FREE;
	char what[96], name[136], id[32], buf[768];
	struct jsonw j;

	trace_what_text(e, what, sizeof(what));
	snprintf(id, sizeof(id), "0x%llx", (unsigned long long)e->a);
	snprintf(name, sizeof(name), "%s", object ? what : "the device's");
	begin(&j, buf, sizeof(buf), name,
	    op == TRACE_DMA_ALLOC || op == TRACE_DMA_GIVE ? "b" : "e", e);
	jsonw_str(&j, "cat", object ? "DMA object" : "DMA given");
	jsonw_str(&j, "id", id);
	jsonw_object(&j, "args");
	jsonw_str(&j, "iova", id);
	jsonw_int(&j, "bytes", trace_len(e));
	jsonw_end(&j);
	put_event(&j);
	if (object)
		put_counter(e);
}

/* The track of that name, which is shown as a thread; the first one that is not named yet. */
static struct track *
find_track(const char *name)
{
	unsigned i;

	for (i = 0; i < TRACKS - 1 && T.track[i].name != NULL &&
	    strcmp(T.track[i].name, name) != 0; i++)
		;
	return &T.track[i];
}

static void
put_on_track(const struct track *t, const char *name, const char *ph,
    const struct trace_entry *e, const char *arg)
{
	char buf[512];
	struct jsonw j;

	begin_at(&j, buf, sizeof(buf), name, ph, e, TRACK_TID + (int)(t - T.track));
	jsonw_str(&j, "cat", t->name);
	jsonw_object(&j, "args");
	if (arg != NULL)
		jsonw_str(&j, "name", arg);
	jsonw_end(&j);
	put_event(&j);
}

/* What the track showed ends, and the next begins. */
static void
put_state(const struct trace_entry *e)
{
	const char *name = (const char *)(uintptr_t)e->a;
	struct track *t = find_track(name);

	if (t->name == NULL) {
		t->name = name;
		put_on_track(t, "thread_name", "M", e, name);
	} else
		put_on_track(t, t->state, "E", e, NULL);
	t->state = (const char *)(uintptr_t)e->b;
	put_on_track(t, t->state, "B", e, NULL);
}

static const char *
phase(unsigned op)
{
	if (op == TRACE_INTR || op == TRACE_BEGIN)
		return "B";
	return op == TRACE_INTR_END || op == TRACE_END ? "E" : "i";
}

static void
put_name(const struct trace_entry *e, char *buf, size_t size)
{
	unsigned op = trace_op(e);
	const char *fn = op == TRACE_BEGIN ? symtab_name((uintptr_t)e->d) : NULL;
	char kind[32], what[96];

	trace_op_text(e, kind, sizeof(kind));
	trace_what_text(e, what, sizeof(what));
	if (op == TRACE_INTR || op == TRACE_INTR_END)
		snprintf(buf, size, "interrupt, %s", what);
	else if (op == TRACE_STATE)
		snprintf(buf, size, "%s", what);
	else if (fn != NULL)
		snprintf(buf, size, "%s %s", kind, fn);
	else
		snprintf(buf, size, "%s %s", kind, what);
}

static void
put_plain(const struct trace_entry *e)
{
	char op[32], value[96], name[160], buf[768];
	const char *ph = phase(trace_op(e));
	struct jsonw j;

	trace_op_text(e, op, sizeof(op));
	trace_value_text(e, value, sizeof(value));
	put_name(e, name, sizeof(name));
	begin(&j, buf, sizeof(buf), name, ph, e);
	jsonw_str(&j, "cat", op);
	if (*ph == 'i')
		jsonw_str(&j, "s", trace_op(e) == TRACE_STATE ? "g" : "t");
	jsonw_object(&j, "args");
	if (value[0] != '\0')
		jsonw_str(&j, "value", value);
	jsonw_end(&j);
	put_event(&j);
}

static void
put_entry(const struct trace_entry *e)
{
	name_thread(e);
	switch (trace_op(e)) {
	case TRACE_DMA_ALLOC:
	case TRACE_DMA_FREE:
	case TRACE_DMA_GIVE:
	case TRACE_DMA_TAKE:
		put_memory(e);
		break;
	case TRACE_TRACK:
		put_state(e);
		break;
	default:
		put_plain(e);
	}
}

/* Take what there is; returns how much that was. */
static unsigned
drain(void)
{
	static struct trace_entry batch[BATCH];
	struct trace_ring *r;
	unsigned n, i, total = 0;

	for (r = trace_rings(); r != NULL; r = r->next) {
		n = trace_take(r, batch, BATCH);
		clock_rate(&T.rate);
		for (i = 0; i < n && T.error == 0; i++)
			put_entry(&batch[i]);
		total += n;
	}
	return total;
}

static void *
trace_file_main(void *arg)
{
	static const char head[] = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
	static const char tail[] = "\n]}\n";
	struct timespec ts = { 0, 1000000 };
	bool last;

	(void)arg;
	pthread_setname_np(pthread_self(), "trace-file");
	put(head, sizeof(head) - 1);
	for (;;) {
		last = atomic_load(&T.stop);
		if (drain() > 0)
			continue;
		if (last)
			break;
		if (T.len > sizeof(T.buf) / 2)
			flush();
		nanosleep(&ts, NULL);
	}
	put(tail, sizeof(tail) - 1);
	flush();
	atomic_store(&T.done, true);
	return NULL;
}

int
trace_file_open(const char *path, char *why, size_t size)
{
	int error = 0;

	if (path == NULL)
		return 0;
	T.path = path;
	T.pid = getpid();
	T.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (T.fd < 0)
		error = errno;
	else {
		trace_lossless(true);
		error = pthread_create(&T.thread, NULL, trace_file_main, NULL);
	}
	if (error != 0)
		snprintf(why, size, "trace: %s: cannot be written: %s; name another file", path,
		    strerror(error));
	return error;
}

void
trace_file_close(void)
{
	if (T.fd < 0)
		return;
	trace_lossless(false);
	atomic_store(&T.stop, true);
	pthread_join(T.thread, NULL);
	if (close(T.fd) != 0 && T.error == 0)
		life_fail(NULL, errno, "trace: %s", T.path);
	T.fd = -1;
}

void
trace_file_fatal(void)
{
	struct timespec ts = { 0, 1000000 };
	int i;

	if (T.fd < 0)
		return;
	pthread_detach(T.thread);	/* nobody will join it */
	atomic_store(&T.stop, true);
	for (i = 0; i < 1000 && !atomic_load(&T.done); i++)
		nanosleep(&ts, NULL);
}
