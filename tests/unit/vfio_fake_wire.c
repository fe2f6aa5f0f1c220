/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes over the wire, right or wrong; see vfio_fake_wire.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/vfio_fake_wire.h"

static bool
read_all(int sock, void *buf, size_t len)
{
	for (uint8_t *p = buf; len != 0; ) {
		ssize_t n = recv(sock, p, len, 0);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool
fake_read(int sock, struct fake_msg *m)
{
	union { struct cmsghdr c; char b[CMSG_SPACE(sizeof(m->fds))]; } u;
	struct iovec iov = { &m->h, sizeof(m->h) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u,
	    .msg_controllen = sizeof(u) };
	ssize_t n = recvmsg(sock, &mh, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;

	memset(m->fds, -1, sizeof(m->fds));
	m->nfds = 0;
	m->payload = NULL;
	if (n <= 0 || (size_t)n > sizeof(m->h) ||
	    !read_all(sock, (uint8_t *)&m->h + n, sizeof(m->h) - (size_t)n))
		return false;
	c = CMSG_FIRSTHDR(&mh);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS) {
		m->nfds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(m->fds, CMSG_DATA(c), m->nfds * sizeof(int));
	}
	m->len = m->h.size - sizeof(m->h);
	m->payload = malloc(m->len + 1);
	return read_all(sock, m->payload, m->len);
}

void
fake_free(struct fake_msg *m)
{
	for (unsigned i = 0; i < m->nfds; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	free(m->payload);
}

/* All of it, in pieces of at most step bytes, the descriptor (or -1) with the first. */
bool
fake_send(int sock, const void *buf, size_t len, size_t step, int fd)
{
	const uint8_t *p = buf;

	while (len != 0) {
		union { struct cmsghdr c; char b[CMSG_SPACE(sizeof(int))]; } u;
		struct iovec iov = { (void *)(uintptr_t)p, len < step ? len : step };
		struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n;

		if (fd >= 0) {
			memset(&u, 0, sizeof(u));
			mh.msg_control = &u;
			mh.msg_controllen = sizeof(u.b);
			u.c.cmsg_level = SOL_SOCKET;
			u.c.cmsg_type = SCM_RIGHTS;
			u.c.cmsg_len = CMSG_LEN(sizeof(int));
			memcpy(CMSG_DATA(&u.c), &fd, sizeof(fd));
		}
		n = sendmsg(sock, &mh, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
		fd = -1;
	}
	return true;
}

/* Wait without answering until the client goes or the test ends. */
static bool
stall(struct fake *f)
{
	char c;

	pthread_mutex_unlock(&f->lock);
	while (recv(f->sock, &c, 1, 0) > 0)
		;
	pthread_mutex_lock(&f->lock);
	return false;
}

/* Spoil the answer as told; *len and *size (what the header claims) may change. */
static void
spoil(enum fake_how how, uint8_t *out, size_t *len, uint32_t *size)
{
	struct vfio_user_hdr *h = (struct vfio_user_hdr *)(void *)out;

	switch (how) {
	case FAKE_WRONG_ID:
		h->id += 7;
		break;
	case FAKE_WRONG_CMD:
		h->cmd ^= 3;
		break;
	case FAKE_OVERSIZE:
		*size = 0x80000000;
		break;
	case FAKE_UNDERSIZE:
		*size = 8;
		break;
	case FAKE_BAD_TYPE:
		h->flags |= 5;
		break;
	case FAKE_SHORT:
		*len -= *len > sizeof(*h);
		*size = (uint32_t)*len;
		break;
	case FAKE_LONG:
		memset(out + *len, 0x55, 8192);
		*len += 8192;
		*size = (uint32_t)*len;
		break;
	case FAKE_BARE:
		*len = *size = sizeof(*h);
		break;
	case FAKE_OTHER_FIELDS:
		for (size_t i = sizeof(*h); i < *len; i++)
			out[i] ^= 0xff;
		break;
	case FAKE_ERROR:
	case FAKE_ERROR_0:
	case FAKE_ERROR_FD:
		h->flags |= VFIO_USER_F_ERROR;
		h->error = how == FAKE_ERROR ? ENXIO : how == FAKE_ERROR_FD ? EBUSY : 0;
		*len = *size = sizeof(*h);
		break;
	case FAKE_GARBAGE:
		for (size_t i = 0; i < *len; i++)
			out[i] = (uint8_t)(i * 167 + 13);
		memcpy(size, out + 4, 4);
		break;
	default:
		break;
	}
}

static bool
transmit(struct fake *f, enum fake_how how, uint8_t *out, size_t len, int fd)
{
	int extra = (how == FAKE_EXTRA_FD || how == FAKE_ERROR_FD) && fd < 0 ? f->memfd2 : fd;

	switch (how) {
	case FAKE_CLOSE:
		return false;
	case FAKE_HALF_CLOSE:
		(void)fake_send(f->sock, out, len / 2, len, fd);
		return false;
	case FAKE_STALL:
		return stall(f);
	case FAKE_PIECES:
		return fake_send(f->sock, out, len, 1, fd);
	case FAKE_SPLIT:
		return fake_send(f->sock, out, 16, 16, -1) &&
		    (len == 16 || fake_send(f->sock, out + 16, len - 16, len, fd));
	case FAKE_TWICE:
		return fake_send(f->sock, out, len, len, fd) &&
		    fake_send(f->sock, out, len, len, -1);
	default:
		return fake_send(f->sock, out, len, len, extra);
	}
}

bool
fake_answer(struct fake *f, const struct fake_msg *m, int error, const void *p1, size_t n1,
    const void *p2, size_t n2, int fd)
{
	size_t len = sizeof(m->h) + (error ? 0 : n1 + n2);
	struct vfio_user_hdr h = { .id = m->h.id, .cmd = m->h.cmd, .size = (uint32_t)len,
	    .flags = VFIO_USER_F_TYPE_REPLY | (error ? VFIO_USER_F_ERROR : 0),
	    .error = (uint32_t)error };
	enum fake_how how = FAKE_OK;
	uint8_t *out = malloc(len + 8192 + 16);
	uint32_t size = (uint32_t)len;
	bool on;

	memcpy(out, &h, sizeof(h));
	if (!error && n1 != 0)
		memcpy(out + sizeof(h), p1, n1);
	if (!error && n2 != 0)
		memcpy(out + sizeof(h) + n1, p2, n2);
	if (f->how != FAKE_OK && f->on_cmd == m->h.cmd && --f->on_nth == 0) {
		how = f->how;
		f->how = FAKE_OK;
	}
	spoil(how, out, &len, &size);
	memcpy(out + 4, &size, sizeof(size));
	on = transmit(f, how, out, len, fd);
	free(out);
	return on;
}
