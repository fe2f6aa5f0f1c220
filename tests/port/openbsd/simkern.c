/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simkern.c - see simkern.h.
 */
#include <stdio.h>
#include <stdlib.h>

static void *
take(size_t n)
{
	return calloc(1, n);
}

static void
give(void *p)
{
	free(p);
}

static void
leave_it(const char *text)
{
	fputs(text, stdout);
	exit(1);
}

#include "simkern.h"

int k_live, cold, hz = 100, autoconf_verbose, k_ipl;
char k_console[8192];
void (*k_event)(void);
unsigned k_msix, k_msi, k_intx;
uint32_t k_conf[64];
const char *k_file;
const char *const k_files[2] = { "toy-7260-17", "iwlwifi-7260-17.ucode" };
bus_addr_t k_next_pa = 0x40000000;

static char main_thread, worker_thread;
struct proc *curproc = (struct proc *)&main_thread;
static uint64_t now;			/* us */
static void *asleep, *woken;

void
k_panic(const char *what, const char *file, int line)
{
	char text[256];

	snprintf(text, sizeof(text), "Bail out! panic: %s at %s:%d\n", what, file, line);
	leave_it(text);
	__builtin_unreachable();
}

/* ---- messages, memory ---- */

int
k_printf(const char *fmt, ...)
{
	size_t len = strlen(k_console);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(k_console + len, sizeof(k_console) - len, fmt, ap);
	va_end(ap);
	return 0;
}

size_t
k_strlcpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
	return strlen(from);
}

/* The size is remembered: free(9) has to be told the same. */
void *
k_malloc(size_t n, int flags)
{
	size_t *p;

	KASSERT((flags & M_WAITOK) == 0 || k_ipl < IPL_NET);
	p = take(n + 16);
	*p = n;
	k_live++;
	return p + 2;
}

void
k_free(void *p, size_t n)
{
	size_t *q = p;

	if (p == NULL)
		return;
	KASSERT(q[-2] == n);
	k_live--;
	give(q - 2);
}

int
loadfirmware(const char *name, u_char **buf, size_t *size)
{
	if (k_file == NULL || strcmp(name, k_file) != 0)
		return ENOENT;
	*buf = k_malloc(5, M_WAITOK);
	memcpy(*buf, "hello", 5);
	*size = 5;
	return 0;
}

/* ---- priority levels, sleeping, tasks ---- */

int
splnet(void)
{
	int s = k_ipl;

	k_ipl = MAX(k_ipl, IPL_NET);
	return s;
}

void
splx(int s)
{
	k_ipl = s;
}

TAILQ_HEAD(tasklist, task);
struct taskq {
	struct tasklist	list;
};
static struct taskq *the_queue;

struct taskq *
taskq_create(const char *name __unused, unsigned n, int ipl, unsigned flags)
{
	KASSERT(n == 1 && ipl == IPL_NET && flags == 0);
	the_queue = k_malloc(sizeof(*the_queue), M_WAITOK);
	TAILQ_INIT(&the_queue->list);
	return the_queue;
}

void
taskq_destroy(struct taskq *q)
{
	KASSERT(TAILQ_EMPTY(&q->list));
	k_free(q, sizeof(*q));
	the_queue = NULL;
}

void
task_set(struct task *t, void (*fn)(void *), void *arg)
{
	memset(t, 0, sizeof(*t));
	t->t_func = fn;
	t->t_arg = arg;
}

int
task_add(struct taskq *q, struct task *t)
{
	if (t->t_queued)
		return 0;
	t->t_queued = 1;
	TAILQ_INSERT_TAIL(&q->list, t, t_entry);
	return 1;
}

int
task_del(struct taskq *q, struct task *t)
{
	if (!t->t_queued)
		return 0;
	t->t_queued = 0;
	TAILQ_REMOVE(&q->list, t, t_entry);
	return 1;
}

