/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.h - a driver on a card of inproc.h, with an input as the script that card and host play
 * by turns.
 *
 *	static const struct script_target target = { .card = &card, .steps = MINE, ... };
 *
 *	script_run(&target, data, size);	from attach to detach
 *
 * An input is a row of steps (steps.h).  Those of the card have their turn when all of the driver
 * waits, those of the host when the card has nothing to do.  When its script has no step for it,
 * or says so, the card does what is right.  The kinds of steps are, in this order, those of every
 * card (enum script_card), the card's own, those of every host (enum script_host) and the
 * target's own of the host.  The bytes that each has are told in the enums.
 */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/inproc.h"
#include "tests/fuzz/steps.h"

enum script_card {
	SCRIPT_CALM,		/* does what is right, a number of times (1) */
	SCRIPT_SILENT,		/* nothing, a number of times (1) */
	SCRIPT_GONE,		/* pulled out */
	SCRIPT_FAIL,		/* this one of the requests to the host fails (2); see inproc.h */
	SCRIPT_MEMORY,		/* page (2), offset (2), bytes that the card writes there */
	SCRIPT_REGISTER,	/* offset (4), value (4): what so many reads of it get (1) */
	SCRIPT_CARD		/* the card's own begin */
};

enum script_host {
	SCRIPT_UP, SCRIPT_DOWN,
	SCRIPT_TIME,		/* ms (2) */
	SCRIPT_SLEEP,		/* asleep, and awake again */
	SCRIPT_HOST		/* the target's own begin */
};

struct pdk_softc;
struct shim_follow;

struct script_target {
	struct inproc_card card;	/* its turn is script_turn() */
	unsigned	 card_steps, host_steps;	/* kinds of its own */
	/* A step of the target's own; kind is from 0. */
	void		(*card_step)(unsigned kind, const uint8_t *p, size_t len);
	void		(*host_step)(unsigned kind, const uint8_t *p, size_t len);
	/* Before attach, each step of the card's own: does it hold from the beginning? */
	void		(*foresee)(unsigned kind, const uint8_t *p, size_t len);
	/* One thing that is due; false: there is none. */
	bool		(*behave)(void);
	/* Whether the driver's interface is up; NULL: there is none now. */
	struct shim_follow *(*life)(struct pdk_softc *);
};

/* From attach to detach; what is found is abort(). */
void	script_run(const struct script_target *, const uint8_t *data, size_t size);
/* struct inproc_card.turn of each such card. */
bool	script_turn(void);
/* In its read(): does the script say what this register has? */
bool	script_reads(uint32_t off, uint32_t *val);
/* Is the card pulled out? */
bool	script_gone(void);
/* The driver of this run, once it is attached. */
struct pdk_softc *script_driver(void);

#endif /* TESTS_FUZZ_SCRIPT_H */
