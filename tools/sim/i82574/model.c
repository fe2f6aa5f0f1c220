/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * model.c - Intel 82574L Gigabit Ethernet controller, 8086:10d3, which is also QEMU's e1000e: the
 * hooks of the simulator library, resets, and the way of a register access to its block.
 *
 * Source: the datasheet (reg.h). What it leaves open is as QEMU's e1000e does it, or as Linux's
 * driver of that name expects it, which must work on this unchanged. Not there: the flash and I/O
 * BARs, the second pair of queues (its registers keep what is written), RSS, packet split,
 * header and wake-up filters, manageability, flow control, time stamps.
 *
 * A driver that does what the datasheet forbids is reported: it touches registers while the card
 * is being reset, the PHY without owning it, enables a receiver again that it had disabled, gives
 * tails that are not in the ring, or descriptors that mean nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i82574/card.h"
#include "tools/sim/models.h"

struct reg_def {
	const char	*name;
	uint32_t	 off, n, stride, value, mask;
	enum reg_kind	 kind;
};

#define X(name, off, n, stride, value, mask, kind) { #name, off, n, stride, value, mask, kind },
static const struct reg_def regs[] = { I82574_REGS(X) };
#undef X
#define NREGS	(sizeof(regs) / sizeof(regs[0]))

/* ---- resets ---- */

static void
defaults(struct card *c)
{
	for (unsigned r = 0; r < NREGS; r++)
		for (unsigned i = 0; i < regs[r].n; i++)
			*reg(c, regs[r].off + i * regs[r].stride) = regs[r].value;
}

/* What CTRL.RST clears. */
static void
card_reset(struct card *c)
{
	uint32_t mta[128], ra[32], vfta[128];

	/* The tables of addresses keep what is in them (10.2.5 there). */
	memcpy(mta, reg(c, R_MTA), sizeof(mta));
	memcpy(ra, reg(c, R_RAL), sizeof(ra));
	memcpy(vfta, reg(c, R_VFTA), sizeof(vfta));
	defaults(c);
	memcpy(reg(c, R_MTA), mta, sizeof(mta));
	memcpy(reg(c, R_RAL), ra, sizeof(ra));
	memcpy(reg(c, R_VFTA), vfta, sizeof(vfta));
	gbe_irq_reset(c);
	gbe_rx_reset(c);
	gbe_tx_reset(c);
	c->rx_was_on = c->was_up = false;	/* CTRL.SLU is 0 */
}

static void
load_done(void *arg)
{
	struct card *c = arg;

	if (c->cfg.load_hang)
		return;
	c->in_load = false;
	gbe_nvm_load(c);
}

static void
reset_done(void *arg)
{
	struct card *c = arg;

	if (c->cfg.reset_hang)
		return;
	c->in_reset = false;
	c->in_load = true;
	sim_timer_arm(&c->loading, c->cfg.nvm_us);
}

static void
ctrl_reset(struct card *c, uint32_t before)
{
	if ((before & CTRL_MASTER_DISABLE) == 0)
		sim_violation(c->dev, "reset-unprepared", "CTRL.RST while the card may have "
		    "requests on the bus; set CTRL.GIO_MASTER_DISABLE first and wait until "
		    "STATUS.GIO_MASTER_ENABLE is 0");
	card_reset(c);
	sim_timer_stop(&c->loading);
	c->in_load = false;
	c->in_reset = true;
	sim_timer_arm(&c->resetting, c->cfg.reset_us);
}

static void
i82574_reset(void *state, enum sim_reset why)
{
	struct card *c = state;

	(void)why;
	sim_timer_stop(&c->resetting);
	sim_timer_stop(&c->loading);
	c->in_reset = c->in_load = false;
	/* What the tables hold after power on is not defined: such as no driver wants. */
	memset(reg(c, R_MTA), 0x5a, 128 * 4);
	memset(reg(c, R_VFTA), 0x5a, 128 * 4);
	card_reset(c);
	memset(reg(c, R_RAL), 0x5a, 32 * 4);
	gbe_nvm_load(c);
	gbe_phy_reset(c);
}

/* ---- register accesses ---- */

