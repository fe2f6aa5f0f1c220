/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * where.c - which function and line of the driver an address is, for error texts.
 *
 * Only on the way to an error, so it may be slow: it asks addr2line(1) of binutils.  The
 * dynamic symbol table, which is what dladdr(3) knows, lacks a driver's static functions.
 */
#define _GNU_SOURCE
#include "softc.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run `addr2line` and read the start of what it prints; the length, or -1. */
static ssize_t
addr2line(const char *object, uintptr_t off, char *out, size_t size)
{
	char addr[32];
	char *argv[] = { (char[]){ "addr2line" }, (char[]){ "-fse" }, (char *)(uintptr_t)object,
	    addr, NULL };
	char *const env[] = { (char[]){ "LC_ALL=C" }, (char[]){ "DEBUGINFOD_URLS=" }, NULL };
	posix_spawn_file_actions_t fa;
	ssize_t len = 0, n;
	int fd[2], error;
	pid_t pid;

	snprintf(addr, sizeof(addr), "0x%jx", (uintmax_t)off);
	if (pipe2(fd, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, fd[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&pid, argv[0], &fa, NULL, argv, env);
	posix_spawn_file_actions_destroy(&fa);
	close(fd[1]);
	if (error == 0) {
		while ((size_t)len < size - 1 &&
		    (n = read(fd[0], out + len, size - 1 - (size_t)len)) > 0)
			len += n;
		waitpid(pid, NULL, 0);
	}
	close(fd[0]);
	out[len] = '\0';
	return error == 0 ? len : -1;
}

const char *
shim_where(const void *site, char *buf, size_t size)
{
	char exe[512], out[256], *line;
	uintptr_t off;
	Dl_info info;
	ssize_t n;

	if (site == NULL || dladdr(site, &info) == 0) {
		snprintf(buf, size, "%p", site);
		return buf;
	}
	off = (uintptr_t)site - (uintptr_t)info.dli_fbase - 1;	/* in the call, not behind it */
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n <= 0 || (exe[n] = '\0', addr2line(exe, off, out, sizeof(out))) <= 0 ||
	    (line = strchr(out, '\n')) == NULL || out[0] == '?') {
		snprintf(buf, size, "%s+%#jx", info.dli_fname, (uintmax_t)off);
		return buf;
	}
	*line++ = '\0';
	line[strcspn(line, " \n")] = '\0';
	snprintf(buf, size, "%s (%s)", out, line);
	return buf;
}
