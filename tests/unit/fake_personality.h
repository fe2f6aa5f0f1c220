/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_personality.h - run-fake, a personality that misbehaves on purpose: what its parts share.
 */
#ifndef TESTS_UNIT_FAKE_PERSONALITY_H
#define TESTS_UNIT_FAKE_PERSONALITY_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>

#include "harness/hypercall.h"

extern struct fake {
	const char	*mode;		/* FAKE in the environment: what goes wrong */
	struct hyp_dev	*dev;
	struct hyp_bar	*bar;
	struct hyp_dma	 mem;
	pthread_t	 thread;
	int		 has_thread;
	sem_t		 fired, stop;
	unsigned	 kind;
	void		*lost;		/* memory */
	unsigned	 raced;
} fake;
#define MODE(name)	(strcmp(fake.mode, name) == 0)

/* ---- fake_bugs.c: functions whose names the tests look for in backtraces ---- */

/* A write to where it points to; nowhere. */
void	fake_crash_here(volatile int *);
/* For ever. */
void	fake_spin(void);
/* What a driver may do wrong in attach; with FAKE=ok nothing. */
void	fake_misbehave(void);

static inline __attribute__((always_inline)) void
fake_inlined(void)
{
	fake_crash_here((volatile int *)(uintptr_t)0x10);	/* INLINE-LINE */
}

/* ---- fake_locks.c ---- */

/* Locks in ways that end badly, or would some day. */
void	fake_misbehave_with_locks(void);

/* ---- fake_wifi.c ---- */

/* One of two threads, named ...0 and ...1, that capture frames. */
void	*fake_wifi_thread(void *name);
/* An event with what it knows of the network. */
void	fake_wifi_report(struct hyp_dev *);

#endif
