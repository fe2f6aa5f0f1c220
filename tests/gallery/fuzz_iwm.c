/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_iwm.c - bugs in iwm, under the target fuzz-iwm: the linker puts these between the driver's
 * files, and between the driver and the pdk (--wrap).
 */
#include <pdk.h>
#include <pdk80211.h>

#include "bug.h"
#include "drivers/iwm/iwm.h"

void	__real_iwm_tx_resp(struct iwm_softc *, const struct iwm_rx_packet *, size_t len);
void	__wrap_iwm_tx_resp(struct iwm_softc *, const struct iwm_rx_packet *, size_t len);
void	__real_pdk80211_tx_ready(struct pdk_dev *);
void	__wrap_pdk80211_tx_ready(struct pdk_dev *);

/* As if it did not compare what a response claims to hold with its length. */
void
__wrap_iwm_tx_resp(struct iwm_softc *sc, const struct iwm_rx_packet *pkt, size_t len)
{
	if (bug("tx_response_length_unchecked"))
		len = IWM_RBUF_SIZE;
	__real_iwm_tx_resp(sc, pkt, len);
}

/* Only when the queues were full does the driver say so: a rare upcall. */
void
__wrap_pdk80211_tx_ready(struct pdk_dev *dev)
{
	int locked = bug("lock_held_over_rare_upcall");

	if (locked)
		pdk_lock(dev);
	__real_pdk80211_tx_ready(dev);
	if (locked)
		pdk_unlock(dev);
}
