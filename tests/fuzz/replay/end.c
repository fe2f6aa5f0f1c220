/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * end.c - the end of a replay, in place of harness/fatal.c: what a replay may end in, a divergence
 * or an error, is an exit status; anything else is a finding, and abort().
 */
#include <sanitizer/common_interface_defs.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/fatal.h"
#include "tests/fuzz/replay/replay.h"

static atomic_flag begun = ATOMIC_FLAG_INIT;
static atomic_bool is;
static struct fatal fatal;

void
end_replay(enum ending how)
{
	child_tell();
	_exit((int)how);
}

static _Noreturn void __attribute__((format(printf, 1, 2)))
found(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	__sanitizer_print_stack_trace();
	abort();
}

bool
fatal_is(void)
{
	return atomic_load(&is);
}

int
fatal_init(const char *unit, unsigned last)
{
	(void)unit;
	(void)last;
	return 0;
}

/* A second thread's is not told. */
struct fatal *
fatal_begin(void)
{
	if (atomic_flag_test_and_set(&begun))
		for (;;)
			pause();
	atomic_store(&is, true);
	return &fatal;
}

void
fatal_part(struct fatal *f, const char *title, const char *member, const struct backtrace *bt)
{
	(void)f;
	(void)title;
	(void)member;
	(void)bt;
}

void
fatal_end(void)
{
	if (getenv("VOY_FUZZ_TALK") != NULL)
		fprintf(stderr, "%s: %s\n", fatal.event, fatal.text);
	if (strcmp(fatal.event, "divergence") == 0)
		end_replay(ENDS_IN_DIVERGENCE);
	if (strcmp(fatal.event, "error") == 0)
		end_replay(ENDS_IN_ERROR);
	found("ERROR: %s\n", fatal.text);
}

void
hyp_violation(struct hyp_dev *dev, const char *rule, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	(void)dev;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	found("ERROR: rule broken: %s: %s\n", rule, text);
}
