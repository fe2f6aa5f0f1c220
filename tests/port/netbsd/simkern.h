/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simkern.h - as much of a NetBSD kernel as shims/netbsd calls, in a process: see kernel.h.
 *
 * simthread.c: mutexes, condition variables, callouts, soft interrupts, over kernel/threads.c.
 * simbus.c: autoconf, PCI, interrupts, firmware.  simdma.c: bus_dma, mbufs.
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
#include <sys/time.h>
#include <sys/types.h>

#include "kernel.h"
#include "threads.h"

#define __NetBSD_Version__	1001000000
#define __unused	__attribute__((__unused__))
#define __packed	__attribute__((__packed__))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define __printflike(f, a)	__attribute__((__format__(__printf__, f, a)))
#define __arraycount(a)	(sizeof(a) / sizeof((a)[0]))
#define __UNCONST(p)	((void *)(uintptr_t)(const void *)(p))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define howmany(n, m)	(((n) + (m) - 1) / (m))
#define roundup(n, m)	(howmany(n, m) * (m))
#define NBBY		8
#define PAGE_SIZE	4096
#define CTASSERT(e)	_Static_assert(e, #e)

#define KASSERT(e)	K_CHECK(e)

/* ---- a test's own ---- */

extern bool	 k_hold_softints;	/* they are scheduled, and do not run yet */
extern bool	 k_no_threads;		/* kthread_create(9) fails */
extern bool	 k_no_defrag;		/* m_defrag(9) finds no memory */
extern bool	 k_no_subregion;	/* bus_dma(9) of this machine has none */
extern bool	 k_no_msix_memory;	/* pci_intr_alloc(9) fails for MSI-X */
extern uint32_t	 k_command;		/* PCI's command and status register */
void	k_softints(void);		/* let those that are held run */
void	k_softint_of(void *);		/* this one's handler, as the thread that calls */
bool	k_interrupts(void);		/* config_interrupts()'s callbacks have run */

/* ---- sys/lwp.h, sys/proc.h, sys/kthread.h, sys/systm.h, sys/kernel.h ---- */

typedef struct lwp lwp_t;		/* a struct k_thread */
#define curlwp		((struct lwp *)k_self)

#define PRI_NONE	(-1)
#define KTHREAD_MPSAFE	0x02
#define KTHREAD_MUSTJOIN	0x08
int	kthread_create(int, int, void *, void (*)(void *), void *, struct lwp **, const char *, ...)
	    __printflike(7, 8);
_Noreturn void kthread_exit(int);
int	kthread_join(struct lwp *);
void	getmicrouptime(struct timeval *);
#define strlcpy		k_strlcpy
#define wakeup(chan)	k_wakeup(chan)

/* ---- sys/mutex.h, sys/condvar.h, sys/intr.h, sys/cpu.h ---- */

#define IPL_NONE	0
#define IPL_SOFTNET	3
#define IPL_NET		6
#define MUTEX_DEFAULT	0
typedef struct kmutex { bool there; int ipl; struct k_thread *owner; } kmutex_t;
typedef struct kcondvar { const char *name; } kcondvar_t;
void	mutex_init(kmutex_t *, int, int ipl);
void	mutex_destroy(kmutex_t *);
void	mutex_enter(kmutex_t *);
void	mutex_exit(kmutex_t *);
bool	mutex_owned(const kmutex_t *);
void	cv_init(kcondvar_t *, const char *);
void	cv_destroy(kcondvar_t *);
void	cv_wait(kcondvar_t *, kmutex_t *);
void	cv_signal(kcondvar_t *);
void	cv_broadcast(kcondvar_t *);
int	mtsleep(const void *, int, const char *, int ticks, kmutex_t *);

#define SOFTINT_NET	3
#define SOFTINT_MPSAFE	0x100
void	*softint_establish(unsigned, void (*)(void *), void *);
void	softint_disestablish(void *);
void	softint_schedule(void *);
bool	cpu_softintr_p(void);
bool	cpu_intr_p(void);

/* The kernel lock and splnet(): each thread's own count, and the processor's level. */
void	k_kernel_lock(int);
#define KERNEL_LOCK(n, l)	k_kernel_lock(n)
#define KERNEL_UNLOCK_ONE(l)	k_kernel_lock(-1)
int	splnet(void);
void	splx(int);

/* ---- sys/callout.h ---- */

typedef struct callout {
	TAILQ_ENTRY(callout) link;
	uint64_t	 time;			/* us */
	void		(*fn)(void *);
	void		*arg;
	bool		 there, pending;
} callout_t;
#define CALLOUT_MPSAFE	0x100
void	callout_init(callout_t *, unsigned);
void	callout_setfunc(callout_t *, void (*)(void *), void *);
void	callout_schedule(callout_t *, int ticks);
bool	callout_stop(callout_t *);
bool	callout_halt(callout_t *, void *interlock);
bool	callout_pending(callout_t *);

