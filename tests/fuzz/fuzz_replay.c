/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_replay.c - libFuzzer target: a recording that is whole but tells of another device, replayed
 * with em: the harness's life cycle, its replay back end and the driver are those of every run.
 *
 *	voy fuzz replay --for 20m
 *
 * An input is a row of edits (steps.h, enum edit in replay/edit.c) to the entries of replay/em.rec,
 * which are then written as a recording and run.  The replay has to end well, in an error or in a
 * divergence.  Each is a process of its own, since that is how a replay that diverges ends; it is
 * forked without exec, and what it reaches counts.
 *
 * When em or what a recording holds has changed, em.rec is made anew:
 *
 *	voy run em --record tests/fuzz/replay/em.rec -- ping -c 1 10.0.2.2
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/replay/replay.h"

int	LLVMFuzzerInitialize(int *argc, char ***argv);
int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	child_begin(run_replay, EDIT_MOST);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	const uint8_t *stream = edit_recording(data, size, &len);
	int status = child_run(stream, len);

	if (status >= ENDINGS) {
		fprintf(stderr, "the replay's process has said why, exit status %d\n", status);
		abort();
	}
	if (size == 0 && status != ENDS_WELL) {
		fprintf(stderr, "ERROR: the recording does not fit the driver any more; see "
		    "tests/fuzz/fuzz_replay.c\n");
		abort();
	}
	return 0;
}
