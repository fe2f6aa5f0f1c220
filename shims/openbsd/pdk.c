/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk.c - the portable driver kit on OpenBSD: autoconf, PCI, interrupts, the worker, timers,
 * DMA, firmware, messages.  For kernels from 2016 (5.9) to 7.8.
 *
 *	context	runs in						entered at
 *	FILTER	interrupt handler, IPL_NET, not IPL_MPSAFE	IPL_NET, kernel lock
 *	BH	the same call					IPL_NET, kernel lock
 *	TIMER	timeout(9), softclock				IPL_NET by the shim
 *	WORKER	a taskq(9) of one thread, not TASKQ_MPSAFE	IPL_NONE, kernel lock
 *	TX	if_start, by way of the network stack		IPL_NET, kernel lock
 *	CONFIG	autoconf(9): attach, detach, activate		IPL_NONE, kernel lock
 *
 * The lock is splnet() under the kernel lock: every context has the kernel lock, so only this
 * processor's own interrupt has to be kept out.  tsleep(9) gives both up and takes them again.
 * A bottom half is still a hard interrupt: it may not sleep, like everywhere, and it cannot be
 * interrupted by the device's filter, which is less than pdk.h promises to tolerate.
 *
 * During autoconfiguration (`cold') there are neither threads nor interrupts: pdk_call() calls
 * in place, and pdk_wait() can only let the time pass.
 *
 * Manual pages: autoconf_attach... config_attach(9), config_mountroot(9), pci_mapreg_map(9),
 * pci_conf_read(9), pci_intr_map(9), bus_space(9), bus_dma(9), mbuf(9), task_add(9), taskq(9),
 * timeout(9), tsleep(9), spl(9), malloc(9), loadfirmware(9), microtime(9).
 */
#include "pdk_unit.h"

#include <sys/proc.h>
#include <sys/vnode.h>

#ifndef BUS_DMA_64BIT			/* came after 2016 */
#define BUS_DMA_64BIT	0
#endif

#define PDK_LINE	256		/* of a message */

/* ---- time ---- */

/* tsleep_nsec(9) is of 6.6; the tick based tsleep(9) is gone from its manual page since. */
int
pdk_tsleep(void *ident, const char *wmesg, unsigned ms)
{
#if OpenBSD >= 201911
	return tsleep_nsec(ident, PZERO, wmesg, ms == 0 ? INFSLP : MSEC_TO_NSEC(ms));
#else
	int ticks = 0;

	if (ms != 0)
		ticks = (int)MIN(((uint64_t)ms * hz + 999) / 1000 + 1, INT_MAX);
	return tsleep(ident, PZERO, wmesg, ticks);
#endif
}

uint64_t
pdk_uptime_ms(void)
{
	struct timeval tv;

	getmicrouptime(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

/* ---- messages ---- */

/*
 * In one call of printf(9), so that other processors' lines do not mix with it.  While the
 * device attaches, autoconf's line "foo0 at pci0 ..." has no end yet.
 */
static void
pdk_line(struct pdk_dev *d, const char *head, const char *fmt, va_list ap)
{
	struct pdk_unit *u = d->pd_unit;
	char text[PDK_LINE];
	size_t len;

	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	if (len != 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	printf("%s%s: %s%s%s\n", u->pu_line_open ? "\n" : "", pdk_name(d), head,
	    *head != '\0' ? " " : "", text);
	u->pu_line_open = 0;
}

void
pdk_printf(struct pdk_dev *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pdk_line(d, "", fmt, ap);
	va_end(ap);
}

void
pdk_info(struct pdk_dev *d, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pdk_line(d, key, fmt, ap);
	va_end(ap);
}

void
pdk_fail(struct pdk_dev *d, int error, const char *fmt, ...)
{
	char head[32];
	va_list ap;

	snprintf(head, sizeof(head), "given up, error %d:", error);
	va_start(ap, fmt);
	pdk_line(d, head, fmt, ap);
	va_end(ap);
}

/* Verbose is boot -c's `verbose'. */
void
pdk_state(struct pdk_dev *d, const char *state)
{
	if (autoconf_verbose)
		pdk_printf(d, "%s", state);
}

/* ---- PCI ---- */

uint32_t
pdk_pci_read(struct pdk_dev *d, int reg)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	if (reg >= pci_conf_size(pa->pa_pc, pa->pa_tag))
		return 0xffffffff;
	return pci_conf_read(pa->pa_pc, pa->pa_tag, reg);
}

