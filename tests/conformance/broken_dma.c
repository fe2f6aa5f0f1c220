/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_dma.c - rules of DMA memory, maps and mbufs, broken.
 */
#include "broken.h"

static void
case_dma_alloc_again(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
}

static void
case_dma_free_copy(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	sc->sc_copy = sc->sc_dma;
	pdk_dma_free(&sc->sc_dma);
	pdk_dma_free(&sc->sc_copy);
}

static void
case_dma_sync_beyond(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	pdk_dma_sync(&sc->sc_dma, 4000, 97, BUS_DMASYNC_PREWRITE);
}

static void
case_dma_sync_mixed(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	pdk_dma_sync(&sc->sc_dma, 0, 64, BUS_DMASYNC_PREWRITE | BUS_DMASYNC_POSTREAD);
}

static void
case_dma_sync_freed(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	sc->sc_copy = sc->sc_dma;
	pdk_dma_free(&sc->sc_dma);
	pdk_dma_sync(&sc->sc_copy, 0, 64, BUS_DMASYNC_PREWRITE);
}

static void
case_dma_sync_empty(struct broken_softc *sc)
{
	pdk_dma_sync(&sc->sc_dma, 0, 0, BUS_DMASYNC_PREWRITE);
}

static void
case_map_create_again(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
}

static void
case_map_destroy_loaded(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	pdk_map_destroy(&sc->sc_map);
}

