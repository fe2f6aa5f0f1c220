/* SPDX-License-Identifier: BSD-2-Clause */
/* fwfile.c - a firmware file: a section of a word for each image, and what the driver needs. */
#include "tests/fuzz/iwm/iwm.h"

static uint8_t file[1024];
static size_t size;

static void
put(uint32_t w)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		file[size++] = (uint8_t)(w >> 8 * i);
}

void
fwfile_offer(void)
{
	if (size != 0)
		return;
	put(0), put(0x0a4c5749);
	size += 64;
	put(17), put(0), put(0), put(0);
	put(29), put(8), put(0), put(1u << IWM_UCODE_TLV_API_NEW_VERSION |
	    1 << IWM_UCODE_TLV_API_WIDE_CMD_HDR);
	put(30), put(8), put(0), put(1 << IWM_UCODE_TLV_CAPA_DQA_SUPPORT);
	put(31), put(4), put(40);
	put(19), put(12), put(0), put(1), put(2);
	put(20), put(12), put(0), put(1), put(2);
	put(36), put(12), put(17), put(1), put(0);
	put(23), put(4), put(0x00330018);
	inproc_fw = file;
	inproc_fw_size = size;
}
