/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * radio.c - the antenna: frames to and from the hub of the air. Frames wait here while the hub
 * takes no more; each gets its answer exactly once, also when hub or firmware go away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/sim/i7260/card.h"

/* How long the hub may take to welcome us before the first driver is let in. */
#define WELCOME_MS	20000

/* ---- jobs ---- */

static void
append(struct radio_job ***tail, struct radio_job *j)
{
	j->next = NULL;
	**tail = j;
	*tail = &j->next;
}

static void
answer(struct card *c, struct radio_job *j, const struct air_txstatus *st)
{
	c->radio.njobs--;
	j->done(c, j->arg, st);
	free(j);
	if (c->radio.njobs == 0 && st != NULL)
		sched_sent(c);
}

static struct radio_job *
take_first(struct radio_job **head, struct radio_job ***tail)
{
	struct radio_job *j = *head;

	if (j != NULL && (*head = j->next) == NULL)
		*tail = head;
	return j;
}

static struct radio_job *
take_sent(struct radio *r, uint64_t cookie)
{
	struct radio_job **p, *j;

	for (p = &r->sent; (j = *p) != NULL && j->tx.cookie != cookie; p = &j->next)
		continue;
	if (j != NULL && (*p = j->next) == NULL)
		r->sent_tail = p;
	return j;
}

/* Nobody will answer any more: every frame has failed (st), or is forgotten (NULL). */
static void
drop_all(struct card *c, const struct air_txstatus *st)
{
	struct radio *r = &c->radio;
	struct radio_job *j;

	while ((j = take_first(&r->sent, &r->sent_tail)) != NULL ||
	    (j = take_first(&r->waiting, &r->waiting_tail)) != NULL)
		answer(c, j, st);
}

/* ---- the hub ---- */

static void	on_events(void *, short);

static void
rewatch(struct card *c)
{
	struct radio *r = &c->radio;
	short events = air_events(r->air);

	if (events == r->events)
		return;
	r->events = events;
	if (sim_watch(c->dev, air_fd(r->air), events, on_events, c) != 0)
		sim_log(c->dev, "air: cannot watch the hub's socket");
}

static void
submit(struct card *c)
{
	struct radio *r = &c->radio;
	struct radio_job *j;
	int error = 0;

	while (r->air != NULL && (j = r->waiting) != NULL) {
		error = air_tx(r->air, &j->tx, j->frame, j->len);
		if (error == ENOBUFS)
			break;
		j = take_first(&r->waiting, &r->waiting_tail);
		if (error == 0) {
			append(&r->sent_tail, j);
			r->tx++;
			continue;
		}
		answer(c, j, &(struct air_txstatus){ .result = AIR_TX_INVALID });
	}
	if (r->air != NULL)
		rewatch(c);
}

static void
on_rx(void *arg, const struct air_rx *rx, const uint8_t *frame, size_t len)
{
	struct card *c = arg;

	c->radio.rx++;
	if (c->radio.freq != 0)
		fw_rx(c, rx, frame, len);
}

static void
on_txstatus(void *arg, const struct air_txstatus *st)
{
	struct card *c = arg;
	struct radio_job *j = take_sent(&c->radio, st->cookie);

	if (j != NULL)
		answer(c, j, st);
}

static void
on_gone(void *arg, const char *why)
{
	struct card *c = arg;
	struct radio *r = &c->radio;

	sim_event_str(c->dev, "air-gone", "why", why);
	sim_use_clock(c->dev, NULL, NULL);
	sim_unwatch(c->dev, air_fd(r->air));
	air_close(r->air);
	r->air = NULL;
	drop_all(c, &(struct air_txstatus){ .result = AIR_TX_OFF });
}

static uint64_t
clock_now(void *arg)
{
	return air_tsf(((struct card *)arg)->radio.air) * 1000;
}

static bool
clock_stands(void *arg)
{
	return air_stands(((struct card *)arg)->radio.air);
}

/* From here on all time of the card is the air's. */
static void
on_welcome(void *arg, const struct air_welcome *w)
{
	static const struct sim_clock clock = { .now = clock_now, .stands = clock_stands };
	struct card *c = arg;

	(void)w;
	sim_use_clock(c->dev, &clock, c);
}