static void
case_map_load_no_header(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	sc->sc_m->m_flags &= ~M_PKTHDR;
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

static void
case_map_load_wrong_length(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	sc->sc_m->m_len--;
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

static void
case_map_load_outside_buffer(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	sc->sc_m->m_data += 4000;
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

static void
case_map_load_not_created(struct broken_softc *sc)
{
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

static void
case_mbuf_freed_while_loaded(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	m_freem(sc->sc_m);
}

static void
case_map_unload_twice(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	pdk_map_unload(&sc->sc_map);
	pdk_map_unload(&sc->sc_map);
}

static void
case_map_sync_before_load(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	pdk_map_sync(&sc->sc_map, BUS_DMASYNC_PREWRITE);
}

static void
case_map_sync_wrong_way(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	pdk_map_sync(&sc->sc_map, BUS_DMASYNC_PREREAD);
}

static void
case_map_sync_post_first(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 0);
	pdk_map_sync(&sc->sc_map, BUS_DMASYNC_POSTREAD);
}

static void
case_map_used_after_unload(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	pdk_map_unload(&sc->sc_map);
	(void)pdk_map_addr(&sc->sc_map, 0);
}

static void
case_map_segment_beyond(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	(void)pdk_map_len(&sc->sc_map, 1);
}

static void
case_map_used_after_destroy(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	pdk_map_destroy(&sc->sc_map);
	(void)pdk_map_nsegs(&sc->sc_map);
}

static void
case_mbuf_freed_twice(struct broken_softc *sc)
{
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	m_freem(sc->sc_m);
	m_freem(sc->sc_m);
}

static void
case_mbuf_copy_beyond(struct broken_softc *sc)
{
	uint8_t b[8];

	sc->sc_m = pdk_mbuf_rxalloc(2048);
	m_copydata(sc->sc_m, 2044, 8, b);
}

static void
case_leak_dma(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
}

static void
case_leak_map(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
}

static void
case_leak_mbuf(struct broken_softc *sc)
{
	sc->sc_m = pdk_mbuf_rxalloc(2048);
}

static void
case_dma_free_unknown(struct broken_softc *sc)
{
	sc->sc_dma.d_obj = (struct pdk_dmaobj *)(void *)sc;
	pdk_dma_free(&sc->sc_dma);
}

static void
case_dma_sync_overflow(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	pdk_dma_sync(&sc->sc_dma, 64, (bus_size_t)0 - 64, BUS_DMASYNC_PREWRITE);
}

static void
case_dma_sync_no_op(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	pdk_dma_sync(&sc->sc_dma, 0, 64, 0);
}

static void
case_dma_sync_unknown_op(struct broken_softc *sc)
{
	(void)pdk_dma_alloc(&sc->sc_dev, &sc->sc_dma, 4096, 4096);
	pdk_dma_sync(&sc->sc_dma, 0, 64, 0x10);
}

static void
case_map_destroy_copy(struct broken_softc *sc)
{
	struct pdk_dmamap copy;

	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	copy = sc->sc_map;
	pdk_map_destroy(&sc->sc_map);
	pdk_map_destroy(&copy);
}

static void
case_map_destroy_unknown(struct broken_softc *sc)
{
	sc->sc_map.dm_obj = (struct pdk_mapobj *)(void *)sc;
	pdk_map_destroy(&sc->sc_map);
}

static void
case_map_copy_after_destroy(struct broken_softc *sc)
{
	struct pdk_dmamap copy;

	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	copy = sc->sc_map;
	pdk_map_destroy(&sc->sc_map);
	pdk_map_sync(&copy, BUS_DMASYNC_PREWRITE);
}

static void
case_map_load_empty(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	sc->sc_m->m_len = sc->sc_m->m_pkthdr.len = 0;
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

static void
case_map_load_negative(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	sc->sc_m->m_len = sc->sc_m->m_pkthdr.len = -1;
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

static void
case_map_load_freed(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	m_freem(sc->sc_m);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

static void
case_map_unload_never_loaded(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	pdk_map_unload(&sc->sc_map);
}

static void
case_map_sync_both_ways(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	pdk_map_sync(&sc->sc_map, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
}

static void
case_map_segment_negative(struct broken_softc *sc)
{
	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	(void)pdk_map_addr(&sc->sc_map, -1);
}

static void
case_mbuf_freed_in_second_map(struct broken_softc *sc)
{
	struct pdk_dmamap other = { 0 };

	(void)pdk_map_create(&sc->sc_dev, &sc->sc_map, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_create(&sc->sc_dev, &other, 4096, 4);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
	(void)pdk_map_load_mbuf(&other, &sc->sc_m, 1);
	pdk_map_unload(&other);
	m_freem(sc->sc_m);
}

const struct broken_case broken_dma_cases[] = {
	CASE(IN_WORKER, dma_alloc_again),
	CASE(IN_WORKER, dma_free_copy),
	CASE(IN_WORKER, dma_sync_beyond),
	CASE(IN_WORKER, dma_sync_mixed),
	CASE(IN_WORKER, dma_sync_freed),
	CASE(IN_WORKER, dma_sync_empty),
	CASE(IN_WORKER, map_create_again),
	CASE(IN_WORKER, map_destroy_loaded),
	CASE(IN_WORKER, map_load_no_header),
	CASE(IN_WORKER, map_load_wrong_length),
	CASE(IN_WORKER, map_load_outside_buffer),
	CASE(IN_WORKER, map_load_not_created),
	CASE(IN_WORKER, mbuf_freed_while_loaded),
	CASE(IN_WORKER, map_unload_twice),
	CASE(IN_WORKER, map_sync_before_load),
	CASE(IN_WORKER, map_sync_wrong_way),
	CASE(IN_WORKER, map_sync_post_first),
	CASE(IN_WORKER, map_used_after_unload),
	CASE(IN_WORKER, map_segment_beyond),
	CASE(IN_WORKER, map_used_after_destroy),
	CASE(IN_WORKER, mbuf_freed_twice),
	CASE(IN_WORKER, mbuf_copy_beyond),
	CASE(IN_WORKER, leak_dma),
	CASE(IN_WORKER, leak_map),
	CASE(IN_WORKER, leak_mbuf),
	CASE(IN_WORKER, dma_free_unknown),
	CASE(IN_WORKER, dma_sync_overflow),
	CASE(IN_WORKER, dma_sync_no_op),
	CASE(IN_WORKER, dma_sync_unknown_op),
	CASE(IN_WORKER, map_destroy_copy),
	CASE(IN_WORKER, map_destroy_unknown),
	CASE(IN_WORKER, map_copy_after_destroy),
	CASE(IN_WORKER, map_load_empty),
	CASE(IN_WORKER, map_load_negative),
	CASE(IN_WORKER, map_load_freed),
	CASE(IN_WORKER, map_unload_never_loaded),
	CASE(IN_WORKER, map_sync_both_ways),
	CASE(IN_WORKER, map_segment_negative),
	CASE(IN_WORKER, mbuf_freed_in_second_map),
	{ NULL, IN_CONFIG, NULL },
};
