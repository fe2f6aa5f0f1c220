/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.h - checks that print TAP, and a text of what was called meanwhile.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;
static char said[4096];

static inline void __attribute__((__format__(__printf__, 1, 2)))
say(const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, ap);
	va_end(ap);
}

static inline void
quiet(void)
{
	said[0] = '\0';
}

static inline void
ok(int good, const char *what)
{
	tap_failed += !good;
	fprintf(stdout, "%sok %d - %s\n", good ? "" : "not ", ++tap_count, what);
	if (!good)
		fprintf(stdout, "# said: %s\n", said);
	quiet();
}

static inline void
heard(const char *want, const char *what)
{
	ok(strcmp(said, want) == 0, what);
}

/* The plan, and main()'s result. */
static inline int
tap_end(void)
{
	fprintf(stdout, "1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif /* TAP_H */
