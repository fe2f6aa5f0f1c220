/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em's transmit ring without a card, on a pdk of a few lines whose maps have as many segments as
 * the test says: what a system's mbuf chains become, which the harness has none of.
 */
#include <stdlib.h>

#include "drivers/em/em.h"
#include "tests/unit/tap.h"

#define REPLACED 2
#define SEG_LEN	100
#define SEG(i)	(0x10000u * ((unsigned)(i) + 1))

static struct em_softc sc;
static int nsegs = 1, loaded, refuse;	/* to load: 1, or REPLACED */
static unsigned freed, tail;

/* ---- the pdk ---- */

void
pdk_lock(struct pdk_dev *dev)
{
	(void)dev;
}

void
pdk_unlock(struct pdk_dev *dev)
{
	(void)dev;
}

void *
pdk_zalloc(size_t size, int how)
{
	(void)how;
	return calloc(1, size);
}

void
pdk_free(void *p, size_t size)
{
	(void)size;
	free(p);
}

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	(void)dev, (void)align;
	d->va = calloc(1, size);
	d->size = size;
	return d->va == NULL ? ENOMEM : 0;
}

void
pdk_dma_free(struct pdk_dma *d)
{
	free(d->va);
	d->va = NULL;
}

void
pdk_dma_sync(struct pdk_dma *d, bus_size_t off, bus_size_t len, int op)
{
	(void)op;
	if (off + len > d->size)
		abort();
}

int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *m, bus_size_t maxsize, int maxsegs)
{
	(void)dev, (void)m, (void)maxsize, (void)maxsegs;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *m)
{
	(void)m;
}

int
pdk_map_load_mbuf(struct pdk_dmamap *m, struct mbuf **mp, int write)
{
	struct mbuf *compact;

	if (refuse == REPLACED) {
		if ((compact = calloc(1, sizeof(*compact))) == NULL)
			abort();
		free(*mp);
		*mp = compact;
	}
	if (refuse || !write || m->dm_obj != NULL)
		return EFBIG;
	m->dm_obj = (void *)&loaded;
	loaded++;
	return 0;
}

void
pdk_map_unload(struct pdk_dmamap *m)
{
	if (m->dm_obj == NULL)
		abort();
	m->dm_obj = NULL;
	loaded--;
}

void
pdk_map_sync(struct pdk_dmamap *m, int op)
{
	(void)m, (void)op;
}

int
pdk_map_nsegs(const struct pdk_dmamap *m)
{
	(void)m;
	return nsegs;
}

bus_addr_t
pdk_map_addr(const struct pdk_dmamap *m, int seg)
{
	(void)m;
	return SEG(seg);
}

bus_size_t
pdk_map_len(const struct pdk_dmamap *m, int seg)
{
	(void)m;
	return (bus_size_t)(SEG_LEN + seg);
}

void
m_freem(struct mbuf *m)
{
	freed++;
	free(m);
}

uint32_t
bus_space_read_4(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off)
{
	(void)t, (void)h, (void)off;
	return 0;
}

void
bus_space_write_4(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off, uint32_t v)
{
	(void)t, (void)h;
	if (off == EM_TDT)
		tail = v;
}

/* ---- the tests ---- */

static struct em_txdesc *
desc(unsigned i)
{
	return (struct em_txdesc *)sc.sc_tx.mem.va + i % EM_NDESC;
}

/* Send a frame of `segs` segments. */
static int
send(int segs)
{
	struct mbuf *m = calloc(1, sizeof(*m));
	int error;

	if (m == NULL)
		abort();
	m->m_len = m->m_pkthdr.len = SEG_LEN * segs;
	nsegs = segs;
	error = em_tx(&sc.sc_dev, m);
	if (error != 0)
		free(m);
	return error;
}

/* The card has done all descriptors before the one at `to`. */
static void
card_sends(unsigned from, unsigned to)
{
	for (; from % EM_NDESC != to % EM_NDESC; from++)
		if ((desc(from)->cmd & EM_TXD_RS) != 0)
			desc(from)->status |= EM_TXD_DD;
}

static void
test_segments(void)
{
	bool good = true;
	unsigned i;

	ok(send(5) == 0 && tail == 5 && sc.sc_tx.used == 5,
	    "a frame of five segments is five descriptors");
	for (i = 0; i < 5; i++)
		good = good && le64toh(desc(i)->addr) == SEG(i) &&
		    le16toh(desc(i)->length) == SEG_LEN + i &&
		    desc(i)->cmd == (EM_TXD_IFCS | (i == 4 ? EM_TXD_EOP | EM_TXD_RS : 0));
	ok(good, "each with its part; the last ends the frame and asks for a report");
	desc(0)->status = EM_TXD_DD;
	ok(!em_tx_reap(&sc) && freed == 0 && loaded == 1, "what is done is asked of the last one");
	card_sends(0, 5);
	ok(!em_tx_reap(&sc) && freed == 1 && loaded == 0 && sc.sc_tx.used == 0,
	    "then the frame is freed");
}

static void
test_order(void)
{
	(void)send(3);
	(void)send(2);
	card_sends(8, 10);
	(void)em_tx_reap(&sc);
	ok(freed == 1, "a frame is not freed before an older one");
	card_sends(5, 8);
	(void)em_tx_reap(&sc);
	ok(freed == 3 && sc.sc_tx.used == 0, "both after it");
}

static void
test_full(void)
{
	unsigned n = 0, begin = sc.sc_tx.head;
	int error;

	while ((error = send(7)) == 0)
		n++;
	ok(error == ENOBUFS && n == (EM_NDESC - EM_MAXSEGS + 6) / 7,
	    "it is full when the longest frame would not fit");
	ok(sc.sc_tx.used == 7 * n && tail == (begin + 7 * n) % EM_NDESC && tail < begin,
	    "all descriptors are there, past the end of the ring");
	card_sends(begin, begin + 7);
	ok(!em_tx_reap(&sc) && freed == 4, "one frame's room is not told yet");
	card_sends(begin, begin + 7 * n);
	ok(em_tx_reap(&sc) && loaded == 0 && sc.sc_tx.used == 0, "half a ring's is");
	ok(!em_tx_reap(&sc), "once");
}

static void
test_refused(void)
{
	unsigned head = sc.sc_tx.head, was = freed;

	refuse = 1;
	ok(send(1) == EFBIG && sc.sc_tx.head == head && freed == was,
	    "what cannot be mapped stays the caller's");
	refuse = REPLACED;
	ok(send(1) == 0 && sc.sc_tx.head == head && freed == was + 1 && sc.sc_stats.tx_errors == 1,
	    "what was compacted in vain is lost, and the caller's no more");
	was = freed;
	refuse = 0;
	sc.sc_up = false;
	ok(send(1) == ENETDOWN, "nothing is taken while down");
	sc.sc_up = true;
	ok(send(20) == EMSGSIZE, "nor what is too long");
	(void)send(4);
	(void)send(1);
	ok(em_ring_empty(&sc.sc_tx) == 2 && loaded == 0 && freed == was + 2,
	    "a stop frees what was not sent");
}

int
main(void)
{
	if (em_ring_alloc(&sc, &sc.sc_tx, sizeof(struct em_txdesc), EM_RXBUF, EM_MAXSEGS) != 0)
		abort();
	sc.sc_up = true;
	em_tx_start(&sc);
	test_segments();
	test_order();
	test_full();
	test_refused();
	em_ring_free(&sc.sc_tx);
	return done();
}