void
pdk_pci_write(struct pdk_dev *d, int reg, uint32_t val)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	if (reg < pci_conf_size(pa->pa_pc, pa->pa_tag))
		pci_conf_write(pa->pa_pc, pa->pa_tag, reg, val);
}

uint32_t
pdk_pci_id(struct pdk_dev *d)
{
	return pdk_pci_read(d, PCI_ID_REG);
}

uint32_t
pdk_pci_subsys(struct pdk_dev *d)
{
	return pdk_pci_read(d, PCI_SUBSYS_ID_REG);
}

uint8_t
pdk_pci_revision(struct pdk_dev *d)
{
	return PCI_REVISION(pdk_pci_read(d, PCI_CLASS_REG));
}

/* pci_get_capability() is nonzero when there is one. */
int
pdk_pci_find_cap(struct pdk_dev *d, int cap, int *off)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	return pci_get_capability(pa->pa_pc, pa->pa_tag, cap, off, NULL) ? 0 : ENOENT;
}

/* Set and clear bits of the command register; the status half is cleared by ones. */
static void
pdk_pci_command(struct pdk_dev *d, pcireg_t set, pcireg_t clear)
{
	pcireg_t reg = pdk_pci_read(d, PCI_COMMAND_STATUS_REG) & 0xffff;

	pdk_pci_write(d, PCI_COMMAND_STATUS_REG, (reg & ~clear) | set);
}

/* Is the register the upper half of a 64-bit BAR?  Only those before it tell. */
static int
pdk_bar_is_upper(struct pci_attach_args *pa, int bar)
{
	pcireg_t type;
	int i, upper = 0;

	for (i = 0; i < bar; i++) {
		type = pci_mapreg_type(pa->pa_pc, pa->pa_tag, PCI_MAPREG_START + 4 * i);
		upper = !upper && type == (PCI_MAPREG_TYPE_MEM | PCI_MAPREG_MEM_TYPE_64BIT);
	}
	return upper;
}

int
pdk_pci_map_bar(struct pdk_dev *d, int bar, bus_space_tag_t *tag, bus_space_handle_t *handle,
    bus_size_t *size)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;
	int reg = PCI_MAPREG_START + 4 * bar;
	struct pdk_bar *b;
	pcireg_t type;

	if (bar < 0 || bar >= PDK_NBAR)
		return ENXIO;
	b = &d->pd_unit->pu_bar[bar];
	if (b->b_size != 0)
		return EBUSY;
	if (pdk_bar_is_upper(pa, bar) || !pci_mapreg_probe(pa->pa_pc, pa->pa_tag, reg, &type) ||
	    PCI_MAPREG_TYPE(type) != PCI_MAPREG_TYPE_MEM)
		return ENXIO;
	if (pci_mapreg_map(pa, reg, type, 0, &b->b_tag, &b->b_handle, NULL, &b->b_size, 0) != 0) {
		b->b_size = 0;
		return ENXIO;
	}
	pdk_pci_command(d, PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE, 0);
	*tag = b->b_tag;
	*handle = b->b_handle;
	*size = b->b_size;
	return 0;
}

void
pdk_pci_unmap_bar(struct pdk_dev *d, int bar)
{
	struct pdk_bar *b;

	KASSERT(bar >= 0 && bar < PDK_NBAR);
	b = &d->pd_unit->pu_bar[bar];
	if (b->b_size != 0)
		bus_space_unmap(b->b_tag, b->b_handle, b->b_size);
	b->b_size = 0;
}

/* ---- interrupts ---- */

/*
 * FILTER and BH in one call.  The kernel lock lets one handler run at a time, so does IPL_NET
 * on this processor.
 */
static int
pdk_intr(void *arg)
{
	struct pdk_vec *v = arg;
	int r = PDK_INTR_BH;

	if (v->v_cookie == NULL)	/* between the two lines of connecting or releasing */
		return 0;
	if (v->v_filter != NULL)
		r = v->v_filter(v->v_arg);
	if (r == PDK_INTR_BH && v->v_bh != NULL) {
		v->v_bh(v->v_arg);
		pdk_class_flush(v->v_unit->pu_dev);
	}
	return r != PDK_INTR_STRAY;
}

