/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rr.h - record and replay: all that comes to the driver through hypercall.h is written to a
 * file, and read from it in another run, which needs no device.
 *
 * A recording is a sequence of entries, each an operation (enum rr_op), its arguments (what the
 * driver does) and its results (what it gets), all of them numbers of 7 bits a byte, or a number
 * and as many bytes.  One function serves both ways:
 *
 *	rr_call(RR_CONF_READ, 1, reg);		recording: writes; replaying: compares
 *	val = rr_result(val);			recording: writes; replaying: reads
 *
 * A replay in which the driver does something else than recorded ends with both, and a backtrace.
 * What may differ, because the driver cannot depend on it: when things happen, how often it looks
 * at the clock (it stands still between two recorded looks) and how often it delays, locks of its
 * own, what it logs and traces, where its memory lies.
 *
 * DMA memory.  While recording the driver works on a copy of its own; what the device wrote
 * comes into it, and what the driver wrote gets to the device, at hyp_dma_sync() and only in the
 * range given there, each counted in the entry (with --dma=check, as far as the sync's operation
 * permits it).  So the driver sees in a replay, at the same
 * place, what it saw, and a driver that forgets a sync is found out in either.
 *
 * All of it only with turn_mine(), see turn.h; other threads touch no device.
 */
#ifndef HARNESS_RR_H
#define HARNESS_RR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/turn.h"

enum rr_mode { RR_OFF, RR_RECORD, RR_REPLAY };
extern enum rr_mode rr_mode;	/* set before there are threads */

enum rr_op {			/* arguments -> results */
	RR_HEAD = 1,		/* -> what the run was told: key, value, ..., "" */
	RR_END,			/* -> text: how the run ended, "" if well */
	RR_TURN,		/* -> thread: the next one */
	RR_CLOCK,		/* -> ns since the last look */
	RR_DELAY,		/* hyp_clock_delay() is over; others may have had turns before */
	RR_WAITED,		/* -> errno: hyp_cond_wait() is over */
	RR_READ,		/* bar << 8 | width, offset -> value */
	RR_WRITE,		/* bar << 8 | width, offset, value */
	RR_CONF_READ,		/* register -> value */
	RR_CONF_WRITE,		/* register, value */
	RR_BAR_MAP,		/* bar -> errno, size */
	RR_BAR_UNMAP,		/* bar */
	RR_INTR_ON,		/* kinds, vectors -> errno, kind, vectors */
	RR_INTR_OFF,
	RR_INTR,		/* -> source, vector: an interrupt came */
	RR_POWER,		/* on */
	RR_POWERED,		/* -> errno */
	RR_RESET,		/* -> errno */
	RR_GONE,		/* -> text: the device went away */
	RR_DMA_LIMIT,		/* bits -> errno */
	RR_DMA_ALLOC,		/* size, align, boundary -> errno, iova */
	RR_DMA_FREE,		/* iova */
	RR_DMA_SYNC,		/* iova, len, op, what the driver wrote -> what the device did */
	RR_FIRMWARE,		/* name -> errno, bytes */
	RR_RANDOM,		/* len -> bytes */
	RR_OUTSIDE,		/* -> enum rr_outside, text: another thread asked for this */
	RR_LOG,			/* -> enum hyp_level, text: a line of the host's own */
	RR_NET_OPEN,		/* MTU -> errno */
	RR_NET_HEARD,		/* -> text: of the process that holds the host's network */
	RR_NET_FRAME,		/* -> bytes: from the host */
	RR_NET_GONE,		/* -> 1: the interface, 0: that process */
	RR_NET_SEND,		/* len, CRC-32 of a frame to the host -> errno */
	RR_NET_CARRIER,		/* up */
	RR_FOUND,		/* -> text: what the DMA checker found, at the end of a cycle */
	RR_OFFER,		/* -> n: at the n-th hyp_yield() since the last entry others came */
	RR_WHY,			/* -> text: of the call before, which failed */
	RR_OPS
};

#define RR_OUTSIDER	1000000u	/* threads that are not ours have numbers from here on */
#define RR_OUTSIDERS	1000u		/* and so many at most */

enum rr_outside { RR_STOP = 1, RR_FAIL, RR_CONTROL, RR_NAP, RR_WAKE, RR_WAITS };

static inline bool
rr_records(void)
{
	return __builtin_expect(rr_mode == RR_RECORD, 0);
}

static inline bool
rr_replays(void)
{
	return __builtin_expect(rr_mode == RR_REPLAY, 0);
}

/* ---- entries; with the turn ---- */

