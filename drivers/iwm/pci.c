/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.c - finding the card: configuration space, BAR 0, hardware revision.
 */
#include "iwm.h"

#define IWM_BAR_SIZE	0x2000

/* Also after a suspend, which loses it. */
void
iwm_pci_config(struct iwm_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	uint32_t v;
	int off;

	v = pdk_pci_read(dev, PCI_CFG_RETRY_TIMEOUT);
	if ((v & PCI_CFG_RETRY_TIMEOUT_MSK) != 0)
		pdk_pci_write(dev, PCI_CFG_RETRY_TIMEOUT, v & ~PCI_CFG_RETRY_TIMEOUT_MSK);
	if (pdk_pci_find_cap(dev, PCI_CAP_PCIEXPRESS, &off) == 0)
		sc->sc_ltr = (pdk_pci_read(dev, off + PCIE_DCSR2) & PCIE_DCSR2_LTREN) != 0;
}

static int
identify(struct iwm_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_hw_rev = iwm_read(sc, CSR_HW_REV);
	pdk_unlock(&sc->sc_dev);
	if ((sc->sc_flags & IWM_F_GONE) != 0)
		return ENXIO;
	if (CSR_HW_REV_TYPE(sc->sc_hw_rev) == CSR_HW_REV_TYPE_7265D) {
		IWM_FAIL(sc, ENODEV, "CSR_HW_REV 0x%x: a 7265D, whose firmware "
		    "(iwlwifi-7265D-29.ucode) has another interface, API 22 to 29; this driver "
		    "speaks 17", sc->sc_hw_rev);
		return ENODEV;
	}
	if (CSR_HW_REV_TYPE(sc->sc_hw_rev) != sc->sc_chip->hw_type) {
		IWM_FAIL(sc, ENODEV, "CSR_HW_REV 0x%x: this is no %s (0x%x), and no firmware for "
		    "it is known here", sc->sc_hw_rev, sc->sc_chip->name, sc->sc_chip->hw_type);
		return ENODEV;
	}
	pdk_info(&sc->sc_dev, "chip", "%s", sc->sc_chip->name);
	pdk_info(&sc->sc_dev, "hw_rev", "0x%x", sc->sc_hw_rev);
	return 0;
}

int
iwm_pci_attach(struct iwm_softc *sc)
{
	int error;

	sc->sc_chip = iwm_chip_find(pdk_pci_id(&sc->sc_dev));
	if (sc->sc_chip == NULL)
		return ENXIO;
	iwm_pci_config(sc);
	error = pdk_pci_map_bar(&sc->sc_dev, 0, &sc->sc_st, &sc->sc_sh, &sc->sc_sz);
	if (error != 0) {
		IWM_FAIL(sc, error, "cannot map BAR 0: error %d", error);
		return error;
	}
	sc->sc_mapped = 1;
	if (sc->sc_sz < IWM_BAR_SIZE) {
		error = ENXIO;
		IWM_FAIL(sc, error, "BAR 0 has %u bytes, and the registers of such a card are in %u",
		    (unsigned)sc->sc_sz, IWM_BAR_SIZE);
	} else
		error = identify(sc);
	if (error != 0)
		iwm_pci_detach(sc);
	return error;
}

void
iwm_pci_detach(struct iwm_softc *sc)
{
	if (sc->sc_mapped)
		pdk_pci_unmap_bar(&sc->sc_dev, 0);
	sc->sc_mapped = 0;
}