#ifdef __HAVE_PCI_MSIX
/* Size of the vector table: PCI Local Bus 3.0 6.8.2.3, Message Control. */
static unsigned
pdk_msix_size(struct pdk_dev *d)
{
	int off;

	if (pdk_pci_find_cap(d, PCI_CAP_MSIX, &off) != 0)
		return 0;
	return (pdk_pci_read(d, off) >> 16 & 0x7ff) + 1;
}
#endif

/* The handle of one vector; nonzero: the system has none to give. */
static int
pdk_intr_map(struct pdk_dev *d, unsigned kind, unsigned vec, pci_intr_handle_t *ih)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	switch (kind) {
#ifdef __HAVE_PCI_MSIX
	case PDK_INTR_MSIX:
		return vec >= pdk_msix_size(d) || pci_intr_map_msix(pa, vec, ih) != 0;
#endif
	case PDK_INTR_MSI:
		return vec != 0 || pci_intr_map_msi(pa, ih) != 0;
	case PDK_INTR_INTX:
		return vec != 0 || pci_intr_map(pa, ih) != 0;
	default:
		return 1;
	}
}

/* MSI means one vector: more than that need a block of them, which few machines give. */
int
pdk_intr_alloc(struct pdk_dev *d, unsigned kinds, unsigned *nvec)
{
	static const unsigned order[] = { PDK_INTR_MSIX, PDK_INTR_MSI, PDK_INTR_INTX };
	struct pdk_unit *u = d->pd_unit;
	pci_intr_handle_t ih;
	unsigned i, n;

	if ((kinds & PDK_INTR_ANY) == 0 || *nvec == 0)
		return EINVAL;
	if (u->pu_kind != 0)
		return EBUSY;
	for (i = 0; i < nitems(order); i++) {
		if ((kinds & order[i]) == 0)
			continue;
		for (n = 0; n < MIN(*nvec, PDK_NVEC); n++)
			if (pdk_intr_map(d, order[i], n, &ih) != 0)
				break;
		if (n == 0)
			continue;
		u->pu_kind = order[i];
		u->pu_nvec = *nvec = n;
		return 0;
	}
	return ENOSPC;
}

unsigned
pdk_intr_kind(struct pdk_dev *d)
{
	return d->pd_unit->pu_kind;
}

int
pdk_intr_establish(struct pdk_dev *d, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	struct pdk_unit *u = d->pd_unit;
	struct pdk_vec *v;
	pci_intr_handle_t ih;

	if (vec >= u->pu_nvec || (filter == NULL && bh == NULL))
		return EINVAL;
	v = &u->pu_vec[vec];
	if (v->v_cookie != NULL)
		return EBUSY;
	if (pdk_intr_map(d, u->pu_kind, vec, &ih) != 0)
		return ENOSPC;
	v->v_unit = u;
	v->v_filter = filter;
	v->v_bh = bh;
	v->v_arg = arg;
	if (u->pu_nvec == 1)
		strlcpy(v->v_name, pdk_name(d), sizeof(v->v_name));
	else
		snprintf(v->v_name, sizeof(v->v_name), "%s:%u", pdk_name(d), vec);
	if (u->pu_kind == PDK_INTR_INTX)
		pdk_pci_command(d, 0, PCI_COMMAND_INTERRUPT_DISABLE);
	v->v_cookie = pci_intr_establish(u->pu_pa.pa_pc, ih, IPL_NET, pdk_intr, v, v->v_name);
	return v->v_cookie == NULL ? ENOSPC : 0;
}

/*
 * A handler that waits for the kernel lock on another processor would come after this; its
 * vector has no cookie then.  intr_barrier(9), where there is one, waits for it before the
 * kernel's own entry is freed.
 */
void
pdk_intr_disestablish(struct pdk_dev *d)
{
	struct pdk_unit *u = d->pd_unit;
	struct pdk_vec *v;
	void *cookie;
	unsigned i;

	for (i = 0; i < u->pu_nvec; i++) {
		v = &u->pu_vec[i];
		cookie = v->v_cookie;
		v->v_cookie = NULL;
		if (cookie == NULL)
			continue;
#if OpenBSD >= 201605
		if (!cold)
			intr_barrier(cookie);
#endif
		pci_intr_disestablish(u->pu_pa.pa_pc, cookie);
	}
	u->pu_kind = u->pu_nvec = 0;
}

/* ---- waiting ---- */

