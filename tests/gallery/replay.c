/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - a small driver for QEMU's edu: DMA there and back with interrupts, a timer.  Its bugs
 * are changes since it was recorded: what a replay has to notice, and what it has to bear.
 */
#include <pdk.h>

#include "bug.h"

#define EDU_ID		0x00
#define EDU_LIVENESS	0x04
#define EDU_FACTORIAL	0x08
#define EDU_INTR_STATUS	0x24
#define EDU_INTR_ACK	0x64
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_START	0x01
#define EDU_DMA_FROM	0x02
#define EDU_DMA_INTR	0x04
#define EDU_BUF		0x40000
#define EDU_GONE	0xffffffff

#define RING_BYTES	4096
#define BACK		2048		/* in the ring: where the copy comes back to */
#define BYTES		64
#define WAIT_MS		5000
#define TICK_MS		5

struct toy_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	struct pdk_dma		sc_ring;
	struct pdk_task		sc_task;
	struct pdk_timer	sc_timer;
	struct pdk_wchan	sc_wchan;
	int			sc_fired, sc_ticked;	/* locked */
	int			sc_error;
	void			*sc_nothing;	/* NULL */
};

static void
toy_write(struct toy_softc *sc, bus_size_t reg, uint32_t val)
{
	bus_space_write_4(sc->sc_st, sc->sc_sh, reg, val);
}

static uint32_t
toy_read(struct toy_softc *sc, bus_size_t reg)
{
	return bus_space_read_4(sc->sc_st, sc->sc_sh, reg);
}

