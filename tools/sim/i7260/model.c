/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * model.c - the hooks of the simulator library: life, reset, and the way of a register access to its
 * block, with the question whether that block has a clock and the right to be touched.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"
#include "tools/sim/i7260/i7260.h"

void
card_mac_reset(struct card *c)
{
	boot_reset(c);
	tx_reset(c);
	rx_reset(c);
	prph_reset(c);
	fh_reset(c);
	sram_reset(c);
}

static int
create(struct sim_dev *dev, const struct chip *chip, const struct sim_setting *settings,
    void **statep)
{
	struct card *c = calloc(1, sizeof(*c));
	unsigned i;

	if (c == NULL)
		return ENOMEM;
	c->dev = dev;
	c->chip = chip;
	c->cfg.alive_ms = 5;
	c->cfg.calib_ms = 10;
	c->cfg.sleep = true;
	c->cfg.msi = true;
	c->cfg.temperature = 41;
	c->cfg.nvm_sku = 0xf;
	c->cfg.fw_assert_on = c->cfg.fw_ignore = CFG_NONE;
	rx_init(c);
	sim_timer_init(dev, &c->sleep, csr_sleep_fire, c);
	sim_timer_init(dev, &c->periodic, irq_periodic_fire, c);
	sim_timer_init(dev, &c->tx_kick, tx_fire, c);
	sim_timer_init(dev, &c->tx_pause, tx_fire, c);
	sim_timer_init(dev, &c->boot, boot_fire, c);
	sim_timer_init(dev, &c->calib, fw_init_calib_fire, c);
	sim_timer_init(dev, &c->events, time_fire, c);
	sim_timer_init(dev, &c->scan, scan_fire, c);
	sim_timer_init(dev, &c->stats, stats_fire, c);
	sim_timer_init(dev, &c->turns, sched_fire, c);
	for (i = 0; i < FW_NMACS; i++) {
		c->tbtt[i].card = c->doze[i].card = c->alive[i].card = c->tbeacon[i].card = c;
		c->tbtt[i].id = c->doze[i].id = c->alive[i].id = c->tbeacon[i].id = i;
		sim_timer_init(dev, &c->tbtt[i].timer, beacon_fire, &c->tbtt[i]);
		sim_timer_init(dev, &c->doze[i].timer, power_fire, &c->doze[i]);
		sim_timer_init(dev, &c->alive[i].timer, power_alive_fire, &c->alive[i]);
		sim_timer_init(dev, &c->tbeacon[i].timer, ap_fire, &c->tbeacon[i]);
	}
	radio_init(c);
	settings_defaults(c, settings);
	*statep = c;
	return 0;
}

static int
create_7260(struct sim_dev *dev, void **statep)
{
	return create(dev, &chip_7260, settings_7260, statep);
}

static int
create_3160(struct sim_dev *dev, void **statep)
{
	return create(dev, &chip_3160, settings_3160, statep);
}

static int
create_7265(struct sim_dev *dev, void **statep)
{
	return create(dev, &chip_7265, settings_7265, statep);
}

static void
i7260_destroy(void *state)
{
	struct card *c = state;

	radio_free(c);
	rx_reset(c);
	nvm_forget(c);
	fwfile_close(c->file);
	free(c);
}

static int
i7260_start(void *state)
{
	struct card *c = state;
	int error = pci_build(c);

	if (error == 0)
		error = radio_start(c);
	c->started = true;
	return error;
}

static void
i7260_reset(void *state, enum sim_reset why)
{
	(void)why;
	csr_power_on(state);
}

/* ---- register access ---- */

/* Write pointers: the card keeps them in registers that stay up while the MAC sleeps. */
static bool
is_shadowed(uint32_t off)
{
	return off == HBUS_TARG_WRPTR || off == FH_RSCSR_CHNL0_WPTR;
}

