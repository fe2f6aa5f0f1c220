/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk.c - the portable driver kit on NetBSD 8 (7.99.34) to current.
 *
 *	FILTER	pci_intr_establish_xname(9) at IPL_NET, MPSAFE
 *	BH	softint(9), SOFTINT_NET, MPSAFE
 *	TIMER	callout(9), MPSAFE: softclock; the shim takes the lock
 *	WORKER	kthread(9), one per device, MPSAFE: without the kernel lock
 *	TX	whoever calls if_start or if_transmit, with or without the kernel lock
 *	CONFIG	the autoconf(9) thread, with the kernel lock
 *	lock	mutex(9) at IPL_SOFTNET, that is, an adaptive one
 *	wait	mtsleep(9), since zeroed memory has to be a valid channel: a kcondvar_t
 *		would have to be initialised
 *
 * WORKER is not a workqueue(9), because a work that is queued cannot be taken back, nor may
 * it be queued twice.
 *
 * When autoconf(9) comes by at boot, interrupts are off and no thread runs.  So the driver's
 * attach is called by config_interrupts(9), from where it may already call into WORKER, and
 * attach_late by config_mountroot(9), which is waited for before init(8) starts: /etc/rc finds the
 * interface.  For a module that is loaded later both happen at once.
 *
 * See autoconf(9), pmf(9), pci(9), pci_intr(9), pci_msi(9), softint(9), bus_space(9),
 * bus_dma(9), mutex(9), condvar(9), callout(9), kthread(9), kmem(9), firmload(9), mbuf(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <pdk.h>

#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/pmf.h>

#include <dev/firmload.h>

static void	worker(void *);
static int	connect(struct pdk_vec *);
static void	disconnect(struct pdk_vec *);

/* ---- autoconf(9) ---- */

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

/*
 * A tag for what the device can address, and not the whole of memory: bus_dma(9) then bounces
 * what lies elsewhere.  Where a port has no subregions, what comes out is checked (reachable()).
 */
static void
set_dmat(struct pdk_dev *dev)
{
	const struct pci_attach_args *pa = &dev->pd_pa;
	unsigned bits = dev->pd_drv->dma_bits != 0 ? dev->pd_drv->dma_bits : 32;
	bus_dma_tag_t parent;

	parent = bits > 32 && pci_dma64_available(pa) ? pa->pa_dmat64 : pa->pa_dmat;
	if (bits >= NBBY * sizeof(bus_addr_t))
		dev->pd_dma_last = ~(bus_addr_t)0;
	else
		dev->pd_dma_last = ((bus_addr_t)1 << bits) - 1;
	dev->pd_dmat = parent;
	if (bits >= 64 || (bits >= 32 && parent == pa->pa_dmat))
		return;
	if (bus_dmatag_subregion(parent, 0, dev->pd_dma_last, &dev->pd_dmat,
	    BUS_DMA_WAITOK) == 0) {
		dev->pd_own_dmat = true;
		return;
	}
	dev->pd_dmat = bits >= 32 ? pa->pa_dmat : parent;
}

static void
dev_destroy(struct pdk_dev *dev)
{
	if (dev->pd_own_dmat) {
		bus_dmatag_destroy(dev->pd_dmat);	/* on some ports a macro of nothing */
	}
	cv_destroy(&dev->pd_done_cv);
	cv_destroy(&dev->pd_work_cv);
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
	cv_init(&dev->pd_work_cv, "pdkidle");
	cv_init(&dev->pd_done_cv, "pdkcall");
	TAILQ_INIT(&dev->pd_tasks);
	set_dmat(dev);
	error = kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL, worker, dev,
	    &dev->pd_worker, "%s", device_xname(self));
	if (error == 0)
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

static bool
pmf_suspend(device_t self, const pmf_qual_t *qual)
{
	struct pdk_dev *dev = self2dev(self);
	unsigned i;
	int error;

	if (dev->pd_phase != PDK_P_READY)
		return true;
	error = pdk_call(dev, sleep_now, dev);
	if (error != 0) {
		aprint_error_dev(self, "cannot suspend, error %d\n", error);
		return false;
	}
	for (i = 0; i < dev->pd_nvec; i++)
		disconnect(&dev->pd_vec[i]);
	return true;
}

/*
 * The device has lost its MSI registers and MSI-X table, which the bus does not restore;
 * connecting the handlers again writes them.
 */
static bool
pmf_resume(device_t self, const pmf_qual_t *qual)
{
	struct pdk_dev *dev = self2dev(self);
	unsigned i;
	int error = 0;

	if (dev->pd_phase != PDK_P_READY)
		return true;
	for (i = 0; i < dev->pd_nvec && error == 0; i++)
		if (dev->pd_vec[i].v_sih != NULL)
			error = connect(&dev->pd_vec[i]);
	if (error == 0)
		error = pdk_call(dev, wake_up, dev);
	if (error == 0)
		return true;
	aprint_error_dev(self, "cannot resume, error %d\n", error);
	dev->pd_phase = PDK_P_FAILED;
	return false;
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

static void
stop_worker(struct pdk_dev *dev)
{
	mutex_enter(&dev->pd_mtx);
	dev->pd_stop = true;
	cv_signal(&dev->pd_work_cv);
	mutex_exit(&dev->pd_mtx);
	(void)kthread_join(dev->pd_worker);
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
		if ((error = dev->pd_drv->detach(dev)) != 0) {
			aprint_error_dev(self, "couldn't detach, error %d\n", error);
			dev->pd_phase = PDK_P_STUCK;
			return error;
		}
	}
	KASSERT(dev->pd_nvec == 0);
	stop_worker(dev);
	KASSERT(TAILQ_EMPTY(&dev->pd_tasks));
	ac->ac_dev = NULL;
	dev_destroy(dev);
	return 0;
}

/* ---- PCI ---- */

/* Is there such a register?  Beyond 256 octets only PCI Express has any. */
static bool
conf_exists(struct pdk_dev *dev, int reg)
{
	if (reg < 0 || reg >= 4096)
		return false;
	return reg < 256 || pci_get_capability(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag,
	    PCI_CAP_PCIEXPRESS, NULL, NULL) != 0;
}

uint32_t
pdk_pci_read(struct pdk_dev *dev, int reg)
{
	if (!conf_exists(dev, reg))
		return 0xffffffff;
	return pci_conf_read(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag, reg);
}

void
pdk_pci_write(struct pdk_dev *dev, int reg, uint32_t val)
{
	if (conf_exists(dev, reg))
		pci_conf_write(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag, reg, val);
}

uint32_t
pdk_pci_subsys(struct pdk_dev *dev)
{
	return pdk_pci_read(dev, PCI_SUBSYS_ID_REG);
}

/* pci_get_capability(9) says 1 when it has found one. */
int
pdk_pci_find_cap(struct pdk_dev *dev, int cap, int *off)
{
	return pci_get_capability(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag, cap, off, NULL) ?
	    0 : ENOENT;
}

static void
command(struct pdk_dev *dev, pcireg_t clear, pcireg_t set)
{
	pcireg_t v = pdk_pci_read(dev, PCI_COMMAND_STATUS_REG);

	/* The upper half is the status: ones clear it. */
	v &= 0xffff & ~clear;
	pdk_pci_write(dev, PCI_COMMAND_STATUS_REG, v | set);
}

/* The type of the BAR; false: there is none, or it is the upper half of the one before. */
static bool
bar_type(struct pdk_dev *dev, int bar, pcireg_t *type)
{
	int i = 0;

	if (bar < 0 || bar >= PDK_NBAR)
		return false;
	for (;;) {
		*type = pci_mapreg_type(dev->pd_pa.pa_pc, dev->pd_pa.pa_tag,
		    PCI_MAPREG_START + i * 4);
		if (i >= bar)
			return i == bar;
		i += *type == (PCI_MAPREG_TYPE_MEM | PCI_MAPREG_MEM_TYPE_64BIT) ? 2 : 1;
	}
}

int
pdk_pci_map_bar(struct pdk_dev *dev, int bar, bus_space_tag_t *st, bus_space_handle_t *sh,
    bus_size_t *size)
{
	struct pdk_bar *b;
	pcireg_t type;

	if (!bar_type(dev, bar, &type) || PCI_MAPREG_TYPE(type) == PCI_MAPREG_TYPE_IO)
		return ENXIO;
	b = &dev->pd_bar[bar];
	if (b->b_mapped)
		return EBUSY;
	if (pci_mapreg_map(&dev->pd_pa, PCI_MAPREG_START + bar * 4, type, 0, &b->b_st, &b->b_sh,
	    NULL, &b->b_size) != 0)
		return ENXIO;
	b->b_mapped = true;
	command(dev, 0, PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE);
	*st = b->b_st;
	*sh = b->b_sh;
	*size = b->b_size;
	return 0;
}

void
pdk_pci_unmap_bar(struct pdk_dev *dev, int bar)
{
	struct pdk_bar *b = &dev->pd_bar[bar];

	KASSERT(b->b_mapped);
	bus_space_unmap(b->b_st, b->b_sh, b->b_size);
	b->b_mapped = false;
}

/* ---- interrupts ---- */

static const struct {
	unsigned	kind;
	pci_intr_type_t	type;
} intr_kinds[] = {
	{ PDK_INTR_MSIX, PCI_INTR_TYPE_MSIX },
	{ PDK_INTR_MSI, PCI_INTR_TYPE_MSI },
	{ PDK_INTR_INTX, PCI_INTR_TYPE_INTX },
};

/* How many of the kind the device has. */
static unsigned
count_intr(struct pdk_dev *dev, pci_intr_type_t type)
{
	pci_chipset_tag_t pc = dev->pd_pa.pa_pc;
	pcitag_t tag = dev->pd_pa.pa_tag;

	switch (type) {
	case PCI_INTR_TYPE_MSIX:
		return MAX(pci_msix_count(pc, tag), 0);
	case PCI_INTR_TYPE_MSI:
		return MAX(pci_msi_count(pc, tag), 0);
	default:
		return dev->pd_pa.pa_intrpin != PCI_INTERRUPT_PIN_NONE;
	}
}

/* As many as there are, at most n.  0: none. */
static unsigned
alloc_kind(struct pdk_dev *dev, pci_intr_type_t type, unsigned n)
{
	int counts[PCI_INTR_TYPE_SIZE];

	for (; n > 0; n--) {			/* MSI is to be had by powers of two only */
		memset(counts, 0, sizeof(counts));
		counts[type] = n;
		if (pci_intr_alloc(&dev->pd_pa, &dev->pd_ihp, counts, type) == 0)
			break;
	}
	return n;
}

int
pdk_intr_alloc(struct pdk_dev *dev, unsigned kinds, unsigned *nvec)
{
	unsigned i, n, have, error = EINVAL;

	if (dev->pd_nvec != 0)
		return EBUSY;
	if (*nvec == 0)
		return EINVAL;
	for (i = 0; i < nitems(intr_kinds); i++) {
		if ((kinds & intr_kinds[i].kind) == 0 ||
		    (have = count_intr(dev, intr_kinds[i].type)) == 0)
			continue;
		n = alloc_kind(dev, intr_kinds[i].type, MIN(*nvec, have));
		if (n != 0)
			break;
		error = ENOSPC;
	}
	if (i == nitems(intr_kinds))
		return error;
	dev->pd_vec = kmem_zalloc(n * sizeof(*dev->pd_vec), KM_SLEEP);
	dev->pd_intr_kind = intr_kinds[i].kind;
	dev->pd_nvec = *nvec = n;
	if (dev->pd_intr_kind == PDK_INTR_INTX)
		command(dev, PCI_COMMAND_INTERRUPT_DISABLE, 0);
	else
		command(dev, 0, PCI_COMMAND_INTERRUPT_DISABLE);
	return 0;
}

/* Vectors may be served by several processors, filters of a device run one at a time. */
static int
run_filter(void *arg)
{
	struct pdk_vec *v = arg;
	int result;

	mutex_enter(&v->v_dev->pd_filter_mtx);
	result = v->v_filter(v->v_arg);
	mutex_exit(&v->v_dev->pd_filter_mtx);
	if (result == PDK_INTR_BH)
		softint_schedule(v->v_sih);
	return result != PDK_INTR_STRAY;
}

/* A soft interrupt runs on the processor where it was scheduled: on two at a time, too. */
static void
run_bh(void *arg)
{
	struct pdk_vec *v = arg;

	mutex_enter(&v->v_dev->pd_bh_mtx);
	v->v_bh(v->v_arg);
	pdk_assert_unlocked(v->v_dev);
	mutex_exit(&v->v_dev->pd_bh_mtx);
}

static int
connect(struct pdk_vec *v)
{
	struct pdk_dev *dev = v->v_dev;
	pci_chipset_tag_t pc = dev->pd_pa.pa_pc;
	pci_intr_handle_t *ihp = &dev->pd_ihp[v - dev->pd_vec];

	(void)pci_intr_setattr(pc, ihp, PCI_INTR_MPSAFE, true);
	v->v_ih = pci_intr_establish_xname(pc, *ihp, IPL_NET, run_filter, v, v->v_name);
	return v->v_ih != NULL ? 0 : ENXIO;
}

static void
disconnect(struct pdk_vec *v)
{
	if (v->v_ih != NULL)
		pci_intr_disestablish(v->v_dev->pd_pa.pa_pc, v->v_ih);
	v->v_ih = NULL;
}

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	struct pdk_vec *v;
	int error;

	if (vec >= dev->pd_nvec || filter == NULL || bh == NULL)
		return EINVAL;
	v = &dev->pd_vec[vec];
	if (v->v_sih != NULL)
		return EBUSY;
	v->v_dev = dev;
	v->v_filter = filter;
	v->v_bh = bh;
	v->v_arg = arg;
	snprintf(v->v_name, sizeof(v->v_name), dev->pd_nvec > 1 ? "%s vec %u" : "%s",
	    device_xname(dev->pd_self), vec);
	v->v_sih = softint_establish(SOFTINT_NET | SOFTINT_MPSAFE, run_bh, v);
	if (v->v_sih == NULL)
		return ENOMEM;
	if ((error = connect(v)) != 0) {
		softint_disestablish(v->v_sih);
		v->v_sih = NULL;
	}
	return error;
}

