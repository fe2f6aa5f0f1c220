/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rates.h - which rate to send at: learns from what came of frames and makes the table of rates
 * that the firmware tries one after the other.
 *
 *	struct iwm_rates r;
 *
 *	iwm_rates_init(&r, &bss, tx_ant, signal);
 *	iwm_rates_table(&r, table);			// give it to the firmware
 *	iwm_rates_frame(&r, tries, ok);			// a frame: so many tries, the last was ok
 *	iwm_rates_agg(&r, word, sent, acked);		// an A-MPDU, all at one rate
 *	if (iwm_rates_decide(&r, now))
 *		iwm_rates_table(&r, table), again
 *
 * Way of working: of the rates that have been tried the one with the best product of nominal
 * rate and chance of success is used.  Now and then the next higher one is tried for a short
 * time; when that was no good, the next trial comes later.
 *
 * Pure; times are ms of a clock that does not go back.
 */
#ifndef IWM_RATES_H
#define IWM_RATES_H

#include <pdk.h>
#include <pdk80211.h>

#include "fwapi_rate.h"

#define IWM_RATES_MAX		28

struct iwm_rate_entry {
	uint32_t	word;
	uint16_t	nominal;		/* 100 kb/s */
	uint16_t	prob;			/* of success, of 1000; smoothed */
	uint8_t		known;			/* prob means something */
	unsigned	tries, oks;		/* since the last decision */
};

struct iwm_rates {
	unsigned	n;
	struct iwm_rate_entry r[IWM_RATES_MAX];	/* from slow to fast */
	unsigned	cur;
	int		probing;		/* the one above cur is tried first */
	unsigned	wait, backoff;		/* decisions until the next trial */
	unsigned	tries;			/* since the last decision */
	uint64_t	decided;
	uint32_t	table[LQ_MAX_RETRY_NUM];	/* made last */
};

/* The rates of a network that this card and the access point have.  `signal` in dBm or 0. */
void	iwm_rates_init(struct iwm_rates *, const struct pdk80211_bss *, uint8_t tx_ant,
	    int signal);
void	iwm_rates_table(struct iwm_rates *, uint32_t table[LQ_MAX_RETRY_NUM]);
/* A single frame, sent by the table that was made last. */
void	iwm_rates_frame(struct iwm_rates *, unsigned tries, int ok);
/* An A-MPDU of `sent` frames at rate `word`. */
void	iwm_rates_agg(struct iwm_rates *, uint32_t word, unsigned sent, unsigned acked);
/* 1: there is reason for a new table. */
int	iwm_rates_decide(struct iwm_rates *, uint64_t now);

#endif /* IWM_RATES_H */