/* One task of the queue, as the thread of the worker. */
static int
work(void)
{
	struct task *t = the_queue == NULL ? NULL : TAILQ_FIRST(&the_queue->list), copy;
	int ipl = k_ipl;

	if (t == NULL)
		return 0;
	task_del(the_queue, t);
	copy = *t;
	curproc = (struct proc *)&worker_thread;
	k_ipl = 0;
	copy.t_func(copy.t_arg);
	KASSERT(k_ipl == 0);
	k_ipl = ipl;
	curproc = (struct proc *)&main_thread;
	return 1;
}

int
tsleep_nsec(void *ident, int prio __unused, const char *wmesg __unused, uint64_t ns)
{
	void *outer = asleep;
	int ipl = k_ipl, woke;

	KASSERT(!cold && ns != 0);
	asleep = ident;
	woken = NULL;
	k_ipl = 0;
	if (curproc == (struct proc *)&main_thread) {
		while (woken != ident && work())
			continue;
	} else if (k_event != NULL)
		k_event();
	woke = woken == ident;
	woken = NULL;
	asleep = outer;
	k_ipl = ipl;
	if (woke)
		return 0;
	KASSERT(ns != INFSLP);			/* nobody would ever wake it */
	k_clock((unsigned)(ns / 1000000));
	return EWOULDBLOCK;
}

void
wakeup(void *ident)
{
	if (asleep == ident)
		woken = ident;
}

/* ---- time ---- */

static TAILQ_HEAD(, timeout) timeouts = TAILQ_HEAD_INITIALIZER(timeouts);

void
k_delay(unsigned us)
{
	now += us;
}

void
getmicrouptime(struct timeval *tv)
{
	tv->tv_sec = (time_t)(now / 1000000);
	tv->tv_usec = (suseconds_t)(now % 1000000);
}

void
timeout_set(struct timeout *t, void (*fn)(void *), void *arg)
{
	memset(t, 0, sizeof(*t));
	t->to_func = fn;
	t->to_arg = arg;
}

int
timeout_add(struct timeout *t, int ticks)
{
	timeout_del(t);
	t->to_time = now / 10000 + (unsigned)ticks;
	t->to_pending = 1;
	TAILQ_INSERT_TAIL(&timeouts, t, to_entry);
	return 1;
}

int
timeout_del(struct timeout *t)
{
	if (!t->to_pending)
		return 0;
	t->to_pending = 0;
	TAILQ_REMOVE(&timeouts, t, to_entry);
	return 1;
}

int
timeout_del_barrier(struct timeout *t)
{
	return timeout_del(t);
}

void
k_clock(unsigned ms)
{
	uint64_t end = now + (uint64_t)ms * 1000;
	struct timeout *t;

	do {
		now = MIN(now + 10000, end);
		TAILQ_FOREACH(t, &timeouts, to_entry)
			if (t->to_time <= now / 10000)
				break;
		if (t != NULL) {
			timeout_del(t);
			t->to_func(t->to_arg);
		}
	} while (now < end || t != NULL);
}

/* ---- mbufs ---- */

struct mbuf *
k_mbuf(size_t n)
{
	struct mbuf *m = take(sizeof(*m) + n);

	m->m_size = n;
	m->m_data = m->m_buf;
	m->m_flags = M_PKTHDR;
	k_live++;
	return m;
}

void
m_freem(struct mbuf *m)
{
	struct mbuf *n;

	for (; m != NULL; m = n) {
		n = m->m_next;
		k_live--;
		give(m);
	}
}

void
m_copydata(struct mbuf *m, int off, int len, void *to)
{
	int n;

	for (; len > 0; m = m->m_next, off = 0) {
		for (; off >= m->m_len; m = m->m_next)
			off -= m->m_len;
		n = MIN(len, m->m_len - off);
		memcpy(to, m->m_data + off, (size_t)n);
		to = (char *)to + n;
		len -= n;
	}
}

