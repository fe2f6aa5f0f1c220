/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_radio.c - the context TX: a radio with an open network "broken" on its air, which lets
 * everybody in, so that the host has something to send.  The case runs in the first tx() that
 * gets a data frame: that one is the host's.
 */
#include "broken.h"

#define FC_ASSOC_RESP	0x10
#define FC_BEACON	0x80
#define FC_AUTH		0xb0
#define FC_TYPE		0x0c
#define FC_DATA		0x08
#define HDR		24

static const uint8_t own[6] = { 2, 0, 0, 0, 0, 1 }, bssid[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const struct pdk80211_chan chans[] = { { .freq = 2412, .num = 1, .width = 20 } };

/* Bodies: what the tables of IEEE 802.11-2016, 9.3.3 ask for at least. */
static const uint8_t beacon[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0x01, 0x00, 0, 6, 'b', 'r', 'o', 'k', 'e', 'n',
	1, 8, 0x82, 0x84, 0x8b, 0x96, 0x0c, 0x12, 0x18, 0x24, 3, 1, 1,
};
static const uint8_t auth[] = { 0, 0, 2, 0, 0, 0 };
static const uint8_t assoc[] = {
	0x01, 0x00, 0, 0, 0x01, 0xc0, 1, 8, 0x82, 0x84, 0x8b, 0x96, 0x0c, 0x12, 0x18, 0x24,
};

/* WORKER, unlocked. */
static void
hear(struct broken_softc *sc, uint8_t fc, const uint8_t *to, const uint8_t *body, size_t len)
{
	static const struct pdk80211_rxinfo rxi = { .rssi = -40, .noise = -90, .chan = 1,
	    .rate = 2, .width = 20 };
	struct mbuf *m = pdk_mbuf_rxalloc(HDR + len);
	uint8_t *p = mtod(m, uint8_t *);

	memset(p, 0, HDR);
	p[0] = fc;
	memcpy(p + 4, to, 6);
	memcpy(p + 10, bssid, 6);
	memcpy(p + 16, bssid, 6);
	sc->sc_seq += 16;			/* behind the fragment number */
	p[22] = (uint8_t)sc->sc_seq;
	p[23] = (uint8_t)(sc->sc_seq >> 8);
	memcpy(p + HDR, body, len);
	pdk80211_rx(&sc->sc_dev, m, &rxi);
}

/* What tx() took is sent, and the access point answers. */
static void
answer(void *arg)
{
	static const struct pdk80211_txstat st = { .ok = 1, .tries = 1 };
	struct broken_softc *sc = arg;
	struct mbuf *m, *next;
	void *cookie;
	uint8_t fc;

	pdk_lock(&sc->sc_dev);
	m = sc->sc_sent;
	sc->sc_sent = NULL;
	pdk_unlock(&sc->sc_dev);
	for (; m != NULL; m = next) {
		next = m->m_nextpkt;
		memcpy(&cookie, mtod(m, uint8_t *) + m->m_len - sizeof(cookie), sizeof(cookie));
		fc = *mtod(m, uint8_t *);
		pdk80211_tx_done(&sc->sc_dev, m, cookie, &st);
		if (fc == FC_AUTH)
			hear(sc, FC_AUTH, own, auth, sizeof(auth));
		else if ((fc & FC_TYPE) == 0 && (fc & 0xf0) <= 0x20)	/* (re)association */
			hear(sc, FC_ASSOC_RESP, own, assoc, sizeof(assoc));
	}
}

static int
tx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_txinfo *txi)
{
	struct broken_softc *sc = (struct broken_softc *)dev;

	if ((*mtod(m, uint8_t *) & FC_TYPE) == FC_DATA && !sc->sc_done) {
		sc->sc_done = 1;
		broken_run(sc, IN_TX);
		if (sc->sc_tx_error != 0)
			return sc->sc_tx_error;
		pdk_state(dev, "unnoticed");
	}
	/* The frame has been sent, so its last bytes may hold the cookie until it is told. */
	memcpy(mtod(m, uint8_t *) + m->m_len - sizeof(txi->cookie), &txi->cookie,
	    sizeof(txi->cookie));
	pdk_lock(dev);
	m->m_nextpkt = sc->sc_sent;
	sc->sc_sent = m;
	pdk_task_post(&sc->sc_answer);
	pdk_unlock(dev);
	return 0;
}

static void
scan_task(void *arg)
{
	struct broken_softc *sc = arg;

	hear(sc, FC_BEACON, all, beacon, sizeof(beacon));
	pdk80211_scan_done(&sc->sc_dev, 0);
}

static int
scan(struct pdk_dev *dev, const struct pdk80211_scan *s __unused)
{
	struct broken_softc *sc = (struct broken_softc *)dev;

	pdk_lock(dev);
	pdk_task_post(&sc->sc_scan);
	pdk_unlock(dev);
	return 0;
}

static int
yes(struct pdk_dev *dev __unused)
{
	return 0;
}

static void
nothing(struct pdk_dev *dev __unused)
{
}

static int
yes_bss(struct pdk_dev *dev __unused, const struct pdk80211_bss *bss __unused)
{
	return 0;
}

static const struct pdk80211_ops ops = {
	.up = yes, .down = nothing, .scan = scan, .scan_abort = nothing, .join = yes_bss,
	.assoc = yes_bss, .leave = nothing, .tx = tx,
};

int
broken_radio_attach(struct broken_softc *sc)
{
	static const struct pdk80211_caps caps = { .mac = { 2, 0, 0, 0, 0, 1 }, .nchans = 1,
	    .rx_chains = 1, .tx_chains = 1, .chans = chans, .flags = PDK_CAP_SCAN_OFFLOAD };

	pdk_task_init(&sc->sc_dev, &sc->sc_answer, answer, sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_scan, scan_task, sc);
	return pdk80211_attach(&sc->sc_dev, &ops, &caps);
}

void
broken_radio_detach(struct broken_softc *sc)
{
	pdk80211_detach(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
	m_freem(sc->sc_sent);
}
