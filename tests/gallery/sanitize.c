/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sanitize.c - a small driver for QEMU's edu: a table, a buffer for what is received, a flag that
 * the interrupt sets. Its bugs are those of any C program, which the sanitizers and valgrind find.
 */
#include "toy.h"

#define TABLE_BYTES	64
#define RING_BYTES	512
#define BUF_BYTES	2048
#define NAME_BYTES	8
#define WAIT_MS		10000
#define POLL_US		1000
#define POLLS		10000

struct toy_softc {
	struct toy		sc_toy;
	uint8_t			*sc_table;
	struct pdk_dma		sc_ring;
	int			sc_fired;	/* locked */
	unsigned		sc_seen;
};

/* What a device might have sent: kind, length, bytes. */
static const uint8_t toy_message[] = { 1, 12, 'v', 'o', 'y', 'a', 'g', 'e', 'u', 'r', '-', 'e', 'd', 'u' };

static int
toy_filter(void *arg)
{
	return toy_cause(arg) != 0 ? PDK_INTR_BH : PDK_INTR_STRAY;
}

static void
toy_bh(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("flag_without_the_lock"))
		sc->sc_fired = 1;
	pdk_lock(&sc->sc_toy.dev);
	sc->sc_fired = 1;
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
	pdk_unlock(&sc->sc_toy.dev);
}

/* Have the device interrupt, and wait for it. */
static int
toy_ring_bell(struct toy_softc *sc)
{
	int error = 0, i;

	toy_write(&sc->sc_toy, EDU_INTR_RAISE, 1);
	if (bug("flag_without_the_lock"))
		for (i = 0; i < POLLS && !*(volatile int *)&sc->sc_fired; i++)
			DELAY(POLL_US);
	pdk_lock(&sc->sc_toy.dev);
	while (!sc->sc_fired && error == 0)
		error = pdk_wait(&sc->sc_toy.dev, &sc->sc_toy.wchan, WAIT_MS);
	pdk_unlock(&sc->sc_toy.dev);
	return error;
}

/* The sum of the table, and of what is not in it any more. */
static void
toy_sum(struct toy_softc *sc)
{
	volatile uint8_t *table = sc->sc_table;
	unsigned i, n = TABLE_BYTES + (bug("table_off_by_one") ? 1 : 0);

	for (i = 0; i < n; i++)
		sc->sc_seen += table[i];
	if (bug("ring_off_by_one"))
		((volatile uint8_t *)sc->sc_ring.va)[RING_BYTES] = 1;
	pdk_free(sc->sc_table, TABLE_BYTES);
	if (bug("table_used_after_free"))
		sc->sc_seen += table[3];
	sc->sc_table = NULL;
}

/* Is a message that has not come yet, in a fresh buffer, of the first kind? */
static void
toy_receive(struct toy_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(BUF_BYTES);
	volatile uint8_t *p;

	if (m == NULL)
		return;
	p = (volatile uint8_t *)m->m_data;
	if (!bug("buffer_read_before_it_is_filled"))
		p[0] = toy_message[0];
	if (p[0] == toy_message[0])
		pdk_info(&sc->sc_toy.dev, "message", "of the first kind");
	m_freem(m);
	if (bug("buffer_used_after_free"))
		p[1] = 0;
	if (bug("mbuf_used_after_free"))
		sc->sc_seen += (unsigned)m->m_len;
}

/* The name in a message: as long as it says, or as there is room for. */
static __attribute__((noinline)) void
toy_name(struct toy_softc *sc, const uint8_t *message)
{
	char name[NAME_BYTES];
	unsigned len = message[1];

	if (len > sizeof(name) - 1 && !bug("length_not_checked"))
		len = sizeof(name) - 1;
	memcpy(name, message + 2, len);
	name[len < sizeof(name) ? len : 0] = '\0';
	sc->sc_seen += (unsigned)name[0];
}

/* What the device says of itself; or an error, and nothing. */
static __attribute__((noinline)) int
toy_revision(struct toy_softc *sc, uint32_t *rev)
{
	uint32_t id = toy_read(&sc->sc_toy, EDU_ID);

	if (id == EDU_GONE || bug("error_not_looked_at"))
		return EIO;
	*rev = id >> 24;
	return 0;
}

/* A number that says nothing, computed from what the device says. */
static void
toy_compute(struct toy_softc *sc)
{
	static const uint8_t shifts[4] = { 1, 2, 3, 4 };
	uint32_t id = toy_read(&sc->sc_toy, EDU_ID), rev;
	int n = (int)id;

	if (bug("signed_overflow"))
		n = n * 1000;
	if (bug("shift_too_far"))
		n ^= (int)(1u << (id & 0xff));
	if (bug("index_out_of_bounds"))
		n ^= shifts[id & 0x0f];
	if (bug("division_by_zero"))
		n = n / (int)(id >> 28);
	if (bug("misaligned_access"))
		n ^= *(const int *)(sc->sc_table + 1);
	sc->sc_seen += (unsigned)n;
	if ((toy_revision(sc, &rev) == 0 || bug("error_not_looked_at")) && rev == 1)
		pdk_info(&sc->sc_toy.dev, "revision", "%d", 1);
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	error = toy_connect(&sc->sc_toy, toy_filter, toy_bh);
	if (error == 0)
		error = toy_ring_bell(sc);
	pdk_intr_disestablish(&sc->sc_toy.dev);
	if (error != 0) {
		pdk_fail(&sc->sc_toy.dev, error, "the device does not interrupt");
		return;
	}
	toy_compute(sc);
	toy_name(sc, toy_message);
	toy_receive(sc);
	toy_sum(sc);
	pdk_state(&sc->sc_toy.dev, "computed");
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;
	int error;

	error = toy_attach_regs(&sc->sc_toy, toy_task);
	if (error != 0)
		return error;
	sc->sc_table = pdk_zalloc(TABLE_BYTES, PDK_NOWAIT);
	error = sc->sc_table == NULL ? ENOMEM :
	    pdk_dma_alloc(dev, &sc->sc_ring, RING_BYTES, 256);
	if (error != 0) {
		if (sc->sc_table != NULL)
			pdk_free(sc->sc_table, TABLE_BYTES);
		toy_detach_regs(&sc->sc_toy);
	} else if (bug("memory_of_a_library_lost"))
		memset(bug_memory(TABLE_BYTES), 1, TABLE_BYTES);
	return error;
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	toy_stop(&sc->sc_toy);
	if (sc->sc_table != NULL)
		pdk_free(sc->sc_table, TABLE_BYTES);
	pdk_dma_free(&sc->sc_ring);
	toy_detach_regs(&sc->sc_toy);
	return 0;
}

TOY_DRIVER("sanitize", "computed", toy_start);
