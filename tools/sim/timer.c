/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.c - the clock of the models, their timers (a list in order of time: a card has a handful)
 * and their own file descriptors in the event loop.
 */
#include <errno.h>
#include <time.h>

#include "tools/sim/dev_int.h"

/* While the clock stands still, a timer is looked after this often. */
#define STANDS_NS	20000000

uint64_t
sim_wall(struct sim_dev *dev)
{
	struct timespec ts;

	if (dev->ops != NULL && dev->ops->now != NULL)
		return dev->ops->now(dev->arg);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t
clock_reads(struct sim_dev *dev)
{
	return dev->clock != NULL ? dev->clock->now(dev->clock_arg) : sim_wall(dev);
}

/* It never goes back, whatever the clock does. */
uint64_t
sim_now(struct sim_dev *dev)
{
	uint64_t now = clock_reads(dev) + dev->clock_ahead;

	if (now > dev->clock_seen)
		dev->clock_seen = now;
	return dev->clock_seen;
}

void
sim_use_clock(struct sim_dev *dev, const struct sim_clock *clock, void *arg)
{
	uint64_t now = sim_now(dev);

	dev->clock = clock;
	dev->clock_arg = arg;
	dev->clock_ahead = now - clock_reads(dev);
}

uint64_t
sim_clock_time(struct sim_dev *dev, uint64_t when)
{
	return when - dev->clock_ahead;
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
	t->when = sim_now(t->dev) + usec * 1000;
	t->number = t->dev->ntimer++;
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
	int64_t left;

	if (dev->timers == NULL)
		return -1;
	now = sim_now(dev);
	if (dev->timers->when <= now)
		return 0;
	left = (int64_t)(dev->timers->when - now);
	if (left < STANDS_NS && dev->clock != NULL && dev->clock->stands(dev->clock_arg))
		left = STANDS_NS;
	return left;
}

/*
 * One round: what is armed during it waits for the next, also when it is due, so that a model
 * that re-arms for ever cannot keep the client waiting.
 */
void
sim_dev_run_timers(struct sim_dev *dev)
{
	uint64_t now, end = dev->ntimer;
	struct sim_timer *t;

	if (dev->timers == NULL)
		return;
	now = sim_now(dev);
	while ((t = dev->timers) != NULL && t->when <= now && t->number < end) {
		sim_timer_stop(t);
		t->fn(t->arg);
	}
}

static uint64_t
next_timer(const struct sim_dev *dev)
{
	return dev->timers != NULL ? dev->timers->when : UINT64_MAX;
}

void
sim_dev_rest(struct sim_dev *dev)
{
	if (dev->model->rest != NULL && next_timer(dev) > sim_now(dev))
		dev->model->rest(dev->state, next_timer(dev));
}

void
sim_dev_stir(struct sim_dev *dev)
{
	if (dev->model->stir != NULL)
		dev->model->stir(dev->state, next_timer(dev));
}

int
sim_dev_clock(struct sim_dev *dev)
{
	return dev->model->clock != NULL ? dev->model->clock(dev->state) : -1;
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
