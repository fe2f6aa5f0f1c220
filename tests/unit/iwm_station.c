/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm as a station without a card: that nothing the firmware may say of frames, scans or times
 * is believed, with a network in service and frames under way; and the layout of a scan.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/fwapi_mac.h"
#include "drivers/iwm/fwapi_scan.h"
#include "drivers/iwm/fwapi_stats.h"
#include "drivers/iwm/fwapi_time.h"
#include "drivers/iwm/fwapi_tx.h"
#include "drivers/iwm/iwm.h"
#include "iwm_fakepdk.h"
#include "tests/unit/tap.h"

#define ROUNDS		20000
#define RX_TID		5		/* with an agreement of the access point */
#define TX_TID		3		/* with one of ours */

static const uint8_t bssid[6] = { 2, 0, 0, 0, 1, 0 };
static uint32_t seed = 1;
static unsigned taken;			/* frames the driver took */

static uint32_t
rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static struct iwm_softc *
attach(void)
{
	struct iwm_softc *sc = calloc(1, pdk_linux_driver->softc_size);

	if (sc == NULL || pdk_linux_driver->attach(&sc->sc_dev) != 0)
		abort();
	return sc;
}

/* As it is in service; the firmware is not asked. */
static void
serve(struct iwm_softc *sc)
{
	uint16_t ssn = 0;

	sc->sc_flags |= IWM_F_ALIVE | IWM_F_UP;
	sc->sc_rx.running = 1;
	sc->sc_net.state = IWM_N_MAC | IWM_N_JOINED | IWM_N_ASSOC;
	memcpy(sc->sc_net.bss.bssid, bssid, sizeof(bssid));
	sc->sc_net.bss.chan.num = 36;
	sc->sc_net.agg_tids = 1 << TX_TID;
	(void)iwm_ba_op(&sc->sc_dev, PDK_BA_RX_START, RX_TID, &ssn, 64);
	sc->sc_net.tid[RX_TID].rx_on = 1;	/* although there was no reply */
	sc->sc_flags &= ~(IWM_F_FATAL | IWM_F_FAILED);
}

/* ---- garbage ---- */

/* Frames on their way, of every kind of queue. */
static void
send_some(struct iwm_softc *sc)
{
	struct pdk80211_txinfo info = { .hdrlen = 26, .tid = (uint8_t)(rnd() % 8),
	    .ac = (uint8_t)(rnd() % 4) };
	struct mbuf *m = pdk_mbuf_rxalloc(100);
	uint8_t *h = mtod(m, uint8_t *);

	h[0] = rnd() % 4 == 0 ? 0xb0 : 0x88;
	if (iwm_tx_op(&sc->sc_dev, m, &info) != 0)
		m_freem(m);
	else
		taken++;
}

static const struct {
	uint8_t	 cmd, group;
	size_t	 len;
} said[] = {
	{ .cmd = IWM_REPLY_RX_PHY, .len = sizeof(struct iwm_rx_phy_info) },
	{ .cmd = IWM_REPLY_RX_MPDU, .len = 120 },
	{ .cmd = IWM_TX_CMD, .len = sizeof(struct iwm_tx_resp) + 8 },
	{ .cmd = IWM_BA_NOTIF, .len = sizeof(struct iwm_ba_notif) },
	{ .cmd = IWM_TIME_EVENT_NOTIF, .len = sizeof(struct iwm_time_event_notif) },
	{ .cmd = IWM_STATISTICS_NOTIF, .len = sizeof(struct iwm_statistics) },
	{ .cmd = IWM_MISSED_BEACONS_NOTIF, .len = sizeof(struct iwm_missed_beacons_notif) },
	{ .cmd = IWM_SCAN_OFFLOAD_COMPLETE, .len = sizeof(struct iwm_periodic_scan_complete) },
	{ .cmd = IWM_DTS_MEASUREMENT_NOTIF & 0xff, .group = IWM_DTS_MEASUREMENT_NOTIF >> 8,
	  .len = 4 },
};

