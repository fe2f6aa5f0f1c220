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
/* Where all threads are, as an event "threads". */
void	report_threads(void);

/*
 * The same in parts, for a dying process: no allocation, no waiting for locks.  Each writes to
 * stderr and adds an array to j.
 */
void	report_fatal_backtrace(struct jsonw *j, const struct backtrace *);
void	report_fatal_threads(struct jsonw *j);
void	report_fatal_trace(struct jsonw *j, unsigned last);
void	report_fatal_dma(struct jsonw *j, struct hyp_dev *);

#endif /* HARNESS_REPORT_H */
