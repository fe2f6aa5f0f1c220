/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmd.c - commands to the firmware, by the command ring.
 *
 *	struct iwm_hcmd c = { .id = IWM_NVM_ACCESS_CMD, .data = { &q }, .len = { sizeof(q) },
 *	    .resp = buf, .resp_size = sizeof(buf) };
 *	error = iwm_cmd(sc, &c);		// c.resp_len bytes came
 *
 * A reply carries the sequence number of its command: ring index and queue.  WORKER is one
 * thread, so at most one command is waited for at a time.  A command's first 20 bytes are
 * buffer 0 of its descriptor, the rest is buffer 1: in its slot if it fits there, else in
 * the ring's one large buffer, for which only a waited-for command may ask.
 */
#include "iwm.h"

#define CMD_TIMEOUT		2000	/* ms */
/* Descriptors never in use: the device cannot tell a full ring from an empty one. */
#define RING_RESERVE		2

const char *
iwm_cmd_last(struct iwm_softc *sc)
{
	return sc->sc_cmd.any_sent ? iwm_cmd_name(sc->sc_cmd.last_id) : "none";
}

int
iwm_cmd_alloc(struct iwm_softc *sc)
{
	int error;

	error = pdk_dma_alloc(&sc->sc_dev, &sc->sc_cmd.slots,
	    TFD_QUEUE_SIZE_MAX * IWM_CMD_SLOT_SIZE, 64);
	if (error == 0)
		error = pdk_dma_alloc(&sc->sc_dev, &sc->sc_cmd.big, 4096, 64);
	return error;
}

void
iwm_cmd_free(struct iwm_softc *sc)
{
	pdk_dma_free(&sc->sc_cmd.big);
	pdk_dma_free(&sc->sc_cmd.slots);
}

/* Forget what was sent; who waits is told by IWM_F_FATAL or the flags' absence. */
void
iwm_cmd_reset(struct iwm_softc *sc)
{
	struct iwm_cmd_ring *c = &sc->sc_cmd;

	memset(c->busy, 0, sizeof(c->busy));
	c->any_sent = 0;
	sc->sc_tx[IWM_CMD_QUEUE].queued = 0;
	if (c->waiting && !c->done) {
		c->done = 1;
		c->error = ENXIO;
	}
}

/* ---- sending ---- */

static unsigned
put_header(struct iwm_softc *sc, uint8_t *p, const struct iwm_hcmd *h, unsigned len)
{
	struct iwm_cmd_header_wide *w = (void *)p;
	unsigned idx = sc->sc_tx[IWM_CMD_QUEUE].cur;

	w->cmd = IWM_CMD_OPCODE(h->id);
	w->group_id = IWM_CMD_GROUP(h->id);
	w->sequence = htole16(QUEUE_TO_SEQ(IWM_CMD_QUEUE) | INDEX_TO_SEQ(idx));
	if (IWM_CMD_GROUP(h->id) == 0)
		return sizeof(struct iwm_cmd_header);
	w->length = htole16(len);
	w->reserved = 0;
	w->version = 0;
	return sizeof(*w);
}

/*
 * Copy bytes to position `off` of a command that is partly in its slot and, when `big` is
 * not NULL, from byte IWM_CMD_FIRST_TB on elsewhere.
 */
static void
put_bytes(uint8_t *slot, uint8_t *big, unsigned off, const uint8_t *src, unsigned len)
{
	unsigned n;

	if (big != NULL && off < IWM_CMD_FIRST_TB) {
		n = MIN(len, IWM_CMD_FIRST_TB - off);
		memcpy(slot + off, src, n);
		off += n;
		src += n;
		len -= n;
	}
	if (len == 0)
		return;
	if (big != NULL)
		memcpy(big + (off - IWM_CMD_FIRST_TB), src, len);
	else
		memcpy(slot + off, src, len);
}

