/* SPDX-License-Identifier: BSD-2-Clause */
/* replay.h - what the files of fuzz_replay.c share. */
#ifndef TESTS_FUZZ_REPLAY_REPLAY_H
#define TESTS_FUZZ_REPLAY_REPLAY_H

#include <stddef.h>
#include <stdint.h>

/* How a replay may end: well, in an error that is told, in a divergence. */
enum ending { ENDS_WELL, ENDS_IN_ERROR, ENDS_IN_DIVERGENCE, ENDINGS };

/* ---- edit.c: the input's edits to the recording that all begin with ---- */

#define EDIT_MOST	65536u		/* bytes of a stream */

/* The edited stream of entries; it stays as it is until the next call. */
const uint8_t *edit_recording(const uint8_t *input, size_t size, size_t *len);

/* ---- run.c: harness/main.c's work, in a process that ends with it ---- */

/* Does not return. */
void	run_replay(const uint8_t *stream, size_t len);

/* ---- end.c: in place of harness/fatal.c, and of exit(3) ---- */

_Noreturn void end_replay(enum ending);

/* ---- child.c: a process for each input, whose edges count as ours ---- */

/* Once, before there are threads: fn() is what each child does, with an input of so many bytes. */
void	child_begin(void (*fn)(const uint8_t *input, size_t len), size_t most);
/* In the child: its edges are told. */
void	child_tell(void);
/* The child's exit status.  One that a signal ends has said why, and is abort(). */
int	child_run(const uint8_t *input, size_t len);

#endif /* TESTS_FUZZ_REPLAY_REPLAY_H */
