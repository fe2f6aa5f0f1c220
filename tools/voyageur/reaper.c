/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * voy-reaper PROGRAM [ARGUMENT ...]: run PROGRAM, and end with it all that it has started, what
 * made a session of its own and what ignores signals, too.
 *
 * An orphan below us becomes our child (PR_SET_CHILD_SUBREAPER).  Only children of ours are ever
 * signalled: until we wait for one, its process id is nobody else's.
 *
 * SIGUSR1, sent by voy or asked of the kernel for our parent's end (voy-tied), ends all at once.
 * Other signals are passed on to PROGRAM, and its status, or the signal that killed it, is ours.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EX_NOT_RUN	126		/* as a shell's */
#define EX_NOT_FOUND	127
#define GRACE		1000		/* milliseconds from SIGTERM to SIGKILL */

static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR2 };
static sigset_t taken, before;
static pid_t program;
static int program_status;
static bool program_ended;

static void
take_signals(void)
{
	sigemptyset(&taken);
	sigaddset(&taken, SIGCHLD);
	sigaddset(&taken, SIGUSR1);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&taken, passed_on[i]);
	signal(SIGCHLD, SIG_DFL);	/* were it ignored, there would be nothing to wait for */
	sigprocmask(SIG_BLOCK, &taken, &before);
}

static void
start(char **argv)
{
	pid_t self = getpid();

	program = fork();
	if (program < 0)
		err(EX_NOT_RUN, "fork");
	if (program > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != self)
		_exit(EX_NOT_RUN);
	sigprocmask(SIG_SETMASK, &before, NULL);
	execvp(argv[0], argv);
	err(errno == ENOENT ? EX_NOT_FOUND : EX_NOT_RUN, "%s", argv[0]);
}

/* Take the statuses of children that have ended; false when there are no children. */
static bool
reap(void)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		if (pid != program || program_ended)
			continue;
		program_status = status;
		program_ended = true;
	}
	return pid == 0;
}

/* The parent of a process as /proc names it; 0 when it has ended meanwhile. */
static pid_t
parent(const char *pid)
{
	char path[64], text[512];
	const char *p;
	ssize_t n = -1;
	long of = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return 0;
	text[n] = '\0';
	p = strrchr(text, ')');		/* the end of a name with whatever in it */
	if (p == NULL || sscanf(p, ") %*c %ld", &of) != 1)
		return 0;
	return (pid_t)of;
}

/* Send all our children a signal; how many could be sent it. */
static int
signal_children(int number)
{
	const struct dirent *e;
	DIR *d = opendir("/proc");
	int n = 0;

	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || parent(e->d_name) != getpid())
			continue;
		if (kill((pid_t)strtol(e->d_name, NULL, 10), number) == 0)
			n++;
		else if (number == SIGKILL)
			warn("process %s, which the command has left behind, cannot be ended",
			    e->d_name);
	}
	closedir(d);
	return n;
}

/* Wait for SIGCHLD, or until `ms` milliseconds are over. */
static void
child_ends(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &t);
}

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Those that are asked and go leave their own children to us, who are then asked in turn; who is
 * still there after the grace is killed.
 */
static void
end_all(void)
{
	long now, limit = now_ms() + GRACE;

	while (reap() && (now = now_ms()) < limit && signal_children(SIGTERM) > 0)
		child_ends(limit - now);
	while (reap() && signal_children(SIGKILL) > 0)
		child_ends(100);
}

/* End as the program did. */
static _Noreturn void
end_alike(void)
{
	sigset_t one;
	int number;

	if (!program_ended || WIFEXITED(program_status))
		exit(program_ended ? WEXITSTATUS(program_status) : EX_NOT_RUN);
	number = WTERMSIG(program_status);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);	/* one core file is enough */
	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	exit(128 + number);
}

int
main(int argc, char **argv)
{
	int number = 0;

	if (argc < 2)
		errx(EX_NOT_RUN, "usage: voy-reaper PROGRAM [ARGUMENT ...]");
	take_signals();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		err(EX_NOT_RUN, "subreaper");
	start(argv + 1);
	/*
	 * A signal to the whole process group, by a terminal or kill(1), leaves us here.  A group of
	 * our own in the same session would do for that, but then the end of PROGRAM counts as that
	 * of its group's last tie to the session, and where another of the group is stopped Linux
	 * hangs up on all of them (kill_orphaned_pgrp() in kernel/exit.c; setpgid(2)).
	 */
	(void)setsid();
	while (!program_ended && number != SIGUSR1) {
		if (sigwait(&taken, &number) != 0)
			continue;
		if (number == SIGCHLD)
			reap();
		else if (number != SIGUSR1)
			kill(program, number);
	}
	end_all();
	end_alike();
}
