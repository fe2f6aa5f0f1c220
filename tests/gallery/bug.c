/* SPDX-License-Identifier: BSD-2-Clause */
/* The bug of this run: the one part of the gallery's drivers that is not pdk; see bug.h. */
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int
bug(const char *name)
{
	const char *wanted = getenv("VOY_BUG");

	return wanted != NULL && strcmp(wanted, name) == 0;
}

void *
bug_memory(unsigned long size)
{
	void *p = malloc(size);

	if (p == NULL)
		abort();
	return p;
}
