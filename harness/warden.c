/* SPDX-License-Identifier: BSD-2-Clause */
/* The warden's process, and how it is asked; see warden.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/warden_int.h"

#define PATH_SIZE	128	/* of a socket: sizeof(sun_path) is less */
#define TAKEN_MS	2000	/* for the thread that offended to take its signal */
#define FIRST_FD	3
#define FDS		2	/* with a request, at most */

enum kind { ADDR2LINE, KEEPER, STATUS, KILL, CONTROL, UNLINK, WATCH };

struct request {
	enum kind	kind;
	union {
		struct addr2line_ask ask;
		struct keeper_how    how;
		pid_t		     pid;
		struct {
			char	path[PATH_SIZE];
			ino_t	ino;
			dev_t	dev;
		} control;
	} u;
};

struct keeper_answer {
	pid_t	pid;
	int	error;
	char	why[512];
};

static int sock = -1;			/* to the warden */
static struct warden_shared *shared;

/* ---- messages; any side ---- */

static bool
send_fds(int to, const void *data, size_t len, const int *fds, unsigned nfds)
{
	union {
		struct cmsghdr	c;
		char		buf[CMSG_SPACE(FDS * sizeof(int))];
	} u;
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	memset(&u, 0, sizeof(u));
	if (nfds > 0) {
		msg.msg_control = u.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do
		n = sendmsg(to, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len;
}

/* The length, 0 at the end; fds that did not come are -1. */
static ssize_t
receive_fds(int from, void *data, size_t len, int fds[FDS])
{
	union {
		struct cmsghdr	c;
		char		buf[CMSG_SPACE(FDS * sizeof(int))];
	} u;
	struct iovec iov = { data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf,
	    .msg_controllen = sizeof(u.buf) };
	struct cmsghdr *c;
	ssize_t n;
	unsigned i;

	for (i = 0; i < FDS; i++)
		fds[i] = -1;
	do
		n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return n;
}

/* ---- the process ---- */

static struct {
	int	sock, listener;		/* -1: none */
	pid_t	harness, self;
	bool	sealed;			/* what is behind the listener may be a driver */
	bool	waits;			/* for `taken` */
	pid_t	keeper;			/* the last one */
	int	status;			/* of its end */
	char	control[PATH_SIZE];
	ino_t	ino;
	dev_t	dev;
} W;

static void
run_addr2line(const struct addr2line_ask *ask, int out)
{
	if (out >= 0 && _Fork() == 0)
		addr2line_exec(ask, W.self, out);
}

static void
start_keeper(const struct keeper_how *how, int end, int answer)
{
	struct keeper_answer a = { .error = EBADF };
	int pidfd = -1;

	if (end >= 0)
		a.error = keeper_spawn(how, end, &a.pid, a.why, sizeof(a.why));
	W.keeper = a.pid;
	W.status = 0;
	if (a.error == 0 && (pidfd = (int)syscall(SYS_pidfd_open, a.pid, 0)) < 0) {
		a.error = errno;
		snprintf(a.why, sizeof(a.why), "network: pidfd_open: %s: this wants Linux 5.3",
		    strerror(a.error));
		kill(a.pid, SIGKILL);
	}
	send_fds(answer, &a, sizeof(a), &pidfd, pidfd >= 0);
	if (pidfd >= 0)
		close(pidfd);
}

/* Children that have ended. */
static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == W.keeper)
			W.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
			    WEXITSTATUS(status);
}

static void
tell_status(pid_t pid, int answer)
{
	int status = pid == W.keeper ? W.status : 0;

	send_fds(answer, &status, sizeof(status), NULL, 0);
}

