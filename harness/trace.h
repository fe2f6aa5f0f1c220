/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h - what happened lately: register and config accesses, DMA objects, syncs,
 * interrupts, states, the personality's own entries; with time and thread.
 *
 *	trace_put(TRACE_READ, 0 << 8 | 4, 0, 0x28, value);
 *	...
 *	n = trace_last(entries, 64);		the last 64 of all threads, oldest first
 *	for (i = 0; i < n; i++)
 *		trace_text(&entries[i], line, sizeof(line));
 *
 * Each thread writes a ring of its own, without a lock or an atomic read-modify-write:
 * about a time stamp's cost.  Rings are read by others while they are written; an entry that
 * is overwritten meanwhile is left out.
 */
#ifndef HARNESS_TRACE_H
#define HARNESS_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/clock.h"

struct hyp_reg;

enum trace_op {			/* sub, len, a, b, c, d */
	TRACE_READ = 1,		/* bar << 8 | width, -, offset, value */
	TRACE_WRITE,		/* the same */
	TRACE_CONF_READ,	/* -, -, register, value */
	TRACE_CONF_WRITE,	/* the same */
	TRACE_DMA_ALLOC,	/* -, size, iova, name */
	TRACE_DMA_FREE,		/* -, size, iova, name */
	TRACE_DMA_GIVE,		/* -, len, iova: to the device */
	TRACE_DMA_TAKE,		/* -, len, iova: back */
	TRACE_SYNC,		/* op, len, iova */
	TRACE_INTR,		/* vector, -: handler begins */
	TRACE_INTR_END,		/* vector, -: handler has returned */
	TRACE_INTR_ON,		/* kind, vectors */
	TRACE_INTR_OFF,		/* kind, vectors */
	TRACE_STATE,		/* -, -, name: the driver reached it */
	TRACE_RESET,		/* -, error */
	TRACE_FIRMWARE,		/* -, size, name (static or the run's) */
	TRACE_OTHER,		/* -, -, kind, name, a, b: hyp_trace() */
	TRACE_BEGIN,		/* -, -, kind, name, a, function: hyp_trace_begin() */
	TRACE_END,		/* -, -, kind, name, a, b: hyp_trace_end() */
	TRACE_TRACK,		/* -, -, track, state: hyp_trace_state() */
};

struct trace_entry {
	uint64_t	ticks;
	uint64_t	head;		/* op, thread, sub, len; below */
	uint64_t	a, b, c, d;
};

/* head: op in bits 56..63, thread slot in 48..55, sub in 32..47, len in 0..31. */
static inline unsigned
trace_op(const struct trace_entry *e)
{
	return (unsigned)(e->head >> 56);
}

static inline unsigned
trace_sub(const struct trace_entry *e)
{
	return (unsigned)(e->head >> 32) & 0xffff;
}

static inline uint32_t
trace_len(const struct trace_entry *e)
{
	return (uint32_t)e->head;
}

static inline unsigned
trace_thread(const struct trace_entry *e)
{
	return (unsigned)(e->head >> 48) & 0xff;
}

#define TRACE_SLOTS	2048		/* per thread; a power of two */

struct trace_slot {
	_Atomic uint64_t w[6];
};

/* What a thread did last of these, kept when the ring has run over it. */
enum trace_kept {
	TRACE_KEPT_WRITE,	/* a register */
	TRACE_KEPT_SYNC,	/* DMA memory, for the device */
	TRACE_KEPT_NOTE,	/* hyp_note() */
	TRACE_KEPT
};

struct trace_ring {
	_Atomic uint64_t	 head;	/* entries written since the beginning */
	_Atomic uint64_t	 limit;	/* the owner waits at this one (a file is written) */
	uint64_t		 thread;	/* the owner's slot << 48 */
	_Atomic uint64_t	 tail;	/* entries the file's thread has taken */
	struct trace_ring	*next;	/* in the list of all */
	struct trace_ring	*next_free;
	struct trace_slot	 kept[TRACE_KEPT];
	struct trace_slot	 slot[TRACE_SLOTS];
};

extern _Thread_local struct trace_ring *trace_ring_ __attribute__((tls_model("initial-exec")));

/* The calling thread's ring, made; also gives the thread its crash stack. */
struct trace_ring *trace_thread_start(void);
/* The ring is full and a file is being written: wait for the file's thread. */
void	trace_ring_wait(struct trace_ring *);

/* Release: who sees it also sees that `head` had come this far, see read_entry(). */
#define TRACE_STORE_(i, v)	atomic_store_explicit(&s->w[i], v, memory_order_release)

