/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock_int.h - what the files of the clock share: clock.c (time), clock_wait.c (who is at work
 * and what the others wait for).
 */
#ifndef HARNESS_CLOCK_INT_H
#define HARNESS_CLOCK_INT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* Guards all of it; a leaf: nothing else is locked, and nobody called, with it held. */
extern pthread_mutex_t clock_lock_;

#endif /* HARNESS_CLOCK_INT_H */
