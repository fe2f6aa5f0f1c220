/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk.c - the portable driver kit on a FreeBSD kernel (13, 14, 15).
 *
 *	FILTER	interrupt filter of bus_setup_intr(9), primary interrupt context
 *	BH	its interrupt thread, INTR_MPSAFE; in the network epoch (INTR_TYPE_NET)
 *	TIMER	callout(9), callout_init_mtx() with the device's lock
 *	WORKER	a taskqueue(9) with one thread, the device's own
 *	TX	whoever calls ic_transmit or if_transmit
 *	CONFIG	newbus: device_attach, device_detach, device_suspend, device_resume
 *	lock	mutex(9), MTX_DEF; pdk_wait() is msleep_sbt(9)
 *
 * Sleepable locks are held on entry to CONFIG (the bus topology), never a mutex.
 *
 * Manual pages: DRIVER_MODULE(9), device(9), pci(9), BUS_SETUP_INTR(9), bus_dma(9), mutex(9),
 * sleep(9), callout(9), taskqueue(9), config_intrhook(9), EVENTHANDLER(9), firmware(9),
 * malloc(9), mbuf(9).
 */
#include <pdk.h>

#include <sys/eventhandler.h>
#include <sys/firmware.h>
#include <sys/rman.h>

#include <machine/resource.h>
#if __FreeBSD_version >= 1500000
#include <sys/stdarg.h>
#else
#include <machine/stdarg.h>
#endif

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#define PDK_NBARS	6
#define PDK_NVEC	32		/* of MSI, the most there are */
#define PDK_LINE	256		/* octets of a log line */

struct pdk_vec {
	struct pdk_softc	 *v_sc;
	struct resource		 *v_res;
	void			 *v_cookie;	/* NULL: not connected */
	int			(*v_filter)(void *);
	void			(*v_bh)(void *);
	void			 *v_arg;
};

/* Maps of one shape share a tag: a tag may have bounce pages of its own. */
struct pdk_maptag {
	LIST_ENTRY(pdk_maptag)	 mt_link;
	bus_dma_tag_t		 mt_tag;
	bus_size_t		 mt_maxsize;
	int			 mt_maxsegs;
};

/* newbus's softc; the driver's is `dev`. */
struct pdk_softc {
	struct pdk_dev		*dev;
	device_t		 self;
	const struct pdk_pci_driver *drv;
	struct taskqueue	*tq;		/* WORKER */

	/* attach_late */
	struct intr_config_hook	 hook;
	struct pdk_task		 late;
	bool			 hooked;	/* the boot waits for us; locked, as the rest */
	bool			 late_done;
	int			 late_error;
	bool			 dying;		/* being detached */
	bool			 asleep;

	/* resources */
	struct resource		*bar[PDK_NBARS];
	struct resource		*msix_bar[PDK_NBARS];	/* held for the MSI-X tables alone */
	LIST_HEAD(, pdk_maptag)	 maptags;	/* locked */

	/* interrupts */
	unsigned		 kind, nvec;
	struct mtx		 filter_mtx;	/* one filter at a time */
	struct mtx		 bh_mtx;	/* one bottom half at a time */
	struct pdk_vec		*vec;
};

_Static_assert(sizeof(struct pdk_softc) <= PDK_SOFTC_SIZE, "PDK_SOFTC_SIZE is too small");
_Static_assert(offsetof(struct pdk_newbus, nb_driver) == 0, "newbus gives the driver_t back");

static MALLOC_DEFINE(M_PDK, "pdk", "portable driver kit");

MODULE_DEPEND(pdk, pci, 1, 1, 1);
MODULE_DEPEND(pdk, firmware, 1, 1, 1);

/* ---- log ---- */

/* One line in one call: lines of several processors would mix. */
static void
pdk_line(struct pdk_dev *dev, const char *prefix, const char *fmt, va_list ap)
{
	char text[PDK_LINE];
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	while (n > 0 && n < (int)sizeof(text) && text[n - 1] == '\n')
		text[--n] = '\0';
	device_printf(dev->pd_dev, "%s%s\n", prefix, text);
}

void
pdk_printf(struct pdk_dev *dev, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pdk_line(dev, "", fmt, ap);
	va_end(ap);
}

