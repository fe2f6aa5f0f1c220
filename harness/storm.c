/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a storm of interrupts; see storm.h. */
#include <string.h>

#include "harness/storm.h"
#include "harness/trace.h"

#define S_NS		UINT64_C(1000000000)
#define DRAIN_NS	(S_NS / 10)	/* takes one off */
#define CLAIM		100u		/* so many does one that was claimed */

/* FNV-1a, by words. */
static uint64_t
mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * UINT64_C(0x100000001b3);
}

/* Something came of it that the device need not know of. */
static bool
is_progress(const struct trace_entry *e)
{
	const char *kind = (const char *)(uintptr_t)e->a;

	if (trace_op(e) == TRACE_STATE)
		return true;
	return trace_op(e) == TRACE_OTHER && (strcmp(kind, "net") == 0 ||
	    strcmp(kind, "80211") == 0);
}

static bool
has_four(enum trace_op op)
{
	return op == TRACE_OTHER || op == TRACE_BEGIN || op == TRACE_END || op == TRACE_TRACK;
}

uint64_t
storm_did(const struct trace_entry *e, unsigned n, uint64_t unlike)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; n > 0; n--, e++) {
		if (is_progress(e))
			return unlike;
		h = mix(mix(mix(h, e->head), e->a), e->b);
		if (has_four(trace_op(e)))
			h = mix(mix(h, e->c), e->d);
	}
	return h;
}

static void
drain(struct storm *s, uint64_t now)
{
	uint64_t n = now > s->drained ? (now - s->drained) / DRAIN_NS : 0;

	s->drained += n * DRAIN_NS;
	s->strays -= n < s->strays ? (uint32_t)n : s->strays;
}

static enum storm_kind
stray(struct storm *s, uint64_t now)
{
	drain(s, now);
	if (s->strays == 0) {
		s->drained = s->since = now;
		s->came = 0;
	}
	s->came++;
	return ++s->strays >= STORM_STRAYS ? STORM_STRAY : STORM_NONE;
}

static enum storm_kind
claim(struct storm *s, uint64_t did, uint64_t now)
{
	s->strays -= s->strays < CLAIM ? s->strays : CLAIM;
	if (s->same == 0 || (did != s->did && s->same != STORM_SUSPECT)) {
		s->same = 0;
		s->same_since = now;
	}
	s->did = did;
	return ++s->same >= STORM_SAME ? STORM_ALIKE : STORM_NONE;
}

enum storm_kind
storm_judge(struct storm *s, bool claimed, uint64_t did, uint64_t now)
{
	return claimed ? claim(s, did, now) : stray(s, now);
}