/* softint_disestablish(9) waits for the handler, on every processor. */
void
pdk_intr_disestablish(struct pdk_dev *dev)
{
	unsigned i;

	pdk_assert_unlocked(dev);
	if (dev->pd_nvec == 0)
		return;
	for (i = 0; i < dev->pd_nvec; i++) {
		disconnect(&dev->pd_vec[i]);
		if (dev->pd_vec[i].v_sih != NULL)
			softint_disestablish(dev->pd_vec[i].v_sih);
	}
	pci_intr_release(dev->pd_pa.pa_pc, dev->pd_ihp, dev->pd_nvec);
	kmem_free(dev->pd_vec, dev->pd_nvec * sizeof(*dev->pd_vec));
	dev->pd_vec = NULL;
	dev->pd_ihp = NULL;
	dev->pd_nvec = dev->pd_intr_kind = 0;
}

/* ---- wait ---- */

/* Not fewer than `ms`: the tick that has begun does not count. */
static int
ms2ticks(unsigned ms)
{
	return (int)MIN(howmany((uint64_t)ms * hz, 1000) + 1, INT_MAX / 2);
}

int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *wc, unsigned ms)
{
	KASSERT(curlwp == dev->pd_worker);
	KASSERT(mutex_owned(&dev->pd_mtx));
	return mtsleep(wc, 0, "pdkwait", ms2ticks(ms), &dev->pd_mtx) == EWOULDBLOCK ?
	    ETIMEDOUT : 0;
}

