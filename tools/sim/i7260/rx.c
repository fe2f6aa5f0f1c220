/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rx.c - the receive channel: packets into the driver's receive buffers (RBs).
 *
 *	RBD ring (host)		one dword each, RB address >> 8
 *	RB (host, 4 KB)		packet, packet, ... each on a 64-byte boundary, then an end marker
 *	status (host)		closed_rb_num: the driver may take all RBs before this one
 *
 * Packets that are sent within one event share a buffer, as on the hardware, so that drivers meet
 * more than one packet per buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

#define FRAME_ALIGN	64
#define FRAME_INVALID	0x55550000u	/* end marker in place of a packet's first word */
#define FRAME_SIZE_MAX	0x3fff
#define HDR_LEN		8		/* length word and command header */

struct rx_packet {
	struct rx_packet *next;
	size_t		len;		/* with length word and header */
	uint8_t		bytes[];
};

static void
drop_all(struct rx *rx)
{
	struct rx_packet *p;

	while ((p = rx->head) != NULL) {
		rx->head = p->next;
		free(p);
	}
	rx->tail = &rx->head;
}

void
rx_reset(struct card *c)
{
	struct rx *rx = &c->rx;

	drop_all(rx);
	sim_timer_stop(&rx->pump);
	rx->read = rx->wptr = 0;
	rx->open = rx->ran = false;
	rx->off = rx->frames = 0;
}

static bool
running(const struct card *c)
{
	return (fh_reg(c, FH_MEM_RCSR_CHNL0_CONFIG) & RCSR_DMA_EN) == RCSR_DMA_RUN;
}

static uint32_t
ring_size(const struct card *c)
{
	return 1u << RCSR_RBDCB_SIZE(fh_reg(c, FH_MEM_RCSR_CHNL0_CONFIG));
}

static uint32_t
rb_size(const struct card *c)
{
	return (RCSR_RB_SIZE(fh_reg(c, FH_MEM_RCSR_CHNL0_CONFIG)) + 1) * 4096;
}

void
rx_config(struct card *c, uint32_t v)
{
	uint64_t ring = (uint64_t)fh_reg(c, FH_RSCSR_CHNL0_RBDCB_BASE) << 8;
	uint64_t stts = (uint64_t)fh_reg(c, FH_RSCSR_CHNL0_STTS_WPTR) << 4;
	uint32_t log = RCSR_RBDCB_SIZE(v);

	if ((v & RCSR_DMA_EN) != RCSR_DMA_RUN) {
		c->rx.open = false;
		return;
	}
	c->rx.ran = true;
	if (log < 5 || log > 12) {
		sim_violation(c->dev, "rx-config", "receive ring of 2^%u descriptors: 5 to 12",
		    log);
		return;
	}
	c->rx.read = 0;
	if (!sim_dma_mapped(c->dev, ring, 4u << log, false))
		sim_violation(c->dev, "rx-config", "RBD ring at %#llx (%u bytes) is not mapped for "
		    "reading", (unsigned long long)ring, 4u << log);
	if (!sim_dma_mapped(c->dev, stts, 8, true))
		sim_violation(c->dev, "rx-config", "receive status at %#llx (8 bytes) is not "
		    "mapped for writing", (unsigned long long)stts);
	if (c->rx.head != NULL)
		sim_timer_arm(&c->rx.pump, 0);
}

void
rx_wptr(struct card *c, uint32_t v)
{
	if ((v & 7) != 0 || (running(c) && v >= ring_size(c))) {
		sim_violation(c->dev, "rx-wptr", "FH_RSCSR_CHNL0_WPTR = %u: must be a multiple of "
		    "8 below the ring size %u", v, ring_size(c));
		return;
	}
	c->rx.wptr = v;
	if (c->rx.head != NULL)
		sim_timer_arm(&c->rx.pump, 0);
}

