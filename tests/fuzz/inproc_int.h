/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inproc_int.h - what the files of inproc.h share.
 */
#ifndef TESTS_FUZZ_INPROC_INT_H
#define TESTS_FUZZ_INPROC_INT_H

#include "tests/fuzz/inproc.h"

/* inproc_card.c: it is what is opened; the eventfd of its vector, or -1. */
void	inproc_set_card(const struct inproc_card *);
int	inproc_vector(void);

/* inproc_clock.c: the card has turns, and time is ours; the caller's thread counts from here on. */
void	inproc_clock_begin(const struct inproc_card *);
/* No turns until the next begin. */
void	inproc_clock_end(void);

/* inproc_host.c: what is said by the way goes to stderr when it is asked for. */
void	inproc_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The run has found something: say it, and abort(). */
_Noreturn void inproc_found(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* TESTS_FUZZ_INPROC_INT_H */
