/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_wifi.c - the 802.11 boundary, with a radio that is not there.
 *
 * The document "radio" begins when the interface is brought up for the first time and the
 * one before it has ended.  The first up passes frames and events up, then the switch goes off
 * and on again, then the firmware "dies": up, down, up, down, up.  Behind it conf_air.c may begin.
 */
#include "conf.h"

static const struct pdk80211_chan wifi_chans[] = {
	{ .freq = 2412, .num = 1, .width = 20 },
	{ .freq = 2437, .num = 6, .width = 20 },
	{ .freq = 5180, .num = 36, .width = 20, .flags = PDK_CH_PASSIVE },
};

/* ---- the checks ---- */

/* A second interface on one device; what the stack was given, freed by who gave it. */
static void
radio_attached(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_attached80211, "the radio is not attached");
	CONF_OK(sc, sc->sc_ups == sc->sc_downs + 1, "up has come to a radio that is up");
}

/* A frame that is freed twice or not at all, as rx takes it; a state machine that is not told so. */
static void
radio_upcalls(struct conf_softc *sc)
{
	static const struct pdk80211_rxinfo rxi = { .rssi = -50, .chan = 6 };
	struct pdk_dev *dev = &sc->sc_dev;
	struct mbuf *m;

	m = pdk_mbuf_rxalloc(64);
	if (CONF_OK(sc, m != NULL, "there is no mbuf")) {
		memset(m->m_data, 0xff, 64);	/* of no version that is known: dropped */
		pdk80211_rx(dev, m, &rxi);
	}
	pdk80211_tx_ready(dev);
	pdk80211_beacon_miss(dev);
	pdk80211_ba_done(dev, PDK_BA_TX_STOP, 0, 0);
	pdk_assert_unlocked(dev);
}

/* The stack's own lock order: frames from an interrupt, where it may not sleep. */
static void
radio_upcalls_bh(struct conf_softc *sc)
{
	if (conf_connect(sc, PDK_INTR_ANY) != 0)
		return;
	pdk_lock(&sc->sc_dev);
	sc->sc_bhmode = CONF_BH_RX;
	(void)conf_raise(sc, 1);
	pdk_unlock(&sc->sc_dev);
	pdk_intr_disestablish(&sc->sc_dev);
}

/* Operations that overlap, or come twice: two threads of net80211 may ask at once. */
static void
radio_down(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_downs == sc->sc_ups, "down has come to a radio that is down");
}

/* The same: an up that is asked for again while the one before lasts. */
static void
radio_up(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ups == sc->sc_downs + 1, "up has come to a radio that is up");
}

static const struct conf_check radio_checks[] = {
	{ "radio_attached", CONF_UP1, radio_attached, NULL, 0 },
	{ "radio_upcalls", CONF_UP1, radio_upcalls, NULL, 0 },
	{ "radio_upcalls_bh", CONF_UP1, radio_upcalls_bh, NULL, 0 },
	{ "radio_switched_off", CONF_DOWN1, radio_down, NULL, 0 },
	{ "radio_switched_on", CONF_UP2, radio_up, NULL, 0 },
	{ "radio_restart_down", CONF_DOWN2, radio_down, NULL, 0 },
	{ "radio_restart_up", CONF_UP3, radio_up, NULL, 0 },
	{ NULL, CONF_UP3, NULL, NULL, 0 },
};

static const struct conf_check *const radio_document[] = { radio_checks, NULL };

/* ---- the events that drive it ---- */

/* Detach has begun: the document is not to be gone on with. */
static int
leaving(struct conf_softc *sc)
{
	int is;

	pdk_lock(&sc->sc_dev);
	is = sc->sc_leaving;
	pdk_unlock(&sc->sc_dev);
	return is;
}

/* In a task, as they would come from an interrupt: what follows the checks made last. */
static void
next_event(void *arg)
{
	struct conf_softc *sc = arg;
	struct pdk_dev *dev = &sc->sc_dev;

	if (leaving(sc))
		return;
	if (sc->sc_step == CONF_UP1 && sc->sc_ups != sc->sc_downs) {
		conf_begin(sc, "radio", radio_document);
		conf_go(sc, CONF_UP1);
		pdk_state(dev, "up");
		sc->sc_step = CONF_DOWN1;
		pdk80211_rfkill(dev, 1);
	} else if (sc->sc_step == CONF_UP2) {
		pdk80211_rfkill(dev, 0);
	} else if (sc->sc_step == CONF_DOWN2) {
		pdk80211_restart(dev);
	}
}

static void
post_event(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_task_post(&sc->sc_wifi_task);
	pdk_unlock(&sc->sc_dev);
}

void
conf_wifi_begin(struct conf_softc *sc)
{
	sc->sc_tested = 1;
	if (sc->sc_ups != sc->sc_downs)
		post_event(sc);
}

/* Up or down has come.  If it is what the document waits for, it goes on. */
static void
came(struct conf_softc *sc, enum conf_where where)
{
	pdk_assert_unlocked(&sc->sc_dev);
	if (!sc->sc_tested || sc->sc_step != where || leaving(sc))
		return;
	if (where == CONF_UP1) {
		post_event(sc);
		return;
	}
	conf_go(sc, where);
	sc->sc_step++;
	if (where != CONF_UP3) {
		post_event(sc);
		return;
	}
	pdk_state(&sc->sc_dev, "restarted");
	conf_air_begin(sc);
}

static int
wifi_up(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	sc->sc_ups++;
	if (sc->sc_step > CONF_UP3)
		pdk_state(dev, "restarted");	/* again, as after a sleep */
	came(sc, sc->sc_step == CONF_UP2 || sc->sc_step == CONF_UP3 ? sc->sc_step : CONF_UP1);
	return 0;
}

static void
wifi_down(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	conf_air_down(sc);
	sc->sc_downs++;
	came(sc, sc->sc_step == CONF_DOWN2 ? CONF_DOWN2 : CONF_DOWN1);
}

static const struct pdk80211_ops wifi_ops = {
	.up = wifi_up,
	.down = wifi_down,
	.scan = conf_air_scan,
	.scan_abort = conf_air_scan_abort,
	.join = conf_air_bss,
	.assoc = conf_air_bss,
	.leave = conf_air_leave,
	.tx = conf_air_tx,
};

int
conf_wifi_attach(struct conf_softc *sc)
{
	static const struct pdk80211_caps caps = {
		.mac = { 0x02, 0x00, 0x5e, 0x00, 0x53, 0x01 },
		.nchans = nitems(wifi_chans),
		.rx_chains = 2, .tx_chains = 2,
		.chans = wifi_chans,
		.flags = PDK_CAP_SCAN_OFFLOAD,
	};
	int error;

	sc->sc_step = CONF_UP1;
	conf_air_init(sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_wifi_task, next_event, sc);
	error = pdk80211_attach(&sc->sc_dev, &wifi_ops, &caps);
	sc->sc_attached80211 = error == 0;
	return error;
}
