/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk.h - portable driver kit: the interface that one PCI driver source is written to.
 *
 *	#include <pdk.h>
 *
 *	struct foo_softc {
 *		struct pdk_dev		sc_dev;		// first, always
 *		bus_space_tag_t		sc_st;
 *		bus_space_handle_t	sc_sh;
 *	};
 *
 *	static const struct pdk_pci_id foo_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
 *	static const struct pdk_pci_driver foo_driver = {
 *		.name = "foo", .ids = foo_ids, .softc_size = sizeof(struct foo_softc),
 *		.dma_bits = 32, .attach = foo_attach, .detach = foo_detach,
 *	};
 *	PDK_PCI_DRIVER(foo, foo_driver);
 *
 * This file is the contract.  Each system has a folder with the same header names
 * (shims/linux/pdk_os.h, shims/netbsd/pdk_os.h, ...), chosen by include path; it
 * supplies the types and the bodies.  A driver includes nothing else of any system.
 *
 * Errors are positive errno values; 0 is success.
 *
 * Contexts
 *	FILTER	hard interrupt.  No lock, no sleep, no allocation: registers only.
 *	BH	interrupt bottom half, entered unlocked.  May take the lock; must not
 *		sleep or wait.  (OpenBSD: still a hard interrupt at IPL_NET.)
 *	TIMER	timer handler, entered WITH the lock and left with it.  Must not sleep.
 *	WORKER	one thread per device; runs tasks first in first out, entered unlocked.
 *		May sleep, wait, load firmware.
 *	TX	the network stack sending, entered unlocked.  May take the lock; must
 *		not sleep.
 *	CONFIG	the thread that attaches and detaches, entered unlocked.  May sleep,
 *		must not pdk_wait(): what has to wait for an interrupt goes through
 *		pdk_call() into WORKER.
 *
 *		   lock on entry   pdk_lock   sleep   pdk_wait   allocate
 *	FILTER	   no              no         no      no         no
 *	BH	   no              yes        no      no         PDK_NOWAIT
 *	TIMER	   yes             no (held)  no      no         PDK_NOWAIT
 *	WORKER	   no              yes        yes     yes        yes
 *	TX	   no              yes        no      no         PDK_NOWAIT
 *	CONFIG	   no              yes        yes     no         yes
 *
 * Rules
 *	1. There is one lock per device; it is not recursive.
 *	2. The lock is never held across an upcall (pdk80211_*, pdknet_*), nor across
 *	   anything that sleeps, except pdk_wait(), which drops it.
 *	3. Blocking work (a firmware command that is waited for, a state change, a
 *	   firmware load) is done in WORKER only.
 *	4. BH runs while WORKER is in pdk_wait(); the replies it waits for arrive there.
 *	5. DMA loads never defer.
 *	6. A context that is entered unlocked is left unlocked.
 *	7. What a driver allocates it gives back, at the latest in detach; after detach
 *	   nothing of it runs, is armed or is queued.
 * The Linux shim checks every rule, also those in the comments below, while the driver
 * runs, and stops it with the rule's text and a backtrace.
 */
#ifndef PDK_H
#define PDK_H

struct pdk_dev;
struct mbuf;

/* ---- shared by all systems, before the shim's types ---- */

/* Kinds of interrupt, a set for pdk_intr_alloc(). */
#define PDK_INTR_INTX	0x01
#define PDK_INTR_MSI	0x02
#define PDK_INTR_MSIX	0x04
#define PDK_INTR_ANY	(PDK_INTR_INTX | PDK_INTR_MSI | PDK_INTR_MSIX)

/* What a filter returns: one of these. */
#define PDK_INTR_STRAY	0	/* not this device */
#define PDK_INTR_DONE	1	/* handled, the bottom half need not run */
#define PDK_INTR_BH	2	/* run the bottom half */

/* How pdk_zalloc() may behave when there is no memory. */
#define PDK_NOWAIT	0
#define PDK_WAITOK	1

/* uint32_t, size_t, bus_size_t, struct pdk_dev and so on. */
#include <pdk_os.h>

/* ---- driver ---- */

struct pdk_pci_id {
	uint16_t	vendor;
	uint16_t	product;
};

/*
 * A register's name, for traces and reports.  "MTA[128]" is 128 of them from off on, four bytes
 * apart, which are shown as MTA[0] to MTA[127]; "RAL[16:8]" is 16 of them, 8 bytes apart.
 */
struct pdk_reg {
	uint8_t		 bar;
	uint32_t	 off;
	const char	*name;
};

