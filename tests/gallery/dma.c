/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dma.c - a small driver that has QEMU's edu copy memory, by an object that both share and by
 * maps, and makes the mistakes one makes with bus_dma(9).
 */
#include <pdk.h>
#include <pdknet.h>

#include "toy.h"

#define LEN		256
#define RING_BYTES	(2 * LEN)
#define WILD		0x0dead000
#define WAIT_MS		2000

struct toy_softc {
	struct toy		sc_toy;
	struct pdk_dma		sc_ring;	/* what goes out, what comes in */
	struct pdk_dmamap	sc_out, sc_in;
	struct mbuf		*sc_mout, *sc_min;
	unsigned		sc_sum;
};

/* Have the device read from `pa`, or write there. */
static void
copy_start(struct toy_softc *sc, bus_addr_t pa, unsigned len, int to_host)
{
	toy_write(&sc->sc_toy, EDU_DMA_SRC, to_host ? EDU_BUF : (uint32_t)pa);
	toy_write(&sc->sc_toy, EDU_DMA_DST, to_host ? (uint32_t)pa : EDU_BUF);
	toy_write(&sc->sc_toy, EDU_DMA_COUNT, len);
	toy_write(&sc->sc_toy, EDU_DMA_CMD, EDU_DMA_START | (to_host ? EDU_DMA_FROM_DEVICE : 0));
}

static void
copy_await(struct toy_softc *sc)
{
	int ms;

	for (ms = 0; ms < WAIT_MS; ms++) {
		if ((toy_read(&sc->sc_toy, EDU_DMA_CMD) & EDU_DMA_START) == 0)
			return;
		DELAY(1000);
	}
}

static void
copy_do(struct toy_softc *sc, bus_addr_t pa, unsigned len, int to_host)
{
	copy_start(sc, pa, len, to_host);
	copy_await(sc);
}

static void
fill(uint8_t *p, unsigned seed)
{
	unsigned i;

	for (i = 0; i < LEN; i++)
		p[i] = (uint8_t)(i * 11 + seed);
}

static unsigned
sum(const uint8_t *p)
{
	unsigned i, s = 0;

	for (i = 0; i < LEN; i++)
		s += p[i];
	return s;
}

/* ---- the object ---- */

static void
ring_out(struct toy_softc *sc)
{
	uint8_t *p = sc->sc_ring.va;

	fill(p, 1);
	if (bug("ring_prewrite_missing"))
		;
	else if (bug("ring_preread_for_prewrite"))
		pdk_dma_sync(&sc->sc_ring, 0, LEN, BUS_DMASYNC_PREREAD);
	else if (bug("ring_half_prewrite"))
		pdk_dma_sync(&sc->sc_ring, 0, LEN / 2, BUS_DMASYNC_PREWRITE);
	else
		pdk_dma_sync(&sc->sc_ring, 0, LEN, BUS_DMASYNC_PREWRITE);
	if (bug("ring_written_after_sync"))
		p[LEN - 1] = 0;
	copy_do(sc, sc->sc_ring.pa, LEN, 0);
	pdk_dma_sync(&sc->sc_ring, 0, LEN, BUS_DMASYNC_POSTWRITE);
}

/* Where the device is told to write. */
static bus_addr_t
ring_target(struct toy_softc *sc)
{
	bus_addr_t pa = sc->sc_ring.pa + LEN;

	if (bug("address_wild"))
		return WILD;
	if (bug("address_of_the_driver"))
		return (uintptr_t)sc->sc_ring.va + LEN;
	if (bug("address_past_the_end"))
		return pa + LEN / 2;
	if (bug("address_before"))
		return sc->sc_ring.pa - 16;
	return pa;
}

/* Wait for what the device writes last; a weak machine's processor may never see it change. */
static void
ring_poll(struct toy_softc *sc, const volatile uint8_t *last)
{
	int ms;

	for (ms = 0; ms < WAIT_MS && *last == 0; ms++) {
		DELAY(1000);
		if ((toy_read(&sc->sc_toy, EDU_DMA_CMD) & EDU_DMA_START) == 0)
			ms += WAIT_MS / 4;
	}
}

static void
ring_in(struct toy_softc *sc)
{
	uint8_t *p = (uint8_t *)sc->sc_ring.va + LEN;

	pdk_dma_sync(&sc->sc_ring, LEN, LEN, BUS_DMASYNC_PREREAD);
	if (bug("ring_polled_without_postread")) {
		copy_start(sc, ring_target(sc), LEN, 1);
		ring_poll(sc, p + LEN - 1);
	}
	copy_do(sc, ring_target(sc), LEN, 1);
	if (bug("ring_half_postread"))
		pdk_dma_sync(&sc->sc_ring, LEN, LEN / 2, BUS_DMASYNC_POSTREAD);
	else if (!bug("ring_postread_missing"))
		pdk_dma_sync(&sc->sc_ring, LEN, LEN, BUS_DMASYNC_POSTREAD);
	sc->sc_sum = sum(p);
}

static void
ring_gone(struct toy_softc *sc)
{
	struct pdk_dma d = { .va = NULL };

	if (pdk_dma_alloc(&sc->sc_toy.dev, &d, LEN, 64) != 0)
		return;
	pdk_dma_sync(&d, 0, LEN, BUS_DMASYNC_PREREAD);
	copy_start(sc, d.pa, LEN, 1);
	if (!bug("ring_freed_too_early"))
		copy_await(sc);
	pdk_dma_free(&d);
	copy_await(sc);
}

