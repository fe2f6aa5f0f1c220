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
/* Where all threads are, as an event "threads". */
void	report_threads(void);

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
void	report_fatal_backtrace(struct jsonw *j, const struct backtrace *, bool from_driver);
void	report_fatal_threads(struct jsonw *j);
void	report_fatal_trace(struct jsonw *j, unsigned last);
/* Append the driver's line of a backtrace to the text, where it has one. */
void	report_fatal_line(const struct backtrace *, char *text, size_t size);
void	report_fatal_dma(struct jsonw *j, struct hyp_dev *);

#endif /* HARNESS_REPORT_H */
