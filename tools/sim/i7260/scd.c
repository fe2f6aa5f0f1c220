/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scd.c - the TX scheduler's registers: which queue feeds which FIFO, and where it stands.
 *
 * A queue is served when its status says active, its FIFO is in SCD_TXFACT, and (with
 * SCD_EN_CTRL in use) its bit there is set; or when the firmware activated it itself
 * (SCD_QUEUE_CFG command).
 */
#include "tools/sim/i7260/card.h"

static uint32_t *
scd(struct card *c, uint32_t reg)
{
	return &c->prph[(SCD_BASE + reg) / 4];
}

void
scd_reset(struct card *c)
{
	unsigned q;

	for (q = 0; q < I7260_NQUEUES; q++)
		c->txq[q] = (struct txq){ .life = c->txq[q].life + 1 };
}

bool
scd_queue_active(const struct card *c, unsigned q)
{
	uint32_t st = c->prph[(SCD_BASE + SCD_QSTATUS(q)) / 4];
	uint32_t en = c->prph[(SCD_BASE + SCD_EN_CTRL) / 4];
	uint32_t fifos = c->prph[(SCD_BASE + SCD_TXFACT) / 4];

	if (c->txq[q].by_cmd)
		return (fifos >> c->txq[q].fifo & 1) != 0;
	return (st & SCD_STTS_ACTIVE) != 0 && (fifos >> SCD_STTS_FIFO(st) & 1) != 0 &&
	    (en == 0 || (en >> q & 1) != 0);
}

unsigned
scd_queue_fifo(const struct card *c, unsigned q)
{
	if (c->txq[q].by_cmd)
		return c->txq[q].fifo;
	return SCD_STTS_FIFO(c->prph[(SCD_BASE + SCD_QSTATUS(q)) / 4]);
}

void
scd_queue_enable(struct card *c, unsigned q, unsigned fifo, unsigned ssn)
{
	c->txq[q].by_cmd = true;
	c->txq[q].fifo = (uint8_t)fifo;
	c->txq[q].rptr = (uint8_t)ssn;
	c->txq[q].ssn = (uint16_t)(ssn & 0xfff);
	c->txq[q].flying = c->txq[q].flush = 0;
	c->txq[q].life++;
	tx_kick(c);
}

void
scd_queue_disable(struct card *c, unsigned q)
{
	c->txq[q].by_cmd = false;
	c->txq[q].flying = c->txq[q].flush = 0;
	c->txq[q].life++;
	*scd(c, SCD_QSTATUS(q)) &= ~SCD_STTS_ACTIVE;
}

uint64_t
scd_bc_table(const struct card *c)
{
	return (uint64_t)c->prph[(SCD_BASE + SCD_DRAM_BASE_ADDR) / 4] << 10;
}

uint32_t
scd_read(struct card *c, uint32_t reg)
{
	unsigned q;

	for (q = 0; q < I7260_NQUEUES; q++) {
		if (reg == SCD_RDPTR(q))
			return c->txq[q].rptr;
		if (reg == SCD_WRPTR(q))
			return c->txq[q].wptr;
	}
	return *scd(c, reg);
}

/* The upper half of a status register says which bits of the lower half are written. */
static void
qstatus_write(struct card *c, unsigned q, uint32_t v)
{
	uint32_t mask = v >> 16;
	uint32_t *p = scd(c, SCD_QSTATUS(q));

	*p = (*p & ~mask) | (v & mask);
	if ((v & mask & SCD_STTS_ACTIVE) == 0)
		return;
	if (fh_cbbc(c, q) == 0)
		sim_violation(c->dev, "scd-activate", "queue %u activated without a TFD ring: set "
		    "FH_MEM_CBBC_QUEUE first", q);
	if (scd_bc_table(c) == 0)
		sim_violation(c->dev, "scd-activate", "queue %u activated before "
		    "SCD_DRAM_BASE_ADDR was set", q);
	tx_kick(c);
}

void
scd_write(struct card *c, uint32_t reg, uint32_t v)
{
	unsigned q;

	if (reg == SCD_SRAM_BASE_ADDR)
		return;
	for (q = 0; q < I7260_NQUEUES; q++) {
		if (reg == SCD_RDPTR(q)) {
			c->txq[q].rptr = (uint8_t)v;
			return;
		}
		if (reg == SCD_QSTATUS(q)) {
			qstatus_write(c, q, v);
			return;
		}
	}
	*scd(c, reg) = v;
	if (reg == SCD_TXFACT || reg == SCD_EN_CTRL)
		tx_kick(c);
}
