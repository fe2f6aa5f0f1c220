/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim_worker.c - what runs later: WORKER, which may wait and reads firmware, its tasks; timers.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"
#include "shim.h"

static int
filter(void *arg __unused)
{
	return PDK_INTR_BH;
}

static void
bh(void *arg)
{
	struct toy *t = arg;

	pdk_lock(&t->dev);
	pdk_wake(&t->dev, &t->wchan);
	pdk_unlock(&t->dev);
}

static void
interrupt(void)
{
	k_interrupt(0);
}

static int
wait_for_it(void *arg)
{
	struct toy *t = arg;
	int error;

	pdk_lock(&t->dev);
	error = pdk_wait(&t->dev, &t->wchan, 1000);
	pdk_assert_locked(&t->dev);
	pdk_unlock(&t->dev);
	return error;
}

static int ncall;

static int
call_in_call(void *arg)
{
	ncall++;
	return ncall == 1 ? pdk_call(&toy->dev, call_in_call, arg) + 1 : 40;
}

void
check_wait(void)
{
	unsigned n = 1;

	toy_attach(0, 0);
	k_boot();
	k_msi = 1;
	(void)pdk_intr_alloc(&toy->dev, PDK_INTR_MSI, &n);
	(void)pdk_intr_establish(&toy->dev, 0, filter, bh, toy);
	k_event = interrupt;
	ok(pdk_call(&toy->dev, wait_for_it, toy) == 0, "a bottom half wakes WORKER");
	k_event = NULL;
	ok(pdk_call(&toy->dev, wait_for_it, toy) == ETIMEDOUT, "without it the time ends the wait");
	ok(pdk_call(&toy->dev, call_in_call, NULL) == 41 && ncall == 2,
	    "pdk_call() gives back what was returned; in WORKER it is a plain call");
	k_msi = 0;
	toy_detach();
}

static int again;

static void
task(void *arg)
{
	say("%s", (const char *)arg);
	if (again != 0 && --again == 0) {
		pdk_lock(&toy->dev);
		pdk_task_post(&toy->task[0]);
		pdk_task_post(&toy->task[0]);
		pdk_unlock(&toy->dev);
	}
}

static void
post(int i)
{
	pdk_lock(&toy->dev);
	pdk_task_post(&toy->task[i]);
	pdk_unlock(&toy->dev);
}

void
check_tasks(void)
{
	static char a[] = "a", b[] = "b";

	toy_attach(0, 0);
	k_boot();
	quiet();
	pdk_task_init(&toy->dev, &toy->task[0], task, a);
	pdk_task_init(&toy->dev, &toy->task[1], task, b);
	post(0);
	post(1);
	post(0);
	pdk_worker_drain(&toy->dev);
	heard("ab", "first in, first out, once while it waits");
	again = 1;
	post(0);
	pdk_worker_drain(&toy->dev);
	pdk_worker_drain(&toy->dev);
	heard("aa", "a running task may be queued again, once");
	post(0);
	post(1);
	pdk_lock(&toy->dev);
	pdk_task_cancel(&toy->task[0]);
	pdk_task_cancel(&toy->task[0]);
	pdk_unlock(&toy->dev);
	pdk_worker_drain(&toy->dev);
	heard("b", "what is cancelled does not run");
	toy_detach();
}

static int nfired;

static void
fired(void *arg)
{
	pdk_assert_locked(&((struct toy *)arg)->dev);
	nfired++;
}

static void
arm(unsigned ms)
{
	pdk_lock(&toy->dev);
	if (ms != 0)
		pdk_timer_arm(&toy->timer, ms);
	else
		pdk_timer_stop(&toy->timer);
	pdk_unlock(&toy->dev);
}

void
check_timers(void)
{
	toy_attach(0, 0);
	k_boot();
	pdk_timer_init(&toy->dev, &toy->timer, fired, toy);
	k_clock(7);				/* in the middle of a tick */
	arm(25);
	k_clock(24);
	ok(nfired == 0, "not before its time");
	k_clock(50);
	ok(nfired == 1, "once, with the lock");
	arm(20);
	k_clock(10);
	arm(100);
	k_clock(80);
	ok(nfired == 1, "arming again moves the time");
	arm(0);
	k_clock(1000);
	ok(nfired == 1, "what is stopped does not fire");
	arm(10);
	pdk_timer_drain(&toy->timer);
	k_clock(1000);
	ok(nfired == 1, "nor what is drained");
	toy_detach();
}

static int
load(void *arg __unused)
{
	const void *data;
	size_t size;
	int error;

	error = pdk_firmware_get(&toy->dev, "iwlwifi-7260-17.ucode", &data, &size);
	if (error != 0)
		return error;
	ok(size == 5 && memcmp(data, "hello", 5) == 0, "the file's octets");
	pdk_firmware_put(&toy->dev, data, size);
	return 0;
}

static int
firmware(const char *file)
{
	k_file = file;
	return pdk_call(&toy->dev, load, NULL);
}

void
check_firmware(void)
{
	toy_attach(0, 0);
	k_boot();
	ok(firmware(k_files[0]) == 0, k_files[0]);
	ok(firmware(k_files[1]) == 0, k_files[1]);
	ok(firmware(NULL) == ENOENT, "none: ENOENT");
	toy_detach();
}
