/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noradio.c - a glue whose interface nobody brings up: for a driver of edu that has a radio, too.
 */
#include <pdk80211.h>

int
pdk80211_attach(struct pdk_dev *dev __unused, const struct pdk80211_ops *ops __unused,
    const struct pdk80211_caps *caps __unused)
{
	return 0;
}

void
pdk80211_detach(struct pdk_dev *dev __unused)
{
}

void
pdk80211_rx(struct pdk_dev *dev __unused, struct mbuf *m,
    const struct pdk80211_rxinfo *rxi __unused)
{
	m_freem(m);
}

void
pdk80211_tx_done(struct pdk_dev *dev __unused, struct mbuf *m, void *cookie __unused,
    const struct pdk80211_txstat *st __unused)
{
	m_freem(m);
}

#define UPCALL(name, ...)	void pdk80211_##name(struct pdk_dev *dev __unused, ##__VA_ARGS__) { }
UPCALL(tx_ready)
UPCALL(scan_done, int aborted __unused)
UPCALL(beacon_miss)
UPCALL(ba_done, enum pdk80211_baop op __unused, int tid __unused, int error __unused)
UPCALL(rfkill, int blocked __unused)
UPCALL(restart)
