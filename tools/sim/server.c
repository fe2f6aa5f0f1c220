/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.c - the event loop: the client, those who come while one is there, the control socket,
 * the timers and descriptors of the card.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/prog/sock.h"
#include "tools/sim/server.h"

#define MAX_POLL	40u
#define MAX_REFUSED	4u		/* at the door at one time */
#define BURST		64u		/* requests before others have their turn */

struct sim_server {
	struct sim_server_opts	o;
	struct prog_sock		sock;
	struct ctl		*control;
	struct sim_conn		*c;
	struct sim_rx		refused_rx[MAX_REFUSED];
	int			refused[MAX_REFUSED];	/* descriptors, or -1 */
	bool			had_client, stop;
};

static bool
stopping(const struct sim_server *s)
{
	return s->stop || (s->o.stop != NULL && *s->o.stop != 0);
}

/* ---- one client ------------------------------------------------------------------------ */

static void
handle(struct sim_conn *c, struct sim_msg *m)
{
	if ((m->h.flags & VFIO_USER_F_TYPE_MASK) == VFIO_USER_F_TYPE_REPLY) {
		/* To a DMA message that we gave up on. */
		sim_log(c->dev, "late or unasked reply %u dropped", m->h.id);
		sim_msg_free(m);
		return;
	}
	sim_conn_request(c, m);
}

static bool
stalled(const struct sim_conn *c)
{
	return sim_fault_due(c->dev) == SIM_FAULT_STALL;
}

/* Holds replies back for the fault "fault.slow". */
static void
slow_down(struct sim_server *s)
{
	uint64_t us = sim_fault_delay(s->o.dev);

	if (us > 0)
		sim_wait(&s->o, NULL, 0, (int64_t)us * 1000);
}

static void
conn_serve(struct sim_server *s, bool readable)
{
	struct sim_conn *c = s->c;

	for (unsigned i = 0; i < BURST && !c->dead && !stopping(s) && !stalled(c); i++) {
		struct sim_msg *m;

		if (c->queue != NULL)
			m = sim_conn_dequeue(c);
		else
			m = readable ? sim_conn_next(c) : NULL;
		if (m == NULL)
			break;
		slow_down(s);
		handle(c, m);
		if (c->ready && !s->had_client) {
			s->had_client = true;
			sim_event(c->dev, "client", "\"state\":\"connected\"");
		}
		sim_dev_run_timers(c->dev);
	}
	if (!c->dead && sim_tx_flush(&c->tx, c->fd) != 0)
		c->dead = true;
}

static void
conn_close(struct sim_server *s)
{
	struct sim_conn *c = s->c;

	s->c = NULL;
	sim_dev_detach(s->o.dev);
	if (c->ready) {
		sim_event(s->o.dev, "client", "\"state\":\"left\"");
		if (s->o.once)
			s->stop = true;
	}
	s->had_client = false;
	sim_conn_free(c);
}

/* ---- the device's way to us ------------------------------------------------------------- */

static int
link_dma(void *arg, uint64_t iova, void *buf, size_t len, bool write)
{
	struct sim_server *s = ((struct sim_server_link *)arg)->server;

	return s == NULL || s->c == NULL ? ENODEV : sim_conn_dma(s->c, iova, buf, len, write);
}

static void
link_emit(void *arg, const char *name, const char *json, const char *text)
{
	struct sim_server_link *l = arg;

	if (l->emit != NULL)
		l->emit(l->arg, name, json, text);
}

const struct sim_host_ops *
sim_server_ops(void)
{
	static const struct sim_host_ops ops = { .dma_message = link_dma, .emit = link_emit };

	return &ops;
}

/* ---- those who come -------------------------------------------------------------------- */

/* Who comes while a client is there gets an error reply to the first request, then the door. */
static void
refuse(struct sim_server *s, int fd)
{
	for (unsigned i = 0; i < MAX_REFUSED; i++) {
		if (s->refused[i] < 0) {
			s->refused[i] = fd;
			return;
		}
	}
	close(fd);
}

static void
refused_event(struct sim_server *s, unsigned i)
{
	struct vfio_user_hdr h;
	struct sim_msg *m;
	struct sim_tx tx;
	int error = sim_rx(&s->refused_rx[i], s->refused[i], &m);

	if (error == EAGAIN)
		return;
	if (error == 0) {
		h = (struct vfio_user_hdr){ .id = m->h.id, .cmd = m->h.cmd, .size = sizeof(h),
		    .flags = VFIO_USER_F_TYPE_REPLY | VFIO_USER_F_ERROR, .error = EBUSY };
		sim_tx_init(&tx);
		(void)sim_tx_send(&tx, s->refused[i], &h, sizeof(h), NULL, 0);
		sim_tx_free(&tx);
		sim_msg_free(m);
		sim_event(s->o.dev, "refused", "\"reason\":\"another client is connected\"");
	}
	sim_rx_free(&s->refused_rx[i]);
	close(s->refused[i]);
	s->refused[i] = -1;
}

