/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket's thread and its clients; see control.h.  What a client is sent goes out
 * at once if it can, else it is kept, up to a limit: a subscriber that does not read is
 * dropped rather than waited for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/contain.h"
#include "harness/control.h"
#include "harness/control_req.h"
#include "harness/control_sock.h"
#include "harness/event.h"
#include "harness/fatal.h"

#define CLIENTS		16
#define LINE_MAX_	16384
#define PENDING_MAX	((size_t)4 << 20)
#define LINGER_NS	UINT64_C(500000000)

struct client {
	int		 fd;		/* -1: free */
	bool		 subscribed, dead;
	char		*out;		/* not sent yet */
	size_t		 outlen;
	char		 in[LINE_MAX_];
	size_t		 inlen;
	struct control_wait wait;
};

static struct {
	int		 listen;
	int		 wake;
	pthread_t	 thread;
	bool		 running;
	atomic_bool	 stop;
	pthread_mutex_t	 fds_lock;	/* taken first; descriptors come and go with nfds */
	int		 nfds;
	pthread_mutex_t	 lock;		/* clients' output; the rest is the thread's */
	struct client	 client[CLIENTS];
	struct control_ctx ctx;
} C = { .listen = -1, .wake = -1, .fds_lock = PTHREAD_MUTEX_INITIALIZER,
    .lock = PTHREAD_MUTEX_INITIALIZER };

/* With the lock. */
static void
flush_client(struct client *c)
{
	ssize_t n;

	while (c->outlen > 0 && !c->dead) {
		n = send(c->fd, c->out, c->outlen, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			c->dead = errno != EAGAIN;
			return;
		}
		c->outlen -= (size_t)n;
		memmove(c->out, c->out + n, c->outlen);
	}
}

/* With the lock. */
static void
send_client(struct client *c, const char *buf, size_t len)
{
	char *bigger;
	ssize_t n = 0;

	if (c->dead)
		return;
	if (c->outlen == 0) {
		n = send(c->fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			c->dead = true;
			return;
		}
		n = n < 0 ? 0 : n;
	}
	if ((size_t)n == len)
		return;
	buf += n;
	len -= (size_t)n;
	bigger = c->outlen + len <= PENDING_MAX ? realloc(c->out, c->outlen + len) : NULL;
	if (bigger == NULL) {
		c->dead = true;
		return;
	}
	memcpy(bigger + c->outlen, buf, len);
	c->out = bigger;
	c->outlen += len;
}

/* An event for the subscribers.  While the process crashes the lock may be a dead thread's. */
static void
push(const char *line, size_t len)
{
	unsigned i;

	for (i = 0; fatal_is() && pthread_mutex_trylock(&C.lock) != 0; i++) {
		if (i == 100)
			return;
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	}
	if (!fatal_is())
		pthread_mutex_lock(&C.lock);
	for (i = 0; i < CLIENTS; i++)
		if (C.client[i].fd >= 0 && C.client[i].subscribed)
			send_client(&C.client[i], line, len);
	pthread_mutex_unlock(&C.lock);
	control_wake();
}

