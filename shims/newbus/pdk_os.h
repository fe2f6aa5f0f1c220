/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_os.h - what <pdk.h> needs from the system, for a kernel with newbus: FreeBSD, DragonFly.
 *
 * Types, and the bodies that are one call of the kernel; the rest is in pdk_*.c.  What the
 * two systems have each of their own is in newbus_os.h of shims/freebsd and shims/dragonfly, chosen
 * by include path.  A driver includes <pdk.h>, never these files; all that it may use of what
 * comes in with them are the names that the four BSDs share: bus_space(9), BUS_DMASYNC_*,
 * mbuf(9), queue(3), byteorder(9) and the arithmetic and string functions of the kernel.
 *
 * To compile a file that includes this: device_if.h, bus_if.h and pci_if.h generated from the
 * tree (sys/tools/makeobjops.awk; bsd.kmod.mk does it for SRCS).
 */
#ifndef PDK_OS_H
#define PDK_OS_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/endian.h>
#include <sys/errno.h>
#include <sys/kernel.h>
#include <sys/libkern.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/module.h>
#include <sys/queue.h>
#include <sys/taskqueue.h>
#include <sys/time.h>

#include <newbus_os.h>
#include <pdk_pcireg.h>

/* The last argument is a caddr_t; a driver's is any pointer. */
#define m_copydata(m, off, len, to)	m_copydata(m, off, len, (caddr_t)(to))

#define PDK_PRINTFLIKE(f, a)	__printflike(f, a)

/* ---- device and driver ---- */

struct pdk_softc;			/* the shim's part of a device: pdk_newbus.h */
struct pdk_pci_driver;

/* The head of every softc.  The members belong to the shim. */
struct pdk_dev {
	device_t		 pd_dev;
	struct pdk_softc	*pd_sc;
	os_mtx_t		 pd_mtx;	/* the device's lock */

	/*
	 * The class's glue (pdk80211.c, pdknet.c): its state; what is called before the
	 * driver's suspend and at shutdown (0), and after its resume (1); and what frees the
	 * state when the driver is gone.  Both in CONFIG.
	 */
	void			*pd_glue;
	void			(*pd_glue_power)(struct pdk_dev *, int on);
	void			(*pd_glue_free)(struct pdk_dev *);
};

/* What newbus knows of a driver, and what that stands for. */
struct pdk_newbus {
	driver_t			 nb_driver;	/* first */
	const struct pdk_pci_driver	*nb_pdk;
};

extern device_method_t pdk_newbus_methods[];

/*
 * The size of newbus's softc is the shim's own: the driver's, of a size that no constant
 * expression can take out of `drv`, is allocated beside it.
 */
#define PDK_SOFTC_SIZE	1024		/* asserted in pdk_attach.c */

#define PDK_PCI_DRIVER(drvname, drv)						\
	static struct pdk_newbus pdk_newbus_##drvname = {			\
		.nb_driver = {							\
			.name = #drvname,					\
			.methods = pdk_newbus_methods,				\
			.size = PDK_SOFTC_SIZE,					\
		},								\
		.nb_pdk = &(drv),						\
	};									\
	OS_DRIVER_MODULE(drvname, pdk_newbus_##drvname);			\
	MODULE_VERSION(drvname, 1)

/* Without INVARIANTS the expression is compiled, so that it names what it names, but not run. */
#ifdef INVARIANTS
#define PDK_ASSERT(e)	KASSERT(e, ("%s: %s", __func__, #e))
#else
#define PDK_ASSERT(e)	((void)sizeof(!(e)))
#endif

/* ---- lock and wait; asserted with INVARIANTS ---- */

struct pdk_wchan {
	char	wc_chan;		/* its address is the channel */
};

static inline void
pdk_lock(struct pdk_dev *dev)
{
	os_mtx_lock(&dev->pd_mtx);
}

static inline void
pdk_unlock(struct pdk_dev *dev)
{
	os_mtx_unlock(&dev->pd_mtx);
}

static inline void
pdk_assert_locked(struct pdk_dev *dev __unused)
{
	os_mtx_assert_owned(&dev->pd_mtx);
}

static inline void
pdk_assert_unlocked(struct pdk_dev *dev __unused)
{
	os_mtx_assert_free(&dev->pd_mtx);
}

static inline void
pdk_wake(struct pdk_dev *dev __unused, struct pdk_wchan *wc)
{
	os_mtx_assert_owned(&dev->pd_mtx);
	wakeup(wc);
}

static inline void
pdk_note(struct pdk_dev *dev, const char *where, const char *what, unsigned index)
{
	(void)dev;
	(void)where;
	(void)what;
	(void)index;
}

/* ---- timers and tasks: callout(9), taskqueue(9) ---- */

struct pdk_timer {
	struct callout	  tm_callout;
	void		(*tm_fn)(void *);
	void		 *tm_arg;
};

struct pdk_task {
	struct task	  tk_task;
	struct pdk_softc *tk_sc;
	void		(*tk_fn)(void *);
	void		 *tk_arg;
};

/* ---- DMA: bus_dma(9) ---- */

struct pdk_dma {
	void		*va;		/* public */
	bus_addr_t	 pa;		/* public: what the device uses */
	bus_size_t	 size;		/* public */
	bus_dma_tag_t	 d_tag;
	bus_dmamap_t	 d_map;
};

struct pdk_dmamap {
	struct pdk_softc	*dm_sc;
	struct pdk_maptag	*dm_tag;
	bus_dmamap_t		 dm_map;
	bus_dma_segment_t	*dm_segs;
	int			 dm_nsegs;	/* 0: not loaded */
};

static inline int
pdk_map_nsegs(const struct pdk_dmamap *map)
{
	return (map->dm_nsegs);
}

static inline bus_addr_t
pdk_map_addr(const struct pdk_dmamap *map, int seg)
{
	return (map->dm_segs[seg].ds_addr);
}

static inline bus_size_t
pdk_map_len(const struct pdk_dmamap *map, int seg)
{
	return (map->dm_segs[seg].ds_len);
}

#endif /* PDK_OS_H */
