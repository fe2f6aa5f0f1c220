/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.h - what test programs print: TAP lines.
 *
 *	ok(x == 1, "x is one");			says which line when it fails
 *	like(text, "no such", "the cause is named");
 *	return done();				the plan and the exit status
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Weak: one of each in a program, whichever of its files say something. */
__attribute__((weak)) int tap_count, tap_failed;

static inline bool
tap_line(bool good, const char *what, const char *file, int line)
{
	tap_count++;
	tap_failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tap_count, what);
	if (!good)
		printf("# failed at %s:%d\n", file, line);
	fflush(stdout);
	return good;
}
#define ok(good, what)	tap_line((good), (what), __FILE__, __LINE__)

/* A text contains another; shows it if not. */
static inline bool
tap_like(const char *text, const char *part, const char *what, const char *file, int line)
{
	bool good = tap_line(text != NULL && strstr(text, part) != NULL, what, file, line);

	if (!good)
		printf("# \"%s\" lacks \"%s\"\n", text != NULL ? text : "(none)", part);
	return good;
}
#define like(text, part, what)	tap_like((text), (part), (what), __FILE__, __LINE__)

static inline int
done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
