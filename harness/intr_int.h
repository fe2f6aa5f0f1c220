/* SPDX-License-Identifier: BSD-2-Clause */
/* intr_int.h - what the files of the interrupts share; see dev.h and hypercall.h. */
#ifndef HARNESS_INTR_INT_H
#define HARNESS_INTR_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/dev.h"
#include "harness/storm.h"

#define INTR_VECTORS	256

struct intr {
	struct hyp_dev	*dev;
	pthread_t	 thread;
	int		 epoll, stop, err, req;
	/* All below with the lock; the handler runs without it. */
	pthread_mutex_t	 lock;
	struct hyp_cond	 idle;
	_Atomic bool	 running;	/* this and what is _Atomic below: read without it, too */
	_Atomic bool	 held;		/* the device is suspended */
	uint32_t	 generation;	/* of the set of vectors; old edges are ignored */
	unsigned	 index;		/* VFIO_PCI_*_IRQ_INDEX */
	_Atomic unsigned had;		/* vectors, when there were some last */
	_Atomic unsigned kind, nvec;	/* nvec 0: not established */
	int		 fd[INTR_VECTORS];
	/* By that thread, without the lock: how often it has run, and when it began last (ticks). */
	_Atomic unsigned long runs[INTR_VECTORS];
	_Atomic uint64_t last[INTR_VECTORS];
	struct storm	 storm[INTR_VECTORS];
	bool		 suspects;	/* one of them wants to know of a pause */
	enum storm_kind	 caught;	/* on that vector: it is told when the handler runs again */
	unsigned	 caught_at;
	int		(*fn)(void *, unsigned);
	void		*arg;
};

/* "MSI-X" */
const char *intr_kind_name(unsigned kind);

/* ---- intr_storm.c; in the interrupt thread ---- */

/* The handler has returned; what it did is in the trace from `mark` on.  It may end the run. */
void	intr_storm(struct intr *, unsigned vec, int result, uint64_t mark);
/* Nothing has come at once. */
void	intr_paused(struct intr *);

#endif /* HARNESS_INTR_INT_H */
