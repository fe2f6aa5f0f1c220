/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sock.c - a listening UNIX socket put in place so that nobody ever sees it half made: bound under
 * another name with mode 0600, listening, then linked to its name.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/sim/prog/sock.h"

struct place {
	int	dirfd;
	char	name[256], tmp[64];
};

/* The folder of path, locked so that two servers do not clear the same stale socket. */
static int
open_place(const char *path, struct place *p)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char dir[4096];
	int n;

	if (name[0] == '\0')
		return EISDIR;
	if (strlen(name) >= sizeof(p->name))
		return ENAMETOOLONG;
	n = snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
	    slash == NULL ? "." : path);
	if (n < 0 || (size_t)n >= sizeof(dir))
		return ENAMETOOLONG;
	memcpy(p->name, name, strlen(name) + 1);
	snprintf(p->tmp, sizeof(p->tmp), ".voy-sim.%ld.%p", (long)getpid(), (void *)p);
	p->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dirfd < 0)
		return errno;
	(void)flock(p->dirfd, LOCK_EX);
	return 0;
}

/* The address of a name in the folder, by way of /proc: sun_path holds only 107 bytes. */
static void
address(const struct place *p, const char *name, struct sockaddr_un *sun)
{
	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(sun->sun_path, sizeof(sun->sun_path), "/proc/self/fd/%d/%.64s", p->dirfd, name);
}

static int
listen_tmp(const struct place *p, int type, int *fdp)
{
	struct sockaddr_un sun;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;

	if (fd < 0)
		return errno;
	address(p, p->tmp, &sun);
	/* On Linux the mode of the socket at bind becomes that of the name. */
	if (fchmod(fd, 0600) != 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		error = errno;
	else if (fchmodat(p->dirfd, p->tmp, 0600, 0) != 0 || listen(fd, 8) != 0) {
		error = errno;
		unlinkat(p->dirfd, p->tmp, 0);
	}
	if (error != 0)
		close(fd);
	else
		*fdp = fd;
	return error;
}

/* What sits at the name: 0 when it was a stale socket and is gone now. */
static int
clear_stale(const struct place *p)
{
	struct sockaddr_un sun;
	struct stat st;
	char link[64];
	int fd, error = 0;

	if (fstatat(p->dirfd, p->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : errno;
	if (!S_ISSOCK(st.st_mode))
		return EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	/* A second short name, for the names that are too long for an address. */
	snprintf(link, sizeof(link), "%.60s-", p->tmp);
	if (linkat(p->dirfd, p->name, p->dirfd, link, 0) != 0) {
		error = errno;
	} else {
		address(p, link, &sun);
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 ||
		    errno != ECONNREFUSED)
			error = EADDRINUSE;
		unlinkat(p->dirfd, link, 0);
	}
	close(fd);
	if (error == 0 && unlinkat(p->dirfd, p->name, 0) != 0)
		error = errno;
	return error;
}

static int
put_in_place(const struct place *p, int type, struct prog_sock *s)
{
	struct stat st;
	int error = listen_tmp(p, type, &s->fd);

	if (error != 0)
		return error;
	if (linkat(p->dirfd, p->tmp, p->dirfd, p->name, 0) != 0) {
		error = errno;
		if (error == EEXIST)
			error = clear_stale(p);
		if (error == 0 && linkat(p->dirfd, p->tmp, p->dirfd, p->name, 0) != 0)
			error = errno;
	}
	if (error == 0 && fstatat(p->dirfd, p->tmp, &st, AT_SYMLINK_NOFOLLOW) != 0)
		error = errno;
	unlinkat(p->dirfd, p->tmp, 0);
	if (error != 0) {
		close(s->fd);
		s->fd = -1;
		return error;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

static const char *
mend(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "a running server has this socket; stop it or choose another path";
	case EEXIST:
		return "this path exists and is no socket; choose another path";
	case EISDIR:
		return "this path names a folder; choose a name in it";
	case ENOENT:
		return "No such file or directory; make its folder first";
	default:
		return strerror(error);
	}
}

int
prog_sock_listen(struct prog_sock *s, const char *path, int type, char *errmsg, size_t errlen)
{
	struct place p = { .dirfd = -1 };
	int error;

	*s = (struct prog_sock){ .fd = -1 };
	error = open_place(path, &p);
	if (error == 0)
		error = put_in_place(&p, type, s);
	if (p.dirfd >= 0)
		close(p.dirfd);
	if (error == 0) {
		s->path = strdup(path);
		if (s->path == NULL)
			error = ENOMEM;
	}
	if (error != 0) {
		snprintf(errmsg, errlen, "socket %s: %s", path, mend(error));
		prog_sock_close(s);
	}
	return error;
}

void
prog_sock_close(struct prog_sock *s)
{
	struct stat st;

	if (s->path != NULL && lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
	    st.st_ino == s->ino)
		unlink(s->path);
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	*s = (struct prog_sock){ .fd = -1 };
}
