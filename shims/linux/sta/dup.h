/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dup.h - frames that were received already (IEEE 802.11-2016, 10.3.2.11): a retry with the
 * number of the frame before.
 *
 *	if (dup_is(&d, retry, tid, seqctl))	each unicast frame of one sender, in order
 *		drop
 */
#ifndef STA_DUP_H
#define STA_DUP_H

#include <stdbool.h>
#include <stdint.h>

#define DUP_NO_TID	16u

struct dup {
	int32_t	last[17];		/* Sequence Control; -1: none yet */
};

static inline void
dup_init(struct dup *d)
{
	unsigned i;

	for (i = 0; i <= DUP_NO_TID; i++)
		d->last[i] = -1;
}

/* `tid`: 0..15, or DUP_NO_TID of a frame without QoS. */
static inline bool
dup_is(struct dup *d, bool retry, unsigned tid, uint16_t seqctl)
{
	bool dup = retry && d->last[tid] == seqctl;

	d->last[tid] = seqctl;
	return dup;
}

#endif /* STA_DUP_H */
