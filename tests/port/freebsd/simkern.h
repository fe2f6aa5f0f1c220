/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simkern.h - as much of a FreeBSD kernel (13 or 15) as shims/newbus calls, in a process: see
 * kernel.h.
 *
 * simthread.c: locks, callouts and task queues, over kernel/threads.c.  simbus.c: newbus, PCI,
 * interrupts, the boot, firmware.  simdma.c: bus_dma, mbufs.
 */
#ifndef SIMKERN_H
#define SIMKERN_H

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "kernel.h"
#include "threads.h"

#define INVARIANTS	1
#define __unused	__attribute__((__unused__))
#define __packed	__attribute__((__packed__))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define __printflike(f, a)	__attribute__((__format__(__printf__, f, a)))
#define __DECONST(type, p)	((type)(uintptr_t)(const void *)(p))
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define NBBY		8
#define setbit(a, i)	((a)[(i) / NBBY] |= 1 << ((i) % NBBY))
#define fls(n)		((n) == 0 ? 0 : 32 - __builtin_clz(n))

#define KASSERT(e, text)	K_CHECK(e)

/* ---- a test's own ---- */

extern bool	 k_no_collapse;		/* m_collapse(9) finds no memory */
extern int	 k_load_error;		/* told to bus_dmamap_load(9)'s callback */
extern bool	 k_firmware_on_root;	/* the loader has not brought it */
void	k_boot_interrupts(void);	/* the first half of k_boot(): hooks are called */
bool	k_boot_waits(void);		/* for a hook */
void	k_boot_root(void);		/* the second half: there is a root file system */
void	k_delay(unsigned us);		/* DELAY(9) */
void	k_drain(void);			/* until all task queues are empty */

/* ---- sys/proc.h, sys/mutex.h, sys/systm.h ---- */

struct thread;				/* a struct k_thread */
#define curthread	((struct thread *)k_self)
extern int	 bootverbose;

struct mtx {
	const char	*name;
	struct thread	*owner;
	bool		 spin;
};
#define MTX_DEF		0
#define MTX_SPIN	1
#define MA_OWNED	1
#define MA_NOTOWNED	2
void	mtx_init(struct mtx *, const char *, const char *, int);
void	mtx_destroy(struct mtx *);
void	mtx_lock(struct mtx *);
void	mtx_unlock(struct mtx *);
#define mtx_lock_spin(m)	mtx_lock(m)
#define mtx_unlock_spin(m)	mtx_unlock(m)
#define mtx_owned(m)		((m)->owner == curthread)
#define mtx_assert(m, what)	K_CHECK(mtx_owned(m) == ((what) == MA_OWNED))

typedef int64_t sbintime_t;
#define SBT_1S		((sbintime_t)1 << 32)
#define SBT_1MS		(SBT_1S / 1000)
#define mstosbt(ms)	(((sbintime_t)(ms) * SBT_1S + 999) / 1000)
sbintime_t sbinuptime(void);
int	msleep_sbt(void *, struct mtx *, int, const char *, sbintime_t, sbintime_t, int);
#define wakeup(chan)	k_wakeup(chan)
#define PI_NET		0

#define strlcpy		k_strlcpy

/* ---- sys/malloc.h ---- */

#define M_NOWAIT	1
#define M_WAITOK	2
#define M_ZERO		0x100
#define MALLOC_DECLARE(t)	extern int k_malloc_type
#define MALLOC_DEFINE(t, a, b)	extern int k_malloc_type
void	*k_malloc(size_t, int flags);
void	k_free(void *);
#define malloc(n, type, flags)	k_malloc(n, flags)
#define free(p, type)		k_free(p)

/* ---- sys/callout.h, sys/taskqueue.h ---- */

struct callout {
	TAILQ_ENTRY(callout) link;
	sbintime_t	 time;
	void		(*fn)(void *);
	void		*arg;
	struct mtx	*mtx;
	bool		 pending, cancelled;
};
void	callout_init_mtx(struct callout *, struct mtx *, int);
int	callout_reset_sbt(struct callout *, sbintime_t, sbintime_t, void (*)(void *), void *, int);
int	callout_stop(struct callout *);
int	callout_drain(struct callout *);

typedef void task_fn_t(void *, int);
struct task {
	TAILQ_ENTRY(task) link;
	int		 pending;
	task_fn_t	*fn;
	void		*arg;
};
#define TASK_INIT(t, pri, f, a)	\
	((void)((t)->pending = 0), (void)((t)->fn = (f)), (void)((t)->arg = (a)))
