/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.c - transmit descriptors: legacy ones, and contexts with data (3.3 there). A frame goes out
 * when its last descriptor has been read; while there is no link nothing is read.
 */
#include <endian.h>
#include <string.h>

#include "tools/sim/i82574/card.h"

#define ROUND		64		/* descriptors, before others get a turn */
#define STATUS_AT	12u		/* of the status octet in a descriptor */
#define DD		0x01u
#define ADDR_OF(d)	((d)->lo)
#define HI(d, shift, bits) ((uint32_t)((d)->hi >> (shift) & ((UINT64_C(1) << (bits)) - 1)))

static const struct ring ring = { R_TDBAL, "tx", "transmit" };

/* A descriptor as two words of 64 bits. */
struct desc {
	uint64_t	lo, hi;
	uint32_t	i;		/* where it is */
};

static uint32_t
command(const struct desc *d)
{
	return HI(d, 24, 8);
}

static bool
extended(const struct desc *d)
{
	return (command(d) & TXC_DEXT) != 0;
}

static void
wrong(struct card *c, const struct desc *d, const char *what)
{
	c->tx_bad = true;
	sim_violation(c->dev, "tx-desc", "transmit descriptor %u (0x%016llx 0x%016llx): %s", d->i,
	    (unsigned long long)d->lo, (unsigned long long)d->hi, what);
}

static void
context(struct card *c, const struct desc *d)
{
	if (c->begun) {
		wrong(c, d, "a context in the middle of a frame");
		return;
	}
	c->ctx = (struct txctx){ .set = true, .ipcss = (uint8_t)d->lo,
	    .ipcso = (uint8_t)(d->lo >> 8), .ipcse = (uint16_t)(d->lo >> 16),
	    .tucss = (uint8_t)(d->lo >> 32),
	    .tucso = (uint8_t)(d->lo >> 40), .tucse = (uint16_t)(d->lo >> 48),
	    .paylen = HI(d, 0, 20), .tucmd = (uint8_t)command(d), .hdrlen = (uint8_t)HI(d, 40, 8),
	    .mss = (uint16_t)HI(d, 48, 16) };
}

/* The first descriptor of a frame says what is done to it. */
static void
begin(struct card *c, const struct desc *d)
{
	c->begun = true;
	c->tx_bad = false;
	c->outlen = 0;
	c->extended = extended(d);
	c->popts = c->extended ? (uint8_t)HI(d, 40, 8) : 0;
	c->outcmd = (uint8_t)command(d);
	if (c->extended && ((c->outcmd & TXC_TSE) != 0 || c->popts != 0) && !c->ctx.set)
		wrong(c, d, "it asks for checksums or segments, and there was no context before");
}

/* The tag of a frame goes behind its addresses. */
static void
insert_tag(struct card *c, uint16_t tag)
{
	uint16_t vet = (uint16_t)*reg(c, R_VET);
	const uint8_t t[4] = { (uint8_t)(vet >> 8), (uint8_t)vet, (uint8_t)(tag >> 8),
	    (uint8_t)tag };

	memmove(c->out + 16, c->out + 12, c->outlen - 12);
	memcpy(c->out + 12, t, sizeof(t));
	c->outlen += sizeof(t);
}

/* A legacy descriptor may ask for one checksum, from octet css to the end, put at cso. */
static void
legacy_sum(struct card *c, const struct desc *d)
{
	uint32_t cso = HI(d, 16, 8), css = HI(d, 40, 8);
	uint16_t sum;

	if ((command(d) & TXC_IC) == 0)
		return;
	if (css >= c->outlen || cso + 2 > c->outlen) {
		wrong(c, d, "its checksum is outside of the frame");
		return;
	}
	sum = gbe_csum_fold(gbe_csum_add(0, c->out + css, c->outlen - css));
	c->out[cso] = (uint8_t)(sum >> 8);
	c->out[cso + 1] = (uint8_t)sum;
}

static void
end(struct card *c, const struct desc *d)
{
	bool tse = c->extended && (c->outcmd & TXC_TSE) != 0;

	if (!tse && c->outlen > FRAME_MAX)
		wrong(c, d, "the frame that it ends is longer than the card can send");
	else if (c->outlen < ETH_HDR || (c->outlen < ETH_MIN && (*reg(c, R_TCTL) & TCTL_PSP) == 0))
		wrong(c, d, "the frame that it ends is too short, and TCTL.PSP is not set");
	else if ((command(d) & TXC_IFCS) == 0)
		wrong(c, d, "it ends a frame without IFCS, and what would be its FCS is data");
	if (!c->tx_bad && !c->extended)
		legacy_sum(c, d);
	if (!c->tx_bad && (command(d) & TXC_VLE) != 0)
		insert_tag(c, (uint16_t)HI(d, 48, 16));
	if (!c->tx_bad)
		gbe_tx_out(c);
	c->begun = false;
	c->tx_sent++;
}

