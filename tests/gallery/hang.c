/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hang.c - a small driver for QEMU's edu that has something to do in each context, and ways not
 * to come back from any of them.
 */
#include <pdk.h>

#include "bug.h"

#define EDU_ID		0x00
#define EDU_STATUS	0x20
#define EDU_INTR_STATUS	0x24
#define EDU_INTR_RAISE	0x60
#define EDU_INTR_ACK	0x64
#define EDU_GONE	0xffffffff

#define RING_BYTES	512
#define WAIT_MS		200
#define FOR_EVER_MS	3600000

struct toy_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	struct pdk_dma		sc_ring;
	struct pdk_task		sc_task, sc_late;
	struct pdk_timer	sc_timer;
	struct pdk_wchan	sc_wchan, sc_other;
	unsigned		sc_nvec;
	int			sc_fired, sc_ticked;	/* locked */
	volatile int		sc_never;		/* what a loop waits for */
	volatile int		sc_in_bh, sc_done;
};

static uint32_t
toy_read(struct toy_softc *sc, bus_size_t reg)
{
	return bus_space_read_4(sc->sc_st, sc->sc_sh, reg);
}

static void
toy_write(struct toy_softc *sc, bus_size_t reg, uint32_t val)
{
	bus_space_write_4(sc->sc_st, sc->sc_sh, reg, val);
}

/* A loop that nothing ends. */
static void __attribute__((noinline))
toy_spin(struct toy_softc *sc)
{
	while (!sc->sc_never)
		continue;
}

/* ---- interrupts ---- */

static int
toy_filter(void *arg)
{
	struct toy_softc *sc = arg;
	uint32_t cause = toy_read(sc, EDU_INTR_STATUS);

	if (bug("loop_in_filter"))
		toy_spin(sc);
	if (cause == 0 || cause == EDU_GONE)
		return PDK_INTR_STRAY;
	toy_write(sc, EDU_INTR_ACK, cause);
	return PDK_INTR_BH;
}

/* WORKER drains this while it waits for WORKER. */
static void
toy_bh_waits_for_worker(struct toy_softc *sc)
{
	sc->sc_in_bh = 1;
	while (!sc->sc_done)
		DELAY(1000);
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("bh_waits_for_who_drains_it"))
		toy_bh_waits_for_worker(sc);
	if (bug("loop_in_bh"))
		toy_spin(sc);
	sc->sc_in_bh = 1;
	pdk_lock(&sc->sc_dev);
	if (bug("loop_in_bh_with_lock"))
		toy_spin(sc);
	sc->sc_fired = 1;
	if (bug("wakes_another_channel"))
		pdk_wake(&sc->sc_dev, &sc->sc_other);
	else if (!bug("wakes_nobody"))
		pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

/* TIMER, locked. */
static void
toy_tick(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("loop_in_timer"))
		toy_spin(sc);
	sc->sc_ticked = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

/* ---- what the task does ---- */

/* With the lock: until *what is set. */
static int
toy_await(struct toy_softc *sc, const int *what)
{
	int error = 0;

	if (bug("waits_for_ever"))
		return pdk_wait(&sc->sc_dev, &sc->sc_other, FOR_EVER_MS);
	while (!*what && error == 0)
		error = pdk_wait(&sc->sc_dev, &sc->sc_wchan, WAIT_MS);
	return error;
}

/* It waits for the bottom half to be over with what that wants. */
static void
toy_await_bh_by_hand(struct toy_softc *sc)
{
	while (!sc->sc_done)
		DELAY(1000);
}

static int
toy_ring_bell(struct toy_softc *sc)
{
	uint32_t cmd;
	int error;

	if (bug("bus_master_off")) {
		cmd = pdk_pci_read(&sc->sc_dev, PCI_COMMAND_STATUS_REG);
		pdk_pci_write(&sc->sc_dev, PCI_COMMAND_STATUS_REG,
		    cmd & ~PCI_COMMAND_MASTER_ENABLE);
	}
	pdk_lock(&sc->sc_dev);
	sc->sc_fired = 0;
	pdk_dma_sync(&sc->sc_ring, 64, 16, BUS_DMASYNC_PREWRITE);
	toy_write(sc, EDU_INTR_RAISE, 1);
	if (bug("awaits_bh_with_lock"))
		toy_await_bh_by_hand(sc);
	error = toy_await(sc, &sc->sc_fired);
	pdk_unlock(&sc->sc_dev);
	return error;
}

