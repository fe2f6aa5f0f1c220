/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dma.c - coherent DMA memory.
 *
 * An object that was freed is kept, marked, until detach, so that the use of a stale copy
 * of the driver's struct pdk_dma is recognised.
 */
#include "softc.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert(BUS_DMASYNC_PREREAD == HYP_SYNC_PREREAD &&
    BUS_DMASYNC_POSTREAD == HYP_SYNC_POSTREAD && BUS_DMASYNC_PREWRITE == HYP_SYNC_PREWRITE &&
    BUS_DMASYNC_POSTWRITE == HYP_SYNC_POSTWRITE, "the harness takes the operations as they are");

struct pdk_dmaobj {
	LIST_ENTRY(pdk_dmaobj)	 link;
	struct pdk_softc	*sc;
	struct hyp_dma		 mem;
	const void		*site;		/* allocated here, or freed here */
	bool			 live;
};

static bool
known(struct pdk_softc *sc, const struct pdk_dmaobj *obj)
{
	const struct pdk_dmaobj *o;

	LIST_FOREACH(o, &sc->dmas, link)
		if (o == obj)
			return true;
	return false;
}

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	struct pdk_softc *sc = shim_sc(dev);
	uint32_t boundary = sc->drv->dma_boundary;
	struct pdk_dmaobj *obj;
	int error;

	SHIM_CHECK(sc, pdk_dma_alloc);
	pthread_mutex_lock(&sc->res_mtx);
	error = known(sc, d->d_obj) && d->d_obj->live;
	pthread_mutex_unlock(&sc->res_mtx);
	if (error)
		shim_violation(sc, R_pdk_dma_alloc, "the object is allocated already, at %s",
		    SHIM_WHERE(d->d_obj->site));
	if (align == 0)
		align = 1;
	if (size == 0 || !powerof2(align) || (boundary != 0 && size > boundary))
		return EINVAL;
	if (SHIM_FAULT(sc, dma_alloc))
		return ENOMEM;
	obj = calloc(1, sizeof(*obj));
	if (obj == NULL)
		return ENOMEM;
	error = hyp_dma_alloc(sc->hyp, size, align, boundary, "pdk_dma", &obj->mem);
	if (error != 0) {
		free(obj);
		return error;
	}
	obj->sc = sc;
	obj->site = SHIM_SITE();
	obj->live = true;
	*d = (struct pdk_dma){ .va = obj->mem.va, .pa = obj->mem.iova, .size = size,
	    .d_obj = obj };
	pthread_mutex_lock(&sc->res_mtx);
	LIST_INSERT_HEAD(&sc->dmas, obj, link);
	pthread_mutex_unlock(&sc->res_mtx);
	SHIM_LIVE(sc, dma, 1);
	hyp_dma_own(sc->hyp, obj->mem.iova, size, HYP_DMA_SHARED);
	return 0;
}

static void
release(struct pdk_dmaobj *obj)
{
	hyp_dma_own(obj->sc->hyp, obj->mem.iova, obj->mem.size, HYP_DMA_DRIVER);
	hyp_dma_free(obj->sc->hyp, &obj->mem);
	obj->live = false;
	SHIM_LIVE(obj->sc, dma, -1);
}

void
pdk_dma_free(struct pdk_dma *d)
{
	struct pdk_softc *sc = shim_cur(R_pdk_dma_free);
	struct pdk_dmaobj *obj = d->d_obj;
	bool ok;

	SHIM_CHECK(sc, pdk_dma_free);
	if (obj == NULL)
		return;
	pthread_mutex_lock(&sc->res_mtx);
	ok = known(sc, obj);
	pthread_mutex_unlock(&sc->res_mtx);
	if (!ok)
		shim_violation(sc, R_pdk_dma_free, "the object was never allocated");
	if (!obj->live)
		shim_violation(sc, R_pdk_dma_free, "the object was freed already, at %s",
		    SHIM_WHERE(obj->site));
	release(obj);
	obj->site = SHIM_SITE();
	*d = (struct pdk_dma){ .va = NULL };
}

static bool
bad_op(int op)
{
	const int pre = BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE;
	const int post = BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE;

	return op == 0 || (op & ~(pre | post)) != 0 || ((op & pre) != 0 && (op & post) != 0);
}

void
pdk_dma_sync(struct pdk_dma *d, bus_size_t off, bus_size_t len, int op)
{
	struct pdk_softc *sc = shim_cur(R_pdk_dma_sync);
	struct pdk_dmaobj *obj = d->d_obj;

	SHIM_CHECK(sc, pdk_dma_sync);
	if (obj == NULL)
		shim_violation(sc, R_pdk_dma_sync, "sync of an object that is not allocated");
	if (!obj->live)
		shim_violation(sc, R_pdk_dma_sync, "sync of an object that was freed at %s",
		    SHIM_WHERE(obj->site));
	if (off > obj->mem.size || len > obj->mem.size - off)
		shim_violation(sc, R_pdk_dma_sync,
		    "sync of [%#llx, +%#llx) of an object of %#zx bytes, allocated at %s",
		    (unsigned long long)off, (unsigned long long)len, obj->mem.size,
		    SHIM_WHERE(obj->site));
	if (bad_op(op))
		shim_violation(sc, R_pdk_dma_sync, "sync with op %#x", (unsigned)op);
	hyp_dma_sync(sc->hyp, obj->mem.iova + off, len, op);
}

void
shim_dma_fini(struct pdk_softc *sc, struct hyp_leaks *leaks)
{
	struct pdk_dmaobj *obj, *next;

	LIST_FOREACH_SAFE(obj, &sc->dmas, link, next) {
		if (obj->live) {
			shim_leak(sc, &leaks->dma, obj->site, "DMA object of %zu bytes",
			    obj->mem.size);
			release(obj);
		}
		LIST_REMOVE(obj, link);
		free(obj);
	}
}
