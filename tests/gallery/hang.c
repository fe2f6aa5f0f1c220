/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hang.c - a small driver for QEMU's edu that has something to do in each context, and ways not
 * to come back from any of them.
 */
#include "toy.h"

#define RING_BYTES	512
#define WAIT_MS		200
#define FOR_EVER_MS	3600000

struct toy_softc {
	struct toy		sc_toy;
	struct pdk_dma		sc_ring;
	struct pdk_task		sc_late;
	struct pdk_timer	sc_timer;
	struct pdk_wchan	sc_other;
	int			sc_fired, sc_ticked, sc_in_bh, sc_done;	/* locked */
	volatile int		sc_never;		/* what a loop waits for */
};

/* A loop that nothing ends. */
static void __attribute__((noinline))
toy_spin(struct toy_softc *sc)
{
	while (!sc->sc_never)
		continue;
}

/* ---- interrupts ---- */

/* Of the bugs that begin with "storm", those that want INTx. */
static int
toy_has_level(void)
{
	return bug("storm_claims_nothing") || bug("storm_quietens_nothing") ||
	    bug("storm_looks_at_nothing");
}

static int
toy_has_storm(void)
{
	return toy_has_level() || bug("storm_raises_it_again");
}

/* The device raises it again and again. */
static int
toy_storm(struct toy_softc *sc)
{
	uint32_t cause;

	if (bug("storm_looks_at_nothing"))
		return PDK_INTR_STRAY;
	cause = toy_read(&sc->sc_toy, EDU_INTR_STATUS);
	if (bug("storm_claims_nothing"))
		return PDK_INTR_STRAY;
	if (bug("storm_quietens_nothing"))
		return PDK_INTR_BH;
	toy_write(&sc->sc_toy, EDU_INTR_ACK, cause);
	toy_write(&sc->sc_toy, EDU_INTR_RAISE, 1);
	return toy_read(&sc->sc_toy, EDU_INTR_STATUS) != 0 ? PDK_INTR_DONE : PDK_INTR_STRAY;
}

static int
toy_filter(void *arg)
{
	struct toy_softc *sc = arg;

	if (toy_has_storm())
		return toy_storm(sc);
	if (bug("loop_in_filter"))
		toy_spin(sc);
	return toy_cause(&sc->sc_toy) != 0 ? PDK_INTR_BH : PDK_INTR_STRAY;
}

static void
toy_set(struct toy_softc *sc, int *flag)
{
	pdk_lock(&sc->sc_toy.dev);
	*flag = 1;
	pdk_unlock(&sc->sc_toy.dev);
}

/* Until another context has set it. */
static void
toy_poll(struct toy_softc *sc, const int *flag)
{
	int set = 0;

	while (!set) {
		DELAY(1000);
		pdk_lock(&sc->sc_toy.dev);
		set = *flag;
		pdk_unlock(&sc->sc_toy.dev);
	}
}

/* WORKER drains this while it waits for WORKER. */
static void
toy_bh_waits_for_worker(struct toy_softc *sc)
{
	toy_set(sc, &sc->sc_in_bh);
	toy_poll(sc, &sc->sc_done);
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("bh_waits_for_who_drains_it"))
		toy_bh_waits_for_worker(sc);
	if (bug("loop_in_bh"))
		toy_spin(sc);
	pdk_lock(&sc->sc_toy.dev);
	if (bug("loop_in_bh_with_lock"))
		toy_spin(sc);
	sc->sc_fired = 1;
	if (bug("wakes_another_channel"))
		pdk_wake(&sc->sc_toy.dev, &sc->sc_other);
	else if (!bug("wakes_nobody"))
		pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
	pdk_unlock(&sc->sc_toy.dev);
}

/* TIMER, locked. */
static void
toy_tick(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("loop_in_timer"))
		toy_spin(sc);
	sc->sc_ticked = 1;
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
}

/* ---- what the task does ---- */

