/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes and descriptors from and to the socket of a vfio-user server.
 *
 * Receiving is buffered: one recvmsg for a whole reply.  Descriptors end a chunk (unix(7):
 * ancillary data is a barrier), so they belong to the last message that begins in the chunk
 * they came with.  A chunk never reaches beyond a message of which a part is here already.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vfio/user.h"

#define RX_CAP	((size_t)64 * 1024)

union fd_space {
	struct cmsghdr align;
	char buf[CMSG_SPACE(VFIO_USER_LIMIT_MSG_FDS * sizeof(int))];
};

int
user_chan_init(struct user_chan *ch)
{
	ch->fd = -1;
	pthread_mutex_init(&ch->tx_lock, NULL);
	ch->tx_tail = &ch->tx;
	ch->rx.cap = RX_CAP;
	ch->rx.buf = malloc(ch->rx.cap);
	return ch->rx.buf == NULL ? ENOMEM : 0;
}

void
user_chan_fini(struct user_chan *ch)
{
	user_drop_queue(ch);
	for (unsigned i = 0; i < ch->rx.nfds; i++)
		close(ch->rx.fds[i]);
	free(ch->rx.buf);
	if (ch->fd >= 0)
		close(ch->fd);
	pthread_mutex_destroy(&ch->tx_lock);
}

/* ---- receiving ----------------------------------------------------------------------- */

static int
grow(struct user_rx *rx, size_t cap)
{
	uint8_t *p = realloc(rx->buf, cap);

	if (p == NULL)
		return ENOMEM;
	rx->buf = p;
	rx->cap = cap;
	return 0;
}

/* Make room; *want is how many bytes to ask for at most. */
static int
prepare(struct user_rx *rx, size_t *want)
{
	size_t have = rx->end - rx->start, need;
	struct vfio_user_hdr h;

	if (rx->start != 0) {
		memmove(rx->buf, rx->buf + rx->start, have);
		rx->fds_end = rx->fds_end > rx->start ? rx->fds_end - rx->start : 0;
		rx->start = 0;
		rx->end = have;
	}
	if (have == 0) {
		*want = rx->cap;
		return 0;
	}
	need = sizeof(h);
	if (have >= sizeof(h)) {
		memcpy(&h, rx->buf, sizeof(h));
		need = h.size;		/* user_next() has found it in bounds */
	}
	*want = need - have;
	return need > rx->cap ? grow(rx, need) : 0;
}

/* Keep the descriptors of a message just received; more than fit are closed: EPROTO. */
static int
keep_fds(struct user_rx *rx, struct msghdr *m)
{
	int error = m->msg_flags & MSG_CTRUNC ? EPROTO : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (rx->nfds < VFIO_USER_LIMIT_MSG_FDS) {
				rx->fds[rx->nfds++] = fd;
			} else {
				close(fd);
				error = EPROTO;
			}
		}
		rx->fds_end = rx->end;
	}
	return error;
}

int
user_receive(struct user_chan *ch, int flags)
{
	struct user_rx *rx = &ch->rx;
	union fd_space space;
	struct iovec iov;
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &space, .msg_controllen = sizeof(space),
	};
	size_t want;
	ssize_t n;
	int error = prepare(rx, &want);

	if (error != 0)
		return error;
	iov.iov_base = rx->buf + rx->end;
	iov.iov_len = want;
	n = recvmsg(ch->fd, &m, flags | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EINTR || errno == EWOULDBLOCK ? EAGAIN : errno;
	if (n == 0)
		return ECONNRESET;
	rx->end += (size_t)n;
	return keep_fds(rx, &m);
}

int
user_next(struct user_chan *ch, const uint8_t **msg, int **fds, unsigned *nfds,
    char why[static 256])
{
	struct user_rx *rx = &ch->rx;
	size_t have = rx->end - rx->start;
	struct vfio_user_hdr h;
	int error;

	if (have < sizeof(h))
		return EAGAIN;
	memcpy(&h, rx->buf + rx->start, sizeof(h));
	error = user_check_hdr(&h, why);
	if (error != 0)
		return error;
	if (have < h.size)
		return EAGAIN;
	*msg = rx->buf + rx->start;
	*fds = rx->fds;
	*nfds = 0;
	rx->start += h.size;
	if (rx->fds_end <= rx->start) {
		*nfds = rx->nfds;
		rx->nfds = 0;
		rx->fds_end = 0;
	}
	return 0;
}

