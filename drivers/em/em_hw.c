/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em_hw.c - the device as a whole: quiet, reset, what the specification update wants, receive
 * filters.
 */
#include "em.h"

#define EM_POLL_US	100
#define EM_POLLS	1000		/* 100 ms */
#define EM_FRAME_US	10000		/* more than a frame takes at 10 Mb/s */
#define EM_RESET_US	10000		/* no access: 4.6.1 asks for 1 us, the NVM for more */
#define EM_PHY_CONF_US	25000		/* the PHY is configured from the NVM after a reset */

int
em_poll(struct em_softc *sc, bus_size_t reg, uint32_t mask, uint32_t want, uint32_t *val,
    const char *what)
{
	uint32_t v = 0;
	int i;

	for (i = 0; i < EM_POLLS; i++) {
		v = em_read(sc, reg);
		if (val != NULL)
			*val = v;
		if (v == EM_GONE) {
			if (what != NULL)
				pdk_fail(&sc->sc_dev, ENXIO, "%s: the device is gone, it reads "
				    "all ones", what);
			return ENXIO;
		}
		if ((v & mask) == want)
			return 0;
		DELAY(EM_POLL_US);
	}
	if (what != NULL)
		pdk_fail(&sc->sc_dev, ETIMEDOUT, "%s: not done after %u ms, the register reads "
		    "0x%08x", what, EM_POLLS * EM_POLL_US / 1000, v);
	return ETIMEDOUT;
}

int
em_ctrl(struct em_softc *sc, uint32_t clear, uint32_t set, const char *what)
{
	uint32_t ctrl = em_read(sc, EM_CTRL);

	if (ctrl == EM_GONE) {
		pdk_fail(&sc->sc_dev, ENXIO, "%s: the device is gone, it reads all ones", what);
		return ENXIO;
	}
	em_write(sc, EM_CTRL, (ctrl & ~clear) | set);
	return 0;
}

/* May the device use the bus?  The bits above are RW1C, so nothing is cleared there. */
static void
em_master(struct em_softc *sc, bool on)
{
	uint32_t cmd = pdk_pci_read(&sc->sc_dev, EM_PCI_COMMAND) & 0xffff;

	cmd &= ~(uint32_t)EM_PCI_COMMAND_MASTER;
	pdk_pci_write(&sc->sc_dev, EM_PCI_COMMAND, cmd | (on ? EM_PCI_COMMAND_MASTER : 0));
}

void
em_quiet(struct em_softc *sc)
{
	em_write(sc, EM_IMC, ~(uint32_t)0);
	em_write(sc, EM_RCTL, 0);	/* only ever before a reset: an erratum, else */
	em_write(sc, EM_TCTL, EM_TCTL_PSP);
	(void)em_read(sc, EM_STATUS);
	DELAY(EM_FRAME_US);
}

/*
 * No request of the device is on the bus when it is reset (4.6.1 there, "Global Reset"); a
 * device that does not become quiet is reset all the same.
 */
static int
em_master_stop(struct em_softc *sc)
{
	int error;

	error = em_ctrl(sc, 0, EM_CTRL_GIO_MASTER_DISABLE, "reset");
	if (error != 0)
		return error;
	error = em_poll(sc, EM_STATUS, EM_STATUS_GIO_MASTER_ENABLE, 0, NULL, NULL);
	if (error == ETIMEDOUT)
		pdk_printf(&sc->sc_dev, "requests are pending on the bus; resetting anyway\n");
	else if (error != 0)
		pdk_fail(&sc->sc_dev, error, "reset: the device is gone, it reads all ones");
	return error == ETIMEDOUT ? 0 : error;
}

/* The bits that the specification update wants; a reset has cleared them. */
static int
em_errata(struct em_softc *sc)
{
	uint32_t ext = em_read(sc, EM_CTRL_EXT) & ~(uint32_t)EM_CTRL_EXT_ERRATA_CLR;

	em_write(sc, EM_CTRL_EXT, ext | EM_CTRL_EXT_ERRATA_SET);
	em_write(sc, EM_GCR, em_read(sc, EM_GCR) | EM_GCR_L0S_ERRATA);
	em_write(sc, EM_GCR2, em_read(sc, EM_GCR2) | EM_GCR2_ERRATA);
	em_write(sc, EM_TARC0, em_read(sc, EM_TARC0) | EM_TARC0_ERRATA);
	return em_ctrl(sc, EM_CTRL_ERRATA, 0, "reset");
}

static int
em_reset_now(struct em_softc *sc)
{
	int error;

	em_quiet(sc);
	error = em_master_stop(sc);
	if (error != 0)
		return error;
	error = em_ctrl(sc, 0, EM_CTRL_RST, "reset");
	if (error != 0)
		return error;
	DELAY(EM_RESET_US);
	error = em_poll(sc, EM_CTRL, EM_CTRL_RST, 0, NULL, "reset (CTRL.RST)");
	if (error == 0)
		error = em_poll(sc, EM_EEC, EM_EEC_AUTO_RD, EM_EEC_AUTO_RD, NULL,
		    "reset: the NVM being loaded (EEC.AUTO_RD)");
	return error;
}

int
em_reset(struct em_softc *sc)
{
	int error;

	em_master(sc, true);
	error = em_reset_now(sc);
	sc->sc_lost = error != 0;
	if (error != 0) {
		em_master(sc, false);	/* whatever state it is in: no DMA */
		return error;
	}
	DELAY(EM_PHY_CONF_US);
	em_write(sc, EM_IMC, ~(uint32_t)0);
	(void)em_read(sc, EM_ICR);
	error = em_errata(sc);
	sc->sc_lost = error != 0;
	return error;
}

void
em_aspm_off(struct em_softc *sc)
{
	uint32_t link;
	int cap;

	if (pdk_pci_find_cap(&sc->sc_dev, PCI_CAP_PCIEXPRESS, &cap) != 0)
		return;
	/* The upper half is the link's status, RW1C. */
	link = pdk_pci_read(&sc->sc_dev, cap + EM_PCI_LNKCTL) & 0xffff;
	pdk_pci_write(&sc->sc_dev, cap + EM_PCI_LNKCTL, link & ~(uint32_t)EM_PCI_LNKCTL_ASPM);
}

void
em_drv_load(struct em_softc *sc, bool on)
{
	uint32_t ext = sc->sc_lost ? EM_GONE : em_read(sc, EM_CTRL_EXT);

	if (ext == EM_GONE)
		return;
	ext &= ~(uint32_t)EM_CTRL_EXT_DRV_LOAD;
	em_write(sc, EM_CTRL_EXT, ext | (on ? EM_CTRL_EXT_DRV_LOAD : 0));
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
	/* A reset leaves these as they were, and what they are after power on is not defined. */
	for (i = 1; i < EM_NRA; i++)
		em_write(sc, EM_RAH(i), 0);
	for (word = 0; word < EM_NMTA; word++) {
		mta = 0;
		for (i = 0; i < conf->nmcast; i++)
			if (em_hash(conf->mcast[i]) >> 5 == word)
				mta |= (uint32_t)1 << (em_hash(conf->mcast[i]) & 31);
		em_write(sc, EM_MTA(word), mta);
	}
	em_write(sc, EM_RCTL, rctl);
}
