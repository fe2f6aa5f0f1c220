/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * addr2line.h - ask addr2line(1), of binutils or elfutils, about addresses in this program.
 *
 *	struct addr2line_ask ask = { .options = "-afiC", .n = 1, .addr = { off } };
 *	addr2line(&ask, out, sizeof(out));
 *
 * It may run while the process crashes: nothing is allocated, no lock is taken.
 */
#ifndef HARNESS_ADDR2LINE_H
#define HARNESS_ADDR2LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/backtrace.h"

struct addr2line_ask {
	char		options[8];	/* of addr2line's, "-afiC" */
	unsigned	n;
	uint64_t	addr[BT_FRAMES];	/* as in the program's file */
};

/* Is it code of this program's own file, not of a library? */
bool	addr2line_knows(uintptr_t pc);
/* That address as it is in the file. */
uint64_t addr2line_address(uintptr_t pc);
/*
 * What it says, which ends with a 0 byte; the length, 0 when it cannot be had.  Waits some
 * seconds for it at most.  By the warden, where there is one, else by a child.
 */
size_t	addr2line(const struct addr2line_ask *, char *out, size_t size);

/* In a child that is to become it: `program` is the process whose program is meant. */
_Noreturn void addr2line_exec(const struct addr2line_ask *, pid_t program, int out);

#endif /* HARNESS_ADDR2LINE_H */
