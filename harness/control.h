/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.h - the control socket: one JSON object per line in, one per line out, while the
 * driver runs.  A UNIX stream socket of mode 0600; only a peer of the same user is served.
 *
 *	{"cmd":"status"}		driver, target, state, phase, cycle, seconds, error
 *	{"cmd":"states"}		the states, in order, and the wanted one
 *	{"cmd":"wait","state":"alive","timeout":5}	answered when it is reached or cannot be
 *	{"cmd":"trace","last":64}	entries of the trace, oldest first
 *	{"cmd":"info"}			the facts of the run so far
 *	{"cmd":"subscribe"}		from now on every event, too
 *	{"cmd":"suspend"}		answered when the device is suspended, or cannot be
 *	{"cmd":"resume"}		the same, when it runs again
 *	{"cmd":"quit"}			end orderly
 *	anything else			is the personality's
 *
 * Answers have "ok", "cmd" as asked, "id" if the request had one, and "error" when not ok.
 */
#ifndef HARNESS_CONTROL_H
#define HARNESS_CONTROL_H

#include <stddef.h>

#include "harness/options.h"

/*
 * Listen at opt->control and start the thread; nothing if that is NULL.  A socket that nobody
 * serves any more is replaced.  An errno; why gets the text.
 */
int	control_start(const struct hyp_personality *, const struct options *, char *why,
	    size_t size);
/* Send what is still to be sent, close, remove the socket. */
void	control_stop(void);

/* Something changed that a client may wait for.  Any thread, any lock held. */
void	control_wake(void);
/*
 * How many descriptors of clients there are; none comes or goes before the release.  Any thread;
 * who holds them takes no other lock of the control socket's, and asks it nothing.
 */
int	control_fds_hold(void);
void	control_fds_release(void);
/* Remove the socket from the file system; async-signal-safe. */
void	control_unlink(void);

#endif /* HARNESS_CONTROL_H */