/* Takes the next RB. False when the driver has given none. */
static bool
open_rb(struct card *c)
{
	struct rx *rx = &c->rx;
	uint64_t ring = (uint64_t)fh_reg(c, FH_RSCSR_CHNL0_RBDCB_BASE) << 8;
	uint8_t rbd[4];

	if (rx->open)
		return true;
	if (rx->read == rx->wptr)
		return false;
	if (sim_dma_read(c->dev, ring + 4 * rx->read, rbd, sizeof(rbd)) != 0)
		return false;
	rx->addr = (uint64_t)get32(rbd) << 8;
	if (rx->addr == 0 || !sim_dma_mapped(c->dev, rx->addr, rb_size(c), true)) {
		fw_wrong(c, ERR_FATAL, "rbd-bad", "RBD %u: receive buffer at %#llx (%u bytes) is "
		    "not mapped for writing", rx->read, (unsigned long long)rx->addr, rb_size(c));
		return false;
	}
	rx->open = true;
	rx->off = rx->frames = 0;
	return true;
}

/* Gives the open RB to the driver: end marker, status, interrupt. */
static void
close_rb(struct card *c)
{
	struct rx *rx = &c->rx;
	uint64_t stts = (uint64_t)fh_reg(c, FH_RSCSR_CHNL0_STTS_WPTR) << 4;
	uint8_t end[4], st[8] = { 0 };

	put32(end, FRAME_INVALID);
	if (rx->off + 4 <= rb_size(c))
		(void)sim_dma_write(c->dev, rx->addr + rx->off, end, sizeof(end));
	put16(st + 4, rx->read);
	rx->read = (rx->read + 1) & (ring_size(c) - 1);
	put16(st, rx->read);
	put16(st + 2, rx->frames);
	put16(st + 6, rx->frames - 1);
	rx->open = false;
	if (sim_dma_write(c->dev, stts, st, sizeof(st)) == 0)
		irq_raise(c, INT_FH_RX, FH_INT_RX_CHNL0);
}

static bool
deliver(struct card *c, const struct rx_packet *p)
{
	struct rx *rx = &c->rx;
	uint32_t room = (uint32_t)((p->len + FRAME_ALIGN - 1) / FRAME_ALIGN * FRAME_ALIGN);

	if (p->len > rb_size(c)) {
		fw_wrong(c, ERR_FATAL, "rx-buffer-small", "a packet of %zu bytes does not fit a "
		    "receive buffer of %u", p->len, rb_size(c));
		return true;
	}
	if (rx->open && rx->off + p->len > rb_size(c))
		close_rb(c);
	if (!open_rb(c))
		return false;
	(void)sim_dma_write(c->dev, rx->addr + rx->off, p->bytes, p->len);
	rx->off += room;
	rx->frames++;
	return true;
}

static void
pump(void *arg)
{
	struct card *c = arg;
	struct rx *rx = &c->rx;
	struct rx_packet *p;

	if (!running(c)) {
		/* Who stops the card stops this first; what the firmware says then is lost. */
		if (rx->head != NULL && !rx->ran)
			fw_wrong(c, ERR_FATAL, "rx-off", "the firmware has to send %#x but the "
			    "receive channel is off", rx->head->bytes[4]);
		drop_all(rx);
		return;
	}
	csr_mac_wake(c);
	while ((p = rx->head) != NULL && deliver(c, p)) {
		if (rx->head != p)	/* the firmware died of it and dropped the queue */
			return;
		rx->head = p->next;
		if (rx->head == NULL)
			rx->tail = &rx->head;
		free(p);
	}
	if (rx->open)
		close_rb(c);
}

void
rx_init(struct card *c)
{
	c->rx.tail = &c->rx.head;
	sim_timer_init(c->dev, &c->rx.pump, pump, c);
}

void
rx_send(struct card *c, uint8_t group, uint8_t id, uint16_t seq, const void *payload, size_t len)
{
	struct rx_packet *p;

	if (len + HDR_LEN > FRAME_SIZE_MAX || (p = malloc(sizeof(*p) + HDR_LEN + len)) == NULL)
		return;
	p->next = NULL;
	p->len = HDR_LEN + len;
	put32(p->bytes, (uint32_t)(HDR_LEN - 4 + len));
	p->bytes[4] = id;
	p->bytes[5] = group;
	put16(p->bytes + 6, seq);
	if (len != 0)
		memcpy(p->bytes + HDR_LEN, payload, len);
	*c->rx.tail = p;
	c->rx.tail = &p->next;
	sim_timer_arm(&c->rx.pump, 0);
}
