/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the DMA checker found: each kept once, in a table that never moves, so that it can be
 * filled from a signal handler's depth and read while the process dies.  Naming the frames
 * takes a while, and a device or a lock may wait where something is found; so that is done
 * by who has the time: the main thread.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "harness/dmacheck_int.h"
#include "harness/report.h"

#define MAX_FINDINGS	64
#define KEY_FRAMES	10

struct finding {
	enum dma_rule	 rule;
	uint64_t	 key;
	unsigned	 times;
	char		 text[512];
	struct dma_place at, made, gone;
	bool		 near, was_gone;	/* is there a map; is it no more */
};

static const struct {
	const char *name, *law;
} rules[] = {
	[DMA_NO_PREWRITE] = { "missing PREWRITE",
	    "what the driver wrote is for the device only after a sync with PREWRITE" },
	[DMA_NO_POSTREAD] = { "missing POSTREAD",
	    "what the device wrote is for the driver only after a sync with POSTREAD" },
	[DMA_DIRECTION] = { "wrong direction",
	    "the device writes only to a map that was loaded for it to write, and reads only "
	    "from one that was loaded for it to read" },
	[DMA_DEVICE_NOT_OWNER] = { "the device is not the owner",
	    "the device uses a map only between the PRE and the POST sync of its direction" },
	[DMA_DRIVER_NOT_OWNER] = { "the driver is not the owner",
	    "between the PRE and the POST sync a map's memory is the device's: the driver does "
	    "not write it" },
	[DMA_GONE] = { "used after its end",
	    "a map stays loaded, and memory allocated, until the device is done with it" },
	[DMA_OUTSIDE] = { "outside every map",
	    "the device reaches only what is loaded or allocated now" },
};

static struct {
	pthread_mutex_t	 lock;		/* the table, while it is filled */
	struct finding	 table[MAX_FINDINGS];
	atomic_uint	 n;		/* complete entries */
	atomic_uint	 told;		/* of them, taken to be told */
	unsigned	 lost;
	void		(*wake)(void);
} F = { .lock = PTHREAD_MUTEX_INITIALIZER };

void __attribute__((noinline))
dma_here(struct dma_place *p)
{
	p->n = bt_cheap(p->pc, DMA_FRAMES);
	p->exact = false;
}

static uint64_t
hash_place(uint64_t h, const struct dma_place *p)
{
	unsigned i;

	for (i = 0; i < p->n && i < KEY_FRAMES; i++)
		h = (h ^ p->pc[i]) * UINT64_C(0x100000001b3);
	return h;
}

void
dma_region_text(const struct dma_region *r, char *buf, size_t size)
{
	static const char *const tail[] = {
		[HYP_DMA_SHARED] = "", [HYP_DMA_OUT] = ", loaded for the device to read",
		[HYP_DMA_IN] = ", loaded for the device to write",
	};

	snprintf(buf, size, "%s of %zu bytes at 0x%llx%s", r->use == HYP_DMA_SHARED ?
	    "an object" : "a map", r->len, (unsigned long long)r->iova, tail[r->use]);
}

/* "[0x10, +0x4) of an object ...", or where it is from the nearest. */
static void
place_text(const struct dma_region *r, uint64_t iova, size_t len, char *buf, size_t size)
{
	char region[128];

	if (r == NULL) {
		snprintf(buf, size, "[0x%llx, +0x%zx), where nothing ever was",
		    (unsigned long long)iova, len);
		return;
	}
	dma_region_text(r, region, sizeof(region));
	if (iova < r->iova)
		snprintf(buf, size, "[0x%llx, +0x%zx), which begins 0x%llx bytes before %s",
		    (unsigned long long)iova, len, (unsigned long long)(r->iova - iova), region);
	else if (iova - r->iova > r->len || len > r->len - (iova - r->iova))
		snprintf(buf, size, "[0x%llx, +0x%zx), which ends 0x%llx bytes behind %s",
		    (unsigned long long)iova, len,
		    (unsigned long long)(iova + len - r->iova - r->len), region);
	else
		snprintf(buf, size, "[0x%llx, +0x%zx) of %s",
		    (unsigned long long)(iova - r->iova), len, region);
}

/* With the lock: the entry of this key, counted once more; or a new one, not yet complete. */
static struct finding *
entry(uint64_t key, bool *is_new)
{
	unsigned i, n = atomic_load(&F.n);

	*is_new = false;
	for (i = 0; i < n; i++)
		if (F.table[i].key == key) {
			F.table[i].times++;
			return &F.table[i];
		}
	if (n == MAX_FINDINGS) {
		F.lost++;
		return NULL;
	}
	*is_new = true;
	return &F.table[n];
}

void
dma_found(enum dma_rule rule, const struct dma_region *r, uint64_t iova, size_t len,
    const char *how, const struct dma_place *at)
{
	struct dma_place here;
	char where[256];
	struct finding *f;
	uint64_t key;
	bool is_new;

	if (at == NULL)
		dma_here(&here);
	else
		here = *at;
	key = hash_place(UINT64_C(0xcbf29ce484222325) + (uint64_t)rule, &here);
	if (r != NULL)
		key = hash_place(key, &r->made);
	place_text(r, iova, len, where, sizeof(where));
	pthread_mutex_lock(&F.lock);
	f = entry(key, &is_new);
	if (is_new) {
		*f = (struct finding){ .rule = rule, .key = key, .times = 1, .at = here,
		    .near = r != NULL, .was_gone = r != NULL && r->dead };
		if (r != NULL) {
			f->made = r->made;
			f->gone = r->gone;
		}
		snprintf(f->text, sizeof(f->text), "DMA: %s: %s %s", rules[rule].name, how, where);
		atomic_fetch_add(&F.n, 1);
	}
	pthread_mutex_unlock(&F.lock);
	if (is_new && F.wake != NULL)
		F.wake();
}

static void
as_backtrace(const struct dma_place *p, struct backtrace *bt)
{
	bt->n = p->n;
	bt->exact = p->exact;
	memcpy(bt->pc, p->pc, p->n * sizeof(p->pc[0]));
}

static void
tell(const struct finding *f, bool fatal)
{
	struct backtrace bt[3];
	struct report_part parts[3] = {
		{ "where it was found", "backtrace", &bt[0] },
		{ "where the memory was allocated or loaded", "made", &bt[1] },
		{ "where it was freed or unloaded", "gone", &bt[2] },
	};

	as_backtrace(&f->at, &bt[0]);
	as_backtrace(&f->made, &bt[1]);
	as_backtrace(&f->gone, &bt[2]);
	report_finding("dma", rules[f->rule].name, rules[f->rule].law, f->text, parts,
	    f->was_gone ? 3 : f->near ? 2 : 1, fatal);
}

/* The next one that nobody has told, or -1. */
static int
next(void)
{
	unsigned i = atomic_load(&F.told);

	do {
		if (i >= atomic_load(&F.n))
			return -1;
	} while (!atomic_compare_exchange_weak(&F.told, &i, i + 1));
	return (int)i;
}

void
dmacheck_tell(void)
{
	int i;

	while ((i = next()) >= 0)
		tell(&F.table[i], false);
}

void
dmacheck_tell_fatal(void)
{
	int i;

	while ((i = next()) >= 0)
		tell(&F.table[i], true);
}

void
dmacheck_on_finding(void (*fn)(void))
{
	F.wake = fn;
}

unsigned
dmacheck_count(char *first, size_t size)
{
	unsigned n = atomic_load(&F.n);

	if (n > 0)
		snprintf(first, size, "%s", F.table[0].text);
	return n;
}
