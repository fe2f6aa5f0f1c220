/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user.c - a router at the other end of the cable: libslirp, a TCP/IP stack in this process, so no
 * privilege is needed. 10.0.2.0/24: the router is 10.0.2.2 (and stands for this machine's
 * loopback), DNS is 10.0.2.3, DHCP gives 10.0.2.15.
 *
 * libslirp wants to say before each poll which descriptors it is for; they are kept in one epoll
 * set, which is what the simulator's loop sees. The set is made anew when the list has changed.
 * What libslirp sends from inside gbe_user_input() goes to the card only later: gbe_rx_frame()
 * would come into the model while it sends.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <slirp/libslirp.h>

#include "tools/sim/i82574/card.h"

#define MAX_FDS		1024
#define MAX_WAIT_MS	1000u
#define QUEUE		256		/* frames for the card; more are lost, and TCP slows down */

struct fd {
	int	fd, events, revents;
};

struct user_timer {
	struct sim_timer timer;
	SlirpTimerCb	cb;
	void		*arg;
};

struct user {
	struct card	*c;
	Slirp		*slirp;
	int		epoll;
	bool		changed;		/* a descriptor came or went */
	struct sim_timer wake;			/* libslirp wants to be called */
	struct sim_timer deliver;
	struct fd	fds[MAX_FDS], old[MAX_FDS];
	unsigned	nfds, nold;
	struct frame	queue[QUEUE];
	unsigned	head, n;
};

/* ---- what libslirp calls ---- */

static ssize_t
send_packet(const void *buf, size_t len, void *arg)
{
	struct user *u = arg;
	struct frame *f = &u->queue[(u->head + u->n) % QUEUE];

	if (u->n == QUEUE || (f->data = malloc(len)) == NULL)
		return (ssize_t)len;
	memcpy(f->data, buf, len);
	f->len = len;
	u->n++;
	if (!u->deliver.armed)
		sim_timer_arm(&u->deliver, 0);
	return (ssize_t)len;
}

/* A driver's host that sends nonsense: its own problem, and libslirp's text helps nobody. */
static void
guest_error(const char *msg, void *arg)
{
	(void)msg;
	(void)arg;
}

static int64_t
clock_ns(void *arg)
{
	struct user *u = arg;

	return (int64_t)sim_now(u->c->dev);
}

static void
timer_fn(void *arg)
{
	struct user_timer *t = arg;

	t->cb(t->arg);
}

static void *
timer_new(SlirpTimerCb cb, void *cb_arg, void *arg)
{
	struct user *u = arg;
	struct user_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();		/* libslirp cannot be told */
	t->cb = cb;
	t->arg = cb_arg;
	sim_timer_init(u->c->dev, &t->timer, timer_fn, t);
	return t;
}

static void
timer_free(void *timer, void *arg)
{
	struct user_timer *t = timer;

	(void)arg;
	if (t != NULL)
		sim_timer_stop(&t->timer);
	free(t);
}

static void
timer_mod(void *timer, int64_t expire_ms, void *arg)
{
	struct user *u = arg;
	struct user_timer *t = timer;
	int64_t left = expire_ms * 1000 - (int64_t)(sim_now(u->c->dev) / 1000);

	sim_timer_arm(&t->timer, left > 0 ? (uint64_t)left : 0);
}

static void
fd_changed(int fd, void *arg)
{
	struct user *u = arg;

	(void)fd;
	u->changed = true;
}

static void
notify(void *arg)
{
	struct user *u = arg;

	sim_timer_arm(&u->wake, 0);
}

static const SlirpCb callbacks = {
	.send_packet = send_packet, .guest_error = guest_error, .clock_get_ns = clock_ns,
	.timer_new = timer_new, .timer_free = timer_free, .timer_mod = timer_mod,
	.register_poll_fd = fd_changed, .unregister_poll_fd = fd_changed, .notify = notify,
};

/* ---- descriptors ---- */

static int
add_fd(int fd, int events, void *arg)
{
	struct user *u = arg;

	if (u->nfds == MAX_FDS)
		return -1;
	u->fds[u->nfds] = (struct fd){ fd, events, 0 };
	return (int)u->nfds++;
}

static int
get_revents(int i, void *arg)
{
	struct user *u = arg;

	return i >= 0 && (unsigned)i < u->nfds ? u->fds[i].revents : 0;
}

static bool
same_fds(const struct user *u)
{
	if (u->changed || u->nfds != u->nold)
		return false;
	for (unsigned i = 0; i < u->nfds; i++)
		if (u->fds[i].fd != u->old[i].fd || u->fds[i].events != u->old[i].events)
			return false;
	return true;
}

