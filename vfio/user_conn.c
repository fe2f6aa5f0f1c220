/* SPDX-License-Identifier: BSD-2-Clause */
/* Connecting to a vfio-user server and agreeing on version and capabilities. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "vfio/air_clock.h"
#include "vfio/user.h"

/*
 * A socket address has room for 107 characters.  A longer path is reached through its
 * directory: *dirfd is then open and must outlive the connect, else it is -1.
 */
static int
address(const char *path, struct sockaddr_un *sa, int *dirfd)
{
	const char *base = strrchr(path, '/');
	char *dir;
	int n;

	*dirfd = -1;
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	if (strlen(path) < sizeof(sa->sun_path)) {
		memcpy(sa->sun_path, path, strlen(path));
		return 0;
	}
	if (base == NULL)
		return ENAMETOOLONG;
	dir = strndup(path, (size_t)(base - path) + 1);
	if (dir == NULL)
		return ENOMEM;
	*dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (*dirfd < 0)
		return errno;
	n = snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d/%s", *dirfd, base + 1);
	if (n < 0 || (size_t)n >= sizeof(sa->sun_path)) {
		close(*dirfd);
		*dirfd = -1;
		return ENAMETOOLONG;
	}
	return 0;
}

static int
no_connection(const char *path, int error, struct vfio_err *err)
{
	switch (error) {
	case ENOENT:
		return vfio_fail(err, error, "unix:%s: no such socket: start the simulated card "
		    "first (voy sim MODEL --socket %s)", path, path);
	case ECONNREFUSED:
		return vfio_fail(err, error, "unix:%s: connection refused: the server that made "
		    "this socket has ended: remove the file and start the server again", path);
	case EACCES:
	case EPERM:
		return vfio_fail(err, error, "unix:%s: permission denied: the socket belongs to "
		    "another user: run as that user, or start the server as this one", path);
	case EPROTOTYPE:
		return vfio_fail(err, error, "unix:%s: not a stream socket, so not that of a "
		    "vfio-user server", path);
	case ENOTSOCK:
		return vfio_fail(err, error, "unix:%s: not a socket: give the path that the "
		    "vfio-user server was started with", path);
	case EAGAIN:
		return vfio_fail(err, ETIMEDOUT, "unix:%s: the server accepts no connection: it "
		    "hangs, or too many clients wait for it", path);
	default:
		return vfio_fail(err, error, "unix:%s: cannot connect: %s", path,
		    strerror(error));
	}
}

static int
set_timeout(int sock, int name, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };

	return setsockopt(sock, SOL_SOCKET, name, &tv, sizeof(tv)) != 0 ? errno : 0;
}

int
user_connect(struct user *u, struct vfio_err *err)
{
	int slice = u->timeout_ms < 0 || u->timeout_ms > 100 ? 100 : u->timeout_ms;
	int error, dirfd, limit = u->timeout_ms < 0 ? 0 : u->timeout_ms;
	struct sockaddr_un sa;
	struct stat st;

	if (stat(u->path, &st) != 0)
		return no_connection(u->path, errno, err);
	if (!S_ISSOCK(st.st_mode))
		return no_connection(u->path, ENOTSOCK, err);
	u->main.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (u->main.fd < 0)
		return vfio_fail(err, errno, "unix:%s: socket: %s", u->path, strerror(errno));
	error = address(u->path, &sa, &dirfd);
	if (error == 0)
		error = set_timeout(u->main.fd, SO_SNDTIMEO, limit);
	if (error == 0)
		error = set_timeout(u->main.fd, SO_RCVTIMEO, slice);
	if (error == 0 && connect(u->main.fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		error = errno;
	if (dirfd >= 0)
		close(dirfd);
	return error != 0 ? no_connection(u->path, error, err) : 0;
}

static void
close_all(const int *fds, unsigned nfds)
{
	for (unsigned i = 0; i < nfds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static bool
take(int *fds, unsigned nfds, bool wanted, uint32_t index, int *to)
{
	if (!wanted)
		return true;
	if (index >= nfds || fds[index] < 0)
		return false;
	*to = fds[index];
	fds[index] = -1;
	return true;
}

/*
 * Among the descriptors that came are the socket for the server's commands and the one of the
 * clock, as far as its capabilities say so; else there are none.
 */
static int
take_sockets(struct user *u, int *fds, unsigned nfds, char why[static 256])
{
	bool clock = u->air_clock && u->caps.clock;
	bool good = (u->caps.twin || clock || nfds == 0) &&
	    take(fds, nfds, u->caps.twin, u->caps.twin_index, &u->twin.fd) &&
	    take(fds, nfds, clock, u->caps.clock_index, &u->clock_fd);

	close_all(fds, nfds);
	if (good)
		return 0;
	u->caps.twin = false;
	snprintf(why, 256, "the VERSION reply brings %u file descriptors, which does not fit "
	    "its capabilities %s and %s", nfds, VFIO_USER_CAP_TWIN_SOCKET, VFIO_USER_CAP_AIR_CLOCK);
	return EPROTO;
}

/* VERSION came to nothing: by an error reply, or because the connection ended. */
static int
no_version(struct user *u, int error, struct vfio_err *err)
{
	if (error == ECONNRESET)
		return vfio_fail(err, error, "unix:%s: the server closed the connection at once: "
		    "it is in use by another client, or does not speak version %d.%d", u->path,
		    VFIO_USER_MAJOR, VFIO_USER_MINOR);
	if (error == ETIMEDOUT)
		return vfio_fail(err, error, "unix:%s: no answer to VERSION within %d ms: the "
		    "server is in use by another client, or hangs", u->path, u->timeout_ms);
	if (u->dead != 0)
		return vfio_fail(err, error, "unix:%s: %s", u->path, u->why);
	if (error == EBUSY)
		return vfio_fail(err, error, "unix:%s: in use by another client of the server: end "
		    "that run first, or start another simulated card", u->path);
	return vfio_fail(err, error, "unix:%s: the server refuses version %d.%d: %s", u->path,
	    VFIO_USER_MAJOR, VFIO_USER_MINOR, strerror(error));
}

int
user_negotiate(struct user *u, struct vfio_err *err)
{
	uint8_t payload[4096];
	int fds[USER_MAX_FDS];
	struct user_call call = {
		.cmd = VFIO_USER_VERSION, .head = payload, .head_len = sizeof(payload),
		.fds = fds, .max_fds = USER_MAX_FDS,
	};
	struct user_part part;
	char why[256];
	void *ours;
	int error;

	part.p = ours = user_build_version(u->air_clock, &part.len);
	if (ours == NULL)
		return vfio_fail(err, ENOMEM, "unix:%s: out of memory", u->path);
	error = user_call(u, &call, &part, 1, NULL, 0);
	free(ours);
	if (error != 0 || u->dead != 0) {
		close_all(fds, call.nfds);
		return no_version(u, error != 0 ? error : u->dead, err);
	}
	error = user_parse_version(payload, call.len, &u->caps, why);
	if (error == 0)
		error = take_sockets(u, fds, call.nfds, why);
	else
		close_all(fds, call.nfds);
	if (error != 0)
		return vfio_fail(err, error, "unix:%s: protocol error of the server: %s",
		    u->path, why);
	return 0;
}