/* Whether the client that is there has hung up (what it sent may still be waiting). */
static bool
client_left(const struct sim_server *s)
{
	struct pollfd p = { .fd = s->c->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void
newcomer(struct sim_server *s)
{
	int fd;

	/* The next one may come before we saw the last one go: he waits in the backlog. */
	if (s->c != NULL && client_left(s))
		return;
	fd = accept4(s->sock.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (s->c != NULL) {
		refuse(s, fd);
		return;
	}
	s->c = sim_conn_new(&s->o, fd);
	if (s->c == NULL)
		close(fd);
	else
		sim_dev_attach(s->o.dev);
}

/* ---- the loop -------------------------------------------------------------------------- */

static size_t
fill(struct sim_server *s, struct pollfd *p)
{
	size_t n = 0;

	p[n++] = (struct pollfd){ .fd = s->sock.fd, .events = POLLIN };
	p[n++] = (struct pollfd){ .fd = s->c != NULL ? s->c->fd : -1,
	    .events = s->c != NULL && stalled(s->c) ? POLLRDHUP :
	    (short)(POLLIN | (s->c != NULL && s->c->tx.head != NULL ? POLLOUT : 0)) };
	for (unsigned i = 0; i < MAX_REFUSED; i++)
		p[n++] = (struct pollfd){ .fd = s->refused[i], .events = POLLIN };
	return n + ctl_fill(s->control, p + n, MAX_POLL - n);
}

static void
conn_event(struct sim_server *s, short revents)
{
	struct sim_conn *c = s->c;

	if (stalled(c)) {
		if ((revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
			c->dead = true;
	} else if (revents != 0 || c->queue != NULL) {
		conn_serve(s, (revents & (POLLIN | POLLHUP | POLLERR)) != 0);
	}
	if (c->dead)
		conn_close(s);
}

static void
step(struct sim_server *s)
{
	struct pollfd p[MAX_POLL];
	size_t own = fill(s, p), n = own;
	struct sim_conn *c = s->c;
	bool more = c != NULL && c->queue != NULL && !stalled(c);

	if (!more)
		sim_dev_rest(s->o.dev);
	n += sim_dev_pollfds(s->o.dev, p + n, MAX_POLL - n);
	if (sim_wait(&s->o, p, n, more ? 0 : sim_dev_next_timer(s->o.dev)) < 0)
		return;
	sim_dev_run_timers(s->o.dev);
	for (size_t i = own; i < n; i++)
		sim_dev_poll_event(s->o.dev, &p[i]);
	if (ctl_poll(s->control, p + 2 + MAX_REFUSED, own - 2 - MAX_REFUSED))
		s->stop = true;
	for (unsigned i = 0; i < MAX_REFUSED; i++)
		if (p[2 + i].revents != 0)
			refused_event(s, i);
	if (s->c != NULL)
		conn_event(s, p[1].revents);
	if (p[0].revents != 0 && !stopping(s))
		newcomer(s);
}

int
sim_server_run(struct sim_server *s)
{
	while (!stopping(s))
		step(s);
	return 0;
}

int
sim_server_new(const struct sim_server_opts *o, struct sim_server **sp, char *errmsg,
    size_t errlen)
{
	struct sim_server *s = calloc(1, sizeof(*s));
	int error;

	if (s == NULL) {
		snprintf(errmsg, errlen, "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	s->o = *o;
	s->sock.fd = -1;
	for (unsigned i = 0; i < MAX_REFUSED; i++)
		s->refused[i] = -1;
	error = prog_sock_listen(&s->sock, o->path, SOCK_STREAM, errmsg, errlen);
	if (error == 0 && o->control != NULL)
		error = ctl_new(o->control, sim_commands, o->dev, &s->control, errmsg, errlen);
	if (error != 0) {
		sim_server_free(s);
		return error;
	}
	o->link->server = s;
	*sp = s;
	return 0;
}

void
sim_server_free(struct sim_server *s)
{
	if (s->c != NULL)
		conn_close(s);
	for (unsigned i = 0; i < MAX_REFUSED; i++) {
		sim_rx_free(&s->refused_rx[i]);
		if (s->refused[i] >= 0)
			close(s->refused[i]);
	}
	ctl_free(s->control);
	prog_sock_close(&s->sock);
	s->o.link->server = NULL;
	free(s);
}
