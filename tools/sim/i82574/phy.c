/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phy.c - the PHY behind MDIC, its negotiation, and the cable. The link is up when the cable is in,
 * negotiation is done and the driver wants it (CTRL.SLU).
 */
#include <string.h>

#include "tools/sim/i82574/card.h"

#define MDIC_PHY(v)	((v) >> 21 & 0x1f)
#define MDIC_REG(v)	((v) >> 16 & 0x1f)

/* Of an 88E1149-like PHY that the card has inside. */
static const struct { uint8_t reg; uint16_t value; } initial[] = {
	{ PHY_BMCR, 0x1140 }, { PHY_BMSR, 0x7949 }, { PHY_ID1, 0x0141 }, { PHY_ID2, 0x0cb1 },
	{ PHY_ANAR, 0x0de1 }, { PHY_ANER, 0x0004 }, { PHY_GCR, 0x0e00 }, { PHY_ESR, 0x3000 },
	{ 16, 0x3360 },
};

static unsigned
speed_bits(const struct card *c)
{
	return c->cfg.speed == 1000 ? 2 : c->cfg.speed == 100 ? 1 : 0;
}

bool
gbe_link_up(struct card *c)
{
	return c->negotiated && (*reg(c, R_CTRL) & CTRL_SLU) != 0;
}

uint32_t
gbe_status_read(struct card *c)
{
	uint32_t v = *reg(c, R_STATUS) & STATUS_PHYRA;

	if ((*reg(c, R_CTRL) & CTRL_MASTER_DISABLE) == 0 || c->cfg.master_hang)
		v |= STATUS_MASTER;
	if (!gbe_link_up(c))
		return v;
	return v | STATUS_LU | (c->cfg.full_duplex ? STATUS_FD : 0) | speed_bits(c) << 6;
}

/* The PHY's registers follow what is so. */
static void
show(struct card *c)
{
	const uint16_t linked = BMSR_LINK | BMSR_AN_DONE;

	c->phy[PHY_BMSR] &= (uint16_t)~linked;
	c->phy[PHY_ANLPAR] = c->phy[PHY_GSR] = 0;
	c->phy[PHY_SPECIFIC] = 0;
	if (c->cfg.phy_hang) {
		c->phy[PHY_RX_ERRORS] = 0xffff;
		c->phy[PHY_GSR] = 0x00ff;
	}
	if (!c->negotiated)
		return;
	c->phy[PHY_BMSR] |= linked;
	c->phy[PHY_ANLPAR] = 0x45e1;
	c->phy[PHY_GSR] |= c->cfg.speed == 1000 ? 0x7c00 : 0;
	c->phy[PHY_SPECIFIC] = (uint16_t)(speed_bits(c) << 14 |
	    (c->cfg.full_duplex ? 0x2000 : 0) | 0x0c00);
}

/* Is the link as it was?  If not it is a cause, and what waits to be sent may go. */
static void
check(struct card *c)
{
	show(c);
	if (c->was_up == gbe_link_up(c))
		return;
	c->was_up = !c->was_up;
	gbe_irq_cause(c, INT_LSC);
	if (c->was_up)
		gbe_tx_go(c);
}

static void
negotiated(void *arg)
{
	struct card *c = arg;

	c->negotiated = true;
	check(c);
}

static void
negotiate(struct card *c)
{
	sim_timer_stop(&c->negotiating);
	c->negotiated = false;
	check(c);
	if (c->cfg.link && (c->phy[PHY_BMCR] & BMCR_PDOWN) == 0)
		sim_timer_arm(&c->negotiating, c->cfg.an_us);
}

void
gbe_phy_init(struct card *c)
{
	sim_timer_init(c->dev, &c->negotiating, negotiated, c);
}

void
gbe_phy_reset(struct card *c)
{
	memset(c->phy, 0, sizeof(c->phy));
	for (unsigned i = 0; i < sizeof(initial) / sizeof(initial[0]); i++)
		c->phy[initial[i].reg] = initial[i].value;
	negotiate(c);
}

void
gbe_phy_cable(struct card *c)
{
	negotiate(c);
}

void
gbe_phy_follow(struct card *c)
{
	check(c);
}

static void
bmcr_write(struct card *c, uint16_t v)
{
	if ((v & BMCR_RESET) != 0) {
		c->cfg.phy_hang = false;
		c->phy[PHY_RX_ERRORS] = 0;
	}
	c->phy[PHY_BMCR] = (uint16_t)(v & ~(BMCR_RESET | BMCR_RESTART_AN));
	if ((v & (BMCR_RESET | BMCR_RESTART_AN | BMCR_PDOWN)) != 0)
		negotiate(c);
}

/* Registers 0 to 15 are the same on every page; of the others the model has page 0. */
static uint16_t
phy_read(struct card *c, unsigned r)
{
	show(c);
	return r >= 16 && r != PHY_PAGE && c->phy[PHY_PAGE] != 0 ? 0 : c->phy[r];
}

static void
phy_write(struct card *c, unsigned r, uint16_t v)
{
	static const uint32_t fixed = 1u << PHY_BMSR | 1u << PHY_ID1 | 1u << PHY_ID2 |
	    1u << PHY_ANLPAR | 1u << PHY_ANER | 1u << PHY_GSR | 1u << PHY_ESR | 1u << PHY_SPECIFIC;

	if (r == PHY_BMCR)
		bmcr_write(c, v);
	else if ((fixed >> r & 1) == 0 && (r < 16 || r == PHY_PAGE || c->phy[PHY_PAGE] == 0))
		c->phy[r] = v;
}

static bool
mdic_wrong(struct card *c, uint32_t v)
{
	if ((*reg(c, R_MDIC) & MDIC_READY) == 0)
		sim_violation(c->dev, "mdic-busy",
		    "MDIC is written while the access before is under "
		    "way; wait for MDIC.READY");
	else if ((*reg(c, R_EXTCNF_CTRL) & EXTCNF_MDIO_SW) == 0)
		sim_violation(c->dev, "mdic-unowned",
		    "MDIC is written without EXTCNF_CTRL.MDIO_SW, so "
		    "the board's firmware may be using the PHY; set it and wait until it reads 1");
	else if ((v & (MDIC_OP_READ | MDIC_OP_WRITE)) == 0 ||
	    (v & (MDIC_OP_READ | MDIC_OP_WRITE)) == (MDIC_OP_READ | MDIC_OP_WRITE))
		sim_violation(c->dev, "mdic-op", "MDIC 0x%08x is neither a read nor a write", v);
	else
		return false;
	return true;
}

void
gbe_mdic_write(struct card *c, uint32_t v)
{
	unsigned r = MDIC_REG(v);

	if (mdic_wrong(c, v))
		return;
	v &= ~(MDIC_READY | MDIC_ERROR);
	*reg(c, R_MDIC) = v;
	if (c->cfg.mdic_hang)
		return;
	if (MDIC_PHY(v) != PHY_ADDR || c->cfg.mdic_error)
		v |= MDIC_ERROR;
	else if ((v & MDIC_OP_READ) != 0)
		v = (v & 0xffff0000u) | phy_read(c, r);
	else
		phy_write(c, r, (uint16_t)v);
	*reg(c, R_MDIC) = v | MDIC_READY;
	if ((v & MDIC_INT) != 0)
		gbe_irq_cause(c, INT_MDAC);
}