void
pdk_state(struct pdk_dev *dev, const char *state)
{
	if (bootverbose)
		device_printf(dev->pd_dev, "state: %s\n", state);
}

void
pdk_info(struct pdk_dev *dev, const char *key, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	snprintf(prefix, sizeof(prefix), "%s: ", key);
	va_start(ap, fmt);
	pdk_line(dev, prefix, fmt, ap);
	va_end(ap);
}

void
pdk_fail(struct pdk_dev *dev, int error, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	snprintf(prefix, sizeof(prefix), "failed (error %d): ", error);
	va_start(ap, fmt);
	pdk_line(dev, prefix, fmt, ap);
	va_end(ap);
}

/* ---- PCI ---- */

uint32_t
pdk_pci_read(struct pdk_dev *dev, int reg)
{
	return (pci_read_config(dev->pd_dev, reg, 4));
}

void
pdk_pci_write(struct pdk_dev *dev, int reg, uint32_t val)
{
	pci_write_config(dev->pd_dev, reg, val, 4);
}

uint32_t
pdk_pci_id(struct pdk_dev *dev)
{
	return (pci_get_vendor(dev->pd_dev) | (uint32_t)pci_get_device(dev->pd_dev) << 16);
}

uint32_t
pdk_pci_subsys(struct pdk_dev *dev)
{
	return (pci_get_subvendor(dev->pd_dev) |
	    (uint32_t)pci_get_subdevice(dev->pd_dev) << 16);
}

uint8_t
pdk_pci_revision(struct pdk_dev *dev)
{
	return (pci_get_revid(dev->pd_dev));
}

/* Zero is "found" here, as pdk.h has it; NetBSD and OpenBSD return the opposite. */
int
pdk_pci_find_cap(struct pdk_dev *dev, int cap, int *off)
{
	return (pci_find_cap(dev->pd_dev, cap, off) == 0 ? 0 : ENOENT);
}

static struct resource *
pdk_bar_alloc(struct pdk_softc *sc, int bar)
{
	int rid = PCIR_BAR(bar);

	return (bus_alloc_resource_any(sc->self, SYS_RES_MEMORY, &rid, RF_ACTIVE));
}

static void
pdk_bar_release(struct pdk_softc *sc, int bar, struct resource **res)
{
	if (*res != NULL)
		bus_release_resource(sc->self, SYS_RES_MEMORY, PCIR_BAR(bar), *res);
	*res = NULL;
}

/* The bus enables memory decoding when the resource is activated. */
int
pdk_pci_map_bar(struct pdk_dev *dev, int bar, bus_space_tag_t *st, bus_space_handle_t *sh,
    bus_size_t *size)
{
	struct pdk_softc *sc = dev->pd_sc;

	if (bar < 0 || bar >= PDK_NBARS)
		return (ENXIO);
	if (sc->bar[bar] != NULL)
		return (EBUSY);
	sc->bar[bar] = pdk_bar_alloc(sc, bar);
	if (sc->bar[bar] == NULL)
		return (ENXIO);
	pci_enable_busmaster(sc->self);
	*st = rman_get_bustag(sc->bar[bar]);
	*sh = rman_get_bushandle(sc->bar[bar]);
	*size = rman_get_size(sc->bar[bar]);
	return (0);
}

void
pdk_pci_unmap_bar(struct pdk_dev *dev, int bar)
{
	struct pdk_softc *sc = dev->pd_sc;

	if (bar >= 0 && bar < PDK_NBARS)
		pdk_bar_release(sc, bar, &sc->bar[bar]);
}

/* ---- interrupts ---- */

/*
 * pci_alloc_msix() wants the BARs of the vector table and of the pending bits active; the
 * driver may have no other use for them.
 */
static int
pdk_msix_hold(struct pdk_softc *sc, int rid)
{
	int bar = PCI_RID2BAR(rid);

	if (rid < 0 || bar >= PDK_NBARS)
		return (ENXIO);
	if (sc->bar[bar] != NULL || sc->msix_bar[bar] != NULL)
		return (0);
	sc->msix_bar[bar] = pdk_bar_alloc(sc, bar);
	return (sc->msix_bar[bar] != NULL ? 0 : ENXIO);
}

