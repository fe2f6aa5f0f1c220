/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_os.h - what <pdk.h> needs from the system, for the OpenBSD kernel: 2016 (5.9) to 7.8.
 *
 * Types, the registration macro, and the bodies that are one or two calls; all others are in
 * pdk_*.c.  A driver includes <pdk.h>, never this file.  bus_space(9), BUS_DMASYNC_*, byte order,
 * <sys/queue.h>, struct mbuf and libkern's mem* and str* are the kernel's own.
 *
 * To compile: -Ishims/include -Ishims/openbsd and a kernel's flags (-D_KERNEL and so on);
 * pdk80211_*.c and pdknet*.c want the generated bpfilter.h of the kernel's build directory, too.
 * The release is told by OpenBSD of <sys/param.h> (with Zig's copy of it: -D___OpenBSD=202510).
 * pdk_*.c and the files of its class belong to every driver that is built; see build/.
 *
 * Members of the structures below belong to the shim unless their comment says otherwise.
 */
#ifndef PDK_OS_H
#define PDK_OS_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/endian.h>
#include <sys/errno.h>
#include <sys/kernel.h>
#include <sys/device.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/queue.h>
#include <sys/stdint.h>
#include <sys/task.h>
#include <sys/time.h>
#include <sys/timeout.h>

#include <machine/bus.h>
#include <machine/cpu.h>
#include <machine/intr.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

/* ---- compiler ---- */

/*
 * The kernel's own format attribute is __kprintf__, which no compiler but OpenBSD's has; what
 * a driver may use of printf(9) is what both know.
 */
#define PDK_PRINTFLIKE(f, a)	__attribute__((__format__(__printf__, f, a)))

#ifndef CTASSERT			/* for the gcc of 2016, too */
#define CTASSERT(e)	extern char pdk_ctassert[(e) ? 1 : -1] __unused
#endif

/* ---- what releases lack, or spell differently ---- */

#ifndef EPROTO
#define EPROTO		EFTYPE		/* came in 2017 */
#endif

/* queue(3) has STAILQ since 2020; before, the same under another name. */
#ifndef STAILQ_HEAD
#define STAILQ_HEAD		SIMPLEQ_HEAD
#define STAILQ_HEAD_INITIALIZER	SIMPLEQ_HEAD_INITIALIZER
#define STAILQ_ENTRY		SIMPLEQ_ENTRY
#define STAILQ_FIRST		SIMPLEQ_FIRST
#define STAILQ_EMPTY		SIMPLEQ_EMPTY
#define STAILQ_NEXT		SIMPLEQ_NEXT
#define STAILQ_FOREACH		SIMPLEQ_FOREACH
#define STAILQ_FOREACH_SAFE	SIMPLEQ_FOREACH_SAFE
#define STAILQ_INIT		SIMPLEQ_INIT
#define STAILQ_INSERT_HEAD	SIMPLEQ_INSERT_HEAD
#define STAILQ_INSERT_TAIL	SIMPLEQ_INSERT_TAIL
#define STAILQ_INSERT_AFTER	SIMPLEQ_INSERT_AFTER
#define STAILQ_REMOVE_HEAD	SIMPLEQ_REMOVE_HEAD
#endif

/* The last argument was caddr_t until 2021: a cast serves both. */
#define m_copydata(m, off, len, to)	m_copydata(m, off, len, (caddr_t)(to))

/* ---- device and driver ---- */

struct pdk_unit;		/* the shim's part of a device: pdk_unit.h */
struct pdk_pci_driver;

/* The head of every softc. */
struct pdk_dev {
	struct pdk_unit	*pd_unit;
	int		 pd_ipl;		/* what pdk_unlock() goes back to */
	int		 pd_locked;
};

/*
 * What autoconf(9) allocates.  The driver's softc hangs off it: ca_devsize has to be a constant
 * expression, which softc_size of a structure is not.
 */
struct pdk_softc {
	struct device	 sc_dev;		/* first */
	struct pdk_unit	*sc_unit;
};

int	pdk_unit_match(const struct pdk_pci_driver *, void *aux);
void	pdk_unit_attach(const struct pdk_pci_driver *, struct device *self, void *aux);
int	pdk_unit_detach(struct device *self, int flags);
int	pdk_unit_activate(struct device *self, int act);

/* The tables that config(8) finds by their names, NAME_ca and NAME_cd. */
#define PDK_PCI_DRIVER(drvname, drv)						\
	static int								\
	pdk_##drvname##_match(struct device *parent __unused, void *cf __unused, \
	    void *aux)								\
	{									\
		return pdk_unit_match(&(drv), aux);				\
	}									\
	static void								\
	pdk_##drvname##_attach(struct device *parent __unused,			\
	    struct device *self, void *aux)					\
	{									\
		pdk_unit_attach(&(drv), self, aux);				\
	}									\
	extern const struct cfattach drvname##_ca;				\
	const struct cfattach drvname##_ca = {					\
		.ca_devsize = sizeof(struct pdk_softc),				\
		.ca_match = pdk_##drvname##_match,				\
		.ca_attach = pdk_##drvname##_attach,				\
		.ca_detach = pdk_unit_detach,					\
		.ca_activate = pdk_unit_activate,				\
	};									\
	extern struct cfdriver drvname##_cd;					\
	struct cfdriver drvname##_cd = {					\
		.cd_name = (char *)(uintptr_t)#drvname,				\
		.cd_class = DV_DULL,						\
	}

