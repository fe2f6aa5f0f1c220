/* SPDX-License-Identifier: BSD-2-Clause */
/* What the station layer asks of harness and shim, for sta_world.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tests/unit/sta_world.h"

/* ---- hypercalls ---- */

static void
append(char *text, size_t size, const char *line)
{
	size_t n = strlen(text);

	snprintf(text + n, size - n, "%s\n", line);
}

uint64_t
hyp_clock_ns(void)
{
	return world->now;
}

/* Who waits lets WORKER work. */
void
pdk_delay(unsigned us)
{
	world->now += (uint64_t)us * 1000;
	sta_work(world->st);
}

void
hyp_log(struct hyp_dev *dev, enum hyp_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	(void)dev, (void)level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	append(world->log, sizeof(world->log), line);
}

void
hyp_event(struct hyp_dev *dev, const char *event, const char *members)
{
	json_t *o = json_loads(members, 0, NULL);

	(void)dev, (void)event;
	if (!json_is_object(o))
		abort();
	json_decref(o);
	append(world->events, sizeof(world->events), members);
}

void
hyp_lock_as(pthread_mutex_t *m, const char *name __attribute__((unused)))
{
	pthread_mutex_lock(m);
}

void
hyp_unlock(pthread_mutex_t *m)
{
	pthread_mutex_unlock(m);
}

int
hyp_random(void *buf, size_t len)
{
	return getrandom(buf, len, 0) == (ssize_t)len ? 0 : EIO;
}

void
hyp_trace_state(struct hyp_dev *dev, const char *what, const char *state)
{
	(void)dev;
	(void)what;
	(void)state;
}

void
hyp_state(struct hyp_dev *dev, const char *state)
{
	(void)dev;
	append(world->reached, sizeof(world->reached), state);
}

void
hyp_fail(struct hyp_dev *dev, int error, const char *text)
{
	(void)dev, (void)error;
	snprintf(world->failed, sizeof(world->failed), "%s", text);
}

const struct hyp_wifi *
hyp_wifi(struct hyp_dev *dev)
{
	(void)dev;
	return &world->wifi;
}

int
hyp_capture_wanted(struct hyp_dev *dev)
{
	(void)dev;
	return world->capture;
}

void
hyp_capture(struct hyp_dev *dev, int out, const void *head, size_t headlen, const void *frame,
    size_t len)
{
	(void)dev, (void)out;
	if (headlen + len > sizeof(world->cap))
		abort();
	memcpy(world->cap, head, headlen);
	memcpy(world->cap + headlen, frame, len);
	world->caplen = headlen + len;
	world->captured++;
}

int
hyp_net_open(struct hyp_dev *dev, const uint8_t mac[6], unsigned mtu,
    const struct hyp_net_ops *ops, void *arg, struct hyp_net **net)
{
	(void)dev, (void)mac, (void)mtu;
	if (world->no_net)
		return ENOSYS;
	world->net_ops = ops;
	world->net_arg = arg;
	*net = (struct hyp_net *)(void *)world;
	return 0;
}

void
hyp_net_close(struct hyp_net *net)
{
	(void)net;
}

int
hyp_net_send(struct hyp_net *net, const void *frame, size_t len)
{
	(void)net;
	if (world->host_error != 0)
		return world->host_error;
	if (len < 14 || len > sizeof(world->host[0].p))
		return EINVAL;
	if (world->nhost == WORLD_HOST)
		return ENOBUFS;
	memcpy(world->host[world->nhost].p, frame, len);
	world->host[world->nhost++].len = len;
	return 0;
}

void
hyp_net_ready(struct hyp_net *net)
{
	(void)net;
	world->ready++;
}

void
hyp_net_carrier(struct hyp_net *net, int up)
{
	(void)net;
	world->carrier = up != 0;
	*(up ? &world->carrier_ups : &world->carrier_downs) += 1;
}

/* ---- the shim ---- */

struct fakembuf {
	struct mbuf	m;
	char		data[];
};

struct mbuf *
sta_port_mbuf(void *port, size_t len)
{
	struct fakembuf *f;

	(void)port;
	if (world->no_mbufs)
		return NULL;
	f = calloc(1, sizeof(*f) + len);
	if (f == NULL)
		abort();
	f->m.m_data = f->data;
	f->m.m_len = f->m.m_pkthdr.len = (int)len;
	world->mbufs++;
	return &f->m;
}

void
m_freem(struct mbuf *m)
{
	if (m == NULL)
		return;
	world->mbufs--;
	free(m);
}

void
sta_port_wake(void *port)
{
	(void)port;
	world->woken = true;
}

void
sta_port_alarm(void *port, uint64_t when)
{
	(void)port;
	world->alarm = when;
}

void
sta_port_wait(void *port, unsigned ms, bool (*done)(void *), void *arg)
{
	(void)port;
	world->waits++;
	if (!done(arg))
		world->now += (uint64_t)ms * 1000000;
}

void
sta_port_enter(void *port)
{
	(void)port;
}

void
sta_port_leave(void *port)
{
	(void)port;
}

void
sta_port_restart(void *port)
{
	(void)port;
	world->restarts++;
}

void
sta_port_working(void *port)
{
	(void)port;
}

void
sta_port_returned(void *port, void (*fn)(void))
{
	(void)port, (void)fn;
}
