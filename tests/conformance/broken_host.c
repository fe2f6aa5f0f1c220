/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_host.c - the name of the case, from the environment: the one part of these
 * drivers that is not pdk, and that no kernel will ever see.
 */
#include <stdlib.h>

const char *broken_wanted(void);

const char *
broken_wanted(void)
{
	const char *name = getenv("VOY_BROKEN_CASE");

	return name != NULL ? name : "";
}
