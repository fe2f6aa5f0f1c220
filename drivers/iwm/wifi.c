/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.c - the side towards the 802.11 layer: what the radio can do, up and down.
 */
#include "iwm.h"

static int
wifi_up(struct pdk_dev *dev)
{
	int error;

	pdk_lock(dev);
	error = iwm_up(iwm_sc(dev));
	pdk_unlock(dev);
	if (error == EPERM)
		pdk80211_rfkill(dev, 1);	/* it will hear when that changes */
	return error;
}

static void
wifi_down(struct pdk_dev *dev)
{
	pdk_lock(dev);
	iwm_down(iwm_sc(dev));
	iwm_upcall_finish(iwm_sc(dev));
	pdk_unlock(dev);
}

static const struct pdk80211_ops wifi_ops = {
	.up = wifi_up,
	.down = wifi_down,
	.scan = iwm_scan_op,
	.scan_abort = iwm_scan_abort_op,
};

static unsigned
chains(uint8_t mask)
{
	return (mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1);
}

int
iwm_wifi_attach(struct iwm_softc *sc)
{
	const struct iwm_nvm *nvm = &sc->sc_nvm;
	struct pdk80211_caps caps;
	int error, blocked;

	memset(&caps, 0, sizeof(caps));
	memcpy(caps.mac, nvm->mac, sizeof(caps.mac));
	caps.nchans = nvm->nchans;
	caps.chans = nvm->chans;
	caps.tx_chains = chains(nvm->tx_ant);
	caps.rx_chains = chains(nvm->rx_ant);
	caps.flags = PDK_CAP_SCAN_OFFLOAD;
	error = pdk80211_attach(&sc->sc_dev, &wifi_ops, &caps);
	if (error != 0)
		return error;
	pdk_lock(&sc->sc_dev);
	sc->sc_80211 = 1;
	blocked = (sc->sc_flags & IWM_F_RFKILL) != 0;
	pdk_unlock(&sc->sc_dev);
	if (blocked) {
		pdk_printf(&sc->sc_dev, IWM_RFKILL_TEXT);
		pdk80211_rfkill(&sc->sc_dev, 1);
	}
	return 0;
}

void
iwm_wifi_detach(struct iwm_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_80211 = 0;
	pdk_unlock(&sc->sc_dev);
	pdk80211_detach(&sc->sc_dev);
}