static void
pdk_msix_release(struct pdk_softc *sc)
{
	int bar;

	for (bar = 0; bar < PDK_NBARS; bar++)
		pdk_bar_release(sc, bar, &sc->msix_bar[bar]);
}

static int
pdk_alloc_msix(struct pdk_softc *sc, unsigned *nvec)
{
	int n = MIN(*nvec, (unsigned)pci_msix_count(sc->self));

	if (n == 0)
		return (ENXIO);
	if (pdk_msix_hold(sc, pci_msix_table_bar(sc->self)) != 0 ||
	    pdk_msix_hold(sc, pci_msix_pba_bar(sc->self)) != 0 ||
	    pci_alloc_msix(sc->self, &n) != 0) {
		pdk_msix_release(sc);
		return (ENXIO);
	}
	*nvec = n;
	return (0);
}

/* A power of two, says pci_alloc_msi(). */
static int
pdk_alloc_msi(struct pdk_softc *sc, unsigned *nvec)
{
	int n = MIN(*nvec, (unsigned)pci_msi_count(sc->self));

	if (n == 0)
		return (ENXIO);
	n = 1 << (fls(n) - 1);
	if (pci_alloc_msi(sc->self, &n) != 0)
		return (ENXIO);
	*nvec = n;
	return (0);
}

static unsigned
pdk_alloc_vectors(struct pdk_softc *sc, unsigned kinds, unsigned *nvec)
{
	if ((kinds & PDK_INTR_MSIX) != 0 && pdk_alloc_msix(sc, nvec) == 0)
		return (PDK_INTR_MSIX);
	if ((kinds & PDK_INTR_MSI) != 0 && pdk_alloc_msi(sc, nvec) == 0)
		return (PDK_INTR_MSI);
	if ((kinds & PDK_INTR_INTX) == 0)
		return (0);
	*nvec = 1;
	return (PDK_INTR_INTX);
}

/* Resource id 0 is INTx, which others may share; messages count from 1. */
static int
pdk_irq_rid(const struct pdk_softc *sc, unsigned vec)
{
	return (sc->kind == PDK_INTR_INTX ? 0 : (int)vec + 1);
}

static int
pdk_irq_alloc(struct pdk_softc *sc, unsigned vec)
{
	struct pdk_vec *v = &sc->vec[vec];
	int rid = pdk_irq_rid(sc, vec);

	v->v_sc = sc;
	v->v_res = bus_alloc_resource_any(sc->self, SYS_RES_IRQ, &rid,
	    RF_ACTIVE | (rid == 0 ? RF_SHAREABLE : 0));
	return (v->v_res != NULL ? 0 : ENOSPC);
}

static void
pdk_vectors_release(struct pdk_softc *sc)
{
	unsigned i;

	for (i = 0; i < sc->nvec; i++) {
		struct pdk_vec *v = &sc->vec[i];

		/* Waits for filter and thread. */
		if (v->v_cookie != NULL)
			bus_teardown_intr(sc->self, v->v_res, v->v_cookie);
		if (v->v_res != NULL)
			bus_release_resource(sc->self, SYS_RES_IRQ, pdk_irq_rid(sc, i),
			    v->v_res);
	}
	if (sc->kind != PDK_INTR_INTX)
		pci_release_msi(sc->self);
	pdk_msix_release(sc);
	free(sc->vec, M_PDK);
	sc->vec = NULL;
	sc->kind = sc->nvec = 0;
}

int
pdk_intr_alloc(struct pdk_dev *dev, unsigned kinds, unsigned *nvec)
{
	struct pdk_softc *sc = dev->pd_sc;
	unsigned i, n = MIN(*nvec, PDK_NVEC);

	if (sc->nvec != 0)
		return (EBUSY);
	if ((kinds & PDK_INTR_ANY) == 0 || n == 0)
		return (EINVAL);
	sc->kind = pdk_alloc_vectors(sc, kinds, &n);
	if (sc->kind == 0)
		return (ENOSPC);
	sc->nvec = n;
	sc->vec = malloc(n * sizeof(*sc->vec), M_PDK, M_WAITOK | M_ZERO);
	for (i = 0; i < n; i++) {
		if (pdk_irq_alloc(sc, i) != 0) {
			pdk_vectors_release(sc);
			return (ENOSPC);
		}
	}
	*nvec = n;
	return (0);
}

