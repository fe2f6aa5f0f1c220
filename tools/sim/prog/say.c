/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * say.c - see say.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/sim/prog/say.h"
#include "tools/sim/prog/stop.h"

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

static void
print_json(const char *name, json_t *members)
{
	json_t *line = json_pack("{s:s,s:f}", "event", name, "t", now() - began);

	json_object_update(line, members);
	json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(line);
}

/* A text as it is, anything else as JSON spells it. */
static void
print_value(const char *key, const json_t *v)
{
	char *text;

	if (json_is_string(v)) {
		printf(" %s=%s", key, json_string_value(v));
		return;
	}
	text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	printf(" %s=%s", key, text != NULL ? text : "?");
	free(text);
}

static void
print_human(const char *name, json_t *members)
{
	const char *key;
	json_t *v;

	printf("%s%s", name, json_object_size(members) != 0 ? ":" : "");
	json_object_foreach(members, key, v)
		print_value(key, v);
	putchar('\n');
}

void
say_flush(void)
{
	static bool told;

	if (fflush(stdout) == 0)
		return;
	if (errno != EPIPE && !told)
		fprintf(stderr, "%s: standard output: %s\n", program_name, strerror(errno));
	told = true;
	stop_asked = 1;
}

void
say_members(const char *event, json_t *members)
{
	if (as_json)
		print_json(event, members);
	else
		print_human(event, members);
	json_decref(members);
	say_flush();
}

void
say(const char *event, const char *fmt, ...)
{
	json_t *members = NULL;
	va_list args;

	if (fmt != NULL) {
		va_start(args, fmt);
		members = json_vpack_ex(NULL, 0, fmt, args);
		va_end(args);
	}
	say_members(event, members);
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
