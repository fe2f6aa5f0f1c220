/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_intr.c - interrupts: with MSI-X one vector for receive, one for send and one for the rest,
 * else one for all.  A filter masks what it has heard of; each bottom half looks at both rings and
 * unmasks everything, so a cause that reading ICR for another one has cleared is not missed.
 */
#include "em.h"

#define EM_BATCH	32		/* frames per hold of the lock */
#define EM_ROUNDS	16		/* batches per bottom half: others want to run, too */
#define EM_INT_ALL	(EM_INT_TXDW | EM_INT_LSC | EM_INT_RXDMT0 | EM_INT_RXO | EM_INT_RXT0)
#define EM_ITR_UNITS	(1000000000 / 256 / 20000)	/* 20,000 interrupts a second at most */

static int
em_filter_rx(void *arg)
{
	em_write(arg, EM_IMC, EM_INT_RXQ0);
	return PDK_INTR_BH;
}

static int
em_filter_tx(void *arg)
{
	em_write(arg, EM_IMC, EM_INT_TXQ0);
	return PDK_INTR_BH;
}

/* With MSI-X, ICR is not cleared by a read; what is written as 1 is. */
static int
em_filter_other(void *arg)
{
	struct em_softc *sc = arg;
	uint32_t icr = em_read(sc, EM_ICR);

	if (icr == EM_GONE)
		return PDK_INTR_STRAY;
	em_write(sc, EM_ICR, icr & ~(uint32_t)(EM_INT_RXQ0 | EM_INT_TXQ0));
	em_write(sc, EM_IMC, EM_INT_OTHER | EM_INT_LSC);
	return PDK_INTR_BH;
}

static int
em_filter_all(void *arg)
{
	struct em_softc *sc = arg;
	uint32_t icr = em_read(sc, EM_ICR);

	if (icr == EM_GONE || (icr & sc->sc_ims) == 0)
		return PDK_INTR_STRAY;
	em_write(sc, EM_IMC, ~(uint32_t)0);
	return PDK_INTR_BH;
}

/* Pass up what has come.  False: there is more. */
static bool
em_bh_rx(struct em_softc *sc)
{
	struct em_frame f[EM_BATCH];
	unsigned n, i, round;
	bool more = true;

	for (round = 0; round < EM_ROUNDS && more; round++) {
		more = false;
		pdk_lock(&sc->sc_dev);
		n = sc->sc_up ? em_rx_take(sc, f, EM_BATCH, &more) : 0;
		pdk_unlock(&sc->sc_dev);
		for (i = 0; i < n; i++)
			pdknet_rx(&sc->sc_dev, f[i].m, f[i].flags);
	}
	return !more;
}

/* False: em_down() has come first.  Else it waits for the end. */
static bool
em_bh_enter(struct em_softc *sc)
{
	bool up;

	pdk_lock(&sc->sc_dev);
	up = sc->sc_bh_runs = sc->sc_up;
	sc->sc_heard = true;
	pdk_unlock(&sc->sc_dev);
	return up;
}

static void
em_bh_leave(struct em_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_bh_runs = false;
	pdk_wake(&sc->sc_dev, &sc->sc_bh_over);
	pdk_unlock(&sc->sc_dev);
}

static void
em_bh_link(struct em_softc *sc)
{
	struct pdknet_link link;
	bool changed;

	em_link(sc, &link);
	pdk_lock(&sc->sc_dev);
	changed = sc->sc_up && (!sc->sc_link_known || link.up != sc->sc_link.up ||
	    link.mbps != sc->sc_link.mbps || link.full_duplex != sc->sc_link.full_duplex);
	if (changed) {
		sc->sc_link = link;
		sc->sc_link_known = true;
	}
	pdk_unlock(&sc->sc_dev);
	if (changed)
		pdknet_link(&sc->sc_dev, &link);
}

