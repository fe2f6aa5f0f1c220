/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.h - the main thread while a driver lives: signals, and the driver that does not come
 * to an end.
 */
#ifndef HARNESS_WATCH_H
#define HARNESS_WATCH_H

#include "harness/options.h"

/* Take the signals that end a run, before there are threads.  An errno. */
int	watch_init(void);
/* Until the life-cycle thread is done. */
void	watch(const struct hyp_personality *, const struct options *);

#endif /* HARNESS_WATCH_H */
