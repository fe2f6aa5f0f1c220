/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.c - the radios' connections and the loop of voy-air.
 *
 * A radio that does not read: its messages wait in a queue; beyond OUT_LOW bytes it gets no more
 * frames (counted as dropped), and beyond that nothing more is read of it, so that no status piles
 * up either. Whoever sends more than its window is not read until there is room again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/sim/air/server.h"
#include "tools/sim/prog/sock.h"

#define OUT_LOW		(256u * 1024)
#define PER_ROUND	32u		/* messages of one radio before the next gets its turn */
#define DRAIN_MAX	4096u
#define FLUSH_NS	500000000u	/* the capture file is never older */

struct out {
	STAILQ_ENTRY(out) q;
	size_t		len;
	uint8_t		data[];
};

struct conn {
	LIST_ENTRY(conn) all;
	struct air_server *server;
	int		fd;
	struct radio	*radio;		/* NULL: dropped, to be closed */
	STAILQ_HEAD(, out) out;
	size_t		outbytes;
	size_t		pollslot;
};

struct air_server {
	struct air_server_opts o;
	struct hub	*hub;
	struct air_ctl	ctl_arg;
	struct ctl	*ctl;
	struct prog_sock sock;
	LIST_HEAD(, conn) conns;
	unsigned	nconn;
	struct pollfd	poll[1 + CTL_FDS + HUB_RADIOS_MAX];
	struct pollfd	look[1 + HUB_RADIOS_MAX];
	uint8_t		msg[AIR_MSG_MAX] __attribute__((aligned(8)));
};

