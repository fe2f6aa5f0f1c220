/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_air.c - the radio's frames: on its air is one open network, CONF_SSID, which never
 * answers.  A stack that wants to join it sends, and so begins the document "frames" (conf_tx.h).
 */
#include "conf.h"

#define FC_BEACON	0x80
#define HDR		24

static const uint8_t bssid[6] = { 0x02, 0x00, 0x5e, 0x00, 0x53, 0x02 };

/* Body of a beacon, IEEE 802.11-2016 9.3.3.3: time, interval, capabilities; SSID, rates, channel. */
static const uint8_t beacon[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0x01, 0x00,
	0, 16, 'v', 'o', 'y', 'a', 'g', 'e', 'u', 'r', '-', 'c', 'o', 'n', 'f', 'o', 'r', 'm',
	1, 8, 0x82, 0x84, 0x8b, 0x96, 0x0c, 0x12, 0x18, 0x24,
	3, 1, 1,
};

static void
hear_beacon(struct conf_softc *sc)
{
	static const struct pdk80211_rxinfo rxi = { .rssi = -40, .noise = -90, .chan = 1,
	    .rate = 2, .width = 20 };
	struct mbuf *m = pdk_mbuf_rxalloc(HDR + sizeof(beacon));
	uint8_t *p;

	if (m == NULL)
		return;
	p = mtod(m, uint8_t *);
	memset(p, 0, HDR);
	p[0] = FC_BEACON;
	memset(p + 4, 0xff, 6);
	memcpy(p + 10, bssid, 6);
	memcpy(p + 16, bssid, 6);
	sc->sc_seq += 16;			/* above the fragment number */
	p[22] = (uint8_t)sc->sc_seq;
	p[23] = (uint8_t)(sc->sc_seq >> 8);
	memcpy(p + HDR, beacon, sizeof(beacon));
	pdk80211_rx(&sc->sc_dev, m, &rxi);
}

static void
scan_task(void *arg)
{
	struct conf_softc *sc = arg;

	hear_beacon(sc);
	pdk80211_scan_done(&sc->sc_dev, 0);
}

int
conf_air_scan(struct pdk_dev *dev, const struct pdk80211_scan *s __unused)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	pdk_lock(dev);
	pdk_task_post(&sc->sc_scan_task);
	pdk_unlock(dev);
	return 0;
}

/* The end is on its way already. */
void
conf_air_scan_abort(struct pdk_dev *dev __unused)
{
}

int
conf_air_bss(struct pdk_dev *dev __unused, const struct pdk80211_bss *bss __unused)
{
	return 0;
}

/* ---- transmission ---- */

int
conf_air_tx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_txinfo *txi)
{
	struct conf_softc *sc = (struct conf_softc *)dev;
	int error, post;

	pdk_lock(dev);
	error = conf_tx_offer(&sc->sc_tx, m, txi->cookie, &post);
	if (error == -1) {
		error = ENETDOWN;		/* "cannot be sent": the caller keeps it */
		if (sc->sc_sent == NULL) {	/* one at a time */
			sc->sc_sent = m;
			sc->sc_sent_cookie = txi->cookie;
			post = 1;
			error = 0;
		}
	}
	if (post)
		pdk_task_post(&sc->sc_tx_task);
	pdk_unlock(dev);
	return error;
}

static void
tx_late(void *arg)
{
	struct conf_softc *sc = arg;

	pdk_task_post(&sc->sc_tx_task);
}

/* Nobody acknowledges. */
static void
sent(struct conf_softc *sc, struct mbuf *m, void *cookie)
{
	static const struct pdk80211_txstat st = { .ok = 0, .tries = 1 };

	if (m != NULL)
		pdk80211_tx_done(&sc->sc_dev, m, cookie, &st);
}

static void
tx_task(void *arg)
{
	struct conf_softc *sc = arg;
	struct mbuf *m;
	void *cookie;

	pdk_lock(&sc->sc_dev);
	m = sc->sc_sent;
	cookie = sc->sc_sent_cookie;
	sc->sc_sent = NULL;
	pdk_unlock(&sc->sc_dev);
	sent(sc, m, cookie);
	switch (conf_tx_task(&sc->sc_tx, &sc->sc_tap, &sc->sc_dev)) {
	case CONF_TX_TELL:
		pdk_lock(&sc->sc_dev);
		pdk_timer_arm(&sc->sc_tx_timer, CONF_TX_MS);
		pdk_unlock(&sc->sc_dev);
		pdk80211_tx_ready(&sc->sc_dev);
		break;
	case CONF_TX_FREE:
		pdk_lock(&sc->sc_dev);
		pdk_timer_stop(&sc->sc_tx_timer);
		pdk_unlock(&sc->sc_dev);
		sent(sc, sc->sc_tx.t_m, sc->sc_tx.t_cookie);
		break;
	case CONF_TX_NOTHING:
		break;
	}
}

/* WORKER: all frames go back, and nothing is waited for. */
void
conf_air_leave(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	conf_tx_stop(&sc->sc_tx, &sc->sc_tap, dev, CONF_TX_ON);
	tx_task(sc);
	pdk_lock(dev);
	pdk_timer_stop(&sc->sc_tx_timer);
	pdk_task_cancel(&sc->sc_tx_task);
	pdk_unlock(dev);
}

/* WORKER.  The end of a scan is not owed any more. */
void
conf_air_down(struct conf_softc *sc)
{
	conf_air_leave(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	pdk_task_cancel(&sc->sc_scan_task);
	pdk_unlock(&sc->sc_dev);
}

/* CONFIG: of what comes now, nothing is told. */
void
conf_air_end(struct conf_softc *sc)
{
	conf_tx_stop(&sc->sc_tx, &sc->sc_tap, &sc->sc_dev, CONF_TX_END);
	pdk_worker_drain(&sc->sc_dev);
	sc->sc_failures += sc->sc_tx.t_failed != 0;
}

void
conf_air_fini(struct conf_softc *sc)
{
	pdk_timer_drain(&sc->sc_tx_timer);
	pdk_worker_drain(&sc->sc_dev);
}

void
conf_air_init(struct conf_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_scan_task, scan_task, sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_tx_task, tx_task, sc);
	pdk_timer_init(&sc->sc_dev, &sc->sc_tx_timer, tx_late, sc);
}

void
conf_air_begin(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_tx.t_state = CONF_TX_ON;
	pdk_unlock(&sc->sc_dev);
}
