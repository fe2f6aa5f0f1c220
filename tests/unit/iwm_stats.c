/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What iwm takes of the firmware's statistics: what that says it counts, and no more.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/fwapi_stats.h"
#include "drivers/iwm/iwm.h"
#include "tests/unit/tap.h"

/* Whether the firmware's file says that it counts. */
static void
announce(struct iwm_softc *sc, bool on)
{
	sc->sc_fw.capabits[IWM_UCODE_TLV_CAPA_RADIO_BEACON_STATS / 32] =
	    (uint32_t)on << IWM_UCODE_TLV_CAPA_RADIO_BEACON_STATS % 32;
}

/* As a 7260 on a network tells it; each energy is another. */
static struct iwm_statistics
measured(void)
{
	struct iwm_statistics s = { .general = {
		.radio_temperature = htole32(41), .missed_beacons = htole32(2),
		.beacon_filter_average_energy = 50, .beacon_average_energy = { 60, 70 },
		.beacon_counter = { htole32(1000), htole32(7) },
		.rx_time = htole64(1000000), .tx_time = htole64(2000000),
		.on_time_scan = htole64(3000000) } };

	s.rx.beacon_silence_rssi[0] = s.rx.beacon_silence_rssi[1] = htole32(15);
	return s;
}

static const struct pdk80211_stats *
heard(struct iwm_softc *sc, const struct iwm_statistics *s)
{
	iwm_stats_notif(sc, (const void *)s, sizeof(*s));
	return &sc->sc_stats;
}

int
main(void)
{
	struct iwm_softc *sc = calloc(1, pdk_linux_driver->softc_size);
	struct iwm_statistics s = measured();
	const struct pdk80211_stats *st;

	if (sc == NULL || pdk_linux_driver->attach(&sc->sc_dev) != 0)
		abort();
	announce(sc, true);
	st = heard(sc, &s);
	ok(st->counted && st->beacons == 1000 && st->rx_time == 1000000 &&
	    st->tx_time == 2000000 && st->scan_time == 3000000,
	    "beacons and air time that it counts");
	ok(st->signal == -60, "the signal is that of the beacons it counts");
	announce(sc, false);
	st = heard(sc, &s);
	ok(!st->counted && st->beacons == 0 && st->rx_time == 0 && st->tx_time == 0 &&
	    st->scan_time == 0, "none when it does not say that it does");
	ok(st->signal == -50, "the signal is what its filter measures");
	ok(st->noise == 15 - IWM_NOISE_OFFSET && st->temperature == 41 && st->missed == 2,
	    "the rest is there all the same");
	s.rx.mac_id = htole32(IWM_MAC_ID + 1);
	ok(heard(sc, &s)->signal == 0, "of another network it is none of ours");
	s.rx.mac_id = htole32(IWM_MAC_ID);
	s.general.beacon_filter_average_energy = 0;
	ok(heard(sc, &s)->signal == 0, "not measured: not known");
	pdk_linux_driver->detach(&sc->sc_dev);
	free(sc);
	return done();
}
