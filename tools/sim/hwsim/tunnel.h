/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnel.h - the air's connections (messages, see tools/sim/air/air.h) through one stream of
 * bytes: a virtio-serial port of a guest, which its host has as a UNIX stream socket. Connections
 * that are streams themselves pass as well, in messages as they come.
 *
 *	struct tun_in in;
 *
 *	tun_in_init(&in);
 *	n = read(fd, tun_in_space(&in, &room), room); tun_in_add(&in, n);
 *	while (tun_in_next(&in, &h, &body))
 *		h.kind, h.conn, body[0..h.len)			valid until the next call
 *	if (in.broken != NULL)
 *		the other end does not speak this: in.broken says why; give the stream up
 *
 * The end that connections come to counts them from 0 and opens and closes them; the other, which
 * connects for each, closes one when its peer does. For the air the first is the guest's end, for
 * a driver's control socket the host's. RESET is the first of the first: connections of an
 * earlier one are over. A number may be opened again only when both ends have said CLOSE.
 */
#ifndef TOOLS_SIM_HWSIM_TUNNEL_H
#define TOOLS_SIM_HWSIM_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/sim/air/air.h"

#define TUN_MAGIC	0x7641u		/* "Av" */
#define TUN_CONNS	32u

enum tun_kind {
	TUN_RESET = 1,		/* conn 0, no body */
	TUN_OPEN,		/* no body */
	TUN_DATA,		/* one message */
	TUN_CLOSE,		/* no body */
	TUN_KINDS
};

/* Little endian, as both ends are; in front of each body. */
struct tun_hdr {
	uint16_t	magic;
	uint16_t	kind;
	uint16_t	conn;		/* 0..TUN_CONNS-1 */
	uint16_t	len;		/* of the body: DATA 1..AIR_MSG_MAX, else 0 */
};

struct tun_in {
	size_t		begin, end;
	const char	*broken;
	uint8_t		buf[4 * (sizeof(struct tun_hdr) + AIR_MSG_MAX)]
			    __attribute__((aligned(8)));
};

void	tun_in_init(struct tun_in *);
/* Where to read to, and how much fits (never 0 after tun_in_next() has returned false). */
uint8_t	*tun_in_space(struct tun_in *, size_t *room);
void	tun_in_add(struct tun_in *, size_t n);
/* The next whole message; false: there is none, or the stream is broken. */
bool	tun_in_next(struct tun_in *, struct tun_hdr *, const uint8_t **body);

/* Bytes that wait to be written. */
struct tun_out {
	size_t		begin, end;
	uint8_t		buf[64 * (sizeof(struct tun_hdr) + AIR_MSG_MAX)];
};

void	tun_out_init(struct tun_out *);
/* Whether a DATA message of the greatest size fits, and CLOSE for all connections behind it. */
bool	tun_out_room(const struct tun_out *);
/* Appends; the caller has asked for room. */
void	tun_out_put(struct tun_out *, enum tun_kind, unsigned conn, const void *body, size_t len);
/* Writes what can be written without waiting. 0, or the errno of write(2) but for EAGAIN. */
int	tun_out_flush(struct tun_out *, int fd);
bool	tun_out_empty(const struct tun_out *);

/* ---- one end (end.c) --------------------------------------------------------------------- */

struct pollfd;
struct tun_end;

struct tun_end_ops {
	/* The stream is over; why is NULL when it was closed in order. Called once. */
	void	(*gone)(void *arg, const char *why);
};

/*
 * hub: path of what to connect to, or NULL: the end that gets its connections by
 * tun_end_accept(). type: of the connections, SOCK_SEQPACKET or SOCK_STREAM. The stream is owned
 * from now on. NULL: no memory.
 */
struct tun_end *tun_end_new(int stream, const char *hub, int type, const struct tun_end_ops *,
	    void *arg);
void	tun_end_free(struct tun_end *);
/* A local connection, non-blocking, for the other end; owned. EMFILE: TUN_CONNS are in use. */
int	tun_end_accept(struct tun_end *, int fd);
/* At most 1 + TUN_CONNS entries; how many. */
size_t	tun_end_fill(struct tun_end *, struct pollfd *);
/* After poll(2), with what fill made; the end may be freed only afterwards. */
void	tun_end_poll(struct tun_end *, const struct pollfd *, size_t n);
unsigned tun_end_conns(const struct tun_end *);

#endif
