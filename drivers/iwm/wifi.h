/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.h - the driver as a station: what it keeps of scan and network, and what the files that
 * know one thing each offer each other.  Part of iwm.h.
 *
 * Below, "op" means: called by the 802.11 layer, in WORKER, unlocked.  Everything else runs
 * with the device lock, and what sends commands or waits runs in WORKER, unless said.
 */
#ifndef IWM_WIFI_H
#define IWM_WIFI_H

#include <pdk.h>
#include <pdk80211.h>

#include "fwapi_rx.h"

struct iwm_softc;
struct iwm_rx_packet;

/* ---- upcall.c: news for the 802.11 layer, collected under the lock, told without it ---- */

/* A received frame's mbuf begins with this until it is passed up. */
struct iwm_rxhead {
	struct pdk80211_rxinfo	info;
};

struct iwm_upcalls {
	struct mbuf	*rx_head, *rx_tail;
	unsigned	 pending;		/* IWM_UPC_* */
	int		 busy;			/* somebody is telling */
	struct pdk_task	 task;			/* tells in WORKER */
};
#define IWM_UPC_SCAN_DONE	0x01
#define IWM_UPC_SCAN_ABORTED	0x02		/* with IWM_UPC_SCAN_DONE */

void	iwm_upcall_init(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_upcall_rx(struct iwm_softc *, struct mbuf *);
void	iwm_upcall_set(struct iwm_softc *, unsigned pending);
/* BH or WORKER.  Gives the lock up meanwhile. */
void	iwm_upcall_tell(struct iwm_softc *);
/* WORKER.  Until nothing is left and nobody tells. */
void	iwm_upcall_finish(struct iwm_softc *);
/* TIMER: somebody else must tell. */
void	iwm_upcall_later(struct iwm_softc *);

/* ---- rxframe.c: BH ---- */
void	iwm_rx_phy(struct iwm_softc *, const uint8_t *payload, size_t len);
void	iwm_rx_mpdu(struct iwm_softc *, const uint8_t *payload, size_t len);

/* ---- scan.c ---- */
struct iwm_scan {
	int		running;		/* the firmware has a request */
	struct pdk_timer timer;			/* it must end some time */
};

void	iwm_scan_init(struct iwm_softc *);	/* CONFIG, unlocked */
void	iwm_scan_fini(struct iwm_softc *);	/* CONFIG, unlocked */
int	iwm_scan_op(struct pdk_dev *, const struct pdk80211_scan *);	/* op */
void	iwm_scan_abort_op(struct pdk_dev *);	/* op */
void	iwm_scan_complete(struct iwm_softc *, const uint8_t *payload, size_t len);	/* BH */
void	iwm_scan_reset(struct iwm_softc *);	/* the firmware is gone */

#endif /* IWM_WIFI_H */