/* Fill slot, large buffer and descriptor. */
static void
build(struct iwm_softc *sc, const struct iwm_hcmd *h, unsigned total)
{
	struct iwm_cmd_ring *c = &sc->sc_cmd;
	struct iwm_tx_ring *ring = &sc->sc_tx[IWM_CMD_QUEUE];
	struct iwm_tfd *tfd = (struct iwm_tfd *)ring->tfd.va + ring->cur;
	bus_size_t at = (bus_size_t)ring->cur * IWM_CMD_SLOT_SIZE;
	uint8_t *slot = (uint8_t *)c->slots.va + at, *big = NULL;
	unsigned off, i, first = MIN(total, IWM_CMD_FIRST_TB);

	if (total > IWM_CMD_SLOT_SIZE)
		big = c->big.va;
	off = put_header(sc, slot, h, h->len[0] + h->len[1]);
	for (i = 0; i < nitems(h->data); i++) {
		put_bytes(slot, big, off, h->data[i], h->len[i]);
		off += h->len[i];
	}
	memset(tfd, 0, sizeof(*tfd));
	iwm_tfd_set(tfd, 0, c->slots.pa + at, first);
	if (total > first)
		iwm_tfd_set(tfd, 1, big != NULL ? c->big.pa : c->slots.pa + at + first,
		    total - first);
	pdk_dma_sync(&c->slots, at, IWM_CMD_SLOT_SIZE, BUS_DMASYNC_PREWRITE);
	if (big != NULL)
		pdk_dma_sync(&c->big, 0, total - first, BUS_DMASYNC_PREWRITE);
}

/* Why a command cannot be sent now, or 0. */
static int
refuse(struct iwm_softc *sc, const struct iwm_hcmd *h, unsigned total)
{
	if ((sc->sc_flags & IWM_F_GONE) != 0)
		return ENXIO;
	if ((sc->sc_flags & IWM_F_FATAL) != 0)
		return EIO;
	if ((sc->sc_flags & IWM_F_ALIVE) == 0)
		return ENXIO;
	if (total > IWM_CMD_MAX_LEN || (h->async && total > IWM_CMD_SLOT_SIZE))
		return EINVAL;
	if (sc->sc_tx[IWM_CMD_QUEUE].queued >= TFD_QUEUE_SIZE_MAX - RING_RESERVE)
		return ENOBUFS;
	return 0;
}

/* In service that is as good as dead, and it is started again. */
static void
no_reply(struct iwm_softc *sc, const struct iwm_hcmd *h)
{
	if ((sc->sc_flags & IWM_F_UP) != 0)
		sc->sc_flags |= IWM_F_FAILED;
	IWM_FAIL(sc, ETIMEDOUT, "firmware: %s (0x%03x): no reply within %u ms; %s",
	    iwm_cmd_name(h->id), h->id, CMD_TIMEOUT, iwm_irq_advice(sc));
	iwm_report(sc, "time-out");
	if ((sc->sc_flags & IWM_F_UP) != 0)
		iwm_fw_died(sc, "a command without reply");
	sc->sc_flags |= IWM_F_FATAL;
}

/* Wait for the reply to the command that was sent last. */
static int
await(struct iwm_softc *sc, struct iwm_hcmd *h)
{
	struct iwm_cmd_ring *c = &sc->sc_cmd;
	uint64_t end = pdk_uptime_ms() + CMD_TIMEOUT, now;
	int error = 0;

	while (!c->done && error == 0) {
		now = pdk_uptime_ms();
		if ((sc->sc_flags & IWM_F_GONE) != 0 || iwm_check_card(sc) != 0)
			error = ENXIO;
		else if ((sc->sc_flags & IWM_F_FATAL) != 0)
			error = EIO;
		else if (now >= end)
			error = ETIMEDOUT;
		else
			(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, MIN(end - now, 50));
	}
	c->waiting = 0;
	h->resp_len = c->resp_len;
	if (error == ETIMEDOUT)
		no_reply(sc, h);
	return error != 0 ? error : c->error;
}

/*
 * Send a command; unless it is asynchronous, wait for its reply.  0; EIO: the firmware
 * refused it or died; ETIMEDOUT: no reply; ENXIO: card gone or firmware not running;
 * ENOBUFS: ring full; EINVAL: too long.
 */
