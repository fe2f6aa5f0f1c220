/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conn.c - the connection of a client: its messages one by one, those that came while we waited,
 * and DMA by message, where the server asks and the client answers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/sim/server.h"

#define MAX_QUEUED	8192u		/* requests taken in while waiting for a DMA reply */

int
sim_wait(const struct sim_server_opts *o, struct pollfd *p, size_t n, int64_t ns)
{
	struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	return ppoll(p, n, ns < 0 ? NULL : &ts, o->sigmask);
}

void
sim_conn_given(struct sim_conn *c)
{
	while (c->ngive > 0)
		close(c->give[--c->ngive]);
}

void
sim_conn_free(struct sim_conn *c)
{
	while (c->queue != NULL) {
		struct sim_msg *m = c->queue;

		c->queue = m->next;
		sim_msg_free(m);
	}
	sim_rx_free(&c->rx);
	sim_tx_free(&c->tx);
	sim_rx_free(&c->twin_rx);
	sim_tx_free(&c->twin_tx);
	if (c->twin >= 0)
		close(c->twin);
	sim_conn_given(c);
	close(c->fd);
	free(c->out);
	free(c);
}

struct sim_conn *
sim_conn_new(const struct sim_server_opts *o, int fd)
{
	struct sim_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->out = malloc(SIM_MAX_MSG);
	if (c->out == NULL) {
		free(c);
		return NULL;
	}
	c->dev = o->dev;
	c->o = o;
	c->fd = fd;
	c->qtail = &c->queue;
	sim_tx_init(&c->tx);
	c->twin = -1;
	sim_tx_init(&c->twin_tx);
	return c;
}

static void
protocol_error(struct sim_conn *c, const char *what)
{
	sim_event_str(c->dev, "protocol-error", "text", what);
	c->dead = true;
}

static struct sim_msg *
next_on(struct sim_conn *c, int fd, struct sim_rx *rx)
{
	struct sim_msg *m;
	int error = sim_rx(rx, fd, &m);

	if (error == 0)
		return m;
	if (error == EPROTO)
		protocol_error(c, "client sent no vfio-user header; connection closed");
	else if (error != EAGAIN)
		c->dead = true;
	return NULL;
}

struct sim_msg *
sim_conn_next(struct sim_conn *c)
{
	return next_on(c, c->fd, &c->rx);
}

struct sim_msg *
sim_conn_dequeue(struct sim_conn *c)
{
	struct sim_msg *m = c->queue;

	c->queue = m->next;
	if (c->queue == NULL)
		c->qtail = &c->queue;
	c->nqueue--;
	return m;
}

/* ---- DMA by message -------------------------------------------------------------------- */

static void
enqueue(struct sim_conn *c, struct sim_msg *m)
{
	if (c->nqueue >= MAX_QUEUED) {
		sim_msg_free(m);
		protocol_error(c, "client sends requests without end and leaves a DMA message "
		    "unanswered; connection closed");
		return;
	}
	m->next = NULL;
	*c->qtail = m;
	c->qtail = &m->next;
	c->nqueue++;
}

/* A message while the reply to id is awaited: whether it is that. Takes the message otherwise. */
static bool
is_reply(struct sim_conn *c, struct sim_msg *m, uint16_t id)
{
	bool reply = (m->h.flags & VFIO_USER_F_TYPE_MASK) == VFIO_USER_F_TYPE_REPLY;

	if (reply && m->h.id == id)
		return true;
	if (reply) {
		sim_msg_free(m);	/* to a message that we gave up on */
	} else if (c->twin >= 0) {
		sim_msg_free(m);
		protocol_error(c, "client sent a command on the socket for the server's "
		    "commands; connection closed");
	} else {
		enqueue(c, m);
	}
	return false;
}

/*
 * Takes messages in until the reply to id is there: 0 and *out, or an errno. With a socket of our
 * own the client's requests stay where they are; its main socket only tells when it leaves.
 */
