/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * end.c - one end of a tunnel: a stream on one side, connections on the other. A connection that
 * does not read holds up the stream, not the memory: its message stays where it is and nothing
 * behind it is looked at. (The hub reads always; a radio that does not is dropped by the hub.)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/sim/hwsim/tunnel.h"

/* The number's life: both ends have to say CLOSE before it is free again. */
enum state { FREE, OPEN, CLOSE_SENT };

struct conn {
	enum state	state;
	int		fd;			/* -1 unless OPEN */
};

struct tun_end {
	int		stream;
	const char	*hub;			/* NULL: the end that connections come to */
	int		type;			/* of the connections' sockets */
	const struct tun_end_ops *ops;
	void		*arg;
	bool		gone;
	struct conn	conn[TUN_CONNS];
	int		stuck;			/* connection that did not take a message, or -1 */
	const uint8_t	*stuck_body;		/* what is left of the message */
	size_t		stuck_len;
	struct tun_in	in;
	struct tun_out	out;
	uint8_t		msg[AIR_MSG_MAX];
};

struct tun_end *
tun_end_new(int stream, const char *hub, int type, const struct tun_end_ops *ops, void *arg)
{
	struct tun_end *e = malloc(sizeof(*e));

	if (e == NULL) {
		close(stream);
		return NULL;
	}
	e->stream = stream;
	e->hub = hub;
	e->type = type;
	e->ops = ops;
	e->arg = arg;
	e->gone = false;
	e->stuck = -1;
	for (unsigned i = 0; i < TUN_CONNS; i++)
		e->conn[i] = (struct conn){ .state = FREE, .fd = -1 };
	tun_in_init(&e->in);
	tun_out_init(&e->out);
	if (hub == NULL)
		tun_out_put(&e->out, TUN_RESET, 0, NULL, 0);
	return e;
}

static void
drop_fd(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void
drop_all(struct tun_end *e)
{
	for (unsigned i = 0; i < TUN_CONNS; i++) {
		drop_fd(&e->conn[i]);
		e->conn[i].state = FREE;
	}
	e->stuck = -1;
}

void
tun_end_free(struct tun_end *e)
{
	if (e == NULL)
		return;
	drop_all(e);
	close(e->stream);
	free(e);
}

unsigned
tun_end_conns(const struct tun_end *e)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TUN_CONNS; i++)
		n += e->conn[i].state == OPEN;
	return n;
}

static void
leave(struct tun_end *e, const char *why)
{
	if (e->gone)
		return;
	e->gone = true;
	drop_all(e);
	e->ops->gone(e->arg, why);
}

/* ---- connections ------------------------------------------------------------------------- */

/* The local side is over: tell the other end. */
static void
hang_up(struct tun_end *e, unsigned i)
{
	drop_fd(&e->conn[i]);
	e->conn[i].state = CLOSE_SENT;
	if (e->stuck == (int)i)
		e->stuck = -1;
	tun_out_put(&e->out, TUN_CLOSE, i, NULL, 0);
}

int
tun_end_accept(struct tun_end *e, int fd)
{
	for (unsigned i = 0; i < TUN_CONNS; i++) {
		if (e->conn[i].state != FREE || !tun_out_room(&e->out))
			continue;
		e->conn[i] = (struct conn){ .state = OPEN, .fd = fd };
		tun_out_put(&e->out, TUN_OPEN, i, NULL, 0);
		return 0;
	}
	close(fd);
	return EMFILE;
}

static int
dial(const char *path, int type)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return -1;
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static const char *
opened(struct tun_end *e, unsigned i)
{
	struct conn *c = &e->conn[i];

	if (e->hub == NULL)
		return "the connecting end opened a connection";
	if (c->state != FREE)
		return "a connection was opened that was open";
	c->state = OPEN;
	c->fd = dial(e->hub, e->type);
	if (c->fd < 0)
		hang_up(e, i);
	return NULL;
}

static const char *
closed(struct tun_end *e, unsigned i)
{
	struct conn *c = &e->conn[i];

	if (c->state == FREE)
		return "a connection was closed that was not open";
	if (c->state == OPEN)
		hang_up(e, i);
	c->state = FREE;
	return NULL;
}

