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
	.join = iwm_join_op,
	.assoc = iwm_assoc_op,
	.leave = iwm_leave_op,
	.update = iwm_update_op,
	.set_key = iwm_set_key_op,
	.del_key = iwm_del_key_op,
	.ba = iwm_ba_op,
	.stats = iwm_stats_op,
	.tx = iwm_tx_op,
};

static unsigned
chains(uint8_t mask)
{
	return (mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1);
}

/* 802.11-2016 9.4.2.56: what the card receives, and sends. */
#define HTCAP_40MHZ		0x0002
#define HTCAP_SMPS_DISABLED	0x000c
#define HTCAP_SGI20		0x0020
#define HTCAP_SGI40		0x0040
#define HTCAP_RX_STBC1		0x0100
#define HTCAP_DSSSCCK40		0x1000
#define AMPDU_64K_4US		0x17

static void
set_ht(const struct iwm_nvm *nvm, struct pdk80211_caps *caps)
{
	unsigned i;

	caps->htcaps = HTCAP_40MHZ | HTCAP_SMPS_DISABLED | HTCAP_SGI20 | HTCAP_SGI40 |
	    HTCAP_RX_STBC1 | HTCAP_DSSSCCK40;
	caps->ampdu = AMPDU_64K_4US;
	for (i = 0; i < (nvm->mimo ? caps->rx_chains : 1); i++)
		caps->rx_mcs[i] = 0xff;
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
	caps.flags = PDK_CAP_SCAN_OFFLOAD | PDK_CAP_HW_CCMP | PDK_CAP_RATECTL;
	if (nvm->ht)
		set_ht(nvm, &caps);
	error = pdk80211_attach(&sc->sc_dev, &wifi_ops, &caps);
	if (error != 0)
		return error;
	pdk_lock(&sc->sc_dev);
	sc->sc_80211 = 1;
	blocked = (sc->sc_flags & (IWM_F_RFKILL | IWM_F_CTKILL)) != 0;
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
