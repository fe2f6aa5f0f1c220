/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pdk in one thread, which counts.  Without a card registers read 0, but for the revision and a
 * chip that is awake; waiting returns at once, and time passes by it; tasks and timers do not run.
 *
 * With one, fake_card, registers are the card's, which also gets its turn whenever the driver
 * waits: there it may write into memory (fake_dma()) and interrupt.  Timers that are due run then,
 * too; tasks when the test calls fake_task().
 */
#ifndef TESTS_UNIT_IWM_FAKEPDK_H
#define TESTS_UNIT_IWM_FAKEPDK_H

#include <pdk.h>
#include <pdk80211.h>

extern int live;		/* things taken and not given back */
extern int steps;		/* requests that may fail, so far */
extern int fail_at;		/* the number of the one that fails; -1: none */
extern int compacts;		/* every mbuf that is mapped is compacted, and refused */
extern int bar_mapped, established, locked;
extern uint32_t hw_rev;		/* what CSR_HW_REV says; that of a 7260 at first */
extern int failures;		/* pdk_fail() */
extern int disturbed;		/* pdk80211_restart(), or the radio was switched off */
extern unsigned frames;		/* pdk80211_rx() */
extern unsigned scans[2];	/* pdk80211_scan_done(), ended and aborted */
extern unsigned sent[2];	/* pdk80211_tx_done(), failed and good */
extern unsigned ready;		/* pdk80211_tx_ready() */
extern uint32_t last_wrptr;	/* HBUS_TARG_WRPTR */

struct fake_card {
	uint32_t	(*read)(uint32_t off);
	void		(*write)(uint32_t off, uint32_t val);	/* of 4 bytes */
	void		(*idle)(void);		/* the driver waits, unlocked */
};
extern const struct fake_card *fake_card;	/* NULL: none */
extern const struct pdk80211_ops *fake_ops;	/* pdk80211_attach(); NULL: not attached */
extern const void *fake_fw;			/* the firmware file, of any name; NULL: none */
extern size_t fake_fw_size;

/* Filter and bottom half, if there is a handler.  Unlocked. */
void	fake_interrupt(void);
/* `len` bytes that the device knows by this address; NULL: not within one object. */
void	*fake_dma(bus_addr_t pa, size_t len);
/* Run the oldest task; 0: there was none.  Unlocked. */
int	fake_task(void);
/* Run what is due, or after so much time.  Unlocked. */
void	fake_timers(struct pdk_dev *);
void	fake_time(struct pdk_dev *, unsigned ms);

#endif /* TESTS_UNIT_IWM_FAKEPDK_H */