static void
em_bh_rings(struct em_softc *sc)
{
	bool done = em_bh_rx(sc), room = false;

	pdk_lock(&sc->sc_dev);
	if (sc->sc_up) {
		room = em_tx_reap(sc);
		em_write(sc, EM_IMS, sc->sc_ims);
		if (!done)
			em_write(sc, EM_ICS, sc->sc_nvec > 1 ? EM_INT_RXQ0 : EM_INT_RXT0);
	}
	pdk_unlock(&sc->sc_dev);
	if (room)
		pdknet_tx_ready(&sc->sc_dev);
}

/* Of a ring's vector. */
static void
em_bh_queue(void *arg)
{
	struct em_softc *sc = arg;

	if (!em_bh_enter(sc))
		return;
	em_bh_rings(sc);
	em_bh_leave(sc);
}

/* Of the other vector, or the only one. */
static void
em_bh_all(void *arg)
{
	struct em_softc *sc = arg;

	if (!em_bh_enter(sc))
		return;
	em_bh_link(sc);
	em_bh_rings(sc);
	em_bh_leave(sc);
}

const char *
em_intr_name(struct em_softc *sc)
{
	unsigned kind = pdk_intr_kind(&sc->sc_dev);

	return kind == PDK_INTR_MSIX ? "MSI-X" : kind == PDK_INTR_MSI ? "MSI" : "INTx";
}

int
em_intr_setup(struct em_softc *sc)
{
	int (*const filter[3])(void *) = { em_filter_rx, em_filter_tx, em_filter_other };
	void (*const bh[3])(void *) = { em_bh_queue, em_bh_queue, em_bh_all };
	unsigned nvec = 3, i;
	int error;

	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
	if (error != 0)
		return error;
	sc->sc_nvec = pdk_intr_kind(&sc->sc_dev) == PDK_INTR_MSIX && nvec == 3 ? 3 : 1;
	if (sc->sc_nvec == 1)
		error = pdk_intr_establish(&sc->sc_dev, 0, em_filter_all, em_bh_all, sc);
	for (i = 0; i < 3 && sc->sc_nvec == 3 && error == 0; i++)
		error = pdk_intr_establish(&sc->sc_dev, i, filter[i], bh[i], sc);
	if (error != 0)
		pdk_intr_disestablish(&sc->sc_dev);
	else
		pdk_info(&sc->sc_dev, "interrupts", "%u vector%s of %s", sc->sc_nvec,
		    sc->sc_nvec == 1 ? "" : "s", em_intr_name(sc));
	return error;
}

void
em_intr_route(struct em_softc *sc)
{
	unsigned i;

	if (sc->sc_nvec == 1) {
		sc->sc_ims = EM_INT_ALL;
		em_write(sc, EM_ITR, EM_ITR_UNITS);
		return;
	}
	sc->sc_ims = EM_INT_RXQ0 | EM_INT_TXQ0 | EM_INT_OTHER | EM_INT_LSC;
	em_write(sc, EM_CTRL_EXT, em_read(sc, EM_CTRL_EXT) | EM_CTRL_EXT_PBA_CLR);
	em_write(sc, EM_RFCTL, EM_RFCTL_ACK_DIS);	/* spurious with MSI-X, by the errata */
	em_write(sc, EM_EIAC, EM_INT_RXQ0 | EM_INT_TXQ0);
	em_write(sc, EM_IVAR, EM_IVAR_RXQ0(0) | EM_IVAR_TXQ0(1) | EM_IVAR_OTHER(2) |
	    EM_IVAR_TX_EVERY_WB);
	for (i = 0; i < sc->sc_nvec; i++)
		em_write(sc, EM_EITR(i), EM_ITR_UNITS);
}

void
em_intr_on(struct em_softc *sc)
{
	em_write(sc, EM_IMS, sc->sc_ims);
	em_write(sc, EM_ICS, EM_INT_LSC);	/* the link may be up already */
}

void
em_intr_off(struct em_softc *sc)
{
	em_write(sc, EM_IMC, ~(uint32_t)0);
	(void)em_read(sc, EM_STATUS);
}
