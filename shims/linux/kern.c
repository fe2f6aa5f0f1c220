/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kern.c - what a BSD kernel has and the C library may not: DELAY, strlcpy, assertions.
 */
#include "softc.h"

#include <string.h>

void
pdk_delay(unsigned us)
{
	hyp_clock_delay(us);
}

/* Weak: a C library that has it (glibc 2.38) may win. */
__attribute__((weak)) size_t
strlcpy(char *restrict to, const char *restrict from, size_t size)
{
	size_t len = strlen(from), n;

	if (size != 0) {
		n = MIN(len, size - 1);
		memcpy(to, from, n);
		to[n] = '\0';
	}
	return len;
}

void
pdk_assert_failed(const char *expr, const char *file, int line, const char *func)
{
	shim_violation(NULL, R_rule_assert, "%s (%s:%d): %s", func, file, line, expr);
}
