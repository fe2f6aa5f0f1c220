/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA for a personality: the arena, traced. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "harness/arena.h"
#include "harness/contain.h"
#include "harness/dev.h"
#include "harness/dmacheck.h"
#include "harness/poison.h"
#include "harness/rr.h"
#include "harness/trace.h"

static int
replay_limit(unsigned bits)
{
	int error;

	rr_call(RR_DMA_LIMIT, 1, (uint64_t)bits);
	error = (int)rr_result(0);
	rr_done();
	return error;
}

int
hyp_dma_limit(struct hyp_dev *dev, unsigned bits)
{
	struct vfio_err err = { "" };
	struct arena *a;
	int error;

	if (rr_replays())
		return replay_limit(bits);
	pthread_mutex_lock(&dev->lock);
	if (dev->arena != NULL && arena_each(dev->arena, 0, NULL, NULL) > 0)
		error = EBUSY;
	else
		error = arena_new(dev->vfio, bits, dev->strict, dev->strict ? NULL : dev->check,
		    &a, &err);
	if (error == 0) {
		arena_free(dev->arena);
		dev->arena = a;
	}
	pthread_mutex_unlock(&dev->lock);
	if (error != 0)
		rr_log(dev, HYP_LOG_ERROR, "%s", error == EBUSY ? "DMA: the address width cannot "
		    "change while DMA memory is allocated" :
		    err.text[0] != '\0' ? err.text : strerror(error));
	if (turn_mine()) {
		rr_call(RR_DMA_LIMIT, 1, (uint64_t)bits);
		rr_result((uint64_t)error);
		rr_done();
	}
	return error;
}

/* The arena, made when the personality asked for no limit of its own. */
static struct arena *
arena(struct hyp_dev *dev)
{
	struct arena *a;

	pthread_mutex_lock(&dev->lock);
	a = dev->arena;
	pthread_mutex_unlock(&dev->lock);
	if (a == NULL && hyp_dma_limit(dev, dev->dma_bits) == 0)
		return arena(dev);
	return a;
}

static int
alloc_arena(struct hyp_dev *dev, size_t size, size_t align, size_t boundary, const char *what,
    struct hyp_dma *mem)
{
	struct arena *a = arena(dev);
	struct vfio_err err = { "" };
	int error;

	if (a == NULL)
		return ENOMEM;
	error = arena_alloc(a, size, align, boundary, what, mem, &err);
	if (error != 0)
		rr_log(dev, HYP_LOG_ERROR, "%s: %s", what != NULL ? what : "DMA memory",
		    err.text[0] != '\0' ? err.text : strerror(error));
	return error;
}

/* The memory as the checker sees it; NULL: none does. */
static void *
checked_view(const struct hyp_dev *dev, const struct hyp_dma *mem)
{
	return dev->check != NULL ? dmacheck_view(dev->check, mem->iova, mem->size) : NULL;
}

/* The address is the recorded one; the driver's memory is a copy of the device's. */
static int
alloc_copied(struct hyp_dev *dev, size_t size, size_t align, size_t boundary, const char *what,
    struct hyp_dma *mem)
{
	int error = 0;

	*mem = (struct hyp_dma){ .size = size };
	if (!rr_replays())
		error = alloc_arena(dev, size, align, boundary, what, mem);
	if (turn_mine()) {
		rr_call(RR_DMA_ALLOC, 3, (uint64_t)size, (uint64_t)align, (uint64_t)boundary);
		error = (int)rr_result((uint64_t)error);
		mem->iova = rr_result(mem->iova);
		rr_done();
	}
	if (error != 0)
		return error;
	return rr_mem_add(mem, checked_view(dev, mem), mem->va, what != NULL ? what : "unnamed");
}

static bool
release(struct hyp_dev *dev, uint64_t iova, size_t *size, const char **what)
{
	struct arena *a;

	if (rr_mode != RR_OFF && !rr_mem_remove(iova, size, what))
		return false;
	if (!rr_replays()) {
		a = arena(dev);
		if (a == NULL || arena_release(a, iova, size, what) != 0)
			return false;
	}
	if (turn_mine()) {
		rr_call(RR_DMA_FREE, 1, iova);
		rr_done();
	}
	return true;
}