static void
on_events(void *arg, short revents)
{
	struct card *c = arg;

	if (c->radio.air != NULL)
		(void)air_dispatch(c->radio.air, revents);
	submit(c);
}

/* ---- outside ---- */

static void
lone_fire(void *arg)
{
	struct card *c = arg;

	if (c->radio.air == NULL)
		drop_all(c, &(struct air_txstatus){ .result = AIR_TX_NOANSWER });
}

void
radio_init(struct card *c)
{
	c->radio.waiting_tail = &c->radio.waiting;
	c->radio.sent_tail = &c->radio.sent;
	c->radio.host_fd = -1;
	sim_timer_init(c->dev, &c->radio.lone, lone_fire, c);
}

/* Drivers are offered the clock as soon as they come: we must know whether there is one. */
static void
await_welcome(struct card *c)
{
	struct pollfd p = { .events = POLLIN };

	for (int tries = 0; tries < WELCOME_MS / 10; tries++) {
		if (c->radio.air == NULL || air_welcomed(c->radio.air))
			return;
		p.fd = air_fd(c->radio.air);
		if (poll(&p, 1, 10) > 0)
			on_events(c, p.revents);
	}
}

static void
forget_host(struct card *c)
{
	struct radio *r = &c->radio;

	if (r->host_fd < 0)
		return;
	sim_unwatch(c->dev, r->host_fd);
	close(r->host_fd);
	r->host_fd = -1;
}

int
radio_start(struct card *c)
{
	static const struct air_ops ops = { .welcome = on_welcome, .rx = on_rx,
	    .txstatus = on_txstatus, .gone = on_gone };
	struct radio *r = &c->radio;
	struct air_hello hello = { .flags = 0 };
	const uint8_t *m = c->cfg.mac;
	char why[200] = "";
	int error;

	if (r->path == NULL)
		return 0;
	snprintf(hello.name, sizeof(hello.name), "%s-%02x%02x%02x%02x%02x%02x", c->chip->model,
	    m[0], m[1], m[2], m[3], m[4], m[5]);
	error = air_connect(r->path, &hello, &ops, c, &r->air, why, sizeof(why));
	if (error != 0) {
		fprintf(stderr, "%s: air=%s: %s\n", c->chip->model, r->path, why);
		return error;
	}
	rewatch(c);
	await_welcome(c);
	return 0;
}

void
radio_free(struct card *c)
{
	drop_all(c, NULL);
	forget_host(c);
	sim_use_clock(c->dev, NULL, NULL);
	if (c->radio.air != NULL)
		sim_unwatch(c->dev, air_fd(c->radio.air));
	air_close(c->radio.air);
	free(c->radio.path);
}

void
radio_reset(struct card *c)
{
	sim_timer_stop(&c->radio.lone);
	radio_tune(c, 0, 0, 0);
	radio_addrs(c, NULL, 0);
	drop_all(c, NULL);
}

void
radio_tune(struct card *c, unsigned freq, unsigned center, unsigned width)
{
	struct radio *r = &c->radio;
	struct air_tune t = { .on = freq != 0, .freq = (uint16_t)freq, .center = (uint16_t)center,
	    .width = (uint16_t)width };

	if (r->freq == freq && r->center == center && r->width == width)
		return;
	r->freq = t.freq;
	r->center = t.center;
	r->width = t.width;
	if (r->air == NULL)
		return;
	if (air_tune(r->air, &t) != 0)
		sim_log(c->dev, "air: the hub does not take TUNE %u MHz", freq);
	rewatch(c);
}

void
radio_addrs(struct card *c, const uint8_t (*addr)[6], unsigned n)
{
	struct radio *r = &c->radio;
	struct air_addr a[5];
	unsigned i;

	if (n == r->naddr && (n == 0 || memcmp(r->addr, addr, 6 * n) == 0))
		return;
	for (i = 0; i < n; i++) {
		memcpy(r->addr[i], addr[i], 6);
		memcpy(a[i].addr, addr[i], 6);
		memset(a[i].mask, 0xff, 6);
	}
	r->naddr = n;
	if (r->air == NULL)
		return;
	(void)air_addrs(r->air, a, n);
	rewatch(c);
}