/*
 * The lock's state belongs to whoever runs meanwhile.  No wakeup is lost: nobody else has the
 * kernel lock until this thread is on the sleep queue.
 */
int
pdk_wait(struct pdk_dev *d, struct pdk_wchan *wc, unsigned ms)
{
	int error, ipl = d->pd_ipl;

	pdk_assert_locked(d);
	d->pd_locked = 0;
	if (cold) {
		for (; ms != 0; ms--)
			DELAY(1000);
		error = EWOULDBLOCK;
	} else
		error = pdk_tsleep(wc, "pdkwait", MAX(ms, 1));
	KASSERT(!d->pd_locked);
	d->pd_locked = 1;
	d->pd_ipl = ipl;
	return error == EWOULDBLOCK ? ETIMEDOUT : 0;
}

/* ---- timers ---- */

/*
 * softclock calls with the kernel lock.  If the timer was stopped while it waited for that, it
 * is not armed any more; if it was armed again, this call is early.
 */
static void
pdk_timer_run(void *arg)
{
	struct pdk_timer *t = arg;

	pdk_lock(t->tm_dev);
	if (t->tm_armed && !timeout_pending(&t->tm_to)) {
		t->tm_armed = 0;
		t->tm_fn(t->tm_arg);
	}
	pdk_unlock(t->tm_dev);
}

void
pdk_timer_init(struct pdk_dev *d, struct pdk_timer *t, void (*fn)(void *), void *arg)
{
	t->tm_dev = d;
	t->tm_fn = fn;
	t->tm_arg = arg;
	t->tm_armed = 0;
	timeout_set(&t->tm_to, pdk_timer_run, t);
}

/* timeout_add(9) counts ticks, of which the first is already under way: one more. */
void
pdk_timer_arm(struct pdk_timer *t, unsigned ms)
{
	pdk_assert_locked(t->tm_dev);
	t->tm_armed = 1;
	timeout_add(&t->tm_to, (int)MIN(((uint64_t)ms * hz + 999) / 1000 + 1, INT_MAX));
}

void
pdk_timer_stop(struct pdk_timer *t)
{
	pdk_assert_locked(t->tm_dev);
	t->tm_armed = 0;
	timeout_del(&t->tm_to);
}

/*
 * Before 6.7 there is no barrier, and no need for one: softclock takes the kernel lock before
 * it takes a timeout from the queue, so with the kernel lock none is on its way.
 */
void
pdk_timer_drain(struct pdk_timer *t)
{
	pdk_assert_unlocked(t->tm_dev);
	t->tm_armed = 0;
#if OpenBSD >= 202005
	if (!cold) {
		timeout_del_barrier(&t->tm_to);
		return;
	}
#endif
	timeout_del(&t->tm_to);
}

/* ---- tasks ---- */

/* WORKER.  The task may be gone when its function returns. */
static void
pdk_task_run(void *arg)
{
	struct pdk_task *t = arg;
	struct pdk_dev *d = t->tk_dev;

	d->pd_unit->pu_worker_proc = curproc;
	t->tk_fn(t->tk_arg);
	pdk_assert_unlocked(d);
	pdk_class_flush(d);
}

void
pdk_task_init(struct pdk_dev *d, struct pdk_task *t, void (*fn)(void *), void *arg)
{
	t->tk_dev = d;
	t->tk_fn = fn;
	t->tk_arg = arg;
	task_set(&t->tk_task, pdk_task_run, t);
}

/* task_add(9) leaves a queued task where it is, and queues a running one again. */
void
pdk_task_post(struct pdk_task *t)
{
	pdk_assert_locked(t->tk_dev);
	task_add(t->tk_dev->pd_unit->pu_worker, &t->tk_task);
}

void
pdk_task_cancel(struct pdk_task *t)
{
	pdk_assert_locked(t->tk_dev);
	task_del(t->tk_dev->pd_unit->pu_worker, &t->tk_task);
}

struct pdk_callarg {
	struct pdk_task	 task;
	int		(*fn)(void *);
	void		*arg;
	int		 error, done;
};

static void
pdk_call_run(void *arg)
{
	struct pdk_callarg *c = arg;

	c->error = c->fn(c->arg);
	c->done = 1;
	wakeup(c);
}

