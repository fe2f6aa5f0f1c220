/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls to a vfio-user server: send, wait for the reply with the same id, and meanwhile serve
 * whatever else arrives.  See user.h for how several threads share the one socket.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vfio/user.h"

#define NSEC	1000000000L

static struct timespec
deadline(int timeout_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (timeout_ms < 0)
		timeout_ms = INT32_MAX;
	t.tv_sec += timeout_ms / 1000;
	t.tv_nsec += (timeout_ms % 1000) * 1000000L;
	if (t.tv_nsec >= NSEC) {
		t.tv_sec++;
		t.tv_nsec -= NSEC;
	}
	return t;
}

static bool
passed(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > t->tv_sec ||
	    (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

void
user_fail(struct user *u, int error, const char *fmt, ...)
{
	char why[sizeof(u->why)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	/* First, so that who sees the call fail sees why as well. */
	if (u->dev != NULL)
		vfio_set_gone(u->dev, "%s: %s", vfio_target(u->dev), why);
	pthread_mutex_lock(&u->lock);
	if (u->dead == 0) {
		u->dead = error;
		memcpy(u->why, why, sizeof(why));
		shutdown(u->main.fd, SHUT_RDWR);
		if (u->caps.twin)
			shutdown(u->twin.fd, SHUT_RDWR);
	}
	for (struct user_call *c = u->calls; c != NULL; c = c->next) {
		if (!c->done) {
			c->done = true;
			c->error = u->dead;
			pthread_cond_signal(&c->cond);
		}
	}
	pthread_mutex_unlock(&u->lock);
	user_drop_queue(&u->main);
	user_drop_queue(&u->twin);
}

static void
arm(const struct user *u, struct user_chan *ch)
{
	struct epoll_event ev = { .events = 0 };	/* a hang-up is always reported */

	if (u->waiting == 0)
		ev.events = EPOLLIN | EPOLLRDHUP |
		    (atomic_load(&ch->tx_pending) ? EPOLLOUT : 0);
	(void)epoll_ctl(u->epfd, EPOLL_CTL_MOD, ch->fd, &ev);
}

void
user_arm(struct user *u)
{
	if (!u->polled)
		return;
	arm(u, &u->main);
	if (u->caps.twin)
		arm(u, &u->twin);
}

/* ---- what arrives -------------------------------------------------------------------- */

static struct user_call *
find_call(struct user *u, uint16_t id)
{
	for (struct user_call *c = u->calls; c != NULL; c = c->next)
		if (c->id == id && !c->done)
			return c;
	return NULL;
}

static int
fill(struct user_call *c, const struct vfio_user_hdr *h, const uint8_t *payload,
    const int *fds, unsigned nfds, char why[static 256])
{
	size_t len = h->size - sizeof(*h), head;

	if (h->flags & VFIO_USER_F_ERROR) {
		c->error = h->error != 0 && h->error < 4096 ? (int)h->error : EIO;
		len = 0;
	}
	if (len > c->head_len + c->data_len) {
		snprintf(why, 256, "the reply to %s has %zu bytes, %zu are the most it can have",
		    user_cmd_name(h->cmd), len, c->head_len + c->data_len);
		return EPROTO;
	}
	if (nfds > c->max_fds) {
		snprintf(why, 256, "the reply to %s brings %u file descriptors, %u are allowed",
		    user_cmd_name(h->cmd), nfds, c->max_fds);
		return EPROTO;
	}
	head = len < c->head_len ? len : c->head_len;
	if (head != 0)
		memcpy(c->head, payload, head);
	if (len > head)
		memcpy(c->data, payload + head, len - head);
	c->len = len;
	if (nfds != 0)
		memcpy(c->fds, fds, nfds * sizeof(*fds));
	c->nfds = nfds;
	return 0;
}

static int
reply(struct user *u, const struct vfio_user_hdr *h, const uint8_t *payload, const int *fds,
    unsigned nfds, char why[static 256])
{
	struct user_call *c;
	int error = EPROTO;

	pthread_mutex_lock(&u->lock);
	c = find_call(u, h->id);
	if (c == NULL) {
		snprintf(why, 256, "a reply (%s) to message %u, to which none is due",
		    user_cmd_name(h->cmd), h->id);
	} else if (c->cmd != h->cmd) {
		snprintf(why, 256, "the reply to message %u (%s) says it is one to %s", h->id,
		    user_cmd_name(c->cmd), user_cmd_name(h->cmd));
	} else {
		error = fill(c, h, payload, fds, nfds, why);
		if (error == 0) {
			c->done = true;
			pthread_cond_signal(&c->cond);
		}
	}
	pthread_mutex_unlock(&u->lock);
	return error;
}

static int
dispatch(struct user *u, struct user_chan *ch, const uint8_t *msg, int *fds,
    unsigned nfds, char why[static 256])
{
	struct vfio_user_hdr h;
	int error;

	memcpy(&h, msg, sizeof(h));
	msg += sizeof(h);
	if ((h.flags & VFIO_USER_F_TYPE_MASK) == VFIO_USER_F_TYPE_REPLY && ch == &u->main) {
		error = reply(u, &h, msg, fds, nfds, why);
	} else if ((h.flags & VFIO_USER_F_TYPE_MASK) == VFIO_USER_F_TYPE_REPLY) {
		snprintf(why, 256, "a reply (%s) on the socket for the server's commands",
		    user_cmd_name(h.cmd));
		error = EPROTO;
	} else if (nfds != 0) {
		snprintf(why, 256, "a %s command brings %u file descriptors, none is allowed",
		    user_cmd_name(h.cmd), nfds);
		error = EPROTO;
	} else {
		error = user_serve(u, ch, &h, msg, h.size - sizeof(h), why);
	}
	if (error != 0)
		for (unsigned i = 0; i < nfds; i++)
			close(fds[i]);
	return error;
}

/* Hand out all whole messages that are in the buffer.  0 or the errno that ended it. */
static int
drain(struct user *u, struct user_chan *ch)
{
	char why[256] = "out of memory";
	const uint8_t *msg;
	unsigned nfds;
	int error, *fds;

	while ((error = user_next(ch, &msg, &fds, &nfds, why)) == 0) {
		error = dispatch(u, ch, msg, fds, nfds, why);
		if (error != 0)
			break;
	}
	if (error == EAGAIN)
		return 0;
	user_fail(u, error, error == EPROTO ? "protocol error of the server: %s" : "%s", why);
	return error;
}

static void
broken(struct user *u, int error)
{
	if (error == ECONNRESET || error == EPIPE)
		user_fail(u, ECONNRESET, "the server closed the connection or died");
	else if (error == EPROTO)
		user_fail(u, error, "protocol error of the server: too many file descriptors");
	else
		user_fail(u, error, "the connection to the server broke: %s", strerror(error));
}

/* Receive once and hand out what came.  0, EAGAIN, or the connection has ended. */
static int
receive(struct user *u, struct user_chan *ch, int flags)
{
	int error = user_receive(ch, flags);

	if (error == 0)
		return drain(u, ch);
	if (error != EAGAIN)
		broken(u, error);
	return error;
}

static short
interest(struct user_chan *ch)
{
	return atomic_load(&ch->tx_pending) ? POLLIN | POLLOUT : POLLIN;
}

/* The general case of step(): two sockets, or a queue to be sent. */
static int
step_polling(struct user *u, int timeout_ms)
{
	struct user_chan *ch[2] = { &u->main, &u->twin };
	struct pollfd p[2];
	int error = EAGAIN, n = u->caps.twin ? 2 : 1;

	for (int i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = ch[i]->fd, .events = interest(ch[i]) };
	if (poll(p, (nfds_t)n, timeout_ms) <= 0)
		return EAGAIN;
	for (int i = 0; i < n; i++) {
		int e;

		/* Of a server that has closed, first what it said before. */
		if (p[i].revents & POLLOUT)
			(void)user_flush(ch[i]);
		if ((p[i].revents & ~POLLOUT) == 0)
			continue;
		e = receive(u, ch[i], MSG_DONTWAIT);
		if (e != 0 && e != EAGAIN)
			return e;
		if (e == 0)
			error = 0;
	}
	return error;
}

/*
 * Read once, waiting at most 100 ms if wait, and hand out what came.  The caller has set
 * u->reading.  0, EAGAIN (nothing came), or the connection has ended.
 */
static int
step(struct user *u, bool wait)
{
	if (u->caps.twin || atomic_load(&u->main.tx_pending))
		return step_polling(u, wait ? 100 : 0);
	return receive(u, &u->main, wait ? 0 : MSG_DONTWAIT);
}

/* ---- waiting ------------------------------------------------------------------------- */

/* lock is held. */
static void
stop_reading(struct user *u)
{
	u->reading = false;
	for (struct user_call *c = u->calls; c != NULL; c = c->next) {
		if (!c->done) {
			pthread_cond_signal(&c->cond);
			break;
		}
	}
}

/* Another thread reads: sleep, or help a queue along that it may not look after. */
static void
follow(struct user *u, struct user_call *c, const struct timespec *end)
{
	if (!atomic_load(&u->main.tx_pending)) {
		(void)pthread_cond_timedwait(&c->cond, &u->lock, end);
		return;
	}
	pthread_mutex_unlock(&u->lock);
	struct pollfd p = { .fd = u->main.fd, .events = POLLOUT };

	(void)poll(&p, 1, 10);
	(void)user_flush(&u->main);	/* whoever reads finds out what is wrong */
	pthread_mutex_lock(&u->lock);
}

/* lock is held, also on return. */
static void
await(struct user *u, struct user_call *c)
{
	struct timespec end = deadline(u->timeout_ms);

	while (!c->done) {
		if (!u->reading) {
			u->reading = true;
			pthread_mutex_unlock(&u->lock);
			(void)step(u, true);
			pthread_mutex_lock(&u->lock);
			stop_reading(u);
		} else {
			follow(u, c, &end);
		}
		if (!c->done && passed(&end)) {
			pthread_mutex_unlock(&u->lock);
			user_fail(u, ETIMEDOUT, "no answer to %s within %d ms: the server hangs "
			    "or is stopped", user_cmd_name(c->cmd), u->timeout_ms);
			pthread_mutex_lock(&u->lock);
		}
	}
}

static int
begin(struct user *u, struct user_call *c)
{
	pthread_condattr_t attr;
	int error;

	c->done = false;
	c->error = 0;
	c->len = 0;
	c->nfds = 0;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->cond, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_lock(&u->lock);
	error = u->dead;
	if (error == 0) {
		do
			c->id = u->next_id++;
		while (find_call(u, c->id) != NULL);
		c->next = u->calls;
		u->calls = c;
		if (u->waiting++ == 0)
			user_arm(u);
	}
	pthread_mutex_unlock(&u->lock);
	if (error != 0)
		pthread_cond_destroy(&c->cond);
	return error;
}

static void
end_call(struct user *u, struct user_call *call)
{
	struct user_call **pp = &u->calls;
	int dead;

	while (*pp != call)
		pp = &(*pp)->next;
	*pp = call->next;
	if (--u->waiting == 0)
		user_arm(u);
	dead = u->dead;
	pthread_mutex_unlock(&u->lock);
	if (dead != 0)	/* what is still queued may refer to the caller's descriptors */
		user_drop_queue(&u->main);
	pthread_cond_destroy(&call->cond);
}

int
user_call(struct user *u, struct user_call *call, const struct user_part *parts,
    unsigned nparts, const int *fds, unsigned nfds)
{
	struct vfio_user_hdr h = { .cmd = call->cmd, .size = sizeof(h) };
	struct user_part all[4] = { { &h, sizeof(h) } };
	int error = begin(u, call);

	if (error != 0)
		return error;
	h.id = call->id;
	for (unsigned i = 0; i < nparts; i++) {
		all[i + 1] = parts[i];
		h.size += (uint32_t)parts[i].len;
	}
	error = user_send(&u->main, all, nparts + 1, fds, nfds);
	if (error != 0)
		broken(u, error);
	pthread_mutex_lock(&u->lock);
	await(u, call);
	end_call(u, call);
	return call->error;
}

int
user_poll(struct user *u)
{
	int error = 0;

	pthread_mutex_lock(&u->lock);
	if (u->dead != 0 || u->reading) {
		error = u->dead;
		pthread_mutex_unlock(&u->lock);
		return error;
	}
	u->reading = true;
	pthread_mutex_unlock(&u->lock);
	for (int i = 0; i < 64 && error == 0; i++)	/* not for ever: others wait too */
		error = step(u, false);
	pthread_mutex_lock(&u->lock);
	stop_reading(u);
	user_arm(u);
	error = u->dead;
	pthread_mutex_unlock(&u->lock);
	return error;
}
