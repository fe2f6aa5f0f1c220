/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_attach.c - a device comes, sleeps, wakes, and goes: autoconf(9), pmf(9).
 *
 * When autoconf(9) comes by at boot, interrupts are off and no thread runs.  So the driver's
 * attach is called by config_interrupts(9), from where it may already call into WORKER, and
 * attach_late by config_mountroot(9), which is waited for before init(8) starts: /etc/rc finds the
 * interface.  For a module that is loaded later both happen at once.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

#include <sys/kmem.h>
#include <sys/pmf.h>

static struct pdk_dev *
self2dev(device_t self)
{
	struct pdk_autoconf *ac = device_private(self);

	return ac->ac_dev;
}

int
pdk_autoconf_match(const struct pdk_pci_driver *drv, const struct pci_attach_args *pa)
{
	const struct pdk_pci_id *id;

	for (id = drv->ids; id->vendor != 0 || id->product != 0; id++)
		if (PCI_VENDOR(pa->pa_id) == id->vendor && PCI_PRODUCT(pa->pa_id) == id->product)
			return 1;
	return 0;
}

static void
dev_destroy(struct pdk_dev *dev)
{
	pdk_dmat_fini(dev);
	mutex_destroy(&dev->pd_bh_mtx);
	mutex_destroy(&dev->pd_filter_mtx);
	mutex_destroy(&dev->pd_mtx);
	kmem_free(dev, dev->pd_drv->softc_size);
}

/* NULL: there is no thread to be had. */
static struct pdk_dev *
dev_create(const struct pdk_pci_driver *drv, device_t self, const struct pci_attach_args *pa)
{
	struct pdk_dev *dev;
	int error;

	dev = kmem_zalloc(drv->softc_size, KM_SLEEP);
	dev->pd_self = self;
	dev->pd_drv = drv;
	dev->pd_pa = *pa;
	mutex_init(&dev->pd_mtx, MUTEX_DEFAULT, IPL_SOFTNET);
	mutex_init(&dev->pd_filter_mtx, MUTEX_DEFAULT, IPL_NET);
	mutex_init(&dev->pd_bh_mtx, MUTEX_DEFAULT, IPL_SOFTNET);
	pdk_dmat_init(dev);
	if ((error = pdk_worker_start(dev)) == 0)
		return dev;
	aprint_error_dev(self, "couldn't create a thread, error %d\n", error);
	dev_destroy(dev);
	return NULL;
}

static int
late(void *arg)
{
	struct pdk_dev *dev = arg;

	return dev->pd_drv->attach_late(dev);
}

/* CONFIG, when the root file system is mounted. */
static void
attach_late(device_t self)
{
	struct pdk_dev *dev = self2dev(self);
	int error;

	error = pdk_call(dev, late, dev);
	dev->pd_phase = error == 0 ? PDK_P_READY : PDK_P_FAILED;
	if (error != 0)
		aprint_error_dev(self, "not ready, error %d\n", error);
}

static int
sleep_now(void *arg)
{
	struct pdk_dev *dev = arg;

	return dev->pd_drv->suspend(dev);
}

static int
wake_up(void *arg)
{
	struct pdk_dev *dev = arg;

	return dev->pd_drv->resume(dev);
}

static bool
pmf_suspend(device_t self, const pmf_qual_t *qual)
{
	struct pdk_dev *dev = self2dev(self);
	unsigned i;
	int error;

	if (dev->pd_phase != PDK_P_READY)
		return true;
	if (dev->pd_power != NULL)
		dev->pd_power(dev, 0);
	error = pdk_call(dev, sleep_now, dev);
	if (error != 0) {
		if (dev->pd_power != NULL)
			dev->pd_power(dev, 1);
		aprint_error_dev(self, "cannot suspend, error %d\n", error);
		return false;
	}
	for (i = 0; i < dev->pd_nvec; i++)
		pdk_vec_disconnect(&dev->pd_vec[i]);
	dev->pd_asleep = true;
	return true;
}

/*
 * The device has lost its MSI registers and MSI-X table, which the bus does not restore;
 * connecting the handlers again writes them.
 */
static int
resume(struct pdk_dev *dev)
{
	unsigned i;
	int error = 0;

	if (!dev->pd_asleep)
		return 0;
	dev->pd_asleep = false;
	for (i = 0; i < dev->pd_nvec && error == 0; i++)
		if (dev->pd_vec[i].v_sih != NULL)
			error = pdk_vec_connect(&dev->pd_vec[i]);
	if (error == 0)
		error = pdk_call(dev, wake_up, dev);
	if (error != 0) {
		aprint_error_dev(dev->pd_self, "cannot resume, error %d\n", error);
		dev->pd_phase = PDK_P_FAILED;
	}
	return error;
}

static bool
pmf_resume(device_t self, const pmf_qual_t *qual)
{
	struct pdk_dev *dev = self2dev(self);
	bool slept = dev->pd_asleep;

	if (resume(dev) != 0)
		return false;
	if (slept && dev->pd_power != NULL)
		dev->pd_power(dev, 1);
	return true;
}

/* CONFIG, when interrupts are on. */
static void
attach(device_t self)
{
	struct pdk_dev *dev = self2dev(self);
	const struct pdk_pci_driver *drv = dev->pd_drv;
	bool ok;
	int error;

	if ((error = drv->attach(dev)) != 0) {
		dev->pd_phase = PDK_P_IDLE;
		aprint_error_dev(self, "not attached, error %d\n", error);
		return;
	}
	if (drv->suspend != NULL)
		ok = pmf_device_register(self, pmf_suspend, pmf_resume);
	else
		ok = pmf_device_register(self, NULL, NULL);
	if (!ok)
		aprint_error_dev(self, "couldn't establish power handler\n");
	dev->pd_phase = drv->attach_late != NULL ? PDK_P_ATTACHED : PDK_P_READY;
	if (drv->attach_late != NULL)
		config_mountroot(self, attach_late);
}

void
pdk_autoconf_attach(const struct pdk_pci_driver *drv, device_t self, const void *aux)
{
	struct pdk_autoconf *ac = device_private(self);
	const struct pci_attach_args *pa = aux;

	pci_aprint_devinfo(pa, NULL);
	ac->ac_dev = dev_create(drv, self, pa);
	if (ac->ac_dev != NULL)
		config_interrupts(self, attach);
}

/* In any phase; what the driver could not free must not go with its softc. */
int
pdk_autoconf_detach(device_t self, int flags)
{
	struct pdk_autoconf *ac = device_private(self);
	struct pdk_dev *dev = ac->ac_dev;
	int error;

	if (dev == NULL)
		return 0;
	if (dev->pd_phase == PDK_P_PENDING || dev->pd_phase == PDK_P_STUCK)
		return EBUSY;
	if (dev->pd_phase != PDK_P_IDLE) {
		pmf_device_deregister(self);
		(void)resume(dev);		/* if it sleeps: the driver stops what is awake */
		if ((error = dev->pd_drv->detach(dev)) != 0) {
			aprint_error_dev(self, "couldn't detach, error %d\n", error);
			dev->pd_phase = PDK_P_STUCK;
			return error;
		}
	}
	KASSERT(dev->pd_nvec == 0);
	if (dev->pd_gone != NULL)
		dev->pd_gone(dev);
	pdk_worker_stop(dev);
	ac->ac_dev = NULL;
	dev_destroy(dev);
	return 0;
}
