/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash.h - SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT in any thread become a report
 * (fatal.h).
 */
#ifndef HARNESS_CRASH_H
#define HARNESS_CRASH_H

/* Once, before there are other threads and after fatal_init(). */
void	crash_init(void);
/* A stack of its own for the thread's signal handlers: a stack overflow is reported, too. */
void	crash_thread_start(void);
void	crash_thread_end(void);

#endif /* HARNESS_CRASH_H */
