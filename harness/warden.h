/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * warden.h - a process beside the driver's that does for it what it may not do itself any
 * more once it is contained (contain.h): it starts addr2line and voy-netns, opens the few
 * files that are read later, and removes the control socket.  The kernel tells it of each
 * system call that is not allowed: it opens the file, or has the thread report.
 *
 *	warden_start();				in main(), before there are threads
 *	...
 *	warden_watch(listener);			from here on it judges
 *
 * Each request is one message, and its answer, if it has one, comes by a descriptor that went
 * with it; so no lock is needed, and a process that crashes can ask, too.
 */
#ifndef HARNESS_WARDEN_H
#define HARNESS_WARDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "harness/addr2line.h"
#include "harness/net.h"

/* Once; it ends with this process.  An errno. */
int	warden_start(void);

/* Have addr2line write its answer to `out`; false: there is no warden. */
bool	warden_addr2line(const struct addr2line_ask *, int out);

/*
 * Start voy-netns, with `end` for its messages.  *pidfd becomes readable when it has ended, and
 * is the caller's.  An errno; why gets the text.
 */
int	warden_keeper(const struct keeper_how *, int end, pid_t *pid, int *pidfd, char *why,
	    size_t size);
/* How the last one ended: its exit status, or 128 and the signal's number; 0 when it has not. */
int	warden_keeper_status(pid_t);
/* Kill it. */
void	warden_kill_keeper(pid_t);

/* The control socket: at this path, and this one, until the process is contained. */
void	warden_control(const char *path, const struct stat *);
/* Remove it if it is still the same; has been done on return. */
void	warden_unlink(void);

/* Judge the system calls that come by a seccomp listener, which stays the caller's.  An errno. */
int	warden_watch(int listener);

/* A system call that was not allowed; its thread has got EPERM, and is sent SIGSYS. */
struct warden_offence {
	int	tid;			/* 0: none */
	char	name[32];		/* "openat" */
	char	text[400];		/* "openat(\"/etc/shadow\", 0x0)" */
	char	args[6][24];		/* as numbers */
};
/* The first, if there was one.  Async-signal-safe. */
const struct warden_offence *warden_offence(void);
/* A handler has it: nobody else needs to be told. */
void	warden_taken(void);

#endif /* HARNESS_WARDEN_H */
