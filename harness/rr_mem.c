/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA memory while recording and replaying: the driver's copy of each object, the device's side
 * of it (recording only), and what both agreed on last, by which each side's changes are told.
 * With --dma=check the checker has both sides, and moves the bytes; then what changes in the
 * driver's between two syncs is the driver's doing, and in a sync the device's.
 *
 * Runs: gap (bytes to the one before, or from the range's begin, plus 1), length, bytes; 0 ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "harness/hypercall.h"
#include "harness/rr_int.h"

#define ALIGN	4096

struct object {
	LIST_ENTRY(object) link;
	uint64_t	 iova;
	size_t		 size;
	const char	*what;
	uint8_t		*device;	/* NULL: replaying, or checked */
	uint8_t		*driver, *base;
	bool		 ours;		/* driver is */
};

static LIST_HEAD(, object) objects = LIST_HEAD_INITIALIZER(objects);

static void
free_object(struct object *o)
{
	if (o->ours)
		free(o->driver);
	free(o->base);
	free(o);
}

int
rr_mem_add(struct hyp_dma *mem, void *checked, void *dev, const char *what)
{
	size_t room = (mem->size + ALIGN - 1) / ALIGN * ALIGN;
	struct object *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ENOMEM;
	*o = (struct object){ .iova = mem->iova, .size = mem->size, .what = what,
	    .device = checked != NULL ? NULL : dev, .ours = checked == NULL,
	    .driver = checked != NULL ? checked : aligned_alloc(ALIGN, room),
	    .base = calloc(1, mem->size) };
	if (o->driver == NULL || o->base == NULL) {
		free_object(o);
		return ENOMEM;
	}
	LIST_INSERT_HEAD(&objects, o, link);
	if (o->ours) {
		memset(o->driver, 0, room);
		mem->va = o->driver;
	}
	return 0;
}

static void
drop(struct object *o)
{
	LIST_REMOVE(o, link);
	free_object(o);
}

bool
rr_mem_remove(uint64_t iova, size_t *size, const char **what)
{
	struct object *o;

	LIST_FOREACH(o, &objects, link)
		if (o->iova == iova) {
			*size = o->size;
			*what = o->what;
			drop(o);
			return true;
		}
	return false;
}

void
rr_mem_drop(void)
{
	while (!LIST_EMPTY(&objects))
		drop(LIST_FIRST(&objects));
}

unsigned
rr_mem_each(unsigned max, void (*fn)(void *, const char *, uint64_t, const void *, size_t),
    void *arg)
{
	const struct object *o;
	unsigned n = 0;

	LIST_FOREACH(o, &objects, link)
		if (n++ < max)
			fn(arg, o->what, o->iova, o->driver, o->size);
	return n;
}

static struct object *
find(uint64_t iova, size_t len)
{
	struct object *o;

	LIST_FOREACH(o, &objects, link)
		if (iova >= o->iova && iova - o->iova <= o->size &&
		    len <= o->size - (size_t)(iova - o->iova))
			return o;
	return NULL;
}

/* ---- recording ---- */

struct runs {
	struct rr_buf	 out;
	size_t		 at;		/* after the last one */
};

static void
put_run(struct runs *r, size_t off, const uint8_t *data, size_t len)
{
	rr_buf_number(&r->out, off - r->at + 1);
	rr_buf_number(&r->out, len);
	rr_buf_put(&r->out, data, len);
	r->at = off + len;
}

static void
end_runs(struct runs *r)
{
	rr_buf_number(&r->out, 0);
	rr_put(r->out.data, r->out.len);
	r->out.len = 0;
	r->at = 0;
}

/* The first byte from `at` on that differs, or len. */
static size_t
differs(const uint8_t *a, const uint8_t *b, size_t at, size_t len)
{
	while (at + 64 <= len && memcmp(a + at, b + at, 64) == 0)
		at += 64;
	while (at < len && a[at] == b[at])
		at++;
	return at;
}

/* The end of a run that begins at `at`. */
static size_t
run_end(const uint8_t *a, const uint8_t *b, size_t at, size_t len)
{
	while (at < len && a[at] != b[at])
		at++;
	return at;
}

/* What the driver wrote goes to the device, and nothing else does. */
static void
push(struct runs *r, struct object *o, size_t off, size_t len)
{
	const uint8_t *driver = o->driver + off;
	uint8_t *base = o->base + off;
	size_t at, end;

	for (at = differs(driver, base, 0, len); at < len; at = differs(driver, base, end, len)) {
		end = run_end(driver, base, at, len);
		if (o->device != NULL)
			memcpy(o->device + off + at, driver + at, end - at);
		memcpy(base + at, driver + at, end - at);
		put_run(r, at, driver + at, end - at);
	}
	end_runs(r);
}

/* The device may write meanwhile: it is looked at once, whole words at a time. */
static const uint8_t *
look(const struct object *o, size_t off, size_t len)
{
	static struct rr_buf copy;
	const uint8_t *device = o->device + off;
	uint64_t word;
	size_t at;

	copy.len = 0;
	rr_buf_put(&copy, device, len);
	at = (8 - (uintptr_t)device % 8) % 8;
	for (; at + 8 <= len; at += 8) {
		word = __atomic_load_n((const uint64_t *)(const void *)(device + at),
		    __ATOMIC_ACQUIRE);
		memcpy(copy.data + at, &word, 8);
	}
	return copy.data;
}

static void
pull(struct runs *r, struct object *o, size_t off, size_t len)
{
	const uint8_t *device = o->device != NULL ? look(o, off, len) : o->driver + off;
	uint8_t *base = o->base + off;
	size_t at, end;

	for (at = differs(device, base, 0, len); at < len; at = differs(device, base, end, len)) {
		end = run_end(device, base, at, len);
		if (o->device != NULL)
			memcpy(o->driver + off + at, device + at, end - at);
		memcpy(base + at, device + at, end - at);
		put_run(r, at, device + at, end - at);
	}
	end_runs(r);
}

/* ---- replaying ---- */

/* One list of runs into both copies, or what was agreed on alone. */
static void
apply(struct object *o, size_t off, size_t len, bool driver)
{
	const uint8_t *data;
	uint64_t gap;
	size_t at = 0, n;

	while ((gap = rr_result(0)) != 0) {
		data = rr_result_bytes(NULL, &n);
		if (gap - 1 > len - at || n > len - at - (gap - 1))
			rr_diverged("a sync of less memory");
		at += gap - 1;
		memcpy(o->base + off + at, data, n);
		if (driver)
			memcpy(o->driver + off + at, data, n);
		at += n;
	}
}

static void
compare(const struct object *o, size_t off, size_t len)
{
	size_t at = differs(o->driver + off, o->base + off, 0, len);
	char text[300];

	if (at == len)
		return;
	snprintf(text, sizeof(text), "the same, but the driver wrote other bytes for the device: "
	    "%s, %zu bytes at iova 0x%llx, offset %zu: recorded 0x%02x, now 0x%02x", o->what, o->size,
	    (unsigned long long)o->iova, off + at, o->base[off + at], o->driver[off + at]);
	rr_back();
	rr_diverged(text);
}

/* What is no live object has nothing to be synced; the checks are others' work. */
static struct object nothing = { .what = "nothing" };

static struct runs runs;		/* with the turn */

/* The object with the range, which is cut off where there is none. */
static struct object *
synced(uint64_t iova, size_t *off, size_t *len)
{
	struct object *o = find(iova, *len);

	*off = o != NULL ? (size_t)(iova - o->iova) : 0;
	if (o == NULL)
		*len = 0;
	return o != NULL ? o : &nothing;
}

void
rr_mem_sent(uint64_t iova, size_t len)
{
	struct object *o;
	size_t off;

	o = synced(iova, &off, &len);
	if (rr_mode == RR_RECORD) {
		push(&runs, o, off, len);
	} else {
		apply(o, off, len, false);
		compare(o, off, len);
	}
}

void
rr_mem_received(uint64_t iova, size_t len)
{
	struct object *o;
	size_t off;

	o = synced(iova, &off, &len);
	if (rr_mode == RR_RECORD)
		pull(&runs, o, off, len);
	else
		apply(o, off, len, true);
}