unsigned
pdk_intr_kind(struct pdk_dev *dev)
{
	return (dev->pd_sc->kind);
}

/* Vectors may come on several processors at once; the pdk promises one filter at a time. */
static int
pdk_filter(void *arg)
{
	struct pdk_vec *v = arg;
	struct pdk_softc *sc = v->v_sc;
	int result;

	if (sc->nvec > 1)
		mtx_lock_spin(&sc->filter_mtx);
	result = v->v_filter(v->v_arg);
	if (sc->nvec > 1)
		mtx_unlock_spin(&sc->filter_mtx);
	switch (result) {
	case PDK_INTR_BH:
		return (FILTER_SCHEDULE_THREAD);
	case PDK_INTR_DONE:
		return (FILTER_HANDLED);
	default:
		return (FILTER_STRAY);
	}
}

/* The same of bottom halves: each vector has a thread of its own. */
static void
pdk_bh(void *arg)
{
	struct pdk_vec *v = arg;
	struct pdk_softc *sc = v->v_sc;

	if (sc->nvec > 1)
		mtx_lock(&sc->bh_mtx);
	v->v_bh(v->v_arg);
	if (sc->nvec > 1)
		mtx_unlock(&sc->bh_mtx);
}

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *),
    void (*bh)(void *), void *arg)
{
	struct pdk_softc *sc = dev->pd_sc;
	struct pdk_vec *v;
	int error;

	if (vec >= sc->nvec || filter == NULL || bh == NULL)
		return (EINVAL);
	v = &sc->vec[vec];
	if (v->v_cookie != NULL)
		return (EBUSY);
	v->v_filter = filter;
	v->v_bh = bh;
	v->v_arg = arg;
	error = bus_setup_intr(sc->self, v->v_res, INTR_TYPE_NET | INTR_MPSAFE, pdk_filter,
	    pdk_bh, v, &v->v_cookie);
	if (error == 0 && sc->nvec > 1)
		bus_describe_intr(sc->self, v->v_res, v->v_cookie, "%u", vec);
	return (error);
}

void
pdk_intr_disestablish(struct pdk_dev *dev)
{
	if (dev->pd_sc->nvec != 0)
		pdk_vectors_release(dev->pd_sc);
}

/* ---- wait, timers, tasks ---- */

int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *wc, unsigned ms)
{
	int error;

	/* A time of 0 would be for ever. */
	error = msleep_sbt(wc, &dev->pd_mtx, 0, "pdkwait", (ms != 0 ? ms : 1) * SBT_1MS, 0, 0);
	return (error == EWOULDBLOCK ? ETIMEDOUT : 0);
}

/* callout(9) has looked, with the lock, whether the timer was stopped: a stop is final. */
static void
pdk_timer_expired(void *arg)
{
	struct pdk_timer *tm = arg;

	tm->tm_fn(tm->tm_arg);
}

void
pdk_timer_init(struct pdk_dev *dev, struct pdk_timer *tm, void (*fn)(void *), void *arg)
{
	callout_init_mtx(&tm->tm_callout, &dev->pd_mtx, 0);
	tm->tm_fn = fn;
	tm->tm_arg = arg;
}

void
pdk_timer_arm(struct pdk_timer *tm, unsigned ms)
{
	callout_reset_sbt(&tm->tm_callout, ms * SBT_1MS, 0, pdk_timer_expired, tm, 0);
}

void
pdk_timer_stop(struct pdk_timer *tm)
{
	callout_stop(&tm->tm_callout);
}

void
pdk_timer_drain(struct pdk_timer *tm)
{
	callout_drain(&tm->tm_callout);
}

static void
pdk_task_run(void *arg, int pending __unused)
{
	struct pdk_task *tk = arg;

	tk->tk_fn(tk->tk_arg);
}

void
pdk_task_init(struct pdk_dev *dev, struct pdk_task *tk, void (*fn)(void *), void *arg)
{
	TASK_INIT(&tk->tk_task, 0, pdk_task_run, tk);
	tk->tk_sc = dev->pd_sc;
	tk->tk_fn = fn;
	tk->tk_arg = arg;
}

