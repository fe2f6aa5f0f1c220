/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events; see event.h.  One lock orders the lines, keeps the table of info, and guards the
 * buffer.  While the process crashes the lock is only tried for, for a moment: its holder may
 * be the one that crashed.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/event.h"
#include "harness/hypercall.h"

#define INFO_MAX	128

struct info {
	char	*key, *val;
};

static struct {
	pthread_mutex_t	 lock;
	const char	*unit;
	bool		 json, verbose, ended;
	struct info	 info[INFO_MAX];
	unsigned	 ninfo;
	void		(*sub)(const char *, size_t);
	char		 buf[EVENT_MAX];
	struct jsonw	 fatal;
	char		 fatal_buf[EVENT_MAX];
} ev = { .lock = PTHREAD_MUTEX_INITIALIZER, .unit = "voyageur" };

static void
write_all(int fd, const char *buf, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, buf, len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
			if (errno == EAGAIN)
				nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
			continue;
		}
		if (n <= 0)
			return;
		buf += n;
		len -= (size_t)n;
	}
}

void
event_init(const char *unit, bool json, bool verbose)
{
	ev.unit = unit;
	ev.json = json;
	ev.verbose = verbose;
}

void
event_subscribe(void (*fn)(const char *, size_t))
{
	pthread_mutex_lock(&ev.lock);
	ev.sub = fn;
	pthread_mutex_unlock(&ev.lock);
}

static void
begin(struct jsonw *j, char *buf, const char *event)
{
	jsonw_open(j, buf, EVENT_MAX - 1);
	jsonw_str(j, "event", event);
	jsonw_sec(j, "t", clock_run_ns());
}

/* Close the event and show it; with the lock. */
static void
send_json(struct jsonw *j)
{
	size_t len = jsonw_close(j);

	j->buf[len++] = '\n';
	if (ev.json)
		write_all(STDOUT_FILENO, j->buf, len);
	if (ev.sub != NULL)
		ev.sub(j->buf, len);
}

static void __attribute__((format(printf, 2, 3)))
human(int fd, const char *fmt, ...)
{
	char line[EVENT_TEXT + 256];
	va_list ap;
	int n, m;

	n = snprintf(line, sizeof(line) - 1, "%s: ", ev.unit);
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - 1 - (size_t)n, fmt, ap);
	va_end(ap);
	if (m < 0)
		return;
	n += m;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (m = 0; m < n; m++)		/* one line, and nothing that steers a terminal */
		if ((unsigned char)line[m] < 0x20 || line[m] == 0x7f)
			line[m] = ' ';
	line[n++] = '\n';
	write_all(fd, line, (size_t)n);
}

static void
unlock(void)
{
	pthread_mutex_unlock(&ev.lock);
	busy_inside();
}

/* Lock and begin an event; false when the run's last event is out. */
static bool
enter(struct jsonw *j, const char *event)
{
	busy_outside();
	pthread_mutex_lock(&ev.lock);
	if (ev.ended) {
		unlock();
		return false;
	}
	begin(j, ev.buf, event);
	return true;
}

static void
leave(struct jsonw *j)
{
	send_json(j);
	unlock();
}

void
event_start(const char *driver, const char *target, const char *until)
{
	struct jsonw j;

	if (!enter(&j, "start"))
		return;
	jsonw_str(&j, "driver", driver);
	jsonw_str(&j, "target", target);
	jsonw_str(&j, "until", until);
	jsonw_int(&j, "pid", getpid());
	if (!ev.json)
		human(STDOUT_FILENO, "driver %s on %s", driver, target);
	leave(&j);
}

void
event_state(const char *state, unsigned cycle)
{
	struct jsonw j;
	uint64_t ms = clock_run_ns() / 1000000;

	if (!enter(&j, "state"))
		return;
	jsonw_str(&j, "state", state);
	if (cycle > 0)
		jsonw_int(&j, "cycle", cycle);
	if (!ev.json)
		human(STDOUT_FILENO, "%s (%llu.%03u s)", state,
		    (unsigned long long)(ms / 1000), (unsigned)(ms % 1000));
	leave(&j);
}

/* Keep key = val; false when that is no news.  With the lock. */
static bool
info_set(const char *key, const char *val)
{
	struct info *in;
	char *copy;
	unsigned i;

	for (i = 0; i < ev.ninfo && strcmp(ev.info[i].key, key) != 0; i++)
		;
	in = &ev.info[i];
	if (i < ev.ninfo && strcmp(in->val, val) == 0)
		return false;
	copy = strdup(val);
	if (copy == NULL || i == INFO_MAX) {
		free(copy);
		return true;
	}
	if (i == ev.ninfo) {
		in->key = strdup(key);
		if (in->key == NULL) {
			free(copy);
			return true;
		}
		ev.ninfo++;
	} else
		free(in->val);
	in->val = copy;
	return true;
}

