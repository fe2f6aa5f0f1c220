/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steps.h - an input as a row of steps, for targets whose driver and card take them by turns:
 * each a byte, which is its kind, a length of 16 bits, and that many bytes, or what there is.
 *
 *	while ((kind = steps_kind(&in, KINDS)) >= 0) {
 *		p = steps_take(&in, &len);
 *		...	byte(p, len, 0)		what is not there is 0
 */
#ifndef TESTS_FUZZ_STEPS_H
#define TESTS_FUZZ_STEPS_H

#include <stddef.h>
#include <stdint.h>

struct steps {
	const uint8_t	*p;
	size_t		 left;
};

static inline size_t
at_most(size_t n, size_t limit)
{
	return n < limit ? n : limit;
}

static inline unsigned
byte(const uint8_t *p, size_t len, size_t i)
{
	return i < len ? p[i] : 0;
}

static inline uint32_t
word(const uint8_t *p, size_t len, size_t i)
{
	return byte(p, len, i) | byte(p, len, i + 1) << 8 | byte(p, len, i + 2) << 16 |
	    (uint32_t)byte(p, len, i + 3) << 24;
}

/* The next step's kind, of so many; -1 at the end. */
static inline int
steps_kind(const struct steps *s, unsigned kinds)
{
	return s->left < 3 ? -1 : (int)(s->p[0] % kinds);
}

static inline const uint8_t *
steps_take(struct steps *s, size_t *len)
{
	const uint8_t *p = s->p + 3;

	*len = at_most(s->p[1] | (size_t)s->p[2] << 8, s->left - 3);
	s->p += 3 + *len;
	s->left -= 3 + *len;
	return p;
}

#endif /* TESTS_FUZZ_STEPS_H */
