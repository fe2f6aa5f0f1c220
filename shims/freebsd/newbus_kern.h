/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newbus_kern.h - FreeBSD's own (13, 14, 15) of what the files of shims/newbus call; for these
 * alone.
 *
 * The contexts of pdk.h
 *	FILTER	interrupt filter of bus_setup_intr(9), primary interrupt context
 *	BH	its interrupt thread, INTR_MPSAFE; in the network epoch (INTR_TYPE_NET)
 *	TIMER	callout(9), callout_init_mtx() with the device's lock
 *	WORKER	a taskqueue(9) with one thread, the device's own
 *	TX	whoever calls ic_transmit or if_transmit
 *	CONFIG	newbus: device_attach, device_detach, device_suspend, device_resume; sleepable locks
 *		are held on entry (the bus topology), never a mutex
 *	lock	mutex(9), MTX_DEF; pdk_wait() is msleep_sbt(9)
 *
 * Manual pages: sleep(9), callout(9), taskqueue(9), config_intrhook(9), EVENTHANDLER(9),
 * firmware(9), bus_dma(9), pci(9), mbuf(9), malloc(9).
 */
#ifndef NEWBUS_KERN_H
#define NEWBUS_KERN_H

#include <sys/eventhandler.h>
#include <sys/firmware.h>
#include <sys/rman.h>

#include <machine/resource.h>
#if __FreeBSD_version >= 1500000
#include <sys/stdarg.h>
#else
#include <machine/stdarg.h>
#endif

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

/* ---- memory, text, time ---- */

MALLOC_DECLARE(M_PDK);
#define OS_MALLOC_DEFINE		MALLOC_DEFINE(M_PDK, "pdk", "portable driver kit")
#define os_malloc(size, flags)		malloc(size, M_PDK, flags)
#define os_free(p)			free(p, M_PDK)

#define os_snprintf			snprintf
#define os_vsnprintf			vsnprintf

/* Not sbttoms(9): that of 13 multiplies first, and is negative after 24 days. */
static inline uint64_t
os_uptime_ms(void)
{
	uint64_t now = sbinuptime();

	return ((now >> 32) * 1000 + ((now & 0xffffffff) * 1000 >> 32));
}

/* ---- waiting, timers, WORKER ---- */

/*
 * The lock is given up meanwhile.  A time of 0 would be for ever; ms * SBT_1MS, which is rounded
 * down, a little less than was asked for.
 */
static inline int
os_sleep(void *chan, os_mtx_t *mtx, const char *what, unsigned ms)
{
	return (msleep_sbt(chan, mtx, 0, what, mstosbt(ms != 0 ? ms : 1), 0, 0));
}

/*
 * callout(9) looks, with the lock, whether the timer was stopped meanwhile, before it calls the
 * handler: a stop is final.
 */
static inline void
os_callout_init(struct callout *c, os_mtx_t *mtx)
{
	callout_init_mtx(c, mtx, 0);
}

static inline void
os_callout_arm(struct callout *c, unsigned ms, void (*fn)(void *), void *arg)
{
	callout_reset_sbt(c, mstosbt(ms), 0, fn, arg, 0);
}

static inline int
os_start_thread(struct taskqueue **tq, const char *unit)
{
	return (taskqueue_start_threads(tq, 1, PI_NET, "%s worker", unit));
}

/* ---- boot ---- */

#define os_hook_name(hook, name)	((void)(hook), (void)(name))

typedef eventhandler_tag os_root_t;

static inline void
os_root_wake(void *chan)
{
	wakeup(chan);
}

/* From now on whoever sleeps on `chan` is woken when there is a root file system. */
static inline os_root_t
os_root_listen(void *chan)
{
	return (EVENTHANDLER_REGISTER(mountroot, os_root_wake, chan, EVENTHANDLER_PRI_ANY));
}

static inline void
os_root_unlisten(os_root_t tag)
{
	EVENTHANDLER_DEREGISTER(mountroot, tag);
}

#define os_root_mounted()		root_mounted()

/*
 * As registered by the loader, a module, or (from 15 on) a file in /boot/firmware: by Linux's name,
 * else as the system's own image, if it has one (else NULL).
 */
static inline const struct firmware *
os_firmware_find(const char *name, const char *image)
{
	const struct firmware *fw;

	fw = firmware_get_flags(name, FIRMWARE_GET_NOWARN);
	if (fw == NULL && image != NULL)
		fw = firmware_get_flags(image, FIRMWARE_GET_NOWARN);
	return (fw);
}

/* ---- interrupts: pdk_vector.c has the rest ---- */

#define os_find_cap(dev, cap, off)	pci_find_cap(dev, cap, off)

/* One filter, and one bottom half, at a time. */
struct os_intr_locks {
	struct mtx	il_filter, il_bh;
};

static inline void
os_intr_locks_init(struct os_intr_locks *il, const char *unit)
{
	mtx_init(&il->il_bh, unit, "pdk bottom half", MTX_DEF);
	mtx_init(&il->il_filter, unit, "pdk filter", MTX_SPIN);
}

static inline void
os_intr_locks_destroy(struct os_intr_locks *il)
{
	mtx_destroy(&il->il_filter);
	mtx_destroy(&il->il_bh);
}

/* ---- DMA ---- */

/*
 * No lock function: a tag without one panics on a deferred load, and there is none, as every
 * load says BUS_DMA_NOWAIT.
 */
static inline int
os_dma_tag(device_t dev, bus_size_t align, bus_size_t boundary, bus_addr_t low, bus_size_t size,
    int nsegs, bus_size_t segsize, bus_dma_tag_t *tag)
{
	return (bus_dma_tag_create(bus_get_dma_tag(dev), align, boundary, low, BUS_SPACE_MAXADDR,
	    NULL, NULL, size, nsegs, segsize, 0, NULL, NULL, tag));
}

static inline int
os_dma_load_mbuf(bus_dma_tag_t tag, bus_dmamap_t map, struct mbuf *m, bus_dma_segment_t *segs,
    int maxsegs __unused, int *nsegs)
{
	return (bus_dmamap_load_mbuf_sg(tag, map, m, segs, nsegs, BUS_DMA_NOWAIT));
}

/* ---- mbufs ---- */

#define OS_CLUSTERS			{ MCLBYTES, MJUMPAGESIZE, MJUM9BYTES, MJUM16BYTES }

/*
 * Fewer mbufs: m_collapse(9) moves little.  NULL, and the chain is the caller's still, though its
 * octets may have moved between its mbufs.
 */
static inline struct mbuf *
os_mbuf_compact(struct mbuf *m, int maxsegs)
{
	return (m_collapse(m, M_NOWAIT, maxsegs));
}

#endif /* NEWBUS_KERN_H */
