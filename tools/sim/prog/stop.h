/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stop.h - how a program is asked to end: SIGINT, SIGTERM, or nobody reads its stdout any more.
 *
 *	stop_signals(&waiting);
 *	while (!stop_asked)
 *		ppoll(..., &waiting);
 */
#ifndef TOOLS_SIM_PROG_STOP_H
#define TOOLS_SIM_PROG_STOP_H

#include <signal.h>

extern volatile sig_atomic_t stop_asked;

/*
 * Blocks SIGINT and SIGTERM but for ppoll() with *waiting, so that none comes between the test of
 * stop_asked and the wait. A broken pipe is an error of write, not a death.
 */
void	stop_signals(sigset_t *waiting);

#endif
