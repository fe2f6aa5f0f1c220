/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prph.c - the HBUS windows: device memory with auto-increment, and the peripheral registers
 * (clocks, scheduler, NMI) by address and data register.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

void
prph_reset(struct card *c)
{
	memset(c->prph, 0, sizeof(c->prph));
	c->prph_raddr = c->prph_waddr = 0;
	c->mem_raddr = c->mem_waddr = 0;
}

bool
prph_dma_clock(const struct card *c)
{
	return (c->prph[APMG_CLK_CTRL_REG / 4] & APMG_DMA_CLK_RQT) != 0;
}

bool
prph_extended_sram(const struct card *c)
{
	return (c->prph[LMPM_CHICK / 4] & LMPM_EXTENDED_ADDR_SPACE) != 0;
}

static uint32_t
prph_read(struct card *c, uint32_t addr)
{
	if (addr >= SCD_BASE && addr < SCD_END)
		return scd_read(c, addr - SCD_BASE);
	if (addr >= SHR_BASE && addr < SHR_BASE + SHR_SIZE)
		return c->shr[(addr - SHR_BASE) / 4];
	if (addr == DEVICE_SYSTEM_TIME_REG && c->fw == FW_RUNNING)
		return fw_gp2(c);
	if (addr == APMG_CLK_EN_REG || addr == APMG_CLK_DIS_REG)
		addr = APMG_CLK_CTRL_REG;
	return c->prph[addr / 4];
}

static void
prph_write(struct card *c, uint32_t addr, uint32_t v)
{
	if (addr >= SCD_BASE && addr < SCD_END) {
		scd_write(c, addr - SCD_BASE, v);
		return;
	}
	if (addr >= SHR_BASE && addr < SHR_BASE + SHR_SIZE) {
		c->shr[(addr - SHR_BASE) / 4] = v;
		return;
	}
	switch (addr) {
	case APMG_CLK_EN_REG:
		c->prph[APMG_CLK_CTRL_REG / 4] |= v;
		break;
	case APMG_CLK_DIS_REG:
		c->prph[APMG_CLK_CTRL_REG / 4] &= ~v;
		break;
	case APMG_RTC_INT_STT_REG:
		c->prph[addr / 4] &= ~v;
		break;
	case DEVICE_SET_NMI_REG:
		if ((v & NMI_FROM_DRIVER) != 0)
			errlog_assert(c, ERR_NMI_HOST, 0, 0);
		break;
	default:
		c->prph[addr / 4] = v;
		break;
	}
}

/* The address register carries the width, too; anything but a dword reads and writes nonsense. */
static bool
prph_addr_ok(struct card *c, uint32_t a)
{
	if ((a & ~PRPH_ADDR) == PRPH_DWORD && (a & 3) == 0)
		return true;
	sim_violation(c->dev, "prph-address", "HBUS_TARG_PRPH address %#x: must be a multiple of 4 "
	    "with 3 in bits 25:24 (dword)", a);
	return false;
}

uint32_t
hbus_read(struct card *c, uint32_t off)
{
	uint32_t v;

	switch (off) {
	case HBUS_TARG_MEM_RDAT:
		v = sram_read32(c, c->mem_raddr);
		c->mem_raddr += 4;
		return v;
	case HBUS_TARG_PRPH_RDAT:
		if (!prph_addr_ok(c, c->prph_raddr))
			return I7260_ASLEEP_VALUE;
		return prph_read(c, c->prph_raddr & PRPH_ADDR);
	case HBUS_TARG_MEM_RADDR:
		return c->mem_raddr;
	case HBUS_TARG_MEM_WADDR:
		return c->mem_waddr;
	default:
		return 0;
	}
}

void
hbus_write(struct card *c, uint32_t off, uint32_t v)
{
	switch (off) {
	case HBUS_TARG_MEM_RADDR:
		c->mem_raddr = v;
		break;
	case HBUS_TARG_MEM_WADDR:
		c->mem_waddr = v;
		break;
	case HBUS_TARG_MEM_WDAT:
		sram_write32(c, c->mem_waddr, v);
		c->mem_waddr += 4;
		break;
	case HBUS_TARG_PRPH_RADDR:
		c->prph_raddr = v;
		break;
	case HBUS_TARG_PRPH_WADDR:
		c->prph_waddr = v;
		break;
	case HBUS_TARG_PRPH_WDAT:
		if (prph_addr_ok(c, c->prph_waddr))
			prph_write(c, c->prph_waddr & PRPH_ADDR, v);
		break;
	case HBUS_TARG_WRPTR:
		tx_wrptr(c, v);
		break;
	case HBUS_TARG_MBX_C:
	case HBUS_TARG_TEST_REG:
		break;
	default:
		sim_violation(c->dev, "no-register", "write of %#x to %#x: there is no HBUS "
		    "register", v, off);
		break;
	}
}