static int
await_reply(struct sim_conn *c, uint16_t id, struct sim_msg **out)
{
	bool twin = c->twin >= 0;
	int fd = twin ? c->twin : c->fd;
	struct sim_rx *rx = twin ? &c->twin_rx : &c->rx;
	struct sim_tx *tx = twin ? &c->twin_tx : &c->tx;
	uint64_t end = sim_wall(c->dev) + (uint64_t)sim_dev_dma_timeout(c->dev) * 1000000u;
	int64_t left;

	for (;;) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
			{ .fd = twin ? c->fd : -1, .events = POLLRDHUP } };
		struct sim_msg *m;

		while ((m = next_on(c, fd, rx)) != NULL) {
			if (is_reply(c, m, id)) {
				*out = m;
				return 0;
			}
		}
		if (c->dead || (c->o->stop != NULL && *c->o->stop != 0) ||
		    sim_tx_flush(tx, fd) != 0)
			return ENODEV;
		if (tx->head != NULL)
			p[0].events |= POLLOUT;
		left = (int64_t)(end - sim_wall(c->dev));
		if (left <= 0)
			return ETIMEDOUT;
		sim_wait(c->o, p, 2, left);
		if (p[1].revents != 0)
			return ENODEV;
	}
}

/* One message of at most the size that the client takes. */
static int
dma_one(struct sim_conn *c, uint64_t iova, uint8_t *buf, size_t len, bool write, uint8_t *tmp)
{
	struct vfio_user_dma_rw rw = { .addr = iova, .count = len }, back;
	size_t out = sizeof(rw) + (write ? len : 0), in = sizeof(rw) + (write ? 0 : len);
	struct vfio_user_hdr h = { .id = c->next_id++, .flags = VFIO_USER_F_TYPE_COMMAND,
	    .cmd = write ? VFIO_USER_DMA_WRITE : VFIO_USER_DMA_READ,
	    .size = (uint32_t)(sizeof(h) + out) };
	struct sim_msg *m = NULL;
	int error;

	memcpy(tmp, &h, sizeof(h));
	memcpy(tmp + sizeof(h), &rw, sizeof(rw));
	if (write)
		memcpy(tmp + sizeof(h) + sizeof(rw), buf, len);
	if (sim_tx_send(c->twin >= 0 ? &c->twin_tx : &c->tx, c->twin >= 0 ? c->twin : c->fd, tmp,
	    h.size, NULL, 0) != 0) {
		c->dead = true;
		return ENODEV;
	}
	error = await_reply(c, h.id, &m);
	if (error != 0)
		return error;
	if ((m->h.flags & VFIO_USER_F_ERROR) != 0 || m->h.cmd != h.cmd || m->len < in) {
		error = EIO;
	} else {
		memcpy(&back, m->payload, sizeof(back));
		if (back.count != len)
			error = EIO;
		else if (!write)
			memcpy(buf, m->payload + sizeof(back), len);
	}
	if (error != 0)
		sim_log(c->dev, "DMA %s message for 0x%llx refused (error %u)",
		    write ? "write" : "read", (unsigned long long)iova, m->h.error);
	sim_msg_free(m);
	return error;
}

int
sim_conn_dma(struct sim_conn *c, uint64_t iova, void *buf, size_t len, bool write)
{
	size_t room, done = 0, step;
	uint8_t *tmp;
	int error = 0;

	if (c->dead || !c->ready)
		return ENODEV;
	if (c->dma_silent)
		return ETIMEDOUT;
	room = c->peer_xfer < SIM_MAX_XFER ? c->peer_xfer : SIM_MAX_XFER;
	tmp = malloc(SIM_MAX_MSG);
	if (tmp == NULL)
		return ENOMEM;
	for (; done < len && error == 0; done += step) {
		step = len - done < room ? len - done : room;
		error = dma_one(c, iova + done, (uint8_t *)buf + done, step, write, tmp);
	}
	free(tmp);
	if (error == ETIMEDOUT) {
		/* Waiting again each time would make the card useless. */
		c->dma_silent = true;
		sim_event(c->dev, "dma-timeout", "\"iova\":\"0x%llx\",\"timeout_ms\":%u",
		    (unsigned long long)iova, sim_dev_dma_timeout(c->dev));
	}
	return error;
}
