/* SPDX-License-Identifier: BSD-2-Clause */
/* The DMA checker's rules for what the driver does; see dmacheck.h. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/dmacheck_int.h"
#include "harness/rr.h"

#define HELD_MAX	8		/* lines */
#define PRE(op)	(((op) & (HYP_SYNC_PREREAD | HYP_SYNC_PREWRITE)) != 0)

/* ---- what the device did unseen ---- */

/* The device wrote the region's memory while it was not to; told, and from now on known. */
static void
look_for_device(struct dma_chunk *k, const struct dma_region *r, enum dma_rule rule,
    const char *how)
{
	struct dma_bytes b = dma_bytes(k, r->iova, r->len);
	struct dma_span s;

	if (!dma_differ(b.dev, b.was_dev, b.len, &s))
		return;
	dma_found(rule, r, r->iova + s.off, s.len, how, NULL);
	dma_copy(b.was_dev, b.dev, b.len);
}

/* The driver wrote it while it was the device's. */
static void
look_for_driver(struct dma_chunk *k, const struct dma_region *r, const char *until)
{
	struct dma_bytes b = dma_bytes(k, r->iova, r->len);
	struct dma_span s;
	char how[128];

	if (r->told || !dma_differ(b.cpu, b.was_cpu, b.len, &s))
		return;
	snprintf(how, sizeof(how), "before the %s here the driver wrote, in the device's time, in",
	    until);
	dma_found(DMA_DRIVER_NOT_OWNER, r, r->iova + s.off, s.len, how, NULL);
}

/* Memory of no live region: only the device can have changed its shadow. */
static void
look_at_free(struct dmacheck *c, struct dma_chunk *k, uint64_t iova, size_t len)
{
	struct dma_bytes b = dma_bytes(k, iova, len);
	struct dma_region *r;
	struct dma_span s;

	if (!dma_differ(b.dev, b.was_dev, b.len, &s))
		return;
	r = dma_nearest(c, iova + s.off, s.len);
	dma_found(dma_stray_rule(r, iova + s.off, s.len), r, iova + s.off, s.len,
	    "the device has written", NULL);
	dma_copy(b.was_dev, b.dev, b.len);
}

/* The end of the first live region from iova on, and where it begins; `end` if there is none. */
static uint64_t
next_live(struct dmacheck *c, uint64_t iova, uint64_t end, uint64_t *begins)
{
	uint64_t after = end;
	size_t i;

	*begins = end;
	for (i = 0; i < c->nlive; i++)
		if (c->live[i]->iova + c->live[i]->len > iova && c->live[i]->iova < *begins) {
			*begins = c->live[i]->iova;
			after = c->live[i]->iova + c->live[i]->len;
		}
	return after;
}

/* All of [iova, end) that is in no live region. */
static void
look_between(struct dmacheck *c, struct dma_chunk *k, uint64_t iova, uint64_t end)
{
	uint64_t begins, after;

	while (iova < end) {
		after = next_live(c, iova, end, &begins);
		if (begins > iova)
			look_at_free(c, k, iova, (size_t)(begins - iova));
		iova = after > iova ? after : end;
	}
}

/* ---- give and take ---- */

/* What both sides have at first: of an object the same; of a map the device has nothing yet. */
static void
begin(struct dma_chunk *k, const struct dma_region *r, bool twice)
{
	struct dma_bytes b = dma_bytes(k, r->iova, r->len);

	if (r->use == HYP_DMA_SHARED)
		dma_copy(b.dev, b.cpu, b.len);
	else if (!twice)		/* another map's may be the device's already */
		dma_fill(b.dev, DMA_POISON, b.len);
	else
		return;
	dma_copy(b.was_dev, b.dev, b.len);
	dma_copy(b.was_cpu, b.cpu, b.len);
	dma_fill(b.lost, 0, b.len);
}

/* The region that was added last begins; with shadow. */
static void
give(struct dmacheck *c, struct dma_chunk *k, const struct dma_region *r)
{
	bool twice;

	c->nlive--;
	twice = dma_any(c, r->iova, r->len);
	look_between(c, k, r->iova, r->iova + r->len);
	c->nlive++;
	begin(k, r, twice);
	if (!twice)
		dma_trap(k, r->iova, r->len, r->use == HYP_DMA_SHARED && !c->sees ? DMA_CLOSED :
		    DMA_OPEN);
}

int
dmacheck_give(struct dmacheck *c, uint64_t iova, size_t len, enum hyp_dma_use use)
{
	struct dma_region *r = calloc(1, sizeof(*r));
	struct dma_chunk *k;

	if (r == NULL)
		return 0;
	*r = (struct dma_region){ .iova = iova, .len = len, .use = use, .owner = DMA_LOADED,
	    .reachable = use != HYP_DMA_OUT };
	dma_here(&r->made);
	pthread_mutex_lock(&c->lock);
	dma_refused(c);
	k = c->shadow ? dma_chunk(c, iova, len) : NULL;
	if ((c->shadow && k == NULL) || !dma_add(c, r)) {
		pthread_mutex_unlock(&c->lock);
		free(r);
		return 0;
	}
	if (k != NULL)
		give(c, k, r);
	pthread_mutex_unlock(&c->lock);
	return use != HYP_DMA_OUT;
}