static inline struct trace_ring *
trace_begin_(enum trace_op op, unsigned sub, uint32_t len, uint64_t *hp)
{
	struct trace_ring *r = trace_ring_;
	struct trace_slot *s;
	uint64_t h;

	if (__builtin_expect(r == NULL, 0))
		r = trace_thread_start();
	h = atomic_load_explicit(&r->head, memory_order_relaxed);
	if (__builtin_expect(h >= atomic_load_explicit(&r->limit, memory_order_relaxed), 0))
		trace_ring_wait(r);
	s = &r->slot[h & (TRACE_SLOTS - 1)];
	TRACE_STORE_(0, clock_ticks());
	TRACE_STORE_(1, (uint64_t)op << 56 | r->thread | (uint64_t)sub << 32 | len);
	*hp = h;
	return r;
}

/* Note one entry: two values.  Any thread; never sleeps unless --trace asks for a file. */
static inline void
trace_put(enum trace_op op, unsigned sub, uint32_t len, uint64_t a, uint64_t b)
{
	uint64_t h;
	struct trace_ring *r = trace_begin_(op, sub, len, &h);
	struct trace_slot *s = &r->slot[h & (TRACE_SLOTS - 1)];

	TRACE_STORE_(2, a);
	TRACE_STORE_(3, b);
	atomic_store_explicit(&r->head, h + 1, memory_order_release);
}

/* The same with four. */
static inline void
trace_put4(enum trace_op op, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint64_t h;
	struct trace_ring *r = trace_begin_(op, 0, 0, &h);
	struct trace_slot *s = &r->slot[h & (TRACE_SLOTS - 1)];

	TRACE_STORE_(2, a);
	TRACE_STORE_(3, b);
	TRACE_STORE_(4, c);
	TRACE_STORE_(5, d);
	atomic_store_explicit(&r->head, h + 1, memory_order_release);
}
#undef TRACE_STORE_

/* Keep the entry that this thread has just put. */
static inline void
trace_keep(enum trace_kept kind)
{
	struct trace_ring *r = trace_ring_;
	const struct trace_slot *s = &r->slot[(atomic_load_explicit(&r->head,
	    memory_order_relaxed) - 1) & (TRACE_SLOTS - 1)];
	unsigned i;

	for (i = 0; i < 6; i++)
		atomic_store_explicit(&r->kept[kind].w[i], atomic_load_explicit(&s->w[i],
		    memory_order_relaxed), memory_order_relaxed);
}
/* The last that the thread kept (tid 0: that any has); false: there is none. */
bool	trace_last_kept(enum trace_kept, int tid, struct trace_entry *);

/*
 * A mark for trace_since(), which copies what this thread has put since, at most `max` entries; how
 * many there are.
 */
uint64_t trace_mark(void);
unsigned trace_since(uint64_t mark, struct trace_entry *out, unsigned max);

/* Before the first thread: the driver's register table (may be NULL), lives on. */
int	trace_init(const struct hyp_reg *regs);

/*
 * Up to `max` entries, the latest of all threads, oldest first; returns how many.  No
 * allocation, no lock: may run while the process crashes, but in one thread at a time.
 */
#define TRACE_LAST_MAX	4096
unsigned trace_last(struct trace_entry *out, unsigned max);

/* Entry as a line in columns, without a newline. */
void	trace_text(const struct trace_entry *, char *buf, size_t size);
/*
 * Make one of reads that follow each other and tell the same (a driver that polls): the
 * first stays, times[i] says how often.  Returns how many entries are left.
 */
unsigned trace_fold(struct trace_entry *, unsigned n, unsigned *times);
struct jsonw;
/*
 * A member "trace" of j: an array of { t, thread, op, on, value }, with "times" where that
 * is given and above 1.  `times` may be NULL.
 */
void	trace_json(struct jsonw *, const struct trace_entry *, const unsigned *times, unsigned n);
/* What a register is called: " CSR_HW_REV", " MTA[5]", with the space before it; or "". */
void	trace_reg_name(unsigned bar, uint64_t off, char *buf, size_t size);
/* Short name of an entry's operation: "read4", "dma-alloc", or the personality's kind. */
void	trace_op_text(const struct trace_entry *, char *buf, size_t size);
/* What it is about: register, object, vector; and the values. */
void	trace_what_text(const struct trace_entry *, char *buf, size_t size);
void	trace_value_text(const struct trace_entry *, char *buf, size_t size);

/* Name and id of the thread that wrote an entry. */
const char *trace_thread_name(unsigned thread);
int	trace_thread_tid(unsigned thread);

/* For the file's thread: entries of one ring that were not taken yet; NULL ends the list. */
struct trace_ring *trace_rings(void);
unsigned trace_take(struct trace_ring *, struct trace_entry *out, unsigned max);
/* From now on writers wait when their ring is full (true), or not any more. */
void	trace_lossless(bool);

#endif /* HARNESS_TRACE_H */
