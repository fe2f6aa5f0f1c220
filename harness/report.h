/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h - what is shown around a failure: backtraces, trace, live DMA objects; on stderr
 * for a person, and as members of an event.
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include "harness/backtrace.h"
#include "harness/hypercall.h"
#include "harness/jsonw.h"

/* Of a process that lives on: the last entries of the trace, as an event "trace". */
void	report_trace(unsigned last);
/*
 * Between these no report of a process that lives on is made: while one names its frames it has
 * a child and pipes, which who counts descriptors must not see.
 */
void	report_hold(void);
void	report_release(void);
/*
 * Why nothing goes on, as an event "threads": a line that says it, or "", what all threads do, have
 * and wait for, where they are, the interrupts, and what the device was told last.  Once in a run.
 */
void	report_stall(const char *line);

/* A backtrace of a finding: its heading, and what it is called in the event. */
struct report_part {
	const char		*title, *member;
	const struct backtrace	*bt;
};
/*
 * What a checker found, with its backtraces, as an event of that name.  The process lives on,
 * unless `dying`: then no lock is waited for long.
 */
void	report_finding(const char *event, const char *rule, const char *law, const char *text,
	    const struct report_part *, unsigned nparts, bool dying);

/*
 * The same in parts, for a dying process: no allocation, no waiting for locks.  Each writes to
 * stderr and adds an array to j.
 */
void	report_fatal_backtrace(struct jsonw *j, const char *title, const char *key,
	    const struct backtrace *, bool from_driver);
/* Calls `goes_on` after each thread. */
void	report_fatal_threads(struct jsonw *j, const char *key, void (*goes_on)(void));
/* A line to stderr, and an element of the array that is open in j. */
void	report_fatal_say(struct jsonw *j, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same of the driver's lines of a backtrace, at most so many. */
void	report_fatal_place(struct jsonw *j, const struct backtrace *, unsigned max);
void	report_fatal_trace(struct jsonw *j, unsigned last);
/* What the driver told the device last: a register, memory, a command by its own account;
 * now: run time. */
void	report_fatal_told(struct jsonw *j, struct hyp_dev *, uint64_t now);
/* Append the driver's line of a backtrace to the text, where it has one. */
void	report_fatal_line(const struct backtrace *, char *text, size_t size);
void	report_fatal_dma(struct jsonw *j, struct hyp_dev *);

#endif /* HARNESS_REPORT_H */