struct pdk_pci_driver {
	const char		*name;		/* "iwm"; the unit's name is "iwm0" */
	const struct pdk_pci_id	*ids;		/* { 0, 0 } ends */
	size_t			 softc_size;	/* the softc begins with struct pdk_dev */

	/* What the device can address.  Holds for every DMA object of the driver. */
	uint8_t			 dma_bits;	/* address width in bits; 0 means 32 */
	uint32_t		 dma_boundary;	/* no segment crosses it; power of 2; 0: none */

	/*
	 * Milestones that the driver reports by pdk_state(), in the order in which a
	 * good run reaches them; NULL ends.  "attached" comes before all and is the
	 * system's to report.  May be NULL.
	 */
	const char *const	*states;
	const struct pdk_reg	*regs;		/* { 0, 0, NULL } ends; may be NULL */

	/*
	 * attach: CONFIG.  Find the device, map it, allocate.  There is no file
	 * system yet.  On error it has undone all it did; detach is not called.
	 */
	int	(*attach)(struct pdk_dev *);
	/*
	 * attach_late: WORKER, once after attach, when firmware files can be read.
	 * On error the device stays idle until detach is called.  May be NULL.
	 */
	int	(*attach_late)(struct pdk_dev *);
	/*
	 * detach: CONFIG, after a successful attach, also when the device has failed
	 * or is gone.  Stops the device and frees everything.  An error means that
	 * something could not be freed.
	 */
	int	(*detach)(struct pdk_dev *);
	/*
	 * suspend: WORKER, some time after attach_late; a wifi driver's radio is down.  Stop
	 * the device: it does no DMA and raises no interrupt when this returns.  Then it loses
	 * power, and with it all but the header of configuration space, until resume.
	 * Interrupts stay connected; DMA memory, maps and BARs stay as they are.  Meanwhile
	 * nothing of the driver runs, is armed or is queued, and no register is touched.
	 * An error: the system does not sleep, the driver goes on as before.
	 * resume: WORKER.  The power is back; also before detach.  On error the device stays
	 * idle until detach is called.
	 * Both or neither may be NULL.
	 */
	int	(*suspend)(struct pdk_dev *);
	int	(*resume)(struct pdk_dev *);
};

/*
 * PDK_PCI_DRIVER(name, driver): at file scope, once per driver; makes it known to the
 * system.  The shim supplies the macro.
 */

/* ---- PCI ---- */

/*
 * Read or write configuration space, 32 bits, reg a multiple of 4 in [0, 4096).
 * Beyond what the device has, reads give all ones.  Any context but FILTER.
 */
uint32_t pdk_pci_read(struct pdk_dev *, int reg);
void	pdk_pci_write(struct pdk_dev *, int reg, uint32_t val);

/* Identity: vendor | product << 16, the same of the subsystem, and the revision. */
uint32_t pdk_pci_id(struct pdk_dev *);
uint32_t pdk_pci_subsys(struct pdk_dev *);
uint8_t	pdk_pci_revision(struct pdk_dev *);

/*
 * Find capability `cap` (PCI_CAP_*; PCI Local Bus 3.0 section 6.7) and put its offset into
 * *off.  0, or ENOENT.  Any context but FILTER.
 */
int	pdk_pci_find_cap(struct pdk_dev *, int cap, int *off);

/*
 * Map memory BAR `bar` (0..5), enable memory decoding and bus mastering.  The handle is
 * good until pdk_pci_unmap_bar().  CONFIG.  ENXIO: no such BAR; EBUSY: mapped already.
 */
int	pdk_pci_map_bar(struct pdk_dev *, int bar, bus_space_tag_t *, bus_space_handle_t *,
	    bus_size_t *);
void	pdk_pci_unmap_bar(struct pdk_dev *, int bar);

/* ---- interrupts ---- */

/*
 * Reserve up to *nvec interrupt vectors of the best kind in `kinds` (PDK_INTR_*, tried
 * in the order MSI-X, MSI, INTx); *nvec becomes what was reserved.  CONFIG or WORKER,
 * unlocked.
 * EINVAL: none of these kinds; EBUSY: reserved already; ENOSPC: the host has none left.
 */
int	pdk_intr_alloc(struct pdk_dev *, unsigned kinds, unsigned *nvec);

/* The kind that pdk_intr_alloc() chose, or 0. */
unsigned pdk_intr_kind(struct pdk_dev *);

/*
 * Connect vector `vec`.  `filter` runs in FILTER; it must quieten the device if that
 * would go on asserting INTx, and returns PDK_INTR_*.  `bh` runs in BH.  One filter and
 * one bottom half of a device run at a time.  CONFIG or WORKER, unlocked.  The device must
 * be quiet.  EINVAL: no such vector reserved, or no handler; EBUSY: connected already.
 */
