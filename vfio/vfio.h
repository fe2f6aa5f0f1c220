/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a PCI device is reached: one interface, several backends behind one table of operations
 * (struct vfio_ops, at the end).  Two come with it: the kernel's VFIO for a real card and a
 * vfio-user client for a simulated one.
 *
 *	struct vfio_err err;
 *	struct vfio_dev *dev;
 *	struct vfio_bar *bar;
 *
 *	if (vfio_open("unix:/run/card.sock", NULL, &dev, &err) != 0 ||
 *	    vfio_bar_map(dev, VFIO_PCI_BAR0_REGION_INDEX, &bar, &err) != 0)
 *		errx(1, "%s", err.text);
 *	printf("HW_REV %#x\n", vfio_read32(bar, 0x28));
 *	vfio_close(dev);
 *
 * Conventions.  Functions return 0 or a positive errno unless their comment says otherwise.
 * A `struct vfio_err *` may be NULL; it is written only when the function fails, with a text
 * that names the thing, the cause and, where there is one, the mend.  Sizes and offsets are
 * in bytes.  Everything may be called from any thread, several at once, except where noted;
 * only vfio_open() and vfio_close() must not overlap other calls on the same device.  All
 * but the register accesses may sleep; those sleep as well when they are messages to a
 * vfio-user server.
 *
 * It is a library of its own, for others than the harness, too: some of what VFIO offers, such as
 * masking a vector or firing it by software, the harness has no use for; the tests have.
 *
 * A device that went away (server dead, card pulled out) is "gone": reads return all ones,
 * writes reach nothing (a register in mapped memory then reads back what was written),
 * everything else fails with ENODEV, vfio_gone() says why.
 */
#ifndef VFIO_VFIO_H
#define VFIO_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/vfio.h>		/* VFIO_PCI_*_REGION_INDEX, VFIO_PCI_*_IRQ_INDEX, flags */

struct vfio_dev;
struct vfio_bar;

struct vfio_err {
	char text[1024];
};

/* ---- opening ------------------------------------------------------------------------- */

#define VFIO_TIMEOUT_MS		5000	/* default of vfio_open_opts.timeout_ms */

/* All zero is the default of everything. */
struct vfio_open_opts {
	const char *sysfs_root;		/* NULL: "/sys" */
	const char *dev_root;		/* NULL: "/dev" */
	const char *proc_root;		/* NULL: "/proc" */
	int timeout_ms;			/* vfio-user: for one answer; 0: VFIO_TIMEOUT_MS;
					   below 0: wait for ever */
	bool no_dma_fds;		/* vfio-user: the server gets no memory to mmap, it
					   sends DMA_READ and DMA_WRITE instead */
	bool no_bar_mmap;		/* every register access is a message or a pread */
	bool air_clock;			/* vfio-user: the caller can follow the clock of a simulated
					   air: vfio_take_clock() */
	/* Called once when the device goes, from whichever thread notices; it must not call
	   vfio_* functions other than vfio_gone(). */
	void (*gone)(void *arg, const char *why);
	void *gone_arg;
	/* vfio-user: the device asked by DMA_READ or DMA_WRITE for memory that no live map
	   covers (what an IOMMU fault is to a real one).  Same restriction. */
	void (*dma_fault)(void *arg, uint64_t iova, uint64_t len, bool write);
	void *dma_fault_arg;
	/* vfio-user, with no_dma_fds: answers each DMA_READ and DMA_WRITE in place of a copy from
	   or to the live maps: fills buf, or takes what is in it.  0 or the errno that the
	   device is answered.  Same restriction. */
	int (*dma_access)(void *arg, uint64_t iova, void *buf, size_t len, bool write);
	void *dma_access_arg;
};

