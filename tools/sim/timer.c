/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.c - timers of the models (a list in order of time: a card has a handful) and their
 * own file descriptors in the event loop.
 */
#include <errno.h>
#include <time.h>

#include "tools/sim/dev_int.h"

uint64_t
sim_now(struct sim_dev *dev)
{
	struct timespec ts;

	if (dev->ops != NULL && dev->ops->now != NULL)
		return dev->ops->now(dev->arg);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void
sim_timer_init(struct sim_dev *dev, struct sim_timer *t, void (*fn)(void *), void *arg)
{
	t->dev = dev;
	t->fn = fn;
	t->arg = arg;
	t->when = 0;
	t->next = NULL;
	t->armed = false;
}

void
sim_timer_stop(struct sim_timer *t)
{
	struct sim_timer **tp;

	if (!t->armed)
		return;
	for (tp = &t->dev->timers; *tp != NULL; tp = &(*tp)->next) {
		if (*tp == t) {
			*tp = t->next;
			break;
		}
	}
	t->armed = false;
	t->next = NULL;
}

void
sim_timer_arm(struct sim_timer *t, uint64_t usec)
{
	struct sim_timer **tp;

	sim_timer_stop(t);
	if (usec > UINT64_C(1000000) * 86400 * 365)
		usec = UINT64_C(1000000) * 86400 * 365;
	/* At least 1 ns ahead: a handler that re-arms for "now" waits for the next round. */
	t->when = sim_now(t->dev) + usec * 1000 + 1;
	for (tp = &t->dev->timers; *tp != NULL; tp = &(*tp)->next)
		if ((*tp)->when > t->when)
			break;
	t->next = *tp;
	*tp = t;
	t->armed = true;
}

void
sim_timers_stop(struct sim_dev *dev)
{
	while (dev->timers != NULL)
		sim_timer_stop(dev->timers);
}

int64_t
sim_dev_next_timer(struct sim_dev *dev)
{
	uint64_t now;

	if (dev->timers == NULL)
		return -1;
	now = sim_now(dev);
	return dev->timers->when <= now ? 0 : (int64_t)(dev->timers->when - now);
}

/* One round: so that a model that re-arms for ever cannot keep the client waiting. */
void
sim_dev_run_timers(struct sim_dev *dev)
{
	uint64_t now;
	struct sim_timer *t;

	if (dev->timers == NULL)
		return;
	now = sim_now(dev);
	while ((t = dev->timers) != NULL && t->when <= now) {
		sim_timer_stop(t);
		t->fn(t->arg);
	}
}

int
sim_watch(struct sim_dev *dev, int fd, short events, void (*fn)(void *, short), void *arg)
{
	sim_unwatch(dev, fd);
	for (unsigned i = 0; i < SIM_MAX_WATCH; i++) {
		if (dev->watch[i].fd >= 0)
			continue;
		dev->watch[i] = (struct sim_watch_ent){ fd, events, fn, arg };
		return 0;
	}
	return ENOSPC;
}

void
sim_unwatch(struct sim_dev *dev, int fd)
{
	for (unsigned i = 0; i < SIM_MAX_WATCH; i++)
		if (dev->watch[i].fd == fd)
			dev->watch[i].fd = -1;
}

size_t
sim_dev_pollfds(struct sim_dev *dev, struct pollfd *p, size_t max)
{
	size_t n = 0;

	if (dev->unmask_fd >= 0 && n < max)
		p[n++] = (struct pollfd){ .fd = dev->unmask_fd, .events = POLLIN };
	for (unsigned i = 0; i < SIM_MAX_WATCH && n < max; i++)
		if (dev->watch[i].fd >= 0)
			p[n++] = (struct pollfd){ .fd = dev->watch[i].fd,
			    .events = dev->watch[i].events };
	return n;
}

void
sim_dev_poll_event(struct sim_dev *dev, const struct pollfd *p)
{
	if (p->revents == 0 || p->fd < 0)
		return;
	if (p->fd == dev->unmask_fd) {
		sim_intr_unmask_event(dev);
		return;
	}
	for (unsigned i = 0; i < SIM_MAX_WATCH; i++) {
		struct sim_watch_ent *w = &dev->watch[i];

		if (w->fd == p->fd) {
			w->fn(w->arg, p->revents);
			return;
		}
	}
}
