/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_timer.c - timers and the time: timeout(9), microtime(9).
 *
 * A handler looks with the lock whether the timer was stopped: a stop is final.
 */
#include "pdk_unit.h"

uint64_t
pdk_uptime_ms(void)
{
	struct timeval tv;

	getmicrouptime(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

/*
 * softclock calls with the kernel lock.  If the timer was stopped while it waited for that, it
 * is not armed any more; if it was armed again, this call is early.
 */
static void
pdk_timer_run(void *arg)
{
	struct pdk_timer *t = arg;

	pdk_lock(t->tm_dev);
	if (t->tm_armed && !timeout_pending(&t->tm_to)) {
		t->tm_armed = 0;
		t->tm_fn(t->tm_arg);
	}
	pdk_unlock(t->tm_dev);
}

void
pdk_timer_init(struct pdk_dev *d, struct pdk_timer *t, void (*fn)(void *), void *arg)
{
	t->tm_dev = d;
	t->tm_fn = fn;
	t->tm_arg = arg;
	t->tm_armed = 0;
	timeout_set(&t->tm_to, pdk_timer_run, t);
}

/* timeout_add(9) counts ticks, of which the first is already under way: one more. */
void
pdk_timer_arm(struct pdk_timer *t, unsigned ms)
{
	pdk_assert_locked(t->tm_dev);
	t->tm_armed = 1;
	timeout_add(&t->tm_to, (int)MIN(((uint64_t)ms * hz + 999) / 1000 + 1, INT_MAX));
}

void
pdk_timer_stop(struct pdk_timer *t)
{
	pdk_assert_locked(t->tm_dev);
	t->tm_armed = 0;
	timeout_del(&t->tm_to);
}

/*
 * Before 6.7 there is no barrier, and no need for one: softclock takes the kernel lock before
 * it takes a timeout from the queue, so with the kernel lock none is on its way.
 */
void
pdk_timer_drain(struct pdk_timer *t)
{
	pdk_assert_unlocked(t->tm_dev);
	t->tm_armed = 0;
#if OpenBSD >= 202005
	if (!cold) {
		timeout_del_barrier(&t->tm_to);
		return;
	}
#endif
	timeout_del(&t->tm_to);
}
