/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * say.h - events on stdout: one JSON object per line with --json, else lines for people.
 *
 *	say_init("voy-hwsim", json);
 *	say("radio", "{s:s}", "name", "phy0");
 *		{"event":"radio","t":0.000123,"name":"phy0"}	or	radio: name=phy0
 *
 * When nobody reads stdout any more, or it cannot be written, which stderr is told, stop_asked
 * (stop.h) becomes true.
 */
#ifndef TOOLS_SIM_PROG_SAY_H
#define TOOLS_SIM_PROG_SAY_H

#include <jansson.h>
#include <stdbool.h>

/* The clock of "t" begins. program must stay. */
void	say_init(const char *program, bool json);
/* An event; fmt and what follows as for json_pack(), an object; NULL: no members. */
void	say(const char *event, const char *fmt, ...);
/* The same with the members at hand, which are freed; NULL: none. */
void	say_members(const char *event, json_t *members);
/* An error: on stderr and, with --json, as an event. */
void	say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Ends a line of stdout that a program wrote itself. */
void	say_flush(void);

#endif
