/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.c - what the card looks like on the bus. A real one has a BAR for its flash and one of
 * I/O ports besides, which no driver needs.
 */
#include "tools/sim/i82574/card.h"

#define VENDOR_INTEL		0x8086
#define DEVICE_82574L		0x10d3
#define SUBDEVICE		0xa01f		/* Gigabit CT Desktop Adapter */
#define CLASS_ETHERNET		0x020000
#define PMC			0xc822		/* version 2, device specific, PME D0 D3 */
#define MSIX_BAR		3
#define MSIX_SIZE		0x4000
#define MSIX_PBA		0x2000
#define EXTCAP_DSN		0x0003

int
gbe_pci_build(struct card *c)
{
	static const struct sim_pcie pcie = {
		.devcap = 0x00008cc1,	/* 256 bytes, L0s 512 ns, L1 64 us, no FLR */
		.devctl = 0x2810,
		.lnkcap = 0x00031c11,	/* 2.5 GT/s, x1, ASPM L0s L1 */
		.lnkctl = 0x0003,	/* as firmware of many boards leaves it */
		.lnksta = 0x1011,
	};
	const uint8_t *mac = c->cfg.mac;
	uint8_t dsn[8];
	int error, i;

	sim_cfg_ids(c->dev, &(struct sim_ids){ .vendor = VENDOR_INTEL, .device = DEVICE_82574L,
	    .subvendor = VENDOR_INTEL, .subdevice = SUBDEVICE, .class_code = CLASS_ETHERNET,
	    .int_pin = 1 });
	error = sim_cfg_bar(c->dev, 0, SIM_BAR_MEM32, BAR_SIZE);
	if (error == 0)
		error = sim_cap_pm(c->dev, PMC, 0x0000);
	if (error == 0 && !c->cfg.no_msi)
		error = sim_cap_msi(c->dev, 1, true, false);
	if (error == 0)
		error = sim_cap_pcie(c->dev, &pcie);
	if (error == 0 && !c->cfg.no_msix)
		error = sim_cfg_bar(c->dev, MSIX_BAR, SIM_BAR_MEM32, MSIX_SIZE);
	if (error == 0 && !c->cfg.no_msix)
		error = sim_cap_msix(c->dev, NVEC, MSIX_BAR, 0, MSIX_BAR, MSIX_PBA);
	/* Device serial number: the MAC address as EUI-64. */
	for (i = 0; i < 3; i++) {
		dsn[i] = mac[5 - i];
		dsn[5 + i] = mac[2 - i];
	}
	dsn[3] = dsn[4] = 0xff;
	return error != 0 ? error :
	    sim_extcap_raw(c->dev, EXTCAP_DSN, 1, dsn, NULL, sizeof(dsn), NULL);
}
