/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chips.c - the cards this driver knows.  A new member of the family is a row in each table.
 */
#include "iwm.h"

const struct pdk_pci_id iwm_ids[] = {
	{ 0x8086, 0x08b1 },
	{ 0x8086, 0x08b2 },
	{ 0x8086, 0x08b3 },
	{ 0x8086, 0x08b4 },
	{ 0x8086, 0x095a },
	{ 0x8086, 0x095b },
	{ 0, 0 }
};

/* Instructions up to the end of the extended area; data as much as the firmware file fills. */
#define IWM_CHIP(id, num, dccm, interrupt_mode)					\
	.product = id,								\
	.name = "Intel Dual Band Wireless AC " #num,				\
	.hw_type = CSR_HW_REV_TYPE_ ## num,					\
	.fwname = "iwlwifi-" #num "-17.ucode",					\
	.fwspec = {								\
		.api_min = 17, .api_max = 17,					\
		.inst_addr = 0, .inst_size = 0x58000,				\
		.data_addr = 0x800000, .data_size = dccm,			\
	},									\
	.nqueues = 31,								\
	.host_interrupt_operation_mode = interrupt_mode

static const struct iwm_chip chips[] = {
	{ IWM_CHIP(0x08b1, 7260, 0x14000, 1) },
	{ IWM_CHIP(0x08b2, 7260, 0x14000, 1) },
	{ IWM_CHIP(0x08b3, 3160, 0x10000, 1) },
	{ IWM_CHIP(0x08b4, 3160, 0x10000, 1) },
	{ IWM_CHIP(0x095a, 7265, 0x18000, 0) },
	{ IWM_CHIP(0x095b, 7265, 0x18000, 0) },
};

const struct iwm_chip *
iwm_chip_find(uint32_t pciid)
{
	unsigned i;

	for (i = 0; i < nitems(chips); i++)
		if (chips[i].product == pciid >> 16)
			return &chips[i];
	return NULL;
}
