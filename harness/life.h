/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * life.h - the life of a driver: open the device, then per cycle attach, attach_late,
 * "attached", run, the wanted state, detach, the check for leaks; then close.
 *
 * The life-cycle thread walks through it; any thread may end it early, by life_fail() or
 * life_stop(); the main thread watches (watch.h).
 */
#ifndef HARNESS_LIFE_H
#define HARNESS_LIFE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/hypercall.h"
#include "harness/options.h"

enum life_phase {
	LIFE_OPEN, LIFE_ATTACH, LIFE_ATTACH_LATE, LIFE_RUN, LIFE_WAIT, LIFE_SUSPEND, LIFE_ASLEEP,
	LIFE_RESUME, LIFE_DETACH, LIFE_CLOSE, LIFE_DONE,
};

struct life_view {
	enum life_phase	 phase;
	uint64_t	 since, cycle_since;	/* run time, ns */
	unsigned	 cycle;			/* 1..N */
	bool		 reached;		/* the wanted state, in this cycle */
	bool		 failed, stopping;
	const char	*state;			/* farthest in this cycle; NULL: none */
	char		 error[1024];		/* why failed */
};

/* The wanted state's place in the order of states: 0 is "attached"; -1: no such state. */
int	life_state_index(const struct hyp_personality *, const char *state);
/* The state at that place, or NULL. */
const char *life_state_name(const struct hyp_personality *, int index);

/* First of all; both live on.  An errno. */
int	life_init(const struct hyp_personality *, const struct options *);
/* Start the life-cycle thread.  All descriptors that live longer are open.  An errno. */
int	life_start(void);
/* Wait for its end. */
void	life_join(void);

/* What is going on now. */
void	life_view(struct life_view *);
/* "attach", "detach": for messages. */
const char *life_phase_name(enum life_phase);
/* Becomes readable when something changed; the main thread's. */
int	life_wake_fd(void);
void	life_wake_clear(void);

/* nap.c's: the life cycle has come to this. */
void	life_enter(enum life_phase);
/* A step of the driver's gave an error; its last logged error says more than the number. */
void	life_step_failed(const char *step, int error);

/*
 * The run has failed: text, and strerror(error) if that is not 0.  The first reason is the
 * result's.  dev may be NULL.
 */
void	life_fail(struct hyp_dev *, int error, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* End orderly; why: "SIGTERM".  It is a failure if the wanted state was not reached. */
void	life_stop(const char *why);

/*
 * Ask the life-cycle thread to suspend or to resume the device; nap_over() of the ticket tells
 * how it went.  False: another such request is not over.
 */
bool	life_nap(bool suspend, unsigned *ticket);

/* "; the radio is switched off": what the driver waits for, or "". */
void	life_waits(char *buf, size_t size);

/*
 * Ask the personality's own control function.  NULL: it does not know the request, or there
 * is no device now.  malloced.
 */
char	*life_control(const char *request);

/* Emit the last event; true when the run was ok. */
bool	life_result(void);

/* For the report of a crash: the device, which may be NULL, without a lock; and the state. */
struct hyp_dev *life_dev(void);
const char *life_reached(void);

#endif /* HARNESS_LIFE_H */