/* A frame from the access point, so far that it is looked at. */
static void
put_frame(uint8_t *p, size_t len)
{
	static const uint8_t kinds[] = { 0x88, 0x88, 0x80, 0x84, 0x08 };
	size_t n = rnd() % 2 == 0 ? rnd() % 120 : len - 8;
	uint8_t *f = p + 4;

	p[0] = (uint8_t)n;
	p[1] = rnd() % 16 == 0;
	f[0] = kinds[rnd() % nitems(kinds)];
	f[4] &= 0xfe;
	memcpy(f + 10, bssid, 6);
	memcpy(f + 16, bssid, 6);
	f[24] = RX_TID;
	if (n + 8 <= len)
		memset(p + 4 + n, 0xff, 2);
}

/* About a frame that is there, or nearly. */
static void
put_queue(struct iwm_softc *sc, struct iwm_rx_packet *p)
{
	unsigned qid = rnd() % 14 + IWM_MGMT_QUEUE;
	const struct iwm_tx_ring *ring = &sc->sc_tx[qid];
	unsigned idx = ring->tail + rnd() % (ring->queued + 2);
	struct iwm_ba_notif *b = (void *)p->data;
	struct iwm_tx_resp *r = (void *)p->data;

	p->hdr.sequence = htole16(QUEUE_TO_SEQ(qid) | INDEX_TO_SEQ(idx % 256));
	if (p->hdr.cmd == IWM_TX_CMD) {
		r->frame_count = 1 + (rnd() % 4 == 0);
		r->status[1].status = htole16(idx + 1);
		r->status[1].sequence = 0;
	} else {
		b->scd_flow = htole16(qid);
		b->scd_ssn = htole16(idx + 1);
	}
}

static size_t
put_packet(struct iwm_softc *sc, uint8_t *buf)
{
	struct iwm_rx_packet *p = (void *)buf;
	unsigned i = rnd() % nitems(said);
	size_t len = said[i].len;

	p->hdr.cmd = said[i].cmd;
	p->hdr.group_id = said[i].group;
	if (said[i].cmd == IWM_REPLY_RX_MPDU && rnd() % 8 != 0)
		put_frame(p->data, len);
	if ((said[i].cmd == IWM_TX_CMD || said[i].cmd == IWM_BA_NOTIF) && rnd() % 8 != 0)
		put_queue(sc, p);
	if (rnd() % 8 == 0)
		len = rnd() % (len + 1);
	p->len_n_flags = htole32(4 + len);
	return roundup(8 + len, FH_RSCSR_FRAME_ALIGN);
}

/* A buffer full of it, each time another. */
static void
say(struct iwm_softc *sc)
{
	struct iwm_rb_status *st = sc->sc_rx.stat.va;
	uint8_t *buf = mtod(sc->sc_rx.m[sc->sc_rx.cur], uint8_t *);
	unsigned i;
	size_t off;

	for (i = 0; i < IWM_RBUF_SIZE; i += 4)
		*(uint32_t *)(void *)(buf + i) = rnd() >> rnd() % 24;
	for (off = 0; off + 1024 <= IWM_RBUF_SIZE;)
		off += put_packet(sc, buf + off);
	st->closed_rb_num = htole16((sc->sc_rx.cur + 1) % RX_QUEUE_SIZE);
	pdk_lock(&sc->sc_dev);
	iwm_rx_intr(sc);
	iwm_upcall_tell(sc);
	pdk_unlock(&sc->sc_dev);
}

/* The mbuf of who sends is gone then, and must not be given back to him as refused. */
static void
test_compacted(struct iwm_softc *sc)
{
	struct pdk80211_txinfo info = { .hdrlen = 26 };
	struct mbuf *m = pdk_mbuf_rxalloc(100);
	unsigned failed = sent[0];

	mtod(m, uint8_t *)[0] = 0x88;
	serve(sc);
	compacts = 1;
	ok(iwm_tx_op(&sc->sc_dev, m, &info) == 0, "a frame that was compacted in vain is taken");
	compacts = 0;
	taken++;
	pdk_lock(&sc->sc_dev);
	iwm_upcall_tell(sc);
	pdk_unlock(&sc->sc_dev);
	ok(sent[0] == failed + 1, "and comes back as failed");
}