/* taskqueue(9) counts what is queued already, and queues what is running once more. */
void
pdk_task_post(struct pdk_task *tk)
{
	taskqueue_enqueue(tk->tk_sc->tq, &tk->tk_task);
}

void
pdk_task_cancel(struct pdk_task *tk)
{
	(void)taskqueue_cancel(tk->tk_sc->tq, &tk->tk_task, NULL);
}

void
pdk_worker_drain(struct pdk_dev *dev)
{
	taskqueue_drain_all(dev->pd_sc->tq);
}

/* A call into WORKER that its caller waits for; on the caller's stack. */
struct pdk_callarg {
	struct pdk_task	  ca_task;
	int		(*ca_fn)(void *);
	void		 *ca_arg;
	int		  ca_result;
};

static void
pdk_call_run(void *arg)
{
	struct pdk_callarg *ca = arg;

	ca->ca_result = ca->ca_fn(ca->ca_arg);
}

int
pdk_call(struct pdk_dev *dev, int (*fn)(void *), void *arg)
{
	struct taskqueue *tq = dev->pd_sc->tq;
	struct pdk_callarg ca = { .ca_fn = fn, .ca_arg = arg };

	if (taskqueue_member(tq, curthread))
		return (fn(arg));
	pdk_task_init(dev, &ca.ca_task, pdk_call_run, &ca);
	taskqueue_enqueue(tq, &ca.ca_task.tk_task);
	taskqueue_drain(tq, &ca.ca_task.tk_task);
	return (ca.ca_result);
}

/* ---- memory, time ---- */

void *
pdk_zalloc(size_t size, int how)
{
	return (malloc(size, M_PDK, (how == PDK_WAITOK ? M_WAITOK : M_NOWAIT) | M_ZERO));
}

void
pdk_free(void *p, size_t size __unused)
{
	free(p, M_PDK);
}

uint64_t
pdk_uptime_ms(void)
{
	return (sbttoms(sbinuptime()));
}

/* ---- firmware ---- */

/*
 * Linux's names to those of the images in sys/contrib/dev: "iwlwifi-7260-17.ucode" is
 * iwm7260fw(4).  Their version is not in the name; a driver reads it in the file.
 */
static const struct pdk_fwmap {
	const char	*linux;		/* prefix; "MODEL-VERSION.ucode" follows */
	const char	*freebsd;	/* format of MODEL */
} pdk_fwmap[] = {
	{ "iwlwifi-", "iwm%sfw" },
};

static bool
pdk_firmware_name(const char *name, char *image, size_t size)
{
	char model[32];
	unsigned i;

	for (i = 0; i < nitems(pdk_fwmap); i++) {
		const struct pdk_fwmap *fm = &pdk_fwmap[i];
		const char *begin = name + strlen(fm->linux), *end;

		if (strncmp(name, fm->linux, strlen(fm->linux)) != 0)
			continue;
		end = strrchr(begin, '-');
		if (end == NULL || (size_t)(end - begin) >= sizeof(model))
			return (false);
		strlcpy(model, begin, (size_t)(end - begin) + 1);
		return ((size_t)snprintf(image, size, fm->freebsd, model) < size);
	}
	return (false);
}

/* As registered by the loader, a module, or (from 15 on) a file in /boot/firmware. */
static const struct firmware *
pdk_firmware_find(const char *name)
{
	const struct firmware *fw;
	char image[64];

	fw = firmware_get_flags(name, FIRMWARE_GET_NOWARN);
	if (fw == NULL && pdk_firmware_name(name, image, sizeof(image)))
		fw = firmware_get_flags(image, FIRMWARE_GET_NOWARN);
	return (fw);
}

static void	pdk_hook_release(struct pdk_softc *);

static void
pdk_root_mounted(void *arg)
{
	wakeup(arg);
}

/*
 * WORKER.  Let the boot go on and wait until there is a root file system: interrupts work,
 * and attach_late runs, before that.  Also ends when the device is detached.
 */