struct taskqueue;
extern struct taskqueue *taskqueue_thread;
void	taskqueue_thread_enqueue(void *);
struct taskqueue *taskqueue_create(const char *, int, void (*)(void *), void *);
int	taskqueue_start_threads(struct taskqueue **, int, int, const char *, ...);
int	taskqueue_enqueue(struct taskqueue *, struct task *);
int	taskqueue_cancel(struct taskqueue *, struct task *, unsigned *);
void	taskqueue_drain(struct taskqueue *, struct task *);
void	taskqueue_free(struct taskqueue *);

/* ---- sys/bus.h, sys/module.h ---- */

typedef struct device *device_t;
typedef struct { const char *name; void (*fn)(void); } device_method_t;
typedef struct driver {
	const char	*name;
	device_method_t	*methods;
	size_t		 size;
} driver_t;
#define DEVMETHOD(name, fn)	{ #name, (void (*)(void))(fn) }
#define DEVMETHOD_END		{ NULL, NULL }
#if __FreeBSD_version >= 1400058
#define DRIVER_MODULE(name, bus, driver, handler, arg)	\
	driver_t *const k_driver_##name = (driver_t *)&(driver)
#else
typedef struct devclass *devclass_t;
#define DRIVER_MODULE(name, bus, driver, class, handler, arg)	\
	devclass_t *const k_class_##name = &(class);		\
	driver_t *const k_driver_##name = (driver_t *)&(driver)
#endif
#define MODULE_VERSION(name, v)		struct k_version_##name
#define MODULE_DEPEND(name, dep, a, b, c)	struct k_depend_##dep
void	*device_get_softc(device_t);
driver_t *device_get_driver(device_t);
const char *device_get_nameunit(device_t);
const char *device_get_name(device_t);
int	device_get_unit(device_t);
void	device_set_desc(device_t, const char *);
int	device_printf(device_t, const char *, ...) __printflike(2, 3);
#define BUS_PROBE_DEFAULT	(-20)

struct resource;
#define SYS_RES_IRQ	1
#define SYS_RES_MEMORY	3
#define RF_ACTIVE	2
#define RF_SHAREABLE	4
struct resource *bus_alloc_resource_any(device_t, int, int *, unsigned);
int	bus_release_resource(device_t, int, int, struct resource *);
int	rman_get_bustag(struct resource *);
int	rman_get_bushandle(struct resource *);
uint64_t rman_get_size(struct resource *);

#define INTR_TYPE_NET	4
#define INTR_MPSAFE	512
#define FILTER_STRAY	1
#define FILTER_HANDLED	2
#define FILTER_SCHEDULE_THREAD	4
typedef int driver_filter_t(void *);
typedef void driver_intr_t(void *);
int	bus_setup_intr(device_t, struct resource *, int, driver_filter_t *, driver_intr_t *, void *,
	    void **);
int	bus_teardown_intr(device_t, struct resource *, void *);
int	bus_describe_intr(device_t, struct resource *, void *, const char *, ...)
	    __printflike(4, 5);

/* ---- sys/kernel.h, sys/eventhandler.h, sys/firmware.h ---- */

struct intr_config_hook {
	TAILQ_ENTRY(intr_config_hook) link;
	void	(*ich_func)(void *);
	void	*ich_arg;
};
int	config_intrhook_establish(struct intr_config_hook *);
void	config_intrhook_disestablish(struct intr_config_hook *);

typedef struct k_event_handler *eventhandler_tag;
#define EVENTHANDLER_PRI_ANY	10000
#define EVENTHANDLER_REGISTER(name, fn, arg, pri)	k_register(fn, arg)
#define EVENTHANDLER_DEREGISTER(name, tag)		k_deregister(tag)
eventhandler_tag k_register(void (*)(void *), void *);
void	k_deregister(eventhandler_tag);
int	root_mounted(void);

struct firmware { const char *name; const void *data; size_t datasize; };
#define FIRMWARE_GET_NOWARN	1
#define FIRMWARE_UNLOAD		1
const struct firmware *firmware_get_flags(const char *, uint32_t);
void	firmware_put(const struct firmware *, int);

/* ---- dev/pci ---- */

