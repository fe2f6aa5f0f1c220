/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_phy.c - the PHY, reached by MDIC, and what the MAC says of the link.
 */
#include "em.h"

static int
em_mdio(struct em_softc *sc, uint32_t cmd, uint16_t *data)
{
	uint32_t val;
	int error;

	em_write(sc, EM_MDIC, cmd | EM_MDIC_PHY(EM_PHY_ADDR) | *data);
	error = em_poll(sc, EM_MDIC, EM_MDIC_READY, EM_MDIC_READY, &val, "PHY: an access (MDIC)");
	if (error != 0)
		return error;
	*data = (uint16_t)val;
	if ((val & EM_MDIC_ERROR) == 0)
		return 0;
	pdk_fail(&sc->sc_dev, EIO, "PHY: it does not answer at address %u (MDIC 0x%08x)",
	    EM_PHY_ADDR, val);
	return EIO;
}

static int
em_phy_read(struct em_softc *sc, unsigned reg, uint16_t *val)
{
	*val = 0;
	return em_mdio(sc, EM_MDIC_READ | EM_MDIC_REG(reg), val);
}

static int
em_phy_write(struct em_softc *sc, unsigned reg, uint16_t val)
{
	return em_mdio(sc, EM_MDIC_WRITE | EM_MDIC_REG(reg), &val);
}

/* Firmware on the board (IPMI) may use the PHY, too: ask for it (10.2.6.1 there). */
static int
em_phy_own(struct em_softc *sc, const char *what)
{
	em_write(sc, EM_EXTCNF_CTRL, em_read(sc, EM_EXTCNF_CTRL) | EM_EXTCNF_MDIO_SW);
	return em_poll(sc, EM_EXTCNF_CTRL, EM_EXTCNF_MDIO_SW, EM_EXTCNF_MDIO_SW, NULL,
	    what);
}

static void
em_phy_disown(struct em_softc *sc)
{
	em_write(sc, EM_EXTCNF_CTRL, em_read(sc, EM_EXTCNF_CTRL) & ~(uint32_t)EM_EXTCNF_MDIO_SW);
}

/*
 * Negotiate everything that the PHY can, but for pauses: the MAC is not set up to honour them.
 * What is changed takes effect with the PHY's reset.
 */
static int
em_phy_negotiate(struct em_softc *sc)
{
	uint16_t anar, bmcr;
	int error;

	error = em_phy_read(sc, EM_ANAR, &anar);
	if (error == 0)
		error = em_phy_write(sc, EM_ANAR, (uint16_t)(anar & ~EM_ANAR_PAUSE));
	if (error == 0)
		error = em_phy_read(sc, EM_BMCR, &bmcr);
	if (error == 0)
		error = em_phy_write(sc, EM_BMCR, (uint16_t)((bmcr & ~EM_BMCR_PDOWN) |
		    EM_BMCR_AN | EM_BMCR_RESTART_AN | EM_BMCR_RESET));
	return error;
}

int
em_phy_start(struct em_softc *sc)
{
	int error;

	/* The PHY finds speed and duplex; the MAC follows it. */
	error = em_ctrl(sc, EM_CTRL_FRCSPD | EM_CTRL_FRCDPLX, EM_CTRL_SLU, "PHY");
	if (error != 0)
		return error;
	error = em_phy_own(sc, "PHY: the board's firmware giving it away (EXTCNF_CTRL)");
	if (error != 0)
		return error;
	error = em_phy_negotiate(sc);
	em_phy_disown(sc);
	return error;
}

/*
 * By the specification update the PHY may come to hear nothing but errors, and never recover: both
 * of its counters of them stand at their end then.
 */
bool
em_phy_hangs(struct em_softc *sc)
{
	uint16_t errors = 0, gsr = 0;

	if (em_phy_own(sc, NULL) != 0)
		return false;		/* the firmware is at it; another time */
	if (em_phy_read(sc, EM_PHY_RX_ERRORS, &errors) == 0 && errors == EM_PHY_RX_ERRORS_MAX)
		(void)em_phy_read(sc, EM_GSR, &gsr);
	em_phy_disown(sc);
	return (gsr & EM_GSR_IDLE_ERRORS) == EM_GSR_IDLE_ERRORS;
}

void
em_link(struct em_softc *sc, struct pdknet_link *link)
{
	static const uint32_t mbps[4] = { 10, 100, 1000, 1000 };
	uint32_t status = em_read(sc, EM_STATUS);

	memset(link, 0, sizeof(*link));
	if (status == EM_GONE || (status & EM_STATUS_LU) == 0)
		return;
	link->up = 1;
	link->full_duplex = (status & EM_STATUS_FD) != 0;
	link->mbps = mbps[EM_STATUS_SPEED(status)];
}
