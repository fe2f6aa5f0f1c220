/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each thread is sent a signal, in whose handler it takes its own backtrace.  One after the
 * other: there is one place for the answer.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/memcheck.h"
#include "harness/threads.h"

#define ANSWER_MS	1000
#define THREADS_MAX	64

static atomic_int asked, answered;	/* thread ids */
static struct backtrace answer;

static void
on_where(int sig, siginfo_t *info, void *ucontext)
{
	int tid = (int)syscall(SYS_gettid), saved = errno;

	(void)sig;
	(void)info;
	if (atomic_load(&asked) == tid) {
		bt_interrupted(&answer, ucontext);
		atomic_store(&answered, tid);
	}
	errno = saved;
}

void
threads_init(void)
{
	struct sigaction sa = { .sa_sigaction = on_where, .sa_flags = SA_SIGINFO | SA_RESTART };

	sigemptyset(&sa.sa_mask);
	sigaction(THREADS_SIGNAL, &sa, NULL);
}

static bool
ask(int tid)
{
	struct timespec ts = { 0, 1000000 };
	int i;

	atomic_store(&answered, 0);
	atomic_store(&asked, tid);
	if (syscall(SYS_tgkill, getpid(), tid, THREADS_SIGNAL) != 0)
		return false;
	for (i = 0; i < ANSWER_MS * (int)memcheck_slow() && atomic_load(&answered) != tid; i++)
		nanosleep(&ts, NULL);
	return atomic_load(&answered) == tid;
}

static void
thread_name(int tid, char *name, size_t size)
{
	char path[64];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, name, size - 1);
		close(fd);
	}
	name[n > 0 ? n - 1 : 0] = '\0';
}

/* Ids of the process's threads; no allocation. */
static unsigned
list(int *tids, unsigned max)
{
	static char buf[8192] __attribute__((aligned(8)));
	int fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent64 *e;
	unsigned count = 0;
	long n, at;

	if (fd < 0)
		return 0;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += e->d_reclen) {
			e = (const struct dirent64 *)(buf + at);
			if (e->d_name[0] != '.' && count < max)
				tids[count++] = atoi(e->d_name);
		}
	close(fd);
	return count;
}

void
threads_each(void (*fn)(void *, const char *, int, const struct backtrace *), void *arg)
{
	int tids[THREADS_MAX], self = (int)syscall(SYS_gettid);
	unsigned i, n = list(tids, THREADS_MAX);
	char name[32];

	for (i = 0; i < n; i++) {
		if (tids[i] == self)
			continue;
		thread_name(tids[i], name, sizeof(name));
		if (strcmp(name, "fatal") == 0)
			continue;
		fn(arg, name, tids[i], ask(tids[i]) ? &answer : NULL);
	}
}