static int
toy_run_timer(struct toy_softc *sc)
{
	int error;

	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&sc->sc_timer, 1);
	error = toy_await(sc, &sc->sc_ticked);
	if (bug("drains_timer_with_lock"))
		pdk_timer_drain(&sc->sc_timer);
	pdk_unlock(&sc->sc_dev);
	return error;
}

static int
toy_connect(struct toy_softc *sc)
{
	int error;

	sc->sc_nvec = 1;
	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &sc->sc_nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, toy_filter, toy_bh, sc);
	return error;
}

static void
toy_drain_bh(struct toy_softc *sc)
{
	toy_write(sc, EDU_INTR_RAISE, 1);
	while (!sc->sc_in_bh)
		DELAY(100);
	pdk_intr_disestablish(&sc->sc_dev);
	sc->sc_done = 1;
}

static void
toy_misbehave(struct toy_softc *sc)
{
	if (bug("loop_in_task"))
		toy_spin(sc);
	if (bug("polls_a_register"))
		while (toy_read(sc, EDU_ID) != 0)
			continue;
	if (bug("lock_twice")) {
		pdk_lock(&sc->sc_dev);
		pdk_lock(&sc->sc_dev);
	}
	if (bug("worker_drains_itself"))
		pdk_worker_drain(&sc->sc_dev);
	if (bug("drains_bh_with_lock")) {
		pdk_lock(&sc->sc_dev);
		pdk_intr_disestablish(&sc->sc_dev);
	}
	if (bug("bh_waits_for_who_drains_it"))
		toy_drain_bh(sc);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	error = toy_connect(sc);
	if (error == 0) {
		toy_misbehave(sc);
		error = toy_ring_bell(sc);
	}
	if (error == 0)
		error = toy_run_timer(sc);
	pdk_intr_disestablish(&sc->sc_dev);
	if (error == 0)
		pdk_state(&sc->sc_dev, "rung");
	else
		pdk_fail(&sc->sc_dev, error, "the device does not interrupt");
}

/* After the state has been reached. */
static void
toy_late(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("loop_when_all_is_well"))
		toy_spin(sc);
}

/* ---- the driver ---- */

static int
toy_attach_late(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	if (bug("loop_in_attach_late"))
		toy_spin(sc);
	pdk_lock(dev);
	pdk_task_post(&sc->sc_task);
	pdk_task_post(&sc->sc_late);
	pdk_unlock(dev);
	return 0;
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, NULL);
	if (error != 0)
		return error;
	if (bug("loop_in_attach"))
		toy_spin(sc);
	pdk_task_init(dev, &sc->sc_task, toy_task, sc);
	pdk_task_init(dev, &sc->sc_late, toy_late, sc);
	pdk_timer_init(dev, &sc->sc_timer, toy_tick, sc);
	error = pdk_dma_alloc(dev, &sc->sc_ring, RING_BYTES, 64);
	if (error != 0)
		pdk_pci_unmap_bar(dev, 0);
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	if (bug("loop_in_detach"))
		toy_spin(sc);
	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_task);
	pdk_task_cancel(&sc->sc_late);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_timer_drain(&sc->sc_timer);
	pdk_dma_free(&sc->sc_ring);
	pdk_pci_unmap_bar(dev, 0);
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const toy_states[] = { "rung", NULL };
static const struct pdk_reg toy_regs[] = {
	{ 0, EDU_ID, "EDU_ID" }, { 0, EDU_STATUS, "EDU_STATUS" },
	{ 0, EDU_INTR_STATUS, "EDU_INTR_STATUS" }, { 0, EDU_INTR_RAISE, "EDU_INTR_RAISE" },
	{ 0, EDU_INTR_ACK, "EDU_INTR_ACK" }, { 0, 0, NULL },
};

static const struct pdk_pci_driver toy_driver = {
	.name = "gallery-hang",
	.ids = toy_ids,
	.softc_size = sizeof(struct toy_softc),
	.dma_bits = 28,
	.states = toy_states,
	.regs = toy_regs,
	.attach = toy_attach,
	.attach_late = toy_attach_late,
	.detach = toy_detach,
};

PDK_PCI_DRIVER(toy, toy_driver);