/* ---- sys/kmem.h ---- */

#define KM_SLEEP	1
#define KM_NOSLEEP	2
void	*k_malloc(size_t, int how);
#define k_free(p, n)		k_give_sized(p, n)
#define kmem_zalloc(n, how)	k_malloc(n, how)
#define kmem_intr_zalloc(n, how) k_malloc(n, how)
#define kmem_free(p, n)		k_free(p, n)
#define kmem_intr_free(p, n)	k_free(p, n)

/* ---- sys/device.h, sys/pmf.h ---- */

typedef struct device *device_t;
typedef struct cfdata *cfdata_t;
struct cfattach {
	size_t	ca_devsize;
	int	(*ca_match)(device_t, cfdata_t, void *);
	void	(*ca_attach)(device_t, device_t, void *);
	int	(*ca_detach)(device_t, int);
	int	ca_flags;
};
#define DVF_DETACH_SHUTDOWN	1
#define CFATTACH_DECL3_NEW(name, size, match, attach, detach, activate, rescan, childdet, flags) \
	struct cfattach name##_ca = { size, match, attach, detach, flags }
void	*device_private(device_t);
const char *device_xname(device_t);
void	config_interrupts(device_t, void (*)(device_t));
void	config_mountroot(device_t, void (*)(device_t));
void	aprint_normal_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_verbose_dev(device_t, const char *, ...) __printflike(2, 3);
void	aprint_error_dev(device_t, const char *, ...) __printflike(2, 3);

typedef struct pmf_qual pmf_qual_t;
bool	k_pmf(device_t, bool (*)(device_t, const pmf_qual_t *),
	    bool (*)(device_t, const pmf_qual_t *));
void	pmf_device_deregister(device_t);
#define pmf_device_register(d, s, r)	k_pmf(d, s, r)
struct ifnet;
bool	pmf_class_network_register(device_t, struct ifnet *);

/* ---- dev/firmload.h ---- */

typedef struct firmware_handle *firmware_handle_t;
int	firmware_open(const char *class, const char *name, firmware_handle_t *);
off_t	firmware_get_size(firmware_handle_t);
int	firmware_read(firmware_handle_t, off_t, void *, size_t);
void	firmware_close(firmware_handle_t);
void	*firmware_malloc(size_t);
void	firmware_free(void *, size_t);

/* ---- sys/mbuf.h ---- */

#define M_DONTWAIT	1
#define MT_DATA		1
#define M_EXT		1
#define M_PKTHDR	2
#define MCLBYTES	2048
#define MHLEN		200
struct mbuf {
	struct mbuf	*m_next, *m_nextpkt;
	char		*m_data;
	int		 m_len, m_flags;
	struct { int len, csum_flags; void *ctx; struct ifnet *rcvif; } m_pkthdr;
	char		*k_ext;
	char		 m_buf[MHLEN];
};
#define mtod(m, t)	((t)((m)->m_data))
#define M_GETCTX(m, t)	((t)(m)->m_pkthdr.ctx)
#define M_SETCTX(m, p)	((void)((m)->m_pkthdr.ctx = (p)))
struct mbuf *m_gethdr(int, int);
void	k_ext(struct mbuf *, size_t);
#define MCLGET(m, how)		k_ext(m, MCLBYTES)
#define MEXTMALLOC(m, n, how)	k_ext(m, n)
struct mbuf *m_defrag(struct mbuf *, int);
void	m_copydata(struct mbuf *, int, int, void *);
struct mbuf *m_pullup(struct mbuf *, int);
void	m_adj(struct mbuf *, int);
void	m_freem(struct mbuf *);

/* ---- sys/bus.h ---- */

typedef uint64_t	bus_addr_t, bus_size_t;
typedef int		bus_space_tag_t;
typedef int		bus_space_handle_t;
typedef struct k_dmatag { bus_addr_t last; } *bus_dma_tag_t;
typedef struct bus_dma_segment { bus_addr_t ds_addr; bus_size_t ds_len; void *k_va; }
	bus_dma_segment_t;
typedef struct k_dmamap {
	bus_size_t	 dm_mapsize, k_max;
	int		 dm_nsegs, k_maxsegs;
	bus_dma_segment_t dm_segs[16];
	struct mbuf	*k_mbuf;		/* what is loaded */
	struct k_bounce	*k_bounce;
} *bus_dmamap_t;
#define BUS_DMA_WAITOK		0
#define BUS_DMA_NOWAIT		1
#define BUS_DMA_ALLOCNOW	2
#define BUS_DMA_COHERENT	4
#define BUS_DMA_READ		0x100
#define BUS_DMA_WRITE		0x200
#define BUS_DMASYNC_PREREAD	1
#define BUS_DMASYNC_POSTREAD	2
#define BUS_DMASYNC_PREWRITE	4
#define BUS_DMASYNC_POSTWRITE	8
extern bus_dma_segment_t *k_synced;	/* offset and length of the last bus_dmamap_sync() */
void	bus_space_unmap(bus_space_tag_t, bus_space_handle_t, bus_size_t);
int	bus_dmatag_subregion(bus_dma_tag_t, bus_addr_t, bus_addr_t, bus_dma_tag_t *, int);
void	bus_dmatag_destroy(bus_dma_tag_t);
int	bus_dmamap_create(bus_dma_tag_t, bus_size_t, int, bus_size_t, bus_size_t, int,
	    bus_dmamap_t *);
