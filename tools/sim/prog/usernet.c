/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usernet.c - see usernet.h.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include <slirp/libslirp.h>

#include "tools/sim/prog/usernet.h"

struct usernet {
	Slirp		*slirp;
	const struct usernet_ops *ops;
	void		*arg;
	struct pollfd	*fds;		/* during usernet_fill() */
	size_t		n, max;
	const struct pollfd *polled;	/* during usernet_poll() */
};

/* ---- what libslirp calls ---- */

static ssize_t
send_packet(const void *buf, size_t len, void *arg)
{
	struct usernet *u = arg;

	u->ops->packet(u->arg, buf, len);
	return (ssize_t)len;
}

/* A guest that sends nonsense: its own problem, and libslirp's text helps nobody. */
static void
guest_error(const char *msg, void *arg)
{
	(void)msg;
	(void)arg;
}

static int64_t
clock_ns(void *arg)
{
	struct usernet *u = arg;

	return (int64_t)u->ops->now(u->arg);
}

/* libslirp's one timer is for IPv6's router advertisements (its ip6_icmp.c). */
static void *
no_timer(SlirpTimerCb cb, void *cb_arg, void *arg)
{
	(void)cb;
	(void)cb_arg;
	(void)arg;
	abort();
}

static void
no_timer_free(void *timer, void *arg)
{
	(void)timer;
	(void)arg;
}

static void
no_timer_mod(void *timer, int64_t expire_ms, void *arg)
{
	(void)timer;
	(void)expire_ms;
	(void)arg;
}

static void
fd_changed(int fd, void *arg)
{
	struct usernet *u = arg;

	(void)fd;
	if (u->ops->changed != NULL)
		u->ops->changed(u->arg);
}

static void
notify(void *arg)
{
	struct usernet *u = arg;

	if (u->ops->soon != NULL)
		u->ops->soon(u->arg);
}

static const SlirpCb callbacks = {
	.send_packet = send_packet, .guest_error = guest_error, .clock_get_ns = clock_ns,
	.timer_new = no_timer, .timer_free = no_timer_free, .timer_mod = no_timer_mod,
	.register_poll_fd = fd_changed, .unregister_poll_fd = fd_changed, .notify = notify,
};

/* ---- life, frames ---- */

struct usernet *
usernet_new(const struct usernet_ops *ops, void *arg)
{
	SlirpConfig c = { .version = 3, .in_enabled = true, .vhostname = "voyageur" };
	struct usernet *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->ops = ops;
	u->arg = arg;
	c.vnetwork.s_addr = htonl(0x0a000200);
	c.vnetmask.s_addr = htonl(0xffffff00);
	c.vhost.s_addr = htonl(0x0a000202);
	c.vnameserver.s_addr = htonl(0x0a000203);
	c.vdhcp_start.s_addr = htonl(0x0a00020f);
	u->slirp = slirp_new(&c, &callbacks, u);
	if (u->slirp == NULL) {
		free(u);
		return NULL;
	}
	return u;
}

void
usernet_free(struct usernet *u)
{
	if (u == NULL)
		return;
	slirp_cleanup(u->slirp);
	free(u);
}

void
usernet_input(struct usernet *u, const uint8_t *eth, size_t len)
{
	slirp_input(u->slirp, eth, (int)len);
}

/* ---- waiting ---- */

/* libslirp's bits and poll(2)'s. */
static const struct { int slirp; short poll; } bits[] = {
	{ SLIRP_POLL_IN, POLLIN }, { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI },
	{ SLIRP_POLL_ERR, POLLERR }, { SLIRP_POLL_HUP, POLLHUP },
};
#define NBITS	(sizeof(bits) / sizeof(bits[0]))

static int
add_poll(int fd, int events, void *arg)
{
	struct usernet *u = arg;
	short e = 0;

	if (u->n >= u->max)
		return -1;
	for (size_t i = 0; i < NBITS; i++)
		if ((events & bits[i].slirp) != 0)
			e |= bits[i].poll;
	u->fds[u->n] = (struct pollfd){ .fd = fd, .events = e };
	return (int)u->n++;
}

static int
get_revents(int idx, void *arg)
{
	struct usernet *u = arg;
	int events = 0;

	if (idx < 0 || (size_t)idx >= u->n)
		return 0;
	for (size_t i = 0; i < NBITS; i++)
		if ((u->polled[idx].revents & bits[i].poll) != 0)
			events |= bits[i].slirp;
	return events;
}

size_t
usernet_fill(struct usernet *u, struct pollfd *p, size_t n, size_t max, uint32_t *ms)
{
	u->fds = p;
	u->n = n;
	u->max = max;
	slirp_pollfds_fill(u->slirp, ms, add_poll, u);
	return u->n;
}

void
usernet_poll(struct usernet *u, const struct pollfd *p, bool failed)
{
	u->polled = p;
	slirp_pollfds_poll(u->slirp, failed, get_revents, u);
}
