/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_newbus.h - a device as the shim of FreeBSD and DragonFly sees it; for the shim's files alone.
 *
 *	pdk_attach.c	newbus: probe, attach, attach_late, detach, suspend, resume
 *	pdk_pci.c	configuration space, BARs
 *	pdk_intr.c	vectors; shims/freebsd and shims/dragonfly have pdk_vector.c each: MSI-X,
 *			MSI, handlers
 *	pdk_worker.c	WORKER, its tasks, pdk_call(), pdk_wait()
 *	pdk_timer.c	timers, the time
 *	pdk_dma.c	tags, coherent memory
 *	pdk_map.c	maps for mbufs
 *	pdk_mem.c	memory, mbufs
 *	pdk_firmware.c	firmware files
 *	pdk_log.c	messages
 *
 * The mapping of contexts is in newbus_kern.h of the system.
 */
#ifndef PDK_NEWBUS_H
#define PDK_NEWBUS_H

#include <pdk.h>

#include <newbus_kern.h>

#define PDK_NBARS	6
#define PDK_NVEC	32		/* of MSI, the most there are */

struct pdk_vec {
	struct pdk_softc	 *v_sc;
	struct resource		 *v_res;
	int			  v_rid;
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
	struct thread		*worker;	/* its thread, once a task has run */

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
	struct os_intr_locks	 intr_locks;
	struct pdk_vec		*vec;
};

/* ---- pdk_attach.c ---- */

/* The boot may go on.  WORKER or CONFIG, unlocked. */
void	pdk_hook_release(struct pdk_softc *);

/* ---- pdk_worker.c ---- */

/* Make the task queue and its thread; an errno value. */
int	pdk_worker_start(struct pdk_softc *);

/* ---- pdk_pci.c ---- */

/* Activate a memory BAR, or NULL.  CONFIG or WORKER. */
struct resource *pdk_bar_alloc(struct pdk_softc *, int bar);
/* Give it back, if there is one. */
void	pdk_bar_release(struct pdk_softc *, int bar, struct resource **);

/* ---- pdk_vector.c of the system ---- */

/* BARs of the vector table and of the pending bits; ENXIO: no MSI-X. */
int	pdk_msix_bars(device_t, int bar[2]);
/*
 * Reserve up to `n` messages: how many, and their resource ids.  0: none.  With the BARs of
 * MSI-X held.
 */
unsigned pdk_msix_get(device_t, unsigned n, int rid[]);
unsigned pdk_msi_get(device_t, unsigned n, int rid[]);
/* Before the vectors are disconnected; of each, when its resource has gone; of all, in the end. */
void	pdk_vectors_off(struct pdk_softc *);
void	pdk_vector_put(struct pdk_softc *, const struct pdk_vec *);
void	pdk_vectors_put(struct pdk_softc *);
/* Let the handlers of `v`, which is number `vec`, run; an errno value. */
int	pdk_vector_connect(struct pdk_softc *, struct pdk_vec *v, unsigned vec);

/* ---- pdk_dma.c ---- */

/* The highest address that the device can reach. */
bus_addr_t pdk_lowaddr(const struct pdk_softc *);
/* A tag within the driver's dma_bits and dma_boundary; an errno value. */
int	pdk_tag_create(struct pdk_softc *, bus_size_t align, bus_size_t size, int nsegs,
	    bus_dma_tag_t *);

/* ---- pdk_map.c ---- */

/* When all maps are destroyed. */
void	pdk_maptags_free(struct pdk_softc *);

/* ---- pdk_mem.c ---- */

/* The chain in one piece, or NULL and it is as it was. */
struct mbuf *pdk_mbuf_flatten(struct mbuf *);

#endif /* PDK_NEWBUS_H */
