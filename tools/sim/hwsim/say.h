/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * say.h - what voy-tunnel and voy-hwsim say: events on stdout (JSON lines with --json, else lines
 * for people), and the signals that end them.
 *
 *	say_init("voy-hwsim", json);
 *	say_signals(&waiting);
 *	say("radio", "{s:s}", "name", "phy0");
 *	while (!say_stop) ppoll(..., &waiting)
 */
#ifndef TOOLS_SIM_HWSIM_SAY_H
#define TOOLS_SIM_HWSIM_SAY_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT or SIGTERM came, or nobody reads stdout any more. */
extern volatile sig_atomic_t say_stop;

void	say_init(const char *program, bool json);
/* An event; fmt and what follows as for json_pack(), an object; NULL: no members. */
void	say(const char *event, const char *fmt, ...);
/* An error: on stderr and, with --json, as an event. */
void	say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Blocks SIGINT and SIGTERM but for ppoll() with *waiting; a broken pipe is no signal. */
void	say_signals(sigset_t *waiting);

#endif
