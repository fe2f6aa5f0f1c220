/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_late.c - FAKE_LATE=1: what a thread gives up before the filter is loaded it gives up late, as
 * on a machine that has other things to do; but for the thread that loads it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void	__real_contain_files(void);
void	__wrap_contain_files(void);

void
__wrap_contain_files(void)
{
	struct timespec left = { 0, 200000000 };
	char name[16] = "";

	pthread_getname_np(pthread_self(), name, sizeof(name));
	if (getenv("FAKE_LATE") != NULL && strcmp(name, "life") != 0)
		while (nanosleep(&left, &left) != 0)	/* setuid(2) is a signal to other threads */
			continue;
	__real_contain_files();
}
