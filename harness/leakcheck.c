/* SPDX-License-Identifier: BSD-2-Clause */
/* Who looks for lost memory; see leakcheck.h.  Source: LLVM, compiler-rt, lsan_interface.h. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/leakcheck.h"

#define STATUS_LEAK	23	/* LeakSanitizer's */

/* What the runtime has; in other programs it is not there. */
int	__lsan_do_recoverable_leak_check(void) __attribute__((weak));
/* What it asks before each check. */
int	__lsan_is_turned_off(void);

static struct {
	bool		started;
	void		(*first)(void);
	sem_t		asked, done;
	bool		found;		/* between the two */
	atomic_bool	off;
} L;

bool
leakcheck_is(void)
{
	return __lsan_do_recoverable_leak_check != NULL;
}

int
__lsan_is_turned_off(void)
{
	return atomic_load(&L.off);
}

static void
wait_for(sem_t *sem)
{
	while (sem_wait(sem) != 0 && errno == EINTR)
		;
}

static void *
leakcheck_main(void *arg)
{
	L.first();
	for (;;) {
		wait_for(&L.asked);
		L.found = __lsan_do_recoverable_leak_check() != 0;
		sem_post(&L.done);
	}
	return arg;
}

int
leakcheck_start(void (*first)(void))
{
	sigset_t all, old;
	pthread_t thread;
	int error;

	if (!leakcheck_is())
		return 0;
	L.first = first;
	sem_init(&L.asked, 0, 0);
	sem_init(&L.done, 0, 0);
	/* Signals are for others. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, NULL, leakcheck_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error == 0) {
		pthread_detach(thread);
		L.started = true;
	}
	return error;
}

bool
leakcheck_found(void)
{
	if (!leakcheck_is())
		return false;
	if (!L.started)
		return __lsan_do_recoverable_leak_check() != 0;
	sem_post(&L.asked);
	wait_for(&L.done);
	return L.found;
}

void
leakcheck_exit(void)
{
	if (!L.started)
		return;
	if (leakcheck_found()) {
		fflush(NULL);
		_exit(STATUS_LEAK);
	}
	atomic_store(&L.off, true);
}
