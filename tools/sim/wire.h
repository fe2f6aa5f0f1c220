/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire.h - vfio-user messages over a UNIX stream socket, without blocking: whole messages in, with
 * their descriptors; messages out, queued while the peer does not read.
 *
 *	struct sim_msg *m;
 *	switch (sim_rx(&rx, fd, &m)) {
 *	case 0:		... m->h, m->payload, m->len, m->fds ... sim_msg_free(m); break;
 *	case EAGAIN:	poll for POLLIN; break;
 *	default:	close: the peer left (ECONNRESET) or sent no vfio-user (EPROTO)
 *	}
 */
#ifndef TOOLS_SIM_WIRE_H
#define TOOLS_SIM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/vfio_user.h"

#define SIM_MAX_FDS	16u		/* per message; QEMU refuses a server that says more */
#define SIM_MAX_XFER	1048576u	/* data bytes per message */
#define SIM_MAX_MSG	(sizeof(struct vfio_user_hdr) + 4096u + SIM_MAX_XFER)
#define SIM_TX_FDS	2u		/* descriptors that we send with one message, at most */
#define SIM_MAX_UNSENT	(64u << 20)	/* bytes that wait for a peer that does not read */

struct sim_msg {
	struct sim_msg		*next;
	struct vfio_user_hdr	h;
	uint8_t			*payload;
	size_t			len;		/* of the payload */
	int			fds[SIM_MAX_FDS];	/* -1 where taken away */
	size_t			nfds;
	bool			fds_lost;	/* more came than may */
};

void	sim_msg_free(struct sim_msg *);		/* closes the descriptors that are left */

struct sim_rx {
	struct sim_msg	*m;			/* under way, or NULL */
	size_t		got;			/* bytes of it, header included */
};

/* 0 and a message; EAGAIN: not whole yet; ECONNRESET, EPROTO, ENOMEM: close. */
int	sim_rx(struct sim_rx *, int fd, struct sim_msg **);
void	sim_rx_free(struct sim_rx *);

struct sim_txbuf {
	struct sim_txbuf *next;
	size_t		len, sent;
	int		fds[SIM_TX_FDS];	/* to go with the first byte; not owned */
	unsigned	nfds;
	uint8_t		data[];
};

struct sim_tx {
	struct sim_txbuf *head, **tail;
	size_t		bytes;
};

void	sim_tx_init(struct sim_tx *);
/* Sends or queues all of data, and with it nfds descriptors, which stay the caller's. */
int	sim_tx_send(struct sim_tx *, int sock, const void *data, size_t len, const int *fds,
	    unsigned nfds);
/* Sends what is queued as far as the socket takes it; 0 or ECONNRESET. */
int	sim_tx_flush(struct sim_tx *, int sock);
void	sim_tx_free(struct sim_tx *);

#endif
