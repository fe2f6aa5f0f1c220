/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire.c - see wire.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tools/sim/wire.h"

void
sim_msg_free(struct sim_msg *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->nfds; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	free(m->payload);
	free(m);
}

void
sim_rx_free(struct sim_rx *rx)
{
	sim_msg_free(rx->m);
	rx->m = NULL;
	rx->got = 0;
}

static void
take_fds(struct sim_msg *m, struct msghdr *mh)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		const unsigned char *p = CMSG_DATA(c);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, p + i * sizeof(int), sizeof(fd));
			if (m->nfds < SIM_MAX_FDS) {
				m->fds[m->nfds++] = fd;
				continue;
			}
			close(fd);
			m->fds_lost = true;
		}
	}
	if ((mh->msg_flags & MSG_CTRUNC) != 0)
		m->fds_lost = true;
}

/* The errno of a receive that gave n bytes: 0 if there were any. */
static int
outcome(ssize_t n)
{
	if (n > 0)
		return 0;
	if (n == 0)
		return ECONNRESET;
	if (errno == EAGAIN || errno == EINTR)
		return EAGAIN;
	return ECONNRESET;
}

/*
 * Only the header at first: descriptors come beside the first byte of a message, and a read
 * that goes past a message could not tell whose they are.
 */
static int
rx_header(struct sim_rx *rx, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(SIM_MAX_FDS * sizeof(int))];
	} ctl;
	struct iovec iov = { (char *)&rx->m->h + rx->got, sizeof(rx->m->h) - rx->got };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctl.buf,
	    .msg_controllen = sizeof(ctl.buf) };
	ssize_t n = recvmsg(fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int error = outcome(n);

	if (error != 0)
		return error;
	take_fds(rx->m, &mh);
	rx->got += (size_t)n;
	return rx->got < sizeof(rx->m->h) ? EAGAIN : 0;
}

/* A sane frame? Without one there is no telling where the next message begins. */
static int
check_header(struct sim_msg *m)
{
	uint32_t type = m->h.flags & VFIO_USER_F_TYPE_MASK;

	if (m->h.size < sizeof(m->h) || m->h.size > SIM_MAX_MSG ||
	    (type != VFIO_USER_F_TYPE_COMMAND && type != VFIO_USER_F_TYPE_REPLY))
		return EPROTO;
	m->len = m->h.size - sizeof(m->h);
	/* One byte more: the JSON text of VERSION gets a NUL whatever the client sent. */
	m->payload = malloc(m->len + 1);
	if (m->payload == NULL)
		return ENOMEM;
	m->payload[m->len] = 0;
	return 0;
}

int
sim_rx(struct sim_rx *rx, int fd, struct sim_msg **out)
{
	size_t in;
	ssize_t n;
	int error = 0;

	if (rx->m == NULL) {
		rx->m = calloc(1, sizeof(*rx->m));
		if (rx->m == NULL)
			return ENOMEM;
		rx->got = 0;
	}
	if (rx->got < sizeof(rx->m->h)) {
		error = rx_header(rx, fd);
		if (error == 0)
			error = check_header(rx->m);
		if (error != 0)
			return error;
	}
	while (rx->got < rx->m->h.size) {
		in = rx->got - sizeof(rx->m->h);
		n = recv(fd, rx->m->payload + in, rx->m->len - in, MSG_DONTWAIT);
		error = outcome(n);
		if (error != 0)
			return error;
		rx->got += (size_t)n;
	}
	*out = rx->m;
	rx->m = NULL;
	rx->got = 0;
	return 0;
}

/* ---- sending --------------------------------------------------------------------------- */

void
sim_tx_init(struct sim_tx *tx)
{
	tx->head = NULL;
	tx->tail = &tx->head;
	tx->bytes = 0;
}

void
sim_tx_free(struct sim_tx *tx)
{
	while (tx->head != NULL) {
		struct sim_txbuf *b = tx->head;

		tx->head = b->next;
		free(b);
	}
	sim_tx_init(tx);
}

/* What one sendmsg takes: bytes, or -1 with errno. */
static ssize_t
send_some(int sock, const void *data, size_t len, const int *fds, unsigned nfds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(SIM_TX_FDS * sizeof(int))];
	} ctl;
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nfds != 0) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = ctl.buf;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	return sendmsg(sock, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool
later(void)
{
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
}

static int
enqueue(struct sim_tx *tx, const uint8_t *data, size_t len, const int *fds, unsigned nfds)
{
	struct sim_txbuf *b;

	if (tx->bytes + len > SIM_MAX_UNSENT)
		return ECONNRESET;
	b = malloc(sizeof(*b) + len);
	if (b == NULL)
		return ENOMEM;
	*b = (struct sim_txbuf){ .len = len, .nfds = nfds };
	if (nfds != 0)
		memcpy(b->fds, fds, nfds * sizeof(int));
	memcpy(b->data, data, len);
	*tx->tail = b;
	tx->tail = &b->next;
	tx->bytes += len;
	return 0;
}

int
sim_tx_send(struct sim_tx *tx, int sock, const void *data, size_t len, const int *fds,
    unsigned nfds)
{
	ssize_t n = 0;

	if (tx->head == NULL) {
		n = send_some(sock, data, len, fds, nfds);
		if (n < 0 && !later())
			return ECONNRESET;
		if (n < 0)
			n = 0;
		if ((size_t)n == len)
			return 0;
	}
	return enqueue(tx, (const uint8_t *)data + n, len - (size_t)n, fds,
	    n > 0 ? 0 : nfds);
}

int
sim_tx_flush(struct sim_tx *tx, int sock)
{
	struct sim_txbuf *b;
	ssize_t n;

	while ((b = tx->head) != NULL) {
		n = send_some(sock, b->data + b->sent, b->len - b->sent, b->fds,
		    b->sent == 0 ? b->nfds : 0);
		if (n < 0)
			return later() ? 0 : ECONNRESET;
		b->sent += (size_t)n;
		tx->bytes -= (size_t)n;
		if (b->sent < b->len)
			continue;
		tx->head = b->next;
		if (tx->head == NULL)
			tx->tail = &tx->head;
		free(b);
	}
	return 0;
}