/*
 * Open a device.  target is "unix:PATH" (vfio-user) or a PCI address "DDDD:BB:DD.F"
 * ("BB:DD.F" is taken as domain 0).  opts may be NULL; its strings are copied.
 * Errors: EINVAL (target), ENOENT (no such device or socket), EBUSY (in use by another
 * process), EACCES/EPERM, ENODEV (not bound to vfio-pci), ENOTSUP (no IOMMU), EPROTO,
 * ETIMEDOUT, ECONNREFUSED, ECONNRESET, ENOMEM.
 */
int	vfio_open(const char *target, const struct vfio_open_opts *opts,
	    struct vfio_dev **devp, struct vfio_err *err);

/* Close: interrupts off, BARs unmapped, DMA maps taken away.  NULL is allowed. */
void	vfio_close(struct vfio_dev *dev);

/* The target string it was opened with; lives as long as dev. */
const char *vfio_target(const struct vfio_dev *dev);

/* "kernel", "vfio-user" or the name of a backend given to vfio_attach(). */
const char *vfio_backend(const struct vfio_dev *dev);

/* NULL while the device is there, else why it is gone; lives as long as dev. */
const char *vfio_gone(const struct vfio_dev *dev);

/*
 * A descriptor that polls readable (POLLIN) when vfio_process() has something to do, or -1
 * if the backend never has.  It is owned by dev.
 */
int	vfio_poll_fd(const struct vfio_dev *dev);

/*
 * Serve what the device asks for unasked (vfio-user: DMA_READ and DMA_WRITE, the end of the
 * connection).  Never blocks for long.  An event loop calls it whenever vfio_poll_fd() is
 * readable; a call into a register access does the same work while it waits for its answer.
 * Returns 0, or ENODEV once the device is gone (then stop polling).
 */
int	vfio_process(struct vfio_dev *dev);

/*
 * A connection to the clock of the simulated air that the card is on, in the state and with the
 * duties that air_clock.h tells: it becomes the caller's, who keeps it until vfio_close().  -1:
 * there is none, or it was taken already.
 */
int	vfio_take_clock(struct vfio_dev *dev);

/* ---- device, regions ----------------------------------------------------------------- */

struct vfio_info {
	uint32_t flags;			/* VFIO_DEVICE_FLAGS_RESET, _PCI, ... */
	uint32_t num_regions, num_irqs;
};

struct vfio_area {
	uint64_t offset, size;
};

#define VFIO_MAX_REGIONS	64
#define VFIO_MAX_AREAS		64	/* per region; more are accessed without mmap */

struct vfio_region {
	uint32_t flags;			/* VFIO_REGION_INFO_FLAG_READ, _WRITE, _MMAP, _CAPS */
	uint64_t size;			/* 0: the device does not have this region */
	bool msix_mappable;		/* the pages with the MSI-X table may be mmapped */
	uint32_t cap_type, cap_subtype;	/* of a device-specific region, else 0 */
	uint32_t num_areas;		/* sparse areas; 0 with _MMAP: all of it */
	struct vfio_area areas[VFIO_MAX_AREAS];
	int fd;				/* to mmap at file_offset; -1: none; owned by dev */
	uint64_t file_offset;
};

/* Both live as long as dev; vfio_region() returns NULL if index >= num_regions. */
const struct vfio_info *vfio_info(const struct vfio_dev *dev);
const struct vfio_region *vfio_region(struct vfio_dev *dev, unsigned index);

/*
 * Read or write part of a region, without mmap.  len 1, 2, 4 and 8 at an aligned offset is
 * one access of that width; other lengths are a block.  EINVAL: outside the region or not
 * readable/writable; ENODEV: gone (a read has filled buf with 0xff); EIO and others from
 * the device (likewise).
 */
int	vfio_region_read(struct vfio_dev *dev, unsigned index, uint64_t off, void *buf,
	    size_t len);
int	vfio_region_write(struct vfio_dev *dev, unsigned index, uint64_t off, const void *buf,
	    size_t len);