void
control_wake(void)
{
	uint64_t one = 1;

	if (C.wake >= 0 && write(C.wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		abort();
}

int
control_fds_hold(void)
{
	pthread_mutex_lock(&C.fds_lock);
	return C.nfds;
}

void
control_fds_release(void)
{
	pthread_mutex_unlock(&C.fds_lock);
}

static void
close_client(struct client *c)
{
	pthread_mutex_lock(&C.fds_lock);
	pthread_mutex_lock(&C.lock);
	close(c->fd);
	c->fd = -1;
	free(c->out);
	c->out = NULL;
	c->outlen = 0;
	pthread_mutex_unlock(&C.lock);
	C.nfds--;
	pthread_mutex_unlock(&C.fds_lock);
}

/* With the lock of the descriptors. */
static void
accept_client(void)
{
	struct client *c = C.client;
	int fd = control_sock_accept(C.listen);

	if (fd < 0)
		return;
	while (c < C.client + CLIENTS && c->fd >= 0)
		c++;
	if (c == C.client + CLIENTS) {
		control_refuse(&C.ctx, "too many clients");
		send(fd, C.ctx.answer, C.ctx.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	C.nfds++;
	pthread_mutex_lock(&C.lock);
	c->fd = fd;
	c->subscribed = c->dead = false;
	c->inlen = 0;
	c->wait.active = false;
	pthread_mutex_unlock(&C.lock);
}

static void
new_client(void)
{
	pthread_mutex_lock(&C.fds_lock);
	accept_client();
	pthread_mutex_unlock(&C.fds_lock);
}

static void
answer(struct client *c, bool subscribe)
{
	pthread_mutex_lock(&C.lock);
	send_client(c, C.ctx.answer, C.ctx.len);
	c->subscribed |= subscribe;
	pthread_mutex_unlock(&C.lock);
}

/* Serve the complete lines that have come; one that waits stops the rest. */
static void
serve_lines(struct client *c)
{
	enum control_effect effect;
	char *nl;
	size_t n;

	while (!c->wait.active && (nl = memchr(c->in, '\n', c->inlen)) != NULL) {
		*nl = '\0';
		effect = control_request(&C.ctx, c->in, &c->wait);
		if (effect != CONTROL_WAITS)
			answer(c, effect == CONTROL_SUBSCRIBE);
		n = (size_t)(nl - c->in) + 1;
		c->inlen -= n;
		memmove(c->in, c->in + n, c->inlen);
	}
	if (c->inlen == sizeof(c->in) && !c->wait.active) {
		control_refuse(&C.ctx, "the line is too long");
		answer(c, false);
		c->inlen = 0;
	}
}

static void
receive(struct client *c)
{
	ssize_t n;

	/* Then nothing more is asked of poll(): the client is gone. */
	if (c->inlen == sizeof(c->in)) {
		close_client(c);
		return;
	}
	n = recv(c->fd, c->in + c->inlen, sizeof(c->in) - c->inlen, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_client(c);
		return;
	}
	c->inlen += (size_t)n;
	serve_lines(c);
}

/* Waits that are over, and dead clients. */
static void
look_after(struct client *c)
{
	bool dead;

	if (c->fd < 0)
		return;
	if (c->wait.active && control_wait_over(&C.ctx, &c->wait)) {
		answer(c, false);
		serve_lines(c);
	}
	pthread_mutex_lock(&C.lock);
	flush_client(c);
	dead = c->dead;
	pthread_mutex_unlock(&C.lock);
	if (dead)
		close_client(c);
}

/* Milliseconds until the next wait runs out; -1: none. */
static int
next_timeout(void)
{
	uint64_t now = clock_run_ns(), first = UINT64_MAX;
	struct client *c;

	for (c = C.client; c < C.client + CLIENTS; c++)
		if (c->fd >= 0 && c->wait.active && c->wait.until < first)
			first = c->wait.until;
	if (first == UINT64_MAX)
		return -1;
	return first <= now ? 0 : (int)((first - now) / 1000000) + 1;
}

static unsigned
poll_set(struct pollfd *p)
{
	struct client *c;
	unsigned n = 2;

	p[0] = (struct pollfd){ .fd = C.wake, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = C.listen, .events = POLLIN };
	pthread_mutex_lock(&C.lock);
	/* Full of requests behind one that waits: more would be taken by nobody. */
	for (c = C.client; c < C.client + CLIENTS; c++)
		p[n++] = (struct pollfd){ .fd = c->fd,
		    .events = (short)((c->inlen < sizeof(c->in) ? POLLIN : 0) |
		    (c->outlen > 0 ? POLLOUT : 0)) };
	pthread_mutex_unlock(&C.lock);
	return n;
}

static void *
control_main(void *arg)
{
	struct pollfd p[CLIENTS + 2];
	uint64_t n;
	unsigned i;

	(void)arg;
	pthread_setname_np(pthread_self(), "control");
	contain_expected();		/* it asks the driver, too */
	while (!atomic_load(&C.stop)) {
		poll(p, poll_set(p), next_timeout());
		if ((p[0].revents & POLLIN) != 0 && read(C.wake, &n, sizeof(n)) < 0 &&
		    errno != EAGAIN)
			abort();
		for (i = 0; i < CLIENTS; i++) {
			if (p[i + 2].fd >= 0 && (p[i + 2].revents & ~POLLOUT) != 0)
				receive(&C.client[i]);
			look_after(&C.client[i]);
		}
		if ((p[1].revents & POLLIN) != 0)
			new_client();
	}
	return NULL;
}

int
control_start(const struct hyp_personality *pers, const struct options *opt, char *why,
    size_t size)
{
	unsigned i;
	int error;

	if (opt->control == NULL)
		return 0;
	for (i = 0; i < CLIENTS; i++)
		C.client[i].fd = -1;
	C.ctx = (struct control_ctx){ .pers = pers, .opt = opt, .answer = malloc(CONTROL_ANSWER) };
	C.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (C.ctx.answer == NULL || C.wake < 0) {
		snprintf(why, size, "control: %s", strerror(ENOMEM));
		return ENOMEM;
	}
	C.listen = control_sock_listen(opt->control, why, size);
	if (C.listen < 0)
		return errno;
	contain_expect();
	error = pthread_create(&C.thread, NULL, control_main, NULL);
	if (error != 0) {
		snprintf(why, size, "control: thread: %s", strerror(error));
		control_unlink();
		return error;
	}
	C.running = true;
	event_subscribe(push);
	return 0;
}

static bool
pending(void)
{
	bool any = false;
	unsigned i;

	pthread_mutex_lock(&C.lock);
	for (i = 0; i < CLIENTS; i++)
		any |= C.client[i].fd >= 0 && !C.client[i].dead &&
		    (C.client[i].outlen > 0 || C.client[i].wait.active);
	pthread_mutex_unlock(&C.lock);
	return any;
}

void
control_stop(void)
{
	uint64_t until = clock_mono_ns() + LINGER_NS;
	unsigned i;

	if (!C.running)
		return;
	while (pending() && clock_mono_ns() < until)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	event_subscribe(NULL);
	atomic_store(&C.stop, true);
	control_wake();
	pthread_join(C.thread, NULL);
	for (i = 0; i < CLIENTS; i++)
		if (C.client[i].fd >= 0)
			close_client(&C.client[i]);
	close(C.listen);
	control_unlink();
	free(C.ctx.answer);
}
