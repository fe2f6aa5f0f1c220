/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.h - the sockets of voy-air: radios, control, and the loop that serves them.
 *
 *	struct air_server_opts o = { .path = "/run/x/air.sock", .stop = &stop, .event = print };
 *	error = air_server_new(&o, &s, msg, sizeof(msg));	the sockets are in place
 *	hub_set(air_server_hub(s), ...);
 *	air_server_run(s);				until stopped
 *	air_server_free(s);				the sockets are gone
 */
#ifndef TOOLS_SIM_AIR_SERVER_H
#define TOOLS_SIM_AIR_SERVER_H

#include <poll.h>
#include <signal.h>

#include "tools/sim/air/hub.h"
#include "tools/sim/prog/ctl.h"

struct air_server;

struct air_server_opts {
	const char	*path;			/* of the radios' socket */
	const char	*control;		/* of the control socket, or NULL */
	bool		fast;
	struct pcapng	*pcap;			/* or NULL; stays the caller's */
	void		(*event)(void *arg, const char *name, json_t *members);
	void		*arg;
	/* Set by a signal handler; its signals should be blocked except in sigmask. */
	const volatile sig_atomic_t *stop;
	const sigset_t	*sigmask;		/* mask while waiting, or NULL */
};

int	air_server_new(const struct air_server_opts *, struct air_server **, char *errmsg,
	    size_t errlen);
struct hub *air_server_hub(struct air_server *);
/* 0: it was asked to end; else the errno of ppoll(2). */
int	air_server_run(struct air_server *);
void	air_server_free(struct air_server *);

/* ---- the control socket (ctl.c) ----------------------------------------------------------- */

/* What its commands work on: their argument. */
struct air_ctl {
	struct hub	*hub;
	struct pcapng	*pcap;			/* or NULL */
};
extern const struct ctl_command air_commands[];

/* "KEY=VALUE", "KEY:A:B=VALUE", "KEY:A:B:oneway=VALUE" of the command line. */
int	air_set_text(struct hub *, const char *text, char *errmsg, size_t errlen);

#endif
