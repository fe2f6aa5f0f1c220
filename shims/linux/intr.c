/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intr.c - FILTER and BH, both in the harness's interrupt thread, one after the other.
 */
#include "softc.h"

#include <errno.h>

_Static_assert(PDK_INTR_INTX == HYP_INTX && PDK_INTR_MSI == HYP_MSI &&
    PDK_INTR_MSIX == HYP_MSIX, "pdk and hypercalls number the kinds of interrupt alike");

static void
run_bh(struct pdk_softc *sc, const struct shim_vec *v)
{
	struct shim_ctx saved = shim_enter(sc, C_BH);

	hyp_trace_begin(sc->hyp, "intr", "bh", (uint64_t)(v - sc->vec), (uintptr_t)v->bh);
	hyp_call_begin("BH", (const void *)v->bh);
	v->bh(v->arg);
	SHIM_LEFT_UNLOCKED(sc, v->bh);
	hyp_call_end();
	shim_leave(saved);
	hyp_trace_end(sc->hyp, "intr", "bh end", (uint64_t)(v - sc->vec), 0);
}

static int
dispatch(void *arg, unsigned vec)
{
	struct pdk_softc *sc = arg;
	struct shim_vec *v = sc->vec + MIN(vec, SHIM_NVEC - 1);
	struct shim_ctx saved;
	int result;

	if (SHIM_FAULT_HOST(sc, interrupt))
		return HYP_INTR_LOST;
	if (vec >= SHIM_NVEC || !atomic_load_explicit(&v->ready, memory_order_acquire)) {
		hyp_trace(sc->hyp, "intr", "no handler", vec, 0);
		return HYP_INTR_STRAY;
	}
	saved = shim_enter(sc, C_FILTER);
	hyp_call_begin("FILTER", (const void *)v->filter);
	result = v->filter(v->arg);
	hyp_call_end();
	shim_leave(saved);
	hyp_trace(sc->hyp, "intr", "filter", vec, (uint64_t)result);
	if (result == PDK_INTR_BH)
		run_bh(sc, v);
	else if (result != PDK_INTR_STRAY && result != PDK_INTR_DONE)
		shim_violation(sc, R_rule_filter_result,
		    "%s returned %d, which is none of PDK_INTR_STRAY, _DONE and _BH",
		    SHIM_WHERE_FN(v->filter), result);
	return result == PDK_INTR_STRAY ? HYP_INTR_STRAY : HYP_INTR_CLAIMED;
}

int
pdk_intr_alloc(struct pdk_dev *dev, unsigned kinds, unsigned *nvec)
{
	struct pdk_softc *sc = shim_sc(dev);
	unsigned n = *nvec, kind = 0;
	int error;

	SHIM_CHECK(sc, pdk_intr_alloc);
	if (sc->nvec != 0)
		return EBUSY;
	kinds &= PDK_INTR_ANY;
	if (n == 0 || kinds == 0)
		return EINVAL;
	n = MIN(n, SHIM_NVEC);
	if (SHIM_FAULT(sc, intr_alloc))
		return ENOSPC;
	error = hyp_intr_establish(sc->hyp, kinds, &n, &kind, dispatch, sc);
	if (error != 0)
		return error;
	sc->nvec = *nvec = n;
	sc->intr_kind = kind;
	sc->intr_site = SHIM_SITE();
	return 0;
}

unsigned
pdk_intr_kind(struct pdk_dev *dev)
{
	return shim_sc(dev)->intr_kind;
}

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_vec *v;

	SHIM_CHECK(sc, pdk_intr_establish);
	if (vec >= sc->nvec || filter == NULL || bh == NULL)
		return EINVAL;
	v = &sc->vec[vec];
	if (atomic_load(&v->ready))
		return EBUSY;
	v->filter = filter;
	v->bh = bh;
	v->arg = arg;
	atomic_store_explicit(&v->ready, true, memory_order_release);
	return 0;
}

static void
disestablish(struct pdk_softc *sc)
{
	unsigned i;

	hyp_intr_disestablish(sc->hyp);
	for (i = 0; i < sc->nvec; i++)
		atomic_store(&sc->vec[i].ready, false);
	sc->nvec = sc->intr_kind = 0;
}

void
pdk_intr_disestablish(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);

	SHIM_CHECK(sc, pdk_intr_disestablish);
	if (sc->nvec != 0)
		disestablish(sc);
}

void
shim_intr_fini(struct pdk_softc *sc, struct hyp_leaks *leaks)
{
	if (sc->nvec == 0)
		return;
	shim_leak(sc, &leaks->interrupts, sc->intr_site, "%u interrupt vector(s)", sc->nvec);
	disestablish(sc);
}
