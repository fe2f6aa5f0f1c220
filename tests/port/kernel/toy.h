/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * toy.h - a driver for checks of a shim: its callbacks are counted, and fail when a test wants.
 */
#ifndef TOY_H
#define TOY_H

#include <pdk.h>

struct toy {
	struct pdk_dev	 dev;
	struct pdk_wchan wchan;
	struct pdk_timer timer;
	struct pdk_task	 task[2];
	bus_space_tag_t	 st;			/* BAR 0 */
	bus_space_handle_t sh;
	bus_size_t	 size;
};
extern struct toy *toy;				/* the one that was attached last */
extern struct pdk_pci_driver toy_driver;

/* What a callback returns instead of 0. */
extern struct toy_errors { int attach, detach, suspend; } toy_error;
/* How often they were called. */
extern struct toy_counts { int late, suspend, resume; } toy_count;
/* What attach_late does, and returns; NULL: nothing, 0. */
extern int	(*toy_late)(struct pdk_dev *);

/* Attach and detach it, and see that this works and that nothing is left. */
void	toy_attach(unsigned dma_bits, uint32_t dma_boundary);
void	toy_detach(void);

/* A chain of `n` mbufs of 4 octets each, with a packet header: "0123", "4567", ... */
struct mbuf *toy_chain(int n);

#endif /* TOY_H */
