/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nap.h - suspend and resume: a control client asks, the life-cycle thread does it while it
 * waits for the driver, the client hears how it went.
 *
 *	nap_ask(true, &ticket)				control's thread
 *	while (nap_serve(pers, softc)) ...		the life-cycle thread
 *	if (nap_over(ticket, &ok, text, size))		control's thread, later
 */
#ifndef HARNESS_NAP_H
#define HARNESS_NAP_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/hypercall.h"

/* One request at a time: false when another is not over.  Then wake the life-cycle thread. */
bool	nap_ask(bool suspend, unsigned *ticket);
/* Is the request over?  Then how it went; `text` says why not. */
bool	nap_over(unsigned ticket, bool *ok, char *text, size_t size);

/* ---- the life-cycle thread's ---- */

/* Is there a request to serve? */
bool	nap_asked(void);
/* Serve it. */
void	nap_serve(const struct hyp_personality *, void *softc);
/* Suspend and resume once, for --suspend.  False: the run has failed. */
bool	nap_once(const struct hyp_personality *, void *softc);
/* Nobody is served any more; the device wakes up if it is asleep. */
void	nap_end(const struct hyp_personality *, void *softc);

#endif /* HARNESS_NAP_H */
