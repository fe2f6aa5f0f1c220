/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * em.h - the driver's state, and what its files offer each other.
 *
 *	em.c		attach, up, down, detach, the watch over it all
 *	em_hw.c		reset, errata, filters
 *	em_nvm.c	the NVM: checksum, MAC address
 *	em_phy.c	PHY and link
 *	em_intr.c	vectors, filters, the bottom half
 *	em_ring.c	a ring's memory, made, emptied, freed
 *	em_rx.c		receive
 *	em_tx.c		send
 *	em_stats.c	the device's counters
 *
 * A ring belongs to the lock.  Its descriptors [tail, head) are the device's.
 */
#ifndef EM_H
#define EM_H

#include <pdk.h>
#include <pdknet.h>

#include "emreg.h"

#define EM_NDESC	256		/* of each ring; a multiple of 8, 7.1.1 there */
#define EM_MAXSEGS	8		/* of a frame to send */
#define EM_RXBUF	2048		/* octets; as RCTL says */
#define EM_WATCH_MS	1000
#define EM_HANG_TICKS	10		/* nothing was sent in so many of them */
#define EM_DEAF_TICKS	10		/* no interrupt has come in so many */
#define EM_STATS_TICKS	60		/* the device's counters end at 2^32 - 1 */
#define EM_PHY_TICKS	2		/* between two looks at the PHY */
#define EM_PHY_LOOKS	2		/* that it must fail, one after the other */

/* What a descriptor points to. */
struct em_buf {
	struct mbuf		*m;		/* NULL: none; of a sent frame, at its first one */
	struct pdk_dmamap	*map;		/* loaded while there is an mbuf */
	unsigned		 last;		/* of a sent frame: its last descriptor */
};

struct em_ring {
	struct pdk_dma		 mem;		/* EM_NDESC descriptors */
	struct em_buf		*buf;		/* EM_NDESC */
	struct pdk_dmamap	*map;		/* one for each, and a spare one */
	struct pdk_dmamap	*spare;
	unsigned		 head;		/* next to be given to the device */
	unsigned		 tail;		/* the oldest that it has */
	unsigned		 used;
};

struct em_softc {
	struct pdk_dev		 sc_dev;	/* first */
	bus_space_tag_t		 sc_st;
	bus_space_handle_t	 sc_sh;
	bus_size_t		 sc_size;
	uint8_t			 sc_mac[6];
	unsigned		 sc_nvec;
	uint32_t		 sc_ims;	/* interrupts that are wanted while up */

	struct pdk_task		 sc_look;	/* WORKER: is the device to be restarted? */
	struct pdk_timer	 sc_watch;

	/* locked */
	bool			 sc_up;
	bool			 sc_lost;	/* a reset has not ended: no register is touched */
	bool			 sc_bh_runs;	/* and may have frames that it passes up */
	struct pdk_wchan	 sc_bh_over;
	bool			 sc_rx_skip;	/* the next buffer goes on with a dropped frame */
	bool			 sc_tx_full;	/* tx has said ENOBUFS since */
	bool			 sc_link_known;
	struct pdknet_link	 sc_link;	/* as told last */
	struct em_ring		 sc_rx, sc_tx;
	bool			 sc_heard;	/* of an interrupt since it came up */
	unsigned		 sc_deaf;	/* ticks without */
	unsigned		 sc_tick;
	unsigned		 sc_phy_hung;	/* so often in a row the PHY looked like it */
	unsigned		 sc_stuck;	/* ticks without progress of a full transmitter */
	unsigned		 sc_sent, sc_sent_before;
	struct pdknet_stats	 sc_stats;
};

static inline uint32_t
em_read(struct em_softc *sc, bus_size_t reg)
{
	return bus_space_read_4(sc->sc_st, sc->sc_sh, reg);
}

static inline void
em_write(struct em_softc *sc, bus_size_t reg, uint32_t val)
{
	bus_space_write_4(sc->sc_st, sc->sc_sh, reg, val);
}

/*
 * Wait until (reg & mask) == want, 100 ms at most; *val (may be NULL) is what it read then.
 * ENXIO: gone; ETIMEDOUT.  For either the device has been given up (pdk_fail), as not doing
 * `what`, unless that is NULL.
 */
int	em_poll(struct em_softc *, bus_size_t reg, uint32_t mask, uint32_t want, uint32_t *val,
	    const char *what);
/*
 * Clear and set bits of CTRL.  A read that failed is not written back: among its ones is RST.
 * ENXIO: the device has been given up, as gone at `what`.
 */
int	em_ctrl(struct em_softc *, uint32_t clear, uint32_t set, const char *what);
/* Receive and send no more; no interrupt.  CONFIG or WORKER. */
void	em_quiet(struct em_softc *);
/*
 * Stop all DMA and interrupts, reset.  ENXIO: gone; ETIMEDOUT; the device touches no memory after
 * these either.  CONFIG or WORKER.
 */
int	em_reset(struct em_softc *);
/* No power saving of the link on the bus, by the specification update. */
void	em_aspm_off(struct em_softc *);
/* Tell the board's firmware whether there is a driver. */
void	em_drv_load(struct em_softc *, bool);
/* Which frames are received. */
void	em_filter(struct em_softc *, const struct pdknet_config *);

/* Is the NVM sound?  Else the device has been given up: EIO, ETIMEDOUT, ENXIO. */
int	em_nvm_check(struct em_softc *);
/* The address that the reset has loaded from the NVM into sc_mac.  EIO, ENXIO as above. */
int	em_mac(struct em_softc *);

/* Bring the PHY up and negotiate.  CONFIG or WORKER. */
int	em_phy_start(struct em_softc *);
/* Does the PHY receive nothing any more?  WORKER. */
bool	em_phy_hangs(struct em_softc *);
/* What STATUS says of the link. */
void	em_link(struct em_softc *, struct pdknet_link *);

int	em_intr_setup(struct em_softc *);
const char *em_intr_name(struct em_softc *);	/* of their kind */
/* After a reset: which cause goes to which vector.  Then on, and off. */
void	em_intr_route(struct em_softc *);
void	em_intr_on(struct em_softc *);
void	em_intr_off(struct em_softc *);

/* CONFIG; `descsize` in octets.  ENOMEM. */
int	em_ring_alloc(struct em_softc *, struct em_ring *, size_t descsize, bus_size_t bufsize,
	    int segs);
void	em_ring_free(struct em_ring *);
/* The device is stopped: what is in the ring goes, and how many mbufs that were. */
unsigned em_ring_empty(struct em_ring *);

/* Fill and start; locked. ENOBUFS: not one buffer. */
int	em_rx_start(struct em_softc *);
/* Frames that have come, at most `max`, and whether there may be more; locked. */
struct em_frame {
	struct mbuf	*m;
	unsigned	 flags;		/* PDKNET_RX_* */
};
unsigned em_rx_take(struct em_softc *, struct em_frame *, unsigned max, bool *more);
/* The device is quiet: pass up what it has received until then.  WORKER, unlocked. */
void	em_rx_flush(struct em_softc *);

void	em_tx_start(struct em_softc *);
int	em_tx(struct pdk_dev *, struct mbuf *);
/* Free what has been sent.  True: there is room again and somebody waits for it.  Locked. */
bool	em_tx_reap(struct em_softc *);

/* Add what the device has counted since the last time.  Locked. */
void	em_stats_fetch(struct em_softc *);

#endif /* EM_H */
