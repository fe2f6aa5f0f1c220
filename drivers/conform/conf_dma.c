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

/* Objects of all sizes and alignments, all at once; 0: there are not so many. */
static int
get_all(struct conf_softc *sc, struct pdk_dma *d)
{
	int i;

	memset(d, 0, NOBJ * sizeof(*d));
	for (i = 0; i < NOBJ; i++)
		if (!CONF_OK(sc, pdk_dma_alloc(&sc->sc_dev, &d[i], 100 + (bus_size_t)i * 3000,
		    (bus_size_t)1 << i) == 0, "an object cannot be allocated"))
			return 0;
	return 1;
}

static void
free_all(struct pdk_dma *d)
{
	int i;

	for (i = 0; i < NOBJ; i++)
		pdk_dma_free(&d[i]);
}

/* FreeBSD's bus_dmamem_alloc() of up to a page is malloc(9), aligned as that likes. */
static void
dma_aligned(struct conf_softc *sc)
{
	struct pdk_dma d[NOBJ];
	int i;

	if (get_all(sc, d))
		for (i = 0; i < NOBJ; i++)
			CONF_OK(sc, d[i].pa % ((bus_size_t)1 << i) == 0 &&
			    d[i].size == 100 + (bus_size_t)i * 3000,
			    "an object is not aligned as asked, or not as large");
	free_all(d);
}

/* Memory of bus_dmamem_alloc(9) is as its last user left it. */
static void
dma_zeroed(struct conf_softc *sc)
{
	struct pdk_dma d[NOBJ];
	int round, i, zero = 1;
	bus_size_t j;

	for (round = 0; round < 2; round++) {
		if (get_all(sc, d))
			for (i = 0; i < NOBJ; i++) {
				for (j = 0; j < d[i].size; j++)
					zero &= ((uint8_t *)d[i].va)[j] == 0;
				memset(d[i].va, 0xa5, d[i].size);
			}
		free_all(d);
	}
	CONF_OK(sc, zero, "an object is not zeroed");
}

/* A tag of 32 bits for a device of 28: what the device then writes to is somebody else's. */
static void
dma_reach(struct conf_softc *sc)
{
	struct pdk_dma d[NOBJ];
	int i;

	if (get_all(sc, d))
		for (i = 0; i < NOBJ; i++) {
			CONF_OK(sc, ((d[i].pa + d[i].size - 1) >> CONF_DMA_BITS) == 0,
			    "an object lies above the driver's dma_bits");
			CONF_OK(sc, d[i].pa / CONF_BOUNDARY ==
			    (d[i].pa + d[i].size - 1) / CONF_BOUNDARY,
			    "an object crosses the driver's dma_boundary");
		}
	free_all(d);
}

/* Objects of less than a page that share it, and more. */
static void
dma_apart(struct conf_softc *sc)
{
	struct pdk_dma d[NOBJ];
	int i, j;

	if (get_all(sc, d))
		for (i = 0; i < NOBJ; i++)
			for (j = 0; j < i; j++)
				CONF_OK(sc, d[j].pa + d[j].size <= d[i].pa ||
				    d[i].pa + d[i].size <= d[j].pa, "two objects overlap");
	free_all(d);
	CONF_OK(sc, d[0].va == NULL && d[0].size == 0, "a freed object is not empty");
	pdk_dma_free(&d[0]);		/* an empty one: harmless */
}

/* An object that crosses the boundary because it cannot help it; leaks of what failed halfway. */
static void
dma_errors(struct conf_softc *sc)
{
	struct pdk_dma d = { .va = NULL };

	CONF_OK(sc, pdk_dma_alloc(&sc->sc_dev, &d, CONF_BOUNDARY + 1, 1) == EINVAL,
	    "an object larger than the boundary is not EINVAL");
	CONF_OK(sc, d.va == NULL, "an object that was not allocated is not empty");
	CONF_OK(sc, pdk_dma_alloc(&sc->sc_dev, &d, CONF_BOUNDARY, CONF_BOUNDARY) == 0,
	    "one as large as the boundary cannot be allocated");
	pdk_dma_free(&d);
}

/* Out and back, with the syncs around each way, each for a part of the object. */
static void
dma_engine(struct conf_softc *sc)
{
	struct pdk_dma d = { .va = NULL };
	const unsigned len = 1024;
	uint8_t *p;
	unsigned i;
	int error;

	error = pdk_dma_alloc(&sc->sc_dev, &d, 2 * len, 4096);
	if (!CONF_OK(sc, error == 0, "there is no object"))
		return;
	if (!CONF_OK(sc, ((d.pa + d.size - 1) >> CONF_DMA_BITS) == 0, "it is out of reach")) {
		pdk_dma_free(&d);
		return;
	}
	p = d.va;
	for (i = 0; i < len; i++)
		p[i] = pattern(i);
	pdk_dma_sync(&d, 0, len, BUS_DMASYNC_PREWRITE);
	error = conf_edu_copy(sc, d.pa, EDU_BUF, len, 0);
	pdk_dma_sync(&d, 0, len, BUS_DMASYNC_POSTWRITE);
	CONF_OK(sc, error == 0, "the device does not end reading");
	pdk_dma_sync(&d, len, len, BUS_DMASYNC_PREREAD);
	error = conf_edu_copy(sc, EDU_BUF, d.pa + len, len, EDU_DMA_FROM_DEVICE);
	pdk_dma_sync(&d, len, len, BUS_DMASYNC_POSTREAD);
	CONF_OK(sc, error == 0, "the device does not end writing");
	CONF_OK(sc, memcmp(p, p + len, len) == 0, "what came back is not what was sent");
	pdk_dma_sync(&d, 0, d.size, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	pdk_dma_sync(&d, 0, d.size, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	pdk_dma_sync(&d, d.size, 0, BUS_DMASYNC_PREREAD);
	pdk_dma_free(&d);
}

const struct conf_check conf_dma_checks[] = {
	{ "dma_aligned", CONF_WORKER, dma_aligned, NULL, 0 },
	{ "dma_zeroed", CONF_WORKER, dma_zeroed, NULL, 0 },
	{ "dma_reach", CONF_WORKER, dma_reach, NULL, 0 },
	{ "dma_apart", CONF_WORKER, dma_apart, NULL, 0 },
	{ "dma_errors", CONF_WORKER, dma_errors, NULL, 0 },
	{ "dma_engine", CONF_WORKER, dma_engine, NULL, 0 },
	{ NULL, CONF_WORKER, NULL, NULL, 0 },
};