/* ---- timers ---- */

/*
 * softclock.  While this waited for the lock the timer may have been stopped, or armed again:
 * then the callout is pending, and that call is the right one.
 */
static void
expire(void *arg)
{
	struct pdk_timer *t = arg;
	struct pdk_dev *dev = t->tm_dev;

	mutex_enter(&dev->pd_mtx);
	if (t->tm_armed && !callout_pending(&t->tm_callout)) {
		t->tm_armed = false;
		t->tm_fn(t->tm_arg);
	}
	mutex_exit(&dev->pd_mtx);
}

void
pdk_timer_init(struct pdk_dev *dev, struct pdk_timer *t, void (*fn)(void *), void *arg)
{
	callout_init(&t->tm_callout, CALLOUT_MPSAFE);
	callout_setfunc(&t->tm_callout, expire, t);
	t->tm_dev = dev;
	t->tm_fn = fn;
	t->tm_arg = arg;
	t->tm_armed = false;
}

void
pdk_timer_arm(struct pdk_timer *t, unsigned ms)
{
	KASSERT(mutex_owned(&t->tm_dev->pd_mtx));
	t->tm_armed = true;
	callout_schedule(&t->tm_callout, ms2ticks(ms));
}

/* It may be armed again, so callout_destroy(9), which frees nothing, is left out. */
void
pdk_timer_drain(struct pdk_timer *t)
{
	mutex_enter(&t->tm_dev->pd_mtx);
	t->tm_armed = false;
	mutex_exit(&t->tm_dev->pd_mtx);
	callout_halt(&t->tm_callout, NULL);
}

