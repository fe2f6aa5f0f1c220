/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket's place in the file system, and who may connect; see control.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness/control.h"
#include "harness/control_sock.h"
#include "harness/warden.h"

#define SUFFIX	".new"

static atomic_bool bound;		/* there is something to remove */
static uid_t owner;

/* Does a living process listen there? */
static bool
answers(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return true;
	yes = connect(fd, (const void *)sun, sizeof(*sun)) == 0 || errno != ECONNREFUSED;
	close(fd);
	return yes;
}

/* May the socket be put there?  One that its process left behind may be replaced. */
static int
check_place(const struct sockaddr_un *sun, char *why, size_t size)
{
	struct stat st;

	if (lstat(sun->sun_path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, size, "control: %s: exists and is no socket; name another path",
		    sun->sun_path);
		return EEXIST;
	}
	if (answers(sun)) {
		snprintf(why, size, "control: %s: another run is listening there; name another "
		    "path, or end that run", sun->sun_path);
		return EADDRINUSE;
	}
	return 0;
}

/*
 * Bind and listen beside the path, then move there, so that whoever sees the socket can
 * connect to it.  What a killed run left beside it is replaced as well.
 */
static int
publish(int fd, const struct sockaddr_un *sun)
{
	struct sockaddr_un tmp = *sun;
	struct stat st;
	mode_t old;
	int rc;

	strcat(tmp.sun_path, SUFFIX);
	unlink(tmp.sun_path);
	old = umask(0177);
	rc = bind(fd, (const void *)&tmp, sizeof(tmp));
	umask(old);
	if (rc != 0)
		return errno;
	if (listen(fd, 8) == 0 && lstat(tmp.sun_path, &st) == 0 &&
	    rename(tmp.sun_path, sun->sun_path) == 0) {
		warden_control(sun->sun_path, &st);
		return 0;
	}
	rc = errno;
	unlink(tmp.sun_path);
	return rc;
}

int
control_sock_listen(const char *path, char *why, size_t size)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, error;

	if (path[0] == '\0' || strlen(path) + strlen(SUFFIX) >= sizeof(sun.sun_path)) {
		snprintf(why, size, "control: %s: a socket's path has 1 to %zu characters", path,
		    sizeof(sun.sun_path) - 1 - strlen(SUFFIX));
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	error = check_place(&sun, why, size);
	if (error != 0) {
		errno = error;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = fd < 0 ? errno : publish(fd, &sun);
	if (error == 0) {
		owner = geteuid();
		bound = true;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	snprintf(why, size, "control: %s: %s", path, strerror(error));
	errno = error;
	return -1;
}

int
control_sock_accept(int fd)
{
	static const char refusal[] =
	    "{\"ok\":false,\"error\":\"only the user who runs the driver may connect\"}\n";
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client < 0)
		return -1;
	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	    cred.uid == owner)
		return client;
	send(client, refusal, sizeof(refusal) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(client);
	return -1;
}

void
control_unlink(void)
{
	if (atomic_exchange(&bound, false))
		warden_unlink();
}