/* Frames of the tests begin with an mbuf that is long enough. */
struct mbuf *
m_pullup(struct mbuf *m, int len)
{
	KASSERT(m->m_len >= len);
	return m;
}

/* Of one mbuf. */
void
m_adj(struct mbuf *m, int len)
{
	KASSERT(m->m_next == NULL && abs(len) <= m->m_len);
	if (len > 0)
		m->m_data += len;
	m->m_len -= abs(len);
	m->m_pkthdr.len -= abs(len);
}

/* In place: the first mbuf stays the first. */
int
m_defrag(struct mbuf *m, int how __unused)
{
	size_t len = (size_t)m->m_pkthdr.len;
	char *all;

	if (len > m->m_size)
		return ENOBUFS;
	all = take(len);
	m_copydata(m, 0, (int)len, all);
	m_freem(m->m_next);
	m->m_next = NULL;
	m->m_data = m->m_buf;
	m->m_len = (int)len;
	memcpy(m->m_data, all, len);
	give(all);
	return 0;
}

/* ---- bus_dma ---- */

int
bus_dmamap_create(bus_dma_tag_t t __unused, bus_size_t size, int nsegs, bus_size_t segsz __unused,
    bus_size_t boundary __unused, int flags __unused, bus_dmamap_t *mp)
{
	bus_dmamap_t m = k_malloc(sizeof(*m), M_WAITOK);

	KASSERT(nsegs <= (int)nitems(m->dm_segs));
	m->k_max = size;
	m->k_maxsegs = nsegs;
	*mp = m;
	return 0;
}

void
bus_dmamap_destroy(bus_dma_tag_t t __unused, bus_dmamap_t m)
{
	KASSERT(m->dm_nsegs == 0);
	k_free(m, sizeof(*m));
}

/* The memory itself is at a place that no test looks at: its address is in the segment. */
static bus_dma_segment_t *last_segment;

int
bus_dmamap_load(bus_dma_tag_t t __unused, bus_dmamap_t m, void *va __unused, bus_size_t len,
    void *p __unused, int flags __unused)
{
	KASSERT(m->dm_nsegs == 0 && len <= m->k_max);
	m->dm_segs[0].ds_addr = last_segment->ds_addr;
	m->dm_segs[0].ds_len = len;
	m->dm_nsegs = 1;
	return 0;
}

int
bus_dmamap_load_mbuf(bus_dma_tag_t t __unused, bus_dmamap_t m, struct mbuf *mb,
    int flags __unused)
{
	int n = 0;

	KASSERT(m->dm_nsegs == 0 && (bus_size_t)mb->m_pkthdr.len <= m->k_max);
	for (; mb != NULL; mb = mb->m_next) {
		if (n == m->k_maxsegs)
			return EFBIG;
		m->dm_segs[n].ds_addr = (uintptr_t)mb->m_data;
		m->dm_segs[n++].ds_len = (bus_size_t)mb->m_len;
	}
	m->dm_nsegs = n;
	return 0;
}

void
bus_dmamap_unload(bus_dma_tag_t t __unused, bus_dmamap_t m)
{
	KASSERT(m->dm_nsegs != 0);
	m->dm_nsegs = 0;
}

void
bus_dmamap_sync(bus_dma_tag_t t __unused, bus_dmamap_t m, bus_addr_t off, bus_size_t len,
    int op __unused)
{
	bus_size_t all = 0;
	int i;

	for (i = 0; i < m->dm_nsegs; i++)
		all += m->dm_segs[i].ds_len;
	KASSERT(off + len <= all);
}

int
k_dmamem(bus_dma_tag_t t __unused, bus_size_t size, bus_size_t align, bus_size_t bound __unused,
    bus_dma_segment_t *seg, int n, int *rn, int flags __unused, bus_addr_t low, bus_addr_t high)
{
	bus_addr_t pa = (low + 0xfff + align) & ~(align - 1);

	KASSERT(n == 1);
	if (pa + size - 1 > high)
		return ENOMEM;
	seg->ds_addr = pa;
	seg->ds_len = size;
	*rn = 1;
	last_segment = seg;
	k_live++;
	return 0;
}