/* May the block at off (>= HBUS_BASE) be touched now? Reports it when not. */
static bool
mac_touch(struct card *c, uint32_t off, const char *what)
{
	bool awake = csr_mac_awake(c);

	if (is_shadowed(off) && csr_clock_ready(c) &&
	    (awake || c->csr[CSR_MAC_SHADOW_REG_CTRL / 4] != 0))
		return true;
	if (!awake) {
		sim_violation(c->dev, "access-asleep", "%s of register %#x while the MAC %s", what,
		    off, csr_clock_ready(c) ? "sleeps: set GP_CNTRL.MAC_ACCESS_REQ and wait for "
		    "MAC_CLOCK_READY" : "has no clock: set GP_CNTRL.INIT_DONE and wait");
		return false;
	}
	if (!csr_mac_requested(c))
		sim_violation(c->dev, "access-unrequested", "%s of register %#x without "
		    "GP_CNTRL.MAC_ACCESS_REQ: the MAC may fall asleep at any moment", what, off);
	return true;
}

static uint64_t
i7260_bar_read(void *state, unsigned bar, uint64_t off, unsigned size)
{
	struct card *c = state;
	uint32_t reg = (uint32_t)off & ~3u, v;

	(void)bar;
	if (reg < HBUS_BASE)
		v = csr_read(c, reg);
	else if (!mac_touch(c, reg, "read"))
		v = I7260_ASLEEP_VALUE;
	else
		v = reg >= FH_BASE ? fh_read(c, reg) : hbus_read(c, reg);
	v >>= (off & 3) * 8;
	return size >= 4 ? v : v & ((1u << size * 8) - 1);
}

static void
i7260_bar_write(void *state, unsigned bar, uint64_t off, unsigned size, uint64_t value)
{
	struct card *c = state;
	uint32_t reg = (uint32_t)off;
	unsigned i;

	(void)bar;
	if (reg < HBUS_BASE && size == 4) {
		csr_write(c, reg, (uint32_t)value);
	} else if (reg < HBUS_BASE) {
		for (i = 0; i < size; i++)
			csr_write8(c, reg + i, (uint8_t)(value >> 8 * i));
	} else if (!mac_touch(c, reg, "write")) {
		return;
	} else if (size != 4) {
		sim_violation(c->dev, "access-size", "write of %u bytes to register %#x: 4", size,
		    reg);
	} else if (reg >= FH_BASE) {
		fh_write(c, reg, (uint32_t)value);
	} else {
		hbus_write(c, reg, (uint32_t)value);
	}
}

static void
i7260_peer(void *state, bool present)
{
	radio_peer(state, present);
}

static void
i7260_rest(void *state, uint64_t next)
{
	radio_rest(state, next);
}

static void
i7260_stir(void *state, uint64_t next)
{
	radio_stir(state, next);
}

static int
i7260_clock(void *state)
{
	return radio_clock(state);
}