/* ---- tasks ---- */

static void
worker(void *arg)
{
	struct pdk_dev *dev = arg;
	struct pdk_task *t;

	mutex_enter(&dev->pd_mtx);
	dev->pd_worker = curlwp;
	for (;;) {
		while ((t = TAILQ_FIRST(&dev->pd_tasks)) == NULL && !dev->pd_stop)
			cv_wait(&dev->pd_work_cv, &dev->pd_mtx);
		if (t == NULL)
			break;
		TAILQ_REMOVE(&dev->pd_tasks, t, tk_link);
		t->tk_queued = false;
		mutex_exit(&dev->pd_mtx);
		t->tk_fn(t->tk_arg);
		pdk_assert_unlocked(dev);
		mutex_enter(&dev->pd_mtx);
	}
	mutex_exit(&dev->pd_mtx);
	kthread_exit(0);
}

void
pdk_task_init(struct pdk_dev *dev, struct pdk_task *t, void (*fn)(void *), void *arg)
{
	t->tk_dev = dev;
	t->tk_fn = fn;
	t->tk_arg = arg;
	t->tk_queued = false;
}

void
pdk_task_post(struct pdk_task *t)
{
	struct pdk_dev *dev = t->tk_dev;

	KASSERT(mutex_owned(&dev->pd_mtx));
	if (t->tk_queued)
		return;
	t->tk_queued = true;
	TAILQ_INSERT_TAIL(&dev->pd_tasks, t, tk_link);
	cv_signal(&dev->pd_work_cv);
}

