/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user.c - a router at the other end of the cable: prog/usernet.c.
 *
 * The descriptors that it waits for are kept in one epoll set, which is what the simulator's loop
 * sees. The set is made anew when the list has changed. What the router sends from inside
 * gbe_user_input() goes to the card only later: gbe_rx_frame() would come into the model while it
 * sends.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/sim/i82574/card.h"
#include "tools/sim/prog/usernet.h"

#define MAX_FDS		1024
#define MAX_WAIT_MS	1000u
#define QUEUE		256		/* frames for the card; more are lost, and TCP slows down */

struct user {
	struct card	*c;
	struct usernet	*net;
	int		epoll;
	bool		changed;		/* a descriptor came or went */
	struct sim_timer wake;			/* the router wants to be called */
	struct sim_timer deliver;
	struct pollfd	fds[MAX_FDS], old[MAX_FDS];
	size_t		nfds, nold;
	struct frame	queue[QUEUE];
	unsigned	head, n;
};

/* ---- what the router calls ---- */

static void
packet(void *arg, const uint8_t *eth, size_t len)
{
	struct user *u = arg;
	struct frame *f = &u->queue[(u->head + u->n) % QUEUE];

	if (u->n == QUEUE || (f->data = malloc(len)) == NULL)
		return;
	memcpy(f->data, eth, len);
	f->len = len;
	u->n++;
	if (!u->deliver.armed)
		sim_timer_arm(&u->deliver, 0);
}

static uint64_t
now(void *arg)
{
	struct user *u = arg;

	return sim_now(u->c->dev);
}

static void
changed(void *arg)
{
	struct user *u = arg;

	u->changed = true;
}

static void
soon(void *arg)
{
	struct user *u = arg;

	sim_timer_arm(&u->wake, 0);
}

static const struct usernet_ops ops = {
	.packet = packet, .now = now, .changed = changed, .soon = soon,
};

/* ---- descriptors ---- */

static bool
same_fds(const struct user *u)
{
	if (u->changed || u->nfds != u->nold)
		return false;
	for (size_t i = 0; i < u->nfds; i++)
		if (u->fds[i].fd != u->old[i].fd || u->fds[i].events != u->old[i].events)
			return false;
	return true;
}

/* epoll(7) has poll(2)'s bits. */
static void
watch_fds(struct user *u)
{
	struct epoll_event e;

	for (size_t i = 0; i < u->nold; i++)
		(void)epoll_ctl(u->epoll, EPOLL_CTL_DEL, u->old[i].fd, NULL);
	for (size_t i = 0; i < u->nfds; i++) {
		e = (struct epoll_event){ .events = (uint32_t)u->fds[i].events };
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

	u->nfds = usernet_fill(u->net, u->fds, 0, MAX_FDS, &ms);
	if (!same_fds(u))
		watch_fds(u);
	sim_timer_arm(&u->wake, (uint64_t)ms * 1000);
}

/* Tell what has come, and what the router does with that. */
static void
tell(struct user *u)
{
	usernet_poll(u->net, u->fds, poll(u->fds, (nfds_t)u->nfds, 0) < 0);
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
	struct user *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->c = c;
	sim_timer_init(c->dev, &u->wake, wake, u);
	sim_timer_init(c->dev, &u->deliver, deliver, u);
	u->epoll = epoll_create1(EPOLL_CLOEXEC);
	u->net = u->epoll >= 0 ? usernet_new(&ops, u) : NULL;
	if (u->net == NULL || sim_watch(c->dev, u->epoll, POLLIN, ready, u) != 0) {
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
	usernet_free(u->net);
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
	usernet_input(u->net, f, len);
	if (!u->wake.armed || u->wake.when > sim_now(u->c->dev))
		sim_timer_arm(&u->wake, 0);
}
