/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * say.c - see say.h.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/sim/hwsim/say.h"

volatile sig_atomic_t say_stop;

static const char *program_name;
static bool as_json;
static double began;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void
say_init(const char *program, bool json)
{
	program_name = program;
	as_json = json;
	began = now();
}

/* For people: name, then each member but "event" and "t". */
static void
print_human(const char *name, json_t *o)
{
	const char *key;
	json_t *v;

	printf("%s:", name);
	json_object_foreach(o, key, v) {
		char *text;

		if (strcmp(key, "event") == 0 || strcmp(key, "t") == 0)
			continue;
		if (json_is_string(v)) {
			printf(" %s=%s", key, json_string_value(v));
			continue;
		}
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		printf(" %s=%s", key, text != NULL ? text : "?");
		free(text);
	}
	putchar('\n');
}

void
say(const char *event, const char *fmt, ...)
{
	json_t *o = json_pack("{s:s,s:f}", "event", event, "t", now() - began), *more;
	va_list args;

	if (fmt != NULL) {
		va_start(args, fmt);
		more = json_vpack_ex(NULL, 0, fmt, args);
		va_end(args);
		json_object_update(o, more);
		json_decref(more);
	}
	if (as_json) {
		json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
		putchar('\n');
	} else {
		print_human(event, o);
	}
	json_decref(o);
	if (fflush(stdout) != 0)
		say_stop = 1;
}

void
say_error(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "%s: %s\n", program_name, text);
	if (as_json)
		say("error", "{s:s}", "text", text);
}

static void
on_signal(int sig)
{
	(void)sig;
	say_stop = 1;
}

void
say_signals(sigset_t *waiting)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&sa.sa_mask);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, waiting);
	sigdelset(waiting, SIGTERM);
	sigdelset(waiting, SIGINT);
}
