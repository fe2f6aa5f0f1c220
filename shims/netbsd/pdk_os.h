/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_os.h - what <pdk.h> needs from the system: NetBSD 8 (7.99.34) to current.
 *
 * Types, and those bodies that are a line or two; the rest is in pdk_*.c (pdk_netbsd.h).  A
 * driver includes <pdk.h>, never this file.  Members of the structures below belong to the shim
 * unless their comment says otherwise.
 *
 * To compile: -D_KERNEL and the kernel's include path, -Ishims/netbsd -Ishims/include before
 * it.  Of config(1)'s output only the opt_*.h that the kernel's own headers include.
 */
#ifndef PDK_OS_H
#define PDK_OS_H

#include <sys/param.h>
#include <sys/types.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/errno.h>
#include <sys/endian.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <sys/mutex.h>
#include <sys/condvar.h>
#include <sys/callout.h>
#include <sys/lwp.h>
#include <sys/proc.h>
#include <sys/mbuf.h>
#include <sys/bus.h>
#include <sys/intr.h>
#include <sys/device.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#ifndef nitems
#define nitems(a)	__arraycount(a)
#endif

/* The kernel has given it up; on other systems m_copydata(9) takes one. */
typedef char *caddr_t;

#define PDK_PRINTFLIKE(f, a)	__printflike(f, a)
#define PDK_ASSERT(e)		KASSERT(e)

struct pdk_pci_driver;
struct pdk80211_softc;
struct pdknet_softc;

/* ---- waiting, timers, tasks ---- */

/* mtsleep(9) and wakeup(9) go by its address. */
struct pdk_wchan {
	uint8_t		wc_ident;
};

struct pdk_timer {
	callout_t	 tm_callout;
	struct pdk_dev	*tm_dev;
	void		(*tm_fn)(void *);
	void		*tm_arg;
	bool		 tm_armed;		/* pd_mtx */
};

struct pdk_task {
	TAILQ_ENTRY(pdk_task) tk_link;		/* while queued */
	struct pdk_dev	*tk_dev;
	void		(*tk_fn)(void *);
	void		*tk_arg;
	bool		 tk_queued;		/* pd_mtx */
};

/* ---- device and driver ---- */

#define PDK_NBAR	6

struct pdk_bar {
	bus_space_tag_t	 b_st;
	bus_space_handle_t b_sh;
	bus_size_t	 b_size;
	bool		 b_mapped;
};

/* One interrupt vector. */
struct pdk_vec {
	struct pdk_dev	*v_dev;
	int		(*v_filter)(void *);
	void		(*v_bh)(void *);
	void		*v_arg;
	void		*v_ih;			/* hard interrupt, or NULL */
	void		*v_sih;			/* soft interrupt, or NULL: not connected */
	char		 v_name[24];
};

enum pdk_phase {
	PDK_P_PENDING,		/* attach is still to come */
	PDK_P_IDLE,		/* attach has failed, or has undone itself */
	PDK_P_ATTACHED,
	PDK_P_READY,		/* attach_late has succeeded, too */
	PDK_P_FAILED,		/* attach_late or resume has failed: detach is all that is left */
	PDK_P_STUCK,		/* detach has failed */
};

/* The head of every softc. */
struct pdk_dev {
	device_t	 pd_self;
	const struct pdk_pci_driver *pd_drv;
	struct pci_attach_args pd_pa;
	enum pdk_phase	 pd_phase;
	bool		 pd_asleep;		/* the driver's suspend has succeeded */

	kmutex_t	 pd_mtx;		/* the device's lock */
	kmutex_t	 pd_filter_mtx;		/* one filter at a time */
	kmutex_t	 pd_bh_mtx;		/* one bottom half at a time; before pd_mtx */

	/* WORKER; pd_mtx */
	struct lwp	*pd_worker;
	kcondvar_t	 pd_work_cv;		/* to it: there is something to do */
	kcondvar_t	 pd_done_cv;		/* from it: a call has ended */
	TAILQ_HEAD(, pdk_task) pd_tasks;
	bool		 pd_stop;

	bus_dma_tag_t	 pd_dmat;
	bus_addr_t	 pd_dma_last;		/* the highest address the device can reach */
	bool		 pd_own_dmat;

	struct pdk_bar	 pd_bar[PDK_NBAR];

	struct pdk_vec	*pd_vec;
	pci_intr_handle_t *pd_ihp;
	unsigned	 pd_nvec;
	unsigned	 pd_intr_kind;		/* PDK_INTR_*, or 0 */

	struct pdk80211_softc *pd_80211;	/* pdk80211_*.c */
	struct pdknet_softc *pd_net;		/* pdknet*.c */

	/*
	 * Of shims/vap, on the renewal's stack: what is called before the driver's suspend (0) and
	 * after its resume (1), and when nobody can make an upcall any more.  CONFIG.
	 */
	void		(*pd_power)(struct pdk_dev *, int on);
	void		(*pd_gone)(struct pdk_dev *);
};

