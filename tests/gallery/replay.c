/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - a small driver for QEMU's edu: DMA there and back with interrupts, a timer.  Its bugs
 * are changes since it was recorded: what a replay has to notice, and what it has to bear.
 */
#include "toy.h"

#define RING_BYTES	4096
#define BACK		2048		/* in the ring: where the copy comes back to */
#define BYTES		64
#define WAIT_MS		5000
#define HEAP_BYTES	2000
#define TICK_MS		5

struct toy_softc {
	struct toy		sc_toy;
	struct pdk_dma		sc_ring;
	struct pdk_timer	sc_timer;
	int			sc_fired, sc_ticked;	/* locked */
	int			sc_error;
	void			*sc_nothing;	/* NULL */
};

static int
toy_filter(void *arg)
{
	struct toy_softc *sc = arg;
	uint32_t cause = toy_read(&sc->sc_toy, EDU_INTR_STATUS);

	if (cause == 0 || cause == EDU_GONE)
		return PDK_INTR_STRAY;
	if (!bug("interrupt_not_acknowledged"))
		toy_write(&sc->sc_toy, EDU_INTR_ACK, cause);
	return bug("no_bottom_half") ? PDK_INTR_DONE : PDK_INTR_BH;
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	pdk_lock(&sc->sc_toy.dev);
	if (!bug("interrupt_forgotten"))
		sc->sc_fired = 1;
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
	pdk_unlock(&sc->sc_toy.dev);
}

static void
toy_tick(void *arg)
{
	struct toy_softc *sc = arg;

	toy_write(&sc->sc_toy, EDU_LIVENESS, bug("timer_writes_otherwise") ? 7 : 8);
	sc->sc_ticked = 1;
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
}

/* Wait for a flag; with the lock. */
static void
toy_await(struct toy_softc *sc, const int *flag)
{
	while (!*flag && sc->sc_error == 0)
		sc->sc_error = pdk_wait(&sc->sc_toy.dev, &sc->sc_toy.wchan, WAIT_MS);
}

/* Copy BYTES; locked. */
static void
toy_copy(struct toy_softc *sc, uint32_t src, uint32_t dst, uint32_t from)
{
	sc->sc_fired = 0;
	if (bug("writes_swapped")) {
		toy_write(&sc->sc_toy, EDU_DMA_DST, dst);
		toy_write(&sc->sc_toy, EDU_DMA_SRC, src);
	} else {
		toy_write(&sc->sc_toy, EDU_DMA_SRC, src);
		toy_write(&sc->sc_toy, EDU_DMA_DST, dst);
	}
	if (!bug("write_left_out"))
		toy_write(&sc->sc_toy, EDU_DMA_COUNT, bug("other_value") ? BYTES - 1 : BYTES);
	toy_write(&sc->sc_toy, EDU_DMA_CMD, EDU_DMA_START | EDU_DMA_IRQ | from);
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
	toy_copy(sc, EDU_BUF, (uint32_t)sc->sc_ring.pa + BACK, EDU_DMA_FROM_DEVICE);
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
	pdk_printf(&sc->sc_toy.dev, "it is %s\n", now != 0 ? "late" : "early");
	DELAY(100);
	pdk_lock(&sc->sc_toy.dev);
	pdk_unlock(&sc->sc_toy.dev);
}

/* It is noticed when the thread that did it is gone, and has left its part of the heap locked. */
static void
toy_destroy_heap(void)
{
	uint8_t *p = pdk_zalloc(HEAP_BYTES, PDK_NOWAIT);

	if (p != NULL)
		memset(p + HEAP_BYTES, 0x41, 64);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;

	sc->sc_error = toy_connect(&sc->sc_toy, toy_filter, toy_bh);
	toy_harmless(sc);
	pdk_lock(&sc->sc_toy.dev);
	toy_dma(sc);
	if (bug("crash"))
		*(volatile uint8_t *)sc->sc_nothing = 1;
	if (bug("heap_destroyed"))
		toy_destroy_heap();
	if (!bug("timer_not_armed"))
		pdk_timer_arm(&sc->sc_timer, TICK_MS);
	toy_await(sc, &sc->sc_ticked);
	if (bug("extra_read"))
		(void)toy_read(&sc->sc_toy, EDU_FACTORIAL);
	if (toy_read(&sc->sc_toy, EDU_LIVENESS) != ~8u)
		sc->sc_error = EIO;
	pdk_unlock(&sc->sc_toy.dev);
	pdk_intr_disestablish(&sc->sc_toy.dev);
	if (sc->sc_error != 0)
		pdk_fail(&sc->sc_toy.dev, sc->sc_error, "the copy");
	else
		pdk_state(&sc->sc_toy.dev, "copied");
}

static int
toy_attach_late(struct pdk_dev *dev)
{
	return bug("task_not_posted") ? 0 : toy_start(dev);
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = toy_attach_regs(&sc->sc_toy, toy_task);
	if (error != 0)
		return error;
	pdk_info(dev, "id", "%#x", toy_read(&sc->sc_toy, EDU_ID));
	pdk_timer_init(dev, &sc->sc_timer, toy_tick, sc);
	error = pdk_dma_alloc(dev, &sc->sc_ring, bug("ring_of_another_size") ? RING_BYTES / 2 :
	    RING_BYTES, 4096);
	if (error != 0)
		toy_detach_regs(&sc->sc_toy);
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	toy_stop(&sc->sc_toy);
	pdk_timer_drain(&sc->sc_timer);
	pdk_dma_free(&sc->sc_ring);
	toy_detach_regs(&sc->sc_toy);
	return 0;
}

TOY_DRIVER("replay", "copied", toy_attach_late);