/* An entry begins: n arguments, each a uint64_t. */
void	rr_call(enum rr_op, unsigned n, ...);
/* The same of one argument that is a string. */
void	rr_call_text(enum rr_op, const char *text);
uint64_t rr_result(uint64_t val);
/* Recording: `data`; replaying: where the bytes lie in the recording, *len long. */
const void *rr_result_bytes(const void *data, size_t *len);
/* The entry is complete. */
void	rr_done(void);

/* Bytes of one entry that the driver, or the device, wrote; see rr_mem.c. */
void	rr_put(const void *data, size_t len);

/* Replaying: is the next entry of this thread's turn such a one? */
bool	rr_next_is(enum rr_op);
/* Replaying: the next entry's arguments and results, to be read by rr_result(). */
void	rr_take(enum rr_op);

/* ---- for turn.c: the order of turns in the recording ---- */

void	rr_put_turn(uint32_t thread);
/* Replaying: does this turn end here?  Then *thread is whose is next, and it is taken. */
bool	rr_get_turn(uint32_t *thread);
/* Replaying: the looks at the clock that come next were made before this. */
void	rr_pass_looks(void);
/* Replaying: nobody can go on. */
_Noreturn void rr_stuck(uint32_t thread);
/* Replaying: the driver does `what` instead. */
_Noreturn void rr_diverged(const char *what);
/* Replaying: this thread has nothing to do before its next turn; is that as recorded? */
void	rr_idle(const char *what);
/* Replaying: somebody ends it. */
_Noreturn void rr_interrupted(const char *why);

/* ---- DMA memory: rr_mem.c ---- */

struct hyp_dma;
/*
 * A new object: the driver gets a copy of its own of what the device has at dev (NULL: replaying).
 * Or the memory stays as it is, and `checked` is a view of it that is not protected.  ENOMEM.
 */
int	rr_mem_add(struct hyp_dma *, void *checked, void *dev, const char *what);
/* No such object: false. */
bool	rr_mem_remove(uint64_t iova, size_t *size, const char **what);
/* The rest of an RR_DMA_SYNC entry, in this order; between them the DMA checker moves bytes. */
void	rr_mem_sent(uint64_t iova, size_t len);
void	rr_mem_received(uint64_t iova, size_t len);
/* As arena_each(). */
unsigned rr_mem_each(unsigned max, void (*fn)(void *, const char *, uint64_t, const void *,
	    size_t), void *arg);
void	rr_mem_drop(void);

/* ---- the run: rr_run.c ---- */

struct hyp_dev;
struct hyp_personality;
struct options;
/*
 * Before there are threads, and before the network of the command line is read: for --device
 * replay:FILE, load it, and set what the recorded run was told.  An errno; why gets the text.
 */
int	rr_replay(const struct hyp_personality *, struct options *, char *why, size_t size);
/* The same for --record, when the network has been read. */
int	rr_record(const struct hyp_personality *, const struct options *, char *why, size_t size);
/* When nothing can refuse the run any more: what was in the file is gone.  As rr_record(). */
int	rr_begin(const struct options *, char *why, size_t size);
/* Before the life-cycle thread is started. */
void	rr_start(void);
/* After its end.  A file that could not be written has been reported by life_fail(). */
void	rr_end(void);
/* From a dying process. */
void	rr_fatal(const char *text);
/*
 * Around a request to the driver or its life cycle that may come from a thread which is not the
 * driver's: hyp_clock_enter(), and then it is written.  False: this is a replay, and nobody may
 * ask; else rr_outside_done() follows.
 */
bool	rr_outside(enum rr_outside, const char *text);
void	rr_outside_done(void);
/*
 * hyp_log() of something that the host has found out, and would not in a replay: with the turn
 * it is recorded, before the entry of the call that it is about.
 */
void	rr_log(struct hyp_dev *, int level, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Replaying: hyp_dma_checked() of the recorded run. */
bool	rr_checked(void);
/*
 * At the end of a cycle: text is what the host found out about the driver, or "".  A replay, which
 * finds nothing by itself, gets it here.
 */
void	rr_found(char *text, size_t size);
/* With the turn, after an entry whose result is an error: in what words, or "". */
void	rr_why(char *text, size_t size);
/* Replaying: did the recorded run end here, by a failure?  text: what that was. */
bool	rr_ended(char *text, size_t size);
/* hyp_clock_ns() is `now`; what the driver sees. */
uint64_t rr_look(uint64_t now);
/* With the turn: a delay is over.  Replaying: is it, or have others their turns first? */
bool	rr_delayed(void);
/* With the turn: others may have theirs now, though nothing is written and nobody waits. */
void	rr_chance(void);
/* The device is lost, in a thread of the driver's; it is written. */
void	rr_gone(const char *why);

#endif /* HARNESS_RR_H */
