/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting voy-netns, which the warden does, and talking to it; see net.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/net.h"
#include "harness/warden.h"

#define START_MS	10000
#define END_MS		2000
#define CHILD_FD	"3"

extern char **environ;

static const char *
setting(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : otherwise;
}

/* voy-netns lies beside the program that runs. */
static int
find_program(char *path, size_t size)
{
	const char *named = setting("VOY_NETNS", NULL);
	ssize_t n = readlink("/proc/self/exe", path, size - 16);
	char *slash;

	if (named != NULL)
		return snprintf(path, size, "%s", named) < (int)size ? 0 : ENAMETOOLONG;
	if (n < 0)
		return errno;
	path[n] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash + 1, "voy-netns");
	return 0;
}

/* Not what the harness has done with signals, nor in its process group. */
static void
clean_start(posix_spawnattr_t *attr)
{
	sigset_t none, pipe;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawnattr_init(attr);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &pipe);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETPGROUP);
}

static int
spawn(const struct keeper_how *how, const char *program, int end, pid_t *pid)
{
	char mac[18], mtu[12];
	const char *argv[] = { "voy-netns", "--fd", CHILD_FD, "--ifname", how->ifname, "--mac", mac,
	    "--mtu", mtu, "--busybox", setting("VOY_BUSYBOX", "busybox"), "--script",
	    setting("VOY_DHCP_SCRIPT", "/etc/udhcpc/default.script"), how->host ? "--host" : NULL,
	    NULL };
	const uint8_t *a = how->mac;
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	int error;

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
	    a[5]);
	snprintf(mtu, sizeof(mtu), "%u", how->mtu);
	clean_start(&attr);
	posix_spawn_file_actions_init(&fa);
	/* A descriptor duplicated onto itself would stay close-on-exec. */
	posix_spawn_file_actions_adddup2(&fa, end, atoi(CHILD_FD));
	error = posix_spawn(pid, program, &fa, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	return error;
}

int
keeper_spawn(const struct keeper_how *how, int end, pid_t *pid, char *why, size_t size)
{
	char program[4096] = "voy-netns";
	int error = find_program(program, sizeof(program));

	if (error == 0)
		error = spawn(how, program, end, pid);
	if (error != 0)
		snprintf(why, size, "network: %s: %s; `ninja` builds it", program, strerror(error));
	return error;
}

/* One message; *fd is the descriptor that came with it, or -1.  As keeper_next(). */
static int
receive(struct keeper *k, char *text, size_t size, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { text, size - 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
	    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(k->sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	text[n] = '\0';
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return 1;
}

/* Until it has said "port"; an errno. */
static int
wait_port(struct keeper *k, char *why, size_t size)
{
	struct pollfd p = { .fd = k->sock, .events = POLLIN };
	char text[1024];
	int got;

	for (;;) {
		if (poll(&p, 1, START_MS) == 0) {
			snprintf(why, size, "network: voy-netns said nothing for %d s",
			    START_MS / 1000);
			return ETIMEDOUT;
		}
		got = receive(k, text, sizeof(text), &k->port);
		if (got < 0) {
			snprintf(why, size, "network: voy-netns ended without a word; is it "
			    "there, and built? (VOY_NETNS)");
			return EIO;
		}
		if (got > 0 && strncmp(text, "error ", 6) == 0) {
			snprintf(why, size, "%s", text + 6);
			return EIO;
		}
		if (got > 0 && k->port >= 0 && sscanf(text, "port %31s", k->ifname) == 1)
			return 0;
	}
}

int
keeper_start(struct keeper *k, const struct keeper_how *how, char *why, size_t size)
{
	int pair[2], error, end;

	*k = (struct keeper){ .sock = -1, .port = -1, .pidfd = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		error = errno;
		snprintf(why, size, "network: %s", strerror(error));
		return error;
	}
	k->sock = pair[0];
	end = pair[1];
	error = warden_keeper(how, end, &k->pid, &k->pidfd, why, size);
	close(end);
	if (error == 0)
		error = wait_port(k, why, size);
	if (error != 0)
		keeper_end(k);
	return error;
}

int
keeper_next(struct keeper *k, char *text, size_t size)
{
	int fd, got = receive(k, text, size, &fd);

	if (fd >= 0)
		close(fd);
	return got;
}

void
keeper_tell(struct keeper *k, const char *what)
{
	/* A keeper that is gone is noticed by who reads. */
	(void)!send(k->sock, what, strlen(what), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* It ends when its socket is closed; one that does not is killed. */
static int
reap(const struct keeper *k)
{
	struct pollfd p = { .fd = k->pidfd, .events = POLLIN };

	if (poll(&p, 1, END_MS) > 0)
		return warden_keeper_status(k->pid);
	warden_kill_keeper(k->pid);
	poll(&p, 1, END_MS);
	return 0;
}

int
keeper_end(struct keeper *k)
{
	int status = 0;

	if (k->sock >= 0)
		close(k->sock);
	if (k->port >= 0)
		close(k->port);
	if (k->pidfd >= 0) {
		status = reap(k);
		close(k->pidfd);
	}
	*k = (struct keeper){ .sock = -1, .port = -1, .pidfd = -1 };
	return status;
}
