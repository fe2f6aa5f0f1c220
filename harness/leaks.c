/* SPDX-License-Identifier: BSD-2-Clause */
/* What a driver has not given back; see leaks.h. */
#include <dirent.h>
#include <stdio.h>
#include <time.h>

#include "harness/control.h"
#include "harness/dev.h"
#include "harness/leaks.h"
#include "harness/life.h"
#include "harness/report.h"
#include "harness/sanitizer.h"

int
leaks_fds(void)
{
	int clients, n = -1;		/* the directory's own */
	DIR *d;

	report_hold();
	clients = control_fds_hold();
	d = opendir("/proc/self/fd");
	if (d == NULL)
		n = 0;
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			n++;
	if (d != NULL)
		closedir(d);
	control_fds_release();
	report_release();
	return n - clients;
}

/* The same; waits up to a moment for it to become `want`: a client may just come or go. */
static int
fds_settle(int want)
{
	struct timespec ts = { 0, 2000000 };
	int i, n;

	for (i = 0; (n = leaks_fds()) != want && i < 100; i++)
		nanosleep(&ts, NULL);
	return n;
}

static void
leak_text(const struct hyp_leaks *l, char *buf, size_t size)
{
	const struct { const char *name; unsigned n; } kinds[] = {
		{ "memory blocks", l->memory }, { "DMA objects", l->dma },
		{ "DMA maps", l->maps }, { "mbufs", l->mbufs }, { "timers", l->timers },
		{ "tasks", l->tasks }, { "firmware images", l->firmware }, { "BARs", l->bars },
		{ "interrupts", l->interrupts },
	};
	size_t n = 0;
	unsigned i;

	buf[0] = '\0';
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && n < size; i++)
		if (kinds[i].n > 0)
			n += (size_t)snprintf(buf + n, size - n, "%s%u %s", n > 0 ? ", " : "",
			    kinds[i].n, kinds[i].name);
}

void
leaks_check(struct hyp_dev *dev, const struct hyp_leaks *leaks, int fds_before)
{
	char theirs[512], ours[768];
	int fds;

	leak_text(leaks, theirs, sizeof(theirs));
	if (dev_leaks(dev, ours, sizeof(ours)) || theirs[0] != '\0')
		life_fail(dev, 0, "leak: the driver did not give back: %s%s%s", theirs,
		    theirs[0] != '\0' && ours[0] != '\0' ? "; " : "", ours);
	if (sanitizer_spoke())
		return;		/* it keeps its symbolizer's pipes */
	fds = fds_settle(fds_before);
	if (fds != fds_before)
		life_fail(dev, 0, "leak: %d file descriptors after detach, %d before attach",
		    fds, fds_before);
}