int
hyp_dma_alloc(struct hyp_dev *dev, size_t size, size_t align, size_t boundary,
    const char *what, struct hyp_dma *mem)
{
	int error;

	error = rr_mode == RR_OFF ? alloc_arena(dev, size, align, boundary, what, mem) :
	    alloc_copied(dev, size, align, boundary, what, mem);
	if (error != 0)
		return error;
	contain_memory((int64_t)size);
	trace_put(TRACE_DMA_ALLOC, 0, (uint32_t)size, mem->iova, (uintptr_t)what);
	return 0;
}

void
hyp_dma_free(struct hyp_dev *dev, struct hyp_dma *mem)
{
	const char *what = NULL;
	size_t size = 0;

	if (!release(dev, mem->iova, &size, &what))
		hyp_violation(dev, "DMA memory is freed once",
		    "free of iova 0x%llx, which is no live object",
		    (unsigned long long)mem->iova);
	contain_memory(-(int64_t)size);
	trace_put(TRACE_DMA_FREE, 0, (uint32_t)size, mem->iova, (uintptr_t)what);
	memset(mem, 0, sizeof(*mem));
}

/* Where the IOMMU decides: the device may reach the range once more (change: 1), or less (-1). */
static void
let_device(struct hyp_dev *dev, uint64_t iova, size_t len, int change)
{
	struct vfio_err err = { "" };
	struct arena *a;
	int error;

	if (change == 0 || rr_replays())
		return;
	a = arena(dev);
	error = a != NULL ? arena_own(a, iova, len, change > 0, &err) : EINVAL;
	if (error == EINVAL)
		hyp_violation(dev, "memory given to the device lies in one live DMA object",
		    "iova 0x%llx, %zu bytes", (unsigned long long)iova, len);
	if (error != 0 && !dev->gone)
		hyp_fail(dev, error, err.text);
}

/* Memcheck does not see the device write: after the sync the bytes are somebody's. */
static void
tell_memcheck(struct hyp_dev *dev, uint64_t iova, size_t len)
{
	struct arena *a = arena(dev);
	void *va = a != NULL ? arena_at(a, iova, len) : NULL;

	if (va != NULL)
		memcheck_defined(va, len);
}

void
hyp_dma_own(struct hyp_dev *dev, uint64_t iova, size_t len, enum hyp_dma_use use)
{
	bool give = use != HYP_DMA_DRIVER;
	int change = 0;

	trace_put(give ? TRACE_DMA_GIVE : TRACE_DMA_TAKE, 0, (uint32_t)len, iova, 0);
	if (dev->check != NULL && give)
		change = dmacheck_give(dev->check, iova, len, use);
	else if (dev->check != NULL)
		change = dmacheck_take(dev->check, iova, len);
	let_device(dev, iova, len, !dev->strict ? change : give ? 1 : -1);
}

static void
check_sync(struct hyp_dev *dev, uint64_t iova, size_t len, int op)
{
	if (dev->check == NULL)
		return;
	let_device(dev, iova, len, dmacheck_sync(dev->check, iova, len, op));
	atomic_thread_fence(memory_order_seq_cst);
}

void
hyp_dma_sync(struct hyp_dev *dev, uint64_t iova, size_t len, int op)
{
	atomic_thread_fence(memory_order_seq_cst);
	trace_put(TRACE_SYNC, (unsigned)op & 0xffff, (uint32_t)len, iova, 0);
	if ((op & (HYP_SYNC_PREREAD | HYP_SYNC_PREWRITE)) != 0)
		trace_keep(TRACE_KEPT_SYNC);
	if (rr_mode == RR_OFF) {
		check_sync(dev, iova, len, op);
		if ((op & HYP_SYNC_POSTREAD) != 0 && memcheck_is())
			tell_memcheck(dev, iova, len);
		return;
	}
	if (turn_mine())
		rr_call(RR_DMA_SYNC, 3, iova, (uint64_t)len, (uint64_t)(unsigned)op);
	rr_mem_sent(iova, len);
	check_sync(dev, iova, len, op);
	rr_mem_received(iova, len);
	if (turn_mine())
		rr_done();
}

/* A recording's copy of the memory is compared as a whole, in use or not. */
void
hyp_dma_idle(void *va, size_t len, int idle)
{
	if (rr_mode != RR_OFF)
		return;
	if (idle)
		poison(va, len);
	else
		unpoison(va, len);
}

int
hyp_dma_checked(const struct hyp_dev *dev)
{
	return rr_replays() ? rr_checked() : dev->check != NULL;
}
