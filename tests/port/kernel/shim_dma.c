/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim_dma.c - memory that device and driver share, maps of frames, mbufs.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"
#include "shim.h"

void
check_dma(void)
{
	static const char zero[64];
	struct pdk_dma m = { 0 };
	struct pdk_dev *d;

	toy_attach(36, 4096);
	d = &toy->dev;
	ok(pdk_dma_alloc(d, &m, 4097, 16) == EINVAL, "nothing crosses the boundary");
	ok(pdk_dma_alloc(d, &m, 64, 256) == 0 && m.size == 64 && m.pa % 256 == 0 &&
	    memcmp(m.va, zero, 64) == 0, "aligned and zeroed");
	ok(k_sync_op == (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE),
	    "for the device, too, over which no zero comes later");
	pdk_dma_sync(&m, 0, 64, BUS_DMASYNC_PREWRITE);
	pdk_dma_free(&m);
	pdk_dma_free(&m);
	toy_detach();
	toy_attach(28, 0);
	d = &toy->dev;
	ok(pdk_dma_alloc(d, &m, (bus_size_t)1 << 29, 1) == EINVAL && m.va == NULL,
	    "more than it can address");
	ok(pdk_dma_alloc(d, &m, 64, 1) == 0 && m.pa < 1 << 28, "28 bits are kept to");
	pdk_dma_free(&m);
	toy_detach();
}

/* What the device sees of a loaded map, as one text. */
static const char *
seen(const struct pdk_dmamap *map)
{
	static char text[128];
	size_t len = 0;
	int i;

	for (i = 0; i < pdk_map_nsegs(map); i++) {
		const void *p = k_device_memory(pdk_map_addr(map, i));

		if (p == NULL || len + pdk_map_len(map, i) >= sizeof(text))
			return "nothing there";
		memcpy(text + len, p, pdk_map_len(map, i));
		len += pdk_map_len(map, i);
	}
	text[len] = '\0';
	return text;
}

void
check_maps(void)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = toy_chain(3);

	toy_attach(36, 0);
	ok(pdk_map_create(&toy->dev, &map, 0, 1) == EINVAL, "an empty map is none");
	pdk_map_destroy(&map);
	ok(pdk_map_create(&toy->dev, &map, 12, 2) == 0, "two segments, 12 octets");
	m->m_pkthdr.len = 13;
	ok(pdk_map_load_mbuf(&map, &m, 1) == EFBIG, "a longer frame does not fit");
	m->m_pkthdr.len = 12;
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0 && pdk_map_nsegs(&map) <= 2,
	    "too many mbufs are compacted");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	ok(strcmp(seen(&map), "0123456789:;") == 0, "and all of their length is in the segments");
	ok(pdk_map_load_mbuf(&map, &m, 1) == EBUSY, "one frame at a time");
	pdk_map_sync(&map, BUS_DMASYNC_POSTWRITE);
	pdk_map_unload(&map);
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0, "and then the next");
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	pdk_map_destroy(&map);
	m_freem(m);
	toy_detach();
}

/* A device that does not reach the mbufs: what is loaded is copied, by pdk_map_sync(). */
void
check_bounce(void)
{
	struct pdk_dmamap map = { 0 };
	struct mbuf *m = toy_chain(2), *n;
	int i;

	toy_attach(28, 0);
	ok(pdk_map_create(&toy->dev, &map, 64, 2) == 0, "a map of 28 bits");
	ok(pdk_map_load_mbuf(&map, &m, 1) == 0, "is loaded");
	for (i = 0; i < pdk_map_nsegs(&map); i++)
		ok(pdk_map_addr(&map, i) < 1 << 28, "in reach");
	pdk_map_sync(&map, BUS_DMASYNC_PREWRITE);
	ok(strcmp(seen(&map), "01234567") == 0, "the device reads what the driver wrote");
	pdk_map_sync(&map, BUS_DMASYNC_POSTWRITE);
	pdk_map_unload(&map);
	n = pdk_mbuf_rxalloc(64);
	(void)pdk_map_load_mbuf(&map, &n, 0);
	pdk_map_sync(&map, BUS_DMASYNC_PREREAD);
	memcpy(k_device_memory(pdk_map_addr(&map, 0)), "abcdefgh", 8);
	pdk_map_sync(&map, BUS_DMASYNC_POSTREAD);
	ok(memcmp(mtod(n, char *), "abcdefgh", 8) == 0, "the driver what the device wrote");
	pdk_map_unload(&map);
	pdk_map_destroy(&map);
	m_freem(m);
	m_freem(n);
	toy_detach();
}

void
check_mbufs(void)
{
	struct mbuf *m = pdk_mbuf_rxalloc(100);

	ok(m != NULL && m->m_next == NULL && m->m_len == 100 && m->m_pkthdr.len == 100,
	    "a receive buffer is one mbuf, as long as it was asked for");
	m_freem(m);
	ok(pdk_mbuf_rxalloc(1 << 20) == NULL, "there is none of a megabyte");
	ok(k_live == 0, "none is left");
}
