/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contain.h - a driver's process gives up what it does not need once the device is open: new
 * privileges, capabilities, files, other processes, the network, and memory without end.
 *
 *	contain_init(opt);		main(), before there are threads
 *	contain_thread();		each thread that may come to run a driver's code, or whose
 *					children may, once it has opened what it wants
 *	contain();			before the driver is attached; once, for all threads
 *
 * A system call that is not allowed then is a violation: reported with its arguments and a
 * backtrace.  What is allowed is listed in contain_filter.c; who opens the few files that are
 * read later, warden.h says.
 */
#ifndef HARNESS_CONTAIN_H
#define HARNESS_CONTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/options.h"

/* An errno.  --no-contain: this and all below do nothing. */
int	contain_init(const struct options *);
/* No file can be opened from here on by this thread and those it starts, with Landlock. */
void	contain_thread(void);
/*
 * Of a thread that runs beside the one of contain(), which is to wait for it: who starts it calls
 * contain_expect() before, and it calls contain_expected() instead.  What contain_thread() asks
 * the system for is forbidden afterwards.
 */
void	contain_expect(void);
void	contain_expected(void);
/* The rest.  Says as an event what was done; what this kernel has not is left out, and told. */
void	contain(void);

/*
 * The driver's memory has grown, or shrunk when bytes is negative.  What is more than
 * --memory is a violation.  Any thread.
 */
void	contain_memory(int64_t bytes);
/* "; no memory is left: ..." when that is so, for the report of a crash; else "". */
void	contain_memory_text(char *buf, size_t size);

/* contain_filter.c: load it for all threads; the listener, or -1: why says why not. */
int	contain_filter(char *why, size_t size);

/* contain_files.c: Landlock's version (0: there is none, and why), then the call for one thread. */
int	contain_files_init(const char **why);
void	contain_files(void);

#endif /* HARNESS_CONTAIN_H */