static void
pdk_root_wait(struct pdk_softc *sc)
{
	eventhandler_tag tag;

	pdk_hook_release(sc);
	tag = EVENTHANDLER_REGISTER(mountroot, pdk_root_mounted, &sc->dying,
	    EVENTHANDLER_PRI_ANY);
	pdk_lock(sc->dev);
	/* The time: the event may have come before it was listened for. */
	while (!root_mounted() && !sc->dying)
		msleep(&sc->dying, &sc->dev->pd_mtx, 0, "pdkroot", hz);
	pdk_unlock(sc->dev);
	EVENTHANDLER_DEREGISTER(mountroot, tag);
}

/* firmware(9) lends its image; a copy gives the driver the same lifetime on every system. */
int
pdk_firmware_get(struct pdk_dev *dev, const char *name, const void **data, size_t *size)
{
	const struct firmware *fw;
	void *copy;

	fw = pdk_firmware_find(name);
	if (fw == NULL && !root_mounted()) {
		pdk_root_wait(dev->pd_sc);
		fw = pdk_firmware_find(name);
	}
	if (fw == NULL)
		return (ENOENT);
	if (fw->datasize == 0) {
		firmware_put(fw, FIRMWARE_UNLOAD);
		return (EIO);
	}
	copy = malloc(fw->datasize, M_PDK, M_WAITOK);
	memcpy(copy, fw->data, fw->datasize);
	*data = copy;
	*size = fw->datasize;
	firmware_put(fw, FIRMWARE_UNLOAD);
	return (0);
}

void
pdk_firmware_put(struct pdk_dev *dev __unused, const void *data, size_t size __unused)
{
	free(__DECONST(void *, data), M_PDK);
}

/* ---- DMA: coherent memory ---- */

static bus_addr_t
pdk_lowaddr(const struct pdk_softc *sc)
{
	unsigned bits = sc->drv->dma_bits != 0 ? sc->drv->dma_bits : 32;

	return (bits >= sizeof(bus_addr_t) * NBBY ? BUS_SPACE_MAXADDR :
	    ((bus_addr_t)1 << bits) - 1);
}

/*
 * No lock function: a tag without one panics on a deferred load, and there is none, as every
 * load says BUS_DMA_NOWAIT.
 */
static int
pdk_tag_create(struct pdk_softc *sc, bus_size_t align, bus_size_t size, int nsegs,
    bus_dma_tag_t *tag)
{
	bus_size_t boundary = sc->drv->dma_boundary;

	return (bus_dma_tag_create(bus_get_dma_tag(sc->self), align, boundary, pdk_lowaddr(sc),
	    BUS_SPACE_MAXADDR, NULL, NULL, size, nsegs, boundary != 0 ? MIN(size, boundary) :
	    size, 0, NULL, NULL, tag));
}

static void
pdk_dma_loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	if (error == 0 && nsegs == 1)
		*(bus_addr_t *)arg = segs[0].ds_addr;
}

static int
pdk_dma_load(struct pdk_dma *d)
{
	bus_addr_t pa = 0;
	int error;

	error = bus_dmamap_load(d->d_tag, d->d_map, d->va, d->size, pdk_dma_loaded, &pa,
	    BUS_DMA_NOWAIT);
	d->pa = pa;
	return (error);
}

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	struct pdk_softc *sc = dev->pd_sc;
	uint32_t boundary = sc->drv->dma_boundary;

	if (size == 0 || (boundary != 0 && size > boundary) || size - 1 > pdk_lowaddr(sc))
		return (EINVAL);
	if (pdk_tag_create(sc, align, size, 1, &d->d_tag) != 0)
		return (ENOMEM);
	d->size = size;
	if (bus_dmamem_alloc(d->d_tag, &d->va, BUS_DMA_WAITOK | BUS_DMA_ZERO |
	    BUS_DMA_COHERENT, &d->d_map) != 0) {
		bus_dma_tag_destroy(d->d_tag);
		memset(d, 0, sizeof(*d));
		return (ENOMEM);
	}
	if (pdk_dma_load(d) != 0) {
		bus_dmamem_free(d->d_tag, d->va, d->d_map);
		bus_dma_tag_destroy(d->d_tag);
		memset(d, 0, sizeof(*d));
		return (ENOMEM);
	}
	return (0);
}

void
pdk_dma_free(struct pdk_dma *d)
{
	if (d->va == NULL)
		return;
	bus_dmamap_unload(d->d_tag, d->d_map);
	bus_dmamem_free(d->d_tag, d->va, d->d_map);
	bus_dma_tag_destroy(d->d_tag);
	memset(d, 0, sizeof(*d));
}

