/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults.c - a small driver for QEMU's edu that has something of each kind to give back, and
 * bugs on the ways where it does.
 */
#include "toy.h"

#define TABLE_BYTES	512
#define RING_BYTES	4096
#define BUF_BYTES	2048
#define WAIT_MS		200
#define TRIES		3
#define POLL_US		20000
#define POLL_STEP	1000

struct toy_softc {
	struct toy		sc_toy;
	uint8_t			*sc_table;
	struct pdk_dma		sc_ring;
	struct pdk_dmamap	sc_map;
	struct mbuf		*sc_m;		/* loaded in sc_map, when there is one */
	struct pdk_timer	sc_watchdog;
	int			sc_fired;	/* locked */
};

static int
toy_filter(void *arg)
{
	return toy_cause(arg) != 0 ? PDK_INTR_BH : PDK_INTR_STRAY;
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	pdk_lock(&sc->sc_toy.dev);
	sc->sc_fired = 1;
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
	pdk_unlock(&sc->sc_toy.dev);
}

/* TIMER: nobody answered; who waits sees it by himself. */
static void
toy_watchdog(void *arg)
{
	struct toy_softc *sc = arg;

	pdk_printf(&sc->sc_toy.dev, "the device is slow\n");
}

/* With the lock: wait until the device has interrupted. */
static int
toy_await(struct toy_softc *sc)
{
	int error = 0;

	while (!sc->sc_fired && error == 0) {
		error = pdk_wait(&sc->sc_toy.dev, &sc->sc_toy.wchan, WAIT_MS);
		if (bug("waits_for_ever"))
			error = 0;
	}
	return error;
}

/* Have the device interrupt, and wait for it. */
static int
toy_ring_bell(struct toy_softc *sc)
{
	int error;

	pdk_lock(&sc->sc_toy.dev);
	sc->sc_fired = 0;
	pdk_timer_arm(&sc->sc_watchdog, 10 * WAIT_MS);
	toy_write(&sc->sc_toy, EDU_INTR_RAISE, 1);
	error = toy_await(sc);
	if (error != 0 && bug("lock_kept_after_timeout"))
		return error;
	if (error == 0 || !bug("timer_left_armed"))
		pdk_timer_stop(&sc->sc_watchdog);
	if (error != 0 && bug("lock_held_over_sleep"))
		pdk_intr_disestablish(&sc->sc_toy.dev);
	pdk_unlock(&sc->sc_toy.dev);
	return error;
}

/* Have the device compute 5!, and mark that place of the table. */
static int
toy_compute(struct toy_softc *sc)
{
	uint32_t n, us;

	toy_write(&sc->sc_toy, EDU_FACTORIAL, 5);
	for (us = 0; (toy_read(&sc->sc_toy, EDU_STATUS) & EDU_STATUS_COMPUTING) != 0;
	    us += POLL_STEP) {
		if (us >= POLL_US && !bug("polls_for_ever"))
			return ETIMEDOUT;
		DELAY(POLL_STEP);
	}
	n = toy_read(&sc->sc_toy, EDU_FACTORIAL);
	if (n >= TABLE_BYTES && !bug("trusts_the_device"))
		return EIO;
	sc->sc_table[n] = 1;
	return 0;
}

static int
toy_ring(struct toy_softc *sc)
{
	int error, try;

	error = toy_connect(&sc->sc_toy, toy_filter, toy_bh);
	if (error != 0)
		return error;
	error = ETIMEDOUT;
	for (try = 0; error == ETIMEDOUT && try < TRIES; try++)
		error = toy_ring_bell(sc);
	pdk_intr_disestablish(&sc->sc_toy.dev);
	return error;
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	error = toy_ring(sc);
	if (error == 0)
		error = toy_compute(sc);
	if (error == 0)
		pdk_state(&sc->sc_toy.dev, "rung");
	else if (!bug("fails_in_silence"))
		pdk_fail(&sc->sc_toy.dev, error, "the device does not answer");
}

/* What toy_alloc() made, all or in part. */
static void
toy_free(struct toy_softc *sc)
{
	if (sc->sc_m != NULL) {
		pdk_map_unload(&sc->sc_map);
		m_freem(sc->sc_m);
		sc->sc_m = NULL;
	}
	pdk_map_destroy(&sc->sc_map);
	pdk_dma_free(&sc->sc_ring);
	if (sc->sc_table != NULL)
		pdk_free(sc->sc_table, TABLE_BYTES);
	sc->sc_table = NULL;
}

static int
toy_load(struct toy_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(BUF_BYTES);
	int error;

	if (m == NULL && !bug("loads_no_mbuf"))
		return ENOMEM;
	error = pdk_map_load_mbuf(&sc->sc_map, &m, 0);
	if (error == 0 || bug("unloads_what_is_not_loaded"))
		sc->sc_m = m;
	if (error != 0)
		m_freem(m);
	if (error != 0 && bug("freed_twice_after_error"))
		m_freem(m);
	return error;
}

static int
toy_alloc(struct toy_softc *sc)
{
	int error;

	sc->sc_table = pdk_zalloc(TABLE_BYTES, PDK_NOWAIT);
	if (sc->sc_table == NULL && !bug("memory_is_taken_for_granted"))
		return ENOMEM;
	memset(sc->sc_table, 1, TABLE_BYTES);
	error = pdk_dma_alloc(&sc->sc_toy.dev, &sc->sc_ring, RING_BYTES, 4096);
	if (error != 0 && bug("leak_when_dma_fails"))
		sc->sc_table = NULL;
	if (error == 0)
		error = pdk_map_create(&sc->sc_toy.dev, &sc->sc_map, BUF_BYTES, 1);
	if (error == 0 || bug("error_overwritten"))
		error = toy_load(sc);
	return error;
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = toy_attach_regs(&sc->sc_toy, toy_task);
	if (error != 0)
		return error;
	pdk_timer_init(dev, &sc->sc_watchdog, toy_watchdog, sc);
	error = toy_alloc(sc);
	if (error != 0) {
		toy_free(sc);
		if (bug("bar_left_mapped"))
			return error;
		toy_detach_regs(&sc->sc_toy);
	}
	return error;
}

/* A hundred blocks of one kind, or of a hundred. */
static void
toy_lose(void)
{
	size_t i;

	for (i = 1; i <= 100 && bug("leak_of_many"); i++)
		(void)pdk_zalloc(64, PDK_WAITOK);
	for (i = 1; i <= 100 && bug("leaks_of_many_kinds"); i++)
		(void)pdk_zalloc(i, PDK_WAITOK);
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	toy_stop(&sc->sc_toy);
	if (!bug("timer_left_armed"))
		pdk_timer_drain(&sc->sc_watchdog);
	if (!bug("leak_in_detach"))
		toy_free(sc);
	toy_lose();
	toy_detach_regs(&sc->sc_toy);
	return 0;
}

TOY_DRIVER("faults", "rung", toy_start);
