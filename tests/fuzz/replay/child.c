/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.c - a process for each input, forked without exec.
 *
 * They are forked by a process that was itself forked before there was any thread: one of
 * libFuzzer's may have AddressSanitizer's allocator locked, and in a child it would stay so.
 * libFuzzer's edges are counters in each process's own memory: the child leaves its own in memory
 * that all see, and they become ours.  AFL++'s are in such memory already.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/replay/replay.h"

/* -fsanitize-coverage=inline-8bit-counters; not there with AFL++. */
extern uint8_t counters_begin[] __asm__("__start___sancov_cntrs") __attribute__((weak));
extern uint8_t counters_end[] __asm__("__stop___sancov_cntrs") __attribute__((weak));

static struct {
	uint8_t	*told;			/* the child's counters */
	uint8_t	*input;
	size_t	 room;			/* for it */
	int	 request[2], answer[2];	/* pipes: the input's length; an exit status of waitpid() */
} C;

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "ERROR: %s: %s\n", what, strerror(errno));
	abort();
}

static size_t
counters(void)
{
	return counters_begin != NULL ? (size_t)(counters_end - counters_begin) : 0;
}

static void *
shared(size_t size)
{
	void *p = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		give_up("memory that a child shares");
	return p;
}

/* A number to or from the other process, which may be gone; libFuzzer's clock interrupts. */
static bool
tell(int fd, const void *number, size_t size)
{
	return TEMP_FAILURE_RETRY(write(fd, number, size)) == (ssize_t)size;
}

static bool
hear(int fd, void *number, size_t size)
{
	return TEMP_FAILURE_RETRY(read(fd, number, size)) == (ssize_t)size;
}

static pid_t
fork_bound(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
	}
	return pid;
}

void
child_tell(void)
{
	if (counters() != 0)
		memcpy(C.told, counters_begin, counters());
}

/* In the process that forks: an input after the other, as long as there is who asks. */
static _Noreturn void
serve(void (*fn)(const uint8_t *input, size_t len))
{
	size_t len;
	pid_t pid;
	int status;

	while (hear(C.request[0], &len, sizeof(len))) {
		if ((pid = fork_bound()) == 0) {
			fn(C.input, len);
			_exit(EXIT_FAILURE);
		}
		if (TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) < 0)
			give_up("waitpid");
		if (!tell(C.answer[1], &status, sizeof(status)))
			break;
	}
	_exit(0);
}

void
child_begin(void (*fn)(const uint8_t *input, size_t len), size_t most)
{
	C.told = shared(counters());
	C.input = shared(most);
	C.room = most;
	if (pipe2(C.request, O_CLOEXEC) != 0 || pipe2(C.answer, O_CLOEXEC) != 0)
		give_up("pipe");
	if (fork_bound() == 0) {
		close(C.request[1]);
		close(C.answer[0]);
		serve(fn);
	}
	close(C.request[0]);
	close(C.answer[1]);
}

/* What the child has reached has been reached. */
static void
take_counters(void)
{
	size_t i;

	for (i = 0; i < counters(); i++)
		if (C.told[i] != 0)
			counters_begin[i] = C.told[i];
}

int
child_run(const uint8_t *input, size_t len)
{
	int status;

	if (len > C.room)
		len = C.room;
	memcpy(C.input, input, len);
	if (!tell(C.request[1], &len, sizeof(len)) || !hear(C.answer[0], &status, sizeof(status)))
		give_up("the process that forks");
	if (!WIFEXITED(status)) {
		fprintf(stderr, "the replay's process was ended by signal %d\n", WTERMSIG(status));
		abort();
	}
	take_counters();
	return WEXITSTATUS(status);
}