void	bus_dmamap_destroy(bus_dma_tag_t, bus_dmamap_t);
int	bus_dmamap_load(bus_dma_tag_t, bus_dmamap_t, void *, bus_size_t, void *, int);
int	bus_dmamap_load_mbuf(bus_dma_tag_t, bus_dmamap_t, struct mbuf *, int);
void	bus_dmamap_unload(bus_dma_tag_t, bus_dmamap_t);
void	bus_dmamap_sync(bus_dma_tag_t, bus_dmamap_t, bus_addr_t, bus_size_t, int);
int	bus_dmamem_alloc(bus_dma_tag_t, bus_size_t, bus_size_t, bus_size_t, bus_dma_segment_t *,
	    int, int *, int);
void	bus_dmamem_free(bus_dma_tag_t, bus_dma_segment_t *, int);
int	bus_dmamem_map(bus_dma_tag_t, bus_dma_segment_t *, int, size_t, void **, int);
void	bus_dmamem_unmap(bus_dma_tag_t, void *, size_t);

/* ---- dev/pci ---- */

typedef uint32_t	pcireg_t;
typedef int		pci_chipset_tag_t, pcitag_t, pci_intr_handle_t;
struct pci_attach_args {
	pci_chipset_tag_t pa_pc;
	pcitag_t	 pa_tag;
	bus_dma_tag_t	 pa_dmat, pa_dmat64;
	pcireg_t	 pa_id, pa_class;
	int		 pa_intrpin;
};
#define PCI_VENDOR(id)		((id) & 0xffff)
#define PCI_PRODUCT(id)		((id) >> 16)
#define PCI_REVISION(class)	((class) & 0xff)
#define PCI_COMMAND_STATUS_REG	0x04
#define PCI_COMMAND_MEM_ENABLE		0x00000002
#define PCI_COMMAND_MASTER_ENABLE	0x00000004
#define PCI_COMMAND_INTERRUPT_DISABLE	0x00000400
#define PCI_MAPREG_START	0x10
#define PCI_MAPREG_TYPE(r)	((r) & 1)
#define PCI_MAPREG_TYPE_MEM	0
#define PCI_MAPREG_TYPE_IO	1
#define PCI_MAPREG_MEM_TYPE_64BIT	4
#define PCI_SUBSYS_ID_REG	0x2c
#define PCI_CAP_VENDSPEC	0x09
#define PCI_CAP_PCIEXPRESS	0x10
#define PCI_CAP_MSIX		0x11
#define PCI_INTERRUPT_PIN_NONE	0
typedef enum { PCI_INTR_TYPE_INTX, PCI_INTR_TYPE_MSI, PCI_INTR_TYPE_MSIX, PCI_INTR_TYPE_SIZE }
	pci_intr_type_t;
#define PCI_INTR_MPSAFE		1
#define pci_dma64_available(pa)	1
void	pci_aprint_devinfo(const struct pci_attach_args *, const char *);
pcireg_t pci_conf_read(pci_chipset_tag_t, pcitag_t, int);
void	pci_conf_write(pci_chipset_tag_t, pcitag_t, int, pcireg_t);
int	pci_get_capability(pci_chipset_tag_t, pcitag_t, int, int *, pcireg_t *);
pcireg_t pci_mapreg_type(pci_chipset_tag_t, pcitag_t, int);
int	pci_mapreg_map(const struct pci_attach_args *, int, pcireg_t, int, bus_space_tag_t *,
	    bus_space_handle_t *, bus_addr_t *, bus_size_t *);
int	pci_msi_count(pci_chipset_tag_t, pcitag_t);
int	pci_msix_count(pci_chipset_tag_t, pcitag_t);
int	pci_intr_alloc(const struct pci_attach_args *, pci_intr_handle_t **, int *,
	    pci_intr_type_t);
void	pci_intr_release(pci_chipset_tag_t, pci_intr_handle_t *, int);
int	pci_intr_setattr(pci_chipset_tag_t, pci_intr_handle_t *, int, uint64_t);
void	*pci_intr_establish_xname(pci_chipset_tag_t, pci_intr_handle_t, int, int (*)(void *),
	    void *, const char *);
void	pci_intr_disestablish(pci_chipset_tag_t, void *);

#endif /* SIMKERN_H */
