/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * leakcheck.h - LeakSanitizer's look for memory that is lost, in a program that has it.
 *
 * The check stops all threads as a debugger does.  A thread that Landlock binds may do that to no
 * other that is not bound by the very same; so in a contained process one thread does it that has
 * waited for nothing else, and is bound by the filter of system calls alone.
 */
#ifndef HARNESS_LEAKCHECK_H
#define HARNESS_LEAKCHECK_H

#include <stdbool.h>

/* Does LeakSanitizer look through this process at its end? */
bool	leakcheck_is(void);

/*
 * Start that thread, before others are bound; it calls first() and then waits.  An errno.  Without
 * it the checks are done by who asks for them.
 */
int	leakcheck_start(void (*first)(void));

/* Look now; true: something is lost, and reported.  One thread at a time; sleeps. */
bool	leakcheck_found(void);

/*
 * exit() has been called: the look that the runtime would have next, where a thread of ours is to
 * do it.  Ends the process with the runtime's own status if something is lost.
 */
void	leakcheck_exit(void);

#endif /* HARNESS_LEAKCHECK_H */
