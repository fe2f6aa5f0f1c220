/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA checker's rules for what the IOMMU refused the device: of each refusal the kernel's log
 * tells the page and whether it was a write.  Whose that is, is asked before the driver's next
 * load, unload, sync or free changes it.
 */
#include <stdio.h>

#include "harness/dmacheck_int.h"
#include "harness/iommu_log.h"

#define IOMMU_PAGE	4096		/* the smallest of those that count; what Intel's tells */

/* The bytes of the region that lie in the page. */
static struct dma_span
in_page(const struct dma_region *r, uint64_t page)
{
	uint64_t begin = r->iova > page ? r->iova : page;
	uint64_t end = r->iova + r->len < page + IOMMU_PAGE ? r->iova + r->len : page + IOMMU_PAGE;

	return (struct dma_span){ (size_t)(begin - r->iova), (size_t)(end - begin) };
}

/* One that is in the page and that the device may not use so: live, or the newest dead one. */
static struct dma_region *
meant(struct dmacheck *c, uint64_t page)
{
	struct dma_region *r;
	size_t i;

	for (i = 0; i < c->nlive; i++) {
		r = c->live[i];
		if (r->use != HYP_DMA_SHARED && dma_touches(r, page, IOMMU_PAGE))
			return r;
	}
	return dma_dead(c, page, IOMMU_PAGE);
}

/*
 * Which rule that breaks.  A map that had no PREWRITE in all its life may have been read before
 * its end or behind it: either way that is what it lacks.
 */
static enum dma_rule
broken(const struct dma_region *r, bool write, const char **when)
{
	*when = "";
	if (r->use == HYP_DMA_OUT && r->owner == DMA_LOADED && !write) {
		*when = "before any PREWRITE ";
		return DMA_NO_PREWRITE;
	}
	if (r->dead)
		return DMA_GONE;
	if (write != (r->use == HYP_DMA_IN))
		return DMA_DIRECTION;
	*when = r->owner == DMA_DRIVER ? "after the POST sync " : "";
	return DMA_DEVICE_NOT_OWNER;
}

static void
refused(struct dmacheck *c, const struct iommu_fault *f)
{
	uint64_t page = f->iova & ~(uint64_t)(IOMMU_PAGE - 1);
	struct dma_region *r = meant(c, page);
	const char *when = "";
	enum dma_rule rule;
	struct dma_span s;
	char how[128];

	rule = r != NULL ? broken(r, f->write, &when) : DMA_OUTSIDE;
	snprintf(how, sizeof(how), "%sthe IOMMU refused the device a %s the page%s", when,
	    f->write ? "write to" : "read of", r != NULL ? " of" : "");
	if (r != NULL) {
		s = in_page(r, page);
		dma_found(rule, r, r->iova + s.off, s.len, how, NULL);
	} else {
		dma_found(rule, dma_nearest(c, page, IOMMU_PAGE), page, IOMMU_PAGE, how, NULL);
	}
}

void
dma_refused(struct dmacheck *c)
{
	struct iommu_fault f;

	while (c->log != NULL && iommu_log_next(c->log, &f))
		refused(c, &f);
}
