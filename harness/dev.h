/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev.h - one device under one driver, as the harness keeps it.  Private to harness/.
 */
#ifndef HARNESS_DEV_H
#define HARNESS_DEV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/hypercall.h"
#include "vfio/vfio.h"

#define DEV_BARS	6
#define DEV_HEADER	9		/* registers of the header that a suspend saves */

struct arena;
struct dmacheck;
struct options;
struct intr;

struct hyp_bar {
	struct hyp_dev		*dev;
	struct vfio_bar		*vb;
	volatile uint8_t	*base;		/* of offset 0 */
	_Atomic uint64_t	 direct;	/* offsets below are memory; 0: none */
	uint64_t		 size;
	unsigned		 index;
	atomic_bool		 mapped;
};

struct hyp_dev {
	const struct hyp_personality *pers;
	struct vfio_dev	*vfio;
	char		 unit[32];		/* "iwm0" */
	bool		 strict;
	struct dmacheck	*check;			/* --dma=check, or NULL */
	pthread_mutex_t	 lock;			/* bars, arena pointer, firmware count */
	struct hyp_bar	 bar[DEV_BARS];
	struct intr	*intr;
	struct arena	*arena;
	unsigned	 dma_bits;
	atomic_uint	 firmware;		/* images not given back */
	atomic_bool	 gone;
	atomic_bool	 gone_told;		/* why, by whoever came first */
	atomic_bool	 trapped;		/* the interrupt handler's next access is told */
	atomic_bool	 asleep;		/* hyp_power(): registers are out of bounds */
	uint32_t	 header[DEV_HEADER];	/* of config space, while asleep */
};

/*
 * Open the device and start its interrupt thread.  On failure err says why, and *devp is
 * NULL.
 */
int	dev_open(const struct hyp_personality *, const struct options *, struct hyp_dev **devp,
	    struct vfio_err *err);
/* Everything the driver left is taken away as well.  NULL is allowed. */
void	dev_close(struct hyp_dev *);

/*
 * What a driver has not given back at the end of a cycle, as text ("2 DMA objects (rx ring,
 * ...), 1 BAR"); takes it away so that the next cycle begins clean.  Returns true when
 * there was something.
 */
bool	dev_leaks(struct hyp_dev *, char *buf, size_t size);

/*
 * Reset, traced and recorded.  An errno; the reason is in err, which is no NULL, unless it is a
 * replay's.  untold: not so; never in a replay.
 */
int	dev_reset(struct hyp_dev *, struct vfio_err *err);
int	dev_reset_untold(struct hyp_dev *, struct vfio_err *err);

/* It went away, which fails the run. */
void	dev_gone(struct hyp_dev *, const char *why);
/* The same if it has gone, and nobody has told so yet. */
void	dev_tell_gone(struct hyp_dev *);
/* Why it has gone; NULL: it has not, or this is a replay. */
const char *dev_why_gone(const struct hyp_dev *);
/* bar.c: the device is gone: no more direct access. */
void	bar_gone(struct hyp_dev *);
/* bar.c: a register access is a violation from now on, or allowed again. */
void	bar_sleep(struct hyp_dev *, bool asleep);
/* bar.c: which BAR a CPU address lies in: text like "BAR0+0x20 CSR_RESET"; false if none. */
bool	bar_describe(struct hyp_dev *, const void *addr, char *buf, size_t size);

/* bar.c: no more direct access; the interrupt handler's next one calls intr_touched(). */
void	bar_trap(struct hyp_dev *);

/* intr_storm.c: a register is about to be touched. */
void	intr_touched(struct hyp_dev *);
/* intr.c: the interrupt thread. */
int	intr_start(struct hyp_dev *, struct vfio_err *err);
void	intr_stop(struct hyp_dev *);
/* No handler runs when it returns, nor later until intr_release(); what is lost is lost. */
void	intr_hold(struct hyp_dev *);
/* Connect what was connected.  0, or why that failed, which was logged. */
int	intr_release(struct hyp_dev *);
/* Is anything established? */
bool	intr_established(struct hyp_dev *);
struct jsonw;
/* What there is to know about them, for a report (report_fatal_say()); now: run time. */
void	intr_tell(struct hyp_dev *, uint64_t now, struct jsonw *);
/* On how many vectors something came since `ticks`; `runs`: a handler runs now. */
unsigned long intr_since(struct hyp_dev *, uint64_t ticks, bool *runs);
/* The eventfd of an established vector, for measurements; -1: there is none. */
int	intr_vector_fd(struct hyp_dev *, unsigned vec);

#endif /* HARNESS_DEV_H */
