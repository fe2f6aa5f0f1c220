/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace's rings, one per thread; see trace.h.  A thread that ends leaves its ring to the
 * next that begins, the longest unused first, so that what the former wrote stays readable
 * for a while and any number of threads over a run needs only as many rings as there are
 * threads at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/crash.h"
#include "harness/trace.h"

#define THREADS		256		/* names kept; a power of two, 8 bits in an entry */
#define RINGS_READ	64		/* rings that trace_last() looks at */

_Thread_local struct trace_ring *trace_ring_;

struct thread_name {
	_Atomic int	tid;
	char		name[16];
};

static pthread_mutex_t ring_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t ring_key;
static pthread_once_t ring_once = PTHREAD_ONCE_INIT;
static struct trace_ring *_Atomic all_rings;
static struct trace_ring *free_first, *free_last;
static bool lossless;
static unsigned nthreads;
static struct thread_name threads[THREADS];

/*
 * The entry being written is not there for readers any more: with one slot less, the oldest
 * that was not taken is never taken for overwritten.
 */
#define LOSSLESS_SLOTS	(TRACE_SLOTS - 1)

static void
set_limit(struct trace_ring *r)
{
	uint64_t limit = UINT64_MAX;

	if (lossless)
		limit = atomic_load(&r->tail) + LOSSLESS_SLOTS;
	atomic_store(&r->limit, limit);
}

static void
ring_release(void *arg)
{
	struct trace_ring *r = arg;

	trace_ring_ = NULL;
	crash_thread_end();
	pthread_mutex_lock(&ring_lock);
	r->next_free = NULL;
	if (free_last != NULL)
		free_last->next_free = r;
	else
		free_first = r;
	free_last = r;
	pthread_mutex_unlock(&ring_lock);
}

static void
make_key(void)
{
	pthread_key_create(&ring_key, ring_release);
}

/* A ring out of the free ones or a new one; with ring_lock. */
static struct trace_ring *
ring_get(void)
{
	struct trace_ring *r = free_first;

	if (r != NULL) {
		free_first = r->next_free;
		if (free_first == NULL)
			free_last = NULL;
		return r;
	}
	r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED)
		return NULL;
	r->next = atomic_load(&all_rings);
	set_limit(r);
	atomic_store(&all_rings, r);
	return r;
}

struct trace_ring *
trace_thread_start(void)
{
	struct thread_name *t;
	struct trace_ring *r;

	pthread_once(&ring_once, make_key);
	pthread_mutex_lock(&ring_lock);
	r = ring_get();
	if (r == NULL) {
		pthread_mutex_unlock(&ring_lock);
		fprintf(stderr, "trace: no memory for a thread's ring: %s\n", strerror(errno));
		_exit(70);
	}
	t = &threads[nthreads % THREADS];
	r->thread = (uint64_t)(nthreads++ % THREADS) << 48;
	pthread_getname_np(pthread_self(), t->name, sizeof(t->name));
	atomic_store(&t->tid, (int)syscall(SYS_gettid));
	pthread_mutex_unlock(&ring_lock);
	pthread_setspecific(ring_key, r);
	trace_ring_ = r;
	crash_thread_start();
	return r;
}

void
trace_ring_wait(struct trace_ring *r)
{
	struct timespec ts = { 0, 50000 };

	busy_outside();
	while (atomic_load_explicit(&r->head, memory_order_relaxed) >= atomic_load(&r->limit))
		nanosleep(&ts, NULL);
	busy_inside();
}

void
trace_lossless(bool on)
{
	struct trace_ring *r;

	pthread_mutex_lock(&ring_lock);
	lossless = on;
	for (r = atomic_load(&all_rings); r != NULL; r = r->next)
		set_limit(r);
	pthread_mutex_unlock(&ring_lock);
}

struct trace_ring *
trace_rings(void)
{
	return atomic_load(&all_rings);
}

