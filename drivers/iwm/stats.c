/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.c - what the firmware counts and measures: told by itself every few seconds while a
 * network is in service, or asked for.
 */
#include "iwm.h"
#include "fwapi_stats.h"
#include "rateword.h"

/* Average of the chains, dBm; 0: not measured. */
static int
noise_of(const struct iwm_statistics_rx_non_phy *rx)
{
	unsigned i, n = 0, sum = 0, v;

	for (i = 0; i < nitems(rx->beacon_silence_rssi); i++) {
		v = le32toh(rx->beacon_silence_rssi[i]) & 0xff;
		sum += v;
		n += v != 0;
	}
	return n == 0 ? 0 : (int)(sum / n) - IWM_NOISE_OFFSET;
}

/* Of our network's beacons, -dBm; 0: not measured. */
static unsigned
energy_of(const struct iwm_statistics *s, int counted)
{
	if (counted)
		return s->general.beacon_average_energy[IWM_MAC_ID];
	return le32toh(s->rx.mac_id) == IWM_MAC_ID ? s->general.beacon_filter_average_energy : 0;
}

/*
 * The layout is the same with all firmware, but what is in the last members of `general` only that
 * has which says so.  Source: iwlwifi mvm, get_survey and sta_statistics.
 */
static void
take(struct iwm_softc *sc, const struct iwm_statistics *s)
{
	struct pdk80211_stats *st = &sc->sc_stats;
	const struct iwm_statistics_general *g = &s->general;
	int noise = noise_of(&s->rx);

	st->counted = IWM_FW_HAS(sc->sc_fw.capabits, IWM_UCODE_TLV_CAPA_RADIO_BEACON_STATS);
	if (noise < 0)		/* a receiver that hears a milliwatt of it is none */
		sc->sc_noise = (int8_t)noise;
	st->signal = -(int)MIN(energy_of(s, st->counted), 127);
	st->noise = sc->sc_noise;
	st->temperature = (int16_t)le32toh(g->radio_temperature);
	st->missed = le32toh(g->missed_beacons);
	st->beacons = st->counted ? le32toh(g->beacon_counter[IWM_MAC_ID]) : 0;
	st->rx_time = st->counted ? le64toh(g->rx_time) : 0;
	st->tx_time = st->counted ? le64toh(g->tx_time) : 0;
	st->scan_time = st->counted ? le64toh(g->on_time_scan) : 0;
	iwm_tt_temperature(sc, st->temperature);
}

/* BH. */
void
iwm_stats_notif(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	if (len >= sizeof(struct iwm_statistics))
		take(sc, (const void *)payload);
}

static int
ask(struct iwm_softc *sc, struct iwm_statistics *s)
{
	struct iwm_statistics_cmd cmd = { 0 };
	struct iwm_hcmd h = { .id = IWM_STATISTICS_CMD, .data = { &cmd }, .len = { sizeof(cmd) },
	    .resp = s, .resp_size = sizeof(*s) };
	int error;

	if ((error = iwm_cmd(sc, &h)) != 0)
		return error;
	if (h.resp_len < sizeof(*s)) {
		pdk_printf(&sc->sc_dev, "firmware: STATISTICS_CMD: %zu bytes, expected %zu",
		    h.resp_len, sizeof(*s));
		return EIO;
	}
	take(sc, s);
	return 0;
}

/* At which rate frames go out now. */
static void
put_rate(struct iwm_softc *sc, struct pdk80211_stats *st)
{
	struct iwm_rate r;

	if ((sc->sc_net.state & IWM_N_ASSOC) == 0 ||
	    !iwm_rate_parse(sc->sc_lq.rates.table[0], &r))
		return;
	st->tx_rate = r.rate;
	st->tx_mcs = r.mcs;
	st->tx_nss = r.nss;
	st->tx_width = r.width;
	st->tx_ht = r.ht;
}

/* EIO, ENXIO. */
int
iwm_stats_op(struct pdk_dev *dev, struct pdk80211_stats *st)
{
	struct iwm_softc *sc = iwm_sc(dev);
	struct iwm_statistics *s = pdk_zalloc(sizeof(*s), PDK_WAITOK);
	int error;

	pdk_lock(dev);
	if ((error = ask(sc, s)) == 0) {
		*st = sc->sc_stats;
		st->rx_nomem = sc->sc_rx_nombuf;
		put_rate(sc, st);
	}
	pdk_unlock(dev);
	pdk_free(s, sizeof(*s));
	return error;
}
