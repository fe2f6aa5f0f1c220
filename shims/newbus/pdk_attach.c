/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_attach.c - a driver's life on newbus: probe, attach, attach_late, suspend, resume, detach.
 *
 * Manual pages: device(9), DRIVER_MODULE(9), config_intrhook(9).
 */
#include "pdk_newbus.h"

_Static_assert(sizeof(struct pdk_softc) <= PDK_SOFTC_SIZE, "PDK_SOFTC_SIZE is too small");
_Static_assert(offsetof(struct pdk_newbus, nb_driver) == 0, "newbus gives the driver_t back");

MODULE_DEPEND(pdk, pci, 1, 1, 1);
MODULE_DEPEND(pdk, firmware, 1, 1, 1);

static const struct pdk_pci_driver *
pdk_driver(device_t self)
{
	return (((struct pdk_newbus *)device_get_driver(self))->nb_pdk);
}

static int
pdk_probe(device_t self)
{
	const struct pdk_pci_driver *drv = pdk_driver(self);
	const struct pdk_pci_id *id;

	for (id = drv->ids; id->vendor != 0; id++) {
		if (pci_get_vendor(self) == id->vendor && pci_get_device(self) == id->product) {
			device_set_desc(self, drv->name);
			return (BUS_PROBE_DEFAULT);
		}
	}
	return (ENXIO);
}

/* The boot may go on. */
void
pdk_hook_release(struct pdk_softc *sc)
{
	bool hooked;

	pdk_lock(sc->dev);
	hooked = sc->hooked;
	sc->hooked = false;
	pdk_unlock(sc->dev);
	if (hooked)
		config_intrhook_disestablish(&sc->hook);
}

/* WORKER. */
static void
pdk_late(void *arg)
{
	struct pdk_softc *sc = arg;
	int error = 0;

	if (sc->drv->attach_late != NULL)
		error = sc->drv->attach_late(sc->dev);
	if (error != 0)
		device_printf(sc->self, "attach failed: error %d\n", error);
	pdk_lock(sc->dev);
	sc->late_error = error;
	sc->late_done = true;
	pdk_unlock(sc->dev);
	pdk_hook_release(sc);
}

/*
 * Interrupts and threads work from now on, as attach_late may expect; there is no root file
 * system yet, for which pdk_firmware_get() waits if it has to.  Until then, or the end of
 * attach_late, the boot waits, so that a root on NFS finds the interface.  After the boot,
 * this is called at once, by config_intrhook_establish().
 */
static void
pdk_interrupts_work(void *arg)
{
	struct pdk_softc *sc = arg;

	pdk_task_post(&sc->late);
}

static int
pdk_softc_init(struct pdk_softc *sc, device_t self)
{
	struct pdk_dev *dev;
	int error;

	sc->self = self;
	sc->drv = pdk_driver(self);
	LIST_INIT(&sc->maptags);
	error = pdk_worker_start(sc);
	if (error != 0)
		return (error);
	dev = sc->dev = pdk_zalloc(sc->drv->softc_size, PDK_WAITOK);
	dev->pd_sc = sc;
	dev->pd_dev = self;
	os_mtx_init(&dev->pd_mtx, device_get_nameunit(self), "pdk device");
	os_intr_locks_init(&sc->intr_locks, device_get_nameunit(self));
	pdk_task_init(dev, &sc->late, pdk_late, sc);
	sc->hook.ich_func = pdk_interrupts_work;
	sc->hook.ich_arg = sc;
	os_hook_name(&sc->hook, "pdk");
	return (0);
}

static void
pdk_softc_fini(struct pdk_softc *sc)
{
	if (sc->dev->pd_glue_free != NULL)
		sc->dev->pd_glue_free(sc->dev);
	taskqueue_free(sc->tq);
	pdk_maptags_free(sc);
	os_intr_locks_destroy(&sc->intr_locks);
	os_mtx_destroy(&sc->dev->pd_mtx);
	pdk_free(sc->dev, sc->drv->softc_size);
	sc->dev = NULL;
}

