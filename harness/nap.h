/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nap.h - suspend and resume on request: a control client asks, the life-cycle thread does it
 * while it waits for the driver, the client hears how it went.
 *
 *	nap_ask(true, &ticket)			control's thread
 *	while (nap_next(&suspend)) {		the life-cycle thread
 *		error = ...;
 *		nap_done(error == 0, text);
 *	}
 *	if (nap_over(ticket, &ok, text, size))	control's thread, later
 */
#ifndef HARNESS_NAP_H
#define HARNESS_NAP_H

#include <stdbool.h>
#include <stddef.h>

/* One request at a time: false when another is not over. */
bool	nap_ask(bool suspend, unsigned *ticket);
/* Is there a request?  Then this is what it wants, and nap_done() must follow. */
bool	nap_next(bool *suspend);
void	nap_done(bool ok, const char *text);
/* Is the request over?  Then how it went; `text` says why not.  Once a ticket. */
bool	nap_over(unsigned ticket, bool *ok, char *text, size_t size);

#endif /* HARNESS_NAP_H */
