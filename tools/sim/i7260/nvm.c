/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nvm.c - what the one-time programmable memory holds: sections HW (0), SW (1), CALIBRATION (4) and
 * PRODUCTION (5), in 16-bit words. The MAC address stands in the HW section with the bytes of each
 * word swapped. The driver may write over a copy of it (NVM_ACCESS_CMD).
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

#define WORD(n)		(2 * (n))
#define HW_WORDS	0x1c0
#define  HW_SUBSYSTEM_ID 0x0a	/* big endian, as all of this section */
#define  HW_ADDR	0x15
#define SW_WORDS	0x0f8
#define  SW_VERSION	0
#define  SW_RADIO_CFG	1
#define  SW_SKU		2
#define  SW_N_HW_ADDRS	3
#define  SW_CHANNELS	0x20
#define CALIB_WORDS	0x0a0
#define  CALIB_XTAL	0x5e
#define PRODUCTION_WORDS 0x40

enum { SEC_HW = 0, SEC_SW = 1, SEC_CALIB = 4, SEC_PRODUCTION = 5 };

enum {
	CH_VALID = 1 << 0, CH_IBSS = 1 << 1, CH_ACTIVE = 1 << 3, CH_RADAR = 1 << 4,
	CH_GO_CONCURRENT = 1 << 6, CH_WIDE = 1 << 8, CH_40MHZ = 1 << 9, CH_80MHZ = 1 << 10,
};

static size_t
hw_section(const struct card *c, uint8_t *b)
{
	static const uint8_t none[6];
	const uint8_t *mac = c->cfg.nvm_corrupt == NVM_NO_MAC ? none : c->cfg.mac;
	unsigned i;

	b[WORD(HW_SUBSYSTEM_ID)] = (uint8_t)(c->chip->subdevice >> 8);
	b[WORD(HW_SUBSYSTEM_ID) + 1] = (uint8_t)c->chip->subdevice;
	for (i = 0; i < 6; i++)
		b[WORD(HW_ADDR) + (i ^ 1)] = mac[i];
	return WORD(HW_WORDS);
}

/* In the order of the memory: 1-14, 36-64, 100-144, 149-165. */
static void
channels(uint8_t *b)
{
	unsigned i, n = 0;

	for (i = 1; i <= 14; i++, n++) {
		unsigned fl = CH_VALID | CH_IBSS | CH_ACTIVE | CH_GO_CONCURRENT | CH_WIDE |
		    CH_40MHZ;

		put16(b + WORD(n), i <= 11 ? fl : i <= 13 ? fl & ~(CH_IBSS | CH_ACTIVE) : 0);
	}
	for (i = 36; i <= 165; i += i == 64 ? 36 : i == 144 ? 5 : 4, n++) {
		unsigned fl = CH_VALID | CH_WIDE | CH_40MHZ | CH_80MHZ;

		if (i >= 52 && i <= 144)
			fl |= CH_RADAR;
		else
			fl |= CH_ACTIVE | CH_IBSS | CH_GO_CONCURRENT;
		if (i == 144 || i == 165)
			fl &= ~(unsigned)(CH_40MHZ | CH_80MHZ);
		put16(b + WORD(n), fl);
	}
}

bool
nvm_channel_active(const struct card *c, unsigned channel)
{
	uint8_t b[WORD(64)] = { 0 };
	unsigned i, n = 0;

	(void)c;
	channels(b);
	for (i = 1; i <= 14; i++, n++)
		if (i == channel)
			return (get16(b + WORD(n)) & CH_ACTIVE) != 0;
	for (i = 36; i <= 165; i += i == 64 ? 36 : i == 144 ? 5 : 4, n++)
		if (i == channel)
			return (get16(b + WORD(n)) & CH_ACTIVE) != 0;
	return false;
}

static size_t
sw_section(const struct card *c, uint8_t *b)
{
	put16(b + WORD(SW_VERSION), c->cfg.nvm_corrupt == NVM_OLD_VERSION ? 1 : c->cfg.nvm_version);
	put16(b + WORD(SW_RADIO_CFG), c->cfg.nvm_radio_cfg);
	put16(b + WORD(SW_SKU), c->cfg.nvm_sku);
	put16(b + WORD(SW_N_HW_ADDRS), 1);
	channels(b + WORD(SW_CHANNELS));
	return c->cfg.nvm_corrupt == NVM_SHORT ? 6 : WORD(SW_WORDS);
}

static size_t
calib_section(uint8_t *b)
{
	put16(b + WORD(CALIB_XTAL), 0x0040);
	put16(b + WORD(CALIB_XTAL + 1), 0x0040);
	return WORD(CALIB_WORDS);
}

/* ---- what the driver wrote over it ---- */

#define SECTION_MAX	2048u

struct nvm_copy {
	size_t		len[NVM_NSECTIONS];	/* 0: as in the OTP */
	uint8_t		data[NVM_NSECTIONS][SECTION_MAX];
};

bool
nvm_section_write(struct card *c, unsigned section, unsigned offset, const uint8_t *data,
    size_t len)
{
	struct nvm_copy *copy = c->nvm;
	size_t had;

	if (offset + len > SECTION_MAX)
		return false;
	if (copy == NULL && (copy = c->nvm = calloc(1, sizeof(*copy))) == NULL)
		return false;
	if (copy->len[section] == 0) {
		(void)nvm_section(c, section, &had, copy->data[section]);
		copy->len[section] = had;
	}
	memcpy(copy->data[section] + offset, data, len);
	if (offset + len > copy->len[section])
		copy->len[section] = offset + len;
	return true;
}

void
nvm_forget(struct card *c)
{
	free(c->nvm);
	c->nvm = NULL;
}

const uint8_t *
nvm_section(const struct card *c, unsigned section, size_t *len, uint8_t *buf)
{
	unsigned i;

	*len = 0;
	if (c->nvm != NULL && c->nvm->len[section] != 0) {
		*len = c->nvm->len[section];
		memcpy(buf, c->nvm->data[section], SECTION_MAX);
		return buf;
	}
	if (c->cfg.nvm_corrupt == NVM_EMPTY)
		return NULL;
	memset(buf, 0, SECTION_MAX);
	switch (section) {
	case SEC_HW:
		*len = hw_section(c, buf);
		break;
	case SEC_SW:
		*len = sw_section(c, buf);
		break;
	case SEC_CALIB:
		*len = calib_section(buf);
		break;
	case SEC_PRODUCTION:
		for (i = 0; i < WORD(PRODUCTION_WORDS); i++)
			buf[i] = (uint8_t)(0x20 + i);
		*len = WORD(PRODUCTION_WORDS);
		break;
	default:
		return NULL;
	}
	return buf;
}