int
pdk_call(struct pdk_dev *d, int (*fn)(void *), void *arg)
{
	struct pdk_unit *u = d->pd_unit;
	struct pdk_callarg c;

	pdk_assert_unlocked(d);
	if (cold || (u->pu_worker_proc != NULL && u->pu_worker_proc == curproc))
		return fn(arg);
	memset(&c, 0, sizeof(c));
	c.fn = fn;
	c.arg = arg;
	pdk_task_init(d, &c.task, pdk_call_run, &c);
	pdk_lock(d);
	pdk_task_post(&c.task);
	pdk_unlock(d);
	while (!c.done)
		pdk_tsleep(&c, "pdkcall", 0);
	return c.error;
}

static int
pdk_nothing(void *arg __unused)
{
	return 0;
}

/* First in, first out: when this one has run, so have all that were posted before it. */
void
pdk_worker_drain(struct pdk_dev *d)
{
	(void)pdk_call(d, pdk_nothing, NULL);
}

/* ---- memory, firmware ---- */

void *
pdk_zalloc(size_t size, int how)
{
	return malloc(size, M_DEVBUF, M_ZERO | (how == PDK_WAITOK ? M_WAITOK : M_NOWAIT));
}

void
pdk_free(void *p, size_t size)
{
	if (p != NULL)
		free(p, M_DEVBUF, size);
}

/*
 * Linux's names to those of OpenBSD's firmware packages, which begin with the driver's:
 * "iwlwifi-7260-17.ucode" is iwm-7260-17.
 */
static void
pdk_firmware_name(struct pdk_dev *d, const char *name, char *buf, size_t size)
{
	static const char prefix[] = "iwlwifi-", suffix[] = ".ucode";
	size_t len;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0) {
		strlcpy(buf, name, size);
		return;
	}
	snprintf(buf, size, "%s-%s", d->pd_unit->pu_drv->name, name + sizeof(prefix) - 1);
	len = strlen(buf);
	if (len > sizeof(suffix) - 1 &&
	    strcmp(buf + len - (sizeof(suffix) - 1), suffix) == 0)
		buf[len - (sizeof(suffix) - 1)] = '\0';
}

/* What loadfirmware(9) gives is a copy already.  A file of Linux's name serves as well. */
int
pdk_firmware_get(struct pdk_dev *d, const char *name, const void **data, size_t *size)
{
	char file[64];
	u_char *buf;
	int error;

	pdk_firmware_name(d, name, file, sizeof(file));
	error = loadfirmware(file, &buf, size);
	if (error != 0 && strcmp(file, name) != 0)
		error = loadfirmware(name, &buf, size);
	if (error != 0) {
		pdk_printf(d, "cannot read firmware %s (fw_update(8) installs it), error %d", file,
		    error);
		return error == ENOENT ? ENOENT : EIO;
	}
	*data = buf;
	return 0;
}

void
pdk_firmware_put(struct pdk_dev *d __unused, const void *data, size_t size)
{
	if (data != NULL)
		free((void *)(uintptr_t)data, M_DEVBUF, size);
}

/* ---- DMA memory ---- */

static unsigned
pdk_dma_bits(struct pdk_dev *d)
{
	uint8_t bits = d->pd_unit->pu_drv->dma_bits;

	return bits == 0 ? 32 : bits;
}

/* The highest address that the device has. */
static bus_addr_t
pdk_dma_high(struct pdk_dev *d)
{
	unsigned bits = pdk_dma_bits(d);

	return bits >= 8 * sizeof(bus_addr_t) ? (bus_addr_t)-1 : ((bus_addr_t)1 << bits) - 1;
}

/*
 * Without BUS_DMA_64BIT the system keeps to the lowest 4 GB.  The flag says "anywhere", so it is
 * for devices that mean that; those between, of 36 bits say, do with 4 GB.
 */
static int
pdk_dma_flags(struct pdk_dev *d)
{
	return pdk_dma_bits(d) >= 64 ? BUS_DMA_64BIT : 0;
}

/* A segment within the device's reach; where there is no allocator with a range, see what comes. */
static int
pdk_dma_segment(struct pdk_dev *d, struct pdk_dma *m, bus_size_t size, bus_size_t align)
{
	bus_dma_tag_t t = d->pd_unit->pu_pa.pa_dmat;
	bus_size_t boundary = d->pd_unit->pu_drv->dma_boundary;
	int flags = BUS_DMA_WAITOK | pdk_dma_flags(d), n;

#ifdef bus_dmamem_alloc_range
	if (pdk_dma_bits(d) < 32)
		return bus_dmamem_alloc_range(t, size, align, boundary, &m->d_seg, 1, &n, flags,
		    (bus_addr_t)0, pdk_dma_high(d));
#endif
	return bus_dmamem_alloc(t, size, align, boundary, &m->d_seg, 1, &n, flags);
}

