/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace file's thread; see trace_file.h.  Format: "Trace Event Format", JSON object form.
 * Accesses are instant events of the thread that made them, a handler's run is a B/E pair,
 * states are global instants, and the DMA memory alive is a counter.
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
#include "harness/trace.h"
#include "harness/trace_file.h"

#define BATCH	512

static struct {
	pthread_t	 thread;
	int		 fd;		/* -1: none */
	const char	*path;
	atomic_bool	 stop, done;
	int		 error;
	bool		 comma;
	char		 buf[65536];
	size_t		 len;
	int		 tid[256];	/* named so far, per thread slot */
	uint64_t	 dma_bytes;
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

static void
begin(struct jsonw *j, char *buf, size_t size, const char *name, const char *ph,
    const struct trace_entry *e)
{
	uint64_t ns = clock_ticks_to_run_ns(e->ticks);
	char us[32];

	snprintf(us, sizeof(us), "%llu.%03u", (unsigned long long)(ns / 1000),
	    (unsigned)(ns % 1000));
	jsonw_open(j, buf, size);
	jsonw_str(j, "name", name);
	jsonw_str(j, "ph", ph);
	jsonw_raw(j, "ts", us);
	jsonw_int(j, "pid", getpid());
	jsonw_int(j, "tid", trace_thread_tid(trace_thread(e)));
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

static void
put_entry(const struct trace_entry *e)
{
	char op[32], what[96], value[96], name[136], buf[768];
	unsigned kind = trace_op(e);
	const char *ph = kind == TRACE_INTR ? "B" : kind == TRACE_INTR_END ? "E" : "i";
	struct jsonw j;

	name_thread(e);
	trace_op_text(e, op, sizeof(op));
	trace_what_text(e, what, sizeof(what));
	trace_value_text(e, value, sizeof(value));
	if (kind == TRACE_INTR || kind == TRACE_INTR_END)
		snprintf(name, sizeof(name), "interrupt, %s", what);
	else if (kind == TRACE_STATE)
		snprintf(name, sizeof(name), "%s", what);
	else
		snprintf(name, sizeof(name), "%s %s", op, what);
	begin(&j, buf, sizeof(buf), name, ph, e);
	jsonw_str(&j, "cat", op);
	if (*ph == 'i')
		jsonw_str(&j, "s", kind == TRACE_STATE ? "g" : "t");
	jsonw_object(&j, "args");
	if (value[0] != '\0')
		jsonw_str(&j, "value", value);
	jsonw_end(&j);
	put_event(&j);
	if (kind == TRACE_DMA_ALLOC || kind == TRACE_DMA_FREE)
		put_counter(e);
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
	T.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (T.fd < 0)
		error = errno;
	else {
		trace_lossless(true);
		error = pthread_create(&T.thread, NULL, trace_file_main, NULL);
	}
	if (error != 0)
		snprintf(why, size, "trace: %s: cannot be written: %s", path, strerror(error));
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
	atomic_store(&T.stop, true);
	for (i = 0; i < 1000 && !atomic_load(&T.done); i++)
		nanosleep(&ts, NULL);
}
