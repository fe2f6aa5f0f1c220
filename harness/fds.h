/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fds.h - how many file descriptors the process has, without those of control clients, which
 * come and go as they like.
 */
#ifndef HARNESS_FDS_H
#define HARNESS_FDS_H

int	fds_count(void);
/* The same; waits up to a moment for it to become `want`. */
int	fds_settle(int want);

#endif /* HARNESS_FDS_H */
