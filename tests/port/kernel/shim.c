/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim.c - does a shim do what pdk.h promises, on its system's small kernel?  TAP.  The life of a
 * device here; the rest in shim_intr.c, shim_worker.c, shim_dma.c.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"
#include "shim.h"

static int late_error;

static int
waits(struct pdk_dev *d)
{
	uint64_t before = pdk_uptime_ms();

	pdk_lock(d);			/* only WORKER may wait */
	ok(pdk_wait(d, &toy->wchan, 30) == ETIMEDOUT, "nobody wakes: ETIMEDOUT");
	pdk_assert_locked(d);
	pdk_unlock(d);
	ok(pdk_uptime_ms() - before >= 30, "not before its time");
	return late_error;
}

static void
test_match(void)
{
	ok(k_match(0x1234, 0x11e8), "a device of the driver's list matches");
	ok(!k_match(0x1234, 0) && !k_match(0, 0), "another does not, nor does the list's end");
}

static void
test_attach(void)
{
	toy_attach(0, 0);
	ok(strstr(k_console, "toy0: hello\n") != NULL, "a message is a line of the unit's");
	ok(toy_count.late == 0, "attach_late waits for interrupts");
	k_boot();
	ok(toy_count.late == 1, "and has run when the boot is over");
	toy_detach();
	toy_attach(0, 0);
	toy_detach();
	ok(toy_count.late == 1, "a device that goes before has none");
}

static void
test_attach_fails(void)
{
	toy_error.attach = EIO;
	ok(k_attach() != 0 && k_live == 0, "a failed attach leaves nothing");
	toy_error.attach = 0;
	late_error = EIO;
	toy_attach(0, 0);
	k_boot();
	ok(k_suspend() == 0 && toy_count.suspend == 0, "after a failed attach_late it sleeps by itself");
	ok(k_resume() == 0 && toy_count.resume == 0, "and wakes without it");
	late_error = 0;
	toy_detach();
}

static void
test_sleep(void)
{
	toy_attach(0, 0);
	k_boot();
	toy_error.suspend = EBUSY;
	ok(k_suspend() == EBUSY, "an error ends the suspend");
	ok(k_resume() == 0 && toy_count.resume == 0, "what did not sleep is not resumed");
	toy_error.suspend = 0;
	ok(k_suspend() == 0 && toy_count.suspend == 2, "it sleeps");
	ok(k_resume() == 0 && toy_count.resume == 1, "it is resumed");
	(void)k_suspend();
	toy_detach();
	ok(toy_count.resume == 2, "a device that sleeps is resumed before it is detached");
}

int
main(void)
{
	toy_late = waits;
	test_match();
	test_attach();
	test_attach_fails();
	test_sleep();
	check_pci();
	check_vectors();
	check_handlers();
	check_wait();
	check_tasks();
	check_timers();
	check_firmware();
	check_dma();
	check_maps();
	check_bounce();
	check_mbufs();
	return tap_end();
}
