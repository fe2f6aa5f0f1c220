/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace's rings while several threads write: with a taker nothing is lost or changed and
 * every thread's entries stay in order; without one the last entries are whole.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness/crash.h"
#include "harness/trace.h"

#define WRITERS	3
#define ENTRIES	100000u
#define SECOND	16		/* the first writer of the second test */

static atomic_uint done;
/* Where all writers exist at once: one that had ended would leave its ring to the next. */
static pthread_barrier_t together;

/* trace.c gives each thread a crash stack; that is not what is tested here. */
void
crash_thread_start(void)
{
}

void
crash_thread_end(void)
{
}

static void
write_all(uint64_t id)
{
	uint32_t i;

	for (i = 0; i < ENTRIES; i++)
		trace_put(TRACE_READ, 4, i, id, (uint64_t)i * 3 + id);
}

static void *
writer(void *arg)
{
	pthread_barrier_wait(&together);
	write_all((uintptr_t)arg);
	/* Nor may it end before the others have begun. */
	pthread_barrier_wait(&together);
	atomic_fetch_add(&done, 1);
	return NULL;
}

static void *
lone_writer(void *arg)
{
	write_all((uintptr_t)arg);
	return NULL;
}

struct tally {
	uint32_t next[WRITERS];		/* the entry expected from each */
	unsigned wrong;
};

static void
count(struct tally *t, const struct trace_entry *e)
{
	uint32_t i = trace_len(e);

	if (e->a >= WRITERS || i != t->next[e->a] || e->b != (uint64_t)i * 3 + e->a)
		t->wrong++;
	else
		t->next[e->a]++;
}

static unsigned
take_all(struct tally *t)
{
	static struct trace_entry batch[300];
	struct trace_ring *r;
	unsigned n, i, total = 0;

	for (r = trace_rings(); r != NULL; r = r->next) {
		n = trace_take(r, batch, 300);
		for (i = 0; i < n; i++)
			count(t, &batch[i]);
		total += n;
	}
	return total;
}

static int
nothing_is_lost_while_somebody_takes(void)
{
	struct tally t = { { 0 }, 0 };
	pthread_t thread[WRITERS];
	unsigned i, ok = 1, last;

	trace_lossless(true);
	for (i = 0; i < WRITERS; i++)
		pthread_create(&thread[i], NULL, writer, (void *)(uintptr_t)i);
	do {
		last = atomic_load(&done) == WRITERS;
	} while (take_all(&t) > 0 || !last);
	for (i = 0; i < WRITERS; i++) {
		pthread_join(thread[i], NULL);
		ok &= t.next[i] == ENTRIES;
	}
	trace_lossless(false);
	return ok && t.wrong == 0;
}

/* How many entries are not what was written, or not in their writer's order. */
static unsigned
count_wrong(const struct trace_entry *e, unsigned n)
{
	uint32_t next[WRITERS] = { 0 };
	unsigned i, wrong = 0;

	for (i = 0; i < n; i++) {
		wrong += e[i].b != (uint64_t)trace_len(&e[i]) * 3 + e[i].a;
		if (e[i].a < SECOND || e[i].a >= SECOND + WRITERS)
			continue;		/* left from the test before */
		wrong += trace_len(&e[i]) < next[e[i].a - SECOND];
		next[e[i].a - SECOND] = trace_len(&e[i]) + 1;
	}
	return wrong;
}

/*
 * Read while the writers overwrite: whatever is given is whole, and in each writer's order.
 * (Between processors the clock may differ by more than two entries take.)
 */
static int
what_is_read_meanwhile_is_whole(void)
{
	static struct trace_entry e[TRACE_LAST_MAX];
	pthread_t thread[WRITERS];
	unsigned i, wrong = 0;

	atomic_store(&done, 0);
	for (i = 0; i < WRITERS; i++)
		pthread_create(&thread[i], NULL, writer, (void *)(uintptr_t)(SECOND + i));
	while (atomic_load(&done) < WRITERS)
		wrong += count_wrong(e, trace_last(e, 500));
	for (i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	return wrong == 0 && trace_last(e, TRACE_LAST_MAX) == TRACE_LAST_MAX &&
	    trace_last(e, 3) == 3;
}

/* Rings of threads that ended are used again: not one more for each thread. */
static int
rings_are_used_again(void)
{
	struct trace_ring *r;
	pthread_t thread;
	unsigned i, n = 0;

	for (i = 0; i < 50; i++) {
		pthread_create(&thread, NULL, lone_writer, NULL);
		pthread_join(thread, NULL);
	}
	for (r = trace_rings(); r != NULL; r = r->next)
		n++;
	return n <= 2 * WRITERS;
}

int
main(void)
{
	int ok[3];

	clock_init();
	pthread_barrier_init(&together, NULL, WRITERS);
	printf("1..3\n");
	ok[0] = nothing_is_lost_while_somebody_takes();
	printf("%sok 1 - nothing is lost while somebody takes\n", ok[0] ? "" : "not ");
	ok[1] = what_is_read_meanwhile_is_whole();
	printf("%sok 2 - what is read meanwhile is whole\n", ok[1] ? "" : "not ");
	ok[2] = rings_are_used_again();
	printf("%sok 3 - rings of ended threads are used again\n", ok[2] ? "" : "not ");
	return !(ok[0] && ok[1] && ok[2]);
}
