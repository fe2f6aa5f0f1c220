/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_dma.c - coherent DMA memory, and the device's DMA engine on it; in WORKER.
 */
#include "conf.h"

#define NOBJ	16

static uint8_t
pattern(unsigned i)
{
	return (uint8_t)(i * 13 + 5);
}

int
conf_edu_copy(struct conf_softc *sc, bus_addr_t src, bus_addr_t dst, unsigned len, int cmd)
{
	uint64_t end = pdk_uptime_ms() + CONF_LONG_MS;

	CONF_WRITE(sc, EDU_DMA_SRC, (uint32_t)src);
	CONF_WRITE(sc, EDU_DMA_DST, (uint32_t)dst);
	CONF_WRITE(sc, EDU_DMA_COUNT, len);
	CONF_WRITE(sc, EDU_DMA_CMD, (uint32_t)cmd | EDU_DMA_START);
	while (CONF_READ(sc, EDU_DMA_CMD) & EDU_DMA_START) {
		if (pdk_uptime_ms() > end)
			return ETIMEDOUT;
		DELAY(1000);
	}
	return 0;
}

static int
is_zero(const uint8_t *p, bus_size_t len)
{
	bus_size_t i;

	for (i = 0; i < len; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

static int
crosses(bus_addr_t pa, bus_size_t len)
{
	return pa / CONF_BOUNDARY != (pa + len - 1) / CONF_BOUNDARY;
}

/* Objects of all sizes and alignments, all at once. */
static void
test_limits(struct conf_softc *sc)
{
	int aligned = 1, zero = 1, below = 1, whole = 1, apart = 1, got = 1, i, j;
	struct pdk_dma d[NOBJ] = { { .va = NULL } };
	bus_size_t align, size;

	for (i = 0; i < NOBJ; i++) {
		align = (bus_size_t)1 << i;
		size = 100 + (bus_size_t)i * 3000;
		got &= pdk_dma_alloc(&sc->sc_dev, &d[i], size, align) == 0;
		if (!got)
			break;
		aligned &= d[i].pa % align == 0 && d[i].size == size;
		zero &= is_zero(d[i].va, size);
		below &= ((d[i].pa + size - 1) >> CONF_DMA_BITS) == 0;
		whole &= !crosses(d[i].pa, size);
		memset(d[i].va, i + 1, size);
		for (j = 0; j < i; j++)
			apart &= d[j].pa + d[j].size <= d[i].pa || d[i].pa + size <= d[j].pa;
	}
	CONF_OK(sc, got, "DMA objects of many sizes and alignments at once");
	CONF_OK(sc, aligned, "they are aligned as asked, and as large");
	CONF_OK(sc, zero, "they are zeroed");
	CONF_OK(sc, below, "they lie below the driver's dma_bits");
	CONF_OK(sc, whole, "none crosses the driver's dma_boundary");
	CONF_OK(sc, apart, "they do not overlap");
	for (i = 0; i < NOBJ; i++)
		pdk_dma_free(&d[i]);
	CONF_OK(sc, d[0].va == NULL && d[0].size == 0, "freeing empties the object");
	pdk_dma_free(&d[0]);
	CONF_OK(sc, 1, "freeing an empty one is harmless");
}

static void
test_errors(struct conf_softc *sc)
{
	struct pdk_dma d = { .va = NULL };

	CONF_OK(sc, pdk_dma_alloc(&sc->sc_dev, &d, CONF_BOUNDARY + 1, 1) == EINVAL,
	    "an object larger than the boundary is EINVAL");
	CONF_OK(sc, pdk_dma_alloc(&sc->sc_dev, &d, CONF_BOUNDARY, CONF_BOUNDARY) == 0,
	    "one as large as the boundary is not");
	pdk_dma_free(&d);
}

/* Out and back, with the syncs around each way; a part of the object each. */
static void
test_engine(struct conf_softc *sc)
{
	struct pdk_dma d = { .va = NULL };
	const unsigned len = 1024;
	uint8_t *p;
	unsigned i;
	int error;

	error = pdk_dma_alloc(&sc->sc_dev, &d, 2 * len, 4096);
	CONF_OK(sc, error == 0, "an object for the DMA engine");
	if (error != 0)
		return;
	p = d.va;
	for (i = 0; i < len; i++)
		p[i] = pattern(i);
	pdk_dma_sync(&d, 0, len, BUS_DMASYNC_PREWRITE);
	error = conf_edu_copy(sc, d.pa, EDU_BUF, len, 0);
	pdk_dma_sync(&d, 0, len, BUS_DMASYNC_POSTWRITE);
	CONF_OK(sc, error == 0, "PREWRITE, the device reads, POSTWRITE");
	pdk_dma_sync(&d, len, len, BUS_DMASYNC_PREREAD);
	error = conf_edu_copy(sc, EDU_BUF, d.pa + len, len, EDU_DMA_FROM_DEVICE);
	pdk_dma_sync(&d, len, len, BUS_DMASYNC_POSTREAD);
	CONF_OK(sc, error == 0, "PREREAD, the device writes, POSTREAD");
	CONF_OK(sc, memcmp(p, p + len, len) == 0, "what came back is what was sent");
	pdk_dma_sync(&d, 0, d.size, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	pdk_dma_sync(&d, 0, d.size, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	pdk_dma_sync(&d, d.size, 0, BUS_DMASYNC_PREREAD);
	CONF_OK(sc, 1, "both directions may be synced in one call, and nothing at the end");
	pdk_dma_free(&d);
}

void
conf_worker_dma(struct conf_softc *sc)
{
	test_limits(sc);
	test_errors(sc);
	test_engine(sc);
}