/*
 * autoconf(9).  The device's private memory is only a pointer, since its size must be a
 * constant where the attachment is declared; the softc is allocated in attach.
 */
struct pdk_autoconf {
	struct pdk_dev	*ac_dev;
};

int	pdk_autoconf_match(const struct pdk_pci_driver *, const struct pci_attach_args *);
void	pdk_autoconf_attach(const struct pdk_pci_driver *, device_t, const void *);
int	pdk_autoconf_detach(device_t, int);

/* The cfdriver is config(1)'s, of the kernel or of the module (build/module.c). */
#define PDK_PCI_DRIVER(drvname, drv)						\
static int									\
drvname##_autoconf_match(device_t parent, cfdata_t cf, void *aux)		\
{										\
	return pdk_autoconf_match(&(drv), aux);					\
}										\
static void									\
drvname##_autoconf_attach(device_t parent, device_t self, void *aux)		\
{										\
	pdk_autoconf_attach(&(drv), self, aux);					\
}										\
extern struct cfattach drvname##_ca;						\
CFATTACH_DECL3_NEW(drvname, sizeof(struct pdk_autoconf),			\
    drvname##_autoconf_match, drvname##_autoconf_attach, pdk_autoconf_detach,	\
    NULL, NULL, NULL, DVF_DETACH_SHUTDOWN)

/* ---- DMA ---- */

struct pdk_dma {
	void		*va;			/* public */
	bus_addr_t	 pa;			/* public: what the device uses */
	bus_size_t	 size;			/* public */
	bus_dma_tag_t	 d_dmat;
	bus_dmamap_t	 d_map;
	bus_dma_segment_t d_seg;
};

struct pdk_dmamap {
	struct pdk_dev	*dm_dev;
	bus_dmamap_t	 dm_map;		/* NULL: not there */
	bus_size_t	 dm_maxsize;
	bool		 dm_loaded;
};

static inline void
pdk_dma_sync(struct pdk_dma *d, bus_size_t off, bus_size_t len, int op)
{
	bus_dmamap_sync(d->d_dmat, d->d_map, off, len, op);
}

static inline void
pdk_map_sync(struct pdk_dmamap *dm, int op)
{
	bus_dmamap_sync(dm->dm_dev->pd_dmat, dm->dm_map, 0, dm->dm_map->dm_mapsize, op);
}

static inline int
pdk_map_nsegs(const struct pdk_dmamap *dm)
{
	return dm->dm_map->dm_nsegs;
}

static inline bus_addr_t
pdk_map_addr(const struct pdk_dmamap *dm, int seg)
{
	return dm->dm_map->dm_segs[seg].ds_addr;
}

static inline bus_size_t
pdk_map_len(const struct pdk_dmamap *dm, int seg)
{
	return dm->dm_map->dm_segs[seg].ds_len;
}

/* ---- lock, wait, timers ---- */

static inline void
pdk_lock(struct pdk_dev *dev)
{
	mutex_enter(&dev->pd_mtx);
}

static inline void
pdk_unlock(struct pdk_dev *dev)
{
	mutex_exit(&dev->pd_mtx);
}

static inline void
pdk_assert_locked(struct pdk_dev *dev)
{
	KASSERT(mutex_owned(&dev->pd_mtx));
}

static inline void
pdk_assert_unlocked(struct pdk_dev *dev)
{
	KASSERT(!mutex_owned(&dev->pd_mtx));
}

static inline void
pdk_wake(struct pdk_dev *dev, struct pdk_wchan *wc)
{
	KASSERT(mutex_owned(&dev->pd_mtx));
	wakeup(wc);
}

/*
 * Final: the handler takes pd_mtx, which the caller has, and then sees that it is not armed
 * any more.  So callout_stop(9) need not wait, and may not: the handler may be waiting for us.
 */
static inline void
pdk_timer_stop(struct pdk_timer *t)
{
	KASSERT(mutex_owned(&t->tm_dev->pd_mtx));
	t->tm_armed = false;
	callout_stop(&t->tm_callout);
}

static inline uint64_t
pdk_uptime_ms(void)
{
	struct timeval tv;

	getmicrouptime(&tv);
	return (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000;
}

static inline void
pdk_note(struct pdk_dev *dev, const char *where, const char *what, unsigned index)
{
	(void)dev;
	(void)where;
	(void)what;
	(void)index;
}

/* ---- PCI ---- */

static inline uint32_t
pdk_pci_id(struct pdk_dev *dev)
{
	return dev->pd_pa.pa_id;
}

static inline uint8_t
pdk_pci_revision(struct pdk_dev *dev)
{
	return PCI_REVISION(dev->pd_pa.pa_class);
}

static inline unsigned
pdk_intr_kind(struct pdk_dev *dev)
{
	return dev->pd_intr_kind;
}

#endif /* PDK_OS_H */
