/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.c - the radio's end of the air: see air.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tools/sim/air/air.h"
#include "tools/sim/air/frame.h"

/* Until WELCOME tells the hub's. */
#define FIRST_WINDOW	16u
/* Messages that wait for room in the socket: a window of TX and as many others. */
#define OUT_MAX		256u
#define PER_DISPATCH	64u
#define CONNECT_TRIES	100u

struct out {
	struct out	*next;
	size_t		len;
	uint8_t		data[];
};

struct air {
	int		fd;
	const struct air_ops *ops;
	void		*arg;
	bool		gone, fast, welcomed;
	unsigned	window, inflight;
	int64_t		skew;
	const struct air_page *page;		/* or NULL: go by the skew */
	uint32_t	seq;			/* of the last message processed */
	/* The last IDLE, while nothing else was sent since. */
	bool		idle_valid;
	bool		part;			/* as said last; at first we take none */
	uint32_t	idle_seq;
	uint64_t	idle_until;
	struct out	*out, **outend;
	unsigned	nout;
	char		why[AIR_TEXT_MAX];
	uint8_t		buf[AIR_MSG_MAX] __attribute__((aligned(8)));
};

/* ---- sending --------------------------------------------------------------------------- */

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

static int
push(struct air *a, void *msg, size_t len, uint16_t type)
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

static void
flush(struct air *a)
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

	return push(a, &msg, sizeof(msg), AIR_TUNE);
}

int
air_addrs(struct air *a, const struct air_addr *addr, unsigned n)
{
	struct air_hello msg = { .version = AIR_VERSION, .naddr = n };

	if (n > AIR_ADDRS_MAX)
		return EINVAL;
	if (n != 0)
		memcpy(msg.addr, addr, n * sizeof(*addr));
	return push(a, &msg, sizeof(msg), AIR_ADDR);
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
	error = push(a, msg, sizeof(head) + rt + len, AIR_TX);
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
	error = push(a, &msg, sizeof(msg), AIR_IDLE);
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
	error = push(a, &msg, sizeof(msg), AIR_BUSY);
	if (error == 0)
		a->part = (flags & AIR_BUSY_WALL) == 0;
	return error;
}

uint64_t
air_idle_until(const struct air *a)
{
	return !a->gone && a->idle_valid && a->idle_seq == a->seq ? a->idle_until : 0;
}

/* ---- receiving ------------------------------------------------------------------------- */

/* The hub's page, if it is one: sealed, so that reading it can never fail. */
static const struct air_page *
map_page(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	const struct air_page *p;
	struct stat st;
	void *va;

	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(fd, &st) != 0 ||
	    st.st_size < (off_t)AIR_PAGE_SIZE)
		return NULL;
	va = mmap(NULL, AIR_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (va == MAP_FAILED)
		return NULL;
	p = va;
	if (p->magic == AIR_PAGE_MAGIC && p->version == AIR_PAGE_VERSION)
		return p;
	munmap(va, AIR_PAGE_SIZE);
	return NULL;
}

/* A descriptor that came with a message. */
static void
got_fd(struct air *a, struct msghdr *mh)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(mh);
	int fd;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(fd)))
		return;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if (a->page == NULL)
		a->page = map_page(fd);
	close(fd);
}

static ssize_t
receive(struct air *a)
{
	char ctl[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec iov = { a->buf, sizeof(a->buf) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctl,
	    .msg_controllen = sizeof(ctl) };
	ssize_t n = recvmsg(a->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n >= 0 && mh.msg_controllen != 0)
		got_fd(a, &mh);
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
	flush(a);
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

/* ---- connection ------------------------------------------------------------------------ */

static int
dial(const char *path, int *fdp)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, error = 0;

	if (strlen(path) >= sizeof(sun.sun_path))
		return ENAMETOOLONG;
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	/* EAGAIN: many radios come at once and the hub has not accepted all yet. */
	for (unsigned i = 0; i < CONNECT_TRIES; i++) {
		error = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 ? 0 : errno;
		if (error != EAGAIN && error != EINTR)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	if (error != 0)
		close(fd);
	else
		*fdp = fd;
	return error;
}

static const char *
mend(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such socket; start voy-air first";
	case ECONNREFUSED:
		return "no hub listens there any more; start voy-air again";
	case EPROTOTYPE:
		return "this socket is not that of an air hub";
	default:
		return strerror(error);
	}
}

int
air_connect(const char *path, const struct air_hello *hello, const struct air_ops *ops, void *arg,
    struct air **airp, char *errmsg, size_t errlen)
{
	struct air *a = calloc(1, sizeof(*a));
	struct air_hello msg = *hello;
	int error;

	if (a == NULL) {
		snprintf(errmsg, errlen, "air %s: %s", path, strerror(ENOMEM));
		return ENOMEM;
	}
	a->ops = ops;
	a->arg = arg;
	a->outend = &a->out;
	a->window = FIRST_WINDOW;
	error = dial(path, &a->fd);
	if (error != 0) {
		snprintf(errmsg, errlen, "air %s: %s", path, mend(error));
		free(a);
		return error;
	}
	msg.version = AIR_VERSION;
	error = push(a, &msg, sizeof(msg), AIR_HELLO);
	if (error != 0) {
		snprintf(errmsg, errlen, "air %s: the hub hangs up at once", path);
		air_close(a);
		return error;
	}
	*airp = a;
	return 0;
}

void
air_close(struct air *a)
{
	struct out *o;

	if (a == NULL)
		return;
	while ((o = a->out) != NULL) {
		a->out = o->next;
		free(o);
	}
	if (a->page != NULL)
		munmap((void *)(uintptr_t)a->page, AIR_PAGE_SIZE);
	close(a->fd);
	free(a);
}

int
air_host(const char *path, const char *name)
{
	struct air_hello msg = { .hdr = { .type = AIR_HELLO, .len = sizeof(msg) },
	    .version = AIR_VERSION, .flags = AIR_HELLO_CLOCK };
	int fd, error = dial(path, &fd);

	if (error != 0) {
		errno = error;
		return -1;
	}
	snprintf(msg.name, sizeof(msg.name), "%s", name);
	if (send(fd, &msg, sizeof(msg), MSG_NOSIGNAL) == (ssize_t)sizeof(msg))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
air_fd(const struct air *a)
{
	return a->fd;
}

short
air_events(const struct air *a)
{
	return a->out != NULL && !a->gone ? POLLIN | POLLOUT : POLLIN;
}

static uint64_t
tsf(const struct air *a, bool *stands)
{
	struct timespec ts;
	uint64_t mono;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	mono = (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
	if (a->page != NULL)
		return air_page_tsf(a->page, mono, stands);
	*stands = false;
	return mono + (uint64_t)a->skew;
}

uint64_t
air_tsf(const struct air *a)
{
	bool stands;

	return a->welcomed ? tsf(a, &stands) : 0;
}

bool
air_stands(const struct air *a)
{
	bool stands = false;

	if (a->welcomed)
		(void)tsf(a, &stands);
	return stands;
}

bool
air_fast(const struct air *a)
{
	return a->fast;
}

bool
air_welcomed(const struct air *a)
{
	return a->welcomed;
}