void
pdk_task_cancel(struct pdk_task *t)
{
	KASSERT(mutex_owned(&t->tk_dev->pd_mtx));
	if (!t->tk_queued)
		return;
	t->tk_queued = false;
	TAILQ_REMOVE(&t->tk_dev->pd_tasks, t, tk_link);
}

struct call {
	struct pdk_task	 task;
	struct pdk_dev	*dev;
	int		(*fn)(void *);
	void		*arg;
	int		 error;
	bool		 done;
};

static void
run_call(void *arg)
{
	struct call *c = arg;
	int error = c->fn(c->arg);

	mutex_enter(&c->dev->pd_mtx);
	c->error = error;
	c->done = true;
	cv_broadcast(&c->dev->pd_done_cv);
	mutex_exit(&c->dev->pd_mtx);	/* c is gone now */
}

/* The kernel lock, if the caller has it, is given up while it sleeps. */
int
pdk_call(struct pdk_dev *dev, int (*fn)(void *), void *arg)
{
	struct call c = { .dev = dev, .fn = fn, .arg = arg };

	if (curlwp == dev->pd_worker)
		return fn(arg);
	pdk_task_init(dev, &c.task, run_call, &c);
	mutex_enter(&dev->pd_mtx);
	pdk_task_post(&c.task);
	while (!c.done)
		cv_wait(&dev->pd_done_cv, &dev->pd_mtx);
	mutex_exit(&dev->pd_mtx);
	return c.error;
}

static int
nothing(void *arg)
{
	return 0;
}

/* Tasks run in turn: when this one has run, so have those before it. */
void
pdk_worker_drain(struct pdk_dev *dev)
{
	KASSERT(curlwp != dev->pd_worker);
	(void)pdk_call(dev, nothing, NULL);
}

/* ---- memory ---- */

/* kmem_alloc(9) is not for soft interrupts, kmem_intr_alloc(9) is for all. */
void *
pdk_zalloc(size_t size, int how)
{
	return kmem_intr_zalloc(size, how == PDK_WAITOK ? KM_SLEEP : KM_NOSLEEP);
}

void
pdk_free(void *p, size_t size)
{
	if (p != NULL)
		kmem_intr_free(p, size);
}

/* ---- firmware ---- */