const char *
gbe_reg_name(void *state, unsigned bar, uint64_t off)
{
	static char name[24];

	(void)state;
	for (unsigned r = 0; bar == 0 && r < NREGS; r++) {
		const struct reg_def *d = &regs[r];
		unsigned at = (unsigned)(off - d->off);

		if (off < d->off || at >= d->n * d->stride || at % d->stride != 0)
			continue;
		if (d->n == 1)
			return d->name;
		snprintf(name, sizeof(name), "%s(%u)", d->name, at / d->stride);
		return name;
	}
	return NULL;
}

/* May the register be touched now, in this size? */
static bool
allowed(struct card *c, unsigned off, unsigned size, const char *what)
{
	const char *name = gbe_reg_name(c, 0, off & ~3u);

	if (size != 4) {
		sim_violation(c->dev, "access-size", "%s of %u bytes of register 0x%05x (%s); "
		    "registers are of 32 bits", what, size, off, name != NULL ? name : "none");
		return false;
	}
	/* Those that tell of its end, and the PHY, which is given back meanwhile. */
	if ((!c->in_reset && !c->in_load) || off == R_CTRL || off == R_STATUS || off == R_EEC ||
	    off == R_EXTCNF_CTRL)
		return true;
	sim_violation(c->dev, "access-in-reset", "%s of %s while %s", what,
	    name != NULL ? name : "a register", c->in_reset ?
	    "the card is being reset; wait for CTRL.RST to be 0" :
	    "the NVM is being loaded after a reset; wait for EEC.AUTO_RD");
	return false;
}

static void
ctrl_write(struct card *c, uint32_t v)
{
	uint32_t before = *reg(c, R_CTRL);

	if ((v & CTRL_PHY_RST) != 0) {
		gbe_phy_reset(c);
		*reg(c, R_STATUS) |= STATUS_PHYRA;
	}
	*reg(c, R_CTRL) = v & ~(CTRL_RST | CTRL_PHY_RST);
	if ((v & CTRL_RST) != 0 && !c->in_reset)
		ctrl_reset(c, before);
	gbe_phy_follow(c);
}

/* The first read takes the semaphore (SWSM.SMBI). */
static uint32_t
swsm_read(struct card *c)
{
	uint32_t v = *reg(c, R_SWSM);

	*reg(c, R_SWSM) = v | 1;
	return v;
}

static uint32_t
read_special(struct card *c, unsigned off)
{
	switch (off) {
	case R_CTRL:
		return *reg(c, off) | (c->in_reset ? CTRL_RST : 0);
	case R_STATUS:
		return gbe_status_read(c);
	case R_EEC:
		return c->in_reset || c->in_load ? *reg(c, off) & ~EEC_AUTO_RD : *reg(c, off);
	case R_ICR:
		return gbe_icr_read(c);
	case R_IMS:
		return c->ims;
	case R_SWSM:
		return swsm_read(c);
	default:
		return *reg(c, off);
	}
}

static uint32_t
count_read(struct card *c, unsigned off)
{
	uint32_t v = *reg(c, off);

	*reg(c, off) = 0;
	return v;
}

static uint64_t
i82574_read(void *state, unsigned bar, uint64_t off64, unsigned size)
{
	struct card *c = state;
	unsigned off = (unsigned)off64;

	if (bar != 0)
		return 0;
	if (!allowed(c, off, size, "read"))
		return 0;
	switch (c->kind[off / 4]) {
	case K_STORE:
		return *reg(c, off);
	case K_COUNT:
		return count_read(c, off);
	case K_SPECIAL:
		return read_special(c, off);
	default:
		sim_log(c->dev, "read of 0x%05x, where there is no register", off);
		return 0;
	}
}

static void
extcnf_write(struct card *c, uint32_t v)
{
	/* Ownership goes to who asks first. */
	if (c->cfg.mdio_taken)
		v = (v & ~EXTCNF_MDIO_SW) | EXTCNF_MDIO_MNG;
	*reg(c, R_EXTCNF_CTRL) = v;
}

