/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting file descriptors; see fds.h. */
#include <dirent.h>
#include <stdlib.h>
#include <time.h>

#include "harness/control.h"
#include "harness/fds.h"

int
fds_count(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -1;		/* the directory's own */

	if (d == NULL)
		return 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			n++;
	closedir(d);
	return n - control_fds();
}

int
fds_settle(int want)
{
	struct timespec ts = { 0, 2000000 };
	int i, n;

	for (i = 0; (n = fds_count()) != want && i < 100; i++)
		nanosleep(&ts, NULL);
	return n;
}