/* None but a child of ours. */
static void
kill_keeper(pid_t pid)
{
	siginfo_t info;

	if (pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		kill(pid, SIGKILL);
}

static void
remove_control(int answer)
{
	struct stat st;

	/* Only our own: a later run may have replaced it. */
	if (W.control[0] != '\0' && lstat(W.control, &st) == 0 && st.st_ino == W.ino &&
	    st.st_dev == W.dev)
		unlink(W.control);
	W.control[0] = '\0';
	send_fds(answer, "", 1, NULL, 0);
}

static void
serve(struct request *r, int fds[FDS])
{
	switch (r->kind) {
	case ADDR2LINE:
		run_addr2line(&r->u.ask, fds[0]);
		break;
	case KEEPER:
		r->u.how.ifname[sizeof(r->u.how.ifname) - 1] = '\0';
		start_keeper(&r->u.how, fds[0], fds[1]);
		break;
	case STATUS:
		tell_status(r->u.pid, fds[0]);
		break;
	case KILL:
		kill_keeper(r->u.pid);
		break;
	case CONTROL:
		if (W.sealed)
			break;
		r->u.control.path[PATH_SIZE - 1] = '\0';
		memcpy(W.control, r->u.control.path, PATH_SIZE);
		W.ino = r->u.control.ino;
		W.dev = r->u.control.dev;
		break;
	case UNLINK:
		remove_control(fds[0]);
		break;
	case WATCH:
		if (!W.sealed) {
			W.sealed = true;
			W.listener = fds[0];
			fds[0] = -1;
		}
		break;
	}
}

/* A request; false: the harness has ended. */
static bool
hear(void)
{
	struct request r;
	int fds[FDS];
	ssize_t n = receive_fds(W.sock, &r, sizeof(r), fds);
	unsigned i;

	if (n <= 0)
		return false;
	if (n == sizeof(r))
		serve(&r, fds);
	for (i = 0; i < FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return true;
}

/*
 * The thread gets EPERM, and a signal in whose handler it reports; who has signals blocked gets
 * that when it unblocks them, as posix_spawn(3) does in the end.
 */
static void
offence(const struct seccomp_notif *req)
{
	if (atomic_load(&shared->told) != 0)
		return;
	warden_describe(req, &shared->offence);
	atomic_store(&shared->told, 1);
	syscall(SYS_tgkill, W.harness, req->pid, SIGSYS);
	W.waits = true;
}

static void
answer(struct seccomp_notif_resp *resp)
{
	ioctl(W.listener, SECCOMP_IOCTL_NOTIF_SEND, resp);	/* fails when the thread is gone */
}

/*
 * A descriptor for the thread, which its call returns, or an error.  Both at once: a signal between
 * them, SIGSTOP, say, has the thread ask anew, and the descriptor is nobody's.  Linux before 5.14
 * takes no flag, and knows no better.
 */
static void
give(const struct seccomp_notif *req, struct seccomp_notif_resp *resp, int fd)
{
	struct seccomp_notif_addfd add = { .id = req->id, .srcfd = (uint32_t)fd,
	    .newfd_flags = O_CLOEXEC, .flags = SECCOMP_ADDFD_FLAG_SEND };
	int got;

	if (fd < 0) {
		resp->error = fd;
		answer(resp);
		return;
	}
	got = ioctl(W.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	if (got < 0 && errno == EINVAL) {
		add.flags = 0;
		got = ioctl(W.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		resp->val = got < 0 ? 0 : got;
	} else if (got >= 0) {
		close(fd);
		return;
	}
	resp->error = got < 0 ? -errno : 0;
	close(fd);
	answer(resp);
}

static void
judge(void)
{
	struct seccomp_notif req;
	struct seccomp_notif_resp resp = { 0 };
	int fd;

	memset(&req, 0, sizeof(req));
	if (ioctl(W.listener, SECCOMP_IOCTL_NOTIF_RECV, &req) != 0)
		return;			/* it was interrupted meanwhile */
	resp.id = req.id;
	if (warden_open(&req, W.harness, &fd))
		give(&req, &resp, fd);
	else {
		offence(&req);
		resp.error = -EPERM;
		answer(&resp);
	}
}

/* The thread keeps the signal blocked: another one reports. */
static void
no_taker(void)
{
	if (atomic_load(&shared->taken) == 0)
		kill(W.harness, SIGSYS);
	W.waits = false;
}

static _Noreturn void
loop(void)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int n;

	for (;;) {
		p[0].fd = W.sock;
		p[1].fd = W.listener;
		n = poll(p, 2, W.waits ? TAKEN_MS : -1);
		/* Now, so that one that has just been started is still there for pidfd_open(2). */
		reap();
		if (n == 0)
			no_taker();
		if (n <= 0)
			continue;
		if ((p[1].revents & POLLIN) != 0)
			judge();
		else if (p[1].revents != 0) {	/* nobody is left under the filter */
			close(W.listener);
			W.listener = -1;
		}
		if (p[0].revents != 0 && !hear())
			_exit(0);
	}
}

static _Noreturn void
warden_main(int end, pid_t harness)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "voy-warden");
	if (getppid() != harness)
		_exit(0);
	setpgid(0, 0);			/* Ctrl-C is for the harness */
	/* A pipe that is read to its end must not wait for us; stderr is for voy-netns. */
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (end != FIRST_FD)
		dup3(end, FIRST_FD, O_CLOEXEC);
	syscall(SYS_close_range, FIRST_FD + 1, ~0U, 0);
	W.sock = FIRST_FD;
	W.listener = -1;
	W.harness = harness;
	W.self = getpid();
	loop();
}

/* ---- the harness's side ---- */

int
warden_start(void)
{
	pid_t harness = getpid(), pid;
	int pair[2], error;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	    0);
	if (shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return errno;
	pid = fork();
	error = errno;
	if (pid == 0)
		warden_main(pair[1], harness);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return error;
	}
	sock = pair[0];
	return 0;
}

