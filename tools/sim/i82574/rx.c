/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rx.c - receive: a frame from the cable passes the filters or not (7.1.1 there), waits in the
 * packet buffer while the driver has given no descriptors, and goes to the driver's memory.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i82574/card.h"

#define LEN_MAX		1522u		/* with FCS, unless long packets are enabled */
#define TAG		4u

static const struct ring ring = { R_RDBAL, "rx", "receive" };

/* How a frame is told in a descriptor. */
struct told {
	uint32_t	status, errors;	/* RXS_*, RXE_* */
	uint16_t	tag;
};

/* ---- filters ---- */

static bool
hash_passes(struct card *c, const uint8_t *to)
{
	static const unsigned shift[4] = { 4, 3, 2, 0 };
	unsigned h = ((unsigned)to[5] << 8 | to[4]) >> shift[RCTL_MO(*reg(c, R_RCTL))] & 0xfff;

	return (*reg(c, R_MTA + 4 * (h >> 5)) >> (h & 31) & 1) != 0;
}

static bool
exact(struct card *c, const uint8_t *to)
{
	uint32_t lo = (uint32_t)to[0] | (uint32_t)to[1] << 8 | (uint32_t)to[2] << 16 |
	    (uint32_t)to[3] << 24, hi = (uint32_t)to[4] | (uint32_t)to[5] << 8;

	for (unsigned i = 0; i < 16; i++)
		if ((*reg(c, R_RAH + 8 * i) & (RAH_AV | 0xffff)) == (RAH_AV | hi) &&
		    *reg(c, R_RAL + 8 * i) == lo)
			return true;
	return false;
}

static bool
tagged(struct card *c, const uint8_t *f, size_t len)
{
	return len >= ETH_HDR + TAG && (unsigned)(f[12] << 8 | f[13]) == *reg(c, R_VET);
}

static bool
passes(struct card *c, const uint8_t *f, size_t len)
{
	uint32_t rctl = *reg(c, R_RCTL);
	unsigned vid = (unsigned)(f[14] << 8 | f[15]) & 0xfff;

	if ((rctl & RCTL_VFE) != 0 && tagged(c, f, len) &&
	    (*reg(c, R_VFTA + 4 * (vid >> 5)) >> (vid & 31) & 1) == 0)
		return false;
	if (memcmp(f, "\xff\xff\xff\xff\xff\xff", 6) == 0 && (rctl & RCTL_BAM) != 0)
		return true;
	if ((f[0] & 1) == 0)
		return (rctl & RCTL_UPE) != 0 || exact(c, f);
	return (rctl & RCTL_MPE) != 0 || exact(c, f) || hash_passes(c, f);
}

/* ---- to the driver's memory ---- */

static uint32_t
buffer_size(struct card *c)
{
	static const uint32_t size[2][4] = { { 2048, 1024, 512, 256 }, { 0, 16384, 8192, 4096 } };
	uint32_t rctl = *reg(c, R_RCTL);
	uint32_t n = size[(rctl & RCTL_BSEX) != 0][RCTL_BSIZE(rctl)];

	return n != 0 ? n : 2048;
}

/* Descriptors that the card has. */
static uint32_t
have(struct card *c)
{
	uint32_t n = gbe_ring_size(c, &ring);

	return n == 0 ? 0 : (*reg(c, R_RDT) + n - *reg(c, R_RDH) % n) % n;
}

static void
write_back(struct card *c, uint64_t at, uint64_t addr, size_t len, const struct told *t)
{
	bool extended = (*reg(c, R_RFCTL) & RFCTL_EXSTEN) != 0;
	uint32_t se = t->status | t->errors << RXE_EXT_SHIFT;
	uint64_t d[2];

	if (extended) {
		d[0] = 0;
		d[1] = se | (uint64_t)len << 32 | (uint64_t)t->tag << 48;
	} else {
		d[0] = addr;
		d[1] = len | (uint64_t)t->status << 32 | (uint64_t)t->errors << 40 |
		    (uint64_t)t->tag << 48;
	}
	d[0] = htole64(d[0]);
	d[1] = htole64(d[1]);
	(void)sim_dma_write(c->dev, at, d, sizeof(d));
}

/* The next descriptor with this part of the frame. */
static void
put(struct card *c, const uint8_t *p, size_t len, const struct told *t)
{
	uint32_t n = gbe_ring_size(c, &ring), head = *reg(c, R_RDH) % n;
	uint64_t at = gbe_ring_desc(c, &ring, head), addr = 0;

	if (sim_dma_read(c->dev, at, &addr, sizeof(addr)) == 0) {
		addr = le64toh(addr);
		if (addr == 0)
			sim_violation(c->dev, "rx-no-buffer", "receive descriptor %u has no buffer",
			    head);
		else
			(void)sim_dma_write(c->dev, addr, p, len);
		write_back(c, at, addr, len, t);
	}
	*reg(c, R_RDH) = (head + 1) % n;
}

