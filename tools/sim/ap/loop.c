/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop.c - the one loop of voy-ap: waits for air, routers, control and timers.
 *
 * Timers go by the hub's clock. When that may jump (voy-air --time=fast), the hub is told before
 * each wait until when there is nothing to do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "tools/sim/ap/ap.h"
#include "tools/sim/prog/stop.h"

#define MAX_POLL	1024u
#define MAX_WAIT_US	1000000u
/* While time stands still, a timer that is due soon is not looked after all the time. */
#define STANDS_US	20000u
/* Rounds of one kind of work before the others get their turn. */
#define MAX_TIMERS	256u

uint64_t
mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

uint64_t
apd_now(const struct apd *d)
{
	uint64_t now;

	for (unsigned i = 0; i < d->naps; i++) {
		now = d->ap[i]->air != NULL ? air_tsf(d->ap[i]->air) : 0;
		if (now != 0)
			return now;
	}
	return mono_us() - d->started;
}

/* ---- timers ----------------------------------------------------------------------------- */

void
timer_init(struct timer *t, void (*fn)(void *), void *arg)
{
	*t = (struct timer){ .fn = fn, .arg = arg };
}

void
timer_stop(struct timer *t)
{
	if (t->armed)
		LIST_REMOVE(t, link);
	t->armed = false;
}

void
timer_at(struct apd *d, struct timer *t, uint64_t at)
{
	struct timer *p, *last = NULL;

	timer_stop(t);
	t->at = at;
	t->armed = true;
	p = LIST_FIRST(&d->timers);
	while (p != NULL && p->at <= at) {
		last = p;
		p = LIST_NEXT(p, link);
	}
	if (last == NULL)
		LIST_INSERT_HEAD(&d->timers, t, link);
	else
		LIST_INSERT_AFTER(last, t, link);
}

void
timer_in(struct apd *d, struct timer *t, uint64_t us)
{
	timer_at(d, t, apd_now(d) + us);
}

void
apd_timers(struct apd *d)
{
	uint64_t now = apd_now(d);
	struct timer *t;

	for (unsigned i = 0; i < MAX_TIMERS; i++) {
		t = LIST_FIRST(&d->timers);
		if (t == NULL || t->at > now)
			return;
		timer_stop(t);
		t->fn(t->arg);
	}
}

/* ---- waiting ---------------------------------------------------------------------------- */

static struct pollfd fds[MAX_POLL];

struct wait {
	size_t		aps;		/* fds[0..aps): one per access point */
	size_t		control;	/* from aps on */
	size_t		all;
	bool		outside;	/* there are connections to the world */
	struct timespec	limit;
};

/*
 * The world outside lives by the wall's clock: while we wait for it, so do we. until 0: there is
 * something to do now.
 */
static void
tell_air(struct air *air, bool outside, uint64_t until)
{
	if (air == NULL || !air_fast(air))
		return;
	if (outside)
		air_busy(air, AIR_BUSY_WALL);
	else if (until == 0)
		air_busy(air, 0);
	else
		air_idle(air, until);
}

static void
set_limit(struct apd *d, struct wait *w, uint32_t router_ms)
{
	struct timer *t = LIST_FIRST(&d->timers);
	uint64_t us = MAX_WAIT_US, now = apd_now(d), until = AIR_FOREVER;

	if (router_ms < us / 1000)
		us = (uint64_t)router_ms * 1000;
	if (us < MAX_WAIT_US)
		until = now + us;
	if (t != NULL && t->at < until)
		until = t->at;
	if (t != NULL && (t->at <= now || t->at - now < us))
		us = t->at <= now ? 0 : t->at - now;
	for (unsigned i = 0; i < d->naps; i++) {
		struct air *air = d->ap[i]->air;

		tell_air(air, w->outside, us > 0 ? until : 0);
		if (us > 0 && us < STANDS_US && air != NULL && air_stands(air))
			us = STANDS_US;
	}
	w->limit.tv_sec = (time_t)(us / 1000000);
	w->limit.tv_nsec = (long)(us % 1000000) * 1000;
}

static void
fill(struct apd *d, struct wait *w)
{
	uint32_t ms = UINT32_MAX;
	struct net *net;
	size_t n;

	for (unsigned i = 0; i < d->naps; i++)
		tx_pump(d->ap[i]);
	w->aps = d->naps;
	n = d->naps;
	n += ctl_fill(d->control, fds + n, MAX_POLL - n);
	w->control = n - d->naps;
	LIST_FOREACH(net, &d->nets, link)
		if (net->router != NULL)
			n = router_fill(net->router, fds, n, MAX_POLL, &ms);
	w->outside = n > w->aps + w->control;
	w->all = n;
	set_limit(d, w, ms);
	/* Last, because being idle is a message that may have to wait, too. */
	for (unsigned i = 0; i < d->naps; i++) {
		struct air *air = d->ap[i]->air;

		fds[i] = (struct pollfd){ .fd = air != NULL ? air_fd(air) : -1,
		    .events = air != NULL ? air_events(air) : 0 };
	}
}

int
apd_loop(struct apd *d, const sigset_t *waiting)
{
	struct wait w;
	struct net *net;
	int n;

	while (!d->stop && !stop_asked) {
		fill(d, &w);
		n = ppoll(fds, (nfds_t)w.all, &w.limit, waiting);
		if (n < 0 && errno != EINTR)
			return errno;
		for (size_t i = 0; i < w.aps && n > 0; i++)
			if (fds[i].revents != 0 && d->ap[i]->air != NULL)
				air_dispatch(d->ap[i]->air, fds[i].revents);
		if (n > 0 && ctl_poll(d->control, fds + w.aps, w.control))
			d->stop = true;
		LIST_FOREACH(net, &d->nets, link)
			if (net->router != NULL)
				router_poll(net->router, fds, n < 0);
		apd_timers(d);
		sta_reap(d);
	}
	return 0;
}