/*
 * Files are /libdata/firmware/<class>/<name>, with the last part of Linux's name; the class of a
 * network driver is if_<driver>.
 */
static int
open_firmware(struct pdk_dev *dev, const char *name, firmware_handle_t *fh)
{
	const char *base = strrchr(name, '/');
	char class[32];

	base = base != NULL ? base + 1 : name;
	snprintf(class, sizeof(class), "if_%s", dev->pd_drv->name);
	if (firmware_open(class, base, fh) == 0)
		return 0;
	return firmware_open(dev->pd_drv->name, base, fh);
}

int
pdk_firmware_get(struct pdk_dev *dev, const char *name, const void **data, size_t *size)
{
	firmware_handle_t fh;
	void *p = NULL;
	off_t len;
	int error;

	KASSERT(curlwp == dev->pd_worker);
	if ((error = open_firmware(dev, name, &fh)) != 0)
		return error == ENOENT ? ENOENT : EIO;
	len = firmware_get_size(fh);
	error = EIO;
	if (len > 0 && len <= INT_MAX && (p = firmware_malloc(len)) != NULL)
		error = firmware_read(fh, 0, p, len);
	firmware_close(fh);
	if (error != 0) {
		if (p != NULL)
			firmware_free(p, len);
		return EIO;
	}
	*data = p;
	*size = len;
	return 0;
}

void
pdk_firmware_put(struct pdk_dev *dev, const void *data, size_t size)
{
	firmware_free(__UNCONST(data), size);
}

/* ---- log ---- */

/* Without the newline that a driver may have put. */
static void
format(char *line, size_t size, const char *fmt, va_list ap)
{
	size_t len;

	vsnprintf(line, size, fmt, ap);
	len = strlen(line);
	if (len != 0 && line[len - 1] == '\n')
		line[len - 1] = '\0';
}

#define LINE	256

void
pdk_printf(struct pdk_dev *dev, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	format(line, sizeof(line), fmt, ap);
	va_end(ap);
	aprint_normal_dev(dev->pd_self, "%s\n", line);
}

void
pdk_info(struct pdk_dev *dev, const char *key, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	format(line, sizeof(line), fmt, ap);
	va_end(ap);
	aprint_normal_dev(dev->pd_self, "%s: %s\n", key, line);
}

void
pdk_state(struct pdk_dev *dev, const char *state)
{
	aprint_verbose_dev(dev->pd_self, "%s\n", state);
}

void
pdk_fail(struct pdk_dev *dev, int error, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;

	va_start(ap, fmt);
	format(line, sizeof(line), fmt, ap);
	va_end(ap);
	aprint_error_dev(dev->pd_self, "%s (error %d)\n", line, error);
}

/* ---- DMA ---- */

/* Only a port whose bus_dma(9) has no subregions makes a difference. */
static bool
reachable(struct pdk_dev *dev, bus_dmamap_t map)
{
	int i;

	for (i = 0; i < map->dm_nsegs; i++)
		if (map->dm_segs[i].ds_addr + (map->dm_segs[i].ds_len - 1) > dev->pd_dma_last)
			return false;
	return true;
}

static int
load_dma(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size)
{
	bus_dma_tag_t t = dev->pd_dmat;
	int error;

	error = bus_dmamap_create(t, size, 1, size, dev->pd_drv->dma_boundary, BUS_DMA_WAITOK,
	    &d->d_map);
	if (error != 0)
		return error;
	error = bus_dmamap_load(t, d->d_map, d->va, size, NULL, BUS_DMA_WAITOK);
	if (error == 0 && reachable(dev, d->d_map))
		return 0;
	if (error == 0)
		bus_dmamap_unload(t, d->d_map);
	bus_dmamap_destroy(t, d->d_map);
	return ENOMEM;
}

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	bus_size_t boundary = dev->pd_drv->dma_boundary;
	bus_dma_tag_t t = dev->pd_dmat;
	int nsegs;

	if (size == 0 || size - 1 > dev->pd_dma_last || (boundary != 0 && size > boundary))
		return EINVAL;
	if (boundary < PAGE_SIZE)
		boundary = 0;		/* memory begins with a page, so it crosses none */
	if (bus_dmamem_alloc(t, size, align, boundary, &d->d_seg, 1, &nsegs, BUS_DMA_WAITOK) != 0)
		return ENOMEM;
	if (bus_dmamem_map(t, &d->d_seg, 1, size, &d->va, BUS_DMA_WAITOK | BUS_DMA_COHERENT) != 0)
		goto free;
	memset(d->va, 0, size);
	if (load_dma(dev, d, size) != 0)
		goto unmap;
	d->d_dmat = t;
	d->pa = d->d_map->dm_segs[0].ds_addr;
	d->size = size;
	return 0;