/* The tag goes from the frame to the descriptor. */
static size_t
untag(struct card *c, uint8_t *f, size_t len, struct told *t)
{
	if ((*reg(c, R_CTRL) & CTRL_VME) == 0 || !tagged(c, f, len))
		return len;
	t->tag = (uint16_t)(f[14] << 8 | f[15]);
	t->status |= RXS_VP;
	memmove(f + 12, f + 12 + TAG, len - 12 - TAG);
	return len - TAG;
}

/* False: there are not enough descriptors. `f` has room for an FCS. */
static bool
deliver(struct card *c, uint8_t *f, size_t len)
{
	uint32_t size = buffer_size(c), n = gbe_ring_size(c, &ring), few;
	struct told t = { 0 };
	size_t total = (*reg(c, R_RCTL) & RCTL_SECRC) != 0 ? len : len + ETH_FCS, part;

	if (have(c) < (total + size - 1) / size)
		return false;
	gbe_count_rx(c, f, len);
	gbe_csum_check(c, f, len, &t.status, &t.errors);
	total -= len - untag(c, f, len, &t);
	for (size_t at = 0; at < total; at += part) {
		part = total - at < size ? total - at : size;
		t.status |= RXS_DD | (at + part == total ? RXS_EOP : 0);
		put(c, f + at, part, &t);
	}
	few = n >> (RCTL_RDMTS(*reg(c, R_RCTL)) + 1);
	gbe_irq_cause(c, INT_RXT0 | (have(c) < few ? INT_RXDMT0 : 0));
	return true;
}

/* ---- the packet buffer ---- */

/* What waits goes as far as there are descriptors. */
static void
drain(struct card *c)
{
	unsigned i = 0;

	while (i < c->nfifo && deliver(c, c->fifo[i].data, c->fifo[i].len)) {
		c->fifo_bytes -= c->fifo[i].len;
		free(c->fifo[i++].data);
	}
	memmove(c->fifo, c->fifo + i, (c->nfifo - i) * sizeof(c->fifo[0]));
	c->nfifo -= i;
}

static void
wait_in_buffer(struct card *c, uint8_t *f, size_t len)
{
	size_t room = (size_t)(*reg(c, R_PBA) & 0xff) << 10;

	if (c->nfifo == FIFO_MAX || c->fifo_bytes + len > room) {
		gbe_count(c, R_MPC, 1);
		gbe_irq_cause(c, INT_RXO);
		free(f);
		return;
	}
	gbe_count(c, R_RNBC, 1);
	c->fifo[c->nfifo++] = (struct frame){ f, len };
	c->fifo_bytes += len;
}

static bool
listening(struct card *c)
{
	return (*reg(c, R_RCTL) & RCTL_EN) != 0 && gbe_link_up(c) && !c->in_reset && !c->in_load &&
	    (*reg(c, R_CTRL) & CTRL_MASTER_DISABLE) == 0 && sim_bus_master(c->dev) &&
	    sim_power_state(c->dev) == 0;
}

/* Is the frame one at all?  What is wrong with it is counted. */
static bool
sound(struct card *c, size_t len)
{
	bool any = c->cfg.rx_long || (*reg(c, R_RCTL) & RCTL_LPE) != 0;

	gbe_count(c, R_TPR, 1);
	gbe_count(c, R_TORL, len + ETH_FCS);
	if (c->cfg.rx_errors > 0) {
		c->cfg.rx_errors--;
		gbe_count(c, R_CRCERRS, 1);
		return false;
	}
	if (len + ETH_FCS <= (any ? FRAME_MAX : LEN_MAX))
		return true;
	gbe_count(c, R_ROC, 1);
	return false;
}

void
gbe_rx_frame(struct card *c, const uint8_t *frame, size_t len)
{
	size_t padded = len < ETH_MIN ? ETH_MIN : len;
	uint8_t *f;

	if (!listening(c) || len < ETH_HDR || !sound(c, padded))
		return;
	f = calloc(1, padded + ETH_FCS);
	if (f == NULL)
		return;
	memcpy(f, frame, len);
	if (!passes(c, f, padded))
		free(f);
	else if (c->nfifo == 0 && deliver(c, f, padded))
		free(f);
	else
		wait_in_buffer(c, f, padded);
}

void
gbe_rx_reset(struct card *c)
{
	while (c->nfifo > 0)
		free(c->fifo[--c->nfifo].data);
	c->fifo_bytes = 0;
}

static void
rctl_write(struct card *c, uint32_t v)
{
	bool was = (*reg(c, R_RCTL) & RCTL_EN) != 0, on = (v & RCTL_EN) != 0;

	if (on && !was && c->rx_was_on)
		sim_violation(c->dev, "rx-enabled-again",
		    "RCTL.EN was taken away and is set again without "
		    "a reset in between, which may hang this card; leave it set, or reset");
	c->rx_was_on |= on;
	*reg(c, R_RCTL) = v;
	if (on)
		drain(c);
}

void
gbe_rx_write(struct card *c, unsigned off, uint32_t v)
{
	if (off == R_RCTL)
		rctl_write(c, v);
	else if (gbe_ring_write(c, &ring, off, v, (*reg(c, R_RCTL) & RCTL_EN) != 0))
		drain(c);
}
