/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * radio.c - the antenna: frames to and from the hub of the air. Frames wait here while the hub
 * takes no more; each gets its answer exactly once, also when hub or firmware go away.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

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
	sim_unwatch(c->dev, air_fd(r->air));
	air_close(r->air);
	r->air = NULL;
	drop_all(c, &(struct air_txstatus){ .result = AIR_TX_OFF });
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
	sim_timer_init(c->dev, &c->radio.lone, lone_fire, c);
}

int
radio_start(struct card *c)
{
	static const struct air_ops ops = { .rx = on_rx, .txstatus = on_txstatus, .gone = on_gone };
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
	return 0;
}

void
radio_free(struct card *c)
{
	drop_all(c, NULL);
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