int	pdk_intr_establish(struct pdk_dev *, unsigned vec, int (*filter)(void *),
	    void (*bh)(void *), void *arg);

/*
 * Disconnect and release all vectors; when it returns, neither handler runs or will run.
 * CONFIG or WORKER, unlocked, sleeps.  Harmless when there are none.
 */
void	pdk_intr_disestablish(struct pdk_dev *);

/* ---- lock and wait ---- */

/* The device's lock.  Any context but FILTER and TIMER; not when held already. */
void	pdk_lock(struct pdk_dev *);
void	pdk_unlock(struct pdk_dev *);

/* Assert that the caller holds (does not hold) the lock. */
void	pdk_assert_locked(struct pdk_dev *);
void	pdk_assert_unlocked(struct pdk_dev *);

/*
 * Something to wait for; zeroed memory is a valid one.  pdk_wait() gives the lock up,
 * sleeps until pdk_wake() or for `ms` milliseconds, and takes it again: 0, or
 * ETIMEDOUT.  It may wake for no reason, so the caller tests its condition in a loop;
 * the device may have been stopped meanwhile.  Only in WORKER, and locked.
 */
int	pdk_wait(struct pdk_dev *, struct pdk_wchan *, unsigned ms);
/* Wake all that wait on the channel.  Locked. */
void	pdk_wake(struct pdk_dev *, struct pdk_wchan *);

/* ---- timers ---- */

/* Prepare a timer that is not armed; `fn` will run in TIMER. */
void	pdk_timer_init(struct pdk_dev *, struct pdk_timer *, void (*fn)(void *), void *arg);
/*
 * Run the handler once, not before `ms` milliseconds have passed; arming again moves
 * the time.  Locked.  A handler must tolerate an early call after stop and re-arm.
 */
void	pdk_timer_arm(struct pdk_timer *, unsigned ms);
/* After this the handler does not run until armed again.  Locked. */
void	pdk_timer_stop(struct pdk_timer *);
/* Stop it and wait until no handler runs.  Unlocked, sleeps.  Before freeing its memory. */
void	pdk_timer_drain(struct pdk_timer *);

/* ---- tasks ---- */

/* Prepare a task that is not queued; `fn` will run in WORKER. */
void	pdk_task_init(struct pdk_dev *, struct pdk_task *, void (*fn)(void *), void *arg);
/* Queue the task unless it is queued already.  A running task may be queued again.  Locked. */
void	pdk_task_post(struct pdk_task *);
/* Take the task from the queue if it has not begun.  Does not wait.  Locked. */
void	pdk_task_cancel(struct pdk_task *);
/* Wait until every task posted so far has ended.  Unlocked, sleeps; not in WORKER. */
void	pdk_worker_drain(struct pdk_dev *);
/*
 * Run fn(arg) in WORKER and return what it returns.  Unlocked, sleeps; in WORKER itself
 * it is a plain call.  Not in BH, TIMER, TX.
 */
int	pdk_call(struct pdk_dev *, int (*fn)(void *), void *arg);

/* ---- memory, firmware, time, log ---- */

/*
 * Zeroed memory, or NULL (with PDK_NOWAIT; PDK_WAITOK sleeps until there is some, so
 * it is for WORKER and CONFIG, unlocked).  `size` is not 0.  Any context but FILTER.
 */
void	*pdk_zalloc(size_t size, int how);
/*
 * Free it, once; `size` is that of the allocation.  No timer in it is armed and no task in it
 * is queued.  NULL is harmless.  Any context but FILTER.
 */
void	pdk_free(void *, size_t size);

/*
 * Read firmware file `name` ("iwlwifi-7260-17.ucode": Linux's names; a shim maps them to
 * its system's).  The copy is the driver's until pdk_firmware_put().  WORKER, unlocked.
 * ENOENT: there is none; EIO: it cannot be read.  Put takes what get gave; CONFIG or WORKER.
 */
int	pdk_firmware_get(struct pdk_dev *, const char *name, const void **data, size_t *size);
void	pdk_firmware_put(struct pdk_dev *, const void *data, size_t size);

/* Milliseconds since some fixed time; never goes back.  Any context. */
uint64_t pdk_uptime_ms(void);

/* A log line, prefixed by the unit's name; it needs no newline.  Any context but FILTER. */
void	pdk_printf(struct pdk_dev *, const char *fmt, ...) PDK_PRINTFLIKE(2, 3);

/*
 * Tell the user that the device has reached a milestone of pdk_pci_driver.states.
 * A BSD prints it when verbose; the harness ends `voy run --until` with it.
 * Any context but FILTER; unlocked or locked.
 */
