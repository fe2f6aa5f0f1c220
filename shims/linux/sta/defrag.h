/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * defrag.h - MSDUs put together from fragments (IEEE 802.11-2016, 10.6).
 *
 *	r = defrag_put(&d, &frag, now, &msdu, &len);
 *
 * Fragments of one MSDU come from one sender, with one number, in order; those of an encrypted
 * one have one key and consecutive packet numbers, and none of them is in the clear.
 */
#ifndef STA_DEFRAG_H
#define STA_DEFRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shims/linux/sta/ccmp.h"

#define DEFRAG_SLOTS	4u			/* MSDUs at a time, of several TIDs */
#define DEFRAG_MAX	2304u			/* an MSDU */
#define DEFRAG_ROOM	16u			/* octets free before it */

struct defrag_slot {
	bool		used, sealed;
	uint8_t		tid, next;		/* next: number of the fragment to come */
	uint16_t	seq;
	uint64_t	when;
	size_t		len;
	struct ccmp_fragment key;
	uint8_t		buf[DEFRAG_ROOM + DEFRAG_MAX];
};
struct defrag {
	struct defrag_slot slot[DEFRAG_SLOTS];
};

struct defrag_in {
	uint16_t	 seq;
	uint8_t		 frag, tid;
	bool		 more;			/* another follows */
	bool		 sealed;
	uint64_t	 serial, pn;
	const uint8_t	*body;
	size_t		 len;
};

enum defrag_result { DEFRAG_MORE, DEFRAG_DONE, DEFRAG_BAD };

void	defrag_reset(struct defrag *);
/* DONE: the MSDU, with DEFRAG_ROOM octets of room before it, until the next call. */
enum defrag_result defrag_put(struct defrag *, const struct defrag_in *, uint64_t now,
	    uint8_t **msdu, size_t *len);

#endif /* STA_DEFRAG_H */