static uint64_t
mono_us(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

/* ---- to a radio ------------------------------------------------------------------------ */

/* The descriptor of the clock goes with WELCOME. */
static void
attach_clock(struct msghdr *mh, void *ctl, size_t size, int fd)
{
	struct cmsghdr *c;

	mh->msg_control = ctl;
	mh->msg_controllen = size;
	c = CMSG_FIRSTHDR(mh);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

/* False: no room in the socket. A broken one takes everything; the loop finds it out. */
static bool
put(const struct conn *c, const void *msg, size_t len)
{
	char ctl[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { (void *)(uintptr_t)msg, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (((const struct air_hdr *)msg)->type == AIR_WELCOME && hub_clock_fd(c->server->hub) >= 0)
		attach_clock(&mh, ctl, sizeof(ctl), hub_clock_fd(c->server->hub));
	do {
		n = sendmsg(c->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

static bool
to_radio(void *arg, void *link, const void *msg, size_t len, bool must)
{
	struct conn *c = link;
	struct out *o;

	(void)arg;
	if (STAILQ_EMPTY(&c->out) && put(c, msg, len))
		return true;
	if (!must && c->outbytes >= OUT_LOW)
		return false;
	o = malloc(sizeof(*o) + len);
	if (o == NULL)
		return false;
	o->len = len;
	memcpy(o->data, msg, len);
	STAILQ_INSERT_TAIL(&c->out, o, q);
	c->outbytes += len;
	return true;
}

static void
flush(struct conn *c)
{
	struct out *o;

	while ((o = STAILQ_FIRST(&c->out)) != NULL && put(c, o->data, o->len)) {
		STAILQ_REMOVE_HEAD(&c->out, q);
		c->outbytes -= o->len;
		free(o);
	}
}

static void
hang_up(struct conn *c)
{
	struct out *o;

	while ((o = STAILQ_FIRST(&c->out)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->out, q);
		free(o);
	}
	close(c->fd);
	LIST_REMOVE(c, all);
	c->server->nconn--;
	free(c);
}

/*
 * The hub has dropped the radio. Data of it that nobody has read would turn into a connection
 * reset, in front of the BYE: so it is read.
 */
static void
dropped(void *arg, void *link)
{
	struct conn *c = link;
	char byte;

	(void)arg;
	c->radio = NULL;
	flush(c);
	(void)shutdown(c->fd, SHUT_RD);
	for (unsigned i = 0; i < DRAIN_MAX && recv(c->fd, &byte, 1, MSG_DONTWAIT) > 0; i++)
		continue;
}

static void
event(void *arg, const char *name, json_t *members)
{
	struct air_server *s = arg;

	s->o.event(s->o.arg, name, members);
}

static bool	readable(const struct conn *);

/* Looked at anew: what poll(2) said before may be old. Also who comes just now is unread. */
static enum hub_unread
unread(void *arg)
{
	enum hub_unread found = HUB_UNREAD_NONE;
	struct air_server *s = arg;
	struct pollfd *p = s->look;
	const struct conn *c;
	size_t n = 0;

	p[n++] = (struct pollfd){ .fd = s->sock.fd, .events = POLLIN };
	LIST_FOREACH(c, &s->conns, all)
		p[n++] = (struct pollfd){ .fd = c->fd, .events = POLLIN };
	if (poll(p, n, 0) <= 0)
		return HUB_UNREAD_NONE;
	if (p[0].revents != 0)
		return HUB_UNREAD_SOME;
	n = 1;
	LIST_FOREACH(c, &s->conns, all) {
		if (p[n++].revents == 0)
			continue;
		if (readable(c) || c->radio == NULL)
			return HUB_UNREAD_SOME;
		found = HUB_UNREAD_HELD;
	}
	return found;
}

static const struct hub_ops hub_ops = {
	.mono_us = mono_us,
	.send = to_radio,
	.close = dropped,
	.unread = unread,
	.event = event,
};

/* ---- from a radio ---------------------------------------------------------------------- */

static void
refuse(int fd)
{
	struct air_bye bye = { .hdr = { .type = AIR_BYE, .len = sizeof(bye), .seq = 1 } };

	snprintf(bye.text, sizeof(bye.text), "the hub is full: %u radios", HUB_RADIOS_MAX);
	(void)send(fd, &bye, sizeof(bye), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static bool
allowed(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	    (cred.uid == geteuid() || cred.uid == 0);
}

static void
welcome(struct air_server *s)
{
	int fd = accept4(s->sock.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct conn *c;

	if (fd < 0)
		return;
	if (!allowed(fd)) {
		close(fd);
		return;
	}
	c = s->nconn < HUB_RADIOS_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (c != NULL)
		c->radio = hub_join(s->hub, c);
	if (c == NULL || c->radio == NULL) {
		free(c);
		refuse(fd);
		return;
	}
	c->server = s;
	c->fd = fd;
	STAILQ_INIT(&c->out);
	LIST_INSERT_HEAD(&s->conns, c, all);
	s->nconn++;
}

static bool
readable(const struct conn *c)
{
	return c->radio != NULL && !hub_full(c->radio) && c->outbytes < OUT_LOW;
}

/* True: the connection is over. */
static bool
input(struct air_server *s, struct conn *c)
{
	for (unsigned i = 0; i < PER_ROUND && readable(c); i++) {
		/* MSG_TRUNC: the true length, so that a message too long is not taken for one. */
		ssize_t n = recv(c->fd, s->msg, sizeof(s->msg), MSG_DONTWAIT | MSG_TRUNC);

		if (n == 0)
			return true;
		if (n < 0)
			return errno != EAGAIN && errno != EINTR;
		if ((size_t)n > sizeof(s->msg))
			((struct air_hdr *)(void *)s->msg)->len = 0;
		(void)hub_input(s->hub, c->radio, s->msg, (size_t)n);
	}
	return false;
}

static void
lost(struct air_server *s, struct conn *c)
{
	if (c->radio != NULL)
		hub_leave(s->hub, c->radio, "disconnected");
	c->radio = NULL;
}

static void
serve(struct air_server *s, struct conn *c, short revents)
{
	bool over = (revents & (POLLERR | POLLNVAL)) != 0;

	if ((revents & POLLOUT) != 0)
		flush(c);
	if ((revents & POLLIN) != 0)
		over |= input(s, c);
	/*
	 * It has left: what it said before is read as far as there is room, now, so that its name
	 * is free for whoever comes next.
	 */
	if ((revents & POLLHUP) != 0) {
		while (!over && readable(c))
			over = input(s, c);
		over = true;
	}
	if (over)
		lost(s, c);
}

/* ---- the loop -------------------------------------------------------------------------- */

/* Connections whose radio is gone. */
static void
reap(struct air_server *s)
{
	struct conn *c, *next;

	for (c = LIST_FIRST(&s->conns); c != NULL; c = next) {
		next = LIST_NEXT(c, all);
		if (c->radio == NULL)
			hang_up(c);
	}
}

static void
drop_all(struct air_server *s)
{
	struct conn *c;

	LIST_FOREACH(c, &s->conns, all)
		if (c->radio != NULL)
			hub_drop(s->hub, c->radio, "the hub ends");
	reap(s);
}

static size_t
fill(struct air_server *s)
{
	struct conn *c;
	size_t n = 0;

	s->poll[n++] = (struct pollfd){ .fd = s->sock.fd, .events = POLLIN };
	n += ctl_fill(s->ctl, s->poll + n, CTL_FDS);
	LIST_FOREACH(c, &s->conns, all) {
		c->pollslot = n;
		s->poll[n++] = (struct pollfd){ .fd = c->fd, .events =
		    (short)((readable(c) ? POLLIN : 0) |
		    (STAILQ_EMPTY(&c->out) ? 0 : POLLOUT)) };
	}
	return n;
}

static int
wait_for(struct air_server *s, size_t n)
{
	uint64_t us = hub_wait(s->hub), ns = us > 3600000000u ? UINT64_MAX : us * 1000;
	struct timespec ts;

	if (s->o.pcap != NULL && ns > FLUSH_NS) {
		pcapng_flush(s->o.pcap);
		ns = ns == UINT64_MAX ? ns : FLUSH_NS;
	}
	ts = (struct timespec){ .tv_sec = (time_t)(ns / 1000000000u),
	    .tv_nsec = (long)(ns % 1000000000u) };
	return ppoll(s->poll, n, ns == UINT64_MAX ? NULL : &ts, s->o.sigmask);
}

/* True: stop. */
static bool
round_of_input(struct air_server *s, size_t nctl)
{
	struct conn *c;
	bool stop;

	LIST_FOREACH(c, &s->conns, all)
		if (c->radio != NULL && s->poll[c->pollslot].revents != 0)
			serve(s, c, s->poll[c->pollslot].revents);
	stop = ctl_poll(s->ctl, s->poll + 1, nctl - 1);
	/* Last: what is new has no place in the list of this round. */
	if (s->poll[0].revents != 0)
		welcome(s);
	return stop;
}

/* All radios are sent off at the end. */
int
air_server_run(struct air_server *s)
{
	bool stop = false;
	int error = 0;

	while (!stop && !*s->o.stop) {
		size_t n = fill(s), nctl = n - s->nconn;
		int ready = wait_for(s, n);

		if (ready < 0 && errno != EINTR) {
			error = errno;
			break;
		}
		hub_run(s->hub);
		if (ready > 0)
			stop = round_of_input(s, nctl);
		reap(s);
	}
	drop_all(s);
	return error;
}

int
air_server_new(const struct air_server_opts *o, struct air_server **sp, char *errmsg,
    size_t errlen)
{
	struct air_server *s = calloc(1, sizeof(*s));
	int error;

	if (s != NULL)
		s->hub = hub_new(&hub_ops, s, o->fast);
	if (s == NULL || s->hub == NULL) {
		snprintf(errmsg, errlen, "%s", strerror(ENOMEM));
		free(s);
		return ENOMEM;
	}
	s->o = *o;
	s->sock.fd = -1;
	LIST_INIT(&s->conns);
	hub_pcap(s->hub, o->pcap);
	/* A frame takes tens of microseconds; the default slack is 50. */
	(void)prctl(PR_SET_TIMERSLACK, 1000ul, 0ul, 0ul, 0ul);
	error = prog_sock_listen(&s->sock, o->path, SOCK_SEQPACKET, errmsg, errlen);
	s->ctl_arg = (struct air_ctl){ .hub = s->hub, .pcap = o->pcap };
	if (error == 0 && o->control != NULL)
		error = ctl_new(o->control, air_commands, &s->ctl_arg, &s->ctl, errmsg, errlen);
	if (error != 0) {
		air_server_free(s);
		return error;
	}
	*sp = s;
	return 0;
}

struct hub *
air_server_hub(struct air_server *s)
{
	return s->hub;
}

void
air_server_free(struct air_server *s)
{
	if (s == NULL)
		return;
	drop_all(s);
	ctl_free(s->ctl);
	prog_sock_close(&s->sock);
	hub_pcap(s->hub, NULL);
	hub_free(s->hub);
	free(s);
}
