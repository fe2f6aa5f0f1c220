/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hazards.c - what is NetBSD's own in shims/netbsd: callouts that have expired already, soft
 * interrupts that are scheduled twice or on two processors, vectors, power, bus_dma.  TAP.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"

static int nfired, nbh, nfilter, depth, deepest;

/* ---- callout(9) ---- */

static void
fired(void *arg __unused)
{
	pdk_assert_locked(&toy->dev);
	nfired++;
}

static void
stop_it(void)
{
	pdk_lock(&toy->dev);
	pdk_timer_stop(&toy->timer);
	pdk_unlock(&toy->dev);
}

static void
arm_again(void)
{
	pdk_lock(&toy->dev);
	pdk_timer_arm(&toy->timer, 100);
	pdk_unlock(&toy->dev);
}

static void
expire(void (*race)(void))
{
	nfired = 0;
	pdk_lock(&toy->dev);
	pdk_timer_arm(&toy->timer, 20);
	pdk_unlock(&toy->dev);
	k_race = race;
	k_clock(50);
}

static void
test_callouts(void)
{
	toy_attach(0, 0);
	pdk_timer_init(&toy->dev, &toy->timer, fired, toy);
	expire(stop_it);
	ok(nfired == 0, "a timer that is stopped when its callout has expired already does not fire");
	expire(arm_again);
	ok(nfired == 0, "one that is armed again then waits for its new time");
	k_clock(100);
	ok(nfired == 1, "and fires once");
	expire(NULL);
	pdk_timer_drain(&toy->timer);
	pdk_timer_drain(&toy->timer);
	ok(nfired == 1, "callout_halt() waits without the lock that the handler needs");
	toy_detach();
}

/* ---- softint(9) ---- */

static int
filter(void *arg __unused)
{
	nfilter++;
	return PDK_INTR_BH;
}

/* Another thread may get the processor in the middle of it. */
static void
bh(void *arg __unused)
{
	nbh++;
	depth++;
	deepest = MAX(deepest, depth);
	if (!k_self->interrupt)
		k_yield();
	depth--;
}

static void
connect(unsigned kinds, unsigned n)
{
	unsigned i;

	ok(pdk_intr_alloc(&toy->dev, kinds, &n) == 0, "vectors are reserved");
	for (i = 0; i < n; i++)
		(void)pdk_intr_establish(&toy->dev, i, filter, bh, toy);
	nfilter = nbh = 0;
}

static void
test_softints(void)
{
	toy_attach(0, 0);
	k_msix = 2;
	connect(PDK_INTR_MSIX, 2);
	k_hold_softints = true;
	k_interrupt(0);
	k_interrupt(0);
	k_softints();
	ok(nfilter == 2 && nbh == 1, "a bottom half that is asked for twice runs once");
	k_interrupt(0);
	k_interrupt(1);
	k_softints();
	ok(nbh == 3, "each vector has its own");
	k_interrupt(1);
	pdk_intr_disestablish(&toy->dev);
	ok(nbh == 4, "one that is on its way has run when disestablish returns");
	k_hold_softints = false;
	toy_detach();
}

/* As on two processors: a thread for each. */
static void
on_a_processor(void *arg)
{
	struct pdk_vec *v = arg;

	k_softint_of(v->v_sih);
	kthread_exit(0);
}

static void
test_two_processors(void)
{
	struct lwp *cpu[2];
	int i;

	toy_attach(0, 0);
	connect(PDK_INTR_MSIX, 2);
	deepest = 0;
	for (i = 0; i < 2; i++)
		(void)kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
		    on_a_processor, &toy->dev.pd_vec[i], &cpu[i], "cpu%d", i);
	for (i = 0; i < 2; i++)
		(void)kthread_join(cpu[i]);
	ok(nbh == 2 && deepest == 1, "bottom halves of two vectors do not run at the same time");
	toy_detach();
	k_msix = 0;
}

/* ---- vectors, power ---- */

