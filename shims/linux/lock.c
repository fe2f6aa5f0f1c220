/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.c - the device's lock: a mutex that knows its owner and where it was taken.
 */
#include "softc.h"

#include <errno.h>

void
shim_lock(struct pdk_softc *sc)
{
	pthread_mutex_lock(&sc->mtx);
	atomic_store_explicit(&sc->owner, SHIM_SELF(), memory_order_relaxed);
}

void
shim_unlock(struct pdk_softc *sc)
{
	atomic_store_explicit(&sc->owner, 0, memory_order_relaxed);
	pthread_mutex_unlock(&sc->mtx);
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

void
shim_cond_init(pthread_cond_t *cv)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cv, &attr);
	pthread_condattr_destroy(&attr);
}

int
shim_cond_wait(struct pdk_softc *sc, pthread_cond_t *cv, uint64_t deadline)
{
	const void *site = sc->lock_site;
	struct timespec ts;
	int error;

	atomic_store_explicit(&sc->owner, 0, memory_order_relaxed);
	if (deadline == 0) {
		error = pthread_cond_wait(cv, &sc->mtx);
	} else {
		ts.tv_sec = (time_t)(deadline / 1000000000);
		ts.tv_nsec = (long)(deadline % 1000000000);
		error = pthread_cond_timedwait(cv, &sc->mtx, &ts);
	}
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