#define PDK_ASSERT(e)	KASSERT(e)

/* ---- bus_dma(9) ---- */

struct pdk_dma {
	void			*va;		/* public */
	bus_addr_t		 pa;		/* public: what the device uses */
	bus_size_t		 size;		/* public */
	struct pdk_dev		*d_dev;
	bus_dmamap_t		 d_map;
	bus_dma_segment_t	 d_seg;
};

struct pdk_dmamap {
	struct pdk_dev		*dm_dev;	/* NULL: there is no map */
	bus_dmamap_t		 dm_map;
	struct mbuf		*dm_mbuf;	/* what is loaded */
	bus_size_t		 dm_len;	/* of it */
	bus_size_t		 dm_max;
	struct pdk_dma		 dm_bounce;	/* for devices of less than 32 address bits */
};

/* ---- waiting, timers, tasks ---- */

struct pdk_wchan {
	int		 wc_unused;		/* only its address counts */
};

struct pdk_timer {
	struct timeout	 tm_to;
	struct pdk_dev	*tm_dev;
	void		(*tm_fn)(void *);
	void		*tm_arg;
	int		 tm_armed;
};

struct pdk_task {
	struct task	 tk_task;
	struct pdk_dev	*tk_dev;
	void		(*tk_fn)(void *);
	void		*tk_arg;
};

/* ---- bodies ---- */

/*
 * The lock: splnet() under the kernel lock.  The kernel lock keeps other processors out,
 * IPL_NET this one's interrupt; every context of the pdk is entered with the kernel lock.
 */
static inline void
pdk_lock(struct pdk_dev *d)
{
	int s = splnet();

	KERNEL_ASSERT_LOCKED();
	KASSERT(!d->pd_locked);
	d->pd_locked = 1;
	d->pd_ipl = s;
}

static inline void
pdk_unlock(struct pdk_dev *d)
{
	KASSERT(d->pd_locked);
	d->pd_locked = 0;
	splx(d->pd_ipl);
}

static inline void
pdk_assert_locked(struct pdk_dev *d __unused)
{
	splassert(IPL_NET);
	KASSERT(d->pd_locked);
}

static inline void
pdk_assert_unlocked(struct pdk_dev *d __unused)
{
	KASSERT(!d->pd_locked);
}

static inline void
pdk_wake(struct pdk_dev *d __unused, struct pdk_wchan *wc)
{
	pdk_assert_locked(d);
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

#endif /* PDK_OS_H */
