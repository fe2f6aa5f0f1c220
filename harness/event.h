/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * event.h - what a run tells the world, on stdout: JSON lines with --json, else lines for a
 * person; errors also on stderr; every event also to the subscribers of the control socket.
 *
 *	event_init("iwm0", true, false);
 *	event_state("alive", 1);
 *	event_result(&result);			nothing comes after it
 *
 * Each line is one write, complete, in the order of the calls.  Any thread.
 */
#ifndef HARNESS_EVENT_H
#define HARNESS_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/jsonw.h"

#define EVENT_MAX	131072		/* longest line */
#define EVENT_TEXT	1024		/* longest text in a human line */

/* `unit` prefixes human lines and is borrowed. */
void	event_init(const char *unit, bool json, bool verbose);
/* Called with each event's JSON, newline included, under the output lock. */
void	event_subscribe(void (*fn)(const char *line, size_t len));

/* `until`: the wanted state. */
void	event_start(const char *driver, const char *target, const char *until);
void	event_state(const char *state, unsigned cycle);	/* cycle 0: there is but one */
/* Shown when new or changed; kept for the result. */
void	event_info(const char *key, const char *val);
void	event_log(int level, const char *text);		/* enum hyp_level */
void	event_error(const char *text);

/* An event with one member that is JSON already. */
void	event_raw(const char *event, const char *key, const char *value);

/* An event with the members of a JSON object. */
void	event_members(const char *event, const char *object);

struct event_result {
	bool		 ok;
	const char	*reached;	/* NULL: no state */
	const char	*error;		/* NULL when ok */
	unsigned	 cycles;	/* done; 0: not asked for more than one */
};
/* The last event, whoever comes first; what comes later is not shown. */
void	event_result(const struct event_result *);

/* Members of all info so far, flat, into j (for status and info requests). */
void	event_info_json(struct jsonw *j);

/*
 * For the report of a crash: begin an event in the crash's own buffer, add members, send.
 * Does not wait long for a lock that the crashed thread may hold.
 */
struct jsonw *event_fatal_begin(const char *event);
void	event_fatal_send(void);
/* Human text straight to stderr. */
void	event_stderr(const char *text);
/* The same as event_result() without waiting long for locks. */
void	event_fatal_result(const struct event_result *);

#endif /* HARNESS_EVENT_H */