unmap:
	bus_dmamem_unmap(t, d->va, size);
free:
	bus_dmamem_free(t, &d->d_seg, 1);
	d->va = NULL;
	return ENOMEM;
}

void
pdk_dma_free(struct pdk_dma *d)
{
	if (d->va == NULL)
		return;
	bus_dmamap_unload(d->d_dmat, d->d_map);
	bus_dmamap_destroy(d->d_dmat, d->d_map);
	bus_dmamem_unmap(d->d_dmat, d->va, d->size);
	bus_dmamem_free(d->d_dmat, &d->d_seg, 1);
	memset(d, 0, sizeof(*d));
}

/* ALLOCNOW: a load must not fail for want of a bounce buffer that it could only wait for. */
int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *dm, bus_size_t maxsize, int maxsegs)
{
	if (maxsize == 0 || maxsegs <= 0)
		return EINVAL;
	if (bus_dmamap_create(dev->pd_dmat, maxsize, maxsegs, maxsize, dev->pd_drv->dma_boundary,
	    BUS_DMA_WAITOK | BUS_DMA_ALLOCNOW, &dm->dm_map) != 0) {
		dm->dm_map = NULL;
		return ENOMEM;
	}
	dm->dm_dev = dev;
	dm->dm_maxsize = maxsize;
	dm->dm_loaded = false;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *dm)
{
	if (dm->dm_map == NULL)
		return;
	KASSERT(!dm->dm_loaded);
	bus_dmamap_destroy(dm->dm_dev->pd_dmat, dm->dm_map);
	memset(dm, 0, sizeof(*dm));
}

static int
load(struct pdk_dmamap *dm, struct mbuf *m, int write)
{
	struct pdk_dev *dev = dm->dm_dev;
	int error;

	error = bus_dmamap_load_mbuf(dev->pd_dmat, dm->dm_map, m,
	    BUS_DMA_NOWAIT | (write ? BUS_DMA_WRITE : BUS_DMA_READ));
	if (error == 0 && !reachable(dev, dm->dm_map)) {
		bus_dmamap_unload(dev->pd_dmat, dm->dm_map);
		error = ENOMEM;
	}
	return error;
}

/* m_defrag(9) gives a new chain and frees the old one, or gives NULL and leaves it. */
int
pdk_map_load_mbuf(struct pdk_dmamap *dm, struct mbuf **mp, int write)
{
	struct mbuf *m = *mp;
	int error;

	if (dm->dm_loaded)
		return EBUSY;
	if ((bus_size_t)m->m_pkthdr.len > dm->dm_maxsize)
		return EFBIG;
	error = load(dm, m, write);
	if (error == EFBIG) {
		if ((m = m_defrag(m, M_DONTWAIT)) == NULL)
			return ENOMEM;
		*mp = m;
		error = load(dm, m, write);
	}
	dm->dm_loaded = error == 0;
	return error == 0 || error == EFBIG ? error : ENOMEM;
}

void
pdk_map_unload(struct pdk_dmamap *dm)
{
	KASSERT(dm->dm_loaded);
	bus_dmamap_unload(dm->dm_dev->pd_dmat, dm->dm_map);
	dm->dm_loaded = false;
}

/*
 * What does not fit a cluster is malloc(9)ed: from a page on that is whole pages, so up to a page
 * is one segment.
 */
struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	struct mbuf *m;

	if ((m = m_gethdr(M_DONTWAIT, MT_DATA)) == NULL)
		return NULL;
	if (size > MCLBYTES)
		MEXTMALLOC(m, roundup(size, PAGE_SIZE), M_DONTWAIT);
	else if (size > MHLEN)
		MCLGET(m, M_DONTWAIT);
	if (size > MHLEN && (m->m_flags & M_EXT) == 0) {
		m_freem(m);
		return NULL;
	}
	m->m_len = m->m_pkthdr.len = size;
	return m;
}