static const char *
i7260_reg_name(void *state, unsigned bar, uint64_t off)
{
	static const struct { uint32_t off; const char *name; } names[] = {
		{ CSR_HW_IF_CONFIG_REG, "CSR_HW_IF_CONFIG" },
		{ CSR_INT_COALESCING, "CSR_INT_COALESCING" },
		{ CSR_INT, "CSR_INT" }, { CSR_INT_MASK, "CSR_INT_MASK" },
		{ CSR_FH_INT_STATUS, "CSR_FH_INT_STATUS" }, { CSR_RESET, "CSR_RESET" },
		{ CSR_GP_CNTRL, "CSR_GP_CNTRL" }, { CSR_HW_REV, "CSR_HW_REV" },
		{ CSR_UCODE_DRV_GP1_CLR, "CSR_UCODE_DRV_GP1_CLR" },
		{ CSR_MBOX_SET_REG, "CSR_MBOX_SET" }, { CSR_DRAM_INT_TBL_REG, "CSR_DRAM_INT_TBL" },
		{ CSR_MAC_SHADOW_REG_CTRL, "CSR_MAC_SHADOW_REG_CTRL" },
		{ CSR_GIO_CHICKEN_BITS, "CSR_GIO_CHICKEN_BITS" },
		{ HBUS_TARG_MEM_RADDR, "HBUS_TARG_MEM_RADDR" },
		{ HBUS_TARG_MEM_WADDR, "HBUS_TARG_MEM_WADDR" },
		{ HBUS_TARG_MEM_RDAT, "HBUS_TARG_MEM_RDAT" },
		{ HBUS_TARG_MEM_WDAT, "HBUS_TARG_MEM_WDAT" },
		{ HBUS_TARG_PRPH_RADDR, "HBUS_TARG_PRPH_RADDR" },
		{ HBUS_TARG_PRPH_WADDR, "HBUS_TARG_PRPH_WADDR" },
		{ HBUS_TARG_PRPH_RDAT, "HBUS_TARG_PRPH_RDAT" },
		{ HBUS_TARG_PRPH_WDAT, "HBUS_TARG_PRPH_WDAT" },
		{ HBUS_TARG_WRPTR, "HBUS_TARG_WRPTR" }, { FH_KW_MEM_ADDR_REG, "FH_KW_MEM_ADDR" },
		{ FH_RSCSR_CHNL0_STTS_WPTR, "FH_RSCSR_CHNL0_STTS_WPTR" },
		{ FH_RSCSR_CHNL0_RBDCB_BASE, "FH_RSCSR_CHNL0_RBDCB_BASE" },
		{ FH_RSCSR_CHNL0_WPTR, "FH_RSCSR_CHNL0_WPTR" },
		{ FH_MEM_RCSR_CHNL0_CONFIG, "FH_MEM_RCSR_CHNL0_CONFIG" },
		{ FH_TCSR_TX_CONFIG(FH_SRVC_CHNL), "FH_TCSR_TX_CONFIG(9)" },
		{ FH_TSSR_TX_STATUS, "FH_TSSR_TX_STATUS" },
	};
	size_t i;

	(void)state;
	(void)bar;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].off == (off & ~3u))
			return names[i].name;
	return NULL;
}

static void
i7260_status(void *state)
{
	static const char *const fw[] = { "held", "booting", "running", "lost", "dead" };
	struct card *c = state;

	sim_status(c->dev, "fw", "%s", fw[c->fw]);
	sim_status(c->dev, "image", "%s", fw_image_name(c->image));
	sim_status(c->dev, "rfkill", "%s", c->cfg.rfkill ? "true" : "false");
	sim_status(c->dev, "freq", "%u", c->radio.freq);
	sim_status(c->dev, "rx_frames", "%llu", (unsigned long long)c->radio.rx);
	sim_status(c->dev, "tx_frames", "%llu", (unsigned long long)c->radio.tx);
	sim_status(c->dev, "asleep", "%s", c->asleep ? "true" : "false");
}

#define MODEL(id, what)							\
	.name = "i" #id,						\
	.summary = what,						\
	.settings = settings_ ## id,					\
	.create = create_ ## id,					\
	.destroy = i7260_destroy,					\
	.set = settings_set,						\
	.start = i7260_start,						\
	.reset = i7260_reset,						\
	.bar_read = i7260_bar_read,					\
	.bar_write = i7260_bar_write,					\
	.reg_name = i7260_reg_name,					\
	.peer = i7260_peer,						\
	.rest = i7260_rest,						\
	.stir = i7260_stir,						\
	.clock = i7260_clock,						\
	.status = i7260_status

const struct sim_model sim_i7260 = { MODEL(7260, "Intel Dual Band Wireless AC 7260") };
const struct sim_model sim_i3160 = { MODEL(3160, "Intel Dual Band Wireless AC 3160") };
const struct sim_model sim_i7265 = { MODEL(7265, "Intel Dual Band Wireless AC 7265") };
