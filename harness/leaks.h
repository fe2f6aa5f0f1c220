/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * leaks.h - everything as before attach?  By the personality's own count, the harness's, and
 * the number of file descriptors.
 */
#ifndef HARNESS_LEAKS_H
#define HARNESS_LEAKS_H

#include "harness/hypercall.h"

/* File descriptors of the process, without those of control clients. */
int	leaks_fds(void);
/* Fails the run when something was not given back, and takes it away. */
void	leaks_check(struct hyp_dev *, const struct hyp_leaks *, int fds_before);

#endif /* HARNESS_LEAKS_H */