static int
toy_filter(void *arg)
{
	struct toy_softc *sc = arg;
	uint32_t cause = toy_read(sc, EDU_INTR_STATUS);

	if (cause == 0 || cause == EDU_GONE)
		return PDK_INTR_STRAY;
	if (!bug("interrupt_not_acknowledged"))
		toy_write(sc, EDU_INTR_ACK, cause);
	return bug("no_bottom_half") ? PDK_INTR_DONE : PDK_INTR_BH;
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	if (!bug("interrupt_forgotten"))
		sc->sc_fired = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

static void
toy_tick(void *arg)
{
	struct toy_softc *sc = arg;

	toy_write(sc, EDU_LIVENESS, bug("timer_writes_otherwise") ? 7 : 8);
	sc->sc_ticked = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

/* Wait for a flag; with the lock. */
static void
toy_await(struct toy_softc *sc, const int *flag)
{
	while (!*flag && sc->sc_error == 0)
		sc->sc_error = pdk_wait(&sc->sc_dev, &sc->sc_wchan, WAIT_MS);
}

/* Copy BYTES; locked. */
static void
toy_copy(struct toy_softc *sc, uint32_t src, uint32_t dst, uint32_t from)
{
	sc->sc_fired = 0;
	if (bug("writes_swapped")) {
		toy_write(sc, EDU_DMA_DST, dst);
		toy_write(sc, EDU_DMA_SRC, src);
	} else {
		toy_write(sc, EDU_DMA_SRC, src);
		toy_write(sc, EDU_DMA_DST, dst);
	}
	if (!bug("write_left_out"))
		toy_write(sc, EDU_DMA_COUNT, bug("other_value") ? BYTES - 1 : BYTES);
	toy_write(sc, EDU_DMA_CMD, EDU_DMA_START | EDU_DMA_INTR | from);
	if (!bug("fewer_looks"))
		(void)pdk_uptime_ms();
	if (!bug("wait_left_out"))
		toy_await(sc, &sc->sc_fired);
}

/* There and back; locked. */
static void
toy_dma(struct toy_softc *sc)
{
	uint8_t *ring = sc->sc_ring.va;
	int i;

	for (i = 0; i < BYTES; i++)
		ring[i] = (uint8_t)(i + (i == 17 && bug("other_bytes_for_the_device")));
	pdk_dma_sync(&sc->sc_ring, 0, BYTES, BUS_DMASYNC_PREWRITE);
	toy_copy(sc, (uint32_t)sc->sc_ring.pa, EDU_BUF, 0);
	pdk_dma_sync(&sc->sc_ring, 0, BYTES, BUS_DMASYNC_POSTWRITE);
	pdk_dma_sync(&sc->sc_ring, BACK, bug("sync_too_short") ? BYTES / 2 : BYTES,
	    BUS_DMASYNC_PREREAD);
	toy_copy(sc, EDU_BUF, (uint32_t)sc->sc_ring.pa + BACK, EDU_DMA_FROM);
	if (!bug("sync_left_out"))
		pdk_dma_sync(&sc->sc_ring, BACK, BYTES, BUS_DMASYNC_POSTREAD);
	for (i = 0; i < BYTES; i++)
		if (ring[BACK + i] != i)
			sc->sc_error = EIO;
}

/* What a replay bears: none of it reaches the device. */
static void
toy_harmless(struct toy_softc *sc)
{
	uint64_t now = 0;
	int i;

	if (!bug("harmless"))
		return;
	for (i = 0; i < 10; i++)
		now = pdk_uptime_ms();
	pdk_printf(&sc->sc_dev, "it is %s\n", now != 0 ? "late" : "early");
	DELAY(100);
	pdk_lock(&sc->sc_dev);
	pdk_unlock(&sc->sc_dev);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	unsigned nvec = 1;

	sc->sc_error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
	if (sc->sc_error == 0)
		sc->sc_error = pdk_intr_establish(&sc->sc_dev, 0, toy_filter, toy_bh, sc);
	toy_harmless(sc);
	pdk_lock(&sc->sc_dev);
	toy_dma(sc);
	if (bug("crash"))
		*(volatile uint8_t *)sc->sc_nothing = 1;
	if (!bug("timer_not_armed"))
		pdk_timer_arm(&sc->sc_timer, TICK_MS);
	toy_await(sc, &sc->sc_ticked);
	if (bug("extra_read"))
		(void)toy_read(sc, EDU_FACTORIAL);
	if (toy_read(sc, EDU_LIVENESS) != ~8u)
		sc->sc_error = EIO;
	pdk_unlock(&sc->sc_dev);
	pdk_intr_disestablish(&sc->sc_dev);
	if (sc->sc_error != 0)
		pdk_fail(&sc->sc_dev, sc->sc_error, "the copy");
	else
		pdk_state(&sc->sc_dev, "copied");
}

static int
toy_attach_late(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	if (!bug("task_not_posted"))
		pdk_task_post(&sc->sc_task);
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
	pdk_info(dev, "id", "%#x", toy_read(sc, EDU_ID));
	pdk_task_init(dev, &sc->sc_task, toy_task, sc);
	pdk_timer_init(dev, &sc->sc_timer, toy_tick, sc);
	error = pdk_dma_alloc(dev, &sc->sc_ring, bug("ring_of_another_size") ? RING_BYTES / 2 :
	    RING_BYTES, 4096);
	if (error != 0)
		pdk_pci_unmap_bar(dev, 0);
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_timer_drain(&sc->sc_timer);
	pdk_dma_free(&sc->sc_ring);
	pdk_pci_unmap_bar(dev, 0);
	return 0;
}

static const struct pdk_reg toy_regs[] = {
	{ 0, EDU_ID, "EDU_ID" },
	{ 0, EDU_LIVENESS, "EDU_LIVENESS" },
	{ 0, EDU_FACTORIAL, "EDU_FACTORIAL" },
	{ 0, EDU_INTR_STATUS, "EDU_INTR_STATUS" },
	{ 0, EDU_INTR_ACK, "EDU_INTR_ACK" },
	{ 0, EDU_DMA_SRC, "EDU_DMA_SRC" },
	{ 0, EDU_DMA_DST, "EDU_DMA_DST" },
	{ 0, EDU_DMA_COUNT, "EDU_DMA_COUNT" },
	{ 0, EDU_DMA_CMD, "EDU_DMA_CMD" },
	{ 0, 0, NULL }
};
static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const toy_states[] = { "copied", NULL };

static const struct pdk_pci_driver toy_driver = {
	.name = "gallery-replay",
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