/* ---- maps ---- */

static int
map_load(struct pdk_dmamap *map, struct mbuf **mp, int out)
{
	*mp = pdk_mbuf_rxalloc(2 * LEN);
	if (*mp == NULL)
		return ENOBUFS;
	(*mp)->m_len = (*mp)->m_pkthdr.len = LEN;
	fill(mtod(*mp, uint8_t *), out ? 2 : 3);
	return pdk_map_load_mbuf(map, mp, out);
}

static void
map_drop(struct pdk_dmamap *map, struct mbuf **mp)
{
	pdk_map_unload(map);
	m_freem(*mp);
	*mp = NULL;
}

static int
map_out(struct toy_softc *sc)
{
	bus_addr_t pa;
	int error;

	error = map_load(&sc->sc_out, &sc->sc_mout, 1);
	if (error != 0)
		return error;
	pa = pdk_map_addr(&sc->sc_out, 0);
	if (bug("map_prewrite_missing")) {
		copy_do(sc, pa, LEN, 0);
		map_drop(&sc->sc_out, &sc->sc_mout);
		return 0;
	}
	pdk_map_sync(&sc->sc_out, BUS_DMASYNC_PREWRITE);
	copy_start(sc, pa, LEN, bug("map_out_is_written"));
	if (bug("map_changed_under_the_device"))
		mtod(sc->sc_mout, uint8_t *)[7] ^= 1;
	if (!bug("map_unloaded_too_early"))
		copy_await(sc);
	else
		map_drop(&sc->sc_out, &sc->sc_mout);
	copy_await(sc);
	if (sc->sc_mout != NULL) {
		pdk_map_sync(&sc->sc_out, BUS_DMASYNC_POSTWRITE);
		map_drop(&sc->sc_out, &sc->sc_mout);
	}
	if (bug("map_address_kept"))
		copy_do(sc, pa, LEN, 1);
	return 0;
}

static int
map_in(struct toy_softc *sc)
{
	unsigned len = bug("map_shorter_than_told") ? LEN + 16 : LEN;
	uint8_t *p;
	bus_addr_t pa;
	int error;

	error = map_load(&sc->sc_in, &sc->sc_min, 0);
	if (error != 0)
		return error;
	p = mtod(sc->sc_min, uint8_t *);
	pa = pdk_map_addr(&sc->sc_in, 0);
	if (bug("map_written_before_preread"))
		copy_do(sc, pa, LEN, 1);
	pdk_map_sync(&sc->sc_in, BUS_DMASYNC_PREREAD);
	copy_do(sc, pa, len, !bug("map_in_is_read"));
	if (bug("map_filled_in_the_devices_time"))
		fill(p, 4);
	if (bug("map_read_before_postread"))
		sc->sc_sum = sum(p);
	if (!bug("map_postread_missing") && !bug("map_handed_up_unsynced"))
		pdk_map_sync(&sc->sc_in, BUS_DMASYNC_POSTREAD);
	if (bug("map_written_after_postread"))
		copy_do(sc, pa, LEN, 1);
	pdk_map_unload(&sc->sc_in);
	if (bug("map_handed_up_unsynced")) {
		pdknet_rx(&sc->sc_toy.dev, sc->sc_min, 0);
		return EIO;
	}
	sc->sc_sum += sum(p);
	m_freem(sc->sc_min);
	sc->sc_min = NULL;
	return 0;
}

/* ---- the driver ---- */

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	ring_out(sc);
	ring_in(sc);
	ring_gone(sc);
	error = map_out(sc);
	if (error == 0)
		error = map_in(sc);
	if (error != 0)
		pdk_fail(&sc->sc_toy.dev, error, "it does not work");
	else
		pdk_state(&sc->sc_toy.dev, "copied");
}

static void
toy_free(struct toy_softc *sc)
{
	pdk_map_destroy(&sc->sc_in);
	pdk_map_destroy(&sc->sc_out);
	pdk_dma_free(&sc->sc_ring);
	toy_detach_regs(&sc->sc_toy);
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = toy_attach_regs(&sc->sc_toy, toy_task);
	if (error != 0)
		return error;
	error = pdk_dma_alloc(dev, &sc->sc_ring, RING_BYTES, 64);
	if (error == 0)
		error = pdk_map_create(dev, &sc->sc_out, LEN, 1);
	if (error == 0)
		error = pdk_map_create(dev, &sc->sc_in, LEN, 1);
	if (error != 0)
		toy_free(sc);
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdknet_detach(dev);
	toy_stop(&sc->sc_toy);
	toy_free(sc);
	return 0;
}

/* ---- a network interface, for what is handed up ---- */

static int
toy_up(struct pdk_dev *dev __unused, const struct pdknet_config *config __unused)
{
	return 0;
}

static void
toy_down(struct pdk_dev *dev __unused)
{
}

static int
toy_tx(struct pdk_dev *dev __unused, struct mbuf *m __unused)
{
	return ENOBUFS;
}

static int
toy_attach_late(struct pdk_dev *dev)
{
	static const struct pdknet_ops ops = { .up = toy_up, .down = toy_down, .tx = toy_tx };
	static const struct pdknet_caps caps = { .mac = { 2, 0, 0, 0, 0, 1 },
	    .max_mtu = PDKNET_MTU };
	int error = bug("map_handed_up_unsynced") ? pdknet_attach(dev, &ops, &caps) : 0;

	return error != 0 ? error : toy_start(dev);
}

TOY_DRIVER("dma", "copied", toy_attach_late);