/* bus_dma(9) here knows no range; memory of bus_dmamem_alloc(9) is never bounced. */
void
pdk_dma_sync(struct pdk_dma *d, bus_size_t off __unused, bus_size_t len __unused, int op)
{
	bus_dmamap_sync(d->d_tag, d->d_map, op);
}

/* ---- DMA: maps for mbufs ---- */

static struct pdk_maptag *
pdk_maptag_find(struct pdk_softc *sc, bus_size_t maxsize, int maxsegs)
{
	struct pdk_maptag *mt;

	LIST_FOREACH(mt, &sc->maptags, mt_link)
		if (mt->mt_maxsize == maxsize && mt->mt_maxsegs == maxsegs)
			break;
	return (mt);
}

/*
 * Kept until the device is detached: a driver has maps of few shapes.  Two threads may make
 * the same tag at once; it is then there twice, and both are good.
 */
static struct pdk_maptag *
pdk_maptag_get(struct pdk_softc *sc, bus_size_t maxsize, int maxsegs)
{
	struct pdk_maptag *mt;

	pdk_lock(sc->dev);
	mt = pdk_maptag_find(sc, maxsize, maxsegs);
	pdk_unlock(sc->dev);
	if (mt != NULL)
		return (mt);
	mt = malloc(sizeof(*mt), M_PDK, M_WAITOK | M_ZERO);
	if (pdk_tag_create(sc, 1, maxsize, maxsegs, &mt->mt_tag) != 0) {
		free(mt, M_PDK);
		return (NULL);
	}
	mt->mt_maxsize = maxsize;
	mt->mt_maxsegs = maxsegs;
	pdk_lock(sc->dev);
	LIST_INSERT_HEAD(&sc->maptags, mt, mt_link);
	pdk_unlock(sc->dev);
	return (mt);
}

static void
pdk_maptags_free(struct pdk_softc *sc)
{
	struct pdk_maptag *mt;

	while ((mt = LIST_FIRST(&sc->maptags)) != NULL) {
		LIST_REMOVE(mt, mt_link);
		if (bus_dma_tag_destroy(mt->mt_tag) != 0)
			device_printf(sc->self, "a DMA map was not destroyed\n");
		free(mt, M_PDK);
	}
}

int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *map, bus_size_t maxsize, int maxsegs)
{
	struct pdk_softc *sc = dev->pd_sc;

	if (maxsize == 0 || maxsegs <= 0)
		return (EINVAL);
	memset(map, 0, sizeof(*map));
	map->dm_tag = pdk_maptag_get(sc, maxsize, maxsegs);
	if (map->dm_tag == NULL)
		return (ENOMEM);
	if (bus_dmamap_create(map->dm_tag->mt_tag, 0, &map->dm_map) != 0)
		return (ENOMEM);
	map->dm_segs = malloc(maxsegs * sizeof(*map->dm_segs), M_PDK, M_WAITOK | M_ZERO);
	map->dm_sc = sc;
	return (0);
}

/* dm_map may be NULL for a map that is there (x86 without bounce pages); dm_segs is not. */
void
pdk_map_destroy(struct pdk_dmamap *map)
{
	if (map->dm_segs == NULL)
		return;
	bus_dmamap_destroy(map->dm_tag->mt_tag, map->dm_map);
	free(map->dm_segs, M_PDK);
	memset(map, 0, sizeof(*map));
}

/* A cluster that holds `size` octets in one piece, or 0. */
static int
pdk_cluster(bus_size_t size)
{
	static const int clusters[] = { MCLBYTES, MJUMPAGESIZE, MJUM9BYTES, MJUM16BYTES };
	unsigned i;

	for (i = 0; i < nitems(clusters); i++)
		if (size <= (bus_size_t)clusters[i])
			return (clusters[i]);
	return (0);
}

struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	int cluster = pdk_cluster(size);
	struct mbuf *m;

	if (cluster == 0)
		return (NULL);
	m = m_getjcl(M_NOWAIT, MT_DATA, M_PKTHDR, cluster);
	if (m != NULL)
		m->m_len = m->m_pkthdr.len = (int)size;
	return (m);
}

