/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm's interrupts without a card: one that is raised for ever and says no cause is a card that is
 * dead, and nothing else is; one that writes causes for ever keeps nobody.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/iwm.h"
#include "iwm_fakepdk.h"
#include "tests/unit/tap.h"

#define A_LOT	1000

/* As it is while an image is loaded: causes come by CSR_INT. */
static void
allow(struct iwm_softc *sc)
{
	csr_int = 0;
	intr_kind = PDK_INTR_MSI;
	pdk_lock(&sc->sc_dev);
	sc->sc_strays = 0;
	sc->sc_flags &= ~(IWM_F_FATAL | IWM_F_FAILED);
	iwm_intr_mask(sc, CSR_INI_SET_MASK);
	pdk_unlock(&sc->sc_dev);
}

/* Until it is dead; how many it took. */
static unsigned
interrupts(struct iwm_softc *sc, unsigned max)
{
	unsigned n;

	for (n = 0; n < max && (sc->sc_flags & IWM_F_FATAL) == 0; n++)
		iwm_intr_bh(sc);
	return n;
}

static void
test_dead(struct iwm_softc *sc)
{
	int before = failures;

	allow(sc);
	ok(interrupts(sc, A_LOT) < A_LOT && failures == before + 1,
	    "a card that interrupts for ever without a cause is given up, and that is told");
	ok(csr_int_mask == 0, "and it is silenced");
	allow(sc);
	csr_int = 0xa5a5a5a0;
	ok(interrupts(sc, A_LOT) < A_LOT, "one that only says that it has no clock, too");
	allow(sc);
	csr_int = ~CSR_INI_SET_MASK & 0xff;
	ok(interrupts(sc, A_LOT) < A_LOT, "and one with causes that nobody asked for");
}

static void
test_alive(struct iwm_softc *sc)
{
	unsigned i, n = 0;

	allow(sc);
	for (i = 0; i < A_LOT; i++) {
		csr_int = i % 50 == 0 ? CSR_INT_BIT_FH_TX : 0;
		n += interrupts(sc, 1);
	}
	ok(n == A_LOT && (sc->sc_flags & IWM_F_FATAL) == 0 && csr_int_mask == CSR_INI_SET_MASK,
	    "interrupts without a cause between some that have one are none that matter");
	allow(sc);
	intr_kind = PDK_INTR_INTX;
	ok(interrupts(sc, A_LOT) == A_LOT, "nor are those of a line that is shared");
	allow(sc);
	pdk_lock(&sc->sc_dev);
	iwm_intr_disable(sc);
	pdk_unlock(&sc->sc_dev);
	ok(interrupts(sc, A_LOT) == A_LOT, "nor late ones of a card that is silenced");
}

/* ---- the table ---- */

static struct iwm_softc *writer;	/* whose table is written to */
static unsigned looks;			/* at its places */

/* Writes the next cause before it is looked for; not for ever, so that a test may fail. */
static void
write_cause(struct pdk_dma *d, bus_size_t off, int op)
{
	const bus_size_t places = d->size / sizeof(uint32_t);

	if (d != &writer->sc_ict || (op & BUS_DMASYNC_POSTREAD) == 0 || ++looks > 3 * places)
		return;
	((uint32_t *)d->va)[off / sizeof(uint32_t)] = htole32(CSR_INT_BIT_FH_TX >> 16);
}

static void
test_table(struct iwm_softc *sc)
{
	allow(sc);
	pdk_lock(&sc->sc_dev);
	iwm_ict_reset(sc);
	sc->sc_events = 0;
	pdk_unlock(&sc->sc_dev);
	writer = sc;
	fake_synced = write_cause;
	iwm_intr_bh(sc);
	fake_synced = NULL;
	ok(looks == sc->sc_ict.size / sizeof(uint32_t),
	    "a table that is written to as fast as it is read is read once around");
	ok((sc->sc_events & IWM_EV_CHUNK) != 0 && csr_int_mask == CSR_INI_SET_MASK,
	    "what was there is served, and the next interrupt may come");
	sc->sc_flags &= ~IWM_F_ICT;
}

int
main(void)
{
	struct iwm_softc *sc = calloc(1, pdk_linux_driver->softc_size);

	if (sc == NULL || pdk_linux_driver->attach(&sc->sc_dev) != 0)
		abort();
	test_dead(sc);
	test_alive(sc);
	test_table(sc);
	if (pdk_linux_driver->detach(&sc->sc_dev) != 0)
		abort();
	free(sc);
	return done();
}
