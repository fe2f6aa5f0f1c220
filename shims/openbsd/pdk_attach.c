/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_attach.c - a device comes, sleeps, wakes, and goes: config_attach(9), config_mountroot(9).
 */
#include "pdk_unit.h"

#include <sys/vnode.h>

int
pdk_unit_match(const struct pdk_pci_driver *drv, void *aux)
{
	struct pci_attach_args *pa = aux;
	const struct pdk_pci_id *id;

	for (id = drv->ids; id->vendor != 0 || id->product != 0; id++)
		if (PCI_VENDOR(pa->pa_id) == id->vendor && PCI_PRODUCT(pa->pa_id) == id->product)
			return 1;
	return 0;
}

static struct pdk_unit *
pdk_unit_of(struct device *self)
{
	return ((struct pdk_softc *)self)->sc_unit;
}

/* WORKER. */
static int
pdk_late(void *arg)
{
	struct pdk_unit *u = arg;
	int error = 0;

	if (!u->pu_attached || u->pu_dying)
		return 0;
	if (u->pu_drv->attach_late != NULL)
		error = u->pu_drv->attach_late(u->pu_dev);
	pdk_assert_unlocked(u->pu_dev);
	u->pu_late = error == 0;
	return error;
}

/*
 * The root file system is mounted and threads run.  Wait for the end of it, as netstart(8)
 * looks for the interface soon after.
 */
static void
pdk_root_mounted(struct device *self)
{
	struct pdk_unit *u = pdk_unit_of(self);

	u->pu_rooted = NULL;
	(void)pdk_call(u->pu_dev, pdk_late, u);
}

#if OpenBSD < 201611			/* config_mountroot(9) came with 6.0 */
static void
pdk_root_hook(void *arg)
{
	pdk_root_mounted(arg);
}

static void
pdk_mountroot(struct pdk_unit *u)
{
	if (rootvp == NULL)
		u->pu_rooted = mountroothook_establish(pdk_root_hook, u->pu_self);
	else
		pdk_root_mounted(u->pu_self);
}

static void
pdk_mountroot_undo(struct pdk_unit *u)
{
	if (u->pu_rooted != NULL)
		mountroothook_disestablish(u->pu_rooted);
	u->pu_rooted = NULL;
}
#else
static void
pdk_mountroot(struct pdk_unit *u)
{
	config_mountroot(u->pu_self, pdk_root_mounted);
}

/* Nothing is detached before the root file system is there. */
static void
pdk_mountroot_undo(struct pdk_unit *u __unused)
{
}
#endif

static const char *
pdk_intr_text(const struct pdk_unit *u)
{
	switch (u->pu_kind) {
	case PDK_INTR_MSIX:
		return "msix";
	case PDK_INTR_MSI:
		return "msi";
	case PDK_INTR_INTX:
		return "intx";
	default:
		return "no interrupt yet";
	}
}

static void
pdk_unit_free(struct pdk_unit *u)
{
	if (u->pu_worker != NULL)
		taskq_destroy(u->pu_worker);
	free(u->pu_dev, M_DEVBUF, u->pu_drv->softc_size);
	free(u, M_DEVBUF, sizeof(*u));
}

void
pdk_unit_attach(const struct pdk_pci_driver *drv, struct device *self, void *aux)
{
	struct pdk_unit *u;
	int error;

	u = malloc(sizeof(*u), M_DEVBUF, M_WAITOK | M_ZERO);
	u->pu_dev = malloc(drv->softc_size, M_DEVBUF, M_WAITOK | M_ZERO);
	u->pu_dev->pd_unit = u;
	u->pu_self = self;
	u->pu_drv = drv;
	u->pu_pa = *(struct pci_attach_args *)aux;
	u->pu_line_open = 1;
	u->pu_worker = taskq_create(self->dv_xname, 1, IPL_NET, 0);
	error = u->pu_worker == NULL ? ENOMEM : drv->attach(u->pu_dev);
	pdk_assert_unlocked(u->pu_dev);
	if (error != 0) {
		pdk_printf(u->pu_dev, "not attached, error %d", error);
		pdk_unit_free(u);
		return;
	}
	if (u->pu_line_open)
		printf(": %s\n", pdk_intr_text(u));
	u->pu_line_open = 0;
	u->pu_attached = 1;
	((struct pdk_softc *)self)->sc_unit = u;
	pdk_mountroot(u);
}

/* WORKER.  The layer above first: the driver's suspend wants the radio down. */
static int
pdk_suspend(void *arg)
{
	struct pdk_unit *u = arg;
	int error = 0;

	if (u->pu_asleep || !u->pu_late || u->pu_dying)
		return 0;
	if (u->pu_class != NULL)
		u->pu_class->sleep(u->pu_dev);
	if (u->pu_drv->suspend != NULL)
		error = u->pu_drv->suspend(u->pu_dev);
	pdk_assert_unlocked(u->pu_dev);
	u->pu_asleep = error == 0;
	if (error != 0 && u->pu_class != NULL)
		u->pu_class->wake(u->pu_dev);
	return error;
}

/* WORKER. */
static int
pdk_resume(void *arg)
{
	struct pdk_unit *u = arg;
	int error = 0;

	if (!u->pu_asleep)
		return 0;
	u->pu_asleep = 0;
	if (u->pu_drv->resume != NULL)
		error = u->pu_drv->resume(u->pu_dev);
	pdk_assert_unlocked(u->pu_dev);
	if (error != 0)
		pdk_printf(u->pu_dev, "does not resume, error %d", error);
	else if (u->pu_class != NULL)
		u->pu_class->wake(u->pu_dev);
	return error;
}

/* A device that never attached has nothing to detach; one that sleeps is woken first. */
int
pdk_unit_detach(struct device *self, int flags __unused)
{
	struct pdk_unit *u = pdk_unit_of(self);
	int error;

	if (u == NULL)
		return 0;
	pdk_mountroot_undo(u);
	u->pu_dying = 1;
	(void)pdk_call(u->pu_dev, pdk_resume, u);	/* after attach_late, if that runs */
	error = u->pu_drv->detach(u->pu_dev);
	pdk_assert_unlocked(u->pu_dev);
	if (error != 0)
		pdk_printf(u->pu_dev, "detach left something behind, error %d", error);
	pdk_worker_drain(u->pu_dev);
	((struct pdk_softc *)self)->sc_unit = NULL;
	pdk_unit_free(u);
	return 0;
}

/*
 * Threads run at QUIESCE and at WAKEUP, and they do not between, so the work is done there.  An
 * error of QUIESCE ends the suspend, and WAKEUP follows.  The PCI bus itself saves and restores
 * the header, MSI and MSI-X at SUSPEND and RESUME.
 */
int
pdk_unit_activate(struct device *self, int act)
{
	struct pdk_unit *u = pdk_unit_of(self);

	if (u == NULL)
		return 0;
	switch (act) {
	case DVACT_QUIESCE:
		return pdk_call(u->pu_dev, pdk_suspend, u);
	case DVACT_WAKEUP:
		(void)pdk_call(u->pu_dev, pdk_resume, u);
		return 0;
	default:
		return 0;
	}
}