#define PCIR_BAR(n)	(0x10 + 4 * (n))
#define PCI_RID2BAR(rid)	(((rid) - 0x10) / 4)
#define pci_get_vendor(dev)	k_pci_id(dev, 0)
#define pci_get_device(dev)	k_pci_id(dev, 1)
#define pci_get_subvendor(dev)	k_pci_id(dev, 2)
#define pci_get_subdevice(dev)	k_pci_id(dev, 3)
#define pci_get_revid(dev)	((uint8_t)k_pci_id(dev, 4))
uint16_t k_pci_id(device_t, int);
uint32_t pci_read_config(device_t, int, int);
void	pci_write_config(device_t, int, uint32_t, int);
int	pci_find_cap(device_t, int, int *);
int	pci_enable_busmaster(device_t);
int	pci_msix_count(device_t);
int	pci_msix_table_bar(device_t);
int	pci_msix_pba_bar(device_t);
int	pci_alloc_msix(device_t, int *);
int	pci_msi_count(device_t);
int	pci_alloc_msi(device_t, int *);
int	pci_release_msi(device_t);

/* ---- sys/mbuf.h ---- */

struct ifnet;
struct mbuf {
	struct mbuf	*m_next, *m_nextpkt;
	caddr_t		 m_data;
	int		 m_len;
	unsigned	 m_flags;
	struct {
		struct ifnet	*rcvif;
		int		 len;
		unsigned	 csum_flags, csum_data;
	} m_pkthdr;
	int		 k_size;
	char		 k_buf[];
};
#define MT_DATA		1
#define M_PKTHDR	2
#define MCLBYTES	2048
#define MJUMPAGESIZE	4096
#define MJUM9BYTES	9216
#define MJUM16BYTES	16384
#define mtod(m, t)	((t)((m)->m_data))
struct mbuf *m_getjcl(int, int, int, int);
struct mbuf *m_collapse(struct mbuf *, int, int);
int	m_dup_pkthdr(struct mbuf *, const struct mbuf *, int);
void	m_copydata(const struct mbuf *, int, int, caddr_t);
#define M_TRAILINGSPACE(m)	((m)->k_size - (int)((m)->m_data - (m)->k_buf) - (m)->m_len)
void	m_freem(struct mbuf *);

/* ---- machine/bus.h, sys/bus_dma.h ---- */

typedef uint64_t	bus_addr_t, bus_size_t;
typedef int		bus_space_tag_t, bus_space_handle_t;
typedef struct { bus_addr_t ds_addr; bus_size_t ds_len; } bus_dma_segment_t;
typedef struct k_tag	*bus_dma_tag_t;
typedef struct k_map	*bus_dmamap_t;
typedef void bus_dmamap_callback_t(void *, bus_dma_segment_t *, int, int);
#define BUS_SPACE_MAXADDR	UINT64_MAX
#define BUS_DMA_WAITOK		0
#define BUS_DMA_NOWAIT		1
#define BUS_DMA_COHERENT	4
#define BUS_DMA_ZERO		8
#define BUS_DMASYNC_PREREAD	1
#define BUS_DMASYNC_POSTREAD	2
#define BUS_DMASYNC_PREWRITE	4
#define BUS_DMASYNC_POSTWRITE	8
bus_dma_tag_t bus_get_dma_tag(device_t);
int	bus_dma_tag_create(bus_dma_tag_t, bus_size_t, bus_addr_t, bus_addr_t, bus_addr_t, void *,
	    void *, bus_size_t, int, bus_size_t, int, void *, void *, bus_dma_tag_t *);
int	bus_dma_tag_destroy(bus_dma_tag_t);
int	bus_dmamem_alloc(bus_dma_tag_t, void **, int, bus_dmamap_t *);
void	bus_dmamem_free(bus_dma_tag_t, void *, bus_dmamap_t);
int	bus_dmamap_create(bus_dma_tag_t, int, bus_dmamap_t *);
int	bus_dmamap_destroy(bus_dma_tag_t, bus_dmamap_t);
int	bus_dmamap_load(bus_dma_tag_t, bus_dmamap_t, void *, bus_size_t, bus_dmamap_callback_t *,
	    void *, int);
int	bus_dmamap_load_mbuf_sg(bus_dma_tag_t, bus_dmamap_t, struct mbuf *, bus_dma_segment_t *,
	    int *, int);
void	bus_dmamap_unload(bus_dma_tag_t, bus_dmamap_t);
void	bus_dmamap_sync(bus_dma_tag_t, bus_dmamap_t, int);

#endif /* SIMKERN_H */
