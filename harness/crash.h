/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash.h - SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT in any thread, and the sanitizers'
 * findings, become a report (fatal.h).
 */
#ifndef HARNESS_CRASH_H
#define HARNESS_CRASH_H

/* Once, before there are other threads and after fatal_init(). */
void	crash_init(void);
/* A stack of its own for the thread's signal handlers: a stack overflow is reported, too. */
void	crash_thread_start(void);
void	crash_thread_end(void);

/* main() has come to its end: what a sanitizer says from here on is not a crash. */
void	crash_end(void);

/* Data races that ThreadSanitizer reported, and memory that LeakSanitizer found lost. */
unsigned crash_races(void);
int	crash_lost_memory(void);

#endif /* HARNESS_CRASH_H */
