/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_req.h - requests of the control socket and their answers.  Private to control*.c.
 */
#ifndef HARNESS_CONTROL_REQ_H
#define HARNESS_CONTROL_REQ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/options.h"

#define CONTROL_ANSWER	(512 * 1024)

struct control_wait {
	atomic_bool	 active;	/* the thread's own; others look */
	int		 state;		/* index */
	unsigned	 nap;		/* instead, a ticket of nap.h; 0: none */
	uint64_t	 until;		/* run time, ns */
	char		 cmd[8];	/* of a nap */
	char		 id[64];	/* as JSON; "" if there was none */
};

enum control_effect { CONTROL_ANSWERED, CONTROL_SUBSCRIBE, CONTROL_WAITS };

struct control_ctx {
	const struct hyp_personality	*pers;
	const struct options		*opt;
	char				*answer;	/* CONTROL_ANSWER bytes */
	size_t				 len;
};

/* Serve one line; the answer is in ctx unless the request WAITS. */
enum control_effect control_request(struct control_ctx *, const char *line,
	    struct control_wait *);
/* Is the wait over?  Then the answer is in ctx. */
bool	control_wait_over(struct control_ctx *, struct control_wait *);
/* An answer that says what is wrong. */
void	control_refuse(struct control_ctx *, const char *text);

#endif /* HARNESS_CONTROL_REQ_H */
