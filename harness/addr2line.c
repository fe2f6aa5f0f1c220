/* SPDX-License-Identifier: BSD-2-Clause */
/* Running addr2line(1); see addr2line.h. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/addr2line.h"
#include "harness/clock.h"
#include "harness/memcheck.h"
#include "harness/warden.h"

/* It takes a tenth of a second, but of a busy machine's. */
#define ANSWER_NS	(UINT64_C(30000000000) * memcheck_slow())
#define LIFE_S		(6 * memcheck_slow()) /* a child that nobody waits for any more ends by itself */

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char end[];

bool
addr2line_knows(uintptr_t pc)
{
	return pc >= (uintptr_t)__ehdr_start && pc < (uintptr_t)end;
}

/* Relative, when the program is position-independent. */
uint64_t
addr2line_address(uintptr_t pc)
{
	const ElfW(Ehdr) *eh = (const void *)__ehdr_start;

	return eh->e_type == ET_DYN ? pc - (uintptr_t)__ehdr_start : pc;
}

/* Under valgrind, which answers readlink(2) itself, the link would lead to valgrind. */
static void
name_program(pid_t program, char *exe, size_t size)
{
	ssize_t n = memcheck_is() ? readlink("/proc/self/exe", exe, size - 1) : -1;

	if (n > 0)
		exe[n] = '\0';
	else
		snprintf(exe, size, "/proc/%d/exe", (int)program);
}

_Noreturn void
addr2line_exec(const struct addr2line_ask *ask, pid_t program, int out)
{
	static const char *const programs[] = { "/usr/bin/addr2line", "/usr/local/bin/addr2line",
	    "/usr/bin/eu-addr2line" };
	char *env[] = { (char []){ "LC_ALL=C" }, (char []){ "DEBUGINFOD_URLS=" }, NULL };
	char exe[4096], options[sizeof(ask->options) + 1], addr[BT_FRAMES][24];
	char *argv[BT_FRAMES + 5] = { (char []){ "addr2line" }, options, (char []){ "-e" }, exe };
	unsigned i;
	int null = open("/dev/null", O_RDWR);

	name_program(program, exe, sizeof(exe));
	snprintf(options, sizeof(options), "%.*s", (int)sizeof(ask->options), ask->options);
	for (i = 0; i < ask->n && i < BT_FRAMES; i++) {
		snprintf(addr[i], sizeof(addr[i]), "0x%llx", (unsigned long long)ask->addr[i]);
		argv[4 + i] = addr[i];
	}
	dup2(null, STDIN_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	alarm(LIFE_S);
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		execve(programs[i], argv, env);
	_exit(127);
}

/* Read what the child says, for at most ANSWER_NS. */
static size_t
collect(int fd, char *out, size_t size)
{
	uint64_t until = clock_mono_ns() + ANSWER_NS, now;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (now = clock_mono_ns()) < until) {
		if (poll(&p, 1, (int)((until - now) / 1000000) + 1) <= 0)
			continue;
		n = read(fd, out + len, size - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
	return len;
}

size_t
addr2line(const struct addr2line_ask *ask, char *out, size_t size)
{
	size_t len = 0;
	pid_t pid = 0;
	int fd[2];

	out[0] = '\0';
	if (ask->n == 0 || pipe2(fd, O_CLOEXEC) != 0)
		return 0;
	/* _Fork() runs no handlers, and locks may be held. */
	if (!warden_addr2line(ask, fd[1]) && (pid = _Fork()) == 0)
		addr2line_exec(ask, getppid(), fd[1]);
	close(fd[1]);
	if (pid >= 0)
		len = collect(fd[0], out, size);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(fd[0]);
	return len;
}
