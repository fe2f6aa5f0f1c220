/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vfio-user client where it is to connect: paths without a server, a server that has another
 * client, a path that is long.  Prints TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/open_fds.h"
#include "tests/unit/tap.h"
#include "tests/unit/vfio_fake.h"
#include "vfio/vfio.h"

#define SHORT_MS	150	/* time-out for servers that are to stall */
#define LONG_MS		20000	/* one that is never to be reached */

static struct vfio_err err;

static int
open_one(struct fake *f, struct vfio_dev **dev)
{
	struct vfio_open_opts o = { .timeout_ms = LONG_MS };

	return vfio_open(fake_target(f), &o, dev, &err);
}

static void
refused(const char *path, int want, const char *text, const char *name)
{
	struct vfio_open_opts o = { .timeout_ms = SHORT_MS };
	struct vfio_dev *dev;
	char target[300];
	int error;

	snprintf(target, sizeof(target), "unix:%s", path);
	error = vfio_open(target, &o, &dev, &err);
	if (!ok(error == want && dev == NULL, name))
		printf("# error %d: %s\n", error, err.text);
	like(err.text, text, "and the error says so");
}

static int
listener(const char *path, int type, int backlog)
{
	int s = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", path);
	unlink(path);
	if (bind(s, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    (backlog >= 0 && listen(s, backlog) != 0))
		perror(path);
	return s;
}

static void
test_connect(void)
{
	char dir[] = "/tmp/vfio-test-XXXXXX", path[200];
	struct vfio_dev *dev;
	int s;

	if (mkdtemp(dir) == NULL)
		return;
	snprintf(path, sizeof(path), "%s/s", dir);
	refused(path, ENOENT, "no such socket", "no socket");
	s = listener(path, SOCK_STREAM, 1);
	close(s);
	refused(path, ECONNREFUSED, "has ended", "a socket whose server is dead");
	s = listener(path, SOCK_DGRAM, -1);
	refused(path, EPROTOTYPE, "not a stream socket", "a datagram socket");
	close(s);
	s = listener(path, SOCK_STREAM, 0);
	refused(path, ETIMEDOUT, "in use by another client, or hangs",
	    "a server that never accepts");
	close(s);
	unlink(path);
	close(creat(path, 0600));
	refused(path, ENOTSOCK, "not a socket", "a plain file");
	unlink(path);
	refused(dir, ENOTSOCK, "not a socket", "a directory");
	ok(vfio_open("unix:", NULL, &dev, &err) == EINVAL, "an empty path");
	like(err.text, "unix:PATH", "and the error says what to give");
	if (geteuid() != 0) {
		s = listener(path, SOCK_STREAM, 1);
		chmod(path, 0);
		refused(path, EACCES, "another user", "a socket of another user");
		close(s);
		unlink(path);
	}
	rmdir(dir);
}

static void
test_busy(void)
{
	struct vfio_open_opts o = { .timeout_ms = SHORT_MS };
	struct fake *f = fake_start();
	struct vfio_dev *a, *b;

	ok(open_one(f, &a) == 0 && vfio_open(fake_target(f), &o, &b, &err) == ETIMEDOUT,
	    "a second client of a server that takes one");
	like(err.text, "in use by another client", "and the error says so");
	vfio_close(a);
	ok(open_one(f, &a) == 0, "when the first has gone the next can have it");
	vfio_close(a);
	fake_misbehave(f, VFIO_USER_VERSION, 1, FAKE_ERROR_FD);
	ok(open_one(f, &a) == EBUSY, "a second client of a server that says so");
	like(err.text, "in use by another client of the server: end that run", "with the mend");
	fake_stop(f);
}

static void
test_long_path(void)
{
	struct fake *f = fake_start();
	char target[300], deep[220];
	struct vfio_dev *dev;

	snprintf(deep, sizeof(deep), "%s/%0120d", f->dir, 0);
	(void)mkdir(deep, 0700);
	snprintf(target, sizeof(target), "%.190s/s", deep);
	if (link(f->path, target) == 0) {
		memmove(target + 5, target, strlen(target) + 1);
		memcpy(target, "unix:", 5);
		ok(vfio_open(target, NULL, &dev, &err) == 0,
		    "a path longer than a socket address holds");
		vfio_close(dev);
		unlink(target + 5);
	}
	rmdir(deep);
	fake_stop(f);
}

int
main(void)
{
	int fds = open_fds();

	test_connect();
	test_busy();
	test_long_path();
	ok(open_fds() == fds, "no file descriptor is left");
	return done();
}
