/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz.c - two things that every driver has, and a fuzzer's target of each: a parser of entries of type,
 * length and value, as in a firmware file, and a receive ring whose index the device tells.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bug.h"

#define RING		8
#define TABLE		16
#define HEAD		2

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ring {
	unsigned	*slot;		/* RING of them */
	unsigned	 next;
};

/* The value of an entry goes to where its type says. */
static void
toy_entry(uint8_t *table, unsigned type, const uint8_t *val, size_t len)
{
	if (len == 0 || (type >= TABLE && !bug("tlv_type_unchecked")))
		return;
	table[type] = val[len - 1];
}

static void
toy_parse(const uint8_t *p, size_t left)
{
	uint8_t *table = calloc(1, TABLE);
	size_t len;

	if (table == NULL)
		return;
	while (left >= HEAD || (left > 0 && bug("tlv_head_cut_short"))) {
		len = p[1];
		if (len > left - HEAD && !bug("tlv_length_unchecked"))
			break;
		toy_entry(table, p[0], p + HEAD, len);
		p += HEAD + len;
		left -= HEAD + len;
	}
	free(table);
}

/* The device says how far it has filled the ring. */
static void
toy_rx(struct ring *r, unsigned closed)
{
	if (closed > (bug("ring_index_off_by_one") ? RING : RING - 1))
		return;
	while (r->next != closed) {
		r->slot[r->next]++;
		if (++r->next >= RING)
			r->next = bug("ring_index_off_by_one") && closed == RING ? RING : 0;
	}
	r->slot[closed] |= 0x80000000;
}

static void
toy_ring(const uint8_t *p, size_t n)
{
	struct ring r = { calloc(RING, sizeof(*r.slot)), 0 };
	size_t i;

	for (i = 0; r.slot != NULL && i < n; i++)
		toy_rx(&r, p[i]);
	free(r.slot);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		toy_parse(data + 1, size - 1);
	else
		toy_ring(data + 1, size - 1);
	return 0;
}
