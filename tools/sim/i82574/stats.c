/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.c - the statistics registers (10.2.7 there), of 32 or 64 bits; octets count with FCS.
 */
#include <string.h>

#include "tools/sim/i82574/card.h"

void
gbe_count(struct card *c, unsigned off, uint64_t n)
{
	bool wide = off == R_GORCL || off == R_GOTCL || off == R_TORL || off == R_TOTL;
	uint64_t v = *reg(c, off) + n;

	*reg(c, off) = (uint32_t)v;
	if (wide)
		*reg(c, off + 4) += (uint32_t)(v >> 32);
	else if (v > UINT32_MAX)
		*reg(c, off) = UINT32_MAX;		/* they stay at their end */
}

/* Six registers by the length of the frame. */
static unsigned
by_length(size_t len)
{
	static const size_t most[] = { 64, 127, 255, 511, 1023 };
	unsigned i;

	for (i = 0; i < 5 && len > most[i]; i++)
		;
	return 4 * i;
}

/* Of a group address, the register for it; else 0. */
static unsigned
group(const uint8_t *f, unsigned multi, unsigned broad)
{
	if ((f[0] & 1) == 0)
		return 0;
	return memcmp(f, "\xff\xff\xff\xff\xff\xff", 6) == 0 ? broad : multi;
}

void
gbe_count_rx(struct card *c, const uint8_t *f, size_t len)
{
	unsigned g = group(f, R_MPRC, R_BPRC);

	gbe_count(c, R_GPRC, 1);
	gbe_count(c, R_GORCL, len + ETH_FCS);
	gbe_count(c, R_PRC64 + by_length(len + ETH_FCS), 1);
	if (g != 0)
		gbe_count(c, g, 1);
}

void
gbe_count_tx(struct card *c, const uint8_t *f, size_t len)
{
	unsigned g = group(f, R_MPTC, R_BPTC);

	gbe_count(c, R_GPTC, 1);
	gbe_count(c, R_TPT, 1);
	gbe_count(c, R_GOTCL, len + ETH_FCS);
	gbe_count(c, R_TOTL, len + ETH_FCS);
	gbe_count(c, R_PTC64 + by_length(len + ETH_FCS), 1);
	if (g != 0)
		gbe_count(c, g, 1);
}
