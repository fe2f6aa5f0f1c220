/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments; see defrag.h. */
#include <string.h>

#include "shims/linux/sta/defrag.h"

#define LIFETIME_NS	UINT64_C(2000000000)

void
defrag_reset(struct defrag *d)
{
	unsigned i;

	for (i = 0; i < DEFRAG_SLOTS; i++) {
		d->slot[i].used = false;
		memset(d->slot[i].buf, 0, sizeof(d->slot[i].buf));
	}
}

static struct defrag_slot *
find(struct defrag *d, const struct defrag_in *f)
{
	unsigned i;

	for (i = 0; i < DEFRAG_SLOTS; i++)
		if (d->slot[i].used && d->slot[i].seq == f->seq && d->slot[i].tid == f->tid)
			return &d->slot[i];
	return NULL;
}

/* A free slot, or the oldest; what is too old is free. */
static struct defrag_slot *
place(struct defrag *d, uint64_t now)
{
	struct defrag_slot *best = &d->slot[0];
	unsigned i;

	for (i = 0; i < DEFRAG_SLOTS; i++) {
		if (d->slot[i].used && now - d->slot[i].when > LIFETIME_NS)
			d->slot[i].used = false;
		if (!d->slot[i].used)
			return &d->slot[i];
		if (d->slot[i].when < best->when)
			best = &d->slot[i];
	}
	return best;
}

static enum defrag_result
first(struct defrag *d, const struct defrag_in *f, uint64_t now)
{
	struct defrag_slot *s = find(d, f);

	if (s == NULL)
		s = place(d, now);
	s->used = true;
	s->sealed = f->sealed;
	s->tid = f->tid;
	s->next = 1;
	s->seq = f->seq;
	s->when = now;
	s->len = f->len;
	if (f->sealed)
		ccmp_fragment_first(&s->key, f->serial, f->pn);
	memcpy(s->buf + DEFRAG_ROOM, f->body, f->len);
	return DEFRAG_MORE;
}

static bool
fits(struct defrag_slot *s, const struct defrag_in *f, uint64_t now)
{
	return f->frag == s->next && f->sealed == s->sealed && now - s->when <= LIFETIME_NS &&
	    f->len <= DEFRAG_MAX - s->len &&
	    (!f->sealed || ccmp_fragment_next(&s->key, f->serial, f->pn));
}

enum defrag_result
defrag_put(struct defrag *d, const struct defrag_in *f, uint64_t now, uint8_t **msdu,
    size_t *len)
{
	struct defrag_slot *s;

	if (f->len > DEFRAG_MAX)
		return DEFRAG_BAD;
	if (f->frag == 0)
		return first(d, f, now);
	s = find(d, f);
	if (s == NULL)
		return DEFRAG_BAD;
	if (!fits(s, f, now)) {
		s->used = false;
		return DEFRAG_BAD;
	}
	memcpy(s->buf + DEFRAG_ROOM + s->len, f->body, f->len);
	s->len += f->len;
	s->next++;
	if (f->more)
		return DEFRAG_MORE;
	s->used = false;
	*msdu = s->buf + DEFRAG_ROOM;
	*len = s->len;
	return DEFRAG_DONE;
}
