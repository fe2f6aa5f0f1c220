/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open_fds.h - whether a test leaks file descriptors.
 *
 *	int fds = open_fds();
 *	...
 *	ok(open_fds() == fds, "no file descriptor is left");
 */
#ifndef TESTS_UNIT_OPEN_FDS_H
#define TESTS_UNIT_OPEN_FDS_H

#include <dirent.h>
#include <stddef.h>

/* How many file descriptors this process has open. */
static inline int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}

#endif
