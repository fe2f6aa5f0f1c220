/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simkern.h - as much of an OpenBSD kernel as shims/openbsd/pdk_*.c calls, in a process of one
 * thread.
 *
 * Nothing runs by itself.  Who sleeps lets the others run: a sleeper outside the worker runs the
 * worker's tasks, one in the worker runs the test's event (an interrupt, say).  A sleep that nobody
 * ends and that has no limit is a failure.  Time passes in sleeps, in DELAY() and in k_clock().
 * simkern.c: sleeping, tasks, time.  simbus.c: PCI, interrupts, autoconf.  simdma.c: bus_dma, mbufs.
 */
#ifndef SIMKERN_H
#define SIMKERN_H

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <sys/types.h>

#include "kernel.h"

#define OpenBSD		202510
#define __unused	__attribute__((__unused__))
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define powerof2(x)	((((x) - 1) & (x)) == 0)

typedef uint64_t	bus_addr_t, bus_size_t;

/* ---- a test's own ---- */

extern uint32_t	 k_conf[64];		/* configuration space */
extern bus_addr_t k_next_pa;		/* where memory without a range is found */
void	k_mount_root(void);

/* ---- sys/systm.h, sys/kernel.h, sys/proc.h, machine/intr.h ---- */

#define KASSERT(e)	K_CHECK(e)
#define KERNEL_ASSERT_LOCKED()	((void)0)
#define IPL_NET		5
#define PZERO		22
#define INFSLP		UINT64_MAX
#define MSEC_TO_NSEC(ms)	((uint64_t)(ms) * 1000000)
#define DELAY(us)	k_delay(us)

struct proc;
extern struct proc *curproc;
extern int	 autoconf_verbose, k_ipl;

int	splnet(void);
void	splx(int);
#define splassert(ipl)	KASSERT(k_ipl >= (ipl))
int	tsleep_nsec(void *, int, const char *, uint64_t);
void	wakeup(void *);
void	k_delay(unsigned us);
void	getmicrouptime(struct timeval *);
int	k_printf(const char *, ...) __attribute__((__format__(__printf__, 1, 2)));
#define printf		k_printf
#define strlcpy		k_strlcpy
void	explicit_bzero(void *, size_t);

/* ---- sys/malloc.h ---- */

#define M_DEVBUF	2
#define M_WAITOK	1
#define M_NOWAIT	2
#define M_ZERO		8
void	*k_malloc(size_t, int flags);
void	k_free(void *, size_t);
#define malloc(n, type, flags)	k_malloc(n, flags)
#define free(p, type, n)	k_free(p, n)

/* ---- sys/device.h ---- */

enum devclass { DV_DULL };
struct device { char dv_xname[16]; };
struct cfattach {
	size_t	ca_devsize;
	int	(*ca_match)(struct device *, void *, void *);
	void	(*ca_attach)(struct device *, struct device *, void *);
	int	(*ca_detach)(struct device *, int);
	int	(*ca_activate)(struct device *, int);
};
struct cfdriver { void **cd_devs; char *cd_name; enum devclass cd_class; };
#define DVACT_QUIESCE	2
#define DVACT_WAKEUP	5
void	config_mountroot(struct device *, void (*)(struct device *));
int	loadfirmware(const char *, u_char **, size_t *);

/* ---- sys/task.h, sys/timeout.h ---- */

struct taskq;
struct task {
	TAILQ_ENTRY(task) t_entry;
	void	(*t_func)(void *);
	void	*t_arg;
	int	 t_queued;
};
struct taskq *taskq_create(const char *, unsigned, int, unsigned);
void	taskq_destroy(struct taskq *);
void	task_set(struct task *, void (*)(void *), void *);
int	task_add(struct taskq *, struct task *);
int	task_del(struct taskq *, struct task *);

struct timeout {
	TAILQ_ENTRY(timeout) to_entry;
	void	(*to_func)(void *);
	void	*to_arg;
	uint64_t to_time;		/* ticks */
	int	 to_pending;
};
#define timeout_pending(to)	((to)->to_pending)
void	timeout_set(struct timeout *, void (*)(void *), void *);
int	timeout_add(struct timeout *, int ticks);
int	timeout_del(struct timeout *);
int	timeout_del_barrier(struct timeout *);

/* ---- sys/mbuf.h ---- */

#define M_DONTWAIT	M_NOWAIT
#define MAXMCLBYTES	65536
#define M_PKTHDR	2
#define M_IPV4_CSUM_IN_OK	0x08
#define M_TCP_CSUM_IN_OK	0x20
#define M_UDP_CSUM_IN_OK	0x80
struct mbuf {
	struct mbuf	*m_next, *m_nextpkt;
	caddr_t		 m_data;
	int		 m_len, m_flags;
	struct { int len; unsigned csum_flags; void *ph_cookie; } m_pkthdr;
	size_t		 m_size;
	char		 m_buf[];
};
#define mtod(m, t)	((t)((m)->m_data))
#define MCLGETL(m, how, len)	k_mbuf(len)
void	m_copydata(struct mbuf *, int, int, void *);
struct mbuf *m_pullup(struct mbuf *, int);
void	m_adj(struct mbuf *, int);
int	m_defrag(struct mbuf *, int);
void	m_freem(struct mbuf *);

/* ---- machine/bus.h ---- */

