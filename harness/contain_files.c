/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock: no file, no TCP, no abstract UNIX socket; see contain.h.  Source: Linux,
 * Documentation/userspace-api/landlock.rst.  The C library has no calls for it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/contain.h"

/* The attribute as of version 6; older ones know its beginning. */
struct ruleset {
	uint64_t	fs, net, scoped;
};

#define FS_1		((UINT64_C(1) << 13) - 1)
#define FS_REFER	(UINT64_C(1) << 13)	/* version 2 */
#define FS_TRUNCATE	(UINT64_C(1) << 14)	/* 3 */
#define FS_IOCTL_DEV	(UINT64_C(1) << 15)	/* 5 */
#define NET_TCP		UINT64_C(3)		/* 4: bind, connect */
#define SCOPE_ABSTRACT	UINT64_C(1)		/* 6 */

static int ruleset = -1;

int
contain_files_init(const char **why)
{
	struct ruleset r = { .fs = FS_1 };
	size_t size = sizeof(r.fs);
	long version;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version <= 0) {
		*why = errno == EOPNOTSUPP ? "this kernel has it switched off" :
		    "this kernel has it not";
		return 0;
	}
	r.fs |= (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0) |
	    (version >= 5 ? FS_IOCTL_DEV : 0);
	if (version >= 4) {
		r.net = NET_TCP;
		size = 2 * sizeof(r.fs);
	}
	if (version >= 6) {
		r.scoped = SCOPE_ABSTRACT;
		size = sizeof(r);
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (ruleset < 0) {
		*why = strerrordesc_np(errno);
		return 0;
	}
	return (int)version;
}

void
contain_files(void)
{
	if (ruleset >= 0)
		(void)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
