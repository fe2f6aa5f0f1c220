/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * life_int.h - what the files of the life cycle share; see life.h.  There is one run in a
 * process, so there is one of this.
 */
#ifndef HARNESS_LIFE_INT_H
#define HARNESS_LIFE_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/clock.h"
#include "harness/life.h"

struct life {
	const struct hyp_personality *pers;
	const struct options *opt;
	pthread_t	 thread;
	int		 wake;
	struct hyp_dev	*_Atomic dev;
	_Atomic bool	 began;			/* a driver: a failure shows the trace */
	unsigned	 naps;			/* --suspend: still to come; that thread's */
	const char	*_Atomic reached;	/* farthest state of this cycle */

	pthread_mutex_t	 lock;			/* all below */
	struct hyp_cond	 cond;
	enum life_phase	 phase;
	uint64_t	 since, cycle_since;
	unsigned	 cycle;
	int		 at;			/* index of the last state; -1: none */
	bool		 failed, stopping;
	char		 why_stop[64];
	char		 error[1024];
	char		 last_error[1024];	/* last error the driver logged */

	pthread_mutex_t	 softc_lock;		/* softc, and calls of .control */
	pthread_mutex_t	 dev_lock;		/* dev stays while others than the life cycle use it */
	void		*softc;
};
extern struct life life_now;

/* Something changed: for the thread that waits, the main thread and control clients.  Locked. */
void	life_changed(void);
/* Is there a reason to go no further? */
bool	life_halted(void);
/* Whom requests go to from now on; NULL: nobody. */
void	life_set_softc(void *softc);

#endif /* HARNESS_LIFE_INT_H */
