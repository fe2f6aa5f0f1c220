/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hex.h - octets of test vectors, written as hexadecimal digits.
 */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Into `out`, which is large enough; returns the number of octets. Blanks are left out. */
static inline size_t
hex(const char *s, void *out)
{
	size_t n = 0;
	unsigned b;
	int used;

	for (; sscanf(s, " %2x%n", &b, &used) == 1; s += used)
		((uint8_t *)out)[n++] = (uint8_t)b;
	return n;
}

/* Do the octets at `have` begin with those? */
static inline bool
hex_is(const void *have, const char *want)
{
	uint8_t buf[512];
	size_t n = hex(want, buf);

	return n > 0 && memcmp(have, buf, n) == 0;
}

#endif
