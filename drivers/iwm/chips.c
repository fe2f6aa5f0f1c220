/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chips.c - the cards this driver knows.  A new member of the family is a row in each table.
 */
#include "iwm.h"

const struct pdk_pci_id iwm_ids[] = {
	{ 0x8086, 0x08b1 },
	{ 0x8086, 0x08b2 },
	{ 0, 0 }
};

/* SRAM: data from iwlwifi cfg/7000.c (DCCM), instructions up to the end of the extended area. */
#define IWM_7260(id) {								\
	.product = id,								\
	.name = "Intel Dual Band Wireless AC 7260",				\
	.hw_type = CSR_HW_REV_TYPE_7260,					\
	.fwname = "iwlwifi-7260-17.ucode",					\
	.fwspec = {								\
		.api_min = 17, .api_max = 17,					\
		.inst_addr = 0, .inst_size = 0x58000,				\
		.data_addr = 0x800000, .data_size = 0x14000,			\
	},									\
	.nqueues = 31,								\
	.host_interrupt_operation_mode = 1,					\
}

static const struct iwm_chip chips[] = {
	IWM_7260(0x08b1),
	IWM_7260(0x08b2),
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
