/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_thread.c - a queue for tasks that sleep, which shims/vap finds ready on other systems.
 * See workqueue(9), once(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <pdk80211.h>

#include "pdk80211_os.h"

#include <sys/once.h>

static struct workqueue *thread;

static int
create(void)
{
	return workqueue_create(&thread, "pdk80211", ieee80211_runwork, NULL, PRI_NONE,
	    IPL_SOFTNET, WQ_MPSAFE);
}

/* One for all devices, for good: a kernel has few, and they are seldom restarted. */
int
vap_thread_create(void)
{
	static ONCE_DECL(once);

	return RUN_ONCE(&once, create);
}

void
vap_thread_enqueue(struct task *task)
{
	if (thread != NULL)
		taskqueue_enqueue(thread, task);
}

void
vap_thread_drain(struct task *task)
{
	if (thread != NULL)
		taskqueue_drain(thread, task);
}