/* One write of several made with vfio_region_write_many(). */
struct vfio_write {
	uint64_t offset, value;
	uint32_t region, width;		/* width 1, 2, 4 or 8 */
};

/* Do n register writes in order; one message where a vfio-user server takes WRITE_MULTI. */
int	vfio_region_write_many(struct vfio_dev *dev, const struct vfio_write *w, size_t n);

/* Config space: width 1, 2 or 4, off aligned to it.  Values in host order. */
int	vfio_config_read(struct vfio_dev *dev, unsigned off, unsigned width, uint32_t *val);
int	vfio_config_write(struct vfio_dev *dev, unsigned off, unsigned width, uint32_t val);

/* ---- BARs ---------------------------------------------------------------------------- */

struct vfio_span {			/* a piece of the BAR that is mapped */
	uint64_t start, end;
};

struct vfio_bar {
	struct vfio_dev *dev;
	unsigned index;
	uint64_t size;
	volatile uint8_t *base;		/* address of offset 0; only inside a span is memory */
	unsigned nspans;
	struct vfio_span spans[VFIO_MAX_AREAS + 1];
};

/*
 * Make the BAR accessible: what the device lets be mmapped is mapped (sparse areas; never
 * the MSI-X table's pages unless the region says they may be), the rest goes through
 * vfio_region_read/write.  Works for every region with size > 0, also one that cannot be
 * mmapped at all.  A second call for the same index returns the same object.  Owned by dev;
 * lives until vfio_close().  ENOENT: the device has no such BAR; EPROTO: what it says of the
 * memory to map cannot be; ENOMEM: there is no address space for it.
 */
int	vfio_bar_map(struct vfio_dev *dev, unsigned index, struct vfio_bar **barp,
	    struct vfio_err *err);

/* The memory behind [off, off + len), or NULL if that is not mapped in one piece. */
static inline volatile void *
vfio_bar_ptr(const struct vfio_bar *bar, uint64_t off, uint64_t len)
{
	for (unsigned i = 0; i < bar->nspans; i++)
		if (off >= bar->spans[i].start && off < bar->spans[i].end &&
		    len <= bar->spans[i].end - off)
			return bar->base + off;
	return NULL;
}

/*
 * Register accesses, host order, off aligned to the width and inside the BAR (outside: all
 * ones, and a write is dropped; the caller that wants an error checks first).  Accesses of
 * one thread reach the device in program order.  They do not swap bytes and are no memory
 * barrier for DMA memory.
 */
uint64_t vfio_bar_slow_read(const struct vfio_bar *bar, uint64_t off, unsigned width);
void	vfio_bar_slow_write(const struct vfio_bar *bar, uint64_t off, unsigned width,
	    uint64_t val);

