/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_hw.c - the device as a whole: reset, address, PHY, receive filters, link.
 */
#include "em.h"

#define EM_POLL_US	100
#define EM_POLLS	1000		/* 100 ms */

/* Wait until (reg & mask) == want.  ENXIO: gone; ETIMEDOUT. */
static int
em_poll(struct em_softc *sc, bus_size_t reg, uint32_t mask, uint32_t want)
{
	uint32_t val;
	int i;

	for (i = 0; i < EM_POLLS; i++) {
		val = em_read(sc, reg);
		if (val == EM_GONE)
			return ENXIO;
		if ((val & mask) == want)
			return 0;
		DELAY(EM_POLL_US);
	}
	return ETIMEDOUT;
}

/*
 * No request of the device is on the bus when it is reset (4.6.1 there, "Global Reset"); a
 * device that does not become quiet is reset all the same.
 */
static int
em_master_stop(struct em_softc *sc)
{
	int error;

	em_write(sc, EM_CTRL, em_read(sc, EM_CTRL) | EM_CTRL_GIO_MASTER_DISABLE);
	error = em_poll(sc, EM_STATUS, EM_STATUS_GIO_MASTER_ENABLE, 0);
	if (error == ETIMEDOUT)
		pdk_printf(&sc->sc_dev, "requests are pending on the bus; resetting anyway\n");
	return error == ETIMEDOUT ? 0 : error;
}

/* The bits that the specification update wants; a reset has cleared them. */
static void
em_errata(struct em_softc *sc)
{
	em_write(sc, EM_GCR, em_read(sc, EM_GCR) | EM_GCR_L0S_ERRATA);
	em_write(sc, EM_TARC0, em_read(sc, EM_TARC0) | EM_TARC0_ERRATA);
}

int
em_reset(struct em_softc *sc)
{
	int error;

	em_write(sc, EM_IMC, ~(uint32_t)0);
	em_write(sc, EM_RCTL, 0);
	em_write(sc, EM_TCTL, EM_TCTL_PSP);
	error = em_master_stop(sc);
	if (error != 0)
		return error;
	em_write(sc, EM_CTRL, em_read(sc, EM_CTRL) | EM_CTRL_RST);
	DELAY(10000);		/* no access for a while: 4.6.1 asks for 1 us, the NVM for more */
	error = em_poll(sc, EM_CTRL, EM_CTRL_RST, 0);
	if (error == 0)
		error = em_poll(sc, EM_EEC, EM_EEC_AUTO_RD, EM_EEC_AUTO_RD);
	if (error != 0)
		return error;
	em_write(sc, EM_IMC, ~(uint32_t)0);
	(void)em_read(sc, EM_ICR);
	em_errata(sc);
	return 0;
}

int
em_mac(struct em_softc *sc)
{
	uint32_t lo = em_read(sc, EM_RAL0), hi = em_read(sc, EM_RAH0);
	unsigned i;

	for (i = 0; i < 4; i++)
		sc->sc_mac[i] = (uint8_t)(lo >> 8 * i);
	sc->sc_mac[4] = (uint8_t)hi;
	sc->sc_mac[5] = (uint8_t)(hi >> 8);
	if ((hi & EM_RAH_AV) == 0 || (sc->sc_mac[0] & 1) != 0 || (lo == 0 && (hi & 0xffff) == 0))
		return EIO;
	return 0;
}

/* ---- PHY ---- */

static int
em_mdio(struct em_softc *sc, uint32_t cmd, uint16_t *data)
{
	uint32_t val;
	int error;

	em_write(sc, EM_MDIC, cmd | EM_MDIC_PHY(EM_PHY_ADDR) | *data);
	error = em_poll(sc, EM_MDIC, EM_MDIC_READY, EM_MDIC_READY);
	if (error != 0)
		return error;
	val = em_read(sc, EM_MDIC);
	*data = (uint16_t)val;
	return (val & EM_MDIC_ERROR) != 0 ? EIO : 0;
}

/* Firmware on the board (IPMI) may use the PHY, too: ask for it (10.2.6.1 there). */
static int
em_phy_own(struct em_softc *sc)
{
	em_write(sc, EM_EXTCNF_CTRL, em_read(sc, EM_EXTCNF_CTRL) | EM_EXTCNF_MDIO_SW);
	return em_poll(sc, EM_EXTCNF_CTRL, EM_EXTCNF_MDIO_SW, EM_EXTCNF_MDIO_SW);
}

static void
em_phy_disown(struct em_softc *sc)
{
	em_write(sc, EM_EXTCNF_CTRL, em_read(sc, EM_EXTCNF_CTRL) & ~(uint32_t)EM_EXTCNF_MDIO_SW);
}

int
em_phy_start(struct em_softc *sc)
{
	uint32_t ctrl = em_read(sc, EM_CTRL);
	uint16_t bmcr = 0;
	int error;

	/* The PHY finds speed and duplex; the MAC follows it. */
	ctrl &= ~(uint32_t)(EM_CTRL_FRCSPD | EM_CTRL_FRCDPLX);
	em_write(sc, EM_CTRL, ctrl | EM_CTRL_SLU);
	error = em_phy_own(sc);
	if (error != 0)
		return error;
	error = em_mdio(sc, EM_MDIC_READ | EM_MDIC_REG(EM_BMCR), &bmcr);
	if (error == 0) {
		bmcr = (uint16_t)((bmcr & ~EM_BMCR_PDOWN) | EM_BMCR_AN | EM_BMCR_RESTART_AN);
		error = em_mdio(sc, EM_MDIC_WRITE | EM_MDIC_REG(EM_BMCR), &bmcr);
	}
	em_phy_disown(sc);
	return error;
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

/* ---- which frames ---- */

/* Bits 47:36 of the address (RCTL.MO 0): 7.1.1.1 there. */
static unsigned
em_hash(const uint8_t addr[6])
{
	return (unsigned)addr[5] << 4 | addr[4] >> 4;
}

void
em_filter(struct em_softc *sc, const struct pdknet_config *conf)
{
	uint32_t rctl = em_read(sc, EM_RCTL) & ~(uint32_t)(EM_RCTL_UPE | EM_RCTL_MPE), mta;
	unsigned word, i;

	if (conf->promisc)
		rctl |= EM_RCTL_UPE | EM_RCTL_MPE;
	if (conf->allmulti)
		rctl |= EM_RCTL_MPE;
	for (word = 0; word < EM_NMTA; word++) {
		mta = 0;
		for (i = 0; i < conf->nmcast; i++)
			if (em_hash(conf->mcast[i]) >> 5 == word)
				mta |= (uint32_t)1 << (em_hash(conf->mcast[i]) & 31);
		em_write(sc, EM_MTA(word), mta);
	}
	em_write(sc, EM_RCTL, rctl);
}