void	pdk_state(struct pdk_dev *, const char *state);
/* A fact about the device, e.g. "mac", "hw_rev", "fw": a log line, or an event. */
void	pdk_info(struct pdk_dev *, const char *key, const char *fmt, ...) PDK_PRINTFLIKE(3, 4);
/*
 * What the device has been told now: `what` in `where` (a queue, say), at this index.  A mark in the
 * trace; the last one is part of every report of a hang or of an interrupt that did not come.
 * Static strings.  Any context.  A kernel takes no note of it.
 */
void	pdk_note(struct pdk_dev *, const char *where, const char *what, unsigned index);
/*
 * The driver gives the device up for good: `error` and the text are reported.  It must
 * still wait for detach.  Any context but FILTER; unlocked or locked.
 */
void	pdk_fail(struct pdk_dev *, int error, const char *fmt, ...) PDK_PRINTFLIKE(3, 4);

/* PDK_ASSERT(expression): a bug in the driver when false.  The shim supplies the macro. */

/* ---- DMA ---- */

/*
 * Coherent memory: one segment, zeroed for both sides, aligned to `align` (a power of two),
 * within the driver's dma_bits and dma_boundary.  d->va, d->pa (what the device uses) and
 * d->size are public; zeroed memory is a valid, empty object.
 * Allocate an empty object, in CONFIG or WORKER, unlocked.  ENOMEM; EINVAL: no such memory
 * can exist (larger than the boundary or than dma_bits).
 * Free in CONFIG or WORKER; it empties the object; an empty one is harmless.
 */
int	pdk_dma_alloc(struct pdk_dev *, struct pdk_dma *, bus_size_t size, bus_size_t align);
void	pdk_dma_free(struct pdk_dma *);
/*
 * Order the processor's and the device's view of [off, off + len): BUS_DMASYNC_PREWRITE
 * before the device reads what the driver wrote, POSTREAD before the driver reads what
 * the device wrote, PREREAD and POSTWRITE on the other sides.  The range lies within the
 * object; PRE and POST are not mixed in one call.  Any context but FILTER.  bus_dma(9).
 */
void	pdk_dma_sync(struct pdk_dma *, bus_size_t off, bus_size_t len, int op);

/*
 * Streaming maps for mbufs.  A map takes up to `maxsize` bytes in up to `maxsegs`
 * segments.
 * Create a map that is not there yet, in CONFIG or WORKER, unlocked.  EINVAL: maxsize or
 * maxsegs is 0; ENOMEM.
 * Destroy in CONFIG or WORKER, when it is not loaded; one that is not there (zeroed
 * memory) is harmless.
 */
int	pdk_map_create(struct pdk_dev *, struct pdk_dmamap *, bus_size_t maxsize, int maxsegs);
void	pdk_map_destroy(struct pdk_dmamap *);
/*
 * Load a chain.  `write` is nonzero when the device will read it.  A chain of too many
 * segments is replaced by a compacted one, *mp.  On error *mp is still the caller's, and may
 * have been replaced already: the one that was there is gone then.
 * The chain begins with M_PKTHDR, m_pkthdr.len is the sum of its m_len and not 0; while it
 * is loaded it is not freed.  Any context but FILTER.
 * EFBIG: larger than the map; ENOMEM: no memory to compact; EBUSY: loaded already.
 */
int	pdk_map_load_mbuf(struct pdk_dmamap *, struct mbuf **mp, int write);
/* Unload a loaded map: the device is done with it.  It may be loaded again. */
void	pdk_map_unload(struct pdk_dmamap *);
/*
 * As pdk_dma_sync(), of all that is loaded.  A map loaded with `write` takes PREWRITE and
 * POSTWRITE, one without PREREAD and POSTREAD; a POST comes after its PRE.
 */
void	pdk_map_sync(struct pdk_dmamap *, int op);
/* A loaded map's segments; `seg` is less than pdk_map_nsegs().  Any context. */
int	pdk_map_nsegs(const struct pdk_dmamap *);
bus_addr_t pdk_map_addr(const struct pdk_dmamap *, int seg);
bus_size_t pdk_map_len(const struct pdk_dmamap *, int seg);

/*
 * A receive buffer: one contiguous mbuf with M_PKTHDR and at least `size` bytes of room,
 * m_len == m_pkthdr.len == size.  NULL when there is none.  Never sleeps.  Any context
 * but FILTER.  An mbuf is freed once.  m_copydata() copies what is there: off + len is at
 * most the length of the chain.
 */
struct mbuf *pdk_mbuf_rxalloc(bus_size_t size);

#endif /* PDK_H */