/* The chain in one piece, or NULL and it is as it was. */
static struct mbuf *
pdk_mbuf_flatten(struct mbuf *m)
{
	struct mbuf *n;

	n = pdk_mbuf_rxalloc(m->m_pkthdr.len);
	if (n == NULL)
		return (NULL);
	if (!m_dup_pkthdr(n, m, M_NOWAIT)) {
		m_freem(n);
		return (NULL);
	}
	m_copydata(m, 0, m->m_pkthdr.len, mtod(n, caddr_t));
	m_freem(m);
	return (n);
}

static int
pdk_map_try(struct pdk_dmamap *map, struct mbuf *m)
{
	int error, n = 0;

	error = bus_dmamap_load_mbuf_sg(map->dm_tag->mt_tag, map->dm_map, m, map->dm_segs, &n,
	    BUS_DMA_NOWAIT);
	map->dm_nsegs = error == 0 ? n : 0;
	return (error);
}

/*
 * First m_collapse(9), which moves little; then one copy.  Both leave the chain the caller's
 * when there is no memory, though m_collapse() may have moved octets between its mbufs.
 */
static int
pdk_map_compact(struct pdk_dmamap *map, struct mbuf **mp)
{
	struct mbuf *m;
	int error;

	m = m_collapse(*mp, M_NOWAIT, map->dm_tag->mt_maxsegs);
	if (m != NULL) {
		*mp = m;
		error = pdk_map_try(map, m);
		if (error != EFBIG)
			return (error);
	}
	m = pdk_mbuf_flatten(*mp);
	if (m == NULL)
		return (ENOMEM);
	*mp = m;
	return (pdk_map_try(map, m));
}

int
pdk_map_load_mbuf(struct pdk_dmamap *map, struct mbuf **mp, int write __unused)
{
	int error;

	if (map->dm_nsegs != 0)
		return (EBUSY);
	if ((bus_size_t)(*mp)->m_pkthdr.len > map->dm_tag->mt_maxsize)
		return (EFBIG);
	error = pdk_map_try(map, *mp);
	if (error == EFBIG)
		error = pdk_map_compact(map, mp);
	return (error);
}

void
pdk_map_unload(struct pdk_dmamap *map)
{
	bus_dmamap_unload(map->dm_tag->mt_tag, map->dm_map);
	map->dm_nsegs = 0;
}

/* With bounce pages this copies; so the direction of the load need not be known before. */
void
pdk_map_sync(struct pdk_dmamap *map, int op)
{
	bus_dmamap_sync(map->dm_tag->mt_tag, map->dm_map, op);
}

/* ---- newbus ---- */

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
static void
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
pdk_worker_start(struct pdk_softc *sc)
{
	int error;

	sc->tq = taskqueue_create("pdk", M_WAITOK, taskqueue_thread_enqueue, &sc->tq);
	error = taskqueue_start_threads(&sc->tq, 1, PI_NET, "%s worker",
	    device_get_nameunit(sc->self));
	if (error != 0)
		taskqueue_free(sc->tq);
	return (error);
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
	dev = sc->dev = malloc(sc->drv->softc_size, M_PDK, M_WAITOK | M_ZERO);
	dev->pd_sc = sc;
	dev->pd_dev = self;
	mtx_init(&dev->pd_mtx, device_get_nameunit(self), "pdk device", MTX_DEF);
	mtx_init(&sc->bh_mtx, device_get_nameunit(self), "pdk bottom half", MTX_DEF);
	mtx_init(&sc->filter_mtx, device_get_nameunit(self), "pdk filter", MTX_SPIN);
	pdk_task_init(dev, &sc->late, pdk_late, sc);
	sc->hook.ich_func = pdk_interrupts_work;
	sc->hook.ich_arg = sc;
	return (0);
}

static void
pdk_softc_fini(struct pdk_softc *sc)
{
	if (sc->dev->pd_glue_free != NULL)
		sc->dev->pd_glue_free(sc->dev);
	taskqueue_free(sc->tq);
	pdk_maptags_free(sc);
	mtx_destroy(&sc->filter_mtx);
	mtx_destroy(&sc->bh_mtx);
	mtx_destroy(&sc->dev->pd_mtx);
	free(sc->dev, M_PDK);
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