static void
write_special(struct card *c, unsigned off, uint32_t v)
{
	switch (off) {
	case R_CTRL:
		ctrl_write(c, v);
		break;
	case R_STATUS:
		*reg(c, off) &= v | ~STATUS_PHYRA;
		break;
	case R_EERD:
		gbe_eerd_write(c, v);
		break;
	case R_MDIC:
		gbe_mdic_write(c, v);
		break;
	case R_EXTCNF_CTRL:
		extcnf_write(c, v);
		break;
	case R_ICR:
		gbe_icr_write(c, v);
		break;
	case R_ICS:
		gbe_irq_cause(c, v & INT_CAUSES);
		break;
	case R_IMS:
		gbe_ims_write(c, v);
		break;
	case R_IMC:
		gbe_imc_write(c, v);
		break;
	case R_RCTL: case R_RDBAL: case R_RDBAH: case R_RDLEN: case R_RDH: case R_RDT:
		gbe_rx_write(c, off, v);
		break;
	case R_TCTL: case R_TDBAL: case R_TDBAH: case R_TDLEN: case R_TDH: case R_TDT:
		gbe_tx_write(c, off, v);
		break;
	default:
		*reg(c, off) = (*reg(c, off) & ~c->mask[off / 4]) | (v & c->mask[off / 4]);
		break;
	}
}

static void
i82574_write(void *state, unsigned bar, uint64_t off64, unsigned size, uint64_t value)
{
	struct card *c = state;
	unsigned off = (unsigned)off64;
	uint32_t v = (uint32_t)value;

	if (bar != 0 || !allowed(c, off, size, "write"))
		return;
	switch (c->kind[off / 4]) {
	case K_STORE:
		*reg(c, off) = v & c->mask[off / 4];
		break;
	case K_SPECIAL:
		write_special(c, off, v);
		break;
	case K_COUNT:
		break;
	default:
		sim_log(c->dev, "write of 0x%08x to 0x%05x, where there is no register", v, off);
		break;
	}
}

/* ---- life ---- */

static int
i82574_create(struct sim_dev *dev, void **statep)
{
	struct card *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ENOMEM;
	c->dev = dev;
	c->sock = -1;
	for (unsigned r = 0; r < NREGS; r++)
		for (unsigned i = 0; i < regs[r].n; i++) {
			c->kind[(regs[r].off + i * regs[r].stride) / 4] = (uint8_t)regs[r].kind;
			c->mask[(regs[r].off + i * regs[r].stride) / 4] = regs[r].mask;
		}
	for (const struct sim_setting *s = gbe_settings; s->key != NULL; s++)
		(void)gbe_set(c, s->key, s->dflt);
	sim_timer_init(dev, &c->resetting, reset_done, c);
	sim_timer_init(dev, &c->loading, load_done, c);
	gbe_irq_init(c);
	gbe_phy_init(c);
	gbe_tx_init(c);
	*statep = c;
	return 0;
}

static int
i82574_start(void *state)
{
	struct card *c = state;
	int error;

	gbe_nvm_build(c);
	error = gbe_pci_build(c);
	if (error == 0)
		error = gbe_net_open(c);
	c->started = error == 0;
	return error;
}

static void
i82574_destroy(void *state)
{
	struct card *c = state;

	gbe_rx_reset(c);
	gbe_net_close(c);
	free(c);
}

static void
i82574_status(void *state)
{
	struct card *c = state;

	sim_status(c->dev, "link", "%s", gbe_link_up(c) ? "true" : "false");
	sim_status(c->dev, "rctl", "%u", *reg(c, R_RCTL));
	sim_status(c->dev, "tctl", "%u", *reg(c, R_TCTL));
	sim_status(c->dev, "waiting", "%u", c->nfifo);
	sim_status(c->dev, "sent", "%llu", (unsigned long long)c->tx_sent);
}

const struct sim_model sim_i82574 = {
	.name = "i82574",
	.summary = "Intel 82574L Gigabit Ethernet controller, 8086:10d3 (QEMU: e1000e)",
	.settings = gbe_settings,
	.create = i82574_create,
	.destroy = i82574_destroy,
	.set = gbe_set,
	.start = i82574_start,
	.reset = i82574_reset,
	.bar_read = i82574_read,
	.bar_write = i82574_write,
	.reg_name = gbe_reg_name,
	.status = i82574_status,
};
