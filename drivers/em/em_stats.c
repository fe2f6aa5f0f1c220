/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_stats.c - the device's counters: 32 bits each, cleared by a read, so they are added up.
 */
#include "em.h"

void
em_stats_fetch(struct em_softc *sc)
{
	struct pdknet_stats *s = &sc->sc_stats;

	if (sc->sc_lost || em_read(sc, EM_STATUS) == EM_GONE)
		return;
	s->rx_crc += em_read(sc, EM_CRCERRS);
	s->rx_crc += em_read(sc, EM_ALGNERRC);
	s->rx_crc += em_read(sc, EM_RXERRC);
	s->rx_missed += em_read(sc, EM_MPC);
	s->rx_length += em_read(sc, EM_RLEC);
	s->rx_length += em_read(sc, EM_RUC);
	s->rx_length += em_read(sc, EM_ROC);
	s->rx_device += em_read(sc, EM_GPRC);
	s->tx_device += em_read(sc, EM_GPTC);
	s->rx_waits += em_read(sc, EM_RNBC);
	s->collisions += em_read(sc, EM_COLC);
}
