/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_rx.c - what the hub says to a radio: see air.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>

#include "tools/sim/air/client_int.h"
#include "tools/sim/air/frame.h"
#include "vfio/air_page.h"

#define PER_DISPATCH	64u

static ssize_t
receive(struct air *a)
{
	char ctl[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec iov = { a->buf, sizeof(a->buf) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctl,
	    .msg_controllen = sizeof(ctl) };
	ssize_t n = recvmsg(a->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd = n >= 0 && mh.msg_controllen != 0 ? air_page_fd(&mh) : -1;

	if (fd >= 0) {
		if (a->page == NULL)
			a->page = air_page_map(fd);
		close(fd);
	}
	return n;
}

static void
got_welcome(struct air *a, const struct air_welcome *w)
{
	a->welcomed = true;
	a->fast = w->fast != 0;
	a->window = w->window;
	if (a->ops->welcome != NULL)
		a->ops->welcome(a->arg, w);
}

static void
got_rx(struct air *a, const uint8_t *msg, size_t len)
{
	struct radiotap rt;
	size_t rtlen;

	msg += sizeof(struct air_rx);
	len -= sizeof(struct air_rx);
	if (a->ops->rx == NULL || radiotap_parse(msg, len, &rt, &rtlen) != 0 ||
	    len - rtlen < AIR_FRAME_MIN)
		return;
	a->ops->rx(a->arg, (const struct air_rx *)(const void *)a->buf, msg + rtlen,
	    len - rtlen);
}

static void
got_txstatus(struct air *a, const struct air_txstatus *st)
{
	if (a->inflight > 0)
		a->inflight--;
	if (a->ops->txstatus != NULL)
		a->ops->txstatus(a->arg, st);
}

static size_t
least(uint16_t type)
{
	switch (type) {
	case AIR_WELCOME:
		return sizeof(struct air_welcome);
	case AIR_RX:
		return sizeof(struct air_rx);
	case AIR_TXSTATUS:
		return sizeof(struct air_txstatus);
	case AIR_TIME:
		return sizeof(struct air_time);
	case AIR_BYE:
		return sizeof(struct air_bye);
	default:
		return sizeof(struct air_hdr);
	}
}

static void
handle(struct air *a, size_t len)
{
	const struct air_hdr *h = (const void *)a->buf;

	if (len < sizeof(*h) || h->len != len || len < least(h->type))
		return;
	a->seq = h->seq;
	a->skew = h->skew;
	switch (h->type) {
	case AIR_WELCOME:
		got_welcome(a, (const void *)a->buf);
		break;
	case AIR_RX:
		got_rx(a, a->buf, len);
		break;
	case AIR_TXSTATUS:
		got_txstatus(a, (const void *)a->buf);
		break;
	case AIR_TIME:
		if (a->ops->time != NULL)
			a->ops->time(a->arg, ((const struct air_time *)(const void *)a->buf)->tsf);
		break;
	case AIR_BYE:
		snprintf(a->why, sizeof(a->why), "%.*s", (int)AIR_TEXT_MAX - 1,
		    ((const struct air_bye *)(const void *)a->buf)->text);
		break;
	}
}

/* The caller may close a in the hook: a is not touched behind it. */
static int
leave(struct air *a, const char *why)
{
	if (a->gone)
		return ENOTCONN;
	a->gone = true;
	if (a->why[0] != '\0')
		why = a->why;
	if (a->ops->gone != NULL)
		a->ops->gone(a->arg, why);
	return ENOTCONN;
}

int
air_dispatch(struct air *a, short revents)
{
	(void)revents;
	if (a->gone)
		return ENOTCONN;
	client_flush(a);
	for (unsigned i = 0; i < PER_DISPATCH; i++) {
		ssize_t n = receive(a);

		if (n > 0) {
			handle(a, (size_t)n);
			continue;
		}
		if (n == 0)
			return leave(a, "the hub has closed the connection");
		if (errno == EAGAIN)
			return 0;
		/* Something of ours was not read; a BYE may still wait behind this error. */
		if (errno != EINTR && errno != ECONNRESET)
			return leave(a, strerror(errno));
	}
	return 0;
}
