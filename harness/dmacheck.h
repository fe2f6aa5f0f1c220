/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmacheck.h - --dma=check: does the driver keep to the rules of bus_dma(9), whatever the machine?
 *
 * A machine that needs no sync hides that one is missing.  Here every machine needs all of them:
 * the device has shadow memory of its own, and bytes go from the driver's memory to the shadow
 * only at the sync that permits it (PREWRITE), and back only at the other (POSTREAD).
 *
 *	dmacheck_new(true, true, &c);
 *	dmacheck_chunk(c, iova, va, cpu, dev, size);	memory of the arena
 *	dmacheck_give(c, iova, len, HYP_DMA_IN);	a map is loaded
 *	dmacheck_sync(c, iova, len, HYP_SYNC_PREREAD);
 *	...						the device writes
 *	dmacheck_sync(c, iova, len, HYP_SYNC_POSTREAD);
 *	dmacheck_take(c, iova, len);			it is unloaded
 *
 * Where accesses of the device are seen (vfio-user: it asks for each by a message) a wrong one is
 * found at once.  Where they are not (the kernel's VFIO), what the device wrote is found by
 * comparing the shadow with what it was: at the next sync of the memory, when it is unloaded,
 * and all of it at the end.  Pages where it has no business the IOMMU refuses it: one is mapped
 * while something in it is an object, a map for the device to write, or a map for it to read
 * between PREWRITE and POSTWRITE.  What was refused is in the kernel's log (iommu_log.h).
 *
 * --dma=strict has no shadow: there the IOMMU refuses both reads and writes of what is not the
 * device's, and the checker says whose that was.
 *
 * What a driver reads too early is found by page protection (dmacheck_trap.c), on x86-64.
 *
 * Each offence is told once for each pair of places, that of the map and that of the offence.
 * The run goes on, and has failed.
 */
#ifndef HARNESS_DMACHECK_H
#define HARNESS_DMACHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/hypercall.h"

struct dmacheck;

/*
 * shadow: false for --dma=strict.  trap: protect pages; a debugger had to stop at each fault,
 * valgrind cannot step.  ENOMEM.
 */
int	dmacheck_new(bool shadow, bool trap, struct dmacheck **);
/* The device's accesses come by dmacheck_access() from now on; do they? */
void	dmacheck_see(struct dmacheck *);
bool	dmacheck_sees(const struct dmacheck *);
/*
 * What the IOMMU refuses the device of this PCI address is found from now on; is it?  An errno of
 * iommu_log_open(): no.
 */
int	dmacheck_enforce(struct dmacheck *, const char *bdf);
bool	dmacheck_enforces(const struct dmacheck *);
/* NULL is allowed. */
void	dmacheck_free(struct dmacheck *);

/*
 * Memory from iova on: the driver's at `va`, which cpu is another view of, and the device's.
 * The memory stays the caller's, until it says that it is gone.  ENOMEM.
 */
int	dmacheck_chunk(struct dmacheck *, uint64_t iova, void *va, void *cpu, void *dev,
	    size_t size);
void	dmacheck_chunk_gone(struct dmacheck *, uint64_t iova);

/*
 * As hyp_dma_own() with a use other than HYP_DMA_DRIVER, and with that; hyp_dma_sync().  Each
 * returns how often more the device may reach the range now: 1, 0, or -1.
 */
int	dmacheck_give(struct dmacheck *, uint64_t iova, size_t len, enum hyp_dma_use);
int	dmacheck_take(struct dmacheck *, uint64_t iova, size_t len);
int	dmacheck_sync(struct dmacheck *, uint64_t iova, size_t len, int op);
/* The driver's memory of that range by a view that is not protected; NULL: nothing is known. */
void	*dmacheck_view(struct dmacheck *, uint64_t iova, size_t len);
/* The memory is about to be used for something else: what the device did to it is looked at. */
void	dmacheck_reuse(struct dmacheck *, uint64_t iova, size_t len);

/*
 * An access of the device's; does it as well.  For vfio_open_opts.dma_access; arg is the
 * struct dmacheck.  0, or EFAULT as an IOMMU would.
 */
int	dmacheck_access(void *arg, uint64_t iova, void *buf, size_t len, bool write);

/* The driver is detached: look at all memory.  Any finding makes the run a failed one. */
void	dmacheck_end(struct dmacheck *);
/*
 * A run that failed: tell what a missing sync holds back at this moment, which often is why it
 * failed.
 */
void	dmacheck_held(struct dmacheck *);

/* ---- findings: dmacheck_find.c; there is one run in a process ---- */

/* Tell what was found and not told yet; not where the driver waits for it.  Any thread. */
void	dmacheck_tell(void);
/* The same in a process that dies. */
void	dmacheck_tell_fatal(void);
/* When something was found; before the first. */
void	dmacheck_on_finding(void (*fn)(void));
/* How many different ones there were, and the first of them as a line. */
unsigned dmacheck_count(char *first, size_t size);

/* ---- page protection: dmacheck_trap.c ---- */

/* A fault at addr: was it ours, and may the thread go on?  In the signal handler. */
bool	dmacheck_fault(void *addr, void *ucontext);

#endif /* HARNESS_DMACHECK_H */