int
bus_dmamem_alloc(bus_dma_tag_t t, bus_size_t size, bus_size_t align, bus_size_t bound,
    bus_dma_segment_t *seg, int n, int *rn, int flags)
{
	return k_dmamem(t, size, align, bound, seg, n, rn, flags, k_next_pa, (bus_addr_t)-1);
}

void
bus_dmamem_free(bus_dma_tag_t t __unused, bus_dma_segment_t *seg __unused, int n __unused)
{
	k_live--;
}

/* Where the process has what the device finds at an address. */
static struct { bus_addr_t pa; bus_size_t size; caddr_t va; } memory[16];

int
bus_dmamem_map(bus_dma_tag_t t __unused, bus_dma_segment_t *seg, int n __unused, size_t size,
    caddr_t *va, int flags __unused)
{
	unsigned i;

	for (i = 0; memory[i].va != NULL; i++)
		KASSERT(i + 1 < nitems(memory));
	*va = take(size);
	memset(*va, 0x5a, size);		/* memory is not born zeroed */
	memory[i].pa = seg->ds_addr;
	memory[i].size = size;
	memory[i].va = *va;
	k_live++;
	return 0;
}

void
bus_dmamem_unmap(bus_dma_tag_t t __unused, caddr_t va, size_t size __unused)
{
	unsigned i;

	for (i = 0; memory[i].va != va; i++)
		KASSERT(i + 1 < nitems(memory));
	memory[i].va = NULL;
	k_live--;
	give(va);
}

/* mbufs are where the process has them. */
void *
k_device_memory(uint64_t pa)
{
	unsigned i;

	for (i = 0; i < nitems(memory); i++)
		if (memory[i].va != NULL && pa - memory[i].pa < memory[i].size)
			return memory[i].va + (pa - memory[i].pa);
	return pa >> 32 == 0 ? NULL : (void *)(uintptr_t)pa;
}

void
bus_space_unmap(bus_space_tag_t t __unused, bus_space_handle_t h __unused,
    bus_size_t size __unused)
{
	k_live--;
}

/* ---- PCI ---- */

int
pci_conf_size(pci_chipset_tag_t pc __unused, pcitag_t tag __unused)
{
	return sizeof(k_conf);
}

pcireg_t
pci_conf_read(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg)
{
	KASSERT(reg >= 0 && reg % 4 == 0 && reg < (int)sizeof(k_conf));
	return k_conf[reg / 4];
}

void
pci_conf_write(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg, pcireg_t val)
{
	KASSERT(reg >= 0 && reg % 4 == 0 && reg < (int)sizeof(k_conf));
	k_conf[reg / 4] = val;
}

/* MSI-X at 0x40, with as many vectors as there are. */
int
pci_get_capability(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int cap, int *off,
    pcireg_t *val __unused)
{
	if (cap != PCI_CAP_MSIX || k_msix == 0)
		return 0;
	*off = 0x40;
	k_conf[0x10] = PCI_CAP_MSIX | (k_msix - 1) << 16;
	return 1;
}

/* BAR 0 is of 64 bits, BAR 2 of 32, BAR 3 in I/O space. */
pcireg_t
pci_mapreg_type(pci_chipset_tag_t pc __unused, pcitag_t tag __unused, int reg)
{
	return reg == 0x10 ? PCI_MAPREG_MEM_TYPE_64BIT : reg == 0x1c ? 1 : 0;
}

int
pci_mapreg_probe(pci_chipset_tag_t pc, pcitag_t tag, int reg, pcireg_t *type)
{
	*type = pci_mapreg_type(pc, tag, reg);
	return reg == 0x10 || reg == 0x18 || reg == 0x1c;
}

