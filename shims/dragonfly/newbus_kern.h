/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newbus_kern.h - DragonFly's own of what the files of shims/newbus call; for these alone.
 *
 * The contexts of pdk.h
 *	FILTER	} the interrupt thread of bus_setup_intr(), INTR_MPSAFE, without a serializer:
 *	BH	} there are no filters, so the one is called, and then the other
 *	TIMER	callout(9), callout_init_lk() with the device's lock
 *	WORKER	a taskqueue(9) with one thread, the device's own
 *	TX	whoever calls ic_transmit or if_start
 *	CONFIG	newbus: device_attach, device_detach, device_suspend, device_resume
 *	lock	lockmgr, exclusive; pdk_wait() is lksleep()
 *
 * Unlike FreeBSD's, callout_stop() and callout_reset() may block until a handler that runs has
 * gone as far as to want the lock; it then does not run, and the lock may be held meanwhile.
 *
 * Manual pages: lock(9), sleep(9), callout(9), taskqueue(9), firmware(9), kmalloc(9), bus_dma(9),
 * mbuf(9).
 */
#ifndef NEWBUS_KERN_H
#define NEWBUS_KERN_H

#include <sys/firmware.h>
#include <sys/rman.h>
#include <sys/vnode.h>

#include <machine/limits.h>
#include <machine/stdarg.h>

#include <bus/pci/pcireg.h>
#include <bus/pci/pcivar.h>

/* ---- memory, text, time ---- */

#define OS_MALLOC_DEFINE		/* M_DEVBUF is there */
#define os_malloc(size, flags)		kmalloc(size, M_DEVBUF, flags)

/* kfree(9) takes no NULL. */
static inline void
os_free(void *p)
{
	if (p != NULL)
		kfree(p, M_DEVBUF);
}

#define os_snprintf			ksnprintf
#define os_vsnprintf			kvsnprintf
#define va_list				__va_list
#define va_start			__va_start
#define va_end				__va_end

static inline uint64_t
os_uptime_ms(void)
{
	struct timeval tv;

	microuptime(&tv);
	return ((uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000);
}

/* ---- waiting, timers, WORKER ---- */

/* Ticks that are not over before `ms` milliseconds are; the one that has begun does not count. */
static inline int
os_ticks(unsigned ms)
{
	return ((int)MIN(((uint64_t)ms * hz + 999) / 1000 + 1, INT_MAX));
}

/* The lock is given up meanwhile. */
static inline int
os_sleep(void *chan, os_mtx_t *mtx, const char *what, unsigned ms)
{
	return (lksleep(chan, mtx, 0, what, os_ticks(ms)));
}

/* A stop is final, as it waits for a handler that has begun to want the lock. */
static inline void
os_callout_init(struct callout *c, os_mtx_t *mtx)
{
	callout_init_lk(c, mtx);
}

static inline void
os_callout_arm(struct callout *c, unsigned ms, void (*fn)(void *), void *arg)
{
	callout_reset(c, os_ticks(ms), fn, arg);
}

static inline int
os_start_thread(struct taskqueue **tq, const char *unit)
{
	return (taskqueue_start_threads(tq, 1, TDPRI_KERN_DAEMON, -1, "%s worker", unit));
}

/* ---- boot ---- */

#define os_hook_name(hook, name)	((hook)->ich_desc = (name))

/* Nobody tells that there is a root file system: whoever waits looks now and then. */
typedef int os_root_t;
#define os_root_listen(chan)		((void)(chan), 0)
#define os_root_unlisten(tag)		((void)(tag))
#define os_root_mounted()		(rootvnode != NULL)

/*
 * As registered by the loader or a module: as the system's own image, if it has one (else NULL),
 * else by Linux's name.  In this order, as firmware_get() complains of what is not there.
 */
static inline const struct firmware *
os_firmware_find(const char *name, const char *image)
{
	const struct firmware *fw = NULL;

	if (image != NULL)
		fw = firmware_get(image);
	return (fw != NULL ? fw : firmware_get(name));
}

/* ---- interrupts: pdk_vector.c has the rest ---- */

#define os_find_cap(dev, cap, off)	pci_find_extcap(dev, cap, off)

/* One filter, or bottom half, at a time. */
struct os_intr_locks {
	struct lock	il_lk;
};

static inline void
os_intr_locks_init(struct os_intr_locks *il, const char *unit __unused)
{
	lockinit(&il->il_lk, "pdk interrupt", 0, 0);
}

static inline void
os_intr_locks_destroy(struct os_intr_locks *il)
{
	lockuninit(&il->il_lk);
}

/* ---- DMA ---- */

static inline int
os_dma_tag(device_t dev __unused, bus_size_t align, bus_size_t boundary, bus_addr_t low,
    bus_size_t size, int nsegs, bus_size_t segsize, bus_dma_tag_t *tag)
{
	return (bus_dma_tag_create(NULL, align, boundary, low, BUS_SPACE_MAXADDR, NULL, NULL, size,
	    nsegs, segsize, 0, tag));
}

static inline int
os_dma_load_mbuf(bus_dma_tag_t tag, bus_dmamap_t map, struct mbuf *m, bus_dma_segment_t *segs,
    int maxsegs, int *nsegs)
{
	return (bus_dmamap_load_mbuf_segment(tag, map, m, segs, maxsegs, nsegs, BUS_DMA_NOWAIT));
}

/* ---- mbufs ---- */

#define OS_CLUSTERS			{ MCLBYTES, MJUMPAGESIZE }

/* Into clusters: m_defrag(9).  NULL, and the chain is as it was. */
static inline struct mbuf *
os_mbuf_compact(struct mbuf *m, int maxsegs __unused)
{
	return (m_defrag(m, M_NOWAIT));
}

#endif /* NEWBUS_KERN_H */