/* Copy entry i; false if it is not there any more. */
static bool
read_entry(struct trace_ring *r, uint64_t i, struct trace_entry *e)
{
	struct trace_slot *s = &r->slot[i & (TRACE_SLOTS - 1)];
	uint64_t w[6];
	unsigned n;

	for (n = 0; n < 6; n++)
		w[n] = atomic_load_explicit(&s->w[n], memory_order_acquire);
	if (atomic_load_explicit(&r->head, memory_order_acquire) >= i + TRACE_SLOTS)
		return false;
	*e = (struct trace_entry){ w[0], w[1], w[2], w[3], w[4], w[5] };
	return true;
}

unsigned
trace_take(struct trace_ring *r, struct trace_entry *out, unsigned max)
{
	uint64_t tail = atomic_load(&r->tail), head = atomic_load(&r->head);
	uint64_t limit = atomic_load(&r->limit);
	unsigned n = 0;

	while (tail < head && n < max) {
		if (read_entry(r, tail, &out[n]))
			n++;
		tail++;
	}
	atomic_store(&r->tail, tail);
	/* Unless trace_lossless(false) came in between. */
	if (limit != UINT64_MAX)
		atomic_compare_exchange_strong(&r->limit, &limit, tail + LOSSLESS_SLOTS);
	return n;
}

struct cursor {
	struct trace_ring	*ring;
	uint64_t		 left;		/* the entry before this one is next */
	bool			 have;
	struct trace_entry	 entry;
};

/* Load the cursor's next older entry. */
static void
step(struct cursor *c)
{
	c->have = c->left > 0 && read_entry(c->ring, --c->left, &c->entry);
}

unsigned
trace_last(struct trace_entry *out, unsigned max)
{
	struct cursor cur[RINGS_READ], *best;
	struct trace_ring *r;
	unsigned nrings = 0, n = 0, i;

	for (r = atomic_load(&all_rings); r != NULL && nrings < RINGS_READ; r = r->next) {
		cur[nrings].ring = r;
		cur[nrings].left = atomic_load(&r->head);
		step(&cur[nrings++]);
	}
	while (n < max) {
		best = NULL;
		for (i = 0; i < nrings; i++)
			if (cur[i].have &&
			    (best == NULL || cur[i].entry.ticks > best->entry.ticks))
				best = &cur[i];
		if (best == NULL)
			break;
		out[max - ++n] = best->entry;
		step(best);
	}
	memmove(out, out + (max - n), n * sizeof(*out));
	return n;
}

bool
trace_last_kept(enum trace_kept kind, int tid, struct trace_entry *e)
{
	struct trace_ring *r;
	uint64_t w[6];
	unsigned i;

	e->ticks = 0;
	for (r = atomic_load(&all_rings); r != NULL; r = r->next) {
		for (i = 0; i < 6; i++)
			w[i] = atomic_load(&r->kept[kind].w[i]);
		if (w[0] > e->ticks && (tid == 0 ||
		    trace_thread_tid((unsigned)(w[1] >> 48) & 0xff) == tid))
			*e = (struct trace_entry){ w[0], w[1], w[2], w[3], w[4], w[5] };
	}
	return e->ticks != 0;
}

uint64_t
trace_mark(void)
{
	const struct trace_ring *r = trace_ring_ != NULL ? trace_ring_ : trace_thread_start();

	return atomic_load_explicit(&r->head, memory_order_relaxed);
}

unsigned
trace_since(uint64_t mark, struct trace_entry *out, unsigned max)
{
	uint64_t n = trace_mark() - mark, i;

	for (i = 0; i < n && i < max; i++)
		if (!read_entry(trace_ring_, mark + i, &out[i]))
			return UINT_MAX;
	return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

const char *
trace_thread_name(unsigned thread)
{
	return threads[thread % THREADS].name;
}

int
trace_thread_tid(unsigned thread)
{
	return atomic_load(&threads[thread % THREADS].tid);
}
