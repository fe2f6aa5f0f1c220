/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Naming the frames of a backtrace: addr2line (binutils, or elfutils' eu-addr2line) for the
 * program itself, the dynamic symbol and offset for everything else.
 *
 * It runs while the process crashes, perhaps with locks held: the child is made by _Fork(),
 * which runs no handlers, and all memory is static.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/backtrace.h"
#include "harness/clock.h"
#include "harness/memcheck.h"

#define CHILD_NS	(UINT64_C(4000000000) * memcheck_slow())

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char end[];

static char output[64 * 1024];
static char args[BT_FRAMES][24];
static char exe[4096];

static bool
in_program(uintptr_t pc)
{
	return pc >= (uintptr_t)__ehdr_start && pc < (uintptr_t)end;
}

/* The address as it is in the file: relative, when the program is position-independent. */
static uintptr_t
file_address(uintptr_t pc)
{
	const ElfW(Ehdr) *eh = (const void *)__ehdr_start;

	return eh->e_type == ET_DYN ? pc - (uintptr_t)__ehdr_start : pc;
}

static void
run_child(int out)
{
	static const char *const programs[] = { "/usr/bin/addr2line", "/usr/local/bin/addr2line",
	    "/usr/bin/eu-addr2line" };
	char *env[] = { (char []){ "LC_ALL=C" }, (char []){ "DEBUGINFOD_URLS=" }, NULL };
	char *argv[BT_FRAMES + 8] = { (char []){ "addr2line" }, (char []){ "-afiC" },
	    (char []){ "-e" }, exe };
	unsigned i, n = 4;
	int null = open("/dev/null", O_RDWR);

	for (i = 0; i < BT_FRAMES && args[i][0] != '\0'; i++)
		argv[n++] = args[i];
	dup2(null, STDIN_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		execve(programs[i], argv, env);
	_exit(127);
}

/* Read what the child says, for at most CHILD_NS. */
static void
collect(int fd)
{
	uint64_t until = clock_mono_ns() + CHILD_NS, now;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(output) - 1 && (now = clock_mono_ns()) < until) {
		if (poll(&p, 1, (int)((until - now) / 1000000) + 1) <= 0)
			continue;
		n = read(fd, output + len, sizeof(output) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	output[len] = '\0';
}

/* Under valgrind, which answers readlink(2) itself, the link would lead to valgrind. */
static void
name_program(void)
{
	ssize_t n = -1;

	if (memcheck_is())
		n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n > 0)
		exe[n] = '\0';
	else
		snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)getpid());
}

static void
addr2line(const struct backtrace *bt)
{
	unsigned i, n = 0;
	int fd[2];
	pid_t pid;

	output[0] = '\0';
	memset(args, 0, sizeof(args));
	name_program();
	for (i = 0; i < bt->n; i++)
		if (in_program(bt->pc[i]))
			snprintf(args[n++], sizeof(args[0]), "0x%llx", (unsigned long long)
			    file_address(bt->pc[i] - (i > 0 || !bt->exact)));
	if (n == 0 || pipe2(fd, O_CLOEXEC) != 0)
		return;
	pid = _Fork();
	if (pid == 0)
		run_child(fd[1]);
	close(fd[1]);
	if (pid > 0) {
		collect(fd[0]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(fd[0]);
}

/* The next line of text, its newline cut; NULL at the end. */
static char *
next_line(char **text)
{
	char *line = *text, *nl;

	if (*line == '\0')
		return NULL;
	nl = strchr(line, '\n');
	*text = nl != NULL ? nl + 1 : line + strlen(line);
	if (nl != NULL)
		*nl = '\0';
	return line;
}

/* Paths below the working directory are shown relative to it. */
static const char *
shorten(char *where)
{
	char cwd[1024];
	char *p;
	size_t n;

	p = strstr(where, " (discriminator");
	if (p != NULL)
		*p = '\0';
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return where;
	n = strlen(cwd);
	return strncmp(where, cwd, n) == 0 && where[n] == '/' ? where + n + 1 : where;
}

static void
by_symbol(uintptr_t pc, unsigned frame, char *line)
{
	const char *file;
	Dl_info dl;

	if (dladdr((const void *)pc, &dl) == 0 || dl.dli_fname == NULL) {
		snprintf(line, BT_LINE, "#%-2u 0x%llx", frame, (unsigned long long)pc);
		return;
	}
	file = strrchr(dl.dli_fname, '/');
	file = file != NULL ? file + 1 : dl.dli_fname;
	if (dl.dli_sname != NULL)
		snprintf(line, BT_LINE, "#%-2u %.100s+0x%zx in %.100s", frame, dl.dli_sname,
		    (size_t)(pc - (uintptr_t)dl.dli_saddr), file);
	else
		snprintf(line, BT_LINE, "#%-2u 0x%llx in %.100s", frame, (unsigned long long)
		    (pc - (uintptr_t)dl.dli_fbase), file);
}

/*
 * One frame of the program out of addr2line's answer: the address's line was read; pairs
 * of function and place follow, innermost first.  Returns the lines made, 0 if it knows
 * nothing.
 */
static unsigned
by_debug_info(char **text, unsigned frame, bt_line *lines, unsigned max)
{
	unsigned n = 0;
	char *func, *where, *p;

	while (**text != '\0' && strncmp(*text, "0x", 2) != 0) {
		func = next_line(text);
		where = next_line(text);
		if (where == NULL || n >= max || strncmp(where, "??", 2) == 0)
			continue;
		p = strstr(func, " inlined at ");
		if (p != NULL)
			*p = '\0';
		if (n == 0)
			snprintf(lines[n], BT_LINE, "#%-2u %.80s at %.140s", frame, func,
			    shorten(where));
		else
			snprintf(lines[n], BT_LINE, "    inlined into %.80s at %.140s", func,
			    shorten(where));
		n++;
	}
	return n;
}

/* How many frames are worth showing: how the C library starts a thread is not. */
static unsigned
useful(const struct backtrace *bt)
{
	unsigned n = bt->n;

	while (n > 0 && !in_program(bt->pc[n - 1]))
		n--;
	return n > 0 ? n : bt->n;
}

/* How often the call at frame i is repeated after it, as in a recursion without an end. */
static unsigned
repeats(const struct backtrace *bt, unsigned i)
{
	unsigned n = 0;

	while (i + n + 1 < bt->n && bt->pc[i + n + 1] == bt->pc[i])
		n++;
	return n;
}

unsigned
bt_lines(const struct backtrace *bt, bt_line *lines, unsigned max)
{
	char *text = output;
	unsigned i, n = 0, k, again = 0, frames = useful(bt);

	addr2line(bt);
	for (i = 0; i < frames && n < max; i++) {
		k = 0;
		if (again > 0) {
			next_line(&text);
			while (*text != '\0' && strncmp(text, "0x", 2) != 0)
				next_line(&text);
			if (--again == 0)
				snprintf(lines[n++], BT_LINE, "    the same again, to #%u", i);
			continue;
		}
		again = repeats(bt, i);
		if (in_program(bt->pc[i]) && next_line(&text) != NULL)
			k = by_debug_info(&text, i, &lines[n], max - n);
		if (k == 0) {
			by_symbol(bt->pc[i], i, lines[n]);
			k = 1;
		}
		n += k;
	}
	return n;
}
