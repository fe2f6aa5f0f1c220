/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the vfio-user client share.
 *	user_client.c	the operations of the backend, each as one or more calls
 *	user_call.c	a call: send, wait for the reply with that id, serve meanwhile
 *	user_io.c	bytes and descriptors from and to the socket
 *	user_conn.c	connecting and version negotiation
 *	user_dma.c	DMA_READ and DMA_WRITE from the server
 *	user_msg.c	parsing and checking of messages, pure functions on buffers
 *
 * Waiting is leader/follower: of the threads that wait for a reply one reads the socket and
 * hands out what it reads; when its own reply has come, the next one takes over.  A lone
 * register read is therefore one send and one receive in the thread that asked.
 */
#ifndef VFIO_USER_H
#define VFIO_USER_H

#include <pthread.h>
#include <stdatomic.h>

#include "vfio/priv.h"
#include "vfio/vfio_user.h"

#define USER_MAX_FDS		16	/* descriptors we take in one message */
#define USER_MAX_XFER		VFIO_USER_DEFAULT_DATA_XFER
/* The longest message taken: a header, the structure with a count, that much data. */
#define USER_MAX_MSG		(sizeof(struct vfio_user_hdr) + 64 + USER_MAX_XFER)
#define USER_TX_LIMIT		((size_t)16 << 20)	/* bytes unsent before we give up */

struct user_caps {
	uint16_t major, minor;
	uint32_t max_fds, max_dma_maps;
	uint64_t max_xfer, pgsizes;
	bool write_multi;
	bool twin;			/* the server's commands come on a socket of their own: */
	uint32_t twin_index;		/* this one of the descriptors in the VERSION reply */
	bool clock;			/* likewise a connection to the clock of an air */
	uint32_t clock_index;
};

/* One request in flight, on the stack of the thread that waits for it. */
struct user_call {
	struct user_call *next;
	uint16_t id, cmd;
	bool done;
	int error;		/* errno of the reply, or of the connection */
	void *head, *data;	/* the reply's payload goes to head, then to data */
	size_t head_len, data_len;
	size_t len;		/* payload bytes that came */
	int *fds;		/* descriptors that came become the caller's */
	unsigned max_fds, nfds;
	pthread_cond_t cond;
};

struct user_rx {		/* owned by whoever has user.reading */
	uint8_t *buf;
	size_t cap, start, end;
	size_t fds_end;		/* where in buf the chunk ended that the fds came with */
	int fds[VFIO_USER_LIMIT_MSG_FDS];
	unsigned nfds;
};

struct user_tx {		/* a message that the socket would not take whole */
	struct user_tx *next;
	size_t len, off;
	unsigned nfds;
	int fds[VFIO_USER_LIMIT_MSG_FDS];
	uint8_t data[];
};

struct user_chan {		/* a socket with what is half sent and half received */
	int fd;				/* -1: not open */
	struct user_rx rx;
	pthread_mutex_t tx_lock;	/* these: */
	struct user_tx *tx, **tx_tail;
	size_t tx_bytes;
	_Atomic bool tx_pending;	/* tx != NULL, for a look without the lock */
};

struct user {
	/* Our commands and, unless there is a twin, the server's; the server's commands. */
	struct user_chan main, twin;
	int epfd;
	char *path;
	int timeout_ms;
	bool no_dma_fds;
	bool air_clock;			/* to be asked for */
	int clock_fd;			/* until it is taken, or -1 */
	struct user_caps caps;		/* what was agreed on */
	int region_fds[VFIO_MAX_REGIONS];	/* -1: none */
	struct vfio_dev *dev;		/* NULL until attached */

	pthread_mutex_t lock;		/* these: */
	struct user_call *calls;
	uint16_t next_id;
	bool reading;			/* somebody is in user_receive() */
	bool polled;			/* somebody has asked for the poll descriptor */
	unsigned waiting;		/* calls in flight: we poll, others need not */
	int dead;			/* errno once the connection is given up */
	char why[256];			/* valid once dead is set */
};

