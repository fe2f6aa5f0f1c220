/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * router.c - the router of a network: libslirp, a TCP/IP stack in this process, so no privilege
 * is needed. 10.0.2.0/24: the router is 10.0.2.2 (and stands for this machine's loopback: a
 * server on 127.0.0.1 is reached there), DNS is 10.0.2.3. DHCP is ours (dhcp.c).
 *
 * libslirp may hand us packets from inside router_input(); they are only queued on the way to
 * a station, so nothing gets back into libslirp from there.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <slirp/libslirp.h>

#include "tools/sim/ap/ap.h"

struct slirp_timer {
	struct timer	timer;
	SlirpTimerCb	cb;
	void		*cb_arg;
};

struct router {
	struct apd	*d;
	struct net	*net;
	Slirp		*slirp;
	struct dhcp	*dhcp;
	struct pollfd	*fds;		/* during router_fill() */
	size_t		n, max;
	const struct pollfd *polled;	/* during router_poll() */
};

static ssize_t
send_packet(const void *buf, size_t len, void *arg)
{
	struct router *r = arg;

	net_from_router(r->net, buf, len);
	return (ssize_t)len;
}

/* A station that sends nonsense: its own problem, and libslirp's text helps nobody. */
static void
guest_error(const char *msg, void *arg)
{
	(void)msg;
	(void)arg;
}

static int64_t
clock_ns(void *arg)
{
	struct router *r = arg;

	return (int64_t)(apd_now(r->d) * 1000u);
}

static void
slirp_timer_fn(void *arg)
{
	struct slirp_timer *t = arg;

	t->cb(t->cb_arg);
}

static void *
timer_new(SlirpTimerCb cb, void *cb_arg, void *arg)
{
	struct slirp_timer *t = calloc(1, sizeof(*t));

	(void)arg;
	if (t == NULL)
		abort();		/* libslirp cannot be told */
	t->cb = cb;
	t->cb_arg = cb_arg;
	timer_init(&t->timer, slirp_timer_fn, t);
	return t;
}

static void
timer_free(void *timer, void *arg)
{
	struct slirp_timer *t = timer;

	(void)arg;
	if (t == NULL)
		return;
	timer_stop(&t->timer);
	free(t);
}

static void
timer_mod(void *timer, int64_t expire_ms, void *arg)
{
	struct slirp_timer *t = timer;
	struct router *r = arg;

	timer_at(r->d, &t->timer, (uint64_t)expire_ms * 1000u);
}

/* All descriptors are asked for before each poll. */
static void
no_fd(int fd, void *arg)
{
	(void)fd;
	(void)arg;
}

static void
no_notify(void *arg)
{
	(void)arg;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet, .guest_error = guest_error, .clock_get_ns = clock_ns,
	.timer_new = timer_new, .timer_free = timer_free, .timer_mod = timer_mod,
	.register_poll_fd = no_fd, .unregister_poll_fd = no_fd, .notify = no_notify,
};

struct router *
router_new(struct apd *d, struct net *net)
{
	struct router *r = calloc(1, sizeof(*r));
	SlirpConfig c = { .version = 3, .in_enabled = true, .vhostname = "voyageur" };

	if (r == NULL)
		return NULL;
	r->d = d;
	r->net = net;
	c.vnetwork.s_addr = htonl(0x0a000200);
	c.vnetmask.s_addr = htonl(0xffffff00);
	c.vhost.s_addr = htonl(0x0a000202);
	c.vnameserver.s_addr = htonl(0x0a000203);
	c.vdhcp_start.s_addr = htonl(0x0a00020f);
	r->dhcp = dhcp_new(net);
	r->slirp = r->dhcp != NULL ? slirp_new(&c, &callbacks, r) : NULL;
	if (r->slirp == NULL) {
		free(r->dhcp);
		free(r);
		return NULL;
	}
	return r;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	slirp_cleanup(r->slirp);
	free(r->dhcp);
	free(r);
}

void
router_input(struct router *r, const uint8_t *eth, size_t len)
{
	if (!dhcp_input(r->dhcp, eth, len))
		slirp_input(r->slirp, eth, (int)len);
}

static int
add_poll(int fd, int events, void *arg)
{
	struct router *r = arg;
	short e = 0;

	if (r->n >= r->max)
		return -1;
	if ((events & SLIRP_POLL_IN) != 0)
		e |= POLLIN;
	if ((events & SLIRP_POLL_OUT) != 0)
		e |= POLLOUT;
	if ((events & SLIRP_POLL_PRI) != 0)
		e |= POLLPRI;
	r->fds[r->n] = (struct pollfd){ .fd = fd, .events = e };
	return (int)r->n++;
}

static int
get_revents(int idx, void *arg)
{
	struct router *r = arg;
	int events = 0;
	short e;

	if (idx < 0 || (size_t)idx >= r->n)
		return 0;
	e = r->polled[idx].revents;
	if ((e & POLLIN) != 0)
		events |= SLIRP_POLL_IN;
	if ((e & POLLOUT) != 0)
		events |= SLIRP_POLL_OUT;
	if ((e & POLLPRI) != 0)
		events |= SLIRP_POLL_PRI;
	if ((e & POLLERR) != 0)
		events |= SLIRP_POLL_ERR;
	if ((e & POLLHUP) != 0)
		events |= SLIRP_POLL_HUP;
	return events;
}

size_t
router_fill(struct router *r, struct pollfd *p, size_t n, size_t max, uint32_t *ms)
{
	r->fds = p;
	r->n = n;
	r->max = max;
	slirp_pollfds_fill(r->slirp, ms, add_poll, r);
	return r->n;
}

void
router_poll(struct router *r, const struct pollfd *p, bool failed)
{
	r->polled = p;
	slirp_pollfds_poll(r->slirp, failed, get_revents, r);
}