int
pci_mapreg_map(struct pci_attach_args *pa __unused, int reg, pcireg_t type __unused,
    int flags __unused, bus_space_tag_t *t, bus_space_handle_t *h, bus_addr_t *base __unused,
    bus_size_t *size, bus_size_t maxsize __unused)
{
	*t = 1;
	*h = reg;
	*size = 0x1000;
	k_live++;
	return 0;
}

struct handler {
	int	(*fn)(void *);
	void	*arg;
	int	 used, barrier;
};
static struct handler handlers[16];

int
pci_intr_map_msix(struct pci_attach_args *pa __unused, int vec, pci_intr_handle_t *ih)
{
	*ih = vec;
	return (unsigned)vec >= k_msix;
}

int
pci_intr_map_msi(struct pci_attach_args *pa __unused, pci_intr_handle_t *ih)
{
	*ih = 0;
	return k_msi == 0;
}

int
pci_intr_map(struct pci_attach_args *pa __unused, pci_intr_handle_t *ih)
{
	*ih = 0;
	return k_intx == 0;
}

void *
pci_intr_establish(pci_chipset_tag_t pc __unused, pci_intr_handle_t ih, int ipl,
    int (*fn)(void *), void *arg, const char *name)
{
	struct handler *h = &handlers[ih];

	KASSERT(ipl == IPL_NET && !h->used && *name != '\0');
	*h = (struct handler){ fn, arg, 1, 0 };
	k_live++;
	return h;
}

void
intr_barrier(void *cookie)
{
	((struct handler *)cookie)->barrier = 1;
}

void
pci_intr_disestablish(pci_chipset_tag_t pc __unused, void *cookie)
{
	struct handler *h = cookie;

	KASSERT(h->used && (cold || h->barrier));	/* nobody may be on the way to it */
	h->used = 0;
	k_live--;
}

void
k_interrupt(unsigned vec)
{
	int ipl = k_ipl;

	KASSERT(ipl < IPL_NET);
	k_ipl = IPL_NET;
	if (handlers[vec].used)
		handlers[vec].fn(handlers[vec].arg);
	KASSERT(k_ipl == IPL_NET);
	k_ipl = ipl;
}

/* ---- autoconf ---- */

static struct device *waits;
static void (*waits_fn)(struct device *);

void
config_mountroot(struct device *dev, void (*fn)(struct device *))
{
	waits = dev;
	waits_fn = fn;
}

void
k_mount_root(void)
{
	cold = 0;
	waits_fn(waits);
}

/* ---- the device ---- */

extern const struct cfattach toy_ca;		/* PDK_PCI_DRIVER() */
static struct device *unit;
static const uint32_t unit_id = 0x1234 | 0x11e8u << 16;

bool
k_match(uint16_t vendor, uint16_t product)
{
	struct pci_attach_args pa = { .pa_id = vendor | (uint32_t)product << 16 };

	return toy_ca.ca_match(NULL, NULL, &pa) != 0;
}

int
k_attach(void)
{
	struct pci_attach_args pa = { .pa_id = unit_id };
	size_t was = strlen(k_console);

	KASSERT(unit == NULL);
	cold = 1;
	waits = NULL;
	unit = take(toy_ca.ca_devsize);
	strlcpy(unit->dv_xname, "toy0", sizeof(unit->dv_xname));
	toy_ca.ca_attach(NULL, unit, &pa);
	if (strstr(k_console + was, "not attached") == NULL)
		return 0;
	(void)k_detach();
	return EIO;
}

void
k_boot(void)
{
	k_mount_root();
}

int
k_detach(void)
{
	int error = toy_ca.ca_detach(unit, 0);

	give(unit);
	unit = NULL;
	return error;
}

int
k_suspend(void)
{
	return toy_ca.ca_activate(unit, DVACT_QUIESCE);
}

int
k_resume(void)
{
	return toy_ca.ca_activate(unit, DVACT_WAKEUP);
}