/* What is looked at when the driver takes a map back. */
static void
finish(struct dma_chunk *k, const struct dma_region *r)
{
	if (r->use == HYP_DMA_SHARED)
		return;
	if (r->owner == DMA_DEVICE)
		look_for_driver(k, r, "unload");
	if (r->owner != DMA_DEVICE)
		look_for_device(k, r, DMA_DEVICE_NOT_OWNER, r->owner == DMA_LOADED ?
		    "before any sync the device wrote" : "after the POST sync the device wrote");
	else if (r->use == HYP_DMA_OUT)
		look_for_device(k, r, DMA_DIRECTION, "the device wrote");
}

/* The region, which is not among the live ones any more, is no more; with shadow. */
static void
take(struct dmacheck *c, struct dma_chunk *k, struct dma_region *r)
{
	struct dma_bytes b = dma_bytes(k, r->iova, r->len);
	struct dma_span s;

	r->unseen = r->use == HYP_DMA_IN && dma_differ(b.dev, b.was_dev, b.len, &s);
	if (!r->unseen)
		dma_trap(k, r->iova, r->len, DMA_OPEN);
	/* What the device did in its time is no offence of a later time; that shows. */
	if (!dma_any(c, r->iova, r->len))
		dma_poison(&b);
}

int
dmacheck_take(struct dmacheck *c, uint64_t iova, size_t len)
{
	struct dma_region *r = NULL;
	struct dma_chunk *k;
	int change = 0;
	size_t i;

	pthread_mutex_lock(&c->lock);
	dma_refused(c);
	for (i = c->nlive; i > 0 && r == NULL; i--)
		if (c->live[i - 1]->iova == iova && c->live[i - 1]->len == len)
			r = c->live[i - 1];
	if (r != NULL) {
		k = dma_chunk(c, iova, len);
		if (k != NULL)
			finish(k, r);
		dma_here(&r->gone);
		c->live[i] = c->live[--c->nlive];
		if (k != NULL)
			take(c, k, r);
		change = r->reachable ? -1 : 0;
		dma_bury(c, r);
	}
	pthread_mutex_unlock(&c->lock);
	return change;
}

void
dmacheck_reuse(struct dmacheck *c, uint64_t iova, size_t len)
{
	struct dma_chunk *k;

	pthread_mutex_lock(&c->lock);
	k = dma_chunk(c, iova, len);
	if (k != NULL)
		look_between(c, k, iova, iova + len);
	pthread_mutex_unlock(&c->lock);
}

/* ---- syncs ---- */

/* Of an object, which both may write: the bytes that this sync lets go. */
static void
sync_shared(struct dmacheck *c, struct dma_chunk *k, const struct dma_region *r,
    const struct dma_bytes *b, uint64_t iova, int op)
{
	struct dma_span s;

	if ((op & HYP_SYNC_POSTWRITE) != 0 && !c->sees && dma_unsent(b, &s))
		dma_found(DMA_NO_PREWRITE, r, iova + s.off, s.len,
		    "POSTWRITE says that the device has read what the driver only wrote, in", NULL);
	if ((op & HYP_SYNC_PREWRITE) != 0)
		dma_to_device(b);
	else if ((op & HYP_SYNC_PREREAD) != 0)
		dma_lose(b);
	if ((op & HYP_SYNC_POSTREAD) != 0 && dma_to_driver(b, &s))
		dma_found(DMA_NO_PREWRITE, r, iova + s.off, s.len,
		    "both wrote, and no sync says who was first:", NULL);
	if (!c->sees)		/* after the POST the driver may look; a PRE ends that */
		dma_trap(k, iova, b->len, PRE(op) ? DMA_CLOSED : DMA_OPEN);
}

/* The map is the device's, or the driver's again; how often more the device may reach it. */
static int
pass(struct dma_region *r, enum dma_owner to)
{
	bool may = r->use != HYP_DMA_OUT || to == DMA_DEVICE;
	int change = r->reachable == may ? 0 : may ? 1 : -1;

	r->owner = to;
	r->reachable = may;
	return change;
}

static int
pre_map(struct dmacheck *c, struct dma_chunk *k, struct dma_region *r)
{
	struct dma_bytes b = dma_bytes(k, r->iova, r->len);

	if (r->owner == DMA_DEVICE)
		look_for_driver(k, r, "second PRE sync");
	else
		look_for_device(k, r, DMA_DEVICE_NOT_OWNER, "before the PRE sync here the device "
		    "wrote");
	if (r->use == HYP_DMA_OUT) {
		dma_copy(b.dev, b.cpu, b.len);
		dma_copy(b.was_dev, b.cpu, b.len);
	}
	dma_copy(b.was_cpu, b.cpu, b.len);
	r->told = false;
	dma_trap(k, r->iova, r->len, r->use == HYP_DMA_OUT || c->sees ? DMA_READ_ONLY : DMA_CLOSED);
	return pass(r, DMA_DEVICE);
}

