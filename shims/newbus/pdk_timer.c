/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_timer.c - timers and the time: callout(9).
 *
 * A callout has the device's lock, and looks with it whether the timer was stopped: a stop is
 * final.
 */
#include "pdk_newbus.h"

static void
pdk_timer_expired(void *arg)
{
	struct pdk_timer *tm = arg;

	tm->tm_fn(tm->tm_arg);
}

void
pdk_timer_init(struct pdk_dev *dev, struct pdk_timer *tm, void (*fn)(void *), void *arg)
{
	os_callout_init(&tm->tm_callout, &dev->pd_mtx);
	tm->tm_fn = fn;
	tm->tm_arg = arg;
}

void
pdk_timer_arm(struct pdk_timer *tm, unsigned ms)
{
	os_callout_arm(&tm->tm_callout, ms, pdk_timer_expired, tm);
}

void
pdk_timer_stop(struct pdk_timer *tm)
{
	callout_stop(&tm->tm_callout);
}

void
pdk_timer_drain(struct pdk_timer *tm)
{
	callout_drain(&tm->tm_callout);
}

uint64_t
pdk_uptime_ms(void)
{
	return (os_uptime_ms());
}
