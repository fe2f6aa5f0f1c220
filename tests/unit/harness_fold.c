/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_fold(): a register that is polled takes one line of a report.  Prints TAP. */
#include <stdio.h>

#include "harness/trace.h"
#include "tests/unit/tap.h"

static struct trace_entry
entry(enum trace_op op, unsigned thread, uint64_t off, uint64_t val)
{
	return (struct trace_entry){ .head = (uint64_t)op << 56 | (uint64_t)thread << 48 |
	    (uint64_t)4 << 32, .a = off, .b = val };
}

int
main(void)
{
	struct trace_entry e[] = {
		entry(TRACE_READ, 1, 0x24, 5), entry(TRACE_READ, 1, 0x24, 5),
		entry(TRACE_READ, 1, 0x24, 5), entry(TRACE_READ, 1, 0x24, 7),
		entry(TRACE_READ, 2, 0x24, 7), entry(TRACE_WRITE, 2, 0x24, 7),
		entry(TRACE_WRITE, 2, 0x24, 7), entry(TRACE_READ, 2, 0x28, 7),
	};
	unsigned times[8], n;

	n = trace_fold(e, 8, times);
	ok(n == 6, "eight entries make six lines");
	ok(times[0] == 3, "reads that tell the same are one");
	ok(times[1] == 1 && e[1].b == 7, "another value is another line");
	ok(times[2] == 1 && trace_thread(&e[2]) == 2, "another thread is another line");
	ok(trace_op(&e[3]) == TRACE_WRITE && times[3] == 1 && times[4] == 1,
	    "writes are never folded");
	ok(e[5].a == 0x28 && times[5] == 1, "another register is another line");
	ok(trace_fold(e, 0, times) == 0, "nothing folds to nothing");
	return done();
}