int
iwm_cmd(struct iwm_softc *sc, struct iwm_hcmd *h)
{
	struct iwm_cmd_ring *c = &sc->sc_cmd;
	struct iwm_tx_ring *ring = &sc->sc_tx[IWM_CMD_QUEUE];
	unsigned total, idx = ring->cur;
	int error;

	total = (IWM_CMD_GROUP(h->id) == 0 ? sizeof(struct iwm_cmd_header) :
	    sizeof(struct iwm_cmd_header_wide)) + h->len[0] + h->len[1];
	if ((error = refuse(sc, h, total)) != 0)
		return error;
	/* The chip may not sleep while it has commands: its firmware would not see them. */
	if (ring->queued == 0 && (error = iwm_nic_lock(sc)) != 0)
		return error;
	build(sc, h, total);
	c->id[idx] = c->last_id = h->id;
	c->busy[idx] = c->any_sent = 1;
	if (!h->async) {
		PDK_ASSERT(!c->waiting);
		c->waiting = 1;
		c->done = c->error = 0;
		c->idx = idx;
		c->resp = h->resp;
		c->resp_size = h->resp_size;
		c->resp_len = 0;
	}
	iwm_tx_kick(sc, IWM_CMD_QUEUE, 0, 0);
	pdk_note(&sc->sc_dev, "command queue", iwm_cmd_name(h->id), idx);
	return h->async ? 0 : await(sc, h);
}

/* A command with one piece of data, whose reply only has to come. */
int
iwm_cmd_send(struct iwm_softc *sc, uint16_t id, const void *data, uint16_t len)
{
	struct iwm_hcmd h = { .id = id, .data = { data }, .len = { len } };

	return iwm_cmd(sc, &h);
}

/* A command that is answered with a status word. */
int
iwm_cmd_status(struct iwm_softc *sc, uint16_t id, const void *data, uint16_t len,
    uint32_t *status)
{
	struct iwm_cmd_response resp = { 0 };
	struct iwm_hcmd h = { .id = id, .data = { data }, .len = { len }, .resp = &resp,
	    .resp_size = sizeof(resp) };
	int error;

	if ((error = iwm_cmd(sc, &h)) != 0)
		return error;
	if (h.resp_len < sizeof(resp)) {
		IWM_FAIL(sc, EIO, "firmware: %s: reply of %zu bytes has no status",
		    iwm_cmd_name(id), h.resp_len);
		return EIO;
	}
	*status = le32toh(resp.status);
	return 0;
}

/* ---- replies ---- */

static void
complete(struct iwm_softc *sc, unsigned idx, const void *payload, size_t len, int error)
{
	struct iwm_cmd_ring *c = &sc->sc_cmd;

	c->busy[idx] = 0;
	if (c->waiting && !c->done && c->idx == idx) {
		if (payload != NULL && c->resp != NULL)
			memcpy(c->resp, payload, MIN(len, c->resp_size));
		c->resp_len = len;
		c->error = error;
		c->done = 1;
		iwm_wake(sc);
	}
	if (--sc->sc_tx[IWM_CMD_QUEUE].queued == 0)
		iwm_nic_unlock(sc);
}

/* BH: a packet that answers a command, or a notification that only looks like one. */
void
iwm_cmd_done(struct iwm_softc *sc, const struct iwm_rx_packet *pkt, size_t len)
{
	struct iwm_cmd_ring *c = &sc->sc_cmd;
	unsigned idx = SEQ_TO_INDEX(le16toh(pkt->hdr.sequence));

	if (!c->busy[idx] || IWM_CMD_OPCODE(c->id[idx]) != pkt->hdr.cmd)
		return;
	pdk_dma_sync(&c->slots, (bus_size_t)idx * IWM_CMD_SLOT_SIZE, IWM_CMD_SLOT_SIZE,
	    BUS_DMASYNC_POSTWRITE);
	complete(sc, idx, pkt->data, len, 0);
}

/* BH: REPLY_ERROR. */
void
iwm_cmd_refused(struct iwm_softc *sc, const struct iwm_error_resp *e)
{
	unsigned idx = SEQ_TO_INDEX(le16toh(e->bad_cmd_seq_num));

	pdk_printf(&sc->sc_dev, "firmware: %s (0x%02x) refused: error 0x%x, service 0x%x",
	    iwm_cmd_name(e->cmd_id), e->cmd_id, le32toh(e->error_type),
	    le32toh(e->error_service));
	if (sc->sc_cmd.busy[idx] && IWM_CMD_OPCODE(sc->sc_cmd.id[idx]) == e->cmd_id)
		complete(sc, idx, NULL, 0, EIO);
}
