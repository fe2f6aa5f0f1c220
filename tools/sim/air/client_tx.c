/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_tx.c - what a radio says to the hub, and when it need not: see air.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/sim/air/client_int.h"
#include "tools/sim/air/frame.h"

/* Messages that wait for room in the socket: a window of TX and as many others. */
#define OUT_MAX		256u

static int
keep(struct air *a, const void *msg, size_t len)
{
	struct out *o;

	if (a->nout >= OUT_MAX)
		return ENOBUFS;
	o = malloc(sizeof(*o) + len);
	if (o == NULL)
		return ENOBUFS;
	o->next = NULL;
	o->len = len;
	memcpy(o->data, msg, len);
	*a->outend = o;
	a->outend = &o->next;
	a->nout++;
	return 0;
}

/* 0, EAGAIN, ENOTCONN. */
static int
try_send(struct air *a, const void *msg, size_t len)
{
	ssize_t n;

	do {
		n = send(a->fd, msg, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS ? EAGAIN : ENOTCONN;
}

int
client_push(struct air *a, void *msg, size_t len, uint16_t type)
{
	struct air_hdr *h = msg;
	int error = EAGAIN;

	if (a->gone)
		return ENOTCONN;
	h->type = type;
	h->reserved = 0;
	h->len = (uint32_t)len;
	h->seq = type == AIR_IDLE ? a->seq : 0;
	h->reserved2 = 0;
	h->skew = 0;
	if (a->out == NULL)
		error = try_send(a, msg, len);
	if (error == EAGAIN)
		error = keep(a, msg, len);
	if (error == 0 && type != AIR_IDLE)
		a->idle_valid = false;
	return error;
}

void
client_flush(struct air *a)
{
	struct out *o;

	while ((o = a->out) != NULL && try_send(a, o->data, o->len) != EAGAIN) {
		a->out = o->next;
		if (a->out == NULL)
			a->outend = &a->out;
		a->nout--;
		free(o);
	}
}

int
air_tune(struct air *a, const struct air_tune *t)
{
	struct air_tune msg = *t;

	return client_push(a, &msg, sizeof(msg), AIR_TUNE);
}

int
air_addrs(struct air *a, const struct air_addr *addr, unsigned n)
{
	struct air_hello msg = { .version = AIR_VERSION, .naddr = n };

	if (n > AIR_ADDRS_MAX)
		return EINVAL;
	if (n != 0)
		memcpy(msg.addr, addr, n * sizeof(*addr));
	return client_push(a, &msg, sizeof(msg), AIR_ADDR);
}

int
air_tx(struct air *a, const struct air_tx *tx, const void *frame, size_t len)
{
	uint8_t msg[sizeof(*tx) + RADIOTAP_MIN + AIR_FRAME_MAX] __attribute__((aligned(8)));
	struct air_tx head = *tx;
	size_t rt;
	int error;

	if (len < AIR_FRAME_MIN || len > AIR_FRAME_MAX)
		return EMSGSIZE;
	if (tx->nrates == 0 || tx->nrates > AIR_RATES_MAX || tx->prio > 7)
		return EINVAL;
	if (!a->gone && a->inflight >= a->window)
		return ENOBUFS;
	head.reserved = 0;
	memcpy(msg, &head, sizeof(head));
	rt = radiotap_put(msg + sizeof(head), RADIOTAP_MIN, &(struct radiotap){ .present = 0 });
	memcpy(msg + sizeof(head) + rt, frame, len);
	error = client_push(a, msg, sizeof(head) + rt + len, AIR_TX);
	if (error == 0)
		a->inflight++;
	return error;
}

unsigned
air_window(const struct air *a)
{
	return a->gone || a->inflight >= a->window ? 0 : a->window - a->inflight;
}

int
air_idle(struct air *a, uint64_t until)
{
	struct air_idle msg = { .until = until };
	int error;

	if (a->gone)
		return ENOTCONN;
	if (!a->fast || (a->idle_valid && a->idle_seq == a->seq && a->idle_until == until))
		return 0;
	error = client_push(a, &msg, sizeof(msg), AIR_IDLE);
	if (error != 0)
		return error;
	a->idle_valid = a->part = true;
	a->idle_seq = a->seq;
	a->idle_until = until;
	return 0;
}

/* Not needed when nothing changes by it: a radio that takes part and is not idle is busy. */
int
air_busy(struct air *a, uint32_t flags)
{
	struct air_busy msg = { .flags = flags };
	int error;

	if (a->gone)
		return ENOTCONN;
	if (!a->fast || (flags == 0 && a->part && !a->idle_valid) ||
	    (flags == AIR_BUSY_WALL && !a->part))
		return 0;
	error = client_push(a, &msg, sizeof(msg), AIR_BUSY);
	if (error == 0)
		a->part = (flags & AIR_BUSY_WALL) == 0;
	return error;
}

uint64_t
air_idle_until(const struct air *a)
{
	return !a->gone && a->idle_valid && a->idle_seq == a->seq ? a->idle_until : 0;
}
