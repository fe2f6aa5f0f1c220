/* SPDX-License-Identifier: BSD-2-Clause */
/* Nobody watches: for tests of a part of the harness alone. */
#include <stddef.h>

#include "harness/busy.h"
#include "harness/hypercall.h"

void
hyp_order(const void *thing, const char *name)
{
	(void)thing;
	(void)name;
}

void
hyp_hold(const void *thing, const char *name)
{
	(void)thing;
	(void)name;
}

void
hyp_role(const void *thing, const char *name)
{
	(void)thing;
	(void)name;
}

void
hyp_release(const void *thing)
{
	(void)thing;
}

void
hyp_await(const void *thing, const char *name)
{
	(void)thing;
	(void)name;
}

void
hyp_awaited(void)
{
}

void
busy_delay(unsigned us)
{
	(void)us;
}

void
busy_outside(void)
{
}

void
busy_inside(void)
{
}

const char *
busy_held_name(const void *thing, const char *otherwise)
{
	(void)thing;
	return otherwise;
}

const char *
busy_name(const void *thing, const char *otherwise)
{
	(void)thing;
	return otherwise;
}