static void
test_vectors(void)
{
	unsigned n = 3;

	toy_attach(0, 0);
	k_msi = 4;
	k_command = 0xffff0000;
	ok(pdk_intr_alloc(&toy->dev, PDK_INTR_ANY, &n) == 0 && n == 2,
	    "MSI is to be had by powers of two: of three, two");
	ok(k_command == PCI_COMMAND_INTERRUPT_DISABLE, "with MSI the pin is off; no status cleared");
	pdk_intr_disestablish(&toy->dev);
	k_msix = 8;
	k_no_msix_memory = true;
	n = 1;
	ok(pdk_intr_alloc(&toy->dev, PDK_INTR_ANY, &n) == 0 &&
	    pdk_intr_kind(&toy->dev) == PDK_INTR_MSI, "MSI-X that cannot be had: the next kind");
	pdk_intr_disestablish(&toy->dev);
	n = 1;
	ok(pdk_intr_alloc(&toy->dev, PDK_INTR_MSIX, &n) == ENOSPC, "and that kind alone: none");
	k_no_msix_memory = false;
	k_msi = k_msix = 0;
	toy_detach();
}

static void
test_power(void)
{
	toy_attach(0, 0);
	k_boot();
	k_msix = 1;
	connect(PDK_INTR_MSIX, 1);
	ok(k_suspend() == 0, "it sleeps");
	k_interrupt(0);
	ok(nfilter == 0, "and nothing comes from a device without power");
	ok(k_resume() == 0 && toy_count.resume == 1, "it wakes");
	k_interrupt(0);
	ok(nfilter == 1 && nbh == 1, "the vectors, which the device has lost, are connected again");
	(void)k_suspend();
	toy_detach();
	ok(toy_count.resume == 2, "a device that sleeps is resumed before it is detached");
	k_msix = 0;
}

/* ---- autoconf(9) ---- */

static void
test_life(void)
{
	k_no_threads = true;
	k_console[0] = '\0';
	ok(k_attach() != 0 && k_live == 0, "without a thread for WORKER it does not attach");
	k_no_threads = false;
	toy_attach(0, 0);
	toy_error.detach = EBUSY;
	ok(k_detach() == EBUSY, "what the driver could not free stays");
	ok(k_detach() == EBUSY, "and its detach is not called again");
	toy_error.detach = 0;
	toy->dev.pd_phase = PDK_P_READY;		/* as if it had not tried */
	(void)pmf_device_register(toy->dev.pd_self, NULL, NULL);
	toy_detach();
}

/* ---- bus_dma(9) ---- */

static void
test_maps(void)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = toy_chain(3), *was = m;

	toy_attach(36, 0);
	(void)pdk_map_create(&toy->dev, &map, 64, 2);
	k_no_defrag = true;
	ok(pdk_map_load_mbuf(&map, &m, 1) == ENOMEM && m == was && m->m_next != NULL,
	    "a frame that could not be compacted is the caller's, as it was");
	k_no_defrag = false;
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0 && m != was, "compacted, it is another mbuf");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	ok(k_synced->ds_addr == 0 && k_synced->ds_len == 12, "all of it is synced, not the map's size");
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	m_freem(m);
	toy_detach();
}

static void
test_no_subregion(void)
{
	struct pdk_dmamap map = { 0 };
	struct pdk_dma mem = { 0 };
	struct mbuf *m = toy_chain(1), *was = m;

	k_no_subregion = true;
	toy_attach(28, 0);
	ok(pdk_dma_alloc(&toy->dev, &mem, 64, 1) == ENOMEM && mem.va == NULL,
	    "on a machine without subregions memory out of reach is refused");
	(void)pdk_map_create(&toy->dev, &map, 64, 1);
	ok(pdk_map_load_mbuf(&map, &m, 1) == ENOMEM && m == was, "so is a frame, which stays");
	ok(pdk_map_load_mbuf(&map, &m, 1) == ENOMEM, "and the map is not loaded");
	pdk_map_destroy(&map);
	m_freem(m);
	k_no_subregion = false;
	toy_detach();
}

int
main(void)
{
	test_callouts();
	test_softints();
	test_two_processors();
	test_vectors();
	test_power();
	test_life();
	test_maps();
	test_no_subregion();
	return tap_end();
}
