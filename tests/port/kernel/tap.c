/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.c - see tap.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

char said[4096];
static int count, failed;

void
say(const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, ap);
	va_end(ap);
}

void
quiet(void)
{
	said[0] = '\0';
}

void
ok(int good, const char *what)
{
	failed += !good;
	fprintf(stdout, "%sok %d - %s\n", good ? "" : "not ", ++count, what);
	if (!good)
		fprintf(stdout, "# said: %s\n", said);
	quiet();
}

void
heard(const char *want, const char *what)
{
	ok(strcmp(said, want) == 0, what);
}

int
tap_end(void)
{
	fprintf(stdout, "1..%d\n", count);
	return failed != 0;
}
