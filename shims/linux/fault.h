/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.h - the places where the host may fail, and one of them failing on demand.
 *
 * A fault point is a call that has errors, at one place of the driver: the chain of return
 * addresses from the call up to the function of the driver that a context was entered by.  What
 * the driver does not call (an interrupt, a thread of the shim's) has no place, only a number.
 *
 *	VOY_FAULT=count			count the points of the way; an event "fault-point" each
 *	VOY_FAULT=pdk_dma_alloc:3	its third call fails, wherever it is made
 *	VOY_FAULT=pdk_dma_alloc@1a2b.3c4d:1	the first of this place fails
 *	VOY_FAULT=pdk_dma_alloc:3+	from the third on it fails for good
 *	VOY_FAULT=pdk_wait@1a2b:3~	waits of this place before the third wake for no reason
 *
 * Calls fail only in ways that their contract has.  That the fault struck is an event "fault"; that
 * it never came is said at detach.  `voy faults` goes through them all.
 *
 * A wait may wake for no reason, and its caller waits again: that a place has a second call may
 * be by chance alone.  The ~ makes it certain.
 */
#ifndef PDK_FAULT_H
#define PDK_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct hyp_dev;

/*
 * F(name, what it is called).  Those of reads: all ones, for good as of a device that is gone; and
 * 0 at that place for ever.
 */
#define SHIM_FAULTS(F)								\
	F(pci_map_bar, "pdk_pci_map_bar") F(intr_alloc, "pdk_intr_alloc")	\
	F(zalloc, "pdk_zalloc") F(zalloc_waitok, "pdk_zalloc_waitok")		\
	F(dma_alloc, "pdk_dma_alloc") F(map_create, "pdk_map_create")		\
	F(map_load_mbuf, "pdk_map_load_mbuf") F(mbuf_rxalloc, "pdk_mbuf_rxalloc") \
	F(m_pullup, "m_pullup") F(firmware_get, "pdk_firmware_get")		\
	F(attach_80211, "pdk80211_attach") F(attach_net, "pdknet_attach")	\
	F(wait, "pdk_wait") F(pci_read, "pdk_pci_read")				\
	F(read, "bus_space_read") F(stuck, "stuck")				\
	F(interrupt, "interrupt") F(worker, "worker") F(timer, "timer")		\
	F(stack_mbuf, "stack_mbuf") F(resume, "resume") F(reset, "reset")

enum shim_fault {
#define F(name, text)	SHIM_FAULT_##name,
	SHIM_FAULTS(F)
#undef F
	SHIM_NFAULTS
};

extern bool shim_fault_on;
/* Registers read all ones for good: nobody hears a write either. */
extern atomic_bool shim_fault_gone;
/* `frame`: of the function that the driver has called, or NULL when the driver has not. */
bool	shim_fault_hits(struct hyp_dev *, enum shim_fault, const void *frame);
/* Is this wait, which did not fail, one that wakes for no reason? */
bool	shim_fault_wakes(const void *frame);

/* In the function that the driver called: is its host to fail now? */
#define SHIM_FAULT(sc, what)							\
	(__builtin_expect(shim_fault_on, 0) &&					\
	shim_fault_hits((sc)->hyp, SHIM_FAULT_##what, __builtin_frame_address(0)))
/* Anywhere else. */
#define SHIM_FAULT_HOST(sc, what)						\
	(__builtin_expect(shim_fault_on, 0) &&					\
	shim_fault_hits((sc)->hyp, SHIM_FAULT_##what, NULL))

/* Before attach: EINVAL, logged, when the variable is no such thing.  After detach. */
int	shim_fault_begin(struct hyp_dev *);
void	shim_fault_end(struct hyp_dev *);
/* hyp_personality.reset_fails */
int	shim_fault_reset(struct hyp_dev *);

#endif /* PDK_FAULT_H */
