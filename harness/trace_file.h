/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_file.h - the whole trace as a file of Chrome trace events, which ui.perfetto.dev
 * opens.  A thread of its own writes it; while it does, nobody overwrites what it has not
 * taken, so nothing is lost.
 */
#ifndef HARNESS_TRACE_FILE_H
#define HARNESS_TRACE_FILE_H

#include <stddef.h>

/* Nothing if path is NULL.  An errno; why gets the text. */
int	trace_file_open(const char *path, char *why, size_t size);
/* Write the rest and close.  A failure has been reported by life_fail(). */
void	trace_file_close(void);
/* The same from a dying process, with a short limit. */
void	trace_file_fatal(void);

#endif /* HARNESS_TRACE_FILE_H */