void
event_info(const char *key, const char *val)
{
	struct jsonw j;

	if (!enter(&j, "info"))
		return;
	if (!info_set(key, val)) {
		unlock();
		return;
	}
	jsonw_str(&j, "key", key);
	jsonw_str(&j, "value", val);
	if (!ev.json)
		human(STDOUT_FILENO, "%s %s", key, val);
	leave(&j);
}

void
event_log(int level, const char *text)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct jsonw j;

	if ((level == HYP_LOG_DEBUG && !ev.verbose) || !enter(&j, "log"))
		return;
	jsonw_str(&j, "level", names[level & 3]);
	jsonw_str(&j, "text", text);
	if (level == HYP_LOG_ERROR)
		human(STDERR_FILENO, "%s", text);
	else if (!ev.json)
		human(STDOUT_FILENO, "%s%s", level == HYP_LOG_WARN ? "warning: " : "", text);
	leave(&j);
}

void
event_error(const char *text)
{
	struct jsonw j;

	if (!enter(&j, "error"))
		return;
	jsonw_str(&j, "text", text);
	human(STDERR_FILENO, "%s", text);
	leave(&j);
}

void
event_raw(const char *event, const char *key, const char *value)
{
	struct jsonw j;

	if (!enter(&j, event))
		return;
	jsonw_raw(&j, key, value);
	leave(&j);
}

void
event_members(const char *event, const char *object)
{
	struct jsonw j;

	if (!enter(&j, event))
		return;
	jsonw_members(&j, object);
	leave(&j);
}

/* Info members, except those whose names the result itself has.  With the lock. */
static void
info_members(struct jsonw *j)
{
	static const char *const own[] = { "event", "t", "ok", "reached", "seconds", "error",
	    "cycles", "driver" };
	unsigned i, k;

	for (i = 0; i < ev.ninfo; i++) {
		for (k = 0; k < sizeof(own) / sizeof(own[0]); k++)
			if (strcmp(ev.info[i].key, own[k]) == 0)
				break;
		if (k == sizeof(own) / sizeof(own[0]))
			jsonw_str(j, ev.info[i].key, ev.info[i].val);
	}
}

void
event_info_json(struct jsonw *j)
{
	pthread_mutex_lock(&ev.lock);
	info_members(j);
	pthread_mutex_unlock(&ev.lock);
}

static void
put_result(struct jsonw *j, const struct event_result *res)
{
	uint64_t ns = clock_run_ns();

	jsonw_bool(j, "ok", res->ok);
	jsonw_str(j, "reached", res->reached);
	jsonw_sec(j, "seconds", ns);
	if (res->error != NULL)
		jsonw_str(j, "error", res->error);
	if (res->cycles > 0)
		jsonw_int(j, "cycles", res->cycles);
	info_members(j);
	ev.ended = true;
	if (!ev.json)
		human(STDOUT_FILENO, "%s: %s after %llu.%03u s%s%s", res->ok ? "ok" : "FAILED",
		    res->reached != NULL ? res->reached : "no state reached",
		    (unsigned long long)(ns / 1000000000),
		    (unsigned)(ns % 1000000000 / 1000000), res->error != NULL ? ": " : "",
		    res->error != NULL ? res->error : "");
	send_json(j);
}

void
event_result(const struct event_result *res)
{
	struct jsonw j;

	if (!enter(&j, "result"))
		return;
	put_result(&j, res);
	unlock();
}

/* The lock, or after a moment not; its holder may have crashed. */
static bool
try_lock(void)
{
	struct timespec ts = { 0, 1000000 };
	int i;

	for (i = 0; i < 200; i++) {
		if (pthread_mutex_trylock(&ev.lock) == 0)
			return true;
		nanosleep(&ts, NULL);
	}
	return false;
}

struct jsonw *
event_fatal_begin(const char *event)
{
	begin(&ev.fatal, ev.fatal_buf, event);
	return &ev.fatal;
}

void
event_fatal_send(void)
{
	bool locked = try_lock();

	if (!locked)
		ev.sub = NULL;
	if (!ev.ended)
		send_json(&ev.fatal);
	if (locked)
		pthread_mutex_unlock(&ev.lock);
}

void
event_fatal_result(const struct event_result *res)
{
	bool locked = try_lock();

	if (!locked)
		ev.sub = NULL;
	if (!ev.ended) {
		begin(&ev.fatal, ev.fatal_buf, "result");
		put_result(&ev.fatal, res);
	}
	if (locked)
		pthread_mutex_unlock(&ev.lock);
}

void
event_stderr(const char *text)
{
	write_all(STDERR_FILENO, text, strlen(text));
}
