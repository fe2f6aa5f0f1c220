/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.c - interrupt causes, the interrupt cause table (ICT) in host memory, MSI and INTx.
 *
 * Causes latch in CSR_INT. While an unmasked cause is pending the card interrupts; with the ICT
 * on it first writes what is new, folded into 16 bits, into the next entry of the table. What an
 * entry has told is not told again for another cause's sake, nor by the end of a mask: the driver
 * reads entries before the card learns that he has, and would see one event twice.
 */
#include "tools/sim/i7260/card.h"

#define ICT_ENTRIES	1024
#define PERIODIC_UNIT	32	/* microseconds */

void
irq_reset(struct card *c)
{
	c->inta = 0;
	c->inta_mask = 0;
	c->fh_int = 0;
	c->ict_told = 0;
	c->ict_index = 0;
	sim_timer_stop(&c->periodic);
	sim_intr_intx(c->dev, false);
}

/* The driver takes 0xffffffff for "card gone" and stops at 0, so an entry is neither. */
static void
ict_write(struct card *c, uint32_t causes)
{
	uint32_t ctl = c->csr[CSR_DRAM_INT_TBL_REG / 4];
	uint64_t table = (uint64_t)(ctl & ICT_ADDR) << 12;
	uint32_t v = (causes & 0xff) | ((causes >> 16) & 0xff00);
	uint8_t b[4];

	if ((causes & INT_FH_RX) != 0)
		v |= 1u << 18;		/* FH channel 0 has data */
	put32(b, v);
	if (sim_dma_write(c->dev, table + 4 * c->ict_index, b, 4) == 0)
		c->ict_index = (c->ict_index + 1) % ICT_ENTRIES;
}

static bool
ict_on(const struct card *c)
{
	return (c->csr[CSR_DRAM_INT_TBL_REG / 4] & ICT_ENABLE) != 0;
}

/* Interrupts for these causes, which are pending and not masked. */
static void
fire(struct card *c, uint32_t causes)
{
	if (ict_on(c)) {
		ict_write(c, causes);
		c->ict_told |= causes;
	}
	if (sim_intr_mode(c->dev) == SIM_INTR_MSI)
		sim_intr_msi(c->dev, 0);
}

/* The pin is as what is pending, also what the table has told. */
static void
level(struct card *c)
{
	bool pending = (c->inta & c->inta_mask) != 0;

	if (!pending || sim_intr_mode(c->dev) != SIM_INTR_MSI)
		sim_intr_intx(c->dev, pending);
}

bool
irq_pending(const struct card *c)
{
	return (c->inta & c->inta_mask) != 0;
}

void
irq_raise(struct card *c, uint32_t inta, uint32_t fh)
{
	c->fh_int |= fh;
	c->inta |= inta;
	c->ict_told &= ~inta;
	if ((inta & c->inta_mask) != 0)
		fire(c, inta & c->inta_mask);
	level(c);
}

void
irq_ack(struct card *c, uint32_t inta)
{
	c->inta &= ~inta;
	c->ict_told &= ~inta;
	level(c);
}

void
irq_mask(struct card *c, uint32_t mask)
{
	uint32_t news = c->inta & mask & ~c->inta_mask & ~c->ict_told;

	c->inta_mask = mask;
	if (news != 0)
		fire(c, news);
	level(c);
}

void
irq_ict_set(struct card *c, uint32_t v)
{
	uint64_t table = (uint64_t)(v & ICT_ADDR) << 12;

	c->ict_told = 0;
	if ((v & ICT_ENABLE) == 0)
		return;
	if ((v & ICT_WRITE_POINTER) != 0)
		c->ict_index = 0;
	if (!sim_dma_mapped(c->dev, table, ICT_ENTRIES * 4, true))
		sim_violation(c->dev, "ict-unmapped", "CSR_DRAM_INT_TBL_REG: the table at %#llx "
		    "(4096 bytes) is not mapped for writing", (unsigned long long)table);
}

/* CSR_INT_PERIODIC_REG: an interrupt each units * 32 us, to catch a lost receive interrupt. */
void
irq_periodic(struct card *c, uint8_t units)
{
	sim_timer_stop(&c->periodic);
	c->csr[CSR_INT_COALESCING / 4] &= ~0xff00u;
	c->csr[CSR_INT_COALESCING / 4] |= (uint32_t)units << 8;
	if (units != 0)
		sim_timer_arm(&c->periodic, (uint64_t)units * PERIODIC_UNIT);
}

void
irq_periodic_fire(void *arg)
{
	struct card *c = arg;

	irq_raise(c, INT_RX_PERIODIC, 0);
	sim_timer_arm(&c->periodic,
	    (uint64_t)((c->csr[CSR_INT_COALESCING / 4] >> 8) & 0xff) * PERIODIC_UNIT);
}
