/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csr.c - the always-on registers: ownership, clocks, reset, rfkill, and whether the MAC behind
 * them is awake. These answer in every power state of the MAC.
 */
#include "tools/sim/i7260/card.h"

#define CLOCK_US	20	/* INIT_DONE until MAC_CLOCK_READY */
#define WAKE_US		60	/* MAC_ACCESS_REQ until a sleeping MAC answers */
#define SLEEP_US	1000	/* nothing to do until the MAC sleeps */
#define EEPROM_GP_OTP	0x00000001u	/* no EEPROM, good OTP */

static uint32_t *
reg(struct card *c, uint32_t off)
{
	return &c->csr[off / 4];
}

bool
csr_clock_ready(struct card *c)
{
	return c->clock_at != 0 && sim_now(c->dev) >= c->clock_at;
}

bool
csr_mac_requested(const struct card *c)
{
	return (c->csr[CSR_GP_CNTRL / 4] & GP_MAC_ACCESS_REQ) != 0;
}

bool
csr_mac_awake(struct card *c)
{
	if (!csr_clock_ready(c))
		return false;
	if (c->asleep && csr_mac_requested(c) && sim_now(c->dev) >= c->wake_at)
		c->asleep = false;
	return !c->asleep;
}

void
csr_mac_wake(struct card *c)
{
	c->asleep = false;
	csr_mac_idle(c);
}

void
csr_mac_idle(struct card *c)
{
	sim_timer_stop(&c->sleep);
	if (c->cfg.sleep && c->fw == FW_RUNNING && c->run.power_save && !csr_mac_requested(c))
		sim_timer_arm(&c->sleep, SLEEP_US);
}

void
csr_sleep_fire(void *arg)
{
	struct card *c = arg;

	if (c->fw == FW_RUNNING && c->run.power_save && !csr_mac_requested(c))
		c->asleep = true;
}

static void
csr_defaults(struct card *c)
{
	uint32_t gp = *reg(c, CSR_GP_CNTRL) & GP_XTAL_ON;

	*reg(c, CSR_GP_CNTRL) = gp | GP_SYS_CONFIG;
	*reg(c, CSR_RESET) = RESET_NEVO;
	*reg(c, CSR_HW_REV) = c->chip->hw_rev;
	*reg(c, CSR_EEPROM_GP) = EEPROM_GP_OTP;
	*reg(c, CSR_MAC_SHADOW_REG_CTRL) = 0;
	*reg(c, CSR_DRAM_INT_TBL_REG) = 0;
	*reg(c, CSR_UCODE_DRV_GP1) = 0;
	*reg(c, CSR_INT_COALESCING) = 0;
	c->nic_ready = false;
	c->clock_at = 0;
	c->asleep = false;
	sim_timer_stop(&c->sleep);
	irq_reset(c);
}

void
csr_power_on(struct card *c)
{
	size_t i;

	for (i = 0; i < sizeof(c->csr) / sizeof(c->csr[0]); i++)
		c->csr[i] = 0;
	for (i = 0; i < sizeof(c->shr) / sizeof(c->shr[0]); i++)
		c->shr[i] = 0;
	csr_defaults(c);
	c->ever_ready = false;
	c->preparing = false;
	card_mac_reset(c);
}

static void
sw_reset(struct card *c)
{
	csr_defaults(c);
	card_mac_reset(c);
}

/* ---- ownership: who may use the card, the host or the management engine ---- */

static bool
may_have_card(struct card *c)
{
	if (c->cfg.prepare_ms == 0 || c->ever_ready)
		return true;
	return c->preparing && sim_now(c->dev) >= c->prepared_at;
}

static void
hw_if_write(struct card *c, uint32_t v)
{
	if ((v & HW_IF_PREPARE) != 0 && !c->preparing) {
		c->preparing = true;
		c->prepared_at = sim_now(c->dev) + c->cfg.prepare_ms * 1000000;
	}
	if ((v & HW_IF_NIC_READY) != 0 && may_have_card(c)) {
		c->nic_ready = true;
		c->ever_ready = true;
		v &= ~HW_IF_PREPARE;
		c->preparing = false;
	}
	*reg(c, CSR_HW_IF_CONFIG_REG) = v & ~HW_IF_NIC_READY;
}

/* ---- power and reset ---- */

static uint32_t
gp_read(struct card *c)
{
	uint32_t v = *reg(c, CSR_GP_CNTRL);

	/* Without a clock likewise: a 7260 that was stopped reads 0x3d8 when it is asked to wake. */
	v |= csr_mac_awake(c) ? GP_MAC_CLOCK_READY : GP_GOING_TO_SLEEP;
	if (!c->cfg.rfkill)
		v |= GP_HW_RF_KILL_SW;
	return v;
}

