/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_timer.c - timers: callout(9).
 *
 * A handler has the lock, and looks with it whether the timer was stopped: a stop is final.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

/* Not fewer than `ms`: the tick that has begun does not count. */
int
pdk_ms2ticks(unsigned ms)
{
	return (int)MIN(howmany((uint64_t)ms * hz, 1000) + 1, INT_MAX / 2);
}

/*
 * softclock.  While this waited for the lock the timer may have been stopped, or armed again:
 * then the callout is pending, and that call is the right one.
 */
static void
expire(void *arg)
{
	struct pdk_timer *t = arg;
	struct pdk_dev *dev = t->tm_dev;

	mutex_enter(&dev->pd_mtx);
	if (t->tm_armed && !callout_pending(&t->tm_callout)) {
		t->tm_armed = false;
		t->tm_fn(t->tm_arg);
	}
	mutex_exit(&dev->pd_mtx);
}

void
pdk_timer_init(struct pdk_dev *dev, struct pdk_timer *t, void (*fn)(void *), void *arg)
{
	callout_init(&t->tm_callout, CALLOUT_MPSAFE);
	callout_setfunc(&t->tm_callout, expire, t);
	t->tm_dev = dev;
	t->tm_fn = fn;
	t->tm_arg = arg;
	t->tm_armed = false;
}

void
pdk_timer_arm(struct pdk_timer *t, unsigned ms)
{
	KASSERT(mutex_owned(&t->tm_dev->pd_mtx));
	t->tm_armed = true;
	callout_schedule(&t->tm_callout, pdk_ms2ticks(ms));
}

/* It may be armed again, so callout_destroy(9), which frees nothing, is left out. */
void
pdk_timer_drain(struct pdk_timer *t)
{
	mutex_enter(&t->tm_dev->pd_mtx);
	t->tm_armed = false;
	mutex_exit(&t->tm_dev->pd_mtx);
	callout_halt(&t->tm_callout, NULL);
}