/* With the key gone they would be sealed with none, or with the next one. */
static void
test_sealed_and_held(struct iwm_softc *sc)
{
	struct pdk80211_txinfo info = { .hdrlen = 26, .tid = TX_TID + 1, .flags = PDK_TX_HWENC };
	const struct pdk80211_key key = { .cipher = PDK_CIPHER_CCMP, .len = IWM_CCMP_KEY_LEN };
	struct mbuf *m = pdk_mbuf_rxalloc(100);
	unsigned failed = sent[0], q, queued = 0;

	mtod(m, uint8_t *)[0] = 0x88;
	serve(sc);
	sc->sc_net.have_tk = 1;
	sc->sc_net.held_tids = 1 << info.tid;
	ok(iwm_tx_op(&sc->sc_dev, m, &info) == 0 && sc->sc_txpool.nheld == 1,
	    "while its TID changes its queue a frame waits");
	taken++;
	iwm_del_key_op(&sc->sc_dev, &key);
	ok(sc->sc_txpool.nheld == 0 && sent[0] == failed + 1,
	    "when its key is deleted it comes back as failed");
	pdk_lock(&sc->sc_dev);
	iwm_tx_release(sc, info.tid);
	pdk_unlock(&sc->sc_dev);
	for (q = IWM_MGMT_QUEUE; q <= IWM_LAST_QUEUE; q++)
		queued += sc->sc_tx[q].queued;
	ok(queued == 0, "and is not sent");
}

/* A frame of the agreement, so far behind that the window would move. */
static void
receive(struct iwm_softc *sc, unsigned flags, unsigned number)
{
	struct {
		uint8_t	start[4], frame[60], status[4];
	} mpdu = { .start = { 60 }, .frame = { 0x88, (uint8_t)flags }, .status = { 3 } };
	static const struct iwm_rx_phy_info phy;

	memcpy(mpdu.frame + 10, bssid, sizeof(bssid));
	mpdu.frame[22] = (uint8_t)(number << 4);
	mpdu.frame[23] = (uint8_t)(number >> 4);
	mpdu.frame[24] = RX_TID;
	pdk_lock(&sc->sc_dev);
	iwm_rx_phy(sc, (const void *)&phy, sizeof(phy));
	iwm_rx_mpdu(sc, (const void *)&mpdu, sizeof(mpdu));
	iwm_upcall_tell(sc);
	pdk_unlock(&sc->sc_dev);
}

/* Anybody can send a frame in the clear with the access point's address. */
static void
test_window(struct iwm_softc *sc)
{
	const struct iwm_reorder *r = &sc->sc_net.tid[RX_TID].reorder;
	unsigned before = frames, head;

	serve(sc);
	sc->sc_net.have_tk = 1;
	head = r->head;
	receive(sc, 0, 300);
	ok(frames == before + 1 && r->head == head,
	    "a frame in the clear where there is a key is passed on, and moves no window");
	receive(sc, 0x40, 300);
	ok(frames == before + 1 && r->head == 300 - 64 + 1 && r->held == 1,
	    "an encrypted one does");
	sc->sc_net.have_tk = 0;
	receive(sc, 0, 400);
	ok(r->head == 400 - 64 + 1, "as does every one where there is no key");
}

/* Nobody else would look whether it has cooled down. */
static void
test_heat_and_sleep(struct iwm_softc *sc)
{
	serve(sc);
	sc->sc_flags |= IWM_F_CTKILL;
	sc->sc_tt.want.kill = sc->sc_tt.is.kill = 1;
	sc->sc_tt.timer.tm_armed = true;
	ok(pdk_linux_driver->suspend(&sc->sc_dev) == 0 && !sc->sc_tt.timer.tm_armed,
	    "while the system sleeps a card that is too hot is not looked at");
	(void)pdk_linux_driver->resume(&sc->sc_dev);	/* there is no card to start */
	ok(sc->sc_tt.timer.tm_armed, "it is afterwards");
	sc->sc_flags &= ~IWM_F_CTKILL;
	sc->sc_tt.want.kill = sc->sc_tt.is.kill = 0;
}

