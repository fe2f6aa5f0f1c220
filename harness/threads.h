/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads.h - where all threads are, for a driver that hangs.
 */
#ifndef HARNESS_THREADS_H
#define HARNESS_THREADS_H

#include "harness/backtrace.h"
#include "harness/sanitized.h"

/*
 * ThreadSanitizer holds a signal back until the thread calls something, which a loop need not do;
 * not one of those that tell of what the thread does itself.  SIGPIPE is ignored otherwise.
 */
#define THREADS_SIGNAL	(SANITIZED_THREAD ? SIGPIPE : SIGRTMIN + 6)

/* Once, before there are threads. */
void	threads_init(void);
/*
 * Calls fn for each thread but the caller and the one for reports: bt is NULL for one that
 * did not answer a signal in time.  In one thread at a time.
 */
void	threads_each(void (*fn)(void *arg, const char *name, int tid,
	    const struct backtrace *bt), void *arg);

#endif /* HARNESS_THREADS_H */
