/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sanitizer.h - what a sanitizer or valgrind's Memcheck finds is a failure of the run, and told
 * as one: a sanitizer that ends the process by a report (fatal.h) and a reset of the device, the
 * others when the run is over. The finding itself is on stderr in either case.
 */
#ifndef HARNESS_SANITIZER_H
#define HARNESS_SANITIZER_H

#include <stdbool.h>
#include <sys/types.h>

/* Is this program built with AddressSanitizer or ThreadSanitizer, which take memory themselves? */
bool	sanitizer_takes_memory(void);

/* Is there a runtime of any of them in this program? */
bool	sanitizer_is(void);

/* First of all: a runtime that would begin later does so now, before handlers of signals are set. */
void	sanitizer_begin(void);

/* Once, before there are other threads and after fatal_init(). */
void	sanitizer_init(void);

/* Is that the file where the options in the environment have process `pid` report? */
bool	sanitizer_is_report(const char *path, pid_t pid);

/* Has one said something? Any thread. */
bool	sanitizer_spoke(void);

/* The run is over, all its threads have ended: memory that is lost is looked for; life_fail(). */
void	sanitizer_check(void);

/* main() has come to its end: what a sanitizer says from here on is not a crash. */
void	sanitizer_end(void);

#endif /* HARNESS_SANITIZER_H */