static void
watch_fds(struct user *u)
{
	struct epoll_event e;

	for (unsigned i = 0; i < u->nold; i++)
		(void)epoll_ctl(u->epoll, EPOLL_CTL_DEL, u->old[i].fd, NULL);
	for (unsigned i = 0; i < u->nfds; i++) {
		e = (struct epoll_event){ .data = { .u32 = i },
		    .events = ((u->fds[i].events & SLIRP_POLL_IN) != 0 ? EPOLLIN : 0u) |
		    ((u->fds[i].events & SLIRP_POLL_OUT) != 0 ? EPOLLOUT : 0u) |
		    ((u->fds[i].events & SLIRP_POLL_PRI) != 0 ? EPOLLPRI : 0u) };
		(void)epoll_ctl(u->epoll, EPOLL_CTL_ADD, u->fds[i].fd, &e);
	}
	memcpy(u->old, u->fds, u->nfds * sizeof(u->fds[0]));
	u->nold = u->nfds;
	u->changed = false;
}

/* Ask what to wait for next. */
static void
ask(struct user *u)
{
	uint32_t ms = MAX_WAIT_MS;

	u->nfds = 0;
	slirp_pollfds_fill(u->slirp, &ms, add_fd, u);
	if (!same_fds(u))
		watch_fds(u);
	sim_timer_arm(&u->wake, (uint64_t)ms * 1000);
}

/* Tell what has come, and what libslirp does with that. */
static void
tell(struct user *u)
{
	struct epoll_event e[64];
	int n = epoll_wait(u->epoll, e, 64, 0);

	for (int i = 0; i < n; i++)
		u->fds[e[i].data.u32].revents =
		    ((e[i].events & EPOLLIN) != 0 ? SLIRP_POLL_IN : 0) |
		    ((e[i].events & EPOLLOUT) != 0 ? SLIRP_POLL_OUT : 0) |
		    ((e[i].events & EPOLLPRI) != 0 ? SLIRP_POLL_PRI : 0) |
		    ((e[i].events & EPOLLERR) != 0 ? SLIRP_POLL_ERR : 0) |
		    ((e[i].events & EPOLLHUP) != 0 ? SLIRP_POLL_HUP : 0);
	slirp_pollfds_poll(u->slirp, 0, get_revents, u);
	ask(u);
}

static void
ready(void *arg, short revents)
{
	(void)revents;
	tell(arg);
}

static void
wake(void *arg)
{
	tell(arg);
}

static void
deliver(void *arg)
{
	struct user *u = arg;
	struct frame f;

	while (u->n > 0) {
		f = u->queue[u->head];
		u->head = (u->head + 1) % QUEUE;
		u->n--;
		gbe_rx_frame(u->c, f.data, f.len);
		free(f.data);
	}
}

/* ---- life ---- */

struct user *
gbe_user_new(struct card *c)
{
	SlirpConfig conf = { .version = 3, .in_enabled = true, .vhostname = "voyageur" };
	struct user *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->c = c;
	conf.vnetwork.s_addr = htonl(0x0a000200);
	conf.vnetmask.s_addr = htonl(0xffffff00);
	conf.vhost.s_addr = htonl(0x0a000202);
	conf.vnameserver.s_addr = htonl(0x0a000203);
	conf.vdhcp_start.s_addr = htonl(0x0a00020f);
	sim_timer_init(c->dev, &u->wake, wake, u);
	sim_timer_init(c->dev, &u->deliver, deliver, u);
	u->epoll = epoll_create1(EPOLL_CLOEXEC);
	u->slirp = u->epoll >= 0 ? slirp_new(&conf, &callbacks, u) : NULL;
	if (u->slirp == NULL || sim_watch(c->dev, u->epoll, POLLIN, ready, u) != 0) {
		gbe_user_free(u);
		return NULL;
	}
	ask(u);
	return u;
}

void
gbe_user_free(struct user *u)
{
	if (u == NULL)
		return;
	if (u->slirp != NULL)
		slirp_cleanup(u->slirp);
	if (u->epoll >= 0)
		close(u->epoll);
	while (u->n > 0) {
		free(u->queue[u->head].data);
		u->head = (u->head + 1) % QUEUE;
		u->n--;
	}
	free(u);
}

void
gbe_user_input(struct user *u, const uint8_t *f, size_t len)
{
	slirp_input(u->slirp, f, (int)len);
	if (!u->wake.armed || u->wake.when > sim_now(u->c->dev))
		sim_timer_arm(&u->wake, 0);
}