/* Part of a message to be sent. */
struct user_part {
	const void *p;
	size_t len;
};

/* ---- user_call.c ---- */

/*
 * Send cmd with the payload parts and wait for its reply as described in call (whose cmd,
 * head, data and fds members the caller has set).  0, the errno of an error reply, or that
 * of a connection that ended.
 */
int	user_call(struct user *u, struct user_call *call, const struct user_part *parts,
	    unsigned nparts, const int *fds, unsigned nfds);

/* The server broke the protocol or went: give the connection up.  No lock is held. */
void	user_fail(struct user *u, int error, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Read and serve what is there without waiting.  0 or the errno the connection ended with. */
int	user_poll(struct user *u);

/* Set what the poll descriptor waits for.  lock is held. */
void	user_arm(struct user *u);

/* ---- user_io.c ---- */

/*
 * Send or queue one message, all of it.  0, or the errno of a broken connection.  The
 * descriptors must stay open until it is sent.
 */
int	user_send(struct user_chan *ch, const struct user_part *parts, unsigned nparts,
	    const int *fds, unsigned nfds);
/* Send of the queue what the socket takes. */
int	user_flush(struct user_chan *ch);
void	user_drop_queue(struct user_chan *ch);

/*
 * Get more bytes; flags as for recvmsg.  0; EAGAIN: nothing came (in the socket's own
 * time-out without MSG_DONTWAIT); ECONNRESET: the end; or another errno.
 */
int	user_receive(struct user_chan *ch, int flags);

/*
 * The next whole message in the buffer.  *msg is its header, valid until user_receive(),
 * *fds the descriptors that came with it, which become the caller's.  EAGAIN: not yet
 * complete; EPROTO with why: never will be.
 */
int	user_next(struct user_chan *ch, const uint8_t **msg, int **fds, unsigned *nfds,
	    char why[static 256]);

/* A channel without a socket yet; ENOMEM.  Its end, which closes the socket. */
int	user_chan_init(struct user_chan *ch);
void	user_chan_fini(struct user_chan *ch);

/* ---- user_conn.c ---- */

/* Connect u->main to u->path; the errors of vfio_open(). */
int	user_connect(struct user *u, struct vfio_err *err);
/* Exchange VERSION: fills u->caps and takes the sockets that come with the reply.  The same. */
int	user_negotiate(struct user *u, struct vfio_err *err);

/* ---- user_dma.c ---- */

/*
 * Answer a command of the server on the channel it came by.  An errno ends the connection,
 * with why.
 */
int	user_serve(struct user *u, struct user_chan *ch, const struct vfio_user_hdr *h,
	    const uint8_t *payload, size_t len, char why[static 256]);

/* ---- user_msg.c: pure ---- */

/* Name of a command for texts. */
const char *user_cmd_name(unsigned cmd);

/* Is this the header of a message that may come from a server?  0 or EPROTO with why. */
int	user_check_hdr(const struct vfio_user_hdr *h, char why[static 256]);

/* The payload of a VERSION reply.  EPROTO with why. */
int	user_parse_version(const void *payload, size_t len, struct user_caps *caps,
	    char why[static 256]);

/* The payload of our VERSION request, malloc'ed; *len its length.  NULL: out of memory. */
void	*user_build_version(bool air_clock, size_t *len);

/* Does the reply say what was asked?  len is all of its payload.  0 or EPROTO. */
int	user_check_rw(const struct vfio_user_region_rw *asked,
	    const struct vfio_user_region_rw *got, size_t len, bool read);

/* A DMA_READ or DMA_WRITE request: its structure in *rw.  0 or EPROTO with why. */
int	user_parse_dma(uint16_t cmd, const void *payload, size_t len,
	    struct vfio_user_dma_rw *rw, char why[static 256]);

#endif /* VFIO_USER_H */
