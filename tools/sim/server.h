/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.h - the vfio-user server: one card, one socket, one client at a time, one event loop.
 *
 *	struct sim_server_opts o = { .dev = dev, .path = "/tmp/edu.sock", .stop = &stop };
 *	struct sim_server *s;
 *
 *	error = sim_server_new(&o, &s);			the socket is in place
 *	error = sim_server_run(s);			until stopped, or --once and the client left
 *	sim_server_free(s);				the socket is gone
 *
 * The device's sim_host_ops must be sim_server_ops(), its arg a pointer to a struct
 * sim_server_link that sim_server_new() connects to the server.
 */
#ifndef TOOLS_SIM_SERVER_H
#define TOOLS_SIM_SERVER_H

#include <signal.h>

#include "tools/sim/device.h"
#include "tools/sim/prog/ctl.h"
#include "tools/sim/wire.h"

struct sim_server;

/* What the device's ops get: where reports go, and the server once there is one. */
struct sim_server_link {
	void	(*emit)(void *arg, const char *name, const char *json, const char *text);
	void	*arg;
	struct sim_server *server;
};

const struct sim_host_ops *sim_server_ops(void);

struct sim_server_opts {
	struct sim_dev	*dev;
	struct sim_server_link *link;
	const char	*path;			/* of the vfio-user socket */
	const char	*control;		/* of the control socket, or NULL */
	bool		once;			/* end when the first client has left */
	/* Set by a signal handler; its signals should be blocked except in sigmask. */
	const volatile sig_atomic_t *stop;
	const sigset_t	*sigmask;		/* mask while waiting, or NULL */
};

/* errmsg gets what is wrong and how to mend it when an error is returned. */
int	sim_server_new(const struct sim_server_opts *, struct sim_server **, char *errmsg,
	    size_t errlen);
int	sim_server_run(struct sim_server *);
void	sim_server_free(struct sim_server *);

/* ---- the control socket (control.c) ----------------------------------------------------- */

/* Its commands; their argument is the struct sim_dev. */
extern const struct ctl_command sim_commands[];

/* ---- one client (proto.c, version.c) ---------------------------------------------------- */

struct sim_conn {
	struct sim_dev	*dev;
	const struct sim_server_opts *o;
	int		fd;
	struct sim_rx	rx;
	struct sim_tx	tx;
	int		twin;			/* socket for our commands, or -1: the same one */
	int		give[SIM_TX_FDS];	/* for the client, until it has them */
	unsigned	ngive;
	bool		clock;			/* one of them is the clock's */
	struct sim_rx	twin_rx;
	struct sim_tx	twin_tx;
	struct sim_msg	*queue, **qtail;	/* requests that came while we waited */
	unsigned	nqueue;
	bool		ready;			/* VERSION is done */
	bool		dead;			/* to be closed by the loop */
	bool		write_multi;
	uint32_t	peer_xfer;		/* data bytes that the client takes per message */
	bool		dma_silent;		/* it does not answer DMA messages */
	uint16_t	next_id;
	uint8_t		*out;			/* SIM_MAX_MSG bytes to build replies in */
};

/* ppoll(2) that the server's signals can end; ns < 0: no limit. */
int	sim_wait(const struct sim_server_opts *, struct pollfd *, size_t n, int64_t ns);

struct sim_conn *sim_conn_new(const struct sim_server_opts *, int fd);	/* NULL: no memory */
void	sim_conn_free(struct sim_conn *);
/* Closes what was to be given to the client. */
void	sim_conn_given(struct sim_conn *);
/* A message that is whole, or NULL. Sets dead when there will be none any more. */
struct sim_msg *sim_conn_next(struct sim_conn *);
/* The oldest of the requests that came while a DMA reply was awaited; there is one. */
struct sim_msg *sim_conn_dequeue(struct sim_conn *);
/* DMA by message: 0, ETIMEDOUT, EIO, ENODEV, ENOMEM. */
int	sim_conn_dma(struct sim_conn *, uint64_t iova, void *buf, size_t len, bool write);

/* Handles one request and replies; frees it. */
void	sim_conn_request(struct sim_conn *, struct sim_msg *);
/*
 * VERSION: fills in the reply payload at p, *len its length. If the client can do with a second
 * socket for our commands, twin is open afterwards. What is in .give goes with the reply.
 */
int	sim_version(struct sim_conn *, const struct sim_msg *, uint8_t *p, size_t *len);

#endif
