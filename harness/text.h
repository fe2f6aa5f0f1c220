/* SPDX-License-Identifier: BSD-2-Clause */
/* text.h - a line that is put together piece by piece, in a buffer of the caller's. */
#ifndef HARNESS_TEXT_H
#define HARNESS_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char	*buf;
	size_t	 size, len;		/* size: 1 or more */
};

/* More of it, as far as there is room; it always ends in a NUL.  No allocation. */
void	text_add(struct text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	text_vadd(struct text *, const char *fmt, va_list) __attribute__((format(printf, 2, 0)));

#endif /* HARNESS_TEXT_H */