/* With the lock: until *what is set. */
static int
toy_await(struct toy_softc *sc, const int *what)
{
	int error = 0;

	if (bug("waits_for_ever") || toy_has_storm())
		return pdk_wait(&sc->sc_toy.dev, &sc->sc_other, FOR_EVER_MS);
	while (!*what && error == 0)
		error = pdk_wait(&sc->sc_toy.dev, &sc->sc_toy.wchan, WAIT_MS);
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
		cmd = pdk_pci_read(&sc->sc_toy.dev, PCI_COMMAND_STATUS_REG);
		pdk_pci_write(&sc->sc_toy.dev, PCI_COMMAND_STATUS_REG,
		    cmd & ~PCI_COMMAND_MASTER_ENABLE);
	}
	pdk_lock(&sc->sc_toy.dev);
	sc->sc_fired = 0;
	pdk_dma_sync(&sc->sc_ring, 64, 16, BUS_DMASYNC_PREWRITE);
	toy_write(&sc->sc_toy, EDU_INTR_RAISE, 1);
	if (bug("awaits_bh_with_lock"))
		toy_await_bh_by_hand(sc);
	error = toy_await(sc, &sc->sc_fired);
	pdk_unlock(&sc->sc_toy.dev);
	return error;
}

static int
toy_run_timer(struct toy_softc *sc)
{
	int error;

	pdk_lock(&sc->sc_toy.dev);
	pdk_timer_arm(&sc->sc_timer, 1);
	error = toy_await(sc, &sc->sc_ticked);
	if (bug("drains_timer_with_lock"))
		pdk_timer_drain(&sc->sc_timer);
	pdk_unlock(&sc->sc_toy.dev);
	return error;
}

static void
toy_drain_bh(struct toy_softc *sc)
{
	toy_write(&sc->sc_toy, EDU_INTR_RAISE, 1);
	toy_poll(sc, &sc->sc_in_bh);
	pdk_intr_disestablish(&sc->sc_toy.dev);
	toy_set(sc, &sc->sc_done);
}

static void
toy_misbehave(struct toy_softc *sc)
{
	if (bug("loop_in_task"))
		toy_spin(sc);
	if (bug("polls_a_register"))
		while (toy_read(&sc->sc_toy, EDU_ID) != 0)
			continue;
	if (bug("lock_twice")) {
		pdk_lock(&sc->sc_toy.dev);
		pdk_lock(&sc->sc_toy.dev);
	}
	if (bug("worker_drains_itself"))
		pdk_worker_drain(&sc->sc_toy.dev);
	if (bug("drains_bh_with_lock")) {
		pdk_lock(&sc->sc_toy.dev);
		pdk_intr_disestablish(&sc->sc_toy.dev);
	}
	if (bug("bh_waits_for_who_drains_it"))
		toy_drain_bh(sc);
}

/* As toy_connect(), by INTx. */
static int
toy_connect_level(struct toy *t)
{
	unsigned nvec = 1;
	int error = pdk_intr_alloc(&t->dev, PDK_INTR_INTX, &nvec);

	return error != 0 ? error : pdk_intr_establish(&t->dev, 0, toy_filter, toy_bh, t);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	error = toy_has_level() ? toy_connect_level(&sc->sc_toy) :
	    toy_connect(&sc->sc_toy, toy_filter, toy_bh);
	if (error == 0) {
		toy_misbehave(sc);
		error = toy_ring_bell(sc);
	}
	if (error == 0)
		error = toy_run_timer(sc);
	pdk_intr_disestablish(&sc->sc_toy.dev);
	if (error == 0)
		pdk_state(&sc->sc_toy.dev, "rung");
	else
		pdk_fail(&sc->sc_toy.dev, error, "the device does not interrupt");
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
	pdk_task_post(&sc->sc_toy.task);
	pdk_task_post(&sc->sc_late);
	pdk_unlock(dev);
	return 0;
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = toy_attach_regs(&sc->sc_toy, toy_task);
	if (error != 0)
		return error;
	if (bug("loop_in_attach"))
		toy_spin(sc);
	pdk_task_init(dev, &sc->sc_late, toy_late, sc);
	pdk_timer_init(dev, &sc->sc_timer, toy_tick, sc);
	error = pdk_dma_alloc(dev, &sc->sc_ring, RING_BYTES, 64);
	if (error != 0)
		toy_detach_regs(&sc->sc_toy);
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	if (bug("loop_in_detach"))
		toy_spin(sc);
	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_late);
	pdk_unlock(dev);
	toy_stop(&sc->sc_toy);
	pdk_timer_drain(&sc->sc_timer);
	pdk_dma_free(&sc->sc_ring);
	toy_detach_regs(&sc->sc_toy);
	return 0;
}

TOY_DRIVER("hang", "rung", toy_attach_late);
