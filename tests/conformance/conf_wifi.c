/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_wifi.c - the 802.11 boundary, with a radio that is not there.
 *
 * The first up passes everything up that a core can, then the switch goes off and on
 * again, then the firmware "dies": up, down, up, down, up.
 */
#include "conf.h"

static const struct pdk80211_chan conf_chans[] = {
	{ .freq = 2412, .num = 1, .width = 20 },
	{ .freq = 2437, .num = 6, .width = 20 },
	{ .freq = 5180, .num = 36, .width = 20, .flags = PDK_CH_PASSIVE },
};

static void
pass_up(struct conf_softc *sc)
{
	static const struct pdk80211_rxinfo rxi = { .rssi = -50, .chan = 6 };
	static const struct pdk80211_txstat st = { .ok = 1, .tries = 1 };
	struct pdk_dev *dev = &sc->sc_dev;
	struct mbuf *m;

	m = pdk_mbuf_rxalloc(64);
	if (m != NULL)
		pdk80211_rx(dev, m, &rxi);
	m = pdk_mbuf_rxalloc(64);
	if (m != NULL)
		pdk80211_tx_done(dev, m, sc, &st);
	pdk80211_tx_ready(dev);
	pdk80211_scan_done(dev, 0);
	pdk80211_beacon_miss(dev);
	pdk80211_ba_done(dev, PDK_BA_TX_START, 0, 0);
	CONF_OK(sc, 1, "frames and events are passed up in WORKER");
}

static void
pass_up_bh(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = 1;
	int before, error;

	error = pdk_intr_alloc(dev, PDK_INTR_ANY, &nvec);
	pdk_lock(dev);
	sc->sc_bhmode = CONF_BH_RX;
	before = sc->sc_bhs;
	pdk_unlock(dev);
	if (error == 0)
		error = pdk_intr_establish(dev, 0, conf_filter, conf_bh, sc);
	pdk_lock(dev);
	CONF_WRITE(sc, EDU_INTR_RAISE, 1);
	CONF_WAIT(sc, sc->sc_bhs != before);
	CONF_OK(sc, error == 0 && sc->sc_bhs != before, "frames are passed up in BH");
	pdk_unlock(dev);
	pdk_intr_disestablish(dev);
}

/* The events that drive the sequence come from a task, as they would from an interrupt. */
static void
next_event(void *arg)
{
	struct conf_softc *sc = arg;

	if (sc->sc_downs == 0)
		pdk80211_rfkill(&sc->sc_dev, 1);
	else if (sc->sc_ups == 1)
		pdk80211_rfkill(&sc->sc_dev, 0);
	else
		pdk80211_restart(&sc->sc_dev);
}

static void
post_event(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_task_post(&sc->sc_wifi_task);
	pdk_unlock(&sc->sc_dev);
}

static int
conf_up(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	pdk_assert_unlocked(dev);
	sc->sc_ups++;
	CONF_OK(sc, sc->sc_ups == sc->sc_downs + 1, "up comes when the radio is down");
	if (sc->sc_ups == 1) {
		pass_up(sc);
		pass_up_bh(sc);
		pdk_state(dev, "up");
	}
	if (sc->sc_ups <= 2)
		post_event(sc);
	else
		pdk_state(dev, "restarted");
	return 0;
}

static void
conf_down(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	pdk_assert_unlocked(dev);
	sc->sc_downs++;
	CONF_OK(sc, sc->sc_downs == sc->sc_ups, "down comes when the radio is up");
	if (sc->sc_downs == 1)
		post_event(sc);
}

static const struct pdk80211_ops conf_ops = { .up = conf_up, .down = conf_down };

int
conf_wifi_attach(struct conf_softc *sc)
{
	static const struct pdk80211_caps caps = {
		.mac = { 0x02, 0x00, 0x5e, 0x00, 0x53, 0x01 },
		.nchans = nitems(conf_chans),
		.rx_chains = 2, .tx_chains = 2,
		.chans = conf_chans,
	};

	pdk_task_init(&sc->sc_dev, &sc->sc_wifi_task, next_event, sc);
	return pdk80211_attach(&sc->sc_dev, &conf_ops, &caps);
}
