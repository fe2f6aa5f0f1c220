/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glue.h - what the two files of the test's 802.11 layer share.
 */
#ifndef TESTS_IWM_GLUE_H
#define TESTS_IWM_GLUE_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "shims/linux/softc.h"

struct glue {
	struct pdk_dev	*dev;
	const struct pdk80211_ops *ops;
	bool		 up;
	atomic_bool	 quiet;		/* count frames, no event for each */
	atomic_ullong	 rx_frames, rx_bytes, tx_ok, tx_failed, tx_tries, tx_ampdu, ready;
};
extern struct glue glue;

/* An operation: `o` gets "error" and what else it answers. */
void	glue_op(struct pdk_softc *, const char *what, json_t *req, json_t *o);

/* The shim's own, before they were wrapped. */
char	*__real_shim_control(struct pdk_softc *, const char *request);

int	__wrap_pdk80211_attach(struct pdk_dev *, const struct pdk80211_ops *,
	    const struct pdk80211_caps *);
void	__wrap_pdk80211_detach(struct pdk_dev *);
void	__wrap_pdk80211_rx(struct pdk_dev *, struct mbuf *, const struct pdk80211_rxinfo *);
void	__wrap_pdk80211_tx_done(struct pdk_dev *, struct mbuf *, void *,
	    const struct pdk80211_txstat *);
void	__wrap_pdk80211_tx_ready(struct pdk_dev *);
void	__wrap_pdk80211_scan_done(struct pdk_dev *, int);
void	__wrap_pdk80211_beacon_miss(struct pdk_dev *);
void	__wrap_pdk80211_ba_done(struct pdk_dev *, enum pdk80211_baop, int, int);
void	__wrap_pdk80211_rfkill(struct pdk_dev *, int);
void	__wrap_pdk80211_restart(struct pdk_dev *);
char	*__wrap_shim_control(struct pdk_softc *, const char *request);

#endif /* TESTS_IWM_GLUE_H */
