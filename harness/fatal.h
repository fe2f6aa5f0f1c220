/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fatal.h - the end of a process whose driver cannot go on: report, reset the device, last
 * event, exit status not 0.
 *
 * The report is made by a thread of its own, which exists from the start and needs neither
 * memory nor locks; the thread that failed waits for it, and ends the process itself when
 * that takes too long, so it never hangs.
 */
#ifndef HARNESS_FATAL_H
#define HARNESS_FATAL_H

#include "harness/backtrace.h"
#include "harness/hypercall.h"
#include "harness/jsonw.h"

#define FATAL_STATUS_RULE	70	/* EX_SOFTWARE */
#define FATAL_STATUS_DIVERGED	71	/* a replay; EX_OSERR is the nearest */
#define FATAL_STATUS_HANG	124	/* as timeout(1) */

#define FATAL_PARTS	4

/* One more backtrace: what it is of, and what it is called in the event. */
struct fatal_part {
	const char	*title, *member;
	struct backtrace bt;
};
struct warden_offence;

struct fatal {
	const char	*event;		/* "crash", "violation", "hang", "error" */
	const char	*kind;		/* of hang and violation, or NULL */
	const char	*signal;	/* crash: its name */
	const char	*rule;		/* violation: the rule */
	const struct warden_offence *offence; /* violation: a forbidden system call; NULL: none */
	int		 status;	/* exit status */
	bool		 all_threads;	/* show where all threads are */
	bool		 drivers;	/* it is about what the driver does: show that, from its
					   own function on */
	char		 text[1024];
	char		 thread[16];	/* who */
	struct backtrace bt;
	struct fatal_part part[FATAL_PARTS];
	unsigned	 parts;
	/* Writes more to stderr and into the event, before all threads are shown; or NULL. */
	void		(*more)(struct jsonw *);
};

/* Start the thread.  `last`: how much of the trace is shown. */
int	fatal_init(const char *unit, unsigned last);

/*
 * The structure to fill, for the first thread that fails; a second one never returns from
 * here.
 */
struct fatal *fatal_begin(void);
/* Add a part; `bt` is copied. */
void	fatal_part(struct fatal *, const char *title, const char *member, const struct backtrace *bt);
/* Report and end. */
_Noreturn void fatal_end(void);

/* Has fatal_init() been called?  A host of its own (the fuzzer's) makes other reports. */
bool	fatal_reports(void);
/* Has somebody failed? */
bool	fatal_is(void);

#endif /* HARNESS_FATAL_H */