/* Another live region has some of the same memory. */
static bool
shares(const struct dmacheck *c, const struct dma_region *r)
{
	size_t i;

	for (i = 0; i < c->nlive; i++)
		if (c->live[i] != r && dma_touches(c->live[i], r->iova, r->len))
			return true;
	return false;
}

/*
 * What the device wrote is the driver's.  Then its memory is made unlike what it may write once
 * more, where only comparing tells that it did.
 */
static void
deliver(const struct dmacheck *c, const struct dma_region *r, const struct dma_bytes *b)
{
	if (r->owner == DMA_DRIVER)
		return;			/* a second POST: it has been delivered */
	dma_copy(b->cpu, b->dev, b->len);
	if (c->sees || shares(c, r))
		dma_copy(b->was_dev, b->dev, b->len);
	else
		dma_poison(b);
}

static int
post_map(struct dmacheck *c, struct dma_chunk *k, struct dma_region *r)
{
	struct dma_bytes b = dma_bytes(k, r->iova, r->len);

	if (r->owner == DMA_DEVICE)
		look_for_driver(k, r, "POST sync");
	else
		look_for_device(k, r, DMA_DEVICE_NOT_OWNER, "before the second POST sync here the "
		    "device wrote");
	if (r->use == HYP_DMA_OUT) {
		look_for_device(k, r, DMA_DIRECTION, "the device wrote");
	} else {
		deliver(c, r, &b);
	}
	dma_copy(b.was_cpu, b.cpu, b.len);
	dma_trap(k, r->iova, r->len, DMA_OPEN);
	return pass(r, DMA_DRIVER);
}

/* A segment of a map is synced as a whole; two maps may have the same memory loaded. */
static struct dma_region *
synced(struct dmacheck *c, uint64_t iova, size_t len, int op)
{
	enum hyp_dma_use use = (op & (HYP_SYNC_PREREAD | HYP_SYNC_POSTREAD)) != 0 ?
	    HYP_DMA_IN : HYP_DMA_OUT;
	struct dma_region *r;
	size_t i;

	for (i = 0; i < c->nlive; i++) {
		r = c->live[i];
		if (r->use == use && r->iova == iova && r->len == len)
			return r;
	}
	return dma_live(c, iova, len);
}

static int
sync_map(struct dmacheck *c, struct dma_chunk *k, struct dma_region *r, int op)
{
	return PRE(op) ? pre_map(c, k, r) : post_map(c, k, r);
}

int
dmacheck_sync(struct dmacheck *c, uint64_t iova, size_t len, int op)
{
	struct dma_region *r;
	struct dma_chunk *k;
	struct dma_bytes b;
	int change = 0;

	if (len == 0)
		return 0;
	pthread_mutex_lock(&c->lock);
	dma_refused(c);
	r = synced(c, iova, len, op);
	k = dma_chunk(c, iova, len);
	if (r != NULL && k != NULL) {
		b = dma_bytes(k, iova, len);
		if (r->use == HYP_DMA_SHARED)
			sync_shared(c, k, r, &b, iova, op);
		else
			change = sync_map(c, k, r, op);
	} else if (r != NULL && !c->shadow) {
		r->owner = PRE(op) ? DMA_DEVICE : DMA_DRIVER;
	}
	pthread_mutex_unlock(&c->lock);
	return change;
}

/* ---- the end ---- */

void
dmacheck_end(struct dmacheck *c)
{
	struct dma_chunk *k;

	pthread_mutex_lock(&c->lock);
	dma_refused(c);
	for (k = c->chunks; k != NULL; k = k->next)
		look_between(c, k, k->iova, k->iova + k->size);
	pthread_mutex_unlock(&c->lock);
}

static unsigned
held_one(struct dma_chunk *k, const struct dma_region *r)
{
	struct dma_bytes b = dma_bytes(k, r->iova, r->len);
	struct dma_span s;
	unsigned n = 0;
	char text[128];

	dma_region_text(r, text, sizeof(text));
	if (r->use != HYP_DMA_OUT && dma_differ(b.dev, b.was_dev, b.len, &s)) {
		rr_log(NULL, HYP_LOG_INFO, "DMA: without POSTREAD the driver does not see what "
		    "the device wrote to [0x%zx, +0x%zx) of %s", s.off, s.len, text);
		n++;
	}
	if (r->use == HYP_DMA_SHARED && dma_unsent(&b, &s)) {
		rr_log(NULL, HYP_LOG_INFO, "DMA: without PREWRITE the device does not see what "
		    "the driver wrote to [0x%zx, +0x%zx) of %s", s.off, s.len, text);
		n++;
	}
	return n;
}

void
dmacheck_held(struct dmacheck *c)
{
	struct dma_chunk *k;
	unsigned told = 0;
	size_t i;

	pthread_mutex_lock(&c->lock);
	dma_refused(c);			/* which may be why */
	for (i = 0; i < c->nlive && told < HELD_MAX; i++) {
		k = dma_chunk(c, c->live[i]->iova, c->live[i]->len);
		if (k != NULL)
			told += held_one(k, c->live[i]);
	}
	pthread_mutex_unlock(&c->lock);
}
