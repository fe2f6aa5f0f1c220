/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pdk that only counts.  There is no card: registers read 0, but for CSR_INT, the revision and
 * a chip that is awake; waiting returns at once, and time passes by it.  Tasks are queued and
 * never run.
 */
#ifndef TESTS_UNIT_IWM_FAKEPDK_H
#define TESTS_UNIT_IWM_FAKEPDK_H

#include <pdk.h>

extern int live;		/* things taken and not given back */
extern int steps;		/* requests that may fail, so far */
extern int fail_at;		/* the number of the one that fails; -1: none */
extern int compacts;		/* every mbuf that is mapped is compacted, and refused */
extern int bar_mapped, established, locked;
extern unsigned bar_size;	/* BAR 0 has so many bytes */
extern uint32_t hw_rev;		/* what CSR_HW_REV says; that of a 7260 at first */
extern int failures;		/* pdk_fail() */
extern unsigned frames;		/* pdk80211_rx() */
extern unsigned scans[2];	/* pdk80211_scan_done(), ended and aborted */
extern unsigned sent[2];	/* pdk80211_tx_done(), failed and good */
extern unsigned ready;		/* pdk80211_tx_ready() */
extern unsigned intr_kind;	/* what pdk_intr_kind() says; MSI at first */
extern uint32_t csr_int;	/* what CSR_INT reads */
extern uint32_t csr_int_mask;	/* as written last */
extern uint32_t last_wrptr;	/* HBUS_TARG_WRPTR */
/* What a test has happen, or NULL: while somebody waits (locked), before memory is looked at. */
extern void (*fake_waits)(void);
extern void (*fake_synced)(struct pdk_dma *, bus_size_t off, int op);

/* For the fake itself: is this request the one that fails? */
int	fake_refused(void);

#endif /* TESTS_UNIT_IWM_FAKEPDK_H */
