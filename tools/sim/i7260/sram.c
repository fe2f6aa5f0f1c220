/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sram.c - memory inside the card: instructions, data, and the scheduler's own.
 *
 * A reset fills it with a pattern, so that at CPU release only what was uploaded since can be
 * equal to the firmware file.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define SRAM_PATTERN	0xa5

void
sram_reset(struct card *c)
{
	memset(c->inst, SRAM_PATTERN, sizeof(c->inst));
	memset(c->data, SRAM_PATTERN, sizeof(c->data));
	memset(c->scd_sram, 0, sizeof(c->scd_sram));
	c->nchunks = 0;
}

static bool
inside(uint32_t addr, uint32_t len, uint32_t base, uint32_t size)
{
	return addr >= base && addr - base <= size && len <= size - (addr - base);
}

uint8_t *
sram_at(struct card *c, uint32_t addr, uint32_t len)
{
	uint32_t inst = prph_extended_sram(c) ? SRAM_INST_EXT_END : SRAM_INST_SIZE;

	if (inside(addr, len, 0, inst))
		return c->inst + addr;
	if (inside(addr, len, SRAM_DATA_BASE, c->chip->data_size))
		return c->data + (addr - SRAM_DATA_BASE);
	if (inside(addr, len, SCD_SRAM_BASE, SCD_SRAM_SIZE))
		return c->scd_sram + (addr - SCD_SRAM_BASE);
	return NULL;
}

uint32_t
sram_read32(struct card *c, uint32_t addr)
{
	const uint8_t *p = (addr & 3) == 0 ? sram_at(c, addr, 4) : NULL;

	if (p != NULL)
		return get32(p);
	sim_violation(c->dev, "mem-address", "HBUS_TARG_MEM read at %#x: no memory there", addr);
	return 0x5a5a5a5a;
}

void
sram_write32(struct card *c, uint32_t addr, uint32_t v)
{
	uint8_t *p = (addr & 3) == 0 ? sram_at(c, addr, 4) : NULL;

	if (p != NULL)
		put32(p, v);
	else
		sim_violation(c->dev, "mem-address", "HBUS_TARG_MEM write of %#x at %#x: no memory "
		    "there", v, addr);
}
