/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev.c - the personality: the life of one device under the one driver of this program.
 */
#include "softc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DMA_BITS_DEFAULT	32

_Static_assert(sizeof(struct hyp_reg) == sizeof(struct pdk_reg) &&
    offsetof(struct hyp_reg, off) == offsetof(struct pdk_reg, off) &&
    offsetof(struct hyp_reg, name) == offsetof(struct pdk_reg, name),
    "a driver's table of registers is handed to the harness as it is");

static int
match(uint16_t vendor, uint16_t product)
{
	const struct pdk_pci_id *id;

	for (id = pdk_linux_driver->ids; id->vendor != 0 || id->product != 0; id++)
		if (id->vendor == vendor && id->product == product)
			return 1;
	return 0;
}

static unsigned
dma_bits(const struct pdk_pci_driver *drv)
{
	return drv->dma_bits != 0 ? drv->dma_bits : DMA_BITS_DEFAULT;
}

void
shim_check_idle(struct pdk_softc *sc, enum shim_rule_id id, const char *when)
{
	const struct pdk_timer *tm;
	const struct pdk_task *tk;

	shim_lock(sc);
	tm = TAILQ_FIRST(&sc->timers);
	if (tm != NULL)
		shim_violation(sc, id, "%s a timer is armed; it was armed at %s", when,
		    SHIM_WHERE(tm->tm_site));
	tk = TAILQ_FIRST(&sc->tasks);
	if (tk != NULL)
		shim_violation(sc, id, "%s a task is queued; it was posted at %s", when,
		    SHIM_WHERE(tk->tk_site));
	if (sc->running != NULL)
		shim_violation(sc, id, "%s the task %s runs", when, SHIM_WHERE_FN(sc->running));
	shim_unlock(sc);
}

/* Find what is left, free it and everything else; sc is gone then. */
static void
destroy(struct pdk_softc *sc, struct hyp_leaks *leaks, const char *when)
{
	if (sc->worker_up && sc->timer_up)
		shim_check_idle(sc, R_rule_give_back, when);
	shim_timer_stop(sc);
	shim_worker_stop(sc);
	shim_intr_fini(sc, leaks);
	shim_80211_fini(sc);
	shim_net_fini(sc);
	shim_bar_fini(sc, leaks);
	shim_map_fini(sc, leaks);
	shim_dma_fini(sc, leaks);
	shim_mbuf_fini(sc, leaks);
	shim_fw_fini(sc, leaks);
	shim_mem_fini(sc, leaks);
	shim_leaks_told(sc);
	pthread_mutex_destroy(&sc->res_mtx);
	pthread_mutex_destroy(&sc->mtx);
	shim_forget(sc);
	free(sc->dev);
	free(sc);
}

static struct pdk_softc *
create(struct hyp_dev *hyp)
{
	const struct pdk_pci_driver *drv = pdk_linux_driver;
	struct pdk_softc *sc = calloc(1, sizeof(*sc));

	if (sc == NULL)
		return NULL;
	sc->hyp = hyp;
	sc->drv = drv;
	LIST_INIT(&sc->dmas);
	LIST_INIT(&sc->maps);
	LIST_INIT(&sc->firmwares);
	TAILQ_INIT(&sc->timers);
	TAILQ_INIT(&sc->tasks);
	pthread_mutex_init(&sc->mtx, NULL);
	pthread_mutex_init(&sc->res_mtx, NULL);
	sc->dev = calloc(1, MAX(drv->softc_size, sizeof(*sc->dev)));
	if (sc->dev == NULL || shim_mem_init(sc) != 0 || shim_mbuf_init(sc) != 0 ||
	    shim_worker_start(sc) != 0 || shim_timer_start(sc) != 0) {
		destroy(sc, &(struct hyp_leaks){ 0 }, "");
		return NULL;
	}
	sc->dev->pd_sc = sc;
	return sc;
}

static unsigned
total(const struct hyp_leaks *l)
{
	return l->memory + l->dma + l->maps + l->mbufs + l->timers + l->tasks + l->firmware +
	    l->bars + l->interrupts;
}

/* attach has failed: what it did must be undone. */
static void
undo(struct pdk_softc *sc)
{
	struct hyp_leaks leaks = { 0 };
	struct hyp_dev *hyp = sc->hyp;
	const char *name = sc->drv->name;

	destroy(sc, &leaks, "after a failed attach");
	shim_fault_end(hyp);
	if (total(&leaks) != 0)
		hyp_violation(hyp, shim_rules[R_rule_attach_undone].text,
		    "%s: attach failed and left %u object(s) behind, listed above", name,
		    total(&leaks));
}

static int
attach(struct hyp_dev *hyp, void **softc)
{
	const struct pdk_pci_driver *drv = pdk_linux_driver;
	struct shim_ctx saved;
	struct pdk_softc *sc;
	int error;

	error = shim_fault_begin(hyp);
	if (error == 0)
		error = hyp_dma_limit(hyp, dma_bits(drv));
	if (error != 0)
		return error;
	sc = create(hyp);
	if (sc == NULL)
		return ENOMEM;
	saved = shim_enter(sc, C_CONFIG);
	hyp_call_begin("CONFIG", (const void *)drv->attach);
	error = drv->attach(sc->dev);
	hyp_call_end();
	SHIM_LEFT_UNLOCKED(sc, drv->attach);
	SHIM_RETURNED(sc, error, drv->attach);
	if (error != 0)
		undo(sc);
	shim_leave(saved);
	*softc = error == 0 ? sc : NULL;
	return error;
}

static int
attach_late(void *softc)
{
	struct pdk_softc *sc = softc;
	struct shim_ctx saved;
	int error;

	if (sc->drv->attach_late == NULL)
		return 0;
	saved = shim_enter(sc, C_CONFIG);
	error = shim_in_worker(sc, sc->drv->attach_late);
	shim_leave(saved);
	return error;
}

static int
run(void *softc)
{
	shim_net_run(softc);
	return shim_80211_run(softc);
}

static int
detach(void *softc, struct hyp_leaks *leaks)
{
	struct pdk_softc *sc = softc;
	struct shim_ctx saved = shim_enter(sc, C_CONFIG);
	struct hyp_dev *hyp = sc->hyp;
	int error;

	hyp_call_begin("CONFIG", (const void *)sc->drv->detach);
	error = sc->drv->detach(sc->dev);
	hyp_call_end();
	SHIM_LEFT_UNLOCKED(sc, sc->drv->detach);
	SHIM_RETURNED(sc, error, sc->drv->detach);
	destroy(sc, leaks, "after detach");
	shim_fault_end(hyp);
	shim_leave(saved);
	return error;
}

static int
suspend(void *softc)
{
	return shim_suspend(softc);
}

static int
resume(void *softc)
{
	return shim_resume(softc);
}

static void
waits(void *softc, char *buf, size_t size)
{
	shim_waits(softc, buf, size);
}

static char *
control(void *softc, const char *request)
{
	return shim_control(softc, request);
}

const struct hyp_personality *
hyp_personality(void)
{
	static struct hyp_personality p = {
		.match = match,
		.attach = attach,
		.attach_late = attach_late,
		.run = run,
		.detach = detach,
		.control = control,
		.waits = waits,
		.reset_fails = shim_fault_reset,
	};
	const struct pdk_pci_driver *drv = pdk_linux_driver;

	if (drv->suspend != NULL && drv->resume != NULL) {
		p.suspend = suspend;
		p.resume = resume;
	}
	p.driver = drv->name;
	p.states = drv->states;
	p.regs = (const struct hyp_reg *)drv->regs;
	p.dma_bits = dma_bits(drv);
	return &p;
}