static void
data(struct card *c, const struct desc *d)
{
	uint32_t len = HI(d, 0, extended(d) ? 20 : 16);

	if (!c->begun)
		begin(c, d);
	else if (c->extended != extended(d))
		wrong(c, d, "legacy and extended descriptors in one frame");
	/* Of a frame to be cut up to 64 KiB and the headers, and a tag may come. */
	if (c->outlen + len > sizeof(c->out) - 4) {
		wrong(c, d, "the frame is longer than any");
		len = 0;
	}
	if (len > 0 && sim_dma_read(c->dev, ADDR_OF(d), c->out + c->outlen, len) != 0)
		c->tx_bad = true;
	c->outlen += len;
	if ((command(d) & TXC_EOP) != 0)
		end(c, d);
}

static void
one(struct card *c, const struct desc *d)
{
	uint32_t type = HI(d, 20, 4);

	if (!extended(d) || type == TX_DTYP_DATA)
		data(c, d);
	else if (type == TX_DTYP_CONTEXT)
		context(c, d);
	else
		wrong(c, d, "it is of no type that there is");
}

static bool
may(struct card *c)
{
	return (*reg(c, R_TCTL) & TCTL_EN) != 0 && gbe_link_up(c) && !c->in_reset && !c->in_load &&
	    (*reg(c, R_CTRL) & CTRL_MASTER_DISABLE) == 0 && gbe_ring_size(c, &ring) != 0 &&
	    sim_power_state(c->dev) == 0 && *reg(c, R_TDH) != *reg(c, R_TDT) &&
	    c->tx_sent < c->cfg.tx_hang;
}

/* False: its descriptor cannot be read, and the card does not know what to do. */
static bool
next(struct card *c, uint32_t *causes)
{
	uint32_t n = gbe_ring_size(c, &ring), head = *reg(c, R_TDH) % n;
	struct desc d = { .i = head };
	uint64_t raw[2];
	uint8_t status;

	if (sim_dma_read(c->dev, gbe_ring_desc(c, &ring, head), raw, sizeof(raw)) != 0)
		return false;
	d.lo = le64toh(raw[0]);
	d.hi = le64toh(raw[1]);
	one(c, &d);
	*reg(c, R_TDH) = (head + 1) % n;
	if ((command(&d) & TXC_RS) != 0) {
		status = (uint8_t)(HI(&d, 32, 8) | DD);
		(void)sim_dma_write(c->dev, gbe_ring_desc(c, &ring, head) + STATUS_AT, &status, 1);
		*causes |= INT_TXDW;
	}
	if (*reg(c, R_TDH) == *reg(c, R_TDT))
		*causes |= INT_TXQE;
	return true;
}

static void
go(void *arg)
{
	struct card *c = arg;
	uint32_t causes = 0;
	bool ok = true;

	for (unsigned i = 0; i < ROUND && ok && may(c); i++)
		ok = next(c, &causes);
	gbe_irq_cause(c, causes);
	if (ok && may(c))
		sim_timer_arm(&c->txgo, 0);
}

void
gbe_tx_go(struct card *c)
{
	if (!c->txgo.armed && may(c))
		sim_timer_arm(&c->txgo, 0);
}

void
gbe_tx_write(struct card *c, unsigned off, uint32_t v)
{
	bool on = (*reg(c, R_TCTL) & TCTL_EN) != 0;

	if (off == R_TCTL)
		*reg(c, off) = v;
	else
		(void)gbe_ring_write(c, &ring, off, v, on);
	gbe_tx_go(c);
}

void
gbe_tx_init(struct card *c)
{
	sim_timer_init(c->dev, &c->txgo, go, c);
}

void
gbe_tx_reset(struct card *c)
{
	sim_timer_stop(&c->txgo);
	c->ctx.set = c->begun = c->tx_bad = false;
	c->outlen = 0;
	c->cfg.tx_hang = c->tx_sent >= c->cfg.tx_hang ? UINT64_MAX : c->cfg.tx_hang;
}
