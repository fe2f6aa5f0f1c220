/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of the clock without a harness around it: nothing is recorded, nobody takes turns. */
#include <stdlib.h>

#include "harness/rr.h"

enum rr_mode rr_mode;
_Thread_local bool turn_mine_;

void
turn_take(void)
{
}

void
turn_give(void)
{
}

void
turn_begin(uint32_t thread)
{
	(void)thread;
}

void
turn_join(pthread_t thread)
{
	pthread_join(thread, NULL);
}

/* None of these is called. */

uint32_t
turn_new_thread(void)
{
	abort();
}

void
turn_end(void)
{
	abort();
}

void
turn_lock(pthread_mutex_t *m)
{
	(void)m;
	abort();
}

void
turn_unlocked(void)
{
	abort();
}

uint64_t
rr_look(uint64_t now)
{
	(void)now;
	abort();
}

void
rr_chance(void)
{
	abort();
}

bool
rr_delayed(void)
{
	abort();
}

bool
rr_next_is(enum rr_op op)
{
	(void)op;
	abort();
}

void
rr_call(enum rr_op op, unsigned n, ...)
{
	(void)op;
	(void)n;
	abort();
}

uint64_t
rr_result(uint64_t val)
{
	(void)val;
	abort();
}

void
rr_done(void)
{
	abort();
}
