/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.c - the device's lock: a mutex that knows its owner and where it was taken.
 */
#include "softc.h"

#include <errno.h>

void
shim_lock(struct pdk_softc *sc)
{
	hyp_lock_as(&sc->mtx, SHIM_LOCK);
	atomic_store_explicit(&sc->owner, SHIM_SELF(), memory_order_relaxed);
}

void
shim_unlock(struct pdk_softc *sc)
{
	atomic_store_explicit(&sc->owner, 0, memory_order_relaxed);
	hyp_unlock(&sc->mtx);
}

bool
shim_lock_if(struct pdk_softc *sc)
{
	if (SHIM_OWNED(sc))
		return false;
	shim_lock(sc);
	return true;
}

void
shim_unlock_if(struct pdk_softc *sc, bool taken)
{
	if (taken)
		shim_unlock(sc);
}

int
shim_cond_wait(struct pdk_softc *sc, struct hyp_cond *cv, uint64_t deadline)
{
	const void *site = sc->lock_site;
	int error;

	atomic_store_explicit(&sc->owner, 0, memory_order_relaxed);
	error = hyp_cond_wait(cv, &sc->mtx, deadline);
	atomic_store_explicit(&sc->owner, SHIM_SELF(), memory_order_relaxed);
	sc->lock_site = site;
	return error;
}

void
pdk_lock(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_lock);
	shim_lock(sc);
	sc->lock_site = SHIM_SITE();
}

void
pdk_unlock(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_unlock);
	shim_unlock(sc);
	hyp_yield();
}

void
pdk_assert_locked(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_assert_locked);
}

void
pdk_assert_unlocked(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_assert_unlocked);
}
