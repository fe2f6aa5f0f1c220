/* SPDX-License-Identifier: BSD-2-Clause */
/* A radio's connection to the hub, as the files client*.c share it; see air.h. */
#ifndef AIR_CLIENT_INT_H
#define AIR_CLIENT_INT_H

#include "tools/sim/air/air.h"

/* A message that waits for room in the socket. */
struct out {
	struct out	*next;
	size_t		len;
	uint8_t		data[];
};

struct air {
	int		fd;
	const struct air_ops *ops;
	void		*arg;
	bool		gone, fast, welcomed;
	unsigned	window, inflight;
	int64_t		skew;
	const struct air_page *page;		/* or NULL: go by the skew */
	uint32_t	seq;			/* of the last message processed */
	/* The last IDLE, while nothing else was sent since. */
	bool		idle_valid;
	bool		part;			/* as said last; at first we take none */
	uint32_t	idle_seq;
	uint64_t	idle_until;
	struct out	*out, **outend;
	unsigned	nout;
	char		why[AIR_TEXT_MAX];
	uint8_t		buf[AIR_MSG_MAX] __attribute__((aligned(8)));
};

/* ---- client_tx.c ---- */
/* Number and send a message, or keep it.  0; ENOTCONN: the hub is gone; ENOBUFS. */
int	client_push(struct air *, void *msg, size_t len, uint16_t type);
/* What was kept, as much as there is room for. */
void	client_flush(struct air *);

#endif /* AIR_CLIENT_INT_H */
