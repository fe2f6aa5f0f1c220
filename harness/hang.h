/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hang.h - the watchdog: does a call of the driver's come back, and do threads wait for each
 * other?
 *
 * It judges by what threads have done, not by how long that took: a process that is stopped, or
 * that has to share its processor with thirty others, does nothing, and hangs no more than that.
 *
 *  loop	a call has used so much time of the processor, and of delays that the driver asked
 *		for, since it began or was woken last, and has not come back
 *  deadlock	threads wait for what the other has: at once, for that will never change
 *  wait	WORKER waits in vain while somebody waits for WORKER
 *  blocked	a thread sleeps in the kernel, in a call, and not for anything that the pdk knows
 *
 * hang_look() is called by the main thread from time to time, and ends the run.
 */
#ifndef HARNESS_HANG_H
#define HARNESS_HANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsonw;

/* How often to look, in ns, for a limit of this size (0: for none). */
uint64_t hang_tick(uint64_t limit_ns);

struct hang_limits {
	uint64_t	loop_ns;	/* of the processor's time and delays; 0: no watchdog */
	uint64_t	blocked_ns;	/* of this process's time */
	uint64_t	wait_ns;	/* the same, in vain; 0: others look at that */
	uint64_t	phase;		/* a number of what the driver is about: waits count anew */
	const char	*before;	/* an error that the run has had, or "" */
};

/* Is it a hang?  Then it is reported, and this does not return.  In one thread. */
void	hang_look(const struct hang_limits *);

/*
 * The wall's time since the last look, as far as this process had it: a stop or a starved process
 * counts as one tick.
 */
uint64_t hang_passed_ns(void);

/*
 * Has some thread (this one, when `own`) waited in vain in the call that it is in?  Then a line says
 * so, and what may be missing: the interrupt, or the wake-up.
 */
bool	hang_waited_in_vain(bool own, char *line, size_t size);
/*
 * What all threads do, have and wait for, the interrupts, and what the device was told last: to
 * stderr, and as arrays "doing", "interrupts" and "told" of j.  For a dying process.
 */
void	hang_tell(struct jsonw *);

#endif /* HARNESS_HANG_H */