static int
pdk_dma_load(struct pdk_dev *d, struct pdk_dma *m, bus_size_t size)
{
	bus_dma_tag_t t = d->pd_unit->pu_pa.pa_dmat;
	int error;

	error = bus_dmamap_create(t, size, 1, size, d->pd_unit->pu_drv->dma_boundary,
	    BUS_DMA_WAITOK | BUS_DMA_ALLOCNOW | pdk_dma_flags(d), &m->d_map);
	if (error != 0)
		return error;
	error = bus_dmamap_load(t, m->d_map, m->va, size, NULL, BUS_DMA_WAITOK);
	if (error == 0 && m->d_map->dm_segs[0].ds_addr + size - 1 > pdk_dma_high(d)) {
		bus_dmamap_unload(t, m->d_map);
		error = ENOMEM;
	}
	if (error != 0)
		bus_dmamap_destroy(t, m->d_map);
	return error;
}

int
pdk_dma_alloc(struct pdk_dev *d, struct pdk_dma *m, bus_size_t size, bus_size_t align)
{
	bus_dma_tag_t t = d->pd_unit->pu_pa.pa_dmat;
	bus_size_t boundary = d->pd_unit->pu_drv->dma_boundary;
	caddr_t va;

	if (size == 0 || align == 0 || !powerof2(align) || (boundary != 0 && size > boundary) ||
	    size - 1 > pdk_dma_high(d))
		return EINVAL;
	if (pdk_dma_segment(d, m, size, align) != 0)
		return ENOMEM;
	if (bus_dmamem_map(t, &m->d_seg, 1, size, &va, BUS_DMA_WAITOK | BUS_DMA_COHERENT) != 0) {
		bus_dmamem_free(t, &m->d_seg, 1);
		return ENOMEM;
	}
	m->va = va;
	if (pdk_dma_load(d, m, size) != 0) {
		bus_dmamem_unmap(t, va, size);
		bus_dmamem_free(t, &m->d_seg, 1);
		m->va = NULL;
		return ENOMEM;
	}
	memset(va, 0, size);
	m->pa = m->d_map->dm_segs[0].ds_addr;
	m->size = size;
	m->d_dev = d;
	return 0;
}

void
pdk_dma_free(struct pdk_dma *m)
{
	bus_dma_tag_t t;

	if (m->d_dev == NULL)
		return;
	t = m->d_dev->pd_unit->pu_pa.pa_dmat;
	bus_dmamap_unload(t, m->d_map);
	bus_dmamap_destroy(t, m->d_map);
	bus_dmamem_unmap(t, m->va, m->size);
	bus_dmamem_free(t, &m->d_seg, 1);
	memset(m, 0, sizeof(*m));
}

void
pdk_dma_sync(struct pdk_dma *m, bus_size_t off, bus_size_t len, int op)
{
	KASSERT(off <= m->size && len <= m->size - off);
	bus_dmamap_sync(m->d_dev->pd_unit->pu_pa.pa_dmat, m->d_map, off, len, op);
}

/* ---- maps ---- */

/* Nothing in the system keeps mbufs below 4 GB for the sake of one device: copy. */
static int
pdk_map_bounces(const struct pdk_dmamap *m)
{
	return m->dm_bounce.d_dev != NULL;
}

int
pdk_map_create(struct pdk_dev *d, struct pdk_dmamap *m, bus_size_t maxsize, int maxsegs)
{
	int error;

	if (maxsize == 0 || maxsegs <= 0)
		return EINVAL;
	if (pdk_dma_bits(d) < 32)
		error = pdk_dma_alloc(d, &m->dm_bounce, maxsize, 1);
	else
		error = bus_dmamap_create(d->pd_unit->pu_pa.pa_dmat, maxsize, maxsegs, maxsize,
		    d->pd_unit->pu_drv->dma_boundary,
		    BUS_DMA_WAITOK | BUS_DMA_ALLOCNOW | pdk_dma_flags(d), &m->dm_map);
	if (error != 0)
		return error == EINVAL ? EINVAL : ENOMEM;
	m->dm_dev = d;
	m->dm_mbuf = NULL;
	m->dm_max = maxsize;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *m)
{
	if (m->dm_dev == NULL)
		return;
	KASSERT(m->dm_mbuf == NULL);
	if (pdk_map_bounces(m))
		pdk_dma_free(&m->dm_bounce);
	else
		bus_dmamap_destroy(m->dm_dev->pd_unit->pu_pa.pa_dmat, m->dm_map);
	memset(m, 0, sizeof(*m));
}

