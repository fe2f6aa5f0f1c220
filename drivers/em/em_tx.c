/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_tx.c - send: a frame's segments become descriptors, of which the last asks for a report.
 */
#include "em.h"

static struct em_txdesc *
em_txdesc(struct em_softc *sc, unsigned i)
{
	return (struct em_txdesc *)sc->sc_tx.mem.va + i;
}

static void
em_tx_sync(struct em_softc *sc, unsigned i, int op)
{
	pdk_dma_sync(&sc->sc_tx.mem, i * sizeof(struct em_txdesc), sizeof(struct em_txdesc), op);
}

void
em_tx_start(struct em_softc *sc)
{
	struct em_ring *r = &sc->sc_tx;

	em_write(sc, EM_TIDV, 0);
	em_write(sc, EM_TXDCTL, EM_TXDCTL_ONE | EM_TXDCTL_GRAN | EM_TXDCTL_WTHRESH(1));
	em_write(sc, EM_TDBAL, (uint32_t)r->mem.pa);
	em_write(sc, EM_TDBAH, (uint32_t)((uint64_t)r->mem.pa >> 32));
	em_write(sc, EM_TDLEN, (uint32_t)r->mem.size);
	em_write(sc, EM_TDH, 0);
	em_write(sc, EM_TDT, 0);
	em_write(sc, EM_TIPG, EM_TIPG_COPPER);
	em_write(sc, EM_TCTL, EM_TCTL_EN | EM_TCTL_PSP | EM_TCTL_CT | EM_TCTL_COLD);
	sc->sc_tx_full = false;
	sc->sc_stuck = 0;
}

/* Write descriptor `i` for segment `seg` of the map. */
static void
em_tx_put(struct em_softc *sc, unsigned i, const struct pdk_dmamap *map, int seg, bool last)
{
	struct em_txdesc *d = em_txdesc(sc, i);

	memset(d, 0, sizeof(*d));
	d->addr = htole64(pdk_map_addr(map, seg));
	d->length = htole16((uint16_t)pdk_map_len(map, seg));
	d->cmd = (uint8_t)(EM_TXD_IFCS | (last ? EM_TXD_EOP | EM_TXD_RS : 0));
	em_tx_sync(sc, i, BUS_DMASYNC_PREWRITE);
	em_tx_sync(sc, i, BUS_DMASYNC_PREREAD);
}

/*
 * The mbuf cannot be mapped.  If it was compacted in vain, the caller's is gone and only `m` there:
 * then it is taken, and lost.
 */
static int
em_tx_refused(struct em_softc *sc, struct mbuf *m, const struct mbuf *callers, int error)
{
	if (m == callers)
		return error;
	m_freem(m);
	sc->sc_stats.tx_errors++;
	return 0;
}

/* Locked; there are EM_MAXSEGS descriptors free. */
static int
em_tx_queue(struct em_softc *sc, struct mbuf *callers)
{
	struct em_ring *r = &sc->sc_tx;
	struct em_buf *b = &r->buf[r->head];
	struct mbuf *m = callers;
	unsigned len = (unsigned)m->m_pkthdr.len, i = r->head;
	int error, seg, nsegs;

	error = pdk_map_load_mbuf(b->map, &m, 1);
	if (error != 0)
		return em_tx_refused(sc, m, callers, error);
	pdk_map_sync(b->map, BUS_DMASYNC_PREWRITE);
	nsegs = pdk_map_nsegs(b->map);
	for (seg = 0; seg < nsegs; seg++, i = (i + 1) % EM_NDESC) {
		em_tx_put(sc, i, b->map, seg, seg == nsegs - 1);
		b->last = i;
	}
	b->m = m;
	r->head = i;
	r->used += (unsigned)nsegs;
	sc->sc_stats.tx_frames++;
	sc->sc_stats.tx_bytes += len;
	em_write(sc, EM_TDT, r->head);
	return 0;
}

int
em_tx(struct pdk_dev *dev, struct mbuf *m)
{
	struct em_softc *sc = (struct em_softc *)dev;
	int error;

	if (m->m_pkthdr.len < PDKNET_HDRLEN || m->m_pkthdr.len > PDKNET_HDRLEN + 4 + PDKNET_MTU)
		return EMSGSIZE;
	pdk_lock(dev);
	if (!sc->sc_up)
		error = ENETDOWN;
	else if (sc->sc_tx.used + EM_MAXSEGS >= EM_NDESC) {
		sc->sc_tx_full = true;
		error = ENOBUFS;
	} else
		error = em_tx_queue(sc, m);
	pdk_unlock(dev);
	return error;
}

/* The oldest frame of the ring: has it been sent? */
static bool
em_tx_sent(struct em_softc *sc)
{
	struct em_ring *r = &sc->sc_tx;
	struct em_buf *b = &r->buf[r->tail];

	em_tx_sync(sc, b->last, BUS_DMASYNC_POSTREAD);
	if ((em_txdesc(sc, b->last)->status & EM_TXD_DD) == 0)
		return false;
	pdk_map_sync(b->map, BUS_DMASYNC_POSTWRITE);
	pdk_map_unload(b->map);
	m_freem(b->m);
	b->m = NULL;
	r->used -= (b->last + EM_NDESC - r->tail) % EM_NDESC + 1;
	r->tail = (b->last + 1) % EM_NDESC;
	sc->sc_sent++;
	return true;
}

bool
em_tx_reap(struct em_softc *sc)
{
	while (sc->sc_tx.used > 0 && em_tx_sent(sc))
		;
	if (!sc->sc_tx_full || sc->sc_tx.used > EM_NDESC / 2)
		return false;
	sc->sc_tx_full = false;
	return true;
}
