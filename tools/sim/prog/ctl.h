/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl.h - a control socket: one JSON object per line in, one per line out. Only the same user (or
 * root) may connect. A program gives its commands as a table:
 *
 *	static json_t *
 *	do_add(struct ctl_request *q)
 *	{
 *		json_t *v = json_object_get(q->json, "value");
 *
 *		if (!json_is_integer(v))
 *			return ctl_fail(q, "add wants \"value\" (number)");
 *		*(int *)q->arg += (int)json_integer_value(v);
 *		return json_object();
 *	}
 *	static const struct ctl_command commands[] = { { "add", do_add }, { "stop", ctl_stop },
 *	    { NULL, NULL } };
 *
 *	error = ctl_new(path, commands, &sum, &ctl, msg, sizeof(msg));
 *	n = ctl_fill(ctl, p, CTL_FDS); ppoll(p, n, ...); stop = ctl_poll(ctl, p, n);
 *	ctl_free(ctl);
 *
 *	{"cmd":"add","value":3}		{"ok":true}
 *	{"cmd":"dance"}			{"ok":false,"error":"unknown command dance; there are ..."}
 */
#ifndef TOOLS_SIM_PROG_CTL_H
#define TOOLS_SIM_PROG_CTL_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define CTL_CLIENTS	8u
#define CTL_FDS		(CTL_CLIENTS + 1)

struct ctl;

struct ctl_request {
	const char	*cmd;
	const json_t	*json;		/* the whole request, an object */
	void		*arg;		/* of ctl_new() */
	char		errmsg[512];
	bool		stop;		/* the program is to end */
};

/* fn returns the answer's members, a new object, or NULL with the cause in errmsg. */
struct ctl_command {
	const char	*name;		/* NULL ends the table */
	json_t		*(*fn)(struct ctl_request *);
};

/* The table stays the caller's. errmsg gets what is wrong when an errno is returned. */
int	ctl_new(const char *path, const struct ctl_command *, void *arg, struct ctl **,
	    char *errmsg, size_t errlen);
/* NULL is harmless here and below. */
void	ctl_free(struct ctl *);
/* Its descriptors for poll(2), at most max; returns how many. */
size_t	ctl_fill(struct ctl *, struct pollfd *, size_t max);
/* Afterwards, with the same ones. True: somebody asked the program to stop. */
bool	ctl_poll(struct ctl *, const struct pollfd *, size_t n);

/* For commands: sets errmsg and returns NULL. */
json_t	*ctl_fail(struct ctl_request *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* A text member of the request, or NULL. */
const char *ctl_text(const struct ctl_request *, const char *key);
/* The command "stop". */
json_t	*ctl_stop(struct ctl_request *);

#endif
