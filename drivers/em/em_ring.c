/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_ring.c - the memory of a ring: descriptors that the device reads and writes, and for each of
 * them the mbuf that it points to.
 */
#include "em.h"

#define EM_NMAPS	(EM_NDESC + 1)

int
em_ring_alloc(struct em_softc *sc, struct em_ring *r, size_t descsize, bus_size_t bufsize,
    int segs)
{
	unsigned i;
	int error;

	error = pdk_dma_alloc(&sc->sc_dev, &r->mem, EM_NDESC * descsize, 4096);
	if (error != 0)
		return error;
	r->buf = pdk_zalloc(EM_NDESC * sizeof(r->buf[0]), PDK_WAITOK);
	r->map = pdk_zalloc(EM_NMAPS * sizeof(r->map[0]), PDK_WAITOK);
	if (r->buf == NULL || r->map == NULL)
		return ENOMEM;
	for (i = 0; i < EM_NMAPS && error == 0; i++)
		error = pdk_map_create(&sc->sc_dev, &r->map[i], bufsize, segs);
	for (i = 0; i < EM_NDESC; i++)
		r->buf[i].map = &r->map[i];
	r->spare = &r->map[EM_NDESC];
	return error;
}

void
em_ring_free(struct em_ring *r)
{
	unsigned i;

	for (i = 0; i < EM_NMAPS && r->map != NULL; i++)
		pdk_map_destroy(&r->map[i]);
	pdk_free(r->map, EM_NMAPS * sizeof(r->map[0]));
	pdk_free(r->buf, EM_NDESC * sizeof(r->buf[0]));
	r->map = NULL;
	r->buf = NULL;
	pdk_dma_free(&r->mem);
}

unsigned
em_ring_empty(struct em_ring *r)
{
	unsigned i, n = 0;

	for (i = 0; i < EM_NDESC; i++) {
		if (r->buf[i].m == NULL)
			continue;
		pdk_map_unload(r->buf[i].map);
		m_freem(r->buf[i].m);
		r->buf[i].m = NULL;
		n++;
	}
	memset(r->mem.va, 0, (size_t)r->mem.size);
	r->head = r->tail = r->used = 0;
	return n;
}
