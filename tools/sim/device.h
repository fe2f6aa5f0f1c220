/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.h - a simulated card seen from outside: what a transport (the vfio-user server) or a
 * fuzzing harness does with it. Models use sim.h instead.
 *
 *	struct sim_dev *dev;
 *	sim_dev_new(sim_model_find("edu"), &ops, arg, &dev);
 *	sim_dev_set(dev, "dma_mask", "0xffffffff");
 *	sim_dev_start(dev);
 *	sim_dev_attach(dev);				a client came
 *	sim_region_access(dev, VFIO_PCI_BAR0_REGION_INDEX, 0, buf, 4, false);
 *	sim_dev_run_timers(dev);
 *	sim_dev_detach(dev);
 *	sim_dev_free(dev);
 *
 * No global state: any number of devices can live in one process, each used by one thread.
 * Functions return 0 or a positive errno unless said otherwise.
 */
#ifndef TOOLS_SIM_DEVICE_H
#define TOOLS_SIM_DEVICE_H

#include <poll.h>
#include <linux/vfio.h>

#include "tools/sim/sim.h"

/* What the device needs from its transport; arg is that of sim_dev_new(). */
struct sim_host_ops {
	/*
	 * Transfer to or from a region that cannot be mapped; write: to the client's memory.
	 * May be NULL. Returns 0, ETIMEDOUT, EIO or ENODEV.
	 */
	int	(*dma_message)(void *arg, uint64_t iova, void *buf, size_t len, bool write);
	/* A line of JSON without newline. text is the same for a human reader, may be NULL. */
	void	(*emit)(void *arg, const char *name, const char *json, const char *text);
	/* Monotonic nanoseconds; NULL: CLOCK_MONOTONIC. */
	uint64_t (*now)(void *arg);
};

int	sim_dev_new(const struct sim_model *, const struct sim_host_ops *, void *arg,
	    struct sim_dev **);
void	sim_dev_free(struct sim_dev *);
const struct sim_model *sim_dev_model(struct sim_dev *);

/* Sets a model's setting or one of the library's own ("fault.", "sim."); see sim_own_settings. */
int	sim_dev_set(struct sim_dev *, const char *key, const char *value);
extern const struct sim_setting sim_own_settings[];

int	sim_dev_start(struct sim_dev *);
void	sim_dev_attach(struct sim_dev *);	/* resets the card (SIM_RESET_CLIENT) */
/* Forgets DMA maps and interrupt wiring, and resets, as a kernel does with a device that is let go. */
void	sim_dev_detach(struct sim_dev *);
void	sim_dev_reset(struct sim_dev *, enum sim_reset why);
unsigned sim_dev_violations(struct sim_dev *);

/* Nanoseconds of the wall to wait for the next timer (0: it is due), or -1 without one. */
int64_t	sim_dev_next_timer(struct sim_dev *);
void	sim_dev_run_timers(struct sim_dev *);

/* The transport is about to wait, with no request at hand; it is about to answer one. */
void	sim_dev_rest(struct sim_dev *);
void	sim_dev_stir(struct sim_dev *);
/* The client can follow a clock: a descriptor for it, now the caller's, or -1. */
int	sim_dev_clock(struct sim_dev *);

/*
 * The device's own descriptors for poll(2): fills in at most max, returns how many there are.
 * After the poll, give each of them to sim_dev_poll_event().
 */
size_t	sim_dev_pollfds(struct sim_dev *, struct pollfd *, size_t max);
void	sim_dev_poll_event(struct sim_dev *, const struct pollfd *);

/* ---- regions: indices of <linux/vfio.h> ------------------------------------------------ */

struct sim_area {
	uint64_t	off, len;
};

struct sim_region {
	uint64_t		size;		/* 0: there is no such region */
	int			fd;		/* for mmap, or -1; stays the device's */
	const struct sim_area	*areas;		/* what of it may be mapped */
	unsigned		nareas;
	bool			msix;		/* has the MSI-X table or PBA in it */
};

/* EINVAL: no such index. */
int	sim_region_info(struct sim_dev *, uint32_t index, struct sim_region *);

/* Any size and alignment inside the region; EINVAL: outside of it. */
int	sim_region_access(struct sim_dev *, uint32_t index, uint64_t off, void *buf, size_t len,
	    bool write);

/* ---- interrupts: indices and flags of <linux/vfio.h> ------------------------------------ */

/* Number of vectors of an interrupt type, and VFIO_IRQ_INFO_* flags. EINVAL: no such index. */
int	sim_irq_info(struct sim_dev *, uint32_t index, uint32_t *count, uint32_t *flags);

/*
 * VFIO_DEVICE_SET_IRQS. data: set->count bytes for DATA_BOOL. fds: descriptors for
 * DATA_EVENTFD; nfds is set->count, or 0 to take the old ones away. On success the device
 * owns the descriptors, else the caller keeps them.
 */
int	sim_irq_set(struct sim_dev *, const struct vfio_irq_set *set, const uint8_t *data,
	    const int *fds, size_t nfds);

/* ---- DMA ------------------------------------------------------------------------------- */

#define SIM_DMA_READ	0x1u		/* the card may read */
#define SIM_DMA_WRITE	0x2u

/* The most ranges a client may map. */
#define SIM_DMA_MAX_MAPS	262144u

/*
 * Maps [iova, iova+len). fd: memory to map at off, or -1 for access by message; it is taken over on
 * success. EINVAL: empty or wraps around; EEXIST: overlaps; ENOSPC: too many; ENOMEM.
 */
int	sim_dma_map(struct sim_dev *, uint64_t iova, uint64_t len, unsigned prot, int fd,
	    uint64_t off);
/*
 * Unmaps every range within [iova, iova+len); *unmapped (may be NULL) gets the bytes. A range that
 * was never mapped is no error, as with VFIO_IOMMU_UNMAP_DMA of TYPE1v2. EINVAL: would cut
 * a mapped range in two.
 */
int	sim_dma_unmap(struct sim_dev *, uint64_t iova, uint64_t len, uint64_t *unmapped);
void	sim_dma_unmap_all(struct sim_dev *, uint64_t *unmapped);
size_t	sim_dma_count(struct sim_dev *);

/* ---- faults that the transport carries out --------------------------------------------- */

enum sim_fault_act {
	SIM_FAULT_NONE,
	SIM_FAULT_STALL,		/* answer nothing any more */
	SIM_FAULT_CLOSE,		/* close the connection */
	SIM_FAULT_NONSENSE,		/* answer with garbage */
};

/* What is due now; a fault that is due stays so until the client leaves. */
enum sim_fault_act sim_fault_due(struct sim_dev *);
/* Which kind of garbage is next: 0 to 4 ("fault.nonsense_kind"). */
unsigned sim_fault_nonsense(struct sim_dev *);
/* Microseconds to hold every reply back ("fault.slow"). */
uint64_t sim_fault_delay(struct sim_dev *);

/* ---- for the control socket ------------------------------------------------------------ */

/* The state of the card as JSON members without braces; the caller frees. NULL: no memory. */
char	*sim_dev_status(struct sim_dev *);
/* Milliseconds to wait for the client's answer to a DMA message ("sim.dma_timeout_ms"). */
unsigned sim_dev_dma_timeout(struct sim_dev *);

#endif