static int
pdk_attach(device_t self)
{
	struct pdk_softc *sc = device_get_softc(self);
	int error;

	error = pdk_softc_init(sc, self);
	if (error != 0)
		return (error);
	error = sc->drv->attach(sc->dev);
	if (error != 0) {
		pdk_softc_fini(sc);
		return (error);
	}
	sc->hooked = true;
	if (config_intrhook_establish(&sc->hook) != 0) {
		(void)sc->drv->detach(sc->dev);
		pdk_softc_fini(sc);
		return (ENXIO);
	}
	return (0);
}

/* Not begun: it never does.  Running: it ends, soon if it waits for a root file system. */
static void
pdk_late_cancel(struct pdk_softc *sc)
{
	pdk_lock(sc->dev);
	sc->dying = true;
	wakeup(&sc->dying);
	pdk_unlock(sc->dev);
	pdk_hook_release(sc);
	pdk_task_cancel(&sc->late);
	taskqueue_drain(sc->tq, &sc->late.tk_task);
}

static int
pdk_call_resume(void *arg)
{
	struct pdk_softc *sc = arg;

	return (sc->drv->resume(sc->dev));
}

static int
pdk_call_suspend(void *arg)
{
	struct pdk_softc *sc = arg;

	return (sc->drv->suspend(sc->dev));
}

/* An error of the driver's means that something is lost; to stay attached would not mend it. */
static int
pdk_detach(device_t self)
{
	struct pdk_softc *sc = device_get_softc(self);
	int error;

	pdk_late_cancel(sc);
	if (sc->asleep)
		(void)pdk_call(sc->dev, pdk_call_resume, sc);
	error = sc->drv->detach(sc->dev);
	if (error != 0)
		device_printf(self, "detach: error %d, something is not freed\n", error);
	pdk_softc_fini(sc);
	return (0);
}

static void
pdk_glue_power(struct pdk_softc *sc, int on)
{
	if (sc->dev->pd_glue_power != NULL)
		sc->dev->pd_glue_power(sc->dev, on);
}

/*
 * Only what is attached wholly sleeps by its driver; the rest is idle.  The bus saves and
 * restores the header of configuration space and the MSI and MSI-X capabilities.
 */
static int
pdk_suspend(device_t self)
{
	struct pdk_softc *sc = device_get_softc(self);
	int error;

	if (!sc->late_done)
		return (EBUSY);
	if (sc->late_error != 0)
		return (0);
	if (sc->drv->suspend == NULL) {
		device_printf(self, "the driver cannot suspend\n");
		return (EOPNOTSUPP);
	}
	pdk_glue_power(sc, 0);
	error = pdk_call(sc->dev, pdk_call_suspend, sc);
	sc->asleep = error == 0;
	if (error != 0)
		pdk_glue_power(sc, 1);
	return (error);
}

static int
pdk_resume(device_t self)
{
	struct pdk_softc *sc = device_get_softc(self);
	int error;

	if (!sc->asleep)
		return (0);
	sc->asleep = false;
	error = pdk_call(sc->dev, pdk_call_resume, sc);
	if (error == 0)
		pdk_glue_power(sc, 1);
	else
		device_printf(self, "resume failed: error %d\n", error);
	return (error);
}

/* No DMA into memory that the next kernel has. */
static int
pdk_shutdown(device_t self)
{
	struct pdk_softc *sc = device_get_softc(self);

	if (sc->late_done && sc->late_error == 0 && !sc->asleep)
		pdk_glue_power(sc, 0);
	return (0);
}

device_method_t pdk_newbus_methods[] = {
	DEVMETHOD(device_probe, pdk_probe),
	DEVMETHOD(device_attach, pdk_attach),
	DEVMETHOD(device_detach, pdk_detach),
	DEVMETHOD(device_suspend, pdk_suspend),
	DEVMETHOD(device_resume, pdk_resume),
	DEVMETHOD(device_shutdown, pdk_shutdown),
	DEVMETHOD_END
};
