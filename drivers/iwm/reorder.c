/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reorder.c - see reorder.h.
 */
#include "reorder.h"

#define SEQ_MASK	0xfff
#define SEQ_HALF	0x800

/* How far b is ahead of a; SEQ_HALF and more: it is behind. */
static unsigned
ahead(uint16_t a, uint16_t b)
{
	return (b - a) & SEQ_MASK;
}

static unsigned
slot(uint16_t seq)
{
	return seq % IWM_REORDER_SIZE;
}

static void
pass_slot(struct iwm_reorder *r, unsigned i)
{
	void *frame = r->frame[i];

	r->frame[i] = NULL;
	r->held--;
	r->out(r->arg, frame);
}

/* Everything that is held before number `to`; that is next then. */
static void
move_to(struct iwm_reorder *r, uint16_t to)
{
	unsigned n = ahead(r->head, to), i;

	for (i = 0; i < n && r->held > 0; i++)
		if (r->frame[slot(r->head + i)] != NULL)
			pass_slot(r, slot(r->head + i));
	r->head = to & SEQ_MASK;
}

/* Held frames that are next without a gap. */
static void
pass_next(struct iwm_reorder *r)
{
	while (r->held > 0 && r->frame[slot(r->head)] != NULL) {
		pass_slot(r, slot(r->head));
		r->head = (r->head + 1) & SEQ_MASK;
	}
}

void
iwm_reorder_init(struct iwm_reorder *r, uint16_t ssn, unsigned winsize,
    void (*out)(void *, void *), void *arg)
{
	memset(r, 0, sizeof(*r));
	r->out = out;
	r->arg = arg;
	r->head = ssn & SEQ_MASK;
	r->size = winsize == 0 || winsize > IWM_REORDER_SIZE ? IWM_REORDER_SIZE : winsize;
}

int
iwm_reorder_frame(struct iwm_reorder *r, uint16_t seq, void *frame, uint64_t now)
{
	unsigned n;

	seq &= SEQ_MASK;
	n = ahead(r->head, seq);
	if (n >= SEQ_HALF) {
		if (r->begun)
			return 0;
		r->out(r->arg, frame);
		return 1;
	}
	r->begun = 1;
	if (n >= r->size)
		move_to(r, seq - r->size + 1);
	if (r->frame[slot(seq)] != NULL)
		return 0;
	if (seq == r->head) {
		r->head = (r->head + 1) & SEQ_MASK;
		r->out(r->arg, frame);
	} else {
		r->frame[slot(seq)] = frame;
		r->since[slot(seq)] = now;
		r->held++;
	}
	pass_next(r);
	return 1;
}

void
iwm_reorder_bar(struct iwm_reorder *r, uint16_t ssn)
{
	ssn &= SEQ_MASK;
	if (ahead(r->head, ssn) >= SEQ_HALF)
		return;
	r->begun = 1;
	move_to(r, ssn);
	pass_next(r);
}

unsigned
iwm_reorder_expire(struct iwm_reorder *r, uint64_t now)
{
	uint64_t oldest = now;
	unsigned i;
	uint16_t seq;

	for (i = 0; i < r->size && r->held > 0; i++) {
		seq = (r->head + i) & SEQ_MASK;
		if (r->frame[slot(seq)] == NULL ||
		    now - r->since[slot(seq)] < IWM_REORDER_TIMEOUT)
			continue;
		/* The gaps before it are given up; then begin anew behind it. */
		move_to(r, seq);
		pass_next(r);
		i = (unsigned)-1;
	}
	if (r->held == 0)
		return 0;
	for (i = 0; i < IWM_REORDER_SIZE; i++)
		if (r->frame[i] != NULL && r->since[i] < oldest)
			oldest = r->since[i];
	return (unsigned)(IWM_REORDER_TIMEOUT - (now - oldest));
}

void
iwm_reorder_release(struct iwm_reorder *r)
{
	while (r->held > 0) {
		move_to(r, r->head + 1);
		pass_next(r);
	}
}

void
iwm_reorder_flush(struct iwm_reorder *r)
{
	move_to(r, r->head + IWM_REORDER_SIZE);
}
