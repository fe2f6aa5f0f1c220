/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * toy.h - the sound part of the gallery's small drivers for QEMU's edu: registers, life, match
 * table.  An exhibit has what its bugs are in, and the names that reports show:
 *
 *	struct toy_softc {
 *		struct toy	sc_toy;		// first
 *		struct pdk_dma	sc_ring;
 *	};
 *
 *	static void	toy_task(void *arg);	// WORKER: what the driver is for
 *	static int	toy_attach(struct pdk_dev *dev);	// begins with toy_attach_regs()
 *	static int	toy_detach(struct pdk_dev *dev);	// toy_stop(), ..., toy_detach_regs()
 *
 *	TOY_DRIVER("faults", "rung", toy_start);
 */
#ifndef TOY_H
#define TOY_H

#include <pdk.h>

#include "../../drivers/edu/edureg.h"
#include "bug.h"

struct toy {
	struct pdk_dev		dev;		/* first */
	bus_space_tag_t		st;
	bus_space_handle_t	sh;
	struct pdk_task		task;		/* runs toy_task(softc) */
	struct pdk_wchan	wchan;		/* the exhibit's */
};

static inline uint32_t
toy_read(struct toy *t, bus_size_t reg)
{
	return bus_space_read_4(t->st, t->sh, reg);
}

static inline void
toy_write(struct toy *t, bus_size_t reg, uint32_t val)
{
	bus_space_write_4(t->st, t->sh, reg, val);
}

/* CONFIG: map the registers, and prepare `task`.  An errno value, and there is nothing to undo. */
int	toy_attach_regs(struct toy *, void (*task)(void *));
/* CONFIG: the opposite. */
void	toy_detach_regs(struct toy *);

/* As attach_late: post the task.  Returns 0; unlocked. */
int	toy_start(struct pdk_dev *);
/* CONFIG: when it returns the task does not run and will not. */
void	toy_stop(struct toy *);

/*
 * WORKER: reserve one vector, of any kind, and connect it; the handlers get `t`.  An errno value.
 * pdk_intr_disestablish() is the opposite, also after an error.
 */
int	toy_connect(struct toy *, int (*filter)(void *), void (*bh)(void *));
/* FILTER: why the device interrupts, acknowledged; 0: it does not, or is gone. */
uint32_t toy_cause(struct toy *);

extern const struct pdk_pci_id toy_ids[];
extern const struct pdk_reg toy_regs[];

/*
 * The driver of run-gallery-`tool`, whose one milestone is `reached`; at file scope, last.
 * `late` is its attach_late.
 */
#define TOY_DRIVER(tool, reached, late)						\
	static const char *const toy_states[] = { reached, NULL };		\
	static const struct pdk_pci_driver toy_driver = {			\
		.name = "gallery-" tool, .ids = toy_ids, .regs = toy_regs,	\
		.softc_size = sizeof(struct toy_softc), .dma_bits = 28,		\
		.states = toy_states, .attach = toy_attach,			\
		.attach_late = late, .detach = toy_detach,			\
	};									\
	PDK_PCI_DRIVER(toy, toy_driver)

#endif /* TOY_H */
