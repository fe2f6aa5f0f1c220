/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chips.c - the members of the family, and in what they differ. All else is the 7260's.
 *
 * Device, subsystem, NVM version: Linux' iwlwifi, pcie/drv.c and cfg/7000.c. HW_REV and PCI
 * revision: what owners of the cards saw in dmesg and lspci. Data memory: what the firmware file
 * of the card fills. Antennas: what that file says (PHY_SKU). The 7265 is the first one, not the
 * 7265D, which has the same PCI device but HW_REV 0x210 and another firmware.
 */
#include "tools/sim/i7260/card.h"

const struct chip chip_7260 = {
	.model = "i7260", .device = 0x08b1, .subdevice = 0x4070, .revision = 0x73,
	.hw_rev = 0x144, .data_size = 0x14000, .antennas = ANT_A | ANT_B,
};

const struct chip chip_3160 = {
	.model = "i3160", .device = 0x08b3, .subdevice = 0x0070, .revision = 0x83,
	.hw_rev = 0x164, .data_size = 0x10000, .antennas = ANT_A,
};

const struct chip chip_7265 = {
	.model = "i7265", .device = 0x095a, .subdevice = 0x5010, .revision = 0x48,
	.hw_rev = 0x184, .data_size = 0x18000, .antennas = ANT_A | ANT_B,
};