/* What one receiver says; the others say nothing. */
static int
noise_after(struct iwm_softc *sc, uint32_t silence)
{
	static struct iwm_statistics s;

	s.rx.beacon_silence_rssi[1] = htole32(silence);
	pdk_lock(&sc->sc_dev);
	iwm_stats_notif(sc, (const uint8_t *)&s, sizeof(s));
	pdk_unlock(&sc->sc_dev);
	return sc->sc_noise;
}

/* The number has no sign: one that is too large is not to come out as a quiet channel. */
static void
test_noise(struct iwm_softc *sc)
{
	serve(sc);
	ok(noise_after(sc, 16) == 16 - 107 && noise_after(sc, 0) == 16 - 107,
	    "noise is measured, and stays what it was while it is not");
	ok(noise_after(sc, 246) == 16 - 107 && noise_after(sc, 107) == 16 - 107,
	    "noise that cannot be is not believed");
}

static void
test_garbage(struct iwm_softc *sc)
{
	unsigned round;

	for (round = 0; round < ROUNDS; round++) {
		if (round % 64 == 0) {
			serve(sc);
			sc->sc_scan.running = 1;
			sc->sc_tev.state = IWM_TEV_ASKED;
		}
		send_some(sc);
		send_some(sc);
		say(sc);
	}
	ok(frames > ROUNDS / 10, "frames come through between what is none");
	ok(sent[1] > ROUNDS / 100 && sent[0] > ROUNDS / 100, "as do those that were sent");
	ok(scans[0] + scans[1] != 0, "and scans end");
	pdk_lock(&sc->sc_dev);
	iwm_net_reset(sc);
	iwm_upcall_finish(sc);
	pdk_unlock(&sc->sc_dev);
	ok(sent[0] + sent[1] == taken, "in the end every frame is given back, once");
}

/* ---- scan ---- */

/* The channels' places are as many as the firmware's file says. */
static void
test_scan(struct iwm_softc *sc, unsigned places)
{
	static const uint8_t ies[] = { 221, 3, 1, 2, 3 };
	struct pdk80211_chan chans[] = { { .num = 6 }, { .num = 36 } };
	struct pdk80211_scan s = { .chans = chans, .nchans = 2, .ies = ies,
	    .ies_len = sizeof(ies) };
	const uint8_t *req = (uint8_t *)sc->sc_cmd.big.va - 16;	/* whose start is elsewhere */
	const struct iwm_scan_probe_req *pr;
	unsigned at;

	sc->sc_flags |= IWM_F_ALIVE | IWM_F_UP;
	sc->sc_fw.n_scan_channels = places;
	ok(iwm_scan_op(&sc->sc_dev, &s) == ETIMEDOUT && !sc->sc_scan.running,
	    "a scan that is not acknowledged fails");
	pr = (const void *)(req + 764 + 12 * places);
	ok(req[764 + 4] == 6 && req[764 + 12 + 4] == 36, "channels after the fixed part");
	at = le16toh(pr->common_data.offset);
	ok(le16toh(pr->common_data.len) == sizeof(ies) && at + sizeof(ies) < sizeof(pr->buf) &&
	    memcmp(pr->buf + at, ies, sizeof(ies)) == 0,
	    "the probe request after the places for channels");
	s.nchans = (uint8_t)(places + 1);
	ok(iwm_scan_op(&sc->sc_dev, &s) == EINVAL, "more channels are refused");
	pdk_lock(&sc->sc_dev);
	sc->sc_flags &= ~(IWM_F_FATAL | IWM_F_FAILED);
	iwm_cmd_reset(sc);
	sc->sc_nic_locks = 0;
	pdk_unlock(&sc->sc_dev);
}

int
main(void)
{
	struct iwm_softc *sc = attach();

	test_scan(sc, 40);
	test_scan(sc, 39);
	test_compacted(sc);
	test_sealed_and_held(sc);
	test_window(sc);
	test_heat_and_sleep(sc);
	test_noise(sc);
	test_garbage(sc);
	if (pdk_linux_driver->detach(&sc->sc_dev) != 0)
		abort();
	free(sc);
	ok(live == 0, "nothing is left");
	return done();
}
