/* SPDX-License-Identifier: BSD-2-Clause */
/* warden_int.h - what the warden's own files share; see warden.h. */
#ifndef HARNESS_WARDEN_INT_H
#define HARNESS_WARDEN_INT_H

#include <linux/seccomp.h>
#include <stdatomic.h>

#include "harness/warden.h"

/* What both processes see. */
struct warden_shared {
	atomic_int	 told;		/* the offence below is whole */
	atomic_int	 taken;
	struct warden_offence offence;
};

/* In words. */
void	warden_describe(const struct seccomp_notif *, struct warden_offence *);

/*
 * A call that opens a file which may be read: opens it; the descriptor, or a negative errno.
 * False: it is no such call.  `harness` is the process that made it.
 */
bool	warden_open(const struct seccomp_notif *, pid_t harness, int *fd);

/* A string of the caller's memory; false when it cannot be read. */
bool	warden_string(pid_t tid, uint64_t addr, char *buf, size_t size);

#endif /* HARNESS_WARDEN_INT_H */
