/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reorder.h - frames of one block ack agreement brought into the order of their numbers.
 *
 *	struct iwm_reorder r;
 *
 *	iwm_reorder_init(&r, ssn, winsize, out, arg);
 *	if (!iwm_reorder_frame(&r, seq, frame, now))	// out(arg, frame) for all that are next
 *		free it: it came before, or is too old
 *	wait = iwm_reorder_expire(&r, now);		// gives up gaps that are too old
 *	iwm_reorder_flush(&r);				// everything that is held
 *
 * Until the first frame of the agreement comes, older ones pass: they were on their way already
 * when it was asked for (as mac80211 does, net/mac80211/rx.c).
 *
 * Pure; times are in ms of any clock that does not go back.  802.11-2016 10.24.7.6.
 */
#ifndef IWM_REORDER_H
#define IWM_REORDER_H

#include <pdk.h>

#define IWM_REORDER_SIZE	64
#define IWM_REORDER_TIMEOUT	100	/* ms that a frame waits for one before it */

struct iwm_reorder {
	void		(*out)(void *arg, void *frame);
	void		*arg;
	uint16_t	 head;			/* the number that is next */
	uint16_t	 size;			/* of the window */
	uint8_t		 begun;			/* one of its frames has come */
	unsigned	 held;
	void		*frame[IWM_REORDER_SIZE];	/* by number */
	uint64_t	 since[IWM_REORDER_SIZE];
};

/* winsize 0 or larger than IWM_REORDER_SIZE: that. */
void	iwm_reorder_init(struct iwm_reorder *, uint16_t ssn, unsigned winsize,
	    void (*out)(void *, void *), void *arg);
/* 1: the frame was passed on or is held; 0: it is not wanted. */
int	iwm_reorder_frame(struct iwm_reorder *, uint16_t seq, void *frame, uint64_t now);
/* The peer will send nothing before `ssn` any more (BlockAckReq). */
void	iwm_reorder_bar(struct iwm_reorder *, uint16_t ssn);
/* Pass on what has waited too long; ms until the next has, or 0: nothing is held. */
unsigned iwm_reorder_expire(struct iwm_reorder *, uint64_t now);
/* Pass on what is held, and go on behind it. */
void	iwm_reorder_release(struct iwm_reorder *);
/* Pass on all: the agreement has ended. */
void	iwm_reorder_flush(struct iwm_reorder *);

#endif /* IWM_REORDER_H */
