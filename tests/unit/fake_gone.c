/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_gone.c - FAKE=gone-raced: between the device's end and the word of it another thread of the
 * driver finds the device gone, and says that it has failed.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness/hypercall.h"
#include "harness/life.h"

void	__real_rr_gone(const char *why);
void	__wrap_rr_gone(const char *why);

static void *
faster(void *arg)
{
	(void)arg;
	hyp_fail(life_dev(), 0, "a register read all ones");
	return NULL;
}

void
__wrap_rr_gone(const char *why)
{
	const char *mode = getenv("FAKE");
	pthread_t t;

	if (mode != NULL && strcmp(mode, "gone-raced") == 0) {
		if (pthread_create(&t, NULL, faster, NULL) != 0)
			abort();
		pthread_join(t, NULL);
	}
	__real_rr_gone(why);
}
