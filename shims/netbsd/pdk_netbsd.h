/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_netbsd.h - what the files of the portable driver kit on NetBSD 8 (7.99.34) to current tell
 * each other.  Not for drivers.
 *
 *	FILTER	pci_intr_establish_xname(9) at IPL_NET, MPSAFE
 *	BH	softint(9), SOFTINT_NET, MPSAFE
 *	TIMER	callout(9), MPSAFE: softclock; the shim takes the lock
 *	WORKER	kthread(9), one per device, MPSAFE: without the kernel lock
 *	TX	whoever calls if_start or if_transmit, with or without the kernel lock
 *	CONFIG	the autoconf(9) thread, with the kernel lock
 *	lock	mutex(9) at IPL_SOFTNET, that is, an adaptive one
 *	wait	mtsleep(9), since zeroed memory has to be a valid channel: a kcondvar_t
 *		would have to be initialised
 *
 *	pdk_attach.c	autoconf(9): match, attach, attach_late, detach, suspend, resume
 *	pdk_pci.c	configuration space, BARs
 *	pdk_intr.c	vectors, FILTER, BH
 *	pdk_worker.c	WORKER, its tasks, pdk_call(), pdk_wait()
 *	pdk_timer.c	timers
 *	pdk_dma.c	tags, coherent memory
 *	pdk_map.c	maps for mbufs
 *	pdk_mem.c	memory, mbufs
 *	pdk_firmware.c	firmware files
 *	pdk_log.c	messages
 */
#ifndef PDK_NETBSD_H
#define PDK_NETBSD_H

#include <pdk.h>

/* ---- pdk_pci.c ---- */

/* Clear and set bits of the command register. */
void	pdk_pci_command(struct pdk_dev *, pcireg_t clear, pcireg_t set);

/* ---- pdk_intr.c ---- */

/* Connect the hard interrupt of a vector; an errno value.  Take it back, if it is connected. */
int	pdk_vec_connect(struct pdk_vec *);
void	pdk_vec_disconnect(struct pdk_vec *);

/* ---- pdk_worker.c ---- */

/* Start the thread; an errno value.  End it, when no task is left. */
int	pdk_worker_start(struct pdk_dev *);
void	pdk_worker_stop(struct pdk_dev *);

/* ---- pdk_timer.c ---- */

/* Not fewer than `ms`. */
int	pdk_ms2ticks(unsigned ms);

/* ---- pdk_dma.c ---- */

/* Choose the tag for what the device can address; give it back. */
void	pdk_dmat_init(struct pdk_dev *);
void	pdk_dmat_fini(struct pdk_dev *);
/* Is what a map has loaded within that? */
bool	pdk_dma_reachable(struct pdk_dev *, bus_dmamap_t);

#endif /* PDK_NETBSD_H */
