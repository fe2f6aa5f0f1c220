/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The namespaces: unshare(2), user_namespaces(7), mount_namespaces(7).
 *
 * A plain user becomes root of a user namespace, which is what lets him have a network of
 * his own; root needs none, and keeps what he is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/netns/netns.h"

#define RESOLV_CONF	"/etc/resolv.conf"

/* What may be done where namespaces are forbidden to plain users; each system has its switch. */
static const char *
mend(int error)
{
	if (error == ENOSPC)
		return "the limit user.max_user_namespaces is reached (0 forbids them): raise it with "
		    "sysctl(8), or run as root";
	return "plain users may be forbidden to make one: set kernel.unprivileged_userns_clone=1 or "
	    "kernel.apparmor_restrict_unprivileged_userns=0 with sysctl(8), whichever there is, or "
	    "run as root";
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		netns_die("%s: %s; %s", path, strerror(errno), mend(errno));
	close(fd);
}

/* Root inside is who we are outside; no other user or group exists. */
static void
map_users(uid_t uid, gid_t gid)
{
	char text[64];

	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", uid);
	put("/proc/self/uid_map", text);
	snprintf(text, sizeof(text), "0 %u 1", gid);
	put("/proc/self/gid_map", text);
}

/*
 * The name servers of the new network are not the host's: a file of our own lies over
 * /etc/resolv.conf.  It has no name in the file system any more, so nothing stays behind.
 */
static void
own_resolv_conf(void)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		netns_die("mount namespace: %s; %s", strerror(errno), mend(errno));
	if (access(RESOLV_CONF, F_OK) != 0)
		return;
	snprintf(path, sizeof(path), "%s/voy-resolv.XXXXXX", dir != NULL ? dir : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		netns_die("%s: %s; set TMPDIR to a folder that can be written", path,
		    strerror(errno));
	if (fchmod(fd, 0644) != 0 || mount(path, RESOLV_CONF, NULL, MS_BIND, NULL) != 0)
		netns_say("warn %s stays the host's: %s", RESOLV_CONF, strerror(errno));
	unlink(path);
	close(fd);
}

void
space_enter(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int flags = CLONE_NEWNET | CLONE_NEWNS;

	if (uid != 0)
		flags |= CLONE_NEWUSER;
	if (unshare(flags) != 0)
		netns_die("a network namespace cannot be made: %s; %s", strerror(errno),
		    uid != 0 ? mend(errno) : "is this a container without CAP_SYS_ADMIN?");
	if (uid != 0)
		map_users(uid, gid);
	own_resolv_conf();
}