void
radio_send(struct card *c, const struct air_tx *tx, const void *frame, size_t len,
    radio_done *done, void *arg)
{
	struct radio *r = &c->radio;
	struct radio_job *j = malloc(sizeof(*j) + len);

	if (j == NULL) {
		done(c, arg, &(struct air_txstatus){ .result = AIR_TX_OFF });
		return;
	}
	j->tx = *tx;
	j->tx.cookie = ++r->cookie;
	j->done = done;
	j->arg = arg;
	j->len = len;
	memcpy(j->frame, frame, len);
	r->njobs++;
	append(&r->waiting_tail, j);
	if (r->air == NULL)
		sim_timer_arm(&r->lone, 0);
	else
		submit(c);
}

void
radio_poll(struct card *c)
{
	if (c->radio.air != NULL)
		on_events(c, 0);
}

uint64_t
radio_tsf(struct card *c)
{
	if (c->radio.air != NULL)
		return air_tsf(c->radio.air);
	return sim_now(c->dev) / 1000;
}

/* ---- time, by the rules of vfio/air_clock.h ---- */

/* The hub has dropped the driver's connection, or is gone: he lives by the wall's clock now. */
static void
on_host(void *arg, short revents)
{
	struct card *c = arg;

	(void)revents;
	forget_host(c);
	c->radio.host = HOST_ON_WALL;
}

void
radio_peer(struct card *c, bool present)
{
	forget_host(c);
	c->radio.host = present ? HOST_ON_WALL : HOST_NONE;
	if (present && c->radio.air != NULL)
		(void)air_busy(c->radio.air, AIR_BUSY_WALL);
}

/*
 * We keep a copy of the descriptor: it sees the end of the connection, and keeps the driver
 * counted until his connection to us has ended, too.
 */
int
radio_clock(struct card *c)
{
	const uint8_t *m = c->cfg.mac;
	struct radio *r = &c->radio;
	char name[AIR_NAME_MAX];
	int fd;

	if (r->air == NULL || !air_fast(r->air))
		return -1;
	forget_host(c);
	/* We take part from before the driver does, or his first moments would be the wall's. */
	(void)air_busy(r->air, 0);
	snprintf(name, sizeof(name), "host%u-%02x%02x%02x%02x%02x%02x", ++r->nhosts, m[0], m[1],
	    m[2], m[3], m[4], m[5]);
	fd = air_host(r->path, name);
	if (fd < 0)
		return -1;
	r->host_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (r->host_fd < 0 || sim_watch(c->dev, r->host_fd, 0, on_host, c) != 0) {
		forget_host(c);
		close(fd);
		return -1;
	}
	r->host = HOST_IN_PART;
	return fd;
}

/* What the driver has to do for us is not done. */
static bool
driver_wanted(const struct card *c)
{
	return c->radio.host != HOST_NONE && (irq_pending(c) || c->rx.head != NULL);
}

static uint64_t
to_tsf(struct card *c, uint64_t when)
{
	return when == UINT64_MAX ? AIR_FOREVER : (sim_clock_time(c->dev, when) + 999) / 1000;
}

void
radio_rest(struct card *c, uint64_t next)
{
	struct air *air = c->radio.air;

	if (air == NULL || !air_fast(air))
		return;
	if (c->radio.host == HOST_ON_WALL)
		(void)air_busy(air, AIR_BUSY_WALL);
	else if (driver_wanted(c))
		(void)air_busy(air, 0);
	else
		(void)air_idle(air, to_tsf(c, next));
	rewatch(c);
}

void
radio_stir(struct card *c, uint64_t next)
{
	struct air *air = c->radio.air;
	uint64_t until;

	if (air == NULL || c->radio.host != HOST_IN_PART || (until = air_idle_until(air)) == 0)
		return;
	if (driver_wanted(c) || to_tsf(c, next) < until)
		(void)air_busy(air, 0);
}