static void
gp_write(struct card *c, uint32_t v)
{
	const uint32_t rw = GP_INIT_DONE | GP_MAC_ACCESS_REQ | GP_XTAL_ON | GP_RFKILL_WAKE_L1A_EN;
	uint32_t old = *reg(c, CSR_GP_CNTRL);

	*reg(c, CSR_GP_CNTRL) = (v & rw) | GP_SYS_CONFIG;
	if ((v & GP_INIT_DONE) != 0 && c->clock_at == 0) {
		if (!c->ever_ready)
			sim_violation(c->dev, "not-prepared", "GP_CNTRL.INIT_DONE set before the "
			    "card was taken over: write HW_IF_CONFIG.NIC_READY and wait for it");
		c->clock_at = sim_now(c->dev) + CLOCK_US * 1000;
	} else if ((v & GP_INIT_DONE) == 0) {
		c->clock_at = 0;
	}
	if (((old ^ v) & GP_MAC_ACCESS_REQ) == 0)
		return;
	if ((v & GP_MAC_ACCESS_REQ) == 0) {
		csr_mac_idle(c);
		return;
	}
	sim_timer_stop(&c->sleep);
	if (c->asleep) {
		c->wake_at = sim_now(c->dev) + WAKE_US * 1000;
		if (*reg(c, CSR_MAC_SHADOW_REG_CTRL) == 0)
			irq_raise(c, INT_WAKEUP, 0);
	}
}

static void
reset_write(struct card *c, uint32_t v)
{
	uint32_t old = *reg(c, CSR_RESET);

	if ((v & RESET_SW) != 0) {
		sw_reset(c);
		return;
	}
	if ((v & RESET_FORCE_NMI) != 0) {
		errlog_assert(c, ERR_NMI_HOST, 0, 0);
		return;
	}
	if ((v & RESET_STOP_MASTER) != 0)
		v |= RESET_MASTER_DISABLED;
	*reg(c, CSR_RESET) = v;
	if ((old & RESET_NEVO) != 0 && (v & RESET_NEVO) == 0)
		boot_release(c);
}

void
csr_rfkill(struct card *c, bool blocked)
{
	if (c->cfg.rfkill == blocked)
		return;
	c->cfg.rfkill = blocked;
	sim_event(c->dev, "rfkill", "\"blocked\":%s", blocked ? "true" : "false");
	irq_raise(c, INT_RF_KILL, 0);
	sched_update(c);
}

/* ---- the shared block, reached without the MAC ---- */

static void
heep_ctrl(struct card *c, uint32_t v)
{
	uint32_t off = v & 0xffff;

	if (off >= SHR_SIZE)
		return;
	switch ((v >> 28) & 3) {
	case 2:
		*reg(c, CSR_HEEP_DATA) = c->shr[off / 4];
		break;
	case 3:
		c->shr[off / 4] = *reg(c, CSR_HEEP_DATA);
		break;
	}
}

/* ---- access ---- */

uint32_t
csr_read(struct card *c, uint32_t off)
{
	switch (off) {
	case CSR_HW_IF_CONFIG_REG:
		return *reg(c, off) | (c->nic_ready ? HW_IF_NIC_READY : 0);
	case CSR_INT:
		return c->inta;
	case CSR_INT_MASK:
		return c->inta_mask;
	case CSR_FH_INT_STATUS:
		return c->fh_int;
	case CSR_GP_CNTRL:
		return gp_read(c);
	case CSR_UCODE_DRV_GP1:
		return *reg(c, off) | (c->asleep ? GP1_MAC_SLEEP : 0);
	default:
		return *reg(c, off);
	}
}

void
csr_write(struct card *c, uint32_t off, uint32_t v)
{
	switch (off) {
	case CSR_HW_IF_CONFIG_REG:
		hw_if_write(c, v);
		break;
	case CSR_INT_COALESCING:
		*reg(c, off) = v & ~0xff00u;
		irq_periodic(c, (v >> 8) & 0xff);
		break;
	case CSR_INT:
		irq_ack(c, v);
		break;
	case CSR_INT_MASK:
		irq_mask(c, v);
		break;
	case CSR_FH_INT_STATUS:
		c->fh_int &= ~v;
		break;
	case CSR_RESET:
		reset_write(c, v);
		break;
	case CSR_GP_CNTRL:
		gp_write(c, v);
		break;
	case CSR_UCODE_DRV_GP1_SET:
		*reg(c, CSR_UCODE_DRV_GP1) |= v;
		break;
	case CSR_UCODE_DRV_GP1_CLR:
		*reg(c, CSR_UCODE_DRV_GP1) &= ~v;
		break;
	case CSR_DRAM_INT_TBL_REG:
		*reg(c, off) = v;
		irq_ict_set(c, v);
		break;
	case CSR_HEEP_CTRL:
		*reg(c, off) = v;
		heep_ctrl(c, v);
		break;
	case CSR_HW_REV:
	case CSR_GPIO_IN:
	case CSR_EEPROM_GP:
	case CSR_UCODE_DRV_GP1:
		break;
	default:
		*reg(c, off) = v;
		break;
	}
}

void
csr_write8(struct card *c, uint32_t off, uint8_t v)
{
	unsigned shift = (off & 3) * 8;
	uint32_t old = 0;

	switch (off) {
	case CSR_INT_COALESCING:
		*reg(c, off) = (*reg(c, off) & ~0xffu) | v;
		break;
	case CSR_INT_COALESCING + 1:
		irq_periodic(c, v);
		break;
	default:
		/* Causes are cleared by ones: only those of this byte. */
		if ((off & ~3u) != CSR_INT && (off & ~3u) != CSR_FH_INT_STATUS)
			old = csr_read(c, off & ~3u) & ~(0xffu << shift);
		csr_write(c, off & ~3u, old | (uint32_t)v << shift);
		break;
	}
}
