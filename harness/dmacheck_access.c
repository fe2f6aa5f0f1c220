/* SPDX-License-Identifier: BSD-2-Clause */
/* The DMA checker's rules for what the device does, where each access is seen. */
#include <errno.h>

#include "harness/dmacheck_int.h"

/* May the device do this to the region now?  false: what it breaks, how, and in which bytes. */
static bool
allowed(struct dma_chunk *k, const struct dma_region *r, uint64_t iova, size_t len, bool write,
    enum dma_rule *rule, const char **how, struct dma_span *s)
{
	struct dma_bytes b = dma_bytes(k, iova, len);

	*s = (struct dma_span){ 0, len };
	*how = write ? "the device writes" : "the device reads";
	*rule = DMA_DIRECTION;
	if (r->use != HYP_DMA_SHARED && write != (r->use == HYP_DMA_IN))
		return false;
	*rule = DMA_DEVICE_NOT_OWNER;
	if (r->use != HYP_DMA_SHARED && r->owner == DMA_DRIVER) {
		*how = write ? "after the POST sync the device writes" :
		    "after the POST sync the device reads";
		return false;
	}
	if (r->use == HYP_DMA_IN && r->owner == DMA_LOADED) {
		*how = "before any PREREAD the device writes";
		return false;
	}
	*rule = DMA_NO_PREWRITE;
	*how = "the device reads, before any PREWRITE,";
	if (r->use == HYP_DMA_OUT && r->owner == DMA_LOADED)
		return false;
	if (write || r->told || !dma_unsent(&b, s))
		return true;
	*how = "the device reads what the driver wrote and did not sync, in";
	if (r->use == HYP_DMA_OUT) {
		*rule = DMA_DRIVER_NOT_OWNER;
		*how = "the device reads what the driver changes meanwhile, in";
	}
	return false;
}

/* Among the live regions that hold it one that allows it; the complaint is about the last. */
static struct dma_region *
allowing(struct dmacheck *c, struct dma_chunk *k, uint64_t iova, size_t len, bool write,
    bool *ok, enum dma_rule *rule, const char **how, struct dma_span *s)
{
	struct dma_region *r = NULL;
	size_t i;

	*ok = false;
	for (i = 0; i < c->nlive && !*ok; i++)
		if (dma_holds(c->live[i], iova, len)) {
			r = c->live[i];
			*ok = allowed(k, r, iova, len, write, rule, how, s);
		}
	return r;
}

/*
 * Is it where the driver, not the device, has a live region's memory, or with the low half of that
 * address?  That region, and the device's address in it.
 */
static struct dma_region *
by_va(struct dmacheck *c, uint64_t iova, size_t len, uint64_t *meant)
{
	struct dma_region *r;
	struct dma_chunk *k;
	uint64_t va, off;
	size_t i;

	for (i = 0; i < c->nlive; i++) {
		r = c->live[i];
		if ((k = dma_chunk(c, r->iova, r->len)) == NULL)
			continue;
		va = (uintptr_t)k->va + (r->iova - k->iova);
		off = iova <= UINT32_MAX ? (uint32_t)(iova - va) : iova - va;
		if (off < r->len && len <= r->len - off) {
			*meant = r->iova + off;
			return r;
		}
	}
	return NULL;
}

/* In no map at all. */
static int
stray(struct dmacheck *c, uint64_t iova, size_t len, bool write)
{
	struct dma_region *r = dma_nearest(c, iova, len), *by;
	uint64_t meant;

	if (!dma_any(c, iova, len) && (by = by_va(c, iova, len, &meant)) != NULL) {
		dma_found(DMA_OUTSIDE, by, meant, len, write ?
		    "by the driver's own address of it, va and not pa, the device writes" :
		    "by the driver's own address of it, va and not pa, the device reads", NULL);
		return EFAULT;
	}
	dma_found(dma_stray_rule(r, iova, len), r, iova, len,
	    write ? "the device writes" : "the device reads", NULL);
	return EFAULT;
}

static void
move(const struct dma_bytes *b, void *buf, bool write, bool known)
{
	if (!write) {
		dma_copy(buf, b->dev, b->len);
		return;
	}
	dma_copy(b->dev, buf, b->len);
	if (known)		/* it was told: no comparison finds it again */
		dma_copy(b->was_dev, b->dev, b->len);
	else
		dma_written(b);
}

int
dmacheck_access(void *arg, uint64_t iova, void *buf, size_t len, bool write)
{
	struct dmacheck *c = arg;
	struct dma_region *r = NULL;
	enum dma_rule rule;
	struct dma_chunk *k;
	struct dma_bytes b;
	struct dma_span s;
	const char *how;
	int error = 0;
	bool ok;

	if (len == 0)
		return 0;
	pthread_mutex_lock(&c->lock);
	k = iova + len > iova ? dma_chunk(c, iova, len) : NULL;
	if (k != NULL)
		r = allowing(c, k, iova, len, write, &ok, &rule, &how, &s);
	if (r == NULL) {
		error = stray(c, iova, len, write);
	} else {
		if (!ok)
			dma_found(rule, r, iova + s.off, s.len, how, NULL);
		b = dma_bytes(k, iova, len);
		move(&b, buf, write, !ok);
		if (write && ok)
			dma_trap(k, iova, len, DMA_CLOSED);
	}
	pthread_mutex_unlock(&c->lock);
	return error;
}