/* ---- sending ------------------------------------------------------------------------- */

static ssize_t
send_some(int sock, const struct iovec *iov, size_t n, const int *fds, unsigned nfds)
{
	union fd_space space;
	struct msghdr m = { .msg_iov = (struct iovec *)iov, .msg_iovlen = n };
	ssize_t sent;

	if (nfds != 0) {
		struct cmsghdr *c = &space.align;

		memset(&space, 0, CMSG_SPACE(nfds * sizeof(int)));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
		m.msg_control = &space;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	}
	do
		sent = sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent;
}

/* Queue what of the parts comes after the first off bytes.  tx_lock is held. */
static int
enqueue(struct user_chan *ch, const struct user_part *parts, unsigned nparts, size_t off,
    const int *fds, unsigned nfds)
{
	struct user_tx *t;
	size_t total = 0;

	for (unsigned i = 0; i < nparts; i++)
		total += parts[i].len;
	if (ch->tx_bytes + total > USER_TX_LIMIT)
		return ENOBUFS;
	t = malloc(sizeof(*t) + total - off);
	if (t == NULL)
		return ENOMEM;
	t->next = NULL;
	t->len = t->off = 0;
	t->nfds = off == 0 ? nfds : 0;	/* they went with the first byte */
	if (t->nfds != 0)
		memcpy(t->fds, fds, nfds * sizeof(*fds));
	for (unsigned i = 0; i < nparts; i++) {
		size_t skip = off < parts[i].len ? off : parts[i].len;

		off -= skip;
		memcpy(t->data + t->len, (const uint8_t *)parts[i].p + skip,
		    parts[i].len - skip);
		t->len += parts[i].len - skip;
	}
	*ch->tx_tail = t;
	ch->tx_tail = &t->next;
	ch->tx_bytes += t->len;
	atomic_store(&ch->tx_pending, true);
	return 0;
}

int
user_send(struct user_chan *ch, const struct user_part *parts, unsigned nparts, const int *fds,
    unsigned nfds)
{
	struct iovec iov[4];
	size_t total = 0, sent = 0;
	int error = 0;

	for (unsigned i = 0; i < nparts; i++) {
		iov[i].iov_base = (void *)(uintptr_t)parts[i].p;
		iov[i].iov_len = parts[i].len;
		total += parts[i].len;
	}
	pthread_mutex_lock(&ch->tx_lock);
	if (ch->tx == NULL) {
		ssize_t n = send_some(ch->fd, iov, nparts, fds, nfds);

		if (n >= 0)
			sent = (size_t)n;
		else if (errno != EAGAIN && errno != EWOULDBLOCK)
			error = errno;
	}
	if (error == 0 && sent < total)
		error = enqueue(ch, parts, nparts, sent, fds, nfds);
	pthread_mutex_unlock(&ch->tx_lock);
	return error;
}

/* tx_lock is held. */
static void
drop_first(struct user_chan *ch)
{
	struct user_tx *t = ch->tx;

	ch->tx_bytes -= t->len;
	ch->tx = t->next;
	if (ch->tx == NULL) {
		ch->tx_tail = &ch->tx;
		atomic_store(&ch->tx_pending, false);
	}
	free(t);
}

int
user_flush(struct user_chan *ch)
{
	int error = 0;

	pthread_mutex_lock(&ch->tx_lock);
	while (ch->tx != NULL) {
		struct user_tx *t = ch->tx;
		struct iovec iov = { t->data + t->off, t->len - t->off };
		ssize_t n = send_some(ch->fd, &iov, 1, t->fds, t->nfds);

		if (n < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				error = errno;
			break;
		}
		t->nfds = 0;
		t->off += (size_t)n;
		if (t->off == t->len)
			drop_first(ch);
	}
	pthread_mutex_unlock(&ch->tx_lock);
	return error;
}

void
user_drop_queue(struct user_chan *ch)
{
	pthread_mutex_lock(&ch->tx_lock);
	while (ch->tx != NULL)
		drop_first(ch);
	pthread_mutex_unlock(&ch->tx_lock);
}
