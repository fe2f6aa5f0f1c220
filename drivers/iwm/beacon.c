/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * beacon.c - beacons of the network that is joined: what they tell of time, and that they do not
 * come any more.  BH, with the lock.
 */
#include "iwm.h"
#include "fwapi_mac.h"

/* The firmware tells from five on; so many are taken for a sign, and so many more again. */
#define MISSED_MANY	8

#define FC0_BEACON	0x80
#define BEACON_BSSID	16
#define BEACON_TSF	24
#define BEACON_IES	36
#define IE_TIM		5

/* DTIM count of the TIM element; 0 when there is none. */
static unsigned
dtim_count(const uint8_t *frame, size_t len)
{
	size_t at;

	for (at = BEACON_IES; at + 2 <= len && at + 2 + frame[at + 1] <= len;
	    at += 2 + frame[at + 1])
		if (frame[at] == IE_TIM && frame[at + 1] >= 2)
			return frame[at + 2];
	return 0;
}

void
iwm_beacon(struct iwm_softc *sc, const uint8_t *frame, size_t len, int signal)
{
	struct iwm_net *net = &sc->sc_net;
	struct iwm_beacon *b = &net->beacon;
	int first = !b->heard;

	if ((net->state & IWM_N_MAC) == 0 || len < BEACON_IES || frame[0] != FC0_BEACON ||
	    memcmp(frame + BEACON_BSSID, net->bss.bssid, 6) != 0)
		return;
	b->gp2 = le32toh(sc->sc_rxphy.system_timestamp);
	b->tsf = iwm_le32(frame + BEACON_TSF) | (uint64_t)iwm_le32(frame + BEACON_TSF + 4) << 32;
	b->dtim_count = dtim_count(frame, len);
	b->signal = signal;
	b->heard = 1;
	if (first && (net->state & IWM_N_ASSOC) != 0)
		pdk_task_post(&net->task);
}

void
iwm_beacon_missed(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	const struct iwm_missed_beacons_notif *n = (const void *)payload;
	uint32_t missed;

	if (len < sizeof(*n) || (sc->sc_net.state & IWM_N_ASSOC) == 0)
		return;
	missed = le32toh(n->consec_missed_beacons_since_last_rx);
	if (missed >= MISSED_MANY)
		iwm_upcall_set(sc, IWM_UPC_BEACON_MISS);
}
