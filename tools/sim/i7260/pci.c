/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.c - what the card looks like on the bus, as lspci shows a real one.
 */
#include "tools/sim/i7260/card.h"

#define VENDOR_INTEL		0x8086
#define CLASS_NETWORK_OTHER	0x028000
#define PMC_D0_D3_PME		0xc803		/* version 3, PME from D0, D3hot and D3cold */
#define EXTCAP_DSN		0x0003

int
pci_build(struct card *c)
{
	static const struct sim_pcie pcie = {
		.devcap = 0x10008ec0,	/* 128 bytes, L0s 512 ns, L1 unlimited, FLR */
		.devctl = 0x2810,
		.lnkcap = 0x0006ec11,	/* 2.5 GT/s, x1, ASPM L0s L1 */
		.lnkctl = 0x0040,
		.lnksta = 0x1011,
		.devcap2 = 0x00000812,	/* completion timeout B, disable, LTR */
		.lnkcap2 = 0x00000002,
		.lnkctl2 = 0x0001,
	};
	uint8_t dsn[8];
	const uint8_t *mac = c->cfg.mac;
	int error, i;

	sim_cfg_ids(c->dev, &(struct sim_ids){ .vendor = VENDOR_INTEL, .device = c->chip->device,
	    .subvendor = VENDOR_INTEL, .subdevice = c->chip->subdevice,
	    .class_code = CLASS_NETWORK_OTHER, .revision = c->chip->revision, .int_pin = 1 });
	if ((error = sim_cfg_bar(c->dev, 0, SIM_BAR_MEM64, I7260_BAR_SIZE)) != 0)
		return error;
	if ((error = sim_cap_pm(c->dev, PMC_D0_D3_PME, 0x0008)) != 0)
		return error;
	if (c->cfg.msi && (error = sim_cap_msi(c->dev, 1, true, false)) != 0)
		return error;
	if ((error = sim_cap_pcie(c->dev, &pcie)) != 0)
		return error;
	/* Device serial number: the MAC address as EUI-64. */
	for (i = 0; i < 3; i++) {
		dsn[i] = mac[5 - i];
		dsn[5 + i] = mac[2 - i];
	}
	dsn[3] = dsn[4] = 0xff;
	return sim_extcap_raw(c->dev, EXTCAP_DSN, 1, dsn, NULL, sizeof(dsn), NULL);
}
