/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm's rings without a card: how commands are laid out, which replies are taken for whose,
 * and that nothing the device may write into a receive buffer is believed.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/iwm.h"
#include "iwm_fakepdk.h"
#include "tests/unit/tap.h"

static struct iwm_softc *
attach(void)
{
	struct iwm_softc *sc = calloc(1, pdk_linux_driver->softc_size);

	if (sc == NULL || pdk_linux_driver->attach(&sc->sc_dev) != 0)
		abort();
	pdk_lock(&sc->sc_dev);
	sc->sc_flags |= IWM_F_ALIVE;
	sc->sc_rx.running = 1;
	return sc;
}

static void
detach(struct iwm_softc *sc)
{
	pdk_unlock(&sc->sc_dev);
	if (pdk_linux_driver->detach(&sc->sc_dev) != 0)
		abort();
	free(sc);
}

static unsigned
tb_len(const struct iwm_tfd *tfd, unsigned tb)
{
	return le16toh(tfd->tbs[tb].hi_n_len) >> 4;
}

/* ---- commands ---- */

static void
test_layout(struct iwm_softc *sc)
{
	static uint8_t data[1000];
	struct iwm_hcmd h = { .id = IWM_PHY_DB_CMD, .data = { data, data }, .len = { 4, 900 } };
	struct iwm_tfd *tfd = sc->sc_tx[IWM_CMD_QUEUE].tfd.va;
	uint8_t *slot = sc->sc_cmd.slots.va, *big = sc->sc_cmd.big.va;
	unsigned i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	ok(iwm_cmd(sc, &h) == ETIMEDOUT && last_wrptr == 1, "without a reply a command times out");
	ok(tfd->num_tbs == 2 && tb_len(tfd, 0) == 20 && tb_len(tfd, 1) == 908 - 20 &&
	    le32toh(tfd->tbs[1].lo) == sc->sc_cmd.big.pa, "a long one is in two buffers");
	ok(slot[0] == IWM_PHY_DB_CMD && slot[1] == 0 && slot[2] == 0 && slot[3] == 0,
	    "short header: command, group, sequence");
	ok(memcmp(slot + 4, data, 4) == 0 && memcmp(slot + 8, data, 12) == 0 &&
	    memcmp(big, data + 12, 888) == 0, "no byte is lost between the buffers");
	ok(iwm_cmd(sc, &h) == EIO, "after a time-out nothing is sent");
	sc->sc_flags &= ~(IWM_F_FATAL | IWM_F_FAILED);
	h.id = IWM_DQA_ENABLE_CMD;
	h.async = 1;
	h.len[1] = 0;
	ok(iwm_cmd(sc, &h) == 0 && tfd[1].num_tbs == 1 && tb_len(&tfd[1], 0) == 12,
	    "a small one is in one");
	slot += IWM_CMD_SLOT_SIZE;
	ok(slot[0] == 0 && slot[1] == 5 && slot[2] == 1 && slot[4] == 4 && slot[7] == 0,
	    "long header: command, group, sequence, length, version");
}

static void
test_limits(struct iwm_softc *sc)
{
	static uint8_t data[8192];
	struct iwm_hcmd h = { .id = IWM_BT_CONFIG, .async = 1, .data = { data }, .len = { 8 } };
	unsigned n;

	for (n = 0; n < 300 && iwm_cmd(sc, &h) == 0; n++)
		continue;
	ok(iwm_cmd(sc, &h) == ENOBUFS && n >= 250 && n < 256, "a full ring takes no more");
	iwm_cmd_reset(sc);
	h.len[0] = IWM_CMD_MAX_LEN - 3;
	h.async = 0;
	ok(iwm_cmd(sc, &h) == EINVAL, "nor a command longer than two buffers");
	h.len[0] = 400;
	h.async = 1;
	ok(iwm_cmd(sc, &h) == EINVAL, "nor a long one that nobody waits for");
	sc->sc_flags &= ~IWM_F_ALIVE;
	h.len[0] = 8;
	ok(iwm_cmd(sc, &h) == ENXIO, "nor any before the firmware is alive");
	sc->sc_flags |= IWM_F_ALIVE;
}

static void
reply(struct iwm_softc *sc, unsigned idx, unsigned cmd, size_t len)
{
	union {
		struct iwm_rx_packet p;
		uint8_t bytes[64];
	} u;

	memset(&u, 0x5a, sizeof(u));
	u.p.hdr.cmd = cmd;
	u.p.hdr.group_id = 0;
	u.p.hdr.sequence = htole16(QUEUE_TO_SEQ(IWM_CMD_QUEUE) | INDEX_TO_SEQ(idx));
	iwm_cmd_done(sc, &u.p, len);
}