#define VFIO_BAR_ACCESS_(bits)								\
static inline uint##bits##_t								\
vfio_read##bits(const struct vfio_bar *bar, uint64_t off)				\
{											\
	volatile void *p = vfio_bar_ptr(bar, off, bits / 8);				\
	if (p != NULL)									\
		return *(volatile uint##bits##_t *)p;					\
	return (uint##bits##_t)vfio_bar_slow_read(bar, off, bits / 8);			\
}											\
static inline void									\
vfio_write##bits(const struct vfio_bar *bar, uint64_t off, uint##bits##_t val)		\
{											\
	volatile void *p = vfio_bar_ptr(bar, off, bits / 8);				\
	if (p != NULL)									\
		*(volatile uint##bits##_t *)p = val;					\
	else										\
		vfio_bar_slow_write(bar, off, bits / 8, val);				\
}
VFIO_BAR_ACCESS_(8)
VFIO_BAR_ACCESS_(16)
VFIO_BAR_ACCESS_(32)
VFIO_BAR_ACCESS_(64)
#undef VFIO_BAR_ACCESS_

/* ---- interrupts ---------------------------------------------------------------------- */

/* index is VFIO_PCI_INTX_IRQ_INDEX, _MSI_, _MSIX_, _ERR_ or _REQ_IRQ_INDEX throughout. */

struct vfio_irq {
	uint32_t count;			/* vectors; 0: the device has no such interrupt */
	uint32_t flags;			/* VFIO_IRQ_INFO_EVENTFD, _MASKABLE, _AUTOMASKED, ... */
};

/* EINVAL: index >= num_irqs. */
int	vfio_irq_info(struct vfio_dev *dev, unsigned index, struct vfio_irq *irq);

/*
 * Have vectors [start, start + n) signal the eventfds fds[0..n); -1 leaves that vector
 * without one.  Vectors outside the range keep theirs.  The descriptors stay the caller's,
 * who may close them only after disabling.  Where an index cannot grow (NORESIZE), the
 * whole set is taken down and set up again, in which moment an interrupt can be lost: ask
 * for all vectors at once.  EINVAL: beyond count; ENOTSUP: no such interrupt; EBUSY:
 * another of INTx, MSI and MSI-X is enabled.
 */
int	vfio_irq_enable(struct vfio_dev *dev, unsigned index, unsigned start, unsigned n,
	    const int *fds, struct vfio_err *err);

/* Take all vectors of the index down.  0 also if none was up. */
int	vfio_irq_disable(struct vfio_dev *dev, unsigned index);

/*
 * Mask or unmask one vector (INTx: vector 0).  INTx with VFIO_IRQ_INFO_AUTOMASKED is masked
 * when it fires: the handler quiets the device, then unmasks.  ENOTSUP: not maskable, so
 * there is nothing to unmask either (INTx of some vfio-user servers).
 */
int	vfio_irq_mask(struct vfio_dev *dev, unsigned index, unsigned vector);
int	vfio_irq_unmask(struct vfio_dev *dev, unsigned index, unsigned vector);

/* INTx is unmasked whenever this eventfd is written; -1 takes that away. */
int	vfio_irq_unmask_eventfd(struct vfio_dev *dev, unsigned index, int fd);

/* Fire the vector's eventfd by software, as a test of the way from there on. */
int	vfio_irq_trigger(struct vfio_dev *dev, unsigned index, unsigned vector);

/*
 * Function reset.  DMA maps and eventfds stay.  ENOTSUP: the device cannot; ETIMEDOUT.
 */
int	vfio_reset(struct vfio_dev *dev, struct vfio_err *err);

/* ---- DMA ----------------------------------------------------------------------------- */

struct vfio_dma_info {
	uint64_t pgsizes;		/* sizes of IOMMU pages, or'ed */
	uint32_t max_maps;		/* how many maps can live at once */
	uint32_t num_ranges;		/* IOVA that can be mapped: sorted, disjoint, */
	struct vfio_area *ranges;	/* everything else is reserved by the host */
};

/* Lives as long as dev. */
const struct vfio_dma_info *vfio_dma_info(struct vfio_dev *dev);

#define VFIO_DMA_READ		0x1	/* the device may read */
#define VFIO_DMA_WRITE		0x2	/* the device may write */

/*
 * Let the device reach len bytes at va by the address iova.  fd is the memfd that va is a
 * MAP_SHARED mapping of, at fd_off; -1: memory of no file (vfio-user: the server then uses
 * messages).  va, iova and len are multiples of the smallest page size.  The memory must
 * stay mapped in this process until the unmap.
 * ENOMEM: over the locked-memory limit (err names what is needed and allowed);
 * ENOSPC: max_maps reached; EEXIST: overlaps a live map; ERANGE: reserved IOVA; EINVAL.
 */
int	vfio_dma_map(struct vfio_dev *dev, void *va, size_t len, uint64_t iova, int prot,
	    int fd, uint64_t fd_off, struct vfio_err *err);

/*
 * From now on whatever the device reads or writes, at any address, goes by dma_access of the
 * options; nothing is to be mapped.  ENOTSUP: the accesses of this device cannot be seen, or
 * there is no dma_access; or why the device does not take it.
 */
int	vfio_dma_watch(struct vfio_dev *dev, struct vfio_err *err);

/* Take exactly one earlier map away.  ENOENT: there is none. */
int	vfio_dma_unmap(struct vfio_dev *dev, uint64_t iova, size_t len, struct vfio_err *err);

/*
 * Pick IOVA space for one map.  The lowest free range is taken that lies in
 * vfio_dma_info()->ranges and wholly in [min, max], at a multiple of align (0: smallest page
 * size).  max = (1 << dma_bits) - 1; UINT64_MAX: no limit.  Address 0 is never given.
 * ENOSPC: nothing fits.
 */
int	vfio_iova_alloc(struct vfio_dev *dev, uint64_t len, uint64_t align, uint64_t min,
	    uint64_t max, uint64_t *iova);

/* The same at a fixed place: ERANGE if any of it is reserved, EEXIST if taken. */
int	vfio_iova_take(struct vfio_dev *dev, uint64_t iova, uint64_t len);

/* Give a whole range back.  ENOENT: it was not taken. */
int	vfio_iova_free(struct vfio_dev *dev, uint64_t iova, uint64_t len);

/* ---- the table a backend fills ------------------------------------------------------- */

/*
 * `self` is what vfio_attach() or the backend's own open made.  All return 0 or an errno.
 * The generic part has already checked indices, bounds, alignment and permissions, and
 * keeps the table of eventfds, of maps and of IOVA space.  Operations marked (opt) may be
 * NULL.  A backend that loses its device calls vfio_set_gone().
 */
struct vfio_ops {
	const char *name;
	/* (opt) Called first of all: from now on the backend may use dev. */
	void (*attached)(void *self, struct vfio_dev *dev);
	void (*close)(void *self);
	int (*info)(void *self, struct vfio_info *info, struct vfio_err *err);
	/* fd stays the backend's; the generic part mmaps it. */
	int (*region)(void *self, unsigned index, struct vfio_region *r, struct vfio_err *err);
	int (*region_read)(void *self, const struct vfio_region *r, unsigned index,
	    uint64_t off, void *buf, size_t len);
	int (*region_write)(void *self, const struct vfio_region *r, unsigned index,
	    uint64_t off, const void *buf, size_t len);
	int (*region_write_many)(void *self, const struct vfio_write *w, size_t n); /* (opt) */
	int (*irq)(void *self, unsigned index, struct vfio_irq *irq);
	/* flags are VFIO_IRQ_SET_*; with DATA_EVENTFD fds has n entries, -1 for none. */
	int (*set_irqs)(void *self, unsigned index, uint32_t flags, unsigned start, unsigned n,
	    const int *fds);
	int (*reset)(void *self);
	/* ranges is malloc'ed by the backend and becomes the caller's. */
	int (*dma_info)(void *self, struct vfio_dma_info *info, struct vfio_err *err);
	int (*dma_map)(void *self, void *va, size_t len, uint64_t iova, int prot, int fd,
	    uint64_t fd_off, struct vfio_err *err);
	int (*dma_unmap)(void *self, uint64_t iova, size_t len, struct vfio_err *err);
	int (*dma_watch)(void *self, struct vfio_err *err);		/* (opt) */
	int (*poll_fd)(void *self);					/* (opt) */
	int (*process)(void *self);					/* (opt) */
	int (*take_clock)(void *self);					/* (opt) */
};

/*
 * Make a device of any backend: a replay, a test.  On success dev owns self; on failure
 * ops->close has not been called.
 */
int	vfio_attach(const char *target, const struct vfio_ops *ops, void *self,
	    const struct vfio_open_opts *opts, struct vfio_dev **devp, struct vfio_err *err);

/* From a backend: the device is gone for good.  The first reason is kept. */
void	vfio_set_gone(struct vfio_dev *dev, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* VFIO_VFIO_H */