bool
warden_addr2line(const struct addr2line_ask *ask, int out)
{
	struct request r = { .kind = ADDR2LINE };

	if (sock < 0)
		return false;
	r.u.ask = *ask;
	return send_fds(sock, &r, sizeof(r), &out, 1);
}

/* Ask and wait for the answer; false: the warden is gone. */
static bool
converse(const struct request *r, int fd, void *data, size_t len, int got[FDS])
{
	int pair[2], fds[FDS];
	bool ok;

	if (sock < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	fds[0] = fd >= 0 ? fd : pair[1];
	fds[1] = pair[1];
	ok = send_fds(sock, r, sizeof(*r), fds, fd >= 0 ? 2 : 1);
	close(pair[1]);
	ok = ok && receive_fds(pair[0], data, len, got) == (ssize_t)len;
	close(pair[0]);
	return ok;
}

int
warden_keeper(const struct keeper_how *how, int end, pid_t *pid, int *pidfd, char *why, size_t size)
{
	struct request r = { .kind = KEEPER };
	struct keeper_answer a;
	int fds[FDS];

	r.u.how = *how;
	if (!converse(&r, end, &a, sizeof(a), fds)) {
		snprintf(why, size, "network: the process that starts voy-netns has ended");
		return EIO;
	}
	*pid = a.pid;
	*pidfd = fds[0];
	if (a.error != 0)
		snprintf(why, size, "%s", a.why);
	return a.error;
}

int
warden_keeper_status(pid_t pid)
{
	struct request r = { .kind = STATUS };
	int fds[FDS], status;

	r.u.pid = pid;
	return converse(&r, -1, &status, sizeof(status), fds) ? status : 0;
}

void
warden_kill_keeper(pid_t pid)
{
	struct request r = { .kind = KILL };

	r.u.pid = pid;
	send_fds(sock, &r, sizeof(r), NULL, 0);
}

void
warden_control(const char *path, const struct stat *st)
{
	struct request r = { .kind = CONTROL };

	snprintf(r.u.control.path, sizeof(r.u.control.path), "%s", path);
	r.u.control.ino = st->st_ino;
	r.u.control.dev = st->st_dev;
	send_fds(sock, &r, sizeof(r), NULL, 0);
}

void
warden_unlink(void)
{
	struct request r = { .kind = UNLINK };
	int fds[FDS];
	char byte;

	(void)converse(&r, -1, &byte, 1, fds);
}

int
warden_watch(int listener)
{
	struct request r = { .kind = WATCH };

	return send_fds(sock, &r, sizeof(r), &listener, 1) ? 0 : EIO;
}

const struct warden_offence *
warden_offence(void)
{
	return shared != NULL && atomic_load(&shared->told) != 0 ? &shared->offence : NULL;
}

void
warden_taken(void)
{
	atomic_store(&shared->taken, 1);
}
