/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.c - base, length, head and tail of a ring of descriptors, and what a driver can do wrong
 * with them.
 */
#include "tools/sim/i82574/card.h"

/* Offsets from the first register. */
enum { BAL = 0, BAH = 4, LEN = 8, HEAD = 0x10, TAIL = 0x18 };

uint32_t
gbe_ring_size(struct card *c, const struct ring *r)
{
	return *reg(c, r->bal + LEN) / DESC_SIZE;
}

uint64_t
gbe_ring_desc(struct card *c, const struct ring *r, uint32_t i)
{
	uint64_t base = *reg(c, r->bal + BAL) | (uint64_t)*reg(c, r->bal + BAH) << 32;

	return base + (uint64_t)i * DESC_SIZE;
}

static bool
tail_write(struct card *c, const struct ring *r, uint32_t v, bool on)
{
	uint32_t size = gbe_ring_size(c, r);

	if (v >= size && (on || v != 0)) {
		sim_violation(c->dev, "tail-beyond", "%s tail %u is outside of the ring of %u "
		    "descriptors; the card ignores it", r->what, v, size);
		return false;
	}
	*reg(c, r->bal + TAIL) = v & 0xffff;
	return on;
}

bool
gbe_ring_write(struct card *c, const struct ring *r, unsigned off, uint32_t v, bool on)
{
	unsigned at = off - r->bal;
	bool live = on && *reg(c, r->bal + HEAD) != *reg(c, r->bal + TAIL);

	if (at == TAIL)
		return tail_write(c, r, v, on);
	if (live)
		sim_violation(c->dev, "ring-live",
		    "%s is written while the card has descriptors of "
		    "the %s ring; stop or reset it first", gbe_reg_name(c, 0, off), r->what);
	if (at == BAL && v % DESC_SIZE != 0)
		sim_violation(c->dev, "ring-align", "the %s ring at 0x%08x is not aligned to %u "
		    "octets",
		    r->what, v, DESC_SIZE);
	if (at == LEN && v % 128 != 0)
		sim_violation(c->dev, "ring-len",
		    "the %s ring's length of %u octets is no multiple "
		    "of 128",
		    r->what, v);
	*reg(c, off) = v & c->mask[off / 4];
	return false;
}