typedef int		bus_space_tag_t;
typedef int		bus_space_handle_t;
typedef void		*bus_dma_tag_t;
typedef struct { bus_addr_t ds_addr; bus_size_t ds_len; } bus_dma_segment_t;
typedef struct k_dmamap {
	bus_size_t	 dm_mapsize, k_max;
	int		 dm_nsegs, k_maxsegs;
	bus_dma_segment_t dm_segs[16];
} *bus_dmamap_t;
#define BUS_DMA_WAITOK		0
#define BUS_DMA_NOWAIT		1
#define BUS_DMA_ALLOCNOW	2
#define BUS_DMA_COHERENT	4
#define BUS_DMA_READ		0x200
#define BUS_DMA_WRITE		0x400
#define BUS_DMA_64BIT		0x2000
#define BUS_DMASYNC_PREREAD	1
#define BUS_DMASYNC_POSTREAD	2
#define BUS_DMASYNC_PREWRITE	4
#define BUS_DMASYNC_POSTWRITE	8
void	bus_space_unmap(bus_space_tag_t, bus_space_handle_t, bus_size_t);
int	bus_dmamap_create(bus_dma_tag_t, bus_size_t, int, bus_size_t, bus_size_t, int,
	    bus_dmamap_t *);
void	bus_dmamap_destroy(bus_dma_tag_t, bus_dmamap_t);
int	bus_dmamap_load(bus_dma_tag_t, bus_dmamap_t, void *, bus_size_t, void *, int);
int	bus_dmamap_load_mbuf(bus_dma_tag_t, bus_dmamap_t, struct mbuf *, int);
void	bus_dmamap_unload(bus_dma_tag_t, bus_dmamap_t);
void	bus_dmamap_sync(bus_dma_tag_t, bus_dmamap_t, bus_addr_t, bus_size_t, int);
int	bus_dmamem_alloc(bus_dma_tag_t, bus_size_t, bus_size_t, bus_size_t, bus_dma_segment_t *,
	    int, int *, int);
int	k_dmamem(bus_dma_tag_t, bus_size_t, bus_size_t, bus_size_t, bus_dma_segment_t *, int, int *,
	    int, bus_addr_t low, bus_addr_t high);
#define bus_dmamem_alloc_range	k_dmamem
void	bus_dmamem_free(bus_dma_tag_t, bus_dma_segment_t *, int);
int	bus_dmamem_map(bus_dma_tag_t, bus_dma_segment_t *, int, size_t, caddr_t *, int);
void	bus_dmamem_unmap(bus_dma_tag_t, caddr_t, size_t);

/* ---- dev/pci ---- */

typedef uint32_t	pcireg_t;
typedef int		pci_chipset_tag_t, pcitag_t, pci_intr_handle_t;
struct pci_attach_args {
	pci_chipset_tag_t pa_pc;
	pcitag_t	 pa_tag;
	bus_dma_tag_t	 pa_dmat;
	pcireg_t	 pa_id;
};
#define PCI_VENDOR(id)		((id) & 0xffff)
#define PCI_PRODUCT(id)		((id) >> 16)
#define PCI_REVISION(class)	((class) & 0xff)
#define PCI_ID_REG		0x00
#define PCI_COMMAND_STATUS_REG	0x04
#define PCI_COMMAND_MEM_ENABLE		0x00000002
#define PCI_COMMAND_MASTER_ENABLE	0x00000004
#define PCI_COMMAND_INTERRUPT_DISABLE	0x00000400
#define PCI_CLASS_REG		0x08
#define PCI_MAPREG_START	0x10
#define PCI_MAPREG_TYPE(r)	((r) & 1)
#define PCI_MAPREG_TYPE_MEM	0
#define PCI_MAPREG_MEM_TYPE_64BIT	4
#define PCI_SUBSYS_ID_REG	0x2c
#define PCI_CAP_MSI		0x05
#define PCI_CAP_VENDSPEC	0x09
#define PCI_CAP_MSIX		0x11
#define __HAVE_PCI_MSIX
int	pci_conf_size(pci_chipset_tag_t, pcitag_t);
pcireg_t pci_conf_read(pci_chipset_tag_t, pcitag_t, int);
void	pci_conf_write(pci_chipset_tag_t, pcitag_t, int, pcireg_t);
int	pci_get_capability(pci_chipset_tag_t, pcitag_t, int, int *, pcireg_t *);
pcireg_t pci_mapreg_type(pci_chipset_tag_t, pcitag_t, int);
int	pci_mapreg_probe(pci_chipset_tag_t, pcitag_t, int, pcireg_t *);
int	pci_mapreg_map(struct pci_attach_args *, int, pcireg_t, int, bus_space_tag_t *,
	    bus_space_handle_t *, bus_addr_t *, bus_size_t *, bus_size_t);
int	pci_intr_map_msix(struct pci_attach_args *, int, pci_intr_handle_t *);
int	pci_intr_map_msi(struct pci_attach_args *, pci_intr_handle_t *);
int	pci_intr_map(struct pci_attach_args *, pci_intr_handle_t *);
void	*pci_intr_establish(pci_chipset_tag_t, pci_intr_handle_t, int, int (*)(void *), void *,
	    const char *);
void	pci_intr_disestablish(pci_chipset_tag_t, void *);
void	intr_barrier(void *);

#endif /* SIMKERN_H */