static void
test_replies(struct iwm_softc *sc)
{
	struct iwm_tx_ring *ring = &sc->sc_tx[IWM_CMD_QUEUE];
	struct iwm_hcmd h = { .id = IWM_BT_CONFIG, .async = 1 };
	struct iwm_error_resp e = { .cmd_id = IWM_BT_CONFIG };
	unsigned idx = ring->cur;

	ok(iwm_cmd(sc, &h) == 0 && iwm_cmd(sc, &h) == 0 && ring->queued == 2, "two under way");
	reply(sc, (idx + 7) % 256, IWM_BT_CONFIG, 8);
	reply(sc, idx, IWM_ADD_STA, 8);
	ok(ring->queued == 2, "replies to nothing, or of another command, are ignored");
	reply(sc, idx, IWM_BT_CONFIG, 8);
	reply(sc, idx, IWM_BT_CONFIG, 8);
	ok(ring->queued == 1, "a reply counts once");
	e.bad_cmd_seq_num = htole16((idx + 1) % 256);
	iwm_cmd_refused(sc, &e);
	iwm_cmd_refused(sc, &e);
	ok(ring->queued == 0 && sc->sc_nic_locks == 0, "so does a refusal; the chip may sleep");
}

/* ---- receive ---- */

/* A buffer that the device says it has filled. */
static void
receive(struct iwm_softc *sc)
{
	struct iwm_rb_status *st = sc->sc_rx.stat.va;

	st->closed_rb_num = htole16((sc->sc_rx.cur + 1) % RX_QUEUE_SIZE);
	iwm_rx_intr(sc);
}

static uint8_t *
next_buffer(struct iwm_softc *sc)
{
	return mtod(sc->sc_rx.m[sc->sc_rx.cur], uint8_t *);
}

static void
test_packets(struct iwm_softc *sc)
{
	struct iwm_rx_packet *p = (void *)next_buffer(sc);

	p->len_n_flags = htole32(4 + sizeof(struct iwm_alive_resp));
	p->hdr.cmd = IWM_ALIVE;
	p->hdr.sequence = htole16(SEQ_RX_FRAME);
	((struct iwm_alive_resp *)(void *)p->data)->status = htole16(IWM_ALIVE_STATUS_OK);
	p = (void *)(next_buffer(sc) + 128);
	p->len_n_flags = htole32(4);
	p->hdr.cmd = IWM_INIT_COMPLETE_NOTIF;
	p = (void *)(next_buffer(sc) + 192);
	p->len_n_flags = htole32(FH_RSCSR_FRAME_INVALID);
	sc->sc_events = 0;
	receive(sc);
	ok(sc->sc_events == (IWM_EV_ALIVE | IWM_EV_INITDONE) &&
	    sc->sc_alive.status == IWM_ALIVE_STATUS_OK, "every packet of a buffer is seen");
}

static uint32_t seed = 1;

static uint32_t
rnd(void)
{
	return seed = seed * 1664525 + 1013904223;
}

/* Garbage with plausible heads; a sanitizer watches. */
static void
test_garbage(struct iwm_softc *sc)
{
	static const uint8_t cmds[] = { IWM_ALIVE, IWM_REPLY_ERROR, IWM_INIT_COMPLETE_NOTIF,
	    IWM_CALIB_RES_NOTIF_PHY_DB, IWM_BT_CONFIG, 0 };
	struct iwm_rx_packet *p;
	uint8_t *buf;
	unsigned round, i, off;

	for (round = 0; round < 4000; round++) {
		buf = next_buffer(sc);
		for (i = 0; i < IWM_RBUF_SIZE; i += 4)
			*(uint32_t *)(void *)(buf + i) = rnd() >> rnd() % 32;
		for (off = 0; off + 64 <= IWM_RBUF_SIZE; off += 64) {
			p = (void *)(buf + off);
			p->hdr.cmd = cmds[rnd() % nitems(cmds)];
			p->hdr.group_id = 0;
			if (rnd() % 4 != 0)
				p->len_n_flags = htole32(rnd() % 60 + 4);
		}
		receive(sc);
	}
	ok(1, "garbage from the device is survived");
	((struct iwm_rb_status *)sc->sc_rx.stat.va)->closed_rb_num = 0xffff;
	iwm_rx_intr(sc);
	ok(sc->sc_rx.cur == 0xff, "an index out of range is cut to the ring");
}

int
main(void)
{
	struct iwm_softc *sc = attach();

	test_layout(sc);
	iwm_cmd_reset(sc);
	sc->sc_nic_locks = 0;
	test_limits(sc);
	iwm_cmd_reset(sc);
	sc->sc_nic_locks = 0;
	test_replies(sc);
	test_packets(sc);
	test_garbage(sc);
	detach(sc);
	ok(live == 0, "nothing is left");
	return done();
}
