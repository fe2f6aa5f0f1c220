/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backtrace.h - who called whom, with file and line.
 *
 *	struct backtrace bt;
 *	bt_here(&bt);
 *	n = bt_lines(&bt, lines, 64);		"#0  edu_attach at drivers/edu/edu.c:120"
 *
 * Taking one is for signal handlers, too.  Naming the frames runs addr2line as a child with a
 * time limit; without it frames are named by symbol and offset.  Neither allocates.
 */
#ifndef HARNESS_BACKTRACE_H
#define HARNESS_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BT_FRAMES	48
#define BT_LINES	96		/* with inlined frames */
#define BT_LINE		256

struct backtrace {
	unsigned	n;
	bool		exact;		/* frame 0 is an instruction, not a return address */
	uintptr_t	pc[BT_FRAMES];
};

typedef char bt_line[BT_LINE];

/* Once at start: loads what must not be loaded in a crash. */
void	bt_init(void);
/* Of the caller; its own frame is left out. */
void	bt_here(struct backtrace *);
/*
 * The same by the frame pointers alone: some nanoseconds, but it ends at the first function
 * without one, as those of the C library are.  At most `max` addresses; returns how many.
 */
unsigned bt_cheap(uintptr_t *pc, unsigned max);
/* Of the code that a signal interrupted; ucontext is the handler's third argument. */
void	bt_interrupted(struct backtrace *, void *ucontext);
/*
 * First in the handler of a crash: when bt_interrupted() is what has crashed, for the stack is not
 * what it should be, it goes on there without the unwinder, and this does not return.
 */
void	bt_crashed(void);
/* As lines; returns how many.  In one thread at a time. */
unsigned bt_lines(const struct backtrace *, bt_line *lines, unsigned max);

#endif /* HARNESS_BACKTRACE_H */
