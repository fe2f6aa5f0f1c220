/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate.c - the firmware's rate words (rate_n_flags, version 1) and the air's rates.
 *
 *	bits 7:0   PLCP code of a legacy rate, or MCS index (HT); bits 3:0, 5:4 MCS, streams (VHT)
 *	bit 8 HT, bit 9 CCK, bit 10 greenfield, bits 12:11 width, bit 13 short GI, bits 15:14
 *	antennas, bit 26 VHT
 */
#include "tools/sim/i7260/card.h"

#define RATE_GF		0x00000400u
#define RATE_WIDTH	0x00001800u
#define RATE_SGI	0x00002000u

static const struct { uint8_t plcp, index; bool cck; } legacy[] = {
	{ 10, 2, true }, { 20, 4, true }, { 55, 11, true }, { 110, 22, true },
	{ 13, 12, false }, { 15, 18, false }, { 5, 24, false }, { 7, 36, false },
	{ 9, 48, false }, { 11, 72, false }, { 1, 96, false }, { 3, 108, false },
};
#define NLEGACY	(sizeof(legacy) / sizeof(legacy[0]))

static void
ht_flags(uint32_t word, unsigned width, struct air_rate *r)
{
	if ((word & RATE_SGI) != 0)
		r->flags |= AIR_RATE_SGI;
	if ((word & RATE_GF) != 0 && (word & RATE_VHT) == 0)
		r->flags |= AIR_RATE_GF;
	if ((word & RATE_WIDTH) != 0 && width >= 40)
		r->flags |= AIR_RATE_40MHZ;
}

/* Antennas that a word names, and those that its streams need. */
static bool
has_antennas(const struct card *c, uint32_t word)
{
	unsigned named = word / RATE_ANT_A & 3;
	bool two = (word & RATE_VHT) != 0 ? (word & 0x30) != 0 :
	    (word & RATE_HT) != 0 && (word & 0x3f) > 7;

	return (named & ~c->chip->antennas) == 0 && (!two || c->chip->antennas == (ANT_A | ANT_B));
}

bool
rate_to_air(const struct card *c, uint32_t word, unsigned width, struct air_rate *r)
{
	unsigned i, mcs;

	if (!has_antennas(c, word))
		return false;
	*r = (struct air_rate){ .kind = AIR_RATE_HT };
	if ((word & RATE_VHT) != 0) {
		mcs = word & 0xf;
		r->index = (uint8_t)((mcs > 7 ? 7 : mcs) + 8 * (word >> 4 & 1));
		ht_flags(word, width, r);
		return true;
	}
	if ((word & RATE_HT) != 0) {
		r->index = word & 0x3f;
		ht_flags(word, width, r);
		return r->index < 16;
	}
	r->kind = AIR_RATE_LEGACY;
	for (i = 0; i < NLEGACY; i++)
		if (legacy[i].plcp == (word & 0xff) && legacy[i].cck == ((word & RATE_CCK) != 0)) {
			r->index = legacy[i].index;
			return true;
		}
	return false;
}

uint32_t
rate_from_air(const struct air_rate *r)
{
	uint32_t word;
	unsigned i;

	if (r->kind == AIR_RATE_HT) {
		word = RATE_HT | r->index | RATE_ANT_A;
		if (r->index > 7)
			word |= RATE_ANT_B;
		if ((r->flags & AIR_RATE_SGI) != 0)
			word |= RATE_SGI;
		if ((r->flags & AIR_RATE_GF) != 0)
			word |= RATE_GF;
		if ((r->flags & AIR_RATE_40MHZ) != 0)
			word |= 0x800;
		return word;
	}
	for (i = 0; i < NLEGACY - 1; i++)
		if (legacy[i].index == r->index)
			break;
	return legacy[i].plcp | (legacy[i].cck ? RATE_CCK : 0) | RATE_ANT_A;
}
