/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * follow.h - what an interface is, up or down, follows what is wanted of it: for a radio
 * (ieee80211.c) and for Ethernet (ethernet.c).
 *
 * What a run wants and what is are flags; whatever changes the first posts one task, and the task,
 * in WORKER, makes the second follow.  Operations are thus one at a time.
 *
 *	shim_follow_init(&w->life, sc, &life_ops, w);
 *	shim_follow_want(&w->life, true);		// up() is called in WORKER
 *	shim_follow_restart(&w->life);			// down(), up()
 */
#ifndef PDK_FOLLOW_H
#define PDK_FOLLOW_H

#include "softc.h"

/* So often may a device be restarted within this time, if it does not work in between. */
#define SHIM_RESTARTS	3
#define SHIM_RESTART_NS	UINT64_C(60000000000)

/* All in WORKER, unlocked. */
struct shim_follow_ops {
	int		(*up)(void *arg);	/* it is down; 0: it is up now */
	void		(*started)(void *arg);	/* is_up says so; may be NULL, as stopped */
	/* It is up.  `alive`: the device works still; why: for the user. */
	void		(*down)(void *arg, bool alive, const char *why);
	void		(*stopped)(void *arg);	/* is_up says so */
	bool		 persistent;		/* a start after a restart is tried again */
	/* for the user */
	const char	*died;			/* why of down, when it is restarted; may be NULL */
	const char	*off;			/* the same, when it is not wanted up any more */
	const char	*no_start;		/* "the radio cannot be started" */
	const char	*too_often;		/* "the device hangs": " N times within ... s" */
};

struct shim_follow {
	struct pdk_softc *sc;
	const struct shim_follow_ops *ops;
	void		*arg;
	struct pdk_task	 task;

	/* by the driver's lock */
	bool		 want_up;	/* the run wants it */
	bool		 blocked;	/* a switch does not */
	bool		 restart;	/* the device has died */
	bool		 asleep;	/* the system sleeps, or is about to */
	bool		 failed;	/* given up */

	/* written by WORKER */
	atomic_bool	 is_up;
	atomic_uint	 ups;		/* calls of up that were successful */
	unsigned	 restarts;	/* 0 by who sees it work */
	uint64_t	 restart_first;	/* ns */
};

void	shim_follow_init(struct shim_follow *, struct pdk_softc *, const struct shim_follow_ops *,
	    void *arg);

/* Any thread, locked or not. */
void	shim_follow_want(struct shim_follow *, bool up);
void	shim_follow_block(struct shim_follow *, bool blocked);
void	shim_follow_restart(struct shim_follow *);

/* Down now, if it is up.  WORKER, unlocked. */
void	shim_follow_down(struct shim_follow *, const char *why);
/*
 * Not up any more, for a sleep or for good; shim_follow_down() is to be called in WORKER next.
 * After a sleep, wake lets it come up again.  CONFIG, unlocked.
 */
void	shim_follow_sleep(struct shim_follow *);
void	shim_follow_wake(struct shim_follow *);
void	shim_follow_end(struct shim_follow *);
/* Its task is not queued; an upcall may post it again. */
void	shim_follow_cancel(struct shim_follow *);

#endif /* PDK_FOLLOW_H */