/* m_defrag(9) works in place here: *mp stays, also when it fails. */
static int
pdk_map_load(struct pdk_dmamap *m, struct mbuf *mb, int write)
{
	bus_dma_tag_t t = m->dm_dev->pd_unit->pu_pa.pa_dmat;
	int flags = BUS_DMA_NOWAIT | (write ? BUS_DMA_WRITE : BUS_DMA_READ), error;

	error = bus_dmamap_load_mbuf(t, m->dm_map, mb, flags);
	if (error != EFBIG)
		return error;
	if (m_defrag(mb, M_DONTWAIT) != 0)
		return ENOMEM;
	return bus_dmamap_load_mbuf(t, m->dm_map, mb, flags);
}

int
pdk_map_load_mbuf(struct pdk_dmamap *m, struct mbuf **mp, int write)
{
	struct mbuf *mb = *mp;
	int error = 0;

	if (m->dm_mbuf != NULL)
		return EBUSY;
	if ((bus_size_t)mb->m_pkthdr.len > m->dm_max)
		return EFBIG;
	if (!pdk_map_bounces(m))
		error = pdk_map_load(m, mb, write);
	if (error != 0)
		return error == EFBIG ? EFBIG : ENOMEM;
	m->dm_mbuf = mb;
	m->dm_len = mb->m_pkthdr.len;
	return 0;
}

void
pdk_map_unload(struct pdk_dmamap *m)
{
	if (m->dm_mbuf == NULL)
		return;
	if (!pdk_map_bounces(m))
		bus_dmamap_unload(m->dm_dev->pd_unit->pu_pa.pa_dmat, m->dm_map);
	m->dm_mbuf = NULL;
	m->dm_len = 0;
}

static void
pdk_copy_back(struct mbuf *mb, const char *from)
{
	for (; mb != NULL; from += mb->m_len, mb = mb->m_next)
		memcpy(mtod(mb, void *), from, mb->m_len);
}

/* The copies are made where bus_dma(9) would make them. */
void
pdk_map_sync(struct pdk_dmamap *m, int op)
{
	if (m->dm_mbuf == NULL)
		return;
	if (!pdk_map_bounces(m)) {
		bus_dmamap_sync(m->dm_dev->pd_unit->pu_pa.pa_dmat, m->dm_map, 0, m->dm_len, op);
		return;
	}
	if (op & BUS_DMASYNC_PREWRITE)
		m_copydata(m->dm_mbuf, 0, (int)m->dm_len, m->dm_bounce.va);
	pdk_dma_sync(&m->dm_bounce, 0, m->dm_len, op);
	if (op & BUS_DMASYNC_POSTREAD)
		pdk_copy_back(m->dm_mbuf, m->dm_bounce.va);
}

int
pdk_map_nsegs(const struct pdk_dmamap *m)
{
	return pdk_map_bounces(m) ? 1 : m->dm_map->dm_nsegs;
}

bus_addr_t
pdk_map_addr(const struct pdk_dmamap *m, int seg)
{
	return pdk_map_bounces(m) ? m->dm_bounce.pa : m->dm_map->dm_segs[seg].ds_addr;
}

bus_size_t
pdk_map_len(const struct pdk_dmamap *m, int seg)
{
	return pdk_map_bounces(m) ? m->dm_len : m->dm_map->dm_segs[seg].ds_len;
}

/* MCLGETL(9) was MCLGETI with an interface until 6.8. */
struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	struct mbuf *m;

	if (size == 0 || size > MAXMCLBYTES)
		return NULL;
#ifdef MCLGETL
	m = MCLGETL(NULL, M_DONTWAIT, (u_int)size);
#else
	m = MCLGETI(NULL, M_DONTWAIT, NULL, (u_int)size);
#endif
	if (m != NULL)
		m->m_len = m->m_pkthdr.len = (int)size;
	return m;
}

/* ---- autoconf ---- */

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

/* ---- suspend, resume, detach ---- */

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