/* The message, or what is left of it: a stream may take a part. False: the rest has to wait. */
static bool
deliver(struct tun_end *e, unsigned i, const uint8_t *body, size_t len)
{
	struct conn *c = &e->conn[i];

	while (len > 0) {
		ssize_t n = send(c->fd, body, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
			e->stuck = (int)i;
			e->stuck_body = body;
			e->stuck_len = len;
			return false;
		}
		if (n < 0) {
			hang_up(e, i);
			return true;
		}
		body += n;
		len -= (size_t)n;
	}
	return true;
}

/* ---- from the stream --------------------------------------------------------------------- */

/* NULL: fine; else what rule the other end broke. */
static const char *
handle(struct tun_end *e, const struct tun_hdr *h, const uint8_t *body)
{
	switch (h->kind) {
	case TUN_RESET:
		if (e->hub == NULL)
			return "the connecting end sent RESET";
		drop_all(e);
		return NULL;
	case TUN_OPEN:
		return opened(e, h->conn);
	case TUN_CLOSE:
		return closed(e, h->conn);
	default:
		break;
	}
	if (e->conn[h->conn].state == FREE)
		return "a message for a connection that is not open";
	if (e->conn[h->conn].state == OPEN)
		deliver(e, h->conn, body, h->len);
	return NULL;
}

/* What has come, as far as it can be passed on now. */
static void
digest(struct tun_end *e)
{
	struct tun_hdr h;
	const uint8_t *body;
	const char *why = NULL;

	if (e->stuck >= 0 && deliver(e, (unsigned)e->stuck, e->stuck_body, e->stuck_len))
		e->stuck = -1;
	while (why == NULL && e->stuck < 0 && tun_out_room(&e->out) &&
	    tun_in_next(&e->in, &h, &body))
		why = handle(e, &h, body);
	if (why == NULL)
		why = e->in.broken;
	if (why != NULL)
		leave(e, why);
}

static void
read_stream(struct tun_end *e)
{
	size_t room;
	uint8_t *to;
	ssize_t n;

	if (e->stuck >= 0)
		return;
	to = tun_in_space(&e->in, &room);
	if (room == 0)
		return;
	n = read(e->stream, to, room);
	if (n > 0)
		tun_in_add(&e->in, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		leave(e, n == 0 || errno == ECONNRESET ? NULL : strerror(errno));
}

/* ---- from a connection ------------------------------------------------------------------- */

static void
read_conn(struct tun_end *e, unsigned i)
{
	struct conn *c = &e->conn[i];

	while (c->state == OPEN && tun_out_room(&e->out)) {
		ssize_t n = recv(c->fd, e->msg, sizeof(e->msg), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0 || (size_t)n > sizeof(e->msg)) {
			hang_up(e, i);
			return;
		}
		tun_out_put(&e->out, TUN_DATA, i, e->msg, (size_t)n);
	}
}

/* ---- poll -------------------------------------------------------------------------------- */

size_t
tun_end_fill(struct tun_end *e, struct pollfd *p)
{
	bool room = tun_out_room(&e->out);
	size_t n = 0;
	short events = 0;

	if (e->stuck < 0 && room)
		events |= POLLIN;
	if (!tun_out_empty(&e->out))
		events |= POLLOUT;
	p[n++] = (struct pollfd){ .fd = e->stream, .events = events };
	for (unsigned i = 0; i < TUN_CONNS; i++) {
		if (e->conn[i].state != OPEN)
			continue;
		events = room ? POLLIN : 0;
		if (e->stuck == (int)i)
			events |= POLLOUT;
		/* One that nothing is wanted of would report its hangup again and again. */
		p[n++] = (struct pollfd){ .fd = events == 0 ? -1 : e->conn[i].fd,
		    .events = events };
	}
	return n;
}

void
tun_end_poll(struct tun_end *e, const struct pollfd *p, size_t n)
{
	int error;

	for (size_t k = 1; k < n; k++) {
		if ((p[k].revents & (POLLIN | POLLHUP | POLLERR)) == 0)
			continue;
		for (unsigned i = 0; i < TUN_CONNS; i++)
			if (e->conn[i].state == OPEN && e->conn[i].fd == p[k].fd)
				read_conn(e, i);
	}
	if ((p[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		read_stream(e);
	if (!e->gone)
		digest(e);
	if (e->gone)
		return;
	error = tun_out_flush(&e->out, e->stream);
	if (error != 0)
		leave(e, error == EPIPE || error == ECONNRESET ? NULL : strerror(error));
}
