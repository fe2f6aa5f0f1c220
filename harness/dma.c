/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA for a personality: the arena, traced. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "harness/arena.h"
#include "harness/dev.h"
#include "harness/trace.h"

int
hyp_dma_limit(struct hyp_dev *dev, unsigned bits)
{
	struct vfio_err err = { "" };
	struct arena *a;
	int error;

	pthread_mutex_lock(&dev->lock);
	if (dev->arena != NULL && arena_each(dev->arena, 0, NULL, NULL) > 0)
		error = EBUSY;
	else
		error = arena_new(dev->vfio, bits, dev->strict, &a, &err);
	if (error == 0) {
		arena_free(dev->arena);
		dev->arena = a;
	}
	pthread_mutex_unlock(&dev->lock);
	if (error != 0)
		hyp_log(dev, HYP_LOG_ERROR, "%s", error == EBUSY ? "DMA: the address width cannot "
		    "change while DMA memory is allocated" :
		    err.text[0] != '\0' ? err.text : strerror(error));
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

int
hyp_dma_alloc(struct hyp_dev *dev, size_t size, size_t align, size_t boundary,
    const char *what, struct hyp_dma *mem)
{
	struct arena *a = arena(dev);
	struct vfio_err err = { "" };
	int error;

	if (a == NULL)
		return ENOMEM;
	error = arena_alloc(a, size, align, boundary, what, mem, &err);
	if (error != 0) {
		hyp_log(dev, HYP_LOG_ERROR, "%s: %s", what != NULL ? what : "DMA memory",
		    err.text[0] != '\0' ? err.text : strerror(error));
		return error;
	}
	trace_put(TRACE_DMA_ALLOC, 0, (uint32_t)size, mem->iova, (uintptr_t)what);
	return 0;
}

void
hyp_dma_free(struct hyp_dev *dev, struct hyp_dma *mem)
{
	struct arena *a = arena(dev);
	const char *what = NULL;
	size_t size = 0;

	if (a == NULL || arena_release(a, mem->iova, &size, &what) != 0)
		hyp_violation(dev, "DMA memory is freed once",
		    "free of iova 0x%llx, which is no live object",
		    (unsigned long long)mem->iova);
	trace_put(TRACE_DMA_FREE, 0, (uint32_t)size, mem->iova, (uintptr_t)what);
	memset(mem, 0, sizeof(*mem));
}

void
hyp_dma_own(struct hyp_dev *dev, uint64_t iova, size_t len, int own)
{
	struct vfio_err err = { "" };
	struct arena *a;
	int error;

	trace_put(own ? TRACE_DMA_TAKE : TRACE_DMA_GIVE, 0, (uint32_t)len, iova, 0);
	if (!dev->strict)
		return;
	a = arena(dev);
	error = a != NULL ? arena_own(a, iova, len, !own, &err) : EINVAL;
	if (error == EINVAL)
		hyp_violation(dev, "memory given to the device lies in one live DMA object",
		    "iova 0x%llx, %zu bytes", (unsigned long long)iova, len);
	if (error != 0 && !dev->gone)
		hyp_fail(dev, error, err.text);
}

void
hyp_dma_sync(struct hyp_dev *dev, uint64_t iova, size_t len, int op)
{
	(void)dev;
	atomic_thread_fence(memory_order_seq_cst);
	trace_put(TRACE_SYNC, (unsigned)op & 0xffff, (uint32_t)len, iova, 0);
}
