/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.h - the main thread while a driver lives: signals, and the driver that does not come
 * to an end.
 */
#ifndef HARNESS_WATCH_H
#define HARNESS_WATCH_H

#include <stdbool.h>

#include "harness/options.h"

/*
 * Take the signals that end a run, before there are threads.  In a debugger not SIGINT: a
 * signal that is blocked and read never stops the program there.  An errno.
 */
int	watch_init(bool debugger);
/* Until the life-cycle thread is done. */
void	watch(const struct hyp_personality *, const struct options *);

#endif /* HARNESS_WATCH_H */
