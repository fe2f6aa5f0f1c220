/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nvm.c - the NVM: 64 words of 16 bits (chapter 6 there), read through EERD, and what the card
 * loads from it by itself after a reset.
 */
#include "tools/sim/i82574/card.h"

/* Words that are not left 0; the address is in 0 to 2, the checksum in 0x3f. */
static const struct { uint8_t word; uint16_t value; } words[] = {
	{ 0x03, 0x0420 }, { 0x04, 0xf746 }, { 0x05, 0x2010 }, { 0x06, 0xffff }, { 0x07, 0xffff },
	{ 0x0a, 0x026b },		/* Initialization Control Word 1: ids are loaded */
	{ 0x0b, 0xa01f }, { 0x0c, 0x8086 }, { 0x0d, 0x10d3 },
	{ 0x0f, 0x8058 },		/* Word 2: no manageability, a valid signature */
	{ 0x11, 0x2001 }, { 0x12, 0x7e7c }, { 0x14, 0x1000 }, { 0x15, 0x00c8 }, { 0x17, 0x2704 },
	{ 0x18, 0x6cc9 }, { 0x19, 0x3150 },
	{ 0x1a, 0x073e },		/* PCIe Initialization 3: L0s and L1 are supported */
	{ 0x1b, 0x460b }, { 0x1c, 0x2d84 }, { 0x1d, 0x0100 }, { 0x1e, 0xf000 }, { 0x1f, 0x0706 },
	{ 0x24, 0x4f01 }, { 0x30, 0x0100 }, { 0x31, 0xc000 }, { 0x32, 0x121c }, { 0x33, 0xc007 },
};

void
gbe_nvm_build(struct card *c)
{
	uint16_t sum = 0;

	for (unsigned i = 0; i < 3; i++)
		c->nvm[i] = (uint16_t)(c->cfg.mac[2 * i] | c->cfg.mac[2 * i + 1] << 8);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		c->nvm[words[i].word] = words[i].value;
	for (unsigned i = 0; i < NVM_WORDS - 1; i++)
		sum = (uint16_t)(sum + c->nvm[i]);
	c->nvm[NVM_WORDS - 1] = (uint16_t)(NVM_SUM - sum + c->cfg.nvm_bad);
}

void
gbe_nvm_load(struct card *c)
{
	*reg(c, R_RAL) = c->nvm[0] | (uint32_t)c->nvm[1] << 16;
	*reg(c, R_RAH) = c->nvm[2] | RAH_AV;
}

void
gbe_eerd_write(struct card *c, uint32_t v)
{
	unsigned word = v >> 2 & 0x3fff;

	if ((v & EERD_START) == 0)
		return;
	if ((*reg(c, R_EERD) & EERD_DONE) == 0) {
		sim_violation(c->dev, "eerd-busy", "EERD is written while the word before is being "
		    "read; wait for EERD.DONE");
		return;
	}
	*reg(c, R_EERD) = word << 2;
	if (!c->cfg.nvm_hang)
		*reg(c, R_EERD) |= EERD_DONE |
		    (uint32_t)(word < NVM_WORDS ? c->nvm[word] : 0xffff) << 16;
}
