/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * storm.h - is an interrupt raised again and again, and nothing comes of it?
 *
 *  stray	the driver's handler claims none of them.  A thousand more than were claimed is a
 *		storm; some are none: each second takes ten off, each that is claimed a hundred.
 *  same	it claims them, and does the very same each time, to the last register value and
 *		sync; and when it returns the next is there already.  A device that works has other
 *		values, or pauses.
 *
 * Numbers decide, and the driver's clock only forgives: a machine that is slow has fewer.
 */
#ifndef HARNESS_STORM_H
#define HARNESS_STORM_H

#include <stdbool.h>
#include <stdint.h>

#define STORM_STRAYS	1000u
#define STORM_SAME	2000u
#define STORM_SUSPECT	(STORM_SAME / 4)

struct trace_entry;

/* One vector's, all zero at first.  Times are of the driver's clock, in ns. */
struct storm {
	uint32_t	strays;		/* in the bucket */
	uint64_t	drained;	/* when it was last taken from */
	uint32_t	came;		/* since it was empty, and since when */
	uint64_t	since;

	uint64_t	did;		/* the last time; see storm_judge() */
	uint32_t	same;		/* how often, one after the other, and since when */
	uint64_t	same_since;
};

enum storm_kind { STORM_NONE, STORM_STRAY, STORM_ALIKE };

/*
 * What a handler has done, as a number: that of the last n entries of the trace, all its.  No two
 * are the same when it has handed up a frame or reached a state.
 */
uint64_t storm_did(const struct trace_entry *, unsigned n, uint64_t unlike);

/*
 * A handler has returned that claimed it, or did not.  `did`: how many entries it has put into the
 * trace, or storm_did() of them once that is asked for.
 */
enum storm_kind storm_judge(struct storm *, bool claimed, uint64_t did, uint64_t now);

/*
 * Has it put as many so often that more must be known?  Then ask for storm_did(), which takes time,
 * and for a pause, and tell.
 */
static inline bool
storm_suspects(const struct storm *s)
{
	return __builtin_expect(s->same >= STORM_SUSPECT, 0);
}
static inline void
storm_paused(struct storm *s)
{
	s->same = 0;
}

#endif /* HARNESS_STORM_H */
