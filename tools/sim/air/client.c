/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.c - a radio's connection to the hub, and the time there: see air.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tools/sim/air/client_int.h"

/* Until WELCOME tells the hub's. */
#define FIRST_WINDOW	16u
#define CONNECT_TRIES	100u

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
	error = client_push(a, &msg, sizeof(msg), AIR_HELLO);
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

/* ---- time ------------------------------------------------------------------------------ */

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
