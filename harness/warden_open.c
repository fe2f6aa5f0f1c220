/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that are read after a driver has begun: firmware, what /proc says of the process
 * itself, and what the C library and the harness ask of the system; and the one that a sanitizer's
 * runtime writes, where its user wants reports in a file.  See warden_int.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness/firmware.h"
#include "harness/sanitizer.h"
#include "harness/warden_int.h"

#define FLAGS	(O_CLOEXEC | O_NONBLOCK | O_DIRECTORY | O_NOFOLLOW | O_NOCTTY | O_LARGEFILE | 0100000)
#define REPORT_MODE 0660
#define REPORT	(O_WRONLY | O_CREAT | O_TRUNC)
#define SELF	"/proc/self/"

/* Of /proc/self: files, and folders with what is in them. */
static const char *const own[] = { "cmdline", "environ", "exe", "fd", "maps", "smaps", "stat",
    "statm", "status", "task", "task/*/comm", "task/*/status", "task/*/stat", NULL };
/* Of the system: files, and, with a slash at the end, all that is below. */
static const char *const systems[] = {
	"/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
	"/proc/sys/kernel/ngroups_max", "/proc/sys/vm/overcommit_memory",
	"/sys/devices/system/cpu/", "/sys/kernel/iommu_groups/", "/sys/kernel/mm/hugepages/",
	"/dev/random", "/dev/urandom", "/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf", NULL
};

bool
warden_string(pid_t tid, uint64_t addr, char *buf, size_t size)
{
	struct iovec here, there;
	size_t len = 0, part;

	/* Up to the end of each page: the next one may not be there. */
	while (len < size - 1) {
		part = 4096 - (addr + len) % 4096;
		part = part < size - 1 - len ? part : size - 1 - len;
		here = (struct iovec){ buf + len, part };
		there = (struct iovec){ (void *)(uintptr_t)(addr + len), part };
		if (process_vm_readv(tid, &here, 1, &there, 1, 0) != (ssize_t)part)
			break;
		if (memchr(buf + len, '\0', part) != NULL)
			return true;
		len += part;
	}
	buf[len] = '\0';
	return len > 0;
}

/* Does the path match, `*` being one component? */
static bool
matches(const char *pattern, const char *path)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*') {
			if (*path == '.' || *path == '\0')
				return false;
			path += strcspn(path, "/");
		} else if (*pattern != *path++)
			return false;
	}
	return *path == '\0' || strcmp(path, "/") == 0;
}

/* "/proc/self/status" and "/proc/123/status" are the harness's: ours would be another one's. */
static bool
is_own(const char *path, pid_t harness, char *real, size_t size)
{
	const char *rest = NULL;
	char number[32];
	unsigned i;

	snprintf(number, sizeof(number), "/proc/%d/", (int)harness);
	if (strncmp(path, SELF, strlen(SELF)) == 0)
		rest = path + strlen(SELF);
	else if (strncmp(path, number, strlen(number)) == 0)
		rest = path + strlen(number);
	if (rest == NULL)
		return false;
	snprintf(real, size, "/proc/%d/%s", (int)harness, rest);
	for (i = 0; own[i] != NULL; i++)
		if (matches(own[i], rest))
			return true;
	return false;
}

static bool
is_system(const char *path)
{
	unsigned i;
	size_t n;

	for (i = 0; systems[i] != NULL; i++) {
		n = strlen(systems[i]);
		if (strncmp(path, systems[i], n) == 0 &&
		    (systems[i][n - 1] == '/' || path[n] == '\0'))
			return true;
	}
	return false;
}

static bool
may_read(const char *path, pid_t harness, char *real, size_t size)
{
	if (strstr(path, "/../") != NULL)
		return false;
	if (is_own(path, harness, real, size))
		return true;
	snprintf(real, size, "%s", path);
	return is_system(path) || firmware_is_place(path);
}

/* May it be opened so? `real` is what is to be opened then. */
static bool
may_open(const char *path, uint64_t flags, pid_t harness, char *real, size_t size)
{
	if ((flags & ~(uint64_t)FLAGS) == 0)
		return may_read(path, harness, real, size);
	snprintf(real, size, "%s", path);
	return (flags & ~(uint64_t)FLAGS) == REPORT && sanitizer_is_report(path, harness);
}

bool
warden_open(const struct seccomp_notif *req, pid_t harness, int *fd)
{
	char path[PATH_MAX], real[PATH_MAX + 32];
	uint64_t at, flags;

	switch (req->data.nr) {
	case SYS_openat:
		at = req->data.args[1];
		flags = req->data.args[2];
		break;
#ifdef SYS_open
	case SYS_open:
		at = req->data.args[0];
		flags = req->data.args[1];
		break;
#endif
	default:
		return false;
	}
	if (!warden_string((pid_t)req->pid, at, path, sizeof(path)) ||
	    !may_open(path, flags, harness, real, sizeof(real)))
		return false;
	*fd = open(real, (int)flags | O_CLOEXEC, REPORT_MODE);
	if (*fd < 0)
		*fd = -errno;
	return true;
}
