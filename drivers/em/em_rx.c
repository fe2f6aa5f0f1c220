/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_rx.c - receive: every descriptor has an mbuf, and a frame is passed up only when a new one
 * can take its place; so the ring never runs dry for want of memory.
 */
#include "em.h"

static struct em_rxdesc *
em_rxdesc(struct em_softc *sc, unsigned i)
{
	return (struct em_rxdesc *)sc->sc_rx.mem.va + i;
}

static void
em_rx_sync(struct em_softc *sc, unsigned i, int op)
{
	pdk_dma_sync(&sc->sc_rx.mem, i * sizeof(struct em_rxdesc), sizeof(struct em_rxdesc), op);
}

/* Descriptor `i` is the device's, with the mbuf that is loaded there. */
static void
em_rx_give(struct em_softc *sc, unsigned i)
{
	struct em_rxdesc *d = em_rxdesc(sc, i);
	struct pdk_dmamap *map = sc->sc_rx.buf[i].map;

	pdk_map_sync(map, BUS_DMASYNC_PREREAD);
	memset(d, 0, sizeof(*d));
	d->addr = htole64(pdk_map_addr(map, 0));
	em_rx_sync(sc, i, BUS_DMASYNC_PREREAD);
	em_rx_sync(sc, i, BUS_DMASYNC_PREWRITE);
}

/* A new mbuf for descriptor `i`, in *old the one that was there.  ENOBUFS: it stays. */
static int
em_rx_swap(struct em_softc *sc, unsigned i, struct mbuf **old)
{
	struct em_ring *r = &sc->sc_rx;
	struct em_buf *b = &r->buf[i];
	struct pdk_dmamap *map = r->spare;
	struct mbuf *m = pdk_mbuf_rxalloc(EM_RXBUF);

	if (m == NULL)
		return ENOBUFS;
	if (pdk_map_load_mbuf(map, &m, 0) != 0) {
		m_freem(m);
		return ENOBUFS;
	}
	*old = b->m;
	if (b->m != NULL)
		pdk_map_unload(b->map);
	r->spare = b->map;
	b->map = map;
	b->m = m;
	return 0;
}

int
em_rx_start(struct em_softc *sc)
{
	struct em_ring *r = &sc->sc_rx;
	struct mbuf *none;
	unsigned i;

	for (i = 0; i < EM_NDESC; i++) {
		if (em_rx_swap(sc, i, &none) != 0)
			return ENOBUFS;
		em_rx_give(sc, i);
	}
	sc->sc_rx_skip = false;
	em_write(sc, EM_RDTR, 0);
	em_write(sc, EM_RADV, 0);
	em_write(sc, EM_RXDCTL, EM_RXDCTL_GRAN | EM_RXDCTL_WTHRESH(1));
	em_write(sc, EM_RXCSUM, EM_RXCSUM_IPOFL | EM_RXCSUM_TUOFL);
	em_write(sc, EM_RDBAL, (uint32_t)r->mem.pa);
	em_write(sc, EM_RDBAH, (uint32_t)((uint64_t)r->mem.pa >> 32));
	em_write(sc, EM_RDLEN, (uint32_t)r->mem.size);
	em_write(sc, EM_RDH, 0);
	em_write(sc, EM_RCTL, em_read(sc, EM_RCTL) | EM_RCTL_EN | EM_RCTL_BAM |
	    EM_RCTL_BSIZE_2048 | EM_RCTL_SECRC);
	/* One is always the driver's: head == tail means that the device has none. */
	em_write(sc, EM_RDT, EM_NDESC - 1);
	return 0;
}

static unsigned
em_rx_flags(const struct em_rxdesc *d)
{
	unsigned flags = 0;

	if ((d->status & EM_RXD_IXSM) != 0)
		return 0;
	if ((d->status & EM_RXD_IPCS) != 0 && (d->errors & EM_RXD_IPE) == 0)
		flags |= PDKNET_RX_IP4_OK;
	if ((d->status & EM_RXD_TCPCS) != 0 && (d->errors & EM_RXD_TCPE) == 0)
		flags |= PDKNET_RX_L4_OK;
	return flags;
}

/*
 * A frame is whole, good, and of a length that there is.  One of several buffers is too long; the
 * last of them is no frame of its own.
 */
static bool
em_rx_good(struct em_softc *sc, const struct em_rxdesc *d, unsigned len)
{
	bool rest = sc->sc_rx_skip;

	sc->sc_rx_skip = (d->status & EM_RXD_EOP) == 0;
	if (!rest && !sc->sc_rx_skip && (d->errors & EM_RXD_BAD) == 0 &&
	    len >= PDKNET_HDRLEN && len <= PDKNET_HDRLEN + 4 + PDKNET_MTU)
		return true;
	if (!rest)
		sc->sc_stats.rx_length++;
	return false;
}

/* The frame of descriptor `i` into *f; false: it is dropped and counted. */
static bool
em_rx_one(struct em_softc *sc, unsigned i, struct em_frame *f)
{
	struct em_rxdesc d;
	unsigned len;
	bool good;

	em_rx_sync(sc, i, BUS_DMASYNC_POSTREAD);	/* the rest is not read before DD was */
	d = *em_rxdesc(sc, i);
	len = le16toh(d.length);
	good = em_rx_good(sc, &d, len);
	pdk_map_sync(sc->sc_rx.buf[i].map, BUS_DMASYNC_POSTREAD);
	if (good && em_rx_swap(sc, i, &f->m) != 0) {
		sc->sc_stats.rx_nomem++;
		good = false;
	}
	em_rx_give(sc, i);
	if (!good)
		return false;
	f->m->m_len = f->m->m_pkthdr.len = (int)len;
	f->flags = em_rx_flags(&d);
	sc->sc_stats.rx_frames++;
	sc->sc_stats.rx_bytes += len;
	return true;
}

unsigned
em_rx_take(struct em_softc *sc, struct em_frame *f, unsigned max, bool *more)
{
	struct em_ring *r = &sc->sc_rx;
	unsigned n = 0, seen;

	for (seen = 0; seen < max; seen++) {
		em_rx_sync(sc, r->tail, BUS_DMASYNC_POSTREAD);
		if ((em_rxdesc(sc, r->tail)->status & EM_RXD_DD) == 0)
			break;
		if (em_rx_one(sc, r->tail, &f[n]))
			n++;
		r->tail = (r->tail + 1) % EM_NDESC;
	}
	if (seen > 0)
		em_write(sc, EM_RDT, (r->tail + EM_NDESC - 1) % EM_NDESC);
	*more = seen == max;
	return n;
}

void
em_rx_flush(struct em_softc *sc)
{
	struct em_frame f;
	unsigned n, i;
	bool more = true;

	for (i = 0; i < EM_NDESC && more; i++) {
		pdk_lock(&sc->sc_dev);
		n = em_rx_take(sc, &f, 1, &more);
		pdk_unlock(&sc->sc_dev);
		if (n > 0)
			pdknet_rx(&sc->sc_dev, f.m, f.flags);
	}
}
